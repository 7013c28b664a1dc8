//! From the instructions of one thunk of each kind to the pools of a machine: code and slots side by side, the n-th
//! thunk with the n-th slot.

use std::cell::UnsafeCell;
use std::ffi::c_void;

/// The words of slots, at a place that code knows. Aligned so that the words of a slot are in one line of the cache.
#[repr(C, align(32))]
pub(super) struct Slots<const N: usize>(pub(super) UnsafeCell<[*const c_void; N]>);

// SAFETY: see `Pool`: each slot has one writer, before its thunk is handed out.
unsafe impl<const N: usize> Sync for Slots<N> {}

// How an object format names a section and a symbol that other files of the same binary see.

#[cfg(not(any(windows, target_vendor = "apple")))] // ELF
#[rustfmt::skip]
macro_rules! object_format {
    (begin) => { ".pushsection .text.hpy_thunks, \"ax\", @progbits" };
    (end) => { ".popsection" };
    (symbol $name:literal) => { $name };
    (share $name:literal) => { concat!(".globl ", $name, "\n.hidden ", $name) };
}

#[cfg(windows)] // COFF
#[rustfmt::skip]
macro_rules! object_format {
    (begin) => { ".section .text$hpy_thunks, \"xr\"" };
    (end) => { ".text" };
    (symbol $name:literal) => { $name };
    (share $name:literal) => { concat!(".globl ", $name) };
}

#[cfg(target_vendor = "apple")] // Mach-O
#[rustfmt::skip]
macro_rules! object_format {
    (begin) => { ".text" };
    (end) => { "" };
    (symbol $name:literal) => { concat!("_", $name) };
    (share $name:literal) => { concat!(".globl _", $name, "\n.private_extern _", $name) };
}

/// Defines `pool`. The instructions of a thunk find the words of its slot at `{slots} + hpy_first`,
/// `{slots} + hpy_target` and, if it has one, `{slots} + hpy_second`. `between` two more lines, the thunks of a kind are something larger to the assembler.
macro_rules! assemble {
    ($($kind:ident $symbol:literal: thunks of $stride:literal bytes
        [$($instruction:expr),* $(,)?] $(between $before:expr, $after:expr)?;)*
    ) => {
        pub(in $crate::thunks) fn pool(
            kind: $crate::thunks::Kind,
        ) -> Option<&'static $crate::thunks::Pool> {
            match kind {
                $($crate::thunks::Kind::$kind => Some(&$kind::POOL),)*
            }
        }

        $(
            #[expect(non_snake_case, reason = "one module per kind")]
            mod $kind {
                use std::arch::global_asm;
                use std::cell::UnsafeCell;
                use std::ptr::null;
                use std::sync::Mutex;

                use $crate::thunks::assemble::Slots;
                use $crate::thunks::{Kind, Pool};

                const CAPACITY: usize = Kind::$kind.capacity();
                const SLOT_WORDS: usize = Kind::$kind.slot_words();

                static SLOTS: Slots<{ CAPACITY * SLOT_WORDS }> =
                    Slots(UnsafeCell::new([null(); CAPACITY * SLOT_WORDS]));

                unsafe extern "C" {
                    #[link_name = $symbol]
                    static CODE: u8;
                }

                global_asm!(
                    object_format!(begin),
                    object_format!(share $symbol),
                    $($before,)?
                    ".balign {stride}",
                    concat!(object_format!(symbol $symbol), ":"),
                    ".set hpy_first, 0",
                    ".set hpy_target, 8",
                    ".set hpy_second, 16",
                    ".rept {capacity}",
                    ".balign {stride}",
                    $($instruction,)*
                    ".set hpy_first, hpy_first + {slot}",
                    ".set hpy_target, hpy_target + {slot}",
                    ".set hpy_second, hpy_second + {slot}",
                    ".endr",
                    $($after,)?
                    object_format!(end),
                    slots = sym SLOTS,
                    stride = const $stride,
                    slot = const SLOT_WORDS * size_of::<usize>(),
                    capacity = const CAPACITY,
                );

                pub(super) static POOL: Pool = Pool {
                    code: &raw const CODE,
                    stride: $stride,
                    slots: SLOTS.0.get().cast(),
                    slot_words: SLOT_WORDS,
                    capacity: CAPACITY,
                    free: Mutex::new(Vec::new()),
                    unused: Mutex::new(0),
                };
            }
        )*
    };
}
