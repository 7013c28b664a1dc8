//! The digits of large integers (PEP 757) where those of the engine are not to be had: bytes.

use std::ffi::{c_int, c_void};
use std::ptr::{null, null_mut};

use crate::ffi::{self, PyObject};
use hpy_abi::{HPy, HPyContext, HPyLongExport, HPyLongLayout, HPyLongWriter};

use crate::boundary::{Raised, Result, guard};
use crate::engine::_PyLong_NumBits;
use crate::forward::{fail, null_argument, wrong_type};
use crate::generated::calls::null as nulls;
use crate::handle::{handle, object};
use crate::owned::Owned;

// Every `ctx_*` function here has the contract of context functions, see `crate::forward`.

static LAYOUT: HPyLongLayout =
    HPyLongLayout { bits_per_digit: 8, digit_size: 1, digits_order: -1, digit_endianness: -1 };

const LITTLE_ENDIAN: c_int = 1;
const UNSIGNED: c_int = 0;

/// # Safety
/// The contract of context functions.
pub unsafe extern "C" fn ctx_Long_GetNativeLayout(_: *mut HPyContext) -> *const HPyLongLayout {
    &raw const LAYOUT
}

/// # Safety
/// The contract of context functions.
pub unsafe extern "C" fn ctx_Long_Export(_: *mut HPyContext, h: HPy, exported: *mut HPyLongExport) -> c_int {
    if exported.is_null() {
        return null_argument(nulls::ctx_Long_Export);
    }
    // SAFETY: by contract; for an `int` `PyLong_AsLongLongAndOverflow` raises nothing.
    unsafe {
        exported.write(HPyLongExport {
            value: 0,
            negative: 0,
            ndigits: 0,
            digits: null(),
            _reserved: HPy::NULL,
        });
        if h.is_null() {
            return null_argument(nulls::ctx_Long_Export);
        }
        let int = object(h);
        if ffi::PyLong_Check(int) == 0 {
            return wrong_type(c"an int", int);
        }
        let mut overflow = 0;
        (*exported).value = ffi::PyLong_AsLongLongAndOverflow(int, &raw mut overflow);
        if overflow == 0 {
            return 0;
        }
        guard(-1, || {
            let digits = magnitude(int)?;
            *exported = HPyLongExport {
                value: 0,
                negative: (overflow < 0).into(),
                ndigits: ffi::PyBytes_Size(digits.as_ptr()),
                digits: ffi::PyBytes_AsString(digits.as_ptr()).cast_const().cast(),
                _reserved: handle(digits.into_ptr()),
            };
            Ok(0)
        })
    }
}

/// The bytes of the absolute value of an `int`, the lowest first.
unsafe fn magnitude(int: *mut PyObject) -> Result<Owned> {
    // SAFETY: the caller has an `int`, and is attached.
    unsafe {
        let int = Owned::new(ffi::PyNumber_Absolute(int))?;
        let bits = _PyLong_NumBits(int.as_ptr());
        if bits == usize::MAX {
            return Err(Raised);
        }
        let size = bits.div_ceil(8);
        let bytes = Owned::new(ffi::PyBytes_FromStringAndSize(null(), size.cast_signed()))?;
        let data = ffi::PyBytes_AsString(bytes.as_ptr()).cast();
        match ffi::_PyLong_AsByteArray(int.as_ptr().cast(), data, size, LITTLE_ENDIAN, UNSIGNED) {
            0 => Ok(bytes),
            _ => Err(Raised),
        }
    }
}

/// An integer whose digits are being written.
struct Writer {
    negative: bool,
    digits: Vec<u8>,
}

/// # Safety
/// The contract of context functions.
pub unsafe extern "C" fn ctx_LongWriter_Create(
    _: *mut HPyContext,
    negative: c_int,
    ndigits: isize,
    digits: *mut *mut c_void,
) -> HPyLongWriter {
    if digits.is_null() {
        return null_argument(nulls::ctx_LongWriter_Create);
    }
    // SAFETY: by contract.
    unsafe {
        *digits = null_mut();
        if ndigits <= 0 {
            return fail(ffi::PyExc_ValueError, c"HPyLongWriter_Create: ndigits must be positive");
        }
        let mut memory = Vec::new();
        if memory.try_reserve_exact(ndigits.cast_unsigned()).is_err() {
            ffi::PyErr_NoMemory();
            return HPyLongWriter::NULL;
        }
        memory.resize(ndigits.cast_unsigned(), 0);
        let writer = Box::leak(Box::new(Writer { negative: negative != 0, digits: memory }));
        *digits = writer.digits.as_mut_ptr().cast();
        HPyLongWriter { _i: &raw mut *writer as isize }
    }
}

/// # Safety
/// The contract of context functions.
pub unsafe extern "C" fn ctx_LongWriter_Finish(_: *mut HPyContext, writer: HPyLongWriter) -> HPy {
    if writer.is_null() {
        return null_argument(nulls::ctx_LongWriter_Finish);
    }
    // SAFETY: by contract, made by `ctx_LongWriter_Create` and not ended yet.
    unsafe {
        let writer = Box::from_raw(writer._i as *mut Writer);
        let digits = writer.digits.as_ptr();
        let int = ffi::_PyLong_FromByteArray(digits, writer.digits.len(), LITTLE_ENDIAN, UNSIGNED);
        if int.is_null() || !writer.negative {
            return handle(int);
        }
        let negative = ffi::PyNumber_Negative(int);
        ffi::Py_DECREF(int);
        handle(negative)
    }
}

/// # Safety
/// The contract of context functions.
pub unsafe extern "C" fn ctx_LongWriter_Discard(_: *mut HPyContext, writer: HPyLongWriter) {
    if !writer.is_null() {
        // SAFETY: by contract, made by `ctx_LongWriter_Create` and not ended yet.
        drop(unsafe { Box::from_raw(writer._i as *mut Writer) });
    }
}
