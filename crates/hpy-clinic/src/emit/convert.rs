//! From arguments to the variables of parameters: what the parser does with each argument that it has found.

use std::fmt::Write as _;

use crate::converters::{Target, TypeOf, c_string};
use crate::model::{Function, Parameter, Passing};

/// `name` as the type declares it: `double x`, `Point *p`.
pub(super) fn declare(c_type: &str, name: &str) -> String {
    if c_type.ends_with('*') { format!("{c_type}{name}") } else { format!("{c_type} {name}") }
}

/// The variables that a parameter becomes.
pub(super) fn variables(parameter: &Parameter) -> Vec<(String, String)> {
    let suffix = match parameter.converter.target {
        Target::Array => "_count",
        Target::Instance { .. } => "_data",
        _ => "_size",
    };
    let names = [parameter.c_name.clone(), format!("{}{suffix}", parameter.c_name)];
    parameter.converter.c_types().into_iter().zip(names).collect()
}

/// What an implementation gets for a parameter: types and names.
pub(super) fn received(parameter: &Parameter) -> Vec<(String, String)> {
    match parameter.converter.typed_handle() {
        Some(c) => vec![(c.to_owned(), parameter.c_name.clone())],
        None => variables(parameter),
    }
}

/// What it is passed.
pub(super) fn passed(parameter: &Parameter) -> Vec<String> {
    match parameter.converter.typed_handle() {
        Some(c) => vec![format!("{c}_Unchecked({})", parameter.c_name)],
        None => variables(parameter).into_iter().map(|(_, name)| name).collect(),
    }
}

/// The variables of a parameter with its default.
pub(super) fn variable(out: &mut String, parameter: &Parameter) {
    for (index, (c, name)) in variables(parameter).iter().enumerate() {
        let declaration = declare(c, name);
        let value = match (&parameter.default, &parameter.converter.target) {
            (_, Target::Buffer { .. }) => {
                _ = writeln!(out, "    HPy_buffer {name}_view;\n    HPy_buffer *{name} = NULL;");
                continue;
            }
            (Some(default), _) => format!(" = {}", default.c[index]),
            (None, Target::Tuple) => " = HPy_NULL".to_owned(),
            (None, _) => String::new(),
        };
        _ = writeln!(out, "    {declaration}{value};");
    }
}

/// Converts `given[index]`.
pub(super) fn convert(out: &mut String, name: &str, index: usize, parameter: &Parameter, leave: &str) {
    let arg = format!("given[{index}]");
    let c_name = &parameter.c_name;
    let converter = &parameter.converter;
    let place = format!("&{name}_signature, {index}");
    let mut conditions = Vec::new();
    if parameter.default.is_some() {
        conditions.push(format!("!HPy_IsNull({arg})"));
    }
    if converter.none {
        conditions.push(format!("!HPy_Is(ctx, {arg}, ctx->h_None)"));
    }
    let attempt = match &converter.target {
        Target::Object => {
            let condition = if conditions.is_empty() {
                String::new()
            } else {
                format!("if ({}) ", conditions.join(" && "))
            };
            _ = writeln!(out, "    {condition}{c_name} = {arg};");
            return;
        }
        Target::Number { number, bitwise } => {
            let mask = if *bitwise { "_mask" } else { "" };
            format!("_HPyClinic_{}{mask}(ctx, {arg}, &{c_name})", number.name)
        }
        Target::Bool => format!("({c_name} = HPy_IsTrue(ctx, {arg})) >= 0"),
        Target::Complex => format!("_HPyClinic_complex(ctx, {place}, {arg}, &{c_name})"),
        Target::Str { zeroes: false } => format!("_HPyClinic_str(ctx, {place}, {arg}, &{c_name})"),
        Target::Str { zeroes: true } => {
            format!("_HPyClinic_str_and_size(ctx, {place}, {arg}, &{c_name}, &{c_name}_size)")
        }
        Target::Bytes => format!("_HPyClinic_bytes(ctx, {place}, {arg}, &{c_name}, &{c_name}_size)"),
        Target::Buffer { is_writable } => {
            let flag = u8::from(*is_writable);
            format!("({c_name} = _HPyClinic_buffer(ctx, {arg}, &{c_name}_view, {flag})) != NULL")
        }
        Target::Custom { function, .. } => format!("{function}(ctx, {arg}, &{c_name})"),
        Target::Instance { of, c, name: type_name } => {
            let check = match of {
                TypeOf::Constant(constant) => {
                    format!("_HPyClinic_is_instance(ctx, {place}, {arg}, ctx->{constant}, \"{type_name}\")")
                }
                TypeOf::Global(global) => format!("_HPyClinic_is_of_global(ctx, {place}, {arg}, {global})"),
            };
            let store = match c.as_deref().and_then(|c| c.strip_suffix('*')) {
                None => String::new(),
                Some(structure) => format!(", {c_name}_data = {}_AsStruct(ctx, {arg})", structure.trim_end()),
            };
            format!("{check} && ({c_name} = {arg}{store}, 1)")
        }
        Target::Enum { values, .. } => {
            choose(out, &conditions, values, index, name, parameter, leave);
            return;
        }
        Target::Tuple | Target::Array | Target::State(_) | Target::DefiningClass => return,
    };
    conditions.push(format!("!({attempt})"));
    _ = writeln!(out, "    if ({})\n        {leave}", conditions.join(" && "));
    if converter.none && parameter.default.is_none() {
        none_value(out, &arg, parameter);
    }
}

/// `None` for a parameter without a default.
fn none_value(out: &mut String, arg: &str, parameter: &Parameter) {
    let assignments: Vec<_> = variables(parameter)
        .iter()
        .filter(|_| !matches!(parameter.converter.target, Target::Buffer { .. }))
        .map(|(c, name)| match c.as_str() {
            "HPy" => format!("{name} = HPy_NULL;"),
            c if c.ends_with('*') => format!("{name} = NULL;"),
            "HPyClinic_complex" => format!("{name}.real = {name}.imag = 0;"),
            c => format!("{name} = ({c})0;"),
        })
        .collect();
    if !assignments.is_empty() {
        _ = writeln!(out, "    if (HPy_Is(ctx, {arg}, ctx->h_None)) {{ {} }}", assignments.join(" "));
    }
}

/// A name of an enum.
fn choose(
    out: &mut String,
    conditions: &[String],
    values: &[(String, String)],
    index: usize,
    function: &str,
    parameter: &Parameter,
    leave: &str,
) {
    let c_name = &parameter.c_name;
    let names: Vec<_> = values.iter().map(|(name, _)| c_string(name)).collect();
    let condition = if conditions.is_empty() { "1".to_owned() } else { conditions.join(" && ") };
    _ = write!(
        out,
        "    if ({condition}) {{\n        static const char *const names[] = {{{}, NULL}};\n        switch \
         (_HPyClinic_enum(ctx, &{function}_signature, {index}, given[{index}], names)) {{\n",
        names.join(", ")
    );
    for (case, (_, c)) in values.iter().enumerate() {
        _ = writeln!(out, "        case {case}: {c_name} = {c}; break;");
    }
    _ = write!(out, "        default: {leave}\n        }}\n    }}\n");
    if parameter.converter.none && parameter.default.is_none() {
        none_value(out, &format!("given[{index}]"), parameter);
    }
}

/// `*args`.
pub(super) fn rest(out: &mut String, function: &Function, parameter: &Parameter, leave: &str) {
    let positional = function.count(|parameter| parameter.passing <= Passing::Any);
    let c_name = &parameter.c_name;
    let count = if positional == 0 {
        "nargs".to_owned()
    } else {
        format!("(nargs > {positional} ? nargs - {positional} : 0)")
    };
    let first = if positional == 0 {
        "args".to_owned()
    } else {
        format!("args + (nargs > {positional} ? {positional} : nargs)")
    };
    _ = if parameter.converter.target == Target::Array {
        write!(out, "    {c_name} = {first};\n    {c_name}_count = {count};\n")
    } else {
        write!(
            out,
            "    {c_name} = HPyTuple_FromArray(ctx, {first}, (HPy_ssize_t){count});\n    if (HPy_IsNull({c_name}))\n        \
             {leave}\n"
        )
    };
}
