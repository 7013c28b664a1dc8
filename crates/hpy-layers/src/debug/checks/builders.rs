//! Builders: used after their end, and indices out of range.

use hpy_abi::*;

use crate::call::ApiCall;
use crate::debug::module::Debug;
use crate::debug::reports::rule::Rule;
use crate::debug::table::record::Record;
use crate::debug::table::record_state::Kind;
use crate::layered::Layered;

use super::opened::{close, find_open};
use super::{handles, replace_functions};

/// A builder for the extension, for an inner one; null for null. `None` if there is no memory.
pub(super) fn open(debug: &Debug, call: &ApiCall, inner: isize, kind: Kind, length: isize) -> Option<isize> {
    if inner == 0 {
        return Some(0);
    }
    let record = handles::open_record(debug, call, inner, kind)?;
    record.details_mut(&mut debug.state.arena.table()).length = length.try_into().unwrap_or(u32::MAX);
    Some(record.handle())
}

/// The inner builder, null if there is none, after a look at the index.
///
/// # Safety
///
/// The thread is inside of Python.
#[inline]
unsafe fn inner_at(debug: &Debug, call: &ApiCall, handle: isize, kind: Kind, index: isize) -> isize {
    // SAFETY: the thread is inside of Python.
    let Some(record) = (unsafe { find_open(debug, call, handle, kind) }) else { return 0 };
    let length = record.length(&debug.state.arena.table());
    if length != u32::MAX && !(0..length as isize).contains(&index) {
        // SAFETY: the thread is inside of Python.
        unsafe { report_index(debug, call, record, index) };
    }
    record.inner()
}

/// # Safety
///
/// The thread is inside of Python.
#[cold]
#[inline(never)]
unsafe fn report_index(debug: &Debug, call: &ApiCall, record: &Record, index: isize) {
    let state = &*debug.state;
    // SAFETY: the thread is inside of Python.
    unsafe {
        state.reporter.report(Rule::BuilderIndex, &state.site(call), |report| {
            report.add("index", index.to_string());
            state.describe_handle(report, record);
        });
    }
}

macro_rules! builders {
    ($($functions:ident: $type:ident { $field:ident } $kind:ident $new:ident $set:ident $build:ident $cancel:ident;)*) => {
        replace_functions! {
            $(
                $new(size: HPy_ssize_t) -> $type = $functions::new;
                $set(builder: $type, index: HPy_ssize_t, item: HPy) = $functions::set;
                $build(builder: $type) -> HPy = $functions::build;
                $cancel(builder: $type) = $functions::cancel;
            )*
        }

        $(mod $functions {
            use super::*;

            pub(super) unsafe fn new(layered: &Layered<Debug>, call: &ApiCall, size: HPy_ssize_t) -> $type {
                // SAFETY: the argument is the extension's.
                let inner = unsafe { ((*call.inner).$new)(call.inner, size) };
                let opened = open(layered.layer(), call, inner.$field, Kind::$kind, size);
                if opened.is_none() {
                    // SAFETY: the extension does not get the inner builder, which ends here.
                    unsafe {
                        ((*call.inner).$cancel)(call.inner, inner);
                        ((*call.inner).ctx_Err_NoMemory)(call.inner);
                    }
                }
                $type { $field: opened.unwrap_or(0) }
            }

            pub(super) unsafe fn set(
                layered: &Layered<Debug>,
                call: &ApiCall,
                builder: $type,
                index: HPy_ssize_t,
                item: HPy,
            ) {
                // SAFETY: the arguments are the extension's; builder and handle are unwrapped.
                unsafe {
                    let item = layered.unwrap(call, item);
                    let inner = inner_at(layered.layer(), call, builder.$field, Kind::$kind, index);
                    ((*call.inner).$set)(call.inner, $type { $field: inner }, index, item)
                }
            }

            pub(super) unsafe fn build(layered: &Layered<Debug>, call: &ApiCall, builder: $type) -> HPy {
                // SAFETY: the builder is the extension's, and unwrapped; what is returned is a new handle.
                unsafe {
                    let inner = close(layered.layer(), call, builder.$field, Kind::$kind);
                    layered.wrap(call, ((*call.inner).$build)(call.inner, $type { $field: inner }))
                }
            }

            pub(super) unsafe fn cancel(layered: &Layered<Debug>, call: &ApiCall, builder: $type) {
                // SAFETY: the builder is the extension's, and unwrapped.
                unsafe {
                    let inner = close(layered.layer(), call, builder.$field, Kind::$kind);
                    ((*call.inner).$cancel)(call.inner, $type { $field: inner })
                }
            }
        })*
    };
}

builders! {
    lists: HPyListBuilder { _lst } ListBuilder
        ctx_ListBuilder_New ctx_ListBuilder_Set ctx_ListBuilder_Build ctx_ListBuilder_Cancel;
    tuples: HPyTupleBuilder { _tup } TupleBuilder
        ctx_TupleBuilder_New ctx_TupleBuilder_Set ctx_TupleBuilder_Build ctx_TupleBuilder_Cancel;
}
