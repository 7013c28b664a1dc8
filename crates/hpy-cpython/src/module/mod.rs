//! Modules: from an extension's `HPyModuleDef` to a module object of CPython, and the state of that.
//!
//! Loading binaries is not done here; the caller has the definition already. Only multi-phase initialization exists,
//! so a definition is checked and turned into a `PyModuleDef` once per interpreter, and then makes any number of
//! modules.

mod scan;
pub(crate) mod state;

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::Mutex;

use crate::ffi::{self, PyMethodDef, PyModuleDef, PyModuleDef_Slot, PyObject};
use hpy_abi::*;

use crate::bound::BoundMethod;
use crate::boundary::{Raised, Result, check, check_status, guard, raise_format, system_error};
use crate::callee::Callee;
use crate::definitions::{append_legacy, is_bound, method};
use crate::engine::module_from_definition;
use crate::entries::Function;
use crate::field::{clear_field, visit_fields_of};
use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::global;
use crate::handle::{handle, object};
use crate::memory::{boxed, push, reserve};
use crate::owned::{Owned, new_reference};
use crate::state::{Host, Interpreter, InterpreterRef};
use crate::sync::lock;
use scan::ModuleScan;
use state::{ModuleData, ModuleState};

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
    /// `HPyModuleDef.size`.
    state_size: usize,
    traverse: Callee,
    destroy: Callee,
    /// Functions that get the state.
    bound: Vec<BoundMethod>,
    interpreters: HPyModule_Interpreters,
    #[cfg(Py_GIL_DISABLED)]
    gil: HPyModule_GIL,
    /// Specs with the modules that [`create_object`] is to use for them; see [`Self::create`].
    stubs: Mutex<Vec<(*mut PyObject, *mut PyObject)>>,
    // What `def` points to.
    _methods: Vec<PyMethodDef>,
    _slots: Vec<PyModuleDef_Slot>,
}

impl ModuleDefinition {
    /// Checks that the definition is one that a module can be made of. `abi_version` is the minor version that the
    /// extension asks for. Returns whether the extension makes the object itself, by `HPy_mod_create`.
    ///
    /// # Errors
    /// What is wrong with it, mostly as `SystemError`.
    ///
    /// # Safety
    /// The caller holds the interpreter. `source` and everything that it points to is valid.
    pub unsafe fn check(source: *mut HPyModuleDef, abi_version: u32) -> Result<bool> {
        // SAFETY: the caller holds the interpreter. `source` and everything that it points to is valid.
        unsafe {
            if abi_version == 0 && (*source).size > 0 {
                return Err(system_error(
                    c"Module state is not supported yet in HPy, set HPyModuleDef.size = 0 if module state is not needed",
                ));
            }
            Ok(ModuleScan::read(&*source)?.create.is_some())
        }
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
        let scan = unsafe { ModuleScan::read(source)? };

        let mut methods = Vec::new();
        let mut slots = Vec::new();
        reserve(&mut methods, scan.methods.len())?;
        reserve(&mut slots, scan.exec.len() + 5)?;
        let create = scan.create.map(|function| host.callee(HPyFunc_MOD_CREATE, function.implementation));
        let callee = |signature, function: Option<Function>| {
            function.map_or(Callee::NONE, |function| host.callee(signature, function.implementation))
        };
        let traverse = callee(HPyFunc_TRAVERSEPROC, scan.traverse);
        let destroy = callee(HPyFunc_DESTROYFUNC, scan.destroy);
        let mut slot =
            |number: c_int, value: *mut c_void| slots.push(PyModuleDef_Slot { slot: number, value });
        slot(ffi::Py_mod_create, create_object as *mut c_void);
        if create.is_none() {
            slot(ffi::Py_mod_exec, add_data as *mut c_void);
        }
        for function in scan.exec {
            slot(ffi::Py_mod_exec, host.entry(HPyFunc_INQUIRY, function)?);
        }
        #[cfg(Py_3_12)]
        slot(ffi::Py_mod_multiple_interpreters, std::ptr::without_provenance_mut(scan.interpreters as usize));
        #[cfg(Py_3_13)]
        slot(ffi::Py_mod_gil, std::ptr::without_provenance_mut(scan.gil as usize));
        slot(0, null_mut());

        let mut bound = Vec::new();
        for meth in scan.methods {
            // SAFETY: a valid definition, whose strings stay as long as the extension is loaded.
            unsafe {
                if is_bound(meth.signature) {
                    push(&mut bound, BoundMethod::new(host, meth)?)?;
                } else {
                    methods.push(method(host, meth)?);
                }
            }
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
                m_size: if is_builtin { size_of::<DataPointer>().cast_signed() } else { 0 },
                m_methods: if methods.is_empty() { null_mut() } else { methods.as_mut_ptr() },
                m_slots: slots.as_mut_ptr(),
                m_traverse: traverse.is_some().then_some(traverse_state as ffi::traverseproc),
                m_clear: traverse.is_some().then_some(clear_state as ffi::inquiry),
                m_free: is_builtin.then_some(free_data as ffi::freefunc),
            }),
            interpreter: host.interpreter(),
            context: host.context(),
            create,
            state_size: source.size.cast_unsigned(),
            traverse,
            destroy,
            bound,
            interpreters: scan.interpreters,
            #[cfg(Py_GIL_DISABLED)]
            gil: scan.gil,
            stubs: Mutex::default(),
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
        if let Some(module) = stub {
            push(&mut lock(&self.stubs), (spec, module))?;
        }
        // SAFETY: by contract; the definition outlives the modules made of it, see `ModuleData`.
        let module = check(unsafe { module_from_definition(self.def.get(), spec) });
        lock(&self.stubs).retain(|(of, _)| *of != spec);
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

impl ModuleDefinition {
    /// Whether the module may be made in this interpreter, as far as CPython does not look at that.
    ///
    /// # Safety
    /// `spec` is an object; the caller holds the interpreter.
    unsafe fn check_interpreter(&self, spec: *mut PyObject) -> Result<()> {
        // SAFETY: by contract; the formats get the spec.
        unsafe {
            let is_main = ffi::PyInterpreterState_Get() == ffi::PyInterpreterState_Main();
            if self.interpreters == HPy_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED && !is_main {
                let format = c"the module of %R can only be imported in the main interpreter: it defines \
                               HPy_mod_multiple_interpreters as HPy_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED";
                return Err(raise_format!(ffi::PyExc_ImportError, format, spec));
            }
            #[cfg(Py_GIL_DISABLED)]
            if self.gil != HPy_MOD_GIL_NOT_USED && !is_gil_enabled()? {
                let format = c"the module of %R needs the GIL, without which this Python runs. If its functions may run in \
                               several threads at once, list HPyDef_VALUE(gil, HPy_mod_gil, HPy_MOD_GIL_NOT_USED) in its \
                               definitions; otherwise run Python with -X gil=1";
                return Err(raise_format!(ffi::PyExc_ImportError, format, spec));
            }
        }
        Ok(())
    }
}

/// Whether a free-threaded Python runs with the GIL, after all.
///
/// # Safety
/// The caller is attached.
#[cfg(Py_GIL_DISABLED)]
unsafe fn is_gil_enabled() -> Result<bool> {
    // SAFETY: by contract; the function is borrowed from `sys`.
    unsafe {
        let ask = ffi::PySys_GetObject(c"_is_gil_enabled".as_ptr());
        if ask.is_null() {
            return Ok(false);
        }
        let answer = Owned::new(ffi::PyObject_CallNoArgs(ask))?;
        Ok(answer.as_ptr() == ffi::Py_True())
    }
}

/// What CPython allocates for a module object, and zeroes.
type DataPointer = Option<Box<ModuleData>>;

const _: () = assert!(size_of::<DataPointer>() == size_of::<*const ModuleData>());

/// What a module owns; nothing yet, or no more, while it is made or taken apart.
///
/// # Safety
/// `module` was made of a [`ModuleDefinition`] without `HPy_mod_create`.
unsafe fn data<'a>(module: *mut PyObject) -> Option<&'a mut DataPointer> {
    // SAFETY: by contract, the state has this type.
    unsafe { ffi::PyModule_GetState(module).cast::<DataPointer>().as_mut() }
}

/// The definition of a module, if this library made it.
///
/// # Safety
/// The caller holds the interpreter; `module` is a module.
unsafe fn definition_of<'a>(module: *mut PyObject) -> Option<&'a ModuleDefinition> {
    // SAFETY: slots are an array with an end, or null. No other definitions begin with this function.
    unsafe {
        let def = ffi::PyModule_GetDef(module);
        let first = def.as_ref()?.m_slots.as_ref()?;
        let is_own = first.slot == ffi::Py_mod_create && first.value == create_object as *mut c_void;
        is_own.then(|| &*def.cast::<ModuleDefinition>())
    }
}

/// The first exec slot of each module that CPython makes.
unsafe extern "C" fn add_data(module: *mut PyObject) -> c_int {
    // SAFETY: CPython has allocated and zeroed the state of the module; its def is the first field of a
    // `ModuleDefinition`, whose interpreter is alive, since it runs this.
    guard(-1, || unsafe {
        let definition = &*ffi::PyModule_GetDef(module).cast::<ModuleDefinition>();
        let Some(data) = data(module) else {
            return Err(system_error(c"the module has no memory for its state"));
        };
        if data.is_none() {
            let has_state = definition.state_size > 0;
            *data = Some(boxed(ModuleData {
                state: has_state.then(|| ModuleState::new(definition.state_size)).transpose()?,
                functions: Vec::new(),
                thunks: Vec::new(),
                _interpreter: InterpreterRef::new(&*definition.interpreter),
            })?);
            add_bound_functions(module, definition)?;
        }
        Ok(0)
    })
}

/// Adds the functions that get the state of the module.
///
/// # Safety
/// The module is new, has its data, and was made of this definition.
unsafe fn add_bound_functions(module: *mut PyObject, definition: &ModuleDefinition) -> Result<()> {
    // SAFETY: by contract; the functions stay where they are, as there is room for all of them, and as long as the
    // module. Nothing else refers to the data meanwhile, as that happens only through the functions.
    unsafe {
        let Some(data) = data(module).and_then(Option::as_mut) else { return Ok(()) };
        let Some(state) = &data.state else { return Ok(()) };
        let name = Owned::new(ffi::PyModule_GetNameObject(module))?;
        reserve(&mut data.functions, definition.bound.len())?;
        for method in &definition.bound {
            let (function, thunk) = method.bind(state.data())?;
            if let Some(thunk) = thunk {
                push(&mut data.thunks, thunk)?;
            }
            // With the trampoline, CPython passes a class on: this one tells that `self` is the module.
            let is_method = function.ml_flags & ffi::METH_METHOD != 0;
            let class = if is_method { &raw mut ffi::PyModule_Type } else { null_mut() };
            data.functions.push(function);
            let Some(place) = data.functions.last_mut() else { unreachable!("pushed above") };
            let function = Owned::new(ffi::PyCMethod_New(place, module, name.as_ptr(), class))?;
            check_status(ffi::PyObject_SetAttrString(module, place.ml_name, function.as_ptr()))?;
        }
    }
    Ok(())
}

/// The definition and the state of a module, once that exists.
///
/// # Safety
/// `module` was made of a [`ModuleDefinition`] that visits a state.
unsafe fn visited_state<'a>(module: *mut PyObject) -> Option<(&'a ModuleDefinition, *mut c_void)> {
    // SAFETY: by contract.
    unsafe {
        let state = data(module)?.as_ref()?.state.as_ref()?;
        Some((&*ffi::PyModule_GetDef(module).cast::<ModuleDefinition>(), state.data()))
    }
}

/// `m_traverse`. The collector may see a module before it has its state.
unsafe extern "C" fn traverse_state(module: *mut PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: called by the collector with a module whose definition has this function.
    unsafe {
        visited_state(module)
            .map_or(0, |(definition, state)| visit_fields_of(state, definition.traverse, visit, arg))
    }
}

/// `m_clear`.
unsafe extern "C" fn clear_state(module: *mut PyObject) -> c_int {
    // SAFETY: called by the collector with a module whose definition has this function.
    unsafe {
        if let Some((definition, state)) = visited_state(module) {
            definition.traverse.traverseproc(state, clear_field, null_mut());
        }
    }
    0
}

/// `m_free`, the last thing that CPython does with a module's definition. Not called for a module without state.
unsafe extern "C" fn free_data(module: *mut c_void) {
    // SAFETY: called once, with a module that has a state, of which nobody has a pointer any more but the functions of its
    // types, which find zeros there.
    unsafe {
        let module = module.cast();
        clear_state(module);
        if let Some((definition, state)) = visited_state(module) {
            definition.destroy.destroyfunc(state);
        }
        if let Some(owned) = data(module).and_then(Option::take) {
            if let Some(state) = &owned.state {
                state.clear();
            }
            drop(owned);
        }
    }
}

/// The error for a module without a state that can be had.
pub(crate) fn no_state() -> Raised {
    system_error(
        c"the module has no state: it was not made by this engine, in this mode, of an HPyModuleDef with a size",
    )
}

/// The state of a module.
///
/// # Errors
/// `TypeError` if it is no module, `SystemError` if it has no state.
///
/// # Safety
/// `module` is an object; the caller holds the interpreter.
pub(crate) unsafe fn state_of_module(module: *mut PyObject) -> Result<*mut c_void> {
    // SAFETY: by contract.
    unsafe {
        if ffi::PyModule_Check(module) == 0 {
            let found = (*ffi::Py_TYPE(module)).tp_name;
            return Err(raise_format!(ffi::PyExc_TypeError, c"expected a module, %.200s found", found));
        }
        find_state_of(module).map(ModuleState::data).ok_or_else(no_state)
    }
}

/// The state that this library made for a module, if it has one.
///
/// # Safety
/// `module` is a module; the caller holds the interpreter.
pub(crate) unsafe fn find_state_of<'a>(module: *mut PyObject) -> Option<&'a ModuleState> {
    // SAFETY: by contract; a definition is there as long as its modules, and modules of one with this function have such data.
    unsafe {
        let free = ffi::PyModule_GetDef(module).as_ref()?.m_free?;
        if !std::ptr::fn_addr_eq(free, free_data as ffi::freefunc) {
            return None;
        }
        data(module)?.as_ref()?.state.as_ref()
    }
}

/// `HPyModule_GetState`.
///
/// # Safety
/// As documented for the C API function.
pub unsafe extern "C" fn ctx_Module_GetState(_: *mut HPyContext, module: HPy) -> *mut c_void {
    if module.is_null() {
        return null_argument(null::ctx_Module_GetState);
    }
    // SAFETY: the contract of context functions, see `crate::forward`. Nothing here can panic.
    unsafe { state_of_module(object(module)) }.unwrap_or(null_mut())
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
        if definition.check_interpreter(spec).is_err() {
            return null_mut();
        }
        if let Some(create) = definition.create {
            return object(reject_module(create.mod_create(handle(spec))));
        }
        // `spec.name` may have run code that loads the same extension for another spec.
        if let Some((_, module)) = lock(&definition.stubs).iter().find(|(of, _)| *of == spec) {
            return new_reference(*module);
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
    // SAFETY: by contract.
    unsafe { definition_of(module) }.map(|definition| definition.context)
}
