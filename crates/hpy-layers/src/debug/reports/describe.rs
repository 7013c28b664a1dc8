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

/// A report is being filled on this thread, as long as this lives. To describe an object runs code, which may make a
/// mistake that is reported in turn.
pub(crate) struct Describing(());

impl Describing {
    pub(crate) fn begin() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        Self(())
    }

    /// Whether the report is about code that runs to describe an object for another one.
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
        // SAFETY: the handle is open, and the thread inside of Python. The object is kept while it is looked at, which
        // may run code that closes the handle.
        unsafe {
            let kept = ((*engine).ctx_Dup)(engine, inner);
            let object = object(engine, kept);
            ((*engine).ctx_Close)(engine, kept);
            object
        }
    });
    self::record(report, arena, record, object);
}

/// Adds what is known of a record; `object` is what is to be said of its object, which is not looked at.
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
                Some(object) => format!("{object}, of which no handle is open any more"),
                None => "not known, as no handle of it is open any more".to_owned(),
            };
            report.add("object", text);
        }
        (Kind::ListBuilder, _) => report.add("builder", format!("of a list of length {}", details.length())),
        (Kind::TupleBuilder, _) => {
            report.add("builder", format!("of a tuple of length {}", details.length()));
        }
        (Kind::Tracker, _) => {}
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
                "at the end of that call, up to which an argument is valid; to keep it, HPy_Dup it, or store it in \
                 an HPyField or HPyGlobal",
            );
        } else {
            report.add_lines("closed", details.closed.lines_of(details.closed_trace()));
        }
    }
    if details.opened_trace().is_none() && state.owner() == Owner::Extension {
        report.set_more(
            "HPY_DEBUG=trace in the environment, or hpy.debug.set_handle_stack_trace_limit(16), keeps for each \
             handle the lines where it is opened and closed, and what it was of",
        );
    }
}

/// What of an object is kept for a report when its handle is closed: the type, and the repr if that is short and runs
/// no Python code.
///
/// # Safety
///
/// The thread is inside of Python, and the handle is open.
pub(crate) unsafe fn for_later(ctx: *mut HPyContext, object: HPy) -> Option<String> {
    // SAFETY: by contract.
    unsafe {
        let ty = ((*ctx).ctx_Type)(ctx, object);
        if ty.is_null() {
            return None;
        }
        let is = |other| ((*ctx).ctx_Is)(ctx, ty, other) != 0;
        let sized = is((*ctx).h_UnicodeType) || is((*ctx).h_BytesType);
        let plain = sized || is((*ctx).h_LongType) || is((*ctx).h_FloatType) || is((*ctx).h_BoolType);
        ((*ctx).ctx_Close)(ctx, ty);
        if !plain || ((*ctx).ctx_Err_Occurred)(ctx) != 0 {
            return type_name(ctx, object);
        }
        let short = if sized {
            ((*ctx).ctx_Length)(ctx, object) <= 1000
        } else {
            // A number too large for this has a long repr.
            ((*ctx).ctx_Float_AsDouble)(ctx, object);
            ((*ctx).ctx_Err_Occurred)(ctx) == 0
        };
        if short {
            return Some(self::object(ctx, object));
        }
        ((*ctx).ctx_Err_Clear)(ctx);
        type_name(ctx, object)
    }
}

/// The name of the type of an object.
///
/// # Safety
///
/// The thread is inside of Python, and the handle is open.
pub(crate) unsafe fn type_name(ctx: *mut HPyContext, object: HPy) -> Option<String> {
    // SAFETY: by contract.
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
/// The thread is inside of Python, and the handle is open.
pub(crate) unsafe fn object(ctx: *mut HPyContext, object: HPy) -> String {
    const LONG: usize = 120;
    // SAFETY: by contract.
    unsafe {
        let ty = type_name(ctx, object).unwrap_or_else(|| "object".to_owned());
        // A repr with a mistake in it would make that again, and without end.
        if Describing::is_nested() {
            return ty;
        }
        // There is no way to put an exception aside.
        if ((*ctx).ctx_Err_Occurred)(ctx) != 0 {
            return format!("{ty}; no repr, since an exception is set");
        }
        let repr = ((*ctx).ctx_Repr)(ctx, object);
        if repr.is_null() {
            ((*ctx).ctx_Err_Clear)(ctx);
            return format!("{ty}, whose repr fails");
        }
        let mut length = 0;
        let text = ((*ctx).ctx_Unicode_AsUTF8AndSize)(ctx, repr, &raw mut length);
        let shown = if text.is_null() {
            ((*ctx).ctx_Err_Clear)(ctx);
            "?".to_owned()
        } else {
            let bytes = std::slice::from_raw_parts(text.cast::<u8>(), length.cast_unsigned());
            let all = String::from_utf8_lossy(bytes);
            let some: String = all.chars().take(LONG).collect();
            if some.len() < all.len() { format!("{some}…") } else { some }
        };
        ((*ctx).ctx_Close)(ctx, repr);
        format!("{ty} {shown}")
    }
}
