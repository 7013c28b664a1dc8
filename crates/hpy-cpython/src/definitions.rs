//! An extension's definitions as the entries of tables that CPython wants: methods, getsets, slots.

use std::ffi::{c_char, c_int};

use crate::ffi::{self, PyGetSetDef, PyMethodDef, PyObject};
use hpy_abi::*;

use crate::boundary::{Result, check_status, raise_format};
use crate::engine::{NO_GETTER, NO_SETTER};
use crate::entries::{Function, unsupported_signature};
use crate::memory;
use crate::owned::{Owned, new_reference};
use crate::state::Host;

/// A C string for an error message; `?` for null.
pub(crate) fn display(text: *const c_char) -> *const c_char {
    if text.is_null() { c"?".as_ptr() } else { text }
}

/// The function of a slot.
pub(crate) fn slot_function(slot: &HPySlot) -> Result<Function> {
    Function::new(slot.impl_, slot.cpy_trampoline).ok_or_else(|| {
        // SAFETY: set once when CPython starts; a number.
        unsafe {
            raise_format!(
                ffi::PyExc_SystemError,
                c"the definition of slot %d has no implementation (impl is NULL)",
                slot.slot
            )
        }
    })
}

/// Whether functions of this signature get the state of a module.
pub(crate) fn gets_state(signature: c_int) -> bool {
    (HPyFunc_STATE_NOARGS..=HPyFunc_STATE_KEYWORDS).contains(&signature)
}

/// Whether functions of this signature are [bound](crate::bound) to something.
pub(crate) fn is_bound(signature: c_int) -> bool {
    gets_state(signature) || signature == HPyFunc_METHOD
}

/// Whether methods may have this signature.
pub(crate) fn is_method_signature(number: c_int) -> bool {
    matches!(number, HPyFunc_VARARGS | HPyFunc_KEYWORDS | HPyFunc_NOARGS | HPyFunc_O) || is_bound(number)
}

/// The entry of CPython's method table for a method.
///
/// # Safety
/// The definition is valid and has a name; that and the doc outlive the result.
pub(crate) unsafe fn method(host: &dyn Host, meth: &HPyMeth) -> Result<PyMethodDef> {
    let flags = match meth.signature {
        HPyFunc_VARARGS => ffi::METH_FASTCALL,
        HPyFunc_KEYWORDS => ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        HPyFunc_NOARGS => ffi::METH_NOARGS,
        HPyFunc_O => ffi::METH_O,
        _ => return Err(unsupported_signature()),
    };
    // SAFETY: by contract, the definition is valid.
    let entry = host.entry(meth.signature, unsafe { method_function(meth)? })?;
    Ok(PyMethodDef {
        ml_name: meth.name,
        // SAFETY: the flags tell CPython the true prototype of the entry.
        ml_meth: unsafe { std::mem::transmute::<*mut std::ffi::c_void, ffi::PyMethodDefPointer>(entry) },
        ml_flags: flags,
        ml_doc: meth.doc,
    })
}

/// The function of a method.
///
/// # Safety
/// The definition is valid and has a name.
pub(crate) unsafe fn method_function(meth: &HPyMeth) -> Result<Function> {
    Function::new(meth.impl_, meth.cpy_trampoline).ok_or_else(|| {
        let format = c"the definition of method '%s' has no implementation (impl is NULL)";
        // SAFETY: set once when CPython starts; the name is not null.
        unsafe { raise_format!(ffi::PyExc_SystemError, format, meth.name) }
    })
}

/// The entry of CPython's getset table for a computed attribute.
///
/// # Safety
/// The definition is valid and has a name; that, the doc and the closure outlive the result.
pub(crate) unsafe fn getset(host: &dyn Host, getset: &HPyGetSet) -> Result<PyGetSetDef> {
    let entry = |signature: c_int, implementation: Option<HPyCFunction>, trampoline| {
        implementation
            .map(|implementation| host.entry(signature, Function { implementation, trampoline }))
            .transpose()
    };
    let get = entry(HPyFunc_GETTER, getset.getter_impl, getset.getter_cpy_trampoline)?;
    let set = entry(HPyFunc_SETTER, getset.setter_impl, getset.setter_cpy_trampoline)?;
    Ok(PyGetSetDef {
        name: getset.name,
        // SAFETY: entries of the signatures GETTER and SETTER have CPython's prototypes.
        get: get
            .map(|f| unsafe { std::mem::transmute::<*mut std::ffi::c_void, ffi::getter>(f) })
            .or(NO_GETTER),
        // SAFETY: entries of the signatures GETTER and SETTER have CPython's prototypes.
        set: set
            .map(|f| unsafe { std::mem::transmute::<*mut std::ffi::c_void, ffi::setter>(f) })
            .or(NO_SETTER),
        doc: getset.doc,
        closure: getset.closure,
    })
}

/// Puts the constants of a table into the dict of a module or type.
///
/// # Safety
/// The table is that of a valid definition, the dict is one; the caller holds the interpreter.
#[inline(never)]
pub(crate) unsafe fn add_constants(table: *const HPyConstant, dict: *mut PyObject) -> Result<()> {
    // SAFETY: by contract; the kind tells which field of the union is valid.
    unsafe {
        for constant in constants(table) {
            let value = match constant.kind {
                HPyConstant_Kind_Int => ffi::PyLong_FromLongLong(constant.value.integer),
                HPyConstant_Kind_UInt => ffi::PyLong_FromUnsignedLongLong(constant.value.natural),
                HPyConstant_Kind_Float => ffi::PyFloat_FromDouble(constant.value.number),
                HPyConstant_Kind_String if constant.value.text.is_null() => new_reference(ffi::Py_None()),
                HPyConstant_Kind_String => ffi::PyUnicode_FromString(constant.value.text),
                kind => {
                    let format = c"the constant '%s' has the kind %d, which does not exist";
                    return Err(raise_format!(ffi::PyExc_SystemError, format, constant.name, kind));
                }
            };
            check_status(ffi::PyDict_SetItemString(dict, constant.name, Owned::new(value)?.as_ptr()))?;
        }
    }
    Ok(())
}

/// Appends the entries of a legacy table of CPython, up to the one that `is_end`.
///
/// # Safety
/// `table` is null or points to an array that has such an end.
pub(crate) unsafe fn append_legacy<T: Copy>(
    into: &mut Vec<T>,
    table: *const T,
    is_end: impl Fn(&T) -> bool,
) -> Result<()> {
    if table.is_null() {
        return Ok(());
    }
    // SAFETY: by contract, every element up to the end is readable.
    unsafe {
        let mut next = table;
        while !is_end(&*next) {
            memory::push(into, *next)?;
            next = next.add(1);
        }
    }
    Ok(())
}
