//! Mistakes that end the process, each in a process of its own: this test program again, with a variable set.

#[cfg(unix)]
use std::ffi::c_char;
use std::process::{Command, Output};

use hpy_abi::*;

#[cfg(unix)]
use super::EXACT_FRAMES;
use super::{Setup, assert_line, none};

const MARK: &str = "HPY_TEST_IN_OWN_PROCESS";

/// Whether this is the process for the mistake.
fn is_own() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Runs the test of this name alone.
fn run(test: &str, debug: &str) -> (Output, String) {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program)
        .args([&format!("debug::process::{test}"), "--exact", "--nocapture", "--test-threads=1"])
        .env(MARK, "1")
        .env("HPY_DEBUG", debug)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, text)
}

fn setup() -> Setup {
    let setup = Setup::new();
    setup.state.reporter().set_on_report(None);
    setup
}

#[test]
fn report_and_abort() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            let copy = ((*ctx).ctx_Dup)(ctx, argument);
            ((*ctx).ctx_Close)(ctx, copy);
            ((*ctx).ctx_Close)(ctx, copy);
            eprintln!("it goes on");
            none(ctx)
        }
    }
    if is_own() {
        return setup().run(function);
    }
    let (output, text) = run("report_and_abort", "");
    assert!(!output.status.success());
    assert_line(&text, "object", "str 'argument'");
    assert!(text.contains("fatal: Invalid usage of already closed handle"), "{text}");
    assert!(!text.contains("it goes on"), "{text}");

    let (output, text) = run("report_and_abort", "warn,trace=5");
    assert!(output.status.success(), "{text}");
    assert_line(&text, "opened", "report_and_abort::function");
    assert_line(&text, "closed", "report_and_abort::function");
    assert!(text.contains("it goes on") && !text.contains("fatal"), "{text}");
}

#[cfg(unix)]
#[test]
fn data_after_close() {
    #[inline(never)]
    fn read(data: *const c_char) -> c_char {
        // SAFETY: none; that is the mistake. It is noticed before anything is read.
        unsafe { data.add(2).read_volatile() }
    }
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call.
        unsafe {
            let copy = ((*ctx).ctx_Dup)(ctx, argument);
            let data = ((*ctx).ctx_Unicode_AsUTF8AndSize)(ctx, copy, std::ptr::null_mut());
            assert_eq!(read(data), b'g' as c_char);
            ((*ctx).ctx_Close)(ctx, copy);
            read(data);
            eprintln!("it goes on");
            none(ctx)
        }
    }
    if is_own() {
        return setup().run(function);
    }
    let (output, text) = run("data_after_close", "");
    assert!(!output.status.success());
    assert!(text.contains("[raw-data]"), "{text}");
    assert_line(
        &text,
        "access",
        "byte 2 of the 9 bytes from HPyUnicode_AsUTF8AndSize, after the handle was closed",
    );
    assert_line(&text, "data", "\"argument\"");
    assert_line(&text, "opened", "HPy_Dup in ");
    assert_line(&text, "closed", "HPy_Close in ");
    assert_line(&text, "misused", "data_after_close::");
    if EXACT_FRAMES {
        assert_line(&text, "misused", "data_after_close::read");
    }
    assert_line(&text, "misused", "data_after_close::function");
    assert!(!text.contains("it goes on"), "{text}");

    let (output, text) = run("data_after_close", "warn");
    assert!(output.status.success(), "{text}");
    assert!(text.contains("it goes on"), "{text}");
}

#[cfg(unix)]
#[test]
fn data_written_to() {
    unsafe extern "C" fn function(ctx: *mut HPyContext, _: HPy, argument: HPy) -> HPy {
        // SAFETY: the context of the call; the write is the mistake.
        unsafe {
            let data = ((*ctx).ctx_Unicode_AsUTF8AndSize)(ctx, argument, std::ptr::null_mut());
            data.cast_mut().write_volatile(b'A' as c_char);
            none(ctx)
        }
    }
    if is_own() {
        return setup().run(function);
    }
    let (output, text) = run("data_written_to", "");
    assert!(!output.status.success());
    assert_line(&text, "access", "write to byte 0 of the 9");
}

/// The handler lets all other faults be.
#[cfg(unix)]
#[test]
fn fault_of_somebody_else() {
    use std::os::unix::process::ExitStatusExt;
    if is_own() {
        setup().run(super::raw_data::text);
        // SAFETY: none; it has to end the process.
        unsafe { std::hint::black_box(16 as *const u8).read_volatile() };
        return;
    }
    let (output, text) = run("fault_of_somebody_else", "");
    assert_eq!(output.status.signal(), Some(libc::SIGSEGV), "{text}");
    assert!(!text.contains("HPy debug mode"), "{text}");
}
