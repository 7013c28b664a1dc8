//! Trace mode counts calls, and tells own times from total times.

use std::cell::Cell;
use std::mem::transmute;
use std::ptr::{null, null_mut};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use hpy_abi::*;
use hpy_layers::trace::{FunctionKind, ModuleReport, Moment, Numbers, State, Trace};
use hpy_layers::{Layered, Member};

use crate::fake;
use crate::fake::incoming::{signatures, signatures_without_context, stand_in, through};

thread_local! {
    /// What the engine calls functions through.
    static LAYERED: Cell<*const Layered<Trace>> = const { Cell::new(null()) };
    /// How often `work` calls itself.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

// How long anything takes is the system's to say. What always holds: sleeping is not shorter than asked for, a whole is
// the sum of its parts, and nothing is longer than what it is part of.

const STEP: Duration = Duration::from_millis(5);

fn nap() {
    std::thread::sleep(STEP);
}

/// Of the measured rate of the processor's counter.
const PRECISION: f64 = 0.01;

fn assert_at_least(nanoseconds: u64, least: Duration) {
    let took = Duration::from_nanos(nanoseconds);
    assert!(took >= least.mul_f64(1.0 - PRECISION), "{took:?} is less than {least:?}");
}

fn assert_at_most(nanoseconds: u64, most: Duration) {
    let took = Duration::from_nanos(nanoseconds);
    assert!(took <= most.mul_f64(1.0 + PRECISION), "{took:?} is more than {most:?}");
}

/// Each part was rounded.
fn assert_sum(whole: u64, parts: &[u64]) {
    let sum: u64 = parts.iter().sum();
    assert!(whole.abs_diff(sum) <= parts.len() as u64, "{whole} is not {parts:?}, but {sum}");
}

fn address(function: HPyFunc_o) -> usize {
    function as usize
}

/// A layer that threads share, as any engine's threads do.
#[derive(Clone, Copy)]
struct Shared(*const Layered<Trace>);

// SAFETY: calls arrive on every thread.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    fn call_o(self, function: HPyFunc_o) {
        // SAFETY: each lives to the end of its test.
        call_o(unsafe { &*self.0 }, function);
    }
}

/// Returns how long the call took at most.
fn call_o(layered: &Layered<Trace>, function: HPyFunc_o) -> Duration {
    let begin = Instant::now();
    // SAFETY: it is called as what it is, in the contexts of the test.
    unsafe {
        let function = transmute::<HPyFunc_o, HPyCFunction>(function);
        let callee = stand_in(&[layered], HPyFunc_O, function).expect("a known signature");
        let function = transmute::<HPyCFunction, HPyFunc_o>(callee.function);
        function(callee.first, HPy { _i: 1 }, HPy { _i: 2 });
    }
    begin.elapsed()
}

fn of_member(report: &ModuleReport, member: Member) -> Numbers {
    report.api.iter().find(|(m, _)| *m == member).map(|(_, numbers)| *numbers).unwrap_or_default()
}

fn by_name(report: &ModuleReport, name: &str) -> Numbers {
    report.functions.iter().find(|f| f.name == name).expect("it was called").numbers
}

/// One that has no name.
fn of_function(report: &ModuleReport, function: HPyFunc_o) -> Numbers {
    by_name(report, &unnamed(address(function)))
}

fn unnamed(address: usize) -> String {
    format!("function at {address:#x}")
}

/// An engine whose `ctx_Str` runs Python code that takes a while, and calls the extension back.
unsafe extern "C" fn slow_str(_: *mut HPyContext, h: HPy) -> HPy {
    nap();
    if DEPTH.get() > 0 {
        DEPTH.set(DEPTH.get() - 1);
        // SAFETY: it lives to the end of the test.
        call_o(unsafe { &*LAYERED.get() }, work);
    }
    h
}

/// One step of its own, one and what the engine calls in the API.
unsafe extern "C" fn work(ctx: *mut HPyContext, _: HPy, arg: HPy) -> HPy {
    nap();
    // SAFETY: the context lives.
    unsafe { ((*ctx).ctx_Str)(ctx, arg) }
}

unsafe extern "C" fn quick(ctx: *mut HPyContext, _: HPy, arg: HPy) -> HPy {
    // SAFETY: the context lives.
    unsafe { ((*ctx).ctx_Dup)(ctx, arg) }
}

fn slow_engine() -> Box<HPyContext> {
    let mut inner = fake::context();
    inner.ctx_Str = slow_str;
    inner
}

/// Every function of the context and every signature, counted once for each call.
#[test]
fn everything_is_counted() {
    // The first is no call; the others look at what they get, see `names_of_functions`.
    let left_out = ["ctx_CallRealFunctionFromTrampoline", "ctx_Type_FromSpec", "ctx_API_GetSlot"];
    let called = |name: &str| !left_out.contains(&name);
    let mut inner = fake::context();
    let state = State::new();
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "m")) };
    // The other calls are not quick.
    for (round, calls) in [(1, 1), (2, 2), (3, 2)] {
        if round == 2 {
            state.set_hook(Moment::Exit, Some(Arc::new(|_| ())));
        }
        if round < 3 {
            for (_, _, call) in fake::functions().into_iter().filter(|(name, ..)| called(name)) {
                call(layered.context(), 0);
            }
        }
        let totals = state.totals();
        assert_eq!(totals.len(), Member::ALL.len());
        assert!(totals.iter().map(|(member, _)| *member).eq(Member::ALL.iter().copied()), "in order");
        for (member, numbers) in totals {
            let name = member.name();
            assert_eq!(numbers.calls, if called(name) { calls } else { 0 }, "{name}");
            assert!(numbers.total >= numbers.own, "{name}");
        }

        let all: Vec<_> = signatures::<0>().into_iter().chain(signatures_without_context()).collect();
        for signature in &all {
            if round < 3 {
                let callee = stand_in(&[&*layered], signature.number, signature.function).expect("known");
                (signature.call_stand_in)(callee.first, callee.function);
            } else {
                through(layered.context(), signature.number, signature.function, |ctx, function| {
                    (signature.call)(ctx, function);
                });
            }
        }
        for signature in &all {
            let numbers = by_name(&state.report()[0], &unnamed(signature.function as usize));
            assert_eq!(numbers.calls, round, "{}", signature.name);
        }
    }
}

#[test]
fn own_time_is_without_nested_calls() {
    let mut inner = slow_engine();
    let state = State::new();
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "m")) };
    let took = call_o(&layered, work);
    let [report] = &state.report()[..] else { panic!("one module") };
    let (function, api) = (of_function(report, work), of_member(report, Member::ctx_Str));
    assert_eq!((function.calls, api.calls), (1, 1));
    assert_at_least(function.own, STEP);
    assert_at_least(api.own, STEP);
    assert_eq!(api.total, api.own);
    assert_sum(function.total, &[function.own, api.total]);
    assert_at_most(function.total, took);
}

/// Through Python code, and without counting any time twice.
#[test]
fn recursion() {
    let mut inner = slow_engine();
    let state = State::new();
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "m")) };
    LAYERED.set(&raw const *layered);
    DEPTH.set(2);
    let took = call_o(&layered, work);
    let [report] = &state.report()[..] else { panic!("one module") };
    let (function, api) = (of_function(report, work), of_member(report, Member::ctx_Str));
    assert_eq!((function.calls, api.calls), (3, 3));
    assert_at_least(function.own, STEP * 3);
    assert_at_least(api.own, STEP * 3);
    assert_at_least(api.total, STEP * 5);
    assert_at_least(function.total - api.total, STEP);
    assert_sum(function.total, &[function.own, api.own]);
    assert_at_most(function.total, took);
}

#[test]
fn modules_are_told_apart() {
    let mut inner = slow_engine();
    let state = State::new();
    // SAFETY: the contexts live to the end of the test.
    unsafe {
        let caller = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "caller"));
        let callee = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "callee"));
        let again = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "callee"));
        LAYERED.set(&raw const *callee);
        DEPTH.set(1);
        call_o(&caller, work);
        call_o(&again, quick);
    }
    state.name_function(address(work), FunctionKind::Own, "work");
    state.name_function(address(work), FunctionKind::Own, "another name");
    let [caller, callee] = &state.report()[..] else { panic!("two modules") };
    assert_eq!((&*caller.name, &*callee.name), ("caller", "callee"));
    let (outer, inner) = (by_name(caller, "work"), by_name(callee, "work"));
    let (outer_str, inner_str) = (of_member(caller, Member::ctx_Str), of_member(callee, Member::ctx_Str));
    for own in [outer.own, outer_str.own, inner.own, inner_str.own] {
        assert_at_least(own, STEP);
    }
    assert_sum(outer.total, &[outer.own, outer_str.own, inner.total]);
    assert_sum(inner.total, &[inner.own, inner_str.own]);
    assert_eq!(of_member(callee, Member::ctx_Dup).calls, 1);
    assert_eq!(callee.api.len(), 2, "others were not called");
    assert_eq!(caller.functions.len(), 1);
    assert_eq!(of_function(callee, quick).calls, 1);

    let totals = state.totals();
    let total = |member| totals.iter().find(|(m, _)| *m == member).map(|(_, numbers)| numbers.calls);
    assert_eq!((total(Member::ctx_Str), total(Member::ctx_Dup)), (Some(2), Some(1)));
}

/// Two layers of one stack count the same calls, each for its module.
#[test]
fn stacked() {
    let mut inner = slow_engine();
    let state = State::new();
    // SAFETY: the contexts live to the end of the test, and each longer than those around it.
    unsafe {
        let low = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "low"));
        let high = Layered::new(low.context(), HPY_CONTEXT_MEMBERS, Trace::new(&state, "high"));
        let function = transmute::<HPyFunc_o, HPyCFunction>(work);
        through(high.context(), HPyFunc_O, function, |ctx, function| {
            transmute::<HPyCFunction, HPyFunc_o>(function)(ctx, HPy { _i: 1 }, HPy { _i: 2 });
        });
        let callee = stand_in(&[&*high, &*low], HPyFunc_O, function).expect("a known signature");
        let function = transmute::<HPyCFunction, HPyFunc_o>(callee.function);
        function(callee.first, HPy { _i: 1 }, HPy { _i: 2 });
    }
    let [low, high] = &state.report()[..] else { panic!("two modules") };
    let numbers = [low, high].map(|m| (of_function(m, work), of_member(m, Member::ctx_Str)));
    let [(low, low_str), (high, high_str)] = numbers;
    for numbers in [low, low_str, high, high_str] {
        assert_eq!(numbers.calls, 2);
    }
    assert_at_least(high.own, STEP * 2);
    assert_at_least(low_str.own, STEP * 2);
    assert_sum(low.total, &[low.own, high.total]);
    assert_sum(high.total, &[high.own, high_str.total]);
    assert_sum(high_str.total, &[high_str.own, low_str.total]);
}

#[test]
fn reset() {
    let mut inner = fake::context();
    let state = State::new();
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "m")) };
    call_o(&layered, quick);
    state.reset();
    let expected = ModuleReport { name: "m".into(), api: Vec::new(), functions: Vec::new() };
    assert_eq!(state.report(), [expected]);
    assert!(state.totals().iter().all(|(_, numbers)| *numbers == Numbers::default()));
    call_o(&layered, quick);
    assert_eq!(of_function(&state.report()[0], quick).calls, 1);
}

/// Threads count separately, even while another one reads, and their counts stay when they end.
#[test]
fn threads() {
    const THREADS: u64 = 4;
    const CALLS: u64 = 1000;
    let mut inner = fake::context();
    let state = State::new();
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "m")) };
    let shared = Shared(&raw const *layered);
    let barrier = Barrier::new(THREADS as usize + 1);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..CALLS {
                    shared.call_o(quick);
                }
                barrier.wait();
                barrier.wait();
            });
        }
        for _ in 0..100 {
            let _ = state.report();
        }
        barrier.wait();
        assert_eq!(of_function(&state.report()[0], quick).calls, THREADS * CALLS);
        barrier.wait();
    });
    let report = &state.report()[0];
    assert_eq!(of_function(report, quick).calls, THREADS * CALLS);
    assert_eq!(of_member(report, Member::ctx_Dup).calls, THREADS * CALLS);
    state.reset();
    assert!(state.report()[0].functions.is_empty());
}

/// Nothing is lost or counted twice when hooks come and go; threads end and others go on with their counters.
#[test]
fn threads_and_hooks() {
    const CALLS: u64 = 200;
    let mut inner = fake::context();
    let state = State::new();
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "m")) };
    let shared = Shared(&raw const *layered);
    for round in 1..=5 {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..CALLS).for_each(|_| shared.call_o(quick)));
            }
            for _ in 0..50 {
                state.set_hook(Moment::Enter, Some(Arc::new(|_| {})));
                state.set_hook(Moment::Enter, None);
            }
        });
        assert_eq!(of_function(&state.report()[0], quick).calls, round * 4 * CALLS);
    }
}

/// More functions than fit into the first table of a thread.
#[test]
fn many_functions() {
    let mut inner = fake::context();
    let state = State::new();
    // SAFETY: the contexts live to the end of the test.
    unsafe {
        let layered = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "m"));
        for round in 0..2 {
            for i in 1..=500_usize {
                // Nobody calls what is there: the layer is only told.
                enter_and_exit(layered.layer(), transmute::<usize, HPyCFunction>(16 * i));
            }
            let functions = &state.report()[0].functions;
            assert_eq!(functions.len(), 500);
            assert!(functions.iter().all(|f| f.numbers.calls == round + 1));
        }
    }
}

unsafe fn enter_and_exit(layer: &Trace, function: HPyCFunction) {
    use hpy_layers::{FunctionCall, Layer, Outcome, Target};
    let target = Target { inner: null_mut(), function, signature: HPyFunc_NOARGS };
    let mut call = FunctionCall { ctx: null_mut(), target: &target, signature: HPyFunc_NOARGS };
    // SAFETY: the layer looks at nothing but the address.
    unsafe {
        let frame = layer.enter_function(&mut call);
        layer.exit_function(&call, frame, Outcome::Value);
    }
}

/// Notes the calls of hooks.
fn set_hooks(state: &Arc<State>, log: &Arc<Mutex<Vec<String>>>) {
    for (moment, sign) in [(Moment::Enter, '+'), (Moment::Exit, '-')] {
        let log = log.clone();
        let hook = move |member: Member| log.lock().unwrap().push(format!("{sign}{}", member.name()));
        assert!(state.set_hook(moment, Some(Arc::new(hook))).is_none());
    }
}

#[test]
fn hooks() {
    let mut inner = slow_engine();
    let state = State::new();
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "m")) };
    let ctx = layered.context();
    let log = Arc::new(Mutex::new(Vec::new()));
    let logged = || std::mem::take(&mut *log.lock().unwrap()).join(" ");
    set_hooks(&state, &log);

    LAYERED.set(&raw const *layered);
    DEPTH.set(1);
    call_o(&layered, work);
    assert_eq!(logged(), "+ctx_Str +ctx_Str -ctx_Str -ctx_Str");

    // Inside of Python, on both ways.
    // SAFETY: the contexts live to the end of the test.
    unsafe {
        let thread = ((*ctx).ctx_LeavePythonExecution)(ctx);
        assert_eq!(logged(), "+ctx_LeavePythonExecution -ctx_LeavePythonExecution");
        ((*ctx).ctx_ReenterPythonExecution)(ctx, thread);
        assert_eq!(logged(), "+ctx_ReenterPythonExecution -ctx_ReenterPythonExecution");
        ((*ctx).ctx_FatalError)(ctx, c"the fake one returns".as_ptr());
    }

    logged();
    assert!(state.set_hook(Moment::Enter, None).is_some());
    call_o(&layered, quick);
    assert_eq!(logged(), "-ctx_Dup");
    assert!(state.set_hook(Moment::Exit, None).is_some());
    call_o(&layered, quick);
    assert_eq!(logged(), "");
}

/// What a hook calls is counted, but not told to hooks; its time belongs to nobody.
#[test]
fn hooks_do_not_see_themselves() {
    let mut inner = slow_engine();
    let state = State::new();
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "m")) };
    let in_hooks = Arc::new(Mutex::new(Duration::ZERO));
    let hook = {
        let (layered, in_hooks) = (Shared(&raw const *layered), in_hooks.clone());
        move |_: Member| {
            let begin = Instant::now();
            nap();
            layered.call_o(quick);
            *in_hooks.lock().unwrap() += begin.elapsed();
        }
    };
    state.set_hook(Moment::Enter, Some(Arc::new(hook)));
    let took = call_o(&layered, work);
    let report = &state.report()[0];
    assert_eq!(of_function(report, quick).calls, 1);
    let (function, api) = (of_function(report, work), of_member(report, Member::ctx_Str));
    assert_at_least(function.own, STEP);
    assert_at_least(api.own, STEP);
    assert_sum(function.total, &[function.own, api.total]);
    assert_at_most(function.total, took - *in_hooks.lock().unwrap());
}

/// A hook is called from the next call on, on whatever thread, and no longer than until it is cleared.
#[test]
fn hooks_of_other_threads() {
    let mut inner = fake::context();
    let state = State::new();
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "m")) };
    let log = Arc::new(Mutex::new(Vec::new()));
    call_o(&layered, quick);
    std::thread::scope(|scope| scope.spawn(|| set_hooks(&state, &log)).join()).unwrap();
    call_o(&layered, quick);
    // Modules and threads that are new know of it too.
    // SAFETY: as above.
    let other = unsafe { Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "other")) };
    call_o(&other, quick);
    let shared = Shared(&raw const *layered);
    std::thread::scope(|scope| scope.spawn(move || shared.call_o(quick)).join()).unwrap();
    assert_eq!(std::mem::take(&mut *log.lock().unwrap()), ["+ctx_Dup", "-ctx_Dup"].repeat(3));
    for moment in [Moment::Enter, Moment::Exit] {
        assert!(state.set_hook(moment, None).is_some());
    }
    call_o(&layered, quick);
    call_o(&other, quick);
    assert!(log.lock().unwrap().is_empty());
    assert_eq!(of_function(&state.report()[0], quick).calls, 4);
}

#[test]
fn frequency() {
    let frequency = State::new().frequency();
    assert!((1_000_000..=1_000_000_000).contains(&frequency), "{frequency}");
}

/// From the definitions of the module, and those of types once they are made.
#[test]
fn names_of_functions() {
    fn function(address: usize) -> Option<HPyCFunction> {
        // SAFETY: nobody calls it.
        Some(unsafe { transmute::<usize, HPyCFunction>(address) })
    }
    let method = |name: &'static std::ffi::CStr, address| HPyDef {
        kind: HPyDef_Kind_Meth,
        u: HPyDefUnion {
            meth: HPyMeth {
                name: name.as_ptr(),
                impl_: function(address),
                cpy_trampoline: None,
                signature: HPyFunc_NOARGS,
                doc: null_mut(),
            },
        },
    };
    let slot = |slot, address| HPyDef {
        kind: HPyDef_Kind_Slot,
        u: HPyDefUnion { slot: HPySlot { slot, impl_: function(address), cpy_trampoline: None } },
    };
    let getset = HPyDef {
        kind: HPyDef_Kind_GetSet,
        u: HPyDefUnion {
            getset: HPyGetSet {
                name: c"size".as_ptr(),
                getter_impl: function(0x50),
                setter_impl: function(0x60),
                getter_cpy_trampoline: None,
                setter_cpy_trampoline: None,
                doc: null_mut(),
                closure: null_mut(),
            },
        },
    };
    let mut of_module = [method(c"open", 0x10), slot(HPy_mod_exec, 0x20)];
    let mut of_type = [method(c"read", 0x30), slot(HPy_tp_new, 0x40), getset];
    let pointers = |all: &mut [HPyDef]| -> Vec<*mut HPyDef> {
        all.iter_mut().map(|one| &raw mut *one).chain([null_mut()]).collect()
    };
    let (mut of_module, mut of_type) = (pointers(&mut of_module), pointers(&mut of_type));
    // SAFETY: null and zero are an empty definition, and an empty spec.
    let (module, mut spec) = unsafe {
        let mut module: HPyModuleDef = std::mem::zeroed();
        module.defines = of_module.as_mut_ptr();
        let mut spec: HPyType_Spec = std::mem::zeroed();
        (spec.name, spec.defines) = (c"package.m.File".as_ptr(), of_type.as_mut_ptr());
        (module, spec)
    };

    let mut inner = fake::context();
    let state = State::new();
    // SAFETY: the contexts live to the end of the test, and the definitions are valid.
    unsafe {
        let layered = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Trace::new(&state, "package.m"));
        let ctx = layered.context();
        layered.layer().register_module(&raw const module);
        let mut params: [HPyType_SpecParam; 3] = std::mem::zeroed();
        (params[0].kind, params[1].kind) = (HPyType_SpecParam_Base, HPyType_SpecParam_Base);
        ((*ctx).ctx_Type_FromSpec)(ctx, &raw mut spec, params.as_mut_ptr());
        // Another of that name.
        state.name_function(0x80, FunctionKind::Own, "open");
        for address in (0x10..=0x80).step_by(0x10) {
            enter_and_exit(layered.layer(), transmute::<usize, HPyCFunction>(address));
        }
    }
    let report = &state.report()[0];
    assert_eq!(of_member(report, Member::ctx_Type_FromSpec).calls, 1);
    let functions = &report.functions;
    let names: Vec<(&str, u64)> = functions.iter().map(|f| (&*f.name, f.numbers.calls)).collect();
    let expected = [
        ("File.read", 1),
        ("File.size (get)", 1),
        ("File.size (set)", 1),
        ("File.tp_new", 1),
        ("function at 0x70", 1),
        ("mod_exec", 1),
        ("open", 2),
    ];
    assert_eq!(names, expected);
}
