//! PyPy, by its C API (`cpyext`). There is one interpreter. An object of Python has a struct only as long as C code refers to
//! it, lists have no array of objects, and nothing of the interpreter is taken apart when the process ends.

mod buffer;
pub(crate) mod python_class;

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};

use pyo3_ffi::{
    Py_SIZE, Py_ssize_t, PyGILState_Ensure, PyGILState_Release, PyGILState_STATE, PyInterpreterState,
    PyModuleDef, PyObject, PySequence_List, PyTupleObject,
};

use crate::boundary::Result;
use crate::owned::Owned;
pub(crate) use buffer::{get_buffer, release_buffer};
use c_api::*;

/// What PyPy has of the C API and `pyo3-ffi` does not declare for it.
pub(crate) mod c_api {
    use super::*;

    unsafe extern "C" {
        #[link_name = "PyPyInterpreterState_Head"]
        fn PyInterpreterState_Head() -> *mut PyInterpreterState;
        #[link_name = "PyPyInterpreterState_GetID"]
        pub fn PyInterpreterState_GetID(interpreter: *mut PyInterpreterState) -> i64;
        #[link_name = "PyPyObject_CallNoArgs"]
        pub fn PyObject_CallNoArgs(callable: *mut PyObject) -> *mut PyObject;
        #[link_name = "PyPyObject_VectorcallMethod"]
        pub fn PyObject_VectorcallMethod(
            name: *mut PyObject,
            args: *const *mut PyObject,
            nargsf: usize,
            kwnames: *mut PyObject,
        ) -> *mut PyObject;
        #[link_name = "PyPyModule_GetNameObject"]
        pub fn PyModule_GetNameObject(module: *mut PyObject) -> *mut PyObject;
    }

    /// There is only one.
    ///
    /// # Safety
    /// None.
    #[inline]
    pub unsafe fn PyInterpreterState_Get() -> *mut PyInterpreterState {
        // SAFETY: gives the address of a static variable.
        unsafe { PyInterpreterState_Head() }
    }

    /// There is only one.
    ///
    /// # Safety
    /// None.
    #[inline]
    pub unsafe fn PyInterpreterState_Main() -> *mut PyInterpreterState {
        // SAFETY: as above.
        unsafe { PyInterpreterState_Head() }
    }

    /// # Safety
    /// A tuple.
    #[inline(always)]
    pub unsafe fn PyTuple_GET_SIZE(tuple: *mut PyObject) -> Py_ssize_t {
        // SAFETY: by contract.
        unsafe { Py_SIZE(tuple) }
    }

    /// # Safety
    /// A tuple with such an index.
    #[inline(always)]
    pub unsafe fn PyTuple_GET_ITEM(tuple: *mut PyObject, index: Py_ssize_t) -> *mut PyObject {
        // SAFETY: by contract.
        unsafe { *tuple_items(tuple).offset(index) }
    }

    /// # Safety
    /// A new tuple with such an index.
    #[inline(always)]
    pub unsafe fn PyTuple_SET_ITEM(tuple: *mut PyObject, index: Py_ssize_t, item: *mut PyObject) {
        // SAFETY: by contract.
        unsafe { *tuple_items(tuple).offset(index) = item }
    }
}

unsafe extern "C" {
    #[link_name = "_PyPy_FatalErrorFunc"]
    pub(crate) fn _Py_FatalErrorFunc(function: *const c_char, message: *const c_char) -> !;
    #[link_name = "PyPyGILState_Check"]
    fn PyGILState_Check() -> c_int;
}

// Interpreter and threads

/// The interpreter that this thread is inside of; null if it is outside. Any thread may ask.
#[inline(always)]
pub(crate) fn current_interpreter() -> *mut PyInterpreterState {
    // SAFETY: the one question that threads outside may ask.
    unsafe { if PyGILState_Check() != 0 { PyInterpreterState_Get() } else { null_mut() } }
}

/// For headers, which look at the third word of what this gives: the interpreter, as it is on CPython.
pub(crate) fn thread_function(_: *mut PyInterpreterState) -> Option<unsafe extern "C" fn() -> *const usize> {
    None
}

/// Nothing to know, as it takes no time to find out which thread is inside.
pub(crate) mod main_thread {
    pub(crate) unsafe fn note() {}
    pub(crate) fn forget() {}
}

/// This thread is inside Python, as long as it says.
pub(crate) struct AttachedThread(PyGILState_STATE);

impl AttachedThread {
    /// # Safety
    /// The thread is outside Python; the interpreter does not end meanwhile.
    pub(crate) unsafe fn new(_: *mut PyInterpreterState) -> Option<Self> {
        // SAFETY: by contract.
        Some(Self(unsafe { PyGILState_Ensure() }))
    }

    /// # Safety
    /// The thread is as `new` left it.
    pub(crate) unsafe fn detach(self) {
        // SAFETY: by contract.
        unsafe { PyGILState_Release(self.0) }
    }
}

/// Keeps an object until the interpreter ends, which on PyPy is when the process does.
///
/// # Safety
/// The caller is inside the interpreter.
pub(crate) unsafe fn keep_until_end(_key: &Owned, object: Owned) -> Result<()> {
    std::mem::forget(object);
    Ok(())
}

/// A module of a definition; a new reference. PyPy has no function for it, as it does this only when it imports a file.
///
/// # Safety
/// The definition outlives the module, and makes a module itself (`Py_mod_create`, the first slot); the thread is attached.
pub(crate) unsafe fn module_from_definition(
    definition: *mut PyModuleDef,
    spec: *mut PyObject,
) -> *mut PyObject {
    type Create = unsafe extern "C" fn(*mut PyObject, *mut PyModuleDef) -> *mut PyObject;
    /// `PyModuleObject`.
    #[repr(C)]
    struct Module {
        ob_base: PyObject,
        md_def: *mut PyModuleDef,
        md_state: *mut c_void,
    }
    // SAFETY: by contract; what is written to is the struct of a module, which it has as long as it lives.
    unsafe {
        let create = std::mem::transmute::<*mut c_void, Create>((*(*definition).m_slots).value);
        let Ok(module) = Owned::new(create(spec, definition)) else { return null_mut() };
        let object = module.as_ptr();
        if pyo3_ffi::PyModule_Check(object) == 0 {
            return module.into_ptr();
        }
        (*object.cast::<Module>()).md_def = definition;
        let methods = (*definition).m_methods;
        if !methods.is_null() && pyo3_ffi::PyModule_AddFunctions(object, methods) < 0 {
            return null_mut();
        }
        let doc = (*definition).m_doc;
        if !doc.is_null() {
            let Ok(doc) = Owned::new(pyo3_ffi::PyUnicode_FromString(doc)) else { return null_mut() };
            if pyo3_ffi::PyObject_SetAttrString(object, c"__doc__".as_ptr(), doc.as_ptr()) < 0 {
                return null_mut();
            }
        }
        module.into_ptr()
    }
}

// Objects

/// Whether two objects are one. Equal numbers are, and one object may have several structs one after the other.
///
/// # Safety
/// Objects or null; the thread is attached.
#[inline(always)]
pub(crate) unsafe fn is_same(object: *mut PyObject, other: *mut PyObject) -> bool {
    // SAFETY: by contract.
    object == other || !object.is_null() && !other.is_null() && unsafe { pyo3_ffi::Py_Is(object, other) } != 0
}

/// `tp_dealloc` of a static type releases the type of the object, if that is on the heap.
pub(crate) const STATIC_DEALLOC_RELEASES_TYPE: bool = true;

/// An `int` has no digits in its struct.
pub(crate) const INT_HAS_DIGITS: bool = false;

/// A list has no array of objects.
pub(crate) const LIST_IS_ARRAY: bool = false;

/// A list that is being made: a tuple, which has an array, until all items are there.
pub(crate) mod new_list {
    pub(crate) use super::tuple_items as items;
    use super::*;
    pub(crate) use pyo3_ffi::PyTuple_New as start;

    /// The list, which has all its items.
    ///
    /// # Safety
    /// What `start` gave, which is given up.
    pub(crate) unsafe fn finish(tuple: *mut PyObject) -> *mut PyObject {
        // SAFETY: by contract.
        unsafe {
            let list = PySequence_List(tuple);
            pyo3_ffi::Py_DECREF(tuple);
            list
        }
    }
}

/// Never called, see [`LIST_IS_ARRAY`].
pub(crate) unsafe fn list_items(_: *mut PyObject) -> *mut *mut PyObject {
    unreachable!("a list has no array")
}

/// The item array of a tuple.
///
/// # Safety
///
/// `tuple` is a tuple.
#[inline(always)]
pub(crate) unsafe fn tuple_items(tuple: *mut PyObject) -> *mut *mut PyObject {
    // SAFETY: the caller's promise; this only computes an address.
    unsafe { (&raw mut (*tuple.cast::<PyTupleObject>()).ob_item).cast() }
}

/// The number of bytes of a `bytes`.
///
/// # Safety
///
/// `bytes` is a `bytes`.
#[inline(always)]
pub(crate) unsafe fn PyBytes_GET_SIZE(bytes: *mut PyObject) -> isize {
    // SAFETY: the caller's promise.
    unsafe { Py_SIZE(bytes) }
}

/// Writes what is known of an object to stderr.
///
/// # Safety
/// An object or null; the thread is attached.
pub(crate) unsafe fn PyObject_Dump(object: *mut PyObject) {
    // SAFETY: by contract; names of types are C strings.
    unsafe {
        if object.is_null() {
            eprintln!("<object at NULL>");
            return;
        }
        let ty = pyo3_ffi::Py_TYPE(object);
        let name = std::ffi::CStr::from_ptr((*ty).tp_name).to_string_lossy();
        eprintln!("object address  : {object:p}");
        eprintln!("object refcount : {}", (*object).ob_refcnt);
        eprintln!("object type     : {ty:p}");
        eprintln!("object type name: {name}");
        crate::boundary::keep_exception(|| {
            let text = pyo3_ffi::PyObject_Repr(object);
            let utf8 = if text.is_null() { null() } else { pyo3_ffi::PyUnicode_AsUTF8(text) };
            if utf8.is_null() {
                pyo3_ffi::PyErr_Clear();
                eprintln!("object repr     : <repr failed>");
            } else {
                eprintln!("object repr     : {}", std::ffi::CStr::from_ptr(utf8).to_string_lossy());
            }
            pyo3_ffi::Py_XDECREF(text);
        });
    }
}

/// 1 found, 0 missing, −1 an exception other than `AttributeError`.
///
/// # Safety
/// Objects, and a place for the result; the thread is attached.
pub(crate) unsafe fn PyObject_GetOptionalAttr(
    object: *mut PyObject,
    name: *mut PyObject,
    result: *mut *mut PyObject,
) -> c_int {
    // SAFETY: by contract.
    unsafe {
        *result = pyo3_ffi::PyObject_GetAttr(object, name);
        if !(*result).is_null() {
            return 1;
        }
        if pyo3_ffi::PyErr_ExceptionMatches(pyo3_ffi::PyExc_AttributeError) == 0 {
            return -1;
        }
        pyo3_ffi::PyErr_Clear();
        0
    }
}
