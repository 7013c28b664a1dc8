//! What an extension passes to the engine: definitions of modules, types, methods, slots, members and getsets.
//!
//! The layouts are those of the headers, such as `include/hpy/defs.h`. Numbers are plain integers, since a faulty
//! extension may pass any value.

use core::ffi::{c_char, c_int, c_long, c_ulong, c_void};
use core::sync::atomic::AtomicUsize;

use crate::{
    HPy, HPyContext, HPyDateTime_Kind, HPyField, HPyFunc_Capsule_Destructor, HPyFunc_api, HPyFunc_keywords,
    HPyGlobal, HPyType_BuiltinShape, HPyType_SpecParam_Kind,
};

/// A size or an index, as `Py_ssize_t`.
pub type HPy_ssize_t = isize;
/// A hash, as `Py_hash_t`.
pub type HPy_hash_t = isize;
/// `wchar_t` of the platform's C compiler.
#[cfg(windows)]
pub type wchar_t = u16;
/// `wchar_t` of the platform's C compiler.
#[cfg(not(any(windows, all(target_os = "linux", any(target_arch = "aarch64", target_arch = "arm")))))]
pub type wchar_t = i32;
/// `wchar_t` of the platform's C compiler.
#[cfg(all(target_os = "linux", any(target_arch = "aarch64", target_arch = "arm")))]
pub type wchar_t = u32;
/// One code point.
pub type HPy_UCS4 = u32;
/// A function pointer whose type only the signature number tells.
pub type HPyCFunction = unsafe extern "C" fn();
/// An engine's own object, `PyObject` on CPython.
pub type cpy_PyObject = c_void;
/// An engine's own buffer, `Py_buffer` on CPython.
pub type cpy_Py_buffer = c_void;
/// Visits an object in CPython's traversal, `visitproc`.
pub type cpy_visitproc = unsafe extern "C" fn(*mut cpy_PyObject, *mut c_void) -> c_int;
/// Visits a field in a traverse function.
pub type HPyFunc_visitproc = unsafe extern "C" fn(*mut HPyField, *mut c_void) -> c_int;

/// A lock. Zeros, as a static variable has them, are one that is not locked.
#[repr(C)]
#[derive(Debug)]
pub struct HPyMutex {
    pub _word: usize,
}

/// A stretch of code in which one object belongs to one thread alone.
#[repr(C)]
#[derive(Debug)]
pub struct HPyCriticalSection {
    /// Its own address while it lasts.
    pub _begun: usize,
    pub _first: usize,
    pub _second: usize,
    pub _third: usize,
}

/// How far an iteration over a dict has come; zeros before it begins.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HPyDictIter {
    pub _position: isize,
    /// The size of the dict when it began, or one that no dict has.
    pub _size: isize,
    /// How many items are to come.
    pub _left: isize,
}

/// The fields of a date, a time or a duration, as its kind says.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct HPyDateTime_Fields {
    pub kind: HPyDateTime_Kind,
    pub year: c_int,
    pub month: c_int,
    pub day: c_int,
    pub hour: c_int,
    pub minute: c_int,
    pub second: c_int,
    pub microsecond: c_int,
    pub fold: c_int,
    pub days: c_int,
}

/// Names an interpreter, for code that is not handed a context.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HPyVM {
    /// [`HPyVM::mark`], or the struct is not one of this process.
    pub _mark: usize,
    /// Never given to another interpreter of this process.
    pub _interpreter: u64,
    pub _functions: *const HPyVM_Functions,
    /// What a thread gets that is inside Python.
    pub _inside: *mut HPyContext,
    /// What a thread gets that is attached for it.
    pub _attached: *mut HPyContext,
}

/// Tells threads that are inside an interpreter.
#[repr(C)]
pub struct HPyVM_Inside {
    /// Null, or words of which the third is [`interpreter`](Self::interpreter) if this thread is inside. Any may ask.
    pub thread: unsafe extern "C" fn() -> *const usize,
    /// 0 once it has ended, or if being inside is not enough to go on.
    pub interpreter: AtomicUsize,
}

/// What an engine does for the [`HPyVM`]s of an interpreter. Outlives it, and is never used for another one.
#[repr(C)]
pub struct HPyVM_Functions {
    pub inside: HPyVM_Inside,
    pub open: unsafe extern "C" fn(*const HPyVM, *mut *mut HPyContext) -> c_int,
    pub close: unsafe extern "C" fn(*const HPyVM, *mut HPyContext),
}

impl HPyVM {
    /// What no engine has filled.
    pub const EMPTY: Self = Self {
        _mark: 0,
        _interpreter: 0,
        _functions: core::ptr::null(),
        _inside: core::ptr::null_mut(),
        _attached: core::ptr::null_mut(),
    };

    /// `_HPyVM_MARK` of the header.
    #[must_use]
    pub fn mark() -> usize {
        const VERSION: usize = 0x4850_0001;
        #[cfg(windows)]
        return VERSION;
        #[cfg(not(windows))]
        {
            unsafe extern "C" {
                fn abort() -> !;
            }
            abort as *const () as usize ^ VERSION
        }
    }
}

/// A closure as extensions have it: an [`_HPyClosure_Record`], and how often it was used again.
#[repr(C)]
pub struct HPyClosure {
    _private: [u8; 0],
}

/// What an engine does with the closures of an interpreter that headers cannot do alone. Outlives the interpreter.
#[repr(C)]
pub struct HPyClosure_Functions {
    pub inside: HPyVM_Inside,
    pub call: unsafe extern "C" fn(*mut HPyClosure, *mut c_void, *mut *mut c_void) -> c_int,
    pub free: unsafe extern "C" fn(*mut HPyClosure),
    pub finish: unsafe extern "C" fn(*mut _HPyClosure_Record),
}

/// The memory of a closure.
#[repr(C, align(64))]
pub struct _HPyClosure_Record {
    /// The closure as long as it is alive; anything below 64 then.
    pub _alive: AtomicUsize,
    pub _captured: HPyField,
    /// How many calls have not returned; negative once the closure was freed.
    pub _running: isize,
    pub _context: *mut HPyContext,
    pub _function: HPyCFunction,
    pub _functions: *const HPyClosure_Functions,
    pub _interpreter: u64,
    pub _reserved: u64,
}

/// A slot of a type or module: number, implementation, and the extension's trampoline for CPython.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HPySlot {
    pub slot: c_int,
    pub impl_: Option<HPyCFunction>,
    pub cpy_trampoline: Option<HPyCFunction>,
}

/// A method of a type or module.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HPyMeth {
    pub name: *const c_char,
    pub impl_: Option<HPyCFunction>,
    pub cpy_trampoline: Option<HPyCFunction>,
    pub signature: c_int,
    pub doc: *const c_char,
}

/// A member of a type: an offset in the extension's struct.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HPyMember {
    pub name: *const c_char,
    pub type_: c_int,
    pub offset: HPy_ssize_t,
    pub readonly: c_int,
    pub doc: *const c_char,
}

/// A computed attribute of a type.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HPyGetSet {
    pub name: *const c_char,
    pub getter_impl: Option<HPyCFunction>,
    pub setter_impl: Option<HPyCFunction>,
    pub getter_cpy_trampoline: Option<HPyCFunction>,
    pub setter_cpy_trampoline: Option<HPyCFunction>,
    pub doc: *const c_char,
    pub closure: *mut c_void,
}

/// A function with arguments and result in C.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct HPyTypedFunction {
    pub name: *const c_char,
    pub signature: *const c_char,
    pub impl_: Option<HPyCFunction>,
}

/// The typed functions of a module.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct HPyTyped {
    pub functions: *const HPyTypedFunction,
    pub publish: Option<HPyCFunction>,
    pub cpy_trampoline: Option<HPyCFunction>,
}

/// A constant of a module or type.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct HPyConstant {
    pub name: *const c_char,
    pub kind: c_int,
    pub value: HPyConstantValue,
}

/// The value of a constant; `kind` tells which field is valid.
#[derive(Clone, Copy)]
#[repr(C)]
pub union HPyConstantValue {
    pub integer: i64,
    pub natural: u64,
    pub number: f64,
    pub text: *const c_char,
}

/// The payload of [`HPyDef`]; `kind` tells which field is valid.
#[repr(C)]
#[derive(Clone, Copy)]
pub union HPyDefUnion {
    pub slot: HPySlot,
    pub meth: HPyMeth,
    pub member: HPyMember,
    pub getset: HPyGetSet,
    pub typed: HPyTyped,
    pub constants: *const HPyConstant,
}

/// One definition.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HPyDef {
    pub kind: c_int,
    pub u: HPyDefUnion,
}

/// Definition of a module.
#[repr(C)]
pub struct HPyModuleDef {
    pub doc: *const c_char,
    pub size: HPy_ssize_t,
    /// `PyMethodDef[]` of CPython; null in the universal ABI.
    pub legacy_methods: *mut c_void,
    /// NULL-terminated, or null.
    pub defines: *mut *mut HPyDef,
    /// NULL-terminated, or null.
    pub globals: *mut *mut HPyGlobal,
}

/// Definition of a type.
#[repr(C)]
pub struct HPyType_Spec {
    pub name: *const c_char,
    pub basicsize: c_int,
    pub itemsize: c_int,
    pub flags: c_ulong,
    pub builtin_shape: HPyType_BuiltinShape,
    /// `PyType_Slot[]` of CPython; null in the universal ABI.
    pub legacy_slots: *mut c_void,
    /// NULL-terminated, or null.
    pub defines: *mut *mut HPyDef,
    pub doc: *const c_char,
}

/// One parameter of `HPyType_FromSpec`; kind 0 ends the array.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HPyType_SpecParam {
    pub kind: HPyType_SpecParam_Kind,
    pub object: HPy,
}

/// A call function of a type or object, of signature `HPyFunc_KEYWORDS`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HPyCallFunction {
    pub cpy_trampoline: Option<HPyCFunction>,
    pub impl_: Option<HPyFunc_keywords>,
}

/// The destructor of a capsule.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HPyCapsule_Destructor {
    pub cpy_trampoline: Option<HPyCFunction>,
    pub impl_: Option<HPyFunc_Capsule_Destructor>,
}

/// `Py_buffer` with a handle in place of the object pointer.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HPy_buffer {
    pub buf: *mut c_void,
    pub obj: HPy,
    pub len: HPy_ssize_t,
    pub itemsize: HPy_ssize_t,
    pub readonly: c_int,
    pub ndim: c_int,
    pub format: *mut c_char,
    pub shape: *mut HPy_ssize_t,
    pub strides: *mut HPy_ssize_t,
    pub suboffsets: *mut HPy_ssize_t,
    pub internal: *mut c_void,
}

/// What the digits of the engine's integers are like.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HPyLongLayout {
    pub bits_per_digit: u8,
    pub digit_size: u8,
    pub digits_order: i8,
    pub digit_endianness: i8,
}

/// An integer as digits, or as a value if there are none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HPyLongExport {
    pub value: i64,
    pub negative: u8,
    pub ndigits: HPy_ssize_t,
    pub digits: *const c_void,
    /// A handle that keeps the digits, or null.
    pub _reserved: HPy,
}

/// How many contexts of one interpreter can publish the same table of functions.
pub const _HPyAPI_SLOTS: usize = 4;

/// The names of the parameters of a function, a static variable of the extension.
#[repr(C)]
pub struct _HPyArg_Names {
    pub _names: *const *const c_char,
    /// The engine's: an object for each name, null at first.
    pub _objects: *mut *mut c_void,
    pub _count: u32,
    /// Those before this one cannot be given by name.
    pub _first: u32,
    /// The engine's.
    pub _owner: usize,
    /// The engine's: a handle that it keeps, or 0.
    pub _known: usize,
    /// The engine's.
    pub _known_index: usize,
}

/// The beginning of a table of functions for other extensions, see `extension_api/table.h`.
#[repr(C)]
pub struct _HPyAPI_Head {
    pub _mark: u32,
    pub _major: u32,
    pub _minor: u32,
    pub _count: u32,
    pub _name: *const c_char,
    pub _entries: *const c_void,
    pub _functions: *const c_void,
}

/// A function that other extensions call.
#[repr(C)]
pub struct _HPyAPI_Function {
    pub _call: HPyFunc_api,
    pub _name: *const c_char,
    /// The engine writes these two when the table is published.
    pub _table: *mut _HPyAPI_Table,
    pub _index: usize,
}

/// A table of functions as its provider publishes it.
#[repr(C)]
pub struct _HPyAPI_Table {
    pub _head: _HPyAPI_Head,
    pub _kind: u32,
    pub _context_size: u32,
    pub _functions: *const *mut _HPyAPI_Function,
    pub _same: *const c_void,
    pub _contexts: [*const c_void; _HPyAPI_SLOTS],
    pub _handles: [*const c_void; _HPyAPI_SLOTS],
    pub _objects: [*const _HPyAPI_Head; _HPyAPI_SLOTS],
    /// The engine's.
    pub _number: usize,
}

pub const HPy_TPFLAGS_BASETYPE: c_ulong = 1 << 10;
pub const HPy_TPFLAGS_HAVE_VECTORCALL: c_ulong = 1 << 11;
pub const HPy_TPFLAGS_HAVE_GC: c_ulong = 1 << 14;
pub const HPy_TPFLAGS_DEFAULT: c_ulong = (1 << 9) | (1 << 18);

/// The layouts of a 64-bit platform; `unsigned long` has four bytes on Windows.
#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<HPyDef>() == 64 && core::mem::offset_of!(HPyDef, u) == 8);
    assert!(size_of::<HPySlot>() == 24 && size_of::<HPyMeth>() == 40 && size_of::<HPyMember>() == 40);
    assert!(size_of::<HPyConstant>() == 24);
    assert!(size_of::<HPyGetSet>() == 56 && size_of::<HPyModuleDef>() == 40);
    assert!(size_of::<HPyType_Spec>() == if size_of::<c_long>() == 8 { 56 } else { 48 });
    assert!(size_of::<HPyType_SpecParam>() == 16 && size_of::<HPyCallFunction>() == 16);
    assert!(size_of::<HPyCapsule_Destructor>() == 16 && size_of::<HPy_buffer>() == 80);
};
