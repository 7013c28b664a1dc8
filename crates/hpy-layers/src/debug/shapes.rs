//! The shapes of structs, and the struct of an object.

use std::ffi::c_void;

use hpy_abi::*;

/// Calls a macro with all shapes: `ctx_AsStruct_Legacy, "Legacy", HPyType_BuiltinShape_Legacy;`, which is the function that
/// gives the struct, what both names end with, and the shape.
macro_rules! for_each_shape {
    ($then:ident) => {
        $then! {
            ctx_AsStruct_Legacy, "Legacy", HPyType_BuiltinShape_Legacy;
            ctx_AsStruct_Object, "Object", HPyType_BuiltinShape_Object;
            ctx_AsStruct_Type, "Type", HPyType_BuiltinShape_Type;
            ctx_AsStruct_Long, "Long", HPyType_BuiltinShape_Long;
            ctx_AsStruct_Float, "Float", HPyType_BuiltinShape_Float;
            ctx_AsStruct_Unicode, "Unicode", HPyType_BuiltinShape_Unicode;
            ctx_AsStruct_Tuple, "Tuple", HPyType_BuiltinShape_Tuple;
            ctx_AsStruct_List, "List", HPyType_BuiltinShape_List;
            ctx_AsStruct_Dict, "Dict", HPyType_BuiltinShape_Dict;
        }
    };
}
pub(crate) use for_each_shape;

macro_rules! functions {
    ($($member:ident, $suffix:literal, $shape:ident;)*) => {
        /// The struct of an object, from the engine; null for an unknown shape.
        ///
        /// # Safety
        ///
        /// The handle is open in the context, of an object whose type has that shape.
        pub(crate) unsafe fn struct_of(
            ctx: *mut HPyContext,
            object: HPy,
            shape: HPyType_BuiltinShape,
        ) -> *mut c_void {
            match shape {
                // SAFETY: the object has a struct of that shape.
                $($shape => unsafe { ((*ctx).$member)(ctx, object) },)*
                _ => std::ptr::null_mut(),
            }
        }
    };
}

for_each_shape!(functions);
