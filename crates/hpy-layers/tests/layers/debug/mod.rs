//! Debug mode reports the mistakes that each test makes, and nothing else.

mod builders;
mod calls;
mod definitions;
mod engine;
mod fields;
mod handles;
mod leaks;
mod long_run;
mod process;
mod raw_data;
mod threads;

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use hpy_abi::*;
use hpy_layers::Layered;
use hpy_layers::debug::{Debug, DebugHandle, DebugState, Reaction, Report, Rule};

use crate::fake::incoming::through;
use engine::Object;

/// A function of an extension.
type Unary = unsafe extern "C" fn(*mut HPyContext, HPy, HPy) -> HPy;

/// An engine, debug mode around it, and what was reported; the extension always goes on.
struct Setup {
    engine: Box<HPyContext>,
    layered: Pin<Box<Layered<Debug>>>,
    state: Arc<DebugState>,
    reports: Arc<Mutex<Vec<Report>>>,
}

impl Setup {
    fn new() -> Self {
        let mut engine = engine::context();
        let inner = &raw mut *engine;
        // SAFETY: the engine's context is in a box that lives as long.
        unsafe { Self::around(engine, inner, HPY_CONTEXT_MEMBERS) }
    }

    /// Around `inner`, which has that many members and lives at least as long as `engine`.
    unsafe fn around(engine: Box<HPyContext>, inner: *mut HPyContext, members: usize) -> Self {
        // SAFETY: by contract.
        unsafe {
            let state = DebugState::new(inner, Box::new(()));
            let layered = Layered::new(inner, members, Debug::new(&state));
            let reports: Arc<Mutex<Vec<Report>>> = Arc::default();
            let seen = Arc::clone(&reports);
            state.reporter().set_on_report(Some(Arc::new(move |report: &Report| {
                seen.lock().unwrap().push(report.clone());
                Reaction::Continue
            })));
            Self { engine, layered, state, reports }
        }
    }

    /// Calls a function with an object as self, and one as argument. Returns the object that it returns.
    fn call(&self, function: Unary, this: &Object, argument: &Object) -> Option<Object> {
        self.call_with(self.layered.context(), function, this, argument)
    }

    fn call_with(
        &self,
        ctx: *mut HPyContext,
        function: Unary,
        this: &Object,
        argument: &Object,
    ) -> Option<Object> {
        let mut result = HPy::NULL;
        // SAFETY: the function is called as what it is.
        unsafe {
            let address = std::mem::transmute::<Unary, HPyCFunction>(function);
            through(ctx, HPyFunc_O, address, |ctx, function| {
                let function = std::mem::transmute::<HPyCFunction, Unary>(function);
                result = function(ctx, this.handle(), argument.handle());
            });
            (!result.is_null()).then(|| Object::own(result))
        }
    }

    /// Calls a function with some objects. It has to return None, which is dropped.
    fn run(&self, function: Unary) {
        let result = self.call(function, &Object::text("self"), &Object::text("argument"));
        assert!(result.expect("no exception").is(&engine::none()));
    }

    /// The reports since the last time, as rule and text.
    fn reports(&self) -> Vec<(Rule, String)> {
        let reports = std::mem::take(&mut *self.reports.lock().unwrap());
        self.state.reporter().take_counts();
        reports.iter().map(|report| (report.rule, report.to_string())).collect()
    }

    /// The text of the only report, of this rule.
    #[track_caller]
    fn only(&self, rule: Rule) -> String {
        match &self.reports()[..] {
            [(seen, text)] if *seen == rule => text.clone(),
            reports => panic!("one report of {rule:?} expected: {reports:#?}"),
        }
    }

    #[track_caller]
    fn assert_clean(&self) {
        assert_eq!(self.reports(), []);
        assert!(DebugHandle::leaks(&self.state, 0).is_empty());
    }
}

impl Drop for Setup {
    fn drop(&mut self) {
        engine::clear_error();
    }
}

/// Asserts that a report has a line with this label and text.
#[track_caller]
fn assert_line(report: &str, label: &str, text: &str) {
    let mut inside = false;
    let found = report.lines().any(|line| {
        let (head, rest) = line.split_at(line.len().min(12));
        if !head.trim().is_empty() {
            inside = head.trim() == label;
        }
        inside && rest.contains(text)
    });
    assert!(found, "no line {label:?} with {text:?} in\n{report}");
}

/// Whether frames are as the source says: no function is part of another, and lines are known.
const EXACT_FRAMES: bool = cfg!(debug_assertions);

/// What most functions return.
unsafe fn none(ctx: *mut HPyContext) -> HPy {
    // SAFETY: the context of the call.
    unsafe { ((*ctx).ctx_Dup)(ctx, (*ctx).h_None) }
}
