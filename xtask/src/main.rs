//! Developer commands: `cargo xtask <command>`. Each command is in the module of the same name.

mod bench;
mod clinic;
mod demo;
mod deps;
mod engine;
mod folders;
mod fuzz;
mod loom;
mod mode;
mod platforms;
mod progress;
mod sanitize;
mod test;
mod venv;

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer commands of HPy", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the examples once and run them on every CPython found
    Demo(demo::Options),
    /// Run all checks and tests
    Test(test::Options),
    /// Compare the runtime with the plain C API and with HPy 0.9
    Bench(bench::Options),
    /// Fuzz: run random inputs, each of which must work or be refused with an error
    Fuzz(fuzz::Options),
    /// Run the tests and the fuzzers under AddressSanitizer and UndefinedBehaviorSanitizer, or under Valgrind
    Sanitize(sanitize::Options),
    /// Try lock-free code in every order of its threads
    Loom,
    /// Check what this machine can tell of other platforms
    Platforms(platforms::Options),
    /// Generate files from the headers
    Codegen {
        /// Write nothing; fail if a file is out of date
        #[arg(long)]
        check: bool,
    },
    /// Generate the headers of sources with Argument Clinic blocks
    Clinic(clinic::Options),
    /// Print the API that the headers describe
    Api {
        /// As JSON, the only format
        #[arg(long)]
        json: bool,
    },
    /// Check the dependencies against ARCHITECTURE.md
    Deps,
    /// List the Pythons that the other commands use
    Engines,
}

fn main() -> ExitCode {
    match run(folders::root(), Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(root: &Path, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Demo(options) => demo::run(root, &options),
        Command::Test(options) => test::run(root, &options),
        Command::Bench(options) => bench::run(root, &options),
        Command::Fuzz(options) => fuzz::run(root, &options),
        Command::Sanitize(options) => sanitize::run(root, &options),
        Command::Loom => loom::run(root),
        Command::Platforms(options) => platforms::run(root, &options),
        Command::Codegen { check } => hpy_codegen::run(root, check),
        Command::Clinic(options) => clinic::run(&options),
        Command::Api { json: false } => bail!("the only format is JSON: use --json"),
        Command::Api { json: true } => {
            print!("{}", hpy_codegen::api_json(root)?);
            Ok(())
        }
        Command::Deps => {
            println!("{}", deps::check(root)?);
            Ok(())
        }
        Command::Engines => engine::list(root),
    }
}
