//! The types that extensions made in debug mode, and what is known of the fields in their structs.

use std::collections::BTreeSet;
use std::ffi::{CStr, c_void};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use hpy_abi::*;

use crate::sync::lock;

use super::shapes::struct_of;

/// A type that an extension made in debug mode. It may be gone, and another type may have taken its place in memory.
#[derive(Clone)]
pub(crate) struct TypeInfo {
    /// The engine's handle. On an engine where each handle of a type is another, types are not recognized, and their fields
    /// not checked.
    pub(crate) inner: isize,
    name: Arc<[u8]>,
    shape: HPyType_BuiltinShape,
    pub(crate) size: usize,
    pub(crate) traverse: Option<HPyFunc_traverseproc>,
    /// Whether it has slots of the engine's own, which may include a traverse function.
    pub(crate) has_legacy_slots: bool,
}

/// A field, as a place in the struct of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FieldOffset {
    /// The engine's handle of the type.
    pub(crate) type_: isize,
    pub(crate) offset: usize,
}

impl FieldOffset {
    /// How many bits of a [packed](Self::packed) one are the offset. Above them is the type.
    const OFFSET_BITS: u32 = 16;

    /// Both parts in one word, which is read without a lock; 0 for what does not fit, and for nothing else.
    #[inline]
    fn packed(self) -> u64 {
        let (type_, offset) = (self.type_ as u64, self.offset as u64);
        let word = type_ << Self::OFFSET_BITS | offset;
        let fits = word >> Self::OFFSET_BITS == type_ && offset >> Self::OFFSET_BITS == 0;
        if fits { word } else { 0 }
    }
}

/// The types of an interpreter, and which of their fields are known to be visited.
#[derive(Default)]
pub(crate) struct Types {
    known: Mutex<Vec<TypeInfo>>,
    visited: Mutex<BTreeSet<FieldOffset>>,
    /// The [packed](FieldOffset::packed) one of them that was found last, if it is in a struct of Object shape: the next
    /// one is nearly always the same. 0 if there is none.
    last: AtomicU64,
}

/// # Safety
///
/// Of the methods that get a context: it is the engine's, handles are open in it, and the thread is inside of Python.
impl Types {
    /// Adds a type that was made of a spec.
    pub(crate) unsafe fn add(
        &self,
        ctx: *mut HPyContext,
        ty: HPy,
        spec: &HPyType_Spec,
        traverse: Option<HPyFunc_traverseproc>,
    ) {
        // SAFETY: the handle is open.
        let Some(name) = (unsafe { with_name(ctx, ty, |name| Arc::from(name.to_bytes())) }) else { return };
        let info = TypeInfo {
            inner: ty._i,
            name,
            shape: spec.builtin_shape,
            size: usize::try_from(spec.basicsize).unwrap_or(0),
            traverse,
            has_legacy_slots: !spec.legacy_slots.is_null(),
        };
        lock(&self.visited).retain(|field| field.type_ != ty._i);
        self.last.store(0, Ordering::Relaxed);
        let mut known = lock(&self.known);
        known.retain(|other| other.inner != ty._i);
        // Without memory, its fields are not checked.
        if known.try_reserve(1).is_ok() {
            known.push(info);
        }
    }

    /// Notes that the traverse function of a type visits a field.
    pub(crate) fn set_visited(&self, field: FieldOffset) {
        lock(&self.visited).insert(field);
    }

    pub(crate) fn is_visited(&self, field: FieldOffset) -> bool {
        lock(&self.visited).contains(&field)
    }

    /// Whether the field at an address is known to be visited, from a look at the object's own type alone.
    pub(crate) unsafe fn is_visited_in(
        &self,
        ctx: *mut HPyContext,
        object: HPy,
        field: *const HPyField,
    ) -> bool {
        // SAFETY: the handle is open.
        let ty = unsafe { ((*ctx).ctx_Type)(ctx, object) };
        if ty.is_null() {
            // SAFETY: the thread is inside of Python.
            unsafe { ((*ctx).ctx_Err_Clear)(ctx) };
            return false;
        }
        let last = self.last.load(Ordering::Relaxed);
        if last >> FieldOffset::OFFSET_BITS == ty._i as u64 {
            // SAFETY: the handles are open; the struct of this shape has the same place in all objects.
            let data = unsafe { struct_of(ctx, object, HPyType_BuiltinShape_Object) };
            let offset = (field as usize).wrapping_sub(data as usize);
            if (FieldOffset { type_: ty._i, offset }).packed() == last {
                // SAFETY: ours.
                unsafe { ((*ctx).ctx_Close)(ctx, ty) };
                return true;
            }
        }
        // SAFETY: the handle of the type is open until it is closed here.
        let info = unsafe {
            let info = self.find(ctx, ty);
            ((*ctx).ctx_Close)(ctx, ty);
            info
        };
        info.is_some_and(|info| {
            // SAFETY: the handle is open, and the object is of this type.
            let Some((_, offset)) = (unsafe { info.offset_in(ctx, object, field) }) else { return false };
            let field = FieldOffset { type_: info.inner, offset };
            let is_visited = self.is_visited(field);
            if is_visited && info.shape == HPyType_BuiltinShape_Object {
                self.last.store(field.packed(), Ordering::Relaxed);
            }
            is_visited
        })
    }

    /// What is known of a type, if it is one of those made here, and not one that is where another one was.
    unsafe fn find(&self, ctx: *mut HPyContext, ty: HPy) -> Option<TypeInfo> {
        let found = lock(&self.known).iter().find(|info| info.inner == ty._i).cloned()?;
        // SAFETY: the handle is open.
        let is_same = unsafe { with_name(ctx, ty, |name| *name.to_bytes() == *found.name) };
        (is_same == Some(true)).then_some(found)
    }

    /// What is known of the object's type and its bases, from the type on. Types that were not made here are left out.
    pub(crate) unsafe fn of_object(&self, ctx: *mut HPyContext, object: HPy) -> Vec<TypeInfo> {
        let mut found = Vec::new();
        // SAFETY: the handles are open until they are closed here.
        unsafe {
            let mut ty = ((*ctx).ctx_Type)(ctx, object);
            while !ty.is_null() && ((*ctx).ctx_Is)(ctx, ty, (*ctx).h_None) == 0 {
                found.extend(self.find(ctx, ty));
                let base = ((*ctx).ctx_GetAttr_s)(ctx, ty, c"__base__".as_ptr());
                ((*ctx).ctx_Close)(ctx, ty);
                ty = base;
            }
            if ty.is_null() {
                ((*ctx).ctx_Err_Clear)(ctx);
            } else {
                ((*ctx).ctx_Close)(ctx, ty);
            }
        }
        found
    }
}

impl TypeInfo {
    /// The struct of this type in an object, and where in it an address is; `None` if the object has no such struct. The
    /// address need not be in the struct.
    ///
    /// # Safety
    ///
    /// The object is of this type; its handle is open in the context, which is the engine's. The thread is inside of
    /// Python.
    pub(crate) unsafe fn offset_in(
        &self,
        ctx: *mut HPyContext,
        object: HPy,
        field: *const HPyField,
    ) -> Option<(*mut c_void, usize)> {
        // SAFETY: an object of this type has a struct of its shape.
        let data = unsafe { struct_of(ctx, object, self.shape) };
        (!data.is_null()).then(|| (data, (field as usize).wrapping_sub(data as usize)))
    }
}

/// Calls `then` with the name of a type; `None` if it has none.
///
/// # Safety
///
/// The handle is open in the context, and of a type. The thread is inside of Python.
unsafe fn with_name<R>(ctx: *mut HPyContext, ty: HPy, then: impl FnOnce(&CStr) -> R) -> Option<R> {
    // SAFETY: the handle is open; the name lives as long as the type, which that keeps.
    unsafe {
        let name = ((*ctx).ctx_Type_GetName)(ctx, ty);
        if name.is_null() {
            ((*ctx).ctx_Err_Clear)(ctx);
            return None;
        }
        Some(then(CStr::from_ptr(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_fields_are_the_same_only_if_both_parts_are() {
        let packed = |type_, offset| FieldOffset { type_, offset }.packed();
        assert_eq!(packed(0x7f12_3456_7890, 24), packed(0x7f12_3456_7890, 24));
        assert_ne!(packed(0x7f12_3456_7890, 24), packed(0x7f12_3456_7890, 32));
        assert_ne!(packed(0x7f12_3456_7890, 24), packed(0x7f12_3456_7880, 24));
    }

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn what_does_not_fit_is_not_packed() {
        let packed = |type_, offset| FieldOffset { type_, offset }.packed();
        assert_eq!(packed(0x7f12_3456_7890, 1 << 16), 0);
        assert_eq!(packed(0x7f12_3456_7890, usize::MAX), 0);
        assert_eq!(packed(1 << 48, 24), 0);
        assert_eq!(packed(-16, 24), 0);
    }
}
