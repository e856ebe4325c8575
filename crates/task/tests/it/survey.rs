//! Surveys of folders of task files, merged keys, and the index kept between runs.

use crate::files::folder;
use daepyo_task::{Merged, NameKind, Survey, SurveyRow, TaskIndex, Way, WayCounts};
use serde_json::{Value, json};
use std::{fmt::Write as _, fs, path::Path};
use tempfile::TempDir;

fn survey(folder: &TempDir) -> Survey {
    TaskIndex::survey(&[folder.path().to_path_buf()]).unwrap()
}

fn row<'a>(survey: &'a Survey, name: &str) -> &'a SurveyRow {
    survey.rows().iter().find(|row| row.name == name).unwrap()
}

#[test]
fn every_name_has_its_way() {
    let folder = folder(&[
        (
            "base",
            "metric_list:\n  - metric: acc\n  - metric: !function utils.mine\noutput_type: multiple_choice\n",
        ),
        ("plain.yaml", "task: plain\ntag: one\ndoc_to_text: '{{q}}'\n"),
        ("hook.yaml", "task: hook\ntag: one\ninclude: base\nprocess_docs: !function utils.process\n"),
        ("own.yaml", "task: own\ninclude: base\nmetric_list: [{metric: acc}]\n"),
        ("class.yaml", "task: class\nclass: !function task.Squad\n"),
        ("image.yaml", "task: image\ndoc_to_image: picture\nprocess_docs: !function utils.process\n"),
        ("metric.yaml", "task: metric\nmetric_list: [{metric: accuracy}]\n"),
        ("template.yaml", "task: template\ndoc_to_text: '{{q'\n"),
        ("nameless.yaml", "doc_to_text: x\n"),
        ("group.yaml", "group: all\ntask: [one, class, {task: plain, doc_to_image: picture}]\n"),
        ("lost.yaml", "group: lost\ntask: [plain, nowhere]\n"),
    ]);
    let survey = survey(&folder);
    let names: Vec<&str> = survey.rows().iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["all", "class", "hook", "image", "lost", "metric", "one", "own", "plain", "template"]);
    assert_eq!(row(&survey, "plain").way, Way::Native);
    assert_eq!(row(&survey, "own").way, Way::Native, "its own metrics replace those of the file it includes");
    assert_eq!(row(&survey, "class").way, Way::Class { name: "task.Squad".to_owned() });
    let Way::Hook { functions } = &row(&survey, "hook").way else { unreachable!("it names functions") };
    let functions: Vec<(&str, &str)> =
        functions.iter().map(|function| (function.place.as_str(), function.name.as_str())).collect();
    assert_eq!(functions, [("metric_list[1].metric", "utils.mine"), ("process_docs", "utils.process")]);
    for (name, code) in [
        ("image", "task::config"),
        ("metric", "task::unknown_metric"),
        ("template", "task::template"),
        ("lost", "task::unknown"),
    ] {
        let Way::Refused { code: found, reason } = &row(&survey, name).way else {
            unreachable!("{name} can't run")
        };
        assert_eq!(*found, code, "{reason}");
    }
    let all = WayCounts { native: 1, hook: 1, class: 1, refused: 1 };
    assert_eq!(row(&survey, "all").way, Way::Members(all), "a group's settings count for its members");
    assert_eq!(
        row(&survey, "one").way,
        Way::Members(WayCounts { native: 1, hook: 1, ..WayCounts::default() })
    );
    assert_eq!(survey.counts(), WayCounts { native: 2, hook: 1, class: 1, refused: 3 });
    assert_eq!((survey.count(NameKind::Group), survey.count(NameKind::Tag)), (2, 1));
    assert_eq!(survey.problems().len(), 1);
    let json: Value = serde_json::from_str(&survey.json()).unwrap();
    assert_eq!(json["rows"][2]["functions"][1]["name"], "utils.process");
    assert_eq!(json["counts"], json!({"native": 2, "hook": 1, "class": 1, "refused": 3}));
}

#[test]
fn what_pyyaml_reads_otherwise_is_told_with_file_and_line() {
    let folder = folder(&[
        ("base", "should_decontaminate: no\n"),
        ("a.yaml", "task: a\ninclude: base\nnum_fewshot: 1\nnum_fewshot: 2\ndoc_to_target: 'no'\n"),
    ]);
    let index = TaskIndex::build(&[folder.path().to_path_buf()]).unwrap();
    let config = index.task("a").unwrap();
    assert_eq!((config.num_fewshot, config.should_decontaminate), (Some(2), false));
    let survey = survey(&folder);
    let warnings = &row(&survey, "a").warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("a.yaml:4: `num_fewshot` stands more than once"), "{warnings:?}");
    assert!(warnings[1].contains("base:1: `no` is read as false"), "{warnings:?}");
}

#[test]
fn merged_keys_keep_functions_and_take_group_settings() {
    let folder = folder(&[
        ("base", "process_docs: !function utils.process\ndescription: base\n"),
        ("a.yaml", "task: a\ninclude: base\n"),
        ("g.yaml", "group: g\nnum_fewshot: 3\ntask: [{task: a, description: changed}]\n"),
    ]);
    let index = TaskIndex::build(&[folder.path().to_path_buf()]).unwrap();
    let merged = index.merged("g").unwrap();
    let [Merged::Group { members, .. }] = merged.as_slice() else { unreachable!("one group was asked for") };
    let [Merged::Task(task)] = members.as_slice() else { unreachable!("it has one task") };
    assert_eq!(
        Value::Object(task.keys.clone()),
        json!({
            "task": "a", "process_docs": {"!function": "utils.process"}, "description": "changed", "num_fewshot": 3
        })
    );
    assert_eq!(index.outline("g").unwrap(), ["group  g", "  task   a"]);
}

#[test]
fn hostile_trees_end_soon_with_an_error() {
    let mut includes: Vec<(String, String)> = (0..40)
        .map(|level| (format!("level{level}"), format!("include: [level{0}, level{0}]\n", level + 1)))
        .collect();
    includes.push(("level40".to_owned(), "description: deep\n".to_owned()));
    includes.push(("a.yaml".to_owned(), "task: a\ninclude: level0\n".to_owned()));
    let mut group = "group: g0\ntask: [a]\n".to_owned();
    for level in 0..12 {
        includes.push((format!("g{level}.yaml"), group));
        let mut text = format!("group: g{}\ntask:\n", level + 1);
        for _ in 0..20 {
            let _ = writeln!(text, "  - g{level}");
        }
        group = text;
    }
    includes.push(("wide.yaml".to_owned(), group));
    let files: Vec<(&str, &str)> =
        includes.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&files);
    let index = TaskIndex::build(&[folder.path().to_path_buf()]).unwrap();
    assert_eq!(index.task("a").unwrap().description, "deep");
    let error = index.outline("g12").unwrap_err();
    assert!(error.to_string().contains("more than 50000"), "{error}");
}

fn names(paths: &Path, cache: &Path) -> Vec<String> {
    let index = TaskIndex::build_cached(&[paths.to_path_buf()], cache).unwrap();
    let fresh = TaskIndex::build(&[paths.to_path_buf()]).unwrap();
    assert!(index.entries().eq(fresh.entries()), "kept and fresh index are the same");
    assert_eq!(index.problems().len(), fresh.problems().len());
    index.entries().map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn an_index_kept_between_runs_follows_the_files() {
    let folder = folder(&[
        ("tasks/base", "tag: old\n"),
        ("tasks/a.yaml", "task: a\ninclude: base\n"),
        ("tasks/b.yaml", "task: b\n"),
        ("tasks/bad.yaml", "task: [\n"),
    ]);
    let (tasks, cache) = (folder.path().join("tasks"), folder.path().join("cache"));
    assert_eq!(names(&tasks, &cache), ["a", "b", "old"]);
    fs::write(tasks.join("b.yaml"), "task: c\n").unwrap();
    assert_eq!(names(&tasks, &cache), ["a", "c", "old"]);
    fs::write(tasks.join("base"), "tag: new\n").unwrap();
    assert_eq!(names(&tasks, &cache), ["a", "c", "new"]);
    fs::remove_file(tasks.join("b.yaml")).unwrap();
    fs::write(tasks.join("z.yaml"), "group: z\ntask: [a]\n").unwrap();
    assert_eq!(names(&tasks, &cache), ["a", "new", "z"]);
    for file in fs::read_dir(&cache).unwrap() {
        fs::write(file.unwrap().path(), "{\"version\":").unwrap();
    }
    assert_eq!(names(&tasks, &cache), ["a", "new", "z"]);
    assert_eq!(names(&tasks, &tasks.join("a.yaml")), ["a", "new", "z"], "a folder that can't be written");
}
