//! Telling threads apart without a call.

/// A number that no other living thread has, and that is never 0. `None` where that takes more than an instruction.
#[inline(always)]
#[must_use]
pub fn thread_pointer() -> Option<usize> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    {
        let thread: usize;
        // SAFETY: the thread control block, which `fs` points to, begins with its own address.
        unsafe {
            core::arch::asm!("mov {}, fs:0", out(reg) thread, options(pure, readonly, nostack, preserves_flags))
        };
        Some(thread)
    }
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    None
}
