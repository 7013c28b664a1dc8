//! Leaving and entering again: with the state that belongs together, and once for each other.

use hpy_abi::*;

use crate::{Layered, Member};

use crate::debug::layer::Debug;
use crate::debug::reports::report::Rule;

/// Puts the functions of this file into a context.
pub(crate) fn replace(context: &mut HPyContext) {
    context.ctx_LeavePythonExecution = leave;
    context.ctx_ReenterPythonExecution = reenter;
}

// Each has the contract of the function that it stands in front of.

unsafe extern "C" fn leave(ctx: *mut HPyContext) -> HPyThreadState {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_LeavePythonExecution, |layered, call| {
            let current = layered.layer().state.contexts.current();
            // A second time, which is reported: the engine would end the process.
            if let Some(given) = current.and_then(|current| current.thread_state()) {
                return given;
            }
            let given = ((*call.inner).ctx_LeavePythonExecution)(call.inner);
            if let Some(current) = current {
                current.set_thread_state(Some(given));
            }
            given
        })
    }
}

unsafe extern "C" fn reenter(ctx: *mut HPyContext, state: HPyThreadState) {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_ReenterPythonExecution, |layered, call| {
            let debug = &layered.layer().state;
            let mut state = state;
            if let Some(current) = debug.contexts.current() {
                // Without, it is inside already, which is reported: the engine would wait for itself.
                let Some(given) = current.thread_state() else { return };
                current.set_thread_state(None);
                if given._i != state._i {
                    debug.report(Rule::ThreadState, &debug.site_outside(call), |report| {
                        report.line("state", format!("{:#x}, where {:#x} was given", state._i, given._i));
                    });
                    state = given;
                }
            }
            ((*call.inner).ctx_ReenterPythonExecution)(call.inner, state);
        })
    }
}
