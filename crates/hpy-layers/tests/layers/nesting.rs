//! Calls in calls, and calls that do not arrive.

use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::mem::transmute;
use std::process::Command;
use std::ptr::null_mut;

use hpy_abi::*;
use hpy_layers::{ApiCall, FunctionCall, Layer, Layered, Outcome};

use crate::fake;
use crate::fake::incoming::through;
use crate::support::{MASK, Mask};

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// The context that the engine hands calls to.
    static OUTERMOST: Cell<*mut HPyContext> = const { Cell::new(null_mut()) };
}

fn log(line: impl Into<String>) {
    LOG.with_borrow_mut(|all| all.push(line.into()));
}

fn logged() -> Vec<String> {
    LOG.with_borrow_mut(std::mem::take)
}

/// Writes what it sees. Gives each call of a function a context of its own.
struct Logging {
    name: &'static str,
    /// What it does besides when a function is entered.
    hook: Option<fn()>,
}

impl Layer for Logging {
    const NAME: &'static CStr = c"logging";
    const TRANSPARENT: bool = true;
    type Api = ();
    type Function = Box<HPyContext>;

    unsafe fn enter(&self, call: &mut ApiCall) {
        log(format!("{} enter {}", self.name, call.member.name()));
    }

    unsafe fn exit(&self, call: &ApiCall, (): ()) {
        log(format!("{} exit {}", self.name, call.member.name()));
    }

    unsafe fn enter_function(&self, call: &mut FunctionCall) -> Box<HPyContext> {
        log(format!("{} enter {}", self.name, call.signature));
        if let Some(hook) = self.hook {
            hook();
        }
        // SAFETY: a context is plain data.
        let mut copy = Box::new(unsafe { std::ptr::read(call.ctx) });
        copy.name = c"copy".as_ptr();
        call.ctx = &raw mut *copy;
        copy
    }

    unsafe fn exit_function(&self, call: &FunctionCall, mut state: Box<HPyContext>, _: Outcome) {
        assert_eq!(call.ctx, &raw mut *state);
        log(format!("{} exit {}", self.name, call.signature));
    }
}

fn call_o(ctx: *mut HPyContext, function: HPyFunc_o) {
    // SAFETY: it is called as what it is, in the contexts of the test.
    unsafe {
        through(ctx, HPyFunc_O, transmute::<HPyFunc_o, HPyCFunction>(function), |ctx, function| {
            let function = transmute::<HPyCFunction, HPyFunc_o>(function);
            assert_eq!(function(ctx, HPy { _i: 1 }, HPy { _i: 2 }), HPy { _i: 2 });
        });
    }
}

/// A function that calls the API, in which the engine calls another function.
unsafe extern "C" fn calls(ctx: *mut HPyContext, _: HPy, arg: HPy) -> HPy {
    // SAFETY: the context lives.
    unsafe {
        assert_eq!(CStr::from_ptr((*ctx).name), c"copy");
        log("calls");
        ((*ctx).ctx_Str)(ctx, arg);
    }
    log("called");
    arg
}

unsafe extern "C" fn callee(_: *mut HPyContext, this: HPy) -> HPy {
    assert_eq!(this, HPy { _i: 3 ^ MASK });
    log("callee");
    HPy::NULL
}

/// `ctx_Str` of an engine whose object has a `__str__` of the extension's.
unsafe extern "C" fn str_of_extension(_: *mut HPyContext, h: HPy) -> HPy {
    assert_eq!(h, HPy { _i: 2 });
    // SAFETY: it is called as what it is.
    unsafe {
        let function = transmute::<HPyFunc_reprfunc, HPyCFunction>(callee);
        through(OUTERMOST.get(), HPyFunc_REPRFUNC, function, |ctx, function| {
            let function = transmute::<HPyCFunction, HPyFunc_reprfunc>(function);
            assert!(function(ctx, HPy { _i: 3 }).is_null());
        });
    }
    h
}

#[test]
fn functions_call_functions() {
    let mut inner = fake::context();
    inner.ctx_Str = str_of_extension;
    // SAFETY: the contexts live to the end of the test, and each longer than those around it.
    unsafe {
        let low = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Logging { name: "low", hook: None });
        let middle = Layered::new(low.context(), HPY_CONTEXT_MEMBERS, Mask::new(MASK));
        let high = Layered::new(middle.context(), HPY_CONTEXT_MEMBERS, Logging { name: "high", hook: None });
        OUTERMOST.set(high.context());
        call_o(high.context(), calls);
        assert!(middle.layer().arguments.lock().unwrap().0.is_empty());
    }
    let expected = [
        "low enter 4",
        "high enter 4",
        "calls",
        "high enter ctx_Str",
        "low enter ctx_Str",
        "low enter 23",
        "high enter 23",
        "callee",
        "high exit 23",
        "low exit 23",
        "low exit ctx_Str",
        "high exit ctx_Str",
        "called",
        "high exit 4",
        "low exit 4",
    ];
    assert_eq!(logged(), expected);
}

/// What a layer does may call other extensions, while the layers around it wait for their call.
#[test]
fn layers_call_functions() {
    fn hook() {
        let mut inner = fake::context();
        // SAFETY: the contexts live to the end of the function, and each longer than those around it.
        unsafe {
            let low =
                Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Logging { name: "other low", hook: None });
            let high =
                Layered::new(low.context(), HPY_CONTEXT_MEMBERS, Logging { name: "other high", hook: None });
            call_o(high.context(), returns);
            // Nor is the function called in each of them.
            let function = transmute::<HPyFunc_o, HPyCFunction>(returns);
            through(high.context(), HPyFunc_O, function, |_, _| ());
        }
    }
    unsafe extern "C" fn returns(_: *mut HPyContext, _: HPy, arg: HPy) -> HPy {
        log("returns");
        arg
    }
    let mut inner = fake::context();
    // SAFETY: the contexts live to the end of the test, and each longer than those around it.
    unsafe {
        let low =
            Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Logging { name: "low", hook: Some(hook) });
        let high = Layered::new(low.context(), HPY_CONTEXT_MEMBERS, Logging { name: "high", hook: None });
        call_o(high.context(), returns);
    }
    let expected = [
        "low enter 4",
        "other low enter 4",
        "other high enter 4",
        "returns",
        "other high exit 4",
        "other low exit 4",
        "high enter 4",
        "returns",
        "high exit 4",
        "low exit 4",
    ];
    assert_eq!(logged(), expected);
}

/// An engine may find that there is nothing to call for, such as an object that has no fields to traverse; or do other
/// things first.
#[test]
fn calls_that_do_not_arrive() {
    unsafe extern "C" fn returns(_: *mut HPyContext, _: HPy, arg: HPy) -> HPy {
        log("returns");
        arg
    }
    unsafe extern "C" fn traverse(
        _: *mut std::ffi::c_void,
        _: HPyFunc_visitproc,
        _: *mut std::ffi::c_void,
    ) -> i32 {
        unreachable!()
    }
    let mut inner = fake::context();
    // SAFETY: the contexts live to the end of the test, and each longer than those around it.
    unsafe {
        let low = Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Mask::new(MASK));
        let high = Layered::new(low.context(), HPY_CONTEXT_MEMBERS, Mask::new(MASK << 1));
        let ctx = high.context();
        let traverse = transmute::<HPyFunc_traverseproc, HPyCFunction>(traverse);
        through(ctx, HPyFunc_TRAVERSEPROC, traverse, |_, _| ());
        let function = transmute::<HPyFunc_o, HPyCFunction>(returns);
        through(ctx, HPyFunc_O, function, |inner, function| {
            call_o(ctx, returns);
            through(ctx, HPyFunc_TRAVERSEPROC, traverse, |_, _| ());
            let function = transmute::<HPyCFunction, HPyFunc_o>(function);
            assert_eq!(function(inner, HPy { _i: 1 }, HPy { _i: 7 }), HPy { _i: 7 });
        });
        assert_eq!(*low.layer().arguments.lock().unwrap(), (Vec::new(), 4));
    }
    assert_eq!(logged(), ["returns", "returns"]);
}

/// Panics in either direction end the process and say why; nothing unwinds through the extension or the engine.
#[test]
fn panics() {
    /// Panics at one of its calls.
    struct Broken(&'static str);

    impl Layer for Broken {
        const NAME: &'static CStr = c"broken";
        const TRANSPARENT: bool = true;
        type Api = ();
        type Function = ();
        unsafe fn enter(&self, _: &mut ApiCall) {
            assert_ne!(self.0, "enter", "this layer is broken");
        }
        unsafe fn exit(&self, _: &ApiCall, (): ()) {}
        unsafe fn enter_function(&self, _: &mut FunctionCall) {
            assert_ne!(self.0, "enter_function", "this layer is broken");
        }
        unsafe fn exit_function(&self, _: &FunctionCall, (): (), _: Outcome) {}
    }

    unsafe extern "C" fn length(ctx: *mut HPyContext, _: HPy, arg: HPy) -> HPy {
        // SAFETY: the context lives.
        unsafe { ((*ctx).ctx_Length)(ctx, arg) };
        arg
    }

    const WHERE: &str = "HPY_TEST_PANIC";
    for at in ["enter", "enter_function"] {
        match std::env::var(WHERE) {
            Ok(wanted) if wanted == at => {
                let mut inner = fake::context();
                // SAFETY: the contexts live to the end of the test.
                let layered = unsafe { Layered::new(&raw mut *inner, HPY_CONTEXT_MEMBERS, Broken(at)) };
                let caught = std::panic::catch_unwind(|| call_o(layered.context(), length));
                println!("came back: {}", caught.is_ok());
            }
            Ok(_) => {}
            Err(_) => {
                let output = Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", "nesting::panics", "--nocapture"])
                    .env(WHERE, at)
                    .output()
                    .unwrap();
                let stderr = String::from_utf8_lossy(&output.stderr);
                let stdout = String::from_utf8_lossy(&output.stdout);
                assert!(!output.status.success() && !stdout.contains("came back"), "{stdout}{stderr}");
                assert!(stderr.contains("this layer is broken"), "{stderr}");
                assert!(stderr.contains("cannot unwind"), "{stderr}");
            }
        }
    }
}
