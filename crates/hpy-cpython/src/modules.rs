//! Modules: from an extension's `HPyModuleDef` to a module object of CPython.
//!
//! Loading binaries is not done here; the caller has the definition already. Only multi-phase initialization exists,
//! so a definition is checked and turned into a `PyModuleDef` once per interpreter, and then makes any number of
//! modules.

use std::cell::{Cell, UnsafeCell};
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use hpy_abi::*;
use pyo3_ffi::{self as ffi, PyMethodDef, PyModuleDef, PyModuleDef_Slot, PyObject};

use crate::boundary::{Raised, Result, check, check_status, raise_format, system_error};
use crate::callee::Callee;
use crate::definitions::{append_legacy, is_method_signature, method, slot_function};
use crate::entries::{Function, unsupported_signature};
use crate::global;
use crate::handle::{handle, object};
use crate::memory::{boxed, push, reserve};
use crate::owned::Owned;
use crate::state::{Host, Interpreter, InterpreterRef};

/// A checked module definition, as CPython wants it. It belongs to an interpreter and lives as long as that.
#[repr(C)]
pub struct ModuleDefinition {
    /// The first field, as CPython hands a pointer to it to [`create_object`]. Cell: CPython counts its references.
    def: UnsafeCell<PyModuleDef>,
    /// What keeps this.
    interpreter: *const Interpreter,
    /// What the module's functions get.
    context: *mut HPyContext,
    /// The `HPy_mod_create`, if the module object is not to be CPython's own.
    create: Option<Callee>,
    /// The module that [`create_object`] is to use next, and the spec that it is for; see [`Self::create`].
    stub: Cell<Option<(*mut PyObject, *mut PyObject)>>,
    // What `def` points to.
    _methods: Vec<PyMethodDef>,
    _slots: Vec<PyModuleDef_Slot>,
}

impl ModuleDefinition {
    /// Whether the definition is one that a module can be made of.
    ///
    /// # Errors
    /// What is wrong with it, mostly as `SystemError`.
    ///
    /// # Safety
    /// The caller holds the interpreter. `source` and everything that it points to is valid.
    pub unsafe fn check(source: *mut HPyModuleDef) -> Result<()> {
        // SAFETY: the caller holds the interpreter. `source` and everything that it points to is valid.
        unsafe { Parts::read(&*source).map(drop) }
    }

    /// The definition for an extension's own; checked and made at the first call for it, so the extension must stay
    /// loaded from then on.
    ///
    /// # Errors
    /// What is wrong with the definition, mostly as `SystemError`. Then nothing uses the extension, which may be
    /// closed.
    ///
    /// # Safety
    /// The caller runs in the interpreter of `host`. `source` and everything that it points to is valid until the
    /// interpreter ends.
    pub unsafe fn of(host: &dyn Host, source: *mut HPyModuleDef) -> Result<&Self> {
        let all = &host.interpreter().modules;
        // SAFETY: by contract, the source is valid.
        let made = all.get_or_make((host.context(), source), || unsafe { Ok(Self::new(host, &*source)?) })?;
        // SAFETY: nothing else is put there.
        Ok(unsafe { &*std::ptr::from_ref(made).cast::<Self>() })
    }

    unsafe fn new(host: &dyn Host, source: &HPyModuleDef) -> Result<Box<Self>> {
        // SAFETY: by contract of `of`, here and for the reads below.
        let parts = unsafe { Parts::read(source)? };

        let mut methods = Vec::new();
        let mut slots = Vec::new();
        reserve(&mut methods, parts.methods.len())?;
        reserve(&mut slots, parts.exec.len() + 3)?;
        let create = parts.create.map(|function| host.callee(HPyFunc_MOD_CREATE, function.implementation));
        let mut slot =
            |number: c_int, value: *mut c_void| slots.push(PyModuleDef_Slot { slot: number, value });
        slot(ffi::Py_mod_create, create_object as *mut c_void);
        if create.is_none() {
            slot(ffi::Py_mod_exec, refer_to_interpreter as *mut c_void);
        }
        for function in parts.exec {
            slot(ffi::Py_mod_exec, host.entry(HPyFunc_INQUIRY, function)?);
        }
        #[cfg(Py_3_12)]
        slot(ffi::Py_mod_multiple_interpreters, ffi::Py_MOD_PER_INTERPRETER_GIL_SUPPORTED);
        slot(0, null_mut());

        for meth in parts.methods {
            // SAFETY: a valid definition, whose strings stay as long as the extension is loaded.
            methods.push(unsafe { method(host, meth)? });
        }
        // SAFETY: as above; the table ends at a null name.
        unsafe {
            append_legacy(&mut methods, source.legacy_methods.cast::<PyMethodDef>(), |m| {
                m.ml_name.is_null()
            })?;
        }
        if !methods.is_empty() {
            push(&mut methods, PyMethodDef::zeroed())?;
        }

        let mut next = source.globals;
        // SAFETY: a NULL-terminated array, or null.
        while let Some(&global) = unsafe { next.as_ref() }.filter(|global| !global.is_null()) {
            // SAFETY: as above; globals are static variables of the extension.
            unsafe {
                global::index(global);
                next = next.add(1);
            }
        }

        let is_builtin = create.is_none();
        boxed(Self {
            def: UnsafeCell::new(PyModuleDef {
                m_base: ffi::PyModuleDef_HEAD_INIT,
                // Unused: the name of a module comes from its spec.
                m_name: c"".as_ptr(),
                m_doc: source.doc,
                m_size: if is_builtin { size_of::<State>().cast_signed() } else { 0 },
                m_methods: if methods.is_empty() { null_mut() } else { methods.as_mut_ptr() },
                m_slots: slots.as_mut_ptr(),
                m_traverse: None,
                m_clear: None,
                m_free: is_builtin.then_some(free_state as ffi::freefunc),
            }),
            interpreter: host.interpreter(),
            context: host.context(),
            create,
            stub: Cell::new(None),
            _methods: methods,
            _slots: slots,
        })
    }

    /// What the `PyInit_*` function of an extension returns, for CPython to make modules of: borrowed from this.
    ///
    /// # Safety
    /// The caller runs in the interpreter of this definition.
    pub unsafe fn init(&self) -> *mut PyObject {
        // SAFETY: by contract; only CPython writes to the definition.
        unsafe { ffi::PyModuleDef_Init(self.def.get()) }
    }

    /// A module named as `spec.name` says, or what the module's `HPy_mod_create` made instead. [`Self::execute`] is next.
    ///
    /// With `stub`, a module object without definition, that becomes the module of this definition. What the stub of an
    /// extension is for the import system, the extension itself is then.
    ///
    /// # Errors
    /// Those of the extension's functions, and `SystemError` when they break their contract.
    ///
    /// # Safety
    /// The caller runs in the interpreter of this definition; `spec` is an object, `stub` a module.
    pub unsafe fn create(&self, spec: *mut PyObject, stub: Option<*mut PyObject>) -> Result<*mut PyObject> {
        // CPython has a way to use an existing module: to be given it by the function that makes modules.
        self.stub.set(stub.map(|module| (spec, module)));
        // SAFETY: by contract; the definition outlives the modules made of it, see `State`.
        let module = check(unsafe { ffi::PyModule_FromDefAndSpec(self.def.get(), spec) });
        self.stub.set(None);
        module
    }

    /// Runs the `HPy_mod_exec` functions in a module that [`Self::create`] made.
    ///
    /// # Errors
    /// Those of the extension's functions.
    ///
    /// # Safety
    /// The caller runs in the interpreter of this definition; `module` was made by it.
    pub unsafe fn execute(&self, module: *mut PyObject) -> Result<()> {
        if self.create.is_some() {
            return Ok(());
        }
        // SAFETY: the caller runs in the interpreter of this definition; `module` was made by it.
        check_status(unsafe { ffi::PyModule_ExecDef(module, self.def.get()) })
    }
}

/// What counts in the `defines` of a module.
struct Parts<'a> {
    methods: Vec<&'a HPyMeth>,
    exec: Vec<Function>,
    create: Option<Function>,
}

impl<'a> Parts<'a> {
    /// Reads and checks a definition. Members and getsets mean nothing in a module and are passed over, though not
    /// beside `HPy_mod_create`.
    unsafe fn read(source: &'a HPyModuleDef) -> Result<Self> {
        if source.size < 0 {
            return Err(system_error(c"HPy does not permit HPyModuleDef.size < 0"));
        }
        if source.size > 0 {
            return Err(system_error(
                c"Module state is not supported yet in HPy, set HPyModuleDef.size = 0 if module state is not needed",
            ));
        }

        let mut parts = Self { methods: Vec::new(), exec: Vec::new(), create: None };
        let mut slots = Vec::new();
        let mut count = 0;
        // SAFETY: a valid definition, by contract.
        for definition in unsafe { definitions(source.defines) } {
            match definition {
                Definition::Method(meth) => push(&mut parts.methods, meth)?,
                Definition::Slot(slot) => push(&mut slots, slot)?,
                Definition::Member(_) | Definition::GetSet(_) => {}
                Definition::Unknown(_) => continue,
            }
            count += 1;
        }
        if !parts.methods.iter().all(|meth| is_method_signature(meth.signature)) {
            return Err(unsupported_signature());
        }
        for slot in slots {
            match slot.slot {
                HPy_mod_create if parts.create.is_some() => {
                    return Err(system_error(
                        c"Multiple definitions of the HPy_mod_create slot in HPyModuleDef.defines.",
                    ));
                }
                HPy_mod_create => parts.create = Some(slot_function(slot)?),
                HPy_mod_exec => push(&mut parts.exec, slot_function(slot)?)?,
                number => {
                    let format = c"Unsupported slot in HPyModuleDef.defines (value: %d).";
                    // SAFETY: set once when CPython starts; a number.
                    return Err(unsafe { raise_format!(ffi::PyExc_SystemError, format, number) });
                }
            }
        }
        if parts.create.is_some() {
            let problem = if count > 1 {
                c"some other slots or methods"
            } else if !source.doc.is_null() || !source.legacy_methods.is_null() || !source.globals.is_null() {
                c"some of the other fields are not set to their default value"
            } else {
                return Ok(parts);
            };
            let format =
                c"HPyModuleDef defines a HPy_mod_create slot and %s. This is not allowed because custom \
                 HPy_mod_create slot cannot return a builtin module object and cannot make any use of any other \
                 data defined in the HPyModuleDef. Either do not define HPy_mod_create slot and let the runtime \
                 create a builtin module object from the provided HPyModuleDef, or do not define anything else but \
                 the HPy_mod_create slot.";
            // SAFETY: set once when CPython starts; a C string.
            return Err(unsafe { raise_format!(ffi::PyExc_SystemError, format, problem.as_ptr()) });
        }
        Ok(parts)
    }
}

/// The state of a module object: keeps the definition and the functions of the module valid while the module lives,
/// which may be longer than its interpreter keeps them for itself. Memory of zeros is `None`.
type State = Option<InterpreterRef>;

const _: () = assert!(size_of::<State>() == size_of::<*const Interpreter>());

/// The first exec slot of each module that CPython makes.
unsafe extern "C" fn refer_to_interpreter(module: *mut PyObject) -> c_int {
    // SAFETY: CPython has allocated and zeroed the state of the module; its def is the first field of a
    // `ModuleDefinition`, whose interpreter is alive, since it runs this.
    unsafe {
        let state = ffi::PyModule_GetState(module).cast::<State>();
        let definition = ffi::PyModule_GetDef(module).cast::<ModuleDefinition>();
        if (*state).is_none() {
            *state = Some(InterpreterRef::new(&*(*definition).interpreter));
        }
    }
    0
}

/// The last thing that CPython does with a module's definition. Not called for a module without state.
unsafe extern "C" fn free_state(module: *mut c_void) {
    // SAFETY: called once, with a module that has a state.
    unsafe {
        if let Some(state) = ffi::PyModule_GetState(module.cast()).cast::<State>().as_mut() {
            drop(state.take());
        }
    }
}

/// The result of `HPy_mod_create`, which must be something else than a module of CPython's own.
///
/// # Safety
/// `result` is null (with an exception) or an owned handle.
pub(crate) unsafe fn reject_module(result: HPy) -> HPy {
    let object = crate::handle::object(result);
    // SAFETY: by contract, `result` is null (with an exception) or an owned handle.
    unsafe {
        if object.is_null() || ffi::PyModule_Check(object) == 0 {
            return result;
        }
        ffi::Py_DECREF(object);
        system_error(
            c"HPy_mod_create slot returned a builtin module object. This is currently not supported.",
        );
    }
    HPy::NULL
}

/// The `Py_mod_create` slot of all definitions.
unsafe extern "C" fn create_object(spec: *mut PyObject, def: *mut PyModuleDef) -> *mut PyObject {
    // SAFETY: CPython passes the def that has this slot: the first field of a `ModuleDefinition`, whose interpreter
    // is alive, since it runs this. The stub is alive as long as the call that set it.
    unsafe {
        let definition = &*def.cast::<ModuleDefinition>();
        if let Some(create) = definition.create {
            return object(reject_module(create.mod_create(handle(spec))));
        }
        // `spec.name` may have run code that loads the same extension for another spec.
        if let Some((_, module)) = definition.stub.get().filter(|(of, _)| *of == spec) {
            ffi::Py_INCREF(module);
            return module;
        }
        match Owned::new(ffi::PyObject_GetAttrString(spec, c"name".as_ptr())) {
            Ok(name) => ffi::PyModule_NewObject(name.as_ptr()),
            Err(Raised) => null_mut(),
        }
    }
}

/// The context that a module was made with, if this library made it.
///
/// # Safety
/// The caller holds the interpreter; `module` is a module.
pub(crate) unsafe fn context_of(module: *mut PyObject) -> Option<*mut HPyContext> {
    // SAFETY: slots are an array with an end, or null. No other definitions begin with this function.
    unsafe {
        let def = ffi::PyModule_GetDef(module);
        let first = def.as_ref()?.m_slots.as_ref()?;
        let is_own = first.slot == ffi::Py_mod_create && first.value == create_object as *mut c_void;
        is_own.then(|| (*def.cast::<ModuleDefinition>()).context)
    }
}
