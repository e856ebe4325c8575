//! Requests: context, continuation, generation arguments, messages, target, choices and the examples that were drawn.

use crate::{
    Setup,
    rows::{Compared, Difference, explained, lines},
    same,
};
use daepyo_core::{Prompt, Request};
use daepyo_task::{
    ChatStyle, CompiledChatTemplate, Instance, LoadOptions, OutputType, Target, Task, TaskConfig, py_str,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
};

/// One request of lm-eval.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    task: String,
    setting: String,
    doc: usize,
    kind: String,
    context: Option<Value>,
    text: Option<Value>,
    continuation: Option<Value>,
    gen_kwargs: Option<Value>,
    messages: Option<Value>,
    target: Option<Value>,
    choices: Option<Value>,
    /// The places of the examples; there on the first row of each document.
    examples: Option<Vec<Option<usize>>>,
}

/// The rows of one task.
#[derive(Debug)]
pub(crate) struct TaskRows {
    name: String,
    /// By setting, in the order in which they were asked.
    settings: Vec<(String, Vec<Row>)>,
}

/// How a setting is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shots {
    count: Option<u32>,
    multiturn: bool,
}

/// The tasks of a family that lm-eval made requests of.
pub(crate) fn read(setup: &Setup, family: &str) -> Result<Vec<TaskRows>, Box<dyn Error>> {
    let mut tasks: Vec<TaskRows> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for row in lines::<Row>(&setup.rows.join(format!("{family}.jsonl")))? {
        if !row.task.contains(&setup.only) {
            continue;
        }
        let place = *places.entry(row.task.clone()).or_insert_with(|| {
            tasks.push(TaskRows { name: row.task.clone(), settings: Vec::new() });
            tasks.len() - 1
        });
        let Some(task) = tasks.get_mut(place) else { continue };
        match task.settings.last_mut() {
            Some((setting, rows)) if *setting == row.setting => rows.push(row),
            _ => task.settings.push((row.setting.clone(), vec![row])),
        }
    }
    Ok(tasks)
}

fn shots(setting: &str) -> Shots {
    let count = setting.split('-').next().and_then(|count| count.parse().ok());
    Shots { count, multiturn: !setting.ends_with("-single") }
}

/// Compares one task in all settings.
pub(crate) fn compare(
    setup: &Setup,
    template: &CompiledChatTemplate,
    family: &str,
    rows: &TaskRows,
) -> Compared {
    let blank = || Compared { family: family.to_owned(), task: rows.name.clone(), ..Compared::default() };
    match setup.index.task(&rows.name) {
        Ok(config) => setup.either(!config.functions().is_empty(), |options| {
            let mut compared = blank();
            in_all_settings(&config, options, template, rows, &mut compared);
            compared
        }),
        Err(error) => Compared { refused: Some((error.code().to_owned(), explained(&error))), ..blank() },
    }
}

fn in_all_settings(
    config: &TaskConfig,
    options: &LoadOptions,
    template: &CompiledChatTemplate,
    rows: &TaskRows,
    compared: &mut Compared,
) {
    let mut loaded: BTreeMap<Shots, Result<Task, String>> = BTreeMap::new();
    for (setting, rows) in &rows.settings {
        let mut shots = shots(setting);
        // Turns matter only where there are examples.
        shots.multiturn |= shots.count == Some(0);
        let task = loaded.entry(shots).or_insert_with(|| load(config, options, shots));
        compared.settings += 1;
        compared.rows += rows.len();
        match task {
            Ok(task) => Comparison { task, setting, template, out: compared }.all(rows),
            Err(problem) => {
                let difference = Difference {
                    setting: setting.clone(),
                    document: None,
                    place: None,
                    field: "load".to_owned(),
                    ours: Value::from(problem.as_str()),
                    theirs: Value::Null,
                };
                compared.differences.push(difference);
            }
        }
    }
}

fn load(config: &TaskConfig, options: &LoadOptions, shots: Shots) -> Result<Task, String> {
    let options =
        LoadOptions { num_fewshot: shots.count, fewshot_as_multiturn: shots.multiturn, ..options.clone() };
    Task::from_config(config.clone(), &options).map_err(|error| explained(&error))
}

/// One task in one setting.
struct Comparison<'a> {
    task: &'a Task,
    setting: &'a str,
    template: &'a CompiledChatTemplate,
    out: &'a mut Compared,
}

impl Comparison<'_> {
    fn differ(
        &mut self,
        document: Option<usize>,
        place: Option<usize>,
        field: &str,
        (ours, theirs): (Value, Value),
    ) {
        self.out.differences.push(Difference {
            setting: self.setting.to_owned(),
            document,
            place,
            field: field.to_owned(),
            ours,
            theirs,
        });
    }

    fn style(&self) -> ChatStyle<'_> {
        if self.setting.contains("chat") { ChatStyle::Template(self.template) } else { ChatStyle::Plain }
    }

    fn all(&mut self, rows: &[Row]) {
        let mut documents: Vec<&[Row]> = rows.chunk_by(|first, second| first.doc == second.doc).collect();
        documents.sort_by_key(|rows| rows.first().map(|row| row.doc));
        self.out.values += 1;
        if documents.len() != self.task.len() {
            self.differ(None, None, "documents", (json!(self.task.len()), json!(documents.len())));
        }
        for rows in documents {
            let Some(first) = rows.first() else { continue };
            match self.task.instance(first.doc, self.style()) {
                Ok(instance) => self.document(&instance, first, rows),
                Err(error) => {
                    self.differ(
                        Some(first.doc),
                        None,
                        "instance",
                        (json!(explained(&error)), first.context.clone().unwrap_or_default()),
                    );
                }
            }
        }
    }

    fn document(&mut self, instance: &Instance, first: &Row, rows: &[Row]) {
        let config = self.task.config();
        let repeats = usize::try_from(config.repeats).unwrap_or(1);
        let generates = config.output_type == OutputType::GenerateUntil;
        let count =
            if generates { instance.requests.len().div_ceil(repeats) } else { instance.requests.len() };
        let document = Some(first.doc);
        self.out.values += 1;
        if count != rows.len() {
            self.differ(document, None, "requests", (json!(count), json!(rows.len())));
        }
        for (place, (request, row)) in instance.requests.iter().zip(rows).enumerate() {
            for (field, ours, theirs) in fields(config, request, row) {
                self.out.values += 1;
                if !same::values(&ours, theirs) {
                    self.differ(document, Some(place), field, (ours, theirs.clone()));
                }
            }
            if let Some(theirs) = &row.messages
                && generates
            {
                self.messages(first.doc, theirs);
            }
        }
        self.target(instance, first);
        if let Some(theirs) = first.choices.as_ref().filter(|choices| !choices.is_null()) {
            self.out.values += 1;
            if !same::texts(&instance.choices, theirs) {
                self.differ(document, None, "choices", (json!(instance.choices), theirs.clone()));
            }
        }
        self.examples(first);
    }

    /// What is sent to a server that applies its own template.
    fn messages(&mut self, document: usize, theirs: &Value) {
        let ours = match self.task.requests(document, ChatStyle::Native) {
            Ok(requests) => match requests.first() {
                Some(Request::Generate { prompt: Prompt::Chat(messages), .. }) => json!(messages),
                _ => Value::Null,
            },
            Err(error) => Value::from(explained(&error)),
        };
        self.out.values += 1;
        if !same::values(&ours, theirs) {
            self.differ(Some(document), Some(0), "messages", (ours, theirs.clone()));
        }
    }

    fn examples(&mut self, first: &Row) {
        let theirs: Option<Vec<usize>> =
            first.examples.as_ref().and_then(|places| places.iter().copied().collect());
        // Whole texts have no examples, and lm-eval draws none.
        let Some(theirs) =
            theirs.filter(|_| self.task.config().output_type != OutputType::LoglikelihoodRolling)
        else {
            return;
        };
        let ours = self.task.examples(first.doc);
        self.out.values += 1;
        if ours != theirs {
            self.differ(Some(first.doc), None, "examples", (json!(ours), json!(theirs)));
        }
    }

    fn target(&mut self, instance: &Instance, first: &Row) {
        let config = self.task.config();
        // Where the choices stand in the question, `doc_to_target` is the continuation, which is compared as such.
        let Some(theirs) = first.target.as_ref().filter(|_| !self.task.multiple_input()) else { return };
        let expected = expected(config.output_type, theirs, &instance.choices);
        let ours = match &instance.target {
            Target::Text(text) => json!(text),
            Target::Texts(texts) => json!(texts),
            Target::Choice(place) => json!(place),
            Target::Choices(places) => json!(places),
            Target::Value(value) => value.clone(),
        };
        self.out.values += 1;
        if !same::values(&ours, &expected) {
            self.differ(Some(first.doc), None, "target", (ours, theirs.clone()));
        }
    }
}

/// What lm-eval's scoring makes of a target, in daepyo's form.
fn expected(output: OutputType, theirs: &Value, choices: &[String]) -> Value {
    let place = |value: &Value| match value {
        Value::String(text) => choices.iter().position(|choice| choice == text).map(|place| json!(place)),
        other => Some(other.clone()),
    };
    match (output, theirs) {
        (OutputType::MultipleChoice, Value::Array(items)) => {
            items.iter().map(|item| place(item).unwrap_or_default()).collect()
        }
        (OutputType::MultipleChoice, one) => place(one).unwrap_or_else(|| one.clone()),
        (OutputType::GenerateUntil, value) if !choices.is_empty() => {
            let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
            number.and_then(|number| choices.get(number)).map_or_else(|| value.clone(), |text| json!(text))
        }
        (_, Value::Array(items)) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            items.iter().map(|item| json!(py_str(item))).collect()
        }
        (_, Value::Array(_) | Value::Object(_)) => theirs.clone(),
        (_, one) => json!(py_str(one)),
    }
}

/// The fields of one request, by name: ours and theirs.
fn fields<'r>(config: &TaskConfig, request: &Request, row: &'r Row) -> Vec<(&'static str, Value, &'r Value)> {
    const NONE: &Value = &Value::Null;
    let theirs = |value: &'r Option<Value>| value.as_ref().unwrap_or(NONE);
    let kind = match request {
        Request::Loglikelihood { .. } => "loglikelihood",
        Request::LoglikelihoodRolling { .. } => "loglikelihood_rolling",
        Request::Generate { .. } => "generate_until",
    };
    if kind != row.kind {
        return vec![("kind", json!(kind), NONE)];
    }
    match request {
        Request::Loglikelihood { context, continuation } => vec![
            ("context", json!(context), theirs(&row.context)),
            ("continuation", json!(continuation), theirs(&row.continuation)),
        ],
        Request::LoglikelihoodRolling { text } => vec![("text", json!(text), theirs(&row.text))],
        Request::Generate { prompt, .. } => {
            let context = match prompt {
                Prompt::Text(text) => json!(text),
                Prompt::Chat(messages) => json!(messages),
            };
            vec![
                ("context", context, theirs(&row.context)),
                ("gen_kwargs", config.generation_kwargs.clone(), theirs(&row.gen_kwargs)),
            ]
        }
    }
}
