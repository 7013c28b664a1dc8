//! Many threads in debug mode at the same time, as on an engine without a GIL. `cargo xtask sanitize --thread` watches.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

const THREADS: usize = 8;
const CALLS: usize = 500;

/// What threads share.
struct Shared<T>(T);
// SAFETY: the layers are for any thread, and objects are made, used and dropped by one.
unsafe impl<T> Sync for Shared<T> {}

impl<T> Shared<T> {
    fn get(&self) -> &T {
        &self.0
    }
}

/// Opens and closes what there is to open and close.
unsafe extern "C" fn busy(ctx: *mut HPyContext, this: HPy, argument: HPy) -> HPy {
    // SAFETY: the context of the call, with handles of it.
    unsafe {
        let copies = [(); 20].map(|()| ((*ctx).ctx_Dup)(ctx, argument));
        let tracker = ((*ctx).ctx_Tracker_New)(ctx, 1);
        for &copy in &copies[..10] {
            assert_eq!(((*ctx).ctx_Tracker_Add)(ctx, tracker, copy), 0);
        }
        let state = ((*ctx).ctx_LeavePythonExecution)(ctx);
        ((*ctx).ctx_ReenterPythonExecution)(ctx, state);
        let builder = ((*ctx).ctx_ListBuilder_New)(ctx, 1);
        ((*ctx).ctx_ListBuilder_Set)(ctx, builder, 0, this);
        let list = ((*ctx).ctx_ListBuilder_Build)(ctx, builder);
        for &copy in &copies[10..] {
            ((*ctx).ctx_Close)(ctx, copy);
        }
        ((*ctx).ctx_Close)(ctx, list);
        ((*ctx).ctx_Tracker_Close)(ctx, tracker);
        none(ctx)
    }
}

/// Has a copy of the object's data, which stays protected for a while.
unsafe extern "C" fn read(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
    // SAFETY: the context of the call, with handles of it; the data is text.
    unsafe {
        let copy = ((*ctx).ctx_Dup)(ctx, argument);
        for handle in [argument, copy] {
            let data = ((*ctx).ctx_Unicode_AsUTF8AndSize)(ctx, handle, std::ptr::null_mut());
            assert_eq!(data.read().cast_unsigned(), b'a');
        }
        ((*ctx).ctx_Close)(ctx, copy);
        none(ctx)
    }
}

/// Closes a handle twice.
unsafe extern "C" fn mistaken(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
    // SAFETY: the context of the call; debug mode bears with it.
    unsafe {
        let copy = ((*ctx).ctx_Dup)(ctx, argument);
        ((*ctx).ctx_Close)(ctx, copy);
        ((*ctx).ctx_Close)(ctx, copy);
        none(ctx)
    }
}

/// Calls a function with objects of this thread.
fn call(setup: &Setup, function: Unary) {
    let (this, argument) = (Object::text("self"), Object::text("argument"));
    assert!(setup.call(function, &this, &argument).is_some());
    assert_eq!(argument.count(), 1);
}

/// Runs `body` in all threads, with their number, while the main thread looks at everything.
fn run(setup: &Setup, body: impl Fn(&Setup, usize) + Sync) {
    let (shared, done) = (Shared(setup), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let threads = (0..THREADS).map(|number| {
            let (shared, body) = (&shared, &body);
            scope.spawn(move || body(shared.get(), number))
        });
        let threads: Vec<_> = threads.collect();
        scope.spawn(|| {
            let state = &shared.get().state;
            for size in [0, 1024, 50].into_iter().cycle() {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                state.set_closed_queue_max_size(size);
                let generation = state.new_generation();
                let handles = [
                    DebugHandle::all_open(state, generation),
                    DebugHandle::all_closed(state, 0),
                    DebugHandle::leaks(state, 0),
                ];
                for handle in handles.iter().flatten().take(100) {
                    let _ = (handle.is_closed(), handle.kind(), handle.raw_data_size());
                }
            }
        });
        let ended: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
        done.store(true, Ordering::Relaxed);
        assert!(ended.iter().all(Result::is_ok));
    });
}

#[test]
fn threads_open_and_close_handles() {
    let setup = Setup::new();
    run(&setup, |setup, _| {
        for _ in 0..CALLS {
            call(setup, busy);
        }
    });
    setup.assert_clean();
}

#[test]
fn threads_read_data() {
    let setup = Setup::new();
    run(&setup, |setup, _| {
        for _ in 0..CALLS / 10 {
            call(setup, read);
        }
    });
    setup.assert_clean();
}

#[test]
fn threads_make_mistakes() {
    let setup = Setup::new();
    run(&setup, |setup, _| {
        for _ in 0..3 {
            call(setup, mistaken);
        }
    });
    let reports = setup.reports();
    // Reused at once while no closed handle has to wait.
    assert!(reports.iter().all(|(rule, _)| [Rule::ClosedTwice, Rule::ForeignHandle].contains(rule)));
}

/// Shows that ThreadSanitizer sees races.
#[test]
#[ignore = "a mistake on purpose"]
fn race_on_purpose() {
    let (shared, barrier) = (Shared(std::cell::Cell::new(0)), std::sync::Barrier::new(2));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                barrier.wait();
                (0..1000).for_each(|i| std::hint::black_box(shared.get()).set(i));
            });
        }
    });
}
