//! Types: `HPyType_FromSpec`, instances, and what can be asked of types.

pub(crate) mod call;
mod call_field;
mod checks;
mod construct;
mod constructor;
mod create;
mod fit;
mod flags;
mod free_list;
mod hierarchy;
mod inspect;
mod instances;
mod layout;
mod lifetime;
mod members;
#[cfg(not(Py_3_12))]
mod metaclass;
mod params;
mod places;
#[cfg(not(PyPy))]
mod python_class;
pub(crate) mod record;
mod scan;
mod slots;
mod spec;
mod traverse;

use std::ffi::{CStr, c_char, c_int, c_void};

use crate::ffi;
use hpy_abi::*;

use crate::boundary::{Raised, Result, guard, raise_format};
use crate::context::Universal;
use crate::handle::{handle, object};
use crate::module::no_state;
use crate::owned::new_reference;
#[cfg(PyPy)]
use crate::pypy::python_class;
use crate::state::Host;
use checks::as_type;
pub use inspect::{
    ctx_Type_CheckSlot, ctx_Type_GetBase, ctx_Type_GetBases, ctx_Type_GetDict, ctx_Type_GetMRO,
    ctx_Type_GetModuleName, ctx_Type_GetQualName,
};
pub use instances::{ctx_New, ctx_Type_GenericNew};
pub(crate) use traverse::visit_fields;

// Every `ctx_*` function here has the safety contract of the C API function of that name: a context of this runtime,
// valid handles, and the interpreter held.

/// `HPyType_FromSpec`.
///
/// # Safety
/// As documented for the C API function; the caller runs in the interpreter of `host`.
pub unsafe fn from_spec(host: &dyn Host, spec: *mut HPyType_Spec, params: *mut HPyType_SpecParam) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    guard(HPy::NULL, || unsafe { spec::type_from_spec(host, spec, params).map(handle) })
}

/// `HPyType_FromSpec`.
///
/// # Safety
/// As documented for the C API function.
pub(crate) unsafe extern "C" fn ctx_Type_FromSpec(
    ctx: *mut HPyContext,
    spec: *mut HPyType_Spec,
    params: *mut HPyType_SpecParam,
) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe { from_spec(Universal::of(ctx), spec, params) }
}

macro_rules! as_struct {
    ($($vis:vis $name:ident: $shape:ident;)*) => {$(
        #[doc = concat!("The struct of an instance of a type of shape `", stringify!($shape), "`; null for `HPy_NULL`.")]
        ///
        /// # Safety
        /// As documented for the C API function: the object has that shape.
        $vis unsafe extern "C" fn $name(_: *mut HPyContext, h: HPy) -> *mut c_void {
            if h.is_null() {
                return std::ptr::null_mut();
            }
            // SAFETY: the contract of context functions, see `crate::forward`.
            unsafe { layout::as_struct($shape, object(h)) }
        }
    )*};
}

as_struct! {
    pub(crate) ctx_AsStruct_Object: HPyType_BuiltinShape_Object;
    pub(crate) ctx_AsStruct_Legacy: HPyType_BuiltinShape_Legacy;
    pub(crate) ctx_AsStruct_Type: HPyType_BuiltinShape_Type;
    pub ctx_AsStruct_Long: HPyType_BuiltinShape_Long;
    pub(crate) ctx_AsStruct_Float: HPyType_BuiltinShape_Float;
    pub(crate) ctx_AsStruct_Unicode: HPyType_BuiltinShape_Unicode;
    pub ctx_AsStruct_Tuple: HPyType_BuiltinShape_Tuple;
    pub(crate) ctx_AsStruct_List: HPyType_BuiltinShape_List;
    pub(crate) ctx_AsStruct_Dict: HPyType_BuiltinShape_Dict;
}

/// `_HPyType_GetBuiltinShape`: the shape of the nearest type made by HPy, -1 (Legacy) if there is none.
///
/// # Safety
/// As documented for the C API function.
pub unsafe extern "C" fn ctx_Type_GetBuiltinShape(_: *mut HPyContext, h_type: HPy) -> HPyType_BuiltinShape {
    // SAFETY: the contract of context functions, see `crate::forward`.
    guard(-2, || unsafe {
        let ty = as_type(h_type, c"arg must be a type")?;
        Ok(record::nearest(ty).map_or(HPyType_BuiltinShape_Legacy, |(record, _)| record.shape()))
    })
}

/// `HPyType_GetName`: lives as long as the name of the type.
///
/// # Safety
/// As documented for the C API function.
pub unsafe extern "C" fn ctx_Type_GetName(_: *mut HPyContext, h_type: HPy) -> *const c_char {
    // SAFETY: by contract; names of types are C strings.
    guard(std::ptr::null(), || unsafe {
        let ty = as_type(h_type, c"HPyType_GetName arg must be a type")?;
        if ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_HEAPTYPE) != 0 {
            let name = ffi::PyUnicode_AsUTF8((*ty.cast::<ffi::PyHeapTypeObject>()).ht_name);
            return if name.is_null() { Err(Raised) } else { Ok(name) };
        }
        let name = CStr::from_ptr((*ty).tp_name).to_bytes();
        let start = name.iter().rposition(|&b| b == b'.').map_or(0, |dot| dot + 1);
        Ok((*ty).tp_name.add(start))
    })
}

/// The nearest of a type and its bases that was made with a module.
///
/// # Safety
/// `ty` is a type.
unsafe fn with_module(ty: *mut ffi::PyTypeObject) -> Result<*mut ffi::PyTypeObject> {
    // SAFETY: by contract; the bases of a type are types, and heap types have that field.
    unsafe {
        hierarchy::levels(ty)
            .find(|&level| {
                hierarchy::is_heap(level) && !(*level.cast::<ffi::PyHeapTypeObject>()).ht_module.is_null()
            })
            .ok_or_else(|| {
                let format = c"type '%.200s' was made without a module; pass it as HPyType_SpecParam_Module";
                raise_format!(ffi::PyExc_TypeError, format, (*ty).tp_name)
            })
    }
}

/// `HPyType_GetModule`.
///
/// # Safety
/// As documented for the C API function.
pub unsafe extern "C" fn ctx_Type_GetModule(_: *mut HPyContext, h_type: HPy) -> HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    guard(HPy::NULL, || unsafe {
        let level = with_module(as_type(h_type, c"HPyType_GetModule arg must be a type")?)?;
        Ok(handle(new_reference((*level.cast::<ffi::PyHeapTypeObject>()).ht_module)))
    })
}

/// `HPyType_GetModuleState`.
///
/// # Safety
/// As documented for the C API function.
pub unsafe extern "C" fn ctx_Type_GetModuleState(_: *mut HPyContext, h_type: HPy) -> *mut c_void {
    // SAFETY: the contract of context functions, see `crate::forward`.
    guard(std::ptr::null_mut(), || unsafe {
        let level = with_module(as_type(h_type, c"HPyType_GetModuleState arg must be a type")?)?;
        let record = record::of_this_copy(level);
        let state = record.and_then(|record| record.module_state.as_ref()).ok_or_else(no_state)?;
        Ok(state.data())
    })
}

/// `HPyType_IsSubtype`.
///
/// # Safety
/// As documented for the C API function.
pub(crate) unsafe extern "C" fn ctx_Type_IsSubtype(_: *mut HPyContext, sub: HPy, ty: HPy) -> c_int {
    // SAFETY: the contract of context functions, see `crate::forward`.
    guard(-1, || unsafe {
        let sub = as_type(sub, c"HPyType_IsSubtype arg 1 must be a type")?;
        let ty = as_type(ty, c"HPyType_IsSubtype arg 2 must be a type")?;
        Ok(ffi::PyType_IsSubtype(sub, ty))
    })
}
