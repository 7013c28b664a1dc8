//! A context on CPython and the [`Host`] behind it, which context functions find from the context that they get.
//!
//! What fills it with functions is [`crate::universal`].

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard};

use crate::ffi;
use hpy_abi::*;

use crate::boundary::Result;
use crate::callee::Callee;
use crate::entries::{Entries, Function, bind, or_trampoline};
use crate::memory::boxed;
use crate::routes::route;
use crate::state::{Bind, Host, Interpreter};
use crate::sync::lock;

/// A context on CPython with what belongs to it. The context is the first field: a pointer to one is a pointer to the
/// other. Its `_private` says the same to whoever gets hold of the context only.
#[repr(C)]
pub(crate) struct Universal {
    context: UnsafeCell<HPyContext>,
    /// Keeps this.
    interpreter: NonNull<Interpreter>,
    entries: Mutex<Entries>,
    layers: Option<Layers>,
}

/// What stands between a context and its extensions.
pub struct Layers {
    /// The context that extensions get.
    pub outermost: *mut HPyContext,
    /// What to call in the place of a function of an extension. Keeps the layers, as long as the context lives.
    pub stand_in: Box<StandInFor>,
    /// Opens and closes contexts in the place of the outermost one.
    pub openings: Box<dyn Openings>,
}

/// Contexts that an extension opens itself, on a thread that is inside Python.
pub trait Openings {
    /// The context for the extension. `entry` is the function that it called, `stack` an address in the frame of that.
    ///
    /// # Safety
    /// The thread is inside Python.
    unsafe fn open(&self, entry: usize, stack: usize) -> *mut HPyContext;

    /// The extension closes this context, or what it takes for one.
    ///
    /// # Safety
    /// The thread is inside Python, unless the extension left it by mistake.
    unsafe fn close(&self, ctx: *mut HPyContext);

    /// The extension has opened a context on a thread that runs another interpreter, and got none. As for [`open`](Self::open).
    fn refuse(&self, entry: usize, stack: usize);

    /// Says on stderr which contexts are open, on any thread of the interpreter. Returns whether it knows.
    fn tell_open(&self) -> bool;
}

/// What an `HPyVM` gives to an extension.
pub struct Contexts {
    /// What a thread gets that is inside Python.
    pub inside: *mut HPyContext,
    /// What another thread gets; another pointer, for the header to know when it is closed. With layers it does not
    /// matter.
    pub attached: *mut HPyContext,
    /// Whether `inside` is that of a [`Universal`] with layers.
    pub has_layers: bool,
}

/// Finds what to call in the place of a function of this signature: another one, which gets the pointer as context, or
/// in front of its arguments if functions of the signature have no context. Both are valid as long as the layers.
pub type StandInFor = dyn Fn(c_int, HPyCFunction) -> Option<(*mut HPyContext, HPyCFunction)>;

impl Universal {
    /// A host with this context, without layers.
    pub(crate) fn new(interpreter: NonNull<Interpreter>, context: HPyContext) -> Result<Box<Self>> {
        let context = UnsafeCell::new(context);
        let this = boxed(Self { context, interpreter, entries: Mutex::default(), layers: None })?;
        // SAFETY: nobody else has the context yet.
        unsafe { (*this.context.get())._private = this.context.get().cast() };
        Ok(this)
    }

    /// Puts layers around the context. `wrap` gets the interpreter and the context.
    pub(crate) fn add_layers(&mut self, wrap: impl FnOnce(&Interpreter, *mut HPyContext) -> Layers) {
        self.layers = Some(wrap(self.interpreter(), self.context.get()));
    }

    /// The host behind a context.
    ///
    /// # Safety
    /// `ctx` is the context of a `Universal`.
    #[inline(always)]
    pub(crate) unsafe fn of<'a>(ctx: *mut HPyContext) -> &'a Self {
        // SAFETY: by contract; the context is the first field.
        unsafe { &*ctx.cast::<Self>() }
    }

    /// What an `HPyVM` gives. Without layers, threads that are attached have a context of their own, which is that of
    /// another host of the interpreter.
    pub(crate) fn contexts(&self) -> Result<Contexts> {
        let inside = self.context.get();
        let has_layers = self.layers.is_some();
        if has_layers {
            return Ok(Contexts { inside, attached: inside, has_layers });
        }
        // SAFETY: a context is plain data, and this one is not written to any more.
        let copy = |interpreter| Universal::new(interpreter, unsafe { inside.read() });
        let attached = self.interpreter().host("attached", |interpreter| Ok(copy(interpreter)?))?;
        Ok(Contexts { inside, attached: attached.context(), has_layers })
    }

    /// The layers, if there are any.
    pub(crate) fn openings(&self) -> Option<&dyn Openings> {
        Some(&*self.layers.as_ref()?.openings)
    }

    /// Lets the layers see the function, for which CPython calls the extension's trampoline.
    pub(crate) fn route_trampoline(&self, function: HPyCFunction) -> Result<()> {
        match &self.layers {
            Some(layers) => route(self.interpreter(), function, layers.outermost),
            None => Ok(()),
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        lock(&self.entries)
    }

    /// The entry that `make` makes, for the function or what stands in for it.
    fn entry_for(
        &self,
        signature: c_int,
        function: Function,
        make: impl FnOnce(&mut Entries, *mut HPyContext, HPyCFunction) -> Option<*mut c_void>,
    ) -> Result<*mut c_void> {
        let Function { implementation, .. } = function;
        let target = match &self.layers {
            None => Some((self.context.get(), implementation)),
            Some(layers) => (layers.stand_in)(signature, implementation),
        };
        let entry = target.and_then(|(first, target)| make(&mut self.entries(), first, target));
        if entry.is_none() {
            route(self.interpreter(), implementation, self.context())?;
        }
        or_trampoline(entry, function)
    }
}

impl Host for Universal {
    #[inline(always)]
    fn interpreter(&self) -> &Interpreter {
        // SAFETY: it lives longer than this, which it owns.
        unsafe { self.interpreter.as_ref() }
    }

    fn context(&self) -> *mut HPyContext {
        self.layers.as_ref().map_or(self.context.get(), |layers| layers.outermost)
    }

    fn entry(&self, signature: c_int, function: Function) -> Result<*mut c_void> {
        self.entry_for(signature, function, |entries, first, f| entries.get(first, signature, f))
    }

    fn vectorcall_entry(&self, function: Function) -> Result<ffi::vectorcallfunc> {
        let entry = self.entry_for(HPyFunc_KEYWORDS, function, Entries::vectorcall)?;
        // SAFETY: an entry of kind `Vectorcall`, or the extension's trampoline: both of this prototype.
        Ok(unsafe { std::mem::transmute::<*mut c_void, ffi::vectorcallfunc>(entry) })
    }

    fn bindable(&self, signature: c_int, function: HPyCFunction) -> Result<(Callee, Option<Bind>)> {
        // For when no thunk is left.
        self.route_trampoline(function)?;
        Ok((self.callee(signature, function), Some(bind)))
    }

    fn tell_open_contexts(&self) -> bool {
        self.openings().is_some_and(Openings::tell_open)
    }

    fn callee(&self, signature: c_int, function: HPyCFunction) -> Callee {
        let stand_in = self.layers.as_ref().and_then(|layers| (layers.stand_in)(signature, function));
        match stand_in {
            Some((first, stand_in)) => Callee::new(first, stand_in),
            None => Callee::implementation(self.context(), signature, function),
        }
    }
}
