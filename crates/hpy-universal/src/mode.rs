//! The mode in which an extension is loaded, and the grammar of the variable `HPY`. Nothing of Python here.
//!
//! `HPY` is `MODE`, for every module, or `NAME:MODE{,NAME:MODE}`. A mode is `universal`, `debug` or `trace` in any
//! letter case. A name is the whole dotted name of a module or its last component; the first entry that fits wins,
//! and modules that are not listed are loaded in universal mode, as they are when `HPY` is empty. The whole value is
//! checked, so that a mistake is told whichever module is imported first.

use std::fmt;

/// What stands between an extension and the context on CPython.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Universal = 0,
    Debug = 1,
    Trace = 2,
}

impl Mode {
    pub(crate) const ALL: [Self; 3] = [Self::Universal, Self::Debug, Self::Trace];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Universal => "universal",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    /// The mode of a `MODE_*` number.
    pub(crate) fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| *mode as i32 == number)
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name().eq_ignore_ascii_case(name))
    }

    /// The mode that a value of `HPY` gives to the module that is called `full_name`, and `short_name` by its binary.
    pub(crate) fn from_variable<'a>(
        value: &'a str,
        full_name: &str,
        short_name: &str,
    ) -> Result<Self, InvalidVariable<'a>> {
        if value.is_empty() {
            return Ok(Self::Universal);
        }
        let invalid = || InvalidVariable(value);
        if !value.contains(':') {
            return Self::from_name(value).ok_or_else(invalid);
        }
        let last_component = full_name.rsplit('.').next().unwrap_or_default();
        let mut found = None;
        for entry in value.split(',') {
            let (name, mode) = entry.split_once(':').ok_or_else(invalid)?;
            if name.is_empty() || name.contains(char::is_whitespace) {
                return Err(invalid());
            }
            let mode = Self::from_name(mode).ok_or_else(invalid)?;
            if [full_name, last_component, short_name].contains(&name) {
                found.get_or_insert(mode);
            }
        }
        Ok(found.unwrap_or(Self::Universal))
    }
}

/// A value of `HPY` that does not follow the grammar.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidVariable<'a>(&'a str);

impl fmt::Display for InvalidVariable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut end = self.0.len().min(50);
        while !self.0.is_char_boundary(end) {
            end -= 1;
        }
        write!(f, "invalid HPy mode: {}", &self.0[..end])
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidVariable, Mode};

    fn mode_of_m(value: &str) -> Result<Mode, InvalidVariable<'_>> {
        Mode::from_variable(value, "pkg.m", "m")
    }

    #[test]
    fn one_mode_is_for_every_module() {
        assert_eq!(mode_of_m("debug"), Ok(Mode::Debug));
        assert_eq!(mode_of_m("Trace"), Ok(Mode::Trace));
        assert_eq!(mode_of_m("UNIVERSAL"), Ok(Mode::Universal));
    }

    #[test]
    fn an_empty_value_is_as_none() {
        assert_eq!(mode_of_m(""), Ok(Mode::Universal));
    }

    #[test]
    fn names_are_whole_or_last_components() {
        for value in ["m:debug", "pkg.m:debug", "a:trace,m:debug"] {
            assert_eq!(mode_of_m(value), Ok(Mode::Debug), "{value}");
        }
        assert_eq!(Mode::from_variable("my_mod:debug", "pkg.my-mod", "my_mod"), Ok(Mode::Debug));
    }

    #[test]
    fn other_modules_are_universal() {
        for value in ["a:debug", "pkg:debug", "mo:debug", "other.m:debug", "M:debug"] {
            assert_eq!(mode_of_m(value), Ok(Mode::Universal), "{value}");
        }
    }

    #[test]
    fn the_first_entry_that_fits_wins() {
        assert_eq!(mode_of_m("m:trace,m:debug"), Ok(Mode::Trace));
        assert_eq!(mode_of_m("pkg.m:universal,m:debug"), Ok(Mode::Universal));
    }

    #[test]
    fn anything_else_is_invalid() {
        for value in [
            "x",
            "d",
            "deb",
            "debugx",
            "debug ",
            " debug",
            "debug,trace",
            ":",
            ",",
            "m:",
            ":debug",
            "m:deb",
            "m:debug,",
            "m:debug,trace",
            "m:debug, a:trace",
            "m: debug",
            "m:debug:trace",
            "m:debug,a:x",
        ] {
            assert_eq!(mode_of_m(value), Err(InvalidVariable(value)), "{value}");
        }
    }

    #[test]
    fn the_error_shows_fifty_bytes_and_no_half_character() {
        let message = |value: &str| mode_of_m(value).unwrap_err().to_string();
        assert_eq!(message("x"), "invalid HPy mode: x");
        assert_eq!(message(&"x".repeat(60)), format!("invalid HPy mode: {}", "x".repeat(50)));
        assert_eq!(
            message(&format!("x{}", "é".repeat(30))),
            format!("invalid HPy mode: x{}", "é".repeat(24))
        );
    }

    #[test]
    fn numbers_are_those_of_the_python_constants() {
        assert_eq!([0, 1, 2].map(Mode::from_number), Mode::ALL.map(Some));
        assert_eq!([-1, 3, i32::MIN, i32::MAX].map(Mode::from_number), [None; 4]);
    }
}
