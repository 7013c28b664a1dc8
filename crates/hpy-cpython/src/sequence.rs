//! Many items of a sequence at once.

use std::ffi::c_int;

use crate::ffi::{
    Py_DECREF, Py_INCREF, Py_SIZE, PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred, PyExc_IndexError,
    PyExc_ValueError, PyFloat_AS_DOUBLE, PyFloat_CheckExact, PyList_Check, PyLong_AsDouble,
    PyLong_AsLongLongAndOverflow, PyLong_CheckExact, PyObject, PySequence_Check, PySequence_GetItem,
    PySequence_Size, PyTuple_Check,
};
use hpy_abi::{HPy, HPyContext};

use crate::engine::{LIST_IS_ARRAY, digit, list_items, small_int, tuple_items};
use crate::forward::{Null, fail, null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::{handle, object};
use crate::lock::in_critical_section;

/// What an item becomes in the caller's array.
trait Element: Copy {
    /// The item as an element, if it goes into the array; it is borrowed. Runs no Python code, and raises nothing.
    ///
    /// # Safety
    /// The item is alive, the thread attached.
    unsafe fn of(item: *mut PyObject) -> Option<Self>;

    /// The same for the most frequent items, so that the code for many is short; nothing for others, which there are only
    /// among kinds of elements that need not be discarded.
    ///
    /// # Safety
    /// As for [`of`](Self::of).
    unsafe fn quick(item: *mut PyObject) -> Option<Self>;

    /// Gives up an element that the caller does not get.
    ///
    /// # Safety
    /// The thread is attached.
    unsafe fn discard(self) {}
}

impl Element for HPy {
    #[inline(always)]
    unsafe fn of(item: *mut PyObject) -> Option<Self> {
        // SAFETY: by contract.
        unsafe { Py_INCREF(item) };
        Some(handle(item))
    }

    #[inline(always)]
    unsafe fn quick(item: *mut PyObject) -> Option<Self> {
        // SAFETY: by contract.
        unsafe { Self::of(item) }
    }

    unsafe fn discard(self) {
        // SAFETY: `of` made it, and nobody else has it.
        unsafe { Py_DECREF(object(self)) };
    }
}

impl Element for i64 {
    #[inline(always)]
    unsafe fn of(item: *mut PyObject) -> Option<Self> {
        // SAFETY: by contract; for an `int` this raises nothing.
        unsafe {
            if PyLong_CheckExact(item) == 0 {
                return None;
            }
            small_int(item).or_else(|| {
                let mut overflow: c_int = 0;
                let value = PyLong_AsLongLongAndOverflow(item, &mut overflow);
                (overflow == 0).then_some(value)
            })
        }
    }

    #[inline(always)]
    unsafe fn quick(item: *mut PyObject) -> Option<Self> {
        // SAFETY: by contract.
        unsafe { if PyLong_CheckExact(item) != 0 { digit(item) } else { None } }
    }
}

impl Element for f64 {
    #[inline(always)]
    unsafe fn of(item: *mut PyObject) -> Option<Self> {
        // SAFETY: by contract.
        unsafe {
            if PyFloat_CheckExact(item) != 0 {
                return Some(PyFloat_AS_DOUBLE(item));
            }
            if PyLong_CheckExact(item) == 0 {
                return None;
            }
            if let Some(small) = small_int(item) {
                #[expect(clippy::cast_precision_loss, reason = "an int of one digit has fewer bits")]
                return Some(small as f64);
            }
            let value = PyLong_AsDouble(item);
            if value == -1.0 && !PyErr_Occurred().is_null() {
                PyErr_Clear();
                return None;
            }
            Some(value)
        }
    }

    #[inline(always)]
    unsafe fn quick(item: *mut PyObject) -> Option<Self> {
        // SAFETY: by contract.
        unsafe { (PyFloat_CheckExact(item) != 0).then(|| PyFloat_AS_DOUBLE(item)) }
    }
}

/// Stores elements for a context function that has these arguments.
///
/// # Safety
/// The contract of context functions; the array has room for `count` elements.
#[inline(always)]
unsafe fn store<T: Element>(null: Null<isize>, seq: HPy, start: isize, count: isize, array: *mut T) -> isize {
    if seq.is_null() || array.is_null() {
        return null_argument(null);
    }
    let seq = object(seq);
    // SAFETY: by contract. In the critical section no Python code runs, and the items of the list stay.
    unsafe {
        if (start | count) < 0 {
            return fail(PyExc_ValueError, c"start and count must not be negative");
        }
        if LIST_IS_ARRAY && PyList_Check(seq) != 0 {
            return in_critical_section(seq, || {
                store_some(list_items(seq), Py_SIZE(seq), start, count, array)
            });
        }
        if PyTuple_Check(seq) != 0 {
            return store_some(tuple_items(seq), Py_SIZE(seq), start, count, array);
        }
        store_of_any(seq, start, count, array)
    }
}

/// # Safety
/// There are `length` items, none of which changes meanwhile; `start` and `count` are not negative.
#[inline(always)]
unsafe fn store_some<T: Element>(
    items: *mut *mut PyObject,
    length: isize,
    start: isize,
    count: isize,
    array: *mut T,
) -> isize {
    const AT_ONCE: isize = 4;
    let count = count.min((length - start).max(0));
    let items = items.wrapping_offset(start);
    let mut i = 0;
    loop {
        // SAFETY: by contract; all indices are in range.
        unsafe {
            'quick: while i + AT_ONCE <= count {
                for k in 0..AT_ONCE {
                    // Those before it are stored again, by the slow way.
                    let Some(element) = T::quick(*items.offset(i + k)) else { break 'quick };
                    *array.offset(i + k) = element;
                }
                i += AT_ONCE;
            }
            if i == count {
                return count;
            }
            match T::of(*items.offset(i)) {
                Some(element) => *array.offset(i) = element,
                None => return i,
            }
            i += 1;
        }
    }
}

/// Items of any other sequence.
///
/// # Safety
/// `seq` is alive, the thread attached; `start` and `count` are not negative.
#[inline(never)]
unsafe fn store_of_any<T: Element>(seq: *mut PyObject, start: isize, count: isize, array: *mut T) -> isize {
    // SAFETY: by contract; the elements before `i` are stored.
    unsafe {
        if PySequence_Check(seq) == 0 {
            return wrong_type(c"a sequence", seq);
        }
        let length = PySequence_Size(seq);
        if length < 0 {
            return -1;
        }
        let count = count.min((length - start).max(0));
        for i in 0..count {
            let item = PySequence_GetItem(seq, start + i);
            if item.is_null() {
                if PyErr_ExceptionMatches(PyExc_IndexError) != 0 {
                    PyErr_Clear();
                    return i;
                }
                (0..i).for_each(|i| (*array.offset(i)).discard());
                return -1;
            }
            let element = T::of(item);
            Py_DECREF(item);
            match element {
                Some(element) => *array.offset(i) = element,
                None => return i,
            }
        }
        count
    }
}

macro_rules! context_functions {
    ($($name:ident: $element:ty;)*) => {$(
        pub(crate) unsafe extern "C" fn $name(
            _: *mut HPyContext,
            seq: HPy,
            start: isize,
            count: isize,
            array: *mut $element,
        ) -> isize {
            // SAFETY: the contract of context functions, see `crate::forward`.
            unsafe { store(null::$name, seq, start, count, array) }
        }
    )*};
}

context_functions! {
    ctx_Sequence_GetItems: HPy;
    ctx_Sequence_AsInt64s: i64;
    ctx_Sequence_AsDoubles: f64;
}
