//! Debug mode does not need more memory the longer it runs.

use hpy_abi::*;
use hpy_layers::debug::DebugHandle;

use super::Setup;
use super::engine::Object;
use super::none;

#[test]
fn records_are_used_again() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            for _ in 0..10 {
                let copy = ((*ctx).ctx_Dup)(ctx, argument);
                ((*ctx).ctx_Close)(ctx, copy);
            }
            none(ctx)
        }
    }
    let setup = Setup::new();
    let (this, argument) = (Object::text("self"), Object::text("argument"));
    let mut ids = std::collections::HashSet::new();
    for round in 0..20_000 {
        drop(setup.call(function, &this, &argument));
        if round % 100 == 0 {
            ids.extend(DebugHandle::all_closed(&setup.state, 0).iter().map(|handle| handle.id()));
        }
    }
    assert_eq!(DebugHandle::all_closed(&setup.state, 0).len(), 1024);
    assert!(ids.len() < 1300, "{} records", ids.len());
    setup.assert_clean();
}
