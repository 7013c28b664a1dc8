//! Objects and records, in words.

use std::cell::Cell;
use std::ffi::CStr;

use hpy_abi::*;

use crate::debug::location::place::By;
use crate::debug::table::arena::Arena;
use crate::debug::table::record::Record;
use crate::debug::table::record_state::{Kind, Life, Owner};

use super::report::Report;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// A report is being filled on this thread as long as this lives. Describing an object runs code that may make a mistake,
/// which is reported in turn.
pub(crate) struct Describing(());

impl Describing {
    pub(crate) fn begin() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        Self(())
    }

    /// Whether the report is about code that runs to describe an object for another report.
    fn is_nested() -> bool {
        DEPTH.get() > 1
    }
}

impl Drop for Describing {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// Adds what is known of the object and the handle of a record.
///
/// # Safety
///
/// `engine` is the context whose handles the records hold. The thread is inside of Python.
pub(crate) unsafe fn handle(report: &mut Report, engine: *mut HPyContext, arena: &Arena, record: &Record) {
    let living = {
        let table = arena.table();
        arena.living(&table, record).filter(|_| record.kind() == Kind::Handle)
    };
    let object = living.map(|inner| {
        // SAFETY: the handle is open, and the thread inside of Python. To look at the object may run code that closes the
        // handle, so this keeps one of its own.
        unsafe {
            let kept = ((*engine).ctx_Dup)(engine, inner);
            let object = object(engine, kept);
            ((*engine).ctx_Close)(engine, kept);
            object
        }
    });
    self::record(report, arena, record, object);
}

/// Adds what is known of a record. `object` describes its object, which is not looked at.
pub(crate) fn record(report: &mut Report, arena: &Arena, record: &Record, object: Option<String>) {
    let state = record.state();
    let table = arena.table();
    let details = record.details(&table);
    match (record.kind(), object) {
        (Kind::Handle, Some(object)) => report.add("object", object),
        (Kind::Handle, None) if state.life() == Life::Open => {}
        (Kind::Handle, None) => {
            let object = details.closed_trace().and_then(|trace| trace.object.as_ref());
            let text = match object {
                Some(object) => format!("{object}, whose handles are all closed"),
                None => "unknown, since all of its handles are closed".to_owned(),
            };
            report.add("object", text);
        }
        (Kind::ListBuilder, _) => report.add("builder", format!("of a list of length {}", details.length())),
        (Kind::TupleBuilder, _) => {
            report.add("builder", format!("of a tuple of length {}", details.length()));
        }
        (Kind::UnicodeWriter, _) => report.add("writer", "of a str"),
        (Kind::BytesWriter, _) => report.add("writer", "of a bytes"),
        (Kind::Tracker | Kind::Block, _) => {}
        (Kind::LongWriter, _) => report.add("writer", format!("of an int of {} digits", details.length())),
    }
    let whose = match state.owner() {
        Owner::Context => " of a constant of the context",
        Owner::Caller | Owner::CallerQueued => " of an argument",
        Owner::Extension => "",
    };
    let (id, serial, generation) = (record.handle(), details.serial, details.generation);
    report.add("handle", format!("{id:#x}{whose}, number {serial} since the start, generation {generation}"));
    report.add_lines("opened", details.opened.lines_of(details.opened_trace()));
    if state.life() == Life::Closed {
        if details.closed.by == By::ARGUMENT {
            report.add(
                "closed",
                "when that call ended, since an argument is only valid during the call; to keep the object, store it \
                 in an HPyField or HPyGlobal",
            );
        } else {
            report.add_lines("closed", details.closed.lines_of(details.closed_trace()));
        }
    }
    if details.opened_trace().is_none() && state.owner() == Owner::Extension {
        report.set_more(
            "HPY_DEBUG=trace in the environment, or hpy.debug.set_handle_stack_trace_limit(16), records for each \
             handle its object and the lines where it is opened and closed",
        );
    }
}

/// What is kept of an object when its handle is closed, for a later report: the type, and the repr if that is short and runs
/// no Python code.
///
/// # Safety
///
/// The handle is open in the context. The thread is inside of Python.
pub(crate) unsafe fn for_later(ctx: *mut HPyContext, object: HPy) -> Option<String> {
    // SAFETY: the handle is open.
    unsafe {
        if has_short_repr(ctx, object) { Some(self::object(ctx, object)) } else { type_name(ctx, object) }
    }
}

/// Whether the repr of an object is short and runs no Python code. False with an exception set.
///
/// # Safety
///
/// The handle is open in the context. The thread is inside of Python.
unsafe fn has_short_repr(ctx: *mut HPyContext, object: HPy) -> bool {
    // SAFETY: the handle of the type is open until it is closed here.
    let (is_sized, is_number) = unsafe {
        let ty = ((*ctx).ctx_Type)(ctx, object);
        if ty.is_null() {
            return false;
        }
        let is_type = |other| ((*ctx).ctx_Is)(ctx, ty, other) != 0;
        let is_sized = is_type((*ctx).h_UnicodeType) || is_type((*ctx).h_BytesType);
        let is_number =
            is_type((*ctx).h_LongType) || is_type((*ctx).h_FloatType) || is_type((*ctx).h_BoolType);
        ((*ctx).ctx_Close)(ctx, ty);
        (is_sized, is_number)
    };
    // SAFETY: the handle is open, and the thread inside of Python. With an exception set, only that is asked.
    unsafe {
        if !(is_sized || is_number) || ((*ctx).ctx_Err_Occurred)(ctx) != 0 {
            return false;
        }
        if is_sized {
            return ((*ctx).ctx_Length)(ctx, object) <= 1000;
        }
        // A number that is too large for a double has a long repr.
        ((*ctx).ctx_Float_AsDouble)(ctx, object);
        let is_short = ((*ctx).ctx_Err_Occurred)(ctx) == 0;
        if !is_short {
            ((*ctx).ctx_Err_Clear)(ctx);
        }
        is_short
    }
}

/// The name of the type of an object.
///
/// # Safety
///
/// The handle is open in the context. The thread is inside of Python.
pub(crate) unsafe fn type_name(ctx: *mut HPyContext, object: HPy) -> Option<String> {
    // SAFETY: the handle of the type is open until it is closed here, and the name is a C string for as long.
    unsafe {
        let ty = ((*ctx).ctx_Type)(ctx, object);
        if ty.is_null() {
            return None;
        }
        let name = ((*ctx).ctx_Type_GetName)(ctx, ty);
        let name = (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned());
        ((*ctx).ctx_Close)(ctx, ty);
        name
    }
}

/// Type and, as long as no exception is set, repr.
///
/// # Safety
///
/// The handle is open in the context. The thread is inside of Python.
pub(crate) unsafe fn object(ctx: *mut HPyContext, object: HPy) -> String {
    // SAFETY: the handle is open.
    let ty = unsafe { type_name(ctx, object) }.unwrap_or_else(|| "object".to_owned());
    // A repr that contains a mistake would make it again, without end.
    if Describing::is_nested() {
        return ty;
    }
    // There is no way to put an exception aside.
    // SAFETY: the thread is inside of Python.
    if unsafe { ((*ctx).ctx_Err_Occurred)(ctx) } != 0 {
        return format!("{ty}; no repr, since an exception is set");
    }
    // SAFETY: the handle is open, and no exception is set.
    match unsafe { repr(ctx, object) } {
        Some(repr) => format!("{ty} {repr}"),
        None => format!("{ty}, whose repr fails"),
    }
}

/// The repr of an object, cut if it is long. `None` if it fails.
///
/// # Safety
///
/// The handle is open in the context. The thread is inside of Python, with no exception set.
unsafe fn repr(ctx: *mut HPyContext, object: HPy) -> Option<String> {
    const LONG: usize = 120;
    // SAFETY: the handle of the repr is open until it is closed here, and the text is there for as long.
    unsafe {
        let repr = ((*ctx).ctx_Repr)(ctx, object);
        if repr.is_null() {
            ((*ctx).ctx_Err_Clear)(ctx);
            return None;
        }
        let mut length = 0;
        let text = ((*ctx).ctx_Unicode_AsUTF8AndSize)(ctx, repr, &raw mut length);
        let shown = if text.is_null() {
            ((*ctx).ctx_Err_Clear)(ctx);
            "?".to_owned()
        } else {
            shorten(std::slice::from_raw_parts(text.cast::<u8>(), length.cast_unsigned()), LONG)
        };
        ((*ctx).ctx_Close)(ctx, repr);
        Some(shown)
    }
}

/// The first characters of a text.
fn shorten(text: &[u8], count: usize) -> String {
    let all = String::from_utf8_lossy(text);
    let first: String = all.chars().take(count).collect();
    if first.len() < all.len() { format!("{first}…") } else { first }
}
