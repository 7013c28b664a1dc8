//! The typed entry points of the functions that are marked `@typed`: each calls the implementation with what the caller has in
//! C, and is listed in one definition for each module.

use std::fmt::Write as _;

use super::convert::{declare, passed, variables};
use super::function::implementation_name;
use crate::converters::TypeOf;
use crate::model::{File, Function, Kind};

fn typed<'f>(file: &'f File, module: &'f str) -> impl Iterator<Item = &'f Function> {
    file.functions.iter().filter(move |function| function.typed && function.is_in_module(module))
}

fn name(function: &Function) -> String {
    format!("{}_typed", function.qualified_name().replace('.', "_"))
}

/// The arguments: types and names.
fn parameters(function: &Function) -> Vec<(String, String)> {
    let this = (function.kind == Kind::Method).then(|| ("HPy".to_owned(), "self".to_owned()));
    // The struct of an object follows from its handle.
    let firsts = function.parameters.iter().flat_map(|parameter| {
        let variables = variables(parameter);
        let count = if parameter.converter.instance().is_some() { 1 } else { variables.len() };
        variables.into_iter().take(count)
    });
    this.into_iter().chain(firsts).collect()
}

/// Of all modules of the file that have typed functions.
pub(super) fn emit(out: &mut String, file: &File) {
    for module in &file.modules {
        if typed(file, module).next().is_none() {
            continue;
        }
        let symbol = symbol(module);
        _ = write!(
            out,
            "\n/* The typed functions of {module}. */\n\n#if HPY_TARGET_ABI_VERSION >= 0x00000001\n#include <hpy/typed.h>\n\n"
        );
        _ = write!(out, "#define {symbol}_LIST(FUNCTION, TYPE)");
        for function in typed(file, module) {
            let types: Vec<_> = parameters(function).into_iter().map(|(c, _)| c).collect();
            let types = if types.is_empty() { "void".to_owned() } else { types.join(", ") };
            _ = write!(
                out,
                " \\\n    FUNCTION(0, {}, {}, {types})",
                function.returns.c_type(),
                name(function)
            );
        }
        out.push('\n');
        for function in typed(file, module) {
            _ = writeln!(out, "#define {}_python \"{}\"", name(function), function.qualified_name());
        }
        _ = writeln!(out, "\nHPyDef_TYPED({symbol}, {symbol}_LIST)");
        for function in typed(file, module) {
            entry(out, function);
        }
        out.push_str("#endif\n");
    }
}

fn symbol(module: &str) -> String {
    format!("{}_typed", module.replace('.', "_"))
}

/// Checks the objects and calls the implementation.
fn entry(out: &mut String, function: &Function) {
    let failure = function.returns.failure();
    let list: Vec<_> = parameters(function).iter().map(|(c, name)| declare(c, name)).collect();
    let list = if list.is_empty() { String::new() } else { format!(", {}", list.join(", ")) };
    _ = write!(
        out,
        "\nstatic {}(HPyContext *ctx{list})\n{{\n",
        declare(function.returns.c_type(), &format!("{}_impl", name(function)))
    );
    let mut arguments = vec!["ctx".to_owned()];
    if let (Kind::Method, Some(class)) = (function.kind, &function.class) {
        if let Some(global) = &class.global {
            _ = write!(
                out,
                "    if (!_HPyClinic_is_self(ctx, \"{}\", self, {global}))\n        return {failure};\n",
                function.qualified_name()
            );
        }
        arguments.push("self".to_owned());
        arguments.extend(class.structure.as_ref().map(|name| format!("{name}_AsStruct(ctx, self)")));
    } else {
        arguments.push("HPy_NULL".to_owned());
    }
    for (index, parameter) in function.places().enumerate() {
        let c_name = &parameter.c_name;
        let place = format!("&{}_signature, {index}", function.c_name);
        if let Some((of, type_name, structure)) = parameter.converter.instance() {
            let check = match of {
                TypeOf::Constant(constant) => {
                    format!(
                        "_HPyClinic_is_instance(ctx, {place}, {c_name}, ctx->{constant}, \"{type_name}\")"
                    )
                }
                TypeOf::Global(global) => {
                    format!("_HPyClinic_is_of_global(ctx, {place}, {c_name}, {global})")
                }
            };
            let given = if parameter.default.is_some() {
                format!("!HPy_IsNull({c_name}) && ")
            } else {
                String::new()
            };
            _ = write!(out, "    if ({given}!{check})\n        return {failure};\n");
            arguments.push(passed(parameter).swap_remove(0));
            if let Some(structure) = structure {
                let function =
                    format!("{}_AsStruct(ctx, {c_name})", structure.trim_end_matches('*').trim_end());
                arguments.push(format!("HPy_IsNull({c_name}) ? NULL : {function}"));
            }
        } else {
            arguments.extend(variables(parameter).into_iter().map(|(_, name)| name));
        }
    }
    _ = write!(out, "    return {}({});\n}}\n", implementation_name(function), arguments.join(", "));
}

/// The definition for the array of the module.
pub(super) fn definition(file: &File, scope: &str) -> Option<String> {
    typed(file, scope).next().map(|_| symbol(scope))
}
