//! `cargo xtask clinic`: generates headers of sources that have clinic blocks, as `python -m hpy clinic` does.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Sources in C or C++; the header is written beside each
    #[arg(required = true)]
    sources: Vec<PathBuf>,
    /// Write nothing; fail if a header is out of date
    #[arg(long)]
    check: bool,
    /// Also write a stub file with the types of what the source defines
    #[arg(long)]
    stubs: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let mut stale = Vec::new();
    for path in &options.sources {
        let source = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let output = match hpy_clinic::generate(&name, &source) {
            Ok(Some(output)) => output,
            Ok(None) => continue,
            Err(errors) => bail!("{}", hpy_clinic::render(&path.to_string_lossy(), &source, &errors)),
        };
        let header = path.with_file_name(hpy_clinic::header_name(&name));
        let mut files = vec![(header, output.header)];
        if options.stubs {
            files.push((path.with_extension("pyi"), output.stub));
        }
        for (path, text) in files {
            if fs::read_to_string(&path).is_ok_and(|old| old == text) {
                continue;
            }
            if options.check {
                stale.push(path.display().to_string());
            } else {
                fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
            }
        }
    }
    if !stale.is_empty() {
        bail!("out of date: {}; run `cargo xtask clinic` without --check", stale.join(", "));
    }
    Ok(())
}
