//! The handler of the signals by which the system tells of an access to memory that is not allowed.
//!
//! The system tells by a signal, whose handler may do very little: what it has interrupted may hold any lock, and be in
//! the middle of anything. So the handler only looks the address up in a list that takes no lock ([`watched`]), and
//! leaves: the report, which needs locks, memory and Python, is made by the same thread after the handler returned.
//!
//! * The place to return to is [`detour`], which reports and then goes back to the instruction, with all registers as they
//!   were. So the report comes at once, with the stack of the mistake; a debugger and a core dump show that, too. The
//!   other way, to let the instruction pass and to report at the next call of the API, has neither, and some threads
//!   never call the API.
//! * A detour has to know what a signal saves of a thread, which differs by system and processor. It is there for Linux
//!   on x86-64. On others the handler reports by itself: an access by the extension's code interrupts nothing that a
//!   report needs, but one by the C library may.
//! * An access to an address near NULL by the extension's code is explained as well, and then as deadly as ever: the
//!   handler that was there before gets the signal.

use std::ffi::{c_int, c_void};
use std::mem::{MaybeUninit, transmute};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use crate::debug::location::stack::Address;
use crate::debug::table::{pages, watched};
use crate::thread::this_thread;

use super::access::{EXPLAINED, Fault};
use super::detour;

/// A signal, and what was done about it before.
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

/// The thread that is in the handler before; 0 for none.
static PASSING_ON: AtomicUsize = AtomicUsize::new(0);

/// Nothing is ever at addresses below: that of a member of a struct at NULL.
const NEAR_NULL: usize = 4096;

/// Puts the handler in front of those that are there, also of one that has come since.
pub(crate) fn install() {
    if !detour::prepare() {
        return;
    }
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = handle;
    for signal in &SIGNALS {
        // SAFETY: zeros are a valid struct, of which all that matters is set; the handler stays loaded like the
        // extensions whose mistakes it explains.
        unsafe {
            let mut old: libc::sigaction = MaybeUninit::zeroed().assume_init();
            if libc::sigaction(signal.number, null(), &raw mut old) != 0
                || old.sa_sigaction == handler as usize
            {
                return;
            }
            // First noted, so that the handler never runs without knowing the one before.
            signal.flags.store(old.sa_flags, Ordering::Relaxed);
            signal.handler.store(old.sa_sigaction, Ordering::Release);
            let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
            action.sa_sigaction = handler as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER | STACK;
            libc::sigaction(signal.number, &raw const action, null_mut());
        }
    }
}

/// A handler that reports by itself needs the stack of the thread: that for signals is too small to look up names and
/// lines. Else it is that one, so that the handler before gets to know of a stack that is used up.
const STACK: c_int = if detour::AVAILABLE { libc::SA_ONSTACK } else { 0 };

extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, ucontext: *mut c_void) {
    // SAFETY: the system gives the signal's information.
    let (address, code) = unsafe { ((*info).si_addr() as usize, (*info).si_code) };
    if was_sent(code) || (cfg!(target_os = "linux") && code == SI_KERNEL) || is_once(&EXPLAINED) {
        return pass_on(signal, info, ucontext);
    }
    // SAFETY: the system gives the context of this thread.
    unsafe {
        if detour::go_back(address, ucontext) {
            return;
        }
        let pages = watched::find(address);
        if pages.is_some() || (detour::AVAILABLE && address < NEAR_NULL) {
            leave(Fault { address, pages }, ucontext);
        } else {
            pass_on(signal, info, ucontext);
        }
    }
}

/// Whether the thread is the noted one, which is forgotten then.
fn is_once(thread: &AtomicUsize) -> bool {
    thread.compare_exchange(this_thread(), 0, Ordering::AcqRel, Ordering::Relaxed).is_ok()
}

/// Has the fault explained.
///
/// # Safety
///
/// The system gave the context.
unsafe fn leave(fault: Fault, ucontext: *mut c_void) {
    if !detour::AVAILABLE {
        return fault.explain(Address::Interrupted(instruction(ucontext)));
    }
    // SAFETY: by contract.
    let leaves = unsafe { detour::divert(fault, ucontext) };
    match fault.pages {
        _ if leaves => {}
        // Others are being told, more than anybody reads.
        // SAFETY: the pages are in the list.
        Some(pages) => unsafe { pages::open(pages.start, pages.size) },
        None => EXPLAINED.store(this_thread(), Ordering::Release),
    }
}

/// The instruction that was interrupted; 0 if that is not known.
fn instruction(ucontext: *mut c_void) -> usize {
    // SAFETY: the system gives a context of this type.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    let instruction =
        unsafe { (*ucontext.cast::<libc::ucontext_t>()).uc_mcontext.gregs[libc::REG_RIP as usize] as usize };
    // SAFETY: as above.
    #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
    let instruction = unsafe { (*ucontext.cast::<libc::ucontext_t>()).uc_mcontext.pc as usize };
    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    let instruction = {
        let _ = ucontext;
        0
    };
    instruction
}

/// What Linux says of an address that none can be, which it does not tell.
const SI_KERNEL: c_int = 0x80;

/// Whether a process sent the signal, which then tells no address.
fn was_sent(code: c_int) -> bool {
    // Not positive on Linux, large numbers on BSD and macOS.
    code <= 0 || code > 0x10000
}

/// Nothing to explain: as if this handler were not there.
fn pass_on(number: c_int, info: *mut libc::siginfo_t, ucontext: *mut c_void) {
    let signal = SIGNALS.iter().find(|signal| signal.number == number);
    // A handler that has come later may pass it on to this one.
    let again = PASSING_ON.load(Ordering::Acquire) == this_thread();
    let handler = signal.filter(|_| !again).map_or(libc::SIG_DFL, |s| s.handler.load(Ordering::Acquire));
    let flags = signal.map_or(0, |signal| signal.flags.load(Ordering::Relaxed));
    // SAFETY: the system gave the information; the handler before has the type that its flags say.
    unsafe {
        let sent = was_sent((*info).si_code);
        if handler == libc::SIG_IGN && sent {
            return;
        }
        if handler == libc::SIG_DFL || handler == libc::SIG_IGN {
            // On return the instruction runs again, and the system ends the process.
            libc::signal(number, libc::SIG_DFL);
            if sent {
                libc::raise(number);
            }
            return;
        }
        PASSING_ON.store(this_thread(), Ordering::Release);
        if flags & libc::SA_SIGINFO != 0 {
            type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
            transmute::<usize, Handler>(handler)(number, info, ucontext);
        } else {
            transmute::<usize, extern "C" fn(c_int)>(handler)(number);
        }
        is_once(&PASSING_ON);
    }
}
