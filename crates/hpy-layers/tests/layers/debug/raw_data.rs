//! Copies of objects' data.

use std::cell::Cell;
use std::ffi::{CStr, c_char};
use std::ptr::null;

use hpy_abi::*;
use hpy_layers::debug::DebugHandle;

use super::Setup;
use super::engine::Object;
use super::none;

thread_local! {
    static LAST: Cell<*const c_char> = const { Cell::new(null()) };
}

/// Gets the text of its argument, and opens and closes a handle of it.
pub(super) unsafe extern "C" fn text(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
    // SAFETY: the context of the call.
    unsafe {
        let copy = ((*ctx).ctx_Dup)(ctx, argument);
        let mut size = 0;
        let data = ((*ctx).ctx_Unicode_AsUTF8AndSize)(ctx, copy, &raw mut size);
        assert_eq!(CStr::from_ptr(data).count_bytes(), size as usize);
        let again = ((*ctx).ctx_Unicode_AsUTF8AndSize)(ctx, copy, &raw mut size);
        assert_eq!(data, again, "no copy for each call");
        assert_ne!(((*ctx).ctx_Bytes_AsString)(ctx, copy), data);
        LAST.set(data);
        ((*ctx).ctx_Close)(ctx, copy);
        none(ctx)
    }
}

#[test]
fn limits() {
    let setup = Setup::new();
    let generation = setup.state.new_generation();
    setup.state.set_protected_raw_data_max_size(63);
    assert_eq!(setup.state.protected_raw_data_max_size(), 63);
    for _ in 0..5 {
        // Two copies of nine bytes with the NUL.
        setup.run(text);
    }
    let sizes: Vec<usize> = DebugHandle::all_closed(&setup.state, generation)
        .iter()
        .filter_map(|handle| handle.raw_data_size())
        .collect();
    assert_eq!(sizes, [9; 3], "as many as fit, the last");
    setup.state.set_protected_raw_data_max_size(0);
    setup.run(text);
    assert!(DebugHandle::all_closed(&setup.state, 0).iter().all(|handle| handle.raw_data_size().is_none()));
    setup.assert_clean();
}

/// When a record is used again, its data goes.
#[test]
fn goes_with_the_record() {
    let setup = Setup::new();
    setup.state.set_closed_queue_max_size(10);
    for _ in 0..3000 {
        drop(setup.call(text, &Object::text("self"), &Object::text("some text")));
    }
    let with_data = DebugHandle::all_closed(&setup.state, 0)
        .iter()
        .filter(|handle| handle.raw_data_size().is_some())
        .count();
    assert!((1..=10).contains(&with_data));
    setup.assert_clean();
}

#[test]
fn name_that_fails() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            assert!(((*ctx).ctx_Type_GetName)(ctx, argument).is_null());
            HPy::NULL
        }
    }
    let setup = Setup::new();
    assert!(setup.call(function, &Object::text("self"), &Object::text("no type")).is_none());
    setup.assert_clean();
}
