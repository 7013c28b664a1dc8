//! Handles: leaked, closed twice, used and returned when they should not be.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hpy_abi::*;
use hpy_layers::debug::{DebugHandle, Rule};

use super::engine::{self, Object};
use super::{EXACT_FRAMES, Setup, assert_line, none};

#[test]
fn nothing_wrong() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, this: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            let copy = ((*ctx).ctx_Dup)(ctx, argument);
            assert_ne!(copy, argument, "each opening is another handle");
            assert_eq!(((*ctx).ctx_Is)(ctx, copy, argument), 1);
            assert_eq!(((*ctx).ctx_Is)(ctx, copy, this), 0);
            assert_eq!(((*ctx).ctx_Length)(ctx, copy), 8);
            copy
        }
    }
    let setup = Setup::new();
    let argument = Object::text("argument");
    let result = setup.call(function, &Object::text("self"), &argument).unwrap();
    assert!(result.is(&argument));
    assert_eq!(argument.count(), 2);
    setup.assert_clean();
}

#[test]
fn used_after_close() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            let copy = ((*ctx).ctx_Dup)(ctx, argument);
            ((*ctx).ctx_Close)(ctx, copy);
            assert_eq!(((*ctx).ctx_Length)(ctx, copy), 8, "the object lives: the argument is open");
            let own = ((*ctx).ctx_Unicode_FromString)(ctx, c"x".as_ptr());
            ((*ctx).ctx_Close)(ctx, own);
            assert_eq!(((*ctx).ctx_Is)(ctx, own, (*ctx).h_None), 1, "None in its place");
            none(ctx)
        }
    }
    let setup = Setup::new();
    setup.run(function);
    let reports = setup.reports();
    let [(Rule::UsedAfterClose, first), (Rule::UsedAfterClose, second)] = &reports[..] else {
        panic!("{reports:?}")
    };
    assert!(
        first.starts_with("HPy debug mode: A handle was used after it was closed [used-after-close]\n"),
        "{first}"
    );
    assert_line(first, "object", "str 'argument'");
    assert_line(first, "opened", "HPy_Dup in ");
    assert_line(first, "closed", "HPy_Close in ");
    assert_line(first, "misused", "HPy_Length in ");
    assert_line(first, "misused", "used_after_close::function");
    if EXACT_FRAMES {
        assert_line(first, "misused", "handles.rs:");
    }
    assert_line(first, "more", "set_handle_stack_trace_limit");
    assert_line(second, "object", "all of its handles are closed");
    assert_line(second, "opened", "HPyUnicode_FromString in ");
}

/// The frames are those of the extension, neither of debug mode nor of the engine.
#[test]
fn stack_traces() {
    #[inline(never)]
    unsafe fn deep(ctx: *mut HPyContext, h: HPy) -> HPy {
        // SAFETY: the context of the call.
        let copy = unsafe { ((*ctx).ctx_Dup)(ctx, h) };
        std::hint::black_box(copy)
    }
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            std::hint::black_box(deep(ctx, argument));
            none(ctx)
        }
    }
    let setup = Setup::new();
    for (limit, expected) in [(0, None), (1, Some(1)), (2, Some(2)), (9, Some(2))] {
        setup.state.set_stack_trace_limit(limit);
        let generation = setup.state.new_generation();
        setup.run(function);
        let leaks = DebugHandle::leaks(&setup.state, generation);
        let frames = leaks[0].opened_frames();
        assert_eq!(frames.as_ref().map(Vec::len), expected, "{frames:#?}");
        if let Some(frames) = frames {
            assert!(frames[0].contains("deep"), "{frames:?}");
            assert!(frames.get(1).is_none_or(|frame| frame.contains("stack_traces::function")), "{frames:?}");
        }
    }
    assert_eq!(setup.reports(), []);
}

#[test]
fn closed_twice() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            let copy = ((*ctx).ctx_Dup)(ctx, argument);
            ((*ctx).ctx_Close)(ctx, copy);
            ((*ctx).ctx_Close)(ctx, copy);
            ((*ctx).ctx_Close)(ctx, HPy::NULL);
            none(ctx)
        }
    }
    let setup = Setup::new();
    let argument = Object::text("argument");
    setup.call(function, &Object::text("self"), &argument);
    assert_line(&setup.only(Rule::ClosedTwice), "closed", "HPy_Close");
    assert_eq!(argument.count(), 1);
    setup.assert_clean();
}

#[test]
fn closed_what_is_not_its_own() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, this: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            ((*ctx).ctx_Close)(ctx, argument);
            ((*ctx).ctx_Close)(ctx, this);
            ((*ctx).ctx_Close)(ctx, (*ctx).h_None);
            assert_eq!(((*ctx).ctx_Length)(ctx, argument), 8, "it stays open");
            none(ctx)
        }
    }
    let setup = Setup::new();
    let argument = Object::text("argument");
    // HPy 0.9 uses the record of the constant again.
    for _ in 0..2000 {
        setup.call(function, &Object::text("self"), &argument);
        let reports = setup.reports();
        let rules: Vec<Rule> = reports.iter().map(|(rule, _)| *rule).collect();
        assert_eq!(rules, [Rule::ClosedArgument, Rule::ClosedArgument, Rule::ClosedConstant]);
        assert_line(&reports[0].1, "object", "str 'argument'");
        assert_line(&reports[0].1, "handle", "an argument");
        assert_line(&reports[2].1, "handle", "a constant of the context");
    }
    assert_eq!(argument.count(), 1);
    setup.assert_clean();
}

#[test]
fn returned_what_is_not_its_own() {
    unsafe extern "C" fn argument(_: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        argument
    }
    unsafe extern "C" fn constant(ctx: *mut HPyContext, _: HPy, _: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe { (*ctx).h_None }
    }
    unsafe extern "C" fn closed(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            let copy = ((*ctx).ctx_Dup)(ctx, argument);
            ((*ctx).ctx_Close)(ctx, copy);
            copy
        }
    }
    let setup = Setup::new();
    let (this, object) = (Object::text("self"), Object::text("argument"));
    let before = engine::none().count();
    assert!(setup.call(argument, &this, &object).unwrap().is(&object));
    assert_line(&setup.only(Rule::ReturnedArgument), "misused", "returned by ");
    assert!(setup.call(constant, &this, &object).unwrap().is(&engine::none()));
    setup.only(Rule::ReturnedConstant);
    assert!(setup.call(closed, &this, &object).unwrap().is(&object));
    setup.only(Rule::ReturnedClosed);
    assert_eq!((object.count(), engine::none().count()), (1, before));
    setup.assert_clean();
}

/// An argument that is kept is closed like any other when the call ends.
#[test]
fn kept_argument() {
    thread_local! {
        static KEPT: Cell<HPy> = const { Cell::new(HPy::NULL) };
    }
    unsafe extern "C" fn keep(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        KEPT.set(argument);
        // SAFETY: the context of the call.
        unsafe { none(ctx) }
    }
    unsafe extern "C" fn use_it(ctx: *mut HPyContext, _: HPy, _: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            ((*ctx).ctx_Length)(ctx, KEPT.get());
            none(ctx)
        }
    }
    let setup = Setup::new();
    setup.run(keep);
    // Some calls later it is still known, and whose it was.
    for _ in 0..100 {
        setup.run(use_it);
        let report = setup.only(Rule::UsedAfterClose);
        assert_line(&report, "closed", "when that call ended");
        assert_line(&report, "opened", "the caller of ");
        assert_line(&report, "opened", "kept_argument::keep");
    }
}

/// More arguments than there are records for at once.
#[test]
fn many_arguments() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, args: *const HPy, nargs: usize) -> HPy {
        // SAFETY: the context of the call, and that many arguments.
        unsafe {
            for i in 0..nargs {
                assert_eq!(((*ctx).ctx_Length)(ctx, *args.add(i)), 8);
            }
            ((*ctx).ctx_Close)(ctx, *args.add(nargs - 1));
            none(ctx)
        }
    }
    let setup = Setup::new();
    let argument = Object::text("argument");
    let arguments = vec![argument.handle(); 100];
    for _ in 0..100 {
        // SAFETY: the function is called as what it is.
        unsafe {
            let address = std::mem::transmute::<HPyFunc_varargs, HPyCFunction>(function);
            crate::fake::incoming::through(
                setup.layered.context(),
                HPyFunc_VARARGS,
                address,
                |ctx, function| {
                    let function = std::mem::transmute::<HPyCFunction, HPyFunc_varargs>(function);
                    drop(Object::own(function(ctx, argument.handle(), arguments.as_ptr(), 100)));
                },
            );
        }
        setup.only(Rule::ClosedArgument);
    }
    assert_eq!(argument.count(), 1);
    setup.assert_clean();
}

#[test]
fn foreign() {
    thread_local! {
        static FOREIGN: Cell<isize> = const { Cell::new(0) };
    }
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, _: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            ((*ctx).ctx_Is)(ctx, HPy { _i: FOREIGN.get() }, (*ctx).h_None);
            none(ctx)
        }
    }
    let (setup, other) = (Setup::new(), Setup::new());
    let open = Object::text("argument");
    // SAFETY: the context lives.
    let constant_of_another = unsafe { (*other.layered.context()).h_None };
    // SAFETY: the context lives.
    let inside_a_record = unsafe { (*setup.layered.context()).h_None }._i + 8;
    for (handle, guess) in [
        (8, "unknown"),
        (-1, "unknown"),
        (inside_a_record, "unknown"),
        (constant_of_another._i, "of another interpreter"),
        (open.handle()._i, "the engine's own"),
    ] {
        FOREIGN.set(handle);
        setup.call(function, &Object::text("self"), &open);
        assert_line(&setup.only(Rule::ForeignHandle), "handle", guess);
    }
    setup.assert_clean();
}

#[test]
fn hook_in_the_place_of_reports() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            ((*ctx).ctx_Close)(ctx, argument);
            argument
        }
    }
    let setup = Setup::new();
    let count = Arc::new(AtomicUsize::new(0));
    let hook = Arc::clone(&count);
    setup.state.reporter().set_on_invalid_handle(Some(Arc::new(move || {
        hook.fetch_add(1, Ordering::Relaxed);
    })));
    let argument = Object::text("argument");
    assert!(setup.call(function, &Object::text("self"), &argument).unwrap().is(&argument));
    assert_eq!(count.load(Ordering::Relaxed), 2);
    assert_eq!(setup.reports(), []);
    assert_eq!(Arc::strong_count(&count), 2);
    drop(setup.state.reporter().set_on_invalid_handle(None));
    assert_eq!(Arc::strong_count(&count), 1, "the hook was released");
}

#[test]
fn queries() {
    thread_local! {
        static OPENED: Cell<HPy> = const { Cell::new(HPy::NULL) };
    }
    unsafe extern "C" fn open(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            OPENED.set(((*ctx).ctx_Dup)(ctx, argument));
            none(ctx)
        }
    }
    unsafe extern "C" fn close(ctx: *mut HPyContext, _: HPy, _: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            ((*ctx).ctx_Close)(ctx, OPENED.get());
            none(ctx)
        }
    }
    let setup = Setup::new();
    let state = &setup.state;
    assert_eq!(DebugHandle::all_open(state, 0).len(), 89, "the constants");
    assert_eq!(DebugHandle::all_open(state, 1).len(), 0);
    assert_eq!(state.new_generation(), 1);
    let argument = Object::text("argument");
    setup.call(open, &Object::text("self"), &argument);
    assert_eq!(state.new_generation(), 2);
    assert!(DebugHandle::all_open(state, 2).is_empty());
    let [handle] = &DebugHandle::all_open(state, 1)[..] else { panic!() };
    assert_eq!(handle.id() as isize, OPENED.get()._i);
    assert_eq!(handle.object(), Some(argument.handle()));
    assert_eq!((handle.is_closed(), handle.generation(), handle.raw_data_size()), (false, 1, None));
    setup.call(close, &Object::text("self"), &Object::text("argument"));
    assert_eq!((handle.is_closed(), handle.object()), (true, None));
    // Arguments and the results as well.
    let closed = DebugHandle::all_closed(state, 1);
    assert!(closed.contains(handle) && closed.len() == 7, "{}", closed.len());
    assert_eq!(DebugHandle::all_closed(state, 2).len(), 3);

    // When its record is used again, it is known as closed, and equal to nothing but itself.
    assert_eq!(state.closed_queue_max_size(), 1024);
    state.set_closed_queue_max_size(0);
    setup.call(close, &Object::text("self"), &Object::text("argument"));
    assert!(DebugHandle::all_closed(state, 0).is_empty());
    setup.call(open, &Object::text("self"), &argument);
    assert!(handle.is_closed() && handle.object().is_none() && handle.where_opened().is_none());
    // SAFETY: as if the extension did it.
    unsafe {
        handle.force_close();
        assert_eq!(argument.count(), 2);
        let [last] = &DebugHandle::leaks(state, 2)[..] else { panic!() };
        assert!(last != handle);
        last.force_close();
        last.force_close();
    }
    assert_eq!(argument.count(), 1);
}
