//! `include/hpy/generated/cpython_context.h`: the context in the CPython ABI, where functions need no table.

use std::fmt::Write;

use super::versions::{c_mark, c_members_since};
use crate::model::Model;

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::from(
        "/* What the functions of an extension get as context: objects that CPython has all the same. */\n\
         struct _HPyContext_s {\n    \
             /* For people and debuggers. */\n    \
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
