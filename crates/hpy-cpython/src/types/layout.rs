//! Where the user's struct lies in an object, by shape.
//!
//! For most shapes the struct follows the built-in's own, at an offset that is the same for a whole hierarchy. `int`
//! and `tuple` end in items, whose number differs from object to object: there the struct follows the items, at the
//! next aligned place, and the basic size has room for the gap.

use std::ffi::{c_int, c_void};

use crate::ffi::{self, PyObject, PyTypeObject};
use hpy_abi::*;

use crate::boundary::{Result, raise_format};
use crate::engine::INT_HAS_DIGITS;

/// The place of a struct.
#[derive(Clone, Copy, Debug)]
#[repr(C)] // part of records
pub(crate) struct Layout {
    pub(crate) shape: HPyType_BuiltinShape,
    pub(super) offset: Offset,
    /// Size of the struct, that of the nearest base if the spec says 0.
    pub(crate) size: isize,
    /// Whether the struct is larger than that of the base: the type has a part of its own in it.
    pub(super) is_own: bool,
}

/// The distance from an object to its struct.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(transparent)] // part of records
pub(super) struct Offset(isize);

impl Offset {
    /// The struct follows the items.
    const AFTER_ITEMS: Self = Self(-1);

    /// The distance, if it is the same for all objects.
    #[inline(always)]
    pub(super) fn constant(self) -> Option<isize> {
        (self != Self::AFTER_ITEMS).then_some(self.0)
    }
}

/// The strictest alignment of a basic C type, as `max_align_t`.
const MAX_ALIGN: isize = if cfg!(any(windows, all(target_vendor = "apple", target_arch = "aarch64"))) {
    8
} else {
    2 * size_of::<*const c_void>() as isize
};

pub(crate) const fn align_up(n: isize) -> isize {
    (n + MAX_ALIGN - 1) & !(MAX_ALIGN - 1)
}

/// A size that pointers can follow: CPython puts those of subclasses behind it, and members behind a metaclass.
pub(super) const fn pad(size: isize) -> isize {
    const ALIGN: isize = align_of::<*const c_void>() as isize;
    (size + ALIGN - 1) & !(ALIGN - 1)
}

/// Offset of the struct of Object-shape types.
pub(crate) const OBJECT_OFFSET: isize = align_up(size_of::<PyObject>() as isize);

impl Layout {
    /// The layout of a struct of this size and shape; the shape is a known one.
    #[inline(always)]
    pub(crate) fn new(shape: HPyType_BuiltinShape, size: isize) -> Self {
        Self { shape, offset: offset(shape), size, is_own: false }
    }

    /// The struct of an object with this layout.
    ///
    /// # Safety
    /// `object` is an instance of a type with this layout, or of a subclass.
    #[inline(always)]
    pub(crate) unsafe fn data(&self, object: *mut PyObject) -> *mut c_void {
        // SAFETY: inside the object, by the sizes given to CPython.
        unsafe {
            match self.offset.constant() {
                Some(offset) => object.byte_offset(offset).cast(),
                None => after_items(self.shape, object),
            }
        }
    }

    /// The constant offset of the struct, if there is one.
    pub(crate) fn constant_offset(&self) -> Option<isize> {
        self.offset.constant()
    }

    /// The distance from the object to a place of the struct, if it is constant.
    pub(super) fn member_offset(&self, offset: isize) -> Option<isize> {
        self.constant_offset().map(|start| start + offset)
    }

    /// End of the struct in an object without items.
    pub(crate) fn end(&self) -> isize {
        match self.constant_offset() {
            Some(offset) => offset + self.size,
            // SAFETY: a static type.
            None => unsafe { (*builtin(self.shape)).tp_basicsize + self.reserve() },
        }
    }

    /// What a struct after items adds to the basic size: itself and the largest gap before it.
    pub(super) fn reserve(&self) -> isize {
        if self.size == 0 { 0 } else { MAX_ALIGN + self.size }
    }
}

/// The built-in type whose struct the shape includes.
pub(crate) fn builtin(shape: HPyType_BuiltinShape) -> *mut PyTypeObject {
    // Statics of CPython: always valid.
    match shape {
        HPyType_BuiltinShape_Type => &raw mut ffi::PyType_Type,
        HPyType_BuiltinShape_Long => &raw mut ffi::PyLong_Type,
        HPyType_BuiltinShape_Float => &raw mut ffi::PyFloat_Type,
        HPyType_BuiltinShape_Unicode => &raw mut ffi::PyUnicode_Type,
        HPyType_BuiltinShape_Tuple => &raw mut ffi::PyTuple_Type,
        HPyType_BuiltinShape_List => &raw mut ffi::PyList_Type,
        HPyType_BuiltinShape_Dict => &raw mut ffi::PyDict_Type,
        _ => &raw mut ffi::PyBaseObject_Type,
    }
}

/// The offset of the struct of a shape.
#[inline(always)]
pub(super) fn offset(shape: HPyType_BuiltinShape) -> Offset {
    match shape {
        HPyType_BuiltinShape_Legacy => Offset(0),
        HPyType_BuiltinShape_Object => Offset(OBJECT_OFFSET),
        HPyType_BuiltinShape_Tuple => Offset::AFTER_ITEMS,
        HPyType_BuiltinShape_Long if INT_HAS_DIGITS => Offset::AFTER_ITEMS,
        // SAFETY: a static type.
        _ => Offset(align_up(unsafe { (*builtin(shape)).tp_basicsize })),
    }
}

/// The struct of an object by the shape alone, for the `AsStruct` functions.
///
/// # Safety
/// `object` is an instance of a type of this shape.
#[inline(always)]
pub(crate) unsafe fn as_struct(shape: HPyType_BuiltinShape, object: *mut PyObject) -> *mut c_void {
    // SAFETY: by contract, `object` is an instance of a type of this shape.
    unsafe { Layout::new(shape, 0).data(object) }
}

/// The first aligned place after the items of an `int` or `tuple`.
unsafe fn after_items(shape: HPyType_BuiltinShape, object: *mut PyObject) -> *mut c_void {
    // SAFETY: the object is of that built-in's kind; its size field tells the number of items.
    unsafe {
        let count = if shape == HPyType_BuiltinShape_Long { digits(object) } else { ffi::Py_SIZE(object) };
        let ty = builtin(shape);
        let end = (*ty).tp_basicsize + count * (*ty).tp_itemsize;
        object.byte_offset(align_up(end)).cast()
    }
}

/// The number of digits of an `int`; at least one is always there.
unsafe fn digits(object: *mut PyObject) -> isize {
    // SAFETY: an `int`; its sign and number of digits stand in the word after the object header.
    unsafe {
        #[cfg(Py_3_12)]
        let count = (*object.add(1).cast::<usize>() >> 3).cast_signed();
        #[cfg(not(Py_3_12))]
        let count = ffi::Py_SIZE(object).abs();
        count.max(1)
    }
}

/// Refuses numbers that are no shape.
pub(crate) fn check_shape(shape: c_int) -> Result<()> {
    if (HPyType_BuiltinShape_Legacy..=HPyType_BuiltinShape_Dict).contains(&shape) {
        return Ok(());
    }
    // SAFETY: set once when CPython starts; a number.
    Err(unsafe { raise_format!(ffi::PyExc_ValueError, c"invalid shape: %d", shape) })
}
