//! What a layer is told about the calls that pass through it.

use std::ffi::c_int;
use std::ops::Deref;

use hpy_abi::*;

use crate::Member;

/// The extension calls a function of its context.
#[derive(Debug, Clone, Copy)]
pub struct ApiCall {
    /// The context that the extension passed, which may be a copy.
    pub ctx: *mut HPyContext,
    /// The context that the layer is around.
    pub inner: *mut HPyContext,
    pub member: Member,
}

/// A function of the extension is called.
#[derive(Debug, Clone, Copy)]
pub struct FunctionCall<'a> {
    /// The context that the function gets, if it gets one.
    pub ctx: *mut HPyContext,
    pub target: &'a Target,
    /// That of the target, known when this is compiled into an adapter.
    pub signature: HPyFunc_Signature,
}

impl FunctionCall<'_> {
    /// Whether the function may use the API: those without a context may not.
    #[inline]
    #[must_use]
    pub const fn has_context(&self) -> bool {
        has_context(self.signature)
    }
}

const fn has_context(signature: HPyFunc_Signature) -> bool {
    !matches!(signature, HPyFunc_TRAVERSEPROC | HPyFunc_DESTROYFUNC | HPyFunc_CAPSULE_DESTRUCTOR)
}

/// What is the same in all calls of a function.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The context that the layer is around.
    pub inner: *mut HPyContext,
    /// The extension's function, also where other layers stand around this one.
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
    /// Whether the function may use the API: those without a context may not.
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

/// What a function of the extension says by its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A handle, or a number that means no error.
    Value,
    /// The null handle, or the number that means an error. For `HPyFunc_ITERNEXTFUNC` it is also the end.
    Error,
    /// The result says nothing, or there is none.
    Nothing,
}

impl Outcome {
    /// Of a handle.
    pub(crate) fn handle(result: HPy) -> Self {
        Self::error_if(result.is_null())
    }

    /// Of a status or a truth value: no negative number is one.
    pub(crate) fn status(result: c_int) -> Self {
        Self::error_if(result < 0)
    }

    /// Of a length: no negative number is one.
    pub(crate) fn length(result: HPy_ssize_t) -> Self {
        Self::error_if(result < 0)
    }

    /// Of a hash: any number but -1 is one.
    pub(crate) fn hash(result: HPy_hash_t) -> Self {
        Self::error_if(result == -1)
    }

    fn error_if(error: bool) -> Self {
        if error { Self::Error } else { Self::Value }
    }
}

/// A function, and what it is called with in the place of its context.
#[derive(Debug, Clone, Copy)]
pub struct Callee {
    /// Functions without a context get it in front of their arguments, unless it is null.
    pub first: *mut HPyContext,
    pub function: HPyCFunction,
}
