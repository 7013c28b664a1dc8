//! The static library that extensions of the CPython ABI are linked with: what is too much for a header.
//!
//! A shell over `hpy-cpython`, with the same functions as `hpy.universal` but for two things: there is one context for
//! the process and it holds constants only, and CPython calls the extension's own trampolines. Every extension has its
//! own copy of everything here, so extensions of different versions of HPy get along.
//!
//! The C side of these declarations is `include/hpy/cpython/`. All functions have the contract of the C API functions
//! that they are named after.

mod failure;

use std::cell::UnsafeCell;
use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::AtomicU8;
use std::sync::{Mutex, MutexGuard};

use hpy_abi::*;
use hpy_cpython::boundary::{Result, check, guard, guard_or_abort, system_error};
use hpy_cpython::module::ModuleDefinition;
use hpy_cpython::standalone::{self, CONSTANTS, constants};
use hpy_cpython::sync::lock;
use hpy_cpython::{Function, Host, Interpreter, InterpreterRef};
use pyo3_ffi::{self as ffi, PyObject};

/// The context as `include/hpy/generated/cpython_context.h` has it. Extension functions get a pointer to it, which
/// Rust code only passes on.
#[repr(C)]
pub struct Context {
    name: *const c_char,
    abi_version: c_int,
    constants: UnsafeCell<[HPy; CONSTANTS]>,
}

// SAFETY: written once, before any function of the extension runs.
unsafe impl Sync for Context {}

/// The context of this extension, for all interpreters.
#[unsafe(no_mangle)]
pub static _hpy_cpython_context: Context = Context {
    name: c"HPy CPython ABI".as_ptr(),
    abi_version: HPY_ABI_VERSION as c_int,
    constants: UnsafeCell::new([HPy::NULL; CONSTANTS]),
};

/// The same for threads that are attached to open a context.
static ATTACHED_CONTEXT: Context = Context {
    name: c"HPy CPython ABI".as_ptr(),
    abi_version: HPY_ABI_VERSION as c_int,
    constants: UnsafeCell::new([HPy::NULL; CONSTANTS]),
};

/// # Safety
/// The caller holds the interpreter, and the extension is loaded.
unsafe fn fill_attached_context() {
    let filled = lock(&FILLED);
    // SAFETY: the lock is held, and nobody writes without it.
    ATTACHED_CONTEXT.set_constants(unsafe { &*_hpy_cpython_context.constants.get() }, &filled);
}

impl Context {
    /// Writes what is not there yet, so that others may read what does not change.
    fn set_constants(&self, new: &[HPy; CONSTANTS], _locked: &MutexGuard<'_, bool>) {
        // SAFETY: the lock is held. Another interpreter may read the constants, of which only `h_Builtins` changes, and
        // that only while the main interpreter loads the extension for the first time.
        let current = unsafe { &mut *self.constants.get() };
        for (current, new) in current.iter_mut().zip(new) {
            if current._i != new._i {
                *current = *new;
            }
        }
    }
}

static FILLED: Mutex<bool> = Mutex::new(false);

/// Fills in the constants. They are objects that all interpreters share, but for `h_Builtins`, which is that of the main
/// interpreter, or a copy of that of the first as long as only others have loaded the extension. The main interpreter
/// fills them in at each call, as CPython may have been ended and started again.
unsafe fn fill_context() -> Result<()> {
    let lock = || lock(&FILLED);
    // SAFETY: the caller holds the interpreter.
    let is_main = unsafe { ffi::PyInterpreterState_Get() == ffi::PyInterpreterState_Main() };
    if !is_main && *lock() {
        return Ok(());
    }
    // SAFETY: the caller holds the interpreter.
    let mut new = unsafe { constants()? };
    if !is_main {
        // Without the lock, since an allocation may collect garbage, and that run code that loads the extension.
        // SAFETY: the caller holds the interpreter.
        unsafe { own_builtins(&mut new)? };
    }
    let mut filled = lock();
    // Another interpreter may have been faster.
    if is_main || !*filled {
        _hpy_cpython_context.set_constants(&new, &filled);
        *filled = true;
    }
    Ok(())
}

/// Puts a copy in the place of the builtins of this interpreter, whose end empties and frees them, while others may
/// have loaded the extension after it. The copy is never freed.
///
/// # Safety
/// The caller holds the interpreter.
unsafe fn own_builtins(constants: &mut [HPy; CONSTANTS]) -> Result<()> {
    // SAFETY: by contract; the dict is borrowed.
    unsafe {
        let builtins = ffi::PyEval_GetBuiltins();
        for h in constants.iter_mut().filter(|h| h._i == builtins as isize) {
            h._i = check(ffi::PyDict_Copy(builtins))? as isize;
        }
    }
    Ok(())
}

/// The host of this extension: CPython calls the trampolines that the headers made for each function.
struct Trampolines(InterpreterRef);

impl Trampolines {
    /// # Safety
    /// The caller holds the interpreter, which will be that of the result.
    unsafe fn current() -> Result<Self> {
        // SAFETY: the caller holds the interpreter, which will be that of the result.
        unsafe { Interpreter::current().map(Self) }
    }
}

impl Host for Trampolines {
    fn interpreter(&self) -> &Interpreter {
        &self.0
    }

    fn context(&self) -> *mut HPyContext {
        (&raw const _hpy_cpython_context).cast_mut().cast()
    }

    fn entry(&self, _signature: c_int, function: Function) -> Result<*mut c_void> {
        function.trampoline.map(|trampoline| trampoline as *mut c_void).ok_or_else(|| {
            system_error(c"a definition has no cpy_trampoline (NULL); define it with the HPyDef_... macros")
        })
    }

    fn vectorcall_entry(&self, function: Function) -> Result<ffi::vectorcallfunc> {
        let entry = self.entry(HPyFunc_KEYWORDS, function)?;
        // SAFETY: the headers give trampolines of such functions this prototype.
        Ok(unsafe { std::mem::transmute::<*mut c_void, ffi::vectorcallfunc>(entry) })
    }
}

/// The body of `PyInit_*`: the module definition for CPython, borrowed; null with an exception if something is wrong
/// with the extension's own.
///
/// # Safety
/// `definition` is a valid static definition; the caller holds the interpreter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _HPyC_ModuleInit(definition: *mut HPyModuleDef, abi_version: u32) -> *mut PyObject {
    // SAFETY: by contract, `definition` is a valid static definition; the caller holds the interpreter.
    guard(null_mut(), || unsafe {
        fill_context()?;
        _HPyC_global_values.publish();
        Interpreter::start()?;
        ModuleDefinition::check(definition, abi_version)?;
        Ok(ModuleDefinition::of(&Trampolines::current()?, definition)?.init())
    })
}

/// # Safety
/// See the C API.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _HPyC_Type_FromSpec(
    _: *mut HPyContext,
    spec: *mut HPyType_Spec,
    params: *mut HPyType_SpecParam,
) -> HPy {
    // SAFETY: the contract of the C API function.
    guard(HPy::NULL, || unsafe { Ok(standalone::from_spec(&Trampolines::current()?, spec, params)) })
}

/// # Safety
/// See the C API.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _HPyC_SetCallFunction(
    _: *mut HPyContext,
    h: HPy,
    function: *mut HPyCallFunction,
) -> c_int {
    // SAFETY: the contract of the C API function.
    guard(-1, || unsafe { Ok(standalone::set_call_function(&Trampolines::current()?, h, function)) })
}

/// # Safety
/// See the C API.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _HPyC_Function_New(
    _: *mut HPyContext,
    definition: *const HPyDef,
    this: HPy,
    module: HPy,
) -> HPy {
    // SAFETY: the contract of the C API function.
    guard(HPy::NULL, || unsafe {
        Ok(standalone::new_function(&Trampolines::current()?, definition, this, module))
    })
}

/// # Safety
/// See the C API.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _HPyC_GetVM(_: *mut HPyContext, storage: *mut HPyVM) -> c_int {
    let context = |context: &'static Context| (&raw const *context).cast_mut().cast();
    // SAFETY: the caller runs in the interpreter.
    guard(-1, || unsafe {
        fill_attached_context();
        let contexts = hpy_cpython::Contexts {
            inside: context(&_hpy_cpython_context),
            attached: context(&ATTACHED_CONTEXT),
            has_layers: false,
        };
        standalone::get_vm(&*Interpreter::current()?, &contexts, storage)?;
        Ok(0)
    })
}

/// # Safety
/// See the C API.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _HPyC_Closure_New(
    _: *mut HPyContext,
    function: Option<HPyFunc_closure>,
    captured: HPy,
) -> *mut HPyClosure {
    // SAFETY: the contract of the C API function.
    guard(null_mut(), || unsafe { standalone::new_closure(&Trampolines::current()?, function, captured) })
}

/// What `include/hpy/cpython/builder.h` reads and sets.
#[unsafe(no_mangle)]
pub static _HPyC_builder_has_failed: AtomicU8 = AtomicU8::new(0);

/// What `include/hpy/cpython/global.h` reads.
#[unsafe(no_mangle)]
pub static _HPyC_global_values: standalone::GlobalValues = standalone::GlobalValues::new();

/// # Safety
/// See the C API.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _HPyC_Global_Store(_: *mut HPyContext, global: *mut HPyGlobal, h: HPy) {
    // SAFETY: the contract of the C API function.
    guard_or_abort(|| unsafe {
        if let Ok(interpreter) = Interpreter::current() {
            standalone::global_store(&interpreter, global, h);
        }
    });
}

/// # Safety
/// See the C API.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _HPyC_Global_Load(_: *mut HPyContext, global: HPyGlobal) -> HPy {
    // SAFETY: the contract of the C API function.
    guard(HPy::NULL, || unsafe { Ok(standalone::global_load(&*Interpreter::current()?, global)) })
}

/// # Safety
/// See the C API.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _HPyC_Arg_FindNames(
    _: *mut HPyContext,
    names: *mut _HPyArg_Names,
    kwnames: HPy,
    found: *mut i32,
) -> HPy_ssize_t {
    // SAFETY: the contract of the C API function.
    unsafe { standalone::find_names(names, kwnames, found) }
}

/// # Safety
/// See the C API.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _HPyC_Global_TypeCheck(_: *mut HPyContext, obj: HPy, global: HPyGlobal) -> c_int {
    // SAFETY: the contract of the C API function.
    guard(0, || unsafe { Ok(standalone::global_type_check(&*Interpreter::current()?, obj, global)) })
}

/// The state for a call of a function that gets one, see [`standalone::state_for_call`].
///
/// # Safety
/// The arguments are those of a `PyCMethod`; the caller holds the interpreter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _HPyC_StateForCall(
    signature: c_int,
    self_: *mut PyObject,
    defining_class: *mut ffi::PyTypeObject,
    nargs: usize,
    kwnames: *mut PyObject,
) -> *mut c_void {
    // SAFETY: by contract.
    unsafe { standalone::state_for_call(signature, self_, defining_class, nargs, kwnames) }
}

/// Exports functions of `hpy-cpython` under the names that the headers have.
macro_rules! export {
    ($($name:ident = $function:ident($($arg:ident: $ty:ty),*) $(-> $result:ty)?;)*) => {$(
        #[doc = concat!("`", stringify!($function), "`")]
        ///
        /// # Safety
        /// See the C API.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(ctx: *mut HPyContext, $($arg: $ty),*) $(-> $result)? {
            // SAFETY: the contract of the C API function.
            unsafe { standalone::$function(ctx, $($arg),*) }
        }
    )*};
}

export! {
    _HPyC_New = ctx_New(h_type: HPy, data: *mut *mut c_void) -> HPy;
    _HPyC_Type_GenericNew = ctx_Type_GenericNew(
        h_type: HPy, args: *const HPy, nargs: HPy_ssize_t, kw: HPy
    ) -> HPy;
    _HPyC_Module_GetState = ctx_Module_GetState(module: HPy) -> *mut c_void;
    _HPyC_SetType = ctx_SetType(obj: HPy, ty: HPy) -> c_int;
    _HPyC_Type_GetQualName = ctx_Type_GetQualName(h_type: HPy) -> HPy;
    _HPyC_Type_GetModuleName = ctx_Type_GetModuleName(h_type: HPy) -> HPy;
    _HPyC_Type_GetBase = ctx_Type_GetBase(h_type: HPy) -> HPy;
    _HPyC_Type_GetBases = ctx_Type_GetBases(h_type: HPy) -> HPy;
    _HPyC_Type_GetMRO = ctx_Type_GetMRO(h_type: HPy) -> HPy;
    _HPyC_Type_GetDict = ctx_Type_GetDict(h_type: HPy) -> HPy;
    _HPyC_Type_CheckSlot = ctx_Type_CheckSlot(h_type: HPy, expected: *const HPyDef) -> c_int;
    _HPyC_Type_GetModule = ctx_Type_GetModule(h_type: HPy) -> HPy;
    _HPyC_Type_GetModuleState = ctx_Type_GetModuleState(h_type: HPy) -> *mut c_void;
    _HPyC_Type_GetName = ctx_Type_GetName(h_type: HPy) -> *const c_char;
    _HPyC_Type_GetBuiltinShape = ctx_Type_GetBuiltinShape(h_type: HPy) -> HPyType_BuiltinShape;
    _HPyC_AsStruct_Long = ctx_AsStruct_Long(h: HPy) -> *mut c_void;
    _HPyC_AsStruct_Tuple = ctx_AsStruct_Tuple(h: HPy) -> *mut c_void;
    _HPyC_Arg_TrackObjects = ctx_Arg_TrackObjects(
        ht: *mut HPyTracker, args: *const HPy, nargs: usize, kwnames: HPy, fmt: *const c_char,
        names: *const *const c_char
    ) -> *const HPy;
    _HPyC_Tracker_New = ctx_Tracker_New(size: HPy_ssize_t) -> HPyTracker;
    _HPyC_Tracker_Add = ctx_Tracker_Add(tracker: HPyTracker, h: HPy) -> c_int;
    _HPyC_Tracker_ForgetAll = ctx_Tracker_ForgetAll(tracker: HPyTracker);
    _HPyC_Tracker_Close = ctx_Tracker_Close(tracker: HPyTracker);
    _HPyC_DateTime_FromFields = from_fields_here(fields: *const HPyDateTime_Fields, tzinfo: HPy) -> HPy;
    _HPyC_DateTime_GetFields = get_fields_here(
        h: HPy, fields: *mut HPyDateTime_Fields, tzinfo: *mut HPy
    ) -> c_int;
    _HPyC_TimeZone_FromOffset = time_zone_here(offset: HPy, name: HPy) -> HPy;
    _HPyC_Long_AsNativeBytes = ctx_Long_AsNativeBytes(
        h: HPy, buffer: *mut c_void, n_bytes: HPy_ssize_t, flags: c_int
    ) -> HPy_ssize_t;
    _HPyC_Long_FromNativeBytes = ctx_Long_FromNativeBytes(
        buffer: *const c_void, n_bytes: usize, flags: c_int
    ) -> HPy;
    _HPyC_Long_FromUnsignedNativeBytes = ctx_Long_FromUnsignedNativeBytes(
        buffer: *const c_void, n_bytes: usize, flags: c_int
    ) -> HPy;
    _HPyC_Long_GetNativeLayout = ctx_Long_GetNativeLayout() -> *const HPyLongLayout;
    _HPyC_Long_Export = ctx_Long_Export(h: HPy, exported: *mut HPyLongExport) -> c_int;
    _HPyC_Long_FreeExport = ctx_Long_FreeExport(exported: *mut HPyLongExport);
    _HPyC_LongWriter_Create = ctx_LongWriter_Create(
        negative: c_int, ndigits: HPy_ssize_t, digits: *mut *mut c_void
    ) -> HPyLongWriter;
    _HPyC_LongWriter_Finish = ctx_LongWriter_Finish(writer: HPyLongWriter) -> HPy;
    _HPyC_LongWriter_Discard = ctx_LongWriter_Discard(writer: HPyLongWriter);
    _HPyC_Mutex_Lock = ctx_Mutex_Lock(mutex: *mut HPyMutex);
    _HPyC_Mutex_TryLock = ctx_Mutex_TryLock(mutex: *mut HPyMutex) -> c_int;
    _HPyC_Mutex_Unlock = ctx_Mutex_Unlock(mutex: *mut HPyMutex);
    _HPyC_CriticalSection_Begin = ctx_CriticalSection_Begin(section: *mut HPyCriticalSection, h: HPy);
    _HPyC_CriticalSection_End = ctx_CriticalSection_End(section: *mut HPyCriticalSection);
    _HPyC_Unicode_Export = ctx_Unicode_Export(h: HPy, formats: c_int, view: *mut HPy_buffer) -> c_int;
    _HPyC_UnicodeWriter_Create = ctx_UnicodeWriter_Create(length: HPy_ssize_t) -> HPyUnicodeWriter;
    _HPyC_UnicodeWriter_Discard = ctx_UnicodeWriter_Discard(writer: HPyUnicodeWriter);
    _HPyC_UnicodeWriter_Finish = ctx_UnicodeWriter_Finish(writer: HPyUnicodeWriter) -> HPy;
    _HPyC_UnicodeWriter_WriteChar = ctx_UnicodeWriter_WriteChar(writer: HPyUnicodeWriter, ch: HPy_UCS4) -> c_int;
    _HPyC_UnicodeWriter_WriteUTF8 = ctx_UnicodeWriter_WriteUTF8(writer: HPyUnicodeWriter, utf8: *const c_char, size: HPy_ssize_t) -> c_int;
    _HPyC_UnicodeWriter_WriteUCS4 = ctx_UnicodeWriter_WriteUCS4(writer: HPyUnicodeWriter, ucs4: *const HPy_UCS4, size: HPy_ssize_t) -> c_int;
    _HPyC_UnicodeWriter_WriteStr = ctx_UnicodeWriter_WriteStr(writer: HPyUnicodeWriter, obj: HPy) -> c_int;
    _HPyC_UnicodeWriter_WriteRepr = ctx_UnicodeWriter_WriteRepr(writer: HPyUnicodeWriter, obj: HPy) -> c_int;
    _HPyC_UnicodeWriter_WriteSubstring = ctx_UnicodeWriter_WriteSubstring(writer: HPyUnicodeWriter, text: HPy, start: HPy_ssize_t, end: HPy_ssize_t) -> c_int;
    _HPyC_BytesWriter_Create = ctx_BytesWriter_Create(size: HPy_ssize_t) -> HPyBytesWriter;
    _HPyC_BytesWriter_Discard = ctx_BytesWriter_Discard(writer: HPyBytesWriter);
    _HPyC_BytesWriter_Finish = ctx_BytesWriter_Finish(writer: HPyBytesWriter) -> HPy;
    _HPyC_BytesWriter_FinishWithSize = ctx_BytesWriter_FinishWithSize(writer: HPyBytesWriter, size: HPy_ssize_t) -> HPy;
    _HPyC_BytesWriter_GetData = ctx_BytesWriter_GetData(writer: HPyBytesWriter) -> *mut c_void;
    _HPyC_BytesWriter_GetSize = ctx_BytesWriter_GetSize(writer: HPyBytesWriter) -> HPy_ssize_t;
    _HPyC_BytesWriter_Resize = ctx_BytesWriter_Resize(writer: HPyBytesWriter, size: HPy_ssize_t) -> c_int;
    _HPyC_BytesWriter_Grow = ctx_BytesWriter_Grow(writer: HPyBytesWriter, size: HPy_ssize_t) -> c_int;
    _HPyC_BytesWriter_WriteBytes = ctx_BytesWriter_WriteBytes(writer: HPyBytesWriter, bytes: *const c_void, size: HPy_ssize_t) -> c_int;
}
