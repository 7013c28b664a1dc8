//! `include/hpy/generated/context.h`: the context, as extensions see it.

use std::fmt::Write;

use super::versions::{c_mark, c_members_since, c_since};
use crate::model::{Member, Model};

pub(super) fn emit(model: &Model) -> String {
    let mut out = String::from(
        "#include <stddef.h>\n\n\
         /* The interface between an extension and an engine. The numbers are the indices of the members, which never change. */\n\
         struct _HPyContext_s {\n    \
             /* The name of the engine and mode, for people and debuggers. */\n    \
             const char *name;\n    \
             /* For the engine's own use. */\n    \
             void *_private;\n    \
             /* Major version of the ABI. */\n    \
             int abi_version;\n\n",
    );
    let members = model.members();
    // Members are in the order of their versions.
    for same in members.chunk_by(|a, b| a.since() == b.since()) {
        let since = same[0].since();
        let mut declarations = String::new();
        for member in same {
            let end = format!("{};", c_mark(since));
            let declaration = match member {
                Member::Constant(c) => format!("    HPy {}{end}", c.name),
                Member::Function(f) => {
                    let head = f.returns.declare(&format!("(*{})", f.name));
                    super::c_call(&format!("    {head}"), &f.params, &end)
                }
            };
            writeln!(declarations, "{declaration} /* {} */", member.index()).expect("write to a string");
        }
        out += &c_members_since(since, &declarations);
    }
    out += "};\n\n\
        /* The layout is frozen: a member never moves. */\n\
        #define _HPy_FROZEN(index, member) \\\n    \
            _HPy_STATIC_ASSERT(offsetof(struct _HPyContext_s, member) == (3 + (index)) * sizeof(void *), \\\n        \
                \"the offset of \" #member \" in HPyContext is frozen\")\n\n";
    for same in members.chunk_by(|a, b| a.since() == b.since()) {
        let frozen: String =
            same.iter().map(|m| format!("_HPy_FROZEN({}, {});\n", m.index(), m.name())).collect();
        out += &c_since(same[0].since(), &frozen);
    }
    out += "\n#undef _HPy_FROZEN\n";
    out
}
