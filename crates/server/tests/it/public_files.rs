//! Files of published folders, logs and proofs over HTTP.

use crate::finished::{files, first, programme, second};
use crate::public::with;
use daepyo_evidence::{InclusionProof, VerifierKey};
use reqwest::{Method, StatusCode};
use std::fs;
use std::process::Command;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn every_published_file_comes_as_it_is_and_as_an_attachment() {
    let work = tempfile::tempdir().unwrap();
    let folder = first(work.path());
    // Lies in the folder, but nothing covers it.
    fs::write(folder.join("private.txt"), "secret").unwrap();
    let site = with(vec![folder.clone()]).await;
    let mut served = 0;
    for path in files(&folder) {
        let bytes = fs::read(folder.join(&path)).unwrap();
        let (address, is_log) = match path.strip_prefix("log/") {
            Some(inner) => (format!("/log/first/{inner}"), true),
            None => (format!("/data/first/{path}"), false),
        };
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.get(format!("{}{address}", site.base)).send().await.unwrap();
        if path.starts_with(".work/") || path == "private.txt" {
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
            continue;
        }
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let header =
            |name: &str| answer.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-length"), bytes.len().to_string());
        if is_log {
            let is_tile = path.starts_with("log/tile/");
            let caching = if is_tile { "public, max-age=31536000, immutable" } else { "no-cache" };
            assert_eq!(header("cache-control"), caching, "{path}");
            let kind = if is_tile { "application/octet-stream" } else { "text/plain; charset=utf-8" };
            assert_eq!(header("content-type"), kind, "{path}");
        } else {
            assert!(header("content-disposition").starts_with("attachment; filename="), "{path}");
            assert_ne!(header("content-type"), "text/html; charset=utf-8", "{path}");
        }
        let tag = header("etag");
        assert_eq!(answer.bytes().await.unwrap(), bytes, "{path}");
        let again = site.browser().with("if-none-match", &tag).get(&address).await;
        assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
        let head = site.browser().ask(Method::HEAD, &address, None).await;
        assert_eq!(
            (head.status, head.header("content-length")),
            (StatusCode::OK, bytes.len().to_string().as_str())
        );
        served += 1;
    }
    assert!(served > 30, "{served}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_leads_out_of_a_folder() {
    let work = tempfile::tempdir().unwrap();
    let folder = first(work.path());
    fs::write(work.path().join("outside.txt"), "never shown").unwrap();
    let site = with(vec![folder]).await;
    let ways = [
        "../outside.txt",
        "..%2Foutside.txt",
        "%2e%2e/outside.txt",
        "%2e%2e%2foutside.txt",
        "log/../../outside.txt",
        "suites/..%5c..%5coutside.txt",
        "./rules.json",
        ".//rules.json",
        "//etc/passwd",
        "%2fetc%2fpasswd",
        "rules.json%00",
        "rules.json/",
        ".work/responses.db",
        "log/checkpoint",
        "",
    ];
    let host = site.base.trim_start_matches("http://").to_owned();
    for root in ["/data/first/", "/log/first/", "/data/", "/log/", "/evidence/first/", "/evidence/first/0/"] {
        for way in ways {
            // By hand: a client would tidy the path up before it asks.
            let target = format!("{root}{way}");
            let host = host.clone();
            let answer = tokio::task::spawn_blocking(move || {
                use std::io::{Read as _, Write as _};
                let mut stream = std::net::TcpStream::connect(&host).unwrap();
                write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
                let mut answer = Vec::new();
                stream.read_to_end(&mut answer).unwrap();
                String::from_utf8_lossy(&answer).into_owned()
            });
            let answer = answer.await.unwrap();
            assert!(
                answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"),
                "{root}{way}: {answer}"
            );
            assert!(!answer.contains("never shown") && !answer.contains("root:"), "{root}{way}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_of_a_hidden_suite_come_from_their_day_on_and_not_before() {
    let work = tempfile::tempdir().unwrap();
    let folder = second(work.path());
    let path = "suites/passages/data/test.jsonl";
    let documents = fs::read(programme().parent().unwrap().join(path)).unwrap();
    fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
    // Copied there too early.
    fs::write(folder.join(path), &documents).unwrap();
    let site = with(vec![folder]).await;
    let address = format!("/data/second/{path}");
    assert_eq!(site.browser().get(&address).await.status, StatusCode::NOT_FOUND);
    for page in ["/data", "/data/second/fetch.curl"] {
        assert!(!site.browser().get(page).await.text.contains(path), "{page}");
    }
    // 2026-12-01 and half a year later.
    site.clock.step(Duration::from_hours(24 * 182));
    let answer = site.browser().get(&address).await;
    assert_eq!((answer.status, answer.text.as_bytes()), (StatusCode::OK, documents.as_slice()));
    assert!(site.browser().get("/data").await.text.contains(path));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_after_the_start_is_not_handed_out() {
    let work = tempfile::tempdir().unwrap();
    let folder = first(work.path());
    let site = with(vec![folder.clone()]).await;
    let bytes = fs::read(folder.join("verdict.json")).unwrap();
    assert_eq!(site.browser().get("/data/first/verdict.json").await.status, StatusCode::OK);
    fs::write(folder.join("verdict.json"), &bytes[1..]).unwrap();
    let answer = site.browser().get("/data/first/verdict.json").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text.contains("server::changed"), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_holds_with_our_library_and_with_the_program_that_the_site_hands_out() {
    let work = tempfile::tempdir().unwrap();
    let folder = first(work.path());
    let served = with(vec![folder.clone()]).await;
    let key = fs::read_to_string(folder.join("log/key.pub")).unwrap().trim_end().to_owned();
    let size: u64 =
        fs::read_to_string(folder.join("log/checkpoint")).unwrap().lines().nth(1).unwrap().parse().unwrap();
    let program = served.browser().get("/verify/check_proof.py").await.text;
    let file = |name: &str| work.path().join(name);
    fs::write(file("check_proof.py"), program).unwrap();
    let has_python = Command::new("python3").arg("--version").output().is_ok();
    for index in [0, 1, size / 2, size - 1] {
        let entry = served.browser().get(&format!("/evidence/first/{index}/entry")).await;
        let proof = served.browser().get(&format!("/evidence/first/{index}/proof")).await;
        assert!(proof.header("content-disposition").contains(&format!("first-{index}.tlog-proof")));
        let checked = InclusionProof::parse(proof.text.as_bytes()).unwrap();
        let checked = checked.check(entry.text.as_bytes(), &VerifierKey::parse(&key).unwrap()).unwrap();
        assert_eq!(checked.size(), size);
        let page = served.browser().get(&format!("/evidence/first/{index}?lang=en")).await;
        assert!(
            page.text.contains("has just checked the proof")
                && page.text.contains(&checked.root().to_string())
        );
        fs::write(file("proof"), &proof.text).unwrap();
        for (bytes, holds) in [(entry.text.clone(), true), (format!("{} ", entry.text), false)] {
            fs::write(file("entry"), bytes).unwrap();
            if has_python {
                let mut command = Command::new("python3");
                let command = command.args([file("check_proof.py"), file("entry"), file("proof")]).arg(&key);
                let output = command.output().unwrap();
                assert_eq!(output.status.success(), holds, "{index}: {output:?}");
            }
        }
        if has_python {
            fs::write(file("entry"), &entry.text).unwrap();
            // Another size is another text, which nobody signed.
            fs::write(
                file("proof"),
                proof.text.replace(&format!("\n{size}\n"), &format!("\n{}\n", size + 1)),
            )
            .unwrap();
            let mut command = Command::new("python3");
            let command = command.args([file("check_proof.py"), file("entry"), file("proof")]).arg(&key);
            assert!(!command.output().unwrap().status.success());
        }
    }
    for index in [
        size.to_string(),
        "-1".to_owned(),
        "00".to_owned(),
        "x".to_owned(),
        "99999999999999999999".to_owned(),
    ] {
        for end in ["", "/entry", "/proof"] {
            let answer = served.browser().get(&format!("/evidence/first/{index}{end}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{index}{end}");
        }
    }
    let found = served.browser().get("/evidence/first?index=3").await;
    assert_eq!((found.status, found.header("location")), (StatusCode::SEE_OTHER, "/evidence/first/3"));
    // Regression: a number that there is not led to a page that said "index".
    for (word, said) in [("ko", "이 번호의 항목이 없습니다"), ("en", "no entry with this number")]
    {
        let wrong = served.browser().get(&format!("/evidence/first?index=987654&lang={word}")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains(said) && wrong.text.contains("value=\"987654\""), "{}", wrong.text);
        let page = served.browser().get(&format!("/evidence/first?lang={word}")).await;
        assert!(page.status == StatusCode::OK && !page.text.contains(said), "what is wrong is kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_is_shown_under_a_policy_with_its_style_alone() {
    let work = tempfile::tempdir().unwrap();
    let folder = first(work.path());
    let site = with(vec![folder.clone()]).await;
    let answer = site.browser().get("/stages/first/report").await;
    assert_eq!(answer.text, fs::read_to_string(folder.join("report.html")).unwrap());
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.contains("script-src 'none'") && !policy.contains("unsafe"), "{policy}");
    // The page's own policy names the same style.
    let digest = policy.split_once("'sha256-").unwrap().1.split_once('\'').unwrap().0.to_owned();
    assert!(answer.text.contains(&format!("sha256-{digest}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_for_curl_names_every_file_of_the_folder() {
    let work = tempfile::tempdir().unwrap();
    let folder = first(work.path());
    let site = with(vec![folder.clone()]).await;
    let list = site.browser().get("/data/first/fetch.curl").await.text;
    for path in files(&folder).iter().filter(|path| !path.starts_with(".work/")) {
        assert!(list.contains(&format!("output = \"first/{path}\"\n")), "{path}");
    }
    for url in list.lines().filter_map(|line| line.strip_prefix("url = \"")?.strip_suffix('"')) {
        let path = url.strip_prefix(&site.base).unwrap();
        assert_eq!(site.browser().ask(Method::HEAD, path, None).await.status, StatusCode::OK, "{path}");
    }
}
