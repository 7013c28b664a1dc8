//! The type `DebugHandle`: what Python sees of one opening of a handle.
//!
//! Like the handle of the layer that it holds, an object stays valid however the real one ends.

use std::ffi::{c_int, c_void};
use std::mem::{ManuallyDrop, offset_of};
use std::ptr::null_mut;

use hpy_cpython::boundary::{Result, check, guard, guard_or_abort, raise};
use hpy_cpython::owned::{Owned, new_none, new_reference};
use hpy_layers::debug::{DebugHandle, Kind};
use pyo3_ffi::{self as ffi, PyGetSetDef, PyMethodDef, PyObject, PyType_Slot, PyType_Spec, PyTypeObject};

use crate::object::new_string;

#[repr(C)]
struct Object {
    base: PyObject,
    handle: ManuallyDrop<DebugHandle>,
}

/// What CPython reads of the type while it is made; names and functions stay.
#[repr(transparent)]
struct Table<T>(T);

// SAFETY: never written.
unsafe impl<T> Sync for Table<T> {}

static MEMBERS: Table<[PyGetSetDef; 5]> = Table([
    getter(c"obj", get_obj, c"The object; None if the handle is closed and the object may be gone."),
    getter(c"id", get_id, c"The handle as an integer, as the extension sees it."),
    getter(c"is_closed", get_is_closed, c"Whether the handle was closed."),
    getter(
        c"raw_data_size",
        get_raw_data_size,
        c"Size in bytes of the copy of its data that the extension was given, including the NUL; -1 if there is none.",
    ),
    PyGetSetDef {
        name: null_mut::<c_void>() as _,
        get: None,
        set: None,
        doc: null_mut::<c_void>() as _,
        closure: null_mut(),
    },
]);

static METHODS: Table<[PyMethodDef; 2]> = Table([
    PyMethodDef {
        ml_name: c"_force_close".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: force_close },
        ml_flags: ffi::METH_NOARGS,
        ml_doc: c"_force_close()\n--\n\nClose the handle on behalf of the extension. For tests.".as_ptr(),
    },
    PyMethodDef::zeroed(),
]);

const fn getter(
    name: &'static std::ffi::CStr,
    get: ffi::getter,
    doc: &'static std::ffi::CStr,
) -> PyGetSetDef {
    PyGetSetDef { name: name.as_ptr(), get: Some(get), set: None, doc: doc.as_ptr(), closure: null_mut() }
}

/// A new type object.
///
/// # Safety
/// The caller holds the interpreter.
pub(super) unsafe fn new_type() -> Result<Owned> {
    let mut slots = [
        PyType_Slot { slot: ffi::Py_tp_new, pfunc: new_refused as *mut c_void },
        PyType_Slot { slot: ffi::Py_tp_dealloc, pfunc: dealloc as *mut c_void },
        PyType_Slot { slot: ffi::Py_tp_repr, pfunc: repr as *mut c_void },
        PyType_Slot { slot: ffi::Py_tp_richcompare, pfunc: compare as *mut c_void },
        PyType_Slot { slot: ffi::Py_tp_hash, pfunc: ffi::PyObject_HashNotImplemented as *mut c_void },
        PyType_Slot { slot: ffi::Py_tp_getset, pfunc: (&raw const MEMBERS).cast_mut().cast() },
        PyType_Slot { slot: ffi::Py_tp_methods, pfunc: (&raw const METHODS).cast_mut().cast() },
        PyType_Slot {
            slot: ffi::Py_tp_doc,
            pfunc: c"A handle that an extension in debug mode opened.".as_ptr().cast_mut().cast(),
        },
        PyType_Slot { slot: 0, pfunc: null_mut() },
    ];
    let mut spec = PyType_Spec {
        name: c"hpy.debug._debug.DebugHandle".as_ptr(),
        basicsize: size_of::<Object>() as c_int,
        itemsize: 0,
        flags: ffi::Py_TPFLAGS_DEFAULT as _,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: by contract; each slot has a function or table of its kind, and all that the type keeps is static.
    unsafe { Owned::new(ffi::PyType_FromSpec(&raw mut spec)) }
}

/// A new object for a handle.
///
/// # Safety
/// `ty` is from [`new_type`]; the caller holds the interpreter.
pub(super) unsafe fn new(ty: *mut PyObject, handle: DebugHandle) -> Result<Owned> {
    // SAFETY: by contract; the object has room for the handle, and nothing there to drop.
    unsafe {
        let object = Owned::new(ffi::PyType_GenericAlloc(ty.cast(), 0))?;
        let place = object.as_ptr().cast::<u8>().add(offset_of!(Object, handle));
        place.cast::<DebugHandle>().write(handle);
        Ok(object)
    }
}

// The functions below are called by CPython for objects of this type, all of them made by `new`, by a thread that holds
// the interpreter; that is the ground of their unsafe blocks.

unsafe fn handle_of<'a>(object: *mut PyObject) -> &'a DebugHandle {
    // SAFETY: an object of this type, and the thread is attached.
    unsafe { &(*object.cast::<Object>()).handle }
}

unsafe extern "C" fn new_refused(ty: *mut PyTypeObject, _: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guard(null_mut(), || {
        let _ = ty;
        // SAFETY: set once when CPython starts.
        let kind = unsafe { ffi::PyExc_TypeError };
        Err(raise(kind, "cannot create 'hpy.debug._debug.DebugHandle' instances"))
    })
}

unsafe extern "C" fn dealloc(object: *mut PyObject) {
    // SAFETY: an object of this type that nobody uses any more; it has a reference to its type.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        guard_or_abort(|| ManuallyDrop::drop(&mut (*object.cast::<Object>()).handle));
        ffi::PyObject_Free(object.cast());
        ffi::Py_DECREF(ty.cast());
    }
}

/// The object of a handle, as a new reference. A handle of the engine is a pointer to the object.
unsafe fn object_of(handle: &DebugHandle) -> Option<Owned> {
    let object: *mut PyObject = handle.object()?._i as _;
    // SAFETY: it lives until the extension goes on, and this thread holds the interpreter.
    unsafe { Owned::new(new_reference(object)).ok() }
}

unsafe extern "C" fn get_obj(object: *mut PyObject, _: *mut c_void) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: an object of this type, and the thread is attached.
        unsafe {
            Ok(match object_of(handle_of(object)) {
                Some(found) => found.into_ptr(),
                None => new_none(),
            })
        }
    })
}

unsafe extern "C" fn get_id(object: *mut PyObject, _: *mut c_void) -> *mut PyObject {
    // SAFETY: an object of this type, and the thread is attached.
    guard(null_mut(), || unsafe { check(ffi::PyLong_FromSize_t(handle_of(object).id())) })
}

unsafe extern "C" fn get_is_closed(object: *mut PyObject, _: *mut c_void) -> *mut PyObject {
    // SAFETY: an object of this type, and the thread is attached.
    guard(null_mut(), || unsafe { check(ffi::PyBool_FromLong(handle_of(object).is_closed().into())) })
}

unsafe extern "C" fn get_raw_data_size(object: *mut PyObject, _: *mut c_void) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: an object of this type, and the thread is attached.
        unsafe {
            let size = handle_of(object).raw_data_size().map_or(-1, usize::cast_signed);
            check(ffi::PyLong_FromSsize_t(size))
        }
    })
}

unsafe extern "C" fn force_close(object: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: an object of this type, and the thread is attached; that the extension does not need the handle is
        // up to who calls this.
        unsafe {
            handle_of(object).force_close();
            Ok(new_none())
        }
    })
}

unsafe extern "C" fn repr(object: *mut PyObject) -> *mut PyObject {
    const HINT: &str = "To get the stack trace of where it was allocated use:\n\
                        hpy.debug.set_handle_stack_trace_limit";
    guard(null_mut(), || {
        // SAFETY: an object of this type, and the thread is attached.
        unsafe {
            let handle = handle_of(object);
            let what = if handle.is_closed() {
                "CLOSED".to_owned()
            } else {
                match handle.kind() {
                    Kind::Handle => match object_of(handle) {
                        Some(found) => format!("for {}", repr_of(&found)?),
                        None => "CLOSED".to_owned(),
                    },
                    Kind::ListBuilder => "for a list builder".to_owned(),
                    Kind::TupleBuilder => "for a tuple builder".to_owned(),
                    Kind::Tracker => "for a tracker".to_owned(),
                    Kind::Writer => "for a writer".to_owned(),
                }
            };
            let origin = match handle.opened_frames() {
                Some(frames) => format!("Allocation stacktrace:\n{}", frames.join("\n")),
                None => HINT.to_owned(),
            };
            check(new_string(&format!("<DebugHandle {:#x} {what}>\n{origin}", handle.id())))
        }
    })
}

/// The `repr` of an object, with escapes for what is not valid in UTF-8.
unsafe fn repr_of(object: &Owned) -> Result<String> {
    // SAFETY: an object of this type, and the thread is attached.
    unsafe {
        let text = Owned::new(ffi::PyObject_Repr(object.as_ptr()))?;
        let encoded = Owned::new(ffi::PyUnicode_AsEncodedString(
            text.as_ptr(),
            c"utf-8".as_ptr(),
            c"backslashreplace".as_ptr(),
        ))?;
        let bytes = ffi::PyBytes_AsString(encoded.as_ptr()).cast::<u8>();
        let length = ffi::PyBytes_Size(encoded.as_ptr()).cast_unsigned();
        Ok(String::from_utf8_lossy(std::slice::from_raw_parts(bytes, length)).into_owned())
    }
}

unsafe extern "C" fn compare(left: *mut PyObject, right: *mut PyObject, operation: c_int) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: `left` is an object of this type; `right` may be anything, and only what has this type too is looked
        // at. There are no subclasses.
        unsafe {
            let comparable = ffi::Py_TYPE(left) == ffi::Py_TYPE(right);
            let result = match operation {
                ffi::Py_EQ if comparable => Some(handle_of(left) == handle_of(right)),
                ffi::Py_NE if comparable => Some(handle_of(left) != handle_of(right)),
                _ => None,
            };
            Ok(match result {
                Some(result) => ffi::PyBool_FromLong(result.into()),
                None => new_reference(ffi::Py_NotImplemented()),
            })
        }
    })
}
