//! The report of leaks.

use hpy_abi::*;
use hpy_layers::debug::{DebugHandle, leak_report};

use super::engine::Object;
use super::{EXACT_FRAMES, Setup, none};

unsafe extern "C" fn many(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
    // SAFETY: the context of the call.
    unsafe {
        for i in 0..3 {
            ((*ctx).ctx_Long_FromInt64_t)(ctx, 40 + i);
        }
        ((*ctx).ctx_Dup)(ctx, argument);
        ((*ctx).ctx_Dup)(ctx, argument);
        none(ctx)
    }
}

#[test]
fn in_groups_by_place() {
    let setup = Setup::new();
    let argument = Object::text("argument");
    let generation = setup.state.new_generation();
    // SAFETY: no function runs.
    assert_eq!(unsafe { leak_report(&setup.state, generation) }, None);
    setup.call(many, &Object::text("self"), &argument);
    // SAFETY: as above.
    let report = unsafe { leak_report(&setup.state, generation) }.unwrap();
    assert!(report.starts_with("5 handles not closed, whose objects take 112 bytes:\n"), "{report}");
    let numbers = report.find("  3 × opened by HPyLong_FromInt64_t in ").expect(&report);
    let text = report.find("  2 × opened by HPy_Dup in ").expect(&report);
    assert!(numbers < text, "the most first: {report}");
    assert!(report.contains("leaks::many"), "{report}");
    assert!(report.contains("leaks.rs:") || !EXACT_FRAMES, "{report}");
    assert!(report.contains("      str 40\n      str 41\n"), "{report}");
    assert!(report.contains("set_handle_stack_trace_limit"), "{report}");
    assert_eq!(argument.count(), 3);

    let next = setup.state.new_generation();
    // SAFETY: as above.
    assert_eq!(unsafe { leak_report(&setup.state, next) }, None);
    for leak in DebugHandle::leaks(&setup.state, 0) {
        // SAFETY: the extension has forgotten them.
        unsafe { leak.force_close() };
    }
    assert_eq!(argument.count(), 1);
    setup.assert_clean();
}

/// With traces, each line of the extension is a group.
#[test]
fn in_groups_by_trace() {
    let setup = Setup::new();
    setup.state.set_stack_trace_limit(8);
    setup.run(many);
    // SAFETY: no function runs.
    let report = unsafe { leak_report(&setup.state, 0) }.unwrap();
    assert_eq!(report.matches("1 × opened by HPy_Dup in ").count(), 2, "{report}");
    if EXACT_FRAMES {
        assert_eq!(report.matches("many (leaks.rs:").count(), 3, "{report}");
        // What called the function is none of the extension's.
        assert!(!report.contains("        at "), "{report}");
    }
}
