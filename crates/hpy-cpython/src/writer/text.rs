//! The writer for `str`: an array of characters, of 1, 2 or 4 bytes each as the largest one demands.
//!
//! All functions have the contract of context functions, see `crate::forward`: a writer is null or one that has not ended.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;

use crate::ffi::{
    Py_DECREF, PyErr_NoMemory, PyExc_ValueError, PyLong_AsLongLongAndOverflow, PyLong_CheckExact, PyMem_Free,
    PyMem_Malloc, PyMem_Realloc, PyObject, PyObject_Repr, PyObject_Str, PyUnicode_Check,
    PyUnicode_CheckExact, PyUnicode_DecodeUTF8, PyUnicode_FromKindAndData,
};
use hpy_abi::{HPy, HPy_UCS4, HPyContext, HPyUnicodeWriter};

use super::{allocate, grown, size_of_data};
use crate::engine::text::{PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND, PyUnicode_READY};
use crate::forward::{fail, negative_size, null_argument, wrong_type};
use crate::generated::calls::null;
use crate::handle::{handle, object};
use crate::unicode::{MAX_CODE_POINT, NO_CODE_POINT, largest};

struct Writer {
    data: *mut u8,
    /// In characters.
    length: usize,
    capacity: usize,
    /// A character has `1 << width` bytes.
    width: u32,
}

/// The width that a character needs.
#[inline(always)]
fn width_of(character: HPy_UCS4) -> u32 {
    u32::from(character > 0xff) + u32::from(character > 0xffff)
}

impl Writer {
    /// Makes room for `extra` more characters of this width; false with `MemoryError`.
    #[inline(always)]
    unsafe fn reserve(&mut self, extra: usize, width: u32) -> bool {
        // SAFETY: the contract of the module.
        width <= self.width && extra <= self.capacity - self.length || unsafe { self.grow(extra, width) }
    }

    #[cold]
    #[inline(never)]
    unsafe fn grow(&mut self, extra: usize, width: u32) -> bool {
        let width = width.max(self.width);
        let needed = self.length.saturating_add(extra);
        let capacity = if needed <= self.capacity { self.capacity } else { grown(needed) };
        // SAFETY: the contract of the module; CPython refuses what is larger than any object.
        unsafe {
            let bytes = capacity.saturating_mul(1 << width);
            let data = if width == self.width {
                PyMem_Realloc(self.data.cast(), bytes).cast::<u8>()
            } else {
                let data = PyMem_Malloc(bytes).cast::<u8>();
                if !data.is_null() {
                    copy(self.data, self.width, data, width, self.length);
                    PyMem_Free(self.data.cast());
                }
                data
            };
            if data.is_null() {
                PyErr_NoMemory();
                return false;
            }
            *self = Self { data, length: self.length, capacity, width };
        }
        true
    }

    /// Where the next character goes.
    #[inline(always)]
    unsafe fn end(&self) -> *mut u8 {
        // SAFETY: within the array, or behind its end.
        unsafe { self.data.add(self.length << self.width) }
    }

    /// Writes characters of a width; false with `MemoryError`.
    #[inline(always)]
    unsafe fn write(&mut self, from: *const u8, width: u32, count: usize) -> bool {
        // SAFETY: the contract of the module; there is room for them then.
        unsafe {
            if !self.reserve(count, width) {
                return false;
            }
            copy(from, width, self.end(), self.width, count);
        }
        self.length += count;
        true
    }

    /// Writes a few bytes if they are ASCII and there is room for them, without a call. False if not.
    #[inline(always)]
    unsafe fn write_short(&mut self, from: *const u8, count: usize) -> bool {
        /// As one word from the front and one from the back, which may overlap.
        #[inline(always)]
        unsafe fn words<T: Copy + Into<u64>>(from: *const u8, to: *mut u8, count: usize) -> bool {
            // SAFETY: at least one word is there, with room for it.
            unsafe {
                let last = count - size_of::<T>();
                let (front, back) =
                    (from.cast::<T>().read_unaligned(), from.add(last).cast::<T>().read_unaligned());
                if (front.into() | back.into()) & 0x8080_8080_8080_8080 != 0 {
                    return false;
                }
                to.cast::<T>().write_unaligned(front);
                to.add(last).cast::<T>().write_unaligned(back);
            }
            true
        }
        if self.width != 0 || count > self.capacity - self.length {
            return false;
        }
        // SAFETY: the contract of the module, and there is room.
        let done = unsafe {
            let to = self.end();
            match count {
                8..=16 => words::<u64>(from, to, count),
                4..=7 => words::<u32>(from, to, count),
                2..=3 => words::<u16>(from, to, count),
                1 => words::<u8>(from, to, count),
                _ => false,
            }
        };
        if done {
            self.length += count;
        }
        done
    }

    /// Writes a string; false with `MemoryError`.
    unsafe fn write_whole(&mut self, text: *mut PyObject) -> bool {
        // SAFETY: the contract of the module; a string that is not ready has no length.
        unsafe {
            PyUnicode_READY(text) == 0 && self.write_part(text, 0, PyUnicode_GET_LENGTH(text).cast_unsigned())
        }
    }

    /// Writes a part of a string that is ready, which is in range; false with `MemoryError`.
    unsafe fn write_part(&mut self, text: *mut PyObject, start: usize, end: usize) -> bool {
        // SAFETY: the contract of the module; CPython's kinds are the sizes of a character.
        unsafe {
            let width = (PyUnicode_KIND(text) as u32).trailing_zeros();
            self.write(PyUnicode_DATA(text).cast::<u8>().add(start << width), width, end - start)
        }
    }

    /// Writes a new string, and gives it up; −1 if there is none, or no memory.
    unsafe fn write_new(&mut self, text: *mut PyObject) -> c_int {
        if text.is_null() {
            return -1;
        }
        // SAFETY: the contract of the module, and the caller owns the string.
        unsafe {
            let done = self.write_whole(text);
            Py_DECREF(text);
            status(done)
        }
    }

    /// Writes the digits of an `int`. `None` for one with more than 64 bits.
    unsafe fn write_integer(&mut self, number: *mut PyObject) -> Option<c_int> {
        let mut overflow = 0;
        // SAFETY: the contract of the module; for an exact `int` it does not fail.
        let value = unsafe { PyLong_AsLongLongAndOverflow(number, &raw mut overflow) };
        if overflow != 0 {
            return None;
        }
        let mut digits = [0u8; 20];
        let mut start = digits.len();
        let mut rest = value.unsigned_abs();
        loop {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            start -= 1;
            digits[start] = b'-';
        }
        // SAFETY: the contract of the module.
        Some(status(unsafe { self.write(digits.as_ptr().add(start), 0, digits.len() - start) }))
    }
}

#[inline(always)]
fn status(done: bool) -> c_int {
    if done { 0 } else { -1 }
}

/// Copies characters to where they have the same width, or are wider.
///
/// # Safety
///
/// As many are there, with room for them.
#[inline(always)]
unsafe fn copy(from: *const u8, from_width: u32, to: *mut u8, to_width: u32, count: usize) {
    // SAFETY: by contract; the data of each width is aligned for it.
    unsafe {
        if from_width == to_width {
            std::ptr::copy_nonoverlapping(from, to, count << to_width);
        } else {
            copy_wider(from, from_width, to, to_width, count);
        }
    }
}

#[inline(never)]
unsafe fn copy_wider(from: *const u8, from_width: u32, to: *mut u8, to_width: u32, count: usize) {
    unsafe fn each<From: Copy, To>(from: *const u8, to: *mut u8, count: usize, convert: impl Fn(From) -> To) {
        let (from, to) = (from.cast::<From>(), to.cast::<To>());
        for i in 0..count {
            // SAFETY: as many are there, with room for them.
            unsafe { to.add(i).write(convert(from.add(i).read())) };
        }
    }
    // SAFETY: the contract of `copy`.
    unsafe {
        match (from_width, to_width) {
            (0, 1) => each(from, to, count, |c: u8| u16::from(c)),
            (0, _) => each(from, to, count, |c: u8| u32::from(c)),
            _ => each(from, to, count, |c: u16| u32::from(c)),
        }
    }
}

/// Starts a `str`.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_UnicodeWriter_Create(_: *mut HPyContext, length: isize) -> HPyUnicodeWriter {
    let Ok(length) = usize::try_from(length) else {
        negative_size(null::ctx_UnicodeWriter_Create);
        return HPyUnicodeWriter::NULL;
    };
    // SAFETY: the contract of the module; the writer is known to nobody else.
    unsafe {
        let writer = allocate::<Writer>();
        if writer.is_null() {
            return HPyUnicodeWriter::NULL;
        }
        let data = if length == 0 { null_mut() } else { PyMem_Malloc(length).cast::<u8>() };
        writer.write(Writer { data, length: 0, capacity: length, width: 0 });
        if length > 0 && data.is_null() {
            PyErr_NoMemory();
            discard(writer);
            return HPyUnicodeWriter::NULL;
        }
        HPyUnicodeWriter { _i: writer as isize }
    }
}

unsafe fn discard(writer: *mut Writer) {
    // SAFETY: the contract of the module, and the caller gives up the writer.
    unsafe {
        PyMem_Free((*writer).data.cast());
        PyMem_Free(writer.cast::<c_void>());
    }
}

/// Ends a writer without a result.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_UnicodeWriter_Discard(_: *mut HPyContext, writer: HPyUnicodeWriter) {
    if !writer.is_null() {
        // SAFETY: the contract of the module.
        unsafe { discard(writer._i as *mut Writer) };
    }
}

/// Ends a writer with a string.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_UnicodeWriter_Finish(_: *mut HPyContext, writer: HPyUnicodeWriter) -> HPy {
    // SAFETY: the contract of the module; a kind is the size of a character.
    unsafe {
        let writer = writer!(writer, ctx_UnicodeWriter_Finish);
        let kind = 1 << writer.width;
        let text = PyUnicode_FromKindAndData(kind, writer.data.cast(), writer.length.cast_signed());
        discard(writer);
        handle(text)
    }
}

/// Writes a code point.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_UnicodeWriter_WriteChar(
    _: *mut HPyContext,
    writer: HPyUnicodeWriter,
    ch: HPy_UCS4,
) -> c_int {
    // SAFETY: the contract of the module; there is room for a character of this width then.
    unsafe {
        let writer = writer!(writer, ctx_UnicodeWriter_WriteChar);
        if ch > MAX_CODE_POINT {
            return fail(PyExc_ValueError, NO_CODE_POINT);
        }
        if !writer.reserve(1, width_of(ch)) {
            return -1;
        }
        let end = writer.end();
        match writer.width {
            0 => *end = ch as u8,
            1 => *end.cast::<u16>() = ch as u16,
            _ => *end.cast::<u32>() = ch,
        }
        writer.length += 1;
        0
    }
}

/// Writes UTF-8.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_UnicodeWriter_WriteUTF8(
    _: *mut HPyContext,
    writer: HPyUnicodeWriter,
    utf8: *const c_char,
    size: isize,
) -> c_int {
    if utf8.is_null() {
        return null_argument(null::ctx_UnicodeWriter_WriteUTF8);
    }
    // SAFETY: the contract of the module.
    unsafe {
        let writer = writer!(writer, ctx_UnicodeWriter_WriteUTF8);
        let Some(size) = size_of_data(utf8, size) else {
            return negative_size(null::ctx_UnicodeWriter_WriteUTF8);
        };
        if writer.write_short(utf8.cast(), size) {
            return 0;
        }
        if std::slice::from_raw_parts(utf8.cast::<u8>(), size).is_ascii() {
            return status(writer.write(utf8.cast(), 0, size));
        }
        writer.write_new(PyUnicode_DecodeUTF8(utf8, size.cast_signed(), std::ptr::null()))
    }
}

/// Writes code points.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_UnicodeWriter_WriteUCS4(
    _: *mut HPyContext,
    writer: HPyUnicodeWriter,
    ucs4: *const HPy_UCS4,
    size: isize,
) -> c_int {
    if ucs4.is_null() {
        return null_argument(null::ctx_UnicodeWriter_WriteUCS4);
    }
    // SAFETY: the contract of the module; there is room for characters of this width then.
    unsafe {
        let writer = writer!(writer, ctx_UnicodeWriter_WriteUCS4);
        let Ok(size) = usize::try_from(size) else {
            return negative_size(null::ctx_UnicodeWriter_WriteUCS4);
        };
        let largest = largest(ucs4, size);
        if largest > MAX_CODE_POINT {
            return fail(PyExc_ValueError, NO_CODE_POINT);
        }
        if !writer.reserve(size, width_of(largest)) {
            return -1;
        }
        let end = writer.end();
        for i in 0..size {
            let character = *ucs4.add(i);
            match writer.width {
                0 => *end.add(i) = character as u8,
                1 => *end.cast::<u16>().add(i) = character as u16,
                _ => *end.cast::<u32>().add(i) = character,
            }
        }
        writer.length += size;
        0
    }
}

/// Writes the `str` of an object.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_UnicodeWriter_WriteStr(
    _: *mut HPyContext,
    writer: HPyUnicodeWriter,
    obj: HPy,
) -> c_int {
    if obj.is_null() {
        return null_argument(null::ctx_UnicodeWriter_WriteStr);
    }
    let obj = object(obj);
    // SAFETY: the contract of the module.
    unsafe {
        let writer = writer!(writer, ctx_UnicodeWriter_WriteStr);
        if PyUnicode_CheckExact(obj) != 0 {
            return status(writer.write_whole(obj));
        }
        write_text_of(writer, obj, |obj| PyObject_Str(obj))
    }
}

/// Writes the `repr` of an object.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_UnicodeWriter_WriteRepr(
    _: *mut HPyContext,
    writer: HPyUnicodeWriter,
    obj: HPy,
) -> c_int {
    if obj.is_null() {
        return null_argument(null::ctx_UnicodeWriter_WriteRepr);
    }
    // SAFETY: the contract of the module.
    unsafe {
        let writer = writer!(writer, ctx_UnicodeWriter_WriteRepr);
        write_text_of(writer, object(obj), |obj| PyObject_Repr(obj))
    }
}

unsafe fn write_text_of(
    writer: &mut Writer,
    obj: *mut PyObject,
    text_of: impl FnOnce(*mut PyObject) -> *mut PyObject,
) -> c_int {
    // SAFETY: the contract of the module.
    unsafe {
        if PyLong_CheckExact(obj) != 0
            && let Some(status) = writer.write_integer(obj)
        {
            return status;
        }
        // The writer is not looked at before the call returns, as that runs any code.
        let text = text_of(obj);
        writer.write_new(text)
    }
}

/// Writes a part of a string.
///
/// # Safety
///
/// See the module.
pub unsafe extern "C" fn ctx_UnicodeWriter_WriteSubstring(
    _: *mut HPyContext,
    writer: HPyUnicodeWriter,
    text: HPy,
    start: isize,
    end: isize,
) -> c_int {
    if text.is_null() {
        return null_argument(null::ctx_UnicodeWriter_WriteSubstring);
    }
    let text = object(text);
    // SAFETY: the contract of the module.
    unsafe {
        let writer = writer!(writer, ctx_UnicodeWriter_WriteSubstring);
        if PyUnicode_Check(text) == 0 {
            return wrong_type(c"str", text);
        }
        if PyUnicode_READY(text) < 0 {
            return -1;
        }
        if start < 0 || start > end || end > PyUnicode_GET_LENGTH(text) {
            return fail(PyExc_ValueError, c"the string has no such characters");
        }
        status(writer.write_part(text, start.cast_unsigned(), end.cast_unsigned()))
    }
}
