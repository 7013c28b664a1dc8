//! Where things are: the repository, and what the commands make.

use std::path::{Path, PathBuf};

/// The top of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask stands in the repository")
}

/// Where all commands put what they make, unless it is cargo's own.
pub(crate) fn target(root: &Path) -> PathBuf {
    root.join("target")
}
