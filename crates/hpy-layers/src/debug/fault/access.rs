//! What is said of an access to memory that is not allowed. See [`fault`](super::fault).
#![cfg_attr(not(unix), expect(dead_code, reason = "only signals tell of an access"))]

use crate::debug::calls::CallContext;
use crate::debug::location::place::{AS_CODE, AS_ENGINE, Address, Place, Start, frames};
use crate::debug::location::symbols;
use crate::debug::reports::repeats::Mistake;
use crate::debug::reports::report::{Reaction, Report, Rule, print};
use crate::debug::state::{self, DebugState};
use crate::debug::table::pages;
use crate::debug::table::record::Record;
use crate::debug::table::watched::Watched;

/// How many frames are looked through for one of the extension.
const FRAMES: usize = 64;
/// How many are shown.
const SHOWN: usize = 16;
/// How much of the data is shown.
const BYTES: usize = 60;

/// Says what the mistake is, and ends the process unless it is to go on, which it then may.
pub(crate) fn explain_raw_data(address: usize, accessed: Watched, at: Address) {
    // SAFETY: what has pages in the list lives.
    let (state, record) = unsafe { (&*accessed.state, &*accessed.record) };
    // SAFETY: the pages are in the list. To show them is to end the protection.
    unsafe { pages::open(accessed.start, accessed.size) };
    let call = state.contexts.current();
    let function = call.map_or(0, CallContext::function);
    let place = Place { function, by: AS_CODE };
    let mistake = Mistake { rule: Rule::RawData, place, instruction: at.instruction(), subject: 0 };
    let goes_on = state.warn() || state.hooks().on_report.is_some();
    if goes_on && state.was_told(mistake) {
        return;
    }
    let mut report = Report::new(mistake, false);
    describe_access(&mut report, state, record, address, accessed.start);
    // In code of the extension itself, which might call the API there, Python may be used like there.
    let inside_python = call.is_some_and(CallContext::is_in_extension);
    let by_engine = call.is_some_and(CallContext::is_inside_api);
    let mut describe = |_: Option<String>| {
        if inside_python && record.is_open() {
            // SAFETY: see above.
            unsafe { state.describe_handle(&mut report, record) };
        } else {
            state.describe_record(&mut report, record, None);
        }
    };
    if inside_python {
        state.host.without_exception(&mut describe);
    } else {
        describe(None);
    }
    let mut frames = frames(state, FRAMES, Start::At(at)).into_vec();
    let by = if by_engine && symbols::leave_to(function, &mut frames) { AS_ENGINE } else { AS_CODE };
    frames.truncate(SHOWN);
    report.all("misused", Place { function, by }.lines(&frames));
    report.end(state, inside_python);
    if state.hooks().on_report.is_some_and(|hook| hook(&report) == Reaction::Continue) {
        return;
    }
    print(&report);
    // After what is known for sure: the engine was interrupted.
    if by_engine {
        report.print_python(state.host.python_location());
    }
    if !state.warn() {
        std::process::abort();
    }
}

/// Adds what was accessed, and what is there, which may be read now.
fn describe_access(report: &mut Report, state: &DebugState, record: &Record, address: usize, pages: usize) {
    let table = state.table();
    let details = record.details(&table);
    let Some(data) = details.raw_data().iter().find(|data| data.begins_at(pages)) else {
        return report.line("access", format!("to {address:#x}, which is in data that is gone"));
    };
    let (begin, size, from) = (data.address(), data.size(), data.from().public_name());
    let closed = if record.is_open() { "" } else { ", after the handle was closed" };
    report.line(
        "access",
        if address < begin {
            format!("{} bytes before the {size} bytes from {from}{closed}", begin - address)
        } else if address >= begin + size {
            let behind = address - (begin + size) + 1;
            format!("byte {}, which is {behind} behind the {size} bytes from {from}{closed}", address - begin)
        } else if record.is_open() {
            let place = address - begin;
            format!("write to byte {place} of the {size} bytes from {from}, which are only for reading")
        } else {
            format!("byte {} of the {size} bytes from {from}{closed}", address - begin)
        },
    );
    // SAFETY: this many bytes were copied there.
    let bytes = unsafe { std::slice::from_raw_parts(begin as *const u8, size.saturating_sub(1).min(BYTES)) };
    report.line("data", format!("{:?}", String::from_utf8_lossy(bytes)));
}

/// Says where an address near NULL was accessed, if that was by code of the extension. The process ends afterwards as it
/// would without.
///
/// What was interrupted may be anything: until it is known to be the extension's code, this takes no memory, and waits
/// for nobody.
pub(crate) fn explain_null(address: usize, at: Address) {
    let in_extension = |function| symbols::are_of_one_library(function, at.instruction());
    let Some((state, function)) = state::find_in_extension(in_extension) else { return };
    let place = Place { function, by: AS_CODE };
    let mistake = Mistake { rule: Rule::NullPointer, place, instruction: at.instruction(), subject: 0 };
    let mut report = Report::new(mistake, true);
    report.line("access", format!("to address {address:#x}"));
    let frames = frames(&state, SHOWN, Start::At(at));
    // A function of the headers is as good as one of the engine.
    report.all("misused", Place { function, by: AS_ENGINE }.lines(&frames));
    report.end(&state, true);
    if let Some(hook) = state.hooks().on_report {
        hook(&report);
    }
    // Whoever collects reports does so in vain.
    print(&report);
}
