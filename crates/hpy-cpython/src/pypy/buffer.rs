//! Views of memory. The struct of PyPy is that of CPython with more behind it, which an extension has no room for: so a view
//! of PyPy is behind each of the extension's, which has a pointer to it in its `internal`.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ffi::c_int;

use hpy_abi::{HPy, HPy_buffer};
use pyo3_ffi::{PyBuffer_Release, PyErr_NoMemory, PyObject, PyObject_GetBuffer};

/// `Py_buffer`. (What `pyo3-ffi` has is shorter than that of PyPy 3.11.)
#[repr(C)]
struct View {
    view: HPy_buffer,
    _flags: c_int,
    _strides: [isize; MAX_DIMENSIONS],
    _shape: [isize; MAX_DIMENSIONS],
}

const MAX_DIMENSIONS: usize = 64;

/// Fills a view. Where that fails, its `obj` is null.
///
/// # Safety
/// An object, and a place for a view; the thread is attached.
pub(crate) unsafe fn get_buffer(object: *mut PyObject, view: *mut HPy_buffer, flags: c_int) -> c_int {
    // SAFETY: by contract; the layout is not empty.
    unsafe {
        (*view).obj = HPy::NULL;
        let own = alloc_zeroed(Layout::new::<View>()).cast::<View>();
        if own.is_null() {
            PyErr_NoMemory();
            return -1;
        }
        // PyPy would keep a view of an exporter in C until a collection. So that one is asked, and released, here.
        let status = match exporter(object) {
            Some(fill) => fill(object, own.cast(), flags),
            None => PyObject_GetBuffer(object, own.cast(), flags),
        };
        // PyPy gives some views without an object, which need not be released.
        if status < 0 || (*own).view.obj.is_null() {
            if status >= 0 {
                pyo3_ffi::Py_INCREF(object);
                (*own).view.obj = HPy { _i: object as isize };
            } else {
                dealloc(own.cast(), Layout::new::<View>());
                return status;
            }
        }
        own.cast::<HPy_buffer>().copy_to_nonoverlapping(view, 1);
        (*view).internal = own.cast();
        status
    }
}

/// The function of a type on the heap that exports a buffer.
unsafe fn exporter(object: *mut PyObject) -> Option<pyo3_ffi::getbufferproc> {
    // SAFETY: the caller has an object; the table is the type's.
    unsafe {
        let ty = pyo3_ffi::Py_TYPE(object);
        if pyo3_ffi::PyType_HasFeature(ty, pyo3_ffi::Py_TPFLAGS_HEAPTYPE) == 0 {
            return None;
        }
        (*ty).tp_as_buffer.as_ref()?.bf_getbuffer
    }
}

/// Releases a view.
///
/// # Safety
/// It was filled by [`get_buffer`], or by the runtime with an object that keeps the memory; the thread is attached.
pub(crate) unsafe fn release_buffer(view: *mut HPy_buffer) {
    // SAFETY: by contract.
    unsafe {
        let own = std::mem::replace(&mut (*view).internal, std::ptr::null_mut());
        let object = std::mem::replace(&mut (*view).obj, HPy::NULL);
        if own.is_null() {
            pyo3_ffi::Py_XDECREF(object._i as *mut PyObject);
            return;
        }
        PyBuffer_Release(own.cast());
        dealloc(own.cast(), Layout::new::<View>());
    }
}
