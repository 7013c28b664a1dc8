//! `crates/hpy-abi/src/generated/context.rs`: the context in Rust, and the twin of the C assertions on its layout.

use crate::model::{Member, Model};

pub(super) fn emit(model: &Model) -> String {
    let members = model.members();
    let mut out = String::from(
        "//! The context: the interface between an extension and an engine.\n\n\
         use core::ffi::{c_char, c_int, c_void};\n\
         use core::mem::offset_of;\n\n\
         use crate::*;\n\n\
         /// The context. Members never move; new ones are appended.\n\
         #[repr(C)]\n\
         pub struct HPyContext {\n\
         /// The name of the engine and mode, for people and debuggers.\n\
         pub name: *const c_char,\n\
         /// For the engine's own use.\n\
         pub _private: *mut c_void,\n\
         /// Major version of the ABI.\n\
         pub abi_version: c_int,\n",
    );
    for member in &members {
        out += &super::rust_doc(member.doc());
        let ctype = match member {
            Member::Constant(_) => "HPy".to_owned(),
            Member::Function(f) => super::rust_fn(&f.returns, &f.params),
        };
        out += &format!("pub {}: {ctype},\n", member.name());
    }
    out += "}\n\n/// The offset of the member with that index.\n\
        const fn member_offset(index: usize) -> usize { (3 + index) * size_of::<*const c_void>() }\n\n\
        const _: () = {\n";
    for member in &members {
        let (name, index) = (member.name(), member.index());
        out += &format!("assert!(offset_of!(HPyContext, {name}) == member_offset({index}));\n");
    }
    out += "assert!(size_of::<HPyContext>() == member_offset(HPY_CONTEXT_MEMBERS));\n};\n";
    out
}
