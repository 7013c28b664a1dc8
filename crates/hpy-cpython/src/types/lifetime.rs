//! `tp_traverse`, `tp_clear` and `tp_dealloc` of types with HPy fields or a destroy function.
//!
//! One function each serves all types: it finds the HPy levels of the object's type, does for each what its record
//! says, and hands on to the base below them, as CPython's documentation asks of heap types ("Implementing container
//! types", bpo-40217): the type itself is visited once and released once.
//!
//! A base that is a Python class needs care: CPython's functions for those (`subtype_dealloc` and so on) start at the
//! object's *own* type and would call us again without end. So for the time of their call the object is presented as
//! an instance of that base ([`as_instance_of`]); only its dealloc is not called at all ([`clear_python_class`]).

use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;

use hpy_abi::HPyField;
use pyo3_ffi::{self as ffi, PyObject, PyTypeObject, visitproc};

use super::record::{self, TypeRecord};
use crate::boundary::{Result, check};

/// CPython's functions for classes made by Python code.
#[derive(Clone, Copy)]
pub(super) struct PythonClass {
    dealloc: ffi::destructor,
    traverse: ffi::traverseproc,
    clear: ffi::inquiry,
}

static PYTHON_CLASS: OnceLock<PythonClass> = OnceLock::new();

/// Learns the addresses of CPython's functions; called before the first type is made.
///
/// # Safety
/// The caller holds the interpreter.
pub(super) unsafe fn learn_python_class() -> Result<()> {
    if PYTHON_CLASS.get().is_some() {
        return Ok(());
    }
    // SAFETY: calls `type('_', (), {})`; the result is a class with a dict, thus with all three functions.
    unsafe {
        let ty = (&raw mut ffi::PyType_Type).cast();
        let class = check(ffi::PyObject_CallFunction(ty, c"s(){}".as_ptr(), c"_".as_ptr()))?;
        let slots = &*class.cast::<PyTypeObject>();
        if let (Some(dealloc), Some(traverse), Some(clear)) = (slots.tp_dealloc, slots.tp_traverse, slots.tp_clear) {
            // Another interpreter may have been faster, with the same addresses.
            let _ = PYTHON_CLASS.set(PythonClass { dealloc, traverse, clear });
        }
        ffi::Py_DECREF(class);
    }
    Ok(())
}

fn python_class() -> PythonClass {
    *PYTHON_CLASS.get().expect("learned before the first type was made")
}

/// CPython's dealloc for Python classes, which is also that of types from specs without one.
#[cfg(not(Py_3_12))]
pub(super) fn python_class_dealloc() -> ffi::destructor {
    python_class().dealloc
}

fn is_dealloc(f: Option<ffi::destructor>, other: ffi::destructor) -> bool {
    f.is_some_and(|f| std::ptr::fn_addr_eq(f, other))
}

fn is_traverse(f: Option<ffi::traverseproc>, other: ffi::traverseproc) -> bool {
    f.is_some_and(|f| std::ptr::fn_addr_eq(f, other))
}

fn is_clear(f: Option<ffi::inquiry>, other: ffi::inquiry) -> bool {
    f.is_some_and(|f| std::ptr::fn_addr_eq(f, other))
}

unsafe fn is_gc(ty: *mut PyTypeObject) -> bool {
    // SAFETY: `ty` is a type.
    unsafe { ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_HAVE_GC) != 0 }
}

unsafe fn is_heap(ty: *mut PyTypeObject) -> bool {
    // SAFETY: `ty` is a type.
    unsafe { ffi::PyType_HasFeature(ty, ffi::Py_TPFLAGS_HEAPTYPE) != 0 }
}

/// Runs `body` while the type of `object` reads `base`, one of its bases.
unsafe fn as_instance_of<R>(object: *mut PyObject, base: *mut PyTypeObject, body: impl FnOnce() -> R) -> R {
    // SAFETY: the object is garbage, or the garbage collector looks at it: no Python code uses it meanwhile.
    unsafe {
        let own = ffi::Py_TYPE(object);
        (*object).ob_type = base;
        let result = body();
        (*object).ob_type = own;
        result
    }
}

/// The place of the dict that this level of the hierarchy adds with a `__dictoffset__` member.
unsafe fn dict_of_level(object: *mut PyObject, ty: *mut PyTypeObject) -> Option<*mut *mut PyObject> {
    // SAFETY: `ty` is the object's type or a base of it, so the offset lies inside the object.
    unsafe {
        let offset = (*ty).tp_dictoffset;
        (offset > 0 && (*(*ty).tp_base).tp_dictoffset == 0).then(|| object.byte_offset(offset).cast())
    }
}

// Traverse

struct Visitor {
    visit: visitproc,
    arg: *mut c_void,
}

/// Forwards a field to CPython's visitor; fields are object pointers.
unsafe extern "C" fn visit_field(field: *mut HPyField, visitor: *mut c_void) -> c_int {
    // SAFETY: called by a traverse function with one of its fields and the visitor that it was given.
    unsafe {
        let visitor = &*visitor.cast::<Visitor>();
        let object = (*field)._i as *mut PyObject;
        if object.is_null() { 0 } else { (visitor.visit)(object, visitor.arg) }
    }
}

/// Visits the fields of a struct with one traverse function: what an extension's own trampoline asks for.
///
/// # Safety
/// `object` is an instance of a type made by HPy, and `fields` is the traverse function for its struct.
pub(crate) unsafe fn visit_fields(
    object: *mut PyObject,
    fields: record::Traverse,
    visit: visitproc,
    arg: *mut c_void,
) -> c_int {
    let mut visitor = Visitor { visit, arg };
    // SAFETY: by contract.
    unsafe {
        match record::nearest(ffi::Py_TYPE(object)) {
            Some((record, _)) => fields(record.layout.data(object), visit_field, (&raw mut visitor).cast()),
            None => 0,
        }
    }
}

/// `tp_traverse`.
pub(super) unsafe extern "C" fn traverse(object: *mut PyObject, visit: visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: called by the garbage collector with an object whose type is, or derives from, one with this slot.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        let mut level = ty;
        while !is_traverse((*level).tp_traverse, traverse) {
            level = (*level).tp_base;
        }
        while is_traverse((*level).tp_traverse, traverse) {
            let mut visitor = Visitor { visit, arg };
            if let Some(TypeRecord { layout, traverse: Some(fields), .. }) = record::own(level) {
                let status = fields(layout.data(object), visit_field, (&raw mut visitor).cast());
                if status != 0 {
                    return status;
                }
            }
            if let Some(dict) = dict_of_level(object, level) {
                let status = visit_field(dict.cast(), (&raw mut visitor).cast());
                if status != 0 {
                    return status;
                }
            }
            level = (*level).tp_base;
        }
        let Some(base_traverse) = (*level).tp_traverse else { return visit(ty.cast(), arg) };
        if !is_heap(level) {
            let status = visit(ty.cast(), arg);
            return if status != 0 { status } else { base_traverse(object, visit, arg) };
        }
        // The traverse of a heap type visits the type of the object.
        if is_traverse(Some(base_traverse), python_class().traverse) {
            let mut forward = ForwardType { visitor: Visitor { visit, arg }, presented: level.cast(), own: ty.cast() };
            return as_instance_of(object, level, || base_traverse(object, visit_own_type, (&raw mut forward).cast()));
        }
        base_traverse(object, visit, arg)
    }
}

/// Undoes what [`as_instance_of`] does to the one visit of the object's type.
struct ForwardType {
    visitor: Visitor,
    presented: *mut PyObject,
    /// Null once it was visited.
    own: *mut PyObject,
}

unsafe extern "C" fn visit_own_type(object: *mut PyObject, forward: *mut c_void) -> c_int {
    // SAFETY: `forward` is the struct that `traverse` passed along.
    unsafe {
        let forward = &mut *forward.cast::<ForwardType>();
        let mut object = object;
        if object == forward.presented && !forward.own.is_null() {
            object = std::mem::replace(&mut forward.own, std::ptr::null_mut());
        }
        (forward.visitor.visit)(object, forward.visitor.arg)
    }
}

// Clear

/// Empties a field, then drops what was in it.
unsafe extern "C" fn clear_field(field: *mut HPyField, _: *mut c_void) -> c_int {
    // SAFETY: called by a traverse function with one of its fields, which owns its reference.
    unsafe { ffi::Py_XDECREF(std::mem::replace(&mut *field, HPyField::NULL)._i as *mut PyObject) };
    0
}

unsafe fn clear_level(object: *mut PyObject, level: *mut PyTypeObject) {
    // SAFETY: `level` is the object's type or a base of it.
    unsafe {
        if let Some(TypeRecord { layout, traverse: Some(fields), .. }) = record::own(level) {
            fields(layout.data(object), clear_field, std::ptr::null_mut());
        }
        if let Some(dict) = dict_of_level(object, level) {
            clear_field(dict.cast(), std::ptr::null_mut());
        }
    }
}

/// `tp_clear`.
pub(super) unsafe extern "C" fn clear(object: *mut PyObject) -> c_int {
    // SAFETY: called by the garbage collector with an object whose type is, or derives from, one with this slot.
    unsafe {
        let mut level = ffi::Py_TYPE(object);
        while !is_clear((*level).tp_clear, clear) {
            level = (*level).tp_base;
        }
        while is_clear((*level).tp_clear, clear) {
            clear_level(object, level);
            level = (*level).tp_base;
        }
        match (*level).tp_clear {
            Some(base_clear) if is_clear(Some(base_clear), python_class().clear) => {
                as_instance_of(object, level, || base_clear(object))
            }
            Some(base_clear) => base_clear(object),
            None => 0,
        }
    }
}

// Dealloc

/// `tp_dealloc`.
pub(super) unsafe extern "C" fn dealloc(object: *mut PyObject) {
    // SAFETY: called by CPython with an object without references, or by the dealloc of a derived Python class.
    unsafe {
        if !is_gc(ffi::Py_TYPE(object)) {
            dispose(object);
            return;
        }
        ffi::PyObject_GC_UnTrack(object.cast());
        if Trashcan::enter(object) {
            dispose(object);
            Trashcan::leave();
        }
    }
}

unsafe fn dispose(object: *mut PyObject) {
    // SAFETY: see `dealloc`.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        // Otherwise the dealloc of a derived Python class calls, which has done this.
        if is_dealloc((*ty).tp_dealloc, dealloc) && !finalize(object, ty) {
            return;
        }
        let mut level = ty;
        while !is_dealloc((*level).tp_dealloc, dealloc) {
            level = (*level).tp_base;
        }
        let mut base = dispose_levels(object, level);
        loop {
            let Some(base_dealloc) = (*base).tp_dealloc else { unreachable!("every ready type has tp_dealloc") };
            if std::ptr::fn_addr_eq(base_dealloc, dealloc as ffi::destructor) {
                base = dispose_levels(object, base);
            } else if std::ptr::fn_addr_eq(base_dealloc, python_class().dealloc) {
                clear_python_class(object, base);
                base = (*base).tp_base;
            } else {
                if is_gc(base) {
                    ffi::PyObject_GC_Track(object.cast());
                }
                // A heap type's dealloc releases the type of the object.
                let release = !is_heap(base);
                base_dealloc(object);
                if release {
                    ffi::Py_DECREF(ty.cast());
                }
                return;
            }
        }
    }
}

/// Clears the slots and the dict that a Python class in the middle of the hierarchy gave to the object. (Its dealloc
/// would do so too, but then free the object with the size that objects of that class have before their address.)
unsafe fn clear_python_class(object: *mut PyObject, class: *mut PyTypeObject) {
    // SAFETY: `class` is a base of the object's type.
    unsafe {
        if !is_clear((*class).tp_clear, python_class().clear) {
            return;
        }
        // Turns attributes that CPython 3.11 holds in an array into a dict, since only a dict is freed.
        #[cfg(all(Py_3_11, not(Py_3_12)))]
        crate::cpython::_PyObject_GetDictPtr(object);
        as_instance_of(object, class, || (python_class().clear)(object));
    }
}

/// Runs the finalizer and clears weak references; false when the object lives on.
unsafe fn finalize(object: *mut PyObject, ty: *mut PyTypeObject) -> bool {
    // SAFETY: see `dealloc`; a finalizer expects a tracked object.
    unsafe {
        if (*ty).tp_finalize.is_some() {
            let gc = is_gc(ty);
            if gc {
                ffi::PyObject_GC_Track(object.cast());
            }
            if ffi::PyObject_CallFinalizerFromDealloc(object) < 0 {
                return false;
            }
            if gc {
                ffi::PyObject_GC_UnTrack(object.cast());
            }
        }
        if (*ty).tp_weaklistoffset != 0 {
            ffi::PyObject_ClearWeakRefs(object);
        }
        true
    }
}

/// Clears the fields of the HPy levels from `level` downwards, then destroys their structs. Returns the base below.
unsafe fn dispose_levels(object: *mut PyObject, level: *mut PyTypeObject) -> *mut PyTypeObject {
    // SAFETY: see `dealloc`.
    unsafe {
        let levels = || {
            std::iter::successors(Some(level), |&ty| Some((*ty).tp_base))
                .take_while(|&ty| is_dealloc((*ty).tp_dealloc, dealloc))
        };
        for ty in levels() {
            clear_level(object, ty);
        }
        let mut last = level;
        for ty in levels() {
            if let Some(TypeRecord { layout, destroy: Some(destroy), .. }) = record::own(ty) {
                destroy(layout.data(object));
            }
            last = ty;
        }
        (*last).tp_base
    }
}

/// Bounds the recursion when long chains of objects die: beyond a depth, objects wait until the outermost is done.
///
/// CPython has the same mechanism under several names and with private functions; this one needs none of them.
struct Trashcan {
    depth: Cell<usize>,
    waiting: RefCell<Vec<*mut PyObject>>,
}

thread_local! {
    static TRASHCAN: Trashcan = const { Trashcan { depth: Cell::new(0), waiting: RefCell::new(Vec::new()) } };
}

impl Trashcan {
    /// CPython's limit for its own types.
    const MAX_DEPTH: usize = 50;

    /// False when the object has to wait, and is taken care of later.
    fn enter(object: *mut PyObject) -> bool {
        TRASHCAN.with(|can| {
            if can.depth.get() >= Self::MAX_DEPTH {
                can.waiting.borrow_mut().push(object);
                return false;
            }
            can.depth.set(can.depth.get() + 1);
            true
        })
    }

    /// # Safety
    /// Matches an `enter` that was true, on this thread.
    unsafe fn leave() {
        TRASHCAN.with(|can| {
            if can.depth.get() == 1 {
                // The depth stays at 1, so that this loop is the only one.
                loop {
                    let next = can.waiting.borrow_mut().pop();
                    let Some(object) = next else { break };
                    // SAFETY: an object whose dealloc was begun and put off.
                    unsafe { dispose(object) };
                }
            }
            can.depth.set(can.depth.get() - 1);
        });
    }
}
