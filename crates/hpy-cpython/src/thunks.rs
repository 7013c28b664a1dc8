//! Thunks: precompiled entries that put one pointer in front of their arguments and jump on.
//!
//! CPython calls `f(self, arg)`, an HPy function wants `f(ctx, self, arg)`. Since a handle is the object pointer, the
//! difference is one more register: a thunk shifts the argument registers by one, loads its own pointer into the
//! first and jumps to its target (3 to 10 instructions). Some put a second pointer behind it, which is bound to the
//! function: `f(ctx, state, self, arg)`. Pointers and target stand in a slot that belongs to the thunk; they are fixed
//! from the moment the thunk is handed out until it is released.
//!
//! The code is assembled at build time, so no executable memory is made at run time: `assemble` says how, and a module
//! for each machine has the instructions. The pools are finite: who finds one empty uses the extension's own
//! trampoline, and so do all on machines without thunks (`build.rs` knows them).

use std::ffi::c_void;
use std::ptr::null;
use std::sync::Mutex;

use crate::sync::lock;

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
    /// One argument, behind two pointers: `f(a)` becomes `target(p, q, a)`.
    BoundOne,
    /// Two arguments, behind two pointers.
    BoundTwo,
    /// Three arguments, behind two pointers.
    BoundThree,
    /// Four arguments, behind two pointers.
    BoundFour,
}

#[cfg(thunks)]
impl Kind {
    /// How many thunks there are. All together they serve several extensions of the size of NumPy, and take 0.9 MB with
    /// their slots.
    const fn capacity(self) -> usize {
        match self {
            Self::One | Self::Four => 2048,
            Self::Two | Self::Three => 4096,
            Self::Vectorcall => 512,
            Self::BoundOne | Self::BoundTwo | Self::BoundThree | Self::BoundFour => 1024,
        }
    }

    /// How many words a slot has: a power of two, so that none is in two lines of the cache.
    const fn slot_words(self) -> usize {
        match self {
            Self::BoundOne | Self::BoundTwo | Self::BoundThree | Self::BoundFour => 4,
            _ => 2,
        }
    }
}

/// Whether this machine has thunks at all.
pub(crate) const AVAILABLE: bool = cfg!(thunks);

/// A thunk in use; dropping it makes it available again, so nobody may call its entry any more.
#[derive(Debug)]
pub struct Thunk {
    pool: &'static Pool,
    index: usize,
}

impl Thunk {
    /// A thunk that calls `target` with `first` in front, or `None` when the pool of this kind is used up.
    pub(crate) fn new(kind: Kind, first: *const c_void, target: *const c_void) -> Option<Self> {
        pool(kind)?.take(Slot { first, target, second: null() })
    }

    /// The same for a kind that puts two pointers in front.
    pub(crate) fn bound(
        kind: Kind,
        first: *const c_void,
        second: *const c_void,
        target: *const c_void,
    ) -> Option<Self> {
        pool(kind)?.take(Slot { first, target, second })
    }

    /// Sets the second pointer, before anybody calls the entry.
    pub(crate) fn set_second(&self, second: *const c_void) {
        debug_assert!(self.pool.slot_words > 2);
        // SAFETY: the slot of this thunk, which has room for it, and which nobody uses yet.
        unsafe { self.pool.slot(self.index).add(2).write(second) };
    }

    /// The function pointer to give to CPython; valid while this thunk lives.
    pub(crate) fn entry(&self) -> *mut c_void {
        self.pool.code.wrapping_add(self.index * self.pool.stride).cast_mut().cast()
    }
}

impl Drop for Thunk {
    fn drop(&mut self) {
        let mut free = lock(&self.pool.free);
        // Without memory to note it, it is not used again.
        if free.try_reserve(1).is_ok() {
            free.push(self.index);
        }
    }
}

/// What a thunk loads, in this order. It is data: written before anybody has the entry, and ordered before it by whatever
/// hands that to another thread.
struct Slot {
    first: *const c_void,
    target: *const c_void,
    /// Only in the slots of kinds that have one.
    second: *const c_void,
}

/// The thunks of one kind: code and slots at fixed places of this binary, and which of them are free.
#[derive(Debug)]
struct Pool {
    code: *const u8,
    stride: usize,
    slots: *mut *const c_void,
    slot_words: usize,
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
        let released = lock(&self.free).pop();
        let index = released.or_else(|| {
            let mut unused = lock(&self.unused);
            (*unused < self.capacity).then(|| {
                *unused += 1;
                *unused - 1
            })
        })?;
        // SAFETY: `index` is ours alone until it is released, and a slot has so many words.
        unsafe {
            let words = self.slot(index);
            words.write(slot.first);
            words.add(1).write(slot.target);
            if self.slot_words > 2 {
                words.add(2).write(slot.second);
            }
        }
        Some(Thunk { pool: self, index })
    }

    /// # Safety
    /// `index` is below the capacity.
    unsafe fn slot(&self, index: usize) -> *mut *const c_void {
        // SAFETY: by contract, within the array.
        unsafe { self.slots.add(index * self.slot_words) }
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

    /// The second pointer of thunks that have one.
    const SECOND: usize = 77;

    thread_local! {
        /// What the target of a thunk got.
        static ARGUMENTS: Cell<[usize; 6]> = const { Cell::new([0; 6]) };
    }

    /// The same tests for each calling convention.
    macro_rules! tests {
        ($name:ident: $abi:literal, $pool:path) => {
            mod $name {
                use super::*;

                extern $abi fn target(
                    first: usize, a: usize, b: usize, c: usize, d: usize, e: usize
                ) -> usize {
                    ARGUMENTS.set([first, a, b, c, d, e]);
                    99
                }

                fn slot(first: usize) -> Slot {
                    let second = std::ptr::without_provenance(SECOND);
                    Slot { first: std::ptr::without_provenance(first), target: target as *const c_void, second }
                }

                fn thunk(kind: Kind, first: usize) -> Thunk {
                    $pool(kind).and_then(|pool| pool.take(slot(first))).expect("the pool is not empty")
                }

                /// Calls with four arguments. A thunk may pass on no more than its kind has; what stands behind those
                /// is left to chance.
                fn call(thunk: &Thunk, [a, b, c, d]: [usize; 4]) -> [usize; 6] {
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
                fn puts_two_pointers_in_front() {
                    let kinds = [
                        (Kind::BoundOne, 1), (Kind::BoundTwo, 2), (Kind::BoundThree, 3), (Kind::BoundFour, 4)
                    ];
                    for (kind, count) in kinds {
                        let (x, y) = (thunk(kind, 1), thunk(kind, 2));
                        y.set_second(std::ptr::without_provenance(8));
                        assert_eq!(call(&x, [3, 4, 5, 6])[..count + 2], [1, SECOND, 3, 4, 5, 6][..count + 2]);
                        assert_eq!(call(&y, [3, 4, 5, 6])[..count + 2], [2, 8, 3, 4, 5, 6][..count + 2]);
                    }
                }

                #[test]
                fn vectorcall_clears_the_offset_flag() {
                    let t = thunk(Kind::Vectorcall, 7);
                    assert_eq!(call(&t, [1, 2, 3 | 1 << 63, 4])[..5], [7, 1, 2, 3, 4]);
                }

                #[test]
                fn the_last_of_a_pool_is_one() {
                    let index = Kind::Three.capacity() - 1;
                    let last = Thunk { index, pool: $pool(Kind::Three).expect("this machine has thunks") };
                    let Slot { first, target, .. } = slot(1);
                    // SAFETY: nobody else has it, as the tests take a few.
                    unsafe { last.pool.slot(index).cast::<[_; 2]>().write([first, target]) };
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
                        let first = unsafe { thunk.pool.slot(thunk.index).read() };
                        assert_eq!(first.addr(), number);
                    }
                });
            }
        });
    }

    #[test]
    fn a_pool_gives_each_thunk_once_and_again_when_it_is_released() {
        let slots = Vec::leak(vec![null(); 2 * 2]);
        let pool: &'static Pool = Box::leak(Box::new(Pool {
            code: null(),
            stride: 16,
            slots: slots.as_mut_ptr(),
            slot_words: 2,
            capacity: 2,
            free: Mutex::default(),
            unused: Mutex::default(),
        }));
        let take = || pool.take(Slot { first: null(), target: null(), second: null() });
        let (x, y) = (take().unwrap(), take().unwrap());
        assert_eq!((x.entry() as usize, y.entry() as usize), (0, 16));
        assert!(take().is_none());
        drop(x);
        assert_eq!(take().unwrap().entry() as usize, 0);
    }
}
