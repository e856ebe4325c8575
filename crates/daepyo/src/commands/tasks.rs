//! `daepyo tasks`: what there is, and how one task is understood.

use crate::args::{Tasks, TasksCommand};
use crate::settings::Settings;
use crate::show;
use daepyo_task::{ChatStyle, EntryKind, LoadOptions, Task, TaskIndex};
use std::path::PathBuf;

pub(crate) fn tasks(arguments: &Tasks, settings: &Settings) -> u8 {
    match &arguments.command {
        TasksCommand::Ls { include_path } => list(include_path, settings),
        TasksCommand::Show { name, include_path, num_fewshot } => {
            show_one(name, include_path, *num_fewshot, settings)
        }
    }
}

fn index(paths: &[PathBuf], settings: &Settings) -> Result<TaskIndex, u8> {
    TaskIndex::build(paths).map_err(|error| {
        show::error(&error, settings);
        2
    })
}

fn list(paths: &[PathBuf], settings: &Settings) -> u8 {
    let index = match index(paths, settings) {
        Ok(index) => index,
        Err(code) => return code,
    };
    let mut count = 0_usize;
    for (name, entry) in index.entries() {
        let kind = match entry.kind {
            EntryKind::Task | EntryKind::PythonTask => "task",
            EntryKind::Group => "group",
            EntryKind::Tag { .. } => "tag",
        };
        show::out(&format!("{kind:5}  {name}"));
        count += 1;
    }
    for problem in index.problems() {
        show::error(problem, settings);
    }
    show::line(&show::say(settings, "tasks-count", &[("count", &count.to_string())]));
    0
}

fn show_one(name: &str, paths: &[PathBuf], num_fewshot: Option<u32>, settings: &Settings) -> u8 {
    let loaded = index(paths, settings).and_then(|index| {
        let options = LoadOptions { num_fewshot, ..LoadOptions::default() };
        Task::load(&index, name, &options).map_err(|error| {
            show::error(&error, settings);
            2
        })
    });
    let task = match loaded {
        Ok(task) => task,
        Err(code) => return code,
    };
    let config = task.config();
    show::out(&format!("task           {name}"));
    show::out(&format!("output_type    {}", config.output_type.name()));
    show::out(&format!("documents      {}", task.len()));
    show::out(&format!("num_fewshot    {}", task.num_fewshot()));
    show::out(&format!("cluster        {}", config.cluster_field().unwrap_or("-")));
    show::out(&format!("filter_list    {}", config.filter_list));
    show::out(&format!("metric_list    {}", config.metric_list));
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
        Err(error) => {
            show::error(&error, settings);
            2
        }
    }
}
