//! Task files, templates and data that once hung, crashed or filled the machine, or showed what they must not.

use daepyo_task::{
    Document, LoadOptions, Task, TaskConfig, TaskError, TaskIndex, read_documents, render_template,
};
use serde_json::{Map, json};
use std::{error::Error as _, fs, os::unix::fs::symlink, path::Path, process::Command};
use tempfile::TempDir;

fn config(text: &str) -> Result<TaskConfig, TaskError> {
    TaskConfig::from_text(text, Path::new("t.yaml"))
}

fn render(template: &str) -> Result<String, String> {
    render_template(template, &Map::new()).map_err(|error| error.to_string())
}

fn read(name: &str, text: &str, kwargs: &serde_json::Value) -> Result<Vec<Document>, TaskError> {
    let kwargs = kwargs.as_object().cloned().unwrap_or_default();
    read_documents(Path::new(name), text.as_bytes().to_vec(), &kwargs)
}

/// A task `t` that reads the text files that `pattern` names.
fn text_task(folder: &Path, pattern: &str) {
    let text = format!(
        "task: t\ndataset_path: text\ndataset_kwargs: {{data_files: {{test: \"{pattern}\"}}}}\ntest_split: test\n\
         output_type: loglikelihood_rolling\ndoc_to_target: text\n"
    );
    fs::write(folder.join("t.yaml"), text).unwrap();
}

fn load(folder: &Path, options: &LoadOptions) -> Result<Task, TaskError> {
    let index = TaskIndex::build(&[folder.to_path_buf()]).unwrap();
    Task::load(&index, "t", options)
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_long_text_that_aliases_repeat_is_refused() {
    let text = format!("task: t\na: &a \"{}\"\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 1_000].join(","));
    let error = config(&text).unwrap_err();
    assert_eq!(error.code(), "task::yaml");
    assert!(error.to_string().contains("bytes of text, aliases included"), "{error}");
}

#[test]
fn anchors_inside_of_anchors_are_counted() {
    let deep: Vec<String> = (0..90).map(|level| format!("&a{level} [")).collect();
    let deep = deep.concat();
    let wide = vec!["x"; 20_000].join(",");
    let error = config(&format!("task: t\na: {deep}{wide}{}\n", "]".repeat(90))).unwrap_err();
    assert!(error.to_string().contains("aliases included"), "{error}");
}

#[test]
fn repeats_beyond_all_bounds_are_refused() {
    assert_eq!(config("task: t\nrepeats: 100\n").unwrap().repeats, 100);
    let error = config("task: t\nrepeats: 4000000000\n").unwrap_err();
    assert!(error.to_string().contains("`repeats`: must be at most"), "{error}");
}

#[test]
fn a_name_whose_file_cannot_be_read_tells_why() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("wanted.yaml"), "task: wanted\na: [\n").unwrap();
    fs::write(folder.path().join("other.yaml"), "task: [\n").unwrap();
    let index = TaskIndex::build(&[folder.path().to_path_buf()]).unwrap();
    let error = index.task("wanted").unwrap_err();
    assert_eq!(error.code(), "task::unknown");
    let cause = error.source().unwrap().to_string();
    assert!(cause.starts_with("task::yaml: ") && cause.contains("wanted.yaml:"), "{cause}");
    assert!(index.task("absent").unwrap_err().source().is_none());
}

#[test]
fn a_pipe_or_device_among_task_files_is_not_read() {
    let folder = TempDir::new().unwrap();
    pipe(&folder.path().join("t.yaml"));
    symlink("/dev/zero", folder.path().join("u.yaml")).unwrap();
    fs::write(folder.path().join("v.yaml"), "task: v\n").unwrap();
    let index = TaskIndex::build(&[folder.path().to_path_buf()]).unwrap();
    let codes: Vec<&str> = index.problems().iter().map(|problem| problem.code()).collect();
    assert_eq!(codes, ["task::unreadable", "task::unreadable"]);
    assert!(index.task("v").is_ok());
}

#[test]
fn a_pipe_among_data_files_is_not_waited_for() {
    let folder = TempDir::new().unwrap();
    text_task(folder.path(), "*.txt");
    fs::write(folder.path().join("a.txt"), "하나\n").unwrap();
    assert_eq!(load(folder.path(), &LoadOptions::default()).unwrap().len(), 1);
    pipe(&folder.path().join("b.txt"));
    let error = load(folder.path(), &LoadOptions::default()).unwrap_err();
    assert_eq!(error.code(), "task::unreadable", "{error}");
}

#[test]
fn a_link_out_of_the_tasks_folder_is_refused_and_the_data_roots_own_is_not() {
    let (folder, outside) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    fs::write(outside.path().join("secret.txt"), "비밀\n").unwrap();
    let tasks = folder.path().join("tasks");
    fs::create_dir(&tasks).unwrap();
    text_task(&tasks, "data.txt");
    symlink(outside.path().join("secret.txt"), tasks.join("data.txt")).unwrap();
    let error = load(&tasks, &LoadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("a link that leads out"), "{error}");
    let rooted = |root: &Path| LoadOptions { data_root: Some(root.to_path_buf()), ..LoadOptions::default() };
    assert_eq!(load(&tasks, &rooted(outside.path())).unwrap().len(), 1);

    // A link inside of the folder is one's own business, and so is one in the data root.
    fs::remove_file(tasks.join("data.txt")).unwrap();
    fs::write(tasks.join("real.txt"), "하나\n둘\n").unwrap();
    symlink("real.txt", tasks.join("data.txt")).unwrap();
    assert_eq!(load(&tasks, &LoadOptions::default()).unwrap().len(), 2);
    fs::remove_file(tasks.join("data.txt")).unwrap();
    let root = folder.path().join("root");
    fs::create_dir(&root).unwrap();
    symlink(outside.path().join("secret.txt"), root.join("data.txt")).unwrap();
    assert_eq!(load(&tasks, &rooted(&root)).unwrap().len(), 1);
}

#[test]
fn a_quote_that_is_never_closed_is_an_error() {
    let error = read("d.csv", "a,b\n1,2\n\"x,y\n3,4\n5,6\n", &json!({})).unwrap_err();
    assert!(error.to_string().starts_with("task::data: d.csv:3: a quote that opens here"), "{error}");
    assert!(read("d.csv", "\"a,b\n1,2\n", &json!({})).is_err());
    assert_eq!(read("d.csv", "a,b\n\"x,y\n", &json!({"quoting": 3})).unwrap()[0]["a"], "\"x");
    for text in ["a,b\n1,2", "a,b\n1,2\n", "a,b\r\n1,2\r\n\r\n", "a,b\n1,\"2\"", "a,b\n\"1\",\"2\"\n\n"] {
        assert_eq!(read("d.csv", text, &json!({})).unwrap().len(), 1, "{text:?}");
    }
    assert_eq!(read("d.csv", "", &json!({})).unwrap().len(), 0);
    assert_eq!(read("d.tsv", "a\tb\n\"x\"\"y\"\t\"z\"\n", &json!({})).unwrap()[0]["a"], "x\"y");
}

#[test]
fn a_line_that_is_too_long_is_not_read_as_one_document() {
    let line = format!("{{\"a\": \"{}\"}}\n", "x".repeat(33 << 20));
    let error = read("d.jsonl", &line, &json!({})).unwrap_err();
    assert!(error.to_string().contains("the line is longer than"), "{error}");
}

#[test]
fn parquet_files_that_repeat_one_text_or_hold_one_giant_list_are_refused() {
    for name in ["one_text.parquet", "one_list.parquet"] {
        let path = crate::fixtures().join("data").join(name);
        let error = read_documents(&path, fs::read(&path).unwrap(), &Map::new()).unwrap_err();
        assert!(error.to_string().contains("far more rows"), "{name}: {error}");
    }
}

/// Found by fuzzing: the reader skipped a list of two billion numbers past the end of the file, for minutes.
#[test]
fn a_parquet_page_whose_header_has_a_list_beyond_the_file_is_refused() {
    let path = crate::fixtures().join("data/endless_header.parquet");
    let error = read_documents(&path, fs::read(&path).unwrap(), &Map::new()).unwrap_err();
    assert!(error.to_string().contains("not a sound Parquet file"), "{error}");
}

/// A dictionary of half a billion values, in 566 bytes: the reader once made room for all of them.
#[test]
fn a_parquet_page_with_more_values_than_the_file_can_hold_is_refused() {
    let path = crate::fixtures().join("data/giant_dictionary.parquet");
    let error = read_documents(&path, fs::read(&path).unwrap(), &Map::new()).unwrap_err();
    assert!(error.to_string().contains("promises more than the file can hold"), "{error}");
}

/// Truth values in a list take no byte, so that a kilobyte once promised more steps than a week has.
#[test]
fn a_parquet_footer_with_billions_of_truth_values_is_refused() {
    let path = crate::fixtures().join("data/nested.parquet");
    let sound = fs::read(&path).unwrap();
    assert!(read_documents(&path, sound.clone(), &Map::new()).is_ok());
    let (whole, end) = sound.split_at(sound.len() - 8);
    let footer = u32::from_le_bytes(*end.first_chunk().unwrap());
    let (last, body) = whole.split_last().unwrap();
    assert_eq!(*last, 0, "the end of the footer's structure");
    // A field of number 100 that nobody knows: a list of 200 lists of 2^31 - 1 truth values.
    let mut field = vec![0x09, 0xc8, 0x01, 0xf9, 0xc8, 0x01];
    (0..200).for_each(|_| field.extend([0xf1, 0xff, 0xff, 0xff, 0xff, 0x07]));
    let length = footer + u32::try_from(field.len()).unwrap();
    let bytes = [body, &field, &[0], &length.to_le_bytes(), b"PAR1"].concat();
    let error = read_documents(&path, bytes, &Map::new()).unwrap_err();
    assert!(error.to_string().contains("promises more than the file can hold"), "{error}");
}

#[test]
fn a_parquet_column_nested_thousands_deep_is_refused() {
    let path = crate::fixtures().join("data/deep.parquet");
    let error = read_documents(&path, fs::read(&path).unwrap(), &Map::new()).unwrap_err();
    assert!(error.to_string().contains("nested deeper than 100"), "{error}");
}

/// Each of these once overflowed the stack, which ends the program.
#[test]
fn long_code_compiles_on_a_stack_of_its_own_or_is_refused() {
    assert_eq!(render(&format!("{{{{ {} }}}}", vec!["1"; 20_000].join("+"))).as_deref(), Ok("20000"));
    assert_eq!(render(&format!("{{{{ 1{} }}}}", "|abs".repeat(10_000))).as_deref(), Ok("1"));
    let branches = format!("{{% if x %}}{}{{% endif %}}", "{% elif x %}".repeat(4_000));
    assert_eq!(render(&format!("{{% set x = 0 %}}{branches}")).as_deref(), Ok(""));
    for code in ["-", "not ", "1+"] {
        let error = render(&format!("{{{{ {}1 }}}}", code.repeat(300_000))).unwrap_err();
        assert!(error.contains("bytes from its first tag on"), "{error}");
    }
    let long_text = format!("{}{{{{ 1 + 1 }}}}", "글 ".repeat(100_000));
    assert!(render(&long_text).unwrap().ends_with("글 2"));
}

#[test]
fn values_that_a_loop_nests_do_not_overflow_the_stack() {
    let nested = |then: &str| {
        format!(
            "{{% set ns = namespace(x=1) %}}{{% for a in range(30000) %}}{{% set ns.x = [ns.x] %}}{{% endfor %}}{then}"
        )
    };
    assert_eq!(render(&nested("done")).as_deref(), Ok("done"));
    let error = render(&nested("{{ ns.x }}")).unwrap_err();
    assert!(error.contains("nested deeper than"), "{error}");
    // The engine joins and compares by itself; whatever it says, it says it.
    for then in ["{{ ns.x ~ '' }}", "{{ ns.x == [ns.x] }}", "{{ [ns.x, ns.x]|unique|list|length }}"] {
        let _ = render(&nested(then));
    }
}

#[test]
fn a_list_that_is_doubled_again_and_again_is_not_shown() {
    let template = "{% set ns = namespace(x=[1]) %}{% for a in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}\
                    {{ ns.x }}";
    let error = render(template).unwrap_err();
    assert!(error.contains("the template makes more than"), "{error}");
}
