//! The headers in `include/` describe ABI 0.0: everything is compared with the table in `abi-0.0.json`, which was not
//! made from them. And what is generated from them is up to date.

mod common;

use common::{model, root};
use hpy_codegen::ctype::CType;
use hpy_codegen::model::{Member, Param};
use serde_json::Value;

fn table() -> Value {
    serde_json::from_str(include_str!("abi-0.0.json")).unwrap()
}

/// `const char *s` and `const char *` as the model writes them; names of parameters are not part of the ABI.
fn types(params: &[Param]) -> Vec<String> {
    params.iter().map(|p| p.ctype.declare("")).collect()
}

/// The type in a declaration such as `HPy h`, `void **data` or `const HPy items[]`.
fn type_of(declaration: &str) -> String {
    let (declaration, array) = match declaration.strip_suffix("[]") {
        Some(rest) => (rest, "[]"),
        None => (declaration, ""),
    };
    let name = declaration.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
    format!("{}{array}", declaration[..name].trim_end())
}

#[test]
fn members() {
    let model = model();
    let members = model.members();
    let table = table();
    let expected = table["members"].as_array().unwrap();
    assert_eq!(members.len(), expected.len());
    for (member, row) in members.iter().zip(expected) {
        assert_eq!(member.index() as u64, row["index"].as_u64().unwrap());
        assert_eq!(member.name(), row["name"]);
        match member {
            Member::Constant(_) => assert_eq!(row["kind"], "handle"),
            Member::Function(f) => {
                assert_eq!(row["kind"], "function");
                assert_eq!(f.public_name, row["public_name"]);
                assert_eq!(f.returns.declare(""), row["returns"], "{}", f.name);
                let params = row["params"].as_array().unwrap().iter();
                let params: Vec<String> = params.map(|p| type_of(p.as_str().unwrap())).collect();
                assert_eq!(types(&f.params), params, "{}", f.name);
            }
        }
    }
}

/// The four members whose public function returns a null handle, and the two that only legacy code sees.
#[test]
fn flags() {
    let model = model();
    let select = |flag: fn(&hpy_codegen::model::Function) -> bool| -> Vec<&str> {
        model.functions.iter().filter(|f| flag(f)).map(|f| f.public_name.as_str()).collect()
    };
    assert_eq!(
        select(|f| f.returns_null),
        ["HPyErr_SetString", "HPyErr_SetObject", "HPyErr_SetFromErrnoWithFilenameObjects", "HPyErr_NoMemory"]
    );
    assert_eq!(select(|f| f.legacy), ["HPy_FromPyObject", "HPy_AsPyObject"]);
}

#[test]
fn slots() {
    let model = model();
    let table = table();
    let expected = table["slots"].as_array().unwrap();
    // What came later: slots of CPython, whose numbers a runtime of ABI 0.0 passes on.
    let (slots, later): (Vec<_>, Vec<_>) =
        model.slots.iter().partition(|slot| expected.iter().any(|row| row["name"] == slot.name));
    assert!(later.iter().all(|slot| slot.after_0_9_0));
    assert_eq!(
        later.iter().map(|slot| slot.name.as_str()).collect::<Vec<_>>(),
        ["HPy_tp_iter", "HPy_tp_iternext"]
    );
    assert_eq!(slots.len(), expected.len());
    for (slot, row) in slots.into_iter().zip(expected) {
        assert_eq!(slot.name, row["name"]);
        assert_eq!(slot.number, row["number"].as_i64().unwrap(), "{}", slot.name);
        assert_eq!(slot.signature, row["signature"], "{}", slot.name);
        let signature = model.signatures.iter().find(|s| s.name == slot.signature).unwrap();
        let number = slot.number.try_into().unwrap();
        assert_eq!(hpy_abi::slot_signature(number).map(i64::from), Some(signature.number), "{}", slot.name);
    }
}

#[test]
fn signatures() {
    let model = model();
    let table = table();
    let expected = table["func_signatures"].as_object().unwrap();
    assert_eq!(model.signatures.len(), expected.len());
    for signature in &model.signatures {
        let row = &expected[&signature.name];
        assert_eq!(signature.number, row["number"].as_i64().unwrap(), "{}", signature.name);
        let Some(declaration) = row["c_declaration"].as_str() else { continue };
        let prototype = signature.prototype.as_ref().unwrap();
        let (head, params) = declaration.trim_end_matches(')').split_once(" impl(").unwrap();
        assert_eq!(prototype.returns.declare(""), head, "{}", signature.name);
        // Some parameters in the table have names and some have not.
        for (i, written) in params.split(", ").enumerate() {
            let param = &prototype.params[i];
            let with_name = type_of(written);
            let matches = [written, with_name.as_str()].contains(&param.ctype.declare("").as_str());
            assert!(matches, "{}: parameter {i} is '{}', not '{written}'", signature.name, param.declare());
        }
        assert_eq!(prototype.params.len(), params.split(", ").count(), "{}", signature.name);
    }
    // The two without a declaration in the table.
    let by_name = |name: &str| model.signatures.iter().find(|s| s.name == name).unwrap();
    assert!(by_name("HPyFunc_VECTORCALLFUNC").prototype.is_none());
    let destructor = by_name("HPyFunc_CAPSULE_DESTRUCTOR").prototype.as_ref().unwrap();
    assert_eq!(types(&destructor.params), ["const char *", "void *", "void *"]);
}

#[test]
fn generated_files_are_up_to_date() {
    hpy_codegen::run(&root(), true).unwrap();
}

#[test]
fn reading_types() {
    assert_eq!(type_of("HPy h"), "HPy");
    assert_eq!(type_of("void **data"), "void **");
    assert_eq!(type_of("const HPy items[]"), "const HPy[]");
    assert_eq!(CType::pointer("char").declare("s"), "char *s");
}
