//! The C API of PyPy where `pyo3-ffi` does not declare it, and where it crashes for what CPython refuses: those functions have
//! the names of CPython and refuse it, too.

mod exceptions;
mod iter;
mod memory;
mod times;
mod unicode;
mod weakref;

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};

use pyo3_ffi as ffi;
use pyo3_ffi::{
    Py_SIZE, Py_ssize_t, PyCapsule_Destructor, PyErr_SetString, PyExc_SystemError, PyExc_ValueError,
    PyInterpreterState, PyObject,
};

pub use exceptions::*;
pub use iter::*;
pub use memory::*;
pub use times::*;
pub use unicode::*;
pub use weakref::*;

unsafe extern "C" {
    #[link_name = "PyPyInterpreterState_Head"]
    fn PyInterpreterState_Head() -> *mut PyInterpreterState;
    #[link_name = "_PyPy_Dealloc"]
    fn _Py_Dealloc(object: *mut PyObject);
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
    #[link_name = "_PyPyErr_WriteUnraisableMsg"]
    pub fn _PyErr_WriteUnraisableMsg(message: *const c_char, object: *mut PyObject);
    #[link_name = "_PyPyBytes_Resize"]
    pub fn _PyBytes_Resize(bytes: *mut *mut PyObject, size: isize) -> c_int;
    #[link_name = "_PyPyLong_Sign"]
    pub fn _PyLong_Sign(int: *mut PyObject) -> c_int;
    #[link_name = "_PyPyLong_NumBits"]
    pub fn _PyLong_NumBits(int: *mut PyObject) -> usize;
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

// What are functions for `pyo3-ffi`, are macros of PyPy's headers, too.

/// # Safety
/// An object; the thread is attached.
#[inline(always)]
pub unsafe fn Py_INCREF(object: *mut PyObject) {
    // SAFETY: by contract.
    unsafe { (*object).ob_refcnt += 1 }
}

/// # Safety
/// An object, of which the caller gives up a reference; the thread is attached.
#[inline(always)]
pub unsafe fn Py_DECREF(object: *mut PyObject) {
    // SAFETY: by contract.
    unsafe {
        (*object).ob_refcnt -= 1;
        if (*object).ob_refcnt == 0 {
            _Py_Dealloc(object);
        }
    }
}

/// # Safety
/// As for [`Py_INCREF`], or null.
#[inline(always)]
pub unsafe fn Py_XINCREF(object: *mut PyObject) {
    if !object.is_null() {
        // SAFETY: by contract.
        unsafe { Py_INCREF(object) }
    }
}

/// # Safety
/// As for [`Py_DECREF`], or null.
#[inline(always)]
pub unsafe fn Py_XDECREF(object: *mut PyObject) {
    if !object.is_null() {
        // SAFETY: by contract.
        unsafe { Py_DECREF(object) }
    }
}

/// Functions that CPython lets have null.
macro_rules! tests_null {
    ($($name:ident($first:ident: $type:ty $(, $argument:ident: $other:ty)*) -> $result:ty = $error:expr;)*) => {$(
        /// As on CPython.
        ///
        /// # Safety
        /// That of the C API.
        pub unsafe fn $name($first: $type $(, $argument: $other)*) -> $result {
            // SAFETY: by contract.
            unsafe {
                if $first.is_null() $(|| $argument.is_null())* {
                    return $error;
                }
                ffi::$name($first $(, $argument)*)
            }
        }
    )*};
}

tests_null! {
    PyErr_GivenExceptionMatches(given: *mut PyObject, kind: *mut PyObject) -> c_int = 0;
    PyCallable_Check(object: *mut PyObject) -> c_int = 0;
    PyNumber_Check(object: *mut PyObject) -> c_int = 0;
    PyObject_Size(object: *mut PyObject) -> Py_ssize_t = { missing(); -1 };
    PyObject_GetItem(object: *mut PyObject, key: *mut PyObject) -> *mut PyObject = missing();
    PyObject_SetItem(object: *mut PyObject, key: *mut PyObject, value: *mut PyObject) -> c_int = {
        missing();
        -1
    };
    PyObject_DelItem(object: *mut PyObject, key: *mut PyObject) -> c_int = { missing(); -1 };
    PyObject_DelItemString(object: *mut PyObject, key: *const c_char) -> c_int = { missing(); -1 };
    PyMapping_GetItemString(object: *mut PyObject, key: *const c_char) -> *mut PyObject = missing();
    PyMapping_SetItemString(object: *mut PyObject, key: *const c_char, value: *mut PyObject) -> c_int = {
        missing();
        -1
    };
    PyMapping_Keys(object: *mut PyObject) -> *mut PyObject = missing();
    PyMapping_Values(object: *mut PyObject) -> *mut PyObject = missing();
    PyMapping_Items(object: *mut PyObject) -> *mut PyObject = missing();
    PyObject_Repr(object: *mut PyObject) -> *mut PyObject = null_text();
    PyObject_Str(object: *mut PyObject) -> *mut PyObject = null_text();
    PyObject_ASCII(object: *mut PyObject) -> *mut PyObject = null_text();
    PyObject_Bytes(object: *mut PyObject) -> *mut PyObject = ffi::PyBytes_FromString(NULL_TEXT.as_ptr());
}

const NULL_TEXT: &std::ffi::CStr = c"<NULL>";

unsafe fn null_text() -> *mut PyObject {
    // SAFETY: the caller is attached.
    unsafe { ffi::PyUnicode_FromString(NULL_TEXT.as_ptr()) }
}

/// CPython's error for null.
#[cold]
fn missing() -> *mut PyObject {
    // SAFETY: the caller is attached.
    unsafe { PyErr_SetString(PyExc_SystemError, c"null argument to internal routine".as_ptr()) };
    null_mut()
}

/// Functions of capsules, which PyPy does not expect to get anything else.
macro_rules! of_capsules {
    ($($name:ident($($argument:ident: $type:ty),*) -> $result:ty = $error:expr;)*) => {$(
        /// As on CPython.
        ///
        /// # Safety
        /// That of the C API.
        pub unsafe fn $name(capsule: *mut PyObject $(, $argument: $type)*) -> $result {
            // SAFETY: by contract.
            unsafe {
                if capsule.is_null() || ffi::PyCapsule_CheckExact(capsule) == 0 {
                    let text =
                        concat!(stringify!($name), " called with invalid PyCapsule object\0");
                    PyErr_SetString(PyExc_ValueError, text.as_ptr().cast());
                    return $error;
                }
                ffi::$name(capsule $(, $argument)*)
            }
        }
    )*};
}

of_capsules! {
    PyCapsule_GetPointer(name: *const c_char) -> *mut c_void = null_mut();
    PyCapsule_GetName() -> *const c_char = null();
    PyCapsule_GetContext() -> *mut c_void = null_mut();
    PyCapsule_SetName(name: *const c_char) -> c_int = -1;
    PyCapsule_SetContext(context: *mut c_void) -> c_int = -1;
    PyCapsule_SetDestructor(destructor: Option<PyCapsule_Destructor>) -> c_int = -1;
}

/// As on CPython.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyCapsule_IsValid(capsule: *mut PyObject, name: *const c_char) -> c_int {
    // SAFETY: by contract.
    unsafe {
        let is_capsule = !capsule.is_null() && ffi::PyCapsule_CheckExact(capsule) != 0;
        if is_capsule { ffi::PyCapsule_IsValid(capsule, name) } else { 0 }
    }
}

/// As on CPython.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyCapsule_SetPointer(capsule: *mut PyObject, pointer: *mut c_void) -> c_int {
    // SAFETY: by contract.
    unsafe {
        if capsule.is_null() || ffi::PyCapsule_CheckExact(capsule) == 0 {
            let text = c"PyCapsule_SetPointer called with invalid PyCapsule object";
            PyErr_SetString(PyExc_ValueError, text.as_ptr());
            return -1;
        }
        if pointer.is_null() {
            let text = c"PyCapsule_SetPointer called with null pointer";
            PyErr_SetString(PyExc_ValueError, text.as_ptr());
            return -1;
        }
        ffi::PyCapsule_SetPointer(capsule, pointer)
    }
}

/// Whether the type has the buffer protocol, by its slot as on CPython.
///
/// # Safety
/// An object.
pub unsafe fn PyObject_CheckBuffer(object: *mut PyObject) -> c_int {
    // SAFETY: by contract.
    unsafe {
        let procs = (*ffi::Py_TYPE(object)).tp_as_buffer;
        (!procs.is_null() && (*procs).bf_getbuffer.is_some()).into()
    }
}

/// Nothing to do: when PyPy gives up the struct of an object, its references have been cleared. To hand over the object would make
/// it anew, which ends the process.
///
/// # Safety
/// None.
pub unsafe fn PyObject_ClearWeakRefs(_: *mut PyObject) {}

/// `separator.join(iterable)`.
///
/// # Safety
/// Objects.
pub unsafe fn PyBytes_Join(separator: *mut PyObject, iterable: *mut PyObject) -> *mut PyObject {
    // SAFETY: by contract.
    unsafe { ffi::PyObject_CallMethod(separator, c"join".as_ptr(), c"(O)".as_ptr(), iterable) }
}

/// The item array of a tuple.
///
/// # Safety
///
/// `tuple` is a tuple.
#[inline(always)]
pub unsafe fn tuple_items(tuple: *mut PyObject) -> *mut *mut PyObject {
    // SAFETY: the caller's promise; this only computes an address.
    unsafe { (&raw mut (*tuple.cast::<ffi::PyTupleObject>()).ob_item).cast() }
}

/// Whether the type of an object has `__anext__`.
///
/// # Safety
/// An object.
pub unsafe fn PyAIter_Check(object: *mut PyObject) -> c_int {
    // SAFETY: by contract.
    unsafe { ffi::PyObject_HasAttrString(ffi::Py_TYPE(object).cast(), c"__anext__".as_ptr()) }
}

/// What the module `struct` says.
///
/// # Safety
/// A string.
pub unsafe fn PyBuffer_SizeFromFormat(format: *const c_char) -> Py_ssize_t {
    // SAFETY: by contract.
    unsafe { number_of_module(c"struct", c"calcsize", c"(s)", format) }
}

/// What the module `operator` says.
///
/// # Safety
/// Objects.
pub unsafe fn PySequence_Count(iterable: *mut PyObject, value: *mut PyObject) -> Py_ssize_t {
    // SAFETY: by contract.
    unsafe {
        let module = ffi::PyImport_ImportModule(c"operator".as_ptr());
        if module.is_null() {
            return -1;
        }
        let number = ffi::PyObject_CallMethod(module, c"countOf".as_ptr(), c"(OO)".as_ptr(), iterable, value);
        ffi::Py_DECREF(module);
        size_of_number(number)
    }
}

unsafe fn number_of_module(
    module: &std::ffi::CStr,
    function: &std::ffi::CStr,
    format: &std::ffi::CStr,
    argument: *const c_char,
) -> Py_ssize_t {
    // SAFETY: the caller is attached, and the argument is as the format says.
    unsafe {
        let module = ffi::PyImport_ImportModule(module.as_ptr());
        if module.is_null() {
            return -1;
        }
        let number = ffi::PyObject_CallMethod(module, function.as_ptr(), format.as_ptr(), argument);
        ffi::Py_DECREF(module);
        size_of_number(number)
    }
}

/// The value of a number, which is given up; -1 if there is none.
unsafe fn size_of_number(number: *mut PyObject) -> Py_ssize_t {
    if number.is_null() {
        return -1;
    }
    // SAFETY: the caller has a reference.
    unsafe {
        let size = ffi::PyLong_AsSsize_t(number);
        ffi::Py_DECREF(number);
        size
    }
}

/// As on CPython: a memory view of what is a type's is made while the arrays of the buffer are there. PyPy reads them when it
/// first needs the object.
///
/// # Safety
/// That of the C API.
pub unsafe fn PyMemoryView_FromBuffer(buffer: *const ffi::Py_buffer) -> *mut PyObject {
    // SAFETY: by contract.
    unsafe {
        let view = ffi::PyMemoryView_FromBuffer(buffer);
        if !view.is_null() {
            Py_XDECREF(ffi::PyObject_Type(view));
        }
        view
    }
}

/// As on CPython: where an `int` has more bytes, the lowest ones are written even so.
///
/// # Safety
/// An `int`, and a place of that size.
pub unsafe fn _PyLong_AsByteArray(
    int: *mut ffi::PyLongObject,
    bytes: *mut u8,
    size: usize,
    little_endian: c_int,
    is_signed: c_int,
) -> c_int {
    // SAFETY: by contract; what is made here is released.
    unsafe {
        let status = ffi::_PyLong_AsByteArray(int, bytes, size, little_endian, is_signed);
        if status == 0 || PyErr_ExceptionMatches(ffi::PyExc_OverflowError) == 0 {
            return status;
        }
        let (mut kind, mut value, mut traceback) = (null_mut(), null_mut(), null_mut());
        ffi::PyErr_Fetch(&raw mut kind, &raw mut value, &raw mut traceback);
        let one = ffi::PyLong_FromLong(1);
        let bits = ffi::PyLong_FromSize_t(size * 8);
        let limit = ffi::PyNumber_Lshift(one, bits);
        let lowest = if limit.is_null() { null_mut() } else { ffi::PyNumber_Remainder(int.cast(), limit) };
        if !lowest.is_null() {
            ffi::_PyLong_AsByteArray(lowest.cast(), bytes, size, little_endian, 0);
        }
        for object in [one, bits, limit, lowest] {
            Py_XDECREF(object);
        }
        ffi::PyErr_Clear();
        ffi::PyErr_Restore(kind, value, traceback);
        status
    }
}
