//! llama-cpp-python's server on one model, for as long as it is compared with.

use super::environments::Environment;
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Enough for every request, and small: the server keeps the logits of all of them.
const CONTEXT_TOKENS: &str = "512";
const START_LIMIT: Duration = Duration::from_mins(3);
const READ_LIMIT: Duration = Duration::from_mins(3);
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// A server that ends with this value.
pub(super) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts it and waits until it answers.
    pub(super) fn start(
        settings: &Settings,
        llama_cpp: &Environment,
        model: &Path,
        work: &Path,
    ) -> Result<Self, Failure> {
        let port = free_port()?;
        let python = llama_cpp.program("python3");
        let (model, number) = (model.to_string_lossy(), port.to_string());
        let mut command = process::command(
            settings,
            &python.to_string_lossy(),
            &[
                "xtask/python/llama_cpp_server.py",
                "--model",
                &model,
                "--n_ctx",
                CONTEXT_TOKENS,
                "--logits_all",
                "true",
                // Off in daepyo too: it moves single tokens by up to .6 nats.
                "--flash_attn",
                "false",
                "--verbose",
                "false",
                "--host",
                "127.0.0.1",
                "--port",
                &number,
            ],
        );
        let log = work.join(format!("server-{port}.log"));
        let file = File::create(&log).map_err(Failure::io("write", &log))?;
        let errors = file.try_clone().map_err(Failure::io("write", &log))?;
        eprintln!("$ {}", process::shown(&command));
        let child = command
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|error| Failure::Environment(format!("the server can't be started: {error}")))?;
        let mut server = Self { child, port };
        let started = Instant::now();
        while !server.answers() {
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

    /// The tokens of a text, after the beginning-of-text token where the model adds one.
    pub(super) fn tokens(&self, text: &str) -> Result<Vec<i64>, Failure> {
        let answer = self
            .ask("POST", "/extras/tokenize", &json!({"input": text}).to_string())
            .map_err(|error| Failure::Environment(format!("the server does not answer: {error}")))?;
        let tokens = answer.split_once("\r\n\r\n").and_then(|(_, body)| {
            let body: Value = serde_json::from_str(body).ok()?;
            body.get("tokens")?.as_array()?.iter().map(Value::as_i64).collect()
        });
        tokens.ok_or_else(|| Failure::No(format!("the server does not cut a text into tokens: {answer}")))
    }

    fn answers(&self) -> bool {
        self.ask("GET", "/v1/models", "")
            .is_ok_and(|answer| answer.lines().next().is_some_and(|status| status.contains(" 200 ")))
    }

    /// Sends a request and returns the whole answer with its head.
    fn ask(&self, method: &str, path: &str, body: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(READ_LIMIT))?;
        let length = body.len();
        // With this version of the protocol the answer ends with the connection, and is never cut into chunks.
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

impl Drop for Server {
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
