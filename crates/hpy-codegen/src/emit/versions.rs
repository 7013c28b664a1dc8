//! The number of members that the context has in each version of the ABI, for all languages:
//! `include/hpy/generated/versions.h`, `crates/hpy-abi/src/generated/versions.rs`, `python/hpy/devel/abi_versions.py`.

use std::fmt::Write;

use crate::facts::Version;
use crate::model::Model;
use crate::version::c_number;

/// `0_1`, a part of names in C.
pub(super) fn c_name(version: Version) -> String {
    format!("{}_{}", version.major, version.minor)
}

/// Whether the version has to be asked for.
pub(super) fn is_asked_for(version: Version) -> bool {
    version.minor > 0
}

/// `text` for extensions that ask for the version or a newer one.
pub(super) fn c_since(version: Version, text: &str) -> String {
    match is_asked_for(version) {
        true => format!("#if HPY_TARGET_ABI_VERSION >= {}\n{text}#endif\n", c_number(version)),
        false => text.to_owned(),
    }
}

/// `text`, which declares members of a struct; using one that is too new is an error that says how to ask for it, if the
/// compiler supports that.
pub(super) fn c_members_since(version: Version, text: &str) -> String {
    match is_asked_for(version) {
        true => format!(
            "#if HPY_TARGET_ABI_VERSION >= {} || _HPy_HAS_ATTRIBUTE(unavailable)\n{text}#endif\n",
            c_number(version)
        ),
        false => text.to_owned(),
    }
}

/// What follows the declaration of a member of a struct.
pub(super) fn c_mark(version: Version) -> String {
    match is_asked_for(version) {
        true => format!(" HPy_SINCE({}, {})", version.major, version.minor),
        false => String::new(),
    }
}

pub(super) fn c(model: &Model) -> String {
    let mut out = String::from(
        "/* The version that the extension asks for: as part of names, and the number of members that the context\n \
         * has then. */\n",
    );
    let mut numbers = Vec::new();
    for version in model.abi.versions() {
        let number = c_number(version);
        writeln!(
            out,
            "#{}if HPY_TARGET_ABI_VERSION == {number}\n\
             #  define _HPy_TARGET_NAME {}\n\
             #  define _HPy_TARGET_MEMBERS {}",
            if numbers.is_empty() { "" } else { "el" },
            c_name(version),
            model.members_in(version),
        )
        .expect("write to a string");
        numbers.push(format!("{number} ({version})"));
    }
    writeln!(
        out,
        "#else\n#  error \"HPY_TARGET_ABI_VERSION is none of the versions of the ABI that these headers have: {}; \
         a newer HPy may have others\"\n#endif",
        numbers.join(", ")
    )
    .expect("write to a string");
    for version in model.abi.versions() {
        let (name, number) = (c_name(version), c_number(version));
        if is_asked_for(version) {
            writeln!(
                out,
                "\n#define _HPy_HOW_TO_ASK_{name} \\\n    \
                 \"it was added in ABI {version}; to ask for that version, define HPY_TARGET_ABI_VERSION as {number} \" \\\n    \
                 \"before #include <hpy.h>, or build with the option --hpy-abi-version={version} of hpy.devel\"\n\
                 #if HPY_TARGET_ABI_VERSION >= {number}\n\
                 #  define _HPy_SINCE_{name}\n\
                 #else\n\
                 #  define _HPy_SINCE_{name} _HPy_UNAVAILABLE(_HPy_HOW_TO_ASK_{name})\n\
                 #endif",
            )
            .expect("write to a string");
        }
    }
    out
}

pub(super) fn rust(model: &Model) -> String {
    let Version { major, minor } = model.abi.version;
    let members: Vec<String> = model.abi.versions().map(|v| model.members_in(v).to_string()).collect();
    format!(
        "//! The versions of the ABI.\n\n\
         /// Major version of the ABI: binaries of different majors are not compatible.\n\
         pub const HPY_ABI_VERSION: u32 = {major};\n\
         /// Minor version of the ABI: N+1 is binary compatible with N.\n\
         pub const HPY_ABI_VERSION_MINOR: u32 = {minor};\n\
         /// The number of members of a context of each minor version, from 0 on.\n\
         pub const HPY_ABI_MEMBERS: [usize; {}] = [{}];\n\
         /// The number of members of [`HPyContext`](crate::HPyContext).\n\
         pub const HPY_CONTEXT_MEMBERS: usize = {};\n",
        members.len(),
        members.join(", "),
        model.members().len(),
    )
}

/// What is needed to find extensions, apart from what is needed to build them.
pub(super) fn python_tag(model: &Model) -> String {
    format!(
        "\"\"\"The version of the HPy ABI as it is in names of files.\"\"\"\n\nHPY_ABI_TAG = \"{}\"\n",
        model.abi.tag
    )
}

pub(super) fn python(model: &Model) -> String {
    let Version { major, minor } = model.abi.version;
    let mut out = format!(
        "\"\"\"The versions of the HPy ABI that the headers have.\"\"\"\n\n\
         HPY_ABI_VERSION = {major}\n\
         HPY_ABI_VERSION_MINOR = {minor}\n\
         HPY_ABI_TAG = \"{}\"\n\n\
         # What each is called in C, as HPY_TARGET_ABI_VERSION.\n\
         VERSIONS = {{\n",
        model.abi.tag
    );
    for version in model.abi.versions() {
        writeln!(out, "    \"{version}\": \"{}\",", c_number(version)).expect("write to a string");
    }
    out + "}\n"
}
