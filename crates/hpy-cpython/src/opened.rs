//! The contexts that a thread has opened through an `HPyVM` and not closed, the last one last.

use std::cell::RefCell;
use std::collections::TryReserveError;
use std::mem::ManuallyDrop;

use hpy_abi::HPyContext;

/// One of them, which is not simply that of an extension inside Python. `A` is what there is to undo.
pub(crate) struct Opened<A> {
    pub(crate) context: *mut HPyContext,
    pub(crate) attachment: Option<A>,
}

/// Those of a thread. Mostly there is one, which needs no memory.
pub(crate) struct AllOpened<A> {
    first: Option<Opened<A>>,
    others: Vec<Opened<A>>,
}

/// As a variable of a thread: never dropped, so that it is there until the very end of a thread, when handlers of `atexit`
/// run. Has no memory while nothing is open.
pub(crate) type ThreadVariable<A> = ManuallyDrop<RefCell<AllOpened<A>>>;

impl<A> AllOpened<A> {
    pub(crate) const fn new() -> ThreadVariable<A> {
        ManuallyDrop::new(RefCell::new(Self { first: None, others: Vec::new() }))
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len()
    }

    /// Makes room for one more.
    pub(crate) fn reserve(&mut self) -> Result<(), TryReserveError> {
        if self.first.is_none() { Ok(()) } else { self.others.try_reserve(1) }
    }

    /// Adds one, for which there is room.
    pub(crate) fn push(&mut self, opened: Opened<A>) {
        if self.first.is_none() {
            self.first = Some(opened);
        } else {
            self.others.push(opened);
        }
    }

    pub(crate) fn last(&self) -> Option<&Opened<A>> {
        self.others.last().or(self.first.as_ref())
    }

    /// Takes the last one away if it is that of this context.
    pub(crate) fn pop(&mut self, context: *mut HPyContext) -> Option<Opened<A>> {
        if self.last()?.context != context {
            return None;
        }
        let last = self.others.pop();
        if last.is_none() {
            return self.first.take();
        }
        if self.others.is_empty() {
            self.others = Vec::new();
        }
        last
    }

    pub(crate) fn attachments(&self) -> impl Iterator<Item = &A> {
        self.first.iter().chain(&self.others).filter_map(|opened| opened.attachment.as_ref())
    }
}
