//! `include/hpy/generated/cpython_context.h`: the context in the CPython ABI, where functions need no table.

use std::fmt::Write;

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
    for constant in &model.constants {
        writeln!(out, "    HPy {};", constant.name).expect("write to a string");
    }
    out + "};\n"
}
