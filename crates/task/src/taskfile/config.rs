//! The typed configuration of one task, with lm-eval's defaults.

use super::{
    fewshot_config::{self, FewshotConfig, Inherited},
    source::{Source, SourceFile},
};
use crate::{
    TaskError,
    hook::{HookFunction, place_marks},
    python::py_str,
};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// What is asked of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputType {
    /// The probability of one continuation.
    Loglikelihood,
    /// The probability of a whole text.
    LoglikelihoodRolling,
    /// Text that the model writes.
    GenerateUntil,
    /// The most probable of several continuations.
    MultipleChoice,
}

impl OutputType {
    /// The name used in task files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loglikelihood => "loglikelihood",
            Self::LoglikelihoodRolling => "loglikelihood_rolling",
            Self::GenerateUntil => "generate_until",
            Self::MultipleChoice => "multiple_choice",
        }
    }
}

/// How something is made from a document.
#[derive(Clone, Debug, PartialEq)]
pub enum DocTo {
    /// A field's name or a Jinja template.
    Text(String),
    /// The same number for every document.
    Int(i64),
    /// The same list for every document.
    List(Vec<Value>),
    /// A Python function of the task's own.
    Function(HookFunction),
}

/// One task, as its file (with includes and overrides) sets it.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskConfig {
    /// Its name.
    pub task: String,
    /// Another name for people.
    pub task_alias: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The task file.
    pub path: PathBuf,
    /// A hub name, a local folder, or one of `json`, `csv`, `tsv`, `parquet` and `text`.
    pub dataset_path: Option<String>,
    /// The configuration (subset) of the data set.
    pub dataset_name: Option<String>,
    /// A Python function that makes the splits, in place of a data set.
    pub custom_dataset: Option<HookFunction>,
    /// A Python function that every split goes through.
    pub process_docs: Option<HookFunction>,
    /// A Python function that scores a document.
    pub process_results: Option<HookFunction>,
    /// The folder under which all tasks lie, where it is known.
    pub tasks_root: Option<PathBuf>,
    /// Settings of the reader: `data_files`, `data_dir`, `encoding`, `sep`, `field` and others.
    pub dataset_kwargs: Map<String, Value>,
    /// Split with training documents.
    pub training_split: Option<String>,
    /// Split with validation documents.
    pub validation_split: Option<String>,
    /// Split with test documents.
    pub test_split: Option<String>,
    /// Split with few-shot documents.
    pub fewshot_split: Option<String>,
    /// The question.
    pub doc_to_text: Option<DocTo>,
    /// The answer.
    pub doc_to_target: Option<DocTo>,
    /// The choices.
    pub doc_to_choice: Option<DocTo>,
    /// What stands before everything else.
    pub description: String,
    /// What stands between question and answer.
    pub target_delimiter: String,
    /// What stands between examples.
    pub fewshot_delimiter: String,
    /// What the answer begins with.
    pub gen_prefix: Option<String>,
    /// Few-shot settings.
    pub fewshot: FewshotConfig,
    /// Few-shot examples; `None` where the file does not say.
    pub num_fewshot: Option<u32>,
    /// What is asked of a model.
    pub output_type: OutputType,
    /// Settings of generation; null unless `output_type` is `generate_until` or the file sets it.
    pub generation_kwargs: Value,
    /// Answers asked for each document.
    pub repeats: u32,
    /// Filters, as the file has them; a `!function` also bears the folder that it belongs to.
    pub filter_list: Value,
    /// Metrics, as the file has them; a `!function` also bears the folder that it belongs to.
    pub metric_list: Value,
    /// Anything; `version` and `cluster` have a meaning.
    pub metadata: Value,
    /// Whether the file asks for a check against training data.
    pub should_decontaminate: bool,
    /// What such a check searches for.
    pub doc_to_decontamination_query: Option<String>,
    /// Whether scoring would run code that the model wrote.
    pub unsafe_code: bool,
    /// Every file that this configuration was read from.
    pub files: Vec<SourceFile>,
    /// Harmless problems, for people.
    pub warnings: Vec<String>,
}

/// Every repeat is a request with a prompt of its own.
const MAX_REPEATS: u32 = 10_000;

const KNOWN: [&str; 37] = [
    "task",
    "task_alias",
    "tag",
    "group",
    "task_list",
    "custom_dataset",
    "dataset_path",
    "dataset_name",
    "dataset_kwargs",
    "training_split",
    "validation_split",
    "test_split",
    "fewshot_split",
    "process_docs",
    "doc_to_text",
    "doc_to_target",
    "doc_to_image",
    "doc_to_audio",
    "unsafe_code",
    "doc_to_choice",
    "process_results",
    "use_prompt",
    "description",
    "target_delimiter",
    "fewshot_delimiter",
    "fewshot_config",
    "num_fewshot",
    "metric_list",
    "output_type",
    "generation_kwargs",
    "repeats",
    "filter_list",
    "should_decontaminate",
    "doc_to_decontamination_query",
    "gen_prefix",
    "metadata",
    "class",
];

impl TaskConfig {
    /// The configuration in `text`, a task file without includes; `path` is what its data's relative paths start
    /// from and what errors name, and need not exist. Fails as [`TaskIndex::task`](crate::TaskIndex::task) does, and
    /// where the text includes a file.
    pub fn from_text(text: &str, path: &Path) -> Result<Self, TaskError> {
        Self::from_source(&Source::from_text(text, path)?)
    }

    /// The configuration in `source`. Fails where the file needs Python in a place that hooks do not reach, images or
    /// audio, or has a value of the wrong shape; unknown keys become warnings.
    pub(crate) fn from_source(source: &Source) -> Result<Self, TaskError> {
        let keys = Keys { map: &source.map, path: &source.path, prefix: "", source: Some(source) };
        keys.refuse_unsupported()?;
        source.refuse_python()?;
        let task = keys.text("task")?.ok_or_else(|| keys.wrong("task", "is missing".to_owned()))?;
        let mut warnings = source.warnings();
        for key in source.map.keys().filter(|key| !KNOWN.contains(&key.as_str())) {
            warnings.push(format!(
                "{}: `{key}` is not a key that daepyo knows; it has no effect",
                source.origin(key).display()
            ));
        }
        let output_type = keys.output_type()?;
        let doc_to_text = keys.doc_to("doc_to_text")?;
        let doc_to_target = keys.doc_to("doc_to_target")?;
        let doc_to_choice = keys.doc_to("doc_to_choice")?;
        let fewshot_split = keys.text("fewshot_split")?;
        let gen_prefix = keys.text("gen_prefix")?;
        let target_delimiter = keys.text("target_delimiter")?.unwrap_or_else(|| " ".to_owned());
        let fewshot_delimiter = keys.text("fewshot_delimiter")?.unwrap_or_else(|| "\n\n".to_owned());
        let empty = Map::new();
        let fewshot_keys = Keys {
            map: keys.object("fewshot_config")?.unwrap_or(&empty),
            path: source.origin("fewshot_config"),
            prefix: "fewshot_config.",
            source: None,
        };
        let inherited = Inherited {
            split: fewshot_split.clone(),
            process_docs: keys.function("process_docs")?,
            doc_to_text: doc_to_text.as_ref(),
            doc_to_target: doc_to_target.as_ref(),
            doc_to_choice: doc_to_choice.as_ref(),
            gen_prefix: gen_prefix.clone(),
            fewshot_delimiter: fewshot_delimiter.clone(),
            target_delimiter: target_delimiter.clone(),
        };
        let fewshot = fewshot_config::read(&fewshot_keys, inherited, &mut warnings)?;
        if keys.mark("doc_to_decontamination_query").is_some() {
            warnings.push(format!(
                "{}: `doc_to_decontamination_query` is a Python function, and is not used",
                source.origin("doc_to_decontamination_query").display()
            ));
        }
        let generation_kwargs = keys.generation_kwargs(output_type, &fewshot_delimiter)?;
        let metadata = match keys.value("metadata") {
            Value::Null => json!({}),
            Value::Object(map) => Value::Object(map),
            other => json!({"_metadata": other}),
        };
        Ok(Self {
            task_alias: keys.text("task_alias")?,
            tags: keys.texts("tag")?,
            custom_dataset: keys.function("custom_dataset")?,
            process_docs: keys.function("process_docs")?,
            process_results: keys.function("process_results")?,
            tasks_root: None,
            dataset_path: keys.text("dataset_path")?,
            dataset_name: keys.text("dataset_name")?,
            dataset_kwargs: keys.object("dataset_kwargs")?.cloned().unwrap_or_default(),
            training_split: keys.text("training_split")?,
            validation_split: keys.text("validation_split")?,
            test_split: keys.text("test_split")?,
            description: keys.text("description")?.unwrap_or_default(),
            num_fewshot: keys.count("num_fewshot")?,
            repeats: match keys.count("repeats")?.unwrap_or(1).max(1) {
                many if many > MAX_REPEATS => {
                    return Err(keys.wrong("repeats", format!("must be at most {MAX_REPEATS}")));
                }
                repeats => repeats,
            },
            filter_list: keys.placed("filter_list"),
            metric_list: keys.placed("metric_list"),
            should_decontaminate: keys.flag("should_decontaminate")?,
            doc_to_decontamination_query: match keys.mark("doc_to_decontamination_query") {
                Some(_) => None,
                None => keys.text("doc_to_decontamination_query")?,
            },
            unsafe_code: keys.flag("unsafe_code")?,
            path: source.path.clone(),
            files: source.files(),
            task,
            fewshot_split,
            doc_to_text,
            doc_to_target,
            doc_to_choice,
            target_delimiter,
            fewshot_delimiter,
            gen_prefix,
            fewshot,
            output_type,
            generation_kwargs,
            metadata,
            warnings,
        })
    }

    /// The folder of the task file, which relative data paths start from.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Every Python function that the task needs, each once.
    pub fn functions(&self) -> Vec<HookFunction> {
        let direct = [
            &self.custom_dataset,
            &self.process_docs,
            &self.process_results,
            &self.fewshot.process_docs,
            &self.fewshot.samples_function,
            &self.fewshot.sampler_function,
        ];
        let mut found: Vec<HookFunction> = direct.into_iter().flatten().cloned().collect();
        let fewshot = &self.fewshot;
        for doc_to in [
            &self.doc_to_text,
            &self.doc_to_target,
            &self.doc_to_choice,
            &fewshot.doc_to_text,
            &fewshot.doc_to_target,
            &fewshot.doc_to_choice,
        ] {
            if let Some(DocTo::Function(function)) = doc_to {
                found.push(function.clone());
            }
        }
        for list in [&self.filter_list, &self.metric_list] {
            place_marks(&mut list.clone(), self.folder(), &mut found);
        }
        found.sort();
        found.dedup();
        found
    }

    /// The field that groups dependent documents: `metadata.cluster`.
    pub fn cluster_field(&self) -> Option<&str> {
        self.metadata.get("cluster").and_then(Value::as_str)
    }

    /// The task file's own version: `metadata.version`, as text.
    pub fn version(&self) -> Option<String> {
        self.metadata.get("version").map(py_str)
    }

    /// The splits that are measured on and that examples come from.
    pub fn read_splits(&self) -> std::collections::BTreeSet<String> {
        crate::dataset::read_splits(self)
    }

    /// Whether `metric_list` names `metric`.
    pub fn has_metric(&self, metric: &str) -> bool {
        self.metric_list.as_array().is_some_and(|list| {
            list.iter().any(|entry| entry.get("metric").and_then(Value::as_str) == Some(metric))
        })
    }
}

/// Typed access to the keys of one mapping.
pub(super) struct Keys<'a> {
    pub(super) map: &'a Map<String, Value>,
    pub(super) path: &'a Path,
    pub(super) prefix: &'static str,
    pub(super) source: Option<&'a Source>,
}

impl<'a> Keys<'a> {
    pub(super) fn wrong(&self, key: &str, problem: String) -> TaskError {
        TaskError::Config {
            path: self.source.map_or(self.path, |source| source.origin(key)).to_path_buf(),
            key: format!("{}{key}", self.prefix),
            problem,
        }
    }

    fn value(&self, key: &str) -> Value {
        self.map.get(key).cloned().unwrap_or(Value::Null)
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<String>, TaskError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) => Ok(Some(py_str(value))),
            Some(Value::Array(_) | Value::Object(_)) => Err(self.wrong(key, "must be text".to_owned())),
        }
    }

    /// The folder of the file that sets `key`.
    fn folder(&self, key: &str) -> &Path {
        let path = self.source.map_or(self.path, |source| source.origin(key));
        path.parent().unwrap_or(Path::new(""))
    }

    /// The Python function at `key`; `None` where something else stands there.
    pub(super) fn mark(&self, key: &str) -> Option<HookFunction> {
        self.map.get(key).and_then(|value| HookFunction::of_mark(value, self.folder(key)))
    }

    /// The Python function at `key`, where nothing else may stand.
    pub(super) fn function(&self, key: &str) -> Result<Option<HookFunction>, TaskError> {
        match (self.mark(key), self.map.get(key)) {
            (Some(function), _) => Ok(Some(function)),
            (None, None | Some(Value::Null)) => Ok(None),
            (None, Some(_)) => Err(self.wrong(key, "must be `!function module.name`".to_owned())),
        }
    }

    /// The value at `key`, its marks with their folder.
    fn placed(&self, key: &str) -> Value {
        let mut value = self.value(key);
        place_marks(&mut value, self.folder(key), &mut Vec::new());
        value
    }

    fn texts(&self, key: &str) -> Result<Vec<String>, TaskError> {
        match self.map.get(key) {
            Some(Value::Array(items)) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
                Ok(items.iter().map(py_str).collect())
            }
            Some(Value::Array(_)) => Err(self.wrong(key, "must be text or a list of texts".to_owned())),
            _ => Ok(self.text(key)?.into_iter().collect()),
        }
    }

    fn object(&self, key: &str) -> Result<Option<&'a Map<String, Value>>, TaskError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(_) => Err(self.wrong(key, "must be a mapping".to_owned())),
        }
    }

    fn flag(&self, key: &str) -> Result<bool, TaskError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.wrong(key, "must be true or false".to_owned())),
        }
    }

    fn count(&self, key: &str) -> Result<Option<u32>, TaskError> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_u64()
                .and_then(|count| u32::try_from(count).ok())
                .map(Some)
                .ok_or_else(|| self.wrong(key, "must be a whole number from 0".to_owned())),
        }
    }

    pub(super) fn doc_to(&self, key: &str) -> Result<Option<DocTo>, TaskError> {
        if let Some(function) = self.mark(key) {
            return Ok(Some(DocTo::Function(function)));
        }
        Ok(match self.map.get(key) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(DocTo::Text(text.clone())),
            Some(Value::Array(items)) => Some(DocTo::List(items.clone())),
            Some(Value::Object(map)) if key == "doc_to_choice" => {
                Some(DocTo::List(map.values().cloned().collect()))
            }
            Some(Value::Bool(flag)) => Some(DocTo::Int(i64::from(*flag))),
            Some(value) => match value.as_i64() {
                Some(number) => Some(DocTo::Int(number)),
                None => {
                    return Err(
                        self.wrong(key, "must be a field name, a template, a number or a list".to_owned())
                    );
                }
            },
        })
    }

    fn refuse_unsupported(&self) -> Result<(), TaskError> {
        for key in ["doc_to_image", "doc_to_audio"] {
            if !matches!(self.map.get(key), None | Some(Value::Null)) {
                return Err(self.wrong(key, "images and audio are not supported".to_owned()));
            }
        }
        match self.map.get("use_prompt") {
            None | Some(Value::Null) => Ok(()),
            Some(_) => Err(self.wrong(
                "use_prompt",
                "prompts of the promptsource package are not supported; write the template into the task file".to_owned(),
            )),
        }
    }

    fn output_type(&self) -> Result<OutputType, TaskError> {
        match self.text("output_type")?.as_deref() {
            None | Some("generate_until") => Ok(OutputType::GenerateUntil),
            Some("loglikelihood") => Ok(OutputType::Loglikelihood),
            Some("loglikelihood_rolling") => Ok(OutputType::LoglikelihoodRolling),
            Some("multiple_choice") => Ok(OutputType::MultipleChoice),
            Some(other) => Err(self.wrong(
                "output_type",
                format!(
                    "`{other}` is none of `loglikelihood`, `loglikelihood_rolling`, `generate_until`, `multiple_choice`"
                ),
            )),
        }
    }

    fn generation_kwargs(&self, output: OutputType, fewshot_delimiter: &str) -> Result<Value, TaskError> {
        let key = "generation_kwargs";
        let Some(set) = self.object(key)? else {
            return Ok(if output == OutputType::GenerateUntil {
                json!({"temperature": 0.0, "do_sample": false, "max_gen_toks": 256, "until": [fewshot_delimiter]})
            } else {
                Value::Null
            });
        };
        let mut kwargs = set.clone();
        if let Some(value) = kwargs.get_mut("temperature") {
            let number = match value {
                Value::String(text) => text.trim().parse().ok(),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                    value.as_f64()
                }
            };
            let number =
                number.filter(|number: &f64| number.is_finite() && *number >= 0.0).ok_or_else(|| {
                    self.wrong("generation_kwargs.temperature", "must be a number from 0".to_owned())
                })?;
            *value = Value::from(number);
        }
        if !kwargs.contains_key("until") {
            kwargs.insert("until".to_owned(), json!([fewshot_delimiter]));
        }
        Ok(Value::Object(kwargs))
    }
}
