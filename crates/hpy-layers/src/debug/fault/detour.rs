//! A way out of the signal handler: the thread goes to a function that reports the access, as if the instruction had called
//! that function, and then back to the instruction.
//!
//! ```text
//! instruction ─▶ signal: divert ─▶ the handler returns to `entry` ─▶ report ─▶ a signal of our own: go_back ─▶ instruction
//! ```
//!
//! The handler keeps what the system saved of the thread, which is all registers, and what the interrupted function may
//! have below its stack. The report may change all of it. The second signal puts it back, so that nothing here has to
//! restore registers itself. To whoever walks the stack, it looks as if the instruction had called the report.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::mem::size_of;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::debug::location::stack::Address;

use super::access::Fault;

/// Whether there are detours on this system and processor.
pub(crate) const AVAILABLE: bool = true;

/// What a leaf function may use below its stack.
const RED_ZONE: usize = 128;
/// More than the registers of any processor take.
const VECTORS_MAX: usize = 16 * 1024;
/// How many accesses can be reported at the same time, by all threads.
const DETOURS: usize = 16;

/// What is kept of a thread that is on a detour.
struct Detour {
    taken: AtomicBool,
    saved: UnsafeCell<Saved>,
}

struct Saved {
    fault: Option<Fault>,
    registers: [libc::greg_t; 23],
    vectors: [u8; VECTORS_MAX],
    vectors_size: usize,
    red_zone: [u8; RED_ZONE],
}

// SAFETY: only the thread that has taken it uses it.
unsafe impl Sync for Detour {}

static ALL: [Detour; DETOURS] = [const {
    Detour {
        taken: AtomicBool::new(false),
        saved: UnsafeCell::new(Saved {
            fault: None,
            registers: [0; 23],
            vectors: [0; VECTORS_MAX],
            vectors_size: 0,
            red_zone: [0; RED_ZONE],
        }),
    }
}; DETOURS];

/// A page that nobody may access. An access to one of its first bytes ends the detour of that number.
static END: AtomicUsize = AtomicUsize::new(0);

/// To be called before [`divert`], any number of times. Returns false if there is no memory.
pub(crate) fn prepare() -> bool {
    if END.load(Ordering::Acquire) != 0 {
        return true;
    }
    let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
    // SAFETY: asks for fresh memory anywhere.
    let page = unsafe { libc::mmap(ptr::null_mut(), DETOURS, libc::PROT_NONE, flags, -1, 0) };
    if page == libc::MAP_FAILED {
        return false;
    }
    // If another thread was first, its page is as good.
    let _ = END.compare_exchange(0, page as usize, Ordering::AcqRel, Ordering::Relaxed);
    true
}

/// How many bytes of vector registers the system has saved at `vectors`.
///
/// # Safety
///
/// They are those of a signal on this thread.
unsafe fn size_of_vectors(vectors: *const u8) -> usize {
    // `struct _fpx_sw_bytes` of Linux, at the end of what FXSAVE writes.
    const PLACE: usize = 464;
    const MAGIC: u32 = 0x4650_5853;
    const FXSAVE: usize = 512;
    // SAFETY: the system writes at least what FXSAVE does.
    unsafe {
        let words = vectors.add(PLACE).cast::<u32>();
        if words.read_unaligned() == MAGIC { words.add(1).read_unaligned() as usize } else { FXSAVE }
    }
}

/// Has the thread report the fault when the handler returns, and then go on with the instruction. Returns false if that is
/// impossible. May be called from a signal handler.
///
/// # Safety
///
/// `ucontext` is what the system passed to the handler, for an access by this thread.
pub(crate) unsafe fn divert(fault: Fault, ucontext: *mut c_void) -> bool {
    let free = |detour: &&Detour| !detour.taken.swap(true, Ordering::Acquire);
    let Some(detour) = ALL.iter().find(free) else { return false };
    // SAFETY: the system passed the context, which nobody else uses.
    let interrupted = unsafe { &mut (*ucontext.cast::<libc::ucontext_t>()).uc_mcontext };
    // SAFETY: the detour was taken for this thread.
    let saved = unsafe { &mut *detour.saved.get() };
    // SAFETY: the registers are those of this thread.
    if !unsafe { saved.save(interrupted) } {
        detour.taken.store(false, Ordering::Release);
        return false;
    }
    saved.fault = Some(fault);
    let registers = &mut interrupted.gregs;
    let top = registers[libc::REG_RSP as usize] as usize - size_of::<usize>();
    // A return address behind the beginning of the instruction, which is what walkers of the stack look up.
    let behind = registers[libc::REG_RIP as usize] as usize + 1;
    // SAFETY: the stack of the interrupted function ends above; what it may have here was saved.
    unsafe { (top as *mut usize).write(behind) };
    registers[libc::REG_RSP as usize] = top as libc::greg_t;
    registers[libc::REG_RIP as usize] = entry as *const () as libc::greg_t;
    registers[libc::REG_RDI as usize] = ptr::from_ref(detour) as libc::greg_t;
    // Functions may expect that string instructions go upwards.
    registers[libc::REG_EFL as usize] &= !DIRECTION;
    true
}

impl Saved {
    /// Saves what a report may change of a thread. Returns false if there is more of it than expected.
    ///
    /// # Safety
    ///
    /// The registers are those that a signal saved of this thread.
    unsafe fn save(&mut self, interrupted: &libc::mcontext_t) -> bool {
        let vectors = interrupted.fpregs.cast::<u8>();
        // SAFETY: the vector registers that the signal saved.
        let size = if vectors.is_null() { 0 } else { unsafe { size_of_vectors(vectors) } };
        if size > VECTORS_MAX {
            return false;
        }
        self.registers = interrupted.gregs;
        self.vectors_size = size;
        let below = self.red_zone_address();
        // SAFETY: the signal saved that many bytes; the red zone belongs to the function that was interrupted.
        unsafe {
            if size != 0 {
                ptr::copy_nonoverlapping(vectors, self.vectors.as_mut_ptr(), size);
            }
            ptr::copy_nonoverlapping(below as *const u8, self.red_zone.as_mut_ptr(), RED_ZONE);
        }
        true
    }

    /// Restores what was saved.
    ///
    /// # Safety
    ///
    /// The registers are those that a signal saved of the same thread, whose stack ends below the red zone.
    unsafe fn restore(&self, interrupted: &mut libc::mcontext_t) {
        interrupted.gregs = self.registers;
        let vectors = interrupted.fpregs.cast::<u8>();
        let below = self.red_zone_address();
        // SAFETY: as many bytes as both signals saved; nobody else uses the red zone.
        unsafe {
            if !vectors.is_null() {
                let size = size_of_vectors(vectors).min(self.vectors_size);
                ptr::copy_nonoverlapping(self.vectors.as_ptr(), vectors, size);
            }
            ptr::copy_nonoverlapping(self.red_zone.as_ptr(), below as *mut u8, RED_ZONE);
        }
    }

    fn red_zone_address(&self) -> usize {
        self.registers[libc::REG_RSP as usize] as usize - RED_ZONE
    }
}

const DIRECTION: libc::greg_t = 0x400;

/// Whether the access is the end of a detour. If so, the handler returns to the instruction. May be called from a signal
/// handler.
///
/// # Safety
///
/// As for [`divert`].
pub(crate) unsafe fn go_back(address: usize, ucontext: *mut c_void) -> bool {
    let end = END.load(Ordering::Acquire);
    let Some(detour) = ALL.get(address.wrapping_sub(end)).filter(|_| end != 0) else { return false };
    // SAFETY: the system passed the context; the detour is this thread's, and its stack ends below the red zone.
    unsafe { (*detour.saved.get()).restore(&mut (*ucontext.cast::<libc::ucontext_t>()).uc_mcontext) };
    detour.taken.store(false, Ordering::Release);
    true
}

unsafe extern "C" {
    #[link_name = "hpy_debug_detour"]
    safe fn entry();
}

// The interrupted function may have its stack anywhere, so it has to be aligned here. `rbp` and the return address are what
// walkers of the stack need.
std::arch::global_asm!(
    ".pushsection .text.hpy_debug_detour,\"ax\",@progbits",
    ".local hpy_debug_detour",
    ".type hpy_debug_detour,@function",
    "hpy_debug_detour:",
    ".cfi_startproc",
    "push rbp",
    ".cfi_def_cfa_offset 16",
    ".cfi_offset rbp, -16",
    "mov rbp, rsp",
    ".cfi_def_cfa_register rbp",
    "and rsp, -16",
    "call {report}",
    "ud2",
    ".cfi_endproc",
    ".size hpy_debug_detour, . - hpy_debug_detour",
    ".popsection",
    report = sym report,
);

/// Runs after the handler has returned.
unsafe extern "C" fn report(detour: &'static Detour) -> ! {
    // SAFETY: the thread's own.
    let errno: *mut c_int = unsafe { libc::__errno_location() };
    // SAFETY: the thread's own.
    let before = unsafe { *errno };
    // SAFETY: the detour is this thread's, and nobody writes to it before it ends.
    let (fault, instruction) = unsafe {
        let saved = &*detour.saved.get();
        (saved.fault, saved.registers[libc::REG_RIP as usize] as usize)
    };
    if let Some(fault) = fault {
        fault.explain(Address::Return(instruction + 1));
    }
    // SAFETY: the thread's own.
    unsafe { *errno = before };
    let number = (ptr::from_ref(detour) as usize - ALL.as_ptr() as usize) / size_of::<Detour>();
    let end = END.load(Ordering::Acquire) + number;
    // SAFETY: the access is not allowed, and its handler calls `go_back`. What follows never runs.
    unsafe {
        std::arch::asm!("mov al, byte ptr [{end}]", "ud2", end = in(reg) end, options(noreturn));
    }
}
