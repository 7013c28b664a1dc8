//! What the tests on the real headers share.

use std::path::{Path, PathBuf};

use hpy_codegen::{Model, headers, read};

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The model of the headers in `include/`.
pub(crate) fn model() -> Model {
    read(&headers(&root()).unwrap()).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}
