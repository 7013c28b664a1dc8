//! `tp_traverse` of types with HPy fields: tells the collector of everything that an object refers to, once.
//!
//! Once, as the collector subtracts what it is told from the number of references to an object, and would take one that
//! it heard of twice for garbage. But the struct of a derived type begins with that of its base, so the functions of
//! both may visit the base's fields. So the functions of the upper levels are asked again which fields they visit, and
//! those are left out below. Nothing here may depend on whether there is memory: the collector traverses objects
//! several times and must be told the same each time.

use std::collections::TryReserveError;
use std::ffi::{c_int, c_void};

use crate::ffi::{self, PyObject, PyTypeObject, visitproc};
use hpy_abi::HPyField;

use super::hierarchy::{dict_of_level, first, is_heap, levels};
use super::python_class;
use super::record::{self, TypeRecord};
use crate::callee::Callee;
use crate::field::{each_field, visit_fields_of};

/// What is in a field: an object or null.
unsafe fn value(field: *mut HPyField) -> *mut PyObject {
    // SAFETY: the caller has a field, in memory that is initialised.
    unsafe { (*field)._i as *mut PyObject }
}

/// The collector's function with its argument.
#[derive(Clone, Copy)]
struct Visitor {
    visit: visitproc,
    arg: *mut c_void,
}

impl Visitor {
    unsafe fn visit(self, object: *mut PyObject) -> c_int {
        // SAFETY: the caller has an object or null.
        unsafe { if object.is_null() { 0 } else { (self.visit)(object, self.arg) } }
    }
}

/// Visits the fields of a struct with one traverse function: what an extension's own trampoline asks for.
///
/// # Safety
/// `object` is an instance of a type made by HPy, and `fields` is the traverse function for its struct.
pub(crate) unsafe fn visit_fields(
    object: *mut PyObject,
    fields: Callee,
    visit: visitproc,
    arg: *mut c_void,
) -> c_int {
    // SAFETY: by contract, `object` is an instance of a type made by HPy, and `fields` is the traverse
    // function for its struct.
    unsafe {
        match record::nearest(ffi::Py_TYPE(object)) {
            Some((record, _)) => visit_fields_of(record.layout.data(object), fields, visit, arg),
            None => 0,
        }
    }
}

/// `tp_traverse`.
pub(super) unsafe extern "C" fn traverse(object: *mut PyObject, visit: visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: called by the garbage collector with an object whose type is, or derives from, one with this slot.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        let visitor = Visitor { visit, arg };
        // The classes above were visited by CPython's function for them.
        let mut level = first(ty, is_own_traverse);
        let mut fields = Fields { object, visitor, top: level, visited: false, known: Known::default() };
        loop {
            let status = match (*level).tp_traverse {
                _ if is_own_traverse(level) => fields.visit_level(level),
                Some(f) if python_class::is_traverse(f) => python_class::visit(object, level, visit, arg),
                _ if is_hpy_traverse(level) => fields.visit_level(level),
                // The traverse of a heap type visits the type of the object.
                Some(f) if is_heap(level) => return fields.visit_base(level, f),
                Some(f) => {
                    let status = visitor.visit(ty.cast());
                    return if status != 0 { status } else { fields.visit_base(level, f) };
                }
                None => return visitor.visit(ty.cast()),
            };
            if status != 0 {
                return status;
            }
            level = (*level).tp_base;
        }
    }
}

fn is_own_traverse(ty: *mut PyTypeObject) -> bool {
    // SAFETY: `ty` is a type.
    unsafe { (*ty).tp_traverse }.is_some_and(|f| std::ptr::fn_addr_eq(f, traverse as ffi::traverseproc))
}

/// The same for the function of any copy.
unsafe fn is_hpy_traverse(ty: *mut PyTypeObject) -> bool {
    // SAFETY: `ty` is a type.
    unsafe {
        is_own_traverse(ty)
            || record::has_function_of_copy(ty, |copy| {
                (*ty).tp_traverse.is_some_and(|f| std::ptr::fn_addr_eq(f, copy.traverse))
            })
    }
}

/// A visit to the fields of an object, from level to level.
struct Fields {
    object: *mut PyObject,
    visitor: Visitor,
    /// The first level.
    top: *mut PyTypeObject,
    /// Whether a traverse function has visited something.
    visited: bool,
    known: Known,
}

/// The addresses that the traverse functions above a level visit.
#[derive(Default)]
struct Known {
    above: AddressSet,
    /// There was no memory, so the functions must be asked for each field.
    incomplete: bool,
}

impl Fields {
    /// Visits what a level has: the fields that its function visits, and the dict.
    unsafe fn visit_level(&mut self, level: *mut PyTypeObject) -> c_int {
        // SAFETY: `level` is the object's type or a base of it.
        unsafe {
            let visitor = self.visitor;
            if let Some(TypeRecord { layout, traverse, .. }) = record::own(level)
                && traverse.is_some()
            {
                let data = layout.data(self.object);
                let status = if self.visited {
                    self.learn(level);
                    each_field(*traverse, data, |field| {
                        if self.is_known(field, level) { 0 } else { visitor.visit(value(field)) }
                    })
                } else {
                    each_field(*traverse, data, |field| visitor.visit(value(field)))
                };
                if status != 0 {
                    return status;
                }
                self.visited = true;
            }
            match dict_of_level(self.object, level) {
                // An author may have made it a field.
                Some(dict) if self.is_any((*level).tp_base, |field| field.cast() == dict) => 0,
                Some(dict) => visitor.visit(*dict),
                None => 0,
            }
        }
    }

    /// Lets the function of a base that is not HPy's visit the rest. It tells what is in its fields, not where they
    /// are; so what an HPy function has found in the same struct is not told again.
    unsafe fn visit_base(&self, base: *mut PyTypeObject, traverse: ffi::traverseproc) -> c_int {
        unsafe extern "C" fn unless_visited(object: *mut PyObject, filter: *mut c_void) -> c_int {
            // SAFETY: called by `traverse` with one of its objects and what it was given.
            unsafe {
                let (fields, base) = &*filter.cast::<(&Fields, *mut PyTypeObject)>();
                let has = |field| fields.is_in_struct_of(*base, field) && value(field) == object;
                if fields.is_any(*base, has) { 0 } else { fields.visitor.visit(object) }
            }
        }
        // SAFETY: the function of a base of the object's type.
        unsafe {
            if self.visited && self.is_any(base, |field| self.is_in_struct_of(base, field)) {
                let filter = (self, base);
                return traverse(self.object, unless_visited, (&raw const filter).cast_mut().cast());
            }
            traverse(self.object, self.visitor.visit, self.visitor.arg)
        }
    }

    fn is_in_struct_of(&self, base: *mut PyTypeObject, field: *mut HPyField) -> bool {
        // SAFETY: the caller has a type.
        let size = unsafe { (*base).tp_basicsize }.cast_unsigned();
        (field as usize).wrapping_sub(self.object as usize) < size
    }

    /// The traverse functions of the levels from the first one to `end`, which is not included, with their structs.
    unsafe fn functions(&self, end: *mut PyTypeObject) -> impl Iterator<Item = (Callee, *mut c_void)> {
        let object = self.object;
        // SAFETY: `end` is a base of the first level, and all are bases of the object's type.
        unsafe {
            levels(self.top)
                .take_while(move |&level| level != end)
                .filter_map(|level| record::own(level))
                .filter(|record| record.traverse.is_some())
                .map(move |record| (record.traverse, record.layout.data(object)))
        }
    }

    /// Whether a function above `end` visits such a field.
    unsafe fn is_any(&self, end: *mut PyTypeObject, is: impl Fn(*mut HPyField) -> bool) -> bool {
        let mut found = false;
        // SAFETY: by contract of `functions`.
        unsafe {
            for (fields, data) in self.functions(end) {
                each_field(fields, data, |field| {
                    found = found || is(field);
                    c_int::from(found)
                });
                if found {
                    break;
                }
            }
        }
        found
    }

    /// Collects the addresses that the functions above `level` visit, which is much faster than to ask them for each
    /// field.
    unsafe fn learn(&mut self, level: *mut PyTypeObject) {
        let Known { mut above, mut incomplete } = std::mem::take(&mut self.known);
        // SAFETY: by contract of `functions`.
        unsafe {
            for (fields, data) in self.functions(level) {
                each_field(fields, data, |field| {
                    incomplete = incomplete || above.insert(field as usize).is_err();
                    0
                });
            }
        }
        self.known = Known { above, incomplete };
    }

    unsafe fn is_known(&self, field: *mut HPyField, level: *mut PyTypeObject) -> bool {
        if !self.known.incomplete {
            return self.known.above.contains(field as usize);
        }
        // SAFETY: by contract of `functions`.
        unsafe { self.is_any(level, |other| other == field) }
    }
}

/// A hash table of addresses. (Those of the standard library would make up a good part of each extension of the CPython
/// ABI, and so would sorting.)
#[derive(Default)]
struct AddressSet {
    /// 0 for a free place. The length is 0 or a power of two, and at least half of the places are free.
    places: Vec<usize>,
    len: usize,
}

impl AddressSet {
    const FIRST_LENGTH: usize = 32;

    /// Where an address is or would be; nothing if there is no place at all.
    fn find(&self, address: usize) -> Option<usize> {
        let mask = self.places.len().wrapping_sub(1);
        // Fields are aligned, so the lowest bits tell nothing; the multiplication spreads the others.
        let mut index = (address / align_of::<HPyField>()).wrapping_mul(0x9E37_79B1) & mask;
        while *self.places.get(index)? != address && *self.places.get(index)? != 0 {
            index = (index + 1) & mask;
        }
        Some(index)
    }

    fn contains(&self, address: usize) -> bool {
        self.find(address).and_then(|index| self.places.get(index)).is_some_and(|&place| place == address)
    }

    fn insert(&mut self, address: usize) -> Result<(), TryReserveError> {
        if self.len * 2 >= self.places.len() {
            let length = (self.places.len() * 2).max(Self::FIRST_LENGTH);
            let mut larger = Self::default();
            larger.places.try_reserve_exact(length)?;
            larger.places.resize(length, 0);
            for &address in self.places.iter().filter(|&&address| address != 0) {
                larger.put(address);
            }
            *self = larger;
        }
        self.put(address);
        Ok(())
    }

    fn put(&mut self, address: usize) {
        if let Some(place) = self.find(address).and_then(|index| self.places.get_mut(index)) {
            self.len += usize::from(*place == 0);
            *place = address;
        }
    }
}
