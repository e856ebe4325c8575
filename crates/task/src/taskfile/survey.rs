//! How every task, group and tag of some folders would run, told without any data.

use super::{
    config::{DocTo, TaskConfig},
    functions::{self, Function},
    group::{Builder, Leaves, Tree},
    index::{EntryKind, TaskIndex},
    source::{Layers, Source, is_reached},
};
use crate::{TaskError, hook::HookFunction, native::Ports, prompt::Templates, score::Scorer};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Everything under some folders of task files.
#[derive(Debug)]
pub struct Survey {
    rows: Vec<SurveyRow>,
    problems: Vec<Arc<TaskError>>,
    warnings: Vec<String>,
}

/// One name, and how what it stands for would run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyRow {
    /// The name.
    pub name: String,
    /// What it stands for.
    pub kind: NameKind,
    /// Its file; tags have none.
    pub file: Option<PathBuf>,
    /// How it would run.
    pub way: Way,
    /// Harmless problems of its file and of those included, each with file and line where it has one.
    pub warnings: Vec<String>,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// One task.
    Task,
    /// A group of tasks and groups.
    Group,
    /// A tag that tasks bear.
    Tag,
}

impl NameKind {
    /// `task`, `group` or `tag`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Group => "group",
            Self::Tag => "tag",
        }
    }
}

/// How a task would run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// From its file alone.
    Native,
    /// With Python that its file names, all of which daepyo does itself.
    Ported {
        /// What is named, sorted by key.
        functions: Vec<Function>,
    },
    /// With Python that its file names.
    Hook {
        /// What is named, sorted by key.
        functions: Vec<Function>,
    },
    /// Not: the whole task is a Python class.
    Class {
        /// The class, as the file names it.
        name: String,
    },
    /// Not: the file asks for something else that daepyo does not have, or has a mistake.
    Refused {
        /// The error's code, such as `task::config`.
        code: &'static str,
        /// The error's text.
        reason: String,
    },
    /// As its tasks do: a group or tag.
    Members(WayCounts),
}

impl Way {
    /// `native`, `ported`, `hook`, `class`, `refused` or `members`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Ported { .. } => "ported",
            Self::Hook { .. } => "hook",
            Self::Class { .. } => "class",
            Self::Refused { .. } => "refused",
            Self::Members(_) => "members",
        }
    }

    fn refused(error: &TaskError) -> Self {
        Self::Refused { code: error.code(), reason: error.to_string() }
    }
}

/// How many tasks run in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WayCounts {
    /// [`Way::Native`].
    pub native: usize,
    /// [`Way::Ported`].
    pub ported: usize,
    /// [`Way::Hook`].
    pub hook: usize,
    /// [`Way::Class`].
    pub class: usize,
    /// [`Way::Refused`].
    pub refused: usize,
}

impl WayCounts {
    /// All of them.
    pub const fn total(self) -> usize {
        self.native + self.ported + self.hook + self.class + self.refused
    }

    fn add(&mut self, way: &Way) {
        match way {
            Way::Native => self.native += 1,
            Way::Ported { .. } => self.ported += 1,
            Way::Hook { .. } => self.hook += 1,
            Way::Class { .. } => self.class += 1,
            Way::Refused { .. } => self.refused += 1,
            Way::Members(counts) => {
                self.native += counts.native;
                self.ported += counts.ported;
                self.hook += counts.hook;
                self.class += counts.class;
                self.refused += counts.refused;
            }
        }
    }
}

impl TaskIndex {
    /// Reads every task file under `paths`, as [`TaskIndex::build`] does, and tells of every name how it would run. No
    /// data is looked for and no Python started. Fails only where a path can't be read.
    pub fn survey(paths: &[PathBuf]) -> Result<Survey, TaskError> {
        let mut judge = Judge { roots: paths.to_vec(), ..Judge::default() };
        let mut found: BTreeMap<String, Seen> = BTreeMap::new();
        let index = Self::build_with(paths, &mut |name, layers| {
            let seen = if layers.get("group").is_some() && layers.get("class").is_none() {
                (Way::Members(WayCounts::default()), layers.merge().warnings())
            } else {
                judge.layers(layers)
            };
            found.insert(name.to_owned(), seen);
        })?;
        let mut rows = Vec::new();
        let mut leaves = Ways { found: &found, judge: &mut judge };
        let mut builder = Builder::new(&index, &mut leaves);
        for (name, entry) in index.entries() {
            let (own, warnings) = found.get(name).cloned().unwrap_or((Way::Native, Vec::new()));
            let (kind, way) = match entry.kind {
                EntryKind::Task | EntryKind::PythonTask => (NameKind::Task, own),
                EntryKind::Group => (NameKind::Group, members(&mut builder, name)),
                EntryKind::Tag { .. } => (NameKind::Tag, members(&mut builder, name)),
            };
            rows.push(SurveyRow { name: name.to_owned(), kind, file: entry.path.clone(), way, warnings });
        }
        let (problems, warnings) = index.into_remarks();
        Ok(Survey { rows, problems, warnings })
    }
}

impl Survey {
    /// Every name, in order.
    pub fn rows(&self) -> &[SurveyRow] {
        &self.rows
    }

    /// How many tasks run in which way; each task counts once, however many groups hold it.
    pub fn counts(&self) -> WayCounts {
        let mut counts = WayCounts::default();
        for row in self.rows.iter().filter(|row| row.kind == NameKind::Task) {
            counts.add(&row.way);
        }
        counts
    }

    /// How many names are of this kind.
    pub fn count(&self, kind: NameKind) -> usize {
        self.rows.iter().filter(|row| row.kind == kind).count()
    }

    /// Files that define no name, or could not be understood.
    pub fn problems(&self) -> &[Arc<TaskError>] {
        &self.problems
    }

    /// Harmless problems of the folders as a whole, such as two files with one name.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// What becomes of the tasks in the group or tag called `name`.
fn members(builder: &mut Builder<'_, Ways<'_>>, name: &str) -> Way {
    match builder.named(name) {
        Ok(trees) => {
            let mut counts = WayCounts::default();
            for tree in &trees {
                count(tree, &mut counts);
            }
            Way::Members(counts)
        }
        Err(error) => Way::refused(&error),
    }
}

fn count(tree: &Tree<Way>, counts: &mut WayCounts) {
    match tree {
        Tree::Task(way) => counts.add(way),
        Tree::Group(_, members) => {
            for member in members {
                count(member, counts);
            }
        }
    }
}

/// Tells of each member of a group how it would run; of those to which the group adds nothing that is known.
struct Ways<'a> {
    found: &'a BTreeMap<String, Seen>,
    judge: &'a mut Judge,
}

impl Leaves for Ways<'_> {
    type Made = Way;

    fn task(&mut self, source: Source) -> Result<Way, TaskError> {
        Ok(self.judge.task(source, Vec::new()).0)
    }

    fn unchanged(&mut self, name: &str) -> Option<Way> {
        // What was named names nobody needs of a group's members.
        self.found.get(name).map(|(way, _)| match way {
            Way::Ported { .. } => Way::Ported { functions: Vec::new() },
            Way::Hook { .. } => Way::Hook { functions: Vec::new() },
            Way::Native | Way::Class { .. } | Way::Refused { .. } | Way::Members(_) => way.clone(),
        })
    }
}

/// What a file includes, by place in memory, and which plain keys it sets itself.
type Likeness = (Vec<*const ()>, Vec<&'static str>);

/// How a task would run, and its warnings.
type Seen = (Way, Vec<String>);

/// Tells how tasks would run; what many tasks share is looked at once.
#[derive(Default)]
struct Judge {
    /// The folders of task files.
    roots: Vec<PathBuf>,
    ports: Ports,
    templates: Option<Templates>,
    compiled: BTreeSet<String>,
    scoring: BTreeMap<String, Option<(&'static str, String)>>,
    alike: BTreeMap<Likeness, Seen>,
}

/// Keys that, set to plain text, change nothing of the way in which a task runs.
const PLAIN: [&str; 12] = [
    "task",
    "task_alias",
    "tag",
    "dataset_path",
    "dataset_name",
    "training_split",
    "validation_split",
    "test_split",
    "fewshot_split",
    "description",
    "target_delimiter",
    "fewshot_delimiter",
];

/// The keys of `layers`' file itself where all are plain; `None` where one might change how the task runs.
fn plain_keys(layers: &Layers) -> Option<Vec<&'static str>> {
    if layers.has_notes() {
        return None;
    }
    let plain = |(key, value): (&String, &Value)| {
        let is_plain = value.as_str().is_some_and(|text| !text.contains('{'));
        PLAIN.into_iter().find(|plain| is_plain && plain == key)
    };
    layers.own().iter().map(plain).collect()
}

impl Judge {
    /// How the task in `layers` would run, and its warnings. Thousands of files set nothing but names beside what they
    /// include; of those that include the same, one is looked at.
    fn layers(&mut self, layers: Layers) -> Seen {
        let included = layers.included();
        let key = plain_keys(&layers).filter(|_| !included.is_empty()).map(|plain| (included, plain));
        if let Some(seen) = key.as_ref().and_then(|key| self.alike.get(key)) {
            return seen.clone();
        }
        let source = layers.merge();
        let warnings = source.warnings();
        let seen = self.task(source, warnings);
        // What is refused names its own file.
        if let (Some(key), (Way::Native | Way::Ported { .. } | Way::Hook { .. }, _)) = (key, &seen) {
            self.alike.insert(key, seen.clone());
        }
        seen
    }

    /// How the task in `source` would run, and its warnings: `warnings`, of its files, with those of its keys.
    fn task(&mut self, mut source: Source, mut warnings: Vec<String>) -> Seen {
        let functions = functions::all(&source.map);
        if let Some(class) = functions.iter().find(|function| function.key == "class") {
            return (Way::Class { name: class.name.clone() }, warnings);
        }
        let is_ported = self.is_ported(&source, &functions);
        // What no hook reaches stays, and is refused.
        for function in functions.iter().filter(|function| is_reached(function)) {
            source.map.swap_remove(&function.key);
        }
        let way = match TaskConfig::from_source(&source) {
            Err(error) => Way::refused(&error),
            Ok(mut config) => {
                warnings = std::mem::take(&mut config.warnings);
                match self.check(&config, &functions) {
                    Err((code, reason)) => Way::Refused { code, reason },
                    Ok(()) if functions.is_empty() => Way::Native,
                    Ok(()) if is_ported => Way::Ported { functions },
                    Ok(()) => Way::Hook { functions },
                }
            }
        };
        (way, warnings)
    }

    /// Whether daepyo does all of `functions` itself.
    fn is_ported(&mut self, source: &Source, functions: &[Function]) -> bool {
        let mut needed = functions.iter().filter(|function| function.key != "doc_to_decontamination_query");
        needed.all(|function| {
            let path = source.origin(&function.key);
            let root = self.roots.iter().find(|root| path.starts_with(root) && root.is_dir());
            let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
            let function = HookFunction { folder, name: function.name.clone() };
            self.ports.has(&function, root.map(PathBuf::as_path))
        })
    }

    fn check(&mut self, config: &TaskConfig, functions: &[Function]) -> Result<(), (&'static str, String)> {
        let fewshot = &config.fewshot;
        for (key, from) in [
            ("doc_to_text", &config.doc_to_text),
            ("doc_to_target", &config.doc_to_target),
            ("doc_to_choice", &config.doc_to_choice),
            ("fewshot_config.doc_to_text", &fewshot.doc_to_text),
            ("fewshot_config.doc_to_target", &fewshot.doc_to_target),
            ("fewshot_config.doc_to_choice", &fewshot.doc_to_choice),
        ] {
            if let Some(DocTo::Text(text)) = from {
                self.template(config, key, text)?;
            }
        }
        self.template(config, "description", &config.description)?;
        for (key, from) in
            [("gen_prefix", &config.gen_prefix), ("fewshot_config.gen_prefix", &fewshot.gen_prefix)]
        {
            if let Some(text) = from {
                self.template(config, key, text)?;
            }
        }
        // Its own code gives the values of the metrics, whatever their names.
        if functions.iter().any(|function| function.key == "process_results") {
            return Ok(());
        }
        match self.scoring(config) {
            // Python that the task names may register filters and metrics.
            Err(("task::unknown_filter" | "task::unknown_metric", _)) if !functions.is_empty() => Ok(()),
            scored => scored,
        }
    }

    fn template(&mut self, config: &TaskConfig, key: &str, text: &str) -> Result<(), (&'static str, String)> {
        // Text without a brace is no template that could be wrong.
        if !text.contains('{') || self.compiled.contains(text) {
            return Ok(());
        }
        let templates = self.templates.get_or_insert_with(Templates::new);
        templates.check(text, &config.path, key).map_err(|error| (error.code(), explained(&error)))?;
        self.compiled.insert(text.to_owned());
        Ok(())
    }

    fn scoring(&mut self, config: &TaskConfig) -> Result<(), (&'static str, String)> {
        let output_type = config.output_type.name();
        let has_choices = config.doc_to_choice.is_some();
        let (filters, metrics) = (&config.filter_list, &config.metric_list);
        let key = format!("{output_type} {has_choices} {filters} {metrics}");
        let problem = self.scoring.entry(key).or_insert_with(|| {
            let failed = Scorer::compile(output_type, filters, metrics, has_choices).err()?;
            Some((failed.code(), explained(&failed)))
        });
        match problem {
            None => Ok(()),
            Some((code, reason)) => Err((*code, reason.clone())),
        }
    }
}

/// An error with its causes in one line.
fn explained(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        // Writing to a string does not fail.
        let _ = write!(text, ": {inner}");
        cause = inner.source();
    }
    text
}
