//! The way of a spec to a type, downhill through the files beside this one: read the parameters, check, lay out, plan
//! calls, translate, create.

use std::ffi::{CStr, c_uint};

use crate::ffi::{self, PyObject, PyTypeObject};
use hpy_abi::*;

use super::fit::{Fit, fit};
use super::scan::SpecScan;
use super::slots::Slots;
use super::{call_field, create, lifetime, params, places, python_class, record};
use crate::boundary::{Result, system_error};
use crate::callee::Callee;
use crate::definitions::add_constants;
use crate::memory;
use crate::module::find_state_of;
use crate::owned::Owned;
use crate::state::Host;

/// Makes a type; the result is a new reference.
///
/// # Safety
/// `spec` is null or a valid spec, `params` null or a valid array; the caller holds the interpreter.
pub(super) unsafe fn type_from_spec(
    host: &dyn Host,
    spec: *const HPyType_Spec,
    params: *const HPyType_SpecParam,
) -> Result<*mut PyObject> {
    // SAFETY: by contract, `spec` is null or a valid spec, `params` null or a valid array; the caller holds
    // the interpreter.
    unsafe {
        let Some(spec) = spec.as_ref() else {
            return Err(system_error(c"NULL HPyType_Spec passed to HPyType_FromSpec"));
        };
        if spec.name.is_null() {
            return Err(system_error(c"Type spec does not define the name field."));
        }
        python_class::learn()?;
        let mut parents = params::parents(spec, params)?;
        let scan = SpecScan::read(spec)?;
        parents.resolve_metaclass()?;
        let base = parents.layout_base()?;
        let Fit { layout, basicsize } = fit(spec, base)?;

        let mut record = record::new(host, layout, &lifetime::OF_THIS_COPY)?;
        record.tables.name = memory::copy(CStr::from_ptr(spec.name).to_bytes_with_nul())?;
        let callee =
            |signature, f: Option<HPyCFunction>| f.map_or(Callee::NONE, |f| host.callee(signature, f));
        record.traverse = callee(HPyFunc_TRAVERSEPROC, scan.traverse);
        record.destroy = callee(HPyFunc_DESTROYFUNC, scan.destroy);
        // One without a state, or of another engine, has nothing to share.
        record.module_state = parents.module.and_then(|module| find_state_of(module).cloned());

        // The flags that CPython documents all fit; `PyType_Spec` has no room for more.
        let mut slots = Slots::new(spec.flags as c_uint);
        let basicsize = call_field::plan(host, &scan, base, basicsize, &mut record, &mut slots)?;
        slots.add_definitions(host, spec, &scan, &mut record)?;
        places::check(spec, &record.tables.members, &parents, base)?;
        slots.add_lifetime(spec, &scan, base)?;
        let mut native = slots.spec(spec, basicsize)?;
        native.name = record.tables.name.as_ptr().cast();
        let ty = Owned::new(create::type_from_spec(&parents, native, record)?)?;
        for definition in definitions(spec.defines) {
            if let Definition::Constants(table) = definition {
                add_constants(table, (*ty.as_ptr().cast::<PyTypeObject>()).tp_dict)?;
                ffi::PyType_Modified(ty.as_ptr().cast());
            }
        }
        Ok(ty.into_ptr())
    }
}
