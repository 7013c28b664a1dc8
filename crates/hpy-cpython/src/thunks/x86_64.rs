//! x86-64: one module for each calling convention.

/// System V, for all but Windows: arguments in rdi, rsi, rdx, rcx, r8, r9.
#[cfg(not(windows))]
pub(super) mod sysv {
    macro_rules! load_and_jump {
        () => {
            "mov rdi, qword ptr [rip + {slots} + hpy_first]\n jmp qword ptr [rip + {slots} + hpy_target]"
        };
    }

    macro_rules! load_second {
        () => {
            "mov rsi, qword ptr [rip + {slots} + hpy_second]"
        };
    }

    assemble! {
        One "hpy_thunks_1": thunks of 16 bytes ["mov rsi, rdi", load_and_jump!()];
        Two "hpy_thunks_2": thunks of 32 bytes ["mov rdx, rsi", "mov rsi, rdi", load_and_jump!()];
        Three "hpy_thunks_3": thunks of 32 bytes
            ["mov rcx, rdx", "mov rdx, rsi", "mov rsi, rdi", load_and_jump!()];
        Four "hpy_thunks_4": thunks of 32 bytes
            ["mov r8, rcx", "mov rcx, rdx", "mov rdx, rsi", "mov rsi, rdi", load_and_jump!()];
        Vectorcall "hpy_thunks_vectorcall": thunks of 32 bytes
            ["mov r8, rcx", "mov rcx, rdx", "btr rcx, 63", "mov rdx, rsi", "mov rsi, rdi", load_and_jump!()];
        BoundOne "hpy_thunks_bound_1": thunks of 32 bytes ["mov rdx, rdi", load_second!(), load_and_jump!()];
        BoundTwo "hpy_thunks_bound_2": thunks of 32 bytes
            ["mov rcx, rsi", "mov rdx, rdi", load_second!(), load_and_jump!()];
        BoundThree "hpy_thunks_bound_3": thunks of 32 bytes
            ["mov r8, rdx", "mov rcx, rsi", "mov rdx, rdi", load_second!(), load_and_jump!()];
        BoundFour "hpy_thunks_bound_4": thunks of 32 bytes
            ["mov r9, rcx", "mov r8, rdx", "mov rcx, rsi", "mov rdx, rdi", load_second!(), load_and_jump!()];
    }
}

/// Windows: arguments in rcx, rdx, r8, r9, then on the stack, above 32 bytes that belong to the callee. Four arguments
/// become five, for which the caller has made no room. So there the thunk makes a call of its own, from a frame with the
/// 32 bytes and the fifth argument (40, which keeps the stack aligned) or also the sixth (56), and tells unwinders: all
/// such thunks of a kind are the body of one function, whose prologue makes that frame.
///
/// Also on Linux, for tests.
#[cfg(any(windows, test))]
pub(super) mod win64 {
    macro_rules! load_and_jump {
        () => {
            "mov rcx, qword ptr [rip + {slots} + hpy_first]\n jmp qword ptr [rip + {slots} + hpy_target]"
        };
    }

    macro_rules! load_and_call {
        () => {
            "mov rcx, qword ptr [rip + {slots} + hpy_first]\n call qword ptr [rip + {slots} + hpy_target]"
        };
    }

    macro_rules! load_second {
        () => {
            "mov rdx, qword ptr [rip + {slots} + hpy_second]"
        };
    }

    #[cfg(windows)]
    #[rustfmt::skip]
    macro_rules! unwind {
        (begin $name:literal frame of $size:literal) => {
            concat!(
                ".seh_proc ", $name, "\n", $name, ":\n sub rsp, ", $size, "\n .seh_stackalloc ", $size,
                "\n .seh_endprologue"
            )
        };
        (end) => { ".seh_endproc" };
    }

    #[cfg(not(windows))]
    #[rustfmt::skip]
    macro_rules! unwind {
        (begin $name:literal frame of $size:literal) => { "" };
        (end) => { "" };
    }

    assemble! {
        One "hpy_win64_thunks_1": thunks of 16 bytes ["mov rdx, rcx", load_and_jump!()];
        Two "hpy_win64_thunks_2": thunks of 32 bytes ["mov r8, rdx", "mov rdx, rcx", load_and_jump!()];
        Three "hpy_win64_thunks_3": thunks of 32 bytes
            ["mov r9, r8", "mov r8, rdx", "mov rdx, rcx", load_and_jump!()];
        Four "hpy_win64_thunks_4": thunks of 64 bytes
            ["sub rsp, 40", "mov qword ptr [rsp + 32], r9", "mov r9, r8", "mov r8, rdx", "mov rdx, rcx",
            load_and_call!(), "add rsp, 40", "ret"]
            between unwind!(begin "hpy_win64_frame_4" frame of 40), unwind!(end);
        Vectorcall "hpy_win64_thunks_vectorcall": thunks of 64 bytes
            ["sub rsp, 40", "mov qword ptr [rsp + 32], r9", "mov r9, r8", "btr r9, 63", "mov r8, rdx",
            "mov rdx, rcx", load_and_call!(), "add rsp, 40", "ret"]
            between unwind!(begin "hpy_win64_frame_vectorcall" frame of 40), unwind!(end);
        BoundOne "hpy_win64_thunks_bound_1": thunks of 32 bytes ["mov r8, rcx", load_second!(), load_and_jump!()];
        BoundTwo "hpy_win64_thunks_bound_2": thunks of 32 bytes
            ["mov r9, rdx", "mov r8, rcx", load_second!(), load_and_jump!()];
        BoundThree "hpy_win64_thunks_bound_3": thunks of 64 bytes
            ["sub rsp, 40", "mov qword ptr [rsp + 32], r8", "mov r9, rdx", "mov r8, rcx", load_second!(),
            load_and_call!(), "add rsp, 40", "ret"]
            between unwind!(begin "hpy_win64_frame_bound_3" frame of 40), unwind!(end);
        BoundFour "hpy_win64_thunks_bound_4": thunks of 64 bytes
            ["sub rsp, 56", "mov qword ptr [rsp + 40], r9", "mov qword ptr [rsp + 32], r8", "mov r9, rdx",
            "mov r8, rcx", load_second!(), load_and_call!(), "add rsp, 56", "ret"]
            between unwind!(begin "hpy_win64_frame_bound_4" frame of 56), unwind!(end);
    }
}
