//! Builders and trackers.

use hpy_abi::*;
use hpy_layers::debug::{DebugHandle, Kind, Rule, leak_report};

use super::engine::{self, Object};
use super::{Setup, assert_line, none};

/// Sets the items of a new builder from `first` on.
unsafe fn fill(ctx: *mut HPyContext, item: HPy, size: isize, first: isize) -> HPyListBuilder {
    // SAFETY: the context of the call.
    unsafe {
        let builder = ((*ctx).ctx_ListBuilder_New)(ctx, size);
        for i in first..first + size {
            ((*ctx).ctx_ListBuilder_Set)(ctx, builder, i, item);
        }
        builder
    }
}

#[test]
fn nothing_wrong() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            let cancelled = fill(ctx, argument, 2, 0);
            ((*ctx).ctx_ListBuilder_Cancel)(ctx, cancelled);
            ((*ctx).ctx_ListBuilder_Cancel)(ctx, ((*ctx).ctx_ListBuilder_New)(ctx, -1));
            let builder = fill(ctx, argument, 3, 0);
            ((*ctx).ctx_ListBuilder_Build)(ctx, builder)
        }
    }
    let setup = Setup::new();
    let list = setup.call(function, &Object::text("self"), &Object::text("argument")).unwrap();
    assert_eq!(list.count(), 1);
    setup.assert_clean();
}

#[test]
fn used_after_build() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            let builder = fill(ctx, argument, 1, 0);
            let list = ((*ctx).ctx_ListBuilder_Build)(ctx, builder);
            ((*ctx).ctx_ListBuilder_Set)(ctx, builder, 0, argument);
            ((*ctx).ctx_ListBuilder_Cancel)(ctx, builder);
            assert!(((*ctx).ctx_ListBuilder_Build)(ctx, builder).is_null());
            ((*ctx).ctx_Err_Clear)(ctx);
            // A tuple builder is none of lists.
            let other = ((*ctx).ctx_TupleBuilder_New)(ctx, 1);
            ((*ctx).ctx_ListBuilder_Cancel)(ctx, HPyListBuilder { _lst: other._tup });
            ((*ctx).ctx_TupleBuilder_Cancel)(ctx, other);
            list
        }
    }
    let setup = Setup::new();
    assert!(setup.call(function, &Object::text("self"), &Object::text("argument")).is_some());
    let reports = setup.reports();
    assert_eq!(reports.len(), 4);
    assert!(reports.iter().all(|(rule, _)| *rule == Rule::BuilderClosed));
    let (_, first) = &reports[0];
    assert!(
        first.starts_with("HPy debug mode: A builder was used after its end [builder-closed]\n"),
        "{first}"
    );
    assert_line(first, "builder", "of a list of length 1");
    assert_line(first, "closed", "HPyListBuilder_Build in ");
    setup.assert_clean();
}

#[test]
fn index_out_of_range() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            let builder = fill(ctx, argument, 2, 1);
            ((*ctx).ctx_Err_Clear)(ctx);
            ((*ctx).ctx_ListBuilder_Set)(ctx, builder, -1, argument);
            ((*ctx).ctx_Err_Clear)(ctx);
            ((*ctx).ctx_ListBuilder_Build)(ctx, builder)
        }
    }
    let setup = Setup::new();
    setup.call(function, &Object::text("self"), &Object::text("argument"));
    let reports = setup.reports();
    assert_eq!(reports.len(), 2);
    assert_line(&reports[0].1, "index", "2");
    assert_line(&reports[1].1, "index", "-1");
}

#[test]
fn leaked() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            fill(ctx, argument, 2, 0);
            let tracker = ((*ctx).ctx_Tracker_New)(ctx, 0);
            ((*ctx).ctx_Tracker_Add)(ctx, tracker, ((*ctx).ctx_Dup)(ctx, argument));
            none(ctx)
        }
    }
    let setup = Setup::new();
    setup.run(function);
    let kinds: Vec<Kind> = DebugHandle::leaks(&setup.state, 0).iter().map(|leak| leak.kind()).collect();
    assert_eq!(kinds, [Kind::ListBuilder, Kind::Tracker, Kind::Handle]);
    // What Python sees as handles are handles of objects.
    assert_eq!(DebugHandle::all_open(&setup.state, 0).len(), 89 + 1);
    // SAFETY: no function runs.
    let report = unsafe { leak_report(&setup.state, 0) }.unwrap();
    assert!(
        report.starts_with("1 handle, 1 list builder, 1 tracker not closed, whose objects take 28 bytes"),
        "{report}"
    );
}

#[test]
fn trackers() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            let tracker = ((*ctx).ctx_Tracker_New)(ctx, 0);
            for _ in 0..100 {
                ((*ctx).ctx_Tracker_Add)(ctx, tracker, ((*ctx).ctx_Dup)(ctx, argument));
            }
            ((*ctx).ctx_Tracker_Add)(ctx, tracker, HPy::NULL);
            ((*ctx).ctx_Tracker_Close)(ctx, tracker);
            let second = ((*ctx).ctx_Tracker_New)(ctx, 1);
            let kept = ((*ctx).ctx_Dup)(ctx, argument);
            ((*ctx).ctx_Tracker_Add)(ctx, second, kept);
            ((*ctx).ctx_Tracker_ForgetAll)(ctx, second);
            ((*ctx).ctx_Tracker_Close)(ctx, second);
            ((*ctx).ctx_Tracker_Close)(ctx, HPyTracker::NULL);
            kept
        }
    }
    let setup = Setup::new();
    let argument = Object::text("argument");
    assert!(setup.call(function, &Object::text("self"), &argument).unwrap().is(&argument));
    assert_eq!(argument.count(), 1);
    setup.assert_clean();
}

#[test]
fn tracker_used_after_close() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            let tracker = ((*ctx).ctx_Tracker_New)(ctx, 0);
            ((*ctx).ctx_Tracker_Close)(ctx, tracker);
            assert_eq!(((*ctx).ctx_Tracker_Add)(ctx, tracker, argument), 0);
            ((*ctx).ctx_Tracker_ForgetAll)(ctx, tracker);
            ((*ctx).ctx_Tracker_Close)(ctx, tracker);
            // An argument in a tracker is closed with it, and that is wrong.
            let second = ((*ctx).ctx_Tracker_New)(ctx, 0);
            ((*ctx).ctx_Tracker_Add)(ctx, second, argument);
            ((*ctx).ctx_Tracker_Close)(ctx, second);
            none(ctx)
        }
    }
    let setup = Setup::new();
    setup.run(function);
    let reports = setup.reports();
    let rules: Vec<Rule> = reports.iter().map(|(rule, _)| *rule).collect();
    let closed = Rule::TrackerClosed;
    assert_eq!(rules, [closed, closed, closed, Rule::ClosedArgument]);
    assert_line(&reports[0].1, "misused", "HPyTracker_Add");
    assert_line(&reports[3].1, "misused", "HPyTracker_Close");
    assert!(!engine::error_is_set());
    setup.assert_clean();
}
