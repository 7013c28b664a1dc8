//! Types: `AsStruct` with a shape that the object's type does not have, and `HPy_TypeCheck` with something that is not a
//! type.

use std::borrow::Cow;
use std::ffi::{c_int, c_void};

use hpy_abi::*;

use crate::call::ApiCall;
use crate::debug::module::Debug;
use crate::debug::reports::describe;
use crate::debug::reports::rule::Rule;
use crate::debug::shapes::for_each_shape;
use crate::layered::Layered;
use crate::member::Member;

use super::replace_functions;

macro_rules! structs {
    ($($member:ident, $suffix:literal, $shape:ident;)*) => {
        replace_functions! {
            ctx_TypeCheck(h: HPy, ty: HPy) -> c_int = type_check;
            $($member(h: HPy) -> *mut c_void = as_struct::$member;)*
        }

        mod as_struct {
            use super::*;

            $(pub(super) unsafe fn $member(layered: &Layered<Debug>, call: &ApiCall, h: HPy) -> *mut c_void {
                // SAFETY: a handle from the extension, which is unwrapped; the thread is inside of Python.
                unsafe {
                    let h = layered.unwrap(call, h);
                    check_shape(layered.layer(), call, h, $suffix, $shape);
                    ((*call.inner).$member)(call.inner, h)
                }
            })*
        }
    };
}

for_each_shape!(structs);

/// Reports it if the type of an object has another shape than the one of its struct.
///
/// # Safety
///
/// The handle is null or open in the inner context. The thread is inside of Python.
#[inline]
unsafe fn check_shape(
    debug: &Debug,
    call: &ApiCall,
    object: HPy,
    suffix: &str,
    expected: HPyType_BuiltinShape,
) {
    if object.is_null() {
        return;
    }
    let ctx = call.inner;
    // SAFETY: the handle is open.
    let ty = unsafe { ((*ctx).ctx_Type)(ctx, object) };
    if ty.is_null() {
        return;
    }
    // SAFETY: the handle of the type is open until it is closed here.
    let (shape, fits) = unsafe {
        let shape = ((*ctx).ctx_Type_GetBuiltinShape)(ctx, ty);
        let fits = match (expected, shape) {
            (HPyType_BuiltinShape_Legacy, HPyType_BuiltinShape_Object) => has_legacy_base(debug, ctx, ty),
            _ => expected == shape,
        };
        ((*ctx).ctx_Close)(ctx, ty);
        (shape, fits)
    };
    if !fits {
        // SAFETY: the handle is open, and the thread inside of Python.
        unsafe { report_shape(debug, call, object, suffix, expected, shape) };
    }
}

/// # Safety
///
/// As for [`check_shape`].
#[cold]
unsafe fn report_shape(
    debug: &Debug,
    call: &ApiCall,
    object: HPy,
    suffix: &str,
    expected: HPyType_BuiltinShape,
    actual: HPyType_BuiltinShape,
) {
    let state = &debug.state;
    // SAFETY: the handle is open, and the thread inside of Python.
    unsafe {
        state.reporter.report(Rule::WrongShape, &state.site(call), |report| {
            let shapes =
                format!("Expected shape {} but got {}", name_of_shape(expected), name_of_shape(actual));
            report.set_title(format!("Invalid usage of _HPy_AsStruct_{suffix}. {shapes}"));
            report.add("shape", shapes);
            report.add("object", describe::object(call.inner, object));
            if actual == HPyType_BuiltinShape_Legacy {
                report.add("", "Its type was not made by HPyType_FromSpec, or it has the legacy shape.");
            }
        });
    }
}

/// The name of the constant for a shape.
fn name_of_shape(shape: HPyType_BuiltinShape) -> Cow<'static, str> {
    shape_name(shape).map_or(Cow::Borrowed("<unknown shape>"), |name| name.to_string_lossy())
}

/// Whether a type of shape Object derives from one of shape Legacy, whose struct is the object itself.
///
/// # Safety
///
/// The handle is open in the context. The thread is inside of Python.
#[cold]
unsafe fn has_legacy_base(debug: &Debug, ctx: *mut HPyContext, ty: HPy) -> bool {
    let mut found = false;
    debug.state.reporter.host.without_exception(&mut |_| {
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

unsafe fn type_check(layered: &Layered<Debug>, call: &ApiCall, h: HPy, ty: HPy) -> c_int {
    let ctx = call.inner;
    // SAFETY: handles from the extension, which are unwrapped; the thread is inside of Python.
    unsafe {
        let (h, ty) = (layered.unwrap(call, h), layered.unwrap(call, ty));
        let result = ((*ctx).ctx_TypeCheck)(ctx, h, ty);
        // An object that has it shows that it is a type.
        if result == 0 && !ty.is_null() {
            check_type(ctx, call.ctx, call.member, ty);
        }
        result
    }
}

/// Reports it if an object is not a type.
///
/// # Safety
///
/// The handle is open in the inner context, the call one of debug mode. The thread is inside of Python.
#[inline(never)]
unsafe fn check_type(inner: *mut HPyContext, ctx: *mut HPyContext, member: Member, object: HPy) {
    // SAFETY: the caller's promise.
    unsafe {
        if ((*inner).ctx_TypeCheck)(inner, object, (*inner).h_TypeType) != 0 {
            return;
        }
        let (debug, call) = Layered::<Debug>::call(ctx, member);
        debug.state.reporter.report(Rule::NotAType, &debug.state.site(&call), |report| {
            report.add("object", describe::object(inner, object));
        });
    }
}
