//! Task files: includes, groups, tags, what needs Python, and problems with their place.

use daepyo_task::{EntryKind, Node, OutputType, TaskError, TaskIndex};
use serde_json::json;
use std::fs;
use tempfile::TempDir;

pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn index(folder: &TempDir) -> TaskIndex {
    TaskIndex::build(&[folder.path().to_path_buf()]).unwrap()
}

#[test]
fn includes_merge_shallowly_and_own_keys_win() {
    let folder = folder(&[
        (
            "first",
            "doc_to_text: a\ndescription: first\ngeneration_kwargs: {until: [x], max_gen_toks: 5}\ntask_list: [q]\n",
        ),
        ("below/second", "include: ../first\ndescription: second\nmetadata: {version: 2}\n"),
        (
            "task.yaml",
            "include: [first, below/second]\ntask: t\ngeneration_kwargs: {temperature: 1}\ndescription: 'own\n\n  text'\n",
        ),
    ]);
    let config = index(&folder).task("t").unwrap();
    assert_eq!(config.description, "own\ntext");
    assert_eq!(config.generation_kwargs, json!({"temperature": 1.0, "until": ["\n\n"]}));
    assert_eq!(config.version().as_deref(), Some("2"));
    assert_eq!(config.output_type, OutputType::GenerateUntil);
    let names: Vec<&str> =
        config.files.iter().map(|file| file.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["task.yaml", "first", "second"]);
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn python_out_of_reach_is_refused_with_file_and_key() {
    let folder = folder(&[
        ("base", "fewshot_config:\n  fewshot_delimiter: !function utils.mine\n"),
        ("a.yaml", "task: a\ninclude: base\n"),
        ("b.yaml", "task: b\ngeneration_kwargs: {until: [!function utils.stop]}\n"),
        ("c.yaml", "task: c\nclass: !function task.Squad\n"),
    ]);
    let index = index(&folder);
    for (name, file, place, python) in [
        ("a", "base", "fewshot_config.fewshot_delimiter", "utils.mine"),
        ("b", "b.yaml", "generation_kwargs.until[0]", "utils.stop"),
        ("c", "c.yaml", "class", "task.Squad"),
    ] {
        let error = index.task(name).unwrap_err();
        assert_eq!(error.code(), "task::needs_python");
        let TaskError::NeedsPython { path, key, code } = error else { unreachable!("the code says so") };
        assert_eq!(
            (path.file_name().unwrap().to_str().unwrap(), key.as_str(), code.as_str()),
            (file, place, python)
        );
    }
    assert_eq!(index.get("c").unwrap().kind, EntryKind::PythonTask);
}

#[test]
fn python_in_reach_is_known_with_the_folder_of_the_file_that_names_it() {
    let folder = folder(&[
        (
            "base/common",
            "process_docs: !function utils.docs\nmetric_list:\n  - metric: acc\n    aggregation: !function utils.sum\n",
        ),
        ("below/a.yaml", "task: a\ninclude: ../base/common\ndoc_to_text: !function own.text\n"),
    ]);
    let config = index(&folder).task("a").unwrap();
    let found: Vec<(String, String)> = config
        .functions()
        .into_iter()
        .map(|function| (function.folder.file_name().unwrap().to_str().unwrap().to_owned(), function.name))
        .collect();
    let expected = [("base", "utils.docs"), ("base", "utils.sum"), ("below", "own.text")]
        .map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(found, expected);
    assert_eq!(config.fewshot.process_docs, config.process_docs);
}

#[test]
fn groups_hold_tasks_tags_and_groups() {
    let folder = folder(&[
        ("a.yaml", "task: a\ntag: [both, one]\ndescription: own\n"),
        ("b.yaml", "task: b\ntag: both\n"),
        (
            "g.yaml",
            "group: g\ngroup_alias: G\ntask:\n  - both\n  - {task: a, task_alias: again, num_fewshot: 2}\n  - group: in\n    \
             task: [b]\n    repeats: 3\n  - {task: made_here, doc_to_text: x}\ndescription: from the group\n\
             aggregate_metric_list: {metric: acc, weight_by_size: no}\nmetadata: {version: 1}\n",
        ),
        ("outer.yaml", "group: outer\ntask: [g, {group: g, num_fewshot: 7}]\n"),
        ("loop.yaml", "group: loop\ntask: [loop]\n"),
    ]);
    let index = index(&folder);
    let nodes = index.resolve("g").unwrap();
    let [Node::Group(group)] = nodes.as_slice() else { unreachable!("one group was asked for") };
    let names: Vec<&str> = group.members.iter().map(Node::name).collect();
    assert_eq!(names, ["a", "b", "a", "g::in", "g::made_here"]);
    assert_eq!(group.alias.as_deref(), Some("G"));
    assert!(!group.aggregate[0].weight_by_size);
    let tasks = nodes[0].tasks();
    assert!(tasks.iter().all(|task| task.description == "from the group"));
    assert_eq!(tasks[2].num_fewshot, Some(2));
    assert_eq!(tasks[2].task_alias.as_deref(), Some("again"));
    assert_eq!((tasks[3].task.as_str(), tasks[3].repeats), ("b", 3));
    assert_eq!(index.resolve("both").unwrap().len(), 2);
    let outer = index.resolve("outer").unwrap();
    let shots: Vec<Option<u32>> = outer[0].tasks().iter().map(|task| task.num_fewshot).collect();
    assert_eq!(shots, [None, None, Some(2), None, None, Some(7), Some(7), Some(2), Some(7), Some(7)]);
    assert_eq!(index.resolve("loop").unwrap_err().code(), "task::config");
    assert_eq!(index.matching("m*"), Vec::<&str>::new());
    assert_eq!(index.matching("?"), ["a", "b", "g"]);
}

#[test]
fn unknown_names_bring_the_nearest_one() {
    let folder = folder(&[("a.yaml", "task: daepyo_ko_knowledge\n")]);
    let error = index(&folder).task("daepyo_ko_knowlege").unwrap_err();
    assert_eq!(
        error.to_string(),
        "task::unknown: no task, group or tag is named `daepyo_ko_knowlege`; the nearest name is `daepyo_ko_knowledge`"
    );
}

#[test]
fn problems_have_their_place_and_hide_nothing_else() {
    let folder = folder(&[
        ("bad.yaml", "task: bad\nkey: [1, 2\nother: x\n"),
        ("cycle_a", "include: cycle_b\n"),
        ("cycle_b", "include: cycle_a\n"),
        ("cycle.yaml", "task: cycle\ninclude: cycle_a\n"),
        ("good.yaml", "task: good\nnum_fewshot: 1\nnum_fewshot: 2\nsurprise: 1\n"),
        ("missing.yaml", "task: missing\ninclude: nowhere\n"),
        ("nameless.yaml", "doc_to_text: x\n"),
        ("__pycache__/hidden.yaml", "task: hidden\n"),
        ("shape.yaml", "task: shape\noutput_type: pictures\n"),
    ]);
    let index = index(&folder);
    let mut codes: Vec<&str> = index.problems().iter().map(|problem| problem.code()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["task::config", "task::include", "task::include", "task::yaml"]);
    let yaml = index.problems().iter().find(|problem| problem.code() == "task::yaml").unwrap();
    assert!(yaml.to_string().contains("bad.yaml:"), "{yaml}");
    let good = index.task("good").unwrap();
    assert_eq!(good.num_fewshot, Some(2));
    assert_eq!(good.warnings.len(), 2, "{:?}", good.warnings);
    assert!(
        good.warnings[0].contains("good.yaml:3: `num_fewshot` stands more than once"),
        "{:?}",
        good.warnings
    );
    assert!(good.warnings[1].contains("`surprise`"));
    assert!(index.get("hidden").is_none());
    assert_eq!(index.task("shape").unwrap_err().code(), "task::config");
}

#[test]
fn later_paths_replace_names_of_earlier_ones() {
    let first = folder(&[("a.yaml", "task: a\ndescription: first\n")]);
    let second = folder(&[("z.yaml", "task: a\ndescription: second\n")]);
    let index = TaskIndex::build(&[first.path().to_path_buf(), second.path().to_path_buf()]).unwrap();
    assert_eq!(index.task("a").unwrap().description, "second");
    assert_eq!(index.warnings().len(), 1);
}
