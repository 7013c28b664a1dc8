//! Handles and similar types: structs of one machine word each, passed and returned by value.

use core::ffi::c_void;

macro_rules! word_types {
    ($($(#[$doc:meta])* $name:ident { $field:ident })*) => {$(
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name {
            /// Opaque; 0 is the null value.
            pub $field: isize,
        }

        impl $name {
            /// The null value.
            pub const NULL: Self = Self { $field: 0 };

            /// Whether this is the null value.
            #[inline]
            #[must_use]
            pub const fn is_null(self) -> bool {
                self.$field == 0
            }
        }

        const _: () = assert!(size_of::<$name>() == size_of::<*mut c_void>());
    )*};
}

word_types! {
    /// A handle: a reference to a Python object. Results of functions are owned, arguments are borrowed.
    HPy { _i }
    /// A reference stored in the struct of an object; visited by the traverse function of its type.
    HPyField { _i }
    /// A reference stored in a static variable of an extension; its value is per interpreter.
    HPyGlobal { _i }
    /// A set of handles that are closed together.
    HPyTracker { _i }
    /// What `HPy_LeavePythonExecution` returns for `HPy_ReenterPythonExecution`.
    HPyThreadState { _i }
    /// A list under construction.
    HPyListBuilder { _lst }
    /// A tuple under construction.
    HPyTupleBuilder { _tup }
    /// A `str` that is written piece by piece.
    HPyUnicodeWriter { _i }
    /// A `bytes` that is written piece by piece.
    HPyBytesWriter { _i }
    /// An integer under construction.
    HPyLongWriter { _i }
}
