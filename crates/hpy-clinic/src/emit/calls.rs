//! The implementation of a function that is marked `@calls`: a call of a C function that knows nothing of HPy.

use std::fmt::Write as _;

use super::convert::{declare, received};
use crate::converters::{Return, ReturnTarget};
use crate::model::Function;

/// The body, whose parameters `implementation` in `function.rs` declares.
pub(super) fn body(out: &mut String, function: &Function, called: &str, has_structure: bool) {
    out.push_str("\n{\n    (void)ctx, (void)self;\n");
    let mut arguments: Vec<_> = has_structure.then(|| "data".to_owned()).into_iter().collect();
    for parameter in &function.parameters {
        let mut values: Vec<_> = received(parameter).into_iter().map(|(_, name)| name).collect();
        // Of an object it gets the struct alone.
        if parameter.converter.instance().is_some() {
            _ = writeln!(out, "    (void){};", values.remove(0));
        }
        arguments.extend(values);
    }
    let call = format!("{called}({})", arguments.join(", "));
    let Return { target, check, .. } = &function.returns;
    _ = match (target, check) {
        (ReturnTarget::None, Some(check)) => writeln!(out, "    return {check}(ctx, {call});\n}}"),
        (ReturnTarget::None, None) => writeln!(out, "    {call};\n    return 0;\n}}"),
        (ReturnTarget::Bool, None) => writeln!(out, "    return {call} ? 1 : 0;\n}}"),
        (_, None) => writeln!(out, "    return {call};\n}}"),
        (_, Some(check)) => {
            let returned = declare(function.returns.c_type(), "returned");
            let failure = function.returns.failure();
            writeln!(
                out,
                "    {returned} = {call};\n    return {check}(ctx, returned) < 0 ? {failure} : returned;\n}}"
            )
        }
    };
}
