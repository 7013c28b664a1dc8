//! `include/hpy/generated/context.h`: the context, as extensions see it.

use std::fmt::Write;

use crate::model::{Member, Model};

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::from(
        "#include <stddef.h>\n\n\
         /* What an extension and an engine share. The number is the index of the member: it never changes. */\n\
         struct _HPyContext_s {\n    \
             /* For people and debuggers. */\n    \
             const char *name;\n    \
             /* The engine's own. */\n    \
             void *_private;\n    \
             /* Major version of the ABI. */\n    \
             int abi_version;\n\n",
    );
    let members = model.members();
    for member in &members {
        let declaration = match member {
            Member::Constant(c) => format!("    HPy {};", c.name),
            Member::Function(f) => {
                let head = f.returns.declare(&format!("(*{})", f.name));
                super::c_call(&format!("    {head}"), &f.params, ";")
            }
        };
        writeln!(out, "{declaration} /* {} */", member.index()).expect("write to a string");
    }
    out += "};\n\n\
        /* The layout is frozen: a member never moves. */\n\
        #define _HPy_FROZEN(index, member) \\\n    \
            _HPy_STATIC_ASSERT(offsetof(struct _HPyContext_s, member) == (3 + (index)) * sizeof(void *), \\\n        \
                \"the place of \" #member \" in HPyContext is frozen\")\n\n";
    for member in &members {
        writeln!(out, "_HPy_FROZEN({}, {});", member.index(), member.name()).expect("write to a string");
    }
    out += "\n#undef _HPy_FROZEN\n";
    out
}
