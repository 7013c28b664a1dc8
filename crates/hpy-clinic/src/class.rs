//! The classes of a source.

/// A type, as the directive `class` declares it.
#[derive(Debug, Clone)]
pub(crate) struct Class {
    /// With its module: `array.Array`.
    pub(crate) path: String,
    /// The struct behind an object, without `*`; none if the directive leaves it empty.
    pub(crate) structure: Option<String>,
    /// The `HPyGlobal` that holds the type; none if the directive leaves it empty.
    pub(crate) global: Option<String>,
    /// Whether it has no subclasses, for the stub file.
    pub(crate) is_final: bool,
}

impl Class {
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }
}
