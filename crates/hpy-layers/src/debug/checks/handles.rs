//! Handles of objects: opened, used, closed, returned.

use hpy_abi::*;

use crate::{ApiCall, FunctionCall};

use crate::debug::calls::CallContext;
use crate::debug::layer::{BEHIND_ARGUMENTS, Debug};
use crate::debug::location::place::{AS_ARGUMENT, AS_CONSTANT, AS_RESULT, Place, Trace};
use crate::debug::reports::report::{Report, Rule, Site};
use crate::debug::state::{self, DebugState};
use crate::debug::table::arena::Arena;
use crate::debug::table::record::{ARGUMENT, CLOSED, CONSTANT, Kind, OPEN, QUEUED, Record};

/// # Safety
///
/// As the methods of [`Layer`](crate::Layer) of these names.
impl Debug {
    #[inline]
    pub(crate) unsafe fn inner_of(&self, call: &ApiCall, outer: HPy) -> HPy {
        match self.state.arena.get(outer._i) {
            Some(record) if record.is_open_handle() => HPy { _i: record.inner() },
            // SAFETY: by contract.
            _ => unsafe { self.used_wrongly(call, outer) },
        }
    }

    #[cold]
    #[inline(never)]
    unsafe fn used_wrongly(&self, call: &ApiCall, outer: HPy) -> HPy {
        let found = self.state.arena.get(outer._i);
        // SAFETY: the thread is inside of Python.
        unsafe { self.state.invalid(outer, found, Rule::UsedAfterClose, &self.state.site(call)) }
    }

    #[inline(always)]
    pub(crate) fn open(&self, call: &ApiCall, inner: HPy) -> HPy {
        match self.state.arena.open_quickly(inner._i, 0, self.place(call)) {
            Some(record) => HPy { _i: record.handle() },
            None => self.open_slowly(call, inner),
        }
    }

    #[cold]
    #[inline(never)]
    fn open_slowly(&self, call: &ApiCall, inner: HPy) -> HPy {
        if let Some(record) = self.open_record_slowly(call, inner._i, 0) {
            return HPy { _i: record.handle() };
        }
        // SAFETY: the call is one that gives a handle, which is inside of Python; nobody else has the inner one.
        unsafe {
            ((*call.inner).ctx_Close)(call.inner, inner);
            ((*call.inner).ctx_Err_NoMemory)(call.inner);
        }
        HPy::NULL
    }

    /// The same handle for every module, and it stays open.
    pub(crate) fn constant(&self, inner: HPy) -> HPy {
        let arena = &self.state.arena;
        let mut constants = self.state.constants();
        let is_open = |&handle: &isize| arena.get(handle).is_some_and(|r| r.state() == OPEN | CONSTANT);
        let known = constants.get(&inner._i).copied().filter(is_open);
        let handle = known.unwrap_or_else(|| {
            let place = Place { function: 0, by: AS_CONSTANT };
            arena.open_surely(&mut self.state.table(), inner._i, CONSTANT, place).handle()
        });
        constants.insert(inner._i, handle);
        HPy { _i: handle }
    }

    #[inline(always)]
    pub(crate) unsafe fn open_argument(&self, call: &FunctionCall, index: usize, inner: HPy) -> HPy {
        // SAFETY: by contract.
        let Some((record, serial)) = (unsafe { CallContext::argument(call, index) }) else {
            return self.open_another_argument(call, inner);
        };
        self.state.arena.open_argument(record, inner._i, serial, call.function as usize);
        HPy { _i: record.handle() }
    }

    #[cold]
    #[inline(never)]
    fn open_another_argument(&self, call: &FunctionCall, inner: HPy) -> HPy {
        let place = Place { function: call.function as usize, by: AS_ARGUMENT };
        let mut table = self.state.table();
        HPy { _i: self.state.arena.open_surely(&mut table, inner._i, ARGUMENT | QUEUED, place).handle() }
    }

    #[inline(always)]
    pub(crate) unsafe fn close_argument(&self, call: &FunctionCall, outer: HPy) {
        // SAFETY: `open_argument` gave the handle, whatever the function did with it.
        let record = unsafe { &*(outer._i as *const Record) };
        if !Arena::close_argument(record) {
            // SAFETY: by contract.
            unsafe { self.close_other_argument(call, record) };
        }
    }

    #[cold]
    #[inline(never)]
    unsafe fn close_other_argument(&self, call: &FunctionCall, record: &Record) {
        let place = Place { function: call.function as usize, by: AS_ARGUMENT };
        if self.state.arena.close_other_argument(record, place) {
            // SAFETY: by contract.
            unsafe { CallContext::stain(call) };
        }
    }

    /// Opens a record for what a function of the API makes. `None` if there is no memory.
    #[inline]
    pub(crate) fn open_record(&self, call: &ApiCall, inner: isize, sort: u32) -> Option<&Record> {
        let quickly = self.state.arena.open_quickly(inner, sort, self.place(call));
        quickly.or_else(|| self.open_record_slowly(call, inner, sort))
    }

    fn open_record_slowly(&self, call: &ApiCall, inner: isize, sort: u32) -> Option<&Record> {
        let state = &*self.state;
        let record = state.arena.open(&mut state.table(), inner, sort, self.place(call))?;
        if state.stack_trace_limit() != 0 {
            state.trace_opened(call, record);
        }
        Some(record)
    }

    /// Closes what a function of the API ends, of this sort. Returns the inner handle, which may be looked at before;
    /// `None` if another thread was first.
    #[inline]
    pub(crate) fn close_record(&self, call: &ApiCall, record: &Record, sort: u32) -> Option<HPy> {
        let quickly = self.state.arena.close_quickly(record, sort, self.place(call));
        quickly.or_else(|| self.close_record_slowly(call, record))
    }

    fn close_record_slowly(&self, call: &ApiCall, record: &Record) -> Option<HPy> {
        let state = &*self.state;
        if state.stack_trace_limit() != 0 {
            state.trace_closed(call, record);
        }
        state.arena.close(&mut state.table(), record, self.place(call))
    }

    #[inline]
    fn place(&self, call: &ApiCall) -> Place {
        // SAFETY: what was made for a call lives as long as the layer.
        let context = unsafe { self.contexts.of_call(call).as_ref() };
        Place { function: context.map_or(0, CallContext::function), by: call.member as u16 }
    }

    #[inline]
    pub(crate) unsafe fn close(&self, call: &ApiCall, outer: HPy) {
        let inner = call.inner;
        if outer.is_null() {
            // SAFETY: by contract.
            return unsafe { ((*inner).ctx_Close)(inner, outer) };
        }
        let arena = &self.state.arena;
        // First, since what follows may run code that comes back here.
        match arena.get(outer._i).and_then(|record| arena.close_quickly(record, 0, self.place(call))) {
            // SAFETY: the inner handle is open until it is closed here.
            Some(handle) => unsafe { ((*inner).ctx_Close)(inner, handle) },
            // SAFETY: by contract.
            None => unsafe { self.close_slowly(call, outer) },
        }
    }

    #[cold]
    #[inline(never)]
    unsafe fn close_slowly(&self, call: &ApiCall, outer: HPy) {
        let inner = call.inner;
        let found = self.state.arena.get(outer._i);
        let right = found.filter(|record| record.is_open_handle() && record.is_owned());
        // First, since what follows may run code that comes back here.
        match right.and_then(|record| self.close_record_slowly(call, record)) {
            // SAFETY: the inner handle is open until it is closed here.
            Some(handle) => unsafe { ((*inner).ctx_Close)(inner, handle) },
            // SAFETY: by contract.
            None => unsafe { self.close_wrongly(call, outer, found) },
        }
    }

    #[cold]
    #[inline(never)]
    unsafe fn close_wrongly(&self, call: &ApiCall, outer: HPy, found: Option<&Record>) {
        let state = &*self.state;
        let Some(record) = found.filter(|record| record.is_open_handle()) else {
            // SAFETY: the thread is inside of Python.
            unsafe { state.invalid(outer, found, Rule::ClosedTwice, &state.site(call)) };
            return;
        };
        let constant = record.state() & CONSTANT != 0;
        let rule = if constant { Rule::ClosedConstant } else { Rule::ClosedArgument };
        // It stays open: it is not the extension's.
        // SAFETY: the thread is inside of Python.
        unsafe { state.report(rule, &self.state.site(call), |report| state.describe_handle(report, record)) };
    }

    #[inline]
    pub(crate) unsafe fn take_result(&self, call: &FunctionCall, outer: HPy) -> HPy {
        let arena = &self.state.arena;
        let place = Place { function: call.function as usize, by: AS_RESULT };
        match arena.get(outer._i).and_then(|record| arena.close_quickly(record, 0, place)) {
            Some(inner) => inner,
            // SAFETY: by contract.
            None => unsafe { self.take_result_slowly(call, outer) },
        }
    }

    #[cold]
    #[inline(never)]
    unsafe fn take_result_slowly(&self, call: &FunctionCall, outer: HPy) -> HPy {
        let found = self.state.arena.get(outer._i);
        let right = found.filter(|record| record.is_open_handle() && record.is_owned());
        let place = Place { function: call.function as usize, by: AS_RESULT };
        match right.and_then(|record| self.state.arena.close(&mut self.state.table(), record, place)) {
            Some(inner) => inner,
            // SAFETY: by contract.
            None => unsafe { self.wrong_result(call, outer, found) },
        }
    }

    /// The caller gets a handle all the same.
    #[cold]
    unsafe fn wrong_result(&self, call: &FunctionCall, outer: HPy, found: Option<&Record>) -> HPy {
        let state = &*self.state;
        let site = Site::returning(call.function);
        // SAFETY: the thread is inside of Python.
        unsafe {
            let inner = match found.filter(|record| record.is_open_handle()) {
                Some(record) => {
                    let constant = record.state() & CONSTANT != 0;
                    let rule = if constant { Rule::ReturnedConstant } else { Rule::ReturnedArgument };
                    state.report(rule, &site, |report| state.describe_handle(report, record));
                    HPy { _i: record.inner() }
                }
                None => state.invalid(outer, found, Rule::ReturnedClosed, &site),
            };
            ((*call.inner).ctx_Dup)(call.inner, inner)
        }
    }
}

impl DebugState {
    #[cold]
    #[inline(never)]
    fn trace_opened(&self, call: &ApiCall, record: &Record) {
        let trace = Trace::here(self, call);
        record.set_opened_trace(&mut self.table(), trace);
    }

    #[cold]
    #[inline(never)]
    fn trace_closed(&self, call: &ApiCall, record: &Record) {
        // SAFETY: the record is open.
        let trace = unsafe { Trace::of_closing(self, call, record) };
        record.set_closed_trace(&mut self.table(), trace);
    }

    /// Reports a handle that is not open. If the extension goes on, it is with the engine's handle that this returns:
    /// of the object if it still lives, else of `None`.
    ///
    /// # Safety
    ///
    /// The thread is inside of Python.
    #[cold]
    pub(crate) unsafe fn invalid(&self, outer: HPy, found: Option<&Record>, rule: Rule, site: &Site) -> HPy {
        let engine = self.engine;
        // SAFETY: by contract.
        unsafe {
            let known = found.filter(|record| record.kind() == Kind::Handle && record.state() != 0);
            let Some(record) = known else {
                if outer == BEHIND_ARGUMENTS {
                    self.report(Rule::ArgumentIndex, site, |_| {});
                    return (*engine).h_None;
                }
                self.report(Rule::ForeignHandle, site, |report| self.describe_foreign(report, outer, found));
                return (*engine).h_None;
            };
            self.report(rule, site, |report| {
                if record.state() & CLOSED == 0 {
                    let id = outer._i;
                    report.line(
                        "handle",
                        format!("{id:#x}, which was closed so long ago that no more is known of it"),
                    );
                } else {
                    self.describe_handle(report, record);
                }
            });
            let table = self.table();
            let living = (record.state() & CLOSED != 0).then(|| self.arena.living(&table, record)).flatten();
            living.unwrap_or((*engine).h_None)
        }
    }

    fn describe_foreign(&self, report: &mut Report, outer: HPy, found: Option<&Record>) {
        let id = outer._i;
        let guess = match found.map(Record::kind) {
            Some(Kind::ListBuilder | Kind::TupleBuilder) => "a builder",
            Some(Kind::Tracker) => "a tracker",
            Some(Kind::Handle) => "nothing that was ever opened",
            None if state::is_of_another(self, id) => "a handle of another interpreter",
            None => {
                let table = self.table();
                let mut engines_own = false;
                self.arena.each(&table, |record| engines_own |= record.is_open() && record.inner() == id);
                if engines_own { "the engine's own handle of an object, or a PyObject *" } else { "unknown" }
            }
        };
        report.line("handle", format!("{id:#x}: {guess}"));
    }
}
