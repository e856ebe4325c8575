//! The site as a command: where it is, how it ends, what it refuses, what it exports.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

fn example() -> PathBuf {
    PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../examples/contest/programme.toml")
}

fn live_example() -> PathBuf {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap());
    root.join("../../examples/contest-live/programme.toml")
}

fn daepyo(language: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_daepyo"));
    command.args(["--lang", language]).args(words).stdin(Stdio::null());
    command
}

/// The running site, its address, and the lines that it says first.
fn serve(data: &str) -> (Child, String, Vec<String>) {
    serve_of(&example(), data)
}

fn serve_of(programme: &Path, data: &str) -> (Child, String, Vec<String>) {
    let words = [
        &["serve", programme.to_str().unwrap(), "--data", data, "--listen", "127.0.0.1:0"][..],
        &["--data-licence", "CC-BY-4.0"],
    ]
    .concat();
    let mut child = daepyo("en", &words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    let address = loop {
        let line = lines.next().unwrap().unwrap();
        let found = line.split_once("The site is at http://").map(|(_, rest)| rest.to_owned());
        said.push(line);
        if let Some(found) = found {
            break found.split(' ').next().unwrap().to_owned();
        }
    };
    // Nobody has made an account here, so the link comes next.
    said.push(lines.next().unwrap().unwrap());
    // The log is read to its end, so that writing it never waits.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    get(&address, "/healthz");
    (child, address, said)
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_site_says_where_it_is_and_ends_cleanly_when_it_is_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let (mut child, address, lines) = serve(data);
    assert!(lines.iter().any(|line| line.contains("/first-run?token=")), "{lines:?}");
    let page = get(&address, "/?lang=ko");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("공개 대결 시연"), "{page}");
    assert!(get(&address, "/data").contains("<dd>CC-BY-4.0</dd>"), "the licence stands beside the data");
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));

    // Killed at once, it is there again with what it had.
    let secret = std::fs::read(folder.path().join("data/secret.key")).unwrap();
    let (mut child, _, _) = serve(data);
    child.kill().unwrap();
    child.wait().unwrap();
    let (mut child, address, _) = serve(data);
    assert!(get(&address, "/contests").starts_with("HTTP/1.1 200"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(std::fs::read(folder.path().join("data/secret.key")).unwrap(), secret);
}

#[test]
fn a_live_contest_is_served_where_everybody_can_be_talked_to() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let (mut child, address, _) = serve_of(&live_example(), data);
    let page = get(&address, "/contests/public/users?lang=ko");
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    child.kill().unwrap();
    child.wait().unwrap();

    // A file of weights cannot be talked to; a server's key that is not there is told as well.
    let whole = std::fs::read_to_string(live_example()).unwrap();
    let prompts = std::fs::read(live_example().with_file_name("prompts.csv")).unwrap();
    std::fs::write(folder.path().join("prompts.csv"), prompts).unwrap();
    std::fs::write(folder.path().join("garam.gguf"), "").unwrap();
    std::fs::create_dir(folder.path().join("replay")).unwrap();
    for name in ["garam-1", "narae-1", "dasom-1", "meridian-2"] {
        let file = format!("replay/{name}.jsonl");
        let from = live_example().parent().unwrap().join(&file);
        std::fs::copy(from, folder.path().join(&file)).unwrap();
    }
    let programme = folder.path().join("programme.toml");
    let model = "model = \"replay:replay/garam-1.jsonl\"";
    let server = "model = \"openai:https://host.example/v1?model=m\"\napi_key_env = \"DAEPYO_NO_SUCH_KEY\"";
    for (instead, expected) in
        [("model = \"llama:garam.gguf\"", "server::no_backend"), (server, "DAEPYO_NO_SUCH_KEY")]
    {
        std::fs::write(&programme, whole.replace(model, instead)).unwrap();
        let words = ["serve", programme.to_str().unwrap(), "--data", data, "--listen", "127.0.0.1:0"];
        let output = daepyo("en", &words).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{instead}: {said}");
        assert!(said.contains(expected), "{instead}: {said}");
    }
}

#[test]
fn what_the_site_cannot_start_with_is_told_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = held.local_addr().unwrap().to_string();
    let free = ["serve", "--data", data, "--listen", "127.0.0.1:0"];
    for (language, more, code, expected) in [
        ("en", vec!["--listen", taken.as_str()], 3, "server::listen"),
        ("ko", vec!["--store", "mysql://u:secret@host/db"], 3, "저장소를 열 수 없습니다"),
        ("en", vec!["--base-url", "http://example.org"], 2, "https://"),
        ("ko", vec!["--trusted-proxy", "everybody"], 2, "--trusted-proxy everybody"),
        ("en", vec!["--oidc", "no-such-file"], 2, "--oidc no-such-file"),
    ] {
        let words = if more[0] == "--listen" {
            [&free[..3], &more[..]].concat()
        } else {
            [&free[..], &more[..]].concat()
        };
        let output = daepyo(language, &words).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{more:?}: {said}");
        assert!(said.contains(expected) && !said.contains("secret@"), "{more:?}: {said}");
    }
}

#[test]
fn public_pages_are_exported_once_into_an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    let programme = example();
    let out = folder.path().join("out");
    let words = [
        &["export", programme.to_str().unwrap(), "--day", "2026-11-29", "--out", out.to_str().unwrap()][..],
        &["--data-licence", "CC-BY-4.0"],
    ]
    .concat();
    let output = daepyo("en", &words).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let data = std::fs::read_to_string(out.join("en/data/index.html")).unwrap();
    assert!(data.contains("<dd>CC-BY-4.0</dd>"), "{data}");
    for page in ["ko", "en"] {
        assert!(out.join(page).is_dir(), "{}", said(&output));
    }
    let again = daepyo("ko", &words).output().unwrap();
    assert_eq!(again.status.code(), Some(2), "{}", said(&again));
    assert!(said(&again).contains("비어 있지 않습니다"), "{}", said(&again));
}

#[test]
fn an_export_of_published_folders_must_say_where_it_will_stand() {
    let folder = tempfile::tempdir().unwrap();
    let programme = example();
    let (out, published) = (folder.path().join("out"), folder.path().join("stage"));
    let words = [
        "export",
        programme.to_str().unwrap(),
        "--published",
        published.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ];
    for (language, more, expected) in [
        ("en", vec![], "--published needs --base-url"),
        ("ko", vec![], "--published에는 --base-url이 있어야 합니다"),
        ("en", vec!["--base-url", "vote.example.kr"], "--base-url vote.example.kr"),
        ("en", vec!["--base-url", "ftp://vote.example.kr"], "must begin with http:// or https://"),
        ("ko", vec!["--base-url", "https://vote.example.kr/?a=1"], "물음표 뒤의 것"),
        ("en", vec!["--base-url", "https://user@vote.example.kr/"], "without query, fragment or user"),
    ] {
        let output = daepyo(language, &[&words[..], &more[..]].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{more:?}: {}", said(&output));
        assert!(said(&output).contains(expected), "{more:?}: {}", said(&output));
        assert!(!out.exists(), "{more:?}");
    }
    let words = [&words[..], &["--base-url", "https://vote.example.kr/archive/"]].concat();
    let output = daepyo("en", &words).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    // A folder that is not there is no failure, and is told.
    assert!(said(&output).contains("nothing yet: 1"), "{}", said(&output));
}

#[test]
fn a_receipt_that_is_none_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("receipt.json");
    std::fs::write(&file, "{}").unwrap();
    let key = "example.org/log+5f6d0af1+Af000000000000000000000000000000000000000000";
    let words = ["contest", "receipt", file.to_str().unwrap(), "--key", key];
    let output = daepyo("en", &words).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}
