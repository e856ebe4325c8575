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

pub(crate) use layout::tasks_root;
pub(crate) use protocol::{is_mark, place_marks, settings_without};

use crate::{
    dataset::Document,
    native::{Port, Ports},
};
use layout::Layout;
use process::{Process, Silence};
use protocol::{Answer, Hello};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock, PoisonError},
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
    /// Threads.
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
    /// Do what daepyo itself can do without Python.
    pub ports: bool,
}

impl Default for HookOptions {
    fn default() -> Self {
        Self {
            trust: false,
            python: PathBuf::from("/usr/bin/python3"),
            limits: HookLimits::default(),
            ports: true,
        }
    }
}

/// Documents given to a worker at once, so that one call stays within its time.
const BATCH: usize = 500;
/// The time in which a worker must have come up.
const START: Duration = Duration::from_secs(20);

/// A task whose worker had to be stopped so often is not asked again: every document would cost the time limit.
const MOST_STOPS: u32 = 5;

/// The functions of one task, native ports among them. Calls are made one after the other, from any thread.
#[derive(Debug)]
pub struct Hooks {
    options: HookOptions,
    functions: Vec<HookFunction>,
    root: Option<PathBuf>,
    /// Those of the functions that need no Python, as long as they meet nothing unusual.
    ports: BTreeMap<HookFunction, Port>,
    layout: OnceLock<Layout>,
    held: Mutex<Held>,
}

/// The worker, and how often one had to be stopped.
#[derive(Debug, Default)]
struct Held {
    process: Option<Process>,
    stops: u32,
    /// What the last one was stopped for.
    last: String,
}

impl Held {
    fn given_up(&self, function: &str) -> Option<HookError> {
        (self.stops >= MOST_STOPS).then(|| HookError::GivenUp {
            function: function.to_owned(),
            stops: self.stops,
            last: self.last.clone(),
        })
    }
}

impl Hooks {
    /// The functions of a task, ready to be asked. `root`: the folder under which all tasks lie (it becomes the package
    /// `lm_eval.tasks`). A worker is started where one of them has no native port; fails where there is no sandbox then,
    /// or a function cannot be loaded.
    pub fn start(
        functions: Vec<HookFunction>,
        root: Option<&Path>,
        options: &HookOptions,
    ) -> Result<Self, HookError> {
        let mut ports = BTreeMap::new();
        let mut found = Ports::default();
        for function in functions.iter().filter(|_| options.ports) {
            if let Some(port) = found.of(function, root) {
                ports.insert(function.clone(), port);
            }
        }
        let needs_worker = functions.iter().any(|function| !ports.contains_key(function));
        let hooks = Self {
            options: options.clone(),
            functions,
            root: root.map(Path::to_path_buf),
            ports,
            layout: OnceLock::new(),
            held: Mutex::default(),
        };
        if needs_worker {
            let process = hooks.begin()?;
            hooks.held.lock().unwrap_or_else(PoisonError::into_inner).process = Some(process);
        }
        Ok(hooks)
    }

    /// What a worker sees of the machine.
    fn layout(&self) -> Result<&Layout, HookError> {
        if let Some(layout) = self.layout.get() {
            return Ok(layout);
        }
        let mut folders: Vec<PathBuf> =
            self.functions.iter().map(|function| function.folder.clone()).collect();
        folders.sort();
        folders.dedup();
        let made = Layout::of(&folders, self.root.as_deref(), self.options.trust)?;
        Ok(self.layout.get_or_init(|| made))
    }

    /// Why the functions are not asked any more: their worker had to be stopped again and again.
    pub fn given_up(&self) -> Option<HookError> {
        let name = self.functions.first().map_or("import", |function| function.name.as_str());
        self.held.lock().unwrap_or_else(PoisonError::into_inner).given_up(name)
    }

    /// What `process_docs` makes of a split: its documents and the names of its columns.
    pub fn process_docs(
        &self,
        function: &HookFunction,
        documents: &[Document],
        columns: &[String],
        split: &str,
    ) -> Result<HookTable, HookError> {
        if let Some(Port::Split(port)) = self.ports.get(function)
            && let Some(made) = port(documents, columns)
        {
            return Ok(made);
        }
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
            if let Some(Port::Value(port)) = self.ports.get(function)
                && let Some(made) = batch.iter().map(|document| port(document)).collect::<Option<Vec<_>>>()
            {
                values.extend(made);
                continue;
            }
            let value = self
                .call("map", function, json!({"docs": batch}))
                .map_err(|error| error.counted_from(values.len()))?;
            values.extend(protocol::list(function, value, batch.len())?);
        }
        Ok(values)
    }

    /// What `process_results` gives for each document: metrics by name. `results` holds for each document what
    /// lm-eval would hand over: texts, or pairs and numbers of log-likelihoods, marked as [`tuple()`] has it.
    pub fn process_results(
        &self,
        function: &HookFunction,
        documents: &[&Document],
        results: &[Value],
    ) -> Result<Vec<Map<String, Value>>, HookError> {
        if let Some(Port::Results(port)) = self.ports.get(function) {
            let one = |(document, result): (&&Document, &Value)| port(document, result.as_array()?);
            if let Some(made) = documents.iter().zip(results).map(one).collect::<Option<Vec<_>>>() {
                return Ok(made);
            }
        }
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
        if let Some(Port::Aggregate(port)) = self.ports.get(function)
            && let Some(made) = port(items)
        {
            return Ok(made);
        }
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
        if let Some(Port::Metric(port)) = self.ports.get(function)
            && let Some(made) = port(reference, prediction)
        {
            return Ok(made);
        }
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

    /// For each of `draws` documents in turn, the places in `pool` of the `count` examples that a sampler draws: an object
    /// made of the pool, with lm-eval's `set_rnd(1234)` and `sample`. `excluded`: the documents themselves, where they may
    /// stand in the pool; else empty.
    pub fn draw(
        &self,
        function: &HookFunction,
        pool: &[Document],
        (excluded, draws): (&[Document], usize),
        count: u32,
    ) -> Result<Vec<Vec<usize>>, HookError> {
        let body = json!({"pool": pool, "excluded": excluded, "draws": draws, "count": count});
        let places = protocol::list(function, self.call("draw", function, body)?, draws)?;
        let wrong = || protocol::wrong(function, "draws no places of examples");
        let within = |place: &Value| {
            let place = place.as_u64().and_then(|place| usize::try_from(place).ok());
            place.filter(|place| *place < pool.len()).ok_or_else(wrong)
        };
        places.iter().map(|drawn| drawn.as_array().ok_or_else(wrong)?.iter().map(within).collect()).collect()
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
        let layout = self.layout()?;
        let mut command = sandbox::command(&self.options, &layout.mounts)?;
        let program = command.get_program().to_string_lossy().into_owned();
        let nonce = protocol::nonce();
        let folders: Vec<_> = layout.mounts.iter().map(|mount| mount.inside.to_string_lossy()).collect();
        let settings = json!({
            "nonce": nonce,
            "folders": folders,
            "tasks_root": layout.tasks_root.as_ref().map(|root| root.to_string_lossy()),
            "reply_bytes": limits.answer_bytes,
            "limits": {
                "memory_bytes": limits.memory_bytes, "cpu_s": limits.cpu_s, "file_bytes": limits.file_bytes,
                "files": limits.files, "threads": limits.threads, "sandbox": !self.options.trust,
            },
        });
        command.arg(settings.to_string());
        let mut process = Process::start(command, limits.answer_bytes, limits.threads)
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
        let references: Vec<Value> =
            self.functions.iter().map(|function| self.reference(function)).collect::<Result<_, _>>()?;
        let name = self.functions.first().map_or("import", |function| function.name.as_str());
        let loaded = self.exchange(&mut process, name, json!({"op": "load", "functions": references}))?;
        let problems = loaded.as_array().map(Vec::as_slice).unwrap_or_default();
        for (function, problem) in self.functions.iter().zip(problems) {
            if !problem.is_null() {
                return Err(protocol::failed(layout, &function.name, problem));
            }
        }
        Ok(process)
    }

    fn reference(&self, function: &HookFunction) -> Result<Value, HookError> {
        let folder = self.layout()?.inside(&function.folder).unwrap_or_else(|| function.folder.clone());
        Ok(json!({"folder": folder.to_string_lossy(), "name": function.name}))
    }

    /// One request. A worker that failed in any other way than by an exception is ended, and the next call starts
    /// another one.
    fn call(&self, operation: &str, function: &HookFunction, mut body: Value) -> Result<Value, HookError> {
        if let Some(body) = body.as_object_mut() {
            body.insert("op".to_owned(), Value::from(operation));
            body.insert("function".to_owned(), self.reference(function)?);
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = held.given_up(&function.name) {
            return Err(error);
        }
        let answer = match held.process.take().map_or_else(|| self.begin(), Ok) {
            Ok(mut process) => {
                let answer = self.exchange(&mut process, &function.name, body);
                if matches!(answer, Ok(_) | Err(HookError::Failed { .. })) {
                    held.process = Some(process);
                }
                answer
            }
            Err(error) => Err(error),
        };
        if let Err(error) = &answer
            && held.process.is_none()
        {
            held.stops += 1;
            held.last = error.to_string();
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
            Err(Silence::Crowded) => {
                process.kill();
                let reason = format!("it started more than {} threads", self.options.limits.threads);
                return Err(HookError::Ended { function: function.to_owned(), reason });
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
            Ok(Answer::Error(problem)) => Err(protocol::failed(self.layout()?, function, &problem)),
            Err(problem) => {
                process.kill();
                Err(protocol_problem(problem))
            }
        }
    }
}
