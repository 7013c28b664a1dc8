//! Writers, used after their end.

use std::ffi::{c_char, c_int, c_void};

use hpy_abi::*;

use crate::call::ApiCall;
use crate::debug::module::Debug;
use crate::debug::table::record_state::Kind;
use crate::layered::Layered;

use super::opened::{close, find_open};
use super::{handles, replace_functions};

/// An argument of the extension as the inner function gets it.
trait Argument: Sized {
    /// # Safety
    ///
    /// The thread is inside of Python.
    unsafe fn inner(self, layered: &Layered<Debug>, call: &ApiCall) -> Self {
        let _ = (layered, call);
        self
    }
}

impl Argument for HPy {
    unsafe fn inner(self, layered: &Layered<Debug>, call: &ApiCall) -> Self {
        // SAFETY: by contract.
        unsafe { layered.unwrap(call, self) }
    }
}

impl Argument for HPy_UCS4 {}
impl Argument for HPy_ssize_t {}
impl<T> Argument for *const T {}

/// For each kind of writers the functions that begin one, end it without a result, end it with one, and use it.
macro_rules! writers {
    ($(
        $functions:ident: $type:ident $kind:ident $create:ident $discard:ident
        finish { $($finish:ident($($size:ident)?))* }
        use { $($member:ident($($argument:ident: $argument_type:ty),*) -> $returns:ty;)* }
    )*) => {
        replace_functions! {
            $(
                $create(size: HPy_ssize_t) -> $type = $functions::create;
                $discard(writer: $type) = $functions::discard;
                $($finish(writer: $type $(, $size: HPy_ssize_t)?) -> HPy = $functions::$finish;)*
                $($member(writer: $type $(, $argument: $argument_type)*) -> $returns = $functions::$member;)*
            )*
        }

        $(mod $functions {
            use super::*;

            pub(super) unsafe fn create(layered: &Layered<Debug>, call: &ApiCall, size: HPy_ssize_t) -> $type {
                let inner = call.inner;
                // SAFETY: the argument is the extension's, which does not get the inner writer.
                unsafe {
                    let writer = ((*inner).$create)(inner, size);
                    if writer.is_null() {
                        return writer;
                    }
                    let Some(record) = handles::open_record(layered.layer(), call, writer._i, Kind::$kind) else {
                        ((*inner).$discard)(inner, writer);
                        ((*inner).ctx_Err_NoMemory)(inner);
                        return $type::NULL;
                    };
                    $type { _i: record.handle() }
                }
            }

            pub(super) unsafe fn discard(layered: &Layered<Debug>, call: &ApiCall, writer: $type) {
                // SAFETY: the writer is the extension's, and unwrapped.
                unsafe {
                    let inner = close(layered.layer(), call, writer._i, Kind::$kind);
                    ((*call.inner).$discard)(call.inner, $type { _i: inner })
                }
            }

            $(
                pub(super) unsafe fn $finish(
                    layered: &Layered<Debug>,
                    call: &ApiCall,
                    writer: $type
                    $(, $size: HPy_ssize_t)?
                ) -> HPy {
                    // SAFETY: the writer is the extension's, and unwrapped; what is returned is a new handle.
                    unsafe {
                        let inner = close(layered.layer(), call, writer._i, Kind::$kind);
                        let result = ((*call.inner).$finish)(call.inner, $type { _i: inner } $(, $size)?);
                        layered.wrap(call, result)
                    }
                }
            )*

            $(
                pub(super) unsafe fn $member(
                    layered: &Layered<Debug>,
                    call: &ApiCall,
                    writer: $type
                    $(, $argument: $argument_type)*
                ) -> $returns {
                    // SAFETY: the arguments are the extension's; writer and handles are unwrapped.
                    unsafe {
                        let found = find_open(layered.layer(), call, writer._i, Kind::$kind);
                        let inner = $type { _i: found.map_or(0, |record| record.inner()) };
                        $(let $argument = $argument.inner(layered, call);)*
                        ((*call.inner).$member)(call.inner, inner $(, $argument)*)
                    }
                }
            )*
        })*
    };
}

writers! {
    text: HPyUnicodeWriter UnicodeWriter ctx_UnicodeWriter_Create ctx_UnicodeWriter_Discard
    finish { ctx_UnicodeWriter_Finish() }
    use {
        ctx_UnicodeWriter_WriteChar(ch: HPy_UCS4) -> c_int;
        ctx_UnicodeWriter_WriteUTF8(utf8: *const c_char, size: HPy_ssize_t) -> c_int;
        ctx_UnicodeWriter_WriteUCS4(ucs4: *const HPy_UCS4, size: HPy_ssize_t) -> c_int;
        ctx_UnicodeWriter_WriteStr(obj: HPy) -> c_int;
        ctx_UnicodeWriter_WriteRepr(obj: HPy) -> c_int;
        ctx_UnicodeWriter_WriteSubstring(text: HPy, start: HPy_ssize_t, end: HPy_ssize_t) -> c_int;
    }
    bytes: HPyBytesWriter BytesWriter ctx_BytesWriter_Create ctx_BytesWriter_Discard
    finish { ctx_BytesWriter_Finish() ctx_BytesWriter_FinishWithSize(size) }
    use {
        ctx_BytesWriter_GetData() -> *mut c_void;
        ctx_BytesWriter_GetSize() -> HPy_ssize_t;
        ctx_BytesWriter_Resize(size: HPy_ssize_t) -> c_int;
        ctx_BytesWriter_Grow(size: HPy_ssize_t) -> c_int;
        ctx_BytesWriter_WriteBytes(bytes: *const c_void, size: HPy_ssize_t) -> c_int;
    }
}
