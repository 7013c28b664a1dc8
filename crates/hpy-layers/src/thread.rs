//! Telling threads apart, at the cost of an instruction or two.

/// A number for this thread. No other living thread has it, and it is never 0.
#[inline(always)]
pub(crate) fn this_thread() -> usize {
    // A thread-local variable in a shared library costs a call.
    hpy_abi::thread_pointer().unwrap_or_else(|| {
        thread_local! {
            static HERE: u8 = const { 0 };
        }
        HERE.with(|here| std::ptr::from_ref(here) as usize)
    })
}
