//! Other programs, started from the repository's root in the environment that they would have outside of xtask.

use crate::failure::Failure;
use crate::settings::Settings;
use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitStatus, Stdio};

/// A command in the root of the repository.
///
/// `cargo run` tells its child about the package that runs; a cargo below it would see another environment than a
/// cargo started by hand, and build scripts that watch it would run twice.
pub(crate) fn command(settings: &Settings, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(&settings.root);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_of_cargo_run) {
            command.env_remove(name);
        }
    }
    match &settings.library_path {
        Some(path) => command.env("LD_LIBRARY_PATH", path),
        None => command.env_remove("LD_LIBRARY_PATH"),
    };
    command.env("CARGO_TARGET_DIR", &settings.target);
    command
}

fn is_of_cargo_run(name: &str) -> bool {
    name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_MANIFEST_")
        || matches!(
            name,
            "CARGO" | "CARGO_BIN_NAME" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE" | "OUT_DIR"
        )
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Runs a command with this terminal. Fails where it does.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    eprintln!("$ {}", shown(command));
    let status = command.status().map_err(|source| not_started(command, &source))?;
    succeeded(command, status)
}

/// Runs a command and returns its standard output. Fails where it does.
pub(crate) fn capture(command: &mut Command) -> Result<String, Failure> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|source| not_started(command, &source))?;
    succeeded(command, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a command, whose messages go to this terminal, and returns how it ended and its standard output.
pub(crate) fn stdout(command: &mut Command) -> Result<(ExitStatus, String), Failure> {
    eprintln!("$ {}", shown(command));
    let output = command.stderr(Stdio::inherit()).output().map_err(|source| not_started(command, &source))?;
    Ok((output.status, String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// Whether the command exists and succeeds; what it prints is dropped.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// What a command printed, and how it ended.
pub(crate) struct Printed {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command, passes on what it prints line by line, and returns it too.
pub(crate) fn tee(command: &mut Command) -> Result<Printed, Failure> {
    eprintln!("$ {}", shown(command));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|source| not_started(command, &source))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = std::thread::scope(|scope| {
        let errors = scope.spawn(|| pass_on(stderr, std::io::stderr()));
        let data = pass_on(stdout, std::io::stdout());
        (data, errors.join().unwrap_or_default())
    });
    let status = child.wait().map_err(|source| not_started(command, &source))?;
    Ok(Printed { status, stdout, stderr })
}

fn pass_on(from: Option<impl Read>, mut to: impl Write) -> String {
    let mut whole = String::new();
    let Some(from) = from else { return whole };
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    // A closed terminal must not end the run: what was printed is needed for the result.
    while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        let _ = to.write_all(&line);
        let _ = to.flush();
        whole.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    whole
}

/// Turns an unsuccessful end into a failure.
pub(crate) fn succeeded(command: &Command, status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    Err(Failure::No(format!("`{}` ended with {status}", shown(command))))
}

fn not_started(command: &Command, source: &std::io::Error) -> Failure {
    Failure::Environment(format!("cannot run `{}`: {source}", command.get_program().to_string_lossy()))
}
