//! Which thread this is, at the cost of an instruction or two.

/// A number that no other living thread has, and never 0.
#[inline(always)]
pub(crate) fn this_thread() -> usize {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    {
        let thread: usize;
        // A thread-local variable in a shared library costs a call.
        // SAFETY: reads where the thread's own block says that it is.
        unsafe {
            std::arch::asm!("mov {}, fs:0", out(reg) thread, options(pure, readonly, nostack, preserves_flags))
        };
        thread
    }
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    {
        thread_local! {
            static HERE: u8 = const { 0 };
        }
        HERE.with(|here| std::ptr::from_ref(here) as usize)
    }
}
