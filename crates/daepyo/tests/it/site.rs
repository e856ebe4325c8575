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
fn a_store_is_served_with_its_own_secret_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let data = path.to_str().unwrap();
    let (mut child, _, _) = serve(data);
    child.kill().unwrap();
    child.wait().unwrap();
    let (secret, aside) = (path.join("secret.key"), path.join("aside.key"));
    std::fs::rename(&secret, &aside).unwrap();
    let programme = example();
    let words = ["serve", programme.to_str().unwrap(), "--data", data, "--listen", "127.0.0.1:0"];
    for (language, expected) in [("ko", "다른 열쇠로 시작한"), ("en", "another key than")] {
        let output = daepyo(language, &words).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(3), "{said}");
        for expected in ["server::secret", expected, "secret.key", "DATA"] {
            assert!(said.contains(expected), "{expected}: {said}");
        }
    }
    std::fs::rename(&aside, &secret).unwrap();
    let (mut child, _, _) = serve(data);
    child.kill().unwrap();
    child.wait().unwrap();
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

    // A file that is no model is told, or that weights cannot be run; a server's key that is not there as well.
    std::fs::write(folder.path().join("garam.gguf"), "").unwrap();
    let weights = if cfg!(feature = "llama") { "backend::file" } else { "server::no_backend" };
    let server = "model = \"openai:https://host.example/v1?model=m\"\napi_key_env = \"DAEPYO_NO_SUCH_KEY\"";
    for (instead, expected) in [
        ("model = \"llama:garam.gguf\"", weights),
        ("model = \"llama:no-such-file.gguf\"", weights),
        (server, "DAEPYO_NO_SUCH_KEY"),
    ] {
        let programme = live_example_with(folder.path(), instead);
        let words = ["serve", programme.to_str().unwrap(), "--data", data, "--listen", "127.0.0.1:0"];
        let output = daepyo("en", &words).output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{instead}: {said}");
        assert!(said.contains(expected), "{instead}: {said}");
    }
}

/// The live example in `folder`, with another model of its first candidate.
fn live_example_with(folder: &Path, model: &str) -> PathBuf {
    let from = live_example();
    let base = from.parent().unwrap();
    std::fs::create_dir_all(folder.join("replay")).unwrap();
    std::fs::copy(base.join("prompts.csv"), folder.join("prompts.csv")).unwrap();
    for name in ["garam-1", "narae-1", "dasom-1", "meridian-2"] {
        let file = format!("replay/{name}.jsonl");
        std::fs::copy(base.join(&file), folder.join(&file)).unwrap();
    }
    let whole = std::fs::read_to_string(&from).unwrap();
    let programme = folder.join("programme.toml");
    std::fs::write(&programme, whole.replace("model = \"replay:replay/garam-1.jsonl\"", model)).unwrap();
    programme
}

#[cfg(feature = "llama")]
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn a_local_model_with_a_chat_template_takes_part_in_a_live_contest() {
    use daepyo_core::Digest;
    let models = std::env::var_os("DAEPYO_MODELS").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/daepyo/models"),
        PathBuf::from,
    );
    for (name, is_for_chat) in
        [("SmolLM2-135M-Instruct.Q4_1.gguf", true), ("gemma-3-270m-q4_k_m.gguf", false)]
    {
        let file = models.join(name);
        if !file.is_file() {
            eprintln!(
                "skipped: {} is not there (set DAEPYO_MODELS to the folder of the models)",
                file.display()
            );
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(&file, folder.path().join("garam.gguf")).unwrap();
        let programme = live_example_with(folder.path(), "model = \"llama:garam.gguf\"");
        let data = folder.path().join("data");
        let data = data.to_str().unwrap();
        let words = ["serve", programme.to_str().unwrap(), "--data", data, "--listen", "127.0.0.1:0"];
        let output = daepyo("ko", &words).output().unwrap();
        let expected = if is_for_chat { "stage::digest_mismatch" } else { "대화 템플릿이 없어" };
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(expected), "{}", said(&output));
        if is_for_chat {
            let submitted = Digest::of(&std::fs::read(folder.path().join("replay/garam-1.jsonl")).unwrap());
            let digest = Digest::of_reader(std::fs::File::open(&file).unwrap()).unwrap();
            let whole = std::fs::read_to_string(&programme).unwrap();
            std::fs::write(&programme, whole.replace(&submitted.to_string(), &digest.to_string())).unwrap();
            let (mut child, address, _) = serve_of(&programme, data);
            let page = get(&address, "/contests/public/users?lang=ko");
            assert!(page.starts_with("HTTP/1.1 200"), "{page}");
            child.kill().unwrap();
            child.wait().unwrap();
        }
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
    let (out, data) = (folder.path().join("out"), folder.path().join("data"));
    let words = [
        &["export", programme.to_str().unwrap(), "--day", "2026-11-29", "--out", out.to_str().unwrap()][..],
        &["--data-licence", "CC-BY-4.0", "--data", data.to_str().unwrap()],
    ]
    .concat();
    let output = daepyo("en", &words).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let data = std::fs::read_to_string(out.join("en/data/index.html")).unwrap();
    assert!(data.contains("<dd>CC-BY-4.0</dd>"), "{data}");
    for page in ["ko", "en"] {
        assert!(out.join(page).join("contests/index.html").is_file(), "{}", said(&output));
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
fn an_export_of_a_log_of_ballots_must_say_where_it_will_stand() {
    let folder = tempfile::tempdir().unwrap();
    let (programme, out) = (example(), folder.path().join("out"));
    std::fs::create_dir_all(folder.path().join("data/log")).unwrap();
    let data = folder.path().join("data");
    let words = ["export", programme.to_str().unwrap(), "--data", data.to_str().unwrap()];
    let words = [&words[..], &["--out", out.to_str().unwrap()]].concat();
    let output = daepyo("en", &words).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("a log of ballots in --data") && !out.exists(), "{}", said(&output));
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
