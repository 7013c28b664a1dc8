//! The fast path through the layer: functions that do no more than count, for the thread that counted last, while there are
//! no hooks. All other calls take the slow path, which is the one that every layer has.

use std::ffi::{c_char, c_int, c_void};
use std::mem::transmute;

use hpy_abi::*;

use crate::call::{Callee, Target};
use crate::generated::adapters::for_each_signature;
use crate::generated::wrappers::{self, for_each_prototype};
use crate::layered::Layered;
use crate::member::Member;

use super::counter::FunctionCounter;
use super::frame::Frame;
use super::tracer::{StandIn, Trace};

// Calls out of the extension.

/// A function of the context was called; `None` if that takes the slow path.
#[inline(always)]
fn begin_api(layer: &Trace, member: Member) -> Option<Frame> {
    let counters = layer.last_counters();
    let slot = counters.slot();
    // SAFETY: the slot allows it, so the counters are this thread's; the call ends below on it.
    slot.allows_fast_path().then(|| unsafe { Frame::begin_fast(slot, counters.table().api(member)) })
}

macro_rules! functions {
    ($($name:ident($($parameter:ident: $type:ty),*) $(-> $returns:ty)?;)*) => {
        /// Puts the functions of this file into a context, in place of the wrappers.
        pub(crate) fn replace(context: &mut HPyContext) {
            $(context.$name = $name;)*
        }

        $(unsafe extern "C" fn $name(ctx: *mut HPyContext, $($parameter: $type),*) $(-> $returns)? {
            // SAFETY: called as the context function, with the context of the layer, which makes no copies of it.
            unsafe {
                let layered = Layered::<Trace>::of_original(ctx);
                let Some(frame) = begin_api(layered.layer(), Member::$name) else {
                    return slow_api::$name(ctx, $($parameter),*);
                };
                let inner = layered.inner();
                let result = ((*inner).$name)(inner, $($parameter),*);
                frame.end_fast();
                result
            }
        })*

        /// The wrappers, as functions of their own: within the fast ones they would need more registers to be saved.
        mod slow_api {
            use super::*;

            $(#[cold]
            #[inline(never)]
            pub(crate) unsafe extern "C" fn $name(
                ctx: *mut HPyContext,
                $($parameter: $type),*
            ) $(-> $returns)? {
                // SAFETY: called as the context function.
                unsafe { wrappers::$name::<Trace>(ctx, $($parameter),*) }
            })*
        }
    };
}

for_each_prototype!(functions);

// Calls into the extension.

/// See `Layer::stand_in`.
pub(crate) fn stand_in(layer: &Trace, ctx: *mut HPyContext, target: &Target) -> Option<Callee> {
    let function = adapter(target.signature)?;
    Some(Callee { first: layer.stand_in(ctx, target.function).cast_mut().cast(), function })
}

/// The function is called; `None` if that takes the slow path.
#[inline(always)]
fn begin_function(stand_in: &StandIn) -> Option<Frame> {
    let FunctionCounter { counter, slot } = stand_in.last_counter();
    // SAFETY: the slot allows it, so the counter is this thread's; the call ends below on it.
    slot.allows_fast_path().then(|| unsafe { Frame::begin_fast(slot, counter) })
}

/// The function is called on the slow path.
#[cold]
fn begin_function_slow(stand_in: &StandIn) -> Frame {
    let (counters, function) = stand_in.find_counter();
    // SAFETY: they are those of this thread, on which the call ends.
    unsafe { Frame::begin(counters.slot(), &function.counter) }
}

macro_rules! adapters {
    ($(
        $name:ident $signature:ident:
            $prototype:ident($($ctx:ident)?; $($parameter:ident: $type:ty),*) $(-> $returns:ty)?;
    )*) => {
        /// What stands in for functions of the signature.
        fn adapter(signature: HPyFunc_Signature) -> Option<HPyCFunction> {
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
                let Some(frame) = begin_function(stand_in) else {
                    return slow_function::$name(first, $($parameter),*);
                };
                let function = transmute::<HPyCFunction, $prototype>(stand_in.function);
                let result = function($(stand_in.$ctx,)? $($parameter),*);
                frame.end_fast();
                result
            }
        })*

        /// The same on the slow path.
        mod slow_function {
            use super::*;

            $(#[cold]
            #[inline(never)]
            pub(crate) unsafe extern "C" fn $name(
                first: *mut HPyContext,
                $($parameter: $type),*
            ) $(-> $returns)? {
                // SAFETY: called as the extension's function, which has this type, but with the stand-in.
                unsafe {
                    let stand_in = &*first.cast::<StandIn>();
                    let frame = begin_function_slow(stand_in);
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
