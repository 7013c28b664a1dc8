//! Memory that may not be there: `MemoryError` in the place of Rust's way, which is to end the process.
//!
//! For whatever an extension or Python code can make large or frequent.

use std::alloc::{Layout, alloc};

use crate::boundary::{Result, no_memory};

/// Makes room for `additional` more elements.
///
/// # Errors
/// `MemoryError`.
pub fn reserve<T>(vec: &mut Vec<T>, additional: usize) -> Result<()> {
    vec.try_reserve(additional).map_err(|_| no_memory())
}

/// `Vec::push`.
///
/// # Errors
/// `MemoryError`.
pub fn push<T>(vec: &mut Vec<T>, value: T) -> Result<()> {
    reserve(vec, 1)?;
    vec.push(value);
    Ok(())
}

/// A copy of these bytes.
///
/// # Errors
/// `MemoryError`.
pub fn copy(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut copy = Vec::new();
    reserve(&mut copy, bytes.len())?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

/// `Box::new`.
///
/// # Errors
/// `MemoryError`.
pub fn boxed<T>(value: T) -> Result<Box<T>> {
    try_boxed(value).ok_or_else(no_memory)
}

/// `Box::new`, for where no exception may be set.
pub(crate) fn try_boxed<T>(value: T) -> Option<Box<T>> {
    const { assert!(size_of::<T>() > 0) };
    // SAFETY: the layout is not empty.
    let place = unsafe { alloc(Layout::new::<T>()) }.cast::<T>();
    if place.is_null() {
        return None;
    }
    // SAFETY: the memory is ours and of this layout, so from here on a `Box` may own it.
    unsafe {
        place.write(value);
        Some(Box::from_raw(place))
    }
}
