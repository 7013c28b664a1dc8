//! Exported integers and writers of integers. The handle in an export is the extension's as long as the export is not freed,
//! as that in a view of memory is.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use hpy_abi::*;

use crate::call::ApiCall;
use crate::debug::module::Debug;
use crate::debug::table::record_state::Kind;
use crate::layered::Layered;

use super::{builders, handles, opened, raw_data, replace_functions};

replace_functions! {
    ctx_Long_Export(h: HPy, exported: *mut HPyLongExport) -> c_int = export;
    ctx_Long_FreeExport(exported: *mut HPyLongExport) = free_export;
    ctx_LongWriter_Create(negative: c_int, ndigits: HPy_ssize_t, digits: *mut *mut c_void) -> HPyLongWriter = create;
    ctx_LongWriter_Finish(writer: HPyLongWriter) -> HPy = finish;
    ctx_LongWriter_Discard(writer: HPyLongWriter) = discard;
}

unsafe fn export(layered: &Layered<Debug>, call: &ApiCall, h: HPy, exported: *mut HPyLongExport) -> c_int {
    let inner = call.inner;
    // SAFETY: the arguments are the extension's; after success, the export holds a new inner handle or null.
    unsafe {
        let h = if h.is_null() { h } else { layered.unwrap(call, h) };
        let status = ((*inner).ctx_Long_Export)(inner, h, exported);
        let Some(exported) =
            exported.as_mut().filter(|exported| status == 0 && !exported._reserved.is_null())
        else {
            return status;
        };
        let kept = exported._reserved._i;
        let Some(record) = handles::open_record(layered.layer(), call, kept, Kind::Handle) else {
            ((*inner).ctx_Long_FreeExport)(inner, exported);
            ((*inner).ctx_Err_NoMemory)(inner);
            return -1;
        };
        exported._reserved = HPy { _i: record.handle() };
        status
    }
}

unsafe fn free_export(layered: &Layered<Debug>, call: &ApiCall, exported: *mut HPyLongExport) {
    let debug = layered.layer();
    // SAFETY: null or an export of the extension.
    let exported = unsafe { exported.as_mut() }.filter(|exported| !exported._reserved.is_null());
    let Some(exported) = exported else { return };
    let outer = std::mem::replace(&mut exported._reserved, HPy::NULL);
    let found = debug.state.arena.get(outer._i);
    let owned = found.filter(|record| record.is_open_handle() && record.is_owned());
    let nowhere = owned.and_then(|record| raw_data::forbidden(debug, call, record));
    match owned.and_then(|record| handles::close_record(debug, call, record, Kind::Handle)) {
        Some(handle) => {
            exported._reserved = handle;
            // SAFETY: the export as the inner context has filled it, which owns the inner handle.
            unsafe { ((*call.inner).ctx_Long_FreeExport)(call.inner, exported) };
        }
        // SAFETY: the thread is inside of Python.
        None => return unsafe { handles::report_closed(debug, call, outer, found) },
    }
    if let Some(nowhere) = nowhere {
        exported.digits = nowhere;
    }
}

unsafe fn create(
    layered: &Layered<Debug>,
    call: &ApiCall,
    negative: c_int,
    ndigits: HPy_ssize_t,
    digits: *mut *mut c_void,
) -> HPyLongWriter {
    // SAFETY: the arguments are the extension's. If there is no memory, it does not get the inner writer, which ends here.
    unsafe {
        let inner = ((*call.inner).ctx_LongWriter_Create)(call.inner, negative, ndigits, digits);
        let opened = builders::open(layered.layer(), call, inner._i, Kind::LongWriter, ndigits);
        if opened.is_none() {
            ((*call.inner).ctx_LongWriter_Discard)(call.inner, inner);
            *digits = null_mut();
            ((*call.inner).ctx_Err_NoMemory)(call.inner);
        }
        HPyLongWriter { _i: opened.unwrap_or(0) }
    }
}

unsafe fn finish(layered: &Layered<Debug>, call: &ApiCall, writer: HPyLongWriter) -> HPy {
    // SAFETY: the writer is the extension's, and unwrapped; what is returned is a new handle.
    unsafe {
        let inner = HPyLongWriter { _i: opened::close(layered.layer(), call, writer._i, Kind::LongWriter) };
        layered.wrap(call, ((*call.inner).ctx_LongWriter_Finish)(call.inner, inner))
    }
}

unsafe fn discard(layered: &Layered<Debug>, call: &ApiCall, writer: HPyLongWriter) {
    // SAFETY: the writer is the extension's, and unwrapped.
    unsafe {
        let inner = HPyLongWriter { _i: opened::close(layered.layer(), call, writer._i, Kind::LongWriter) };
        ((*call.inner).ctx_LongWriter_Discard)(call.inner, inner);
    }
}
