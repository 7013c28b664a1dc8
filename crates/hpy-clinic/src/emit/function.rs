//! The definition of one function: its parser, which calls the implementation, and the `HPyDef` with both.

use std::fmt::Write as _;

use super::convert::{convert, declare, passed, received, rest, variable};
use super::{calls, docs};
use crate::converters::{ReturnTarget, Target, c_string};
use crate::model::{Extra, File, Function, Kind, Parameter, Passing};

pub(super) fn emit(out: &mut String, function: &Function, file: &File) {
    let name = &function.c_name;
    _ = write!(out, "\n/* {} */\n", function.path);
    if function.kind == Kind::New {
        // A slot has no docstring: it is that of the type, which the author passes on.
        _ = writeln!(
            out,
            "\n#define {name}_DOC \\\n    {}",
            docs::docstring(function).replace('\n', " \\\n")
        );
    }
    out.push('\n');
    needs(out, function);
    implementation(out, function);
    if !matches!(function.kind, Kind::Getter | Kind::Setter) {
        signature(out, function);
    } else {
        attribute_signature(out, function);
    }
    if file.has_definition(function) {
        // The setter may be declared after the getter, and stands in the definition before it.
        definition(out, function, file.setter_of(function));
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

/// What the author writes, unless there is a function to call.
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
        parameters.extend(received(parameter).iter().map(|(c, name)| declare(c, name)));
    }
    _ = write!(
        out,
        "static {}({})",
        declare(returns(function), &implementation_name(function)),
        parameters.join(", ")
    );
    match &function.calls {
        None => out.push_str(";\n"),
        Some(called) => calls::body(out, function, called, structure(function).is_some()),
    }
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
        return "{NULL, NULL, 0, 0, 0, 0, 0}".to_owned();
    }
    _ = writeln!(out, "\nstatic const char *const {function}_names[] = {{{}}};", names.join(", "));
    let mut objects = "NULL".to_owned();
    if has_keywords {
        objects = format!("{function}_objects");
        _ = writeln!(out, "static uintptr_t {objects}[{count}];");
    }
    format!("{{{function}_names, {objects}, {count}, {first}, 0, 0, 0}}")
}

/// The same for the value of an attribute.
fn attribute_signature(out: &mut String, function: &Function) {
    if function.kind == Kind::Setter {
        let name = &function.c_name;
        _ = write!(
            out,
            "HPyAPI_UNUSED static _HPyClinic_Signature {name}_signature = {{\n    {}, NULL,\n    1, 1, {{NULL, NULL, 0, 0, \
             0, 0, 0}}\n}};\n",
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
                writeln!(
                    out,
                    "HPyDef_GETSET_IMPL({name}, {python_name}, {entry}, {other}, .doc =\n    {doc})"
                )
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
            Convention::Keywords => {
                ("HPy", "HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames")
            }
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
    let failure =
        if function.kind == Kind::Init || function.kind == Kind::Setter { "-1" } else { "HPy_NULL" };
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
        _ = writeln!(out, "    if (_HPyClinic_UNLIKELY({too_many}!HPy_IsNull({keywords}))) {{");
        // A dict may be empty.
        if is_slot(function) {
            _ = write!(out, "        if ({too_many}HPy_Length(ctx, kw) != 0) {wrong}\n    }}\n");
        } else {
            _ = write!(out, "        {wrong}\n    }}\n");
        }
        return;
    }
    let required: Vec<_> =
        function.places().enumerate().filter(|(_, parameter)| parameter.default.is_none()).collect();
    let missing: String =
        required.iter().map(|(index, _)| format!(" || HPy_IsNull(places[{index}])")).collect();
    let found = if !has_keywords || is_slot(function) {
        String::new()
    } else {
        format!("    int32_t found[{total}];\n")
    };
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
    arguments.extend(function.parameters.iter().flat_map(passed));
    let call = format!("{}({})", implementation_name(function), arguments.join(", "));
    let finish = if has_cleanup { "result =" } else { "return" };
    let c = returns(function);
    _ = match &function.returns.target {
        _ if matches!(function.kind, Kind::New | Kind::Init | Kind::Setter) => {
            writeln!(out, "    {finish} {call};")
        }
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
        ReturnTarget::Str => {
            write!(
                out,
                "    const char *returned = {call};\n    {finish} returned == NULL ? {failure} : \
                 HPyUnicode_FromString(ctx, returned);\n"
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
