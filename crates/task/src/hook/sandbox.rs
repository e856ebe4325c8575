//! The command that starts a worker: bubblewrap around the system's Python, or that Python alone where hooks are trusted.

use super::{HookError, HookOptions, layout::Mount};
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// The worker's program. Its parts share one namespace and are passed on the command line, so that the sandbox needs
/// no file of ours.
pub(super) const PROGRAM: &str = concat!(
    include_str!("python/limits.py"),
    include_str!("python/values.py"),
    include_str!("python/table.py"),
    include_str!("python/packages.py"),
    include_str!("python/worker.py"),
);

const BWRAP: &str = "bwrap";
/// The first release that can bound the size of a tmpfs.
const BOUNDED_TMPFS: (u32, u32) = (0, 7);

/// What of the system Python needs: programs and libraries, nothing of the user's.
const SYSTEM: [&str; 5] = ["/bin", "/sbin", "/lib", "/lib64", "/lib32"];
const CONFIGURATION: [&str; 2] = ["/etc/ld.so.cache", "/etc/alternatives"];

/// The command without its settings argument. Fails where a sandbox is needed and there is none.
pub(super) fn command(options: &HookOptions, mounts: &[Mount]) -> Result<Command, HookError> {
    let mut command = if options.trust {
        let mut command = Command::new(&options.python);
        command.current_dir("/");
        command
    } else {
        let mut command = Command::new(BWRAP);
        isolate(&mut command, bubblewrap_version()?, options, mounts);
        command.arg("--").arg(&options.python);
        command
    };
    // Not `-I`, which would also ignore PYTHONHASHSEED; the environment is empty but for these, and the folder in which
    // it starts is ours.
    command.args(["-s", "-B", "-c", PROGRAM]);
    command.env_clear().envs([
        ("PYTHONHASHSEED", "0"),
        ("PYTHONUTF8", "1"),
        ("TZ", "UTC"),
        ("LC_ALL", "C.UTF-8"),
        ("PATH", "/usr/bin:/bin"),
        ("HOME", "/tmp"),
        ("OPENBLAS_NUM_THREADS", "1"),
        ("OMP_NUM_THREADS", "1"),
    ]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command)
}

fn isolate(command: &mut Command, version: (u32, u32), options: &HookOptions, mounts: &[Mount]) {
    // Its own user, process, network, IPC and host name spaces; gone as soon as we are.
    command.args(["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]);
    command.args(["--hostname", "sandbox", "--ro-bind", "/usr", "/usr"]);
    for path in SYSTEM.map(Path::new) {
        if let Ok(target) = std::fs::read_link(path) {
            command.arg("--symlink").arg(target).arg(path);
        } else if path.is_dir() {
            command.arg("--ro-bind").args([path, path]);
        }
    }
    for path in CONFIGURATION {
        command.args(["--ro-bind-try", path, path]);
    }
    command.args(["--proc", "/proc", "--dev", "/dev"]);
    // Older releases cannot bound a tmpfs; there /tmp stays a read-only folder.
    if version >= BOUNDED_TMPFS {
        command.args(["--size", &options.limits.temporary_bytes.to_string(), "--tmpfs", "/tmp"]);
    } else {
        command.args(["--dir", "/tmp"]);
    }
    for mount in mounts {
        command.arg("--ro-bind").args([&mount.host, &mount.inside]);
    }
    command.args(["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]);
}

/// The release of bubblewrap on this machine.
fn bubblewrap_version() -> Result<(u32, u32), HookError> {
    let missing = |problem: String| HookError::SandboxMissing { problem };
    let output = Command::new(BWRAP)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|cause| missing(format!("`bwrap` cannot be started ({cause})")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut parts = text.trim().rsplit(' ').next().unwrap_or_default().split('.');
    let mut part = || parts.next().and_then(|part| part.parse().ok());
    match (part(), part()) {
        (Some(major), Some(minor)) => Ok((major, minor)),
        _ => Err(missing(format!("`bwrap --version` says `{}`", text.trim()))),
    }
}
