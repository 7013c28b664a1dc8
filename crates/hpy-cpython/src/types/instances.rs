//! Making instances: `HPy_New` and `HPyType_GenericNew`.

use std::ffi::c_void;
use std::ptr::null_mut;

use crate::ffi::{self, PyObject, PyTypeObject};
use hpy_abi::*;

use super::checks::{as_type, incomplete, is_complete};
use super::record::{self, TypeRecord};
use super::{call, flags, layout};
use crate::boundary::{Result, check, guard, raise_format, system_error, type_error};
use crate::engine::{_Py_NewReference, has_room};
use crate::handle::{handle, object};
use crate::owned::Owned;

/// `HPyType_GenericNew`.
///
/// # Safety
/// As documented for the C API function.
pub unsafe extern "C" fn ctx_Type_GenericNew(
    _: *mut HPyContext,
    h_type: HPy,
    _args: *const HPy,
    _nargs: HPy_ssize_t,
    _kw: HPy,
) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        let ty = object(h_type).cast::<PyTypeObject>();
        if let Some(record) = plain_record(ty) {
            return new_plain(ty, record, &mut null_mut());
        }
        generic_new_of_any_kind(h_type)
    }
}

#[cold]
#[inline(never)]
unsafe fn generic_new_of_any_kind(h_type: HPy) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    guard(HPy::NULL, || unsafe {
        let ty = as_type(h_type, c"HPy_Type_GenericNew arg 1 must be a type")?;
        let record = record::nearest_readable(ty)?.map(|(record, _)| record);
        let object = allocate(ty, record)?;
        if let Some(record) = record {
            call::init(record, object);
        }
        Ok(handle(object))
    })
}

/// `HPy_New`.
///
/// # Safety
/// As documented for the C API function.
pub unsafe extern "C" fn ctx_New(_: *mut HPyContext, h_type: HPy, data: *mut *mut c_void) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        let ty = object(h_type).cast::<PyTypeObject>();
        if !data.is_null()
            && let Some(record) = plain_record(ty)
        {
            return new_plain(ty, record, data);
        }
        new_of_any_kind(h_type, data)
    }
}

#[cold]
#[inline(never)]
unsafe fn new_of_any_kind(h_type: HPy, data: *mut *mut c_void) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    guard(HPy::NULL, || unsafe { new(h_type, data) })
}

/// The record of a type with a [`plain_size`]: the common case, and all that can be known of it in advance in one number.
///
/// # Safety
/// `ty` is null or an object.
#[inline(always)]
unsafe fn plain_record<'a>(ty: *mut PyTypeObject) -> Option<&'a TypeRecord> {
    // SAFETY: by contract, and a type after the check.
    unsafe {
        if ty.is_null() || ffi::PyType_Check(ty.cast()) == 0 {
            return None;
        }
        record::of_this_copy(ty).filter(|record| record.plain_size != 0)
    }
}

/// An instance of a type with a [`plain_size`]; `HPy_NULL` with an exception set. What the simplest types do not need is in
/// other functions, which keeps the stack frame small.
#[inline(always)]
unsafe fn new_plain(ty: *mut PyTypeObject, record: &TypeRecord, data: *mut *mut c_void) -> HPy {
    #[inline(never)]
    unsafe fn fresh(ty: *mut PyTypeObject, record: &TypeRecord, data: *mut *mut c_void) -> HPy {
        // SAFETY: as below.
        unsafe {
            if !has_room(record.plain_size) {
                return handle(ffi::PyErr_NoMemory());
            }
            let object: *mut PyObject =
                if record.is_gc { ffi::PyObject_GC_New(ty) } else { ffi::PyObject_New(ty) };
            if !object.is_null() {
                *data = zero_struct(object, record.plain_size);
                if record.is_gc {
                    ffi::PyObject_GC_Track(object.cast());
                }
            }
            handle(object)
        }
    }
    #[inline(never)]
    unsafe fn reuse_large(object: *mut PyObject, record: &TypeRecord, data: *mut *mut c_void) -> HPy {
        // SAFETY: as below.
        unsafe {
            *data = zero_struct(object, record.plain_size);
            _Py_NewReference(object);
            if record.is_gc { track(object) } else { handle(object) }
        }
    }
    #[inline(never)]
    unsafe fn track(object: *mut PyObject) -> HPy {
        // SAFETY: an object of a type with garbage collection, which was not tracked.
        unsafe { ffi::PyObject_GC_Track(object.cast()) };
        handle(object)
    }
    // SAFETY: see `plain_size`; `data` is not null.
    unsafe {
        let object = record.free_list.take(ty, record.is_gc);
        if object.is_null() {
            return fresh(ty, record, data);
        }
        if record.plain_size > FEW_BYTES {
            return reuse_large(object, record, data);
        }
        *data = zero_struct(object, record.plain_size);
        _Py_NewReference(object);
        if record.is_gc { track(object) } else { handle(object) }
    }
}

/// Up to here [`zero_struct`] calls no function.
const FEW_BYTES: usize = 32;

/// Zeroes the `size` bytes after an object's header and returns the struct of Object shape that is there.
///
/// Most structs have a few words, for which overlapping stores are much less than a call of `memset`.
#[inline(always)]
unsafe fn zero_struct(object: *mut PyObject, size: usize) -> *mut c_void {
    // SAFETY: the object has that size, which is at least a word.
    unsafe {
        let start = object.add(1).cast::<u8>();
        if size <= 16 {
            start.cast::<u64>().write_unaligned(0);
            start.add(size - 8).cast::<u64>().write_unaligned(0);
        } else if size <= FEW_BYTES {
            start.cast::<u128>().write_unaligned(0);
            start.add(size - 16).cast::<u128>().write_unaligned(0);
        } else {
            start.write_bytes(0, size);
        }
        object.byte_offset(layout::OBJECT_OFFSET).cast()
    }
}

/// How many bytes `HPy_New` clears after the header of an object that it may allocate itself, 0 if it may not.
///
/// That is a matter of speed: for these types it comes to the same as `tp_alloc`.
///
/// # Safety
/// `ty` is the ready type of this record.
pub(super) unsafe fn plain_size(ty: *mut PyTypeObject, record: &TypeRecord) -> usize {
    // SAFETY: by contract, `ty` is the ready type of this record.
    unsafe {
        let generic = (*ty)
            .tp_alloc
            .is_some_and(|f| std::ptr::fn_addr_eq(f, ffi::PyType_GenericAlloc as ffi::allocfunc));
        let size = (*ty).tp_basicsize.cast_unsigned() - size_of::<PyObject>();
        let is_plain = record.shape() == HPyType_BuiltinShape_Object
            && generic
            && !record.has_call_field
            && static_base(ty) == &raw mut ffi::PyBaseObject_Type
            && (*ty).tp_itemsize == 0
            && ffi::PyType_HasFeature(ty, flags::MANAGED) == 0
            && size >= size_of::<u64>();
        if is_plain { size } else { 0 }
    }
}

unsafe fn new(h_type: HPy, data: *mut *mut c_void) -> Result<HPy> {
    // SAFETY: the contract of `ctx_New`.
    unsafe {
        let ty = as_type(h_type, c"HPy_New arg 1 must be a type")?;
        if data.is_null() {
            return Err(system_error(c"NULL data pointer passed to HPy_New"));
        }
        let record = record::nearest_readable(ty)?.map(|(record, _)| record);
        let object = allocate(ty, record)?;
        *data = match record {
            Some(record) => {
                call::init(record, object);
                record.layout.data(object)
            }
            None => object.cast(),
        };
        Ok(handle(object))
    }
}

/// A new object whose built-in part, if it has one, is an empty value, and whose struct is zeroed.
unsafe fn allocate(ty: *mut PyTypeObject, record: Option<&TypeRecord>) -> Result<*mut PyObject> {
    // SAFETY: `ty` is a type.
    unsafe {
        if !is_complete(ty) {
            return Err(incomplete(ty));
        }
        let shape = shape_of_memory(ty, record);
        if shape == HPyType_BuiltinShape_Type {
            return Err(type_error(
                c"HPy_New cannot create a type: use HPyType_FromSpec, or call the metaclass",
            ));
        }
        if shape > HPyType_BuiltinShape_Object {
            return construct(layout::builtin(shape), ty);
        }
        let base = static_base(ty);
        if shape == HPyType_BuiltinShape_Object && base != &raw mut ffi::PyBaseObject_Type {
            // Zeroed memory is no instance of that base, an exception for example.
            if record.is_some() {
                return construct(base, ty);
            }
            let format =
                c"HPy_New cannot create '%s' instances, which a base type must initialize: call the type instead";
            return Err(raise_format!(ffi::PyExc_TypeError, format, (*ty).tp_name));
        }
        let Some(alloc) = (*ty).tp_alloc else {
            return Err(raise_format!(ffi::PyExc_TypeError, c"cannot create '%s' instances", (*ty).tp_name));
        };
        if !has_room((*ty).tp_basicsize.cast_unsigned()) {
            return check(ffi::PyErr_NoMemory());
        }
        check(alloc(ty, 0))
    }
}

/// What the memory of instances is.
///
/// # Safety
/// `ty` is a type.
unsafe fn shape_of_memory(ty: *mut PyTypeObject, record: Option<&TypeRecord>) -> HPyType_BuiltinShape {
    // SAFETY: by contract, a type.
    let has = |flag| unsafe { ffi::PyType_HasFeature(ty, flag) != 0 };
    match (record, BUILT_IN.iter().find(|(flag, _)| has(*flag))) {
        // A pure Object or legacy type says itself what its memory is.
        (Some(record), None) => record.shape(),
        (_, Some((_, shape))) => *shape,
        (None, None) => HPyType_BuiltinShape_Object,
    }
}

/// The nearest base that is neither a class made by Python code nor made from a spec: a type of C code, which knows
/// what its instances need; `object` if there is no other.
unsafe fn static_base(mut ty: *mut PyTypeObject) -> *mut PyTypeObject {
    // SAFETY: bases are types, and `object` ends the chain.
    unsafe {
        while ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_HEAPTYPE) != 0 {
            ty = (*ty).tp_base;
        }
    }
    ty
}

/// The built-in types with a shape, by the flag that marks their subclasses.
const BUILT_IN: [(std::ffi::c_ulong, HPyType_BuiltinShape); 6] = [
    (ffi::Py_TPFLAGS_LONG_SUBCLASS, HPyType_BuiltinShape_Long),
    (ffi::Py_TPFLAGS_LIST_SUBCLASS, HPyType_BuiltinShape_List),
    (ffi::Py_TPFLAGS_TUPLE_SUBCLASS, HPyType_BuiltinShape_Tuple),
    (ffi::Py_TPFLAGS_UNICODE_SUBCLASS, HPyType_BuiltinShape_Unicode),
    (ffi::Py_TPFLAGS_DICT_SUBCLASS, HPyType_BuiltinShape_Dict),
    (ffi::Py_TPFLAGS_TYPE_SUBCLASS, HPyType_BuiltinShape_Type),
];

/// Lets a built-in type make the object, without arguments: an empty or zero value.
unsafe fn construct(built_in: *mut PyTypeObject, ty: *mut PyTypeObject) -> Result<*mut PyObject> {
    // SAFETY: both are types, `ty` derives from `built_in`.
    unsafe {
        let Some(new) = (*built_in).tp_new else {
            return Err(raise_format!(ffi::PyExc_TypeError, c"cannot create '%s' instances", (*ty).tp_name));
        };
        let no_args = Owned::new(ffi::PyTuple_New(0))?;
        check(new(ty, no_args.as_ptr(), std::ptr::null_mut()))
    }
}
