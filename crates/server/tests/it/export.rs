//! The site as files that a plain web server can serve.

use crate::finished::{HIDDEN, files, first, programme, second};
use crate::markup;
use daepyo_core::Date;
use daepyo_server::{ExportError, Settings, export};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn settings(work: &Path) -> Settings {
    let address = "127.0.0.1:0".parse().unwrap();
    let mut settings = Settings::new(&work.join("data"), address, "https://daepyo.example/".parse().unwrap());
    settings.programme = Some(programme());
    settings.published = vec![first(work), second(work)];
    settings
}

pub(crate) fn day() -> Date {
    Date::new(2026, 12, 7).unwrap()
}

#[test]
fn the_offices_contact_stands_in_the_footer_and_on_the_statements() {
    let work = tempfile::tempdir().unwrap();
    let (bare, with) = (work.path().join("bare"), work.path().join("with"));
    let mut settings = settings(work.path());
    export(&settings, day(), &bare).unwrap();
    settings.contact = Some("office@example.kr".to_owned());
    export(&settings, day(), &with).unwrap();
    for (page, links) in
        [("ko/index.html", 1), ("en/privacy/index.html", 2), ("ko/accessibility/index.html", 2)]
    {
        let page_of = |out: &Path| fs::read_to_string(out.join(page)).unwrap();
        assert!(!page_of(&bare).contains("mailto:"), "{page}");
        let text = page_of(&with);
        assert_eq!(text.matches("href=\"mailto:office@example.kr\"").count(), links, "{page}: {text}");
    }
}

/// Regression: the statements said that every page works without a script, and left out what is kept of whoever votes.
#[test]
fn the_statements_say_what_needs_a_script_and_what_is_kept() {
    let work = tempfile::tempdir().unwrap();
    let out = work.path().join("out");
    export(&settings(work.path()), day(), &out).unwrap();
    let read = |page: &str| fs::read_to_string(out.join(page)).unwrap();
    for (language, script, kept) in [
        (
            "en",
            ["passkeys", "conversations"],
            ["passkey", "access code", "report", "Every hour", "servers of both"],
        ),
        ("ko", ["패스키", "대화"], ["패스키", "참여 코드", "신고", "한 시간마다", "두 후보의 서버"]),
    ] {
        let statement = read(&format!("{language}/accessibility/index.html"));
        assert!(script.iter().all(|word| statement.contains(word)), "{statement}");
        let statement = read(&format!("{language}/privacy/index.html"));
        assert!(kept.iter().all(|word| statement.contains(word)), "{statement}");
    }
}

#[test]
fn an_export_has_no_broken_link_and_no_form() {
    let work = tempfile::tempdir().unwrap();
    let out = work.path().join("out");
    let done = export(&settings(work.path()), day(), &out).unwrap();
    let all = follow(&out);
    assert_eq!(done.pages + done.files, all.len());
    assert_eq!(done.broken, 0);
    for path in &all {
        let bytes = fs::read(out.join(path)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for hidden in HIDDEN {
            assert!(!text.contains(hidden), "{path} holds a hidden document");
        }
    }
    for path in [
        "ko/stages/first/index.html",
        "en/evidence/first/0/index.html",
        "log/first/checkpoint",
        "stages/second/report.html",
        "api/v1/openapi.json",
    ] {
        assert!(all.contains(path), "{path}");
    }
    assert!(!all.iter().any(|path| path.contains(".work") || path.contains("secret.key")));
    // Nothing of contests where the programme has none.
    assert!(!all.iter().any(|path| path.contains("contests") || path.contains("receipts")));
}

/// The files of an export, of which every link leads to another one and every page is reached; no page has a form or a
/// script.
pub(crate) fn follow(out: &Path) -> BTreeSet<String> {
    let all: BTreeSet<String> = files(out).into_iter().collect();
    let mut linked = BTreeSet::new();
    for path in all.iter().filter(|path| {
        Path::new(path).extension().is_some_and(|end| end == "html") && !path.contains("report.html")
    }) {
        let text = fs::read_to_string(out.join(path)).unwrap();
        assert!(!text.contains("<script"), "{path}: a script in a stored page");
        let page = markup::check(path, &text);
        assert!(!page.iter().any(|one| one.name == "form"), "{path} has a form");
        for link in markup::links(&page) {
            assert!(!link.starts_with('/') && !link.contains("://"), "{path} leads to {link}");
            let (to, fragment) = link.split_once('#').unwrap_or((link.as_str(), ""));
            let target = if to.is_empty() { path.clone() } else { resolve(path, &markup::decoded(to)) };
            assert!(all.contains(&target), "{path} leads to {link}, which is not there");
            if !fragment.is_empty() {
                let there = fs::read_to_string(out.join(&target)).unwrap();
                assert!(there.contains(&format!("id=\"{fragment}\"")), "{path} leads to {link}");
            }
            linked.insert(target);
        }
    }
    // Every page is reached from another one.
    for path in all.iter().filter(|path| path.ends_with("/index.html")) {
        assert!(linked.contains(path), "nothing leads to {path}");
    }
    all
}

/// The file that a relative link of a stored file leads to.
fn resolve(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => assert!(parts.pop().is_some(), "{from} leads out to {link}"),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let work = tempfile::tempdir().unwrap();
    export_twice(&settings(work.path()), work.path());
}

/// Writes an export twice and compares; where the first one lies.
pub(crate) fn export_twice(settings: &Settings, work: &Path) -> PathBuf {
    let outs = ["one", "two"].map(|name| work.join(name));
    for out in &outs {
        export(settings, day(), out).unwrap();
    }
    let names = files(&outs[0]);
    assert_eq!(names, files(&outs[1]));
    for name in names {
        assert_eq!(fs::read(outs[0].join(&name)).unwrap(), fs::read(outs[1].join(&name)).unwrap(), "{name}");
    }
    let [one, _] = outs;
    one
}

/// Regression: stored pages spoke of checks that "this site" had made when it started, or just now.
#[test]
fn stored_pages_say_of_which_day_they_are() {
    let work = tempfile::tempdir().unwrap();
    let out = work.path().join("out");
    export(&settings(work.path()), day(), &out).unwrap();
    for (language, written, checked, site) in [
        ("en", "as of 2026-12-07", "written (2026-12-07)", "This site has just"),
        ("ko", "2026-12-07 기준입니다", "쓸 때(2026-12-07 기준)", "이 사이트가 방금"),
    ] {
        for page in ["index.html", "stages/first/index.html", "evidence/first/0/index.html"] {
            let text = fs::read_to_string(out.join(language).join(page)).unwrap();
            assert!(text.contains(written) && !text.contains(site), "{page}: {text}");
            assert_eq!(text.contains(checked), page != "index.html", "{page}: {text}");
        }
    }
}

#[test]
fn an_exported_folder_verifies_again() {
    let work = tempfile::tempdir().unwrap();
    let out = work.path().join("out");
    export(&settings(work.path()), day(), &out).unwrap();
    // As the list for curl puts it together.
    let again = work.path().join("again");
    for (from, to) in [("data/first", ""), ("log/first", "log/")] {
        for path in files(&out.join(from)).iter().filter(|path| *path != "fetch.curl") {
            let target = again.join(format!("{to}{path}"));
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(out.join(from).join(path), target).unwrap();
        }
    }
    let verified = daepyo_stage::verify(&daepyo_stage::Folder::at(&again), None, None).unwrap();
    assert_eq!(verified.uncovered, [] as [&str; 0]);
}

#[test]
fn a_folder_with_something_in_it_is_refused_and_a_broken_one_is_only_named() {
    let work = tempfile::tempdir().unwrap();
    let mut settings = settings(work.path());
    settings.published.truncate(1);
    let out = work.path().join("out");
    fs::create_dir_all(&out).unwrap();
    fs::write(out.join("old.html"), "old").unwrap();
    assert!(matches!(export(&settings, day(), &out), Err(ExportError::NotEmpty { .. })));
    fs::remove_file(out.join("old.html")).unwrap();
    fs::write(work.path().join("first/verdict.json"), "{}").unwrap();
    let done = export(&settings, day(), &out).unwrap();
    assert_eq!(done.broken, 1);
    assert!(!out.join("data").exists() && !out.join("stages").exists());
    assert!(fs::read_to_string(out.join("ko/index.html")).unwrap().contains("verdict.json"));
}

#[test]
fn addresses_in_an_export_are_those_at_which_it_will_stand() {
    let work = tempfile::tempdir().unwrap();
    let mut settings = settings(work.path());
    settings.base_url = "https://daepyo.example/archive/".parse().unwrap();
    let out = work.path().join("out");
    export(&settings, day(), &out).unwrap();
    let list = fs::read_to_string(out.join("data/first/fetch.curl")).unwrap();
    let addresses: Vec<_> = list.lines().filter(|line| line.starts_with("url = ")).collect();
    assert!(!addresses.is_empty());
    for line in addresses {
        let path =
            line.strip_prefix("url = \"https://daepyo.example/archive/").unwrap().trim_end_matches('"');
        assert!(out.join(markup::decoded(path)).is_file(), "{line}");
    }
    let verify = fs::read_to_string(out.join("en/verify/index.html")).unwrap();
    assert!(verify.contains("https://daepyo.example/archive/log/first/checkpoint"), "{verify}");
    assert!(!verify.contains("localhost"), "{verify}");
}
