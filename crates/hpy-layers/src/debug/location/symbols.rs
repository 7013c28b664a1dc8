//! Names and lines of code addresses. They are only looked up for a text that is about to be read.

use std::path::Path;

/// What is known of an address of code.
#[derive(Default)]
pub(crate) struct Symbol {
    pub(crate) name: Option<String>,
    /// `file.c:3`
    pub(crate) line: Option<String>,
}

impl Symbol {
    /// Whether it is an inlined function of HPy's headers.
    pub(crate) fn is_of_headers(&self) -> bool {
        let name = self.name.as_ref().is_some_and(|name| name.trim_start_matches('_').starts_with("HPy"));
        let file = self.line.as_ref().and_then(|line| line.split_once(':'));
        name && file.is_some_and(|(file, _)| file.ends_with(".h"))
    }
}

/// The functions at a return address: those that are inlined there, and then the one that they are inlined into.
pub(crate) fn symbols(ip: usize) -> Vec<Symbol> {
    // The call is the instruction before.
    system::symbols(ip.wrapping_sub(1))
}

/// Removes the frames in front of the first one that is in the library of the function. Returns whether there were any. If
/// no frame is in that library, all stay.
pub(crate) fn leave_to(function: usize, frames: &mut Vec<usize>) -> bool {
    let of = |address: usize| system::library(address).map(|(_, begin)| begin);
    let library = of(function);
    let others = frames.iter().position(|&ip| of(ip) == library).unwrap_or(0);
    frames.drain(..others);
    others > 0
}

/// Whether two addresses are in the same library. Does not allocate.
pub(crate) fn are_of_one_library(one: usize, other: usize) -> bool {
    let begin = system::library_begin(one);
    begin != 0 && begin == system::library_begin(other)
}

/// The name of the variable at an address, if the symbols of its library have it.
pub(crate) fn variable(address: usize) -> Option<String> {
    system::function(address).map(|(name, _)| name)
}

/// The name of the library that the address is in.
pub(crate) fn library(ip: usize) -> Option<String> {
    system::library(ip).map(|(name, _)| file_name(&name).to_owned())
}

/// As `backtrace_symbols` of C writes it: `file(symbol+0xoffset) [0xaddress]`.
pub(crate) fn raw(ip: usize) -> String {
    let file = system::library(ip).map_or_else(|| "?".to_owned(), |(name, _)| name);
    let (name, start) = system::function(ip.wrapping_sub(1)).unwrap_or_default();
    let offset = if start == 0 { 0 } else { ip - start };
    format!("{file}({name}+{offset:#x}) [{ip:#x}]")
}

fn file_name(path: &str) -> &str {
    Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or(path)
}

fn line(path: Option<&str>, line: Option<u32>) -> Option<String> {
    path.zip(line).map(|(path, line)| format!("{}:{line}", file_name(path)))
}

/// Extensions are loaded at any time, which `backtrace` does not notice: it lists the libraries once.
#[cfg(unix)]
mod system {
    use std::cell::RefCell;
    use std::collections::HashMap;
    use std::ffi::{CStr, c_void};
    use std::rc::Rc;

    use addr2line::Loader;

    use super::Symbol;

    /// By name and address, since another file may be loaded under the same name.
    type Loaders = HashMap<(String, usize), Option<Rc<Loader>>>;

    thread_local! {
        static LOADERS: RefCell<Loaders> = RefCell::default();
    }

    /// The library that an address is in: its name, and where it begins.
    pub(crate) fn library(address: usize) -> Option<(String, usize)> {
        // SAFETY: zeros are a valid struct; `dladdr` takes any address; the name is a string as long as the library
        // is loaded.
        unsafe {
            let mut info: libc::Dl_info = std::mem::zeroed();
            let found =
                libc::dladdr(address as *const c_void, &raw mut info) != 0 && !info.dli_fname.is_null();
            found.then(|| {
                (CStr::from_ptr(info.dli_fname).to_string_lossy().into_owned(), info.dli_fbase as usize)
            })
        }
    }

    /// Where the library begins that an address is in; 0 if it is in none.
    pub(crate) fn library_begin(address: usize) -> usize {
        // SAFETY: zeros are a valid struct; `dladdr` takes any address.
        unsafe {
            let mut info: libc::Dl_info = std::mem::zeroed();
            let found = libc::dladdr(address as *const c_void, &raw mut info) != 0;
            if found { info.dli_fbase as usize } else { 0 }
        }
    }

    /// The file of the library that an address is in, and the address relative to the file.
    fn loader(address: usize) -> Option<(Rc<Loader>, u64)> {
        let library = library(address)?;
        let base = library.1;
        let loader = LOADERS.with_borrow_mut(|all| {
            all.entry(library)
                .or_insert_with_key(|(name, _)| {
                    // The program itself may be called by any name.
                    let file = Loader::new(name).or_else(|_| Loader::new("/proc/self/exe"));
                    file.ok().map(Rc::new)
                })
                .clone()
        })?;
        let relative = loader.relative_address_base() + (address - base) as u64;
        Some((loader, relative))
    }

    /// The function or variable that an address is in, and where it begins.
    pub(crate) fn function(address: usize) -> Option<(String, usize)> {
        let (loader, relative) = loader(address)?;
        let symbol = loader.find_symbol_info(relative)?;
        let start = address - usize::try_from(relative - symbol.address()).ok()?;
        Some((demangle(symbol.name()), start))
    }

    pub(crate) fn symbols(address: usize) -> Vec<Symbol> {
        let mut found = Vec::new();
        let Some((loader, relative)) = loader(address) else { return found };
        if let Ok(mut frames) = loader.find_frames(relative) {
            while let Ok(Some(frame)) = frames.next() {
                let name = frame.function.and_then(|name| Some(demangle(&name.raw_name().ok()?)));
                let place = frame.location.and_then(|place| super::line(place.file, place.line));
                if name.is_some() {
                    found.push(Symbol { name, line: place });
                }
            }
        }
        if found.is_empty()
            && let Some((name, _)) = function(address)
        {
            found.push(Symbol { name: Some(name), line: None });
        }
        found
    }

    fn demangle(name: &str) -> String {
        addr2line::demangle_auto(name.into(), None).into_owned()
    }
}

#[cfg(not(unix))]
mod system {
    use std::ffi::c_void;

    use super::Symbol;

    pub(crate) fn library(_: usize) -> Option<(String, usize)> {
        None
    }

    pub(crate) fn library_begin(_: usize) -> usize {
        0
    }

    pub(crate) fn function(address: usize) -> Option<(String, usize)> {
        Some((symbols(address).pop()?.name?, 0))
    }

    pub(crate) fn symbols(address: usize) -> Vec<Symbol> {
        let mut found = Vec::new();
        // This looks up the instruction before the address, too.
        backtrace::resolve((address + 1) as *mut c_void, |symbol| {
            let name = symbol.name().map(|name| format!("{name:#}"));
            let line = super::line(symbol.filename().and_then(|path| path.to_str()), symbol.lineno());
            found.push(Symbol { name, line });
        });
        found
    }
}
