//! Types: `HPyType_FromSpec`, instances, and what can be asked of types.

pub(crate) mod call;
mod create;
mod layout;
mod lifetime;
mod members;
#[cfg(not(Py_3_12))]
mod metaclass;
mod params;
mod python_class;
pub(crate) mod record;
mod spec;

use std::ffi::{c_char, c_int, c_void};

use hpy_abi::*;
use pyo3_ffi::{self as ffi, PyObject, PyTypeObject};

use crate::boundary::{Result, check, guard, raise};
use crate::handle::{handle, object};
use crate::state::Interpreter;
pub(crate) use lifetime::visit_fields;
use record::TypeRecord;

// Every `ctx_*` function here has the safety contract of the C API function of that name: a context of this runtime,
// valid handles, and the interpreter held.

/// `HPyType_FromSpec`.
///
/// # Safety
/// As documented for the C API function.
pub(crate) unsafe extern "C" fn ctx_Type_FromSpec(
    ctx: *mut HPyContext,
    spec: *mut HPyType_Spec,
    params: *mut HPyType_SpecParam,
) -> HPy {
    // SAFETY: by contract.
    guard(HPy::NULL, || unsafe { spec::type_from_spec(Interpreter::of(ctx), spec, params).map(handle) })
}

/// The type behind a handle, or a `TypeError` with this text.
#[inline]
unsafe fn as_type(h: HPy, message: &str) -> Result<*mut PyTypeObject> {
    let ty = object(h);
    // SAFETY: a valid handle.
    unsafe {
        if ty.is_null() || ffi::PyType_Check(ty) == 0 {
            return params::type_error(message);
        }
    }
    Ok(ty.cast())
}

/// `HPyType_GenericNew`.
///
/// # Safety
/// As documented for the C API function.
pub(crate) unsafe extern "C" fn ctx_Type_GenericNew(
    _: *mut HPyContext,
    h_type: HPy,
    _args: *const HPy,
    _nargs: HPy_ssize_t,
    _kw: HPy,
) -> HPy {
    // SAFETY: by contract.
    guard(HPy::NULL, || unsafe {
        let ty = as_type(h_type, "HPy_Type_GenericNew arg 1 must be a type")?;
        let record = record::nearest(ty).map(|(record, _)| record);
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
pub(crate) unsafe extern "C" fn ctx_New(_: *mut HPyContext, h_type: HPy, data: *mut *mut c_void) -> HPy {
    // SAFETY: by contract.
    unsafe {
        let ty = object(h_type).cast::<PyTypeObject>();
        // The common case first: a type made by HPy for objects without a built-in part.
        if !ty.is_null()
            && ffi::PyType_Check(ty.cast()) != 0
            && let Some(record) = record::own(ty)
            && record.layout.shape <= HPyType_BuiltinShape_Object
            && let Some(alloc) = (*ty).tp_alloc
            && !data.is_null()
        {
            let object = alloc(ty, 0);
            if !object.is_null() {
                call::init(record, object);
                *data = record.layout.data(object);
            }
            return handle(object);
        }
    }
    // SAFETY: by contract.
    guard(HPy::NULL, || unsafe { new(h_type, data) })
}

#[cold]
unsafe fn new(h_type: HPy, data: *mut *mut c_void) -> Result<HPy> {
    // SAFETY: the contract of `ctx_New`.
    unsafe {
        let ty = as_type(h_type, "HPy_New arg 1 must be a type")?;
        if data.is_null() {
            return Err(raise(ffi::PyExc_SystemError, "NULL data pointer passed to HPy_New"));
        }
        let record = record::nearest(ty).map(|(record, _)| record);
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
        let built_in = BUILT_IN.iter().find(|(flag, _)| ffi::PyType_HasFeature(ty, *flag) != 0);
        let shape = match (record, built_in) {
            // A pure Object or legacy type says itself what its memory is.
            (Some(record), None) => record.shape(),
            (_, Some((_, shape))) => *shape,
            (None, None) => HPyType_BuiltinShape_Object,
        };
        let made_by = layout::builtin(shape);
        if shape == HPyType_BuiltinShape_Type {
            return params::type_error("HPy_New cannot create a type; use HPyType_FromSpec or call the metaclass");
        }
        if shape > HPyType_BuiltinShape_Object {
            return construct(made_by, ty);
        }
        if record.is_none() && !is_plain(ty) {
            ffi::PyErr_Format(
                ffi::PyExc_TypeError,
                c"HPy_New cannot create a '%s': its base type must initialize it; call the type instead".as_ptr(),
                (*ty).tp_name,
            );
            return Err(crate::boundary::Raised);
        }
        let Some(alloc) = (*ty).tp_alloc else { return params::type_error("the type cannot be instantiated") };
        check(alloc(ty, 0))
    }
}

/// Whether zeroed memory is a valid instance: a class made by Python code or a spec, all the way down to `object`.
unsafe fn is_plain(mut ty: *mut PyTypeObject) -> bool {
    // SAFETY: bases are types, and `object` ends the chain.
    unsafe {
        while ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_HEAPTYPE) != 0 {
            ty = (*ty).tp_base;
        }
        ty == &raw mut ffi::PyBaseObject_Type
    }
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

/// Lets the built-in type make the object, without arguments: an empty or zero value.
unsafe fn construct(built_in: *mut PyTypeObject, ty: *mut PyTypeObject) -> Result<*mut PyObject> {
    // SAFETY: both are types, `ty` derives from `built_in`.
    unsafe {
        let Some(new) = (*built_in).tp_new else { unreachable!("the built-in types have tp_new") };
        let no_args = check(ffi::PyTuple_New(0))?;
        let object = new(ty, no_args, std::ptr::null_mut());
        ffi::Py_DECREF(no_args);
        check(object)
    }
}

macro_rules! as_struct {
    ($($name:ident: $shape:ident;)*) => {$(
        #[doc = concat!("The struct of an instance of a type of shape `", stringify!($shape), "`; null for `HPy_NULL`.")]
        ///
        /// # Safety
        /// As documented for the C API function: the object has that shape.
        pub(crate) unsafe extern "C" fn $name(_: *mut HPyContext, h: HPy) -> *mut c_void {
            if h.is_null() {
                return std::ptr::null_mut();
            }
            // SAFETY: by contract.
            unsafe { layout::as_struct($shape, object(h)) }
        }
    )*};
}

as_struct! {
    ctx_AsStruct_Object: HPyType_BuiltinShape_Object;
    ctx_AsStruct_Legacy: HPyType_BuiltinShape_Legacy;
    ctx_AsStruct_Type: HPyType_BuiltinShape_Type;
    ctx_AsStruct_Long: HPyType_BuiltinShape_Long;
    ctx_AsStruct_Float: HPyType_BuiltinShape_Float;
    ctx_AsStruct_Unicode: HPyType_BuiltinShape_Unicode;
    ctx_AsStruct_Tuple: HPyType_BuiltinShape_Tuple;
    ctx_AsStruct_List: HPyType_BuiltinShape_List;
    ctx_AsStruct_Dict: HPyType_BuiltinShape_Dict;
}

/// `_HPyType_GetBuiltinShape`: the shape of the nearest type made by HPy, -1 (Legacy) if there is none.
///
/// # Safety
/// As documented for the C API function.
pub(crate) unsafe extern "C" fn ctx_Type_GetBuiltinShape(_: *mut HPyContext, h_type: HPy) -> HPyType_BuiltinShape {
    // SAFETY: by contract.
    guard(-2, || unsafe {
        let ty = as_type(h_type, "arg must be a type")?;
        Ok(record::nearest(ty).map_or(HPyType_BuiltinShape_Legacy, |(record, _)| record.shape()))
    })
}

/// `HPyType_GetName`: lives as long as the name of the type.
///
/// # Safety
/// As documented for the C API function.
pub(crate) unsafe extern "C" fn ctx_Type_GetName(_: *mut HPyContext, h_type: HPy) -> *const c_char {
    // SAFETY: by contract; names of types are C strings.
    guard(std::ptr::null(), || unsafe {
        let ty = as_type(h_type, "HPyType_GetName arg must be a type")?;
        if ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_HEAPTYPE) != 0 {
            let name = ffi::PyUnicode_AsUTF8((*ty.cast::<ffi::PyHeapTypeObject>()).ht_name);
            return if name.is_null() { Err(crate::boundary::Raised) } else { Ok(name) };
        }
        let name = std::ffi::CStr::from_ptr((*ty).tp_name).to_bytes();
        let start = name.iter().rposition(|&b| b == b'.').map_or(0, |dot| dot + 1);
        Ok((*ty).tp_name.add(start))
    })
}

/// `HPyType_IsSubtype`.
///
/// # Safety
/// As documented for the C API function.
pub(crate) unsafe extern "C" fn ctx_Type_IsSubtype(_: *mut HPyContext, sub: HPy, ty: HPy) -> c_int {
    // SAFETY: by contract.
    guard(-1, || unsafe {
        let sub = as_type(sub, "HPyType_IsSubtype arg 1 must be a type")?;
        let ty = as_type(ty, "HPyType_IsSubtype arg 2 must be a type")?;
        Ok(ffi::PyType_IsSubtype(sub, ty))
    })
}
