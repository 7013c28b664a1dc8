//! Walking the stack of this thread, for the frames of an extension.

use crate::call::ApiCall;

/// Where a walk begins.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    /// At the frame that called a function of the API.
    Call(&'a ApiCall),
    /// At the frame with this address; at the innermost one if that is 0.
    At(Address),
}

/// The address of an instruction that made an access that is not allowed.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "which of them is used depends on the system")]
pub(crate) enum Address {
    /// The instruction was interrupted.
    Interrupted(usize),
    /// The frame has a return address behind the beginning of the instruction, as if that were a call.
    Return(usize),
}

impl Address {
    /// The address that is in the frame.
    fn in_frame(self) -> usize {
        match self {
            Self::Interrupted(address) | Self::Return(address) => address,
        }
    }

    pub(crate) fn instruction(self) -> usize {
        match self {
            Self::Interrupted(instruction) => instruction,
            Self::Return(behind) => behind - 1,
        }
    }
}

/// The innermost call of a function of an extension on this thread, as far as a walk needs it.
#[derive(Clone, Copy)]
pub(crate) struct Innermost {
    /// The address of the extension's function.
    pub(crate) function: usize,
    /// An address in the stack frame of what called that function.
    pub(crate) stack: usize,
}

/// The return addresses in the frames of the extension, at most `limit` of them, up to the function that was called.
pub(crate) fn frames(limit: usize, start: Start, innermost: Option<Innermost>) -> Box<[usize]> {
    // The innermost frames are those of the wrapper, which begins here.
    let wrapper = match start {
        // SAFETY: the context lives, and has a function at this index.
        Start::Call(call) => unsafe {
            let first = (&raw const (*call.ctx).h_None).cast::<usize>();
            first.add(call.member as usize).read()
        },
        Start::At(_) => 0,
    };
    let (function, end) = innermost.map_or((0, 0), |call| (call.function, call.stack));
    let mut found = Vec::new();
    let mut started = matches!(start, Start::At(first) if first.in_frame() == 0);
    backtrace::trace(|frame| {
        let (ip, sp) = (frame.ip() as usize, frame.sp() as usize);
        let code = frame.symbol_address() as usize;
        if !started {
            started = match start {
                Start::Call(_) => code == wrapper,
                Start::At(first) => ip == first.in_frame(),
            };
            if code == wrapper || !started {
                return true;
            }
        }
        // The last one that was found is the adapter, as the function jumped to what it called last.
        if end != 0 && sp > end {
            found.pop();
            return false;
        }
        // The end of the stack of a thread.
        if ip == 0 {
            return false;
        }
        // All but an interrupted instruction are return addresses.
        let interrupted = found.is_empty() && matches!(start, Start::At(Address::Interrupted(_)));
        found.push(if interrupted { ip + 1 } else { ip });
        found.len() <= limit && (function == 0 || code != function)
    });
    found.truncate(limit);
    found.into()
}

/// The function that called the one which begins at `callee`, by its beginning; 0 if it is not found.
pub(crate) fn caller_of(callee: usize) -> usize {
    let (mut is_next, mut caller) = (false, 0);
    backtrace::trace(|frame| {
        let code = frame.symbol_address() as usize;
        if is_next {
            caller = code;
        }
        is_next = code == callee;
        caller == 0
    });
    caller
}
