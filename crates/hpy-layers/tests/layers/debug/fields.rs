//! Fields, globals and structs.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use hpy_abi::*;
use hpy_layers::debug::Rule;

use super::engine::Object;
use super::{Setup, assert_line, none};

unsafe extern "C" fn as_object(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
    // SAFETY: the context of the call.
    unsafe {
        ((*ctx).ctx_AsStruct_Object)(ctx, argument);
        none(ctx)
    }
}

#[test]
fn shapes() {
    unsafe extern "C" fn as_legacy(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            ((*ctx).ctx_AsStruct_Legacy)(ctx, argument);
            none(ctx)
        }
    }
    let setup = Setup::new();
    let (this, point, text) = (Object::text("self"), Object::point(false), Object::text("text"));
    setup.call(as_object, &this, &point);
    setup.call(as_object, &this, &Object::point(true));
    setup.call(as_legacy, &this, &text);
    setup.assert_clean();
    setup.call(as_legacy, &this, &point);
    let report = setup.only(Rule::WrongShape);
    let shapes = "Expected shape HPyType_BuiltinShape_Legacy but got HPyType_BuiltinShape_Object";
    assert_line(&report, "shape", shapes);
    setup.call(as_object, &this, &text);
    assert_line(&setup.only(Rule::WrongShape), "object", "str 'text'");
    assert_eq!((point.count(), text.count()), (1, 1));
}

/// What the traverse functions of the type visit: fields by their number.
static VISITED: [isize; 2] = [1, 3];

unsafe extern "C" fn traverse(data: *mut c_void, visit: HPyFunc_visitproc, arg: *mut c_void) -> c_int {
    for i in VISITED {
        // SAFETY: the struct has eight fields.
        unsafe {
            let field = data.cast::<HPyField>().offset(i);
            if !(*field).is_null() && visit(field, arg) != 0 {
                return -1;
            }
        }
    }
    0
}

unsafe extern "C" fn unused() {}

/// Makes the type of points with or without a traverse function.
fn make_type(setup: &Setup, traverse: Option<HPyFunc_traverseproc>) {
    thread_local! {
        static TRAVERSE: Cell<Option<HPyFunc_traverseproc>> = const { Cell::new(None) };
    }
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, _: HPy) -> HPy {
        // SAFETY: the context of the call; the spec is valid.
        unsafe {
            let traverse = TRAVERSE.get();
            let mut slot = HPyDef {
                kind: HPyDef_Kind_Slot,
                u: HPyDefUnion {
                    slot: HPySlot {
                        slot: HPy_tp_traverse,
                        impl_: traverse.map(|f| std::mem::transmute::<HPyFunc_traverseproc, HPyCFunction>(f)),
                        cpy_trampoline: Some(unused),
                    },
                },
            };
            let end = null_mut();
            let mut defines = [if traverse.is_some() { &raw mut slot } else { end }, end];
            let mut spec = HPyType_Spec {
                name: c"test.Point".as_ptr(),
                basicsize: 64,
                itemsize: 0,
                flags: HPy_TPFLAGS_DEFAULT,
                builtin_shape: HPyType_BuiltinShape_Object,
                legacy_slots: null_mut(),
                defines: defines.as_mut_ptr(),
                doc: std::ptr::null(),
            };
            ((*ctx).ctx_Type_FromSpec)(ctx, &raw mut spec, null_mut())
        }
    }
    TRAVERSE.set(traverse);
    assert!(setup.call(function, &Object::text("self"), &Object::text("argument")).is_some());
    setup.assert_clean();
}

thread_local! {
    static NUMBER: Cell<isize> = const { Cell::new(0) };
}

/// Stores into a field of self.
unsafe extern "C" fn store(ctx: *mut HPyContext, this: HPy, argument: HPy) -> HPy {
    // SAFETY: the context of the call; the struct has eight fields.
    unsafe {
        let data = ((*ctx).ctx_AsStruct_Object)(ctx, this).cast::<HPyField>();
        ((*ctx).ctx_Field_Store)(ctx, this, data.offset(NUMBER.get()), argument);
        none(ctx)
    }
}

/// Stores into a field on the stack.
unsafe extern "C" fn store_on_stack(ctx: *mut HPyContext, this: HPy, argument: HPy) -> HPy {
    let mut field = HPyField::NULL;
    // SAFETY: the context of the call.
    unsafe {
        ((*ctx).ctx_Field_Store)(ctx, this, &raw mut field, argument);
        none(ctx)
    }
}

#[test]
fn fields() {
    let setup = Setup::new();
    let text = Object::text("argument");
    // Nothing is known of the type.
    setup.call(store_on_stack, &Object::point(false), &text);
    setup.assert_clean();

    make_type(&setup, Some(traverse));
    for point in [Object::point(false), Object::point(true)] {
        for number in VISITED {
            NUMBER.set(number);
            setup.call(store, &point, &text);
            setup.call(store, &point, &text);
            setup.assert_clean();
        }
        NUMBER.set(2);
        setup.call(store, &point, &text);
        let report = setup.only(Rule::FieldNotTraversed);
        assert_line(&report, "field", "at offset 16");
        assert_line(&report, "misused", "HPyField_Store in ");
        setup.call(store_on_stack, &point, &text);
        setup.only(Rule::FieldOutsideObject);
        assert_eq!(point.count(), 1);
    }

    make_type(&setup, None);
    NUMBER.set(1);
    setup.call(store, &Object::point(true), &text);
    assert_line(&setup.only(Rule::FieldNotTraversed), "field", "no HPy_tp_traverse");
}

#[test]
fn globals() {
    static mut LISTED: HPyGlobal = HPyGlobal { _i: 5 };
    static mut UNLISTED: HPyGlobal = HPyGlobal { _i: 6 };
    unsafe extern "C" fn listed(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call; the fake engine stores nothing.
        unsafe {
            ((*ctx).ctx_Global_Store)(ctx, &raw mut LISTED, argument);
            ((*ctx).ctx_Close)(ctx, load(ctx, HPyGlobal { _i: 5 }));
            none(ctx)
        }
    }
    unsafe extern "C" fn unlisted(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: as above.
        unsafe {
            ((*ctx).ctx_Global_Store)(ctx, &raw mut UNLISTED, argument);
            ((*ctx).ctx_Close)(ctx, load(ctx, HPyGlobal { _i: 6 }));
            none(ctx)
        }
    }
    unsafe fn load(ctx: *mut HPyContext, global: HPyGlobal) -> HPy {
        // SAFETY: the context of the call.
        unsafe { ((*ctx).ctx_Global_Load)(ctx, global) }
    }
    unsafe extern "C" fn engine_load(ctx: *mut HPyContext, _: HPyGlobal) -> HPy {
        // SAFETY: the engine's own context.
        unsafe { ((*ctx).ctx_Dup)(ctx, (*ctx).h_None) }
    }
    let mut setup = Setup::new();
    setup.engine.ctx_Global_Load = engine_load;
    // Before anything is known of the module.
    setup.run(unlisted);
    setup.assert_clean();

    let mut globals = [&raw mut LISTED, null_mut()];
    let module = HPyModuleDef {
        doc: std::ptr::null(),
        size: 0,
        legacy_methods: null_mut(),
        defines: null_mut(),
        globals: globals.as_mut_ptr(),
    };
    // SAFETY: the definition is valid.
    unsafe { setup.layered.layer().register_module(&module) };
    setup.run(listed);
    setup.assert_clean();
    setup.run(unlisted);
    let rules: Vec<Rule> = setup.reports().iter().map(|(rule, _)| *rule).collect();
    assert_eq!(rules, [Rule::GlobalNotRegistered; 2]);
}
