//! Every function of the context goes through a layer and arrives.

#![expect(non_snake_case, reason = "names of the C API")]

mod fake;

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Mutex;

use fake::{Arrival, Seen, arrivals, functions};
use hpy_abi::*;
use hpy_layers::{Layer, Layered, Member};

/// Sees calls and changes nothing.
#[derive(Default)]
struct Witness {
    entered: Mutex<Vec<Member>>,
    exited: Mutex<Vec<Member>>,
}

impl Layer for Witness {
    const NAME: &'static CStr = c"witness";
    const TRANSPARENT: bool = true;
    type Call = Member;

    unsafe fn enter(&self, _: *mut HPyContext, member: Member) -> Member {
        self.entered.lock().unwrap().push(member);
        member
    }

    unsafe fn exit(&self, _: *mut HPyContext, member: Member, call: Member) {
        assert_eq!(member, call);
        self.exited.lock().unwrap().push(member);
    }
}

/// Its handles are the inner ones with other bits.
struct Mask(isize);

impl Mask {
    fn change(&self, h: HPy) -> HPy {
        assert!(!h.is_null());
        HPy { _i: h._i ^ self.0 }
    }
}

/// A method by hand: unwraps and calls the inner function.
macro_rules! by_hand {
    ($($name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?, |$layered:ident| ($($inner:expr),*) $(, $wrap:ident)?;)*) => {$(
        unsafe fn $name(&self, ctx: *mut HPyContext, $($argument: $type),*) $(-> $result)? {
            // SAFETY: the tests only call contexts that live.
            unsafe {
                let $layered = Layered::<Self>::of(ctx);
                let inner = $layered.inner();
                let result = ((*inner).$name)(inner, $($inner),*);
                $(let result = $layered.$wrap(result);)?
                result
            }
        }
    )*};
}

impl Layer for Mask {
    const NAME: &'static CStr = c"mask";
    const TRANSPARENT: bool = false;
    type Call = ();

    unsafe fn enter(&self, _: *mut HPyContext, _: Member) {}
    unsafe fn exit(&self, _: *mut HPyContext, _: Member, (): ()) {}

    unsafe fn unwrap(&self, _: *mut HPyContext, outer: HPy) -> HPy {
        self.change(outer)
    }

    unsafe fn wrap(&self, _: *mut HPyContext, handle: HPy) -> HPy {
        self.change(handle)
    }

    by_hand! {
        ctx_Close(h: HPy), |l| (l.unwrap(h));
        ctx_Tracker_New(size: HPy_ssize_t) -> HPyTracker, |l| (size);
        ctx_Tracker_Add(ht: HPyTracker, h: HPy) -> c_int, |l| (ht, l.unwrap(h));
        ctx_Tracker_ForgetAll(ht: HPyTracker), |l| (ht);
        ctx_Tracker_Close(ht: HPyTracker), |l| (ht);
        ctx_Type_FromSpec(spec: *mut HPyType_Spec, params: *mut HPyType_SpecParam) -> HPy, |l| (spec, params), wrap;
        ctx_SetCallFunction(h: HPy, func: *mut HPyCallFunction) -> c_int, |l| (l.unwrap(h), func);
        ctx_CallRealFunctionFromTrampoline(sig: HPyFunc_Signature, func: HPyCFunction, args: *mut c_void),
            |l| (sig, func, args);
        ctx_Capsule_New(pointer: *mut c_void, name: *const c_char, destructor: *mut HPyCapsule_Destructor) -> HPy,
            |l| (pointer, name, destructor), wrap;
        ctx_Capsule_Set(capsule: HPy, key: _HPyCapsule_key, value: *mut c_void) -> c_int,
            |l| (l.unwrap(capsule), key, value);
    }
}

/// Beyond all handles of the fake context.
const MASK: isize = 1 << 40;

/// Calls every function of `outer` with handles that `mask` makes outer ones; they have to reach the fake context
/// `inner` as if it had been called itself, and what comes back has to be outer again.
fn assert_all_arrive(outer: *mut HPyContext, inner: *mut HPyContext, mask: isize) {
    assert_eq!(functions().len(), 189);
    for (name, index, call) in functions() {
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

#[test]
fn transparent() {
    let mut inner = fake::context();
    let inner: *mut HPyContext = &raw mut *inner;
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(inner, Witness::default()) };
    assert_all_arrive(layered.context(), inner, 0);
    assert_eq!(*layered.layer().entered.lock().unwrap(), Member::ALL);
    assert_eq!(*layered.layer().exited.lock().unwrap(), Member::ALL);

    let args = [HPy { _i: 1 }; 2];
    // SAFETY: as above.
    let outer = unsafe { layered.unwrap_array(args.as_ptr(), 2) };
    assert_eq!(outer.as_ptr(), args.as_ptr(), "no copy");
}

#[test]
fn with_handles_of_its_own() {
    let mut inner = fake::context();
    let inner: *mut HPyContext = &raw mut *inner;
    // SAFETY: the contexts live to the end of the test.
    let layered = unsafe { Layered::new(inner, Mask(MASK)) };
    assert_all_arrive(layered.context(), inner, MASK);
}

#[test]
fn stacked() {
    let mut inner = fake::context();
    let inner: *mut HPyContext = &raw mut *inner;
    // SAFETY: the contexts live to the end of the test, and each longer than those around it.
    unsafe {
        let low = Layered::new(inner, Mask(MASK));
        let middle = Layered::new(low.context(), Witness::default());
        let high = Layered::new(middle.context(), Mask(MASK << 1));
        assert_all_arrive(high.context(), inner, MASK | MASK << 1);
        let seen = middle.layer().entered.lock().unwrap();
        assert!(Member::ALL.iter().all(|member| seen.contains(member)));
    }
}

#[test]
fn constants() {
    let mut inner = fake::context();
    let before = fake::constants(&inner);
    assert_eq!((before.len(), before[0]), (84, HPy { _i: 1000 }));
    // SAFETY: the contexts live to the end of the test.
    unsafe {
        let layered = Layered::new(&raw mut *inner, Mask(MASK));
        let expected: Vec<HPy> = before.iter().map(|h| HPy { _i: h._i ^ MASK }).collect();
        assert_eq!(fake::constants(&*layered.context()), expected);
        let same = Layered::new(&raw mut *inner, Witness::default());
        assert_eq!(fake::constants(&*same.context()), before);
    }
}

/// What a layer has to find out by itself: null handles, and how long argument arrays are.
#[test]
fn arrays() {
    let mut inner = fake::context();
    // SAFETY: the contexts live to the end of the test; the functions are fake.
    unsafe {
        let layered = Layered::new(&raw mut *inner, Mask(MASK));
        let ctx = layered.context();
        let outer = |i: isize| HPy { _i: i ^ MASK };
        let handles = |handles: &[isize]| handles.iter().map(|&h| Seen::Handle(h)).collect::<Vec<_>>();

        // Null handles are null on both sides.
        ((*ctx).ctx_GetAttr)(ctx, HPy::NULL, outer(5));
        assert_eq!(arrivals()[0].arguments, handles(&[0, 5]));

        for count in [1, 8, 9, 100] {
            let items: Vec<HPy> = (0..count).map(|i| if i == 1 { HPy::NULL } else { outer(1 + i) }).collect();
            let copy = layered.unwrap_array(items.as_ptr(), count);
            for i in 0..count {
                let expected = if i == 1 { 0 } else { 1 + i };
                assert_eq!(*copy.as_ptr().offset(i), HPy { _i: expected });
            }
        }
        let none = layered.unwrap_array(std::ptr::null(), 0_usize);
        assert!(none.as_ptr().is_null());
        let negative = layered.unwrap_array(&raw const (*ctx).h_None, -1_isize);
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
        type Call = ();
        unsafe fn enter(&self, _: *mut HPyContext, _: Member) {}
        unsafe fn exit(&self, _: *mut HPyContext, _: Member, (): ()) {}
        fn replace(context: &mut HPyContext) {
            context.ctx_Length = length;
        }
    }

    let mut inner = fake::context();
    // SAFETY: the contexts live to the end of the test; the functions are fake.
    unsafe {
        let layered = Layered::new(&raw mut *inner, NoLength);
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
    assert_eq!(Member::ALL.len(), 189);
    assert_eq!((Member::ctx_Dup as usize, Member::ctx_Dup.name()), (77, "ctx_Dup"));
    assert!(Member::ALL.is_sorted());
}
