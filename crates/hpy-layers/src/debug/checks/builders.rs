//! Builders: used after their end, and indices out of range.

use hpy_abi::*;

use crate::{ApiCall, Layered, Member};

use crate::debug::layer::Debug;
use crate::debug::reports::report::Rule;
use crate::debug::table::record::{LIST_BUILDER, Record, TUPLE_BUILDER};

/// An open builder; if it is not, that is reported.
#[inline]
unsafe fn builder<'a>(debug: &'a Debug, call: &ApiCall, handle: isize, sort: u32) -> Option<&'a Record> {
    let state = &*debug.state;
    let found = state.arena.get(handle);
    let right = found.filter(|record| record.is_open() && record.state() & sort != 0);
    if right.is_none() {
        // SAFETY: the thread is inside of Python.
        unsafe {
            state.report(Rule::BuilderClosed, &debug.state.site(call), |report| match found {
                Some(record) if record.state() & sort != 0 => state.describe_handle(report, record),
                _ => report.line("builder", format!("{handle:#x}: none that is known")),
            });
        }
    }
    right
}

/// The builder for the extension, null if there is none. `None` if there is no memory.
fn open(debug: &Debug, call: &ApiCall, inner: isize, sort: u32, length: isize) -> Option<isize> {
    if inner == 0 {
        return Some(0);
    }
    let record = debug.open_record(call, inner, sort)?;
    record.details_mut(&mut debug.state.table()).length = length.try_into().unwrap_or(u32::MAX);
    Some(record.handle())
}

/// Its end. Returns the inner builder, null if there is none.
unsafe fn close(debug: &Debug, call: &ApiCall, handle: isize, sort: u32) -> isize {
    if handle == 0 {
        return 0;
    }
    // SAFETY: by contract.
    while let Some(record) = unsafe { builder(debug, call, handle, sort) } {
        if let Some(inner) = debug.close_record(call, record, sort) {
            return inner._i;
        }
    }
    0
}

/// The inner builder, null if there is none, after a look at the index.
unsafe fn inner_at(debug: &Debug, call: &ApiCall, handle: isize, sort: u32, index: isize) -> isize {
    if handle == 0 {
        return 0;
    }
    // SAFETY: by contract.
    let Some(record) = (unsafe { builder(debug, call, handle, sort) }) else { return 0 };
    let length = record.details(&debug.state.table()).length();
    if length != u32::MAX && !(0..length as isize).contains(&index) {
        // SAFETY: the thread is inside of Python.
        unsafe {
            debug.state.report(Rule::BuilderIndex, &debug.state.site(call), |report| {
                report.line("index", index.to_string());
                debug.state.describe_handle(report, record);
            });
        }
    }
    record.inner()
}

macro_rules! builders {
    ($($replace:ident: $type:ident { $field:ident } $sort:ident $new:ident $set:ident $build:ident $cancel:ident;)*) => {
        /// Puts the functions of this file into a context.
        pub(crate) fn replace(context: &mut HPyContext) {
            $($replace(context);)*
        }

        $(fn $replace(context: &mut HPyContext) {
            // Each has the contract of the function that it stands in front of.
            unsafe extern "C" fn new(ctx: *mut HPyContext, size: HPy_ssize_t) -> $type {
                // SAFETY: by contract.
                unsafe {
                    Layered::<Debug>::api(ctx, Member::$new, |layered, call| {
                        let inner = ((*call.inner).$new)(call.inner, size);
                        let opened = open(layered.layer(), call, inner.$field, $sort, size);
                        if opened.is_none() {
                            ((*call.inner).$cancel)(call.inner, inner);
                            ((*call.inner).ctx_Err_NoMemory)(call.inner);
                        }
                        $type { $field: opened.unwrap_or(0) }
                    })
                }
            }

            unsafe extern "C" fn set(ctx: *mut HPyContext, builder: $type, index: HPy_ssize_t, item: HPy) {
                // SAFETY: by contract.
                unsafe {
                    Layered::<Debug>::api(ctx, Member::$set, |layered, call| {
                        let item = layered.unwrap(call, item);
                        let inner = inner_at(layered.layer(), call, builder.$field, $sort, index);
                        ((*call.inner).$set)(call.inner, $type { $field: inner }, index, item)
                    })
                }
            }

            unsafe extern "C" fn build(ctx: *mut HPyContext, builder: $type) -> HPy {
                // SAFETY: by contract.
                unsafe {
                    Layered::<Debug>::api(ctx, Member::$build, |layered, call| {
                        let inner = close(layered.layer(), call, builder.$field, $sort);
                        layered.wrap(call, ((*call.inner).$build)(call.inner, $type { $field: inner }))
                    })
                }
            }

            unsafe extern "C" fn cancel(ctx: *mut HPyContext, builder: $type) {
                // SAFETY: by contract.
                unsafe {
                    Layered::<Debug>::api(ctx, Member::$cancel, |layered, call| {
                        let inner = close(layered.layer(), call, builder.$field, $sort);
                        ((*call.inner).$cancel)(call.inner, $type { $field: inner })
                    })
                }
            }

            context.$new = new;
            context.$set = set;
            context.$build = build;
            context.$cancel = cancel;
        })*
    };
}

builders! {
    lists: HPyListBuilder { _lst } LIST_BUILDER
        ctx_ListBuilder_New ctx_ListBuilder_Set ctx_ListBuilder_Build ctx_ListBuilder_Cancel;
    tuples: HPyTupleBuilder { _tup } TUPLE_BUILDER
        ctx_TupleBuilder_New ctx_TupleBuilder_Set ctx_TupleBuilder_Build ctx_TupleBuilder_Cancel;
}
