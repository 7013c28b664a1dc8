//! The quick ways through the layer: functions that do no more than count, for a thread that counts where the last one
//! did, while there are no hooks. All other calls take the ways that every layer has.

use std::collections::HashMap;
use std::ffi::{c_char, c_int, c_void};
use std::mem::transmute;
use std::sync::Mutex;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{Acquire, Release};

use hpy_abi::*;

use super::counter::FunctionCounter;
use super::{Frame, Trace};
use crate::generated::adapters::for_each_signature;
use crate::generated::wrappers::{self, for_each_prototype};
use crate::sync::lock;
use crate::{Callee, Layered, Member, Target};

// Calls out of the extension.

impl Trace {
    /// A function of the context was called; `None` if that takes the other way.
    #[inline(always)]
    fn begin(&self, member: Member) -> Option<Frame> {
        let place = self.last_place();
        place.seat().is_quick().then(|| Frame::begin_quickly(place.seat(), place.table().api(member)))
    }
}

macro_rules! functions {
    ($($name:ident($($parameter:ident: $type:ty),*) $(-> $returns:ty)?;)*) => {
        /// Puts the functions here in the place of the wrappers.
        pub(super) fn replace(context: &mut HPyContext) {
            $(context.$name = $name;)*
        }

        $(unsafe extern "C" fn $name(ctx: *mut HPyContext, $($parameter: $type),*) $(-> $returns)? {
            // SAFETY: called as the context function, with the context of the layer, which makes no copies of it.
            unsafe {
                let layered = Layered::<Trace>::of_original(ctx);
                let Some(frame) = layered.layer().begin(Member::$name) else {
                    return wrapper::$name(ctx, $($parameter),*);
                };
                let inner = layered.inner();
                let result = ((*inner).$name)(inner, $($parameter),*);
                frame.end_quickly();
                result
            }
        })*

        /// The wrappers, as functions of their own: within the quick ones they would need more registers to be saved.
        mod wrapper {
            use super::*;

            $(#[cold]
            #[inline(never)]
            pub(super) unsafe extern "C" fn $name(
                ctx: *mut HPyContext,
                $($parameter: $type),*
            ) $(-> $returns)? {
                // SAFETY: as above.
                unsafe { wrappers::$name::<Trace>(ctx, $($parameter),*) }
            })*
        }
    };
}

for_each_prototype!(functions);

// Calls into the extension.

/// What an engine passes in the place of the context.
struct StandIn {
    /// Where a thread counted last. It lives as long as the module.
    counter: AtomicPtr<FunctionCounter>,
    function: HPyCFunction,
    ctx: *mut HPyContext,
    layer: *const Trace,
}

/// All of a layer, by the address of the function.
#[derive(Default)]
pub(super) struct StandIns(Mutex<HashMap<usize, Box<StandIn>>>);

// SAFETY: what the pointers point to is not tied to a thread.
unsafe impl Send for StandIns {}
// SAFETY: as above.
unsafe impl Sync for StandIns {}

/// See `Layer::stand_in`.
pub(super) fn stand_in(layer: &Trace, ctx: *mut HPyContext, target: &Target) -> Option<Callee> {
    let function = function(target.signature)?;
    let address = target.function as usize;
    let mut all = lock(&layer.stand_ins.0);
    let stand_in = all.entry(address).or_insert_with(|| {
        let counter = AtomicPtr::new(layer.place().function(address).cast_mut());
        Box::new(StandIn { counter, function: target.function, ctx, layer })
    });
    Some(Callee { first: (&raw const **stand_in).cast_mut().cast(), function })
}

impl StandIn {
    #[inline(always)]
    fn last_counter(&self) -> &FunctionCounter {
        // SAFETY: it lives as long as the module.
        unsafe { &*self.counter.load(Acquire) }
    }

    /// The function is called; `None` if that takes the other way.
    #[inline(always)]
    fn begin(&self) -> Option<Frame> {
        let counter = self.last_counter();
        counter.seat.is_quick().then(|| Frame::begin_quickly(&counter.seat, &counter.counter))
    }

    #[cold]
    fn begin_otherwise(&self) -> Frame {
        // SAFETY: stand-ins live as long as their layer.
        let place = unsafe { &*self.layer }.place();
        let counter = place.function(self.function as usize);
        self.counter.store(counter.cast_mut(), Release);
        // SAFETY: it lives as long as the module.
        Frame::begin(place.seat(), unsafe { &(*counter).counter })
    }
}

macro_rules! adapters {
    ($(
        $name:ident $signature:ident:
            $prototype:ident($($ctx:ident)?; $($parameter:ident: $type:ty),*) $(-> $returns:ty)?;
    )*) => {
        /// What stands in for functions of the signature.
        fn function(signature: HPyFunc_Signature) -> Option<HPyCFunction> {
            // SAFETY: the signature tells the type.
            Some(unsafe {
                match signature {
                    $($signature => transmute::<*const c_void, HPyCFunction>($name as *const c_void),)*
                    _ => return None,
                }
            })
        }

        $(unsafe extern "C" fn $name(first: *mut HPyContext, $($parameter: $type),*) $(-> $returns)? {
            // SAFETY: called as the extension's function, which has this type, but with the stand-in.
            unsafe {
                let stand_in = &*first.cast::<StandIn>();
                let Some(frame) = stand_in.begin() else {
                    return otherwise::$name(first, $($parameter),*);
                };
                let function = transmute::<HPyCFunction, $prototype>(stand_in.function);
                let result = function($(stand_in.$ctx,)? $($parameter),*);
                frame.end_quickly();
                result
            }
        })*

        /// The same for other calls than quick ones.
        mod otherwise {
            use super::*;

            $(#[cold]
            #[inline(never)]
            pub(super) unsafe extern "C" fn $name(
                first: *mut HPyContext,
                $($parameter: $type),*
            ) $(-> $returns)? {
                // SAFETY: as above.
                unsafe {
                    let stand_in = &*first.cast::<StandIn>();
                    let frame = stand_in.begin_otherwise();
                    let function = transmute::<HPyCFunction, $prototype>(stand_in.function);
                    let result = function($(stand_in.$ctx,)? $($parameter),*);
                    frame.end();
                    result
                }
            })*
        }
    };
}

for_each_signature!(adapters);
