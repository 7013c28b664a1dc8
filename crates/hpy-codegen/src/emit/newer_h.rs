//! `include/hpy/generated/newer.h`: errors in place of functions that are newer than the version that the extension asks
//! for, which say how to ask for a newer one.

use std::fmt::Write;

use super::versions::{c_mark, c_name, is_asked_for};
use crate::ctype::CType;
use crate::model::{Function, Model};
use crate::version::c_number;

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::from(
        "/* Using one is a compile-time error or, with compilers that do not support that, an error of the linker or loader. */\n",
    );
    for version in model.abi.versions().filter(|version| is_asked_for(*version)) {
        let functions: String =
            model.functions.iter().filter(|f| f.since == version && !f.legacy).map(stub).collect();
        if !functions.is_empty() {
            writeln!(out, "\n#if HPY_TARGET_ABI_VERSION < {}\n{functions}\n#endif", c_number(version))
                .expect("write to a string");
        }
    }
    out
}

fn stub(function: &Function) -> String {
    let (name, returns) = (&function.public_name, &function.public_returns);
    let version = c_name(function.since);
    let missing = format!("{name}_needs_ABI_{version}");
    let ignored: String = function.params.iter().map(|p| format!("    (void){};\n", p.name)).collect();
    let head = format!("HPyAPI_FUNC{} {}", c_mark(function.since), returns.declare(name));
    let returned = if *returns == CType::value("void") { "" } else { "return " };
    format!(
        "\n_HPy_EXTERN_C {} _HPy_IS_ERROR(_HPy_HOW_TO_ASK_{version});\n{}\n{{\n{ignored}    {returned}{missing}();\n}}\n",
        returns.declare(&format!("{missing}(void)")),
        super::c_call(&head, &function.params, ""),
    )
}
