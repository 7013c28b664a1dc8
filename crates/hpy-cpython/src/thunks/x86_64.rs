//! x86-64: one module for each calling convention.

/// System V, for all but Windows: arguments in rdi, rsi, rdx, rcx, r8.
#[cfg(not(windows))]
pub(super) mod sysv {
    macro_rules! load_and_jump {
        () => {
            "mov rdi, qword ptr [rip + {slots} + hpy_first]\n jmp qword ptr [rip + {slots} + hpy_target]"
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
    }
}

/// Windows: arguments in rcx, rdx, r8, r9, then on the stack, above 32 bytes that belong to the callee. Four arguments
/// become five, for which the caller has made no room. So there the thunk makes a call of its own, from a frame with the
/// 32 bytes and the fifth argument (40, which keeps the stack aligned), and tells unwinders: all such thunks are the
/// body of one function, whose prologue makes that frame.
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

    #[cfg(windows)]
    #[rustfmt::skip]
    macro_rules! unwind {
        (begin $name:literal) => {
            concat!(".seh_proc ", $name, "\n", $name, ":\n sub rsp, 40\n .seh_stackalloc 40\n .seh_endprologue")
        };
        (end) => { ".seh_endproc" };
    }

    #[cfg(not(windows))]
    #[rustfmt::skip]
    macro_rules! unwind {
        (begin $name:literal) => { "" };
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
            between unwind!(begin "hpy_win64_frame_4"), unwind!(end);
        Vectorcall "hpy_win64_thunks_vectorcall": thunks of 64 bytes
            ["sub rsp, 40", "mov qword ptr [rsp + 32], r9", "mov r9, r8", "btr r9, 63", "mov r8, rdx",
            "mov rdx, rcx", load_and_call!(), "add rsp, 40", "ret"]
            between unwind!(begin "hpy_win64_frame_vectorcall"), unwind!(end);
    }
}
