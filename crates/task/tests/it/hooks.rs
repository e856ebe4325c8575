//! The hook worker: what it gives for a task's own functions, and what it says where they fail.

use daepyo_task::{
    Document,
    hook::{Failure, HookError, HookFunction, HookLimits, HookOptions, Hooks, tuple},
};
use serde_json::{Map, Value, json};
use std::{fs, path::Path, time::Duration};
use tempfile::TempDir;

/// A folder with this `utils.py`.
pub(crate) fn utils(python: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("utils.py"), python).unwrap();
    folder
}

pub(crate) fn function(folder: &Path, name: &str) -> HookFunction {
    HookFunction { folder: folder.to_path_buf(), name: format!("utils.{name}") }
}

/// A worker with these functions of `folder`, whose calls may take `call`.
pub(crate) fn start(folder: &TempDir, names: &[&str], call: Duration) -> Result<Hooks, HookError> {
    let functions = names.iter().map(|name| function(folder.path(), name)).collect();
    let limits = HookLimits { call, answer_bytes: 1 << 20, ..HookLimits::default() };
    Hooks::start(functions, None, &HookOptions { limits, ..HookOptions::default() })
}

pub(crate) const LONG: Duration = Duration::from_mins(1);

pub(crate) fn docs(values: &Value) -> Vec<Document> {
    values.as_array().unwrap().iter().map(|value| value.as_object().unwrap().clone()).collect()
}

fn processed(python: &str, rows: &Value) -> Value {
    let folder = utils(python);
    let hooks = start(&folder, &["f"], LONG).unwrap();
    let rows = docs(rows);
    let columns: Vec<String> = rows.first().map(|row| row.keys().cloned().collect()).unwrap_or_default();
    let table = hooks.process_docs(&function(folder.path(), "f"), &rows, &columns, "test").unwrap();
    json!({"rows": table.documents, "columns": table.columns})
}

#[test]
fn a_korean_filter_keeps_the_rows_of_its_subject() {
    let python = "from functools import partial\n\
        def process_docs(dataset, subject):\n    return dataset.filter(lambda x: x['과목'] == subject)\n\
        globals().update({'f': partial(process_docs, subject='한국사')})\n";
    let rows = json!([{"과목": "한국사", "n": 1}, {"과목": "수학", "n": 2}, {"과목": "한국사", "n": 3}]);
    assert_eq!(
        processed(python, &rows),
        json!({"rows": [{"과목": "한국사", "n": 1}, {"과목": "한국사", "n": 3}], "columns": ["과목", "n"]})
    );
}

#[test]
fn the_stand_in_for_datasets_does_what_tasks_ask_of_it() {
    let python = "import datasets\nfrom datasets import Dataset, Features, Value\n\
def f(ds: datasets.Dataset) -> Dataset:
    assert ds.column_names == ['a', 'b'] and len(ds) == 4 and ds['a'] == [3, 1, 2, 0]
    assert ds[-1] == {'a': 0, 'b': 'w'} and ds[:2]['b'] == ['x', 'y'] and ds.features['b'].dtype == 'string'
    row = ds[0]
    row['a'] = 99  # a copy
    made = ds.map(lambda doc, i: {'c': (doc['a'], i), 'd': {'k': i} if i else {'l': 1.5}}, with_indices=True, num_proc=4)
    made = made.filter(lambda a: a > 0, input_columns='a').sort('a')
    made = made.rename_column('b', 'text').add_column('e', [None, 1, 2.5])
    made = made.map(lambda batch, by: {'a': [by * a for a in batch['a']]}, batched=True, fn_kwargs={'by': 10})
    made = datasets.concatenate_datasets([made.select(range(2)), Dataset.from_list(made.to_list()).select([2])])
    return made.cast_column('text', Value('string')).remove_columns(['e'])
";
    let rows = json!([{"a": 3, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "z"}, {"a": 0, "b": "w"}]);
    assert_eq!(
        processed(python, &rows),
        json!({"columns": ["a", "text", "c", "d"], "rows": [
            {"a": 10, "text": "y", "c": [1, 1], "d": {"l": null, "k": 1}},
            {"a": 20, "text": "z", "c": [2, 2], "d": {"l": null, "k": 2}},
            {"a": 30, "text": "x", "c": [3, 0], "d": {"l": 1.5, "k": null}},
        ]})
    );
}

#[test]
fn what_the_stand_in_cannot_do_is_refused_in_words() {
    for (body, words) in [
        ("ds.train_test_split(0.5)", "train_test_split"),
        ("ds.shuffle()", "name a seed"),
        ("datasets.load_dataset('x')", "no network"),
        ("ds.map(lambda doc: 3)", "must return a dictionary"),
        ("ds['nothing']", "nothing"),
        ("np.mean([1])", "the Python package `surely_not_installed`"),
        ("f1([1], [1])", "the Python package `nor_this`"),
    ] {
        let folder = utils(&format!(
            "import datasets\nimport surely_not_installed as np\nfrom nor_this.metrics import f1\ndef f(ds):\n    return {body}\n"
        ));
        let hooks = start(&folder, &["f"], LONG).unwrap();
        let error = hooks
            .process_docs(&function(folder.path(), "f"), &docs(&json!([{"a": 1}])), &["a".to_owned()], "test")
            .unwrap_err();
        assert_eq!(error.code(), "hook::failed");
        assert!(error.to_string().contains(words), "{body}: {error}");
    }
}

#[test]
fn an_import_with_a_way_out_takes_it() {
    let python = "try:\n    import surely_not_installed\n    found = True\nexcept ImportError:\n    found = False\n\
        def f(doc):\n    return found\n";
    let folder = utils(python);
    let hooks = start(&folder, &["f"], LONG).unwrap();
    let docs = docs(&json!([{}]));
    assert_eq!(hooks.map(&function(folder.path(), "f"), docs.iter()).unwrap(), [json!(false)]);
}

#[test]
fn values_cross_as_documents_and_as_results() {
    let python = "import datetime\n\
def value(doc):
    return {'t': (1, 2.5), 's': {3, 1, 2}, 'n': float('nan'), 'd': datetime.date(2026, 3, 1), 1: None, 'u': 'a\\ud800'}
def results(doc, results):
    (pair,) = results
    assert isinstance(pair, tuple) and pair[1] is True
    return {'pair': pair, 'nan': float('nan'), 'right': pair[0] > -1}
def total(items):
    assert all(isinstance(item, tuple) for item in items)
    return sum(item[0] for item in items)
";
    let folder = utils(python);
    let hooks = start(&folder, &["value", "results", "total"], LONG).unwrap();
    let of = |name: &str| function(folder.path(), name);
    let docs = docs(&json!([{"q": "가"}]));
    assert_eq!(
        hooks.map(&of("value"), docs.iter()).unwrap(),
        [json!({"t": [1, 2.5], "s": [1, 2, 3], "n": null, "d": "2026-03-01", "1": null, "u": "a?"})]
    );
    let results = json!([tuple(&[json!(-0.5), json!(true)])]);
    let scored = hooks.process_results(&of("results"), &[&docs[0]], &[results]).unwrap().remove(0);
    let pair = tuple(&[json!(-0.5), json!(true)]);
    assert_eq!(Value::Object(scored), json!({"pair": pair, "nan": {"!float": "nan"}, "right": true}));
    assert_eq!(hooks.aggregate(&of("total"), &[&pair, &pair]).unwrap(), json!(-1.0));
}

#[test]
fn filters_metrics_and_samples_are_called_as_lm_eval_calls_them() {
    let python =
        "from lm_eval.api.filter import Filter\nfrom lm_eval.filters.extraction import RegexFilter\n\
from lm_eval.api.registry import register_filter\n\
@register_filter('mine')
class Mine(RegexFilter):
    def apply(self, resps, docs):
        found = super().apply(resps, docs)
        return ([doc['prefix'] + text for text in texts] for texts, doc in zip(found, docs))
def plain(resps, docs):
    return [texts[0].upper() for texts in resps]
def by_name(references, predictions, scale=1):
    return scale * float(references == predictions)
def by_pair(items):
    return float(items[0] == items[1])
def samples():
    return [{'q': 1}, {'q': 2}]
";
    let folder = utils(python);
    let hooks = start(&folder, &["Mine", "plain", "by_name", "by_pair", "samples"], LONG).unwrap();
    let of = |name: &str| function(folder.path(), name);
    let doc = docs(&json!([{"prefix": ">"}])).remove(0);
    let responses = [vec![json!("답 12"), json!("없음")]];
    let settings: Map<String, Value> = json!({"regex_pattern": "\\d+"}).as_object().unwrap().clone();
    let filtered = hooks.filter(&of("Mine"), &responses, &[&doc], &settings, false).unwrap();
    assert_eq!(filtered, [json!([">12", ">[invalid]"])]);
    let responses = [vec![json!("abc")]];
    assert_eq!(hooks.filter(&of("plain"), &responses, &[&doc], &Map::new(), true).unwrap(), [json!("ABC")]);
    let scale: Map<String, Value> = json!({"scale": 3}).as_object().unwrap().clone();
    assert_eq!(hooks.metric(&of("by_name"), &json!("a"), &json!("a"), &scale).unwrap(), json!(3.0));
    assert_eq!(hooks.metric(&of("by_pair"), &json!("a"), &json!("b"), &Map::new()).unwrap(), json!(0.0));
    assert_eq!(hooks.samples(&of("samples")).unwrap(), docs(&json!([{"q": 1}, {"q": 2}])));
}

#[test]
fn a_failure_names_file_line_document_and_what_was_printed() {
    let folder = utils("def f(doc):\n    print('보고 있다', doc['a'])\n    return doc['b']\n");
    let hooks = start(&folder, &["f"], LONG).unwrap();
    let mut rows = vec![json!({"a": 1, "b": 2}); 700];
    rows[612] = json!({"a": 7});
    let rows = docs(&json!(rows));
    let error = hooks.map(&function(folder.path(), "f"), rows.iter()).unwrap_err();
    let HookError::Failed { failure, .. } = &error else { unreachable!("the function raises: {error}") };
    let Failure { file, line, document, kind, output, .. } = failure.as_ref();
    let path = folder.path().canonicalize().unwrap().join("utils.py");
    assert_eq!((file.as_ref(), *line, *document), (Some(&path), Some(3), Some(612)));
    assert_eq!(kind, "KeyError");
    assert!(output.ends_with("보고 있다 7"), "{output}");
    assert_eq!(hooks.map(&function(folder.path(), "f"), rows[..2].iter()).unwrap(), [json!(2), json!(2)]);
}

#[test]
fn what_cannot_be_loaded_is_said_at_the_start() {
    for (python, name, words) in [
        ("def f(doc)\n    pass\n", "f", "SyntaxError"),
        ("import json\n", "absent", "has no `absent`"),
        ("raise ValueError('no luck')\n", "f", "no luck"),
        ("import sys\nsys.exit(3)\n", "f", "asked Python to exit"),
    ] {
        let folder = utils(python);
        let error = start(&folder, &[name], LONG).unwrap_err();
        assert_eq!(error.code(), "hook::failed", "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn chance_and_hashes_are_the_same_in_every_worker() {
    let python =
        "import random\ndef f(doc):\n    return [random.random(), hash('가'), list({'a', 'b', 'c', 'd'})]\n";
    let folder = utils(python);
    let docs = docs(&json!([{}, {}]));
    let run = |hooks: &Hooks| hooks.map(&function(folder.path(), "f"), docs.iter()).unwrap();
    let first = start(&folder, &["f"], LONG).unwrap();
    let values = run(&first);
    assert_ne!(values[0][0], values[1][0]);
    assert_eq!(values, run(&first));
    assert_eq!(values, run(&start(&folder, &["f"], LONG).unwrap()));
}

#[test]
fn modules_of_the_task_tree_are_found_and_their_neighbours_hidden() {
    let tree = TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        let path = tree.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("family/words.py", "WORDS = {'ko': '질문'}\n");
    write("other/secret.txt", "hidden");
    write(
        "family/ko/utils.py",
        "import os\nfrom os.path import basename, dirname\nfrom lm_eval.tasks.family.words import WORDS\n\
         def f(doc):\n    root = dirname(dirname(dirname(__file__)))\n    \
         return [WORDS[basename(dirname(__file__))], sorted(os.listdir(root))]\n",
    );
    let at = HookFunction { folder: tree.path().join("family/ko"), name: "utils.f".to_owned() };
    let hooks = Hooks::start(vec![at.clone()], Some(tree.path()), &HookOptions::default()).unwrap();
    let docs = docs(&json!([{}]));
    assert_eq!(hooks.map(&at, docs.iter()).unwrap(), [json!(["질문", ["family"]])]);
}

#[test]
fn a_trusted_worker_runs_without_a_sandbox_and_with_limits() {
    let folder = utils(
        "import os, resource\ndef f(doc):\n    return [__file__, resource.getrlimit(resource.RLIMIT_AS)[0]]\n",
    );
    let options = HookOptions { trust: true, ..HookOptions::default() };
    let at = function(folder.path(), "f");
    let hooks = Hooks::start(vec![at.clone()], None, &options).unwrap();
    let docs = docs(&json!([{}]));
    let path = folder.path().canonicalize().unwrap().join("utils.py");
    assert_eq!(hooks.map(&at, docs.iter()).unwrap(), [json!([path, HookLimits::default().memory_bytes])]);
}
