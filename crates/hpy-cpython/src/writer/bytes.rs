//! The writer for `bytes`: a few bytes in place, more of them in a `bytes` that nobody knows yet.
//!
//! All functions have the contract of context functions, see `crate::forward`: a writer is null or one that has not ended.

use std::ffi::{c_int, c_void};
use std::ptr::{addr_of_mut, copy, copy_nonoverlapping, null, null_mut};

use crate::ffi::{
    Py_XDECREF, PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyErr_NoMemory, PyExc_ValueError, PyMem_Free,
    PyObject,
};
use hpy_abi::{HPy, HPyBytesWriter, HPyContext};

use super::{allocate, grown, size_of_data};
use crate::engine::{_PyBytes_Resize, PyBytes_GET_SIZE};
use crate::forward::{fail, negative_size, null_argument};
use crate::generated::calls::null;
use crate::handle::handle;

const IN_PLACE: usize = 256;

struct Writer {
    /// Null as long as all is in place.
    object: *mut PyObject,
    size: usize,
    in_place: [u8; IN_PLACE],
}

impl Writer {
    unsafe fn data(&mut self) -> *mut u8 {
        if self.object.is_null() {
            self.in_place.as_mut_ptr()
        } else {
            // SAFETY: a `bytes`.
            unsafe { PyBytes_AS_STRING(self.object).cast_mut().cast() }
        }
    }

    unsafe fn capacity(&self) -> usize {
        if self.object.is_null() {
            return IN_PLACE;
        }
        // SAFETY: a `bytes`.
        unsafe { PyBytes_GET_SIZE(self.object) }.cast_unsigned()
    }

    /// Changes the size. Gives what had the data before, to be released; `Err` with `MemoryError`.
    #[inline(always)]
    unsafe fn resize(&mut self, size: usize) -> Result<*mut PyObject, ()> {
        // SAFETY: the contract of the module.
        if size > unsafe { self.capacity() } {
            // SAFETY: the contract of the module.
            return unsafe { self.move_to_larger(size, grown(size)) };
        }
        self.size = size;
        Ok(null_mut())
    }

    #[cold]
    #[inline(never)]
    unsafe fn move_to_larger(&mut self, size: usize, capacity: usize) -> Result<*mut PyObject, ()> {
        // SAFETY: the contract of the module; the new object is known to nobody else.
        unsafe {
            let object = match isize::try_from(capacity) {
                Ok(capacity) => PyBytes_FromStringAndSize(null(), capacity),
                Err(_) => PyErr_NoMemory(),
            };
            if object.is_null() {
                // CPython has other exceptions for what is too large.
                PyErr_NoMemory();
                return Err(());
            }
            copy_nonoverlapping(self.data(), PyBytes_AS_STRING(object).cast_mut().cast(), self.size);
            self.size = size;
            Ok(std::mem::replace(&mut self.object, object))
        }
    }
}

/// Starts a `bytes`.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_BytesWriter_Create(_: *mut HPyContext, size: isize) -> HPyBytesWriter {
    let Ok(size) = usize::try_from(size) else {
        negative_size(null::ctx_BytesWriter_Create);
        return HPyBytesWriter::NULL;
    };
    // SAFETY: the contract of the module; the writer is known to nobody else.
    unsafe {
        let writer = allocate::<Writer>();
        if writer.is_null() {
            return HPyBytesWriter::NULL;
        }
        // What is in place stays as it is.
        addr_of_mut!((*writer).object).write(null_mut());
        addr_of_mut!((*writer).size).write(0);
        let writer = &mut *writer;
        if size <= IN_PLACE {
            writer.size = size;
        } else if writer.move_to_larger(size, size).is_err() {
            discard(writer);
            return HPyBytesWriter::NULL;
        }
        HPyBytesWriter { _i: std::ptr::from_mut(writer) as isize }
    }
}

unsafe fn discard(writer: *mut Writer) {
    // SAFETY: the contract of the module, and the caller gives up the writer.
    unsafe {
        Py_XDECREF((*writer).object);
        PyMem_Free(writer.cast());
    }
}

/// Ends a writer without a result.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_BytesWriter_Discard(_: *mut HPyContext, writer: HPyBytesWriter) {
    if !writer.is_null() {
        // SAFETY: the contract of the module.
        unsafe { discard(writer._i as *mut Writer) };
    }
}

/// Ends a writer with all its bytes.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_BytesWriter_Finish(_: *mut HPyContext, writer: HPyBytesWriter) -> HPy {
    // SAFETY: the contract of the module.
    unsafe { finish(writer!(writer, ctx_BytesWriter_Finish)) }
}

/// Ends a writer with the first of its bytes.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_BytesWriter_FinishWithSize(
    _: *mut HPyContext,
    writer: HPyBytesWriter,
    size: isize,
) -> HPy {
    // SAFETY: the contract of the module.
    unsafe {
        let writer = writer!(writer, ctx_BytesWriter_FinishWithSize);
        match usize::try_from(size) {
            Ok(size) if size <= writer.size => {
                writer.size = size;
                finish(writer)
            }
            _ => {
                discard(writer);
                fail(PyExc_ValueError, c"the writer has not so many bytes")
            }
        }
    }
}

unsafe fn finish(writer: &mut Writer) -> HPy {
    // SAFETY: the contract of the module; the object is known to nobody else.
    unsafe {
        let size = writer.size.cast_signed();
        let mut bytes = std::mem::replace(&mut writer.object, null_mut());
        if bytes.is_null() {
            bytes = PyBytes_FromStringAndSize(writer.in_place.as_ptr().cast(), size);
        } else if PyBytes_GET_SIZE(bytes) != size {
            // Leaves null on failure.
            _PyBytes_Resize(&raw mut bytes, size);
        }
        discard(writer);
        handle(bytes)
    }
}

/// Where the bytes are.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_BytesWriter_GetData(_: *mut HPyContext, writer: HPyBytesWriter) -> *mut c_void {
    // SAFETY: the contract of the module.
    unsafe { writer!(writer, ctx_BytesWriter_GetData).data().cast() }
}

/// How many bytes there are.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_BytesWriter_GetSize(_: *mut HPyContext, writer: HPyBytesWriter) -> isize {
    // SAFETY: the contract of the module.
    unsafe { writer!(writer, ctx_BytesWriter_GetSize).size.cast_signed() }
}

unsafe fn resize(writer: &mut Writer, size: usize) -> c_int {
    // SAFETY: the contract of the module.
    unsafe {
        let Ok(old) = writer.resize(size) else { return -1 };
        Py_XDECREF(old);
        0
    }
}

/// Changes the size.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_BytesWriter_Resize(
    _: *mut HPyContext,
    writer: HPyBytesWriter,
    size: isize,
) -> c_int {
    // SAFETY: the contract of the module.
    unsafe {
        let writer = writer!(writer, ctx_BytesWriter_Resize);
        match usize::try_from(size) {
            Ok(size) => resize(writer, size),
            Err(_) => negative_size(null::ctx_BytesWriter_Resize),
        }
    }
}

/// Adds bytes, or takes some away.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_BytesWriter_Grow(
    _: *mut HPyContext,
    writer: HPyBytesWriter,
    size: isize,
) -> c_int {
    // SAFETY: the contract of the module.
    unsafe {
        let writer = writer!(writer, ctx_BytesWriter_Grow);
        // What is too large is more than any memory.
        match writer.size.checked_add_signed(size) {
            Some(size) => resize(writer, size),
            None => negative_size(null::ctx_BytesWriter_Grow),
        }
    }
}

/// Adds a copy of some bytes.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_BytesWriter_WriteBytes(
    _: *mut HPyContext,
    writer: HPyBytesWriter,
    bytes: *const c_void,
    size: isize,
) -> c_int {
    if bytes.is_null() {
        return null_argument(null::ctx_BytesWriter_WriteBytes);
    }
    // SAFETY: the contract of the module; there is room for them then. They may be the writer's own, so that the old object is
    // released after the copy.
    unsafe {
        let writer = writer!(writer, ctx_BytesWriter_WriteBytes);
        let Some(count) = size_of_data(bytes.cast(), size) else {
            return negative_size(null::ctx_BytesWriter_WriteBytes);
        };
        let start = writer.size;
        let Ok(old) = writer.resize(start.saturating_add(count)) else { return -1 };
        copy(bytes.cast::<u8>(), writer.data().add(start), count);
        Py_XDECREF(old);
        0
    }
}
