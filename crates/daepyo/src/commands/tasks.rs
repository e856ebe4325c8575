//! `daepyo tasks`: what there is and how it would run, and how one task is understood.

use crate::args::{Tasks, TasksCommand};
use crate::settings::Settings;
use crate::show;
use daepyo_task::{
    ChatStyle, EntryKind, LoadOptions, NameKind, Survey, SurveyRow, Task, TaskConfig, TaskIndex, Way,
};
use std::collections::BTreeSet;
use std::path::PathBuf;

pub(crate) fn tasks(arguments: &Tasks, settings: &Settings) -> u8 {
    match &arguments.command {
        TasksCommand::Ls { include_path, json } => list(include_path, *json, settings),
        TasksCommand::Show { name, include_path, num_fewshot } => {
            show_one(name, include_path, *num_fewshot, settings)
        }
    }
}

fn failed(error: &(dyn std::error::Error + 'static), settings: &Settings) -> u8 {
    show::error_with_help(error, settings);
    2
}

fn list(paths: &[PathBuf], json: bool, settings: &Settings) -> u8 {
    let survey = match TaskIndex::survey(paths) {
        Ok(survey) => survey,
        Err(error) => return failed(&error, settings),
    };
    if json {
        show::out(&survey.json());
        return 0;
    }
    let lines: Vec<String> = survey.rows().iter().map(line).collect();
    if !lines.is_empty() {
        show::out(&lines.join("\n"));
    }
    let rows = survey.rows().iter().flat_map(|row| &row.warnings);
    let warnings: BTreeSet<&String> = rows.chain(survey.warnings()).collect();
    for warning in warnings {
        show::line(warning);
    }
    for problem in survey.problems() {
        show::error(&**problem, settings);
    }
    show::line(&totals(&survey, settings));
    0
}

fn totals(survey: &Survey, settings: &Settings) -> String {
    let counts = survey.counts();
    let text = |count: usize| count.to_string();
    show::say(
        settings,
        "tasks-count",
        &[
            ("tasks", &text(survey.count(NameKind::Task))),
            ("groups", &text(survey.count(NameKind::Group))),
            ("tags", &text(survey.count(NameKind::Tag))),
            ("native", &text(counts.native)),
            ("ported", &text(counts.ported)),
            ("hook", &text(counts.hook)),
            ("class", &text(counts.class)),
            ("refused", &text(counts.refused)),
        ],
    )
}

/// Kind, name and way of running, with what a reader must know of the way.
fn line(row: &SurveyRow) -> String {
    let more = match &row.way {
        Way::Native => String::new(),
        Way::Ported { functions } | Way::Hook { functions } => {
            let named: Vec<String> =
                functions.iter().map(|function| format!("  {}={}", function.place, function.name)).collect();
            named.concat()
        }
        Way::Class { name } => format!("  {name}"),
        Way::Refused { reason, .. } => format!("  {}", reason.replace('\n', " ")),
        Way::Members(counts) => {
            let ways = [
                ("native", counts.native),
                ("ported", counts.ported),
                ("hook", counts.hook),
                ("class", counts.class),
                ("refused", counts.refused),
            ];
            let ways = ways.into_iter().filter(|(_, count)| *count > 0);
            let counted: Vec<String> = ways.map(|(way, count)| format!("  {way}={count}")).collect();
            counted.concat()
        }
    };
    format!("{:5}  {}  {}{more}", row.kind.name(), row.name, row.way.name())
}

fn show_one(name: &str, paths: &[PathBuf], num_fewshot: Option<u32>, settings: &Settings) -> u8 {
    let index = match settings.task_index() {
        Some(cache) => TaskIndex::build_cached(paths, &cache),
        None => TaskIndex::build(paths),
    };
    let index = match index {
        Ok(index) => index,
        Err(error) => return failed(&error, settings),
    };
    if let Some(entry) = index.get(name) {
        match entry.kind {
            EntryKind::Task | EntryKind::PythonTask => {}
            EntryKind::Group | EntryKind::Tag { .. } => return show_members(&index, name, settings),
        }
    }
    let config = match index.task(name) {
        Ok(config) => config,
        Err(error) => return failed(&error, settings),
    };
    show_settings(name, &config);
    let options = LoadOptions { num_fewshot, ..LoadOptions::default() };
    match Task::from_config(config, &options) {
        Ok(task) => show_first(&task, settings),
        Err(error) => failed(&error, settings),
    }
}

/// The members of a group or tag, each below those that hold it.
fn show_members(index: &TaskIndex, name: &str, settings: &Settings) -> u8 {
    match index.outline(name) {
        Ok(lines) => {
            show::out(&lines.join("\n"));
            0
        }
        Err(error) => failed(&error, settings),
    }
}

/// What the files say, without any data.
fn show_settings(name: &str, config: &TaskConfig) {
    show::out(&format!("task           {name}"));
    show::out(&format!("output_type    {}", config.output_type.name()));
    show::out(&format!("dataset_path   {}", config.dataset_path.as_deref().unwrap_or("-")));
    show::out(&format!("dataset_name   {}", config.dataset_name.as_deref().unwrap_or("-")));
    show::out(&format!("cluster        {}", config.cluster_field().unwrap_or("-")));
    show::out(&format!("filter_list    {}", config.filter_list));
    show::out(&format!("metric_list    {}", config.metric_list));
}

/// What the data add.
fn show_first(task: &Task, settings: &Settings) -> u8 {
    show::out(&format!("documents      {}", task.len()));
    show::out(&format!("num_fewshot    {}", task.num_fewshot()));
    for (path, digest) in task.files() {
        show::out(&format!("file           {} {digest}", path.display()));
    }
    for warning in task.warnings() {
        show::line(warning);
    }
    match task.instance(0, ChatStyle::Plain) {
        Ok(instance) => {
            for request in &instance.requests {
                show::out(&format!("request        {}", serde_json::json!(request)));
            }
            show::out(&format!("target         {}", instance.target.shown(&instance.choices)));
            0
        }
        Err(error) => failed(&error, settings),
    }
}
