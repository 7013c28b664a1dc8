//! Where something happened: which function of the extension called which function of the API, and on request the
//! native frames and the Python line.

use std::fmt;

use hpy_abi::HPy;

use crate::{ApiCall, Member};

use crate::debug::location::symbols::{self, Symbol, library, symbols};
use crate::debug::state::DebugState;
use crate::debug::table::record::{Kind, Record};

// Other ways than functions of the API; no member has so small an index.
pub(crate) const BY_PYTHON: u16 = 0;
pub(crate) const AS_ARGUMENT: u16 = 1;
pub(crate) const AS_RESULT: u16 = 2;
pub(crate) const AS_CONSTANT: u16 = 3;
/// By code of the extension itself.
pub(crate) const AS_CODE: u16 = 4;
/// By the engine, in a function of the API that the extension called.
pub(crate) const AS_ENGINE: u16 = 6;
/// When it was loaded.
pub(crate) const AS_DEFINITION: u16 = 5;

/// Costs next to nothing to note.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    /// The address of the extension's function that ran; 0 if none did.
    pub(crate) function: usize,
    /// The number of a [`Member`], or one of the above.
    pub(crate) by: u16,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let function = Code(self.function);
        match self.by {
            BY_PYTHON => write!(f, "Python, through DebugHandle._force_close"),
            AS_ARGUMENT => write!(f, "the caller of {function}: it is an argument"),
            AS_RESULT => write!(f, "returned by {function}"),
            AS_DEFINITION => write!(f, "in the definition of the module, found when it was loaded"),
            AS_CONSTANT => write!(f, "the context: it is one of its constants"),
            by => match member(by) {
                Some(member) => write!(f, "{} in {function}", member.public_name()),
                None => write!(f, "{function}"),
            },
        }
    }
}

impl Place {
    /// For people: a line for each of the frames, of which the first is where it happened.
    pub(crate) fn lines(&self, frames: &[usize]) -> Vec<String> {
        let mut calls: Vec<(Symbol, usize)> = frames
            .iter()
            .flat_map(|&ip| symbols_or_none(ip).into_iter().map(move |symbol| (symbol, ip)))
            .collect();
        // An author knows the name in the headers, not always the one of what it calls.
        let api = member(self.by);
        let is_api = api.is_some() || self.by == AS_ENGINE;
        let inlined = calls.iter().take_while(|(symbol, _)| is_api && symbol.is_of_headers()).count();
        let outermost = calls.drain(..inlined).next_back().and_then(|(symbol, _)| symbol.name);
        // The system's beginning of a thread.
        while calls.len() > 1 && calls.last().is_some_and(|(symbol, _)| symbol.name.is_none()) {
            calls.pop();
        }
        let Some(((first, ip), others)) = calls.split_first() else { return vec![self.to_string()] };
        let first = Named(first, *ip);
        let mut lines = vec![match outermost.or_else(|| api.map(|api| api.public_name().to_owned())) {
            Some(api) => format!("{api} in {first}"),
            None => first.to_string(),
        }];
        lines.extend(others.iter().map(|(symbol, ip)| format!("at {}", Named(symbol, *ip))));
        let function = Code(self.function).symbol();
        if self.function != 0 && calls.last().is_none_or(|(symbol, _)| symbol.name != function.name) {
            lines.push(format!("in a call of {}", Code(self.function)));
        }
        lines
    }

    /// The same with what is known of that moment, which may be nothing.
    pub(crate) fn lines_of(&self, trace: Option<&Trace>) -> Vec<String> {
        let mut lines = self.lines(trace.map_or(&[], Trace::addresses));
        lines.extend(trace.and_then(|trace| trace.python.as_ref()).map(|line| format!("from {line}")));
        lines
    }
}

fn member(by: u16) -> Option<Member> {
    Member::ALL.iter().copied().find(|&member| member as u16 == by)
}

/// More of a place, which costs more.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    frames: Box<[usize]>,
    /// `File "a.py", line 3, in f`.
    pub(crate) python: Option<String>,
    /// The object that a handle was closed of, which may be gone later.
    pub(crate) object: Option<String>,
}

impl Trace {
    /// Of this moment. The thread is inside of Python.
    #[cold]
    #[inline(never)]
    pub(crate) fn here(state: &DebugState, call: &ApiCall) -> Self {
        let frames = frames(state, state.stack_trace_limit(), Start::Call(call));
        Self { frames, python: state.host.python_location(), object: None }
    }

    /// Of the closing of a record.
    ///
    /// # Safety
    ///
    /// It is open.
    #[cold]
    #[inline(never)]
    pub(crate) unsafe fn of_closing(state: &DebugState, call: &ApiCall, record: &Record) -> Self {
        let mut trace = Self::here(state, call);
        if record.kind() == Kind::Handle {
            // SAFETY: the thread is inside of Python; the inner handle is open like the record.
            trace.object = unsafe {
                crate::debug::reports::report::describe_for_later(call.inner, HPy { _i: record.inner() })
            };
        }
        trace
    }

    /// Where the frames are.
    pub(crate) fn addresses(&self) -> &[usize] {
        &self.frames
    }

    /// One in each line, as `backtrace_symbols` of C writes them.
    pub(crate) fn frames(&self) -> Vec<String> {
        self.frames.iter().map(|&ip| symbols::raw(ip)).collect()
    }
}

/// Which frame is the first.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    /// The one that called a function of the API.
    Call(&'a ApiCall),
    /// The one at this address; the first of all if it is 0.
    At(Address),
}

/// Where code was when it made an access that is not allowed.
#[derive(Clone, Copy)]
#[allow(dead_code, reason = "it depends on the system which of them there are")]
pub(crate) enum Address {
    /// The instruction, which was interrupted.
    Interrupted(usize),
    /// As a return address, of a call that stands for the instruction.
    Return(usize),
}

impl Address {
    /// As walkers of the stack have it.
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

/// The return addresses in frames of the extension, at most `limit`: down to the extension's function.
pub(crate) fn frames(state: &DebugState, limit: usize, start: Start) -> Box<[usize]> {
    // The wrappers of the API begin in the innermost frames; this is where they are entered.
    let wrapper = match start {
        // SAFETY: the context lives, and the number is that of a function in it, which is a pointer.
        Start::Call(call) => unsafe {
            let first = (&raw const (*call.ctx).h_None).cast::<usize>();
            first.add(call.member as usize).read()
        },
        Start::At(_) => 0,
    };
    let (function, end) = state.contexts.current().map_or((0, 0), |call| (call.function(), call.stack()));
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
        // What was found last is the adapter, if the function ended with a jump to what it calls.
        if end != 0 && sp > end {
            found.pop();
            return false;
        }
        // The end of the stack of a thread.
        if ip == 0 {
            return false;
        }
        // All but the instruction that was interrupted are returned to.
        let interrupted = found.is_empty() && matches!(start, Start::At(Address::Interrupted(_)));
        found.push(if interrupted { ip + 1 } else { ip });
        found.len() <= limit && (function == 0 || code != function)
    });
    found.truncate(limit);
    found.into()
}

/// A function of an extension, for people.
pub(crate) struct Code(pub(crate) usize);

/// Whether lines are known of a function of an extension; of none, too.
pub(crate) fn has_lines(function: usize) -> bool {
    function == 0 || Code(function).symbol().line.is_some()
}

impl Code {
    fn symbol(&self) -> Symbol {
        // Names are looked up for return addresses, one behind the instruction.
        symbols(self.0 + 1).pop().unwrap_or_default()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("no function of an extension");
        }
        let symbol = self.symbol();
        match &symbol {
            // The line is not where something happened.
            Symbol { name: Some(name), line: Some(line) } => write!(f, "{name} (begins at {line})"),
            _ => Named(&symbol, self.0).fmt(f),
        }
    }
}

/// Of a return address: a symbol for each function that is inlined there, and one for that in which they are.
fn symbols_or_none(ip: usize) -> Vec<Symbol> {
    let symbols = symbols(ip);
    if symbols.is_empty() { vec![Symbol::default()] } else { symbols }
}

/// A function that is known by name, or by its address.
struct Named<'a>(&'a Symbol, usize);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Symbol { name, line }, ip) = self;
        match name {
            Some(name) => f.write_str(name)?,
            None => write!(f, "{ip:#x}")?,
        }
        let place = line.clone().or_else(|| library(*ip)).unwrap_or_else(|| "?".to_owned());
        write!(f, " ({place})")
    }
}
