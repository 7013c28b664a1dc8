//! Methods that get one thing more than their arguments: the state of their module, or the class that defines them.
//!
//! A thunk has it and passes it on, so nothing is looked up. Where there are no thunks, CPython passes the class
//! (PEP 573, `METH_METHOD`), and the extension's own trampoline asks here for the state that belongs to it.

use std::ffi::{c_int, c_void};
use std::mem::transmute;

use crate::ffi::{self, PyMethodDef, PyMethodDefPointer};
use hpy_abi::*;

use crate::boundary::Result;
use crate::callee::Callee;
use crate::definitions::method_function;
use crate::entries::{no_entry, unsupported_signature};
use crate::state::{Bind, Host};
use crate::thunks::Thunk;

/// A method that is to be bound, once for each module or type.
pub(crate) struct BoundMethod {
    signature: c_int,
    /// Without the function; with the flags for the trampoline.
    definition: PyMethodDef,
    function: Callee,
    bind: Option<Bind>,
    trampoline: Option<HPyCFunction>,
}

impl BoundMethod {
    /// # Safety
    /// The definition is valid, has a name, and is of a bound signature; its name and doc outlive the result.
    pub(crate) unsafe fn new(host: &dyn Host, meth: &HPyMeth) -> Result<Self> {
        // SAFETY: by contract, the definition is valid.
        let function = unsafe { method_function(meth)? };
        let (callee, bind) = host.bindable(meth.signature, function.implementation)?;
        Ok(Self {
            signature: meth.signature,
            definition: PyMethodDef {
                ml_name: meth.name,
                ml_flags: ffi::METH_METHOD | ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
                ml_doc: meth.doc,
                ..PyMethodDef::zeroed()
            },
            function: callee,
            bind,
            trampoline: function.trampoline,
        })
    }

    /// Whether it is bound to a class, not to a state.
    pub(crate) fn gets_class(&self) -> bool {
        self.signature == HPyFunc_METHOD
    }

    /// The entry of CPython's method table, with the thunk in it if it is one.
    ///
    /// # Errors
    /// `SystemError` if there is no thunk and no trampoline.
    pub(crate) fn bind(&self, bound: *const c_void) -> Result<(PyMethodDef, Option<Thunk>)> {
        let mut definition = self.definition;
        let thunk = self.bind.and_then(|bind| bind(self.signature, self.function, bound));
        let entry = match &thunk {
            Some(thunk) => {
                definition.ml_flags = match self.signature {
                    HPyFunc_STATE_NOARGS => ffi::METH_NOARGS,
                    HPyFunc_STATE_O => ffi::METH_O,
                    HPyFunc_STATE_VARARGS => ffi::METH_FASTCALL,
                    HPyFunc_STATE_KEYWORDS | HPyFunc_METHOD => ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
                    _ => return Err(unsupported_signature()),
                };
                thunk.entry()
            }
            None => self.trampoline.ok_or_else(no_entry)? as *mut c_void,
        };
        // SAFETY: the flags tell CPython the true prototype of the entry.
        definition.ml_meth = unsafe { transmute::<*mut c_void, PyMethodDefPointer>(entry) };
        Ok((definition, thunk))
    }
}
