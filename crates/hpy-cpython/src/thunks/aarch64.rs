//! 64-bit ARM (AAPCS64): arguments in x0 to x7; x16 and x17 are there for code between caller and callee.
//!
//! A jump through x16 may arrive at a function that is marked as the target of calls only (`bti c`).

// A slot may be further away than what one instruction can address.
#[cfg(not(target_vendor = "apple"))]
macro_rules! load_and_jump {
    () => {
        "adrp x17, {slots} + hpy_first\n \
         ldr x0, [x17, :lo12:{slots} + hpy_first]\n \
         ldr x16, [x17, :lo12:{slots} + hpy_target]\n \
         br x16"
    };
}

#[cfg(not(target_vendor = "apple"))]
macro_rules! load_second {
    () => {
        "adrp x17, {slots} + hpy_second\n ldr x1, [x17, :lo12:{slots} + hpy_second]"
    };
}

#[cfg(target_vendor = "apple")]
macro_rules! load_and_jump {
    () => {
        "adrp x17, {slots}@PAGE + hpy_first\n \
         ldr x0, [x17, {slots}@PAGEOFF + hpy_first]\n \
         ldr x16, [x17, {slots}@PAGEOFF + hpy_target]\n \
         br x16"
    };
}

#[cfg(target_vendor = "apple")]
macro_rules! load_second {
    () => {
        "adrp x17, {slots}@PAGE + hpy_second\n ldr x1, [x17, {slots}@PAGEOFF + hpy_second]"
    };
}

assemble! {
    One "hpy_thunks_1": thunks of 32 bytes ["mov x1, x0", load_and_jump!()];
    Two "hpy_thunks_2": thunks of 32 bytes ["mov x2, x1", "mov x1, x0", load_and_jump!()];
    Three "hpy_thunks_3": thunks of 32 bytes ["mov x3, x2", "mov x2, x1", "mov x1, x0", load_and_jump!()];
    Four "hpy_thunks_4": thunks of 32 bytes
        ["mov x4, x3", "mov x3, x2", "mov x2, x1", "mov x1, x0", load_and_jump!()];
    Vectorcall "hpy_thunks_vectorcall": thunks of 32 bytes
        ["mov x4, x3", "and x3, x2, #0x7fffffffffffffff", "mov x2, x1", "mov x1, x0", load_and_jump!()];
    BoundOne "hpy_thunks_bound_1": thunks of 32 bytes ["mov x2, x0", load_second!(), load_and_jump!()];
    BoundTwo "hpy_thunks_bound_2": thunks of 32 bytes
        ["mov x3, x1", "mov x2, x0", load_second!(), load_and_jump!()];
    BoundThree "hpy_thunks_bound_3": thunks of 64 bytes
        ["mov x4, x2", "mov x3, x1", "mov x2, x0", load_second!(), load_and_jump!()];
    BoundFour "hpy_thunks_bound_4": thunks of 64 bytes
        ["mov x5, x3", "mov x4, x2", "mov x3, x1", "mov x2, x0", load_second!(), load_and_jump!()];
}
