//! The HPy context on CPython: the functions behind `HPyContext`, and how CPython calls an extension.
//!
//! One module per topic, named as the header that documents it (`include/hpy/dict.h`, `dict.rs`), with the context
//! functions `ctx_*` of that topic. The other modules carry them: [`state`] is what an interpreter owns, [`entries`]
//! and [`thunks`] are the ways in, [`boundary`] stops panics, [`handle`] knows what a handle is. Loading of binaries
//! and layers over the context live elsewhere.
#![expect(non_snake_case, non_upper_case_globals, reason = "names of the C API, in functions and patterns")]

pub mod boundary;
pub mod ffi;
pub mod handle;
pub mod memory;
pub mod module;
pub mod owned;
mod state;
pub mod statics;
pub mod sync;

mod bound;
mod bound_call;
mod callee;
mod context;
#[cfg(not(PyPy))]
mod cpython;
mod definitions;
mod descriptor;
mod engine;
mod entries;
mod forward;
mod gate;
mod global_values;
mod kept;
mod mutex;
mod opened;
mod owner;
#[cfg(PyPy)]
mod pypy;
mod generated {
    //! Written by `cargo xtask codegen`.
    pub(crate) mod calls;
    pub(crate) mod constants;
    pub(crate) mod context_table;
}
mod thunks;

mod argparse;
mod bigint;
mod boolean;
mod buffer;
mod builder;
mod bytes;
mod call;
mod capsule;
mod closure;
mod complex;
mod contextvar;
mod datetime;
mod dict;
mod err;
mod eval;
mod exception;
mod extension_api;
#[cfg(not(PyPy))]
mod fast;
mod field;
mod function;
mod global;
mod import;
mod item;
mod iter;
mod legacy;
mod list;
mod lock;
mod long;
mod lookup;
mod mem;
mod memoryview;
mod object;
mod routes;
mod sequence;
mod set;
mod slice;
mod thread;
mod tracker;
mod trampoline;
mod tuple;
mod types;
mod unicode;
pub mod universal;
mod vm;
mod weakref;
mod writer;

/// What a shell needs that has no [`universal`] context: the functions behind the headers of the CPython ABI.
pub mod standalone {
    pub use crate::argparse::{ctx_Arg_TrackObjects, find_in_current_interpreter as find_names};
    pub use crate::bigint::{
        ctx_Long_AsNativeBytes, ctx_Long_Export, ctx_Long_FreeExport, ctx_Long_FromNativeBytes,
        ctx_Long_FromUnsignedNativeBytes, ctx_Long_GetNativeLayout, ctx_LongWriter_Create,
        ctx_LongWriter_Discard, ctx_LongWriter_Finish,
    };
    pub use crate::bound_call::state_for_call;
    pub use crate::closure::new as new_closure;
    pub use crate::datetime::{from_fields_here, get_fields_here, time_zone_here};
    pub use crate::function::new_function;
    pub use crate::generated::constants::{CONSTANTS, constants};
    pub use crate::global::{load as global_load, store as global_store, type_check as global_type_check};
    pub use crate::global_values::Values as GlobalValues;
    pub use crate::lock::{
        ctx_CriticalSection_Begin, ctx_CriticalSection_End, ctx_Mutex_Lock, ctx_Mutex_TryLock,
        ctx_Mutex_Unlock,
    };
    pub use crate::module::ctx_Module_GetState;
    pub use crate::object::ctx_SetType;
    pub use crate::tracker::{ctx_Tracker_Add, ctx_Tracker_Close, ctx_Tracker_ForgetAll, ctx_Tracker_New};
    pub use crate::types::call::set_call_function;
    pub use crate::types::{
        ctx_AsStruct_Long, ctx_AsStruct_Tuple, ctx_New, ctx_Type_CheckSlot, ctx_Type_GenericNew,
        ctx_Type_GetBase, ctx_Type_GetBases, ctx_Type_GetBuiltinShape, ctx_Type_GetDict, ctx_Type_GetMRO,
        ctx_Type_GetModule, ctx_Type_GetModuleName, ctx_Type_GetModuleState, ctx_Type_GetName,
        ctx_Type_GetQualName, from_spec,
    };
    pub use crate::unicode::ctx_Unicode_Export;
    pub use crate::vm::get as get_vm;
    pub use crate::writer::{
        ctx_BytesWriter_Create, ctx_BytesWriter_Discard, ctx_BytesWriter_Finish,
        ctx_BytesWriter_FinishWithSize, ctx_BytesWriter_GetData, ctx_BytesWriter_GetSize,
        ctx_BytesWriter_Grow, ctx_BytesWriter_Resize, ctx_BytesWriter_WriteBytes, ctx_UnicodeWriter_Create,
        ctx_UnicodeWriter_Discard, ctx_UnicodeWriter_Finish, ctx_UnicodeWriter_WriteChar,
        ctx_UnicodeWriter_WriteRepr, ctx_UnicodeWriter_WriteStr, ctx_UnicodeWriter_WriteSubstring,
        ctx_UnicodeWriter_WriteUCS4, ctx_UnicodeWriter_WriteUTF8,
    };
}

pub use callee::Callee;
pub use context::{Contexts, Layers, Openings, StandInFor};
pub use entries::Function;
pub use state::{Bind, Host, HostRef, Interpreter, InterpreterRef};
