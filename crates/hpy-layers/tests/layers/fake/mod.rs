//! A context in which nothing happens but that calls are noted, and ways to call every function of a context, and
//! functions of every signature through a context.
#![expect(non_camel_case_types, reason = "type parameters are named as the arguments")]

pub(crate) mod incoming;

use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_void};
use std::ptr::null;

use hpy_abi::*;
use hpy_layers::for_each_function;

/// Something that crossed the boundary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Seen {
    Handle(isize),
    Word(isize),
}

impl Seen {
    /// The same with the bits of a handle changed.
    pub(crate) fn masked(self, mask: isize) -> Self {
        match self {
            Seen::Handle(h) => Seen::Handle(h ^ mask),
            Seen::Word(_) => self,
        }
    }
}

/// A call as the fake context saw it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Arrival {
    pub(crate) index: usize,
    pub(crate) context: *const HPyContext,
    pub(crate) arguments: Vec<Seen>,
}

thread_local! {
    static ARRIVALS: RefCell<Vec<Arrival>> = const { RefCell::new(Vec::new()) };
}

/// The calls since the last time, and forgets them.
pub(crate) fn arrivals() -> Vec<Arrival> {
    ARRIVALS.with_borrow_mut(std::mem::take)
}

/// How many handles stand in each array.
pub(crate) const ITEMS: usize = 3;

/// A type in the signature of a context function.
pub(crate) trait Value: Copy {
    /// One that tells where it stands. The bits in `mask` are changed in handles.
    fn at(place: usize, mask: isize) -> Self;
    /// What the callee sees.
    fn seen(self) -> Vec<Seen>;
    /// What the callee stores in it; the bits in `mask` are changed in handles.
    fn fill(self, mask: isize) {
        let _ = mask;
    }
    /// What the callee has stored in it.
    fn stored(self) -> Vec<Seen> {
        Vec::new()
    }
}

impl Value for HPy {
    fn at(place: usize, mask: isize) -> Self {
        HPy { _i: (1000 + place as isize) ^ mask }
    }
    fn seen(self) -> Vec<Seen> {
        vec![Seen::Handle(self._i)]
    }
}

/// The array is never freed.
impl Value for *const HPy {
    fn at(place: usize, mask: isize) -> Self {
        let items: [HPy; 2 * ITEMS] = std::array::from_fn(|i| HPy::at(10 * place + i, mask));
        Box::leak(Box::new(items)).as_ptr()
    }
    fn seen(self) -> Vec<Seen> {
        // SAFETY: `at` made it, or a layer a copy with as many handles as the call said.
        (0..ITEMS).map(|i| Seen::Handle(unsafe { *self.add(i) }._i)).collect()
    }
}

/// A place, or as many as in an array, of which the first is filled. They are never freed.
impl Value for *mut HPy {
    fn at(_: usize, _: isize) -> Self {
        Box::leak(Box::new([HPy::NULL; ITEMS])).as_mut_ptr()
    }
    fn seen(self) -> Vec<Seen> {
        Vec::new()
    }
    fn fill(self, mask: isize) {
        // SAFETY: `at` made it, or it belongs to a wrapper.
        unsafe { *self = HPy::at(77, mask) };
    }
    fn stored(self) -> Vec<Seen> {
        // SAFETY: `at` made it.
        unsafe { *self }.seen()
    }
}

/// Two parameters and the end; never freed.
impl Value for *mut HPyType_SpecParam {
    fn at(place: usize, mask: isize) -> Self {
        let param = |kind, object| HPyType_SpecParam { kind, object };
        let bases = [1, 2].map(|i| param(HPyType_SpecParam_Base, HPy::at(10 * place + i, mask)));
        Box::leak(Box::new([bases[0], bases[1], param(0, HPy::NULL)])).as_mut_ptr()
    }
    fn seen(self) -> Vec<Seen> {
        // SAFETY: `at` made it, or a layer a copy.
        let [first, second, end] = unsafe { *self.cast::<[HPyType_SpecParam; 3]>() };
        assert_eq!((first.kind, second.kind, end.kind), (HPyType_SpecParam_Base, HPyType_SpecParam_Base, 0));
        vec![Seen::Handle(first.object._i), Seen::Handle(second.object._i)]
    }
}

/// A view, in which there is an object for the function that releases it, and in which a function leaves another. It is
/// never freed.
impl Value for *mut HPy_buffer {
    fn at(place: usize, mask: isize) -> Self {
        // SAFETY: null pointers and zeros are a view.
        let view = unsafe { std::mem::zeroed::<HPy_buffer>() };
        Box::leak(Box::new(HPy_buffer { obj: HPy::at(place, mask), len: 5, ..view }))
    }
    fn seen(self) -> Vec<Seen> {
        // SAFETY: `at` made it.
        let view = unsafe { *self };
        vec![Seen::Word(view.len), Seen::Handle(view.obj._i)]
    }
    fn stored(self) -> Vec<Seen> {
        self.seen()
    }
}

impl Value for () {
    fn at(_: usize, _: isize) -> Self {}
    fn seen(self) -> Vec<Seen> {
        Vec::new()
    }
}

/// Types whose values pass as they are: `type: value at place, word of value`.
macro_rules! words {
    ($($type:ty: |$place:ident| $make:expr, |$value:ident| $word:expr;)*) => {$(
        impl Value for $type {
            fn at($place: usize, _: isize) -> Self { $make }
            fn seen(self) -> Vec<Seen> { let $value = self; vec![Seen::Word($word)] }
        }
    )*};
}

words! {
    bool: |_place| true, |v| v.into();
    f64: |place| place as f64, |v| v.to_bits().cast_signed() as isize;
    i32: |place| place as i32, |v| v as isize;
    u32: |place| place as u32, |v| v as isize;
    i64: |place| place as i64, |v| v as isize;
    u64: |place| place as u64, |v| v as isize;
    // Among them the lengths of arrays.
    isize: |_place| ITEMS as isize, |v| v;
    usize: |_place| ITEMS, |v| v.cast_signed();
    HPyCFunction: |_place| nothing, |v| v as usize as isize;
    HPyFunc_visitproc: |_place| visit, |v| v as usize as isize;
    HPyField: |place| HPyField { _i: place as isize }, |v| v._i;
    HPyGlobal: |place| HPyGlobal { _i: place as isize }, |v| v._i;
    HPyTracker: |place| HPyTracker { _i: place as isize }, |v| v._i;
    HPyThreadState: |place| HPyThreadState { _i: place as isize }, |v| v._i;
    HPyLongWriter: |place| HPyLongWriter { _i: place as isize }, |v| v._i;
    HPyListBuilder: |place| HPyListBuilder { _lst: place as isize }, |v| v._lst;
    HPyTupleBuilder: |place| HPyTupleBuilder { _tup: place as isize }, |v| v._tup;
    HPyUnicodeWriter: |place| HPyUnicodeWriter { _i: place as isize }, |v| v._i;
    HPyBytesWriter: |place| HPyBytesWriter { _i: place as isize }, |v| v._i;
    // Nobody follows these pointers.
    *const HPy_UCS4: |place| place as Self, |v| v as isize;
    *const c_char: |place| place as Self, |v| v as isize;
    *const *const c_char: |place| place as Self, |v| v as isize;
    *mut HPyTracker: |place| place as Self, |v| v as isize;
    *const wchar_t: |place| place as Self, |v| v as isize;
    *mut c_void: |place| place as Self, |v| v as isize;
    *mut *mut c_void: |place| place as Self, |v| v as isize;
    *mut c_char: |place| place as Self, |v| v as isize;
    *const c_void: |place| place as Self, |v| v as isize;
    *const HPyLongLayout: |place| place as Self, |v| v as isize;
    *mut HPyLongExport: |place| place as Self, |v| v as isize;
    *mut *mut c_char: |place| place as Self, |v| v as isize;
    c_char: |place| place as Self, |v| v.into();
    *mut isize: |place| place as Self, |v| v as isize;
    *mut i64: |place| place as Self, |v| v as isize;
    *const i64: |place| place as Self, |v| v as isize;
    *mut f64: |place| place as Self, |v| v as isize;
    *const f64: |place| place as Self, |v| v as isize;
    *const HPy_buffer: |place| place as Self, |v| v as isize;
    *mut HPyDictIter: |place| place as Self, |v| v as isize;
    *mut HPyDateTime_Fields: |place| place as Self, |v| v as isize;
    *const HPyDateTime_Fields: |place| place as Self, |v| v as isize;
    *mut i32: |place| place as Self, |v| v as isize;
    *mut HPyField: |place| place as Self, |v| v as isize;
    *mut HPyGlobal: |place| place as Self, |v| v as isize;
    *mut HPyType_Spec: |place| place as Self, |v| v as isize;
    *mut HPyVM: |place| place as Self, |v| v as isize;
    *mut HPyClosure: |place| place as Self, |v| v as isize;
    // SAFETY: never called; a pointer is a pointer.
    Option<HPyFunc_closure>: |place| unsafe { std::mem::transmute::<usize, Self>(place as usize) },
        |v| v.map_or(0, |f| f as usize as isize);
    *mut _HPyArg_Names: |place| place as Self, |v| v as isize;
    *mut _HPyAPI_Table: |place| place as Self, |v| v as isize;
    *mut _HPyAPI_Function: |place| place as Self, |v| v as isize;
    *mut HPyMutex: |place| place as Self, |v| v as isize;
    *mut HPyCriticalSection: |place| place as Self, |v| v as isize;
    *const HPyDef: |place| place as Self, |v| v as isize;
    *mut HPyCallFunction: |place| place as Self, |v| v as isize;
    *mut HPyCapsule_Destructor: |place| place as Self, |v| v as isize;
}

// Elsewhere it is an `i32`.
#[cfg(windows)]
words! {
    *mut wchar_t: |place| place as Self, |v| v as isize;
}

unsafe extern "C" fn nothing() {}

unsafe extern "C" fn visit(_: *mut HPyField, _: *mut c_void) -> c_int {
    0
}

/// A function of the context or of an extension, with a context and values.
trait Function: Copy {
    /// One that notes its arguments and returns a value. The bits in `MASK` are changed in handles.
    fn fake<const INDEX: usize, const MASK: isize>() -> Self;
    /// Calls it with values of each type; returns the result and what was stored through arguments.
    fn call(self, ctx: *mut HPyContext, mask: isize) -> Vec<Seen>;
}

macro_rules! functions {
    ($(($($argument:ident: $place:literal),*))*) => {$(
        impl<$($argument: Value,)* R: Value> Function for unsafe extern "C" fn(*mut HPyContext, $($argument),*) -> R {
            fn fake<const INDEX: usize, const MASK: isize>() -> Self {
                unsafe extern "C" fn fake<const INDEX: usize, const MASK: isize, $($argument: Value,)* R: Value>(
                    ctx: *mut HPyContext,
                    $($argument: $argument,)*
                ) -> R {
                    note(INDEX, ctx, vec![$($argument.seen()),*]);
                    $($argument.fill(MASK);)*
                    R::at(INDEX, MASK)
                }
                fake::<INDEX, MASK, $($argument,)* R>
            }

            fn call(self, ctx: *mut HPyContext, mask: isize) -> Vec<Seen> {
                let _ = mask;
                $(let $argument = $argument::at($place, mask);)*
                // SAFETY: the function is a fake one, or one of a layer around it.
                let result = unsafe { self(ctx, $($argument),*) };
                [result.seen(), $($argument.stored()),*].concat()
            }
        }
    )*};
}

functions! {
    ()
    (a: 1)
    (a: 1, b: 2)
    (a: 1, b: 2, c: 3)
    (a: 1, b: 2, c: 3, d: 4)
    (a: 1, b: 2, c: 3, d: 4, e: 5)
    (a: 1, b: 2, c: 3, d: 4, e: 5, f: 6)
    (a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7)
}

fn note(index: usize, context: *const HPyContext, arguments: Vec<Vec<Seen>>) {
    let arrival = Arrival { index, context, arguments: arguments.concat() };
    ARRIVALS.with_borrow_mut(|all| all.push(arrival));
}

macro_rules! calls {
    ($($name:ident = $index:literal, $public:ident, $wants_no_exception:literal;)*) => {
        /// Puts the fake functions into a context.
        fn fill(context: &mut HPyContext) {
            $(context.$name = Function::fake::<$index, 0>();)*
        }

        /// The functions of a context: name, index, and one that calls it with masked handles.
        pub(crate) fn functions() -> Vec<(&'static str, usize, fn(*mut HPyContext, isize) -> Vec<Seen>)> {
            // SAFETY: callers pass a living context.
            vec![$((stringify!($name), $index, |ctx, mask| unsafe { (*ctx).$name }.call(ctx, mask)),)*]
        }
    };
}

for_each_function!(calls);

/// Where the constants are: every member that is no function.
pub(crate) fn constants(context: &HPyContext) -> Vec<HPy> {
    let first = (&raw const context.h_None).cast::<HPy>();
    let indices: Vec<usize> = functions().iter().map(|(_, index, _)| *index).collect();
    let members = (size_of::<HPyContext>() - std::mem::offset_of!(HPyContext, h_None)) / size_of::<HPy>();
    // SAFETY: the members are words from the first constant on, and those without a function are handles.
    (0..members).filter(|i| !indices.contains(i)).map(|i| unsafe { *first.add(i) }).collect()
}

/// The fake context. The constant with index i is handle 1000 + i.
pub(crate) fn context() -> Box<HPyContext> {
    let mut memory = Box::new(std::mem::MaybeUninit::<HPyContext>::uninit());
    let words = memory.as_mut_ptr().cast::<usize>();
    for i in 0..size_of::<HPyContext>() / size_of::<usize>() {
        // Functions are replaced at once by `fill`; what is left of this are the handles.
        // SAFETY: within the struct; every bit pattern but zero is a valid function pointer or handle.
        unsafe { *words.add(i) = (1000 + i).wrapping_sub(3) };
    }
    // SAFETY: all of it was written.
    let mut context = unsafe { memory.assume_init() };
    context.name = c"fake".as_ptr();
    context._private = null::<c_void>().cast_mut();
    context.abi_version = 0;
    fill(&mut context);
    context.ctx_CallRealFunctionFromTrampoline = incoming::call_function;
    context
}
