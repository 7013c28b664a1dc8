//! Definitions that say something in vain.

use std::ffi::{CStr, c_int};
use std::ptr::{null, null_mut};

use hpy_abi::*;
use hpy_layers::debug::Rule;

use super::{Setup, assert_line};

unsafe extern "C" fn something() {}

fn slot(slot: c_int) -> HPyDef {
    let slot = HPySlot { slot, impl_: Some(something), cpy_trampoline: Some(something) };
    HPyDef { kind: HPyDef_Kind_Slot, u: HPyDefUnion { slot } }
}

fn method(name: &'static CStr) -> HPyDef {
    let meth = HPyMeth {
        name: name.as_ptr(),
        impl_: Some(something),
        cpy_trampoline: Some(something),
        signature: HPyFunc_NOARGS,
        doc: null(),
    };
    HPyDef { kind: HPyDef_Kind_Meth, u: HPyDefUnion { meth } }
}

fn member(name: &'static CStr, offset: isize) -> HPyDef {
    let member = HPyMember { name: name.as_ptr(), type_: 0, offset, readonly: 0, doc: null() };
    HPyDef { kind: HPyDef_Kind_Member, u: HPyDefUnion { member } }
}

fn getset(name: &'static CStr) -> HPyDef {
    let getset = HPyGetSet {
        name: name.as_ptr(),
        getter_impl: None,
        setter_impl: None,
        getter_cpy_trampoline: None,
        setter_cpy_trampoline: None,
        doc: null(),
        closure: null_mut(),
    };
    HPyDef { kind: HPyDef_Kind_GetSet, u: HPyDefUnion { getset } }
}

fn pointers(definitions: &mut [HPyDef]) -> Vec<*mut HPyDef> {
    definitions.iter_mut().map(|definition| &raw mut *definition).chain([null_mut()]).collect()
}

#[test]
fn module() {
    let setup = Setup::new();
    let check = |mut definitions: Vec<HPyDef>| {
        let mut defines = pointers(&mut definitions);
        let module = HPyModuleDef {
            doc: null(),
            size: 0,
            legacy_methods: null_mut(),
            defines: defines.as_mut_ptr(),
            globals: null_mut(),
        };
        // SAFETY: the definition is valid.
        unsafe { setup.layered.layer().register_module(&module) };
    };
    check(vec![method(c"f"), method(c"g"), slot(HPy_mod_exec), slot(HPy_mod_exec)]);
    setup.assert_clean();
    check(vec![
        method(c"f"),
        method(c"f"),
        slot(HPy_tp_repr),
        getset(c"x"),
        HPyDef { kind: 9, ..method(c"h") },
    ]);
    let report = setup.only(Rule::Definition);
    assert_line(&report, "of", "function f: the name is defined before");
    assert_line(&report, "of", "HPy_tp_repr is a slot of types");
    assert_line(&report, "of", "getset x: only types have getsets");
    assert_line(&report, "of", "defines[4] has the kind 9, and kinds are 1 to 8");
}

#[test]
fn types() {
    thread_local! {
        static SPEC: std::cell::Cell<*mut HPyType_Spec> = const { std::cell::Cell::new(null_mut()) };
    }
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, _: HPy) -> HPy {
        // SAFETY: the context of the call; the spec is valid.
        unsafe { ((*ctx).ctx_Type_FromSpec)(ctx, SPEC.get(), null_mut()) }
    }
    let setup = Setup::new();
    let check = |mut definitions: Vec<HPyDef>, flags| {
        let mut defines = pointers(&mut definitions);
        let mut spec = HPyType_Spec {
            name: c"test.Point".as_ptr(),
            basicsize: 16,
            itemsize: 0,
            flags,
            builtin_shape: HPyType_BuiltinShape_Object,
            legacy_slots: null_mut(),
            defines: defines.as_mut_ptr(),
            doc: null(),
        };
        SPEC.set(&raw mut spec);
        let (this, argument) = (super::Object::text("self"), super::Object::text("argument"));
        assert!(setup.call(function, &this, &argument).is_some());
    };
    let right = vec![slot(HPy_tp_repr), slot(HPy_bf_getbuffer), method(c"f"), member(c"x", 8)];
    check(right, HPy_TPFLAGS_DEFAULT | HPy_TPFLAGS_BASETYPE);
    setup.assert_clean();
    let wrong = vec![
        slot(HPy_tp_repr),
        slot(HPy_tp_repr),
        slot(HPy_mod_exec),
        slot(999),
        slot(HPy_bf_releasebuffer),
        method(c"f"),
        member(c"f", 16),
        getset(c"g"),
    ];
    check(wrong, HPy_TPFLAGS_DEFAULT | 1 << 30);
    let report = setup.only(Rule::Definition);
    for line in [
        "type test.Point",
        "flags 0x40000000 are not flags of HPy",
        "HPy_tp_repr is defined twice",
        "HPy_mod_exec is a slot of modules",
        "slot 999 is not a slot of HPy",
        "HPy_bf_releasebuffer is defined without HPy_bf_getbuffer",
        "member f: the name is defined before",
        "member f: offset 16 is outside of the struct, which has 16 bytes",
        "getset g can neither be read nor written",
    ] {
        assert_line(&report, "of", line);
    }
}
