//! Trampolines: what CPython calls, and what they pass to the context. This follows from the implementation's prototype,
//! or from a typedef in the headers where CPython's function differs in more than the types.

use serde::Serialize;

use crate::ctype::CType;
use crate::model::{Param, Prototype, Trampoline};

/// The function that an extension gives to CPython for one of its implementations (its trampoline).
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// How it passes the call on.
    pub call: Call,
    /// What CPython gets back.
    pub returns: CType,
    /// What CPython passes.
    pub params: Vec<Param>,
    /// Fields of the arguments struct in front of `result`, one per parameter that is passed on.
    pub fields: Vec<Param>,
}

/// How a trampoline passes CPython's call on to the context.
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

/// The entry of a signature; `Err` holds the type for which there is no rule.
pub(crate) fn derive(prototype: &Prototype, trampoline: Option<&Trampoline>) -> Result<Entry, CType> {
    if let Some(Trampoline { returns, params, argument, never, .. }) = trampoline {
        let call = match (never, argument) {
            (true, _) => Call::Abort,
            (_, true) => Call::Argument,
            _ => Call::Struct,
        };
        let passed = params.iter().filter(|p| !p.facts.ignored && call != Call::Abort);
        let fields = passed.cloned().collect();
        return Ok(Entry { call, returns: returns.clone(), params: params.clone(), fields });
    }
    let returns = cpython_type(&prototype.returns)?;
    let mut fields = Vec::new();
    let mut params = Vec::new();
    for param in prototype.params.iter().skip(1) {
        let ctype = cpython_type(&param.ctype)?;
        // CPython passes the operator as a plain integer.
        let is_operator = ctype.is_value("HPy_RichCmpOp");
        let passed = if is_operator { CType::value("int") } else { ctype.clone() };
        params.push(Param::new(&param.name, passed));
        fields.push(Param::new(&param.name, ctype));
    }
    Ok(Entry { call: Call::Struct, returns, params, fields })
}

/// The type on CPython's side for a type of an implementation; `Err` without a rule for it.
fn cpython_type(ctype: &CType) -> Result<CType, CType> {
    const SAME: &[&str] = &["int", "HPy_ssize_t", "HPy_hash_t", "HPy_RichCmpOp"];
    let plain = !ctype.is_const && !ctype.array;
    match (ctype.base.as_str(), ctype.pointers.len()) {
        ("HPy", 0) => Ok(CType::pointer("cpy_PyObject")),
        ("HPy", 1) if plain => Ok(CType { pointers: vec![false; 2], ..CType::value("cpy_PyObject") }),
        ("HPy_buffer", 1) if plain => Ok(CType::pointer("cpy_Py_buffer")),
        ("void", 0 | 1) | ("char", 1) if plain => Ok(ctype.clone()),
        (base, 0) if plain && SAME.contains(&base) => Ok(ctype.clone()),
        _ => Err(ctype.clone()),
    }
}
