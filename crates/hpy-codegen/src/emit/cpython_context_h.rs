//! `include/hpy/generated/cpython_context.h`: the context in the CPython ABI, which has only constants.

use std::fmt::Write;

use super::versions::{c_mark, c_members_since};
use crate::model::Model;

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::from(
        "/* The context in the CPython ABI: only the constants, which are objects of CPython. */\n\
         struct _HPyContext_s {\n    \
             /* The name of the ABI, for people and debuggers. */\n    \
             const char *name;\n    \
             /* Major version of the ABI. */\n    \
             int abi_version;\n\n",
    );
    for same in model.constants.chunk_by(|a, b| a.since == b.since) {
        let mut constants = String::new();
        for constant in same {
            writeln!(constants, "    HPy {}{};", constant.name, c_mark(constant.since))
                .expect("write to a string");
        }
        out += &c_members_since(same[0].since, &constants);
    }
    out += "};\n";
    // Three words stand before the members of a context.
    let offsets = model.functions.iter().filter(|f| CALLED_FROM_CPYTHON_ABI.contains(&f.name.as_str()));
    for function in offsets {
        writeln!(
            out,
            "\n/* Where this function is in the context of an engine. */\n\
             #define _HPy_OFFSET_{} ({} * sizeof(void *))",
            function.name,
            function.index + 3
        )
        .expect("write to a string");
    }
    out
}

/// Functions of contexts that extensions of the CPython ABI get from others.
const CALLED_FROM_CPYTHON_ABI: &[&str] = &["ctx_API_Call"];
