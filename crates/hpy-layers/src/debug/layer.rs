//! The layer: which check is called when.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::null;

use hpy_abi::*;

use crate::call::{ApiCall, FunctionCall, Opening, Outcome};
use crate::layer::Layer;

use super::calls::context::CallContext;
use super::checks::{
    bigint, buffers, builders, calls, constants, definitions, fields, handles, memory, outside, raw_data,
    structs, trackers, writers,
};
use super::module::{BEHIND_ARGUMENTS, Debug, ModuleState};

impl Debug {
    /// Checks the definition of the module, and notes which globals it lists and what its state is.
    ///
    /// # Safety
    ///
    /// The definition is valid and stays where it is. The thread is inside of Python.
    pub unsafe fn register_module(&self, module: &HPyModuleDef) {
        let mut globals = Vec::new();
        let mut next = module.globals;
        // SAFETY: the array of a valid definition, which NULL ends.
        while let Some(global) = unsafe { next.as_ref() }.filter(|global| !global.is_null()) {
            globals.push(*global as usize);
            next = next.wrapping_add(1);
        }
        globals.sort_unstable();
        let _ = self.globals.set(globals);
        // SAFETY: the definition is valid.
        let traverse = unsafe { definitions::traverse_of(module.defines, HPy_mod_traverse) };
        let _ =
            self.module_state.set(ModuleState { size: usize::try_from(module.size).unwrap_or(0), traverse });
        // SAFETY: the definition is valid, and the thread inside of Python.
        unsafe { definitions::check_module(&self.state, module) };
    }
}

impl Layer for Debug {
    const NAME: &'static CStr = c"HPy Debug Mode ABI";
    const TRANSPARENT: bool = false;
    const BEHIND_ARGUMENTS: HPy = BEHIND_ARGUMENTS;
    type Api = ();
    type Function = *const CallContext;

    #[inline]
    unsafe fn enter(&self, call: &mut ApiCall) {
        // SAFETY: it has the contract of this method.
        unsafe { calls::enter(call) }
    }

    #[inline]
    unsafe fn exit(&self, call: &ApiCall, (): ()) {
        // SAFETY: it has the contract of this method.
        unsafe { calls::exit(call) }
    }

    #[inline]
    unsafe fn unwrap(&self, call: &ApiCall, outer: HPy) -> HPy {
        // SAFETY: it has the contract of this method.
        unsafe { handles::inner_of(call, outer) }
    }

    #[inline]
    unsafe fn wrap(&self, call: &ApiCall, handle: HPy) -> HPy {
        // SAFETY: a new inner handle, from a call inside of Python.
        unsafe { handles::open(call, handle) }
    }

    unsafe fn wrap_constant(&self, _: *mut HPyContext, constant: HPy) -> HPy {
        handles::constant(self, constant)
    }

    fn replace(context: &mut HPyContext) {
        bigint::replace(context);
        builders::replace(context);
        constants::replace(context);
        definitions::replace(context);
        outside::replace(context);
        raw_data::replace(context);
        structs::replace(context);
        fields::replace(context);
        memory::replace(context);
        writers::replace(context);
    }

    #[inline]
    unsafe fn ctx_Close(&self, call: &ApiCall, h: HPy) {
        // SAFETY: it has the contract of this method.
        unsafe { handles::close(call, h) }
    }

    unsafe fn ctx_CloseArray(&self, call: &ApiCall, handles: *mut HPy, count: HPy_ssize_t) {
        // SAFETY: it has the contract of this method.
        unsafe { handles::close_array(call, handles, count) }
    }

    unsafe fn ctx_Tracker_New(&self, call: &ApiCall, size: HPy_ssize_t) -> HPyTracker {
        // SAFETY: it has the contract of this method.
        unsafe { trackers::new(self, call, size) }
    }

    unsafe fn ctx_Tracker_Add(&self, call: &ApiCall, ht: HPyTracker, h: HPy) -> c_int {
        // SAFETY: it has the contract of this method.
        unsafe { trackers::add(self, call, ht, h) }
    }

    unsafe fn ctx_Tracker_ForgetAll(&self, call: &ApiCall, ht: HPyTracker) {
        // SAFETY: it has the contract of this method.
        unsafe { trackers::forget_all(self, call, ht) }
    }

    unsafe fn ctx_Tracker_Close(&self, call: &ApiCall, ht: HPyTracker) {
        // SAFETY: it has the contract of this method.
        unsafe { trackers::close(self, call, ht) }
    }

    /// The extension finds the arguments by functions that are all checked.
    unsafe fn ctx_Arg_TrackObjects(
        &self,
        _: &ApiCall,
        _: *mut HPyTracker,
        _: *const HPy,
        _: usize,
        _: HPy,
        _: *const c_char,
        _: *const *const c_char,
    ) -> *const HPy {
        null()
    }

    unsafe fn ctx_GetBuffer(&self, call: &ApiCall, h: HPy, view: *mut HPy_buffer, flags: c_int) -> c_int {
        // SAFETY: it has the contract of this method.
        unsafe { buffers::get(self, call, h, view, flags) }
    }

    unsafe fn ctx_Unicode_Export(
        &self,
        call: &ApiCall,
        h: HPy,
        formats: c_int,
        view: *mut HPy_buffer,
    ) -> c_int {
        // SAFETY: it has the contract of this method.
        unsafe { buffers::export(self, call, h, formats, view) }
    }

    unsafe fn ctx_Buffer_Release(&self, call: &ApiCall, view: *mut HPy_buffer) {
        // SAFETY: it has the contract of this method.
        unsafe { buffers::release(self, call, view) }
    }

    #[inline]
    unsafe fn enter_function(&self, call: &mut FunctionCall) -> *const CallContext {
        // SAFETY: it has the contract of this method.
        unsafe { calls::enter_function(self, call) }
    }

    #[inline(always)]
    unsafe fn exit_function(&self, call: &FunctionCall, state: *const CallContext, outcome: Outcome) {
        // SAFETY: it has the contract of this method.
        unsafe { calls::exit_function(self, call, state, outcome) }
    }

    #[inline]
    unsafe fn wrap_argument(&self, call: &FunctionCall, index: usize, handle: HPy) -> HPy {
        // SAFETY: it has the contract of this method.
        unsafe { handles::open_argument(self, call, index, handle) }
    }

    #[inline]
    unsafe fn release_argument(&self, call: &FunctionCall, outer: HPy) {
        // SAFETY: it has the contract of this method.
        unsafe { handles::close_argument(self, call, outer) }
    }

    unsafe fn buffer_filled(&self, _: &FunctionCall, view: &mut HPy_buffer) {
        raw_data::undo_copy(self, view);
    }

    #[inline]
    unsafe fn unwrap_result(&self, call: &FunctionCall, outer: HPy) -> HPy {
        // SAFETY: it has the contract of this method.
        unsafe { handles::take_result(self, call, outer) }
    }

    unsafe fn open_context(&self, base: *mut HPyContext, opening: &Opening) -> *mut HPyContext {
        // SAFETY: it has the contract of this method.
        unsafe { calls::open_context(self, base, opening) }
    }

    unsafe fn close_context(&self, inner: *mut HPyContext, ctx: *mut HPyContext) {
        // SAFETY: it has the contract of this method.
        unsafe { calls::close_context(self, inner, ctx) }
    }

    fn refuse_context(&self, opening: &Opening) {
        calls::report_refused(&self.state, opening);
    }

    fn tell_open_contexts(&self) -> bool {
        calls::tell_open(&self.state);
        true
    }
}
