//! The environment variable `HPY_DEBUG`: a comma-separated list of `warn`, which makes reports warnings, and `trace` or
//! `trace=20`, which sets the limit of stack traces from the start.

use std::fmt;

/// How many frames are kept for `trace` without a number.
const FRAMES: usize = 16;

/// What the environment asks for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) warn: bool,
    pub(crate) stack_trace_limit: usize,
}

/// A word of `HPY_DEBUG` that has no meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidSetting(String);

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.0.chars().take(50).flat_map(char::escape_debug).collect();
        write!(
            f,
            "invalid HPY_DEBUG: '{shown}' is none of 'warn', 'trace' and 'trace=N' with a number of stack frames N"
        )
    }
}

impl Settings {
    pub(crate) fn from_environment() -> Result<Self, InvalidSetting> {
        let value = std::env::var_os("HPY_DEBUG").unwrap_or_default();
        Self::from_variable(&value.to_string_lossy())
    }

    fn from_variable(value: &str) -> Result<Self, InvalidSetting> {
        let mut settings = Self::default();
        for word in value.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let limit = word.strip_prefix("trace=").map(str::parse);
            match (word, limit) {
                ("warn", _) => settings.warn = true,
                ("trace", _) => settings.stack_trace_limit = FRAMES,
                (_, Some(Ok(limit))) => settings.stack_trace_limit = limit,
                _ => return Err(InvalidSetting(word.to_owned())),
            }
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidSetting, Settings};

    #[test]
    fn words_are_taken_together() {
        let of = |warn, stack_trace_limit| Ok(Settings { warn, stack_trace_limit });
        assert_eq!(Settings::from_variable(""), of(false, 0));
        assert_eq!(Settings::from_variable("warn"), of(true, 0));
        assert_eq!(Settings::from_variable("trace"), of(false, 16));
        assert_eq!(Settings::from_variable(" warn, trace=20 "), of(true, 20));
        assert_eq!(Settings::from_variable("trace=0"), of(false, 0));
    }

    #[test]
    fn what_means_nothing_is_named() {
        for word in ["wran", "trace=abc", "trace=-1", "trace=", "warn=1", "WARN", "warn trace"] {
            let error = Err(InvalidSetting(word.to_owned()));
            assert_eq!(Settings::from_variable(word), error);
            assert_eq!(Settings::from_variable(&format!("warn,{word}")), error);
        }
    }
}
