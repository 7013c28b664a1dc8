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

static METHODS: Static<[PyMethodDef; 17]> = Static(UnsafeCell::new([
    method(
        c"new_generation",
        plain(new_generation),
        ffi::METH_NOARGS,
        c"new_generation()\n--\n\nBegin a new generation of handles and return its number.",
    ),
    method(
        c"get_open_handles",
        plain(get_open_handles),
        ffi::METH_O,
        c"get_open_handles(generation, /)\n--\n\n\
          Return the handles of that generation and later ones that are open, oldest first.",
    ),
    method(
        c"get_closed_handles",
        plain(get_closed_handles),
        ffi::METH_VARARGS,
        c"get_closed_handles(generation=0, /)\n--\n\n\
          Return the handles of that generation and later ones that were closed and are still remembered.",
    ),
    method(
        c"get_leaks",
        plain(get_leaks),
        ffi::METH_O,
        c"get_leaks(generation, /)\n--\n\n\
          Return the handles, builders and trackers opened in that generation or later and not closed.",
    ),
    method(
        c"get_leak_report",
        plain(get_leak_report),
        ffi::METH_O,
        c"get_leak_report(generation, /)\n--\n\n\
          Return the leaks as a text, grouped by where they were opened; None if there are none.",
    ),
    method(
        c"get_closed_handles_queue_max_size",
        plain(get_closed_handles_queue_max_size),
        ffi::METH_NOARGS,
        c"get_closed_handles_queue_max_size()\n--\n\n\
          Return how many closed handles are remembered, so that their use is recognised.",
    ),
    method(
        c"set_closed_handles_queue_max_size",
        plain(set_closed_handles_queue_max_size),
        ffi::METH_O,
        c"set_closed_handles_queue_max_size(size, /)\n--\n\nSet how many closed handles are remembered.",
    ),
    method(
        c"get_protected_raw_data_max_size",
        plain(get_protected_raw_data_max_size),
        ffi::METH_NOARGS,
        c"get_protected_raw_data_max_size()\n--\n\n\
          Return how many bytes of data of closed handles are kept, so that reading them is recognised.",
    ),
    method(
        c"set_protected_raw_data_max_size",
        plain(set_protected_raw_data_max_size),
        ffi::METH_O,
        c"set_protected_raw_data_max_size(size, /)\n--\n\nSet how many bytes of data of closed handles are kept.",
    ),
    method(
        c"set_on_invalid_handle",
        plain(set_on_invalid_handle),
        ffi::METH_O,
        c"set_on_invalid_handle(function, /)\n--\n\n\
          Set the function that is called, without arguments, when an extension uses a handle that it must not use.\n\
          Afterwards the extension continues. With None, the mistake is reported and the process ends.",
    ),
    method(
        c"set_on_invalid_builder_handle",
        plain(set_on_invalid_builder_handle),
        ffi::METH_O,
        c"set_on_invalid_builder_handle(function, /)\n--\n\n\
          As set_on_invalid_handle, for builders of lists and tuples.",
    ),
    method(
        c"set_handle_stack_trace_limit",
        plain(set_handle_stack_trace_limit),
        ffi::METH_O,
        c"set_handle_stack_trace_limit(limit, /)\n--\n\n\
          Set how many stack frames are recorded where a handle is opened or closed. None records nothing.",
    ),
    method(
        c"collect_reports",
        plain(collect_reports),
        ffi::METH_NOARGS,
        c"collect_reports()\n--\n\n\
          Collect reports for take_reports from now on, instead of printing them and ending the process.",
    ),
    method(
        c"stop_collecting_reports",
        plain(stop_collecting_reports),
        ffi::METH_NOARGS,
        c"stop_collecting_reports()\n--\n\n\
          End what collect_reports began. Reports collected so far can still be taken.",
    ),
    method(
        c"take_reports",
        plain(take_reports),
        ffi::METH_NOARGS,
        c"take_reports()\n--\n\n\
          Return the reports collected since the last call as tuples (rule, text), one for each rule and place.",
    ),
    method(
        c"take_counted_reports",
        plain(take_counted_reports),
        ffi::METH_NOARGS,
        c"take_counted_reports()\n--\n\n\
          As take_reports, with tuples (rule, text, mistake, place, count). `mistake` is a number that stands for the\n\
          rule and the place.",
    ),
    PyMethodDef::zeroed(),
]));

const fn plain(function: ffi::PyCFunction) -> PyMethodDefPointer {
    PyMethodDefPointer { PyCFunction: function }
}

/// A new module object for the debug mode of this interpreter.
///
/// # Safety
/// The caller holds the interpreter that `debug` belongs to.
pub(crate) unsafe fn new_module(debug: &Arc<DebugState>) -> Result<Owned> {
    // SAFETY: by contract; a new module's state is zeroed.
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

// The functions below are called by CPython with what their flags in `METHODS` promise, by a thread that holds the
// interpreter; that is the ground of their unsafe blocks. `module` and the argument, or `args`, are borrowed.

unsafe fn state_of<'a>(module: *mut PyObject) -> &'a ModuleState {
    // SAFETY: see above; functions of a module are not called before `new_module` has returned it.
    unsafe { &*ffi::PyModule_GetState(module).cast() }
}

unsafe fn debug_of<'a>(module: *mut PyObject) -> &'a DebugState {
    // SAFETY: as above; the module keeps it.
    unsafe { &*state_of(module).debug }
}

/// One more reference.
unsafe fn shared<T>(raw: *const T) -> Arc<T> {
    // SAFETY: from `Arc::into_raw`, which stays the module's.
    unsafe {
        Arc::increment_strong_count(raw);
        Arc::from_raw(raw)
    }
}

unsafe extern "C" fn traverse(module: *mut PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: see above; CPython may look at a module before it has a state.
    unsafe {
        let state = ffi::PyModule_GetState(module).cast::<ModuleState>();
        if state.is_null() || (*state).handle_type.is_null() {
            return 0;
        }
        visit((*state).handle_type, arg)
    }
}

unsafe extern "C" fn clear(module: *mut PyObject) -> c_int {
    // SAFETY: see above.
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
    // SAFETY: see above; what the state has is ours until now.
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

unsafe extern "C" fn new_generation(module: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: see above.
    guard(null_mut(), || unsafe { check(ffi::PyLong_FromLongLong(debug_of(module).new_generation())) })
}

unsafe extern "C" fn get_open_handles(module: *mut PyObject, argument: *mut PyObject) -> *mut PyObject {
    // SAFETY: see above.
    guard(null_mut(), || unsafe { handles(module, generation(argument)?, DebugHandle::all_open) })
}

unsafe extern "C" fn get_closed_handles(module: *mut PyObject, args: *mut PyObject) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: see above; `args` is a tuple.
        unsafe {
            let generation = match ffi::PyTuple_Size(args) {
                0 => 0,
                1 => generation(ffi::PyTuple_GetItem(args, 0))?,
                _ => {
                    let message = "get_closed_handles expects no arguments or exactly one argument";
                    return Err(raise(ffi::PyExc_TypeError, message));
                }
            };
            handles(module, generation, DebugHandle::all_closed)
        }
    })
}

unsafe extern "C" fn get_leaks(module: *mut PyObject, argument: *mut PyObject) -> *mut PyObject {
    // SAFETY: see above.
    guard(null_mut(), || unsafe { handles(module, generation(argument)?, DebugHandle::leaks) })
}

unsafe extern "C" fn get_leak_report(module: *mut PyObject, argument: *mut PyObject) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: see above.
        unsafe {
            match leak_report(&shared(state_of(module).debug), generation(argument)?) {
                Some(text) => check(new_string(&text)),
                None => Ok(new_none()),
            }
        }
    })
}

/// The number of a generation.
unsafe fn generation(argument: *mut PyObject) -> Result<i64> {
    // SAFETY: see above.
    unsafe {
        let number = ffi::PyLong_AsLongLong(argument);
        if number == -1 && !ffi::PyErr_Occurred().is_null() { Err(Raised) } else { Ok(number) }
    }
}

/// A list of those that `find` finds.
unsafe fn handles(
    module: *mut PyObject,
    generation: i64,
    find: fn(&Arc<DebugState>, i64) -> Vec<DebugHandle>,
) -> Result<*mut PyObject> {
    // SAFETY: see above.
    unsafe {
        let state = state_of(module);
        let list = Owned::new(ffi::PyList_New(0))?;
        for found in find(&shared(state.debug), generation) {
            let object = handle::new(state.handle_type, found)?;
            check_status(ffi::PyList_Append(list.as_ptr(), object.as_ptr()))?;
        }
        Ok(list.into_ptr())
    }
}

unsafe extern "C" fn get_closed_handles_queue_max_size(
    module: *mut PyObject,
    _: *mut PyObject,
) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: see above.
        unsafe { check(ffi::PyLong_FromSize_t(debug_of(module).closed_queue_max_size())) }
    })
}

unsafe extern "C" fn set_closed_handles_queue_max_size(
    module: *mut PyObject,
    argument: *mut PyObject,
) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: see above.
        unsafe { debug_of(module).set_closed_queue_max_size(size(argument)?) };
        Ok(new_none())
    })
}

unsafe extern "C" fn get_protected_raw_data_max_size(
    module: *mut PyObject,
    _: *mut PyObject,
) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: see above.
        unsafe { check(ffi::PyLong_FromSize_t(debug_of(module).protected_raw_data_max_size())) }
    })
}

unsafe extern "C" fn set_protected_raw_data_max_size(
    module: *mut PyObject,
    argument: *mut PyObject,
) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: see above.
        unsafe { debug_of(module).set_protected_raw_data_max_size(size(argument)?) };
        Ok(new_none())
    })
}

unsafe fn size(argument: *mut PyObject) -> Result<usize> {
    // SAFETY: see above.
    unsafe {
        let size = ffi::PyLong_AsSize_t(argument);
        if size == usize::MAX && !ffi::PyErr_Occurred().is_null() { Err(Raised) } else { Ok(size) }
    }
}

unsafe extern "C" fn set_handle_stack_trace_limit(
    module: *mut PyObject,
    argument: *mut PyObject,
) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: see above.
        unsafe {
            let mut limit = 0;
            if argument != ffi::Py_None() {
                limit = ffi::PyLong_AsSsize_t(argument);
                if limit == -1 && !ffi::PyErr_Occurred().is_null() {
                    return Err(Raised);
                }
            }
            debug_of(module).set_stack_trace_limit(limit.max(0).cast_unsigned());
        }
        Ok(new_none())
    })
}

unsafe extern "C" fn set_on_invalid_handle(module: *mut PyObject, function: *mut PyObject) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: see above. What dies with the former hook may run Python code, so no lock is held.
        unsafe {
            drop(debug_of(module).reporter().set_on_invalid_handle(hook("on_invalid_handle", function)?))
        };
        Ok(new_none())
    })
}

unsafe extern "C" fn set_on_invalid_builder_handle(
    module: *mut PyObject,
    function: *mut PyObject,
) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: as above.
        unsafe {
            drop(
                debug_of(module)
                    .reporter()
                    .set_on_invalid_builder(hook("on_invalid_builder_handle", function)?),
            )
        };
        Ok(new_none())
    })
}

/// A hook that calls `function`; none for `None`. The extension may have an exception set, which `function` does not
/// see. One that it raises cannot go anywhere, and is reported as unraisable.
unsafe fn hook(name: &'static str, function: *mut PyObject) -> Result<Option<Hook>> {
    // SAFETY: see above.
    unsafe {
        if function == ffi::Py_None() {
            return Ok(None);
        }
        if ffi::PyCallable_Check(function) == 0 {
            return Err(raise(ffi::PyExc_TypeError, "Expected a callable object"));
        }
        let callable = Callable::new(NonNull::new_unchecked(function));
        Ok(Some(Arc::new(move || {
            let function = callable.as_ptr();
            // SAFETY: hooks are only called inside of Python.
            keep_exception(|| {
                let result = Owned::new(ffi::PyObject_CallFunctionObjArgs(function, null_mut::<PyObject>()));
                if result.is_err() {
                    let message = format!("Error when executing the {name} callback\n");
                    let message = CString::new(message).unwrap_or_default();
                    ffi::PySys_WriteStderr(c"%s".as_ptr(), message.as_ptr());
                    ffi::PyErr_WriteUnraisable(function);
                }
            });
        })))
    }
}

unsafe extern "C" fn collect_reports(module: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: see above.
        unsafe {
            let reports = shared(state_of(module).reports);
            let collect = move |report: &hpy_layers::debug::Report| {
                let entry = (report.mistake, report.rule.name(), report.to_string());
                lock(&reports).push(entry);
                Reaction::Continue
            };
            // What was told before is told again, to who collects.
            drop(debug_of(module).reporter().take_counts());
            drop(debug_of(module).reporter().set_on_report(Some(Arc::new(collect))));
        }
        Ok(new_none())
    })
}

unsafe extern "C" fn stop_collecting_reports(module: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: see above.
        unsafe { drop(debug_of(module).reporter().set_on_report(None)) };
        Ok(new_none())
    })
}

unsafe extern "C" fn take_reports(module: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: see above.
        unsafe { take(module, |_, rule, text, _| Ok(ffi::PyTuple_Pack(2, rule.as_ptr(), text.as_ptr()))) }
    })
}

unsafe extern "C" fn take_counted_reports(module: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: see above.
        unsafe {
            take(module, |mistake, rule, text, told| {
                let mistake = Owned::new(ffi::PyLong_FromUnsignedLongLong(mistake.id()))?;
                let place = Owned::new(new_string(&told.place))?;
                let count = Owned::new(ffi::PyLong_FromUnsignedLongLong(told.count))?;
                Ok(ffi::PyTuple_Pack(
                    5,
                    rule.as_ptr(),
                    text.as_ptr(),
                    mistake.as_ptr(),
                    place.as_ptr(),
                    count.as_ptr(),
                ))
            })
        }
    })
}

/// A new list of what `row` makes of each report that was put aside: a new reference, or null with an exception.
unsafe fn take(
    module: *mut PyObject,
    row: impl Fn(Mistake, &Owned, &Owned, &Count) -> Result<*mut PyObject>,
) -> Result<*mut PyObject> {
    // SAFETY: see above.
    unsafe {
        let reports = &*state_of(module).reports;
        let taken = std::mem::take(&mut *lock(reports));
        let mut counts = debug_of(module).reporter().take_counts();
        let list = Owned::new(ffi::PyList_New(0))?;
        for (mistake, rule, mut text) in taken {
            let once = || Count { rule: mistake.rule(), place: String::new(), count: 1 };
            let told = counts.remove(&mistake).unwrap_or_else(once);
            if told.count > 1 {
                let _ = writeln!(text, "  again     {} more times, which are only counted", told.count - 1);
            }
            let (rule, text) = (Owned::new(new_string(rule))?, Owned::new(new_string(&text))?);
            let row = Owned::new(row(mistake, &rule, &text, &told)?)?;
            check_status(ffi::PyList_Append(list.as_ptr(), row.as_ptr()))?;
        }
        Ok(list.into_ptr())
    }
}
