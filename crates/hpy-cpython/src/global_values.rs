//! The values of globals, where extensions of the CPython ABI read them without a call.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use crate::ffi::PyObject;

/// The values of the only interpreter, where code in an extension of the CPython ABI finds them without a call. Empty as
/// soon as there is another one, and until something is stored.
#[repr(C)]
pub struct Values {
    values: AtomicPtr<*mut PyObject>,
    count: AtomicUsize,
}

impl Values {
    /// None.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "for statics")]
    pub const fn new() -> Self {
        Self { values: AtomicPtr::new(null_mut()), count: AtomicUsize::new(0) }
    }

    /// Lets the code of an extension read the values here, from the next time that one is stored.
    pub fn publish(&'static self) {
        PUBLISHED.store(std::ptr::from_ref(self).cast_mut(), Ordering::Release);
    }
}

static PUBLISHED: AtomicPtr<Values> = AtomicPtr::new(null_mut());

/// The address of the only interpreter's state; null if there are several.
static ONLY: AtomicPtr<()> = AtomicPtr::new(null_mut());

/// Notes that there is a new interpreter.
pub(crate) fn note_interpreter(state: *const (), is_only: bool) {
    ONLY.store(if is_only { state.cast_mut() } else { null_mut() }, Ordering::Relaxed);
    publish(&[]);
}

/// Notes that the values of an interpreter are elsewhere now.
pub(crate) fn note_values(state: *const (), values: &[*mut PyObject]) {
    if ONLY.load(Ordering::Relaxed).cast_const() == state {
        publish(values);
    }
}

fn publish(values: &[*mut PyObject]) {
    // SAFETY: a static variable.
    if let Some(published) = unsafe { PUBLISHED.load(Ordering::Acquire).as_ref() } {
        // Only the only interpreter's threads read, one at a time; that of another one has written before it reads.
        published.count.store(0, Ordering::Relaxed);
        published.values.store(values.as_ptr().cast_mut(), Ordering::Relaxed);
        published.count.store(values.len(), Ordering::Relaxed);
    }
}
