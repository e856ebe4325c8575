//! Servers of their own processes, for as long as a row needs them.

use crate::claims::environments::Environment;
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const START_LIMIT: Duration = Duration::from_mins(3);
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// Tokens of a text that llama-cpp-python's server takes.
const CONTEXT_TOKENS: &str = "1024";

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

/// llama-cpp-python's server on one model, counting tokens; ends with this value.
pub(super) struct ModelServer {
    child: Child,
    port: u16,
}

impl ModelServer {
    /// Starts it and waits until it listens; `count` always holds the tokens that went through the model.
    pub(super) fn start(
        settings: &Settings,
        llama_cpp: &Environment,
        model: &Path,
        work: &Path,
        count: &Path,
    ) -> Result<Self, Failure> {
        let port = free_port()?;
        let python = llama_cpp.program("python3");
        let mut command =
            process::command(settings, &python.to_string_lossy(), &["xtask/python/llama_cpp_count.py"]);
        command.arg(count).arg("--model").arg(model).args([
            "--n_ctx",
            CONTEXT_TOKENS,
            "--logits_all",
            "true",
        ]);
        command.args(["--flash_attn", "false", "--verbose", "false", "--host", "127.0.0.1", "--port"]);
        command.arg(port.to_string());
        let log = work.join("model-server.log");
        let file = File::create(&log).map_err(Failure::io("write", &log))?;
        let errors = file.try_clone().map_err(Failure::io("write", &log))?;
        let child =
            command.stdout(file).stderr(errors).spawn().map_err(|error| {
                Failure::Environment(format!("the model's server can't be started: {error}"))
            })?;
        let mut server = Self { child, port };
        let started = Instant::now();
        // It listens once the model is loaded.
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            let ended = server.child.try_wait().is_ok_and(|status| status.is_some());
            if ended || started.elapsed() > START_LIMIT {
                return Err(Failure::Environment(format!("the server did not start; see {}", log.display())));
            }
            sleep(BETWEEN_LOOKS);
        }
        Ok(server)
    }

    /// Its address, without a path.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        // It may have ended already, and there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> Result<u16, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::Environment(format!("there is no free port: {error}")))
}
