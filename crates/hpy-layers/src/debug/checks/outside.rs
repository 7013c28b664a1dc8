//! Leaving and re-entering Python: in pairs, and with the same state.

use hpy_abi::*;

use crate::call::ApiCall;
use crate::debug::module::Debug;
use crate::debug::reports::rule::Rule;
use crate::layered::Layered;

use super::replace_functions;

replace_functions! {
    ctx_LeavePythonExecution() -> HPyThreadState = leave;
    ctx_ReenterPythonExecution(state: HPyThreadState) = reenter;
}

unsafe fn leave(layered: &Layered<Debug>, call: &ApiCall) -> HPyThreadState {
    let current = layered.layer().state.contexts.current();
    // A second time, which is reported: the engine would end the process.
    if let Some(given) = current.and_then(|current| current.thread_state()) {
        return given;
    }
    // SAFETY: the extension calls it, and the thread is inside of Python.
    let given = unsafe { ((*call.inner).ctx_LeavePythonExecution)(call.inner) };
    if let Some(current) = current {
        current.set_thread_state(Some(given));
    }
    given
}

unsafe fn reenter(layered: &Layered<Debug>, call: &ApiCall, state: HPyThreadState) {
    let debug = &layered.layer().state;
    let mut state = state;
    if let Some(current) = debug.contexts.current() {
        // Without a state, the thread is inside already, which is reported: the engine would wait for itself.
        let Some(given) = current.thread_state() else { return };
        current.set_thread_state(None);
        if given._i != state._i {
            let site = debug.site(call).outside_python();
            // SAFETY: the site says that the thread is outside of Python.
            unsafe {
                debug.reporter.report(Rule::ThreadState, &site, |report| {
                    report.add(
                        "state",
                        format!("{:#x}, but HPy_LeavePythonExecution returned {:#x}", state._i, given._i),
                    );
                });
            }
            state = given;
        }
    }
    // SAFETY: the extension calls it; the state is the one that leaving gave.
    unsafe { ((*call.inner).ctx_ReenterPythonExecution)(call.inner, state) };
}
