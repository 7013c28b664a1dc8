//! The handler of the signals by which the system tells of an access to memory that is not allowed.
//!
//! A signal handler may do very little, since what it interrupted may hold any lock and be in the middle of anything. This
//! one only looks the address up, in a list that takes no lock ([`watched`]). The report, which needs locks, memory and
//! Python, is made by the same thread after the handler has returned.
//!
//! * For that, the handler returns to [`detour`], which reports and then goes back to the instruction, with all registers
//!   as they were. So the report comes at once and shows the stack of the mistake, as do a debugger and a core dump. The
//!   alternative, to let the instruction pass and to report at the next call of the API, has neither advantage, and some
//!   threads never call the API.
//! * A detour has to know what a signal saves of a thread, which depends on system and processor. There is one for Linux on
//!   x86-64. Elsewhere **the handler itself makes the report**, and so takes locks, allocates and may call Python inside
//!   of a signal handler. That is safe if the extension's own code made the access, which holds nothing that a report
//!   needs. It can hang if the C library made it for the extension.
//! * An access by the extension's code to an address near NULL is explained as well, if there is a detour. It then ends the
//!   process as ever: the previous handler gets the signal.

use std::ffi::{c_int, c_void};
use std::mem::{MaybeUninit, transmute};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use crate::debug::location::stack::Address;
use crate::debug::table::{pages, watched};
use crate::thread::this_thread;

use super::access::{EXPLAINED, Fault};
use super::detour;

/// A signal, and the handler that it had before.
struct Signal {
    number: c_int,
    handler: AtomicUsize,
    flags: AtomicI32,
}

impl Signal {
    const fn new(number: c_int) -> Self {
        Self { number, handler: AtomicUsize::new(libc::SIG_DFL), flags: AtomicI32::new(0) }
    }
}

static SIGNALS: [Signal; 2] = [Signal::new(libc::SIGSEGV), Signal::new(libc::SIGBUS)];

/// The thread that is in the previous handler; 0 for none.
static PASSING_ON: AtomicUsize = AtomicUsize::new(0);

/// Addresses below are those of members of a struct at NULL. Nothing is ever there.
const NEAR_NULL: usize = 4096;

/// Installs the handler in front of the present one, unless it is the present one already.
pub(crate) fn install() {
    if !detour::prepare() {
        return;
    }
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = handle;
    for signal in &SIGNALS {
        // SAFETY: zeros are a valid struct, and everything that matters in it is set. Like the extensions, this library is
        // never unloaded.
        unsafe {
            let mut old: libc::sigaction = MaybeUninit::zeroed().assume_init();
            if libc::sigaction(signal.number, null(), &raw mut old) != 0
                || old.sa_sigaction == handler as usize
            {
                return;
            }
            // Noted first, so that the handler never runs without knowing the previous one.
            signal.flags.store(old.sa_flags, Ordering::Relaxed);
            signal.handler.store(old.sa_sigaction, Ordering::Release);
            let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
            action.sa_sigaction = handler as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER | STACK;
            libc::sigaction(signal.number, &raw const action, null_mut());
        }
    }
}

/// A handler that makes the report itself runs on the stack of the thread, since the one for signals is too small for
/// looking up names and lines. Otherwise it runs on the one for signals, so that the previous handler is told when a
/// thread has used up its stack.
const STACK: c_int = if detour::AVAILABLE { libc::SA_ONSTACK } else { 0 };

extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, ucontext: *mut c_void) {
    // SAFETY: the system passes the signal's information.
    let (address, code) = unsafe { ((*info).si_addr() as usize, (*info).si_code) };
    if was_sent(code) || (cfg!(target_os = "linux") && code == SI_KERNEL) || take_if_noted(&EXPLAINED) {
        return pass_on(signal, info, ucontext);
    }
    // SAFETY: the system passes the context of this thread.
    unsafe {
        if detour::go_back(address, ucontext) {
            return;
        }
        let pages = watched::find(address);
        if pages.is_some() || (detour::AVAILABLE && address < NEAR_NULL) {
            explain(Fault { address, pages }, ucontext);
        } else {
            pass_on(signal, info, ucontext);
        }
    }
}

/// Whether this thread is the noted one. If so, it is noted no longer.
fn take_if_noted(thread: &AtomicUsize) -> bool {
    thread.compare_exchange(this_thread(), 0, Ordering::AcqRel, Ordering::Relaxed).is_ok()
}

/// Has the fault explained, after the handler has returned if there is a detour.
///
/// # Safety
///
/// The system passed the context to the handler.
unsafe fn explain(fault: Fault, ucontext: *mut c_void) {
    if !detour::AVAILABLE {
        return fault.explain(Address::Interrupted(instruction(ucontext)));
    }
    // SAFETY: the system passed the context to the handler.
    let is_diverted = unsafe { detour::divert(fault, ucontext) };
    match fault.pages {
        _ if is_diverted => {}
        // All detours are taken: more reports are being made than anybody reads.
        // SAFETY: the pages are in the list.
        Some(pages) => unsafe { pages::open(pages.start, pages.size) },
        None => EXPLAINED.store(this_thread(), Ordering::Release),
    }
}

/// The address of the instruction that was interrupted; 0 if it is not known.
fn instruction(ucontext: *mut c_void) -> usize {
    // SAFETY: the system passes a context of this type.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    let instruction =
        unsafe { (*ucontext.cast::<libc::ucontext_t>()).uc_mcontext.gregs[libc::REG_RIP as usize] as usize };
    // SAFETY: the system passes a context of this type.
    #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
    let instruction = unsafe { (*ucontext.cast::<libc::ucontext_t>()).uc_mcontext.pc as usize };
    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    let instruction = {
        let _ = ucontext;
        0
    };
    instruction
}

/// The code that Linux gives for an address that cannot exist. It does not tell the address.
const SI_KERNEL: c_int = 0x80;

/// Whether a process sent the signal. If so, there is no address.
fn was_sent(code: c_int) -> bool {
    // Not positive on Linux, large numbers on BSD and macOS.
    code <= 0 || code > 0x10000
}

/// Leaves a signal that is not about a mistake to the previous handler.
fn pass_on(number: c_int, info: *mut libc::siginfo_t, ucontext: *mut c_void) {
    let signal = SIGNALS.iter().find(|signal| signal.number == number);
    // A handler that was installed later may pass the signal on to this one.
    let again = PASSING_ON.load(Ordering::Acquire) == this_thread();
    let handler = signal.filter(|_| !again).map_or(libc::SIG_DFL, |s| s.handler.load(Ordering::Acquire));
    let flags = signal.map_or(0, |signal| signal.flags.load(Ordering::Relaxed));
    // SAFETY: the system passed the signal's information.
    let is_sent = was_sent(unsafe { (*info).si_code });
    if handler == libc::SIG_DFL || handler == libc::SIG_IGN {
        if handler == libc::SIG_IGN && is_sent {
            return;
        }
        // SAFETY: may be called from a handler. On return the instruction runs again, and the system ends the process.
        unsafe {
            libc::signal(number, libc::SIG_DFL);
            if is_sent {
                libc::raise(number);
            }
        }
        return;
    }
    PASSING_ON.store(this_thread(), Ordering::Release);
    // SAFETY: the flags of the previous handler say which type it has.
    unsafe {
        if flags & libc::SA_SIGINFO != 0 {
            type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
            transmute::<usize, Handler>(handler)(number, info, ucontext);
        } else {
            transmute::<usize, extern "C" fn(c_int)>(handler)(number);
        }
    }
    take_if_noted(&PASSING_ON);
}
