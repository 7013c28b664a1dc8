//! Contexts, threads and exceptions.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::null_mut;

use hpy_abi::*;
use hpy_layers::Layered;
use hpy_layers::debug::Rule;

use crate::fake::incoming::through;
use crate::support::Witness;
#[cfg(unix)]
use crate::support::{OLD, shortened};

use super::engine::{self, Object};
use super::{Setup, assert_line, none};

thread_local! {
    static KEPT: Cell<*mut HPyContext> = const { Cell::new(null_mut()) };
}

unsafe extern "C" fn keep(ctx: *mut HPyContext, _: HPy, _: HPy) -> HPy {
    KEPT.set(ctx);
    // SAFETY: the context of the call.
    unsafe { none(ctx) }
}

unsafe extern "C" fn use_kept(ctx: *mut HPyContext, _: HPy, _: HPy) -> HPy {
    let kept = KEPT.get();
    // SAFETY: it lives as long as the layer.
    unsafe {
        ((*kept).ctx_Is)(kept, (*ctx).h_None, (*ctx).h_None);
        none(ctx)
    }
}

#[test]
fn context_kept() {
    let setup = Setup::new();
    setup.run(keep);
    setup.run(use_kept);
    let report = setup.only(Rule::WrongContext);
    assert!(
        report.starts_with("HPy debug mode: A context was used outside of its call [wrong-context]\n"),
        "{report}"
    );
    assert_line(&report, "context", "of a call that has ended");
    assert_line(&report, "misused", "HPy_Is in ");
    setup.assert_clean();
}

/// Each call gets a copy of the context of the layer, which is whole.
#[test]
#[cfg(unix)]
fn around_a_shorter_context() {
    let engine = engine::context();
    let inner = shortened(&engine);
    // SAFETY: it is never freed, and has that many members.
    let setup = unsafe { Setup::around(engine, inner, OLD) };
    setup.run(keep);
    assert_eq!(setup.layered.members(), OLD);
    setup.assert_clean();
}

/// A context that was kept is not valid again at once.
#[test]
fn contexts_take_turns() {
    let setup = Setup::new();
    setup.run(keep);
    let first = KEPT.get();
    for _ in 0..15 {
        setup.run(keep);
        assert_ne!(KEPT.get(), first);
    }
}

/// Calls come back to the extension while it is inside of the API.
#[test]
fn context_of_the_caller() {
    thread_local! {
        static SETUP: Cell<*const Setup> = const { Cell::new(std::ptr::null()) };
        static DEPTH: Cell<usize> = const { Cell::new(0) };
    }
    unsafe extern "C" fn outer(ctx: *mut HPyContext, this: HPy, _: HPy) -> HPy {
        DEPTH.set(DEPTH.get() + 1);
        KEPT.set(ctx);
        // SAFETY: the context of the call.
        unsafe { ((*ctx).ctx_Str)(ctx, this) }
    }
    /// The engine's function.
    unsafe extern "C" fn call_back(ctx: *mut HPyContext, _: HPy) -> HPy {
        // SAFETY: the test set it.
        unsafe {
            (*SETUP.get()).run(if DEPTH.get() < 50 { outer } else { use_kept });
            ((*ctx).ctx_Dup)(ctx, (*ctx).h_None)
        }
    }
    let mut setup = Setup::new();
    setup.engine.ctx_Str = call_back;
    SETUP.set(&raw const setup);
    // The second time, since all contexts have to come back.
    for _ in 0..2 {
        DEPTH.set(0);
        setup.run(outer);
        assert_line(&setup.only(Rule::WrongContext), "context", "not ended yet");
    }
    setup.assert_clean();
}

/// Under another layer, debug mode is called with its own context instead of the call's.
#[test]
fn below_another_layer() {
    let setup = Setup::new();
    // SAFETY: the context of the setup lives longer.
    let around = unsafe { Layered::new(setup.layered.context(), HPY_CONTEXT_MEMBERS, Witness::default()) };
    let (this, argument) = (Object::text("self"), Object::text("argument"));
    assert!(setup.call_with(around.context(), keep, &this, &argument).is_some());
    assert_eq!(KEPT.get(), around.context());
    setup.assert_clean();
}

#[test]
fn other_thread() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, _: HPy) -> HPy {
        let address = ctx as usize;
        std::thread::spawn(move || {
            let ctx = address as *mut HPyContext;
            // SAFETY: it lives as long as the layer.
            unsafe { ((*ctx).ctx_Err_Clear)(ctx) };
        })
        .join()
        .unwrap();
        // SAFETY: the context of the call.
        unsafe { none(ctx) }
    }
    let setup = Setup::new();
    setup.run(function);
    let report = setup.only(Rule::OtherThread);
    assert_line(&report, "context", "other_thread::function");
    assert_line(&report, "misused", "HPyErr_Clear in ");
    setup.assert_clean();
}

#[test]
fn outside_of_any_call() {
    let setup = Setup::new();
    setup.run(keep);
    let kept = KEPT.get();
    // SAFETY: it lives as long as the layer.
    unsafe { ((*kept).ctx_Err_Clear)(kept) };
    setup.only(Rule::WrongContext);
    setup.assert_clean();
}

#[test]
fn outside_of_python() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            let state = ((*ctx).ctx_LeavePythonExecution)(ctx);
            ((*ctx).ctx_Err_Clear)(ctx);
            ((*ctx).ctx_ReenterPythonExecution)(ctx, state);
            ((*ctx).ctx_ReenterPythonExecution)(ctx, state);
            assert_eq!(((*ctx).ctx_Length)(ctx, argument), 8);
            none(ctx)
        }
    }
    unsafe extern "C" fn never_back(ctx: *mut HPyContext, _: HPy, _: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe { ((*ctx).ctx_LeavePythonExecution)(ctx) };
        HPy::NULL
    }
    let setup = Setup::new();
    setup.run(function);
    let reports = setup.reports();
    let rules: Vec<Rule> = reports.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(rules, [Rule::OutsidePython, Rule::NotOutsidePython]);
    assert_line(&reports[0].1, "misused", "HPyErr_Clear in ");
    let (this, argument) = (Object::text("self"), Object::text("argument"));
    setup.call(never_back, &this, &argument);
    engine::clear_error();
    assert_line(&setup.only(Rule::ReturnedOutsidePython), "misused", "never_back");
    setup.assert_clean();
}

unsafe fn raise(ctx: *mut HPyContext) {
    // SAFETY: the context of the call.
    unsafe { ((*ctx).ctx_Err_SetString)(ctx, (*ctx).h_TypeError, c"wrong".as_ptr()) };
}

#[test]
fn exception_set() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            let copy = ((*ctx).ctx_Dup)(ctx, argument);
            raise(ctx);
            assert_eq!(((*ctx).ctx_Err_Occurred)(ctx), 1);
            assert_eq!(((*ctx).ctx_Length)(ctx, argument), 8);
            // What cleans up is allowed.
            ((*ctx).ctx_Close)(ctx, copy);
            HPy::NULL
        }
    }
    let setup = Setup::new();
    assert!(setup.call(function, &Object::text("self"), &Object::text("argument")).is_none());
    assert_line(&setup.only(Rule::ExceptionSet), "misused", "HPy_Length in ");
    setup.assert_clean();
}

#[test]
fn results_and_exceptions() {
    unsafe extern "C" fn null(_: *mut HPyContext, _: HPy, _: HPy) -> HPy {
        HPy::NULL
    }
    unsafe extern "C" fn value(ctx: *mut HPyContext, _: HPy, _: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            raise(ctx);
            none(ctx)
        }
    }
    let setup = Setup::new();
    let (this, argument) = (Object::text("self"), Object::text("argument"));
    assert!(setup.call(null, &this, &argument).is_none());
    assert_line(&setup.only(Rule::NoException), "misused", "results_and_exceptions::null");
    assert!(setup.call(value, &this, &argument).is_some());
    setup.only(Rule::ResultWithException);
}

/// The end of an iteration is no failure.
#[test]
fn end_of_iteration() {
    unsafe extern "C" fn next(_: *mut HPyContext, _: HPy) -> HPy {
        HPy::NULL
    }
    let setup = Setup::new();
    let this = Object::text("self");
    // SAFETY: the function is called as what it is.
    unsafe {
        let address = std::mem::transmute::<HPyFunc_iternextfunc, HPyCFunction>(next);
        for (signature, reports) in [(HPyFunc_ITERNEXTFUNC, 0), (HPyFunc_REPRFUNC, 1)] {
            through(setup.layered.context(), signature, address, |ctx, function| {
                let function = std::mem::transmute::<HPyCFunction, HPyFunc_iternextfunc>(function);
                assert!(function(ctx, this.handle()).is_null());
            });
            assert_eq!(setup.reports().len(), reports);
        }
    }
}

#[test]
fn api_in_destroy() {
    unsafe extern "C" fn destroy(_: *mut c_void) {
        let kept = KEPT.get();
        // SAFETY: it lives as long as the layer.
        unsafe { ((*kept).ctx_Err_Clear)(kept) };
    }
    let setup = Setup::new();
    setup.run(keep);
    // SAFETY: the function is called as what it is.
    unsafe {
        let address = std::mem::transmute::<HPyFunc_destroyfunc, HPyCFunction>(destroy);
        through(setup.layered.context(), HPyFunc_DESTROYFUNC, address, |_, function| {
            std::mem::transmute::<HPyCFunction, HPyFunc_destroyfunc>(function)(null_mut());
        });
    }
    assert_line(&setup.only(Rule::ApiWithoutContext), "misused", "api_in_destroy::destroy");
    setup.assert_clean();
}
