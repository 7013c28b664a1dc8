//! The functions of the context, as values.

macro_rules! members {
    ($($name:ident = $index:literal, $public:ident, $wants_no_exception:literal;)*) => {
        /// A function of the context. Its number is its index among all members.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum Member {
            $($name = $index,)*
        }

        impl Member {
            /// Every function, in the order of the context.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name of the member, such as `ctx_Dup`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// The name of the function that authors call, such as `HPy_Dup`.
            #[must_use]
            pub const fn public_name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($public),)*
                }
            }

            /// Whether it must not be called with an exception set, because it may run Python code or lose the exception.
            /// Conversions to numbers are not among these: extensions make several in a row, and then check once for an
            /// exception.
            #[inline]
            #[must_use]
            pub(crate) const fn wants_no_exception(self) -> bool {
                const TABLE: [bool; Member::END] = {
                    let mut table = [false; Member::END];
                    $(table[$index] = $wants_no_exception;)*
                    table
                };
                TABLE[self as usize]
            }

            /// One more than the index of the last function.
            const END: usize = Self::ALL[Self::ALL.len() - 1] as usize + 1;
        }
    };
}

crate::for_each_function!(members);
