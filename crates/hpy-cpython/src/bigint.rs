//! Large integers as bytes, which CPython has functions for from 3.13 on. Their digits depend on the engine.

use std::ffi::{c_int, c_void};
use std::ptr::null;

use crate::ffi;
use hpy_abi::{HPy, HPyContext, HPyLongExport, HPyLongWriter};

use crate::forward::{Outcome, fail, null_argument};
use crate::generated::calls::null as nulls;
use crate::handle::{handle, object};

#[cfg(not(PyPy))]
mod digits;
#[cfg(PyPy)]
#[path = "bigint/bytes_as_digits.rs"]
mod digits;

pub use digits::{
    ctx_Long_Export, ctx_Long_GetNativeLayout, ctx_LongWriter_Create, ctx_LongWriter_Discard,
    ctx_LongWriter_Finish,
};

// Every `ctx_*` function here has the contract of context functions, see `crate::forward`.

/// # Safety
/// The contract of context functions.
pub unsafe extern "C" fn ctx_Long_AsNativeBytes(
    _: *mut HPyContext,
    h: HPy,
    buffer: *mut c_void,
    n_bytes: isize,
    flags: c_int,
) -> isize {
    if h.is_null() {
        return null_argument(nulls::ctx_Long_AsNativeBytes);
    }
    // SAFETY: by contract.
    unsafe {
        if n_bytes < 0 {
            return fail(ffi::PyExc_ValueError, c"HPyLong_AsNativeBytes: n_bytes must not be negative");
        }
        bytes::write(object(h), buffer, n_bytes, flags)
    }
}

/// # Safety
/// The contract of context functions.
pub unsafe extern "C" fn ctx_Long_FromNativeBytes(
    _: *mut HPyContext,
    buffer: *const c_void,
    n_bytes: usize,
    flags: c_int,
) -> HPy {
    if buffer.is_null() {
        return null_argument(nulls::ctx_Long_FromNativeBytes);
    }
    // SAFETY: by contract.
    handle(unsafe { bytes::read(buffer, n_bytes, flags) })
}

/// # Safety
/// The contract of context functions.
pub unsafe extern "C" fn ctx_Long_FromUnsignedNativeBytes(
    _: *mut HPyContext,
    buffer: *const c_void,
    n_bytes: usize,
    flags: c_int,
) -> HPy {
    if buffer.is_null() {
        return null_argument(nulls::ctx_Long_FromUnsignedNativeBytes);
    }
    // SAFETY: by contract.
    handle(unsafe { bytes::read_unsigned(buffer, n_bytes, flags) })
}

/// `PyLong_FreeExport` of 3.14.
///
/// # Safety
/// The contract of context functions.
pub unsafe extern "C" fn ctx_Long_FreeExport(_: *mut HPyContext, exported: *mut HPyLongExport) {
    // SAFETY: by contract; the export owns its handle.
    unsafe {
        if let Some(exported) = exported.as_mut().filter(|exported| !exported._reserved.is_null()) {
            exported.digits = null();
            exported.ndigits = 0;
            ffi::Py_DECREF(object(std::mem::replace(&mut exported._reserved, HPy::NULL)));
        }
    }
}

impl Outcome for HPyLongWriter {
    const ERROR: Self = HPyLongWriter::NULL;
}

#[cfg(Py_3_13)]
mod bytes {
    pub(super) use crate::ffi::{
        PyLong_AsNativeBytes as write, PyLong_FromNativeBytes as read,
        PyLong_FromUnsignedNativeBytes as read_unsigned,
    };
}

/// What CPython does from 3.13 on.
#[cfg(not(Py_3_13))]
mod bytes {
    use hpy_abi::{
        HPyLong_NATIVEBYTES_ALLOW_INDEX, HPyLong_NATIVEBYTES_DEFAULTS, HPyLong_NATIVEBYTES_REJECT_NEGATIVE,
        HPyLong_NATIVEBYTES_UNSIGNED_BUFFER,
    };

    use super::*;
    use crate::engine::{_PyLong_NumBits, _PyLong_Sign};
    use crate::ffi::PyObject;
    use crate::forward::wrong_type;

    fn is_little(flags: c_int) -> c_int {
        // Both bits are set in the default.
        let (little, native) = (flags & 1 != 0, flags & 2 != 0);
        c_int::from(if native { cfg!(target_endian = "little") } else { little })
    }

    /// # Safety
    /// An object, and a buffer of this size or null.
    pub(super) unsafe fn write(
        value: *mut PyObject,
        buffer: *mut c_void,
        size: isize,
        flags: c_int,
    ) -> isize {
        let has = |flag| flags != HPyLong_NATIVEBYTES_DEFAULTS && flags & flag != 0;
        // SAFETY: by contract.
        unsafe {
            let int = if ffi::PyLong_Check(value) != 0 {
                ffi::Py_INCREF(value);
                value
            } else if has(HPyLong_NATIVEBYTES_ALLOW_INDEX) {
                ffi::PyNumber_Index(value)
            } else {
                return wrong_type(c"an int", value);
            };
            if int.is_null() {
                return -1;
            }
            let unsigned = has(HPyLong_NATIVEBYTES_UNSIGNED_BUFFER);
            let needed = if _PyLong_Sign(int) < 0 && has(HPyLong_NATIVEBYTES_REJECT_NEGATIVE) {
                fail(ffi::PyExc_ValueError, c"Cannot convert negative int")
            } else {
                write_int(int, buffer, size, is_little(flags), unsigned)
            };
            ffi::Py_DECREF(int);
            needed
        }
    }

    /// # Safety
    /// An `int`, and a buffer of this size or null.
    unsafe fn write_int(
        int: *mut PyObject,
        buffer: *mut c_void,
        size: isize,
        is_little: c_int,
        unsigned: bool,
    ) -> isize {
        // SAFETY: by contract.
        unsafe {
            let bits = _PyLong_NumBits(int);
            if bits == usize::MAX {
                return -1;
            }
            // With a bit for the sign.
            let needed = (bits / 8 + 1).cast_signed();
            if size == 0 || buffer.is_null() {
                return needed;
            }
            let length = size.cast_unsigned();
            if ffi::_PyLong_AsByteArray(int.cast(), buffer.cast(), length, is_little, 1) == 0 {
                return size.min(needed);
            }
            // The lowest bytes are there even so.
            if ffi::PyErr_ExceptionMatches(ffi::PyExc_OverflowError) == 0 {
                return -1;
            }
            ffi::PyErr_Clear();
            let fits = unsigned && _PyLong_Sign(int) >= 0 && bits.div_ceil(8) <= length;
            if fits { size } else { needed }
        }
    }

    /// # Safety
    /// A buffer of this size.
    pub(super) unsafe fn read(buffer: *const c_void, size: usize, flags: c_int) -> *mut PyObject {
        // SAFETY: by contract.
        unsafe { ffi::_PyLong_FromByteArray(buffer.cast(), size, is_little(flags), 1) }
    }

    /// # Safety
    /// A buffer of this size.
    pub(super) unsafe fn read_unsigned(buffer: *const c_void, size: usize, flags: c_int) -> *mut PyObject {
        // SAFETY: by contract.
        unsafe { ffi::_PyLong_FromByteArray(buffer.cast(), size, is_little(flags), 0) }
    }
}
