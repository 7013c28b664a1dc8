//! What the headers in `include/` say of a version of the ABI that is released stays as it is: everything is compared
//! with the table of that version, `abi-<version>.json`. That of 0.0 was not made from these headers, and has slots and
//! signatures as well. And what is generated from the headers is up to date.

mod common;

use std::fs;

use common::{model, root};
use hpy_abi::HPY_ABI_MEMBERS;
use hpy_codegen::ctype::CType;
use hpy_codegen::facts::Version;
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

/// The members that came with a version are those in its table.
fn assert_members(version: Version, table: &Value) {
    let model = model();
    let members: Vec<Member> = model.members().into_iter().filter(|m| m.since() == version).collect();
    let expected = table["members"].as_array().unwrap();
    assert_eq!(members.len(), expected.len(), "ABI {version} is frozen: new members are newer");
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

/// The table with the members that came with a version, as they are.
fn members_now(version: Version) -> Value {
    let model = model();
    let members = model.members();
    let rows = members.iter().filter(|m| m.since() == version).map(|member| match member {
        Member::Constant(c) => serde_json::json!({"index": c.index, "kind": "handle", "name": c.name}),
        Member::Function(f) => serde_json::json!({
            "index": f.index,
            "kind": "function",
            "name": f.name,
            "public_name": f.public_name,
            "returns": f.returns.declare(""),
            "params": f.params.iter().map(Param::declare).collect::<Vec<_>>(),
        }),
    });
    serde_json::json!({"members": rows.collect::<Vec<_>>()})
}

/// Every version but the newest is released, and that one may be. `HPY_FREEZE=0.1` writes the table of a version that is
/// going to be.
#[test]
fn members_of_released_versions() {
    let abi = model().abi;
    let folder = root().join("crates/hpy-codegen/tests");
    for version in abi.versions() {
        let path = folder.join(format!("abi-{version}.json"));
        if std::env::var("HPY_FREEZE").is_ok_and(|asked| asked == version.to_string()) && !path.exists() {
            let text = serde_json::to_string_pretty(&members_now(version)).unwrap();
            fs::write(&path, text + "\n").unwrap();
        }
        match fs::read_to_string(&path) {
            Ok(text) => assert_members(version, &serde_json::from_str(&text).unwrap()),
            Err(_) => assert_eq!(
                version, abi.version,
                "abi-{version}.json is missing; HPY_FREEZE={version} writes it"
            ),
        }
    }
}

#[test]
fn a_table_that_is_written_has_the_members_of_its_version() {
    for version in model().abi.versions() {
        assert_members(version, &members_now(version));
    }
}

#[test]
fn a_version_has_the_members_of_all_before_it() {
    let model = model();
    let counts: Vec<usize> = model.abi.versions().map(|version| model.members_in(version)).collect();
    assert_eq!(counts, HPY_ABI_MEMBERS);
    assert_eq!(counts[0], table()["members"].as_array().unwrap().len());
    assert_eq!(counts.last(), Some(&model.members().len()));
}

/// The members whose public function returns a null handle, and the two that only legacy code sees.
#[test]
fn flags() {
    let model = model();
    let select = |flag: fn(&hpy_codegen::model::Function) -> bool| -> Vec<&str> {
        model.functions.iter().filter(|f| flag(f)).map(|f| f.public_name.as_str()).collect()
    };
    assert_eq!(
        select(|f| f.returns_null),
        [
            "HPyErr_SetString",
            "HPyErr_SetObject",
            "HPyErr_SetFromErrnoWithFilenameObjects",
            "HPyErr_NoMemory",
            "HPyErr_SetRaisedException"
        ]
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
    let names = |after_0_9_0| {
        let slots = later.iter().filter(move |slot| slot.after_0_9_0 == after_0_9_0);
        slots.map(|slot| slot.name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(names(true), ["HPy_tp_iter", "HPy_tp_iternext"]);
    let since_0_1 = [
        "HPy_tp_descr_set",
        "HPy_tp_getattro",
        "HPy_tp_setattro",
        "HPy_am_await",
        "HPy_am_aiter",
        "HPy_am_anext",
        "HPy_am_send",
        "HPy_mod_traverse",
        "HPy_mod_destroy",
        "HPy_mod_multiple_interpreters",
        "HPy_mod_gil",
    ];
    assert_eq!(names(false), since_0_1);
    assert_eq!(slots.len(), expected.len());
    for (slot, row) in slots.into_iter().zip(expected) {
        assert_eq!(slot.name, row["name"]);
        assert_eq!(slot.number, row["number"].as_i64().unwrap(), "{}", slot.name);
        let signature = slot.signature.as_ref().unwrap();
        assert_eq!(signature, &row["signature"], "{}", slot.name);
        let signature = model.signatures.iter().find(|s| s.name == *signature).unwrap();
        let number = slot.number.try_into().unwrap();
        assert_eq!(hpy_abi::slot_signature(number).map(i64::from), Some(signature.number), "{}", slot.name);
    }
}

#[test]
fn signatures() {
    let model = model();
    let table = table();
    let expected = table["func_signatures"].as_object().unwrap();
    let (known, later): (Vec<_>, Vec<_>) =
        model.signatures.iter().partition(|signature| expected.contains_key(&signature.name));
    assert_eq!(known.len(), expected.len());
    assert!(later.iter().map(|signature| signature.number).eq(40..48));
    for signature in known {
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
