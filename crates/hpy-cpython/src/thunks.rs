//! Thunks: precompiled entries that put one pointer in front of their arguments and jump on.
//!
//! CPython calls `f(self, arg)`, an HPy function wants `f(ctx, self, arg)`. Since a handle is the object pointer, the
//! difference is one more register: a thunk shifts the argument registers by one, loads its own pointer into the
//! first and jumps to its target (3 to 10 instructions). Pointer and target stand in a slot that belongs to the
//! thunk; both are fixed from the moment the thunk is handed out until it is released.
//!
//! The code is assembled at build time, so no executable memory is made at run time: `assemble` says how, and a module
//! for each machine has the instructions. The pools are finite: who finds one empty uses the extension's own
//! trampoline, and so do all on machines without thunks (`build.rs` knows them).

use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

#[cfg(thunks)]
#[macro_use]
mod assemble;

#[cfg(all(thunks, target_arch = "aarch64"))]
mod aarch64;
#[cfg(all(thunks, target_arch = "x86_64"))]
mod x86_64;

#[cfg(all(thunks, target_arch = "aarch64"))]
use aarch64::pool;
#[cfg(all(thunks, target_arch = "x86_64", not(windows)))]
use x86_64::sysv::pool;
#[cfg(all(thunks, target_arch = "x86_64", windows))]
use x86_64::win64::pool;

/// What a thunk does before it jumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// One argument: `f(a)` becomes `target(p, a)`.
    One,
    /// Two arguments.
    Two,
    /// Three arguments.
    Three,
    /// Four arguments.
    Four,
    /// Four arguments of a `vectorcallfunc`: clears the flag bit of the third (`PY_VECTORCALL_ARGUMENTS_OFFSET`).
    Vectorcall,
}

#[cfg(thunks)]
impl Kind {
    /// How many thunks there are. All together they serve several extensions of the size of NumPy, and take 0.6 MB with
    /// their slots.
    const fn capacity(self) -> usize {
        match self {
            Self::One | Self::Four => 2048,
            Self::Two | Self::Three => 4096,
            Self::Vectorcall => 512,
        }
    }
}

/// Whether this machine has thunks at all.
pub(crate) const AVAILABLE: bool = cfg!(thunks);

/// A thunk in use; dropping it makes it available again, so nobody may call its entry any more.
#[derive(Debug)]
pub(crate) struct Thunk {
    pool: &'static Pool,
    index: usize,
}

impl Thunk {
    /// A thunk that calls `target` with `first` in front, or `None` when the pool of this kind is used up.
    pub(crate) fn new(kind: Kind, first: *const c_void, target: *const c_void) -> Option<Self> {
        pool(kind)?.take(Slot { first, target })
    }

    /// The function pointer to give to CPython; valid while this thunk lives.
    pub(crate) fn entry(&self) -> *mut c_void {
        self.pool.code.wrapping_add(self.index * self.pool.stride).cast_mut().cast()
    }
}

impl Drop for Thunk {
    fn drop(&mut self) {
        let mut free = self.pool.free.lock().unwrap_or_else(PoisonError::into_inner);
        // Without memory to note it, it is not used again.
        if free.try_reserve(1).is_ok() {
            free.push(self.index);
        }
    }
}

/// What a thunk loads. It is data: written before anybody has the entry, and ordered before it by whatever hands that
/// to another thread.
#[repr(C)]
#[derive(Clone, Copy)]
struct Slot {
    first: *const c_void,
    target: *const c_void,
}

/// The thunks of one kind: code and slots at fixed places of this binary, and which of them are free.
#[derive(Debug)]
struct Pool {
    code: *const u8,
    stride: usize,
    slots: *mut Slot,
    capacity: usize,
    /// Indices that were released.
    free: Mutex<Vec<usize>>,
    /// All indices from here on were never used.
    unused: Mutex<usize>,
}

// SAFETY: the pointers are addresses of statics; a slot is written only by `take`, for an index that nobody else has.
unsafe impl Sync for Pool {}

impl Pool {
    fn take(&'static self, slot: Slot) -> Option<Thunk> {
        let released = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let index = released.or_else(|| {
            let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
            (*unused < self.capacity).then(|| {
                *unused += 1;
                *unused - 1
            })
        })?;
        // SAFETY: `index` is below the capacity and ours alone until it is released.
        unsafe { self.slots.add(index).write(slot) };
        Some(Thunk { pool: self, index })
    }
}

/// Elsewhere there are none: every function goes through the extension's trampoline.
#[cfg(not(thunks))]
fn pool(_: Kind) -> Option<&'static Pool> {
    None
}

#[cfg(all(test, thunks))]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// What the target of a thunk got.
        static ARGUMENTS: Cell<[usize; 5]> = const { Cell::new([0; 5]) };
    }

    /// The same tests for each calling convention.
    macro_rules! tests {
        ($name:ident: $abi:literal, $pool:path) => {
            mod $name {
                use super::*;

                extern $abi fn target(first: usize, a: usize, b: usize, c: usize, d: usize) -> usize {
                    ARGUMENTS.set([first, a, b, c, d]);
                    99
                }

                fn slot(first: usize) -> Slot {
                    Slot { first: std::ptr::without_provenance(first), target: target as *const c_void }
                }

                fn thunk(kind: Kind, first: usize) -> Thunk {
                    $pool(kind).and_then(|pool| pool.take(slot(first))).expect("the pool is not empty")
                }

                /// Calls with four arguments. A thunk may pass on no more than its kind has; what stands behind those
                /// is left to chance.
                fn call(thunk: &Thunk, [a, b, c, d]: [usize; 4]) -> [usize; 5] {
                    type Function = extern $abi fn(usize, usize, usize, usize) -> usize;
                    // SAFETY: the entry of a thunk that goes to `target`, which can do with anything.
                    let f = unsafe { std::mem::transmute::<*mut c_void, Function>(thunk.entry()) };
                    assert_eq!(f(a, b, c, d), 99);
                    ARGUMENTS.get()
                }

                #[test]
                fn puts_its_pointer_in_front() {
                    for (kind, count) in [(Kind::One, 1), (Kind::Two, 2), (Kind::Three, 3), (Kind::Four, 4)] {
                        let (x, y) = (thunk(kind, 1), thunk(kind, 2));
                        assert_eq!(call(&x, [3, 4, 5, 6])[..=count], [1, 3, 4, 5, 6][..=count]);
                        assert_eq!(call(&y, [3, 4, 5, 6])[..=count], [2, 3, 4, 5, 6][..=count]);
                    }
                }

                #[test]
                fn vectorcall_clears_the_offset_flag() {
                    let t = thunk(Kind::Vectorcall, 7);
                    assert_eq!(call(&t, [1, 2, 3 | 1 << 63, 4]), [7, 1, 2, 3, 4]);
                }

                #[test]
                fn the_last_of_a_pool_is_one() {
                    let index = Kind::Three.capacity() - 1;
                    let last = Thunk { index, pool: $pool(Kind::Three).expect("this machine has thunks") };
                    // SAFETY: nobody else has it, as the tests take a few.
                    unsafe { last.pool.slots.add(index).write(slot(1)) };
                    assert_eq!(call(&last, [3, 4, 5, 6])[..4], [1, 3, 4, 5]);
                }
            }
        };
    }

    #[cfg(not(all(windows, target_arch = "x86_64")))]
    tests!(native: "C", pool);
    #[cfg(target_arch = "x86_64")]
    tests!(win64: "win64", x86_64::win64::pool);

    #[test]
    fn threads_never_have_the_same_thunk() {
        std::thread::scope(|scope| {
            for number in 0..8 {
                scope.spawn(move || {
                    for _ in 0..500 {
                        let first = std::ptr::without_provenance(number);
                        let thunk = Thunk::new(Kind::Four, first, std::ptr::null()).expect("there are more");
                        // SAFETY: the slot of the thunk.
                        let slot = unsafe { thunk.pool.slots.add(thunk.index).read() };
                        assert_eq!(slot.first.addr(), number);
                    }
                });
            }
        });
    }

    #[test]
    fn a_pool_gives_each_thunk_once_and_again_when_it_is_released() {
        let slots = Vec::leak(vec![Slot { first: std::ptr::null(), target: std::ptr::null() }; 2]);
        let pool: &'static Pool = Box::leak(Box::new(Pool {
            code: std::ptr::null(),
            stride: 16,
            slots: slots.as_mut_ptr(),
            capacity: 2,
            free: Mutex::default(),
            unused: Mutex::default(),
        }));
        let take = || pool.take(Slot { first: std::ptr::null(), target: std::ptr::null() });
        let (x, y) = (take().unwrap(), take().unwrap());
        assert_eq!((x.entry() as usize, y.entry() as usize), (0, 16));
        assert!(take().is_none());
        drop(x);
        assert_eq!(take().unwrap().entry() as usize, 0);
    }
}
