//! Calls of functions of every signature go through layers and arrive.

use std::ffi::c_int;

use hpy_abi::*;
use hpy_layers::{Layered, Member, Outcome};

use crate::fake::incoming::{
    AnyLayered, Signature, signatures, signatures_without_context, stand_in, through,
};
use crate::fake::{self, Arrival, ITEMS, Seen, arrivals};
use crate::support::{MASK, Mask, Witness};

/// A way from the engine to a function.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// As a trampoline does it.
    Packed,
    StandIn,
}

/// Calls the function through layers, of which the outermost is the first and has the context `outer`. Returns the
/// calls that arrived in it, and what came back.
fn call(
    way: Way,
    layers: &[&dyn AnyLayered],
    outer: *mut HPyContext,
    signature: &Signature,
) -> (Vec<Arrival>, Vec<Seen>) {
    let mut results = None;
    match way {
        Way::Packed => through(outer, signature.number, signature.function, |ctx, function| {
            results = Some((signature.call)(ctx, function));
        }),
        Way::StandIn => {
            let make = || stand_in(layers, signature.number, signature.function).expect("a known signature");
            let (callee, again) = (make(), make());
            assert_eq!(callee.first, again.first, "made once");
            results = Some((signature.call_stand_in)(callee.first, callee.function));
        }
    }
    (arrivals(), results.expect("the engine was asked to call"))
}

/// Calls a function of every signature, in each way, as the engine whose context `inner` is, with its handles. Each has
/// to reach the function with the context `outer` and with handles changed by `MASK`; what comes back has to be inner
/// again.
fn assert_all_arrive<const MASK: isize>(
    layers: &[&dyn AnyLayered],
    outer: *mut HPyContext,
    inner: *mut HPyContext,
) {
    assert_eq!(signatures::<MASK>().len(), 42);
    for way in [Way::Packed, Way::StandIn] {
        for (signature, direct) in signatures::<MASK>().iter().zip(signatures::<0>()) {
            let name = signature.name;
            let expected_results = (direct.call)(inner, direct.function);
            let [expected] = &arrivals()[..] else { panic!("{name}: one call, one arrival") };

            let (all, results) = call(way, layers, outer, signature);
            // The last, since a layer may ask how many keywords there are.
            let arrival = all.last().expect("the function was called");
            let arguments: Vec<Seen> = expected.arguments.iter().map(|s| s.masked(MASK)).collect();
            assert_eq!((arrival.index, &arrival.arguments), (expected.index, &arguments), "{way:?} {name}");
            assert_eq!(arrival.context, outer.cast_const(), "{way:?} {name}");
            assert_eq!(results, expected_results, "{way:?} {name}");
        }
        for signature in signatures_without_context() {
            let name = signature.name;
            let expected_results = (signature.call)(inner, signature.function);
            let expected = arrivals();
            assert_eq!(expected.len(), 1, "{name}");
            let found = call(way, layers, outer, &signature);
            assert_eq!(found, (expected, expected_results), "{way:?} {name}");
        }
    }
}

#[test]
fn transparent() {
    let mut inner = fake::context();
    let inner: *mut HPyContext = &raw mut *inner;
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(inner, HPY_CONTEXT_MEMBERS, Witness::default()) };
    assert_all_arrive::<0>(&[&*layered], layered.context(), inner);
    let seen = layered.layer().functions.lock().unwrap();
    let mut expected: Vec<_> = signatures::<0>()
        .iter()
        .chain(&signatures_without_context())
        .map(|s| (s.number, s.function as usize))
        .collect();
    expected.extend_from_within(..); // in each way
    assert_eq!(*seen, expected);
    assert_eq!(layered.layer().outcomes.lock().unwrap().len(), expected.len());
    assert!(layered.layer().entered.lock().unwrap().is_empty(), "the engine calls, not the extension");
}

#[test]
fn with_handles_of_its_own() {
    let mut inner = fake::context();
    let inner: *mut HPyContext = &raw mut *inner;
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(inner, HPY_CONTEXT_MEMBERS, Mask::new(MASK)) };
    assert_all_arrive::<MASK>(&[&*layered], layered.context(), inner);
    let arguments = layered.layer().arguments.lock().unwrap();
    assert!(arguments.0.is_empty(), "all were released");
    assert!(arguments.1 > signatures::<0>().len());
}

#[test]
fn stacked() {
    let mut inner = fake::context();
    let inner: *mut HPyContext = &raw mut *inner;
    // SAFETY: the contexts live to the end of the test, and each longer than those around it.
    unsafe {
        let low = Layered::new(inner, HPY_CONTEXT_MEMBERS, Mask::new(MASK));
        let middle = Layered::new(low.context(), HPY_CONTEXT_MEMBERS, Witness::default());
        let high = Layered::new(middle.context(), HPY_CONTEXT_MEMBERS, Mask::new(MASK << 1));
        let layers: [&dyn AnyLayered; 3] = [&*high, &*middle, &*low];
        assert_all_arrive::<{ MASK | MASK << 1 }>(&layers, high.context(), inner);
        for layer in [low.layer(), high.layer()] {
            assert!(layer.arguments.lock().unwrap().0.is_empty());
        }
        // Every layer knows the extension's function, not that of the layer around it.
        let seen = middle.layer().functions.lock().unwrap();
        let expected = signatures::<{ MASK | MASK << 1 }>();
        for signature in expected {
            let of_signature = |seen: &&_| **seen == (signature.number, signature.function as usize);
            assert_eq!(seen.iter().filter(of_signature).count(), 2, "{}", signature.name);
        }
    }
}

/// Positional arguments are followed by one for each keyword.
#[test]
fn keywords() {
    unsafe extern "C" fn function(
        _: *mut HPyContext,
        _: HPy,
        args: *const HPy,
        nargs: usize,
        kw: HPy,
    ) -> HPy {
        // SAFETY: the caller gives that many.
        let args = unsafe { std::slice::from_raw_parts(args, nargs + ITEMS) };
        assert_eq!((nargs, kw._i), (7, 20 ^ MASK));
        let values: Vec<isize> = args.iter().map(|h| if h.is_null() { 0 } else { h._i ^ MASK }).collect();
        assert_eq!(values, [100, 0, 102, 103, 104, 105, 106, 107, 108, 109]);
        HPy::NULL
    }
    let mut inner = fake::context();
    // SAFETY: the contexts live to the end of the test, and the function is called as what it is.
    unsafe {
        let layered = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Mask::new(MASK));
        let address = std::mem::transmute::<HPyFunc_keywords, HPyCFunction>(function);
        let args: Vec<HPy> = (0..10).map(|i| HPy { _i: if i == 1 { 0 } else { 100 + i } }).collect();
        through(layered.context(), HPyFunc_KEYWORDS, address, |ctx, function| {
            let function = std::mem::transmute::<HPyCFunction, HPyFunc_keywords>(function);
            let result = function(ctx, HPy { _i: 1 }, args.as_ptr(), 7, HPy { _i: 20 });
            assert!(result.is_null());
        });
        let members: Vec<usize> = arrivals().iter().map(|a| a.index).collect();
        assert_eq!(members, [Member::ctx_Tuple_Check, Member::ctx_Length].map(|m| m as usize));
        assert_eq!(*layered.layer().arguments.lock().unwrap(), (Vec::new(), 11));
    }
}

/// What a function leaves in a buffer is the caller's, if it says that it left something.
#[test]
fn buffers() {
    unsafe extern "C" fn get(_: *mut HPyContext, this: HPy, view: *mut HPy_buffer, flags: c_int) -> c_int {
        assert_eq!(this._i, 1 ^ MASK);
        // SAFETY: the caller's view.
        unsafe { (*view).obj = HPy { _i: 30 ^ MASK } };
        flags
    }
    let mut inner = fake::context();
    // SAFETY: the contexts live to the end of the test, and the function is called as what it is.
    unsafe {
        let layered = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Mask::new(MASK));
        let address = std::mem::transmute::<HPyFunc_getbufferproc, HPyCFunction>(get);
        for (status, obj) in [(0, 30), (-1, 0)] {
            let mut view: HPy_buffer = std::mem::zeroed();
            through(layered.context(), HPyFunc_GETBUFFERPROC, address, |ctx, function| {
                let get = std::mem::transmute::<HPyCFunction, HPyFunc_getbufferproc>(function);
                assert_eq!(get(ctx, HPy { _i: 1 }, &raw mut view, status), status);
            });
            assert_eq!(view.obj._i, obj);
        }
    }
}

/// What a layer learns of results.
#[test]
fn outcomes() {
    thread_local! {
        static RESULT: std::cell::Cell<isize> = const { std::cell::Cell::new(0) };
    }
    unsafe extern "C" fn handle(_: *mut HPyContext, _: HPy) -> HPy {
        HPy { _i: RESULT.get() }
    }
    unsafe extern "C" fn status(_: *mut HPyContext, _: HPy) -> c_int {
        RESULT.get() as c_int
    }
    unsafe extern "C" fn number(_: *mut HPyContext, _: HPy) -> isize {
        RESULT.get()
    }
    unsafe extern "C" fn nothing(_: *mut HPyContext, _: HPy) {}

    let mut inner = fake::context();
    // SAFETY: the contexts live to the end of the test, and each function is called as what it is.
    unsafe {
        let layered = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Witness::default());
        let outcome = |signature, function: HPyCFunction, result| {
            RESULT.set(result);
            through(layered.context(), signature, function, |ctx, function| match signature {
                HPyFunc_NOARGS => {
                    std::mem::transmute::<HPyCFunction, HPyFunc_noargs>(function)(ctx, HPy { _i: 1 });
                }
                HPyFunc_INQUIRY => {
                    std::mem::transmute::<HPyCFunction, HPyFunc_inquiry>(function)(ctx, HPy { _i: 1 });
                }
                HPyFunc_LENFUNC | HPyFunc_HASHFUNC => {
                    std::mem::transmute::<HPyCFunction, HPyFunc_lenfunc>(function)(ctx, HPy { _i: 1 });
                }
                _ => std::mem::transmute::<HPyCFunction, HPyFunc_destructor>(function)(ctx, HPy { _i: 1 }),
            });
            layered.layer().outcomes.lock().unwrap().pop().expect("one call")
        };
        let handle = std::mem::transmute::<HPyFunc_noargs, HPyCFunction>(handle);
        let status = std::mem::transmute::<HPyFunc_inquiry, HPyCFunction>(status);
        let number = std::mem::transmute::<HPyFunc_lenfunc, HPyCFunction>(number);
        let nothing = std::mem::transmute::<HPyFunc_destructor, HPyCFunction>(nothing);
        assert_eq!(outcome(HPyFunc_NOARGS, handle, 5), Outcome::Value);
        assert_eq!(outcome(HPyFunc_NOARGS, handle, 0), Outcome::Error);
        assert_eq!(outcome(HPyFunc_INQUIRY, status, 0), Outcome::Value);
        assert_eq!(outcome(HPyFunc_INQUIRY, status, -1), Outcome::Error);
        assert_eq!(outcome(HPyFunc_LENFUNC, number, 0), Outcome::Value);
        assert_eq!(outcome(HPyFunc_LENFUNC, number, -2), Outcome::Error);
        assert_eq!(outcome(HPyFunc_HASHFUNC, number, -2), Outcome::Value);
        assert_eq!(outcome(HPyFunc_HASHFUNC, number, -1), Outcome::Error);
        assert_eq!(outcome(HPyFunc_DESTRUCTOR, nothing, -1), Outcome::Nothing);
    }
    for signature in signatures_without_context() {
        // SAFETY: as above.
        let layered = unsafe { Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Witness::default()) };
        call(Way::Packed, &[&*layered], layered.context(), &signature);
        assert_eq!(*layered.layer().outcomes.lock().unwrap(), [Outcome::Nothing], "{}", signature.name);
    }
}

/// What no function can have reaches the engine as it is; that says what is wrong with it.
#[test]
fn unknown_signature() {
    let mut inner = fake::context();
    let [first, ..] = &signatures::<0>()[..] else { panic!() };
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Witness::default()) };
    for number in [0, HPyFunc_VECTORCALLFUNC, 1000, -1] {
        let mut arrived = false;
        through(layered.context(), number, first.function, |_, function| {
            arrived = std::ptr::fn_addr_eq(function, first.function);
        });
        assert!(arrived, "{number}");
        assert!(stand_in(&[&*layered], number, first.function).is_none(), "{number}");
    }
    assert!(layered.layer().functions.lock().unwrap().is_empty());
}
