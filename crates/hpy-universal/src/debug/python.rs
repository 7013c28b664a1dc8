//! What debug mode asks of CPython: where Python code is, and what was raised.

use std::ffi::CStr;

use hpy_abi::HPyContext;
use hpy_cpython::boundary::{Raised, Result, keep_exception, look_at_exception};
use hpy_cpython::owned::Owned;
use hpy_layers::debug::{ExceptionTest, PythonHost};
use pyo3_ffi::{self as ffi, PyObject};

/// What debug mode asks of CPython.
pub(crate) struct Python;

impl PythonHost for Python {
    fn python_location(&self) -> Option<String> {
        let mut location = None;
        // SAFETY: by the contract of the trait, the thread is inside of Python.
        unsafe {
            keep_exception(|| {
                location = current_line().ok().flatten();
                ffi::PyErr_Clear();
            });
        }
        location
    }

    fn python_location_outside(&self) -> Option<String> {
        // SAFETY: a thread that has left may enter again, and leaves in the end.
        unsafe {
            let state = ffi::PyGILState_Ensure();
            let location = self.python_location();
            ffi::PyGILState_Release(state);
            location
        }
    }

    fn exception_test(&self) -> ExceptionTest {
        unsafe extern "C" fn test(_: *mut HPyContext) -> usize {
            // SAFETY: by the contract of the trait, the thread is inside of Python.
            unsafe { ffi::PyErr_Occurred() as usize }
        }
        test
    }

    fn without_exception(&self, look: &mut dyn FnMut(Option<String>)) {
        // SAFETY: by the contract of the trait, the thread is inside of Python.
        unsafe {
            look_at_exception(|kind, value| {
                let raised = (!kind.is_null()).then(|| exception(kind, value));
                look(raised);
                ffi::PyErr_Clear();
            });
        }
    }
}

/// Type and text of an exception, as at the end of a traceback.
unsafe fn exception(kind: *mut PyObject, value: *mut PyObject) -> String {
    // SAFETY: the caller is inside of Python, with no exception set, and has the objects.
    unsafe {
        let name = CStr::from_ptr((*kind.cast::<ffi::PyTypeObject>()).tp_name).to_string_lossy().into_owned();
        let text = if value.is_null() { Ok(String::new()) } else { text_of(value) };
        ffi::PyErr_Clear();
        match text {
            Ok(text) if text.is_empty() => name,
            Ok(text) => format!("{name}: {text}"),
            Err(Raised) => format!("{name} (str() of it raised an exception)"),
        }
    }
}

unsafe fn text_of(object: *mut PyObject) -> Result<String> {
    // SAFETY: the caller is inside of Python, with no exception set, and has the object.
    unsafe {
        let text = Owned::new(ffi::PyObject_Str(object))?;
        crate::object::string("the text of an exception", text.as_ptr())
    }
}

/// The line of the innermost Python function, in the form of a traceback.
unsafe fn current_line() -> Result<Option<String>> {
    // SAFETY: the caller is inside of Python; the frame is borrowed from the running function.
    unsafe {
        let frame = ffi::PyEval_GetFrame();
        if frame.is_null() {
            return Ok(None);
        }
        let line = ffi::PyFrame_GetLineNumber(frame);
        let code = Owned::new(ffi::PyObject_GetAttrString(frame.cast(), c"f_code".as_ptr()))?;
        let file = attribute(&code, c"co_filename")?;
        let function = attribute(&code, c"co_name")?;
        Ok(Some(format!("File \"{file}\", line {line}, in {function}")))
    }
}

unsafe fn attribute(object: &Owned, name: &CStr) -> Result<String> {
    // SAFETY: the caller is inside of Python, with no exception set, and has the object.
    unsafe {
        let value = Owned::new(ffi::PyObject_GetAttrString(object.as_ptr(), name.as_ptr()))?;
        crate::object::string("a name in a code object", value.as_ptr())
    }
}
