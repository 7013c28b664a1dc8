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
    out + "};\n"
}
