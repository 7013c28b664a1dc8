//! The raw data of a record: the copies that the extension got instead of the object's own data.

use std::ffi::c_char;

use crate::member::Member;

use super::pages::Pages;

/// A copy that the extension got.
pub(crate) struct RawData {
    pages: Pages,
    size: usize,
    /// The function of the API that returned it.
    from: Member,
    /// The data that it is a copy of.
    original: *const c_char,
}

// SAFETY: the original belongs to the object, which threads share.
unsafe impl Send for RawData {}

impl RawData {
    pub(crate) fn new(pages: Pages, size: usize, from: Member, original: *const c_char) -> Self {
        Self { pages, size, from, original }
    }

    /// Whether it is an unprotected copy of these bytes, from this function.
    pub(crate) fn is_copy_of(&self, bytes: &[u8], from: Member) -> bool {
        self.from == from && self.pages.holds(bytes)
    }

    /// What an address in the copy is a copy of; `None` for other addresses.
    pub(crate) fn original_of(&self, address: usize) -> Option<*const c_char> {
        let offset = address.wrapping_sub(self.address());
        self.pages.contains(address).then(|| self.original.wrapping_add(offset))
    }

    /// The number of bytes, with the NUL at the end.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// From now on, every access is noticed.
    pub(crate) fn protect(&mut self) {
        self.pages.protect();
    }

    pub(crate) fn from(&self) -> Member {
        self.from
    }

    /// Whether it is no copy, but what the pointers of a released view lead to.
    pub(crate) fn is_of_released_view(&self) -> bool {
        self.from == Member::ctx_Buffer_Release
    }

    /// Where the copy is, for the extension.
    pub(crate) fn as_ptr(&self) -> *const c_char {
        self.pages.as_ptr().cast()
    }

    /// The same as a number.
    pub(crate) fn address(&self) -> usize {
        self.pages.as_ptr() as usize
    }

    /// Whether its pages begin there.
    pub(crate) fn begins_at(&self, start: usize) -> bool {
        self.pages.begin_at(start)
    }
}
