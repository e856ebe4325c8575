//! The claim `aarch64`: daepyo builds for 64-bit ARM, and publishes there the same bytes.

use super::findings::Findings;
use super::{Claim, Measured, local_data};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use crate::setup;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

pub(crate) const CLAIM: Claim = Claim {
    name: "aarch64",
    promise: "daepyo with its local models builds for 64-bit ARM; run there (by qemu where the machine is another), \
              the recorded answers of gsm8k-replay give the same published files to the byte",
    run,
};

const TARGET: &str = "aarch64-unknown-linux-gnu";
/// Where Debian's packages put the libraries of the other machine.
const SYSROOT: &str = "/usr/aarch64-linux-gnu";

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let arm = build(settings)?;
    let recorded = local_data::file(settings, "gsm8k/example_model_solutions.jsonl")?;
    let work = local_data::example_in(settings, "gsm8k-replay", "aarch64")?;
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let source = text(recorded.parent().unwrap_or(&recorded));
    process::capture(&mut process::command(
        settings,
        "python3",
        &[&text(&work.join("convert.py")), &source, &text(&work)],
    ))?;

    let (programme, key) = (text(&work.join("programme.toml")), text(&work.join("key")));
    let (here, there) = (work.join("here"), work.join("there"));
    process::run(&mut local_data::daepyo(
        settings,
        &["key", "new", "--name", "aarch64.example", "--out", &key],
    )?)?;
    let words = |out: &Path| {
        ["run", &programme, "--stage", "replay", "--key", &key, "--out", &text(out)].map(str::to_owned)
    };
    let (ours, theirs) = (words(&here), words(&there));
    let plain: Vec<&str> = ours.iter().map(String::as_str).collect();
    process::run(&mut local_data::daepyo(settings, &plain)?)?;
    process::run(arm.command(settings).args(&theirs))?;
    process::run(arm.command(settings).args(["verify", &text(&here)]))?;

    let mut findings = Findings::default();
    let (here, there) = (files(&here)?, files(&there)?);
    let differing: Vec<&String> = here
        .iter()
        .filter(|(name, bytes)| there.get(*name) != Some(bytes))
        .map(|(name, _)| name)
        .chain(there.keys().filter(|name| !here.contains_key(*name)))
        .collect();
    findings.check("files were published", here.len() > 10);
    findings.check("the same files, to the byte", differing.is_empty());
    for name in differing.iter().take(20) {
        findings.note(format!("differs: {name}"));
    }
    findings.figure("the program for 64-bit ARM was run by", arm.runner.unwrap_or("this machine"));
    let figure = format!(
        "{} of {} published files are the same to the byte; what was published on x86-64 is verified on 64-bit ARM",
        here.len() - differing.len().min(here.len()),
        here.len()
    );
    Ok(findings.measured(&figure))
}

/// daepyo for 64-bit ARM.
struct Arm {
    program: String,
    /// What runs it on another machine.
    runner: Option<&'static str>,
}

impl Arm {
    fn command(&self, settings: &Settings) -> Command {
        self.runner.map_or_else(
            || process::command(settings, &self.program, &[]),
            |runner| process::command(settings, runner, &["-L", SYSROOT, &self.program]),
        )
    }
}

/// Builds daepyo for 64-bit ARM. Fails where the tools are not there and can't be installed.
fn build(settings: &Settings) -> Result<Arm, Failure> {
    let program = |folder: &str| settings.target.join(folder).join("daepyo").to_string_lossy().into_owned();
    if cfg!(target_arch = "aarch64") {
        local_data::daepyo(settings, &["--version"])?;
        return Ok(Arm { program: program("debug"), runner: None });
    }
    setup::provide_arm(settings)?;
    process::run(&mut process::command(settings, "rustup", &["target", "add", TARGET]))?;
    let mut cargo =
        process::command(settings, "cargo", &["build", "--locked", "--target", TARGET, "-p", "daepyo"]);
    cargo
        .env("CC_aarch64_unknown_linux_gnu", "aarch64-linux-gnu-gcc")
        .env("CXX_aarch64_unknown_linux_gnu", "aarch64-linux-gnu-g++")
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "aarch64-linux-gnu-gcc")
        .env("BINDGEN_EXTRA_CLANG_ARGS_aarch64_unknown_linux_gnu", format!("--sysroot={SYSROOT}"));
    process::run(&mut cargo)?;
    Ok(Arm { program: program(&format!("{TARGET}/debug")), runner: Some("qemu-aarch64-static") })
}

/// Every published file by its path; the work folder of a run is none of them.
fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).map_err(Failure::io("read", &next))? {
            let path = entry.map_err(Failure::io("read", &next))?.path();
            if path.is_dir() {
                if !path.file_name().is_some_and(|name| name == ".work") {
                    folders.push(path);
                }
                continue;
            }
            let bytes = fs::read(&path).map_err(Failure::io("read", &path))?;
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            found.insert(name, bytes);
        }
    }
    Ok(found)
}
