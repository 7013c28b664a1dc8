//! The debug mode of an interpreter: what all of its modules share, and the settings.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, Weak};

use hpy_abi::*;

use crate::call::ApiCall;
use crate::sync::lock;

use super::calls::context::AllContexts;
use super::reports::describe;
use super::reports::report::Report;
use super::reports::reporter::{PythonHost, Reporter};
use super::reports::site::Site;
use super::settings::{InvalidSetting, Settings};
use super::table::arena::Arena;
use super::table::record::{QueueLimits, Record};
use super::types::Types;

/// The debug mode of one interpreter.
pub struct DebugState {
    /// The context whose handles the records hold. Layers between it and debug mode are transparent.
    pub(crate) engine: *mut HPyContext,
    pub(crate) arena: Arena,
    /// The outer handles of the engine's constants, by the engine's handles.
    constants: Mutex<HashMap<isize, isize>>,
    /// The records of memory, by its address. Some are of memory that was freed.
    pub(crate) blocks: Mutex<HashMap<usize, isize>>,
    pub(crate) contexts: AllContexts,
    pub(crate) types: Types,
    pub(crate) reporter: Reporter,
    stack_trace_limit: AtomicUsize,
    invalid_setting: Option<InvalidSetting>,
}

// SAFETY: the context is only used by threads that are inside of Python, as any context.
unsafe impl Send for DebugState {}
// SAFETY: as for `Send`; all else is atomic or behind a lock.
unsafe impl Sync for DebugState {}

impl DebugState {
    /// The debug mode of the interpreter with the context `engine`.
    ///
    /// # Safety
    ///
    /// `engine` outlives the result. Between it and each [`Debug`](super::Debug) of this state there are only transparent
    /// layers.
    #[must_use]
    pub unsafe fn new(engine: *mut HPyContext, host: Box<dyn PythonHost>) -> Arc<Self> {
        let (settings, invalid_setting) = match Settings::from_environment() {
            Ok(settings) => (settings, None),
            Err(invalid) => (Settings::default(), Some(invalid)),
        };
        let state = Arc::new(Self {
            engine,
            arena: Arena::default(),
            constants: Mutex::default(),
            blocks: Mutex::default(),
            contexts: AllContexts::new(host.exception_test()),
            types: Types::default(),
            reporter: Reporter::new(engine, host, settings.warn),
            stack_trace_limit: AtomicUsize::default(),
            invalid_setting,
        });
        state.set_stack_trace_limit(settings.stack_trace_limit);
        lock(&ALL).push(Arc::downgrade(&state));
        print_summaries_at_exit();
        state
    }

    /// The word of `HPY_DEBUG` that has no meaning, if there is one. Then no module must be loaded in debug mode, since it
    /// would not behave as somebody wants it to.
    #[must_use]
    pub fn invalid_setting(&self) -> Option<&InvalidSetting> {
        self.invalid_setting.as_ref()
    }

    /// Where the reports go.
    #[must_use]
    pub fn reporter(&self) -> &Reporter {
        &self.reporter
    }

    /// Begins a generation and returns its number, the first time 1.
    pub fn new_generation(&self) -> i64 {
        (self.arena.generation.fetch_add(1, Ordering::Relaxed) + 1).into()
    }

    /// How many closed handles wait before one is reused. 1024 unless set.
    #[must_use]
    pub fn closed_queue_max_size(&self) -> usize {
        self.arena.table().closed.limits.max().cast_unsigned()
    }

    /// Sets it. The queue is shortened when the next handle is closed. With 0, no closed handle waits.
    pub fn set_closed_queue_max_size(&self, size: usize) {
        let size = isize::try_from(size).unwrap_or(isize::MAX).min(isize::MAX / 2);
        self.arena.table().closed.limits = QueueLimits::new(size, self.stack_trace_limit() != 0);
    }

    /// How many bytes of raw data of closed handles stay protected. 10 MiB unless set.
    #[must_use]
    pub fn protected_raw_data_max_size(&self) -> usize {
        self.arena.table().protected_max
    }

    /// Sets it. Data beyond that is freed when the next handle is closed.
    pub fn set_protected_raw_data_max_size(&self, size: usize) {
        self.arena.table().protected_max = size;
    }

    /// How many native frames are kept of each opening and closing. 0 unless set, here or in the environment.
    #[must_use]
    pub fn stack_trace_limit(&self) -> usize {
        self.stack_trace_limit.load(Ordering::Relaxed)
    }

    /// Sets it.
    pub fn set_stack_trace_limit(&self, limit: usize) {
        let mut table = self.arena.table();
        self.stack_trace_limit.store(limit, Ordering::Relaxed);
        table.closed.limits = QueueLimits::new(table.closed.limits.max(), limit != 0);
    }

    pub(crate) fn constants(&self) -> MutexGuard<'_, HashMap<isize, isize>> {
        lock(&self.constants)
    }

    /// The site of a call of the API that this thread makes inside of Python.
    pub(crate) fn site<'a>(&self, call: &'a ApiCall) -> Site<'a> {
        Site::of_call(call, self.contexts.innermost())
    }

    /// Adds to a report what is known of a handle and its object.
    ///
    /// # Safety
    ///
    /// The thread is inside of Python.
    pub(crate) unsafe fn describe_handle(&self, report: &mut Report, record: &Record) {
        // SAFETY: the records hold handles of the engine, and the thread is inside of Python.
        unsafe { describe::handle(report, self.engine, &self.arena, record) };
    }
}

// The interpreters of the process.

/// The states of all interpreters, to find out whose a handle is.
static ALL: Mutex<Vec<Weak<DebugState>>> = Mutex::new(Vec::new());

/// The states of the interpreters that have not ended.
fn living() -> Vec<Arc<DebugState>> {
    let mut all = lock(&ALL);
    all.retain(|state| state.strong_count() > 0);
    all.iter().filter_map(Weak::upgrade).collect()
}

/// Whether the handle belongs to another interpreter.
pub(crate) fn is_of_another(state: &DebugState, handle: isize) -> bool {
    find_by_handle(handle).is_some_and(|other| !std::ptr::eq(&raw const *other, state))
}

/// The interpreter that the handle belongs to.
pub(crate) fn find_by_handle(handle: isize) -> Option<Arc<DebugState>> {
    living().into_iter().find(|state| state.arena.get(handle).is_some())
}

/// The interpreter that called a function of an extension on this thread, and the function, if it is one of those looked for
/// and its own code is running. Neither allocates nor waits.
pub(crate) fn find_in_extension(look_for: impl Fn(usize) -> bool) -> Option<(Arc<DebugState>, usize)> {
    let all = ALL.try_lock().ok()?;
    all.iter().filter_map(Weak::upgrade).find_map(|state| {
        let function = state.contexts.function_in_extension().filter(|&function| look_for(function))?;
        Some((state, function))
    })
}

/// Has the counts of mistakes printed at the end of the process. Those of an interpreter that ends before are printed then.
fn print_summaries_at_exit() {
    unsafe extern "C" {
        fn atexit(function: extern "C" fn()) -> std::ffi::c_int;
    }
    extern "C" fn print_summaries() {
        living().iter().for_each(|state| state.reporter.print_summary());
    }
    static ONCE: Once = Once::new();
    // SAFETY: this library is never unloaded, so the function is there at the end. Without memory, nothing is printed.
    ONCE.call_once(|| unsafe {
        atexit(print_summaries);
    });
}
