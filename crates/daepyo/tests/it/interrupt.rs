//! Ctrl-C ends a run cleanly, and the next call goes on.

use crate::line::{Line, assert_same};
use crate::servers::{Servers, slow};
use std::process::{Command, Stdio};
use std::time::Duration;

#[test]
fn ctrl_c_ends_with_130_and_the_next_call_goes_on() {
    let servers = Servers::start(&["garam"], &|_| slow());
    let line = Line::served(&servers, "concurrency = 2");
    let begun = servers.count();
    let mut child = line.stage("first", "out");
    let child =
        child.env("LANG", "en_US.UTF-8").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // Probes come before the first request.
    while servers.count() < begun + 10 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let signal = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    assert!(signal.success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("stopping"), "{said}");
    assert!(!line.path("out/verdict.json").exists());

    let sent = servers.count();
    line.finish("out");
    assert!(servers.count() - sent < 100, "what was answered before the interrupt is not asked again");
    line.verifies("out");
    line.finish("whole");
    assert_same(&line.published("out"), &line.published("whole"));
}
