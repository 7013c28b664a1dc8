//! The rules, each where the layer sees it broken.
//!
//! Most checks are functions that [replace](replace_functions) functions of the layer's context; the others are called
//! by the [layer](super::layer).

pub(crate) mod bigint;
pub(crate) mod buffers;
pub(crate) mod builders;
pub(crate) mod calls;
pub(crate) mod constants;
pub(crate) mod definitions;
pub(crate) mod fields;
pub(crate) mod handles;
pub(crate) mod memory;
pub(crate) mod opened;
pub(crate) mod outside;
pub(crate) mod raw_data;
pub(crate) mod structs;
pub(crate) mod trackers;
pub(crate) mod writers;

/// Defines `replace`, which puts functions into a context in place of wrappers: for each the member, what it takes without
/// the context, and the function that is called for it with the layer and the call in front.
///
/// Those functions are called as the context function, with the same promises from the caller.
macro_rules! replace_functions {
    ($($member:ident($($parameter:ident: $type:ty),*) $(-> $returns:ty)? = $function:path;)*) => {
        /// Puts the functions of this file into a context.
        pub(crate) fn replace(context: &mut hpy_abi::HPyContext) {
            $({
                unsafe extern "C" fn replacement(
                    ctx: *mut hpy_abi::HPyContext,
                    $($parameter: $type),*
                ) $(-> $returns)? {
                    // SAFETY: called as the function of the context in whose place it is, which is that of a living
                    // `Layered<Debug>`, or a copy.
                    unsafe {
                        crate::layered::Layered::<crate::debug::module::Debug>::api(
                            ctx,
                            crate::member::Member::$member,
                            |layered, call| $function(layered, call, $($parameter),*),
                        )
                    }
                }
                context.$member = replacement;
            })*
        }
    };
}
use replace_functions;
