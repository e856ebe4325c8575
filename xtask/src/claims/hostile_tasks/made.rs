//! What hostile tasks need that is too large to keep, or no regular file.

use crate::failure::Failure;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// Makes what `kind` names in `tasks`, the folder of the task file `hostile.yaml`; `outside` lies around it.
pub(super) fn make(kind: &str, tasks: &Path, outside: &Path) -> Result<(), Failure> {
    let data = tasks.join("data.jsonl");
    match kind {
        "long_sum" => template(tasks, &format!("{{{{ {} }}}}", vec!["1"; 200_000].join("+"))),
        "many_elifs" => {
            let tags = "{%elif q%}".repeat(40_000);
            template(tasks, &format!("{{% if q %}}{tags}{{% endif %}}"))
        }
        "many_minuses" => template(tasks, &format!("{{{{ {}1 }}}}", "-".repeat(400_000))),
        "laughs" => append(tasks, &laughs()),
        "long_text_again" => {
            let again = vec!["*a"; 200_000].join(",");
            append(tasks, &format!("metadata:\n  a: &a \"{}\"\n  b: [{again}]\n", "x".repeat(1_000_000)))
        }
        "brackets" => append(tasks, &format!("metadata: {}\n", "[".repeat(200_000))),
        "indentation_again" => {
            let quoted = |number: usize| format!("k{number}: \"a\nb{}\"\n", "\nx".repeat(20_000));
            append(tasks, &(0..100).map(quoted).collect::<String>())
        }
        "too_large" => append(tasks, &format!("# {}\n", "x".repeat(17 << 20))),
        "include_chain" => (0..100).try_for_each(|number| {
            write(&tasks.join(format!("chain_{number}")), &format!("include: chain_{}\n", number + 1))
        }),
        "own_group" => write(&tasks.join("hostile.yaml"), "group: hostile\ntask: [hostile]\n"),
        "doubled_groups" => doubled_groups(tasks),
        "pipe_task" => pipe(&tasks.join("hostile.yaml")),
        "device_task" => link(Path::new("/dev/zero"), &tasks.join("hostile.yaml")),
        "pipe_data" => pipe(&tasks.join("pipe.jsonl")),
        "device_data" => link(Path::new("/dev/zero"), &tasks.join("device.jsonl")),
        "link_out" => link(&outside.join("secret.txt"), &tasks.join("link.txt")),
        "folder_link_out" => {
            let folder = outside.join("others");
            fs::create_dir_all(&folder).map_err(Failure::io("make", &folder))?;
            write(&folder.join("a.txt"), "of somebody else\n")?;
            link(&folder, &tasks.join("below"))
        }
        "giant_line" => write(&data, &format!("{{\"q\": \"{}\", \"a\": \"b\"}}\n", "x".repeat(40 << 20))),
        "deep_json" => write(&data, &format!("{{\"q\": {}\n", "[".repeat(1_000_000))),
        "empty_objects" => write(&data, &format!("[{}{{}}]", "{},".repeat(12_000_000))),
        "own_fields" => {
            let line = |number: usize| format!("{{\"f{number}\": 0}}\n");
            write(&data, &(0..20_000).map(line).collect::<String>())
        }
        "sparse" => {
            let file = File::create(&data).map_err(Failure::io("write", &data))?;
            file.set_len(40 << 30).map_err(Failure::io("write", &data))
        }
        "open_quote" => write(&tasks.join("data.csv"), "q,a\n\"never closed,b\nc,d\n"),
        "wide_csv" => {
            let text = format!("{}\n{}", vec!["a"; 20_000].join(","), "1\n".repeat(20_000));
            write(&tasks.join("data.csv"), &text)
        }
        other => Err(Failure::BadInput(format!("nothing is known that is called `{other}`"))),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(Failure::io("write", path))
}

fn append(tasks: &Path, text: &str) -> Result<(), Failure> {
    let path = tasks.join("hostile.yaml");
    let file = OpenOptions::new().append(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(Failure::io("write", &path))
}

/// Puts a template in the place of the good task's.
fn template(tasks: &Path, text: &str) -> Result<(), Failure> {
    let path = tasks.join("hostile.yaml");
    let before = fs::read_to_string(&path).map_err(Failure::io("read", &path))?;
    let kept = before.lines().filter(|line| !line.starts_with("doc_to_text:"));
    let kept: Vec<&str> = kept.collect();
    write(&path, &format!("{}\ndoc_to_text: \"{text}\"\n", kept.join("\n")))
}

/// Thirty lists, each of ten times the one before.
fn laughs() -> String {
    let mut text = "metadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        // Writing to a string does not fail.
        let _ = writeln!(text, "  a{level}: &a{level} [{below}]");
    }
    text
}

/// Thirty groups, each of twice the one before.
fn doubled_groups(tasks: &Path) -> Result<(), Failure> {
    let leaf = "task: leaf\ndataset_path: json\ndataset_kwargs: {data_files: {test: data.jsonl}}\ntest_split: test\n";
    write(&tasks.join("leaf.yaml"), leaf)?;
    for level in 0..30 {
        let below = if level == 0 { "leaf".to_owned() } else { format!("level_{}", level - 1) };
        let name = if level == 29 { "hostile".to_owned() } else { format!("level_{level}") };
        write(&tasks.join(format!("{name}.yaml")), &format!("group: {name}\ntask: [{below}, {below}]\n"))?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), Failure> {
    if path.exists() { fs::remove_file(path).map_err(Failure::io("remove", path)) } else { Ok(()) }
}

fn pipe(path: &Path) -> Result<(), Failure> {
    remove(path)?;
    let status = Command::new("mkfifo").arg(path).status().map_err(Failure::io("make", path))?;
    if status.success() { Ok(()) } else { Err(Failure::Environment("mkfifo failed".to_owned())) }
}

fn link(to: &Path, path: &Path) -> Result<(), Failure> {
    remove(path)?;
    symlink(to, path).map_err(Failure::io("link", path))
}
