//! What is said of an access to memory that is not allowed. See [`fault`](super::fault).
#![cfg_attr(not(unix), expect(dead_code, reason = "only signals tell of an access"))]

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::debug::calls::context::{CallContext, Flags};
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

/// The thread whose next fault is for the handler before, as it was explained; 0 for none.
pub(crate) static EXPLAINED: AtomicUsize = AtomicUsize::new(0);

/// An access that is not allowed.
#[derive(Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) address: usize,
    /// Those that were accessed; none for an address near NULL.
    pub(crate) pages: Option<Watched>,
}

impl Fault {
    /// Reports it, by the thread that made it, which was there. If this returns, the instruction may be tried again.
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

/// How many frames are looked through for one of the extension.
const FRAMES: usize = 64;
/// How many are shown.
const SHOWN: usize = 16;
/// How much of the data is shown.
const BYTES: usize = 60;

/// Says what the mistake is, and ends the process unless it is to go on, which it then may.
fn explain_raw_data(address: usize, accessed: Watched, at: Address) {
    // SAFETY: the pages are in the list. To show them is to end the protection.
    unsafe { pages::open(accessed.start, accessed.size) };
    // Another thread may have ended the interpreter meanwhile.
    let Some(state) = state::find_by_handle(accessed.handle) else { return };
    let Some(record) = state.arena.get(accessed.handle) else { return };
    let innermost = state.contexts.innermost();
    let flags = state.contexts.current().map(CallContext::flags);
    let function = innermost.map_or(0, |call| call.function);
    let place = Place { function, by: By::CODE };
    let mistake = Mistake { rule: Rule::RawData, place, instruction: at.instruction(), subject: 0 };
    if state.reporter.is_repeated(mistake) {
        return;
    }
    let mut report = Report::new(mistake, false);
    describe_access(&mut report, &state, record, address, accessed.start);
    // In code of the extension itself, which might call the API there, Python may be used like there.
    let inside_python = flags.is_some_and(Flags::allow_api);
    let by_engine = flags.is_some_and(|flags| flags.has(Flags::INSIDE_API));
    state.reporter.without_exception(inside_python, &mut |_| {
        if inside_python && record.is_open() {
            // SAFETY: the thread is inside of Python, and calls nothing else meanwhile.
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
    // After what is known for sure: the engine was interrupted.
    if by_engine {
        print_python(state.reporter.host.python_location());
    }
    if !state.reporter.warn() {
        std::process::abort();
    }
}

/// Adds what was accessed, and what is there, which may be read now.
fn describe_access(report: &mut Report, state: &DebugState, record: &Record, address: usize, pages: usize) {
    let table = state.arena.table();
    let details = record.details(&table);
    let Some(data) = details.raw_data().iter().find(|data| data.begins_at(pages)) else {
        return report.add("access", format!("to {address:#x}, which is in data that is gone"));
    };
    let (begin, size, from) = (data.address(), data.size(), data.from().public_name());
    let closed = if record.is_open() { "" } else { ", after the handle was closed" };
    report.add(
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
    report.add("data", format!("{:?}", String::from_utf8_lossy(bytes)));
}

/// Says where an address near NULL was accessed, if that was by code of the extension. The process ends afterwards as it
/// would without.
///
/// What was interrupted may be anything: until it is known to be the extension's code, this takes no memory, and waits
/// for nobody.
fn explain_null(address: usize, at: Address) {
    let in_extension = |function| symbols::are_of_one_library(function, at.instruction());
    let Some((state, function)) = state::find_in_extension(in_extension) else { return };
    let place = Place { function, by: By::CODE };
    let mistake = Mistake { rule: Rule::NullPointer, place, instruction: at.instruction(), subject: 0 };
    let mut report = Report::new(mistake, true);
    report.add("access", format!("to address {address:#x}"));
    let frames = frames(SHOWN, Start::At(at), state.contexts.innermost());
    // A function of the headers is as good as one of the engine.
    report.add_lines("misused", Place { function, by: By::ENGINE }.lines(&frames));
    state.reporter.finish(&mut report, true);
    state.reporter.deliver_anyway(&report);
}
