//! Pointers into objects: the extension gets copies, which end with the handle.

use std::ffi::{CStr, c_char};

use hpy_abi::*;

use crate::{ApiCall, Layered, Member};

use crate::debug::layer::Debug;
use crate::debug::table::pages::Pages;
use crate::debug::table::record::Record;

/// A copy that the extension got.
pub(crate) struct RawData {
    pages: Pages,
    size: usize,
    /// The function that it got it from.
    from: Member,
    /// What it is a copy of.
    original: *const c_char,
}

// SAFETY: what is copied is the object's, and shared with whoever has the object.
unsafe impl Send for RawData {}

impl RawData {
    /// With the NUL at the end.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Every access is seen from now on.
    pub(crate) fn protect(&mut self) {
        self.pages.protect();
    }

    pub(crate) fn from(&self) -> Member {
        self.from
    }

    /// Where the copy is.
    pub(crate) fn address(&self) -> usize {
        self.pages.as_ptr() as usize
    }

    /// Whether its pages begin there.
    pub(crate) fn begins_at(&self, start: usize) -> bool {
        self.pages.begin_at(start)
    }
}

/// Puts the functions of this file into a context.
pub(crate) fn replace(context: &mut HPyContext) {
    context.ctx_Unicode_AsUTF8AndSize = as_utf8_and_size;
    context.ctx_Bytes_AsString = bytes_as_string;
    context.ctx_Bytes_AS_STRING = bytes_as_string_unchecked;
    context.ctx_Type_GetName = type_get_name;
}

// Each has the contract of the function that it stands in front of.

unsafe extern "C" fn as_utf8_and_size(ctx: *mut HPyContext, h: HPy, size: *mut HPy_ssize_t) -> *const c_char {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_Unicode_AsUTF8AndSize, |layered, call| {
            let mut length = 0;
            let inner = layered.unwrap(call, h);
            let data = ((*call.inner).ctx_Unicode_AsUTF8AndSize)(call.inner, inner, &raw mut length);
            if !size.is_null() {
                *size = length;
            }
            copy(layered.layer(), call, h, data, || length)
        })
    }
}

unsafe extern "C" fn bytes_as_string(ctx: *mut HPyContext, h: HPy) -> *const c_char {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_Bytes_AsString, |layered, call| {
            let inner = layered.unwrap(call, h);
            let data = ((*call.inner).ctx_Bytes_AsString)(call.inner, inner);
            copy(layered.layer(), call, h, data, || ((*call.inner).ctx_Bytes_Size)(call.inner, inner))
        })
    }
}

unsafe extern "C" fn bytes_as_string_unchecked(ctx: *mut HPyContext, h: HPy) -> *const c_char {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_Bytes_AS_STRING, |layered, call| {
            let inner = layered.unwrap(call, h);
            let data = ((*call.inner).ctx_Bytes_AS_STRING)(call.inner, inner);
            copy(layered.layer(), call, h, data, || ((*call.inner).ctx_Bytes_GET_SIZE)(call.inner, inner))
        })
    }
}

unsafe extern "C" fn type_get_name(ctx: *mut HPyContext, ty: HPy) -> *const c_char {
    // SAFETY: by contract.
    unsafe {
        Layered::<Debug>::api(ctx, Member::ctx_Type_GetName, |layered, call| {
            let inner = layered.unwrap(call, ty);
            let data = ((*call.inner).ctx_Type_GetName)(call.inner, inner);
            copy(layered.layer(), call, ty, data, || CStr::from_ptr(data).count_bytes().cast_signed())
        })
    }
}

impl Debug {
    /// A buffer keeps its object, not the handle. So if it shows a copy of the object's data, it gets the data.
    pub(crate) fn undo_copy(&self, view: &mut HPy_buffer) {
        let Some(record) = self.state.arena.get(view.obj._i) else { return };
        let table = self.state.table();
        let details = record.details(&table);
        if let Some(copy) = details.raw_data().iter().find(|copy| copy.pages.contains(view.buf as usize)) {
            let offset = (view.buf as usize).wrapping_sub(copy.pages.as_ptr() as usize);
            view.buf = copy.original.wrapping_add(offset).cast_mut().cast();
        }
    }
}

/// A copy of `data`, which belongs to the handle; null, with an exception set, if there is no memory.
unsafe fn copy(
    debug: &Debug,
    call: &ApiCall,
    outer: HPy,
    data: *const c_char,
    length: impl FnOnce() -> HPy_ssize_t,
) -> *const c_char {
    let state = &debug.state;
    let record = state.arena.get(outer._i).filter(|record| record.is_open_handle());
    // After a mistake with which the extension goes on, the data is the object's.
    let Some(record) = record.filter(|_| !data.is_null()) else { return data };
    let Ok(length) = usize::try_from(length()) else { return std::ptr::null() };
    // SAFETY: the object's data is followed by a NUL.
    let bytes = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length + 1) };
    let again = {
        let table = state.table();
        // Another thread may have closed it, which protects the copies.
        if !record.is_open() {
            return data;
        }
        let same = |had: &&RawData| {
            had.from == call.member && had.size == bytes.len() && had.pages.starts_with(bytes)
        };
        record.details(&table).raw_data().iter().find(same).map(|had| had.pages.as_ptr())
    };
    if let Some(again) = again {
        return again.cast();
    }
    let pages = Pages::copy_of(bytes, state, std::ptr::from_ref::<Record>(record));
    let (pointer, original) = (pages.as_ref().map(Pages::as_ptr), data);
    let mut table = state.table();
    let copies = &mut record.extra(&mut table).raw_data;
    if let (Some(pages), Ok(())) = (pages, copies.try_reserve(1)) {
        copies.push(RawData { pages, size: bytes.len(), from: call.member, original });
    } else {
        drop(table);
        // SAFETY: the thread is inside of Python.
        unsafe { ((*call.inner).ctx_Err_NoMemory)(call.inner) };
        return std::ptr::null();
    }
    pointer.map_or(std::ptr::null(), <*const u8>::cast)
}
