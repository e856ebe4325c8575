//! Data sets: formats, encodings, folder layouts, and what is said about broken files.

use daepyo_task::{ChatStyle, Document, LoadOptions, Target, Task, TaskError, TaskIndex};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs};
use tempfile::TempDir;

const HEAD: &str =
    "task: t\ntest_split: test\noutput_type: generate_until\ndoc_to_text: '{{q}}'\ndoc_to_target: '{{a}}'\n";

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn load_in(folder: &TempDir, keys: &str) -> Result<Task, TaskError> {
    fs::write(folder.path().join("t.yaml"), format!("{HEAD}{keys}\n")).unwrap();
    let index = TaskIndex::build(&[folder.path().join("t.yaml")]).unwrap();
    let options = LoadOptions { data_root: Some(folder.path().join("root")), ..LoadOptions::default() };
    Task::load(&index, "t", &options)
}

fn documents(keys: &str, files: &[(&str, &[u8])]) -> Vec<Document> {
    load_in(&folder(files), keys).unwrap().documents().collect()
}

fn problem(keys: &str, files: &[(&str, &[u8])]) -> TaskError {
    load_in(&folder(files), keys).unwrap_err()
}

fn values(documents: &[Document]) -> Value {
    json!(documents)
}

#[test]
fn json_lines_arrays_and_fields() {
    let wanted = json!([{"q": "하나", "a": 1, "x": null}, {"q": "둘", "a": 2.5, "x": [true]}]);
    let lines = "{\"q\":\"하나\",\"a\":1}\n\n{\"q\":\"둘\",\"a\":2.5,\"x\":[true]}\r\n".as_bytes();
    let keys = "dataset_path: json\ndataset_kwargs: {data_files: {test: d.jsonl}}";
    assert_eq!(values(&documents(keys, &[("d.jsonl", lines)])), wanted);
    let bom = [b"\xef\xbb\xbf", lines].concat();
    assert_eq!(values(&documents(keys, &[("d.jsonl", &bom)])), wanted);
    let array = "[{\"q\":\"하나\",\"a\":1},\n{\"q\":\"둘\",\"a\":2.5,\"x\":[true]}]".as_bytes();
    let keys = "dataset_path: json\ndataset_kwargs: {data_files: {test: [d.json]}}";
    assert_eq!(values(&documents(keys, &[("d.json", array)])), wanted);
    let within = [b"{\"n\": 3, \"rows\": ".as_slice(), array, b"}"].concat();
    let keys = "dataset_path: json\ndataset_kwargs: {data_files: {test: d.json}, field: rows}";
    assert_eq!(values(&documents(keys, &[("d.json", &within)])), wanted);
}

#[test]
fn text_becomes_nfc_and_cp949_is_read_on_request() {
    let decomposed = "{\"q\":\"\u{1112}\u{1161}\u{11ab}\",\"a\":[\"\u{1100}\u{1161}\"]}\n";
    let keys = "dataset_path: json\ndataset_kwargs: {data_files: {test: d.jsonl}}";
    assert_eq!(
        values(&documents(keys, &[("d.jsonl", decomposed.as_bytes())])),
        json!([{"q": "한", "a": ["가"]}])
    );
    // "q,a\n한글,똠\n"; the second one exists in CP949 alone, not in EUC-KR.
    let cp949 = b"q,a\n\xc7\xd1\xb1\xdb,\x8cc\n";
    let keys = "dataset_path: csv\ndataset_kwargs: {data_files: {test: d.csv}, encoding: cp949}";
    assert_eq!(values(&documents(keys, &[("d.csv", cp949)])), json!([{"q": "한글", "a": "똠"}]));
    let keys = "dataset_path: csv\ndataset_kwargs: {data_files: {test: d.csv}}";
    let error = problem(keys, &[("d.csv", cp949)]).to_string();
    assert!(error.contains("d.csv:2: not UTF-8") && error.contains("cp949"), "{error}");
}

#[test]
fn delimited_columns_have_the_types_that_pandas_gives() {
    let csv = "q,a,n,gap,f,flag,none,mixed\n\"x, \"\"y\"\"\nz\",1,10,1,1.5,True,,1\nb,2,-3,,2,False,NA,z\n";
    let keys = "dataset_path: csv\ndataset_kwargs: {data_files: {test: d.csv}}";
    assert_eq!(
        values(&documents(keys, &[("d.csv", csv.as_bytes())])),
        json!([
            {"q": "x, \"y\"\nz", "a": 1, "n": 10, "gap": 1.0, "f": 1.5, "flag": true, "none": null, "mixed": "1"},
            {"q": "b", "a": 2, "n": -3, "gap": null, "f": 2.0, "flag": false, "none": null, "mixed": "z"},
        ])
    );
}

#[test]
fn a_tsv_with_python_lists_is_a_multiple_choice_task() {
    let tsv = "sample_id\tcontext\tquestion\tchoices\tanswer\tbbq_id\tprediction\n\
               age-1\t지문.\t누가?\t['손자', '할머니', '알 수 없음']\t알 수 없음\t1.0\t\n\
               age-2\t지문.\t누가?\t[\"손자's\", '할머니', '알 수 없음']\t할머니\t2.0\t\n";
    let keys = "dataset_path: csv\ndataset_kwargs: {data_files: {test: d.tsv}, sep: \"\\t\"}\noutput_type: multiple_choice\n\
                doc_to_text: \"{{context}}\\n{{question}}\\n정답:\"\ndoc_to_choice: '{{choices}}'\ndoc_to_target: answer\n\
                metadata: {cluster: bbq_id}";
    let tsv_folder = folder(&[("d.tsv", tsv.as_bytes())]);
    let task = load_in(&tsv_folder, keys).unwrap();
    let instance = task.instance(1, ChatStyle::Plain).unwrap();
    assert_eq!(instance.choices, ["손자's", "할머니", "알 수 없음"]);
    assert_eq!(instance.target, Target::Choice(1));
    assert_eq!(instance.cluster, "2.0");
    assert_eq!(instance.requests.len(), 3);
    assert_eq!(instance.input, "지문.\n누가?\n정답:");
    assert!((instance.guess - 1.0 / 3.0).abs() < 1e-12);
    let by_field = keys.replace("'{{choices}}'", "choices");
    assert_eq!(load_in(&tsv_folder, &by_field).unwrap().target(0).unwrap(), Target::Choice(2));
    assert_eq!(task.files().len(), 2);
}

#[test]
fn parquet_rows_keep_their_nesting() {
    let fixtures = crate::fixtures().join("data");
    let wanted = json!([
        {"question": "하나", "choices": ["가", "나's"], "answer": 1, "opts": {"text": ["a"], "label": ["A"]}, "score": 0.5,
         "flag": true},
        {"question": "둘", "choices": ["다"], "answer": 0, "opts": {"text": ["b", "c"], "label": ["B", "C"]}, "score": 1.0,
         "flag": false},
        {"question": null, "choices": [], "answer": 2, "opts": {"text": [], "label": []}, "score": null, "flag": true},
    ]);
    for name in ["nested.parquet", "nested_snappy.parquet"] {
        let bytes = fs::read(fixtures.join(name)).unwrap();
        let keys = "dataset_path: some/set\ndoc_to_text: question";
        let found = documents(keys, &[("root/some/set/data/test-00000-of-00001.parquet", &bytes)]);
        assert_eq!(values(&found), wanted);
    }
}

/// `parquet.py` beside the files made them and the rows, which are those of datasets 5.2.0.
#[test]
fn parquet_columns_of_every_kind_are_read_as_the_datasets_library_does() {
    let folder = crate::fixtures().join("data/parquet");
    let expected: BTreeMap<String, Value> =
        serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    assert!(expected.len() >= 14);
    for (name, rows) in expected {
        let bytes = fs::read(folder.join(&name)).unwrap();
        let keys = "dataset_path: some/set\ndoc_to_text: question";
        let found = documents(keys, &[("root/some/set/data/test-00000-of-00001.parquet", &bytes)]);
        for (index, (found, row)) in
            values(&found).as_array().unwrap().iter().zip(rows.as_array().unwrap()).enumerate()
        {
            assert_eq!(found, row, "{name}, row {index}");
        }
        assert_eq!(found.len(), rows.as_array().unwrap().len(), "{name}");
    }
}

#[test]
fn hub_layouts_are_understood() {
    let row = |text: &str| format!("{{\"q\":\"{text}\",\"a\":\"x\"}}\n").into_bytes();
    let first = |files: &[(&str, &[u8])], keys: &str| documents(keys, files)[0]["q"].clone();
    let set = "dataset_path: org/set\n";
    // Beside the task file, under the data root by full name, by folder with `--`, by last name.
    for place in ["org/set", "root/org/set", "root/org--set", "root/set"] {
        assert_eq!(first(&[(&format!("{place}/test.jsonl"), &row("w"))], set), json!("w"), "{place}");
    }
    let named = "dataset_path: org/set\ndataset_name: Law\n";
    let config = &[
        ("root/org/set/Law/test-00000-of-00002.jsonl", row("one").leak() as &[u8]),
        ("root/org/set/Law/test-00001-of-00002.jsonl", row("two").leak()),
        ("root/org/set/Other/test.jsonl", row("three").leak()),
    ];
    let found: Vec<Value> = documents(named, config).iter().map(|doc| doc["q"].clone()).collect();
    assert_eq!(found, ["one", "two"]);
    let flat = &[
        ("root/org/set/data/Law-dev.jsonl", row("dev").leak() as &[u8]),
        ("root/org/set/data/Law-test.jsonl", row("law").leak()),
        ("root/org/set/data/Art-test.jsonl", row("art").leak()),
    ];
    assert_eq!(first(flat, named), json!("law"));
    assert_eq!(first(flat, &named.replace("name: Law", "name: Law\ntest_split: dev")), json!("dev"));
    let card = "---\nconfigs:\n- config_name: Law\n  data_files:\n  - split: test\n    path: raw/l*.jsonl\n---\n# Card\n";
    let carded = &[
        ("root/org/set/README.md", card.as_bytes()),
        ("root/org/set/raw/law.jsonl", row("card").leak()),
        ("root/org/set/Law/test.jsonl", row("not this").leak()),
    ];
    assert_eq!(first(carded, named), json!("card"));
}

#[test]
fn addresses_of_the_hub_are_looked_for_under_the_data_root() {
    let lines = "{\"q\":\"하나\",\"a\":1}\n".as_bytes();
    let file = [("root/team/set/data/test.jsonl", lines)];
    for address in ["team/set/data/test.jsonl", "team/set@v1/data/*.jsonl"] {
        let keys = format!(
            "dataset_path: json\ndataset_kwargs: {{data_files: {{test: 'hf://datasets/{address}'}}}}"
        );
        assert_eq!(values(&documents(&keys, &file)), json!([{"q": "하나", "a": 1}]), "{address}");
    }
    let keys =
        "dataset_path: json\ndataset_kwargs: {data_files: {test: 'hf://datasets/team/other/test.jsonl'}}";
    assert_eq!(problem(keys, &file).code(), "task::dataset_not_local");
}

#[test]
fn what_is_not_here_is_told_with_the_next_step() {
    let error = problem("dataset_path: org/set", &[]);
    assert_eq!(error.code(), "task::dataset_not_local");
    assert!(error.to_string().contains("download it beforehand"), "{error}");
    let error = problem("dataset_path: json\ndataset_kwargs: {data_files: {test: 'https://x/y.jsonl'}}", &[]);
    assert_eq!(error.code(), "task::dataset_not_local");
    let error =
        problem("dataset_path: json\ndataset_kwargs: {data_files: d.jsonl}", &[("d.jsonl", b"{\"q\":1}")]);
    assert_eq!(error.to_string(), "task::split: t: the data set has no split `test`; it has `train`");
}

#[test]
fn broken_files_are_named_with_their_line() {
    let json = "dataset_path: json\ndataset_kwargs: {data_files: {test: d.jsonl}}";
    for (bytes, place) in [
        (b"{\"q\":1}\n{\"q\":\n".as_slice(), "d.jsonl:2:"),
        (b"{\"q\":1}\n[1]\n", "d.jsonl:2: not a JSON object"),
        (b"[{\"q\":1},\n 2]", "d.jsonl:0: entry 1"),
        (b"{\"q\":1}\n{\"q\":\"\xff\"}\n", "d.jsonl:2: not UTF-8"),
        (b"hello", "d.jsonl:1:"),
    ] {
        let error = problem(json, &[("d.jsonl", bytes)]);
        assert_eq!(error.code(), "task::data");
        assert!(error.to_string().contains(place), "{error}");
    }
    let csv = "dataset_path: csv\ndataset_kwargs: {data_files: {test: d.csv}}";
    let error = problem(csv, &[("d.csv", b"q,a\n1,2\n1,2,3\n")]);
    assert!(error.to_string().contains("d.csv:3: 3 fields where the header has 2"), "{error}");
    let parquet = "dataset_path: parquet\ndataset_kwargs: {data_files: {test: d.parquet}}";
    assert_eq!(problem(parquet, &[("d.parquet", b"PAR1 no PAR1")]).code(), "task::data");
    assert_eq!(problem(json, &[("d.jsonl", b"")]).code(), "task::split");
}

#[test]
fn targets_have_the_shape_that_scoring_needs() {
    let row = br#"{"q":"x","a":"2","list":["p","q"],"rules":[{"kind":"no_digits"}],"n":1.0,"right":[0,"z"],"c":["y","z"]}"#;
    let keys = "dataset_path: json\ndataset_kwargs: {data_files: {test: d.jsonl}}\n";
    let folder = folder(&[("d.jsonl", row)]);
    let target = |more: &str| load_in(&folder, &format!("{keys}{more}")).unwrap().target(0);
    assert_eq!(target("").unwrap(), Target::Text("2".into()));
    assert_eq!(target("doc_to_target: list").unwrap(), Target::Texts(vec!["p".into(), "q".into()]));
    assert_eq!(target("doc_to_target: '{{list}}'").unwrap(), Target::Texts(vec!["p".into(), "q".into()]));
    assert_eq!(target("doc_to_target: rules").unwrap(), Target::Value(json!([{"kind": "no_digits"}])));
    assert_eq!(target("doc_to_target: n").unwrap(), Target::Text("1.0".into()));
    assert_eq!(target("doc_to_choice: c\ndoc_to_target: '1'").unwrap(), Target::Text("z".into()));
    let choice = |more: &str| target(&format!("output_type: multiple_choice\ndoc_to_choice: c\n{more}"));
    assert_eq!(choice("doc_to_target: n").unwrap(), Target::Choice(1));
    assert_eq!(choice("doc_to_target: right").unwrap(), Target::Choices(vec![0, 1]));
    let error = choice("doc_to_target: a").unwrap_err();
    assert_eq!(
        error.to_string(),
        "task::document: t: document 0: `doc_to_target`: `2` is none of the 2 choices, nor a position among them"
    );
    assert_eq!(target("doc_to_target: '{{nobody}}'").unwrap_err().code(), "task::document");
}

#[test]
fn examples_that_are_too_few_are_told() {
    let row = b"{\"q\":\"x\",\"a\":\"y\"}\n{\"q\":\"z\",\"a\":\"w\"}\n";
    for sampler in ["default", "first_n"] {
        let keys = format!(
            "dataset_path: json\ndataset_kwargs: {{data_files: {{test: d.jsonl}}}}\nfewshot_split: test\nnum_fewshot: 2\n\
             fewshot_config: {{sampler: {sampler}}}"
        );
        let error = problem(&keys, &[("d.jsonl", row)]);
        assert_eq!(
            error.to_string(),
            "task::fewshot: t: 2 examples are asked for, and 1 are there to choose from"
        );
    }
}

/// As in lm-eval's `cieacova` and `parafrases_gl`.
#[test]
fn templates_name_fields_beyond_ascii() {
    let rows = "{\"Instrucción\": \"고르라\", \"질문\": \"둘?\", \"a\": 0}\n".as_bytes();
    let keys = "dataset_path: json\ndataset_kwargs: {data_files: {test: d.jsonl}}\n\
        doc_to_text: '{{Instrucción}}: {{질문}}'\ndoc_to_target: '{{0 if 질문 == 0 else 1}}'";
    let folder = folder(&[("d.jsonl", rows)]);
    let task = {
        let head = "task: t\ntest_split: test\noutput_type: generate_until\n";
        fs::write(folder.path().join("t.yaml"), format!("{head}{keys}\n")).unwrap();
        let index = TaskIndex::build(&[folder.path().join("t.yaml")]).unwrap();
        Task::load(&index, "t", &LoadOptions::default()).unwrap()
    };
    let instance = task.instance(0, ChatStyle::Plain).unwrap();
    assert_eq!((instance.input.as_str(), &instance.target), ("고르라: 둘?", &Target::Text("1".to_owned())));
}
