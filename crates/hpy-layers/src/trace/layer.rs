//! The layer: what is counted when.

use std::ffi::CStr;

use hpy_abi::HPyContext;

use crate::call::{ApiCall, Callee, FunctionCall, Outcome, Target};
use crate::layer::Layer;

use super::frame::Frame;
use super::tracer::Trace;
use super::{fast_path, imported, names};

// Hooks run inside of Python. So for the functions that leave it and come back both hooks are called on the side that
// is inside; and `ctx_FatalError`, which may be called anywhere and never returns, has none.
impl Layer for Trace {
    const NAME: &'static CStr = c"HPy Trace Mode ABI";
    const TRANSPARENT: bool = true;
    type Api = Frame;
    type Function = Frame;

    fn replace(context: &mut HPyContext) {
        fast_path::replace(context);
        context.ctx_Type_FromSpec = names::ctx_Type_FromSpec;
        context.ctx_API_GetSlot = names::ctx_API_GetSlot;
        context.ctx_API_Call = imported::ctx_API_Call;
    }

    fn stand_in(&self, context: *mut HPyContext, target: &Target) -> Option<Callee> {
        fast_path::stand_in(self, context, target)
    }

    unsafe fn enter(&self, call: &mut ApiCall) -> Frame {
        if self.state.has_hooks() {
            self.run_enter_hooks(call.member);
        }
        let counters = self.counters();
        // SAFETY: they are those of this thread, on which the call ends.
        unsafe { Frame::begin(counters.slot(), counters.table().api(call.member)) }
    }

    unsafe fn exit(&self, call: &ApiCall, frame: Frame) {
        frame.end();
        if self.state.has_hooks() {
            self.run_exit_hooks(call.member);
        }
    }

    unsafe fn enter_function(&self, call: &mut FunctionCall) -> Frame {
        let counters = self.counters();
        // SAFETY: it lives as long as the counters.
        let function = unsafe { &*counters.function(call.function as usize) };
        // SAFETY: they are those of this thread, on which the call ends.
        unsafe { Frame::begin(counters.slot(), &function.counter) }
    }

    unsafe fn exit_function(&self, _: &FunctionCall, frame: Frame, _: Outcome) {
        frame.end();
    }
}
