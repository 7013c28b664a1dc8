//! The places of `__dict__` and of weak references in an instance: at most one of each, in every type it is of.
//!
//! CPython leaves that to who writes the spec. It uses the place that the type names and never looks at that of a base;
//! and what a type has from a base whose layout it does not extend, it looks for in the middle of something else.

use crate::ffi::{self, PyMemberDef, PyTypeObject};
use hpy_abi::HPyType_Spec;

use super::members::is_special;
use super::params::Parents;
use crate::boundary::{Result, raise_format};
use crate::definitions::display;

/// Checks a new type with these members, which extends the layout of `base`.
///
/// # Safety
/// The caller holds the interpreter; spec and members are valid, `base` is a type.
pub(super) unsafe fn check(
    spec: &HPyType_Spec,
    members: &[PyMemberDef],
    parents: &Parents,
    base: *mut PyTypeObject,
) -> Result<()> {
    // SAFETY: by contract; the items of `bases` are types.
    unsafe {
        for (name, of_base) in
            [(c"__dictoffset__", (*base).tp_dictoffset), (c"__weaklistoffset__", (*base).tp_weaklistoffset)]
        {
            let own = members.iter().find(|member| is_special(member.name, name));
            if own.is_some_and(|own| of_base != 0 && own.offset != of_base) {
                return Err(raise_format!(
                    ffi::PyExc_TypeError,
                    c"type '%s': its base '%s' already has what the member '%s' stands for; remove the member",
                    display(spec.name),
                    display((*base).tp_name),
                    name.as_ptr(),
                ));
            }
            // Weak references are inherited with the layout only.
            if own.is_some() || of_base != 0 || name == c"__weaklistoffset__" {
                continue;
            }
            if let Some(other) = parents.base_with_dict() {
                return Err(raise_format!(
                    ffi::PyExc_TypeError,
                    c"type '%s': instances of its base '%s' have a __dict__, but their layout comes from its base \
                      '%s', which has no place for one; add a member '__dictoffset__', or give '%s' an empty \
                      __slots__",
                    display(spec.name),
                    display((*other).tp_name),
                    display((*base).tp_name),
                    display((*other).tp_name),
                ));
            }
        }
    }
    Ok(())
}
