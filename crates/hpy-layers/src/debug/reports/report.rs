//! What is said about a mistake, and what happens then.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Write};

use hpy_abi::*;

use crate::ApiCall;

use crate::debug::location::place::{AS_ARGUMENT, AS_RESULT, Place, Start, frames, has_lines};
use crate::debug::reports::repeats::Mistake;
use crate::debug::reports::rule::HookOf;
use crate::debug::reports::text::printable;
use crate::debug::state::{DebugState, with_c_string};
use crate::debug::table::record::{ARGUMENT, CLOSED, CONSTANT, Kind, OPEN, Record};

pub(crate) use crate::debug::reports::rule::Rule;

/// What happens after a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// It is printed, and the process ends unless [`DebugState::warn`].
    Default,
    /// Nothing more.
    Continue,
}

/// A broken rule, with all that is known about it.
#[derive(Debug, Clone)]
pub struct Report {
    pub rule: Rule,
    /// Whether Python may be used now.
    pub inside_python: bool,
    pub mistake: Mistake,
    title: String,
    lines: Vec<(&'static str, String)>,
    /// How to get to know more; the last line.
    more: Option<&'static str>,
}

impl Report {
    pub(crate) fn new(mistake: Mistake, inside_python: bool) -> Self {
        let rule = mistake.rule;
        let lines = vec![("rule", rule.advice().to_owned())];
        Self { rule, inside_python, mistake, title: rule.title().to_owned(), lines, more: None }
    }

    /// What a fatal error says, such as `Invalid usage of already closed handle`.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    pub(crate) fn set_title(&mut self, title: String) {
        self.title = title;
    }

    /// Adds a line; `label` may be empty for one more of the same.
    pub(crate) fn line(&mut self, label: &'static str, text: impl Into<String>) {
        self.lines.push((label, printable(&text.into()).into_owned()));
    }

    /// Adds lines of which the first has the label.
    pub(crate) fn all(&mut self, mut label: &'static str, lines: impl IntoIterator<Item = String>) {
        for line in lines {
            self.line(label, line);
            label = "";
        }
    }

    /// To be called after the report was printed, if to ask for it could come to a bad end.
    pub(crate) fn print_python(&self, line: Option<String>) {
        if let Some(line) = line {
            print(format_args!("{}\n", Labelled("Python", &printable(&line))));
        }
    }

    /// Adds the last lines.
    pub(crate) fn end(&mut self, state: &DebugState, inside_python: bool) {
        let python = if inside_python { state.host.python_location() } else { None };
        if let Some(line) = python {
            self.line("Python", line);
        }
        let place = self.lines().find(|&(label, _)| label == "misused").map_or("?", |(_, place)| place);
        state.repeats.describe(self.mistake, place);
        // To go on helps nobody for whom it goes on already.
        let go_on = !state.warn() && state.hooks().on_report.is_none();
        let go_on = go_on.then_some(
            "HPY_DEBUG=warn in the environment prints reports and goes on, so that one run shows all of them",
        );
        let mut more: Vec<&str> = self.more.or(self.rule.more()).or(go_on).into_iter().collect();
        if !has_lines(state.current_function()) {
            more.push("compiled with debug information (-g), an extension has lines in reports");
        }
        if !more.is_empty() {
            self.line("more", more.join("; "));
        }
    }

    /// The lines with their labels, such as `opened`; an empty label continues the one before.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.lines.iter().map(|(label, text)| (*label, text.as_str()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "HPy debug mode: {} [{}]", self.rule.headline(), self.rule.name())?;
        for (label, text) in &self.lines {
            writeln!(f, "{}", Labelled(label, text))?;
        }
        Ok(())
    }
}

/// A label, and a text in as many lines as it needs.
struct Labelled<'a>(&'a str, &'a str);

impl fmt::Display for Labelled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = fill(self.1, 100);
        write!(f, "  {:8}  {}", self.0, lines.join("\n            "))
    }
}

/// The words of a text in lines of at most `width`, if words are not longer.
fn fill(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is one");
        if !last.is_empty() && last.len() + 1 + word.len() > width {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

/// Where a mistake is made.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    pub(crate) place: Place,
    /// If it is made in a call of the API.
    pub(crate) call: Option<&'a ApiCall>,
    pub(crate) inside_python: bool,
    /// What it is about, where one place has mistakes about several things; else 0.
    pub(crate) subject: usize,
}

impl Site<'_> {
    pub(crate) fn returning(function: HPyCFunction) -> Self {
        let place = Place { function: function as usize, by: AS_RESULT };
        Self { place, call: None, inside_python: true, subject: 0 }
    }
}

impl DebugState {
    /// Where this thread calls the API, inside of Python.
    pub(crate) fn site<'a>(&self, call: &'a ApiCall) -> Site<'a> {
        let place = Place { function: self.current_function(), by: call.member as u16 };
        Site { place, call: Some(call), inside_python: true, subject: 0 }
    }

    /// Where it does so outside of it.
    pub(crate) fn site_outside<'a>(&self, call: &'a ApiCall) -> Site<'a> {
        Site { inside_python: false, ..self.site(call) }
    }

    /// The function of an extension that runs on this thread; 0 if none does.
    pub(crate) fn current_function(&self) -> usize {
        self.contexts.current().map_or(0, |call| call.function())
    }
}

thread_local! {
    /// How many reports this thread is making: one is about code that runs to describe an object for the one before.
    static REPORTS: Cell<u32> = const { Cell::new(0) };
}

/// Writes to standard error. Where that fails there is nobody to be told.
pub(crate) fn print(text: impl fmt::Display) {
    let _ = write!(io::stderr(), "{text}");
}

/// How many frames a report shows of where the mistake was made.
const FRAMES: usize = 16;

impl DebugState {
    /// Says what was done wrong, and ends the process, unless somebody wants it to go on; what was said before is only
    /// counted. `fill` adds what is known.
    ///
    /// # Safety
    ///
    /// The site is where this thread is, and says truly whether Python may be used.
    #[cold]
    pub(crate) unsafe fn report(&self, rule: Rule, site: &Site, fill: impl FnOnce(&mut Report)) {
        let hooks = self.hooks();
        let hook = match rule.hook() {
            HookOf::Handle => hooks.on_invalid_handle,
            HookOf::Builder => hooks.on_invalid_builder,
            HookOf::None => None,
        };
        if let Some(hook) = hook.filter(|_| site.inside_python) {
            return hook();
        }
        let mistake = self.mistake(rule, site);
        if (self.warn() || hooks.on_report.is_some()) && self.was_told(mistake) {
            return;
        }
        let others = REPORTS.get();
        REPORTS.set(others + 1);
        let mut report = Report::new(mistake, site.inside_python);
        let mut fill = Some(fill);
        let mut describe = |raised: Option<String>| {
            if let Some(raised) = raised {
                report.line("raised", raised);
            }
            if let Some(fill) = fill.take() {
                fill(&mut report);
            }
            self.describe_misuse(&mut report, site);
        };
        if site.inside_python {
            self.host.without_exception(&mut describe);
        } else {
            describe(None);
        }
        report.end(self, site.inside_python || rule == Rule::ApiWithoutContext);
        REPORTS.set(others);
        if hooks.on_report.is_some_and(|hook| hook(&report) == Reaction::Continue) {
            return;
        }
        print(&report);
        if matches!(rule, Rule::OutsidePython | Rule::ReturnedOutsidePython) {
            report.print_python(self.host.python_location_outside());
        }
        if self.warn() {
            return;
        }
        if site.inside_python {
            let engine = self.engine;
            // SAFETY: by contract.
            with_c_string(report.title(), |title| unsafe { ((*engine).ctx_FatalError)(engine, title) });
        }
        std::process::abort();
    }

    fn describe_misuse(&self, report: &mut Report, site: &Site) {
        let frames = site.call.map(|call| frames(self, FRAMES, Start::Call(call))).unwrap_or_default();
        report.all("misused", site.place.lines(&frames));
    }

    /// What is known of the object and the handle of a record.
    ///
    /// # Safety
    ///
    /// The thread is inside of Python.
    pub(crate) unsafe fn describe_handle(&self, report: &mut Report, record: &Record) {
        let living = {
            let table = self.table();
            self.arena.living(&table, record).filter(|_| record.kind() == Kind::Handle)
        };
        let engine = self.engine;
        // Kept while it is looked at, which may run code that closes the handle.
        // SAFETY: it is open, and by contract.
        let kept = living.map(|inner| unsafe { ((*engine).ctx_Dup)(engine, inner) });
        // SAFETY: it is open.
        let object = kept.map(|inner| unsafe { describe_object(engine, inner) });
        if let Some(inner) = kept {
            // SAFETY: it is ours.
            unsafe { ((*engine).ctx_Close)(engine, inner) };
        }
        self.describe_record(report, record, object);
    }

    /// The same without a look at the object itself.
    pub(crate) fn describe_record(&self, report: &mut Report, record: &Record, object: Option<String>) {
        let state = record.state();
        let table = self.table();
        let details = record.details(&table);
        match (record.kind(), object) {
            (Kind::Handle, Some(object)) => report.line("object", object),
            (Kind::Handle, None) if state & OPEN != 0 => {}
            (Kind::Handle, None) => {
                let object = details.closed_trace().and_then(|trace| trace.object.as_ref());
                let text = match object {
                    Some(object) => format!("{object}, of which no handle is open any more"),
                    None => "not known, as no handle of it is open any more".to_owned(),
                };
                report.line("object", text);
            }
            (Kind::ListBuilder, _) => {
                report.line("builder", format!("of a list of length {}", details.length()))
            }
            (Kind::TupleBuilder, _) => {
                report.line("builder", format!("of a tuple of length {}", details.length()));
            }
            (Kind::Tracker, _) => {}
        }
        let sort = match state {
            _ if state & CONSTANT != 0 => " of a constant of the context",
            _ if state & ARGUMENT != 0 => " of an argument",
            _ => "",
        };
        let (id, serial, generation) = (record.handle(), details.serial, details.generation);
        report.line(
            "handle",
            format!("{id:#x}{sort}, number {serial} since the start, generation {generation}"),
        );
        report.all("opened", details.opened.lines_of(details.opened_trace()));
        if state & (OPEN | CLOSED) == CLOSED {
            if details.closed.by == AS_ARGUMENT {
                report.line(
                    "closed",
                    "at the end of that call, up to which an argument is valid; to keep it, HPy_Dup it, or store it in \
                     an HPyField or HPyGlobal",
                );
            } else {
                report.all("closed", details.closed.lines_of(details.closed_trace()));
            }
        }
        if details.opened_trace().is_none() && state & (ARGUMENT | CONSTANT) == 0 {
            report.more = Some(
                "HPY_DEBUG=trace in the environment, or hpy.debug.set_handle_stack_trace_limit(16), keeps for each \
                 handle the lines where it is opened and closed, and what it was of",
            );
        }
    }
}

/// What of an object is kept for a report when its handle is closed: the type, and the repr if that is short and runs
/// no Python code.
///
/// # Safety
///
/// The thread is inside of Python, and the handle is open.
pub(crate) unsafe fn describe_for_later(ctx: *mut HPyContext, object: HPy) -> Option<String> {
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
            return Some(describe_object(ctx, object));
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
        let name = (!name.is_null()).then(|| std::ffi::CStr::from_ptr(name).to_string_lossy().into_owned());
        ((*ctx).ctx_Close)(ctx, ty);
        name
    }
}

/// Type and, as long as no exception is set, repr.
///
/// # Safety
///
/// The thread is inside of Python, and the handle is open.
pub(crate) unsafe fn describe_object(ctx: *mut HPyContext, object: HPy) -> String {
    const LONG: usize = 120;
    // SAFETY: by contract.
    unsafe {
        let ty = type_name(ctx, object).unwrap_or_else(|| "object".to_owned());
        // A repr with a mistake in it would make that again, and without end.
        if REPORTS.get() > 1 {
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
