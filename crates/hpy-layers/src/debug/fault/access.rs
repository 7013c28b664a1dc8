//! The report about an access to memory that is not allowed. `signals` says how it comes to be made.
#![cfg_attr(not(unix), expect(dead_code, reason = "only signals tell of an access"))]

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::debug::calls::context::CallContext;
use crate::debug::calls::permit::Flags;
use crate::debug::location::place::{By, Place};
use crate::debug::location::stack::{Address, Start, frames};
use crate::debug::location::symbols;
use crate::debug::reports::describe;
use crate::debug::reports::mistake::Mistake;
use crate::debug::reports::report::Report;
use crate::debug::reports::reporter::print_python;
use crate::debug::reports::rule::Rule;
use crate::debug::state::{self, DebugState};
use crate::debug::table::pages;
use crate::debug::table::record::Record;
use crate::debug::table::watched::Watched;
use crate::thread::this_thread;

/// The thread whose next fault is left to the previous handler, since it was explained already; 0 for none.
pub(crate) static EXPLAINED: AtomicUsize = AtomicUsize::new(0);

/// An access that is not allowed.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) address: usize,
    /// The pages that were accessed; none for an address near NULL.
    pub(crate) pages: Option<Watched>,
}

impl Fault {
    /// Reports it, on the thread that made it, which was at `at`. If this returns, the instruction may be tried again.
    pub(crate) fn explain(self, at: Address) {
        match self.pages {
            Some(pages) => explain_raw_data(self.address, pages, at),
            None => {
                explain_null(self.address, at);
                EXPLAINED.store(this_thread(), Ordering::Release);
            }
        }
    }
}

/// How many frames are searched for one of the extension.
const FRAMES: usize = 64;
/// How many are shown.
const SHOWN: usize = 16;
/// How many bytes of the data are shown.
const BYTES: usize = 60;

/// Reports an access to raw data, and ends the process unless it is to go on. If it goes on, the access is allowed.
fn explain_raw_data(address: usize, accessed: Watched, at: Address) {
    // The report shows the data, and the extension may go on using it.
    // SAFETY: the pages are in the list.
    unsafe { pages::open(accessed.start, accessed.size) };
    // Another thread may have ended the interpreter meanwhile.
    let Some(state) = state::find_by_handle(accessed.handle) else { return };
    let Some(record) = state.arena.get(accessed.handle) else { return };
    let innermost = state.contexts.innermost();
    let flags = state.contexts.current().map(CallContext::flags);
    let function = innermost.map_or(0, |call| call.function);
    let place = Place { function, by: By::CODE };
    let rule = if is_of_released_view(&state, record, accessed.start) {
        Rule::BufferReleased
    } else {
        Rule::RawData
    };
    let mistake = Mistake { rule, place, instruction: at.instruction(), subject: 0 };
    if state.reporter.is_repeated(mistake) {
        return;
    }
    let mut report = Report::new(mistake, false);
    describe_access(&mut report, &state, record, address, accessed.start);
    // Where the extension's own code might call the API, the report may use Python.
    let inside_python = flags.is_some_and(Flags::allow_api);
    let by_engine = flags.is_some_and(|flags| flags.has(Flags::INSIDE_API));
    state.reporter.without_exception(inside_python, &mut |_| {
        if inside_python && record.is_open() {
            // SAFETY: the thread is inside of Python.
            unsafe { state.describe_handle(&mut report, record) };
        } else {
            describe::record(&mut report, &state.arena, record, None);
        }
    });
    let mut frames = frames(FRAMES, Start::At(at), innermost).into_vec();
    let by = if by_engine && symbols::leave_to(function, &mut frames) { By::ENGINE } else { By::CODE };
    frames.truncate(SHOWN);
    report.add_lines("misused", Place { function, by }.lines(&frames));
    state.reporter.finish(&mut report, inside_python);
    if !state.reporter.deliver(&report) {
        return;
    }
    // Last, since the engine was interrupted and asking it may end badly.
    if by_engine {
        print_python(state.reporter.host.python_location());
    }
    if !state.reporter.warn() {
        std::process::abort();
    }
}

/// Whether the pages are what the pointers of a released view lead to.
fn is_of_released_view(state: &DebugState, record: &Record, pages: usize) -> bool {
    let table = state.arena.table();
    let details = record.details(&table);
    details.raw_data().iter().any(|data| data.begins_at(pages) && data.is_of_released_view())
}

/// Adds what was accessed and the data there, which can be read now.
fn describe_access(report: &mut Report, state: &DebugState, record: &Record, address: usize, pages: usize) {
    let table = state.arena.table();
    let details = record.details(&table);
    let Some(data) = details.raw_data().iter().find(|data| data.begins_at(pages)) else {
        return report.add("access", format!("to {address:#x}, in data that has been freed"));
    };
    if data.is_of_released_view() {
        let offset = address.wrapping_sub(data.address()).cast_signed();
        return report.add("access", format!("to {offset} bytes behind a pointer of the view"));
    }
    let (begin, size, from) = (data.address(), data.size(), data.from().public_name());
    let closed = if record.is_open() { "" } else { ", after the handle was closed" };
    report.add(
        "access",
        if address < begin {
            format!("{} bytes before the {size} bytes from {from}{closed}", begin - address)
        } else if address >= begin + size {
            let behind = address - (begin + size) + 1;
            format!(
                "byte {}, {behind} beyond the end of the {size} bytes from {from}{closed}",
                address - begin
            )
        } else if record.is_open() {
            let place = address - begin;
            format!("write to byte {place} of the {size} bytes from {from}, which are read-only")
        } else {
            format!("byte {} of the {size} bytes from {from}{closed}", address - begin)
        },
    );
    // SAFETY: the copy has that many bytes, and can be read.
    let bytes = unsafe { std::slice::from_raw_parts(begin as *const u8, size.saturating_sub(1).min(BYTES)) };
    report.add("data", format!("{:?}", String::from_utf8_lossy(bytes)));
}

/// Reports an access to an address near NULL, if code of the extension made it. Afterwards the process ends as it would
/// without debug mode.
///
/// Anything may have been interrupted. Until it is known to be the extension's code, this neither allocates nor waits.
fn explain_null(address: usize, at: Address) {
    let in_extension = |function| symbols::are_of_one_library(function, at.instruction());
    let Some((state, function)) = state::find_in_extension(in_extension) else { return };
    let place = Place { function, by: By::CODE };
    let mistake = Mistake { rule: Rule::NullPointer, place, instruction: at.instruction(), subject: 0 };
    let mut report = Report::new(mistake, true);
    report.add("access", format!("to address {address:#x}"));
    let frames = frames(SHOWN, Start::At(at), state.contexts.innermost());
    // Inlined functions of the headers are shown as functions of the API, like those of the engine.
    report.add_lines("misused", Place { function, by: By::ENGINE }.lines(&frames));
    state.reporter.finish(&mut report, true);
    state.reporter.deliver_anyway(&report);
}
