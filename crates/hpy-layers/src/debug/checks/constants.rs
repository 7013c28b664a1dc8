//! Arguments that are one of a few constants: C passes any number where an enum is declared.
//!
//! These are all such arguments of functions of the API. The numbers in definitions are looked at by the engine, which
//! refuses them with an exception.

use std::ffi::{c_char, c_int, c_void};

use hpy_abi::*;

use crate::{ApiCall, Layered, Member};

use crate::debug::layer::Debug;
use crate::debug::reports::report::Rule;

/// Of which kind a number has to be.
struct Constants {
    largest: c_int,
    names: &'static str,
}

const COMPARISONS: Constants =
    Constants { largest: 5, names: "HPy_LT, HPy_LE, HPy_EQ, HPy_NE, HPy_GT, HPy_GE" };
const KEYS: Constants = Constants {
    largest: HPyCapsule_key_Destructor,
    names: "HPyCapsule_key_Pointer, HPyCapsule_key_Name, HPyCapsule_key_Context, HPyCapsule_key_Destructor",
};
const SOURCE_KINDS: Constants = Constants {
    largest: HPy_SourceKind_Single,
    names: "HPy_SourceKind_Expr, HPy_SourceKind_File, HPy_SourceKind_Single",
};

/// Reports a number that is none of the constants, with which the engine raises an exception.
#[inline]
unsafe fn check(layered: &Layered<Debug>, call: &ApiCall, number: c_int, of: &Constants) {
    if !(0..=of.largest).contains(&number) {
        let state = &layered.layer().state;
        // SAFETY: by contract, the thread is inside of Python.
        unsafe {
            state.report(Rule::WrongConstant, &state.site(call), |report| {
                report.line("number", format!("{number}, which is none of {}", of.names));
            });
        }
    }
}

/// Puts the functions of this file into a context.
pub(crate) fn replace(context: &mut HPyContext) {
    context.ctx_RichCompare = rich_compare;
    context.ctx_RichCompareBool = rich_compare_bool;
    context.ctx_Capsule_Get = capsule_get;
    context.ctx_Capsule_Set = capsule_set;
    context.ctx_Compile_s = compile;
}

// Each has the contract of the function that it stands in front of.

unsafe extern "C" fn rich_compare(ctx: *mut HPyContext, v: HPy, w: HPy, op: c_int) -> HPy {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_RichCompare, |layered, call| {
            check(layered, call, op, &COMPARISONS);
            let (v, w) = (layered.unwrap(call, v), layered.unwrap(call, w));
            layered.wrap(call, ((*call.inner).ctx_RichCompare)(call.inner, v, w, op))
        })
    }
}

unsafe extern "C" fn rich_compare_bool(ctx: *mut HPyContext, v: HPy, w: HPy, op: c_int) -> c_int {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_RichCompareBool, |layered, call| {
            check(layered, call, op, &COMPARISONS);
            let (v, w) = (layered.unwrap(call, v), layered.unwrap(call, w));
            ((*call.inner).ctx_RichCompareBool)(call.inner, v, w, op)
        })
    }
}

unsafe extern "C" fn capsule_get(
    ctx: *mut HPyContext,
    capsule: HPy,
    key: _HPyCapsule_key,
    utf8_name: *const c_char,
) -> *mut c_void {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_Capsule_Get, |layered, call| {
            check(layered, call, key, &KEYS);
            let capsule = layered.unwrap(call, capsule);
            ((*call.inner).ctx_Capsule_Get)(call.inner, capsule, key, utf8_name)
        })
    }
}

unsafe extern "C" fn capsule_set(
    ctx: *mut HPyContext,
    capsule: HPy,
    key: _HPyCapsule_key,
    value: *mut c_void,
) -> c_int {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_Capsule_Set, |layered, call| {
            check(layered, call, key, &KEYS);
            let capsule = layered.unwrap(call, capsule);
            ((*call.inner).ctx_Capsule_Set)(call.inner, capsule, key, value)
        })
    }
}

unsafe extern "C" fn compile(
    ctx: *mut HPyContext,
    utf8_source: *const c_char,
    utf8_filename: *const c_char,
    kind: HPy_SourceKind,
) -> HPy {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_Compile_s, |layered, call| {
            check(layered, call, kind, &SOURCE_KINDS);
            let compile = (*call.inner).ctx_Compile_s;
            layered.wrap(call, compile(call.inner, utf8_source, utf8_filename, kind))
        })
    }
}
