//! List and tuple builders.
//!
//! A builder is the list or tuple itself, known to nobody else until it is built. Null stands for the builder that
//! could not be made. `Set` has no result to report a mistake with: a null item leaves its place empty, and `Build`
//! raises for an empty place; an index out of range raises at once, and `Build` sees that.

use std::ffi::{CStr, c_char};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::ffi::{
    Py_DECREF, Py_SIZE, Py_XDECREF, Py_XINCREF, PyErr_Clear, PyErr_Format, PyErr_NoMemory, PyErr_Occurred,
    PyExc_IndexError, PyExc_SystemError, PyObject, PyTuple_New,
};
use hpy_abi::{HPy, HPyContext, HPyListBuilder, HPyTupleBuilder};

use crate::engine::{new_list, tuple_items};
use crate::generated::calls::null;
use crate::handle::{handle, object};

/// Whether an index has ever been out of range: only then an exception may be that of a builder.
static HAS_FAILED: AtomicBool = AtomicBool::new(false);

macro_rules! builder {
    (
        $builder:ident { $field:ident } = $new:path, $items:path, $finish:path;
        $ctx_new:ident $ctx_set:ident $ctx_build:ident $ctx_cancel:ident
    ) => {
        pub(crate) unsafe extern "C" fn $ctx_new(_: *mut HPyContext, size: isize) -> $builder {
            if size < 0 {
                return $builder::NULL;
            }
            // SAFETY: the contract of context functions, see `crate::forward`.
            let container = unsafe { $new(size) };
            if container.is_null() {
                // It is `Build` that raises.
                // SAFETY: the contract of context functions, see `crate::forward`.
                unsafe { PyErr_Clear() };
            }
            $builder { $field: container as isize }
        }

        pub(crate) unsafe extern "C" fn $ctx_set(
            _: *mut HPyContext,
            builder: $builder,
            index: isize,
            h_item: HPy,
        ) {
            let container = builder.$field as *mut PyObject;
            if !container.is_null() {
                // SAFETY: as above, and the builder is alive.
                unsafe { set_item(container, $items(container), index, object(h_item)) }
            }
        }

        pub(crate) unsafe extern "C" fn $ctx_build(_: *mut HPyContext, builder: $builder) -> HPy {
            // SAFETY: as above, and the caller gives up the builder.
            unsafe { build(builder.$field as *mut PyObject, $items, null::$ctx_build.function, $finish) }
        }

        pub(crate) unsafe extern "C" fn $ctx_cancel(_: *mut HPyContext, builder: $builder) {
            // SAFETY: as above, and the caller gives up the builder.
            unsafe { Py_XDECREF(builder.$field as *mut PyObject) };
        }
    };
}

builder! {
    HPyListBuilder { _lst } = new_list::start, new_list::items, new_list::finish;
    ctx_ListBuilder_New ctx_ListBuilder_Set ctx_ListBuilder_Build ctx_ListBuilder_Cancel
}

extern "C" fn the_same(tuple: *mut PyObject) -> *mut PyObject {
    tuple
}

builder! {
    HPyTupleBuilder { _tup } = PyTuple_New, tuple_items, the_same;
    ctx_TupleBuilder_New ctx_TupleBuilder_Set ctx_TupleBuilder_Build ctx_TupleBuilder_Cancel
}

/// # Safety
///
/// `items` are those of `container`, a builder; the thread is attached.
#[inline(always)]
unsafe fn set_item(container: *mut PyObject, items: *mut *mut PyObject, index: isize, item: *mut PyObject) {
    // SAFETY: the caller's promise. As unsigned, a negative index is larger than any size.
    unsafe {
        if index as usize >= Py_SIZE(container) as usize {
            return out_of_range(container, index);
        }
        Py_XINCREF(item);
        // Each place is set once, by contract; if not, the former item is not lost.
        Py_XDECREF(ptr::replace(items.offset(index), item));
    }
}

/// Apart from [`set_item`], which needs no stack frame then.
///
/// # Safety
///
/// `container` is a builder; the thread is attached.
#[cold]
#[inline(never)]
unsafe fn out_of_range(container: *mut PyObject, index: isize) {
    HAS_FAILED.store(true, Ordering::Relaxed);
    // SAFETY: by contract.
    unsafe {
        PyErr_Format(
            PyExc_IndexError,
            c"builder index %zd is out of range for size %zd".as_ptr(),
            index,
            Py_SIZE(container),
        );
    }
}

/// # Safety
///
/// `container` is a builder, or null, and `items_of` gives its items; it is given up. The thread is attached.
#[inline(always)]
unsafe fn build(
    container: *mut PyObject,
    items_of: unsafe fn(*mut PyObject) -> *mut *mut PyObject,
    name: &'static CStr,
    finish: unsafe extern "C" fn(*mut PyObject) -> *mut PyObject,
) -> HPy {
    // SAFETY: by contract.
    unsafe {
        if container.is_null() {
            return build_slowly(container, 0, name.as_ptr(), finish);
        }
        let (items, size) = (items_of(container), Py_SIZE(container));
        let mut full = 0;
        while full != size && !(*items.offset(full)).is_null() {
            full += 1;
        }
        if full != size || HAS_FAILED.load(Ordering::Relaxed) {
            return build_slowly(container, full, name.as_ptr(), finish);
        }
        handle(finish(container))
    }
}

/// The same where there is no builder, an item is missing, or has been out of range in some builder. Only the first `full`
/// items are known to be there. A function of C, so that its callers need no stack frame to catch a panic.
///
/// # Safety
///
/// `container` is a builder, or null; it is given up. The thread is attached.
#[cold]
#[inline(never)]
unsafe extern "C" fn build_slowly(
    container: *mut PyObject,
    full: isize,
    name: *const c_char,
    finish: unsafe extern "C" fn(*mut PyObject) -> *mut PyObject,
) -> HPy {
    // SAFETY: by contract.
    unsafe {
        if container.is_null() {
            return handle(PyErr_NoMemory());
        }
        if PyErr_Occurred().is_null() {
            if full == Py_SIZE(container) {
                return handle(finish(container));
            }
            PyErr_Format(PyExc_SystemError, c"%s: no item was set at index %zd".as_ptr(), name, full);
        }
        Py_DECREF(container);
        HPy::NULL
    }
}
