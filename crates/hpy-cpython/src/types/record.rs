//! What HPy knows of a type, and where it keeps it.
//!
//! A [`TypeRecord`] must be found quickly from the type, must live until the last instance is gone, and must not be
//! reachable from Python. It is owned by a small holder object in the type's `ht_slots`. CPython uses that field for
//! the `__slots__` of Python classes only, neither traverses nor clears it, and drops it when the type is freed, after
//! its last instance. (In comparisons of layouts for `__class__` assignment a holder differs from everything else,
//! which is right: no other type has the same struct.)
//!
//! Each extension of the CPython ABI has its own copy of this code, and `hpy.universal` is one more. Those with the same
//! [`LAYOUT`], which is part of the name of the holder's type, read the records of each other's types.

use std::ffi::{CStr, c_int, c_void};
use std::mem::offset_of;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::ffi::{
    self as ffi, PyGetSetDef, PyHeapTypeObject, PyMemberDef, PyMethodDef, PyObject, PyTypeObject,
};
use hpy_abi::{HPyContext, HPySlot, HPyType_BuiltinShape};

use super::hierarchy::levels;
use super::layout::Layout;
use crate::boundary::{Result, check, raise_format};
use crate::callee::Callee;
use crate::definitions::display;
use crate::memory::boxed;
use crate::module::state::ModuleState;
use crate::owned::Owned;
use crate::state::{Host, Interpreter, InterpreterRef};
use crate::thunks::Thunk;

/// The functions that one copy of this code gives to CPython for all its types.
#[repr(C)] // part of records
pub(crate) struct Lifetime {
    pub(super) traverse: ffi::traverseproc,
    pub(super) clear: ffi::inquiry,
    pub(super) dealloc: ffi::destructor,
}

/// The data of a type made by `HPyType_FromSpec`.
#[repr(C)] // for the copies of this code that another compiler made
pub(crate) struct TypeRecord {
    // What other copies read, see `LAYOUT`.
    pub(crate) layout: Layout,
    /// `HPyFunc_TRAVERSEPROC`: visits the fields of a struct.
    pub(crate) traverse: Callee,
    /// `HPyFunc_DESTROYFUNC`: frees what a struct owns besides fields.
    pub(crate) destroy: Callee,
    /// The default call function; set exactly for types that have a hidden field for one.
    pub(crate) call: Option<ffi::vectorcallfunc>,
    /// The functions of the copy that made the type.
    pub(crate) lifetime: &'static Lifetime,
    /// Whether instances have a place for a call function of their own.
    pub(crate) has_call_field: bool,

    // What only the copy reads that made the record.
    /// What the type's functions get, see [`crate::owner`].
    pub(crate) context: *mut HPyContext,
    /// Whether instances are garbage collected. This and the next two are known when the type is ready.
    pub(crate) is_gc: bool,
    /// See [`super::instances::plain_size`].
    pub(crate) plain_size: usize,
    /// See [`super::lifetime::is_plain`].
    pub(crate) has_plain_dealloc: bool,
    /// That of the module that the type was made with, if it has one.
    pub(crate) module_state: Option<ModuleState>,
    /// What the definitions of its spec put into slots, by number; see [`super::inspect`].
    pub(crate) slots: Vec<FilledSlot>,
    /// Tables that CPython refers to, alive as long as the type.
    pub(crate) tables: Tables,
    /// Keeps the context alive for the functions of this type. Last, as the rest may be freed before it.
    pub(crate) interpreter: InterpreterRef,
}

/// The number of the layout of what copies of this code read of each other's records. Copies with different numbers
/// leave each other's types alone, whatever versions they are of. It gets the next number with every change of that
/// part, also when only the meaning of a field changes, which the check below cannot see.
macro_rules! layout_number {
    () => {
        2
    };
}

const _: () = {
    const WORD: usize = size_of::<usize>();
    let found = [
        offset_of!(Holder, record) - size_of::<PyObject>(),
        offset_of!(TypeRecord, layout.shape),
        offset_of!(TypeRecord, layout.offset),
        offset_of!(TypeRecord, layout.size),
        offset_of!(TypeRecord, layout.is_own),
        offset_of!(TypeRecord, traverse),
        offset_of!(TypeRecord, destroy),
        offset_of!(TypeRecord, call),
        offset_of!(TypeRecord, lifetime),
        offset_of!(TypeRecord, has_call_field),
        offset_of!(Lifetime, traverse),
        offset_of!(Lifetime, clear),
        offset_of!(Lifetime, dealloc),
    ];
    let expected = match layout_number!() {
        2 => [
            0,
            0,
            WORD,
            2 * WORD,
            3 * WORD,
            4 * WORD,
            6 * WORD,
            8 * WORD,
            9 * WORD,
            10 * WORD,
            0,
            WORD,
            2 * WORD,
        ],
        _ => panic!(
            "write the offsets that belong to the new layout number here, in the place of the old ones"
        ),
    };
    let mut i = 0;
    while i < found.len() {
        assert!(
            found[i] == expected[i],
            "the shared part of type records changed: give it a new layout number"
        );
        i += 1;
    }
};

/// Tables in CPython's formats, each ended by a zeroed element.
#[derive(Default)]
pub(crate) struct Tables {
    /// With the NUL at its end.
    pub(crate) name: Vec<u8>,
    pub(crate) methods: Vec<PyMethodDef>,
    /// Of the methods that are bound to something, which for some is the class itself.
    pub(crate) thunks: Vec<(Thunk, BoundTo)>,
    pub(crate) members: Vec<PyMemberDef>,
    pub(crate) getsets: Vec<PyGetSetDef>,
    /// Members of structs without a constant offset, behind getsets whose closure is one of these.
    #[expect(clippy::vec_box, reason = "the closures keep pointers to them")]
    pub(crate) indirect_members: Vec<Box<PyMemberDef>>,
}

/// A slot that a spec fills.
pub(crate) struct FilledSlot {
    /// CPython's number, or that of a slot which CPython has not got.
    pub(crate) number: c_int,
    /// Only compared. Null if something else than a definition fills the slot.
    pub(crate) definition: *const HPySlot,
    /// What CPython got for it, which its own functions replace if the special method is overridden. Null for
    /// `HPy_tp_traverse` and `HPy_tp_destroy`, which CPython does not get.
    pub(crate) value: *mut c_void,
}

/// What a thunk of a type puts before the arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BoundTo {
    State,
    /// To be set when the class exists.
    Class,
}

impl TypeRecord {
    pub(crate) fn shape(&self) -> HPyType_BuiltinShape {
        self.layout.shape
    }
}

#[repr(C)]
struct Holder {
    ob_base: PyObject,
    record: NonNull<TypeRecord>,
}

/// What the name of the type of holders begins with in all versions.
macro_rules! holder_prefix {
    () => {
        "hpy.universal._TypeRecord-"
    };
}

const HOLDER_NAME: &CStr = {
    let name = concat!(holder_prefix!(), layout_number!(), "\0");
    match CStr::from_bytes_with_nul(name.as_bytes()) {
        Ok(name) => name,
        Err(_) => unreachable!(),
    }
};

/// The type of holders, made at the first call in each interpreter; borrowed from that.
///
/// # Safety
/// The caller runs in this interpreter.
unsafe fn holder_type(interpreter: &Interpreter) -> Result<*mut PyTypeObject> {
    let known = |ty: &mut Option<Owned>| ty.as_ref().map(|ty| ty.as_ptr().cast());
    if let Some(ty) = interpreter.record_holder.with(known) {
        return Ok(ty);
    }
    // SAFETY: the caller runs in an interpreter.
    let mut new = Some(unsafe { create_holder_type()? });
    // A collection may have run code that came here before, so that one is kept, and the other goes below.
    let ty = interpreter.record_holder.with(|ty| {
        if ty.is_none() {
            *ty = new.take();
        }
        known(ty)
    });
    Ok(ty.unwrap_or_default())
}

/// # Safety
/// The caller holds the interpreter.
unsafe fn create_holder_type() -> Result<Owned> {
    let mut slots = [
        ffi::PyType_Slot { slot: ffi::Py_tp_dealloc, pfunc: free_holder as *mut c_void },
        ffi::PyType_Slot { slot: 0, pfunc: std::ptr::null_mut() },
    ];
    let mut spec = ffi::PyType_Spec {
        name: HOLDER_NAME.as_ptr(),
        basicsize: size_of::<Holder>() as c_int,
        itemsize: 0,
        flags: ffi::Py_TPFLAGS_DEFAULT as _,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: the spec is well-formed; CPython copies what it keeps, or it is static.
    unsafe { Owned::new(ffi::PyType_FromSpec(&raw mut spec)) }
}

unsafe extern "C" fn free_holder(holder: *mut PyObject) {
    // SAFETY: the holder owns its record and a reference to its type.
    unsafe {
        let ty = ffi::Py_TYPE(holder);
        drop(Box::from_raw((*holder.cast::<Holder>()).record.as_ptr()));
        if let Some(free) = (*ty).tp_free {
            free(holder.cast());
        }
        ffi::Py_DECREF(ty.cast());
    }
}

/// Gives `record` to a type that is being made. From CPython 3.12 on, others may find the type already, so the record is
/// complete.
///
/// # Safety
/// `ty` is a heap type without `__slots__`, as all that come from a spec.
pub(crate) unsafe fn attach(ty: *mut PyTypeObject, record: Box<TypeRecord>) -> Result<()> {
    // SAFETY: by contract; `ht_slots` owns the holder from here on.
    unsafe {
        let holder_type = holder_type(&record.interpreter)?;
        let Some(alloc) = (*holder_type).tp_alloc else { unreachable!("every ready type has tp_alloc") };
        // Not freed if there is no memory for the holder: the type may outlive that failure.
        let record = NonNull::from(Box::leak(record));
        let holder = check(alloc(holder_type, 0))?;
        (*holder.cast::<Holder>()).record = record;
        let former = slots_field(ty).swap(holder, Ordering::Release);
        debug_assert!(former.is_null());
        Ok(())
    }
}

/// The record of a type, to complete it.
///
/// # Safety
/// `ty` has a record of this copy of the code, which nobody refers to while the result is in use.
#[cfg(not(Py_3_12))]
pub(super) unsafe fn of_new_type<'a>(ty: *mut PyTypeObject) -> &'a mut TypeRecord {
    // SAFETY: by contract, `ht_slots` is a holder.
    unsafe {
        let Some(mut holder) = slots(ty).map(NonNull::cast::<Holder>) else {
            unreachable!("every type has its record by now")
        };
        holder.as_mut().record.as_mut()
    }
}

/// The record of exactly this type, if this copy of the code made it. Valid as long as the type.
///
/// # Safety
/// `ty` is a type.
#[inline(always)]
pub(crate) unsafe fn of_this_copy<'a>(ty: *mut PyTypeObject) -> Option<&'a TypeRecord> {
    // SAFETY: by contract; what `free_holder` frees is a holder.
    unsafe {
        let slots = slots(ty)?;
        let dealloc = (*ffi::Py_TYPE(slots.as_ptr())).tp_dealloc?;
        std::ptr::fn_addr_eq(dealloc, free_holder as ffi::destructor).then(|| record_of(slots))
    }
}

/// The record of exactly this type, if a copy with this layout of records made it. Valid as long as the type.
///
/// # Safety
/// `ty` is a type.
#[inline]
pub(crate) unsafe fn own<'a>(ty: *mut PyTypeObject) -> Option<&'a TypeRecord> {
    // SAFETY: by contract, `ty` is a type.
    unsafe {
        of_this_copy(ty).or_else(|| slots(ty).filter(|&s| is_holder_of_another_copy(s)).map(|s| record_of(s)))
    }
}

/// `ht_slots` of a heap type: nothing, a tuple, or a holder, which its type tells.
#[inline(always)]
unsafe fn slots(ty: *mut PyTypeObject) -> Option<NonNull<PyObject>> {
    // SAFETY: the caller has a type.
    unsafe {
        if ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_HEAPTYPE) == 0 {
            return None;
        }
        NonNull::new(slots_field(ty).load(Ordering::Acquire))
    }
}

/// Where a heap type has its holder, which another thread may look for while it is put there.
///
/// # Safety
/// `ty` is a heap type, and lives as long as the result is used.
#[inline(always)]
unsafe fn slots_field<'a>(ty: *mut PyTypeObject) -> &'a AtomicPtr<PyObject> {
    // SAFETY: by contract; a field of the struct of heap types.
    unsafe { AtomicPtr::from_ptr(&raw mut (*ty.cast::<PyHeapTypeObject>()).ht_slots) }
}

#[inline(always)]
unsafe fn record_of<'a>(holder: NonNull<PyObject>) -> &'a TypeRecord {
    // SAFETY: a holder of this layout, which has its record from `attach` on.
    unsafe { holder.cast::<Holder>().as_ref().record.as_ref() }
}

#[cold]
#[inline(never)]
unsafe fn is_holder_of_another_copy(slots: NonNull<PyObject>) -> bool {
    // SAFETY: by contract of `type_name`.
    // Not a comparison with numbers in the code: tests change the name in a binary.
    unsafe { type_name(slots) == std::hint::black_box(HOLDER_NAME) }
}

/// The record of the nearest type made by HPy along the base chain, the type itself included, with that type.
///
/// # Safety
/// `ty` is a type or null.
#[inline]
pub(crate) unsafe fn nearest<'a>(mut ty: *mut PyTypeObject) -> Option<(&'a TypeRecord, *mut PyTypeObject)> {
    // SAFETY: bases are types.
    unsafe {
        while !ty.is_null() {
            if let Some(record) = own(ty) {
                return Some((record, ty));
            }
            ty = (*ty).tp_base;
        }
    }
    None
}

/// Whether one of the copies that made this type or its bases has the function; the type may have inherited it.
#[cold]
pub(super) unsafe fn has_function_of_copy(ty: *mut PyTypeObject, has: impl Fn(&Lifetime) -> bool) -> bool {
    // SAFETY: `ty` is a type.
    unsafe { levels(ty).filter_map(|level| own(level)).any(|record| has(record.lifetime)) }
}

/// [`nearest`], or an exception where that is a type whose record has another layout.
///
/// # Safety
/// `ty` is a type.
pub(crate) unsafe fn nearest_readable<'a>(
    ty: *mut PyTypeObject,
) -> Result<Option<(&'a TypeRecord, *mut PyTypeObject)>> {
    // SAFETY: by contract; as in `own`.
    unsafe {
        if let Some(found) = nearest(ty) {
            return Ok(Some(found));
        }
        let mut level = ty;
        while !level.is_null() {
            if let Some(slots) = slots(level)
                && type_name(slots).to_bytes().starts_with(holder_prefix!().as_bytes())
            {
                return Err(raise_format!(
                    ffi::PyExc_TypeError,
                    c"type '%s' was created by another version of HPy; build its extension and this one with the same \
                      version",
                    display((*level).tp_name)
                ));
            }
            level = (*level).tp_base;
        }
    }
    Ok(None)
}

/// The name of an object's type.
unsafe fn type_name<'a>(object: NonNull<PyObject>) -> &'a CStr {
    // SAFETY: an object; names of types are C strings.
    unsafe { CStr::from_ptr((*ffi::Py_TYPE(object.as_ptr())).tp_name) }
}

/// A new box for a record of a type of this host.
pub(super) fn new(host: &dyn Host, layout: Layout, lifetime: &'static Lifetime) -> Result<Box<TypeRecord>> {
    boxed(TypeRecord {
        layout,
        traverse: Callee::NONE,
        destroy: Callee::NONE,
        call: None,
        lifetime,
        has_call_field: false,
        context: host.context(),
        is_gc: false,
        plain_size: 0,
        has_plain_dealloc: false,
        module_state: None,
        slots: Vec::new(),
        tables: Tables::default(),
        // SAFETY: a borrowed state is alive.
        interpreter: unsafe { InterpreterRef::new(host.interpreter()) },
    })
}
