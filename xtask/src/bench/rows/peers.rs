//! Other harnesses, each in a Python environment of its own, and what their scripts print.

use crate::bench::Bench;
use crate::bench::usage::{Usage, measured};
use crate::claims::environments::{self, Environment};
use crate::failure::Failure;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::Path;

const INSPECT: [&str; 2] = ["inspect-ai==0.3.285", "openai"];
const EVALSCOPE: [&str; 1] = ["evalscope==1.14.1"];

/// What a script says of the work that it did.
#[derive(Debug, Deserialize)]
pub(super) struct Work {
    cpu_s: f64,
    wall_s: f64,
    /// Requests made or answered.
    pub(super) requests: usize,
}

impl Work {
    pub(super) fn usage(&self) -> Usage {
        Usage { cpu_s: self.cpu_s, wall_s: self.wall_s, peak_bytes: 0 }
    }
}

/// lm-eval with its task files.
pub(super) fn lm_eval(bench: &Bench<'_>) -> Result<Environment, Failure> {
    environments::lm_eval(bench.settings)
}

/// llama-cpp-python with its server.
pub(super) fn llama_cpp_python(bench: &Bench<'_>) -> Result<Environment, Failure> {
    environments::llama_cpp_python(bench.settings)
}

/// Inspect with the client that its OpenAI-compatible provider needs.
pub(super) fn inspect(bench: &Bench<'_>) -> Result<Environment, Failure> {
    environments::provide(bench.settings, "inspect-ai", &INSPECT)
}

/// evalscope.
pub(super) fn evalscope(bench: &Bench<'_>) -> Result<Environment, Failure> {
    environments::provide(bench.settings, "evalscope", &EVALSCOPE)
}

/// What a script of `xtask/python` prints as its last line.
pub(super) fn ask<T: DeserializeOwned>(
    bench: &Bench<'_>,
    environment: &Environment,
    script: &str,
    arguments: &[&str],
) -> Result<T, Failure> {
    let script = bench.settings.root.join("xtask/python").join(script);
    let script = script.to_string_lossy();
    let words = [&[&*script][..], arguments].concat();
    let (_, printed) = measured(bench.settings, &bench.work, &environment.program("python3"), &words)?;
    last_line(&printed, &script)
}

/// The last line of what was printed, read.
pub(super) fn last_line<T: DeserializeOwned>(printed: &str, who: &str) -> Result<T, Failure> {
    let last = printed.lines().next_back().unwrap_or_default();
    serde_json::from_str(last).map_err(|error| Failure::No(format!("{who} ended with `{last}`: {error}")))
}

/// A path as an argument.
pub(super) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
