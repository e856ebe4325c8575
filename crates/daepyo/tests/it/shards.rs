//! Any number of shards, killed or not, joined from a folder or a bucket, gives what one machine writes; what is not one
//! evaluation is refused.

use crate::draw::Draw;
use crate::figure;
use crate::line::{Line, assert_same, code, copy, stderr, stdout};
use crate::servers::{Servers, slow};
use daepyo_store::bucket_server::BucketServer;
use serde_json::Value;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const TASKS: &str = "line_words,line_sums,line_passages";
const REPLAY: &str = "replay:replay/garam.jsonl";

/// Requests of [`TASKS`].
const REQUESTS: u64 = 116;

fn eval(line: &Line, model: &str, out: &str, more: &[&str]) -> Command {
    let words =
        ["eval", "--model", model, "--tasks", TASKS, "--include-path", "suites", "--out", out, "--json"];
    let mut command = line.daepyo(&words);
    command.args(["--format", "lm-eval,every-eval-ever,inspect,parquet"]).args(more);
    command
}

fn passes(mut command: Command) -> Value {
    let output = command.output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

/// Runs every shard into one folder; gives what they asked together.
fn all_shards(line: &Line, model: &str, out: &str, count: u32) -> u64 {
    let each = (0..count).map(|index| {
        let done = passes(eval(line, model, out, &["--shard", &format!("{index}/{count}")]));
        assert_eq!(done["failures"], 0);
        done["requests"].as_u64().unwrap()
    });
    each.sum()
}

fn merge(line: &Line, words: &[&str]) -> Output {
    line.daepyo(&["--lang", "en", "merge"]).args(words).output().unwrap()
}

/// A merge that must be refused, and with which words.
fn refused(line: &Line, words: &[&str], exit: i32, said: &[&str]) {
    let output = merge(line, words);
    let all = stderr(&output);
    assert_eq!((code(&output), stdout(&output).as_str()), (exit, ""), "{all}");
    assert!(all.contains("help: ") && said.iter().all(|part| all.contains(part)), "{all}");
}

#[test]
fn any_number_of_shards_one_killed_gives_what_one_machine_writes() {
    let wanted = figure::asked("DAEPYO_SHARD_KILLS", 2);
    let servers = Servers::start(&["garam"], &|_| slow());
    let line = Line::new();
    let model = format!("openai:{}?model=garam", servers.url("garam"));
    passes(eval(&line, &model, "whole", &[]));
    let whole = line.published("whole");
    let mut draw = Draw::new(figure::asked("DAEPYO_SEED", 1));
    let (mut kills, mut lost) = (0, 0);
    for count in [1, 2, 7] {
        let parts = format!("parts-{count}");
        let before = servers.count();
        // The shard in the middle is killed, again and again.
        let killed = format!("{}/{count}", count / 2);
        for _ in 0..wanted {
            kills += kill(&line, &servers, eval(&line, &model, &parts, &["--shard", &killed]), &mut draw);
            let folder = line.path(&parts).join(format!("shard-{}-of-{count}", count / 2));
            if !folder.join("shard.json").exists() {
                refused(&line, &["none", &parts], 2, &["shard::unfinished"]);
            }
        }
        assert_eq!(all_shards(&line, &model, &parts, count), REQUESTS, "no request is asked by two shards");
        let sent = u64::try_from(servers.count() - before).unwrap();
        // Each start of a shard that has something to ask probes its server once.
        let probes = u64::from(count) + wanted;
        lost += sent.saturating_sub(REQUESTS + probes);
        let merged = format!("merged-{count}");
        let output = merge(&line, &[&merged, &parts]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert_same(&line.published(&merged), &whole);
        assert_eq!(servers.count() - before, usize::try_from(sent).unwrap(), "a merge asks nothing");
    }
    // The joined folder is an ordinary run: nothing is left to ask.
    let sent = servers.count();
    passes(eval(&line, &model, "merged-7", &[]));
    assert_eq!(servers.count(), sent);
    assert_same(&line.published("merged-7"), &whole);
    assert!(kills > 0, "no shard was killed before it ended");
    figure::tell(&format!(
        "1, 2 and 7 shards of {REQUESTS} requests, a shard of each killed ({kills} times, SIGKILL) and run again: {} \
         published files in four formats the same to the byte as those of one machine, {REQUESTS} requests asked each \
         time ({lost} lost in flight and sent again)",
        whole.len()
    ));
}

/// Starts a shard and kills it once some answers have come; 1 where it had not ended before.
fn kill(line: &Line, servers: &Servers, mut command: Command, draw: &mut Draw) -> u64 {
    let stop_at = servers.count() + 2 + usize::try_from(draw.up_to(24)).unwrap();
    let log = fs::File::create(line.path("stderr")).unwrap();
    let mut child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
    while servers.count() < stop_at && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_micros(200));
    }
    let _ = child.kill();
    u64::from(child.wait().unwrap().signal() == Some(9))
}

#[test]
fn what_is_not_one_whole_evaluation_is_refused() {
    let line = Line::new();
    all_shards(&line, REPLAY, "parts", 3);
    let part = |index: u32| format!("parts/shard-{index}-of-3");
    refused(&line, &["out", &part(0), &part(2)], 2, &["shard::missing: of 3 shards these are missing: 1"]);
    copy(&line.path(&part(1)), &line.path("copy/shard-1-of-3"));
    refused(&line, &["out", "parts", "copy"], 2, &["shard::doubled: shard 1 is there twice", "copy/shard-1"]);
    refused(&line, &["out", "parts", &part(1)], 2, &["shard::doubled"]);
    fs::create_dir(line.path("empty")).unwrap();
    refused(&line, &["out", "parts", "empty"], 2, &["shard::unfinished: empty has no finished shard"]);

    let foreign = |out: &str, model: &str, more: &[&str]| {
        passes(eval(&line, model, out, &[&["--shard", "1/3"], more].concat()));
        let words = ["out", &part(0), &format!("{out}/shard-1-of-3"), &part(2)];
        refused(&line, &words, 2, &["shard::foreign", "shard-0-of-3 and "]);
        stderr(&merge(&line, &words))
    };
    assert!(foreign("narae", "replay:replay/narae.jsonl", &[]).contains("another model"));
    assert!(
        foreign("limit", REPLAY, &["--limit", "5"]).contains("`line_passages`, `line_sums`, `line_words`")
    );
    line.edit("suites/sums/sums.yaml", "version: 1.0", "version: 2.0");
    let said = foreign("version", REPLAY, &[]);
    assert!(said.contains("other versions or files of them: `line_sums`"), "{said}");
    passes(eval(&line, REPLAY, "two", &["--shard", "1/2"]));
    refused(&line, &["out", "parts", "two"], 2, &["shard::foreign", "of 3 shards, the other of 2"]);

    // The shards are whole, but the task that is here is another one by now.
    refused(&line, &["out", "parts"], 2, &["shard::plan_differs", "`line_sums`", "--include-path"]);
    line.edit("suites/sums/sums.yaml", "version: 2.0", "version: 1.0");
    assert!(!line.path("out").exists(), "a merge that is refused writes nothing");
    let output = merge(&line, &["out", "parts"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));

    let korean = line.daepyo(&["--lang", "ko", "merge", "other", &part(0)]).output().unwrap();
    assert_eq!(code(&korean), 2);
    assert!(stderr(&korean).contains("조각 3개 가운데 없는 것이 있습니다: 1, 2"), "{}", stderr(&korean));
    for (words, exit) in [(["out", "nowhere"], 2), (["out", "gs://bucket/run"], 2)] {
        assert_eq!(code(&merge(&line, &words)), exit);
    }
    for wrong in ["3/3", "1", "x/2"] {
        assert_eq!(code(&eval(&line, REPLAY, "out", &["--shard", wrong]).output().unwrap()), 2);
    }
}

#[test]
fn a_shard_that_is_not_as_it_was_written_is_damaged() {
    let line = Line::new();
    all_shards(&line, REPLAY, "parts", 2);
    passes(eval(&line, REPLAY, "whole", &[]));
    let file = "parts/shard-1-of-2/responses.jsonl";
    let sound = line.read(file);
    let lines: Vec<_> = sound.lines().collect();
    let other = line.read("parts/shard-0-of-2/responses.jsonl");
    let cases = [
        (sound.replacen("\"text\":\"", "\"text\":\"x", 1), "its digest is"),
        (lines[1..].join("\n") + "\n", "its digest is"),
        (format!("{sound}{}\n", lines[0]), "answers a request again"),
        (
            format!("{}{sound}", other.lines().next().unwrap().to_owned() + "\n"),
            "line 1 answers a request that",
        ),
        (format!("{sound}{{}}\n"), "is no response"),
        (String::new(), "its digest is"),
    ];
    for (bytes, problem) in cases {
        assert_ne!(bytes, sound);
        fs::write(line.path(file), bytes).unwrap();
        refused(
            &line,
            &["out", "parts"],
            4,
            &["shard::damaged: parts/shard-1-of-2/responses.jsonl", problem],
        );
    }
    fs::write(line.path("parts/shard-1-of-2/shard.json"), "{}").unwrap();
    refused(&line, &["out", "parts"], 4, &["shard::damaged", "shard.json"]);

    // The same command mends it, and asks nothing again.
    passes(eval(&line, REPLAY, "parts", &["--shard", "1/2"]));
    assert_eq!(line.read(file), sound);
    let output = merge(&line, &["out", "parts"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_same(&line.published("out"), &line.published("whole"));

    // Merging again changes nothing; another model's recording of the same name would.
    assert_eq!(code(&merge(&line, &["out", "parts"])), 0);
    assert_same(&line.published("out"), &line.published("whole"));
}

#[test]
fn answers_of_another_run_are_not_mixed_in() {
    let servers = Servers::start(&["garam"], &|_| daepyo_backend::faulty::Script::default());
    let line = Line::new();
    let model = format!("openai:{}?model=garam", servers.url("garam"));
    all_shards(&line, &model, "parts", 2);
    let output = merge(&line, &["out", "parts"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let work = line.path("out/.work");
    let database = work.join("run.sqlite");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // The same requests with other answers, as another server at the same address would give them.
    runtime.block_on(async {
        let digest = daepyo_core::Digest::of(model.as_bytes());
        let store = daepyo_store::Store::open(&database).await.unwrap();
        let (request, _) = store.answers(digest).await.unwrap().into_iter().next().unwrap();
        store.close().await;
        fs::remove_dir_all(&work).unwrap();
        fs::create_dir(&work).unwrap();
        let store = daepyo_store::Store::open(&database).await.unwrap();
        let other = daepyo_core::Response::Loglikelihood { logprob: -9.5, is_greedy: false, tokens: 1 };
        store.put(digest, &[(request, other)]).await.unwrap();
        store.close().await;
    });
    refused(&line, &["out", "parts"], 2, &["shard::out_taken: out holds other answers"]);
}

#[test]
fn shards_meet_in_a_bucket() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let bucket = runtime.block_on(BucketServer::start()).unwrap();
    let servers = Servers::start(&["garam"], &|_| daepyo_backend::faulty::Script::default());
    let line = Line::new();
    let model = format!("openai:{}?model=garam", servers.url("garam"));
    passes(eval(&line, &model, "whole", &[]));
    let place = "s3://bucket/runs/1";
    let shard = |out: &str, index: u32| {
        let shard = format!("{index}/5");
        let mut command = eval(&line, &model, out, &["--shard", &shard, "--publish", place]);
        command.envs(bucket.variables());
        passes(command)
    };
    for index in 0..5 {
        // A server that is busy now and then is asked again.
        bucket.refuse(1);
        let done = shard(&format!("machine-{index}"), index);
        assert_eq!(done["published"], format!("{place}/shard-{index}-of-5"));
        assert_eq!(done["was_published"], false);
    }
    let puts: Vec<_> = bucket.asked().into_iter().filter(|asked| asked.starts_with("PUT")).collect();
    assert!(puts.last().unwrap().contains("shard-4-of-5/shard.json"), "the record comes last: {puts:?}");

    let mut command = line.daepyo(&["merge", "merged", place]);
    let output = command.envs(bucket.variables()).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_same(&line.published("merged"), &line.published("whole"));

    // On a new machine, what was handed over is not asked again.
    let (sent, put) = (servers.count(), bucket.objects());
    assert_eq!(shard("new-machine", 2)["was_published"], true);
    assert_eq!((servers.count(), bucket.objects()), (sent, put));

    bucket.put("bucket/runs/1/shard-3-of-5/responses.jsonl", b"");
    let mut command = line.daepyo(&["--lang", "en", "merge", "out", place]);
    let output = command.envs(bucket.variables()).output().unwrap();
    assert_eq!(code(&output), 4);
    let said = stderr(&output);
    assert!(said.contains("shard::damaged: s3://bucket/runs/1/shard-3-of-5/responses.jsonl"), "{said}");

    let mut command = eval(&line, &model, "denied", &["--shard", "0/5", "--publish", place]);
    command.envs(bucket.variables()).env("AWS_ACCESS_KEY_ID", "another");
    let output = command.output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("place::failed"), "{}", stderr(&output));
}

#[test]
fn more_shards_than_documents_and_shared_folders_work() {
    let line = Line::new();
    passes(eval(&line, REPLAY, "whole", &["--limit", "1"]));
    for index in 0..9 {
        let shard = format!("{index}/9");
        let out = format!("machine-{index}");
        passes(eval(&line, REPLAY, &out, &["--limit", "1", "--shard", &shard, "--publish", "shared/run"]));
    }
    let output = merge(&line, &["merged", "shared/run", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_same(&line.published("merged"), &line.published("whole"));
}

fn deploy(name: &str) -> std::path::PathBuf {
    crate::line::repository().join("docs/deploy").join(name)
}

#[test]
fn the_slurm_script_runs_a_shard_of_the_array() {
    let line = Line::new();
    passes(eval(&line, REPLAY, "whole", &[]));
    let script = deploy("slurm-array.sh");
    for index in ["0", "1", "2"] {
        let mut bash = Command::new("bash");
        bash.arg(&script).args(["parts", "--model", REPLAY, "--tasks", TASKS, "--include-path", "suites"]);
        bash.args(["--format", "lm-eval,every-eval-ever,inspect,parquet"]);
        bash.current_dir(line.path("")).env("DAEPYO", env!("CARGO_BIN_EXE_daepyo"));
        bash.env("SLURM_ARRAY_TASK_ID", index).env("SLURM_ARRAY_TASK_COUNT", "3");
        if index == "2" {
            // One that is submitted again alone must not take itself for the only one.
            bash.env("SLURM_ARRAY_TASK_COUNT", "1").env("DAEPYO_SHARDS", "3");
        }
        let output = bash.output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    }
    let output = merge(&line, &["merged", "parts"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_same(&line.published("merged"), &line.published("whole"));
}

#[test]
fn the_kubernetes_job_runs_a_shard_of_each_index() {
    let text = fs::read_to_string(deploy("kubernetes-indexed-job.yaml")).unwrap();
    let completions = text.lines().find_map(|line| line.trim().strip_prefix("completions: ")).unwrap();
    let arguments = text.split("args:\n").nth(1).unwrap();
    let arguments = arguments.lines().map_while(|line| line.trim().strip_prefix("- "));
    let arguments: Vec<_> = arguments.map(|word| word.trim_matches('"').to_owned()).collect();
    let after = |name: &str| {
        let place = arguments.iter().position(|word| word == name).unwrap();
        arguments[place + 1].clone()
    };
    assert_eq!(after("--shard"), format!("$(JOB_COMPLETION_INDEX)/{completions}"));
    let line = Line::new();
    for index in ["0", "6"] {
        let words: Vec<_> = arguments
            .iter()
            .map(|word| match word {
                word if *word == after("--model") => REPLAY.to_owned(),
                word if *word == after("--tasks") => TASKS.to_owned(),
                word if *word == after("--include-path") => "suites".to_owned(),
                word if *word == after("--out") => "machine".to_owned(),
                word if *word == after("--publish") => "shared".to_owned(),
                word => word.replace("$(JOB_COMPLETION_INDEX)", index),
            })
            .collect();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let output = line.daepyo(&words).output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(line.path(&format!("shared/shard-{index}-of-7/shard.json")).exists());
    }
}
