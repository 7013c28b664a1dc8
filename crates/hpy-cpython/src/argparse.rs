//! Which parameters arguments are for: by names that are known as objects, for the clinic, and by text.
//!
//! The names in a call are nearly always the very objects that CPython made of the names in source code, interned. So a
//! static variable of the extension keeps those objects, and names are compared by address. The objects belong to the
//! first interpreter that asks, whose end takes them away. Other interpreters may look at them, too: an address that
//! equals that of a living object is that object. What is found in no other way is compared as text.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::ptr::{NonNull, null, null_mut};
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use crate::ffi::{self, PyObject};
use hpy_abi::*;

use crate::boundary::{Raised, Result, guard_or_abort, keep_exception};
use crate::context::Universal;
use crate::handle::object;
use crate::memory;
use crate::state::{Host, Interpreter};
use crate::sync::lock;
use crate::tracker;

/// The places of objects.
///
/// # Safety
/// The names are a static variable, which only this module writes to.
unsafe fn places(names: &_HPyArg_Names) -> &[AtomicPtr<PyObject>] {
    // SAFETY: by contract; a pointer and one that is atomic are the same in memory.
    unsafe { std::slice::from_raw_parts(names._objects.cast(), names._count as usize) }
}

/// The names whose objects belong to an interpreter.
struct Owned(Mutex<Vec<NonNull<_HPyArg_Names>>>);

// SAFETY: static variables, whose places are atomic.
unsafe impl Send for Owned {}
// SAFETY: static variables, whose places are atomic.
unsafe impl Sync for Owned {}

/// Takes the objects out of all names that belong to the interpreter, which ends.
fn release(interpreter: &Interpreter) {
    let Some(owned) = interpreter.find_attached::<Owned>() else { return };
    for names in lock(&owned.0).drain(..) {
        // SAFETY: static variables of extensions, which are never unloaded; the objects are owned by their places.
        unsafe {
            for place in places(names.as_ref()) {
                ffi::Py_XDECREF(place.swap(null_mut(), Ordering::AcqRel));
            }
            let (known, _) = known(names.as_ref());
            ffi::Py_XDECREF(known.swap(null_mut(), Ordering::AcqRel));
            owner(names.as_ref()).store(0, Ordering::Release);
        }
    }
}

fn owner(names: &_HPyArg_Names) -> &AtomicUsize {
    // SAFETY: an aligned word that lives as long as the names, and is written to here alone.
    unsafe { AtomicUsize::from_ptr((&raw const names._owner).cast_mut()) }
}

/// The names of a call that are kept, and the index that belongs to them.
fn known(names: &_HPyArg_Names) -> (&AtomicPtr<PyObject>, &AtomicUsize) {
    // SAFETY: aligned words that live as long as the names, and are written to here alone.
    unsafe {
        (
            AtomicPtr::from_ptr((&raw const names._known).cast_mut().cast()),
            AtomicUsize::from_ptr((&raw const names._known_index).cast_mut()),
        )
    }
}

/// Keeps the names of a call with one keyword. They are a constant in the code of the caller, who will call with them again;
/// only a call with `**` makes others each time.
///
/// # Safety
/// The caller runs in the interpreter; `index` is that of the parameter with the only name.
unsafe fn keep(interpreter: &Interpreter, names: &_HPyArg_Names, kwnames: *mut PyObject, index: usize) {
    if !KEEPS_NAMES || owner(names).load(Ordering::Relaxed) != interpreter.id as usize + 1 {
        return;
    }
    // SAFETY: by contract.
    unsafe {
        ffi::Py_INCREF(kwnames);
        let (known, known_index) = known(names);
        let before = known.load(Ordering::Relaxed);
        known_index.store(index, Ordering::Relaxed);
        known.store(kwnames, Ordering::Release);
        ffi::Py_XDECREF(before);
    }
}

/// Not without a GIL, where another thread may read while this one writes, or names that go; nor on PyPy, where the C API makes a
/// tuple for each call.
const KEEPS_NAMES: bool = cfg!(not(any(PyPy, Py_GIL_DISABLED)));

/// Makes the objects, unless they belong to another interpreter.
///
/// # Safety
/// The caller runs in the interpreter; the names are a static variable.
unsafe fn own(interpreter: &Interpreter, names: &_HPyArg_Names) -> Result<()> {
    // Nobody would take the objects away.
    if interpreter.has_ended() {
        return Ok(());
    }
    let id = interpreter.id as usize + 1;
    if owner(names).compare_exchange(0, id, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        return Ok(());
    }
    let owned = interpreter.attached(|| {
        interpreter.at_end(release)?;
        Ok(Owned(Mutex::new(Vec::new())))
    })?;
    memory::push(&mut lock(&owned.0), NonNull::from(names))?;
    // SAFETY: by contract; there is a name for each place.
    unsafe {
        for (index, place) in places(names).iter().enumerate().skip(names._first as usize) {
            place.store(ffi::PyUnicode_InternFromString(*names._names.add(index)), Ordering::Release);
        }
        if ffi::PyErr_Occurred().is_null() { Ok(()) } else { Err(Raised) }
    }
}

/// The index of the parameter with this name, compared as text; `_count` if there is none.
///
/// # Safety
/// See the C API.
#[cold]
unsafe fn find_text(names: &_HPyArg_Names, key: *mut PyObject) -> u32 {
    // SAFETY: by contract; CPython makes no copy of a string that it can compare, and keeps the exception that is set.
    unsafe {
        if ffi::PyUnicode_Check(key) == 0 {
            return names._count;
        }
        let same =
            |index: &u32| ffi::PyUnicode_CompareWithASCIIString(key, *names._names.add(*index as usize)) == 0;
        (names._first..names._count).find(same).unwrap_or(names._count)
    }
}

/// What no object was, or where there are none yet.
///
/// # Safety
/// See the C API; the caller runs in the interpreter.
#[cold]
unsafe fn find_slowly(
    interpreter: Option<&Interpreter>,
    names: &_HPyArg_Names,
    kwnames: *mut PyObject,
    found: *mut i32,
) -> isize {
    // SAFETY: by contract.
    unsafe {
        if let Some(interpreter) = interpreter
            && owner(names).load(Ordering::Acquire) == 0
        {
            keep_exception(|| {
                // Without memory for an object, its name is compared as text.
                if own(interpreter, names).is_err() {
                    ffi::PyErr_Clear();
                }
            });
        }
        let count = ffi::PyTuple_GET_SIZE(kwnames);
        for i in 0..count.min(names._count as isize) {
            let key = ffi::PyTuple_GET_ITEM(kwnames, i);
            *found.offset(i) = find_text(names, key).cast_signed();
        }
        count
    }
}

/// What [`find`] finds if there is one keyword, which is most frequent, and its object is known.
///
/// # Safety
/// See the C API.
#[inline(always)]
unsafe fn find_only(names: &_HPyArg_Names, kwnames: HPy) -> Option<usize> {
    // SAFETY: by contract.
    unsafe {
        if ffi::PyTuple_GET_SIZE(object(kwnames)) != 1 {
            return None;
        }
        let key = ffi::PyTuple_GET_ITEM(object(kwnames), 0);
        let objects = places(names);
        (names._first as usize..objects.len()).find(|index| objects[*index].load(Ordering::Relaxed) == key)
    }
}

/// `_HPyArg_FindNames`. `interpreter` is called if the names have no objects yet.
///
/// # Safety
/// See the C API.
#[inline(always)]
unsafe fn find<I: Deref<Target = Interpreter>>(
    interpreter: impl FnOnce() -> Option<I>,
    names: *mut _HPyArg_Names,
    kwnames: HPy,
    found: *mut i32,
) -> isize {
    // SAFETY: by contract.
    unsafe {
        let names = &*names;
        let kwnames = object(kwnames);
        let objects = places(names);
        let count = ffi::PyTuple_GET_SIZE(kwnames);
        let mut next = names._first as usize;
        let mut i = 0;
        while i < count {
            let key = ffi::PyTuple_GET_ITEM(kwnames, i);
            // Most calls have keywords in the order of the parameters.
            let mut index = next;
            loop {
                let Some(place) = objects.get(index) else {
                    index = names._first as usize;
                    let before = objects.get(index..next).unwrap_or_default();
                    match before.iter().position(|place| place.load(Ordering::Relaxed) == key) {
                        Some(position) => index += position,
                        None => {
                            return guard_or_abort(|| {
                                find_slowly(interpreter().as_deref(), names, kwnames, found)
                            });
                        }
                    }
                    break;
                };
                if place.load(Ordering::Relaxed) == key {
                    break;
                }
                index += 1;
            }
            *found.offset(i) = index as i32;
            next = index + 1;
            i += 1;
            if i == objects.len() as isize {
                break;
            }
        }
        count
    }
}

pub(crate) unsafe extern "C" fn ctx_Arg_FindNames(
    ctx: *mut HPyContext,
    names: *mut _HPyArg_Names,
    kwnames: HPy,
    found: *mut i32,
) -> isize {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        if let Some(only) = find_only(&*names, kwnames) {
            keep(Universal::of(ctx).interpreter(), &*names, object(kwnames), only);
            *found = only as i32;
            return 1;
        }
        find_all(ctx, names, kwnames, found)
    }
}

/// [`find`] out of line, so that the frequent way before it needs no stack frame of this size.
///
/// # Safety
/// See the C API.
#[inline(never)]
unsafe fn find_all(ctx: *mut HPyContext, names: *mut _HPyArg_Names, kwnames: HPy, found: *mut i32) -> isize {
    // SAFETY: by contract.
    unsafe { find(|| Some(Universal::of(ctx).interpreter()), names, kwnames, found) }
}

/// The same without a context of an interpreter.
///
/// # Safety
/// See the C API.
pub unsafe fn find_in_current_interpreter(names: *mut _HPyArg_Names, kwnames: HPy, found: *mut i32) -> isize {
    // SAFETY: by contract.
    unsafe { find(|| Interpreter::current().ok(), names, kwnames, found) }
}

const _: () = assert!(size_of::<AtomicPtr<PyObject>>() == size_of::<*mut c_void>());

/// The text of a key, with a NUL at its end, and its length. Nothing, and no exception, if it may equal something else than
/// its text, or has none in UTF-8.
///
/// # Safety
/// The key is an object.
#[inline(always)]
unsafe fn text_of(key: *mut PyObject) -> Option<(*const c_char, isize)> {
    // SAFETY: by contract.
    unsafe {
        if ffi::PyUnicode_CheckExact(key) == 0 {
            return None;
        }
        #[cfg(not(any(PyPy, Py_3_14)))]
        if let Some(ascii) = crate::fast::ascii(key) {
            return Some(ascii);
        }
        let mut size = 0;
        let utf8 = ffi::PyUnicode_AsUTF8AndSize(key, &raw mut size);
        if utf8.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        Some((utf8, size))
    }
}

/// # Safety
/// Both texts end with a NUL; `text` has this size without it.
#[inline(always)]
unsafe fn is_text((text, size): (*const c_char, isize), name: *const c_char) -> bool {
    // Names are short: this takes less than a call of `memcmp`.
    // SAFETY: by contract; no place behind the first NUL of `name` is read, nor behind that at the end of `text`.
    unsafe {
        let mut i = 0;
        while *name.offset(i) != 0 && *text.offset(i) == *name.offset(i) {
            i += 1;
        }
        i == size && *name.offset(i) == 0
    }
}

/// Stores the argument of each parameter, null for an absent one, and returns how many there are. None for what is left to
/// the caller: other units than `O`, more parameters than places, keywords in another order, absent positional-only
/// arguments, and all errors.
///
/// # Safety
/// See the C API, `_HPyArg_TrackObjects`.
#[inline(always)]
unsafe fn find_objects(
    places: &mut [MaybeUninit<HPy>],
    args: *const HPy,
    nargs: usize,
    kwnames: HPy,
    mut unit: *const c_char,
    names: *const *const c_char,
) -> Option<usize> {
    // SAFETY: by contract; nothing is read behind the end of the format and of the names.
    unsafe {
        if nargs > places.len() {
            return None;
        }
        let mut is_optional = false;
        for i in 0..nargs {
            if *unit as u8 == b'|' {
                is_optional = true;
                unit = unit.add(1);
            }
            if *unit as u8 != b'O' {
                return None;
            }
            unit = unit.add(1);
            let name = *names.add(i);
            if name.is_null() || (*name == 0 && is_behind_named(names, i)) {
                return None;
            }
            places.get_unchecked_mut(i).write(*args.add(i));
        }
        let given = if kwnames.is_null() { 0 } else { ffi::PyTuple_GET_SIZE(object(kwnames)) };
        let (mut used, mut count) = (0, nargs);
        loop {
            match *unit as u8 {
                b'O' => {
                    let name = *names.add(count);
                    if count == places.len() || name.is_null() || *name == 0 {
                        return None;
                    }
                    let place = places.get_unchecked_mut(count);
                    if used < given
                        && let Some(text) = text_of(ffi::PyTuple_GET_ITEM(object(kwnames), used))
                        && is_text(text, name)
                    {
                        place.write(*args.add(nargs).offset(used));
                        used += 1;
                    } else if is_optional {
                        place.write(HPy::NULL);
                    } else {
                        return None;
                    }
                    count += 1;
                }
                b'|' | b'$' => is_optional = true,
                0 | b':' | b';' => break,
                _ => return None,
            }
            unit = unit.add(1);
        }
        (used == given && (*names.add(count)).is_null()).then_some(count)
    }
}

/// # Safety
/// There are more names than `index`.
#[cold]
unsafe fn is_behind_named(names: *const *const c_char, index: usize) -> bool {
    // SAFETY: by contract.
    index > 0 && unsafe { **names.add(index - 1) != 0 }
}

/// `_HPyArg_TrackObjects`.
///
/// # Safety
/// See the C API.
pub unsafe extern "C" fn ctx_Arg_TrackObjects(
    _: *mut HPyContext,
    ht: *mut HPyTracker,
    args: *const HPy,
    nargs: usize,
    kwnames: HPy,
    fmt: *const c_char,
    names: *const *const c_char,
) -> *const HPy {
    // SAFETY: the contract of context functions, see `crate::forward`.
    unsafe {
        let Some((tracker, handles)) =
            tracker::duplicates(|places| find_objects(places, args, nargs, kwnames, fmt, names))
        else {
            return null();
        };
        *ht = tracker;
        handles
    }
}
