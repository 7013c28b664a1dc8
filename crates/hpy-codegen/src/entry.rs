//! How a call from CPython is packed for the context: derived from the implementation's prototype by rule, with one
//! table for the signatures where CPython's form differs in more than types.

use serde::Serialize;

use crate::ctype::CType;
use crate::model::{Param, Prototype};

/// The function that an extension gives to CPython for one of its implementations (its trampoline).
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// What happens in it.
    pub call: Call,
    /// What CPython gets back.
    pub returns: CType,
    /// What CPython passes.
    pub params: Vec<Param>,
    /// Fields of the arguments struct in front of `result`, one per parameter that is passed on.
    pub fields: Vec<Param>,
}

/// The ways from CPython's call to the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// The arguments are packed into a struct.
    Struct,
    /// The only argument is itself what the context receives.
    Argument,
    /// Never called: the engine calls the implementation directly.
    Abort,
}

/// One parameter on CPython's side: name and type of the field, and of the parameter if that differs.
struct Special {
    signature: &'static str,
    call: Call,
    /// In the order of the arguments struct.
    fields: &'static [(&'static str, Form)],
    /// Parameters that CPython passes and nobody needs.
    dropped: &'static [(&'static str, Form)],
}

#[derive(Clone, Copy)]
enum Form {
    Object,
    /// `cpy_PyObject *const *`
    Objects,
    Value(&'static str),
    Pointer(&'static str),
}

impl Form {
    fn ctype(self) -> CType {
        match self {
            Form::Object => CType::pointer("cpy_PyObject"),
            Form::Objects => CType { pointers: vec![true, false], ..CType::value("cpy_PyObject") },
            Form::Value(base) => CType::value(base),
            Form::Pointer(base) => CType::pointer(base),
        }
    }
}

const SPECIAL: &[Special] = &[
    Special {
        signature: "HPyFunc_VARARGS",
        call: Call::Struct,
        fields: &[("self", Form::Object), ("args", Form::Objects), ("nargs", Form::Value("HPy_ssize_t"))],
        dropped: &[],
    },
    Special {
        signature: "HPyFunc_KEYWORDS",
        call: Call::Struct,
        fields: &[
            ("self", Form::Object),
            ("args", Form::Objects),
            ("nargsf", Form::Value("size_t")),
            ("kwnames", Form::Object),
        ],
        dropped: &[],
    },
    Special { signature: "HPyFunc_DESTROYFUNC", call: Call::Abort, fields: &[], dropped: &[] },
    Special {
        signature: "HPyFunc_INITPROC",
        call: Call::Struct,
        fields: &[("self", Form::Object), ("args", Form::Object), ("kw", Form::Object)],
        dropped: &[],
    },
    Special {
        signature: "HPyFunc_NEWFUNC",
        call: Call::Struct,
        fields: &[("self", Form::Object), ("args", Form::Object), ("kw", Form::Object)],
        dropped: &[],
    },
    Special {
        signature: "HPyFunc_TRAVERSEPROC",
        call: Call::Struct,
        fields: &[
            ("self", Form::Object),
            ("visit", Form::Value("cpy_visitproc")),
            ("arg", Form::Pointer("void")),
        ],
        dropped: &[],
    },
    Special {
        signature: "HPyFunc_CAPSULE_DESTRUCTOR",
        call: Call::Argument,
        fields: &[("capsule", Form::Object)],
        dropped: &[],
    },
    Special {
        signature: "HPyFunc_MOD_CREATE",
        call: Call::Struct,
        fields: &[("spec", Form::Object)],
        dropped: &[("def", Form::Pointer("cpy_PyModuleDef"))],
    },
];

/// The entry of a signature; `Err` holds the type for which there is no rule.
pub(crate) fn derive(signature: &str, prototype: &Prototype) -> Result<Entry, CType> {
    let returns = lower(&prototype.returns)?;
    if let Some(special) = SPECIAL.iter().find(|s| s.signature == signature) {
        let params = |list: &[(&str, Form)]| -> Vec<Param> {
            list.iter().map(|(name, form)| Param { name: (*name).to_owned(), ctype: form.ctype() }).collect()
        };
        let fields = params(special.fields);
        let all = [fields.clone(), params(special.dropped)].concat();
        return Ok(Entry { call: special.call, returns, params: all, fields });
    }
    let mut fields = Vec::new();
    let mut params = Vec::new();
    for param in prototype.params.iter().skip(1) {
        let name = param.name.clone();
        let field = Param { name, ctype: lower(&param.ctype)? };
        // CPython passes the operator as a plain integer.
        let is_operator = field.ctype.is_value("HPy_RichCmpOp");
        let passed = if is_operator { CType::value("int") } else { field.ctype.clone() };
        params.push(Param { name: field.name.clone(), ctype: passed });
        fields.push(field);
    }
    Ok(Entry { call: Call::Struct, returns, params, fields })
}

/// What a type of an implementation is on CPython's side.
fn lower(ctype: &CType) -> Result<CType, CType> {
    const SAME: &[&str] = &["int", "HPy_ssize_t", "HPy_hash_t", "HPy_RichCmpOp"];
    let plain = !ctype.is_const && !ctype.array;
    match (ctype.base.as_str(), ctype.pointers.len()) {
        ("HPy", 0) => Ok(CType::pointer("cpy_PyObject")),
        ("HPy_buffer", 1) if plain => Ok(CType::pointer("cpy_Py_buffer")),
        ("void", 0 | 1) | ("char", 1) if plain => Ok(ctype.clone()),
        (base, 0) if plain && SAME.contains(&base) => Ok(ctype.clone()),
        _ => Err(ctype.clone()),
    }
}

/// Signatures whose implementations get no context: the garbage collector or a capsule calls them.
pub(crate) fn is_without_context(signature: &str) -> bool {
    matches!(signature, "HPyFunc_DESTROYFUNC" | "HPyFunc_TRAVERSEPROC" | "HPyFunc_CAPSULE_DESTRUCTOR")
}
