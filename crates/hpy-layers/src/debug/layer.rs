//! The layer: which function of debug mode answers for which of the mechanism's.

use std::ffi::{CStr, c_int};
use std::sync::{Arc, OnceLock};

use hpy_abi::*;

use crate::{ApiCall, FunctionCall, Layer, Outcome};

use crate::debug::calls::{self, CallContext, Contexts};
use crate::debug::checks::{builders, constants, fields, outside, raw_data, structs};
use crate::debug::fault;
use crate::debug::state::DebugState;

/// The address of no record, nor of anything else.
pub(crate) const BEHIND_ARGUMENTS: HPy = HPy { _i: isize::MIN + 1 };

/// Debug mode of one module in one interpreter.
pub struct Debug {
    pub(crate) state: Arc<DebugState>,
    pub(crate) contexts: Contexts,
    /// Where the module's globals are, in order, once the module is registered.
    pub(crate) globals: OnceLock<Vec<usize>>,
}

impl Debug {
    /// For one more stack of the interpreter of `state`.
    #[must_use]
    pub fn new(state: &Arc<DebugState>) -> Self {
        fault::explain_accesses();
        Self { state: Arc::clone(state), contexts: Contexts::default(), globals: OnceLock::new() }
    }

    /// What all layers of the interpreter share.
    #[must_use]
    pub fn state(&self) -> &Arc<DebugState> {
        &self.state
    }
}

impl Drop for Debug {
    fn drop(&mut self) {
        // SAFETY: nobody calls with it any more.
        unsafe { self.contexts.end_all(&self.state) };
    }
}

impl Layer for Debug {
    const NAME: &'static CStr = c"HPy Debug Mode ABI";
    const TRANSPARENT: bool = false;
    const BEHIND_ARGUMENTS: HPy = BEHIND_ARGUMENTS;
    type Api = *const CallContext;
    type Function = *const CallContext;

    #[inline]
    unsafe fn enter(&self, call: &ApiCall) -> *const CallContext {
        // SAFETY: as here.
        unsafe { self.contexts.check(&self.state, call) }
    }

    #[inline]
    unsafe fn exit(&self, call: &ApiCall, state: *const CallContext) {
        // SAFETY: as here.
        unsafe { calls::after(call, state) }
    }

    #[inline]
    unsafe fn unwrap(&self, call: &ApiCall, outer: HPy) -> HPy {
        // SAFETY: as here.
        unsafe { self.inner_of(call, outer) }
    }

    #[inline]
    unsafe fn wrap(&self, call: &ApiCall, handle: HPy) -> HPy {
        self.open(call, handle)
    }

    unsafe fn wrap_constant(&self, _: *mut HPyContext, constant: HPy) -> HPy {
        self.constant(constant)
    }

    fn replace(context: &mut HPyContext) {
        builders::replace(context);
        constants::replace(context);
        outside::replace(context);
        raw_data::replace(context);
        structs::replace(context);
        fields::replace(context);
    }

    unsafe fn ctx_Close(&self, call: &ApiCall, h: HPy) {
        // SAFETY: as here.
        unsafe { self.close(call, h) }
    }

    unsafe fn ctx_Tracker_New(&self, call: &ApiCall, size: HPy_ssize_t) -> HPyTracker {
        // SAFETY: as here.
        unsafe { self.tracker_new(call, size) }
    }

    unsafe fn ctx_Tracker_Add(&self, call: &ApiCall, ht: HPyTracker, h: HPy) -> c_int {
        // SAFETY: as here.
        unsafe { self.tracker_add(call, ht, h) }
    }

    unsafe fn ctx_Tracker_ForgetAll(&self, call: &ApiCall, ht: HPyTracker) {
        // SAFETY: as here.
        unsafe { self.tracker_forget_all(call, ht) }
    }

    unsafe fn ctx_Tracker_Close(&self, call: &ApiCall, ht: HPyTracker) {
        // SAFETY: as here.
        unsafe { self.tracker_close(call, ht) }
    }

    #[inline]
    unsafe fn enter_function(&self, call: &mut FunctionCall) -> *const CallContext {
        // SAFETY: as here.
        unsafe { self.contexts.begin(&self.state, call) }
    }

    #[inline]
    unsafe fn exit_function(&self, call: &FunctionCall, state: *const CallContext, outcome: Outcome) {
        // SAFETY: as here.
        unsafe { self.contexts.end(&self.state, call, state, outcome) }
    }

    #[inline]
    unsafe fn wrap_argument(&self, call: &FunctionCall, index: usize, handle: HPy) -> HPy {
        // SAFETY: as here.
        unsafe { self.open_argument(call, index, handle) }
    }

    #[inline]
    unsafe fn release_argument(&self, call: &FunctionCall, outer: HPy) {
        // SAFETY: as here.
        unsafe { self.close_argument(call, outer) }
    }

    unsafe fn buffer_filled(&self, _: &FunctionCall, view: &mut HPy_buffer) {
        self.undo_copy(view);
    }

    #[inline]
    unsafe fn unwrap_result(&self, call: &FunctionCall, outer: HPy) -> HPy {
        // SAFETY: as here.
        unsafe { self.take_result(call, outer) }
    }
}
