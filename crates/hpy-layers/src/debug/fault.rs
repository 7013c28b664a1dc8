//! An access to protected memory is explained, where the system says which address it was.
//!
//! Signals belong to the process, so what is known of all interpreters' pages is found here by address.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::record::Record;
use super::state::DebugState;

/// Whose pages they are.
#[derive(Clone, Copy)]
#[cfg_attr(not(unix), expect(dead_code, reason = "only signals are handled"))]
struct Owner {
    size: usize,
    state: *const DebugState,
    record: *const Record,
}

// SAFETY: an entry is taken away before what it points to goes.
unsafe impl Send for Owner {}

static PAGES: Mutex<BTreeMap<usize, Owner>> = Mutex::new(BTreeMap::new());

/// From now on accesses to these pages are explained.
pub(super) fn add(start: usize, size: usize, state: &DebugState, record: *const Record) {
    #[cfg(unix)]
    signals::install();
    let owner = Owner { size, state, record };
    PAGES.lock().unwrap_or_else(PoisonError::into_inner).insert(start, owner);
}

/// Before the pages go.
pub(super) fn remove(start: usize) {
    PAGES.lock().unwrap_or_else(PoisonError::into_inner).remove(&start);
}

#[cfg(unix)]
mod signals {
    use std::ffi::{c_int, c_void};
    use std::mem::{MaybeUninit, transmute};
    use std::sync::{Once, OnceLock};

    use super::super::calls::CallContext;
    use super::super::pages;
    use super::super::place::{AS_CODE, AS_ENGINE, Place, Start, api_name, frames};
    use super::super::repeats::Mistake;
    use super::super::report::{Reaction, Report, Rule, print};
    use super::super::symbols;
    use super::{Owner, PAGES};

    const SIGNALS: [c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];
    static BEFORE: [OnceLock<libc::sigaction>; 2] = [OnceLock::new(), OnceLock::new()];

    /// Puts the handler in front of those that are there.
    pub(super) fn install() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            for (signal, before) in SIGNALS.into_iter().zip(&BEFORE) {
                let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = handle;
                // SAFETY: zeros are a valid struct, of which all that matters is set; the handler stays loaded like
                // the extensions whose mistakes it explains.
                unsafe {
                    let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
                    action.sa_sigaction = handler as usize;
                    // On the stack of the thread: that for signals is too small to look up names and lines.
                    action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER;
                    let mut old: libc::sigaction = MaybeUninit::zeroed().assume_init();
                    // First looked at, so that the handler never runs without knowing the one before.
                    if libc::sigaction(signal, std::ptr::null(), &raw mut old) == 0 {
                        let _ = before.set(old);
                        libc::sigaction(signal, &raw const action, std::ptr::null_mut());
                    }
                }
            }
        });
    }

    extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, ucontext: *mut c_void) {
        // SAFETY: the system gives the signal's information.
        let (address, sent) = unsafe { ((*info).si_addr() as usize, was_sent(info)) };
        if sent {
            return pass_on(signal, info, ucontext);
        }
        // A thread that faults does not hold the lock; to wait here for another could be for ever.
        let owner = PAGES.try_lock().ok().and_then(|pages| {
            let (&start, &owner) = pages.range(..=address).next_back()?;
            (address - start < owner.size).then_some((start, owner))
        });
        match owner {
            Some((start, owner)) => explain(address, start, owner, ucontext),
            None => pass_on(signal, info, ucontext),
        }
    }

    /// Whether a process sent the signal, which then tells no address.
    ///
    /// # Safety
    ///
    /// What the system gave a handler.
    unsafe fn was_sent(info: *const libc::siginfo_t) -> bool {
        // SAFETY: by contract.
        let code = unsafe { (*info).si_code };
        // Not positive on Linux, large numbers on BSD and macOS.
        code <= 0 || code > 0x10000
    }

    /// Says what the mistake is, and ends the process unless it is to go on.
    fn explain(address: usize, start: usize, owner: Owner, ucontext: *mut c_void) {
        // SAFETY: what has pages in the list lives.
        let (state, record) = unsafe { (&*owner.state, &*owner.record) };
        // SAFETY: the pages are in the list. To show them is to end the protection.
        unsafe { pages::open(start, owner.size) };
        let place = Place { function: state.current_function(), by: AS_CODE };
        let instruction = faulting_address(ucontext);
        let mistake = Mistake { rule: Rule::RawData, place, instruction, subject: 0 };
        let goes_on = state.warn() || state.hooks().on_report.is_some();
        if goes_on && state.was_told(mistake) {
            return;
        }
        let mut report = Report::new(mistake, false);
        let open = record.is_open();
        let (from, size) = {
            let table = state.arena.table();
            let details = record.details(&table);
            let data = details.raw_data().iter().find(|data| data.contains(address));
            (
                data.map(super::super::raw_data::RawData::from),
                data.map_or(0, super::super::raw_data::RawData::size),
            )
        };
        let from = from.map_or_else(|| "the API".to_owned(), api_name);
        // SAFETY: this many bytes were copied there, and may be read since above.
        let bytes = unsafe { std::slice::from_raw_parts(start as *const u8, size.saturating_sub(1).min(60)) };
        let (sort, end) = if open {
            ("write to byte", "which are only for reading")
        } else {
            ("byte", "after the handle was closed")
        };
        report.line("access", format!("{sort} {} of the {size} bytes from {from}, {end}", address - start));
        report.line("data", format!("{:?}", String::from_utf8_lossy(bytes)));
        let call = state.contexts.current();
        // In code of the extension itself, which might call the API there, Python may be used like there.
        let inside_python = call.is_some_and(CallContext::is_in_extension);
        let by_engine = call.is_some_and(CallContext::is_inside_api);
        let mut describe = |_: Option<String>| {
            if inside_python && open {
                // SAFETY: see above.
                unsafe { state.describe_handle(&mut report, record) };
            } else {
                state.describe_record(&mut report, record, None);
            }
        };
        if inside_python {
            state.host.without_exception(&mut describe);
        } else {
            describe(None);
        }
        let function = place.function;
        let mut frames = frames(state, 64, Start::At(instruction)).into_vec();
        let by = if by_engine && symbols::leave_to(function, &mut frames) { AS_ENGINE } else { AS_CODE };
        frames.truncate(16);
        report.all("misused", Place { function, by }.lines(&frames));
        report.end(state, inside_python);
        let continues = state.hooks().on_report.is_some_and(|hook| hook(&report) == Reaction::Continue);
        if !continues {
            print(&report);
            // After what is known for sure: the engine was interrupted.
            if by_engine {
                report.print_python(state.host.python_location());
            }
        }
        if !continues && !state.warn() {
            std::process::abort();
        }
    }

    /// The instruction that was interrupted; 0 if that is not known.
    fn faulting_address(ucontext: *mut c_void) -> usize {
        // SAFETY: the system gives a context of this type.
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        let address = unsafe {
            (*ucontext.cast::<libc::ucontext_t>()).uc_mcontext.gregs[libc::REG_RIP as usize] as usize
        };
        // SAFETY: as above.
        #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
        let address = unsafe { (*ucontext.cast::<libc::ucontext_t>()).uc_mcontext.pc as usize };
        #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
        let address = {
            let _ = ucontext;
            0
        };
        address
    }

    /// No page of ours: as if this handler were not there.
    fn pass_on(signal: c_int, info: *mut libc::siginfo_t, ucontext: *mut c_void) {
        let place = SIGNALS.iter().position(|&s| s == signal);
        let before = place.and_then(|i| BEFORE[i].get());
        // SAFETY: the system gave the information; the handler before has the type that its flags say.
        unsafe {
            let sent = was_sent(info);
            match before {
                Some(before)
                    if before.sa_sigaction != libc::SIG_DFL && before.sa_sigaction != libc::SIG_IGN =>
                {
                    if before.sa_flags & libc::SA_SIGINFO != 0 {
                        type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
                        transmute::<usize, Handler>(before.sa_sigaction)(signal, info, ucontext);
                    } else {
                        transmute::<usize, extern "C" fn(c_int)>(before.sa_sigaction)(signal);
                    }
                }
                Some(before) if sent && before.sa_sigaction == libc::SIG_IGN => {}
                _ => {
                    // On return the instruction runs again, and the system ends the process.
                    libc::signal(signal, libc::SIG_DFL);
                    if sent {
                        libc::raise(signal);
                    }
                }
            }
        }
    }
}
