//! Who may still enter an interpreter from outside: a count of those inside, and whether it is closed.
//!
//! One word, so that a child process can set it right after a fork.

use crate::sync::primitives::{AtomicUsize, Ordering};

/// The lowest bit: closed. The rest: how many are inside.
#[derive(Default)]
pub(crate) struct Gate(AtomicUsize);

const CLOSED: usize = 1;
const ONE: usize = 2;

impl Gate {
    /// Enters, unless the gate is closed. Whoever is inside calls [`leave`](Self::leave).
    pub(crate) fn enter(&self) -> bool {
        let enter = |word| (word & CLOSED == 0).then_some(word + ONE);
        self.0.fetch_update(Ordering::Acquire, Ordering::Relaxed, enter).is_ok()
    }

    pub(crate) fn leave(&self) {
        self.0.fetch_sub(ONE, Ordering::Release);
    }

    /// Lets nobody in any more.
    pub(crate) fn close(&self) {
        self.0.fetch_or(CLOSED, Ordering::Relaxed);
    }

    /// How many are inside.
    pub(crate) fn inside(&self) -> usize {
        self.0.load(Ordering::Acquire) / ONE
    }

    /// Only so many are inside: the others were threads of the parent process.
    pub(crate) fn reset(&self, inside: usize) {
        let closed = self.0.load(Ordering::Relaxed) & CLOSED;
        self.0.store((inside * ONE) | closed, Ordering::Relaxed);
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    #[test]
    fn nobody_is_inside_after_the_end() {
        loom::model(|| {
            let interpreter = Arc::new((Gate::default(), UnsafeCell::new("alive")));
            let visitors = [(); 2].map(|()| {
                let interpreter = interpreter.clone();
                thread::spawn(move || {
                    let (gate, state) = &*interpreter;
                    if gate.enter() {
                        // SAFETY: the gate keeps the end away; loom fails if it does not.
                        state.with(|state| assert_eq!(unsafe { *state }, "alive"));
                        gate.leave();
                    }
                })
            });
            let (gate, state) = &*interpreter;
            gate.close();
            while gate.inside() > 0 {
                thread::yield_now();
            }
            // SAFETY: nobody is inside, and nobody comes.
            state.with_mut(|state| unsafe { *state = "ended" });
            assert!(!gate.enter());
            for visitor in visitors {
                visitor.join().unwrap();
            }
        });
    }
}
