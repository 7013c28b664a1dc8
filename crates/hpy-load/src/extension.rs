//! Opening the binary of an extension, up to its module definition.
//!
//! A [`Library`] closes the binary when it is dropped, so whatever fails on the way leaves nothing behind. Once
//! Python objects point into it, it must be kept open, see [`Library::keep_open`].

use std::ffi::c_void;
use std::path::{MAIN_SEPARATOR_STR, Path, PathBuf};

use hpy_abi::{
    HPY_ABI_VERSION, HPY_ABI_VERSION_MINOR, HPyContext, HPyEntry_Module, HPyEntry_VERSION, HPyModuleDef,
};

use crate::tag::Tag;

/// What an extension is loaded into.
pub struct Runtime<'a> {
    /// The version, for messages.
    pub version: &'a str,
    /// What the extension's functions use where they cannot use the context that they are called with.
    pub context: *mut HPyContext,
    /// How many members the contexts have that extensions get.
    pub members: usize,
    /// The tags of the Pythons whose binaries of the hybrid ABI run here; the first is this one's own.
    pub python_tags: &'a [&'a str],
}

/// What to load.
pub struct Request<'a> {
    /// The module's name without package, for messages.
    pub name: &'a str,
    /// The name as it stands in the exported symbols: as in `HPyInit_<symbol>`.
    pub symbol: &'a str,
    pub path: &'a Path,
}

/// An opened extension.
pub struct Extension {
    /// `None` if CPython opened it, which never closes it.
    pub library: Option<Library>,
    pub definition: *mut HPyModuleDef,
    /// The minor version of the ABI that it asks for.
    pub abi_version: u32,
}

impl Extension {
    /// Opens the binary, checks that it is for this runtime, and gets its module definition.
    ///
    /// # Errors
    /// What is wrong, and what to do. The binary is closed again then.
    ///
    /// # Safety
    /// If the binary is an HPy extension at all, its exported functions have the prototypes that the ABI gives them. The
    /// context of the runtime stays valid.
    pub unsafe fn open(request: &Request, runtime: &Runtime) -> Result<Self, String> {
        let Request { name, path, .. } = request;
        check_python(request, runtime)?;
        let at = format!("Error during loading of the HPy extension module at path '{}'", path.display());
        let library = Library::open(path).map_err(|reason| {
            format!("{at}. Error message from dlopen/WinAPI: {reason}{}", archive_hint(path))
        })?;

        let major = format!("get_required_hpy_major_version_{}", request.symbol);
        let minor = format!("get_required_hpy_minor_version_{}", request.symbol);
        // SAFETY: the prototypes of ABI 0.0.
        let versions = unsafe {
            library.get::<VersionFunction>(&minor).and_then(|minor| {
                let major = library.get::<VersionFunction>(&major)?;
                Ok((major(), minor()))
            })
        };
        let (major, minor) = versions.map_err(|reason| {
            format!(
                "{at}. Cannot locate the required minimal HPy versions as symbols '{minor}' and `{major}`. Error \
                 message from dlopen/WinAPI: {reason}"
            )
        })?;
        check_version(name, runtime, major, minor)?;
        // SAFETY: the function has this prototype where there is one, and the description lives as long as the binary.
        let entry = unsafe {
            let function = library.get::<EntryFunction>(&format!("HPyEntry_{}", request.symbol));
            function.ok().and_then(|function| function().as_ref())
        };
        match entry {
            // CPython finds it by its name, which has no tag.
            Some(entry) if Tag::of(&file_name(path)).is_none() => check_entry(entry, name, runtime)?,
            _ => check_major(request, major, minor)?,
        }
        if minor > 0 {
            let symbol = format!("get_required_hpy_member_count_{}", request.symbol);
            // SAFETY: its prototype since ABI 0.1.
            let members = unsafe { library.get::<VersionFunction>(&symbol).map(|count| count()) };
            let members = members.map_err(|reason| {
                format!(
                    "{at}. It requires ABI {major}.{minor}, but has no symbol '{symbol}', which tells how many members of \
                     the context it uses; since ABI 0.1, HPy_MODINIT defines it. Error message from dlsym/WinAPI: {reason}"
                )
            })?;
            check_members(name, runtime, members, (major, minor))?;
        }

        // The missing blank is that of HPy 0.9, whose messages people search for and match.
        let missing = |symbol: &str, reason| {
            format!(
                "{at} while trying to find symbol '{symbol}'. Did you usethe HPy_MODINIT macro to register your \
                 module? Error message from dlsym/WinAPI: {reason}"
            )
        };
        let set_context = format!("HPyInitGlobalContext_{}", request.symbol);
        let init = format!("HPyInit_{}", request.symbol);
        // SAFETY: the prototypes of ABI 0.0; the context must be set first.
        let definition = unsafe {
            library
                .get::<unsafe extern "C" fn(*mut HPyContext)>(&set_context)
                .map_err(|reason| missing(&set_context, reason))?(runtime.context);
            library
                .get::<unsafe extern "C" fn() -> *mut HPyModuleDef>(&init)
                .map_err(|reason| missing(&init, reason))?()
        };
        if definition.is_null() {
            return Err(format!("{at}. Function '{init}' returned NULL."));
        }
        Ok(Self { library: Some(library), definition, abi_version: minor })
    }

    /// The extension `name` whose binary CPython has opened, and which describes itself.
    ///
    /// # Errors
    /// What is wrong, and what to do.
    ///
    /// # Safety
    /// The description is one of ours. The context of the runtime stays valid.
    pub unsafe fn of_entry(entry: &HPyEntry_Module, name: &str, runtime: &Runtime) -> Result<Self, String> {
        let (major, minor) = (entry.abi_major, entry.abi_minor);
        check_entry(entry, name, runtime)?;
        check_version(name, runtime, major, minor)?;
        if minor > 0 {
            check_members(name, runtime, entry.abi_members, (major, minor))?;
        }
        // SAFETY: by contract; the context must be set first.
        let definition = unsafe {
            (entry.set_context)(runtime.context);
            (entry.definition)()
        };
        Ok(Self { library: None, definition, abi_version: minor })
    }
}

/// The exported functions that say what an extension needs.
type VersionFunction = unsafe extern "C" fn() -> u32;

/// The exported function that returns the description of a module with an entry point for CPython.
type EntryFunction = unsafe extern "C" fn() -> *const HPyEntry_Module;

/// Within a major version, an extension needs at most the minor version that it asks for.
fn check_version(name: &str, runtime: &Runtime, major: u32, minor: u32) -> Result<(), String> {
    if major == HPY_ABI_VERSION && minor <= HPY_ABI_VERSION_MINOR {
        return Ok(());
    }
    Err(format!(
        "HPy extension module '{name}' requires unsupported version of the HPy runtime. Requested version: \
         {major}.{minor}. Current HPy version: {HPY_ABI_VERSION}.{HPY_ABI_VERSION_MINOR}. {}",
        what_to_install(runtime, major, minor)
    ))
}

fn what_to_install(runtime: &Runtime, major: u32, minor: u32) -> String {
    format!(
        "Install a version of HPy that supports ABI {major}.{minor} (this is HPy {}), such as the one that the \
         extension was built with: pip install --upgrade hpy",
        runtime.version
    )
}

/// Refuses a binary that was compiled with headers of the same version of the ABI, but when that had more members: until
/// it is released, a version may grow.
fn check_members(
    name: &str,
    runtime: &Runtime,
    required: u32,
    (major, minor): (u32, u32),
) -> Result<(), String> {
    let members = runtime.members;
    if usize::try_from(required).is_ok_and(|required| required <= members) {
        return Ok(());
    }
    Err(format!(
        "HPy extension module '{name}' requires a newer HPy runtime: it was compiled with a version of ABI \
         {major}.{minor} whose context has {required} members, but the context of this runtime (ABI \
         {HPY_ABI_VERSION}.{HPY_ABI_VERSION_MINOR}) has {members}. {}",
        what_to_install(runtime, major, minor)
    ))
}

/// What to do if the path leads into a file, as that of a stub in a ZIP file does; else nothing.
fn archive_hint(path: &Path) -> String {
    match path.ancestors().skip(1).find(|part| part.is_file()) {
        Some(archive) => {
            let archive = archive.display();
            format!(". Extensions cannot be loaded from inside an archive: unpack '{archive}'")
        }
        None => String::new(),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Refuses a binary of the hybrid ABI that is made for another Python, before any of it is run.
fn check_python(request: &Request, runtime: &Runtime) -> Result<(), String> {
    match Tag::of(&file_name(request.path)) {
        Some(Tag { python: Some(python), .. }) if !runtime.python_tags.contains(&python) => Err(format!(
            "HPy extension module '{}' at path '{}': its file name says that it was built for Python '{python}', but \
             this is Python '{}'. Build it for this one.",
            request.name,
            request.path.display(),
            runtime.python_tags.first().copied().unwrap_or("none")
        )),
        _ => Ok(()),
    }
}

/// The same of a binary that says it itself, after a look at whether it says so in a way that is known here.
fn check_entry(entry: &HPyEntry_Module, name: &str, runtime: &Runtime) -> Result<(), String> {
    if entry.version != HPyEntry_VERSION || (entry.size as usize) < size_of::<HPyEntry_Module>() {
        let what_to_do = what_to_install(runtime, entry.abi_major, entry.abi_minor);
        return Err(format!(
            "HPy extension module '{name}' describes itself in version {} of the entry point, with {} bytes, but this \
             runtime knows version {HPyEntry_VERSION}, which has {}. {what_to_do}",
            entry.version,
            entry.size,
            size_of::<HPyEntry_Module>()
        ));
    }
    let [major, minor] = entry.python_version.to_be_bytes();
    if major == 0 {
        return Ok(());
    }
    let is_free_threaded = usize::from(entry.python_object_size) > 2 * size_of::<usize>();
    let python = format!("cp{major}{minor}{}", if is_free_threaded { "t" } else { "" });
    if runtime.python_tags.contains(&python.as_str()) {
        return Ok(());
    }
    Err(format!(
        "HPy extension module '{name}': it was built for Python '{python}', but this is Python '{}'. Build it for this one.",
        runtime.python_tags.first().copied().unwrap_or("none")
    ))
}

/// Compares the file name with what the binary itself says.
fn check_major(request: &Request, major: u32, minor: u32) -> Result<(), String> {
    let prefix = format!("HPy extension module '{}' at path '{}'", request.name, request.path.display());
    match Tag::of(&file_name(request.path)) {
        None => Err(format!(
            "{prefix}: could not find HPy ABI tag encoded in the filename. The extension claims to be compiled with \
             HPy ABI version: {major}.{minor}."
        )),
        Some(tag) if tag.major != major.to_string() => Err(format!(
            "{prefix}: mismatch between the HPy ABI tag encoded in the filename and the major version requested by \
             the HPy extension itself. Major version tag parsed from filename: {}. Requested version: \
             {major}.{minor}.",
            tag.major
        )),
        Some(_) => Ok(()),
    }
}

#[cfg(unix)]
use libloading::os::unix as os;
#[cfg(windows)]
use libloading::os::windows as os;

/// An open binary.
pub struct Library(os::Library);

impl Library {
    fn open(path: &Path) -> Result<Self, String> {
        let path = in_folder(path);
        #[cfg(all(unix, not(target_vendor = "apple")))]
        if let Some(reason) = crate::elf::truncation(&path) {
            return Err(reason);
        }
        // SAFETY: running the initializers of an extension is what its importer asks for.
        unsafe { Self::open_by_system(&path) }.map(Self).map_err(reason)
    }

    #[cfg(unix)]
    unsafe fn open_by_system(path: &Path) -> Result<os::Library, libloading::Error> {
        // SAFETY: as in `open`.
        unsafe { os::Library::open(Some(path), os::RTLD_NOW | os::RTLD_LOCAL) }
    }

    /// As CPython does: libraries that the extension needs may stand beside it.
    #[cfg(windows)]
    unsafe fn open_by_system(path: &Path) -> Result<os::Library, libloading::Error> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
        let flags = os::LOAD_LIBRARY_SEARCH_DEFAULT_DIRS | os::LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR;
        // SAFETY: as in `open`.
        unsafe { os::Library::load_with_flags(&path, flags) }
    }

    /// An exported function.
    ///
    /// # Safety
    /// `F` is its prototype, a function pointer. It is not called after the library is dropped.
    unsafe fn get<F: Copy>(&self, symbol: &str) -> Result<F, String> {
        const { assert!(size_of::<Option<F>>() == size_of::<*mut c_void>()) };
        // SAFETY: by contract, `F` is its prototype, a function pointer. It is not called after the library
        // is dropped.
        let function = *unsafe { self.0.get::<Option<F>>(symbol) }.map_err(reason)?;
        function.ok_or_else(|| format!("the address of symbol '{symbol}' is NULL"))
    }

    /// Never closes the library, as objects from now on point into it.
    pub fn keep_open(self) {
        std::mem::forget(self);
    }
}

/// A bare file name is a file in the current folder; the system would look for it on its search path.
fn in_folder(path: &Path) -> PathBuf {
    let has_folder = path.parent().is_some_and(|parent| !parent.as_os_str().is_empty());
    if has_folder { path.into() } else { Path::new(&format!(".{MAIN_SEPARATOR_STR}")).join(path) }
}

/// What the system says.
fn reason(error: libloading::Error) -> String {
    match std::error::Error::source(&error) {
        Some(source) => source.to_string(),
        None => "no error message provided by the system".into(),
    }
}
