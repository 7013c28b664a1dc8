//! Copies in pages of their own, which are read-only at first and later cannot be accessed at all.
//!
//! A copy stands at the end of its pages, and guard pages follow that nobody may access. Code that reads beyond the end of
//! the copy soon reaches them, and a report, instead of whatever happens to follow in memory.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::sync::lock;

use super::watched::{self, Entry, Watched};

/// Pages with a copy of something.
pub(crate) struct Pages {
    /// The copy.
    data: NonNull<u8>,
    size: usize,
    memory: Memory,
    entry: &'static Entry,
    protected: bool,
}

/// Memory from the system.
#[derive(Clone, Copy)]
struct Memory {
    start: usize,
    /// The bytes for a copy, in whole pages.
    size: usize,
    /// The bytes of the guard pages behind them.
    guard: usize,
}

/// The bytes of the guard pages: enough to catch code that reads in large steps, or backwards from an end. They are only of
/// use where signals tell of an access.
const GUARD: usize = if cfg!(unix) { 128 * 1024 } else { 0 };

/// How many copies have guard pages. Systems limit the number of areas with different protection.
static GUARDED: AtomicUsize = AtomicUsize::new(0);
const GUARDED_MAX: usize = 2048;

/// The alignment of copies, which is enough for all types.
const ALIGNMENT: usize = 16;

/// Single pages for the next copies, which nobody may access. Most copies are short, and the system is slow to give and
/// take pages.
static SPARE: Mutex<Vec<Memory>> = Mutex::new(Vec::new());
const SPARE_MAX: usize = 64;

impl Memory {
    /// Memory for that many bytes, which may be written to.
    fn allocate(size: usize) -> Option<Self> {
        let size = system::whole_pages(size);
        let spare = if size == system::whole_pages(1) { lock(&SPARE).pop() } else { None };
        let memory = match spare {
            Some(spare) => spare,
            None => {
                let guard = if GUARDED.load(Ordering::Relaxed) < GUARDED_MAX { GUARD } else { 0 };
                let start = system::allocate(size.checked_add(guard)?)? as usize;
                GUARDED.fetch_add(usize::from(guard != 0), Ordering::Relaxed);
                Self { start, size, guard }
            }
        };
        if memory.allow(memory.size, Access::All) {
            return Some(memory);
        }
        memory.free();
        None
    }

    /// Sets what may be done with the first bytes. Returns false if the system refuses.
    fn allow(self, size: usize, access: Access) -> bool {
        // SAFETY: memory from `allocate`, to which there are no references.
        unsafe { system::allow(self.start as *mut c_void, size, access) }
    }

    fn free(self) {
        GUARDED.fetch_sub(usize::from(self.guard != 0), Ordering::Relaxed);
        // SAFETY: memory from `allocate`, which nobody uses any more.
        unsafe { system::free(self.start as *mut c_void, self.size + self.guard) };
    }
}

// SAFETY: the memory belongs to nobody else.
unsafe impl Send for Pages {}

impl Pages {
    /// A copy that may only be read. `None` if there is no memory. An access that is not allowed is explained as one to the
    /// data of `handle`, whose record has to have the copy.
    pub(crate) fn copy_of(bytes: &[u8], handle: isize) -> Option<Self> {
        let memory = Memory::allocate(bytes.len())?;
        let watched = Watched { start: memory.start, size: memory.size + memory.guard, handle };
        let Some(entry) = watched::add(watched) else {
            memory.free();
            return None;
        };
        let place = memory.start + memory.size - bytes.len().next_multiple_of(ALIGNMENT).min(memory.size);
        let data = NonNull::new(place as *mut u8)?;
        // SAFETY: that many bytes are left up to the end of the pages, which nobody else uses.
        unsafe { data.as_ptr().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        let pages = Self { data, size: bytes.len(), memory, entry, protected: false };
        memory.allow(memory.size, Access::Read);
        Some(pages)
    }

    /// From now on, nobody may access it.
    pub(crate) fn protect(&mut self) {
        // Including the guard pages, which a report may have opened.
        self.memory.allow(self.memory.size + self.memory.guard, Access::None);
        self.protected = true;
    }

    pub(crate) fn as_ptr(&self) -> *const u8 {
        self.data.as_ptr()
    }

    /// Whether the address lies in the copy.
    pub(crate) fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.data.as_ptr() as usize) < self.size
    }

    /// Whether these are the pages that begin there.
    pub(crate) fn begin_at(&self, start: usize) -> bool {
        self.memory.start == start
    }

    /// Whether it is a copy of these bytes. It must not be protected.
    pub(crate) fn holds(&self, bytes: &[u8]) -> bool {
        // SAFETY: the copy has that size and may be read.
        unsafe { std::slice::from_raw_parts(self.as_ptr(), self.size) == bytes }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        watched::remove(self.entry);
        if self.protected && self.memory.size == system::whole_pages(1) {
            let mut spare = lock(&SPARE);
            if spare.len() < SPARE_MAX && spare.try_reserve(1).is_ok() {
                return spare.push(self.memory);
            }
        }
        self.memory.free();
    }
}

/// What may be done with pages.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    All,
    Read,
    None,
}

/// Allows everything with pages that an extension goes on using.
///
/// # Safety
///
/// Start and size are those of [`Pages`] that are watched.
pub(crate) unsafe fn open(start: usize, size: usize) {
    // SAFETY: watched pages are memory from `allocate`.
    unsafe { system::allow(start as *mut c_void, size, Access::All) };
}

#[cfg(unix)]
mod system {
    use std::ffi::{c_int, c_void};
    use std::ptr::null_mut;
    use std::sync::OnceLock;

    use super::Access;

    pub(crate) fn whole_pages(size: usize) -> usize {
        // Asking takes as long as all else that is done for a short copy.
        static PAGE: OnceLock<usize> = OnceLock::new();
        let page = *PAGE.get_or_init(|| {
            // SAFETY: always allowed.
            let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
            usize::try_from(page).ok().filter(|page| page.is_power_of_two()).unwrap_or(4096)
        });
        size.next_multiple_of(page)
    }

    /// Memory that nobody may access yet.
    pub(crate) fn allocate(size: usize) -> Option<*mut c_void> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
        // SAFETY: asks for fresh memory anywhere.
        let memory = unsafe { libc::mmap(null_mut(), size, libc::PROT_NONE, flags, -1, 0) };
        (memory != libc::MAP_FAILED).then_some(memory)
    }

    pub(crate) unsafe fn allow(memory: *mut c_void, size: usize, access: Access) -> bool {
        let access: c_int = match access {
            Access::All => libc::PROT_READ | libc::PROT_WRITE,
            Access::Read => libc::PROT_READ,
            Access::None => libc::PROT_NONE,
        };
        // SAFETY: the pages belong to the caller. If this fails, they stay as they were and a mistake is missed.
        unsafe { libc::mprotect(memory, size, access) == 0 }
    }

    pub(crate) unsafe fn free(memory: *mut c_void, size: usize) {
        // SAFETY: the pages belong to the caller, who does not use them any more.
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

    pub(crate) fn whole_pages(size: usize) -> usize {
        size.next_multiple_of(PAGE)
    }

    /// Memory that nobody may access yet.
    pub(crate) fn allocate(size: usize) -> Option<*mut c_void> {
        // SAFETY: asks for fresh memory anywhere.
        let memory = unsafe { VirtualAlloc(null_mut(), size, MEM_COMMIT_RESERVE, PAGE_NOACCESS) };
        (!memory.is_null()).then_some(memory)
    }

    pub(crate) unsafe fn allow(memory: *mut c_void, size: usize, access: Access) -> bool {
        let access = match access {
            Access::All => PAGE_READWRITE,
            Access::Read => PAGE_READONLY,
            Access::None => PAGE_NOACCESS,
        };
        let mut old = 0;
        // SAFETY: the pages belong to the caller. If this fails, they stay as they were and a mistake is missed.
        unsafe { VirtualProtect(memory, size, access, &raw mut old) != 0 }
    }

    pub(crate) unsafe fn free(memory: *mut c_void, _: usize) {
        // SAFETY: the pages belong to the caller, who does not use them any more.
        unsafe { VirtualFree(memory, 0, MEM_RELEASE) };
    }
}
