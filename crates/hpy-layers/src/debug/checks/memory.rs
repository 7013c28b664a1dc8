//! Memory that the extension frees: only what is allocated.
//!
//! The extension gets the engine's blocks as they are, so their records are found by the address. What was freed is known until
//! the address is used again.

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::Ordering;

use crate::call::ApiCall;
use crate::debug::module::Debug;
use crate::debug::reports::rule::Rule;
use crate::debug::table::record::Record;
use crate::debug::table::record_state::Kind;
use crate::layered::Layered;
use crate::sync::lock;

use super::{handles, replace_functions};

replace_functions! {
    ctx_Mem_Malloc(size: usize) -> *mut c_void = malloc;
    ctx_Mem_Calloc(count: usize, size: usize) -> *mut c_void = calloc;
    ctx_Mem_Realloc(block: *mut c_void, size: usize) -> *mut c_void = realloc;
    ctx_Mem_Free(block: *mut c_void) = free;
}

unsafe fn malloc(layered: &Layered<Debug>, call: &ApiCall, size: usize) -> *mut c_void {
    // SAFETY: the argument is the extension's.
    unsafe { opened(layered.layer(), call, ((*call.inner).ctx_Mem_Malloc)(call.inner, size)) }
}

unsafe fn calloc(layered: &Layered<Debug>, call: &ApiCall, count: usize, size: usize) -> *mut c_void {
    // SAFETY: the arguments are the extension's.
    unsafe { opened(layered.layer(), call, ((*call.inner).ctx_Mem_Calloc)(call.inner, count, size)) }
}

unsafe fn realloc(layered: &Layered<Debug>, call: &ApiCall, block: *mut c_void, size: usize) -> *mut c_void {
    let (debug, inner) = (layered.layer(), call.inner);
    // SAFETY: the block is the extension's, and allocated, or the inner function gets none.
    unsafe {
        let old = if block.is_null() { None } else { find_allocated(debug, call, block) };
        let Some(old) = old else {
            return opened(debug, call, ((*inner).ctx_Mem_Realloc)(inner, null_mut(), size));
        };
        // Before the old block is gone.
        let Some(new) = note(debug, call, block) else {
            ((*inner).ctx_Err_NoMemory)(inner);
            return null_mut();
        };
        let moved = ((*inner).ctx_Mem_Realloc)(inner, block, size);
        let (ended, kept) = if moved.is_null() { (new, old) } else { (old, new) };
        let kept_block = if moved.is_null() { block } else { moved };
        handles::close_record(debug, call, ended, Kind::Block);
        kept.inner.store(kept_block as isize, Ordering::Relaxed);
        let mut blocks = lock(&debug.state.blocks);
        // The same one, if the block has stayed where it was.
        blocks.insert(block as usize, old.handle());
        blocks.insert(kept_block as usize, kept.handle());
        moved
    }
}

unsafe fn free(layered: &Layered<Debug>, call: &ApiCall, block: *mut c_void) {
    let (debug, inner) = (layered.layer(), call.inner);
    if block.is_null() {
        return;
    }
    // SAFETY: the block is the extension's, and allocated.
    unsafe {
        while let Some(record) = find_allocated(debug, call, block) {
            if handles::close_record(debug, call, record, Kind::Block).is_some() {
                return ((*inner).ctx_Mem_Free)(inner, block);
            }
        }
    }
}

/// Notes a new block; null if there is no memory for that.
unsafe fn opened(debug: &Debug, call: &ApiCall, block: *mut c_void) -> *mut c_void {
    if !block.is_null() && note(debug, call, block).is_none() {
        // SAFETY: the extension does not get the block; the thread is inside of Python.
        unsafe {
            ((*call.inner).ctx_Mem_Free)(call.inner, block);
            ((*call.inner).ctx_Err_NoMemory)(call.inner);
        }
        return null_mut();
    }
    block
}

/// Opens a record of a block; `None` if there is no memory for it.
fn note<'a>(debug: &'a Debug, call: &ApiCall, block: *mut c_void) -> Option<&'a Record> {
    let record = handles::open_record(debug, call, block as isize, Kind::Block)?;
    let mut blocks = lock(&debug.state.blocks);
    if blocks.len() == blocks.capacity() {
        blocks.retain(|&block, &mut handle| record_of(debug, block, handle).is_some());
    }
    if blocks.try_reserve(1).is_err() {
        drop(blocks);
        handles::close_record(debug, call, record, Kind::Block);
        return None;
    }
    blocks.insert(block as usize, record.handle());
    Some(record)
}

/// The record of a block, unless it stands for something else by now.
fn record_of(debug: &Debug, block: usize, handle: isize) -> Option<&Record> {
    let record = debug.state.arena.get(handle)?;
    (record.kind() == Kind::Block && record.inner() == block as isize).then_some(record)
}

/// The record of an allocated block; if it is not allocated, that is reported.
unsafe fn find_allocated<'a>(debug: &'a Debug, call: &ApiCall, block: *mut c_void) -> Option<&'a Record> {
    let state = &*debug.state;
    let handle = lock(&state.blocks).get(&(block as usize)).copied();
    let found = handle.and_then(|handle| record_of(debug, block as usize, handle));
    let open = found.filter(|record| record.is_open());
    if open.is_none() {
        // SAFETY: the thread is inside of Python.
        unsafe {
            state.reporter.report(Rule::NotAllocated, &state.site(call), |report| {
                report.add("block", format!("{:#x}", block as usize));
                if let Some(record) = found {
                    state.describe_handle(report, record);
                }
            });
        }
    }
    open
}
