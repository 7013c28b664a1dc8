//! What happens to reports: which hook is called, what is printed, and whether the process ends.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use hpy_abi::*;

use crate::debug::location::place::has_lines;
use crate::sync::lock;

use super::describe::Describing;
use super::mistake::{Count, Mistake, MistakeCounts, Summary};
use super::report::{Labelled, Reaction, Report};
use super::rule::{HookOf, Rule};
use super::site::Site;
use super::text::{printable, with_c_string};

/// Called in place of a report, without arguments. It may find an exception set, which it keeps.
pub type Hook = Arc<dyn Fn() + Send + Sync>;

/// Called with each report before it is printed. It may find an exception set, which it keeps; where
/// [`Report::inside_python`] is false, it may not touch Python.
pub type ReportHook = Arc<dyn Fn(&Report) -> Reaction + Send + Sync>;

/// Gets the engine's context, inside of Python, and gives 0 if no exception is set.
pub type ExceptionTest = unsafe extern "C" fn(*mut HPyContext) -> usize;

unsafe extern "C" fn test_by_context(ctx: *mut HPyContext) -> usize {
    // SAFETY: the caller's promise.
    unsafe { ((*ctx).ctx_Err_Occurred)(ctx) as usize }
}

/// What debug mode asks of Python that a context does not tell.
pub trait PythonHost: Send + Sync + 'static {
    /// The Python line that this thread is at, such as `File "a.py", line 3, in f`. The thread is inside of Python,
    /// perhaps with an exception set, which stays.
    fn python_location(&self) -> Option<String> {
        None
    }

    /// The same for a thread that left Python, and is to stay there. This may wait for other threads to leave it.
    fn python_location_outside(&self) -> Option<String> {
        None
    }

    /// What tells whether an exception is set. It is asked at most calls of the API, so a way that is shorter than that through
    /// the context is worth having.
    fn exception_test(&self) -> ExceptionTest {
        test_by_context
    }

    /// Calls `look` without the exception that is set, with its type and text, and sets it again. The thread is inside
    /// of Python; `look` leaves no exception set.
    fn without_exception(&self, look: &mut dyn FnMut(Option<String>)) {
        look(None);
    }
}

impl PythonHost for () {}

#[derive(Default, Clone)]
struct Hooks {
    on_invalid_handle: Option<Hook>,
    on_invalid_builder: Option<Hook>,
    on_report: Option<ReportHook>,
}

/// Where the reports of an interpreter go.
pub struct Reporter {
    engine: *mut HPyContext,
    pub(crate) host: Box<dyn PythonHost>,
    hooks: Mutex<Hooks>,
    warn: AtomicBool,
    counts: MistakeCounts,
}

// SAFETY: the context is only used by threads that are inside of Python, as any context.
unsafe impl Send for Reporter {}
// SAFETY: as for `Send`; all else is atomic or behind a lock.
unsafe impl Sync for Reporter {}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.print_summary();
    }
}

/// How many frames a report shows of where the mistake was made.
const FRAMES: usize = 16;

impl Reporter {
    /// For the interpreter with the context `engine`, which has to live as long as there are reports.
    pub(crate) fn new(engine: *mut HPyContext, host: Box<dyn PythonHost>, warn: bool) -> Self {
        let (hooks, counts) = (Mutex::default(), MistakeCounts::default());
        Self { engine, host, hooks, warn: AtomicBool::new(warn), counts }
    }

    /// Whether reports are printed and the process goes on.
    #[must_use]
    pub fn warn(&self) -> bool {
        self.warn.load(Ordering::Relaxed)
    }

    /// Sets it; `HPY_DEBUG=warn` does so from the start.
    pub fn set_warn(&self, warn: bool) {
        self.warn.store(warn, Ordering::Relaxed);
    }

    /// Sets or removes what is called in place of a report about a handle. Then the extension goes on, with a handle of
    /// the object if it still lives, else of `None`. Returns the hook before, for the caller to drop.
    pub fn set_on_invalid_handle(&self, hook: Option<Hook>) -> Option<Hook> {
        std::mem::replace(&mut lock(&self.hooks).on_invalid_handle, hook)
    }

    /// The same for builders. A `Build` that goes on raises `MemoryError`; all else does nothing.
    pub fn set_on_invalid_builder(&self, hook: Option<Hook>) -> Option<Hook> {
        std::mem::replace(&mut lock(&self.hooks).on_invalid_builder, hook)
    }

    /// Sets or removes what sees every report for which neither of the other hooks was called.
    pub fn set_on_report(&self, hook: Option<ReportHook>) -> Option<ReportHook> {
        std::mem::replace(&mut lock(&self.hooks).on_report, hook)
    }

    /// How often each mistake was made since this was called last. The next report of each is in full again.
    pub fn take_counts(&self) -> HashMap<Mistake, Count> {
        self.counts.take()
    }

    /// The hooks set now; each lives while it runs.
    fn hooks(&self) -> Hooks {
        lock(&self.hooks).clone()
    }

    /// Reports a broken rule: it is printed and the process ends, unless somebody wants it to go on. What was reported
    /// before is only counted. `fill` adds what is known.
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
        let mistake = site.mistake(rule);
        if self.is_repeated(mistake) {
            return;
        }
        let describing = Describing::begin();
        let mut report = Report::new(mistake, site.inside_python);
        let mut fill = Some(fill);
        self.without_exception(site.inside_python, &mut |raised| {
            if let Some(raised) = raised {
                report.add("raised", raised);
            }
            if let Some(fill) = fill.take() {
                fill(&mut report);
            }
            report.add_lines("misused", site.place.lines(&site.frames(FRAMES)));
        });
        self.finish(&mut report, site.inside_python || rule == Rule::ApiWithoutContext);
        drop(describing);
        if !self.deliver(&report) {
            return;
        }
        if matches!(rule, Rule::OutsidePython | Rule::ReturnedOutsidePython) {
            print_python(self.host.python_location_outside());
        }
        if self.warn() {
            return;
        }
        if site.inside_python {
            let engine = self.engine;
            // SAFETY: the thread is inside of Python, as the site says.
            with_c_string(report.title(), |title| unsafe { ((*engine).ctx_FatalError)(engine, title) });
        }
        std::process::abort();
    }

    /// Counts a mistake. Returns whether it was reported before, so that the extension just goes on.
    pub(crate) fn is_repeated(&self, mistake: Mistake) -> bool {
        let goes_on = self.warn() || lock(&self.hooks).on_report.is_some();
        goes_on && !self.counts.add(mistake)
    }

    /// Calls `look` with no exception set, if the thread is inside of Python, and with what the exception was.
    pub(crate) fn without_exception(&self, inside_python: bool, look: &mut dyn FnMut(Option<String>)) {
        if inside_python {
            self.host.without_exception(look);
        } else {
            look(None);
        }
    }

    /// Adds the last lines of a report. `ask_python` is whether Python can be asked for its line.
    pub(crate) fn finish(&self, report: &mut Report, ask_python: bool) {
        let python = if ask_python { self.host.python_location() } else { None };
        if let Some(line) = python {
            report.add("Python", line);
        }
        let place = report.lines().find(|&(label, _)| label == "misused").map_or("?", |(_, place)| place);
        self.counts.set_place(report.mistake, place);
        // No help for those whose process goes on already.
        let go_on = !self.warn() && lock(&self.hooks).on_report.is_none();
        let go_on = go_on.then_some(
            "with HPY_DEBUG=warn in the environment, the process goes on after a report, so that one run shows all mistakes",
        );
        let mut more: Vec<&str> = report.more().or(go_on).into_iter().collect();
        if !has_lines(report.mistake.place.function) {
            more.push("reports have lines if the extension is compiled with debug information (-g)");
        }
        if !more.is_empty() {
            report.add("more", more.join("; "));
        }
    }

    /// Shows the report to the hook for all reports, and prints it unless that wants nothing more to happen. Returns
    /// whether it was printed.
    pub(crate) fn deliver(&self, report: &Report) -> bool {
        if self.hooks().on_report.is_some_and(|hook| hook(report) == Reaction::Continue) {
            return false;
        }
        print(report);
        true
    }

    /// The same for what goes on in no case: it is printed whatever the hook says.
    pub(crate) fn deliver_anyway(&self, report: &Report) {
        if let Some(hook) = self.hooks().on_report {
            hook(report);
        }
        // A hook that collects reports has no chance to show them.
        print(report);
    }

    /// Prints how often the mistakes were made that were not reported in full each time.
    pub(crate) fn print_summary(&self) {
        let counts = self.counts.take();
        if self.warn() {
            print(Summary::new(counts));
        }
    }
}

/// Prints the Python line of a report that was printed before. It is a line of its own where asking for it is risky, so
/// that the report is out already if that ends badly.
pub(crate) fn print_python(line: Option<String>) {
    if let Some(line) = line {
        print(format_args!("{}\n", Labelled("Python", &printable(&line))));
    }
}

/// Writes to standard error. If that fails, there is nobody to tell.
pub(crate) fn print(text: impl fmt::Display) {
    let _ = write!(io::stderr(), "{text}");
}
