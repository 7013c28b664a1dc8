//! The facts in annotations: those of a member in `HPy_ID(…)`, those of a parameter in the macros before it.
//! `include/hpy/macros.h` explains each word.
//!
//! This only reads them; `check` knows which facts a declaration must have.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A version of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
}

impl FromStr for Version {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (major, minor) = text.split_once('.').ok_or(())?;
        let number = |text: &str| text.parse().map_err(|_| ());
        Ok(Self { major: number(major)?, minor: number(minor)? })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether a function may run Python code, apart from garbage collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunsPython {
    No,
    /// Only finalizers of an object whose last reference it drops; a pending exception is kept.
    Finalizers,
    Yes,
}

/// How a function reports that it has set an exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum OnError {
    /// It never fails.
    #[serde(rename = "none")]
    Never,
    /// It returns this C expression.
    #[serde(rename = "returns")]
    Returns(String),
    /// The same, but the value may also be a result: `HPyErr_Occurred` tells. (Cython's `except? -1`.)
    #[serde(rename = "returns_ambiguously")]
    Ambiguous(String),
}

impl OnError {
    /// The C expression.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Never => None,
            Self::Returns(value) | Self::Ambiguous(value) => Some(value),
        }
    }
}

/// The facts in `HPy_ID`, apart from the index; `None` for one that is not there.
#[derive(Debug, Default)]
pub(crate) struct MemberFacts {
    pub(crate) since: Option<Version>,
    pub(crate) python: Option<RunsPython>,
    pub(crate) error: Option<OnError>,
    pub(crate) flags: Vec<Flag>,
}

macro_rules! flags {
    ($($(#[$doc:meta])* $flag:ident = $word:literal,)*) => {
        /// Words of `HPy_ID` that stand alone.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Flag {
            $($(#[$doc])* $flag,)*
        }

        impl Flag {
            fn new(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$flag),)*
                    _ => None,
                }
            }
        }
    };
}

flags! {
    /// Release 0.9.0 lacks the member, although it has the ABI that the member belongs to.
    After090 = "after_0_9_0",
    /// May be called while an exception is set.
    Pending = "pending",
    /// The member returns nothing and the public function `HPy_NULL`.
    ReturnsNull = "returns_null",
    /// Always returns its error value, since its purpose is to raise.
    Raises = "raises",
    /// Only for extensions that see the engine's own objects; its public function is written by hand.
    Legacy = "legacy",
    /// Does not return.
    NoReturn = "noreturn",
    /// Calls a function of the extension on behalf of a trampoline; extensions do not call it directly.
    Trampoline = "trampoline",
}

impl MemberFacts {
    /// Reads the words after the index; `None` if one is unknown or repeated.
    pub(crate) fn read(words: &[&str]) -> Option<Self> {
        let mut facts = Self::default();
        for word in words {
            let is_first = match word.split_once('=') {
                Some(("since", version)) => facts.since.replace(version.parse().ok()?).is_none(),
                Some(("python", answer)) => facts.python.replace(runs_python(answer)?).is_none(),
                Some(("error", value)) => facts.error.replace(on_error(value)?).is_none(),
                Some(_) => return None,
                None => {
                    let flag = Flag::new(word)?;
                    let is_first = !facts.flags.contains(&flag);
                    facts.flags.push(flag);
                    is_first
                }
            };
            is_first.then_some(())?;
        }
        Some(facts)
    }
}

fn runs_python(word: &str) -> Option<RunsPython> {
    Some(match word {
        "no" => RunsPython::No,
        "finalizers" => RunsPython::Finalizers,
        "yes" => RunsPython::Yes,
        _ => return None,
    })
}

fn on_error(word: &str) -> Option<OnError> {
    Some(match (word, word.strip_suffix('?')) {
        ("" | "?", _) => return None,
        ("none", _) => OnError::Never,
        (_, Some(value)) => OnError::Ambiguous(value.to_owned()),
        (value, None) => OnError::Returns(value.to_owned()),
    })
}

/// The facts in the macros before a parameter. Without any, the argument remains the caller's and must not be null.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ParamFacts {
    /// May be null.
    #[serde(skip_serializing_if = "is_false")]
    pub nullable: bool,
    /// No longer the caller's after the call.
    #[serde(skip_serializing_if = "is_false")]
    pub consumed: bool,
    /// The function keeps the pointer: what it points to must outlive the call.
    #[serde(skip_serializing_if = "is_false")]
    pub kept: bool,
    /// What it points to is written to.
    #[serde(skip_serializing_if = "is_false")]
    pub out: bool,
    /// What it points to is read and written to.
    #[serde(skip_serializing_if = "is_false")]
    pub inout: bool,
    /// It points to an array with this number of items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub array: Option<String>,
    /// CPython passes it to a trampoline, which ignores it.
    #[serde(skip_serializing_if = "is_false")]
    pub ignored: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(value: &bool) -> bool {
    !value
}

impl ParamFacts {
    /// The macros, which `scan` finds.
    pub(crate) const MACROS: &[&str] =
        &["HPy_NULLABLE", "HPy_CONSUMED", "HPy_KEPT", "HPy_OUT", "HPy_INOUT", "HPy_ARRAY", "HPy_IGNORED"];

    /// Adds the fact of a macro, one of `MACROS`; `array` is its argument.
    pub(crate) fn add(&mut self, name: &str, array: Option<&str>) {
        match name {
            "HPy_NULLABLE" => self.nullable = true,
            "HPy_CONSUMED" => self.consumed = true,
            "HPy_KEPT" => self.kept = true,
            "HPy_OUT" => self.out = true,
            "HPy_INOUT" => self.inout = true,
            "HPy_IGNORED" => self.ignored = true,
            _ => self.array = Some(array.unwrap_or_default().to_owned()),
        }
    }

    /// Whether they say what the function does with what a pointer points to.
    pub(crate) fn describe_pointee(&self) -> bool {
        self.out || self.inout || self.kept || self.array.is_some()
    }
}
