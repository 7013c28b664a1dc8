//! The rules, each where the layer sees it broken.

pub(crate) mod builders;
pub(crate) mod constants;
pub(crate) mod definitions;
pub(crate) mod fields;
pub(crate) mod handles;
pub(crate) mod outside;
pub(crate) mod raw_data;
pub(crate) mod structs;
pub(crate) mod trackers;
