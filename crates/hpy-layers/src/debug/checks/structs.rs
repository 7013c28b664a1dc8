//! What is asked of types: `AsStruct` with a shape that the object's type does not have, `HPy_TypeCheck` without a type.

use std::ffi::{c_int, c_void};

use hpy_abi::*;

use crate::{ApiCall, Layered, Member};

use crate::debug::layer::Debug;
use crate::debug::reports::report::{Rule, describe_object};

/// The part of the constant's name that tells the shape.
fn shape_name(shape: HPyType_BuiltinShape) -> String {
    let name = match shape {
        HPyType_BuiltinShape_Legacy => "Legacy",
        HPyType_BuiltinShape_Object => "Object",
        HPyType_BuiltinShape_Type => "Type",
        HPyType_BuiltinShape_Long => "Long",
        HPyType_BuiltinShape_Float => "Float",
        HPyType_BuiltinShape_Unicode => "Unicode",
        HPyType_BuiltinShape_Tuple => "Tuple",
        HPyType_BuiltinShape_List => "List",
        HPyType_BuiltinShape_Dict => "Dict",
        _ => return "<unknown shape>".to_owned(),
    };
    format!("HPyType_BuiltinShape_{name}")
}

/// Looks at the type of the object, whose handle is the inner one.
#[inline]
unsafe fn check(debug: &Debug, call: &ApiCall, object: HPy, suffix: &str, expected: HPyType_BuiltinShape) {
    if object.is_null() {
        return;
    }
    let ctx = call.inner;
    // SAFETY: by contract.
    unsafe {
        let ty = ((*ctx).ctx_Type)(ctx, object);
        if ty.is_null() {
            return;
        }
        let shape = ((*ctx).ctx_Type_GetBuiltinShape)(ctx, ty);
        let fits = match (expected, shape) {
            (HPyType_BuiltinShape_Legacy, HPyType_BuiltinShape_Object) => has_legacy_base(debug, ctx, ty),
            _ => expected == shape,
        };
        ((*ctx).ctx_Close)(ctx, ty);
        if !fits {
            debug.state.report(Rule::WrongShape, &debug.state.site(call), |report| {
                let (expected, actual) = (shape_name(expected), shape_name(shape));
                let shapes = format!("Expected shape {expected} but got {actual}");
                report.set_title(format!("Invalid usage of _HPy_AsStruct_{suffix}. {shapes}"));
                report.line("shape", shapes);
                report.line("object", describe_object(ctx, object));
                if shape == HPyType_BuiltinShape_Legacy {
                    report.line("", "Its type was not made by HPyType_FromSpec, or it has the legacy shape.");
                }
            });
        }
    }
}

/// Whether a type of shape Object derives from one of shape Legacy, whose struct is the object itself.
#[cold]
unsafe fn has_legacy_base(debug: &Debug, ctx: *mut HPyContext, ty: HPy) -> bool {
    let mut found = false;
    debug.state.host.without_exception(&mut |_| {
        // SAFETY: open handles of this context.
        unsafe {
            let mut level = ((*ctx).ctx_Dup)(ctx, ty);
            while !found {
                let base = ((*ctx).ctx_GetAttr_s)(ctx, level, c"__base__".as_ptr());
                // The last one is `object`, whose shape is that of all types that HPy has not made.
                if base.is_null() || ((*ctx).ctx_Is)(ctx, base, (*ctx).h_None) != 0 {
                    ((*ctx).ctx_Err_Clear)(ctx);
                    ((*ctx).ctx_Close)(ctx, base);
                    break;
                }
                found = ((*ctx).ctx_Type_GetBuiltinShape)(ctx, level) == HPyType_BuiltinShape_Legacy;
                ((*ctx).ctx_Close)(ctx, level);
                level = base;
            }
            ((*ctx).ctx_Close)(ctx, level);
        }
    });
    found
}

/// It has the contract of the function that it stands in front of.
unsafe extern "C" fn type_check(ctx: *mut HPyContext, h: HPy, ty: HPy) -> c_int {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_TypeCheck, |layered, call| {
            let (h, ty) = (layered.unwrap(call, h), layered.unwrap(call, ty));
            let inner = call.inner;
            let result = ((*inner).ctx_TypeCheck)(inner, h, ty);
            // An object that has it shows that it is one.
            if result == 0 && !ty.is_null() && ((*inner).ctx_TypeCheck)(inner, ty, (*inner).h_TypeType) == 0 {
                let state = &layered.layer().state;
                state.report(Rule::NotAType, &state.site(call), |report| {
                    report.line("object", describe_object(inner, ty));
                });
            }
            result
        })
    }
}

macro_rules! structs {
    ($($member:ident, $suffix:literal, $shape:ident;)*) => {
        /// Puts the functions of this file into a context.
        pub(crate) fn replace(context: &mut HPyContext) {
            $({
                // It has the contract of the function that it stands in front of.
                unsafe extern "C" fn as_struct(ctx: *mut HPyContext, h: HPy) -> *mut c_void {
                    // SAFETY: by contract.
                    unsafe {
                        Layered::<Debug>::api(ctx, Member::$member, |layered, call| {
                            let h = layered.unwrap(call, h);
                            check(layered.layer(), call, h, $suffix, $shape);
                            ((*call.inner).$member)(call.inner, h)
                        })
                    }
                }
                context.$member = as_struct;
            })*
            context.ctx_TypeCheck = type_check;
        }

        /// The struct of an object, from the engine.
        ///
        /// # Safety
        ///
        /// The handle is open, of an object whose type has that shape.
        pub(crate) unsafe fn struct_of(
            ctx: *mut HPyContext,
            object: HPy,
            shape: HPyType_BuiltinShape,
        ) -> *mut c_void {
            // SAFETY: by contract.
            unsafe {
                match shape {
                    $($shape => ((*ctx).$member)(ctx, object),)*
                    _ => std::ptr::null_mut(),
                }
            }
        }
    };
}

structs! {
    ctx_AsStruct_Legacy, "Legacy", HPyType_BuiltinShape_Legacy;
    ctx_AsStruct_Object, "Object", HPyType_BuiltinShape_Object;
    ctx_AsStruct_Type, "Type", HPyType_BuiltinShape_Type;
    ctx_AsStruct_Long, "Long", HPyType_BuiltinShape_Long;
    ctx_AsStruct_Float, "Float", HPyType_BuiltinShape_Float;
    ctx_AsStruct_Unicode, "Unicode", HPyType_BuiltinShape_Unicode;
    ctx_AsStruct_Tuple, "Tuple", HPyType_BuiltinShape_Tuple;
    ctx_AsStruct_List, "List", HPyType_BuiltinShape_List;
    ctx_AsStruct_Dict, "Dict", HPyType_BuiltinShape_Dict;
}
