//! Which bases a struct fits, and the sizes that CPython gets for it.

use std::ffi::c_char;

use hpy_abi::*;
use pyo3_ffi::{self as ffi, PyTypeObject};

use super::hierarchy::levels;
use super::layout::{AFTER_ITEMS, Layout, builtin, offset, pad};
use super::record;
use crate::boundary::{Result, raise_format, raise_text};
use crate::definitions::display;

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
                name_of(shape),
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
                    name_of(shape),
                    describe(owner),
                    name_of(r.shape())
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

/// The name of a shape for an error message.
fn name_of(shape: HPyType_BuiltinShape) -> *const c_char {
    shape_name(shape).unwrap_or(c"unknown").as_ptr()
}
