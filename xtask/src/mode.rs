//! The modes in which universal binaries are loaded, by the names that `HPY` and the options of the tests use.

use clap::ValueEnum;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    Debug,
    Trace,
    #[value(name = "debug+trace")]
    DebugTrace,
}

impl Mode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Mode::Debug => "debug",
            Mode::Trace => "trace",
            Mode::DebugTrace => "debug+trace",
        }
    }
}
