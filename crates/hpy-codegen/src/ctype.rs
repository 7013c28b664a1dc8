//! The C types that may cross the boundary, and what they are in Rust.

use std::fmt;

use serde::{Serialize, Serializer};

/// A type as the headers write it: `const` on the base, pointers, and the array form of parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CType {
    /// Name of the type without qualifiers.
    pub base: String,
    /// Whether the base is `const`.
    pub is_const: bool,
    /// One per `*`, innermost first: whether that pointer itself is `const`.
    pub pointers: Vec<bool>,
    /// Whether a parameter is written `T name[]`.
    pub array: bool,
}

/// Types by value that mean the same everywhere: C name, Rust name.
const VALUES: &[(&str, &str)] = &[
    ("HPy", "HPy"),
    ("HPyField", "HPyField"),
    ("HPyGlobal", "HPyGlobal"),
    ("HPyListBuilder", "HPyListBuilder"),
    ("HPyLongWriter", "HPyLongWriter"),
    ("HPyThreadState", "HPyThreadState"),
    ("HPyTracker", "HPyTracker"),
    ("HPyTupleBuilder", "HPyTupleBuilder"),
    ("HPyUnicodeWriter", "HPyUnicodeWriter"),
    ("HPyBytesWriter", "HPyBytesWriter"),
    ("HPyCFunction", "HPyCFunction"),
    ("HPyFunc_closure", "Option<HPyFunc_closure>"),
    ("HPyFunc_Signature", "HPyFunc_Signature"),
    ("HPyFunc_visitproc", "HPyFunc_visitproc"),
    ("HPyType_BuiltinShape", "HPyType_BuiltinShape"),
    ("HPy_RichCmpOp", "HPy_RichCmpOp"),
    ("HPy_SourceKind", "HPy_SourceKind"),
    ("HPy_UCS4", "HPy_UCS4"),
    ("HPy_hash_t", "HPy_hash_t"),
    ("HPy_ssize_t", "HPy_ssize_t"),
    ("_HPyCapsule_key", "_HPyCapsule_key"),
    ("bool", "bool"),
    ("char", "c_char"),
    ("cpy_visitproc", "cpy_visitproc"),
    ("double", "f64"),
    ("int", "c_int"),
    ("int32_t", "i32"),
    ("int64_t", "i64"),
    ("size_t", "usize"),
    ("uint32_t", "u32"),
    ("uint64_t", "u64"),
    ("wchar_t", "wchar_t"),
];

/// Those of them that are structs of one word, of which zero is the null value.
const STRUCTS: &[&str] = &[
    "HPy",
    "HPyBytesWriter",
    "HPyField",
    "HPyGlobal",
    "HPyListBuilder",
    "HPyLongWriter",
    "HPyThreadState",
    "HPyTracker",
    "HPyTupleBuilder",
    "HPyUnicodeWriter",
];

/// Types that only pointers refer to.
const POINTEES: &[(&str, &str)] = &[
    ("HPyCallFunction", "HPyCallFunction"),
    ("HPyCapsule_Destructor", "HPyCapsule_Destructor"),
    ("HPyClosure", "HPyClosure"),
    ("HPyContext", "HPyContext"),
    ("HPyCriticalSection", "HPyCriticalSection"),
    ("HPyDateTime_Fields", "HPyDateTime_Fields"),
    ("HPyDef", "HPyDef"),
    ("HPyDictIter", "HPyDictIter"),
    ("HPyLongExport", "HPyLongExport"),
    ("HPyLongLayout", "HPyLongLayout"),
    ("HPyMutex", "HPyMutex"),
    ("HPyType_Spec", "HPyType_Spec"),
    ("HPyType_SpecParam", "HPyType_SpecParam"),
    ("HPyVM", "HPyVM"),
    ("HPy_buffer", "HPy_buffer"),
    ("_HPyArg_Names", "_HPyArg_Names"),
    ("_HPyAPI_Function", "_HPyAPI_Function"),
    ("_HPyAPI_Table", "_HPyAPI_Table"),
    ("cpy_PyModuleDef", "cpy_PyModuleDef"),
    ("cpy_PyObject", "cpy_PyObject"),
    ("cpy_Py_buffer", "cpy_Py_buffer"),
    ("void", "c_void"),
];

impl CType {
    /// A type by value.
    pub fn value(base: &str) -> Self {
        Self { base: base.to_owned(), is_const: false, pointers: Vec::new(), array: false }
    }

    /// A plain pointer.
    pub fn pointer(base: &str) -> Self {
        Self { pointers: vec![false], ..Self::value(base) }
    }

    /// Whether this is `void`.
    pub fn is_void(&self) -> bool {
        self.is_value("void")
    }

    /// Whether this is the type of that name, by value.
    pub fn is_value(&self, base: &str) -> bool {
        *self == Self::value(base)
    }

    /// Whether this is one of the structs of one word that are passed by value: a handle or one of its kin.
    pub fn is_struct(&self) -> bool {
        STRUCTS.iter().any(|name| self.is_value(name))
    }

    /// The Rust type; `None` for a type that no table names.
    pub fn rust(&self) -> Option<String> {
        let find = |table: &[(&str, &'static str)]| {
            table.iter().find(|(c, _)| *c == self.base).map(|(_, rust)| *rust)
        };
        let is_pointer = self.array || !self.pointers.is_empty();
        let base = match find(VALUES) {
            Some(rust) => rust,
            None if is_pointer => find(POINTEES)?,
            None => return None,
        };
        let mut rust = base.to_owned();
        // In Rust the qualifier of what is pointed to belongs to the pointer.
        let mut pointee_const = self.is_const;
        for &pointer_const in self.pointers.iter().chain(self.array.then_some(&false)) {
            rust = format!("*{} {rust}", if pointee_const { "const" } else { "mut" });
            pointee_const = pointer_const;
        }
        Some(rust)
    }

    /// The C declaration of `name` with this type.
    pub fn declare(&self, name: &str) -> String {
        let array = if self.array { "[]" } else { "" };
        let head = self.to_string();
        let space = if head.ends_with('*') || name.is_empty() { "" } else { " " };
        format!("{head}{space}{name}{array}")
    }
}

/// The type as C writes it before a name, without the array brackets.
impl fmt::Display for CType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.is_const { "const " } else { "" }, self.base)?;
        for (level, &is_const) in self.pointers.iter().enumerate() {
            let space = if level == 0 || self.pointers[level - 1] { " " } else { "" };
            write!(f, "{space}*{}", if is_const { "const" } else { "" })?;
        }
        Ok(())
    }
}

impl Serialize for CType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.declare(""))
    }
}
