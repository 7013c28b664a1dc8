//! The modes in which an extension is loaded, and the grammar of the variable `HPY`.
//!
//! `HPY` is `MODES`, for every module, or `NAME:MODES{,NAME:MODES}`. Modes are `universal`, or `debug` and `trace` with
//! a `+` between them, the one next to the extension first; in any letter case. A name is the whole dotted name of a
//! module or its last component; the first entry that fits wins, and modules that are not listed are loaded in
//! universal mode, as they are when `HPY` is empty. The whole value is checked, so that a mistake is told whichever
//! module is imported first.

use std::fmt;

/// A mode that puts a layer between an extension and the context of the engine. Its number is a bit of the `MODE_*`
/// numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Debug = 1,
    Trace = 2,
}

/// Modes by their layers, from the extension inwards; none is universal mode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modes(pub Vec<Mode>);

/// The number of universal mode.
pub const UNIVERSAL: i32 = 0;

impl Mode {
    const ALL: [Self; 2] = [Self::Debug, Self::Trace];

    fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name().eq_ignore_ascii_case(name))
    }
}

impl Modes {
    /// The modes of a `MODE_*` number, or of several added up.
    pub fn from_number(number: i32) -> Option<Self> {
        let modes: Vec<Mode> = Mode::ALL.into_iter().filter(|mode| number & *mode as i32 != 0).collect();
        let sum: i32 = modes.iter().map(|mode| *mode as i32).sum();
        (sum == number).then_some(Self(modes))
    }

    fn from_names(names: &str) -> Option<Self> {
        if names.eq_ignore_ascii_case("universal") {
            return Some(Self::default());
        }
        let mut modes = Vec::new();
        for name in names.split('+') {
            let mode = Mode::from_name(name)?;
            if modes.contains(&mode) {
                return None;
            }
            modes.push(mode);
        }
        Some(Self(modes))
    }

    /// A value of `HPY` in parts: modes, with the name of the module that they are for. Those for every module have no
    /// name.
    pub fn parse_variable(value: &str) -> Result<Vec<(Option<&str>, Self)>, InvalidVariable<'_>> {
        if value.is_empty() {
            return Ok(Vec::new());
        }
        let parts: Option<_> = if value.contains(':') {
            value.split(',').map(Self::parse_part).collect()
        } else {
            Self::from_names(value).map(|modes| vec![(None, modes)])
        };
        parts.ok_or(InvalidVariable(value))
    }

    /// `NAME:MODES`
    fn parse_part(part: &str) -> Option<(Option<&str>, Self)> {
        let (name, modes) = part.split_once(':')?;
        let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
        if is_name { Some((Some(name), Self::from_names(modes)?)) } else { None }
    }

    /// The modes that a value of `HPY` gives to the module that is called `full_name`, and `short_name` by its binary.
    pub fn from_variable<'a>(
        value: &'a str,
        full_name: &str,
        short_name: &str,
    ) -> Result<Self, InvalidVariable<'a>> {
        let last_component = full_name.rsplit('.').next().unwrap_or_default();
        let names = [full_name, last_component, short_name];
        let mut parts = Self::parse_variable(value)?.into_iter();
        let found = parts.find(|(name, _)| name.is_none_or(|name| names.contains(&name)));
        Ok(found.map(|(_, modes)| modes).unwrap_or_default())
    }
}

impl fmt::Display for Modes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("universal");
        }
        let names: Vec<&str> = self.0.iter().map(|mode| mode.name()).collect();
        f.write_str(&names.join("+"))
    }
}

/// A value of `HPY` that does not follow the grammar.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidVariable<'a>(&'a str);

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
mod fuzz;

#[cfg(test)]
mod tests {
    use super::Mode::{Debug, Trace};
    use super::{InvalidVariable, Modes};

    fn mode_of_m(value: &str) -> Result<Modes, InvalidVariable<'_>> {
        Modes::from_variable(value, "pkg.m", "m")
    }

    fn modes<const N: usize>(modes: [super::Mode; N]) -> Modes {
        Modes(modes.to_vec())
    }

    #[test]
    fn modes_are_stacked_from_the_extension_inwards() {
        assert_eq!(mode_of_m("debug+trace"), Ok(modes([Debug, Trace])));
        assert_eq!(mode_of_m("m:trace+Debug"), Ok(modes([Trace, Debug])));
        assert_eq!(mode_of_m("m:trace+debug").unwrap().to_string(), "trace+debug");
    }

    #[test]
    fn one_mode_is_for_every_module() {
        assert_eq!(mode_of_m("debug"), Ok(modes([Debug])));
        assert_eq!(mode_of_m("Trace"), Ok(modes([Trace])));
        assert_eq!(mode_of_m("UNIVERSAL"), Ok(modes([])));
    }

    #[test]
    fn an_empty_value_is_as_none() {
        assert_eq!(mode_of_m(""), Ok(modes([])));
    }

    #[test]
    fn names_are_whole_or_last_components() {
        for value in ["m:debug", "pkg.m:debug", "a:trace,m:debug"] {
            assert_eq!(mode_of_m(value), Ok(modes([Debug])), "{value}");
        }
        assert_eq!(Modes::from_variable("my_mod:debug", "pkg.my-mod", "my_mod"), Ok(modes([Debug])));
    }

    #[test]
    fn other_modules_are_universal() {
        for value in ["a:debug", "pkg:debug", "mo:debug", "other.m:debug", "M:debug"] {
            assert_eq!(mode_of_m(value), Ok(modes([])), "{value}");
        }
    }

    #[test]
    fn the_first_entry_that_fits_wins() {
        assert_eq!(mode_of_m("m:trace,m:debug"), Ok(modes([Trace])));
        assert_eq!(mode_of_m("pkg.m:universal,m:debug"), Ok(modes([])));
    }

    #[test]
    fn a_value_has_modes_for_all_or_for_modules_by_name() {
        assert_eq!(Modes::parse_variable("Trace"), Ok(vec![(None, modes([Trace]))]));
        let parts = vec![(Some("a.b"), modes([Debug, Trace])), (Some("c"), modes([]))];
        assert_eq!(Modes::parse_variable("a.b:debug+trace,c:universal"), Ok(parts));
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
            "debug+",
            "+debug",
            "debug+debug",
            "debug+universal",
            "debug + trace",
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
        let expected = [modes([]), modes([Debug]), modes([Trace]), modes([Debug, Trace])];
        assert_eq!([0, 1, 2, 3].map(Modes::from_number), expected.map(Some));
        assert_eq!([-1, 4, i32::MIN, i32::MAX].map(Modes::from_number), [None, None, None, None]);
    }
}
