//! The claim that a stranger with a fresh clone gets to a verdict with the two commands of the README.

use super::{Claim, Measured};
use crate::demo::VERIFY;
use crate::failure::Failure;
use crate::process::{self, Printed};
use crate::settings::Settings;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

pub(crate) const CLAIM: Claim = Claim {
    name: "fresh-start",
    promise: "From a fresh clone in an empty home with only rustup, git and python3, `cargo xtask test` and \
              `cargo xtask demo` both end with exit code 0, and the demo's verify line does too",
    run,
};

/// The commands of the README.
const COMMANDS: [[&str; 2]; 2] = [["xtask", "test"], ["xtask", "demo"]];

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let folder = env::temp_dir().join(format!("daepyo-fresh-start-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(Failure::io("make", &folder))?;
    let result = in_folder(settings, &folder);
    let _ = std::fs::remove_dir_all(&folder);
    result
}

fn in_folder(settings: &Settings, folder: &Path) -> Result<Measured, Failure> {
    let home = Home::make(settings, folder)?;
    let clone = folder.join("daepyo");
    let mut git = process::command(settings, "git", &["clone", "--quiet"]);
    process::run(git.arg(&settings.root).arg(&clone))?;
    let mut details = vec![match &settings.claim_target {
        Some(_) => "cargo's target folder was one that had been used before".to_owned(),
        None => "cargo's target folder, its registry, the home and the cache of models were empty".to_owned(),
    }];
    let readme = std::fs::read_to_string(clone.join("README.md")).unwrap_or_default();
    let mut holds = true;
    let mut seconds = Vec::new();
    let mut verify_line = None;
    for words in COMMANDS {
        let line = format!("cargo {}", words.join(" "));
        if !readme.lines().any(|found| found.split('#').next().is_some_and(|words| words.trim() == line)) {
            holds = false;
            details.push(format!("the README does not name `{line}`"));
        }
        let start = Instant::now();
        let printed = process::tee(home.command("cargo").args(words).current_dir(&clone))?;
        let taken_s = start.elapsed().as_secs();
        holds &= printed.status.success();
        details.push(format!(
            "`{line}`: {} after {taken_s} s; {}",
            printed.status,
            closing(&printed, folder)
        ));
        seconds.push(taken_s);
        let verify = printed.stdout.lines().find_map(|line| line.strip_prefix(VERIFY));
        verify_line = verify.map(str::to_owned).or(verify_line);
    }
    if let Some(line) = verify_line {
        let mut shell = home.command("sh");
        let status = shell.args(["-c", &line]).current_dir(&clone).status();
        let status = status.map_err(Failure::io("run the verify line in", &clone))?;
        holds &= status.success();
        details.push(format!("the demo's verify line: {status}"));
    } else {
        holds = false;
        details.push("the demo printed no verify line".to_owned());
    }
    let minutes: Vec<String> = seconds.iter().map(|taken_s| format!("{:.1}", minutes(*taken_s))).collect();
    let outcome = if holds { "both commands pass" } else { "not all passes" };
    let figure = format!(
        "{outcome}; test {} min, demo {} min",
        minutes.first().map_or("-", |m| m),
        minutes.last().map_or("-", |m| m)
    );
    Ok(Measured { figure, holds, details })
}

#[expect(clippy::cast_precision_loss, reason = "seconds of one run")]
fn minutes(seconds: u64) -> f64 {
    seconds as f64 / 60.0
}

/// The last line that a command printed on standard output, without the temporary folder.
fn closing(printed: &Printed, folder: &Path) -> String {
    let last = printed.stdout.lines().rev().find(|line| !line.trim().is_empty());
    let folder = folder.display().to_string();
    format!("last line `{}`", last.unwrap_or_default().trim().replace(&folder, "FOLDER"))
}

/// An empty home, with the toolchain of the real one.
struct Home {
    folder: PathBuf,
    rustup: PathBuf,
    target: PathBuf,
}

impl Home {
    fn make(settings: &Settings, folder: &Path) -> Result<Self, Failure> {
        let real = PathBuf::from(env::var_os("HOME").unwrap_or_default());
        let rustup = env::var_os("RUSTUP_HOME").map_or_else(|| real.join(".rustup"), PathBuf::from);
        let home = folder.join("home");
        let cargo = home.join(".cargo");
        std::fs::create_dir_all(&cargo).map_err(Failure::io("make", &cargo))?;
        let real_cargo = env::var_os("CARGO_HOME").map_or_else(|| real.join(".cargo"), PathBuf::from);
        // Where a network needs a mirror, cargo's settings say so; no package that was fetched before is taken over.
        let config = real_cargo.join("config.toml");
        if config.is_file() {
            let copy = cargo.join("config.toml");
            std::fs::copy(&config, &copy).map_err(Failure::io("copy", &config))?;
        }
        let target = settings.claim_target.clone().unwrap_or_else(|| folder.join("target"));
        Ok(Self { folder: home, rustup, target })
    }

    /// A command that sees this home and nothing of the caller's caches.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for (name, _) in env::vars_os() {
            let is_ours = name.to_str().is_some_and(|name| {
                name.starts_with("DAEPYO_")
                    || name.starts_with("XDG_")
                    || name.starts_with("CARGO")
                    || name.starts_with("RUST")
            });
            if is_ours {
                command.env_remove(name);
            }
        }
        command
            .env("HOME", &self.folder)
            .env("CARGO_HOME", self.folder.join(".cargo"))
            .env("RUSTUP_HOME", &self.rustup)
            .env("CARGO_TARGET_DIR", &self.target)
            .env_remove("LD_LIBRARY_PATH")
            .env_remove("OUT_DIR");
        command
    }
}
