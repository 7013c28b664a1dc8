//! What the extension opens and ends that is no handle: builders, trackers, writers. Used after their end.

use crate::call::ApiCall;
use crate::debug::module::Debug;
use crate::debug::reports::rule::Rule;
use crate::debug::table::record::Record;
use crate::debug::table::record_state::Kind;

use super::handles;

/// The rule that is broken by using it after its end, and its name in the report.
fn rule_of(kind: Kind) -> (Rule, &'static str) {
    match kind {
        Kind::Tracker => (Rule::TrackerClosed, "tracker"),
        Kind::UnicodeWriter | Kind::BytesWriter | Kind::LongWriter => (Rule::WriterEnded, "writer"),
        _ => (Rule::BuilderClosed, "builder"),
    }
}

/// The open record of this kind; none if it is null, or if it is not open, which is reported.
///
/// # Safety
///
/// The thread is inside of Python.
#[inline]
pub(crate) unsafe fn find_open<'a>(
    debug: &'a Debug,
    call: &ApiCall,
    handle: isize,
    kind: Kind,
) -> Option<&'a Record> {
    let found = debug.state.arena.get(handle);
    let open = found.filter(|record| record.state().is_open_of(kind));
    if open.is_none() && handle != 0 {
        // SAFETY: the thread is inside of Python.
        unsafe { report_not_open(debug, call, handle, found, kind) };
    }
    open
}

/// # Safety
///
/// The thread is inside of Python.
#[cold]
#[inline(never)]
unsafe fn report_not_open(debug: &Debug, call: &ApiCall, handle: isize, found: Option<&Record>, kind: Kind) {
    let state = &*debug.state;
    let (rule, name) = rule_of(kind);
    // SAFETY: the thread is inside of Python.
    unsafe {
        state.reporter.report(rule, &state.site(call), |report| match found {
            Some(record) if record.kind() == kind => state.describe_handle(report, record),
            _ => report.add(name, format!("{handle:#x}, which is not a known {name}")),
        });
    }
}

/// Closes it. Returns the inner one; null if there is none.
///
/// # Safety
///
/// The thread is inside of Python.
#[inline]
pub(crate) unsafe fn close(debug: &Debug, call: &ApiCall, handle: isize, kind: Kind) -> isize {
    // SAFETY: the thread is inside of Python.
    while let Some(record) = unsafe { find_open(debug, call, handle, kind) } {
        if let Some(inner) = handles::close_record(debug, call, record, kind) {
            return inner._i;
        }
    }
    0
}
