//! `crates/hpy-layers/src/generated/functions.rs`: the list of the functions of the context.

use std::fmt::Write;

use crate::model::{Function, Model};

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::from(
        "//! The functions of the context, as a list for macros.\n\n\
         /// Calls a macro with all functions: `ctx_Dup = 77, HPy_Dup, false;`, which is the member and its index, the name\n\
         /// that authors know, and whether no exception may be set when it is called.\n\
         #[macro_export]\n\
         macro_rules! for_each_function {\n    ($then:ident) => {\n        $then! {\n",
    );
    for function in &model.functions {
        let Function { name, index, public_name, .. } = function;
        writeln!(out, "            {name} = {index}, {public_name}, {};", function.wants_no_exception())
            .unwrap();
    }
    out += "        }\n    };\n}\n";
    out
}
