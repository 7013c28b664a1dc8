//! The Python face of debug mode: the module `hpy.universal._debug`, whose functions are here; what debug mode asks
//! of Python is in [`python`].
//!
//! What is checked, and how, is in `hpy_layers::debug`; the names for people are in the package `hpy.debug`. The type
//! `DebugHandle` is in [`handle`].

use std::cell::UnsafeCell;
use std::ffi::{CString, c_int, c_void};
use std::fmt::Write;
use std::ptr::{NonNull, null, null_mut};
use std::sync::{Arc, Mutex};

use hpy_cpython::boundary::{Raised, Result, check, check_status, guard, keep_exception, raise};
use hpy_cpython::owned::{Owned, new_none};
use hpy_cpython::sync::lock;
use hpy_layers::debug::{Count, DebugHandle, DebugState, Hook, Mistake, Reaction, leak_report};
use pyo3_ffi::{self as ffi, PyMethodDef, PyMethodDefPointer, PyModuleDef, PyObject};

use crate::object::{Callable, new_string};
use hpy_cpython::statics::{Static, method};

mod handle;
mod python;

pub(crate) use python::Python;

static DEFINITION: Static<PyModuleDef> = Static(UnsafeCell::new(PyModuleDef {
    m_base: ffi::PyModuleDef_HEAD_INIT,
    m_name: c"hpy.debug._debug".as_ptr(),
    m_doc: c"HPy debug mode".as_ptr(),
    m_size: size_of::<ModuleState>().cast_signed(),
    m_methods: METHODS.0.get().cast(),
    m_slots: null_mut(),
    m_traverse: Some(traverse),
    m_clear: Some(clear),
    m_free: Some(free),
}));

/// Zeros until [`new_module`] fills it.
struct ModuleState {
    /// From `Arc::into_raw`, or null.
    debug: *const DebugState,
    /// The type `DebugHandle`, or null.
    handle_type: *mut PyObject,
    /// From `Arc::into_raw`, or null.
    reports: *const Reports,
}

/// The reports that were put aside: what of, and the text.
type Reports = Mutex<Vec<(Mistake, &'static str, String)>>;

/// A function of a [`Call`] as CPython calls it.
macro_rules! entry {
    ($function:ident) => {{
        unsafe extern "C" fn entry(module: *mut PyObject, argument: *mut PyObject) -> *mut PyObject {
            // SAFETY: CPython passes the module of the function, whose state `new_module` has filled.
            let state = unsafe { &*ffi::PyModule_GetState(module).cast::<ModuleState>() };
            guard(null_mut(), || $function(&Call { state, argument }))
        }
        PyMethodDefPointer { PyCFunction: entry }
    }};
}

static METHODS: Static<[PyMethodDef; 17]> = Static(UnsafeCell::new([
    method(
        c"new_generation",
        entry!(new_generation),
        ffi::METH_NOARGS,
        c"new_generation()\n--\n\nBegin a new generation of handles and return its number.",
    ),
    method(
        c"get_open_handles",
        entry!(get_open_handles),
        ffi::METH_O,
        c"get_open_handles(generation, /)\n--\n\n\
          Return the handles of that generation and later ones that are open, oldest first.",
    ),
    method(
        c"get_closed_handles",
        entry!(get_closed_handles),
        ffi::METH_VARARGS,
        c"get_closed_handles(generation=0, /)\n--\n\n\
          Return the handles of that generation and later ones that were closed and are still remembered.",
    ),
    method(
        c"get_leaks",
        entry!(get_leaks),
        ffi::METH_O,
        c"get_leaks(generation, /)\n--\n\n\
          Return the handles, builders, trackers and writers opened in that generation or later and not closed.",
    ),
    method(
        c"get_leak_report",
        entry!(get_leak_report),
        ffi::METH_O,
        c"get_leak_report(generation, /)\n--\n\n\
          Return the leaks as a text, grouped by where they were opened; None if there are none.",
    ),
    method(
        c"get_closed_handles_queue_max_size",
        entry!(get_closed_handles_queue_max_size),
        ffi::METH_NOARGS,
        c"get_closed_handles_queue_max_size()\n--\n\n\
          Return how many closed handles are remembered, so that their use is recognised.",
    ),
    method(
        c"set_closed_handles_queue_max_size",
        entry!(set_closed_handles_queue_max_size),
        ffi::METH_O,
        c"set_closed_handles_queue_max_size(size, /)\n--\n\nSet how many closed handles are remembered.",
    ),
    method(
        c"get_protected_raw_data_max_size",
        entry!(get_protected_raw_data_max_size),
        ffi::METH_NOARGS,
        c"get_protected_raw_data_max_size()\n--\n\n\
          Return how many bytes of data of closed handles are kept, so that reading them is recognised.",
    ),
    method(
        c"set_protected_raw_data_max_size",
        entry!(set_protected_raw_data_max_size),
        ffi::METH_O,
        c"set_protected_raw_data_max_size(size, /)\n--\n\nSet how many bytes of data of closed handles are kept.",
    ),
    method(
        c"set_on_invalid_handle",
        entry!(set_on_invalid_handle),
        ffi::METH_O,
        c"set_on_invalid_handle(function, /)\n--\n\n\
          Set the function that is called, without arguments, when an extension uses a handle that it must not use.\n\
          Afterwards the extension continues. With None, the mistake is reported and the process ends.",
    ),
    method(
        c"set_on_invalid_builder_handle",
        entry!(set_on_invalid_builder_handle),
        ffi::METH_O,
        c"set_on_invalid_builder_handle(function, /)\n--\n\n\
          As set_on_invalid_handle, for builders of lists and tuples.",
    ),
    method(
        c"set_handle_stack_trace_limit",
        entry!(set_handle_stack_trace_limit),
        ffi::METH_O,
        c"set_handle_stack_trace_limit(limit, /)\n--\n\n\
          Set how many stack frames are recorded where a handle is opened or closed. None records nothing.",
    ),
    method(
        c"collect_reports",
        entry!(collect_reports),
        ffi::METH_NOARGS,
        c"collect_reports()\n--\n\n\
          Collect reports for take_reports from now on, instead of printing them and ending the process.",
    ),
    method(
        c"stop_collecting_reports",
        entry!(stop_collecting_reports),
        ffi::METH_NOARGS,
        c"stop_collecting_reports()\n--\n\n\
          End what collect_reports began. Reports collected so far can still be taken.",
    ),
    method(
        c"take_reports",
        entry!(take_reports),
        ffi::METH_NOARGS,
        c"take_reports()\n--\n\n\
          Return the reports collected since the last call as tuples (rule, text), one for each rule and place.",
    ),
    method(
        c"take_counted_reports",
        entry!(take_counted_reports),
        ffi::METH_NOARGS,
        c"take_counted_reports()\n--\n\n\
          As take_reports, with tuples (rule, text, mistake, place, count). `mistake` is a number that stands for the\n\
          rule and the place.",
    ),
    PyMethodDef::zeroed(),
]));

/// A new module object for the debug mode of this interpreter.
///
/// # Safety
/// The caller holds the interpreter that `debug` belongs to.
pub(crate) unsafe fn new_module(debug: &Arc<DebugState>) -> Result<Owned> {
    // SAFETY: the caller holds the interpreter; a new module's state is zeroed, and nobody else has it yet.
    unsafe {
        let module = Owned::new(ffi::PyModule_Create(DEFINITION.0.get()))?;
        let state = &mut *ffi::PyModule_GetState(module.as_ptr()).cast::<ModuleState>();
        state.debug = Arc::into_raw(Arc::clone(debug));
        state.reports = Arc::into_raw(Arc::<Reports>::default());
        state.handle_type = handle::new_type()?.into_ptr();
        check_status(ffi::PyObject_SetAttrString(
            module.as_ptr(),
            c"DebugHandle".as_ptr(),
            state.handle_type,
        ))?;
        Ok(module)
    }
}

unsafe extern "C" fn traverse(module: *mut PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: CPython collects with a module of this definition, which it may look at before there is a state.
    unsafe {
        let state = ffi::PyModule_GetState(module).cast::<ModuleState>();
        if state.is_null() || (*state).handle_type.is_null() {
            return 0;
        }
        visit((*state).handle_type, arg)
    }
}

unsafe extern "C" fn clear(module: *mut PyObject) -> c_int {
    // SAFETY: CPython collects with a module of this definition; the state has a reference to the type, or null.
    unsafe {
        let state = ffi::PyModule_GetState(module).cast::<ModuleState>();
        if !state.is_null() {
            let handle_type = std::mem::replace(&mut (*state).handle_type, null_mut());
            ffi::Py_XDECREF(handle_type);
        }
    }
    0
}

/// Clears the hooks too, as nobody could afterwards.
unsafe extern "C" fn free(module: *mut c_void) {
    // SAFETY: CPython frees a module of this definition, so nobody else uses its state; pointers in it are from
    // `Arc::into_raw`.
    unsafe {
        clear(module.cast());
        let state = ffi::PyModule_GetState(module.cast()).cast::<ModuleState>();
        if state.is_null() {
            return;
        }
        let debug = std::mem::replace(&mut (*state).debug, null());
        if !debug.is_null() {
            let debug = Arc::from_raw(debug);
            drop(debug.reporter().set_on_invalid_handle(None));
            drop(debug.reporter().set_on_invalid_builder(None));
            drop(debug.reporter().set_on_report(None));
        }
        let reports = std::mem::replace(&mut (*state).reports, null());
        if !reports.is_null() {
            drop(Arc::from_raw(reports));
        }
    }
}

/// A call of a function in [`METHODS`]. The thread that makes it holds the interpreter.
struct Call<'a> {
    state: &'a ModuleState,
    /// The argument, or the tuple of all, borrowed; null if the function has none.
    argument: *mut PyObject,
}

impl Call<'_> {
    fn debug(&self) -> &DebugState {
        // SAFETY: from `Arc::into_raw`, and kept until `free`, which is not called during a call.
        unsafe { &*self.state.debug }
    }

    fn reports(&self) -> &Reports {
        // SAFETY: from `Arc::into_raw`, and kept until `free`, which is not called during a call.
        unsafe { &*self.state.reports }
    }

    fn shared_debug(&self) -> Arc<DebugState> {
        // SAFETY: from `Arc::into_raw`; the module keeps its own reference.
        unsafe { shared(self.state.debug) }
    }

    fn shared_reports(&self) -> Arc<Reports> {
        // SAFETY: from `Arc::into_raw`; the module keeps its own reference.
        unsafe { shared(self.state.reports) }
    }

    /// The argument as the number of a generation.
    fn generation(&self) -> Result<i64> {
        // SAFETY: a function with one argument gets an object.
        unsafe { generation(self.argument) }
    }

    /// The argument as a size.
    fn size(&self) -> Result<usize> {
        // SAFETY: a function with one argument gets an object.
        let size = unsafe { ffi::PyLong_AsSize_t(self.argument) };
        if size == usize::MAX && has_raised() { Err(Raised) } else { Ok(size) }
    }

    /// A list of the handles that `find` finds.
    fn handles(
        &self,
        generation: i64,
        find: fn(&Arc<DebugState>, i64) -> Vec<DebugHandle>,
    ) -> Result<*mut PyObject> {
        // SAFETY: the thread holds the interpreter; the type is `handle::new_type`'s, until the module is cleared.
        unsafe {
            let list = Owned::new(ffi::PyList_New(0))?;
            for found in find(&self.shared_debug(), generation) {
                let object = handle::new(self.state.handle_type, found)?;
                check_status(ffi::PyList_Append(list.as_ptr(), object.as_ptr()))?;
            }
            Ok(list.into_ptr())
        }
    }
}

/// One more reference.
///
/// # Safety
/// From `Arc::into_raw`, and not dropped since.
unsafe fn shared<T>(raw: *const T) -> Arc<T> {
    // SAFETY: by contract, there is a reference already, so there may be another.
    unsafe {
        Arc::increment_strong_count(raw);
        Arc::from_raw(raw)
    }
}

/// The number of a generation.
///
/// # Safety
/// An object; the caller holds the interpreter.
unsafe fn generation(argument: *mut PyObject) -> Result<i64> {
    // SAFETY: by contract, an object.
    let number = unsafe { ffi::PyLong_AsLongLong(argument) };
    if number == -1 && has_raised() { Err(Raised) } else { Ok(number) }
}

/// Whether what may be an error value is one.
fn has_raised() -> bool {
    // SAFETY: callers have just asked CPython for a number, so they hold the interpreter.
    unsafe { !ffi::PyErr_Occurred().is_null() }
}

/// A new `int`.
fn new_int(number: u64) -> Result<Owned> {
    // SAFETY: who makes an object holds the interpreter.
    unsafe { Owned::new(ffi::PyLong_FromUnsignedLongLong(number)) }
}

fn new_generation(call: &Call) -> Result<*mut PyObject> {
    // SAFETY: the thread that calls holds the interpreter.
    check(unsafe { ffi::PyLong_FromLongLong(call.debug().new_generation()) })
}

fn get_open_handles(call: &Call) -> Result<*mut PyObject> {
    call.handles(call.generation()?, DebugHandle::all_open)
}

fn get_closed_handles(call: &Call) -> Result<*mut PyObject> {
    // SAFETY: the argument is a tuple (METH_VARARGS), which keeps what it has.
    let generation = unsafe {
        match ffi::PyTuple_Size(call.argument) {
            0 => 0,
            1 => generation(ffi::PyTuple_GetItem(call.argument, 0))?,
            _ => {
                let message = "get_closed_handles expects no arguments or exactly one argument";
                return Err(raise(ffi::PyExc_TypeError, message));
            }
        }
    };
    call.handles(generation, DebugHandle::all_closed)
}

fn get_leaks(call: &Call) -> Result<*mut PyObject> {
    call.handles(call.generation()?, DebugHandle::leaks)
}

fn get_leak_report(call: &Call) -> Result<*mut PyObject> {
    let generation = call.generation()?;
    // SAFETY: the thread that calls holds the interpreter.
    unsafe {
        match leak_report(&call.shared_debug(), generation) {
            Some(text) => check(new_string(&text)),
            None => Ok(new_none()),
        }
    }
}

fn get_closed_handles_queue_max_size(call: &Call) -> Result<*mut PyObject> {
    new_int(call.debug().closed_queue_max_size() as u64).map(Owned::into_ptr)
}

fn set_closed_handles_queue_max_size(call: &Call) -> Result<*mut PyObject> {
    call.debug().set_closed_queue_max_size(call.size()?);
    Ok(new_none())
}

fn get_protected_raw_data_max_size(call: &Call) -> Result<*mut PyObject> {
    new_int(call.debug().protected_raw_data_max_size() as u64).map(Owned::into_ptr)
}

fn set_protected_raw_data_max_size(call: &Call) -> Result<*mut PyObject> {
    call.debug().set_protected_raw_data_max_size(call.size()?);
    Ok(new_none())
}

fn set_handle_stack_trace_limit(call: &Call) -> Result<*mut PyObject> {
    // SAFETY: the argument is an object (METH_O); the thread that calls holds the interpreter.
    let limit =
        unsafe { if call.argument == ffi::Py_None() { 0 } else { ffi::PyLong_AsSsize_t(call.argument) } };
    if limit == -1 && has_raised() {
        return Err(Raised);
    }
    call.debug().set_stack_trace_limit(limit.max(0).cast_unsigned());
    Ok(new_none())
}

// What dies with the former hook may run Python code, so it is dropped where no lock is held.

fn set_on_invalid_handle(call: &Call) -> Result<*mut PyObject> {
    drop(call.debug().reporter().set_on_invalid_handle(hook("on_invalid_handle", call)?));
    Ok(new_none())
}

fn set_on_invalid_builder_handle(call: &Call) -> Result<*mut PyObject> {
    drop(call.debug().reporter().set_on_invalid_builder(hook("on_invalid_builder_handle", call)?));
    Ok(new_none())
}

/// A hook that calls the argument; none for `None`. The extension may have an exception set, which the hook does not
/// see. One that it raises cannot go anywhere, and is reported as unraisable.
fn hook(name: &'static str, call: &Call) -> Result<Option<Hook>> {
    // SAFETY: the argument is an object (METH_O); hooks are dropped by threads that hold the interpreter.
    let callable = unsafe {
        if call.argument == ffi::Py_None() {
            return Ok(None);
        }
        if ffi::PyCallable_Check(call.argument) == 0 {
            return Err(raise(ffi::PyExc_TypeError, "Expected a callable object"));
        }
        Callable::new(NonNull::new_unchecked(call.argument))
    };
    Ok(Some(Arc::new(move || {
        let function = callable.as_ptr();
        // SAFETY: hooks are only called inside of Python; the callable lives as long as the hook.
        unsafe {
            keep_exception(|| {
                let result = Owned::new(ffi::PyObject_CallFunctionObjArgs(function, null_mut::<PyObject>()));
                if result.is_err() {
                    let message = format!("Error when executing the {name} callback\n");
                    let message = CString::new(message).unwrap_or_default();
                    ffi::PySys_WriteStderr(c"%s".as_ptr(), message.as_ptr());
                    ffi::PyErr_WriteUnraisable(function);
                }
            });
        }
    })))
}

fn collect_reports(call: &Call) -> Result<*mut PyObject> {
    let reports = call.shared_reports();
    let collect = move |report: &hpy_layers::debug::Report| {
        let entry = (report.mistake, report.rule.name(), report.to_string());
        lock(&reports).push(entry);
        Reaction::Continue
    };
    // What was told before is told again, to who collects.
    drop(call.debug().reporter().take_counts());
    drop(call.debug().reporter().set_on_report(Some(Arc::new(collect))));
    Ok(new_none())
}

fn stop_collecting_reports(call: &Call) -> Result<*mut PyObject> {
    drop(call.debug().reporter().set_on_report(None));
    Ok(new_none())
}

fn take_reports(call: &Call) -> Result<*mut PyObject> {
    // SAFETY: objects; the thread that calls holds the interpreter.
    take(call, |_, rule, text, _| unsafe { Owned::new(ffi::PyTuple_Pack(2, rule.as_ptr(), text.as_ptr())) })
}

fn take_counted_reports(call: &Call) -> Result<*mut PyObject> {
    take(call, |mistake, rule, text, told| {
        let (mistake, count) = (new_int(mistake.id())?, new_int(told.count)?);
        // SAFETY: objects; the thread that calls holds the interpreter.
        unsafe {
            let place = Owned::new(new_string(&told.place))?;
            Owned::new(ffi::PyTuple_Pack(
                5,
                rule.as_ptr(),
                text.as_ptr(),
                mistake.as_ptr(),
                place.as_ptr(),
                count.as_ptr(),
            ))
        }
    })
}

/// A new list of what `row` makes of each report that was put aside.
fn take(
    call: &Call,
    row: impl Fn(Mistake, &Owned, &Owned, &Count) -> Result<Owned>,
) -> Result<*mut PyObject> {
    let taken = std::mem::take(&mut *lock(call.reports()));
    let mut counts = call.debug().reporter().take_counts();
    // SAFETY: the thread that calls holds the interpreter.
    unsafe {
        let list = Owned::new(ffi::PyList_New(0))?;
        for (mistake, rule, mut text) in taken {
            let once = || Count { rule: mistake.rule(), place: String::new(), count: 1 };
            let told = counts.remove(&mistake).unwrap_or_else(once);
            if told.count > 1 {
                let _ = writeln!(text, "  again     {} more times, which are only counted", told.count - 1);
            }
            let (rule, text) = (Owned::new(new_string(rule))?, Owned::new(new_string(&text))?);
            let row = row(mistake, &rule, &text, &told)?;
            check_status(ffi::PyList_Append(list.as_ptr(), row.as_ptr()))?;
        }
        Ok(list.into_ptr())
    }
}
