//! Context functions that are one call to CPython, and the contract of all context functions.
//!
//! [`forward!`] and [`predicates!`] write them from lists, most of which are generated (`generated::calls`) from what
//! `include/hpy/cpython/` says; what needs logic of its own is in the module of its topic. The documentation of each
//! function is in the header of the same name, comments here say only where one differs from what CPython does, and why.
//!
//! # Safety
//!
//! A context function (`ctx_*`) may be called only
//!
//! * with a context that belongs to the current interpreter, by a thread that is attached to it (holds the GIL),
//! * with handles that are null or not yet closed; they stay the caller's,
//! * with pointers that are null or valid for the call: text ends with a NUL, an array has as many items as said.
//!
//! Null is no violation: where the header does not allow it, [`null_argument`] raises. Most of these functions may
//! run arbitrary Python code. None of them can panic, so none pays for catching.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::hint::black_box;

use crate::ffi::{Py_TYPE, PyErr_Occurred, PyExc_SystemError, PyExc_TypeError, PyExc_ValueError, PyObject};
use hpy_abi::HPy;

use crate::boundary::{raise_format, raise_text};
use crate::handle::{handle, object};

/// A parameter of a context function as the lists of [`forward!`] write it: `HPy` and pointers must not be null,
/// `Option<HPy>` and optional pointers may be.
pub(crate) trait Parameter {
    /// How an extension passes it.
    type Abi: Copy;
    /// How CPython takes it.
    type Native;

    fn is_missing(value: Self::Abi) -> bool;
    fn native(value: Self::Abi) -> Self::Native;
}

macro_rules! parameters {
    ($([$($generics:tt)*] $kind:ty: $abi:ty => $native:ty, $value:ident, $missing:expr, $convert:expr;)*) => {$(
        impl<$($generics)*> Parameter for $kind {
            type Abi = $abi;
            type Native = $native;

            #[inline(always)]
            fn is_missing($value: $abi) -> bool {
                $missing
            }

            #[inline(always)]
            fn native($value: $abi) -> $native {
                $convert
            }
        }
    )*};
}

parameters! {
    [] HPy: HPy => *mut PyObject, h, h.is_null(), object(h);
    [] Option<HPy>: HPy => *mut PyObject, h, { let _ = h; false }, object(h);
    [T] *const T: *const T => *const T, pointer, pointer.is_null(), pointer;
    [T] Option<*const T>: *const T => *const T, pointer, { let _ = pointer; false }, pointer;
    [T] *mut T: *mut T => *mut T, pointer, pointer.is_null(), pointer;
    [T] Option<*mut T>: *mut T => *mut T, pointer, { let _ = pointer; false }, pointer;
    [] c_int: c_int => c_int, value, { let _ = value; false }, value;
    [] i64: i64 => i64, value, { let _ = value; false }, value;
    [] u64: u64 => u64, value, { let _ = value; false }, value;
    [] isize: isize => isize, value, { let _ = value; false }, value;
    [] usize: usize => usize, value, { let _ = value; false }, value;
    [] f64: f64 => f64, value, { let _ = value; false }, value;
}

/// What a context function returns.
pub(crate) trait Outcome {
    /// The value that says that an exception is set.
    const ERROR: Self;
}

macro_rules! outcomes {
    ($($outcome:ty = $error:expr;)*) => {$(
        impl Outcome for $outcome {
            const ERROR: Self = $error;
        }
    )*};
}

outcomes! {
    HPy = HPy::NULL;
    () = ();
    c_int = -1;
    u32 = u32::MAX;
    i64 = -1;
    u64 = u64::MAX;
    isize = -1;
    usize = usize::MAX;
    f64 = -1.0;
    *const c_char = std::ptr::null();
    *mut c_void = std::ptr::null_mut();
}

/// The way from what CPython returns to what a context function returns, ownership included.
pub(crate) trait FromNative<Native>: Outcome {
    fn from_native(native: Native) -> Self;
}

impl<T: Outcome> FromNative<T> for T {
    #[inline(always)]
    fn from_native(native: T) -> T {
        native
    }
}

impl FromNative<*mut PyObject> for HPy {
    #[inline(always)]
    fn from_native(native: *mut PyObject) -> Self {
        handle(native)
    }
}

/// The functions that set an exception return null, so that C code can return what they return.
impl FromNative<*mut PyObject> for () {
    #[inline(always)]
    fn from_native(native: *mut PyObject) {
        debug_assert!(native.is_null());
    }
}

/// PyPy has `int` where CPython has `Py_ssize_t`.
impl FromNative<c_int> for isize {
    #[inline(always)]
    fn from_native(native: c_int) -> Self {
        native as Self
    }
}

impl FromNative<*mut c_char> for *const c_char {
    #[inline(always)]
    fn from_native(native: *mut c_char) -> Self {
        native
    }
}

/// Context functions that are one call to CPython: `ctx_X = PyX(argument: Kind, …) -> Outcome;`, with a
/// [`Parameter`] as kind. Where CPython itself raises for null, the kind is optional, so as not to test twice.
macro_rules! forward {
    ($($name:ident = $native:ident($($arg:ident: $kind:ty),* $(,)?) $(-> $outcome:ty)?;)*) => {$(
        #[doc = concat!("`", stringify!($native), "`")]
        pub(crate) unsafe extern "C" fn $name(
            _: *mut ::hpy_abi::HPyContext,
            $($arg: <$kind as $crate::forward::Parameter>::Abi,)*
        ) $(-> $outcome)? {
            // Not one condition: the compiler would compute all of it before the first jump.
            $(if <$kind as $crate::forward::Parameter>::is_missing($arg) {
                return $crate::forward::null_argument($crate::generated::calls::null::$name);
            })*
            // SAFETY: the contract of context functions is that of CPython's functions, but for null, see above.
            $crate::forward::FromNative::from_native(unsafe {
                $native($(<$kind as $crate::forward::Parameter>::native($arg)),*)
            })
        }
    )*};
}

/// Context functions that ask CPython a question about an object and cannot fail: `ctx_X = PyX;`. The answer for
/// null is no.
macro_rules! predicates {
    ($($name:ident = $native:ident;)*) => {$(
        #[doc = concat!("`", stringify!($native), "`")]
        pub(crate) unsafe extern "C" fn $name(
            _: *mut ::hpy_abi::HPyContext,
            h: ::hpy_abi::HPy,
        ) -> ::std::ffi::c_int {
            // SAFETY: by the contract of context functions, `h` is alive if it is not null.
            ::std::ffi::c_int::from(!h.is_null() && unsafe { $native($crate::handle::object(h)) } != 0)
        }
    )*};
}

pub(crate) use {forward, predicates};

/// What a function gives for a null that it does not take.
#[derive(Clone, Copy)]
pub(crate) struct Null<T> {
    /// The name that authors know.
    pub(crate) function: &'static CStr,
    pub(crate) value: T,
}

/// A text in a section of its own: all other texts are in one, which an extension of the CPython ABI contains whole, whichever
/// functions it calls.
macro_rules! apart {
    ($text:literal) => {{
        const TEXT: &::std::ffi::CStr = $text;
        const SIZE: usize = TEXT.to_bytes_with_nul().len();
        // SAFETY: that many bytes, of which the last one is the only NUL.
        static BYTES: [u8; SIZE] = unsafe { TEXT.as_ptr().cast::<[u8; SIZE]>().read() };
        // SAFETY: as above.
        unsafe { ::std::ffi::CStr::from_bytes_with_nul_unchecked(&BYTES) }
    }};
}

pub(crate) use apart;

/// Raises `SystemError` for a null that a function does not take, and gives what it returns then.
///
/// An exception that is already set stays: the null is most likely the result of the call that raised it.
#[cold]
#[inline(never)]
pub(crate) fn null_argument<T>(null: Null<T>) -> T {
    // SAFETY: only context functions call this, so the thread is attached; the arguments are as the format says.
    unsafe {
        if PyErr_Occurred().is_null() {
            raise_format!(PyExc_SystemError, c"null argument to %s", null.function.as_ptr());
        }
    }
    // Were it known to be constant, the callers would load it themselves and, for that, not end in tail calls.
    black_box(null.value)
}

/// Raises `TypeError` for an object of an unsuitable type, and gives the error value to return.
///
/// # Safety
///
/// `found` is a live object.
#[cold]
#[inline(never)]
pub(crate) unsafe fn wrong_type<T: Outcome>(expected: &'static CStr, found: *mut PyObject) -> T {
    // SAFETY: only context functions call this, so the thread is attached; the arguments are as the format says.
    unsafe {
        let name = (*Py_TYPE(found)).tp_name;
        raise_format!(PyExc_TypeError, c"expected %s, %.200s found", expected.as_ptr(), name);
    }
    black_box(T::ERROR)
}

/// Raises `ValueError` for a negative size, and gives the error value to return.
#[cold]
#[inline(never)]
pub(crate) fn negative_size<T>(null: Null<T>) -> T {
    // SAFETY: only context functions call this, so the thread is attached; the arguments are as the format says.
    unsafe {
        raise_format!(PyExc_ValueError, c"negative size passed to %s", null.function.as_ptr());
    }
    black_box(null.value)
}

/// [`raise_text`], for a function that has no `Result` but an error value to return.
///
/// # Safety
///
/// `kind` is one of the `PyExc_*`.
#[cold]
#[inline(never)]
pub(crate) unsafe fn fail<T: Outcome>(kind: *mut PyObject, message: &'static CStr) -> T {
    raise_text(kind, message);
    black_box(T::ERROR)
}
