//! What an interpreter knows of its handles in debug mode, and what the shell may ask and set.

use std::collections::HashMap;
use std::ffi::c_char;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use hpy_abi::*;

use crate::sync::lock;

use crate::debug::calls::AllContexts;
use crate::debug::location::place::Place;
use crate::debug::reports::repeats::{Repeats, tell_summary};
use crate::debug::reports::report::{Reaction, Report};
use crate::debug::settings::{InvalidSetting, Settings};
use crate::debug::table::arena::{Arena, Table};
use crate::debug::table::record::{ARGUMENT, CLOSED, Kind, QUEUED, Record};
use crate::debug::table::spin_lock::Guard;

/// Called in the place of a report, without arguments. It may find an exception set, which it keeps.
pub type Hook = Arc<dyn Fn() + Send + Sync>;

/// Called with each report before it is printed. It may find an exception set, which it keeps; where
/// [`Report::inside_python`] is false, it may not touch Python.
pub type ReportHook = Arc<dyn Fn(&Report) -> Reaction + Send + Sync>;

/// What the shell knows and a context does not tell.
pub trait Host: Send + Sync + 'static {
    /// The Python line that this thread is at, such as `File "a.py", line 3, in f`. The thread is inside of Python,
    /// perhaps with an exception set, which stays.
    fn python_location(&self) -> Option<String> {
        None
    }

    /// The same for a thread that left Python, and is to stay there. This may wait for other threads to leave it.
    fn python_location_outside(&self) -> Option<String> {
        None
    }

    /// Calls `look` without the exception that is set, with its type and text, and sets it again. The thread is inside
    /// of Python; `look` leaves no exception set.
    fn without_exception(&self, look: &mut dyn FnMut(Option<String>)) {
        look(None);
    }
}

impl Host for () {}

#[derive(Default, Clone)]
pub(crate) struct Hooks {
    pub(crate) on_invalid_handle: Option<Hook>,
    pub(crate) on_invalid_builder: Option<Hook>,
    pub(crate) on_report: Option<ReportHook>,
}

/// The debug mode of one interpreter.
pub struct DebugState {
    /// The context whose handles the records hold. Layers between it and debug mode are transparent.
    pub(crate) engine: *mut HPyContext,
    pub(crate) host: Box<dyn Host>,
    pub(crate) arena: Arena,
    /// The handles of the engine's constants, by those of the engine.
    constants: Mutex<HashMap<isize, isize>>,
    pub(crate) contexts: AllContexts,
    pub(crate) types: crate::debug::checks::fields::Types,
    hooks: Mutex<Hooks>,
    pub(crate) stack_trace_limit: AtomicUsize,
    pub(crate) warn: AtomicBool,
    invalid_setting: Option<InvalidSetting>,
    pub(crate) repeats: Repeats,
}

impl Drop for DebugState {
    fn drop(&mut self) {
        tell_summary(self);
    }
}

// SAFETY: the context is only used by threads that are inside of Python, as any context.
unsafe impl Send for DebugState {}
// SAFETY: as above; all else is atomic or behind a lock.
unsafe impl Sync for DebugState {}

/// The states of all interpreters, to tell whose a handle is.
static ALL: Mutex<Vec<Weak<DebugState>>> = Mutex::new(Vec::new());

fn lock_all() -> MutexGuard<'static, Vec<Weak<DebugState>>> {
    lock(&ALL)
}

/// Those of the interpreters that have not ended.
pub(crate) fn living() -> Vec<Arc<DebugState>> {
    let mut all = lock_all();
    all.retain(|state| state.strong_count() > 0);
    all.iter().filter_map(Weak::upgrade).collect()
}

/// The interpreter on whose behalf this thread runs code of an extension, and the function that it called, if that is one
/// of those looked for. Takes no memory, and waits for nobody.
pub(crate) fn find_in_extension(look_for: impl Fn(usize) -> bool) -> Option<(Arc<DebugState>, usize)> {
    let all = ALL.try_lock().ok()?;
    all.iter().filter_map(Weak::upgrade).find_map(|state| {
        let function = state.contexts.function_in_extension().filter(|&function| look_for(function))?;
        Some((state, function))
    })
}

/// Whether the handle belongs to another interpreter.
pub(crate) fn is_of_another(state: &DebugState, handle: isize) -> bool {
    living().iter().any(|other| !std::ptr::eq(&raw const **other, state) && other.arena.get(handle).is_some())
}

impl DebugState {
    /// The debug mode of the interpreter with the context `engine`.
    ///
    /// # Safety
    ///
    /// `engine` outlives the result, and is what all stacks with a [`Debug`](crate::debug::Debug) of this state stand on,
    /// with nothing but transparent layers between.
    #[must_use]
    pub unsafe fn new(engine: *mut HPyContext, host: Box<dyn Host>) -> Arc<Self> {
        let (settings, invalid_setting) = match Settings::from_environment() {
            Ok(settings) => (settings, None),
            Err(invalid) => (Settings::default(), Some(invalid)),
        };
        let state = Arc::new(Self {
            engine,
            host,
            arena: Arena::default(),
            constants: Mutex::default(),
            contexts: AllContexts::default(),
            types: crate::debug::checks::fields::Types::default(),
            hooks: Mutex::default(),
            stack_trace_limit: AtomicUsize::default(),
            warn: AtomicBool::new(settings.warn),
            invalid_setting,
            repeats: Repeats::default(),
        });
        state.set_stack_trace_limit(settings.stack_trace_limit);
        lock_all().push(Arc::downgrade(&state));
        state
    }

    #[inline]
    pub(crate) fn table(&self) -> Guard<'_, Table> {
        self.arena.table()
    }

    pub(crate) fn constants(&self) -> MutexGuard<'_, HashMap<isize, isize>> {
        lock(&self.constants)
    }

    /// What of `HPY_DEBUG` means nothing. A module is not loaded in debug mode then: who asked for something would get
    /// something else.
    #[must_use]
    pub fn invalid_setting(&self) -> Option<&InvalidSetting> {
        self.invalid_setting.as_ref()
    }

    /// Begins a generation and returns its number; the first time 1.
    pub fn new_generation(&self) -> i64 {
        (self.arena.generation.fetch_add(1, Ordering::Relaxed) + 1).into()
    }

    /// The handles of objects that are open, from the oldest on, of this generation and later. The constants of the
    /// context have generation 0.
    #[must_use]
    pub fn open_handles(this: &Arc<Self>, generation: i64) -> Vec<DebugHandle> {
        Self::select(this, |record, opened| {
            record.is_open() && record.kind() == Kind::Handle && opened >= generation
        })
    }

    /// The handles that were closed, from the oldest on, of this generation and later. Arguments are among them, though
    /// they do not wait in the queue, and so there are at most as many as it may have.
    #[must_use]
    pub fn closed_handles(this: &Arc<Self>, generation: i64) -> Vec<DebugHandle> {
        let table = this.table();
        let max = table.closed_max().cast_unsigned();
        let mut found = Vec::new();
        let mut add = |record: &Record| {
            let serial = record.serial();
            if serial != 0 && record.kind() == Kind::Handle {
                found.push((record.details(&table).generation, DebugHandle::new(this, record, serial)));
            }
        };
        table.each_closed(&mut add);
        this.arena.each(&table, |record| {
            if record.state() & (CLOSED | ARGUMENT | QUEUED) == CLOSED | ARGUMENT {
                add(record);
            }
        });
        found.sort_by_key(|(_, handle)| handle.serial);
        let newest = found.into_iter().rev().take(max);
        let mut chosen: Vec<_> =
            newest.filter(|(opened, _)| *opened >= generation).map(|(_, handle)| handle).collect();
        chosen.reverse();
        chosen
    }

    /// What was opened in this generation and later and has to be closed by the extension: handles, builders,
    /// trackers. Neither constants nor arguments.
    #[must_use]
    pub fn leaks(this: &Arc<Self>, generation: i64) -> Vec<DebugHandle> {
        Self::select(this, |record, opened| record.is_open() && record.is_owned() && opened >= generation)
    }

    fn select(this: &Arc<Self>, choose: impl Fn(&Record, i64) -> bool) -> Vec<DebugHandle> {
        let table = this.table();
        let mut found = Vec::new();
        this.arena.each(&table, |record| {
            let details = record.details(&table);
            if choose(record, details.generation) {
                found.push(DebugHandle::new(this, record, details.serial));
            }
        });
        found.sort_by_key(|handle| handle.serial);
        found
    }

    /// How many closed handles wait before one is used again. 1024 unless set.
    #[must_use]
    pub fn closed_queue_max_size(&self) -> usize {
        self.table().closed_max().cast_unsigned()
    }

    /// Sets it; what is too much goes with the next handle that is closed. 0 means that no closed handle waits.
    pub fn set_closed_queue_max_size(&self, size: usize) {
        let size = isize::try_from(size).unwrap_or(isize::MAX).min(isize::MAX / 2);
        self.table().set_limits(size, self.stack_trace_limit() != 0);
    }

    /// How many bytes of raw data of closed handles stay protected. 10 MiB unless set.
    #[must_use]
    pub fn protected_raw_data_max_size(&self) -> usize {
        self.table().protected_max
    }

    /// Sets it; what is too much goes with the next handle that is closed.
    pub fn set_protected_raw_data_max_size(&self, size: usize) {
        self.table().protected_max = size;
    }

    /// How many native frames are kept of where handles are opened and closed. 0 unless set or in the environment.
    #[must_use]
    pub fn stack_trace_limit(&self) -> usize {
        self.stack_trace_limit.load(Ordering::Relaxed)
    }

    /// Sets it.
    pub fn set_stack_trace_limit(&self, limit: usize) {
        let mut table = self.table();
        self.stack_trace_limit.store(limit, Ordering::Relaxed);
        let closed_max = table.closed_max();
        table.set_limits(closed_max, limit != 0);
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

    /// Sets or removes what is called in the place of a report about a handle. Then the extension goes on, with a
    /// handle of the object if it still lives, else of `None`. Returns the hook before, for the caller to drop.
    pub fn set_on_invalid_handle(&self, hook: Option<Hook>) -> Option<Hook> {
        std::mem::replace(&mut self.lock_hooks().on_invalid_handle, hook)
    }

    /// The same for builders. A `Build` that goes on raises `MemoryError`; all else does nothing.
    pub fn set_on_invalid_builder(&self, hook: Option<Hook>) -> Option<Hook> {
        std::mem::replace(&mut self.lock_hooks().on_invalid_builder, hook)
    }

    /// Sets or removes what sees every report for which neither of the other hooks was called.
    pub fn set_on_report(&self, hook: Option<ReportHook>) -> Option<ReportHook> {
        std::mem::replace(&mut self.lock_hooks().on_report, hook)
    }

    fn lock_hooks(&self) -> MutexGuard<'_, Hooks> {
        lock(&self.hooks)
    }

    /// Those set now; each stays while it runs.
    pub(crate) fn hooks(&self) -> Hooks {
        self.lock_hooks().clone()
    }
}

/// One opening of a handle. It stays valid when the handle is closed and when its record is used again.
#[derive(Clone)]
pub struct DebugHandle {
    pub(crate) state: Arc<DebugState>,
    pub(crate) record: *const Record,
    pub(crate) serial: u64,
}

impl PartialEq for DebugHandle {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.record, other.record) && self.serial == other.serial
    }
}

impl Eq for DebugHandle {}

impl DebugHandle {
    pub(crate) fn new(state: &Arc<DebugState>, record: &Record, serial: u64) -> Self {
        Self { state: Arc::clone(state), record, serial }
    }

    /// What `read` gives of the record, unless it is used for something else by now.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&Record, &mut Table) -> R) -> Option<R> {
        let mut table = self.state.table();
        // SAFETY: records live as long as the state.
        let record = unsafe { &*self.record };
        (record.details(&table).serial == self.serial).then(|| read(record, &mut table))
    }

    /// The handle as a number, which is what the extension has.
    #[must_use]
    pub fn id(&self) -> usize {
        self.record as usize
    }

    /// Whether it was closed. Once its record is used again, it was.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.read(|record, _| !record.is_open()).unwrap_or(true)
    }

    /// What it is a handle of. A handle of an object once its record is used again.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.read(|record, _| record.kind()).unwrap_or(Kind::Handle)
    }

    /// The generation in which it was opened; 0 once its record is used again.
    #[must_use]
    pub fn generation(&self) -> i64 {
        self.read(|record, table| record.details(table).generation).unwrap_or(0)
    }

    /// The engine's handle of the object, borrowed: it lives until the extension goes on. Of a closed handle there
    /// is one only if another handle of the object is open.
    #[must_use]
    pub fn object(&self) -> Option<HPy> {
        self.read(|record, table| match record.kind() {
            Kind::Handle => self.state.arena.living(table, record),
            _ => None,
        })?
    }

    /// The bytes of the copy of the object's data that the extension got last, with the NUL at the end. `None` if it
    /// got none, or if the copy is gone.
    #[must_use]
    pub fn raw_data_size(&self) -> Option<usize> {
        self.read(|record, table| {
            record.details(table).raw_data().last().map(crate::debug::checks::raw_data::RawData::size)
        })?
    }

    /// Closes a handle of an object in the place of the extension; nothing if it is closed, a constant or an
    /// argument, or no handle of an object.
    ///
    /// # Safety
    ///
    /// The caller is inside of Python, and the extension does not use the handle any more.
    pub unsafe fn force_close(&self) {
        let inner = self.read(|record, table| {
            (record.is_open() && record.is_owned() && record.kind() == Kind::Handle)
                .then(|| self.state.arena.close(table, record, Place::default()))
        });
        if let Some(inner) = inner.flatten().flatten() {
            let engine = self.state.engine;
            // SAFETY: the record owned it; by contract.
            unsafe { ((*engine).ctx_Close)(engine, inner) };
        }
    }

    /// The lines that say where it was opened: the functions of the API and of the extension, and, if there was a
    /// limit of stack traces, the frames and the Python line. `None` once its record is used again.
    #[must_use]
    pub fn where_opened(&self) -> Option<Vec<String>> {
        let (place, trace) = self.read(|record, table| {
            let details = record.details(table);
            (details.opened, details.opened_trace().cloned())
        })?;
        Some(place.lines_of(trace.as_ref()))
    }

    /// The native frames where it was opened, one in each line as `file(symbol+0xoffset) [0xaddress]`. `None` without
    /// a limit of stack traces.
    #[must_use]
    pub fn opened_frames(&self) -> Option<Vec<String>> {
        let trace = self.read(|record, table| record.details(table).opened_trace().cloned())??;
        Some(trace.frames())
    }
}

/// A C string for the engine; what a NUL would end is left out.
pub(crate) fn with_c_string<R>(text: &str, use_it: impl FnOnce(*const c_char) -> R) -> R {
    let text: Vec<u8> = text.bytes().take_while(|&b| b != 0).chain([0]).collect();
    use_it(text.as_ptr().cast())
}
