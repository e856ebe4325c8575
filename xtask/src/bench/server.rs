//! A server of its own process, for as long as a row needs it.

use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

/// The server that answers every chat request alike and at once; ends with this value.
pub(super) struct FixedServer {
    child: Child,
    url: String,
}

impl FixedServer {
    /// Starts it; with a file, it keeps the bodies of chat requests there.
    pub(super) fn start(settings: &Settings, program: &Path, bodies: Option<&Path>) -> Result<Self, Failure> {
        let mut command = process::command(settings, &program.to_string_lossy(), &[]);
        command.args(bodies).stdout(Stdio::piped());
        let failed = |why: &str| {
            let shown = program.display();
            Failure::Environment(format!("the server `{shown}` can't be started: {why}"))
        };
        let mut child = command.spawn().map_err(|error| failed(&error.to_string()))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            // An unreadable line is an empty one.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let server = Self { child, url: line.trim().to_owned() };
        if server.url.is_empty() { Err(failed("it says no address")) } else { Ok(server) }
    }

    /// Its address, with `/v1`.
    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for FixedServer {
    fn drop(&mut self) {
        // It may have ended already, and there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
