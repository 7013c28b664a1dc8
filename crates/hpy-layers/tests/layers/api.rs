//! Every function of the context goes through a layer and arrives.

use std::ffi::CStr;
use std::ptr::null_mut;

use hpy_abi::*;
use hpy_layers::{ApiCall, FunctionCall, Layer, Layered, Member, Outcome};

use crate::fake::{self, Arrival, Seen, arrivals, functions};
use crate::support::{MASK, Mask, Witness};
#[cfg(unix)]
use crate::support::{OLD, shortened};

/// The functions that an extension calls: all but the one that calls the extension.
fn called() -> impl Iterator<Item = Member> {
    Member::ALL.iter().copied().filter(|m| *m != Member::ctx_CallRealFunctionFromTrampoline)
}

/// Calls every function of `outer` with handles that `mask` makes outer ones; they have to reach the fake context
/// `inner` as if it had been called itself, and what comes back has to be outer again.
fn assert_all_arrive(outer: *mut HPyContext, inner: *mut HPyContext, mask: isize) {
    assert_eq!(functions().len(), Member::ALL.len());
    assert_first_arrive(HPY_CONTEXT_MEMBERS, outer, inner, mask);
}

/// The same of the functions among the first `members`.
fn assert_first_arrive(members: usize, outer: *mut HPyContext, inner: *mut HPyContext, mask: isize) {
    for (name, index, call) in functions().into_iter().filter(|(_, index, _)| *index < members) {
        if index == Member::ctx_CallRealFunctionFromTrampoline as usize {
            continue;
        }
        let direct = call(inner, 0);
        let [expected] = &arrivals()[..] else { panic!("{name}: one call, one arrival") };
        assert_eq!(expected.index, index, "{name}");

        let results = call(outer, mask);
        let all = arrivals();
        // The last, since a layer may ask how many keywords there are.
        assert_eq!(all.last(), Some(expected), "{name}");
        assert!(all.iter().all(|a| a.context == inner.cast_const()), "{name}");
        assert_eq!(results, direct.iter().map(|s| s.masked(mask)).collect::<Vec<_>>(), "{name}");
    }
}

fn any_call(inner: *mut HPyContext) -> ApiCall {
    ApiCall { ctx: null_mut(), inner, member: Member::ctx_Call }
}

#[test]
fn transparent() {
    let mut inner = fake::context();
    let inner: *mut HPyContext = &raw mut *inner;
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(inner, HPY_CONTEXT_MEMBERS, Witness::default()) };
    assert_all_arrive(layered.context(), inner, 0);
    assert!(layered.layer().entered.lock().unwrap().iter().copied().eq(called()));
    assert!(layered.layer().exited.lock().unwrap().iter().copied().eq(called()));

    let args = [HPy { _i: 1 }; 2];
    // SAFETY: as above.
    let outer = unsafe { layered.unwrap_array(&any_call(inner), args.as_ptr(), 2) };
    assert_eq!(outer.as_ptr(), args.as_ptr(), "no copy");
}

#[test]
#[cfg(unix)]
fn around_a_shorter_context() {
    let inner = shortened(&fake::context());
    // SAFETY: the contexts live until the test ends; the innermost one has that many members.
    unsafe {
        let low = Layered::new(inner, OLD, Mask::new(MASK));
        let high = Layered::new(low.context(), low.members(), Witness::default());
        assert_eq!((low.members(), high.members()), (OLD, OLD));
        assert_first_arrive(OLD, high.context(), inner, MASK);
    }
}

#[test]
fn around_a_longer_context() {
    let mut inner = fake::context();
    // SAFETY: what is beyond the members that are known is never used.
    let layered = unsafe { Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS + 1, Witness::default()) };
    assert_eq!(layered.members(), HPY_CONTEXT_MEMBERS);
}

#[test]
#[should_panic(expected = "a context of ABI 0.0 has more than 3 members")]
fn around_what_is_too_short() {
    let mut inner = fake::context();
    // SAFETY: nothing is read.
    drop(unsafe { Layered::new(&raw mut *inner, 3, Witness::default()) });
}

#[test]
fn with_handles_of_its_own() {
    let mut inner = fake::context();
    let inner: *mut HPyContext = &raw mut *inner;
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(inner, HPY_CONTEXT_MEMBERS, Mask::new(MASK)) };
    assert_all_arrive(layered.context(), inner, MASK);
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
        assert_all_arrive(high.context(), inner, MASK | MASK << 1);
        let seen = middle.layer().entered.lock().unwrap();
        assert!(called().all(|member| seen.contains(&member)));
    }
}

#[test]
fn constants() {
    let mut inner = fake::context();
    let before = fake::constants(&inner);
    assert_eq!((before.len(), before[0]), (89, HPy { _i: 1000 }));
    // SAFETY: the contexts live to the end of the test.
    unsafe {
        let layered = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Mask::new(MASK));
        let expected: Vec<HPy> = before.iter().map(|h| HPy { _i: h._i ^ MASK }).collect();
        assert_eq!(fake::constants(&*layered.context()), expected);
        let same = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Witness::default());
        assert_eq!(fake::constants(&*same.context()), before);
    }
}

/// What a layer has to find out by itself: null handles, and how long argument arrays are.
#[test]
fn arrays() {
    let mut inner = fake::context();
    // SAFETY: the contexts live to the end of the test; the functions are fake.
    unsafe {
        let layered = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Mask::new(MASK));
        let ctx = layered.context();
        let outer = |i: isize| HPy { _i: i ^ MASK };
        let handles = |handles: &[isize]| handles.iter().map(|&h| Seen::Handle(h)).collect::<Vec<_>>();

        let call = any_call(layered.inner());

        // Null handles are null on both sides.
        ((*ctx).ctx_GetAttr)(ctx, HPy::NULL, outer(5));
        assert_eq!(arrivals()[0].arguments, handles(&[0, 5]));

        for count in [1, 8, 9, 100] {
            let items: Vec<HPy> = (0..count).map(|i| if i == 1 { HPy::NULL } else { outer(1 + i) }).collect();
            let copy = layered.unwrap_array(&call, items.as_ptr(), count);
            for i in 0..count {
                let expected = if i == 1 { 0 } else { 1 + i };
                assert_eq!(*copy.as_ptr().offset(i), HPy { _i: expected });
            }
        }
        let none = layered.unwrap_array(&call, std::ptr::null(), 0_usize);
        assert!(none.as_ptr().is_null());
        let negative = layered.unwrap_array(&call, &raw const (*ctx).h_None, -1_isize);
        assert_eq!(negative.as_ptr(), &raw const (*ctx).h_None);

        // No positional arguments, and as many keywords as the fake `ctx_Length` says.
        let args = [outer(1), outer(2), outer(3)];
        ((*ctx).ctx_Call)(ctx, outer(5), args.as_ptr(), 0, outer(6));
        let all: Vec<Arrival> = arrivals();
        let members: Vec<usize> = all.iter().map(|a| a.index).collect();
        let expected = [Member::ctx_Tuple_Check, Member::ctx_Length, Member::ctx_Call].map(|m| m as usize);
        assert_eq!(members, expected);
        assert_eq!(all[0].arguments, handles(&[6]));
        let [callable, rest @ ..] = &all[2].arguments[..] else { panic!() };
        assert_eq!((*callable, &rest[..3]), (Seen::Handle(5), &handles(&[1, 2, 3])[..]));
    }
}

/// A layer may put its own function in the place of a wrapper, and call the wrapper from there.
#[test]
fn replaced_member() {
    struct NoLength;

    unsafe extern "C" fn length(ctx: *mut HPyContext, h: HPy) -> HPy_ssize_t {
        // SAFETY: the test calls with a living context.
        let length = unsafe { hpy_layers::wrappers::ctx_Length::<NoLength>(ctx, h) };
        -length
    }

    impl Layer for NoLength {
        const NAME: &'static CStr = c"no length";
        const TRANSPARENT: bool = true;
        type Api = ();
        type Function = ();
        unsafe fn enter(&self, _: &mut ApiCall) {}
        unsafe fn exit(&self, _: &ApiCall, (): ()) {}
        unsafe fn enter_function(&self, _: &mut FunctionCall) {}
        unsafe fn exit_function(&self, _: &FunctionCall, (): (), _: Outcome) {}
        fn replace(context: &mut HPyContext) {
            context.ctx_Length = length;
        }
    }

    let mut inner = fake::context();
    // SAFETY: the contexts live to the end of the test; the functions are fake.
    unsafe {
        let layered = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, NoLength);
        // A copy of the context, as a layer may hand out to tell calls apart, leads to the same layer.
        let mut copy = std::ptr::read(layered.context());
        let result = (copy.ctx_Length)(&raw mut copy, HPy { _i: 1 });
        assert_eq!(result, -(fake::ITEMS as isize));
        assert_eq!(arrivals().len(), 1);
        assert_eq!(CStr::from_ptr(copy.name), c"no length");
    }
}

#[test]
fn members() {
    let constants = 89;
    assert_eq!(Member::ALL.len(), HPY_CONTEXT_MEMBERS - constants);
    assert_eq!((Member::ctx_Dup as usize, Member::ctx_Dup.name()), (77, "ctx_Dup"));
    assert!(Member::ALL.is_sorted());
}
