//! Arguments that have to be one of a few constants: C lets any number pass for an enum.
//!
//! All such arguments of functions of the API are checked here. Wrong numbers in definitions are refused by the engine, with
//! an exception.

use std::ffi::{c_char, c_int, c_void};

use hpy_abi::*;

use crate::call::ApiCall;
use crate::debug::module::Debug;
use crate::debug::reports::rule::Rule;
use crate::layered::Layered;

use super::replace_functions;

replace_functions! {
    ctx_RichCompare(v: HPy, w: HPy, op: c_int) -> HPy = rich_compare;
    ctx_RichCompareBool(v: HPy, w: HPy, op: c_int) -> c_int = rich_compare_bool;
    ctx_Capsule_Get(capsule: HPy, key: _HPyCapsule_key, utf8_name: *const c_char) -> *mut c_void = capsule_get;
    ctx_Capsule_Set(capsule: HPy, key: _HPyCapsule_key, value: *mut c_void) -> c_int = capsule_set;
    ctx_Compile_s(source: *const c_char, filename: *const c_char, kind: HPy_SourceKind) -> HPy = compile;
}

/// The constants of one kind, which are the numbers from 0 on.
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

/// Reports a number that is none of the constants. The engine raises an exception for it.
///
/// # Safety
///
/// The thread is inside of Python.
#[inline]
unsafe fn check(layered: &Layered<Debug>, call: &ApiCall, number: c_int, of: &Constants) {
    if !(0..=of.largest).contains(&number) {
        let state = &layered.layer().state;
        // SAFETY: the site says truly that the thread is inside of Python.
        unsafe {
            state.reporter.report(Rule::WrongConstant, &state.site(call), |report| {
                report.add("number", format!("{number}, which is none of {}", of.names));
            });
        }
    }
}

unsafe fn rich_compare(layered: &Layered<Debug>, call: &ApiCall, v: HPy, w: HPy, op: c_int) -> HPy {
    // SAFETY: the arguments are the extension's, and handles are unwrapped; what is returned is a new handle.
    unsafe {
        check(layered, call, op, &COMPARISONS);
        let (v, w) = (layered.unwrap(call, v), layered.unwrap(call, w));
        layered.wrap(call, ((*call.inner).ctx_RichCompare)(call.inner, v, w, op))
    }
}

unsafe fn rich_compare_bool(layered: &Layered<Debug>, call: &ApiCall, v: HPy, w: HPy, op: c_int) -> c_int {
    // SAFETY: the arguments are the extension's, and handles are unwrapped.
    unsafe {
        check(layered, call, op, &COMPARISONS);
        let (v, w) = (layered.unwrap(call, v), layered.unwrap(call, w));
        ((*call.inner).ctx_RichCompareBool)(call.inner, v, w, op)
    }
}

unsafe fn capsule_get(
    layered: &Layered<Debug>,
    call: &ApiCall,
    capsule: HPy,
    key: _HPyCapsule_key,
    name: *const c_char,
) -> *mut c_void {
    // SAFETY: the arguments are the extension's, and handles are unwrapped.
    unsafe {
        check(layered, call, key, &KEYS);
        let capsule = layered.unwrap(call, capsule);
        ((*call.inner).ctx_Capsule_Get)(call.inner, capsule, key, name)
    }
}

unsafe fn capsule_set(
    layered: &Layered<Debug>,
    call: &ApiCall,
    capsule: HPy,
    key: _HPyCapsule_key,
    value: *mut c_void,
) -> c_int {
    // SAFETY: the arguments are the extension's, and handles are unwrapped.
    unsafe {
        check(layered, call, key, &KEYS);
        let capsule = layered.unwrap(call, capsule);
        ((*call.inner).ctx_Capsule_Set)(call.inner, capsule, key, value)
    }
}

unsafe fn compile(
    layered: &Layered<Debug>,
    call: &ApiCall,
    source: *const c_char,
    filename: *const c_char,
    kind: HPy_SourceKind,
) -> HPy {
    // SAFETY: the arguments are the extension's; what is returned is a new handle.
    unsafe {
        check(layered, call, kind, &SOURCE_KINDS);
        layered.wrap(call, ((*call.inner).ctx_Compile_s)(call.inner, source, filename, kind))
    }
}
