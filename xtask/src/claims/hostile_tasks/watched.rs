//! Runs a program and watches it with all that it starts: how it ends, how long it takes, how much memory all of them
//! hold, and what outlives it.

use crate::failure::Failure;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(10);
/// What was started has so long to be gone after the program itself.
const GRACE: Duration = Duration::from_secs(5);
const MOST_SAID_BYTES: u64 = 1 << 20;

/// How a program ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// Its exit code; none where a signal ended it.
    pub(super) code: Option<i32>,
    /// It was ended after the limit.
    pub(super) killed: bool,
    /// What it printed, the beginning of it.
    pub(super) said: String,
    pub(super) seconds: f64,
    /// Most memory that it and all that it started held at once, without what they share with files.
    pub(super) peak_bytes: u64,
    /// What it started and was there after it, by command.
    pub(super) leftover: Vec<String>,
}

/// A process is told apart from a later one of the same number by the time of its start.
type Process = (u32, String);

/// Runs `command` and ends it where it is not done after `limit`. What it prints goes to the file `said`.
pub(super) fn run(command: &mut Command, limit: Duration, said: &Path) -> Result<Ended, Failure> {
    let file = File::create(said).map_err(Failure::io("write", said))?;
    let errors = file.try_clone().map_err(Failure::io("write", said))?;
    command.stdin(Stdio::null()).stdout(file).stderr(errors).process_group(0);
    let program = Path::new(command.get_program()).to_owned();
    let start = Instant::now();
    let mut child = command.spawn().map_err(Failure::io("run", &program))?;
    let mut seen: BTreeMap<Process, String> = BTreeMap::new();
    let mut peak_bytes = 0;
    let mut killed = false;
    let status = loop {
        let mut bytes = 0;
        for number in tree(child.id()) {
            bytes += own_bytes(number);
            if let Some(start) = started(number) {
                seen.entry((number, start)).or_insert_with(|| command_of(number));
            }
        }
        peak_bytes = peak_bytes.max(bytes);
        if let Some(status) = child.try_wait().map_err(Failure::io("wait for", &program))? {
            break status;
        }
        if start.elapsed() > limit {
            killed = true;
            child.kill().map_err(Failure::io("end", &program))?;
        }
        thread::sleep(PAUSE);
    };
    let seconds = start.elapsed().as_secs_f64();
    seen.retain(|(number, _), _| *number != child.id());
    let leftover = leftover(&seen);
    let mut text = Vec::new();
    let file = File::open(said).map_err(Failure::io("read", said))?;
    file.take(MOST_SAID_BYTES).read_to_end(&mut text).map_err(Failure::io("read", said))?;
    let said = String::from_utf8_lossy(&text).into_owned();
    Ok(Ended { code: status.code(), killed, said, seconds, peak_bytes, leftover })
}

/// What of `seen` is still there after a while; it is ended.
fn leftover(seen: &BTreeMap<Process, String>) -> Vec<String> {
    let there = || seen.iter().filter(|((number, start), _)| started(*number).as_ref() == Some(start));
    let end = Instant::now() + GRACE;
    while there().next().is_some() && Instant::now() < end {
        thread::sleep(PAUSE);
    }
    // What was seen as a copy of its parent may run another program by now.
    let name = |number: u32, seen: &String| {
        Some(command_of(number)).filter(|name| !name.is_empty()).unwrap_or_else(|| seen.clone())
    };
    let left: Vec<(u32, String)> =
        there().map(|((number, _), command)| (*number, name(*number, command))).collect();
    for (number, _) in &left {
        let _already_gone = Command::new("kill").args(["-9", &number.to_string()]).status();
    }
    left.into_iter().map(|(_, command)| command).collect()
}

/// `root` and everything below it.
fn tree(root: u32) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![root];
    while let Some(number) = waiting.pop() {
        if !found.insert(number) {
            continue;
        }
        let Ok(threads) = fs::read_dir(format!("/proc/{number}/task")) else { continue };
        for thread in threads.flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            waiting.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    found
}

/// When a process was started, in the kernel's ticks; none where it is gone or only its end has not been asked for.
fn started(number: u32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    // The name in parentheses may hold anything; the state is field 3, the start field 22.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    (state != "Z").then(|| fields.nth(18).unwrap_or_default().to_owned())
}

fn command_of(number: u32) -> String {
    let text = fs::read(format!("/proc/{number}/comm")).unwrap_or_default();
    String::from_utf8_lossy(&text).trim().to_owned()
}

/// Memory of a process that no file backs.
fn own_bytes(number: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{number}/status")).unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    (field("RssAnon:").unwrap_or(0) + field("RssShmem:").unwrap_or(0)) << 10
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    fn shell(script: &str, limit: Duration) -> Ended {
        let folder = tempfile::tempdir().unwrap();
        run(Command::new("sh").args(["-c", script]), limit, &folder.path().join("said")).unwrap()
    }

    #[test]
    fn a_process_that_outlives_its_parent_is_found_and_ended() {
        let ended = shell("sleep 60 & sleep 0.3; echo done", Duration::from_mins(1));
        assert_eq!((ended.code, ended.killed, ended.said.as_str()), (Some(0), false, "done\n"));
        assert_eq!(ended.leftover, ["sleep"]);
        assert_eq!(shell("sleep 0.2 & wait; exit 3", Duration::from_mins(1)).leftover, Vec::<String>::new());
    }

    #[test]
    fn what_does_not_end_is_ended() {
        let ended = shell("exec sleep 60", Duration::from_millis(200));
        assert!(ended.killed && ended.code.is_none());
    }
}
