//! Pointers into objects: the extension gets copies, which it may use as long as the handle is open.

use std::ffi::{CStr, c_char, c_void};
use std::ptr::null;

use hpy_abi::*;

use crate::call::ApiCall;
use crate::debug::calls::context::CallContext;
use crate::debug::fault;
use crate::debug::module::Debug;
use crate::debug::state::DebugState;
use crate::debug::table::pages::Pages;
use crate::debug::table::raw_data::RawData;
use crate::debug::table::record::Record;
use crate::layered::Layered;

use super::replace_functions;

replace_functions! {
    ctx_Unicode_AsUTF8AndSize(h: HPy, size: *mut HPy_ssize_t) -> *const c_char = as_utf8_and_size;
    ctx_Bytes_AsString(h: HPy) -> *const c_char = bytes_as_string;
    ctx_Bytes_AS_STRING(h: HPy) -> *const c_char = bytes_as_string_unchecked;
    ctx_Type_GetName(ty: HPy) -> *const c_char = type_get_name;
}

unsafe fn as_utf8_and_size(
    layered: &Layered<Debug>,
    call: &ApiCall,
    h: HPy,
    size: *mut HPy_ssize_t,
) -> *const c_char {
    let mut length = 0;
    // SAFETY: the arguments are the extension's, and the handle is unwrapped. The length is that of the data.
    unsafe {
        let inner = layered.unwrap(call, h);
        let data = ((*call.inner).ctx_Unicode_AsUTF8AndSize)(call.inner, inner, &raw mut length);
        if !size.is_null() {
            *size = length;
        }
        copy(layered.layer(), call, h, data, || length)
    }
}

unsafe fn bytes_as_string(layered: &Layered<Debug>, call: &ApiCall, h: HPy) -> *const c_char {
    // SAFETY: the handle is the extension's, and unwrapped. The length is that of the data.
    unsafe {
        let inner = layered.unwrap(call, h);
        let data = ((*call.inner).ctx_Bytes_AsString)(call.inner, inner);
        copy(layered.layer(), call, h, data, || ((*call.inner).ctx_Bytes_Size)(call.inner, inner))
    }
}

unsafe fn bytes_as_string_unchecked(layered: &Layered<Debug>, call: &ApiCall, h: HPy) -> *const c_char {
    // SAFETY: the handle is the extension's, and unwrapped. The length is that of the data.
    unsafe {
        let inner = layered.unwrap(call, h);
        let data = ((*call.inner).ctx_Bytes_AS_STRING)(call.inner, inner);
        copy(layered.layer(), call, h, data, || ((*call.inner).ctx_Bytes_GET_SIZE)(call.inner, inner))
    }
}

unsafe fn type_get_name(layered: &Layered<Debug>, call: &ApiCall, ty: HPy) -> *const c_char {
    // SAFETY: the handle is the extension's, and unwrapped. The name ends with a NUL.
    unsafe {
        let inner = layered.unwrap(call, ty);
        let data = ((*call.inner).ctx_Type_GetName)(call.inner, inner);
        copy(layered.layer(), call, ty, data, || CStr::from_ptr(data).count_bytes().cast_signed())
    }
}

/// A buffer keeps its object, not the handle. So if a function filled it with a copy of the object's data, it gets the
/// object's own data instead.
pub(crate) fn undo_copy(debug: &Debug, view: &mut HPy_buffer) {
    let Some(record) = debug.state.arena.get(view.obj._i) else { return };
    let table = debug.state.arena.table();
    let details = record.details(&table);
    let original = details.raw_data().iter().find_map(|copy| copy.original_of(view.buf as usize));
    if let Some(original) = original {
        view.buf = original.cast_mut().cast();
    }
}

/// Memory that nobody may access once the record is closed, for what points nowhere then. `None` if there is none.
pub(crate) fn forbidden(debug: &Debug, call: &ApiCall, record: &Record) -> Option<*mut c_void> {
    new_copy(&debug.state, call, record, &[0]).map(|pointer| pointer.cast_mut().cast())
}

/// A copy of `data`, which belongs to the handle; null, with an exception set, if there is no memory.
///
/// # Safety
///
/// `data` is null, or has as many bytes as `length` says, and a NUL behind them. The thread is inside of Python.
unsafe fn copy(
    debug: &Debug,
    call: &ApiCall,
    outer: HPy,
    data: *const c_char,
    length: impl FnOnce() -> HPy_ssize_t,
) -> *const c_char {
    let state = &*debug.state;
    if data.is_null() {
        return data;
    }
    // SAFETY: the call has got its context from the layer.
    let context = unsafe { CallContext::of_api_call(call) };
    let record = context.record_fast(outer._i).or_else(|| state.arena.get(outer._i));
    // After a mistake with which the extension goes on, the data is the object's.
    let Some(record) = record.filter(|record| record.is_open_handle()) else { return data };
    let Ok(length) = usize::try_from(length()) else { return null() };
    // SAFETY: that many bytes and a NUL are there.
    let bytes = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length + 1) };
    if record.state().has_extra() {
        let table = context.arena().table();
        // Another thread may have closed it, which protects the copies.
        if !record.is_open() {
            return data;
        }
        let mut copies = record.raw_data(&table).iter();
        if let Some(copy) = copies.find(|copy| copy.is_copy_of(bytes, call.member)) {
            return copy.as_ptr();
        }
    }
    new_copy(state, call, record, bytes).unwrap_or_else(|| {
        // SAFETY: the thread is inside of Python.
        unsafe { ((*call.inner).ctx_Err_NoMemory)(call.inner) };
        null()
    })
}

/// A copy that belongs to a record from now on. `None` if there is no memory.
fn new_copy(state: &DebugState, call: &ApiCall, record: &Record, bytes: &[u8]) -> Option<*const c_char> {
    // Somebody else may have taken the signals since the last time.
    fault::explain_accesses();
    let pages = Pages::copy_of(bytes, record.handle())?;
    let copy = RawData::new(pages, bytes.len(), call.member, bytes.as_ptr().cast());
    let pointer = copy.as_ptr();
    let mut table = state.arena.table();
    let copies = &mut record.extra(&mut table).raw_data;
    copies.try_reserve(1).ok()?;
    copies.push(copy);
    Some(pointer)
}
