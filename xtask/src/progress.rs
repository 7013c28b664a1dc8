//! Runs the steps of a command, and shows the progress: a live line on a terminal, plain lines in a log.
//!
//! Steps run one after the other; those of a second `Progress`, made by `beside`, at the same time. The full output of
//! each step is kept in a file under `target/xtask/`.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use wait4::Wait4;

/// How often a log shows a step that is still running.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// How many lines of a failed step are shown.
const TAIL: usize = 60;

pub(crate) struct Progress {
    total: usize,
    started: usize,
    logs: PathBuf,
    bars: MultiProgress,
}

/// What a step printed, and how long it took.
#[derive(Default)]
pub(crate) struct Finished {
    pub(crate) output: String,
    pub(crate) time: Duration,
    /// What its processes have computed, which does not depend on what else the machine does. None for a function.
    pub(crate) cpu: Option<Duration>,
}

impl Progress {
    /// `total` is the expected number of steps, 0 when it is not known.
    pub(crate) fn new(root: &Path, command: &str, total: usize) -> Result<Progress> {
        let logs = crate::folders::target(root).join("xtask").join(command);
        fs::create_dir_all(&logs)?;
        Ok(Progress { total, started: 0, logs, bars: MultiProgress::new() })
    }

    /// Another one for what another thread does meanwhile.
    pub(crate) fn beside(&self) -> Progress {
        Progress { total: 0, started: 0, logs: self.logs.clone(), bars: self.bars.clone() }
    }

    /// Prints a line above the live ones.
    pub(crate) fn print(&self, line: impl Display) {
        self.bars.suspend(|| println!("{line}"));
    }

    /// Runs a command. If it fails, the end of its output is shown.
    pub(crate) fn command(&mut self, title: &str, command: &mut Command) -> Result<Finished> {
        let step = self.start(title);
        let log = self.logs.join(format!("{}.log", file_name(title)));
        let (result, output) = step.follow(command, &log);
        step.finish(result.is_ok(), result.as_ref().ok(), summary(&output).as_deref());
        match result {
            Ok(cpu) => Ok(Finished { output, time: step.start.elapsed(), cpu: Some(cpu) }),
            Err(error) => {
                for line in tail(&output) {
                    self.print(format_args!("      | {line}"));
                }
                self.print(format_args!("      full output: {}", log.display()));
                match summary(&output) {
                    Some(summary) => Err(error.context(summary)),
                    None => Err(error),
                }
            }
        }
    }

    /// Runs a function as a step. It returns a remark about the result.
    pub(crate) fn function(
        &mut self,
        title: &str,
        function: impl FnOnce() -> Result<String>,
    ) -> Result<Finished> {
        let step = self.start(title);
        let result = function();
        match result {
            Ok(output) => {
                step.finish(true, None, Some(&output));
                Ok(Finished { output, time: step.start.elapsed(), cpu: None })
            }
            Err(error) => {
                step.finish(false, None, None);
                for line in format!("{error:#}").lines() {
                    self.print(format_args!("      | {line}"));
                }
                Err(error)
            }
        }
    }

    fn start(&mut self, title: &str) -> Step {
        self.started += 1;
        let place =
            if self.total == 0 { String::new() } else { format!("[{:>2}/{}] ", self.started, self.total) };
        let bar = self.bars.add(ProgressBar::new_spinner());
        bar.set_style(ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg:.dim}").unwrap());
        bar.set_prefix(format!("{place}{title}"));
        bar.enable_steady_tick(Duration::from_millis(120));
        Step { title: format!("{place}{title}"), start: Instant::now(), bar, bars: self.bars.clone() }
    }
}

struct Step {
    title: String,
    start: Instant,
    bar: ProgressBar,
    bars: MultiProgress,
}

impl Step {
    /// Runs the command. The lines of both its outputs are written to the log and returned, together with the CPU time
    /// of its processes.
    fn follow(&self, command: &mut Command, log: &Path) -> (Result<Duration>, String) {
        let mut output = String::new();
        let result = self.follow_into(command, log, &mut output);
        (result, output)
    }

    fn follow_into(&self, command: &mut Command, log: &Path, output: &mut String) -> Result<Duration> {
        let mut log = File::create(log)?;
        writeln!(log, "$ {command:?}")?;
        let (reader, writer) = std::io::pipe()?;
        // What is written goes to a file, too: no colours.
        command.env("NO_COLOR", "1").env("TERM", "dumb").env("CARGO_TERM_COLOR", "never");
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().with_context(|| format!("cannot run {program}"))?;
        // The command holds the ends of the pipe that are written to. They must go, or the pipe never ends.
        command.stdout(Stdio::null()).stderr(Stdio::null());

        let mut heard = Instant::now();
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            log.write_all(&line)?;
            let text = String::from_utf8_lossy(&line);
            output.push_str(&text);
            self.bar.set_message(text.trim_end().to_owned());
            if !std::io::stderr().is_terminal() && heard.elapsed() > HEARTBEAT {
                heard = Instant::now();
                let line: String = text.trim_end().chars().take(100).collect();
                let time = seconds(self.start.elapsed());
                self.bars.suspend(|| println!("      … {}, {time}: {line}", self.title));
            }
            line.clear();
        }
        let ended = child.wait4()?;
        if !ended.status.success() {
            bail!("{program}: {}", ended.status);
        }
        Ok(ended.rusage.utime + ended.rusage.stime)
    }

    fn finish(&self, ok: bool, cpu: Option<&Duration>, remark: Option<&str>) {
        self.bar.finish_and_clear();
        let mark = if ok { '✔' } else { '✘' };
        let remark = remark.filter(|r| !r.is_empty()).map(|r| format!("  {r}")).unwrap_or_default();
        let time = seconds(self.start.elapsed());
        let cpu = cpu.map(|cpu| format!(" (CPU {})", seconds(*cpu))).unwrap_or_default();
        self.bars.suspend(|| println!("{mark} {}, {time}{cpu}{remark}", self.title));
    }
}

/// A time in human-readable form.
pub(crate) fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        ..100.0 => format!("{seconds:.1} s"),
        ..1000.0 => format!("{seconds:.0} s"),
        _ => format!("{:.0} min", seconds / 60.0),
    }
}

/// The result of tests, if the output has one: the last line of pytest, or the sum of those of `cargo test`.
pub(crate) fn summary(output: &str) -> Option<String> {
    let closing: Vec<&str> = closing_lines(output).collect();
    match closing[..] {
        [] => None,
        [line] if line.starts_with('=') => Some(line.trim_matches(['=', ' ']).to_owned()),
        _ => Some(format!("{} passed", passed(output))),
    }
}

/// The number of tests that passed.
pub(crate) fn passed(output: &str) -> u64 {
    let number = |line: &str| -> Option<u64> {
        let (before, _) = line.split_once(" passed")?;
        before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    closing_lines(output).filter_map(number).sum()
}

/// The lines with which pytest and `cargo test` end.
fn closing_lines(output: &str) -> impl Iterator<Item = &str> {
    output.lines().filter(|line| {
        let closes = line.starts_with("test result:") || line.starts_with('=') && line.ends_with('=');
        closes && (line.contains(" passed") || line.contains(" failed") || line.contains(" error"))
    })
}

fn tail(output: &str) -> impl Iterator<Item = &str> {
    output.lines().skip(output.lines().count().saturating_sub(TAIL))
}

fn file_name(title: &str) -> String {
    title.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_up_what_pytest_and_cargo_say() {
        let pytest = "a.py ..F\narguments are passed on\n===== 3 failed, 12 passed in 0.1s =====\n";
        assert_eq!(summary(pytest).unwrap(), "3 failed, 12 passed in 0.1s");
        assert_eq!(passed(pytest), 12);
        let cargo =
            "test result: ok. 4 passed; 0 failed\nthe word passed\ntest result: ok. 5 passed; 0 failed\n";
        assert_eq!(summary(cargo).unwrap(), "9 passed");
        assert_eq!(summary("Finished in 1 s"), None);
    }
}
