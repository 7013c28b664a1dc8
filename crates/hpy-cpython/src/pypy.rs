//! PyPy, by its C API (`cpyext`). There is one interpreter. An object of Python has a struct only as long as C code refers to
//! it, lists have no array of objects, and nothing of the interpreter is taken apart when the process ends.

mod buffer;
pub(crate) mod python_class;
pub(crate) mod text;

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{NonNull, null, null_mut};

use pyo3_ffi::{
    Py_SIZE, PyGILState_Ensure, PyGILState_Release, PyGILState_STATE, PyInterpreterState, PyModuleDef,
    PyObject, PySequence_List, PyTypeObject,
};

use crate::boundary::{Raised, Result, check, check_status, raise_format};
use crate::ffi::*;
pub(crate) use crate::ffi::{
    _PyBytes_Resize, _PyErr_WriteUnraisableMsg, _PyLong_NumBits, _PyLong_Sign, _PyTraceback_Add,
    PyBytes_Join, has_room, tuple_items,
};
use crate::owned::Owned;
pub(crate) use buffer::{get_buffer, release_buffer};

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
        let made = create(spec, definition);
        let is_raised = !pyo3_ffi::PyErr_Occurred().is_null();
        if made.is_null() || is_raised {
            pyo3_ffi::Py_XDECREF(made);
            if made.is_null() && is_raised {
                return null_mut();
            }
            // The errors of CPython, without the one that was raised.
            pyo3_ffi::PyErr_Clear();
            let format = match made.is_null() {
                true => c"creation of module %U failed without setting an exception",
                false => c"creation of module %U raised unreported exception",
            };
            if let Ok(name) = Owned::new(pyo3_ffi::PyObject_GetAttrString(spec, c"name".as_ptr())) {
                raise_format!(pyo3_ffi::PyExc_SystemError, format, name.as_ptr());
            }
            return null_mut();
        }
        let Ok(module) = Owned::new(made) else { return null_mut() };
        let object = module.as_ptr();
        if pyo3_ffi::PyModule_Check(object) == 0 {
            return module.into_ptr();
        }
        (*object.cast::<Module>()).md_def = definition;
        let methods = (*definition).m_methods;
        if !methods.is_null() && pyo3_ffi::PyModule_AddFunctions(object, methods) < 0 {
            return null_mut();
        }
        // Which CPython's modules have from the start.
        let variables = pyo3_ffi::PyModule_GetDict(object);
        for name in [c"__doc__", c"__package__", c"__loader__", c"__spec__"] {
            if pyo3_ffi::PyDict_GetItemString(variables, name.as_ptr()).is_null()
                && pyo3_ffi::PyDict_SetItemString(variables, name.as_ptr(), pyo3_ffi::Py_None()) < 0
            {
                return null_mut();
            }
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

/// `PyType_Ready` for a type that has its sizes and its base.
///
/// Which of several bases decides the layout, and which do not go together, PyPy tells by the layouts that it knows. A type on
/// the heap gets one only if its instances are larger than types are, so this one is, meanwhile.
///
/// # Safety
/// A type that is not ready, with sizes and base; the thread is attached.
pub(crate) unsafe fn make_ready(ty: *mut PyTypeObject) -> c_int {
    const LARGER: isize = size_of::<pyo3_ffi::PyHeapTypeObject>().cast_signed() + 1;
    // SAFETY: by contract; nothing makes instances before the type is ready.
    unsafe {
        let size = (*ty).tp_basicsize;
        if size > (*(*ty).tp_base).tp_basicsize {
            (*ty).tp_basicsize = size.max(LARGER);
        }
        let status = pyo3_ffi::PyType_Ready(ty);
        (*ty).tp_basicsize = size;
        status
    }
}

/// Gives a name to a type that is being made. PyPy shows what the struct has without looking for a dot in it, and takes over
/// the dict.
///
/// # Safety
/// A type that is not ready; the thread is attached.
pub(crate) unsafe fn name_type(
    ty: *mut PyTypeObject,
    _name: &CStr,
    module: Option<&[u8]>,
    short: &CStr,
) -> Result<()> {
    // SAFETY: by contract; a text with its length. The reference to the dict is the type's.
    unsafe {
        (*ty).tp_name = short.as_ptr();
        let Some(module) = module else { return Ok(()) };
        let module =
            pyo3_ffi::PyUnicode_FromStringAndSize(module.as_ptr().cast(), module.len().cast_signed());
        let module = Owned::new(module)?;
        (*ty).tp_dict = check(pyo3_ffi::PyDict_New())?;
        let key = c"__module__".as_ptr();
        check_status(pyo3_ffi::PyDict_SetItemString((*ty).tp_dict, key, module.as_ptr()))
    }
}

/// Nothing more to do.
///
/// # Safety
/// None.
pub(crate) unsafe fn name_ready_type(_: *mut PyTypeObject, _: Option<&[u8]>) -> Result<()> {
    Ok(())
}

/// PyPy calls what is not there.
pub(crate) const NO_GETTER: Option<pyo3_ffi::getter> = Some(no_getter);
pub(crate) const NO_SETTER: Option<pyo3_ffi::setter> = Some(no_setter);

unsafe extern "C" fn no_getter(object: *mut PyObject, _: *mut c_void) -> *mut PyObject {
    // SAFETY: called by PyPy with an object; names of types are C strings.
    unsafe {
        let format = c"attribute of '%.100s' objects is not readable";
        let name = (*pyo3_ffi::Py_TYPE(object)).tp_name;
        raise_format!(pyo3_ffi::PyExc_AttributeError, format, name);
    }
    null_mut()
}

unsafe extern "C" fn no_setter(object: *mut PyObject, _: *mut PyObject, _: *mut c_void) -> c_int {
    // SAFETY: as above.
    unsafe {
        let format = c"attribute of '%.100s' objects is not writable";
        let name = (*pyo3_ffi::Py_TYPE(object)).tp_name;
        raise_format!(pyo3_ffi::PyExc_AttributeError, format, name);
    }
    -1
}

/// PyPy runs a finalizer as the method `__del__` of the object, which is before its struct goes.
pub(crate) const DEALLOC_FINALIZES: bool = false;

/// `tp_dealloc` of a static type releases the type of the object, if that is on the heap.
pub(crate) const STATIC_DEALLOC_RELEASES_TYPE: bool = true;

/// The tables of the record serve.
pub(crate) const MEMBERS_BEHIND_TYPE: bool = false;

/// A class that Python code makes has no room for the struct of its metaclass.
pub(crate) const METACLASS_HAS_STRUCT: bool = false;

/// PyPy does not know the type `T_NONE` of members.
pub(crate) const HAS_NONE_MEMBERS: bool = false;

/// An `int` has no digits in its struct.
pub(crate) const INT_HAS_DIGITS: bool = false;

/// A list has no array of objects.
pub(crate) const LIST_IS_ARRAY: bool = false;

/// A list that is being made: a tuple, which has an array, until all items are there.
pub(crate) mod new_list {
    pub(crate) use super::tuple_items as items;
    use super::*;
    pub(crate) use crate::ffi::PyTuple_New as start;

    /// The list, which has all its items.
    ///
    /// # Safety
    /// What `start` gave, which is given up.
    pub(crate) unsafe extern "C" fn finish(tuple: *mut PyObject) -> *mut PyObject {
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
        let name = CStr::from_ptr((*ty).tp_name).to_string_lossy();
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
                eprintln!("object repr     : {}", CStr::from_ptr(utf8).to_string_lossy());
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

/// The functions of the module `datetime`, and what they live as long as: the module, although they are never freed.
///
/// # Safety
/// The thread is attached.
pub(crate) unsafe fn datetime_functions() -> Result<(NonNull<pyo3_ffi::PyDateTime_CAPI>, Owned)> {
    // SAFETY: by contract.
    unsafe {
        let module = Owned::new(pyo3_ffi::PyImport_ImportModule(c"datetime".as_ptr()))?;
        Ok((NonNull::new(pyo3_ffi::PyDateTime_Import()).ok_or(Raised)?, module))
    }
}

// What the runtime does in shorter ways on CPython

/// Instances are not made of the memory of others.
pub(crate) const HAS_FREE_LISTS: bool = false;

/// Never called, as there are no free lists.
pub(crate) unsafe fn _Py_NewReference(_: *mut PyObject) {
    unreachable!("there are no free lists")
}

/// An `int` has no digits that could be misread.
pub(crate) unsafe fn check_digits() -> Result<()> {
    Ok(())
}

/// The value of an `int` cannot be seen in its struct.
#[inline(always)]
pub(crate) unsafe fn small_int(_: *mut PyObject) -> Option<i64> {
    None
}

/// As above.
#[inline(always)]
pub(crate) unsafe fn digit(_: *mut PyObject) -> Option<i64> {
    None
}
