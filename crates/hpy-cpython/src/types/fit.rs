//! Which bases a struct fits, and the sizes that CPython gets for it.

use std::ffi::c_char;

use crate::ffi::{self, PyTypeObject};
use hpy_abi::*;

use super::hierarchy::levels;
use super::layout::{Layout, builtin, offset, pad};
use super::record;
use crate::boundary::{Result, raise_format, type_error};
use crate::definitions::display;
use crate::engine::METACLASS_HAS_STRUCT;

/// Sizes for CPython: `basicsize` (0 = inherited) of a type with this layout on this base, before a call field.
pub(crate) struct Fit {
    pub(crate) layout: Layout,
    pub(crate) basicsize: isize,
}

/// The size of what objects with items begin with.
const VAR_SIZE: isize = size_of::<ffi::PyVarObject>().cast_signed();

/// The base of a new type.
#[derive(Clone, Copy)]
struct Base(*mut PyTypeObject);

impl Base {
    /// # Safety
    /// A type, which outlives the result.
    unsafe fn new(ty: *mut PyTypeObject) -> Self {
        Self(ty)
    }

    fn name(self) -> *const c_char {
        // SAFETY: a type, by the contract of `new`.
        display(unsafe { (*self.0).tp_name })
    }

    fn size(self) -> isize {
        // SAFETY: a type, by the contract of `new`.
        unsafe { (*self.0).tp_basicsize }
    }

    fn item_size(self) -> isize {
        // SAFETY: a type, by the contract of `new`.
        unsafe { (*self.0).tp_itemsize }
    }
}

/// A `TypeError` whose text begins with the name of the new type.
macro_rules! error {
    ($spec:ident, $format:literal $(, $argument:expr)* $(,)?) => {
        // SAFETY: names are C strings, and the other arguments what the formats ask for.
        Err(unsafe { raise_format!(ffi::PyExc_TypeError, $format, display($spec.name) $(, $argument)*) })
    };
}

/// Checks that a struct fits its base and computes the sizes.
///
/// The struct of a derived type begins with that of its base, in the same place, so it may not be smaller; and no base
/// may have fields of another kind where the struct grows.
///
/// # Safety
/// `base` is a type; `spec` is valid and its shape a known one.
pub(crate) unsafe fn fit(spec: &HPyType_Spec, base: *mut PyTypeObject) -> Result<Fit> {
    if spec.basicsize < 0 || spec.itemsize < 0 {
        return error!(
            spec,
            c"type '%s': basicsize (%zd) and itemsize (%d) must not be negative",
            spec.basicsize as isize,
            spec.itemsize
        );
    }
    // SAFETY: by contract, `base` is a type.
    let (nearest, base) = unsafe { (record::nearest_readable(base)?, Base::new(base)) };
    let nearest = nearest.map(|(record, owner)| (record.layout, Base(owner)));
    if spec.builtin_shape == HPyType_BuiltinShape_Legacy {
        fit_legacy(spec, base, nearest)
    } else {
        fit_pure(spec, base, nearest)
    }
}

/// `nearest` is the layout of the nearest base made by HPy, and that base.
fn fit_legacy(spec: &HPyType_Spec, base: Base, nearest: Option<(Layout, Base)>) -> Result<Fit> {
    let size = spec.basicsize as isize;
    if nearest.is_some_and(|(layout, _)| layout.shape != HPyType_BuiltinShape_Legacy) {
        return Err(type_error(c"A legacy type should not inherit its memory layout from a pure type"));
    }
    if size != 0 && size < base.size() {
        return too_small(spec, base, base.size());
    }
    // Else CPython finds no number of items in the object, and reads one behind it.
    if spec.itemsize != 0 && size.max(base.size()) < VAR_SIZE {
        return error!(
            spec,
            c"type '%s': itemsize is %d, so its struct must begin with PyObject_VAR_HEAD (%zd bytes)",
            spec.itemsize,
            VAR_SIZE
        );
    }
    let layout = Layout { is_own: size != 0, ..Layout::new(HPyType_BuiltinShape_Legacy, size) };
    // Where there are items, they begin at the end of the struct.
    let has_items = spec.itemsize != 0 || base.item_size() != 0;
    Ok(Fit { layout, basicsize: if has_items { size } else { pad(size) } })
}

/// The same for the other shapes.
fn fit_pure(spec: &HPyType_Spec, base: Base, nearest: Option<(Layout, Base)>) -> Result<Fit> {
    let (shape, size) = (spec.builtin_shape, spec.basicsize as isize);
    // The base's own number says nothing new.
    if spec.itemsize != 0 && spec.itemsize as isize != base.item_size() {
        return error!(spec, c"type '%s': itemsize must be 0, not %d", spec.itemsize);
    }
    let required = Base(builtin(shape));
    // SAFETY: both are types.
    if unsafe { ffi::PyType_IsSubtype(base.0, required.0) } == 0 {
        return error!(
            spec,
            c"type '%s': builtin_shape %s requires the base '%s' or a subclass of it, not '%s'",
            name_of(shape),
            required.name(),
            base.name()
        );
    }
    if shape == HPyType_BuiltinShape_Type && size > 0 && !METACLASS_HAS_STRUCT {
        return error!(
            spec,
            c"type '%s': metaclasses cannot have a struct (basicsize %zd) on this Python, as classes have no room for it; \
              keep the data in attributes of the classes instead",
            size
        );
    }
    let base_size = match nearest {
        Some((layout, _)) if layout.shape == shape => layout.size,
        Some((layout, _)) if layout.shape == HPyType_BuiltinShape_Legacy => {
            // SAFETY: the base is a type.
            unsafe { inherited_from_legacy(shape, base.0) }
        }
        Some((layout, owner)) => {
            return error!(
                spec,
                c"type '%s': builtin_shape is %s, but must be that of its base '%s' (%s)",
                name_of(shape),
                owner.name(),
                name_of(layout.shape)
            );
        }
        None => 0,
    };
    if size == 0 {
        return Ok(Fit { layout: Layout::new(shape, base_size), basicsize: 0 });
    }
    if size < base_size {
        return too_small(spec, base, base_size);
    }
    let layout = Layout { is_own: size > base_size, ..Layout::new(shape, size) };
    if layout.constant_offset().is_none() {
        let without = base.size() - Layout::new(shape, base_size).reserve();
        return Ok(Fit { layout, basicsize: pad(without + layout.reserve()) });
    }
    if size == base_size {
        return Ok(Fit { layout, basicsize: base.size() });
    }
    // SAFETY: the base derives from `required`.
    let below = unsafe { below_foreign_fields(base.0, required.0) }.map(Base);
    if let Some(below) = below
        && layout.end() > below.size()
    {
        return error!(
            spec,
            c"type '%s': its struct would overlap the fields that its base '%s' adds to '%s'; give that base an \
              empty __slots__, or derive from '%s' instead",
            base.name(),
            below.name(),
            below.name()
        );
    }
    Ok(Fit { layout, basicsize: pad(layout.end()).max(base.size()) })
}

#[cold]
#[inline(never)]
fn too_small(spec: &HPyType_Spec, base: Base, base_size: isize) -> Result<Fit> {
    let size = spec.basicsize as isize;
    let format = c"type '%s': basicsize %zd is smaller than that of its base '%s' (%zd)";
    // SAFETY: names are C strings, and the sizes what the format asks for.
    Err(unsafe {
        raise_format!(ffi::PyExc_TypeError, format, display(spec.name), size, base.name(), base_size)
    })
}

/// How much of a pure type's struct is that of legacy bases: all behind the place where the struct begins.
unsafe fn inherited_from_legacy(shape: HPyType_BuiltinShape, base: *mut PyTypeObject) -> isize {
    // SAFETY: `base` is a type.
    unsafe {
        let owner = levels(base).find(|&level| record::own(level).is_some_and(|record| record.layout.is_own));
        match (owner, offset(shape).constant()) {
            (Some(owner), Some(offset)) => ((*owner).tp_basicsize - offset).max(0),
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
#[cold]
#[inline(never)]
fn name_of(shape: HPyType_BuiltinShape) -> *const c_char {
    shape_name(shape).unwrap_or(c"unknown").as_ptr()
}
