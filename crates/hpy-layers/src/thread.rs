//! Telling threads apart, at the cost of an instruction or two.

/// The numbers of threads are multiples of this.
pub(crate) const THREAD_ALIGN: usize = 8;

/// A number for this thread. No other living thread has it, and it is never 0.
#[inline(always)]
pub(crate) fn this_thread() -> usize {
    // A thread-local variable in a shared library costs a call.
    hpy_abi::thread_pointer().unwrap_or_else(|| {
        #[repr(align(8))]
        struct Here(#[expect(dead_code, reason = "what has no size has no address of its own")] u8);
        const { assert!(align_of::<Here>() == THREAD_ALIGN) };
        thread_local! {
            static HERE: Here = const { Here(0) };
        }
        HERE.with(|here| std::ptr::from_ref(here) as usize)
    })
}
