//! Ports of Python functions: chosen by the function's source, and what they leave to Python.

use daepyo_task::{
    LoadOptions, PortKind, Ports, Task, TaskIndex, Way,
    hook::{HookFunction, HookOptions, Hooks},
};
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

/// `AfriXNLI`'s way of naming labels; the digest of this text has a port.
const LABELS: &str = "from lm_eval.utils import weighted_f1_score\n\n\ndef doc_to_target(doc):\n    \
    replacements = {0: \"True\", 1: \"Neither\", 2: \"False\"}\n    return replacements[doc[\"label\"]]\n";

/// Global-MMLU's way of making functions, here for two subjects.
const SUBJECTS: &str = "from functools import partial\n\n\nCATEGORIES = [\"Medical\", \"Social Sciences\"]\n\n\n\
    def process_docs(dataset, category):\n    return dataset.filter(lambda x: x[\"subject_category\"] == category)\n\n\n\
    process_functions = {\n    f\"process_{category.lower().replace(' ', '_')}\": partial(\n        \
    process_docs, category=category\n    )\n    for category in CATEGORIES\n}\n\nglobals().update(process_functions)\n";

fn written(python: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("utils.py"), python).unwrap();
    folder
}

fn function(folder: &TempDir, name: &str) -> HookFunction {
    HookFunction { folder: folder.path().to_path_buf(), name: format!("utils.{name}") }
}

fn digest(python: &str, name: &str) -> Option<String> {
    let folder = written(python);
    Ports::default().digest(&function(&folder, name), None).map(|digest| digest.hex())
}

fn called(python: &str, name: &str, given: &Value) -> Option<Value> {
    let folder = written(python);
    Ports::default().find(&function(&folder, name), None)?.call(given)
}

#[test]
fn a_known_source_has_a_port_and_a_changed_one_has_none() {
    let folder = written(LABELS);
    let port = Ports::default().find(&function(&folder, "doc_to_target"), None).unwrap();
    assert_eq!(port.kind(), PortKind::Value);
    assert_eq!(port.call(&json!({"doc": {"label": 1}})), Some(json!("Neither")));
    let changed = LABELS.replace("Neither", "neither");
    assert_eq!(called(&changed, "doc_to_target", &json!({"doc": {"label": 1}})), None);
}

#[test]
fn what_python_would_see_otherwise_is_left_to_it() {
    for doc in
        [json!({"label": 3}), json!({"label": "1"}), json!({"label": true}), json!({"label": 1.0}), json!({})]
    {
        assert_eq!(called(LABELS, "doc_to_target", &json!({"doc": doc})), None, "{doc}");
    }
}

#[test]
fn the_digest_is_of_what_a_function_may_reach() {
    let base = "import re\nfrom typing import (\n    List,\n)\nA = [\"a\",  # one\n     \"b\"]\n\n\ndef helper(x):\n    \
        return A[x]\n\n\ndef other():\n    return 1\n\n\ndef name(doc):\n    \"\"\"Says.\n\n    # no comment\n    \"\"\"\n    \
        return f\"{helper(0)}\"\n";
    let own = digest(base, "name");
    assert!(own.is_some());
    let same = [
        base.replace("# one", "# another"),
        base.replace("\n\n\ndef helper", "\n# about it\ndef helper"),
        base.replace("return 1", "return 2"),
        base.replace("import re\n", "import re\r\n"),
        format!("\"\"\"A file.\"\"\"\n{base}"),
    ];
    for text in same {
        assert_eq!(digest(&text, "name"), own, "{text}");
    }
    let different = [
        base.replace("\"b\"", "\"c\""),
        base.replace("A[x]", "A[x + 1]"),
        base.replace("# no comment", "# a comment"),
        base.replace("helper(0)", "helper(1)"),
        format!("{base}A.append(1)\n"),
        format!("{base}if True:\n    A = []\n"),
        format!("{base}A = 2\n"),
    ];
    for text in different {
        assert_ne!(digest(&text, "name"), own, "{text}");
    }
    for text in
        ["def name(:\n    \"\n", "x = (\n", "def other(): pass\n", "from x import (\n  name.a)\n", "'''\n"]
    {
        assert_eq!(digest(text, "name"), None, "{text}");
    }
}

#[test]
fn what_a_function_imports_from_other_tasks_counts() {
    let folder = TempDir::new().unwrap();
    let tasks = folder.path().join("lm_eval/tasks");
    fs::create_dir_all(tasks.join("one")).unwrap();
    fs::write(tasks.join("words.py"), "WORDS = ['a']\nMORE = 1\n").unwrap();
    fs::write(
        tasks.join("one/utils.py"),
        "from lm_eval.tasks.words import WORDS\ndef name():\n    return WORDS\n",
    )
    .unwrap();
    let function = HookFunction { folder: tasks.join("one"), name: "utils.name".to_owned() };
    let of = || Ports::default().digest(&function, None).map(|digest| digest.hex());
    let first = of();
    assert!(first.is_some());
    fs::write(tasks.join("words.py"), "WORDS = ['a']\nMORE = 2\n").unwrap();
    assert_eq!(of(), first);
    fs::write(tasks.join("words.py"), "WORDS = ['b']\nMORE = 2\n").unwrap();
    assert_ne!(of(), first);
    fs::remove_file(tasks.join("words.py")).unwrap();
    assert_eq!(of(), None);
    fs::write(tasks.join("words.py"), "from lm_eval.tasks.one.utils import name as WORDS\n").unwrap();
    assert_eq!(of(), None, "files that import each other");
}

#[test]
fn a_task_of_ported_functions_needs_no_python() {
    let folder = written(LABELS);
    fs::write(
        folder.path().join("t.yaml"),
        "task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: data.jsonl}}\ntest_split: test\n\
         output_type: generate_until\ndoc_to_text: q\ndoc_to_target: !function utils.doc_to_target\n",
    )
    .unwrap();
    fs::write(
        folder.path().join("data.jsonl"),
        "{\"q\": \"a\", \"label\": 0}\n{\"q\": \"b\", \"label\": 2}\n",
    )
    .unwrap();
    let survey = TaskIndex::survey(&[folder.path().to_path_buf()]).unwrap();
    assert!(matches!(survey.rows()[0].way, Way::Ported { .. }), "{:?}", survey.rows()[0].way);
    assert_eq!(survey.counts().ported, 1);
    let index = TaskIndex::build(&[folder.path().to_path_buf()]).unwrap();
    let mut options = LoadOptions::default();
    options.hooks.python = "/usr/bin/python-none".into();
    let task = Task::load(&index, "t", &options).unwrap();
    assert_eq!(task.target(1).unwrap(), daepyo_task::Target::Text("False".to_owned()));
    options.hooks.ports = false;
    assert!(Task::load(&index, "t", &options).is_err(), "without ports it needs its Python");
}

#[test]
fn functions_that_a_file_makes_by_name_are_found_in_its_list() {
    let rows = json!([{"subject_category": "Medical", "q": 1}, {"subject_category": "Social Sciences", "q": 2}, {"q": 3}]);
    let given = json!({"rows": rows, "columns": ["subject_category", "q"]});
    // The list of subjects is part of the digest, and this one is not lm-eval's.
    assert_eq!(called(SUBJECTS, "process_medical", &given), None);
    let theirs = SUBJECTS.replace(
        "[\"Medical\", \"Social Sciences\"]",
        "[\"Business\", \"Humanities\", \"Medical\", \"Other\", \"STEM\", \"Social Sciences\"]",
    );
    assert_eq!(
        called(&theirs, "process_social_sciences", &given),
        Some(
            json!({"rows": [{"subject_category": "Social Sciences", "q": 2}], "columns": ["subject_category", "q"]})
        )
    );
    assert_eq!(called(&theirs, "process_law", &given), None);
    let missing = json!({"rows": [{"q": 1}], "columns": ["q"]});
    assert_eq!(called(&theirs, "process_medical", &missing), None, "Python has a KeyError to tell");
}

/// MMMLU's functions read the list of subjects in the folder above theirs.
#[test]
fn python_of_a_harness_reads_the_files_of_its_family_alone() {
    let folder = TempDir::new().unwrap();
    let tasks = folder.path().join("lm_eval/tasks");
    fs::create_dir_all(tasks.join("family/default")).unwrap();
    fs::create_dir_all(tasks.join("other")).unwrap();
    fs::write(tasks.join("family/list.json"), "[\"물리\"]").unwrap();
    fs::write(tasks.join("other/list.json"), "[]").unwrap();
    fs::write(
        tasks.join("family/default/utils.py"),
        "import json\nfrom pathlib import Path\nHERE = Path(__file__).resolve().parent.parent\n\
         LIST = json.loads((HERE / 'list.json').read_text())\n\
         def name(doc):\n    return [LIST, (HERE.parent / 'other' / 'list.json').exists()]\n",
    )
    .unwrap();
    let function = HookFunction { folder: tasks.join("family/default"), name: "utils.name".to_owned() };
    let hooks = Hooks::start(vec![function.clone()], None, &HookOptions::default()).unwrap();
    let doc = serde_json::Map::new();
    assert_eq!(hooks.map(&function, [&doc].into_iter()).unwrap(), [json!([["물리"], false])]);
}
