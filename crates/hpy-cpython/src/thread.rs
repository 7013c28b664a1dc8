//! Leaving and re-entering Python execution: the one topic whose functions are not both called by an attached
//! thread.

use crate::ffi::{PyEval_RestoreThread, PyEval_SaveThread, PyThreadState};
use hpy_abi::{HPyContext, HPyThreadState};

pub(crate) unsafe extern "C" fn ctx_LeavePythonExecution(_: *mut HPyContext) -> HPyThreadState {
    // SAFETY: the contract of context functions, see `crate::forward`.
    HPyThreadState { _i: unsafe { PyEval_SaveThread() } as isize }
}

pub(crate) unsafe extern "C" fn ctx_ReenterPythonExecution(_: *mut HPyContext, state: HPyThreadState) {
    // SAFETY: the thread is detached, `state` is what it got when it left; null is a fatal error of CPython.
    unsafe { PyEval_RestoreThread(state._i as *mut PyThreadState) }
}
