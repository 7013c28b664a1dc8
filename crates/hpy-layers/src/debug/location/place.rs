//! Where something happened: which function of the extension called which function of the API, and, if they were
//! asked for, the native frames and the Python line. Nothing here looks at the stack; [`stack`](super::stack) does.

use std::fmt;

use crate::member::Member;

use super::symbols::{self, Symbol, library, symbols};

/// What opened or closed a handle, or made a mistake: a function of the API, or one of the constants. Fits into two bytes,
/// of which zeros are a valid value, as records need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct By(u16);

impl By {
    /// Python, by `DebugHandle._force_close`.
    pub(crate) const PYTHON: Self = Self(0);
    /// The caller of the extension's function, of which it is an argument.
    pub(crate) const ARGUMENT: Self = Self(1);
    /// The return of the extension's function.
    pub(crate) const RESULT: Self = Self(2);
    /// The context, of which it is a constant.
    pub(crate) const CONSTANT: Self = Self(3);
    /// The loading of a module, whose definition it is in.
    pub(crate) const DEFINITION: Self = Self(4);
    /// The extension's own code.
    pub(crate) const CODE: Self = Self(5);
    /// The engine, in a function of the API that the extension called.
    pub(crate) const ENGINE: Self = Self(6);

    const LAST: Self = Self::ENGINE;

    /// A function of the API, by its index.
    #[inline]
    pub(crate) const fn api(member: Member) -> Self {
        Self(member as u16)
    }

    fn member(self) -> Option<Member> {
        Member::ALL.iter().copied().find(|&member| Self::api(member) == self)
    }
}

const _: () =
    assert!(By::LAST.0 < By::api(Member::ALL[0]).0, "an index of a member is taken for something else");

/// A place that costs next to nothing to note.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    /// The address of the extension's function that ran; 0 if none did.
    pub(crate) function: usize,
    pub(crate) by: By,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let function = Code(self.function);
        match self.by {
            By::PYTHON => write!(f, "Python, through DebugHandle._force_close"),
            By::ARGUMENT => write!(f, "the caller of {function}: it is an argument"),
            By::RESULT => write!(f, "returned by {function}"),
            By::DEFINITION => write!(f, "in the definition of the module, found when it was loaded"),
            By::CONSTANT => write!(f, "the context: it is one of its constants"),
            by => match by.member() {
                Some(member) => write!(f, "{} in {function}", member.public_name()),
                None => write!(f, "{function}"),
            },
        }
    }
}

impl Place {
    /// The place in words: a line for each of the frames, of which the first is where it happened.
    pub(crate) fn lines(&self, frames: &[usize]) -> Vec<String> {
        let mut calls: Vec<(Symbol, usize)> = frames
            .iter()
            .flat_map(|&ip| symbols_or_none(ip).into_iter().map(move |symbol| (symbol, ip)))
            .collect();
        // Authors know the name in the headers, not always that of the function it calls.
        let api = self.by.member();
        let is_api = api.is_some() || self.by == By::ENGINE;
        let inlined = calls.iter().take_while(|(symbol, _)| is_api && symbol.is_of_headers()).count();
        let outermost = calls.drain(..inlined).next_back().and_then(|(symbol, _)| symbol.name);
        // The functions of the system that start a thread.
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

    /// The same with what was kept of that moment, if anything was.
    pub(crate) fn lines_of(&self, trace: Option<&Trace>) -> Vec<String> {
        let mut lines = self.lines(trace.map_or(&[], Trace::addresses));
        lines.extend(trace.and_then(|trace| trace.python.as_ref()).map(|line| format!("from {line}")));
        lines
    }
}

/// More about a place, which costs more to keep.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    pub(crate) frames: Box<[usize]>,
    /// `File "a.py", line 3, in f`.
    pub(crate) python: Option<String>,
    /// The object of a handle that was closed, in words, as it may be gone later.
    pub(crate) object: Option<String>,
}

impl Trace {
    /// The addresses of the frames.
    pub(crate) fn addresses(&self) -> &[usize] {
        &self.frames
    }

    /// A line for each frame, as `backtrace_symbols` of C writes them.
    pub(crate) fn frames(&self) -> Vec<String> {
        self.frames.iter().map(|&ip| symbols::raw(ip)).collect()
    }
}

/// A function of an extension, in words.
pub(crate) struct Code(pub(crate) usize);

/// Whether the lines of a function of an extension are known. True for no function.
pub(crate) fn has_lines(function: usize) -> bool {
    function == 0 || Code(function).symbol().line.is_some()
}

impl Code {
    fn symbol(&self) -> Symbol {
        // Names are looked up for return addresses, which are behind the instruction.
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
            // The line is not the one where something happened.
            Symbol { name: Some(name), line: Some(line) } => write!(f, "{name} (begins at {line})"),
            _ => Named(&symbol, self.0).fmt(f),
        }
    }
}

/// The symbols of a return address; an empty one if there are none.
fn symbols_or_none(ip: usize) -> Vec<Symbol> {
    let symbols = symbols(ip);
    if symbols.is_empty() { vec![Symbol::default()] } else { symbols }
}

/// A function with its line or library; by its address if it has no name.
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
