//! `include/hpy/version.h`: the versions of the ABI that the headers describe.

use serde::Serialize;

use crate::diagnostics::{Diagnostics, Rule};
use crate::facts::Version;
use crate::model::Position;
use crate::walk::Header;

/// The newest version, and what it is called in file names.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Abi {
    pub version: Version,
    pub tag: String,
}

impl Abi {
    /// The versions with the same major number, from the first on. All of them can be asked for.
    pub fn versions(&self) -> impl Iterator<Item = Version> + use<> {
        let Version { major, minor } = self.version;
        (0..=minor).map(move |minor| Version { major, minor })
    }
}

/// How a version is written in C, as `HPY_TARGET_ABI_VERSION`.
pub(crate) fn c_number(version: Version) -> String {
    format!("0x{:04x}{:04x}", version.major, version.minor)
}

/// Reads the header among `headers`. Without it, there is version 0.0 only.
pub(crate) fn read(headers: &[Header], diagnostics: &mut Diagnostics) -> Abi {
    let Some(header) = headers.iter().find(|header| header.path.ends_with("/version.h")) else {
        return Abi::default();
    };
    let text = String::from_utf8_lossy(&header.text);
    let value = |name: &str| {
        let mut words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        words.find_map(|words| match words[..] {
            ["#define", found, value] if found == name => Some(value.trim_matches('"').to_owned()),
            _ => None,
        })
    };
    // Both have 16 bits in `HPY_TARGET_ABI_VERSION`.
    let number = |name| value(name)?.parse::<u16>().ok().map(u32::from);
    let abi = number("HPY_ABI_VERSION").zip(number("HPY_ABI_VERSION_MINOR")).zip(value("HPY_ABI_TAG"));
    match abi {
        Some(((major, minor), tag)) if tag == format!("hpy{major}") => {
            Abi { version: Version { major, minor }, tag }
        }
        _ => {
            let at = Position { file: header.path.clone(), line: 1 };
            diagnostics.report(&at, Rule::Version, "it does not tell the version of the ABI".to_owned());
            Abi::default()
        }
    }
}
