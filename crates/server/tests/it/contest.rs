//! A contest of recorded answers from the office's opening to the results.

use crate::site::{Browser, TestSite, start_with};
use daepyo_contest::{Receipt, check_closed};
use daepyo_evidence::VerifierKey;
use daepyo_server::Settings;
use daepyo_store::site::Role;
use reqwest::StatusCode;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub(crate) const CONTEST: &str = "/contests/public/users";

pub(crate) fn example() -> PathBuf {
    PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../examples/contest")
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_name() != "votes.csv" {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A site with the example's contest, and where the programme lies.
pub(crate) async fn with_contest(change: impl FnOnce(&Path)) -> (TestSite, TempDir) {
    with_contest_and(change, |_| {}).await
}

/// Such a site, with settings changed as well.
pub(crate) async fn with_contest_and(
    change: impl FnOnce(&Path),
    settle: impl FnOnce(&mut Settings),
) -> (TestSite, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    copy(&example(), folder.path());
    change(folder.path());
    let programme = folder.path().join("programme.toml");
    let site = start_with(|settings| {
        settings.programme = Some(programme);
        settings.limits.write.burst = 10_000;
        settings.limits.read.burst = 10_000;
        settle(settings);
    })
    .await;
    (site, folder)
}

pub(crate) async fn opened(site: &TestSite) -> Browser {
    let mut office = site.signed_in(Role::Office).await;
    let done = office.submit(&format!("/office{CONTEST}/open"), &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    office
}

/// Another citizen, signed in with a code.
pub(crate) async fn citizen(site: &TestSite, office: &mut Browser) -> Browser {
    let made = office.submit("/office/codes", &[("count", "1")]).await;
    let code =
        made.text.split("<code").skip(1).map(|rest| rest.split_once('>').unwrap().1).find_map(|rest| {
            let text = rest.split_once('<')?.0;
            (text.len() == 23 && text.matches('-').count() == 3).then(|| text.to_owned())
        });
    let code = code.unwrap_or_else(|| panic!("no code in {}", made.text));
    let mut browser = site.browser();
    let entered = browser.submit("/sign-in/code", &[("code", &code), ("next", CONTEST)]).await;
    assert_eq!((entered.status, entered.header("location")), (StatusCode::SEE_OTHER, CONTEST));
    browser
}

/// Begins a battle; its path.
pub(crate) async fn begin(browser: &mut Browser) -> String {
    let begun = browser.submit(&format!("{CONTEST}/battles"), &[]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    begun.header("location").to_owned()
}

#[tokio::test]
async fn a_citizen_votes_keeps_a_receipt_and_sees_the_results_after_the_close() {
    let (site, folder) = with_contest(|_| {}).await;
    let page = site.browser().get(CONTEST).await;
    assert_eq!(page.status, StatusCode::OK);
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    let battle = begin(&mut voter).await;
    let page = voter.get(&battle).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.text.matches("<article").count(), 2);
    for name in ["garam", "narae", "dasom", "meridian", "Garam", "가람", "나래", "다솜"] {
        assert!(!page.text.contains(name), "{name} stands in the page of a battle");
    }
    // The same battle, until it is voted on.
    assert_eq!(begin(&mut voter).await, battle);
    let fields = [("choice", "left"), ("reason", "근거가 분명하다")];
    assert_eq!(voter.submit(&format!("{battle}/vote"), &fields).await.status, StatusCode::SEE_OTHER);
    // A lost answer is asked for again; another vote is refused.
    assert_eq!(voter.submit(&format!("{battle}/vote"), &fields).await.status, StatusCode::SEE_OTHER);
    let other = voter.submit(&format!("{battle}/vote"), &[("choice", "right")]).await;
    assert_eq!(other.status, StatusCode::CONFLICT);

    let receipt = voter.get(&format!("{battle}/receipt")).await;
    assert!(receipt.header("content-disposition").starts_with("attachment"));
    let key = VerifierKey::parse(
        std::fs::read_to_string(site.folder.path().join("log/key.pub")).unwrap().trim_end(),
    )
    .unwrap();
    Receipt::parse(receipt.text.as_bytes()).unwrap().check(&key).unwrap();
    let good = site.browser().submit("/receipts", &[("receipt", &receipt.text)]).await;
    assert_eq!(good.status, StatusCode::OK, "{}", good.text);
    let forged = receipt.text.replace("\"left\"", "\"right\"");
    assert_ne!(forged, receipt.text);
    let bad = site.browser().submit("/receipts", &[("receipt", &forged)]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nothing = site.browser().submit("/receipts", &[("receipt", "<script>")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let commitment = Receipt::parse(receipt.text.as_bytes()).unwrap().commitment;
    let public = site.browser().get(&format!("/receipts/{commitment}")).await;
    assert_eq!(public.status, StatusCode::OK, "{}", public.text);
    assert!(!public.text.contains("site-vote"));

    // A second vote, withdrawn.
    let second = begin(&mut voter).await;
    assert_ne!(second, battle);
    voter.submit(&format!("{second}/vote"), &[("choice", "both_bad")]).await;
    assert_eq!(voter.submit(&format!("{second}/withdraw"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(!site.browser().get(CONTEST).await.text.contains("<table"), "a ranking before the close");

    let closed = office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    assert_eq!(
        (closed.status, closed.header("location")),
        (StatusCode::SEE_OTHER, CONTEST),
        "{}",
        closed.text
    );
    let checked = check_closed(
        &site.folder.path().join("contests/public/users"),
        &site.folder.path().join("log"),
        Some(&key),
    );
    let counts = checked.unwrap().summary.counts;
    assert_eq!((counts.voted, counts.withdrawn, counts.voters), (2, 1, 1));
    let table = std::fs::read_to_string(folder.path().join("votes.csv")).unwrap();
    assert_eq!(table.lines().count(), 2, "{table}");
    // What the stage takes: the same files with their log, which hold by themselves.
    let given = folder.path().join("votes-contest");
    let given = check_closed(&given, &given.join("log"), Some(&key)).unwrap();
    assert_eq!(given.summary.counts, counts);
    let late = voter.submit(&format!("{CONTEST}/battles"), &[]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let file = site.browser().get(&format!("{CONTEST}/files/votes.csv")).await;
    assert_eq!((file.status, file.text), (StatusCode::OK, table));
    assert_eq!(
        site.browser().get(&format!("{CONTEST}/files/secret.key")).await.status,
        StatusCode::NOT_FOUND
    );
}

/// What the programme calls a contestant, in English; the reference has its id alone.
fn called(id: &str) -> &str {
    let names = [("garam-1", "Garam"), ("narae-1", "Narae"), ("dasom-1", "Dasom")];
    names.iter().find(|(one, _)| *one == id).map_or(id, |(_, name)| name)
}

/// Who wrote the answers was promised for after the close, and no page ever said it.
#[tokio::test]
async fn whose_answers_they_were_is_told_after_the_close_and_not_before() {
    let (site, _folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    let battle = begin(&mut voter).await;
    voter.submit(&format!("{battle}/vote"), &[("choice", "left")]).await;
    voter.submit(&format!("{battle}/report"), &[("text", "x")]).await;
    let reported = battle.replace("/battles/", "/office/reports/");
    let names = ["garam", "narae", "dasom", "meridian", "Garam", "Narae", "Dasom", "가람", "나래", "다솜"];
    for path in [battle.as_str(), "/votes", "/votes/export"] {
        let page = voter.get(path).await.text;
        for name in names {
            assert!(!page.contains(name), "{name} stands in {path} before the close");
        }
    }
    let page = office.get(&reported).await.text;
    assert!(page.contains("<article") && !names.iter().any(|name| page.contains(name)), "{page}");
    let before = voter.get("/votes/export").await.json();
    let own = &before["contests"][0]["battles"][0];
    assert!(own["left"].is_null() && own["right"].is_null(), "{own}");

    office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    let after = voter.get("/votes/export").await.json();
    let own = &after["contests"][0]["battles"][0];
    let file = site.folder.path().join("contests/public/users/ballots.jsonl");
    let ballots = std::fs::read_to_string(file).unwrap();
    let ballot: serde_json::Value = serde_json::from_str(ballots.lines().next().unwrap()).unwrap();
    assert_eq!((&own["left"], &own["right"]), (&ballot["left"], &ballot["right"]));
    for side in ["left", "right"] {
        let id = own[side].as_str().unwrap();
        for path in [battle.as_str(), "/votes"] {
            let page = voter.get(&format!("{path}?lang=en")).await.text;
            assert!(page.contains(called(id)), "{id} does not stand in {path}");
        }
        assert!(office.get(&format!("{reported}?lang=en")).await.text.contains(called(id)));
    }
}

/// Regression: these files were read whole into memory for anybody, without a tag and without ranges.
#[tokio::test]
async fn files_of_a_closed_contest_have_tags_and_ranges() {
    let (site, folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    let battle = begin(&mut voter).await;
    voter.submit(&format!("{battle}/vote"), &[("choice", "left")]).await;
    let path = format!("{CONTEST}/files/votes.csv");
    assert_eq!(site.browser().get(&path).await.status, StatusCode::NOT_FOUND);
    office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    let table = std::fs::read_to_string(folder.path().join("votes.csv")).unwrap();
    let whole = site.browser().get(&path).await;
    assert_eq!((whole.status, whole.text.as_str()), (StatusCode::OK, table.as_str()));
    assert!(whole.header("content-disposition").starts_with("attachment"));
    let tag = whole.header("etag");
    let again = site.browser().with("if-none-match", tag).get(&path).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let part = site.browser().with("range", "bytes=2-5").get(&path).await;
    assert_eq!((part.status, part.text.as_str()), (StatusCode::PARTIAL_CONTENT, &table[2..6]));
}

/// Regression: results and one's own ranking called candidates by their ids, which no other page does.
#[tokio::test]
async fn results_and_own_ranking_call_candidates_by_their_names() {
    let (site, _folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    for _ in 0..3 {
        let mut voter = citizen(&site, &mut office).await;
        for choice in ["left", "right", "tie", "left", "right", "left"] {
            let battle = begin(&mut voter).await;
            voter.submit(&format!("{battle}/vote"), &[("choice", choice)]).await;
        }
    }
    let mut voter = citizen(&site, &mut office).await;
    let battle = begin(&mut voter).await;
    voter.submit(&format!("{battle}/vote"), &[("choice", "left")]).await;
    office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    for (word, names) in [("ko", ["가람", "나래", "다솜"]), ("en", ["Garam", "Narae", "Dasom"])] {
        let results = site.browser().get(&format!("{CONTEST}?lang={word}")).await.text;
        for name in names {
            assert!(results.contains(&format!(">{name}<")), "{name}: {results}");
        }
        assert!(!results.contains("garam-1") && !results.contains("narae-1"), "{results}");
        let own = voter.get(&format!("/votes?lang={word}")).await.text;
        assert!(["garam-1", "narae-1", "dasom-1"].iter().all(|id| !own.contains(id)), "{own}");
    }
}

/// Regression: why an answer is shown to nobody stood in English words of the program on pages in Korean.
#[tokio::test]
async fn the_office_reads_in_its_language_why_an_answer_is_barred() {
    let (site, _folder) = with_contest(|folder| {
        let path = folder.join("answers.jsonl");
        let text = std::fs::read_to_string(&path).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        let mut first: serde_json::Value = serde_json::from_str(first).unwrap();
        assert_eq!(first["candidate"], "garam-1");
        first["text"] = "저는 가람-1입니다. I am Garam-1.".into();
        std::fs::write(path, format!("{first}\n{rest}")).unwrap();
    })
    .await;
    let mut office = site.signed_in(Role::Office).await;
    for (word, said) in [("ko", "누가 썼는지 드러납니다"), ("en", "it tells who wrote it")] {
        let page = office.get(&format!("/office/contests?lang={word}")).await.text;
        assert!(page.contains(said) && !page.contains("leak:"), "{page}");
    }
}

/// Regression: the page gave six files and said that anybody can compute everything again, but the log was nowhere.
#[tokio::test]
async fn the_log_of_ballots_can_be_fetched_so_that_anybody_checks_a_closed_contest() {
    let (site, _folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    let battle = begin(&mut voter).await;
    voter.submit(&format!("{battle}/vote"), &[("choice", "left")]).await;
    voter.get(&format!("{battle}/receipt")).await;
    let key = std::fs::read_to_string(site.folder.path().join("log/key.pub")).unwrap();
    let open = site.browser().get(CONTEST).await.text;
    assert!(open.contains("/ballots/checkpoint") && !open.contains("fetch.curl"), "{open}");
    let checkpoint = site.browser().get("/ballots/checkpoint").await;
    assert_eq!(checkpoint.status, StatusCode::OK);
    assert_eq!(site.browser().get("/ballots/key.pub").await.text, key);
    let logged = checkpoint.text.lines().nth(1).unwrap().to_owned();
    let entries = site.browser().get(&format!("/ballots/tile/entries/000.p/{logged}")).await;
    assert_eq!(entries.status, StatusCode::OK);
    assert!(entries.header("cache-control").contains("immutable") && !entries.header("etag").is_empty());
    for word in ["left", "garam", "narae", "choice", "reason"] {
        assert!(!entries.text.contains(word), "{word} stands in the log of an open contest");
    }
    let barred = [
        "secret.key",
        "contest.key",
        "..%2Fsecret.key",
        "tile%2F..%2F..%2Fsecret.key",
        ".tmp%2F0",
        "tile/0",
        "tile/0/000.p/0255",
        "checkpoints",
    ];
    for path in barred {
        assert_eq!(
            site.browser().get(&format!("/ballots/{path}")).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let list = format!("{CONTEST}/files/fetch.curl");
    assert_eq!(site.browser().get(&list).await.status, StatusCode::NOT_FOUND);

    office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    let closed = site.browser().get(CONTEST).await.text;
    assert!(closed.contains(&list) && closed.contains("daepyo contest check public-users --log"), "{closed}");
    let list = site.browser().get(&list).await;
    let given = |name: &str| {
        let lines = list.text.lines().filter_map(|line| line.strip_prefix(name));
        lines.map(|value| value.trim_matches(['=', ' ', '"']).to_owned()).collect::<Vec<_>>()
    };
    let (urls, places) = (given("url"), given("output"));
    assert!(urls.len() == places.len() && urls.len() > 9, "{}", list.text);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let fetched = tempfile::tempdir().unwrap();
    for (url, place) in urls.iter().zip(&places) {
        let answer = client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{url}");
        let place = fetched.path().join(place);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, answer.bytes().await.unwrap()).unwrap();
    }
    let folder = fetched.path().join("public-users");
    let key = VerifierKey::parse(key.trim_end()).unwrap();
    let counts = check_closed(&folder, &folder.join("log"), Some(&key)).unwrap().summary.counts;
    assert_eq!((counts.voted, counts.voters), (1, 1));
}

#[tokio::test]
async fn the_rules_of_a_contest_are_told_in_words_and_tables() {
    let (site, _folder) = with_contest(|_| {}).await;
    for (word, tag, limit) in [
        ("en", "It reads naturally", "Votes of one person on one day"),
        ("ko", "말이 자연스럽다", "한 사람의 하루 투표 한도"),
    ] {
        let page = site.browser().get(&format!("/rules?lang={word}")).await;
        assert!(page.text.contains(tag) && page.text.contains(limit), "{}", page.text);
        for name in ["메리디안-2", "Garam-1", "가람 연구소"] {
            assert!(page.text.contains(name), "{name}");
        }
        assert!(page.text.contains("40 %") && !page.text.contains("{&quot;"), "{}", page.text);
        assert!(!page.text.contains("{site-"), "a message is missing");
    }
}

#[tokio::test]
async fn a_battle_is_its_own_persons_alone() {
    let (site, _folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    let (mut one, mut other) = (citizen(&site, &mut office).await, citizen(&site, &mut office).await);
    let battle = begin(&mut one).await;
    assert_eq!(other.get(&battle).await.status, StatusCode::NOT_FOUND);
    for what in ["vote", "withdraw", "leave", "report"] {
        let fields = [("choice", "left"), ("text", "x")];
        let refused = other.submit(&format!("{battle}/{what}"), &fields).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{what}");
    }
    assert_eq!(other.get(&format!("{battle}/receipt")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.browser().get(&battle).await.status, StatusCode::SEE_OTHER);
    for odd in
        ["/battles/1", "/battles/zzzzzzzzzzzzzzzz", "/battles/-000000000000001", "/battles/ffffffffffffffff"]
    {
        assert_eq!(one.get(odd).await.status, StatusCode::NOT_FOUND, "{odd}");
    }
}

#[tokio::test]
async fn what_a_candidate_writes_never_becomes_markup() {
    let hostile = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1)) ![x](https://evil.example/x.png)",
        "<svg/onload=alert(1)>\u{202e}gnp.exe\u{1b}[31mred\u{7}",
    ];
    let (site, _folder) = with_contest(|folder| {
        let path = folder.join("answers.jsonl");
        let text = std::fs::read_to_string(&path).unwrap();
        let mut out = String::new();
        for (line, number) in text.lines().zip(0..) {
            let mut answer: serde_json::Value = serde_json::from_str(line).unwrap();
            answer["text"] = hostile[number % hostile.len()].into();
            out.push_str(&answer.to_string());
            out.push('\n');
        }
        std::fs::write(path, out).unwrap();
    })
    .await;
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    for _ in 0..6 {
        let battle = begin(&mut voter).await;
        let page = voter.get(&battle).await.text;
        for bad in ["<script>alert", "<img", "<svg/", "href=\"javascript", "\u{202e}", "\u{1b}", "\u{7}"] {
            assert!(!page.contains(bad), "{bad:?}");
        }
        voter.submit(&format!("{battle}/vote"), &[("choice", "tie")]).await;
    }
}

#[tokio::test]
async fn one_battle_takes_one_vote_however_often_it_is_sent() {
    let (site, folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    let battle = begin(&mut voter).await;
    let csrf = voter.csrf().await;
    let mut sent = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (mut voter, path, csrf) = (voter.clone(), format!("{battle}/vote"), csrf.clone());
        sent.spawn(async move {
            let choice = if number % 2 == 0 { "left" } else { "right" };
            voter.post(&path, &[("csrf", &csrf), ("choice", choice)]).await.status
        });
    }
    let statuses = sent.join_all().await;
    let taken = statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
    assert!(
        taken >= 1
            && statuses
                .iter()
                .all(|status| { matches!(*status, StatusCode::SEE_OTHER | StatusCode::CONFLICT) }),
        "{statuses:?}"
    );
    office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    let table = std::fs::read_to_string(folder.path().join("votes.csv")).unwrap();
    assert_eq!(table.lines().count(), 2, "{table}");
}

#[tokio::test]
async fn the_days_cap_holds_and_says_so() {
    let (site, _folder) = with_contest(|folder| {
        let path = folder.join("programme.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, text.replace("votes_a_day = 12", "votes_a_day = 2")).unwrap();
    })
    .await;
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    for _ in 0..2 {
        let battle = begin(&mut voter).await;
        voter.submit(&format!("{battle}/vote"), &[("choice", "tie")]).await;
    }
    let full = voter.submit(&format!("{CONTEST}/battles"), &[]).await;
    assert_eq!(full.status, StatusCode::OK);
    assert!(full.text.contains("내일") || full.text.contains("tomorrow"), "{}", full.text);
    site.clock.step(std::time::Duration::from_hours(24));
    let mut voter = voter.clone();
    let later = voter.get(CONTEST).await;
    // The session has ended meanwhile; the cap is the person's, not the session's.
    assert_eq!(later.status, StatusCode::OK);
}

#[tokio::test]
async fn a_report_ends_the_battle_and_reaches_the_office() {
    let (site, _folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    let battle = begin(&mut voter).await;
    let sent = voter.submit(&format!("{battle}/report"), &[("text", "<b>위험한</b> 내용")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let refused = voter.submit(&format!("{battle}/vote"), &[("choice", "left")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let page = office.get("/office/reports").await.text;
    assert!(page.contains("&lt;b&gt;위험한&lt;/b&gt; 내용"), "{page}");
    let contests = office.get("/office/contests").await.text;
    assert!(contests.contains("href=\"/office/reports\""), "{contests}");
}

#[tokio::test]
async fn a_person_takes_their_data_away_and_has_the_text_deleted() {
    let (site, _folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    let battle = begin(&mut voter).await;
    voter.submit(&format!("{battle}/vote"), &[("choice", "left"), ("reason", "비밀 이유")]).await;
    let own = voter.get("/votes/export").await;
    assert!(own.text.contains("비밀 이유"));
    let given = voter.submit(&format!("{CONTEST}/consent"), &[("consents", "yes")]).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER);
    assert_eq!(voter.submit("/votes/forget", &[]).await.status, StatusCode::SEE_OTHER);
    let own = voter.get("/votes/export").await.text;
    assert!(!own.contains("비밀 이유") && own.contains("\"left\""), "{own}");
}
