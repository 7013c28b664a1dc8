//! The definition of one function: its parser, which calls the implementation, and the `HPyDef` with both.

use std::fmt::Write as _;

use super::{docs, has_definition, is_pair};
use crate::converters::{ReturnTarget, Target, TypeOf, c_string};
use crate::model::{Extra, File, Function, Kind, Parameter, Passing};

pub(super) fn emit(out: &mut String, function: &Function, file: &File) {
    let name = &function.c_name;
    _ = write!(out, "\n/* {} */\n", function.path);
    if function.kind == Kind::New {
        // A slot has no docstring: it is that of the type, which the author passes on.
        _ = writeln!(out, "\n#define {name}_DOC \\\n    {}", docs::docstring(function).replace('\n', " \\\n"));
    }
    out.push('\n');
    needs(out, function);
    implementation(out, function);
    if !matches!(function.kind, Kind::Getter | Kind::Setter) {
        signature(out, function);
    } else {
        attribute_signature(out, function);
    }
    if has_definition(file, function) {
        // The setter may be declared after the getter, and stands in the definition before it.
        let setter = file.functions.iter().find(|other| is_pair(function, other));
        definition(out, function, setter);
    }
    let (returns, parameters) = entry(function);
    _ = write!(out, "\nstatic {returns} {}({parameters})\n{{\n", entry_name(function));
    body(out, function);
    out.push_str("}\n");
}

/// An error of the preprocessor where a function needs a newer ABI.
fn needs(out: &mut String, function: &Function) {
    let has_buffer = |parameter: &Parameter| matches!(parameter.converter.target, Target::Buffer { .. });
    let what = match &function.extra {
        Extra::State(_) => "gets the state of its module",
        Extra::DefiningClass => "gets the class that defines it",
        Extra::None if function.parameters.iter().any(has_buffer) => "has a parameter that is a buffer",
        Extra::None => return,
    };
    _ = write!(
        out,
        "#if HPY_TARGET_ABI_VERSION < 0x00000001\n#  error \"{} {what}, which needs ABI 0.1: build with \
         --hpy-abi-version=0.1\"\n#endif\n",
        function.path
    );
}

/// Whether it is a function of the module, or a method of one of its classes.
pub(super) fn is_in_module(function: &Function, module: &str) -> bool {
    match &function.class {
        None => function.scope == module,
        Some(_) => function.scope.rsplit_once('.').is_some_and(|(scope, _)| scope == module),
    }
}

fn is_slot(function: &Function) -> bool {
    matches!(function.kind, Kind::New | Kind::Init)
}

pub(super) fn implementation_name(function: &Function) -> String {
    match function.kind {
        Kind::Getter => format!("{}_get_impl", function.c_name),
        Kind::Setter => format!("{}_set_impl", function.c_name),
        _ => format!("{}_impl", function.c_name),
    }
}

fn entry_name(function: &Function) -> String {
    match function.kind {
        Kind::Getter => format!("{}_get", function.c_name),
        Kind::Setter => format!("{}_set", function.c_name),
        _ => format!("{}_parse", function.c_name),
    }
}

fn returns(function: &Function) -> &str {
    if function.kind == Kind::New { "HPy" } else { function.returns.c_type() }
}

/// The struct of `self`, if the class has one and there is an object already.
fn structure(function: &Function) -> Option<&str> {
    let class = function.class.as_ref().filter(|_| function.kind != Kind::New)?;
    class.structure.as_deref()
}

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

/// What the author writes.
fn implementation(out: &mut String, function: &Function) {
    let mut parameters = vec!["HPyContext *ctx".to_owned()];
    match &function.extra {
        Extra::None => {}
        Extra::State(c) => parameters.push(declare(c, "state")),
        Extra::DefiningClass => parameters.push("HPy cls".to_owned()),
    }
    parameters.push(if function.kind == Kind::New { "HPy type" } else { "HPy self" }.to_owned());
    if let Some(structure) = structure(function) {
        parameters.push(format!("{structure} *data"));
    }
    for parameter in &function.parameters {
        parameters.extend(variables(parameter).iter().map(|(c, name)| declare(c, name)));
    }
    _ = writeln!(out, "static {} {}({});", returns(function), implementation_name(function), parameters.join(", "));
}

/// What is known of the parameters where arguments do not fit.
fn signature(out: &mut String, function: &Function) {
    let name = &function.c_name;
    let names: Vec<_> = function.places().map(|parameter| c_string(&parameter.name)).collect();
    let first_name = function.count(|parameter| parameter.passing == Passing::PositionalOnly);
    let names = names_of(out, name, &names, first_name, convention(function) == Convention::Keywords);
    let first = match function.kind {
        Kind::Function => None,
        Kind::New => Some("cls"),
        _ => Some("self"),
    };
    let mut twin: Vec<_> = first.map(str::to_owned).into_iter().collect();
    twin.extend(docs::list(function, |parameter| match parameter.default {
        None => parameter.name.clone(),
        Some(_) => format!("{}=0", parameter.name),
    }));
    let twin = format!("def {}({}): 0", function.name(), twin.join(", "));
    _ = write!(
        out,
        "HPyAPI_UNUSED static _HPyClinic_Signature {name}_signature = {{\n    {}, {},\n    {}, {}, {names}\n}};\n",
        c_string(&function.qualified_name()),
        c_string(&twin),
        function.count(|parameter| parameter.passing <= Passing::Any),
        u8::from(first.is_some()),
    );
}

/// The names of the parameters with places for the engine. Those before `first` are for messages only.
fn names_of(out: &mut String, function: &str, names: &[String], first: usize, has_keywords: bool) -> String {
    let count = names.len();
    if count == 0 {
        return "{NULL, NULL, 0, 0, 0}".to_owned();
    }
    _ = writeln!(out, "\nstatic const char *const {function}_names[] = {{{}}};", names.join(", "));
    let mut objects = "NULL".to_owned();
    if has_keywords {
        objects = format!("{function}_objects");
        _ = writeln!(out, "static uintptr_t {objects}[{count}];");
    }
    format!("{{{function}_names, {objects}, {count}, {first}, 0}}")
}

/// The same for the value of an attribute.
fn attribute_signature(out: &mut String, function: &Function) {
    if function.kind == Kind::Setter {
        let name = &function.c_name;
        _ = write!(
            out,
            "HPyAPI_UNUSED static _HPyClinic_Signature {name}_signature = {{\n    {}, NULL,\n    1, 1, {{NULL, NULL, 0, 0, \
             0}}\n}};\n",
            c_string(&function.qualified_name()),
        );
    }
}

fn definition(out: &mut String, function: &Function, setter: Option<&Function>) {
    let name = &function.c_name;
    let doc = docs::docstring(function);
    let python_name = c_string(function.name());
    let entry = entry_name(function);
    out.push('\n');
    _ = match function.kind {
        Kind::New => writeln!(out, "HPyDef_SLOT_IMPL({name}, {entry}, HPy_tp_new)"),
        Kind::Init => writeln!(out, "HPyDef_SLOT_IMPL({name}, {entry}, HPy_tp_init)"),
        Kind::Getter => match setter {
            None => writeln!(out, "HPyDef_GET_IMPL({name}, {python_name}, {entry}, .doc =\n    {doc})"),
            Some(setter) => {
                let other = entry_name(setter);
                writeln!(out, "HPyDef_GETSET_IMPL({name}, {python_name}, {entry}, {other}, .doc =\n    {doc})")
            }
        },
        Kind::Setter => writeln!(out, "HPyDef_SET_IMPL({name}, {python_name}, {entry}, .doc =\n    {doc})"),
        Kind::Function | Kind::Method => {
            let kind = match function.extra {
                Extra::None => match convention(function) {
                    Convention::Nothing => "HPyFunc_NOARGS",
                    Convention::One => "HPyFunc_O",
                    Convention::Positional => "HPyFunc_VARARGS",
                    Convention::Keywords => "HPyFunc_KEYWORDS",
                },
                Extra::State(_) => "HPyFunc_STATE_KEYWORDS",
                Extra::DefiningClass => "HPyFunc_METHOD",
            };
            writeln!(out, "HPyDef_METH_IMPL({name}, {python_name}, {entry}, {kind}, .doc =\n    {doc})")
        }
    };
}

/// Result and parameters of the function that the engine calls.
fn entry(function: &Function) -> (&'static str, &'static str) {
    match (function.kind, &function.extra) {
        (Kind::New, _) => ("HPy", "HPyContext *ctx, HPy self, const HPy *args, HPy_ssize_t count, HPy kw"),
        (Kind::Init, _) => ("int", "HPyContext *ctx, HPy self, const HPy *args, HPy_ssize_t count, HPy kw"),
        (Kind::Getter, _) => ("HPy", "HPyContext *ctx, HPy self, void *closure"),
        (Kind::Setter, _) => ("int", "HPyContext *ctx, HPy self, HPy argument, void *closure"),
        (_, Extra::None) => match convention(function) {
            Convention::Nothing => ("HPy", "HPyContext *ctx, HPy self"),
            Convention::One => ("HPy", "HPyContext *ctx, HPy self, HPy argument"),
            Convention::Positional => ("HPy", "HPyContext *ctx, HPy self, const HPy *args, size_t nargs"),
            Convention::Keywords => ("HPy", "HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames"),
        },
        (_, Extra::State(_)) => {
            ("HPy", "HPyContext *ctx, void *state, HPy self, const HPy *args, size_t nargs, HPy kwnames")
        }
        (_, Extra::DefiningClass) => {
            ("HPy", "HPyContext *ctx, HPy cls, HPy self, const HPy *args, size_t nargs, HPy kwnames")
        }
    }
}

/// How the engine passes arguments. Without keywords there is a quicker way, of which the engine itself checks the number of
/// arguments, or that there are no keywords.
#[derive(PartialEq, Eq)]
enum Convention {
    Nothing,
    One,
    Positional,
    Keywords,
}

fn convention(function: &Function) -> Convention {
    let mut parameters = function.parameters.iter();
    let is_method = matches!(function.kind, Kind::Function | Kind::Method) && function.extra == Extra::None;
    if !is_method || !parameters.all(|parameter| parameter.passing == Passing::PositionalOnly) {
        return Convention::Keywords;
    }
    match function.parameters.as_slice() {
        [] => Convention::Nothing,
        [parameter] if parameter.default.is_none() => Convention::One,
        _ => Convention::Positional,
    }
}

/// What has to be undone after the call.
fn cleanup(function: &Function) -> Vec<String> {
    let mut lines = Vec::new();
    for parameter in &function.parameters {
        let name = &parameter.c_name;
        match &parameter.converter.target {
            Target::Tuple => lines.push(format!("HPy_Close(ctx, {name});")),
            Target::Buffer { .. } => lines.push(format!("_HPyClinic_release(ctx, {name});")),
            _ => {}
        }
    }
    if is_slot(function) && function.places().next().is_some() {
        lines.push(format!("_HPyClinic_CloseKeywords(ctx, &{}_signature, nargs, given);", function.c_name));
    }
    lines
}

fn body(out: &mut String, function: &Function) {
    let start = out.len();
    let name = &function.c_name;
    let failure = if function.kind == Kind::Init || function.kind == Kind::Setter { "-1" } else { "HPy_NULL" };
    let cleanup = cleanup(function);
    let (leave, result) = if cleanup.is_empty() {
        (format!("return {failure};"), None)
    } else {
        ("goto done;".to_owned(), Some(entry(function).0))
    };
    if matches!(function.kind, Kind::Getter | Kind::Setter) {
        out.push_str("    (void)closure;\n");
    }
    if is_slot(function) {
        out.push_str("    size_t nargs = (size_t)count;\n");
    }
    for parameter in &function.parameters {
        variable(out, parameter);
    }
    if let Some(result) = result {
        _ = writeln!(out, "    {result} result = {failure};");
    }
    match function.kind {
        Kind::Getter => {}
        Kind::Setter => {
            _ = write!(
                out,
                "    const HPy *given = &argument;\n    if (HPy_IsNull(argument)) {{\n        HPyErr_SetString(ctx, \
                 ctx->h_AttributeError, \"cannot delete attribute '{}'\");\n        return -1;\n    }}\n",
                function.name()
            );
        }
        _ => match convention(function) {
            Convention::Nothing => {}
            Convention::One => out.push_str("    const HPy *given = &argument;\n"),
            Convention::Positional | Convention::Keywords => find(out, function, failure),
        },
    }
    for (index, parameter) in function.places().enumerate() {
        convert(out, name, index, parameter, &leave);
    }
    if let Some(parameter) = function.rest() {
        rest(out, function, parameter, &leave);
    }
    if cleanup.is_empty() {
        call(out, function, failure, false);
    } else {
        // C++ refuses to jump over a variable.
        let mut block = String::new();
        call(&mut block, function, failure, true);
        if block.lines().count() > 1 {
            block = format!("    {{\n{block}    }}\n");
        }
        out.push_str(&block);
        if out[start..].contains("goto done;") {
            out.push_str("done:\n");
        }
        for line in cleanup {
            _ = writeln!(out, "    {line}");
        }
        out.push_str("    return result;\n");
    }
}

/// The variables of a parameter with its default.
fn variable(out: &mut String, parameter: &Parameter) {
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

/// Finds the argument of each parameter: `given[i]`.
fn find(out: &mut String, function: &Function, failure: &str) {
    let name = &function.c_name;
    let total = function.places().count();
    let positional = function.count(|parameter| parameter.passing <= Passing::Any);
    let has_keywords = convention(function) == Convention::Keywords;
    let keywords = match function.kind {
        Kind::New | Kind::Init => "kw",
        _ if has_keywords => "kwnames",
        _ => "HPy_NULL",
    };
    let arguments = format!("args, nargs, {keywords}");
    let suffix = if is_slot(function) { "Slot" } else { "" };
    let wrong = format!("_HPyClinic_Wrong{suffix}Call(ctx, &{name}_signature, self, {arguments})");
    let wrong = match failure {
        "-1" => format!("{{ (void){wrong}; return -1; }}"),
        _ => format!("return {wrong};"),
    };
    let has_rest = function.rest().is_some();
    if total == 0 {
        let too_many = if has_rest { "" } else { "nargs != 0 || " };
        _ = write!(out, "    if (_HPyClinic_UNLIKELY({too_many}!HPy_IsNull({keywords}))) {{\n");
        // A dict may be empty.
        if is_slot(function) {
            _ = write!(out, "        if ({too_many}HPy_Length(ctx, kw) != 0) {wrong}\n    }}\n");
        } else {
            _ = write!(out, "        {wrong}\n    }}\n");
        }
        return;
    }
    let required: Vec<_> = function.places().enumerate().filter(|(_, parameter)| parameter.default.is_none()).collect();
    let missing: String = required.iter().map(|(index, _)| format!(" || HPy_IsNull(places[{index}])")).collect();
    let found = if !has_keywords || is_slot(function) { String::new() } else { format!("    int32_t found[{total}];\n") };
    _ = write!(out, "    HPy places[{total}];\n{found}    const HPy *given = ");
    let is_direct = positional == total && !is_slot(function);
    if is_direct {
        let enough = if has_rest { "<" } else { "!=" };
        let keywords = if has_keywords { "!HPy_IsNull(kwnames) || " } else { "" };
        _ = write!(out, "args;\n    if ({keywords}nargs {enough} {total}) {{\n        given = places;\n");
    } else {
        out.push_str("places;\n");
    }
    // What is inside of the `if` of a direct call is indented.
    let (indent, close) = if is_direct { ("        ", "    }\n") } else { ("    ", "") };
    let rest = u8::from(has_rest);
    let found = match function.kind {
        Kind::New | Kind::Init => "",
        _ if has_keywords => ", found",
        _ => ", NULL",
    };
    let matches = format!(
        "_HPyClinic_Match{suffix}(ctx, &{name}_signature, {positional}, {total}, {rest}, {arguments}, places{found})"
    );
    _ = if is_slot(function) {
        write!(
            out,
            "{indent}if (!{matches}{missing}) {{\n{indent}    _HPyClinic_CloseKeywords(ctx, &{name}_signature, nargs, \
             places);\n{indent}    {wrong}\n{indent}}}\n"
        )
    } else {
        write!(out, "{indent}if (_HPyClinic_UNLIKELY(!{matches}{missing}))\n{indent}    {wrong}\n{close}")
    };
}

/// Converts `given[index]`.
fn convert(out: &mut String, name: &str, index: usize, parameter: &Parameter, leave: &str) {
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
            let condition = if conditions.is_empty() { String::new() } else { format!("if ({}) ", conditions.join(" && ")) };
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
        Target::Str { zeroes: true } => format!("_HPyClinic_str_and_size(ctx, {place}, {arg}, &{c_name}, &{c_name}_size)"),
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
            let store = match c {
                None => String::new(),
                Some(c) => format!(
                    ", {c_name}_data = {}_AsStruct(ctx, {arg})",
                    c.trim_end_matches('*').trim_end()
                ),
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
fn rest(out: &mut String, function: &Function, parameter: &Parameter, leave: &str) {
    let positional = function.count(|parameter| parameter.passing <= Passing::Any);
    let c_name = &parameter.c_name;
    let count = if positional == 0 { "nargs".to_owned() } else { format!("(nargs > {positional} ? nargs - {positional} : 0)") };
    let first = if positional == 0 { "args".to_owned() } else { format!("args + (nargs > {positional} ? {positional} : nargs)") };
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

/// Calls the implementation and converts what it returns.
fn call(out: &mut String, function: &Function, failure: &str, has_cleanup: bool) {
    let mut arguments = vec!["ctx".to_owned()];
    match &function.extra {
        Extra::None => {}
        Extra::State(c) => arguments.push(format!("({c})state")),
        Extra::DefiningClass => arguments.push("cls".to_owned()),
    }
    arguments.push("self".to_owned());
    if let Some(structure) = structure(function) {
        arguments.push(format!("{structure}_AsStruct(ctx, self)"));
    }
    arguments.extend(function.parameters.iter().flat_map(variables).map(|(_, name)| name));
    let call = format!("{}({})", implementation_name(function), arguments.join(", "));
    let finish = if has_cleanup { "result =" } else { "return" };
    let c = returns(function);
    _ = match &function.returns.target {
        _ if matches!(function.kind, Kind::New | Kind::Init | Kind::Setter) => writeln!(out, "    {finish} {call};"),
        ReturnTarget::Object => writeln!(out, "    {finish} {call};"),
        ReturnTarget::None => {
            writeln!(out, "    {finish} {call} < 0 ? {failure} : HPy_Dup(ctx, ctx->h_None);")
        }
        ReturnTarget::Bool => {
            write!(
                out,
                "    int returned = {call};\n    {finish} returned == -1 && HPyErr_Occurred(ctx) ? {failure} : \
                 HPyBool_FromBool(ctx, returned != 0);\n"
            )
        }
        ReturnTarget::Number(number) => {
            write!(
                out,
                "    {c} returned = {call};\n    {finish} returned == ({c})-1 && HPyErr_Occurred(ctx) ? {failure} : \
                 _HPyClinic_from_{}(ctx, returned);\n",
                number.name
            )
        }
    };
}
