//! A task's own Python, run in a sandbox: one worker for many documents, JSON lines between it and us.
//!
//! A worker can do nothing but answer: it has no network, sees of the machine only the system's programs and libraries
//! and the task's folders (read-only), and lives under limits of memory, CPU time, wall time, output and processes
//! ([`HookLimits`]). What it answers is the task's own word: a task that lies about its own scores cannot be stopped
//! here, one that disturbs anything else is.
//!
//! Every request starts from the same random state (`random.seed(0)`, `NumPy`'s `seed(1234)`, lm-eval's defaults), with a
//! fixed hash seed, time zone and locale, so that neither the order of requests nor the machine changes a result.

mod error;
mod layout;
mod process;
mod protocol;
mod sandbox;

pub use error::{Failure, HookError};
pub use protocol::{HookFunction, HookTable, items, number, tuple};

pub(crate) use protocol::{is_mark, place_marks, settings_without};

use crate::dataset::Document;
use layout::Layout;
use process::{Process, Silence};
use protocol::{Answer, Hello};
use serde_json::{Map, Value, json};
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Bounds of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookLimits {
    /// Address space, in bytes.
    pub memory_bytes: u64,
    /// CPU time of one worker over all its calls, in seconds.
    pub cpu_s: u64,
    /// Wall time of one call.
    pub call: Duration,
    /// Size of one file that it writes, in bytes.
    pub file_bytes: u64,
    /// Size of its `/tmp`, in bytes.
    pub temporary_bytes: u64,
    /// Open files.
    pub files: u64,
    /// Processes and threads of the user, where the system counts them.
    pub threads: u64,
    /// Size of one answer, in bytes.
    pub answer_bytes: u64,
}

impl Default for HookLimits {
    fn default() -> Self {
        Self {
            memory_bytes: 2 << 30,
            cpu_s: 3_600,
            call: Duration::from_mins(2),
            file_bytes: 16 << 20,
            temporary_bytes: 64 << 20,
            files: 64,
            threads: 256,
            answer_bytes: 256 << 20,
        }
    }
}

/// How a task's own Python is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookOptions {
    /// Without a sandbox, under the limits alone: the user trusts the task's files as they trust a program.
    pub trust: bool,
    /// The Python program; in the sandbox it must lie under `/usr`.
    pub python: PathBuf,
    /// Bounds of the worker.
    pub limits: HookLimits,
}

impl Default for HookOptions {
    fn default() -> Self {
        Self { trust: false, python: PathBuf::from("/usr/bin/python3"), limits: HookLimits::default() }
    }
}

/// Documents given to a worker at once, so that one call stays within its time.
const BATCH: usize = 500;
/// The time in which a worker must have come up.
const START: Duration = Duration::from_secs(20);

/// The functions of one task. Calls are made one after the other, from any thread.
#[derive(Debug)]
pub struct Hooks {
    options: HookOptions,
    layout: Layout,
    functions: Vec<HookFunction>,
    process: Mutex<Option<Process>>,
}

impl Hooks {
    /// A worker that has loaded `functions`. `root`: the folder under which all tasks lie (it becomes the package
    /// `lm_eval.tasks`). Fails where there is no sandbox, or a function cannot be loaded.
    pub fn start(
        functions: Vec<HookFunction>,
        root: Option<&Path>,
        options: &HookOptions,
    ) -> Result<Self, HookError> {
        let mut folders: Vec<PathBuf> = functions.iter().map(|function| function.folder.clone()).collect();
        folders.sort();
        folders.dedup();
        let layout = Layout::of(&folders, root, options.trust)?;
        let hooks = Self { options: options.clone(), layout, functions, process: Mutex::new(None) };
        let process = hooks.begin()?;
        *hooks.process.lock().unwrap_or_else(PoisonError::into_inner) = Some(process);
        Ok(hooks)
    }

    /// What `process_docs` makes of a split: its documents and the names of its columns.
    pub fn process_docs(
        &self,
        function: &HookFunction,
        documents: &[Document],
        columns: &[String],
        split: &str,
    ) -> Result<HookTable, HookError> {
        let value = self.call(
            "process_docs",
            function,
            json!({"rows": documents, "columns": columns, "split": split}),
        )?;
        protocol::table(function, value)
    }

    /// What `function` gives for each document, in order.
    pub fn map<'d>(
        &self,
        function: &HookFunction,
        documents: impl Iterator<Item = &'d Document>,
    ) -> Result<Vec<Value>, HookError> {
        let documents: Vec<&Document> = documents.collect();
        let mut values = Vec::with_capacity(documents.len());
        for batch in documents.chunks(BATCH) {
            let value = self
                .call("map", function, json!({"docs": batch}))
                .map_err(|error| error.counted_from(values.len()))?;
            values.extend(protocol::list(function, value, batch.len())?);
        }
        Ok(values)
    }

    /// What `process_results` gives for each document: metrics by name. `results` holds for each document what
    /// lm-eval would hand over: texts, or pairs and numbers of log-likelihoods, marked as [`tuple`] has it.
    pub fn process_results(
        &self,
        function: &HookFunction,
        documents: &[&Document],
        results: &[Value],
    ) -> Result<Vec<Map<String, Value>>, HookError> {
        let value = self.call("process_results", function, json!({"docs": documents, "results": results}))?;
        protocol::list(function, value, documents.len())?
            .into_iter()
            .map(|value| match value {
                Value::Object(map) => Ok(map),
                _ => Err(protocol::wrong(function, "gives no dictionary of metrics")),
            })
            .collect()
    }

    /// What an aggregation makes of the `items` that scoring gave.
    pub fn aggregate(&self, function: &HookFunction, items: &[&Value]) -> Result<Value, HookError> {
        self.call("aggregate", function, json!({"items": items}))
    }

    /// What a metric of the task's own gives for one answer: a number, or numbers by name.
    pub fn metric(
        &self,
        function: &HookFunction,
        reference: &Value,
        prediction: &Value,
        settings: &Map<String, Value>,
    ) -> Result<Value, HookError> {
        let body = json!({"reference": reference, "prediction": prediction, "settings": settings});
        self.call("metric", function, body)
    }

    /// What a filter makes of the responses to each document: one value or a list for each. `plain_function`: the
    /// function takes responses and documents itself, where else it makes an object with `apply`.
    pub fn filter(
        &self,
        function: &HookFunction,
        responses: &[Vec<Value>],
        documents: &[&Document],
        settings: &Map<String, Value>,
        plain_function: bool,
    ) -> Result<Vec<Value>, HookError> {
        let body = json!({
            "responses": responses, "docs": documents, "settings": settings, "plain_function": plain_function,
        });
        let value = self.call("filter", function, body)?;
        protocol::list(function, value, documents.len())
    }

    /// The few-shot examples that a function lists.
    pub fn samples(&self, function: &HookFunction) -> Result<Vec<Document>, HookError> {
        let value = self.call("samples", function, json!({}))?;
        protocol::documents(function, value)
    }

    /// The splits that `custom_dataset` makes, in its order.
    pub fn custom_dataset(
        &self,
        function: &HookFunction,
        settings: &Map<String, Value>,
    ) -> Result<Vec<(String, HookTable)>, HookError> {
        match self.call("custom_dataset", function, json!({"settings": settings}))? {
            Value::Object(splits) => splits
                .into_iter()
                .map(|(name, value)| Ok((name, protocol::table(function, value)?)))
                .collect(),
            _ => Err(protocol::wrong(function, "gives no splits")),
        }
    }

    /// Starts a worker and has it load the functions.
    fn begin(&self) -> Result<Process, HookError> {
        let limits = &self.options.limits;
        let mut command = sandbox::command(&self.options, &self.layout.mounts)?;
        let program = command.get_program().to_string_lossy().into_owned();
        let nonce = protocol::nonce();
        let folders: Vec<_> = self.layout.mounts.iter().map(|mount| mount.inside.to_string_lossy()).collect();
        let settings = json!({
            "nonce": nonce,
            "folders": folders,
            "tasks_root": self.layout.tasks_root.as_ref().map(|root| root.to_string_lossy()),
            "reply_bytes": limits.answer_bytes,
            "limits": {
                "memory_bytes": limits.memory_bytes, "cpu_s": limits.cpu_s, "file_bytes": limits.file_bytes,
                "files": limits.files, "threads": limits.threads, "sandbox": !self.options.trust,
            },
        });
        command.arg(settings.to_string());
        let mut process = Process::start(command, limits.answer_bytes)
            .map_err(|cause| HookError::Start { program: program.clone(), cause })?;
        let Ok(line) = process.receive(START) else {
            let problem = process.end();
            return Err(if self.options.trust {
                HookError::Start { program, cause: std::io::Error::other(problem) }
            } else {
                HookError::SandboxMissing { problem: format!("bubblewrap could not start Python: {problem}") }
            });
        };
        let hello = Hello::read(&line, &nonce)?;
        if !hello.missing.is_empty() && !self.options.trust {
            return Err(HookError::Limits { missing: hello.missing.join(", ") });
        }
        let references: Vec<Value> = self.functions.iter().map(|function| self.reference(function)).collect();
        let name = self.functions.first().map_or("import", |function| function.name.as_str());
        let loaded = self.exchange(&mut process, name, json!({"op": "load", "functions": references}))?;
        let problems = loaded.as_array().map(Vec::as_slice).unwrap_or_default();
        for (function, problem) in self.functions.iter().zip(problems) {
            if !problem.is_null() {
                return Err(protocol::failed(&self.layout, &function.name, problem));
            }
        }
        Ok(process)
    }

    fn reference(&self, function: &HookFunction) -> Value {
        let folder = self.layout.inside(&function.folder).unwrap_or_else(|| function.folder.clone());
        json!({"folder": folder.to_string_lossy(), "name": function.name})
    }

    /// One request. A worker that failed in any other way than by an exception is ended, and the next call starts
    /// another one.
    fn call(&self, operation: &str, function: &HookFunction, mut body: Value) -> Result<Value, HookError> {
        if let Some(body) = body.as_object_mut() {
            body.insert("op".to_owned(), Value::from(operation));
            body.insert("function".to_owned(), self.reference(function));
        }
        let mut held = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let mut process = match held.take() {
            Some(process) => process,
            None => self.begin()?,
        };
        let answer = self.exchange(&mut process, &function.name, body);
        if matches!(answer, Ok(_) | Err(HookError::Failed { .. })) {
            *held = Some(process);
        }
        answer
    }

    fn exchange(&self, process: &mut Process, function: &str, mut body: Value) -> Result<Value, HookError> {
        let protocol_problem = |problem: &str| HookError::Protocol {
            function: function.to_owned(),
            problem: problem.to_owned(),
        };
        let nonce = protocol::nonce();
        if let Some(body) = body.as_object_mut() {
            body.insert("nonce".to_owned(), Value::from(nonce.as_str()));
        }
        if process.has_unasked_line() {
            process.kill();
            return Err(protocol_problem("an answer came before the question"));
        }
        let mut line = body.to_string().into_bytes();
        line.push(b'\n');
        process.send(line);
        let limit = self.options.limits.call;
        let line = match process.receive(limit) {
            Ok(line) => line,
            Err(Silence::Late) => {
                process.kill();
                return Err(HookError::Timeout { function: function.to_owned(), limit });
            }
            Err(Silence::TooLong) => {
                process.kill();
                let limit_bytes = self.options.limits.answer_bytes;
                return Err(HookError::TooLarge { function: function.to_owned(), limit_bytes });
            }
            Err(Silence::Gone) => {
                let reason = process.end();
                return Err(HookError::Ended { function: function.to_owned(), reason });
            }
        };
        match Answer::read(&line, &nonce) {
            Ok(Answer::Value(value)) => Ok(value),
            Ok(Answer::Error(problem)) if problem.get("type").is_some_and(|kind| kind == "TooLarge") => {
                let limit_bytes = self.options.limits.answer_bytes;
                Err(HookError::TooLarge { function: function.to_owned(), limit_bytes })
            }
            Ok(Answer::Error(problem)) => Err(protocol::failed(&self.layout, function, &problem)),
            Err(problem) => {
                process.kill();
                Err(protocol_problem(problem))
            }
        }
    }
}
