//! Thunks: precompiled entries that put one pointer in front of their arguments and jump on.
//!
//! CPython calls `f(self, arg)`, an HPy function wants `f(ctx, self, arg)`. Since a handle is the object pointer, the
//! difference is one more register: a thunk shifts the argument registers by one, loads its own pointer into the
//! first and jumps to its target (5 to 7 instructions). Pointer and target stand in a slot that belongs to the
//! thunk; both are fixed from the moment the thunk is handed out until it is released.
//!
//! The code is assembled at build time, so no executable memory is made at run time. The pools are finite: who finds
//! one empty uses the extension's own trampoline. Platforms without thunks always do.

use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

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

/// A thunk in use; dropping it makes it available again, so nobody may call its entry any more.
#[derive(Debug)]
pub(crate) struct Thunk {
    kind: Kind,
    index: usize,
}

impl Thunk {
    /// A thunk that calls `target` with `first` in front, or `None` when the pool of this kind is used up.
    pub(crate) fn new(kind: Kind, first: *const c_void, target: *const c_void) -> Option<Self> {
        let index = platform::pool(kind).take(Slot { first, target })?;
        Some(Self { kind, index })
    }

    /// The function pointer to give to CPython; valid while this thunk lives.
    pub(crate) fn entry(&self) -> *mut c_void {
        platform::pool(self.kind).entry(self.index)
    }
}

impl Drop for Thunk {
    fn drop(&mut self) {
        let mut free = platform::pool(self.kind).free.lock().unwrap_or_else(PoisonError::into_inner);
        // Without memory to note it, it is not used again.
        if free.try_reserve(1).is_ok() {
            free.push(self.index);
        }
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Slot {
    first: *const c_void,
    target: *const c_void,
}

/// The thunks of one kind: code and slots at fixed places of this binary, and which of them are free.
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
    fn take(&self, slot: Slot) -> Option<usize> {
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
        Some(index)
    }

    fn entry(&self, index: usize) -> *mut c_void {
        self.code.wrapping_add(index * self.stride).cast_mut().cast()
    }
}

/// x86-64, ELF, System V calling convention: arguments in rdi, rsi, rdx, rcx, r8.
#[cfg(all(target_arch = "x86_64", unix, not(target_vendor = "apple")))]
mod platform {
    use std::arch::global_asm;
    use std::cell::UnsafeCell;
    use std::sync::Mutex;

    use super::{Kind, Pool, Slot};

    struct Slots<const N: usize>(UnsafeCell<[Slot; N]>);

    // SAFETY: see `Pool`: each slot has one writer, before its thunk is handed out.
    unsafe impl<const N: usize> Sync for Slots<N> {}

    macro_rules! pools {
        ($($kind:ident: $name:literal, $capacity:literal thunks of $stride:literal bytes, $shift:literal;)*) => {
            $(
                #[expect(non_snake_case, reason = "one module per kind")]
                mod $kind {
                    use super::*;

                    static SLOTS: Slots<$capacity> =
                        Slots(UnsafeCell::new([Slot { first: std::ptr::null(), target: std::ptr::null() }; $capacity]));

                    unsafe extern "C" {
                        #[link_name = concat!("hpy_thunks_", $name)]
                        static CODE: u8;
                    }

                    global_asm!(
                        ".pushsection .text.hpy_thunks,\"ax\",@progbits",
                        ".p2align 5",
                        concat!(".globl hpy_thunks_", $name),
                        concat!(".hidden hpy_thunks_", $name),
                        concat!("hpy_thunks_", $name, ":"),
                        concat!(".set hpy_thunk_offset_", $name, ", 0"),
                        concat!(".rept ", $capacity),
                        concat!(".balign ", $stride),
                        $shift,
                        concat!("mov rdi, qword ptr [rip + {slots} + hpy_thunk_offset_", $name, "]"),
                        concat!("jmp qword ptr [rip + {slots} + hpy_thunk_offset_", $name, " + 8]"),
                        concat!(".set hpy_thunk_offset_", $name, ", hpy_thunk_offset_", $name, " + 16"),
                        ".endr",
                        ".popsection",
                        slots = sym SLOTS,
                    );

                    pub(super) static POOL: Pool = Pool {
                        code: &raw const CODE,
                        stride: $stride,
                        slots: SLOTS.0.get().cast(),
                        capacity: $capacity,
                        free: Mutex::new(Vec::new()),
                        unused: Mutex::new(0),
                    };
                }
            )*

            pub(super) fn pool(kind: Kind) -> &'static Pool {
                match kind {
                    $(Kind::$kind => &$kind::POOL,)*
                }
            }
        };
    }

    // The capacities hold several extensions of the size of NumPy; code and slots take 0.5 MB together.
    pools! {
        One: "1", 2048 thunks of 16 bytes, "mov rsi, rdi";
        Two: "2", 4096 thunks of 32 bytes, "mov rdx, rsi; mov rsi, rdi";
        Three: "3", 4096 thunks of 32 bytes, "mov rcx, rdx; mov rdx, rsi; mov rsi, rdi";
        Four: "4", 2048 thunks of 32 bytes, "mov r8, rcx; mov rcx, rdx; mov rdx, rsi; mov rsi, rdi";
        Vectorcall: "vectorcall", 512 thunks of 32 bytes,
            "mov r8, rcx; mov rcx, rdx; btr rcx, 63; mov rdx, rsi; mov rsi, rdi";
    }
}

/// Elsewhere there are none: every function goes through the extension's trampoline.
#[cfg(not(all(target_arch = "x86_64", unix, not(target_vendor = "apple"))))]
mod platform {
    use std::sync::Mutex;

    use super::{Kind, Pool};

    static EMPTY: Pool = Pool {
        code: std::ptr::null(),
        stride: 0,
        slots: std::ptr::null_mut(),
        capacity: 0,
        free: Mutex::new(Vec::new()),
        unused: Mutex::new(0),
    };

    pub(super) fn pool(_: Kind) -> &'static Pool {
        &EMPTY
    }
}

#[cfg(all(test, target_arch = "x86_64", unix, not(target_vendor = "apple")))]
mod tests {
    use super::*;

    extern "C" fn collect(first: usize, a: usize, b: usize, c: usize, d: usize) -> usize {
        first * 10000 + a * 1000 + b * 100 + c * 10 + d
    }

    fn thunk(kind: Kind, first: usize) -> Thunk {
        Thunk::new(kind, first as *const c_void, collect as *const c_void).expect("the pool is not empty")
    }

    #[test]
    fn puts_its_pointer_in_front() {
        let (x, y) = (thunk(Kind::Four, 1), thunk(Kind::Four, 2));
        // SAFETY: the entry of a thunk of four arguments that jumps to `collect`.
        let call = |t: &Thunk| unsafe {
            std::mem::transmute::<*mut c_void, extern "C" fn(usize, usize, usize, usize) -> usize>(t.entry())(
                3, 4, 5, 6,
            )
        };
        assert_eq!((call(&x), call(&y)), (13456, 23456));
    }

    #[test]
    fn a_released_thunk_is_used_again() {
        let t = thunk(Kind::One, 1);
        let index = t.index;
        drop(t);
        let again: Vec<_> = (0..3).map(|_| thunk(Kind::One, 1)).collect();
        assert!(again.iter().any(|t| t.index == index));
    }

    /// One test for both, since the second uses up the pool.
    #[test]
    fn vectorcall_clears_the_offset_flag_and_an_empty_pool_gives_none() {
        let t = thunk(Kind::Vectorcall, 7);
        // SAFETY: as above.
        let f: extern "C" fn(usize, usize, usize, usize) -> usize = unsafe { std::mem::transmute(t.entry()) };
        assert_eq!(f(1, 2, 3 | 1 << 63, 4), 71234);

        let rest: Vec<_> =
            std::iter::from_fn(|| Thunk::new(Kind::Vectorcall, std::ptr::null(), collect as *const c_void))
                .collect();
        assert_eq!(rest.len(), 511);
    }
}
