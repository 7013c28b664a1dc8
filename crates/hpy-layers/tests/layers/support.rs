//! Layers that do little: one of each kind.

use std::ffi::{CStr, c_char, c_int};
use std::sync::Mutex;

use hpy_abi::*;
use hpy_layers::{ApiCall, FunctionCall, Layer, Member, Outcome};

use crate::fake::ITEMS;

/// How many members an engine has that knows ABI 0.0 only.
#[cfg(unix)]
pub(crate) const OLD: usize = HPY_ABI_MEMBERS[0];

/// The first members of a context, as many as ABI 0.0 has, with nothing behind them: reading there ends the process. They
/// are never freed.
#[cfg(unix)]
pub(crate) fn shortened(context: &HPyContext) -> *mut HPyContext {
    let length = size_of::<HPyContext>() - (HPY_CONTEXT_MEMBERS - OLD) * size_of::<HPy>();
    // SAFETY: new memory of two halves, of which the second is out of bounds; a context is smaller than one.
    unsafe {
        let half = 1 << 16;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
        let start = libc::mmap(std::ptr::null_mut(), 2 * half, access, flags, -1, 0).cast::<u8>();
        assert_ne!(start.cast(), libc::MAP_FAILED);
        let end = start.add(half);
        assert_eq!(libc::mprotect(end.cast(), half, libc::PROT_NONE), 0);
        let copy = end.sub(length);
        copy.copy_from_nonoverlapping((&raw const *context).cast(), length);
        copy.cast()
    }
}

/// Sees calls and changes nothing.
#[derive(Default)]
pub(crate) struct Witness {
    pub(crate) entered: Mutex<Vec<Member>>,
    pub(crate) exited: Mutex<Vec<Member>>,
    /// Signature and address.
    pub(crate) functions: Mutex<Vec<(HPyFunc_Signature, usize)>>,
    pub(crate) outcomes: Mutex<Vec<Outcome>>,
}

impl Layer for Witness {
    const NAME: &'static CStr = c"witness";
    const TRANSPARENT: bool = true;
    type Api = Member;
    type Function = HPyFunc_Signature;

    unsafe fn enter(&self, call: &mut ApiCall) -> Member {
        self.entered.lock().unwrap().push(call.member);
        call.member
    }

    unsafe fn exit(&self, call: &ApiCall, state: Member) {
        assert_eq!(call.member, state);
        self.exited.lock().unwrap().push(call.member);
    }

    unsafe fn enter_function(&self, call: &mut FunctionCall) -> HPyFunc_Signature {
        self.functions.lock().unwrap().push((call.signature, call.function as usize));
        call.signature
    }

    unsafe fn exit_function(&self, call: &FunctionCall, state: HPyFunc_Signature, outcome: Outcome) {
        assert_eq!(call.signature, state);
        self.outcomes.lock().unwrap().push(outcome);
    }
}

/// Beyond all handles of the fake context.
pub(crate) const MASK: isize = 1 << 40;

/// Its handles are the inner ones with other bits.
#[derive(Default)]
pub(crate) struct Mask {
    mask: isize,
    /// Arguments of calls that have not ended, and how many there ever were.
    pub(crate) arguments: Mutex<(Vec<HPy>, usize)>,
}

impl Mask {
    pub(crate) fn new(mask: isize) -> Self {
        Self { mask, ..Self::default() }
    }

    fn change(&self, h: HPy) -> HPy {
        assert!(!h.is_null());
        HPy { _i: h._i ^ self.mask }
    }

    /// Calls a function with the inner handle in the view, where it finds and leaves one.
    ///
    /// # Safety
    ///
    /// The view is valid.
    unsafe fn with_inner_view<R>(&self, view: *mut HPy_buffer, call: impl FnOnce() -> R) -> R {
        // SAFETY: by contract.
        unsafe {
            (*view).obj = self.change((*view).obj);
            let result = call();
            (*view).obj = self.change((*view).obj);
            result
        }
    }
}

/// Unwraps if it is not null.
fn nullable(h: HPy, change: impl FnOnce(HPy) -> HPy) -> HPy {
    if h.is_null() { h } else { change(h) }
}

/// A method of a layer: calls the inner function.
macro_rules! by_hand {
    ($($name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?, |$layer:ident| ($($inner:expr),*);)*) => {$(
        unsafe fn $name(&self, call: &ApiCall, $($argument: $type),*) $(-> $result)? {
            let $layer = self;
            // SAFETY: the tests only call contexts that live.
            unsafe { ((*call.inner).$name)(call.inner, $($inner),*) }
        }
    )*};
}

impl Layer for Mask {
    const NAME: &'static CStr = c"mask";
    const TRANSPARENT: bool = false;
    type Api = ();
    /// How many arguments were open.
    type Function = usize;

    unsafe fn enter(&self, _: &mut ApiCall) {}
    unsafe fn exit(&self, _: &ApiCall, (): ()) {}

    unsafe fn unwrap(&self, _: &ApiCall, outer: HPy) -> HPy {
        if outer.is_null() { outer } else { self.change(outer) }
    }

    unsafe fn wrap(&self, _: &ApiCall, handle: HPy) -> HPy {
        self.change(handle)
    }

    unsafe fn wrap_constant(&self, _: *mut HPyContext, constant: HPy) -> HPy {
        self.change(constant)
    }

    unsafe fn enter_function(&self, _: &mut FunctionCall) -> usize {
        self.arguments.lock().unwrap().0.len()
    }

    unsafe fn exit_function(&self, _: &FunctionCall, open: usize, _: Outcome) {
        assert_eq!(self.arguments.lock().unwrap().0.len(), open, "arguments are released before");
    }

    unsafe fn wrap_argument(&self, _: &FunctionCall, _: usize, handle: HPy) -> HPy {
        let outer = self.change(handle);
        let mut arguments = self.arguments.lock().unwrap();
        arguments.0.push(outer);
        arguments.1 += 1;
        outer
    }

    unsafe fn release_argument(&self, _: &FunctionCall, outer: HPy) {
        let arguments = &mut self.arguments.lock().unwrap().0;
        let place = arguments.iter().position(|&h| h == outer).expect("wrapped and not yet released");
        arguments.swap_remove(place);
    }

    unsafe fn unwrap_result(&self, _: &FunctionCall, outer: HPy) -> HPy {
        assert!(!self.arguments.lock().unwrap().0.is_empty(), "arguments are released after");
        self.change(outer)
    }

    unsafe fn ctx_GetBuffer(&self, call: &ApiCall, h: HPy, view: *mut HPy_buffer, flags: c_int) -> c_int {
        // SAFETY: the tests only call contexts that live, with a view.
        unsafe {
            self.with_inner_view(view, || {
                ((*call.inner).ctx_GetBuffer)(call.inner, self.change(h), view, flags)
            })
        }
    }

    unsafe fn ctx_Unicode_Export(
        &self,
        call: &ApiCall,
        h: HPy,
        formats: c_int,
        view: *mut HPy_buffer,
    ) -> c_int {
        // SAFETY: as above.
        unsafe {
            self.with_inner_view(view, || {
                ((*call.inner).ctx_Unicode_Export)(call.inner, self.change(h), formats, view)
            })
        }
    }

    unsafe fn ctx_Buffer_Release(&self, call: &ApiCall, view: *mut HPy_buffer) {
        // SAFETY: as above.
        unsafe { self.with_inner_view(view, || ((*call.inner).ctx_Buffer_Release)(call.inner, view)) }
    }

    /// Changes what the fake function has left there, too.
    unsafe fn ctx_CloseArray(&self, call: &ApiCall, handles: *mut HPy, count: HPy_ssize_t) {
        // SAFETY: the tests only call contexts that live, with an array of that many handles.
        unsafe {
            let change = || {
                let items = std::slice::from_raw_parts_mut(handles, count.cast_unsigned());
                items.iter_mut().for_each(|h| *h = nullable(*h, |h| self.change(h)));
            };
            change();
            ((*call.inner).ctx_CloseArray)(call.inner, handles, count);
            change();
        }
    }

    /// The array is never freed, like those of fake functions.
    unsafe fn ctx_Arg_TrackObjects(
        &self,
        call: &ApiCall,
        ht: *mut HPyTracker,
        args: *const HPy,
        nargs: usize,
        kwnames: HPy,
        fmt: *const c_char,
        names: *const *const c_char,
    ) -> *const HPy {
        // SAFETY: the tests only call contexts that live, with arrays of that many handles.
        unsafe {
            let args: Vec<HPy> =
                std::slice::from_raw_parts(args, nargs).iter().map(|&h| self.change(h)).collect();
            let (args, kwnames) = (args.as_ptr(), self.change(kwnames));
            let objects =
                ((*call.inner).ctx_Arg_TrackObjects)(call.inner, ht, args, nargs, kwnames, fmt, names);
            let outer = std::slice::from_raw_parts(objects, ITEMS).iter().map(|&h| self.change(h));
            outer.collect::<Vec<HPy>>().leak().as_ptr()
        }
    }

    by_hand! {
        ctx_Close(h: HPy), |layer| (nullable(h, |h| layer.change(h)));
        ctx_Tracker_New(size: HPy_ssize_t) -> HPyTracker, |_layer| (size);
        ctx_Tracker_Add(ht: HPyTracker, h: HPy) -> c_int, |layer| (ht, nullable(h, |h| layer.change(h)));
        ctx_Tracker_ForgetAll(ht: HPyTracker), |_layer| (ht);
        ctx_Tracker_Close(ht: HPyTracker), |_layer| (ht);
    }
}
