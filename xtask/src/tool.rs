//! Cargo's further tools: found, or built once into the cache.

use crate::failure::Failure;
use crate::process::{self, command};
use crate::settings::Settings;
use std::path::PathBuf;
use std::process::Stdio;

/// The program `name` of exactly this version. Fails where it is not there and can't be built.
pub(crate) fn provide(settings: &Settings, name: &str, version: &str) -> Result<PathBuf, Failure> {
    let on_path = process::capture(command(settings, name, &["--version"]).stderr(Stdio::null()));
    if on_path.is_ok_and(|found| found.trim() == format!("{name} {version}")) {
        return Ok(name.into());
    }
    let folder = settings.cache.join(format!("{name}-{version}"));
    let program = folder.join("bin").join(name);
    if program.is_file() {
        return Ok(program);
    }
    // A debug build: these tools do little themselves, and are built in a third of the time.
    let arguments = ["install", name, "--locked", "--debug", "--quiet", "--version", version, "--root"];
    let mut install = command(settings, "cargo", &arguments);
    install.arg(&folder).env("CARGO_TARGET_DIR", folder.join("target")).env("CARGO_PROFILE_DEV_DEBUG", "0");
    process::run(&mut install)?;
    let _ = std::fs::remove_dir_all(folder.join("target"));
    Ok(program)
}
