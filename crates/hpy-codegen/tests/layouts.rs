//! A second reader: a C compiler reads the headers and says sizes, offsets and values, which must be those of the
//! Rust side (`hpy-abi`) and of the model.

mod common;

use std::fmt::Write;
use std::fs;
use std::mem::offset_of;
use std::path::Path;
use std::process::Command;

use common::{model, root};
use hpy_abi::*;

/// Facts on both sides: what C prints as `long long`, and what Rust says it is.
#[derive(Default)]
struct Facts(Vec<(String, i128)>);

macro_rules! values {
    ($facts:ident: $($name:ident)*) => {
        $($facts.0.push((stringify!($name).to_owned(), i128::from($name)));)*
    };
}

macro_rules! layouts {
    ($facts:ident: $($name:ident { $($field:ident $(($c:literal))? $(,)?)* })*) => {$(
        $facts.0.push((format!("sizeof({})", stringify!($name)), size_of::<$name>() as i128));
        $(
            // Rust keywords have an underscore that C does not know; a name in parentheses is C's.
            let c = [$($c,)? stringify!($field)][0];
            let c = c.trim_end_matches('_');
            let expression = format!("offsetof({}, {c})", stringify!($name));
            $facts.0.push((expression, offset_of!($name, $field) as i128));
        )*
    )*};
}

macro_rules! sizes {
    ($facts:ident: $($name:ident)*) => {
        $($facts.0.push((format!("sizeof({})", stringify!($name)), size_of::<$name>() as i128));)*
    };
}

/// Compiles `source` against the headers and gives what it prints.
fn run_c(source: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("facts");
    compile(source, "facts.c", &["-std=c11", "-o", program.to_str().unwrap()], dir.path());
    let output = Command::new(&program).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

fn compile(source: &str, name: &str, args: &[&str], dir: &Path) {
    let file = dir.join(name);
    fs::write(&file, source).unwrap();
    let (variable, default) = if name.ends_with(".c") { ("CC", "cc") } else { ("CXX", "c++") };
    let compiler = std::env::var(variable).unwrap_or_else(|_| default.to_owned());
    let output = Command::new(compiler)
        .args(["-Wall", "-Wextra", "-Werror", "-DHPY", "-DHPY_ABI_UNIVERSAL"])
        .arg(format!("-DHPY_TARGET_ABI_VERSION={}", HPY_ABI_VERSION << 16 | HPY_ABI_VERSION_MINOR))
        .arg("-I")
        .arg(root().join("include"))
        .arg(file)
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Asks C for each fact and compares.
fn agree(facts: Facts) {
    let mut source = String::from(concat!(
        "#include <stdio.h>\n#include \"hpy.h\"\n#include \"hpy/extension_api.h\"\n\n",
        "int main(void)\n{\n",
    ));
    let mut expected = String::new();
    for (expression, value) in &facts.0 {
        writeln!(source, "    printf(\"{expression} = %lld\\n\", (long long)({expression}));").unwrap();
        writeln!(expected, "{expression} = {value}").unwrap();
    }
    source += "    return 0;\n}\n";
    assert!(facts.0.len() > 10);
    let printed = run_c(&source);
    for (c, rust) in printed.lines().zip(expected.lines()) {
        assert_eq!(c, rust, "C says the first, Rust the second");
    }
    assert_eq!(printed.lines().count(), facts.0.len());
}

#[test]
fn definitions() {
    let mut facts = Facts::default();
    sizes!(facts: HPy HPyField HPyGlobal HPyTracker HPyThreadState HPyListBuilder HPyTupleBuilder HPyLongWriter);
    sizes!(facts: HPy_ssize_t HPy_hash_t HPy_UCS4 wchar_t HPyCFunction HPy_RichCmpOp HPy_SourceKind);
    facts.0.push(("_HPyAPI_SLOTS".into(), _HPyAPI_SLOTS as i128));
    sizes!(facts: HPyType_BuiltinShape HPyType_SpecParam_Kind _HPyCapsule_key HPyFunc_Signature HPyMember_FieldType);
    layouts! { facts:
        HPyMutex { _word }
        HPyCriticalSection { _begun _first _second _third }
        HPyVM { _mark _interpreter _functions _inside _attached }
        _HPyClosure_Record { _alive _captured _running _context _function _functions _interpreter _reserved }
        _HPyAPI_Head { _mark _major _minor _count _name _entries _functions }
        _HPyAPI_Function { _call _name _table _index }
        _HPyAPI_Table {
            _head _kind _context_size _functions _same _contexts _handles _objects _number
        }
        HPySlot { slot, impl_, cpy_trampoline }
        HPyMeth { name, impl_, cpy_trampoline, signature, doc }
        HPyMember { name, type_, offset, readonly, doc }
        HPyGetSet {
            name, getter_impl, setter_impl, getter_cpy_trampoline, setter_cpy_trampoline, doc, closure
        }
        HPyLongLayout { bits_per_digit digit_size digits_order digit_endianness }
        HPyLongExport { value negative ndigits digits _reserved }
        HPyDef { kind, u ("slot"), u ("meth"), u ("member"), u ("getset") }
        HPyModuleDef { doc, size, legacy_methods, defines, globals }
        HPyType_Spec { name, basicsize, itemsize, flags, builtin_shape, legacy_slots, defines, doc }
        HPyType_SpecParam { kind, object }
        HPyCallFunction { cpy_trampoline, impl_ }
        HPyCapsule_Destructor { cpy_trampoline, impl_ }
        HPy_buffer {
            buf, obj, len, itemsize, readonly, ndim, format, shape, strides, suboffsets, internal
        }
    }
    agree(facts);
}

#[test]
fn numbers() {
    let mut facts = Facts::default();
    values! { facts:
        HPY_ABI_VERSION HPY_ABI_VERSION_MINOR
        HPy_TPFLAGS_DEFAULT HPy_TPFLAGS_BASETYPE HPy_TPFLAGS_HAVE_VECTORCALL HPy_TPFLAGS_HAVE_GC
    }
    let model = model();
    let constants = model.enums.iter().flat_map(|found| &found.constants);
    facts.0.extend(constants.map(|constant| (constant.name.clone(), constant.value.into())));
    facts.0.extend(model.signatures.iter().map(|s| (s.name.clone(), s.number.into())));
    facts.0.extend(model.slots.iter().map(|s| (s.name.clone(), s.number.into())));
    // The signature of a slot, as definition macros find it.
    for slot in &model.slots {
        let Some(signature) = &slot.signature else { continue };
        let signature = model.signatures.iter().find(|s| s.name == *signature).unwrap();
        facts.0.push((format!("HPySlot_SIG({})", slot.name), signature.number.into()));
    }
    agree(facts);
}

#[test]
fn context() {
    let mut facts = Facts::default();
    layouts! { facts: HPyContext { name, _private, abi_version, h_None, ctx_Dup, ctx_Slice_New } }
    let word = size_of::<usize>();
    for member in model().members() {
        let place = (3 + member.index()) * word;
        facts.0.push((format!("offsetof(HPyContext, {})", member.name()), place as i128));
    }
    agree(facts);
}

#[test]
fn arguments() {
    let mut facts = Facts::default();
    layouts! { facts:
        _HPyFunc_args_VARARGS { self_, args, nargs, result }
        _HPyFunc_args_KEYWORDS { self_, args, nargsf, kwnames, result }
        _HPyFunc_args_NOARGS { self_, result }
        _HPyFunc_args_O { self_, arg, result }
        _HPyFunc_args_GETBUFFERPROC { self_, view, flags, result }
        _HPyFunc_args_RELEASEBUFFERPROC { self_, view }
        _HPyFunc_args_UNARYFUNC { arg0, result }
        _HPyFunc_args_BINARYFUNC { arg0, arg1, result }
        _HPyFunc_args_TERNARYFUNC { arg0, arg1, arg2, result }
        _HPyFunc_args_INQUIRY { arg0, result }
        _HPyFunc_args_LENFUNC { arg0, result }
        _HPyFunc_args_SSIZEARGFUNC { arg0, arg1, result }
        _HPyFunc_args_SSIZESSIZEARGFUNC { arg0, arg1, arg2, result }
        _HPyFunc_args_SSIZEOBJARGPROC { arg0, arg1, arg2, result }
        _HPyFunc_args_SSIZESSIZEOBJARGPROC { arg0, arg1, arg2, arg3, result }
        _HPyFunc_args_OBJOBJARGPROC { arg0, arg1, arg2, result }
        _HPyFunc_args_FREEFUNC { arg0 }
        _HPyFunc_args_GETATTRFUNC { arg0, arg1, result }
        _HPyFunc_args_GETATTROFUNC { arg0, arg1, result }
        _HPyFunc_args_SETATTRFUNC { arg0, arg1, arg2, result }
        _HPyFunc_args_SETATTROFUNC { arg0, arg1, arg2, result }
        _HPyFunc_args_REPRFUNC { arg0, result }
        _HPyFunc_args_HASHFUNC { arg0, result }
        _HPyFunc_args_RICHCMPFUNC { arg0, arg1, arg2, result }
        _HPyFunc_args_GETITERFUNC { arg0, result }
        _HPyFunc_args_ITERNEXTFUNC { arg0, result }
        _HPyFunc_args_DESCRGETFUNC { arg0, arg1, arg2, result }
        _HPyFunc_args_DESCRSETFUNC { arg0, arg1, arg2, result }
        _HPyFunc_args_INITPROC { self_, args, kw, result }
        _HPyFunc_args_NEWFUNC { self_, args, kw, result }
        _HPyFunc_args_GETTER { arg0, arg1, result }
        _HPyFunc_args_SETTER { arg0, arg1, arg2, result }
        _HPyFunc_args_OBJOBJPROC { arg0, arg1, result }
        _HPyFunc_args_TRAVERSEPROC { self_, visit, arg, result }
        _HPyFunc_args_DESTRUCTOR { arg0 }
        _HPyFunc_args_MOD_CREATE { spec, result }
    }
    agree(facts);
}

/// Every signature can be declared, implemented and entered, in both languages and without a warning.
#[test]
fn trampolines() {
    let mut source = String::from("#include \"hpy.h\"\n\nHPyContext *_ctx_for_trampolines;\n");
    for signature in model().signatures {
        let (name, Some(prototype)) = (signature.name, signature.prototype) else { continue };
        let params: Vec<String> = prototype.params.iter().map(|p| p.declare()).collect();
        let (returns, params) = (prototype.returns.declare("impl"), params.join(", "));
        let body =
            format!("static {}({params}) {{ abort(); }}", returns.replace("impl", &format!("{name}_impl")));
        writeln!(
            source,
            "HPyFunc_DECLARE({name}_impl, {name});\n\
             HPyFunc_TRAMPOLINE({name}_trampoline, {name}_impl, {name})\n{body}\n\
             {0} {name}_check = {name}_impl;\n\
             HPyCFunction {name}_entry = (HPyCFunction){name}_trampoline;",
            prototype.name
        )
        .unwrap();
    }
    let dir = tempfile::tempdir().unwrap();
    let object = dir.path().join("object.o");
    let args = ["-c", "-O1", "-Wno-unused-parameter", "-o", object.to_str().unwrap()];
    compile(&source, "entries.c", &[&args[..], &["-std=c11"]].concat(), dir.path());
    compile(&source, "entries.cc", &[&args[..], &["-std=c++17"]].concat(), dir.path());
}
