//! CPython: what this crate uses of it and `pyo3-ffi` does not declare, and what is another way on other engines.

#[cfg(not(Py_3_12))]
use std::ffi::CStr;
use std::ffi::{c_char, c_int};
use std::ptr::NonNull;

use hpy_abi::HPy_buffer;
use pyo3_ffi::{
    self as ffi, Py_SIZE, PyInterpreterState, PyListObject, PyModuleDef, PyObject, PyThreadState,
    PyTupleObject,
};

use crate::boundary::{Raised, Result, check_status, system_error};
use crate::owned::Owned;

/// Windows has no names that all libraries share: each function is imported from the one that is named with it. These
/// are of the CPython that this is built for, whose library `build.rs` knows.
macro_rules! from_python {
    ($($dll:literal)*; $($functions:tt)*) => {
        #[cfg(all(windows, not(any($(python_dll = $dll),*))))]
        compile_error!("the library of this CPython is not in the list of `from_python`");

        $(#[cfg_attr(python_dll = $dll, link(name = $dll, kind = "raw-dylib"))])*
        unsafe extern "C" {
            $($functions)*
        }
    };
}

from_python! {
    "python39" "python310" "python311" "python312" "python313" "python314" "python315" "python314t" "python315t";

    /// `Py_FatalError` is a macro over it, since the name of the function belongs to the report.
    pub(crate) fn _Py_FatalErrorFunc(function: *const c_char, message: *const c_char) -> !;

    /// Gives an object its first reference, and tells who wants to know of new objects.
    pub(crate) fn _Py_NewReference(object: *mut PyObject);

    /// Writes what is known of an object to stderr, whatever state it is in. Public from 3.15 on.
    #[cfg_attr(not(Py_3_15), link_name = "_PyObject_Dump")]
    pub(crate) fn PyObject_Dump(object: *mut PyObject);

    /// The thread state with which some thread is inside Python: from 3.12 on this one, and before the one that holds the
    /// GIL. Null if there is none. Public from 3.13 on.
    #[cfg_attr(not(Py_3_13), link_name = "_PyThreadState_UncheckedGet")]
    fn PyThreadState_GetUnchecked() -> *mut PyThreadState;

    /// Reports the exception that is set, after `Exception ignored ` and the message, which may be null.
    #[cfg(not(Py_3_13))]
    pub(crate) fn _PyErr_WriteUnraisableMsg(message: *const c_char, object: *mut PyObject);

    /// Reports the exception that is set, with a formatted message.
    #[cfg(Py_3_13)]
    pub(crate) fn PyErr_FormatUnraisable(format: *const c_char, ...);

    /// Adds an entry to the traceback of the exception that is set; there must be one.
    pub(crate) fn _PyTraceback_Add(function: *const c_char, filename: *const c_char, line: c_int);

    /// Public from 3.14 on. Before, the separator must be a `bytes`.
    #[cfg_attr(not(Py_3_14), link_name = "_PyBytes_Join")]
    pub(crate) fn PyBytes_Join(separator: *mut PyObject, iterable: *mut PyObject) -> *mut PyObject;

    /// Changes the size of a `bytes` that nobody else has.
    pub(crate) fn _PyBytes_Resize(bytes: *mut *mut PyObject, size: isize) -> c_int;

    /// Whether this is the thread that started Python.
    #[cfg(not(Py_3_12))]
    fn _PyOS_IsMainThread() -> c_int;

    /// What became `PyObject_GetOptionalAttr`: 1 found, 0 missing, −1 an exception other than `AttributeError`.
    #[cfg(not(Py_3_13))]
    #[link_name = "_PyObject_LookupAttr"]
    pub(crate) fn PyObject_GetOptionalAttr(
        object: *mut PyObject,
        name: *mut PyObject,
        result: *mut *mut PyObject,
    ) -> c_int;

    /// What CPython has in slots for iteration that only say that a type has none.
    #[cfg(not(Py_3_10))]
    pub(crate) fn _PyObject_NextNotImplemented(object: *mut PyObject) -> *mut PyObject;

    /// The value of a `StopIteration` that is set, or `None` if there is no exception: 0; −1 for any other exception.
    #[cfg(not(Py_3_10))]
    pub(crate) fn _PyGen_FetchStopIterationValue(result: *mut *mut PyObject) -> c_int;

    /// -1, 0 or 1, for an `int`.
    pub(crate) fn _PyLong_Sign(int: *mut PyObject) -> c_int;

    /// How many bits the absolute value of an `int` has; all ones with an exception.
    #[cfg(not(Py_3_13))]
    pub(crate) fn _PyLong_NumBits(int: *mut PyObject) -> usize;

    /// An `int` with so many digits, which are not initialized. At least one.
    #[cfg(not(Py_3_14))]
    pub(crate) fn _PyLong_New(digits: isize) -> *mut PyObject;

    /// The place of an object's dict; attributes kept elsewhere are put into a dict first. Null if there is no dict.
    #[cfg(not(Py_3_12))]
    pub(crate) fn _PyObject_GetDictPtr(object: *mut PyObject) -> *mut *mut PyObject;

    /// Visits the attributes of an object with a managed dict. Public from 3.13 on.
    #[cfg(Py_3_12)]
    #[cfg_attr(not(Py_3_13), link_name = "_PyObject_VisitManagedDict")]
    pub(crate) fn PyObject_VisitManagedDict(
        object: *mut PyObject,
        visit: pyo3_ffi::visitproc,
        arg: *mut std::ffi::c_void,
    ) -> c_int;

    /// Empties it. Public from 3.13 on.
    #[cfg(Py_3_12)]
    #[cfg_attr(not(Py_3_13), link_name = "_PyObject_ClearManagedDict")]
    pub(crate) fn PyObject_ClearManagedDict(object: *mut PyObject);
}

#[cfg(Py_3_13)]
pub(crate) use pyo3_ffi::PyObject_GetOptionalAttr;

/// The interpreter that this thread is inside of; null if it is outside. Any thread may ask.
#[inline(always)]
pub(crate) fn current_interpreter() -> *mut PyInterpreterState {
    let thread_state = current_thread_state();
    if thread_state.is_null() {
        return std::ptr::null_mut();
    }
    // SAFETY: the thread state of this thread, so what it belongs to lives.
    unsafe { ffi::PyThreadState_GetInterpreter(thread_state) }
}

/// The thread state with which this thread is inside Python; null if it is outside. Any thread may ask.
#[cfg(Py_3_12)]
#[inline(always)]
fn current_thread_state() -> *mut PyThreadState {
    // SAFETY: reads a thread-local variable.
    unsafe { PyThreadState_GetUnchecked() }
}

/// The thread state with which this thread is inside Python; null if it is outside. Any thread may ask.
#[cfg(not(Py_3_12))]
#[inline(always)]
fn current_thread_state() -> *mut PyThreadState {
    // SAFETY: both read variables of CPython; a thread state that is not null and this thread's is alive.
    unsafe {
        let holder = PyThreadState_GetUnchecked();
        let is_known = holder == pyo3_ffi::PyGILState_GetThisThreadState();
        if is_known || is_of_this_thread(holder) { holder } else { std::ptr::null_mut() }
    }
}

/// For threads that run a sub-interpreter, of which CPython knows by thread only the main interpreter's.
#[cfg(not(Py_3_12))]
#[cold]
fn is_of_this_thread(thread_state: *mut PyThreadState) -> bool {
    /// Of `thread_id`: CPython 3.9 and 3.10, then 3.11.
    const OFFSET: usize = if cfg!(Py_3_11) { 152 } else { 176 };
    if thread_state.is_null() || cfg!(not(target_pointer_width = "64")) {
        return false;
    }
    let thread_id = read_if_there(thread_state.wrapping_byte_add(OFFSET).cast());
    // SAFETY: any thread may ask.
    thread_id == Some(unsafe { pyo3_ffi::PyThread_get_thread_ident() })
}

/// Reads the number of a thread in a thread state that may be that of another thread, and freed at any time. What is found in
/// freed memory is any number but that of this thread, which is alive.
#[cfg(not(Py_3_12))]
fn read_if_there(place: *const std::ffi::c_ulong) -> Option<std::ffi::c_ulong> {
    // The kernel looks whether there is memory.
    #[cfg(target_os = "linux")]
    {
        let mut value = 0;
        let size = size_of_val(&value);
        let to = libc::iovec { iov_base: (&raw mut value).cast(), iov_len: size };
        let from = libc::iovec { iov_base: place.cast_mut().cast(), iov_len: size };
        // SAFETY: writes to `value` alone.
        let read = unsafe { libc::process_vm_readv(libc::getpid(), &raw const to, 1, &raw const from, 1, 0) };
        if read == size.cast_signed() {
            return Some(value);
        }
        if std::io::Error::last_os_error().raw_os_error() == Some(libc::EFAULT) {
            return None;
        }
    }
    // Where there is no such call, or it is not allowed.
    // SAFETY: in the struct; allocators keep the memory of small structs that were freed just now.
    Some(unsafe { place.read_volatile() })
}

/// Finds the thread state of a thread that is inside, whose third word is the interpreter; `None` if that is not so in this
/// CPython. The caller is inside this interpreter. The function may give null to threads that are inside, too.
pub(crate) fn thread_function(
    interpreter: *mut PyInterpreterState,
) -> Option<unsafe extern "C" fn() -> *const usize> {
    // SAFETY: the thread state of this thread is alive, and of more than three words.
    let is_third = unsafe {
        let current = current_thread_state();
        !current.is_null() && current.cast::<*mut PyInterpreterState>().add(2).read() == interpreter
    };
    is_third.then_some(THREAD_FUNCTION)
}

#[cfg(Py_3_12)]
const THREAD_FUNCTION: unsafe extern "C" fn() -> *const usize = {
    // SAFETY: a pointer is a pointer.
    unsafe { std::mem::transmute(PyThreadState_GetUnchecked as unsafe extern "C" fn() -> *mut PyThreadState) }
};

#[cfg(not(Py_3_12))]
const THREAD_FUNCTION: unsafe extern "C" fn() -> *const usize = main_thread::thread_state;

/// Nothing to know, as each thread knows its thread state.
#[cfg(Py_3_12)]
pub(crate) mod main_thread {
    pub(crate) unsafe fn note() {}
    pub(crate) fn forget() {}
}

/// The thread that started Python: before 3.12 it takes long to find out which other thread is inside. Its thread state is
/// never that of another thread until the interpreter ends.
#[cfg(not(Py_3_12))]
pub(crate) mod main_thread {
    use std::ptr::{null, null_mut};
    use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

    use pyo3_ffi::{PyGILState_GetThisThreadState, PyThreadState};

    static THREAD_STATE: AtomicPtr<PyThreadState> = AtomicPtr::new(null_mut());
    static THREAD: AtomicUsize = AtomicUsize::new(0);

    /// The thread state if this is that thread and it is inside Python; else null.
    pub(super) unsafe extern "C" fn thread_state() -> *const usize {
        // SAFETY: reads a variable of CPython.
        let holder = unsafe { super::PyThreadState_GetUnchecked() };
        let is_its = holder == THREAD_STATE.load(Ordering::Acquire)
            && super::this_thread() == THREAD.load(Ordering::Relaxed);
        if is_its { holder.cast() } else { null() }
    }

    /// Notes it if this is that thread.
    ///
    /// # Safety
    /// The thread is inside Python.
    pub(crate) unsafe fn note() {
        // SAFETY: by contract.
        unsafe {
            let thread_state = super::current_thread_state();
            if super::_PyOS_IsMainThread() != 0 && thread_state == PyGILState_GetThisThreadState() {
                THREAD.store(super::this_thread(), Ordering::Relaxed);
                THREAD_STATE.store(thread_state, Ordering::Release);
            }
        }
    }

    /// Forgets it, as a thread state may go.
    pub(crate) fn forget() {
        THREAD_STATE.store(null_mut(), Ordering::Release);
    }
}

/// A number that no other living thread has.
#[cfg(not(Py_3_12))]
#[inline(always)]
fn this_thread() -> usize {
    // SAFETY: any thread may ask.
    hpy_abi::thread_pointer().unwrap_or_else(|| unsafe { pyo3_ffi::PyThread_get_thread_ident() as usize })
}

/// This thread was outside Python, and is inside.
pub(crate) struct AttachedThread {
    state: *mut PyThreadState,
    /// Whether the thread state was made for it, as opposed to one that had left Python.
    is_new: bool,
}

impl AttachedThread {
    /// `None` without memory.
    ///
    /// # Safety
    /// The thread is outside Python; the interpreter takes new threads, and does not end meanwhile.
    pub(crate) unsafe fn new(interpreter: *mut PyInterpreterState) -> Option<Self> {
        // SAFETY: by contract.
        unsafe {
            // One thread state per thread and interpreter, so that `threading.local` and others find what is theirs.
            let own = ffi::PyGILState_GetThisThreadState();
            let is_new = own.is_null() || ffi::PyThreadState_GetInterpreter(own) != interpreter;
            let state = if is_new { ffi::PyThreadState_New(interpreter) } else { own };
            if state.is_null() {
                return None;
            }
            ffi::PyEval_RestoreThread(state);
            Some(Self { state, is_new })
        }
    }

    /// # Safety
    /// The thread is inside Python with this thread state.
    pub(crate) unsafe fn detach(self) {
        // SAFETY: by contract.
        unsafe {
            if self.is_new {
                ffi::PyThreadState_Clear(self.state);
                ffi::PyThreadState_DeleteCurrent();
            } else {
                ffi::PyEval_SaveThread();
            }
        }
    }
}

/// Keeps an object until the interpreter ends. The key is a `str`.
///
/// # Safety
/// The caller is inside the interpreter.
pub(crate) unsafe fn keep_until_end(key: &Owned, object: Owned) -> Result<()> {
    // SAFETY: by contract; the dict is borrowed.
    unsafe {
        let dict = ffi::PyInterpreterState_GetDict(ffi::PyInterpreterState_Get());
        if dict.is_null() {
            ffi::PyErr_NoMemory();
            return Err(Raised);
        }
        check_status(ffi::PyDict_SetItem(dict, key.as_ptr(), object.as_ptr()))
    }
}

/// A module of a definition; a new reference.
///
/// # Safety
/// The definition outlives the module; the thread is attached.
pub(crate) unsafe fn module_from_definition(
    definition: *mut PyModuleDef,
    spec: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: by contract.
    unsafe { ffi::PyModule_FromDefAndSpec(definition, spec) }
}

/// Fills a view.
///
/// # Safety
/// An object, and a place for a view; the thread is attached.
#[inline(always)]
pub(crate) unsafe fn get_buffer(object: *mut PyObject, view: *mut HPy_buffer, flags: c_int) -> c_int {
    const { assert!(size_of::<ffi::Py_buffer>() == size_of::<HPy_buffer>()) };
    // SAFETY: by contract; the structs have the same layout.
    unsafe { ffi::PyObject_GetBuffer(object, view.cast(), flags) }
}

/// Releases a view.
///
/// # Safety
/// It was filled by [`get_buffer`]; the thread is attached.
#[inline(always)]
pub(crate) unsafe fn release_buffer(view: *mut HPy_buffer) {
    // SAFETY: by contract; the structs have the same layout.
    unsafe { ffi::PyBuffer_Release(view.cast()) }
}

/// Whether two objects are one.
///
/// # Safety
/// Objects or null; the thread is attached.
#[inline(always)]
pub(crate) unsafe fn is_same(object: *mut PyObject, other: *mut PyObject) -> bool {
    object == other
}

/// `PyType_Ready` for a type that has its sizes and its base.
#[cfg(not(Py_3_12))]
pub(crate) use pyo3_ffi::PyType_Ready as make_ready;

/// Gives a name to a type that is being made: the name with its module, each of these, which live as long as the type.
///
/// # Safety
/// A type that is not ready; the thread is attached.
#[cfg(not(Py_3_12))]
pub(crate) unsafe fn name_type(
    ty: *mut ffi::PyTypeObject,
    name: &CStr,
    _module: Option<&[u8]>,
    _short: &CStr,
) -> Result<()> {
    // SAFETY: by contract.
    unsafe { (*ty).tp_name = name.as_ptr() };
    Ok(())
}

/// The same once it is ready.
///
/// # Safety
/// A new type; the thread is attached.
#[cfg(not(Py_3_12))]
pub(crate) unsafe fn name_ready_type(ty: *mut ffi::PyTypeObject, module: Option<&[u8]>) -> Result<()> {
    let Some(module) = module else { return Ok(()) };
    // SAFETY: by contract, the type has its dict; a text with its length.
    unsafe {
        let module = ffi::PyUnicode_FromStringAndSize(module.as_ptr().cast(), module.len().cast_signed());
        let module = Owned::new(module)?;
        check_status(ffi::PyDict_SetItemString((*ty).tp_dict, c"__module__".as_ptr(), module.as_ptr()))
    }
}

/// What is called for a computed attribute that cannot be read or written; `None` where the engine raises by itself.
pub(crate) const NO_GETTER: Option<ffi::getter> = None;
pub(crate) const NO_SETTER: Option<ffi::setter> = None;

/// Whether the dealloc of an object runs its finalizer.
pub(crate) const DEALLOC_FINALIZES: bool = true;

/// Whether `tp_dealloc` of a static type releases the type of the object, if that is on the heap.
pub(crate) const STATIC_DEALLOC_RELEASES_TYPE: bool = false;

/// Whether a type has its own copy of the members of its spec, behind its struct.
#[cfg(not(Py_3_12))]
pub(crate) const MEMBERS_BEHIND_TYPE: bool = true;

/// Whether a class has room for the struct of its metaclass.
pub(crate) const METACLASS_HAS_STRUCT: bool = true;

/// Whether members may be of the type `T_NONE`.
pub(crate) const HAS_NONE_MEMBERS: bool = true;

/// Whether there is memory of this size: CPython says so when it asks for it.
#[inline(always)]
pub(crate) fn has_room(_: usize) -> bool {
    true
}

/// Whether an `int` is an array of digits.
pub(crate) const INT_HAS_DIGITS: bool = true;

/// Whether a list is an array of objects that only changes when this thread changes it.
pub(crate) const LIST_IS_ARRAY: bool = cfg!(not(Py_GIL_DISABLED));

/// A list that is being made.
pub(crate) mod new_list {
    pub(crate) use super::list_items as items;
    use super::*;
    pub(crate) use pyo3_ffi::PyList_New as start;

    /// The list, which has all its items.
    ///
    /// # Safety
    /// What `start` gave, which is given up.
    pub(crate) unsafe extern "C" fn finish(list: *mut PyObject) -> *mut PyObject {
        list
    }
}

/// The item array of a list.
///
/// # Safety
///
/// `list` is a list, and no other thread can change it while the result is in use.
#[inline(always)]
pub(crate) unsafe fn list_items(list: *mut PyObject) -> *mut *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe { (*list.cast::<PyListObject>()).ob_item }
}

/// The item array of a tuple.
///
/// # Safety
///
/// `tuple` is a tuple.
#[inline(always)]
pub(crate) unsafe fn tuple_items(tuple: *mut PyObject) -> *mut *mut PyObject {
    // SAFETY: the caller's promise; this only computes an address.
    unsafe { (&raw mut (*tuple.cast::<PyTupleObject>()).ob_item).cast() }
}

/// The number of bytes of a `bytes`.
///
/// # Safety
///
/// `bytes` is a `bytes`.
#[inline(always)]
pub(crate) unsafe fn PyBytes_GET_SIZE(bytes: *mut PyObject) -> isize {
    // SAFETY: the caller's promise.
    unsafe { Py_SIZE(bytes) }
}

/// How a string is kept.
pub(crate) mod text {
    pub(crate) use pyo3_ffi::{PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND, PyUnicode_READY};
}

/// The functions of the module `datetime`, and the capsule that they live as long as.
///
/// # Safety
///
/// The thread is attached.
pub(crate) unsafe fn datetime_functions() -> Result<(NonNull<ffi::PyDateTime_CAPI>, Owned)> {
    // SAFETY: by contract.
    unsafe {
        let module = Owned::new(ffi::PyImport_ImportModule(c"datetime".as_ptr()))?;
        let capsule = Owned::new(ffi::PyObject_GetAttrString(module.as_ptr(), c"datetime_CAPI".as_ptr()))?;
        let table = ffi::PyCapsule_GetPointer(capsule.as_ptr(), ffi::PyDateTime_CAPSULE_NAME.as_ptr());
        Ok((NonNull::new(table).ok_or(Raised)?.cast(), capsule))
    }
}

/// Instances are made of memory that had been one before, see `crate::types::free_list`.
pub(crate) const HAS_FREE_LISTS: bool = true;

/// Refuses a CPython that was configured with digits of 15 bits, which [`small_int`] would misread.
///
/// # Safety
///
/// The thread is attached.
pub(crate) unsafe fn check_digits() -> Result<()> {
    // SAFETY: set once when CPython starts.
    let size = unsafe { pyo3_ffi::PyLong_Type.tp_itemsize };
    if cfg!(target_pointer_width = "64") && size != 4 {
        return Err(system_error(c"HPy does not support a 64-bit CPython with digits of 15 bits"));
    }
    Ok(())
}

/// `PyLongObject`, with digits of 30 bits, which each 64-bit CPython has unless it was configured otherwise: see
/// [`check_digits`].
#[repr(C)]
struct Int {
    base: PyObject,
    /// The number of digits with the sign. From 3.12 on a tag, from the lowest bit: a sign of 0, 1 (zero) or 2 (negative), a
    /// bit of no interest here, the number of digits.
    size_or_tag: isize,
    first_digit: u32,
}

/// Whether `Int` is how the struct is.
const KNOWS_INTS: bool = cfg!(target_pointer_width = "64");

/// The value of an `int` that is positive and has one digit; nothing for others.
///
/// # Safety
///
/// `int` is an `int`.
#[inline(always)]
pub(crate) unsafe fn digit(int: *mut PyObject) -> Option<i64> {
    const ONE: isize = if cfg!(Py_3_12) { 1 << 3 } else { 1 };
    // Since then the other bit is set in those that CPython keeps.
    const BITS: isize = if cfg!(Py_3_14) { !(1 << 2) } else { !0 };
    let int = int.cast::<Int>();
    // SAFETY: by contract.
    unsafe { (KNOWS_INTS && (*int).size_or_tag & BITS == ONE).then(|| (*int).first_digit.into()) }
}

/// The value of an `int` that has one digit at most; nothing for others.
///
/// # Safety
///
/// `int` is an `int`.
#[inline(always)]
pub(crate) unsafe fn small_int(int: *mut PyObject) -> Option<i64> {
    if !KNOWS_INTS {
        return None;
    }
    let int = int.cast::<Int>();
    // SAFETY: by contract.
    unsafe {
        let size_or_tag = (*int).size_or_tag;
        if cfg!(not(Py_3_11)) && size_or_tag == 0 {
            // Only since then such an `int` has memory for a digit, too.
            return Some(0);
        }
        let digit = i64::from((*int).first_digit);
        if cfg!(Py_3_12) {
            let sign = 1 - (size_or_tag & 3) as i64;
            (size_or_tag < 2 << 3).then_some(sign * digit)
        } else {
            let is_small = size_or_tag.wrapping_add(1) as usize <= 2;
            is_small.then_some(size_or_tag as i64 * digit)
        }
    }
}
