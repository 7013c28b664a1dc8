//! `crates/hpy-cpython/src/generated/constants.rs`: the objects behind the constants of the context on CPython.

use crate::model::Model;

pub(super) fn emit(model: &Model) -> String {
    let mut out = format!(
        "//! The objects behind the constants of a context.\n\n\
         use hpy_abi::HPy;\n\
         use pyo3_ffi::{{self as ffi, PyObject, PyTypeObject}};\n\n\
         use crate::boundary::{{Result, check}};\n\
         use crate::handle::handle;\n\n\
         /// The number of constants.\n\
         pub const CONSTANTS: usize = {};\n\n\
         /// The constants in the order of their indices: borrowed from the interpreter, which keeps their objects for \
         as\n\
         /// long as it lives.\n\
         ///\n\
         /// # Errors\n\
         /// `MemoryError` and the like from CPython.\n\
         ///\n\
         /// # Safety\n\
         /// The caller holds the interpreter.\n\
         pub unsafe fn constants() -> Result<[HPy; CONSTANTS]> {{\n\
         let mut all = [HPy::NULL; CONSTANTS];\n\
         // SAFETY: the caller holds the interpreter; these are its own objects, variables and functions.\n\
         unsafe {{\n",
        model.constants.len()
    );
    let objects: Vec<Object> = model.constants.iter().map(|constant| Object::of(&constant.name)).collect();
    let mut index = 0;
    // Tables take half as much code as one assignment for each.
    for run in objects.chunk_by(Object::is_alike) {
        let end = index + run.len();
        match &run[0] {
            Object::Expression(expression) => {
                out += &format!("all[{index}] = handle({expression});\n");
            }
            Object::Type(name) if run.len() == 1 => {
                out += &format!("all[{index}] = handle((&raw mut ffi::{name}).cast());\n");
            }
            Object::Variable(_) => {
                let list: String = run.iter().map(|o| format!("&raw const ffi::{},\n", o.text())).collect();
                out += &format!(
                    "let variables: [*const *mut PyObject; {}] = [{list}];\n\
                     for (h, variable) in all[{index}..{end}].iter_mut().zip(variables) {{\n\
                     *h = handle(*variable);\n}}\n",
                    run.len()
                );
            }
            Object::Type(_) => {
                let list: String = run.iter().map(|o| format!("&raw mut ffi::{},\n", o.text())).collect();
                out += &format!(
                    "let types: [*mut PyTypeObject; {}] = [{list}];\n\
                     for (h, ty) in all[{index}..{end}].iter_mut().zip(types) {{\n\
                     *h = handle(ty.cast());\n}}\n",
                    run.len()
                );
            }
        }
        index = end;
    }
    out += "}\nOk(all)\n}\n";
    out
}

/// The CPython object behind a constant.
enum Object {
    /// The value of an expression.
    Expression(String),
    /// The object that a variable of this name points to.
    Variable(String),
    /// A type that is itself a variable of this name.
    Type(String),
}

impl Object {
    fn of(constant: &str) -> Object {
        let name = constant.strip_prefix("h_").unwrap_or(constant);
        match name {
            "None" | "True" | "False" | "NotImplemented" | "Ellipsis" => {
                Object::Expression(format!("ffi::Py_{name}()"))
            }
            "Builtins" => Object::Expression("check(ffi::PyEval_GetBuiltins())?".to_owned()),
            "BaseObjectType" => Object::Type("PyBaseObject_Type".to_owned()),
            _ => match name.strip_suffix("Type") {
                Some(kind) => Object::Type(format!("Py{kind}_Type")),
                None => Object::Variable(format!("PyExc_{name}")),
            },
        }
    }

    /// Whether both can be in the same table.
    fn is_alike(&self, other: &Object) -> bool {
        matches!(
            (self, other),
            (Object::Variable(_), Object::Variable(_)) | (Object::Type(_), Object::Type(_))
        )
    }

    fn text(&self) -> &str {
        let (Object::Expression(text) | Object::Variable(text) | Object::Type(text)) = self;
        text
    }
}
