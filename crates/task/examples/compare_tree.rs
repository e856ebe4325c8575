//! Compares what daepyo makes of a folder of task files with what lm-eval makes of it:
//! `compare_tree FOLDER LM_EVAL.jsonl`, where the second is what `xtask/python/lm_eval_tree.py --dump` wrote.
//!
//! Prints each difference, then one line with counts as JSON. Keys are compared after includes and group settings; of
//! tasks that daepyo runs, also every setting with its default.

use daepyo_task::hook::HookFunction;
use daepyo_task::{DocTo, EntryKind, Merged, TaskConfig, TaskError, TaskIndex};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeSet,
    error::Error,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
};

/// Counts and differences.
#[derive(Default)]
struct Compared {
    names: usize,
    settings: usize,
    members: usize,
    settings_refused: usize,
    /// What is different on purpose, with the reason.
    explained: Vec<String>,
    differences: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(dump)) = (arguments.next(), arguments.next()) else {
        return Err("usage: compare_tree FOLDER LM_EVAL.jsonl".into());
    };
    let folder = PathBuf::from(folder);
    let index = TaskIndex::build(std::slice::from_ref(&folder))?;
    let mut compared = Compared::default();
    let mut theirs = BTreeSet::new();
    for line in BufReader::new(std::fs::File::open(dump)?).lines() {
        let record: Value = serde_json::from_str(&line?)?;
        if let Some(name) = record.get("name").and_then(Value::as_str) {
            theirs.insert(name.to_owned());
            compared.names += 1;
            compared.name(&index, &folder, name, &record);
        }
    }
    for (name, _) in index.entries().filter(|(name, _)| !theirs.contains(*name)) {
        compared.differ(name, "only daepyo has the name");
    }
    let mut out = std::io::stdout().lock();
    for explained in &compared.explained {
        writeln!(out, "on purpose: {explained}")?;
    }
    for difference in &compared.differences {
        writeln!(out, "{difference}")?;
    }
    let Compared { names, settings, members, settings_refused, explained, differences } = compared;
    let counts = json!({
        "names": names, "settings": settings, "members": members, "settings_refused": settings_refused,
        "explained": explained.len(), "differences": differences.len(),
    });
    writeln!(out, "{counts}")?;
    Ok(())
}

impl Compared {
    fn differ(&mut self, name: &str, what: impl std::fmt::Display) {
        self.differences.push(format!("{name}: {what}"));
    }

    fn explain(&mut self, name: &str, why: impl std::fmt::Display) {
        self.explained.push(format!("{name}: {why}"));
    }

    fn equal(&mut self, name: &str, what: &str, ours: &Value, theirs: &Value) {
        if !same(ours, theirs) {
            self.differ(name, format!("{what}: ours {ours}, lm-eval's {theirs}"));
        }
    }

    fn name(&mut self, index: &TaskIndex, folder: &Path, name: &str, record: &Value) {
        let Some(entry) = index.get(name) else { return self.differ(name, "only lm-eval has the name") };
        let (kind, members) = match &entry.kind {
            EntryKind::Task => ("task", Value::Null),
            EntryKind::PythonTask => ("class", Value::Null),
            EntryKind::Group => ("group", Value::Null),
            EntryKind::Tag { members } => ("tag", json!(members)),
        };
        self.equal(name, "kind", &json!(kind), field(record, "kind"));
        let path = entry.path.as_deref().map(|path| path.strip_prefix(folder).unwrap_or(path));
        self.equal(name, "file", &json!(path), field(record, "path"));
        match kind {
            "tag" => self.equal(name, "members", &members, field(record, "members")),
            "group" => self.group_named(index, name, record),
            _ => self.task(index, name, record),
        }
    }

    fn task(&mut self, index: &TaskIndex, name: &str, record: &Value) {
        match index.merged(name).map(|mut all| all.pop()) {
            Ok(Some(Merged::Task(task))) => {
                self.equal(name, "keys", &Value::Object(task.keys), field(record, "merged"));
            }
            Ok(_) => self.differ(name, "is no task"),
            Err(error) => self.differ(name, error),
        }
        let theirs = field(record, "config");
        match index.task(name) {
            Ok(config) if theirs.is_object() => {
                self.settings += 1;
                for (key, ours) in typed(&config) {
                    let theirs = defaulted(&key, field(theirs, &key));
                    self.equal(name, &key, &ours, &theirs);
                }
            }
            Ok(_) => self.explain(name, format!("only lm-eval refuses it: {}", field(record, "error"))),
            Err(TaskError::NeedsPython { .. }) => self.settings_refused += 1,
            Err(error) => {
                self.settings_refused += 1;
                if !theirs.is_object() {
                    self.explain(name, format!("both refuse it: {error}"));
                } else if !error.to_string().contains("are not supported") {
                    self.differ(name, error);
                }
            }
        }
    }

    fn group_named(&mut self, index: &TaskIndex, name: &str, record: &Value) {
        let refused = record.get("error").is_some();
        match index.merged(name).map(|mut all| all.pop()) {
            Ok(Some(group @ Merged::Group { .. })) if !refused => self.group(index, name, &group, record),
            Ok(_) => {
                self.explain(name, format!("only lm-eval refuses the group: {}", field(record, "error")));
            }
            Err(error) if refused => self.explain(name, format!("both refuse the group: {error}")),
            Err(error @ TaskError::NeedsPython { .. }) => {
                self.explain(
                    name,
                    format!("a function as a group's metric matches none of its tasks': {error}"),
                );
            }
            Err(error) => self.differ(name, error),
        }
    }

    fn group(&mut self, index: &TaskIndex, name: &str, ours: &Merged, theirs: &Value) {
        let Merged::Group { alias, aggregate, metadata, members, .. } = ours else {
            return self.differ(name, "is no group");
        };
        self.equal(name, "alias", &json!(alias), field(theirs, "alias"));
        self.equal(
            name,
            "metadata",
            &defaulted("metadata", metadata),
            &defaulted("metadata", field(theirs, "metadata")),
        );
        let aggregate: Vec<Value> = aggregate
            .iter()
            .map(|one| {
                json!({
                    "metric": one.metric, "filter_list": one.filter_list, "aggregation": "mean",
                    "weight_by_size": one.weight_by_size,
                })
            })
            .collect();
        self.equal(name, "aggregate", &Value::Array(aggregate), &truthful(field(theirs, "aggregate")));
        let empty = Vec::new();
        let theirs = field(theirs, "members").as_array().unwrap_or(&empty);
        let members = last_of_each(members);
        let is_renamed = |member: &Value| {
            let renamed = member.get("changed").and_then(|changed| changed.get("task"));
            let tag = renamed.and_then(Value::as_str).and_then(|name| index.get(name));
            tag.is_some_and(|entry| matches!(entry.kind, EntryKind::Tag { .. }))
        };
        if theirs.iter().any(is_renamed) {
            return self.explain(
                name,
                "lm-eval gives all tasks of a tag that has settings the tag's name, and so keeps one of them",
            );
        }
        if members.len() != theirs.len() {
            return self.differ(name, format!("{} members, lm-eval has {}", members.len(), theirs.len()));
        }
        for (ours, theirs) in members.into_iter().zip(theirs) {
            self.member(index, name, ours, theirs);
        }
    }

    fn member(&mut self, index: &TaskIndex, group: &str, ours: &Merged, theirs: &Value) {
        self.members += 1;
        match ours {
            Merged::Group { name, .. } => {
                self.equal(group, "member", &json!(name), field(theirs, "group"));
                self.group(index, name, ours, theirs);
            }
            Merged::Task(task) => {
                self.equal(group, "member", &json!(task.name()), field(theirs, "task"));
                let base = match index.merged(task.name()).map(|mut all| all.pop()) {
                    Ok(Some(Merged::Task(base))) => base.keys,
                    _ => Map::new(),
                };
                let is_changed = |key: &str, value: &Value| {
                    !["tag", "group", "task_list"].contains(&key) && base.get(key) != Some(value)
                };
                let changed: Map<String, Value> = task
                    .keys
                    .iter()
                    .filter(|(key, value)| is_changed(key, value))
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                self.equal(
                    group,
                    &format!("settings of {}", task.name()),
                    &Value::Object(changed),
                    field(theirs, "changed"),
                );
            }
        }
    }
}

/// lm-eval keeps the members of a group by name: of two with one name the later takes the place of the first.
fn last_of_each(members: &[Merged]) -> Vec<&Merged> {
    let name = |member: &Merged| match member {
        Merged::Task(task) => task.name().to_owned(),
        Merged::Group { name, .. } => name.clone(),
    };
    let mut kept: Vec<(String, &Merged)> = Vec::new();
    for member in members {
        let own = name(member);
        match kept.iter_mut().find(|(name, _)| *name == own) {
            Some(place) => place.1 = member,
            None => kept.push((own, member)),
        }
    }
    kept.into_iter().map(|(_, member)| member).collect()
}

/// `weight_by_size` as Python takes it where it is a condition: any text but the empty one is true.
fn truthful(aggregate: &Value) -> Value {
    let mut aggregate = aggregate.clone();
    for one in aggregate.as_array_mut().into_iter().flatten() {
        if let Some(value) = one.get_mut("weight_by_size")
            && let Some(text) = value.as_str()
        {
            *value = json!(!text.is_empty());
        }
    }
    aggregate
}

fn field<'a>(value: &'a Value, key: &str) -> &'a Value {
    value.get(key).unwrap_or(&Value::Null)
}

/// Equal as Python sees it: null is absence, and a number is its text where ours is text (a data set named 2024).
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let is_set = |(_, value): &(&String, &Value)| !value.is_null();
            ours.iter().filter(is_set).count() == theirs.iter().filter(is_set).count()
                && ours
                    .iter()
                    .filter(is_set)
                    .all(|(key, value)| theirs.get(key).is_some_and(|theirs| same(value, theirs)))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Value::String(text), Value::Number(number)) => *text == number.to_string(),
        (Value::Number(ours), Value::Number(theirs)) => ours == theirs || ours.as_f64() == theirs.as_f64(),
        _ => ours == theirs,
    }
}

/// A setting of lm-eval in the form in which daepyo has it.
fn defaulted(key: &str, theirs: &Value) -> Value {
    match (key, theirs) {
        ("dataset_kwargs" | "metadata", Value::Null) => json!({}),
        ("description", Value::Null) => json!(""),
        ("unsafe_code" | "should_decontaminate", Value::Null) => json!(false),
        ("doc_to_choice", Value::Object(map)) if !map.contains_key("!function") => {
            map.values().cloned().collect()
        }
        // It is asked for by lm-eval's decontamination alone, which daepyo has not.
        ("doc_to_decontamination_query", Value::Object(map)) if map.contains_key("!function") => Value::Null,
        ("doc_to_text" | "doc_to_target", Value::Bool(flag)) => json!(i64::from(*flag)),
        ("fewshot_config", Value::Object(map)) => {
            map.iter().map(|(key, value)| (key.clone(), defaulted(key, value))).collect()
        }
        _ => theirs.clone(),
    }
}

fn doc_to(from: Option<&DocTo>) -> Value {
    match from {
        None => Value::Null,
        Some(DocTo::Text(text)) => json!(text),
        Some(DocTo::Int(number)) => json!(number),
        Some(DocTo::List(items)) => json!(items),
        Some(DocTo::Function(found)) => function(Some(found)),
    }
}

fn function(from: Option<&HookFunction>) -> Value {
    from.map_or(Value::Null, |function| json!({"!function": function.name}))
}

/// Without the folders that marks of functions bear beside their names.
fn unplaced(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(unplaced).collect(),
        Value::Object(map) => {
            let keys = map.iter().filter(|(key, _)| *key != "!folder");
            keys.map(|(key, value)| (key.clone(), unplaced(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Every setting under lm-eval's name for it.
fn typed(config: &TaskConfig) -> Map<String, Value> {
    let fewshot = &config.fewshot;
    let sampler = match fewshot.sampler {
        daepyo_task::SamplerKind::Random => "default",
        daepyo_task::SamplerKind::FirstN => "first_n",
    };
    let written_out = match &fewshot.samples_function {
        Some(found) => function(Some(found)),
        None => json!(fewshot.samples),
    };
    let settings = json!({
        "task": config.task, "task_alias": config.task_alias, "dataset_path": config.dataset_path,
        "dataset_name": config.dataset_name, "dataset_kwargs": config.dataset_kwargs,
        "training_split": config.training_split, "validation_split": config.validation_split,
        "test_split": config.test_split, "fewshot_split": config.fewshot_split,
        "doc_to_text": doc_to(config.doc_to_text.as_ref()), "doc_to_target": doc_to(config.doc_to_target.as_ref()),
        "doc_to_choice": doc_to(config.doc_to_choice.as_ref()), "description": config.description,
        "target_delimiter": config.target_delimiter, "fewshot_delimiter": config.fewshot_delimiter,
        "gen_prefix": config.gen_prefix, "num_fewshot": config.num_fewshot,
        "output_type": config.output_type.name(), "generation_kwargs": config.generation_kwargs,
        "repeats": config.repeats, "filter_list": unplaced(&config.filter_list), "metric_list": unplaced(&config.metric_list),
        "process_docs": function(config.process_docs.as_ref()),
        "metadata": config.metadata, "should_decontaminate": config.should_decontaminate,
        "doc_to_decontamination_query": config.doc_to_decontamination_query, "unsafe_code": config.unsafe_code,
        "fewshot_config": {
            "sampler": sampler, "split": fewshot.split, "samples": written_out,
            "process_docs": function(fewshot.process_docs.as_ref()),
            "fewshot_indices": fewshot.indices, "doc_to_text": doc_to(fewshot.doc_to_text.as_ref()),
            "doc_to_target": doc_to(fewshot.doc_to_target.as_ref()),
            "doc_to_choice": doc_to(fewshot.doc_to_choice.as_ref()), "gen_prefix": fewshot.gen_prefix,
            "fewshot_delimiter": fewshot.fewshot_delimiter, "target_delimiter": fewshot.target_delimiter,
        },
    });
    match settings {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}
