//! The functions of the context, as values.

macro_rules! members {
    ($($name:ident = $index:literal,)*) => {
        /// A function of the context. Its number is the index among all members.
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
        }
    };
}

crate::for_each_function!(members);
