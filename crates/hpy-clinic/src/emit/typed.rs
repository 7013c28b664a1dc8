//! The typed entry points of the functions that are marked `@typed`.

use crate::model::File;

pub(super) fn emit(_out: &mut String, _file: &File) {}

pub(super) fn definition(_file: &File, _scope: &str) -> Option<String> {
    None
}
