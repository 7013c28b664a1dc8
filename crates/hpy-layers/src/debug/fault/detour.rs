//! A way out of a signal handler for an access that is not allowed: the thread goes to a function that reports it, as
//! if the instruction had called that one, and then back to the instruction.
//!
//! ```text
//! instruction ─▶ signal: divert ─▶ the handler returns to `entry` ─▶ report ─▶ a signal of our own: go_back ─▶ instruction
//! ```
//!
//! The handler keeps what the system had saved of the thread: all registers, and what the instruction's function may have
//! below its stack. The report may change them all, and the second signal puts them back, so that nothing here has to
//! restore registers by hand. To whoever walks the stack, the report was called by the instruction.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::mem::size_of;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::debug::location::stack::Address;

use super::access::Fault;

/// Whether a thread can be sent on a detour here.
pub(crate) const AVAILABLE: bool = true;

/// What a leaf function may use below its stack.
const RED_ZONE: usize = 128;
/// More than the registers of any processor take.
const VECTORS_MAX: usize = 16 * 1024;
/// So many accesses may be told at the same time, by all threads.
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

// SAFETY: who has taken it has it alone.
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

/// A page that nobody may access. An access to its first bytes is the end of the detour of that number.
static END: AtomicUsize = AtomicUsize::new(0);

/// Before [`divert`], any number of times. Returns false if there is no memory.
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
    // Another thread may have been first, whose page is as good.
    let _ = END.compare_exchange(0, page as usize, Ordering::AcqRel, Ordering::Relaxed);
    true
}

/// How many bytes of vector registers the system has saved at `vectors`.
///
/// # Safety
///
/// Those of a signal.
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

/// Has the thread report the fault when the handler returns, and then go on with the instruction. Returns false if that
/// cannot be. Safe to call from a signal handler.
///
/// # Safety
///
/// `ucontext` is what the system gave the handler, for an access by this thread.
pub(crate) unsafe fn divert(fault: Fault, ucontext: *mut c_void) -> bool {
    let free = |detour: &&Detour| !detour.taken.swap(true, Ordering::Acquire);
    let Some(detour) = ALL.iter().find(free) else { return false };
    // SAFETY: by contract; the detour was taken.
    unsafe {
        let interrupted = &mut (*ucontext.cast::<libc::ucontext_t>()).uc_mcontext;
        let vectors = interrupted.fpregs.cast::<u8>();
        let size = if vectors.is_null() { 0 } else { size_of_vectors(vectors) };
        if size > VECTORS_MAX {
            detour.taken.store(false, Ordering::Release);
            return false;
        }
        let saved = &mut *detour.saved.get();
        saved.fault = Some(fault);
        saved.registers = interrupted.gregs;
        saved.vectors_size = size;
        if size != 0 {
            ptr::copy_nonoverlapping(vectors, saved.vectors.as_mut_ptr(), size);
        }
        let registers = &mut interrupted.gregs;
        let stack = registers[libc::REG_RSP as usize] as usize;
        let below = (stack - RED_ZONE) as *const u8;
        ptr::copy_nonoverlapping(below, saved.red_zone.as_mut_ptr(), RED_ZONE);
        // A return address behind the beginning of the instruction, which is what walkers of the stack look up.
        let top = stack - size_of::<usize>();
        (top as *mut usize).write(registers[libc::REG_RIP as usize] as usize + 1);
        registers[libc::REG_RSP as usize] = top as libc::greg_t;
        registers[libc::REG_RIP as usize] = entry as *const () as libc::greg_t;
        registers[libc::REG_RDI as usize] = ptr::from_ref(detour) as libc::greg_t;
        // Functions may expect strings to go upwards.
        registers[libc::REG_EFL as usize] &= !DIRECTION;
        true
    }
}

const DIRECTION: libc::greg_t = 0x400;

/// Whether the access is the end of a detour; then the handler returns to the instruction. Safe to call from a signal
/// handler.
///
/// # Safety
///
/// As for [`divert`].
pub(crate) unsafe fn go_back(address: usize, ucontext: *mut c_void) -> bool {
    let end = END.load(Ordering::Acquire);
    let Some(detour) = ALL.get(address.wrapping_sub(end)).filter(|_| end != 0) else { return false };
    // SAFETY: by contract; the detour is this thread's, and its stack ends below the red zone.
    unsafe {
        let saved = &*detour.saved.get();
        let interrupted = &mut (*ucontext.cast::<libc::ucontext_t>()).uc_mcontext;
        interrupted.gregs = saved.registers;
        let vectors = interrupted.fpregs.cast::<u8>();
        if !vectors.is_null() {
            let size = size_of_vectors(vectors).min(saved.vectors_size);
            ptr::copy_nonoverlapping(saved.vectors.as_ptr(), vectors, size);
        }
        let below = saved.registers[libc::REG_RSP as usize] as usize - RED_ZONE;
        ptr::copy_nonoverlapping(saved.red_zone.as_ptr(), below as *mut u8, RED_ZONE);
    }
    detour.taken.store(false, Ordering::Release);
    true
}

unsafe extern "C" {
    #[link_name = "hpy_debug_detour"]
    safe fn entry();
}

// The stack may be anywhere in a function, and so has to be aligned; `rbp` and the return address are what walkers of
// the stack need.
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

/// Outside of the handler.
unsafe extern "C" fn report(detour: &'static Detour) -> ! {
    // SAFETY: the thread's own.
    let errno: *mut c_int = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    let before = unsafe { *errno };
    // SAFETY: the detour is this thread's; nobody writes before it ends.
    let (fault, instruction) = unsafe {
        let saved = &*detour.saved.get();
        (saved.fault, saved.registers[libc::REG_RIP as usize] as usize)
    };
    if let Some(fault) = fault {
        fault.explain(Address::Return(instruction + 1));
    }
    // SAFETY: as above.
    unsafe { *errno = before };
    let number = (ptr::from_ref(detour) as usize - ALL.as_ptr() as usize) / size_of::<Detour>();
    let end = END.load(Ordering::Acquire) + number;
    // SAFETY: the access is not allowed, and ends in `go_back`. Nothing comes after it.
    unsafe {
        std::arch::asm!("mov al, byte ptr [{end}]", "ud2", end = in(reg) end, options(noreturn));
    }
}
