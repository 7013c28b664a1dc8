//! The Python face of trace mode: the module `hpy.universal._trace`.
//!
//! What is counted, and how, is in `hpy_layers::trace`; the names for people are in the package `hpy.trace`.

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::ptr::{NonNull, null, null_mut};
use std::sync::Arc;

use hpy_cpython::boundary::{Raised, Result, check, check_status, guard, keep_exception, raise};
use hpy_cpython::owned::{Owned, new_none};
use hpy_layers::Member;
use hpy_layers::trace::{FunctionKind, Hook, Moment, Numbers, State};
use pyo3_ffi::{self as ffi, PyMethodDef, PyMethodDefPointer, PyModuleDef, PyObject};

use crate::object::{Callable, new_string};
use hpy_cpython::statics::{Static, method};

static DEFINITION: Static<PyModuleDef> = Static(UnsafeCell::new(PyModuleDef {
    m_base: ffi::PyModuleDef_HEAD_INIT,
    m_name: c"hpy.trace._trace".as_ptr(),
    m_doc: c"HPy trace mode".as_ptr(),
    // A pointer from `Arc::into_raw`, or null.
    m_size: size_of::<*const State>().cast_signed(),
    m_methods: METHODS.0.get().cast(),
    m_slots: null_mut(),
    m_traverse: None,
    m_clear: None,
    m_free: Some(free),
}));

static METHODS: Static<[PyMethodDef; 7]> = Static(UnsafeCell::new([
    method(
        c"get_call_counts",
        no_args(get_call_counts),
        ffi::METH_NOARGS,
        c"get_call_counts()\n--\n\n\
          Return how often each context function was called, by name, over all traced modules.",
    ),
    method(
        c"get_durations",
        no_args(get_durations),
        ffi::METH_NOARGS,
        c"get_durations()\n--\n\n\
          Return the nanoseconds spent in each context function, by name, including what it called.",
    ),
    method(
        c"set_trace_functions",
        PyMethodDefPointer { PyCFunctionWithKeywords: set_trace_functions },
        ffi::METH_VARARGS | ffi::METH_KEYWORDS,
        c"set_trace_functions(on_enter=<unchanged>, on_exit=<unchanged>)\n--\n\n\
          Set hooks, called with the name of each context function before it runs and after it returns.\n\
          None clears a hook; one that is left out stays as it is. A hook that raises ends the process.",
    ),
    method(
        c"get_frequency",
        no_args(get_frequency),
        ffi::METH_NOARGS,
        c"get_frequency()\n--\n\nReturn the resolution of the durations in hertz.",
    ),
    method(
        c"get_profile",
        no_args(get_profile),
        ffi::METH_NOARGS,
        c"get_profile()\n--\n\n\
          Return a list of tuples (module, kind, name, calls, total, own), one for each function that was called.\n\
          `kind` is 'api' for a function of the API that the module called, 'function' for one of the module's own,\n\
          'import' for one of another extension that the module called.\n\
          Times are in nanoseconds.",
    ),
    method(c"reset", no_args(reset), ffi::METH_NOARGS, c"reset()\n--\n\nReset all counts and durations to zero."),
    PyMethodDef::zeroed(),
]));

const fn no_args(function: ffi::PyCFunction) -> PyMethodDefPointer {
    PyMethodDefPointer { PyCFunction: function }
}

/// A new module object for the trace mode of this interpreter.
///
/// # Safety
/// The caller holds the interpreter that `state` belongs to.
pub(crate) unsafe fn new_module(state: &Arc<State>) -> Result<Owned> {
    // SAFETY: by contract; a new module's state is zeroed.
    unsafe {
        let module = Owned::new(ffi::PyModule_Create(DEFINITION.0.get()))?;
        *state_of(module.as_ptr()) = Arc::into_raw(state.clone());
        Ok(module)
    }
}

unsafe fn state_of(module: *mut PyObject) -> *mut *const State {
    // SAFETY: the caller's module is of this definition.
    unsafe { ffi::PyModule_GetState(module).cast() }
}

// The functions below are called by CPython with what their flags in `METHODS` promise, by a thread that holds the
// interpreter; that is the ground of their unsafe blocks. `module` and `args` are borrowed, `kwargs` may be null.

/// Clears the hooks, as nobody could afterwards.
unsafe extern "C" fn free(module: *mut c_void) {
    // SAFETY: CPython frees a module of this definition, so nobody else uses its state.
    unsafe {
        let place = state_of(module.cast());
        if !place.is_null() && !(*place).is_null() {
            let state = Arc::from_raw(std::mem::replace(&mut *place, null()));
            for moment in [Moment::Enter, Moment::Exit] {
                drop(state.set_hook(moment, None));
            }
        }
    }
}

unsafe extern "C" fn get_call_counts(module: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: what CPython passes to functions of the module, attached.
    guard(null_mut(), || unsafe { totals(module, |numbers| numbers.calls) })
}

unsafe extern "C" fn get_durations(module: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: what CPython passes to functions of the module, attached.
    guard(null_mut(), || unsafe { totals(module, |numbers| numbers.total) })
}

/// A new dict from names of context functions, all in their order, to a number.
unsafe fn totals(module: *mut PyObject, number: impl Fn(&Numbers) -> u64) -> Result<*mut PyObject> {
    // SAFETY: what CPython passes to functions of the module, attached.
    unsafe {
        let dict = Owned::new(ffi::PyDict_New())?;
        for (member, numbers) in (**state_of(module)).totals() {
            let name = Owned::new(new_string(member.name()))?;
            let value = Owned::new(ffi::PyLong_FromUnsignedLongLong(number(&numbers)))?;
            check_status(ffi::PyDict_SetItem(dict.as_ptr(), name.as_ptr(), value.as_ptr()))?;
        }
        Ok(dict.into_ptr())
    }
}

unsafe extern "C" fn get_frequency(module: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: what CPython passes to functions of the module, attached.
        unsafe { check(ffi::PyLong_FromUnsignedLongLong((**state_of(module)).frequency())) }
    })
}

unsafe extern "C" fn reset(module: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: what CPython passes to functions of the module, attached.
        unsafe {
            (**state_of(module)).reset();
            Ok(new_none())
        }
    })
}

unsafe extern "C" fn get_profile(module: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    guard(null_mut(), || {
        // SAFETY: what CPython passes to functions of the module, attached.
        unsafe {
            let list = Owned::new(ffi::PyList_New(0))?;
            for module in (**state_of(module)).report() {
                for (member, numbers) in &module.api {
                    append_row(&list, &module.name, "api", member.public_name(), numbers)?;
                }
                for function in &module.functions {
                    let kind = match function.kind {
                        FunctionKind::Own => "function",
                        FunctionKind::Imported => "import",
                    };
                    append_row(&list, &module.name, kind, &function.name, &function.numbers)?;
                }
            }
            Ok(list.into_ptr())
        }
    })
}

unsafe fn append_row(list: &Owned, module: &str, kind: &str, name: &str, numbers: &Numbers) -> Result<()> {
    // SAFETY: what CPython passes to functions of the module, attached.
    unsafe {
        let texts = [module, kind, name].map(|text| Owned::new(new_string(text)));
        let numbers = [numbers.calls, numbers.total, numbers.own];
        let numbers = numbers.map(|number| Owned::new(ffi::PyLong_FromUnsignedLongLong(number)));
        let row = Owned::new(ffi::PyTuple_New(6))?;
        for (place, value) in texts.into_iter().chain(numbers).enumerate() {
            check_status(ffi::PyTuple_SetItem(row.as_ptr(), place.cast_signed(), value?.into_ptr()))?;
        }
        check_status(ffi::PyList_Append(list.as_ptr(), row.as_ptr()))
    }
}

unsafe extern "C" fn set_trace_functions(
    module: *mut PyObject,
    args: *mut PyObject,
    kwargs: *mut PyObject,
) -> *mut PyObject {
    guard(null_mut(), || {
        let keywords = [c"on_enter".as_ptr(), c"on_exit".as_ptr(), null()];
        let (mut on_enter, mut on_exit): (*mut PyObject, *mut PyObject) = (null_mut(), null_mut());
        // SAFETY: CPython passes a tuple, and a dict or null; one variable for each unit of the format.
        unsafe {
            let parsed = ffi::PyArg_ParseTupleAndKeywords(
                args,
                kwargs,
                c"|OO:set_trace_functions".as_ptr(),
                (&raw const keywords).cast_mut().cast(),
                &raw mut on_enter,
                &raw mut on_exit,
            );
            if parsed == 0 {
                return Err(Raised);
            }
            let given = [(Moment::Enter, on_enter), (Moment::Exit, on_exit)];
            let is_hook =
                |f: *mut PyObject| f.is_null() || f == ffi::Py_None() || ffi::PyCallable_Check(f) != 0;
            if !given.iter().all(|&(_, function)| is_hook(function)) {
                return Err(raise(ffi::PyExc_TypeError, "Expected a callable object or None"));
            }
            for (moment, function) in given {
                let function = if function == ffi::Py_None() { None } else { NonNull::new(function) };
                let is_left_out = [on_enter, on_exit][moment as usize].is_null();
                if !is_left_out {
                    let hook = function.map(|function| hook(moment, function));
                    // What dies with the former may run Python code, so no lock is held.
                    drop((**state_of(module)).set_hook(moment, hook));
                }
            }
            Ok(new_none())
        }
    })
}

/// A hook that calls `function`.
///
/// # Safety
/// An object; the caller holds the interpreter.
unsafe fn hook(moment: Moment, function: NonNull<PyObject>) -> Hook {
    // SAFETY: by contract, an object; the caller holds the interpreter.
    let callable = unsafe { Callable::new(function) };
    Arc::new(move |member| {
        // SAFETY: the callable lives as long as the hook.
        unsafe { call_hook(moment, &callable, member) }
    })
}

/// The extension may have an exception set, which the hook does not see.
unsafe fn call_hook(moment: Moment, callable: &Callable, member: Member) {
    // SAFETY: a thread that extensions are called on has a state, and the check is for any thread.
    unsafe {
        // An extension that calls the API without the interpreter is wrong, but that is for debug mode to say.
        if ffi::PyGILState_Check() == 0 {
            return;
        }
        keep_exception(|| {
            let result = Owned::new(new_string(member.name())).and_then(|name| {
                Owned::new(ffi::PyObject_CallFunctionObjArgs(
                    callable.as_ptr(),
                    name.as_ptr(),
                    null_mut::<PyObject>(),
                ))
            });
            if result.is_err() {
                // It prints the exception too.
                ffi::Py_FatalError(match moment {
                    Moment::Enter => c"error when executing on-enter trace function".as_ptr(),
                    Moment::Exit => c"error when executing on-exit trace function".as_ptr(),
                });
            }
        });
    }
}
