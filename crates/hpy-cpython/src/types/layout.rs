//! Where the user's struct lies in an object, by shape, and which bases it fits.
//!
//! For most shapes the struct follows the built-in's own, at an offset that is the same for a whole hierarchy. `int`
//! and `tuple` end in items, whose number differs from object to object: there the struct follows the items, at the
//! next aligned place, and the basic size has room for the gap.

use std::ffi::{CStr, c_int, c_void};

use hpy_abi::*;
use pyo3_ffi::{self as ffi, PyObject, PyTypeObject};

use super::lifetime::levels;
use super::record;
use crate::boundary::{Result, raise_format, raise_text};
use crate::definitions::display;

/// The place of a struct.
#[derive(Clone, Copy, Debug)]
#[repr(C)] // part of records
pub(crate) struct Layout {
    pub(crate) shape: HPyType_BuiltinShape,
    /// Distance from the object to the struct, or [`AFTER_ITEMS`].
    pub(super) offset: isize,
    /// Size of the struct, that of the nearest base if the spec says 0.
    pub(crate) size: isize,
    /// Whether the struct is larger than that of the base: the type has a part of its own in it.
    pub(super) is_own: bool,
}

const AFTER_ITEMS: isize = -1;

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
const fn pad(size: isize) -> isize {
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
            if self.offset == AFTER_ITEMS {
                after_items(self.shape, object)
            } else {
                object.byte_offset(self.offset).cast()
            }
        }
    }

    /// The constant offset of the struct, if there is one.
    pub(crate) fn constant_offset(&self) -> Option<isize> {
        (self.offset != AFTER_ITEMS).then_some(self.offset)
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
    fn reserve(&self) -> isize {
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
fn offset(shape: HPyType_BuiltinShape) -> isize {
    match shape {
        HPyType_BuiltinShape_Legacy => 0,
        HPyType_BuiltinShape_Object => OBJECT_OFFSET,
        HPyType_BuiltinShape_Long | HPyType_BuiltinShape_Tuple => AFTER_ITEMS,
        // SAFETY: a static type.
        _ => align_up(unsafe { (*builtin(shape)).tp_basicsize }),
    }
}

/// The struct of an object by the shape alone, for the `AsStruct` functions.
///
/// # Safety
/// `object` is an instance of a type of this shape.
#[inline(always)]
pub(crate) unsafe fn as_struct(shape: HPyType_BuiltinShape, object: *mut PyObject) -> *mut c_void {
    // SAFETY: by contract.
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

/// Sizes for CPython: `basicsize` (0 = inherited) of a type with this layout on this base, before a call field.
pub(crate) struct Fit {
    pub(crate) layout: Layout,
    pub(crate) basicsize: isize,
}

/// The size of what objects with items begin with.
const VAR_SIZE: isize = size_of::<ffi::PyVarObject>().cast_signed();

/// Checks that a struct fits its base and computes the sizes.
///
/// The struct of a derived type begins with that of its base, in the same place, so it may not be smaller; and no base
/// may have fields of another kind where the struct grows.
///
/// # Safety
/// `base` is a type; `spec` is valid and its shape a known one.
pub(crate) unsafe fn fit(spec: &HPyType_Spec, base: *mut PyTypeObject) -> Result<Fit> {
    let shape = spec.builtin_shape;
    let size = spec.basicsize as isize;
    // SAFETY: by contract; names of types are C strings.
    unsafe {
        let describe = |ty: *mut PyTypeObject| display((*ty).tp_name);
        // Each format begins with the name of the type.
        macro_rules! error {
            ($format:literal $(, $argument:expr)* $(,)?) => {
                Err(raise_format!(ffi::PyExc_TypeError, $format, display(spec.name) $(, $argument)*))
            };
        }
        if size < 0 || spec.itemsize < 0 {
            return error!(c"type '%s': basicsize and itemsize must not be negative");
        }
        let nearest = record::nearest_readable(base)?;
        if shape == HPyType_BuiltinShape_Legacy {
            return match nearest {
                Some((r, _)) if r.shape() != HPyType_BuiltinShape_Legacy => Err(raise_text(
                    ffi::PyExc_TypeError,
                    c"A legacy type should not inherit its memory layout from a pure type",
                )),
                _ if size != 0 && size < (*base).tp_basicsize => error!(
                    c"type '%s': basicsize %zd is smaller than that of its base '%s' (%zd)",
                    size,
                    describe(base),
                    (*base).tp_basicsize
                ),
                // Else CPython finds no number of items in the object, and reads one behind it.
                _ if spec.itemsize != 0 && size.max((*base).tp_basicsize) < VAR_SIZE => error!(
                    c"type '%s': itemsize %d needs a struct that begins with PyObject_VAR_HEAD (%zd bytes)",
                    spec.itemsize, VAR_SIZE
                ),
                _ => {
                    let layout = Layout { is_own: size != 0, ..Layout::new(shape, size) };
                    // Where there are items, they begin at the end of the struct.
                    let has_items = spec.itemsize != 0 || (*base).tp_itemsize != 0;
                    Ok(Fit { layout, basicsize: if has_items { size } else { pad(size) } })
                }
            };
        }
        // The base's own number says nothing new.
        if spec.itemsize != 0 && spec.itemsize as isize != (*base).tp_itemsize {
            return error!(c"type '%s': itemsize must be 0, not %d", spec.itemsize);
        }
        let required = builtin(shape);
        if ffi::PyType_IsSubtype(base, required) == 0 {
            return error!(
                c"type '%s': builtin shape %s needs a base that is '%s' or a subclass of it, not '%s'",
                shape_name(shape).as_ptr(),
                describe(required),
                describe(base)
            );
        }
        let base_size = match nearest {
            Some((r, _)) if r.shape() == shape => r.layout.size,
            Some((r, _)) if r.shape() == HPyType_BuiltinShape_Legacy => inherited_from_legacy(shape, base),
            Some((r, owner)) => {
                return error!(
                    c"type '%s': builtin shape %s differs from that of its base '%s' (%s)",
                    shape_name(shape).as_ptr(),
                    describe(owner),
                    shape_name(r.shape()).as_ptr()
                );
            }
            None => 0,
        };
        if size == 0 {
            return Ok(Fit { layout: Layout::new(shape, base_size), basicsize: 0 });
        }
        let layout = Layout { is_own: size > base_size, ..Layout::new(shape, size) };
        if size < base_size {
            return error!(
                c"type '%s': basicsize %zd is smaller than that of its base '%s' (%zd)",
                size,
                describe(base),
                base_size
            );
        }
        if layout.constant_offset().is_none() {
            let without = (*base).tp_basicsize - Layout::new(shape, base_size).reserve();
            return Ok(Fit { layout, basicsize: pad(without + layout.reserve()) });
        }
        if size == base_size {
            return Ok(Fit { layout, basicsize: (*base).tp_basicsize });
        }
        if let Some(below) = below_foreign_fields(base, required)
            && layout.end() > (*below).tp_basicsize
        {
            return error!(
                c"type '%s': its struct would overlap the fields that the base '%s' has after '%s'; give that base an \
                  empty __slots__, or derive from the type below it",
                describe(base),
                describe(below)
            );
        }
        Ok(Fit { layout, basicsize: pad(layout.end()).max((*base).tp_basicsize) })
    }
}

/// How much of a pure type's struct is that of legacy bases: all behind the place where the struct begins.
unsafe fn inherited_from_legacy(shape: HPyType_BuiltinShape, base: *mut PyTypeObject) -> isize {
    // SAFETY: `base` is a type.
    unsafe {
        let owner = levels(base).find(|&level| record::own(level).is_some_and(|record| record.layout.is_own));
        match owner {
            Some(owner) if offset(shape) != AFTER_ITEMS => ((*owner).tp_basicsize - offset(shape)).max(0),
            // None of them has a struct of its own.
            _ => 0,
        }
    }
}

/// The type behind whose struct a base has fields that are not of HPy: the first above the struct that a type on `base`
/// inherits, if there is any.
unsafe fn below_foreign_fields(
    base: *mut PyTypeObject,
    required: *mut PyTypeObject,
) -> Option<*mut PyTypeObject> {
    // SAFETY: `base` is a type that derives from `required`.
    unsafe {
        let mut found = None;
        for level in levels(base).take_while(|&level| level != required) {
            match record::own(level) {
                // Its struct did fit, so there is nothing of the kind below.
                Some(record) if record.layout.is_own => break,
                // At most a field for a call function, which the struct may cover.
                Some(_) => {}
                None if (*level).tp_basicsize > (*(*level).tp_base).tp_basicsize => {
                    found = Some((*level).tp_base);
                }
                None => {}
            }
        }
        found
    }
}

fn shape_name(shape: HPyType_BuiltinShape) -> &'static CStr {
    match shape {
        HPyType_BuiltinShape_Legacy => c"HPyType_BuiltinShape_Legacy",
        HPyType_BuiltinShape_Object => c"HPyType_BuiltinShape_Object",
        HPyType_BuiltinShape_Type => c"HPyType_BuiltinShape_Type",
        HPyType_BuiltinShape_Long => c"HPyType_BuiltinShape_Long",
        HPyType_BuiltinShape_Float => c"HPyType_BuiltinShape_Float",
        HPyType_BuiltinShape_Unicode => c"HPyType_BuiltinShape_Unicode",
        HPyType_BuiltinShape_Tuple => c"HPyType_BuiltinShape_Tuple",
        HPyType_BuiltinShape_List => c"HPyType_BuiltinShape_List",
        HPyType_BuiltinShape_Dict => c"HPyType_BuiltinShape_Dict",
        _ => c"unknown",
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
