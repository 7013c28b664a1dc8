//! Calls of functions of other extensions, each of which is counted by its name.

use std::ffi::{c_int, c_void};

use hpy_abi::*;

use crate::layered::Layered;
use crate::member::Member;

use super::frame::Frame;
use super::tracer::Trace;

/// `_HPyAPI_Call`. A function that is called in this way has the address of its description here, as it is only a function of
/// the extension that has it, where it is counted under its own.
pub(crate) unsafe extern "C" fn ctx_API_Call(
    ctx: *mut HPyContext,
    function: *mut _HPyAPI_Function,
    slot: c_int,
    args: *const HPy,
    nargs: usize,
    results: *mut HPy,
    nresults: usize,
    data: *mut c_void,
) -> c_int {
    // SAFETY: called as the context function; the counters are those of this thread, on which the call ends.
    unsafe {
        Layered::<Trace>::api(ctx, Member::ctx_API_Call, |layered, call| {
            let counters = layered.layer().counters();
            // The engine refuses NULL.
            let frame = (!function.is_null())
                .then(|| Frame::begin(counters.slot(), &(*counters.function(function as usize)).counter));
            let status = ((*call.inner).ctx_API_Call)(
                call.inner, function, slot, args, nargs, results, nresults, data,
            );
            if let Some(frame) = frame {
                frame.end();
            }
            status
        })
    }
}
