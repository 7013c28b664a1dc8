//! What belongs to a thread: its times, and its counters in each module.

use std::cell::{Cell, RefCell};
use std::ptr::null;
use std::sync::{Arc, Weak};

use super::clock::now;
use super::module::Module;
use super::slot::ThreadTimes;
use super::thread_counters::ThreadCounters;

/// The part of trace mode that belongs to one thread.
pub(crate) struct Thread {
    times: ThreadTimes,
    /// By the number of the module.
    counters: RefCell<Vec<Weak<ThreadCounters>>>,
    in_hook: Cell<bool>,
}

thread_local! {
    static CURRENT: Cell<*const Thread> = const { Cell::new(null()) };
    static OWNER: Owner = const { Owner(Cell::new(null())) };
}

/// Ends the thread's part when the thread ends.
struct Owner(Cell<*const Thread>);

impl Drop for Owner {
    fn drop(&mut self) {
        CURRENT.set(null());
        let thread = self.0.get();
        if !thread.is_null() {
            // SAFETY: made by `Box::into_raw`; no call is open any more, and nobody else has the pointer.
            drop(unsafe { Box::from_raw(thread.cast_mut()) });
        }
    }
}

impl Thread {
    /// Gives `then` the part of the calling thread.
    fn with_current<R>(then: impl FnOnce(&Self) -> R) -> R {
        let current = CURRENT.get();
        let current = if current.is_null() { Self::begin() } else { current };
        // SAFETY: it lives as long as the thread, which is here.
        then(unsafe { &*current })
    }

    #[cold]
    fn begin() -> *const Self {
        let thread: *const Self = Box::into_raw(Box::new(Self {
            times: ThreadTimes::default(),
            counters: RefCell::default(),
            in_hook: Cell::new(false),
        }));
        CURRENT.set(thread);
        // When the thread is past its end already, this is left to the end of the process.
        let _ = OWNER.try_with(|owner| owner.0.set(thread));
        thread
    }

    /// The counters of the calling thread in a module. They live as long as the module.
    #[cold]
    #[inline(never)]
    pub(crate) fn counters(module: &Module) -> *const ThreadCounters {
        Self::with_current(|thread| {
            let mut all = thread.counters.borrow_mut();
            if let Some(counters) = all.get(module.number).and_then(Weak::upgrade) {
                return Arc::as_ptr(&counters);
            }
            for counters in all.iter_mut().filter(|counters| counters.strong_count() == 0) {
                // Frees the memory of the counters of a module that is gone.
                *counters = Weak::new();
            }
            let counters = module.take_counters(&thread.times);
            if all.len() <= module.number {
                all.resize(module.number + 1, Weak::new());
            }
            all[module.number] = Arc::downgrade(&counters);
            Arc::as_ptr(&counters)
        })
    }

    /// Runs a hook, unless the calling thread runs one: what a hook does itself is counted, but told to no hook.
    pub(crate) fn run_hook(hook: impl FnOnce()) {
        Self::with_current(|thread| {
            if thread.in_hook.replace(true) {
                return;
            }
            let times = &thread.times;
            let (begin, own_since) = (now(), times.own_since.get());
            hook();
            let elapsed = now().wrapping_sub(begin);
            times.own_since.set(own_since.wrapping_add(elapsed));
            times.hooked.set(times.hooked.get().wrapping_add(elapsed));
            thread.in_hook.set(false);
        });
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.counters.borrow().iter().filter_map(Weak::upgrade).for_each(|counters| counters.release());
    }
}
