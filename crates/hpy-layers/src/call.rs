//! The calls that pass through a layer, as it sees them.

use std::ffi::{c_int, c_void};
use std::ops::Deref;

use hpy_abi::*;

use crate::Member;

/// The extension calls a function of its context.
#[derive(Debug, Clone, Copy)]
pub struct ApiCall {
    /// The context that the extension passed, which may be a copy.
    pub ctx: *mut HPyContext,
    /// The context that the layer wraps.
    pub inner: *mut HPyContext,
    pub member: Member,
}

/// A function of the extension is called.
#[derive(Debug, Clone, Copy)]
pub struct FunctionCall<'a> {
    /// The context that the function gets, if it gets one.
    pub ctx: *mut HPyContext,
    pub target: &'a Target,
    /// The signature of the target. Here it is a constant of the adapter, so checks of it cost nothing.
    pub signature: HPyFunc_Signature,
}

impl FunctionCall<'_> {
    /// Whether the function gets a context. Without one it may not use the API.
    #[inline]
    #[must_use]
    pub const fn has_context(&self) -> bool {
        has_context(self.signature)
    }
}

const fn has_context(signature: HPyFunc_Signature) -> bool {
    !matches!(signature, HPyFunc_TRAVERSEPROC | HPyFunc_DESTROYFUNC | HPyFunc_CAPSULE_DESTRUCTOR)
}

/// A function of the extension, as a layer calls it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The context that the layer wraps.
    pub inner: *mut HPyContext,
    /// The extension's own function, even if there are layers around this one.
    pub function: HPyCFunction,
    pub signature: HPyFunc_Signature,
}

impl Deref for FunctionCall<'_> {
    type Target = Target;

    #[inline]
    fn deref(&self) -> &Target {
        self.target
    }
}

impl Target {
    /// Whether the function gets a context. Without one it may not use the API.
    #[must_use]
    pub const fn has_context(&self) -> bool {
        has_context(self.signature)
    }
}

/// The extension opens a context, in a function that was not handed one.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    /// The engine's function that the extension called.
    pub entry: usize,
    /// An address in the stack frame of that function.
    pub stack: usize,
}

/// What the result of a function of the extension means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A handle, or a number that does not stand for an error.
    Value,
    /// The null handle, or a number that stands for an error. From an `HPyFunc_ITERNEXTFUNC` it may also be the end of the
    /// iteration.
    Error,
    /// The result means neither, or there is none.
    Nothing,
}

impl Outcome {
    /// Of a handle.
    pub(crate) fn handle(result: HPy) -> Self {
        Self::error_if(result.is_null())
    }

    /// Of a status or a truth value, which is never negative.
    pub(crate) fn status(result: c_int) -> Self {
        Self::error_if(result < 0)
    }

    /// Of a length, which is never negative.
    pub(crate) fn length(result: HPy_ssize_t) -> Self {
        Self::error_if(result < 0)
    }

    /// Of a hash, which is never -1.
    pub(crate) fn hash(result: HPy_hash_t) -> Self {
        Self::error_if(result == -1)
    }

    /// Of a pointer that is the extension's own affair.
    pub(crate) fn data(_: *mut c_void) -> Self {
        Self::Nothing
    }

    fn error_if(error: bool) -> Self {
        if error { Self::Error } else { Self::Value }
    }
}

/// A function, and what it is called with in place of its context.
#[derive(Debug, Clone, Copy)]
pub struct Callee {
    /// Functions without a context get this in front of their arguments, unless it is null.
    pub first: *mut HPyContext,
    pub function: HPyCFunction,
}
