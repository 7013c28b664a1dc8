//! Memory in pages of its own, which may be read, and later not even that.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fault;
use super::record::Record;
use super::state::DebugState;

/// Pages with a copy of something.
pub(super) struct Pages {
    start: NonNull<u8>,
    size: usize,
    protected: bool,
}

/// Single pages for the next copies, which nobody may access: most copies are short, and the system takes its time to
/// give and take pages.
static SPARE: Mutex<Vec<usize>> = Mutex::new(Vec::new());
const SPARE_MAX: usize = 64;

fn spare() -> MutexGuard<'static, Vec<usize>> {
    SPARE.lock().unwrap_or_else(PoisonError::into_inner)
}

// SAFETY: memory that belongs to nobody else.
unsafe impl Send for Pages {}

impl Pages {
    /// A copy that may only be read. `None` if there is no memory. An access that is not allowed is explained with the
    /// record, which has to have the copy.
    pub(super) fn copy_of(bytes: &[u8], state: &DebugState, record: *const Record) -> Option<Self> {
        let start = Self::allocate(bytes.len())?;
        // SAFETY: memory of that size, which nobody uses.
        unsafe { start.as_ptr().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        let pages = Self { start, size: bytes.len(), protected: false };
        fault::add(start.as_ptr() as usize, system::whole_pages(bytes.len()), state, record);
        pages.allow(Access::Read);
        Some(pages)
    }

    fn allocate(size: usize) -> Option<NonNull<u8>> {
        let known = if size <= system::whole_pages(1) { spare().pop() } else { None };
        let Some(start) = known else {
            return NonNull::new(system::allocate(size)?.cast());
        };
        // SAFETY: a page from `allocate`, which is nobody's.
        let allowed = unsafe { system::allow(start as *mut c_void, size, Access::All) };
        NonNull::new(start as *mut u8).filter(|_| allowed)
    }

    fn allow(&self, access: Access) {
        // SAFETY: memory of `allocate`, to which nobody has a reference.
        unsafe { system::allow(self.start.as_ptr().cast(), self.size, access) };
    }

    /// Nobody may access it from now on.
    pub(super) fn protect(&mut self) {
        self.allow(Access::None);
        self.protected = true;
    }

    pub(super) fn as_ptr(&self) -> *const u8 {
        self.start.as_ptr()
    }

    pub(super) fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.start.as_ptr() as usize) < system::whole_pages(self.size)
    }

    /// Whether it is a copy of these bytes. It may not be protected.
    pub(super) fn starts_with(&self, bytes: &[u8]) -> bool {
        // SAFETY: memory of that size that may be read.
        bytes.len() <= self.size && unsafe { std::slice::from_raw_parts(self.as_ptr(), bytes.len()) } == bytes
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        let start = self.start.as_ptr() as usize;
        fault::remove(start);
        if self.protected && self.size <= system::whole_pages(1) {
            let mut spare = spare();
            if spare.len() < SPARE_MAX {
                return spare.push(start);
            }
        }
        // SAFETY: memory of `allocate`, which nobody uses any more.
        unsafe { system::free(self.start.as_ptr().cast(), self.size) };
    }
}

/// What may be done with pages.
#[derive(Clone, Copy)]
pub(super) enum Access {
    All,
    Read,
    None,
}

/// Lets everything be done with pages that an extension goes on with.
///
/// # Safety
///
/// `start` is that of living [`Pages`] of this many bytes.
pub(super) unsafe fn open(start: usize, size: usize) {
    // SAFETY: by contract.
    unsafe { system::allow(start as *mut c_void, size, Access::All) };
}

#[cfg(unix)]
mod system {
    use std::ffi::{c_int, c_void};
    use std::ptr::null_mut;

    use super::Access;

    pub(super) fn whole_pages(size: usize) -> usize {
        // SAFETY: always allowed.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        size.next_multiple_of(usize::try_from(page).unwrap_or(4096))
    }

    pub(super) fn allocate(size: usize) -> Option<*mut c_void> {
        let (access, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANON);
        // SAFETY: asks for fresh memory anywhere.
        let memory = unsafe { libc::mmap(null_mut(), size, access, flags, -1, 0) };
        (memory != libc::MAP_FAILED).then_some(memory)
    }

    pub(super) unsafe fn allow(memory: *mut c_void, size: usize, access: Access) -> bool {
        let access: c_int = match access {
            Access::All => libc::PROT_READ | libc::PROT_WRITE,
            Access::Read => libc::PROT_READ,
            Access::None => libc::PROT_NONE,
        };
        // SAFETY: by contract. A failure leaves the memory as it was, and a mistake unseen.
        unsafe { libc::mprotect(memory, size, access) == 0 }
    }

    pub(super) unsafe fn free(memory: *mut c_void, size: usize) {
        // SAFETY: by contract.
        unsafe { libc::munmap(memory, size) };
    }
}

#[cfg(windows)]
mod system {
    use std::ffi::c_void;
    use std::ptr::null_mut;

    use super::Access;

    const PAGE: usize = 4096;
    const MEM_COMMIT_RESERVE: u32 = 0x3000;
    const MEM_RELEASE: u32 = 0x8000;
    const PAGE_NOACCESS: u32 = 1;
    const PAGE_READONLY: u32 = 2;
    const PAGE_READWRITE: u32 = 4;

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn VirtualAlloc(at: *mut c_void, size: usize, kind: u32, protect: u32) -> *mut c_void;
        fn VirtualProtect(at: *mut c_void, size: usize, protect: u32, old: *mut u32) -> i32;
        fn VirtualFree(at: *mut c_void, size: usize, kind: u32) -> i32;
    }

    pub(super) fn whole_pages(size: usize) -> usize {
        size.next_multiple_of(PAGE)
    }

    pub(super) fn allocate(size: usize) -> Option<*mut c_void> {
        // SAFETY: asks for fresh memory anywhere.
        let memory = unsafe { VirtualAlloc(null_mut(), size, MEM_COMMIT_RESERVE, PAGE_READWRITE) };
        (!memory.is_null()).then_some(memory)
    }

    pub(super) unsafe fn allow(memory: *mut c_void, size: usize, access: Access) -> bool {
        let access = match access {
            Access::All => PAGE_READWRITE,
            Access::Read => PAGE_READONLY,
            Access::None => PAGE_NOACCESS,
        };
        let mut old = 0;
        // SAFETY: by contract. A failure leaves the memory as it was, and a mistake unseen.
        unsafe { VirtualProtect(memory, size, access, &raw mut old) != 0 }
    }

    pub(super) unsafe fn free(memory: *mut c_void, _: usize) {
        // SAFETY: by contract.
        unsafe { VirtualFree(memory, 0, MEM_RELEASE) };
    }
}
