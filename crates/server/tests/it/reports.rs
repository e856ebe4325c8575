//! Reports of harmful content: taken, read by the office, and what they keep from being published.

use crate::contest::{CONTEST, begin, citizen, opened, with_contest};
use crate::markup;
use crate::site::Browser;
use daepyo_core::Digest;
use daepyo_store::site::{BattleId, BattleMode, NewBattle, Role};
use reqwest::StatusCode;

/// The office's page of a battle, by the voter's.
fn office_page(battle: &str) -> String {
    battle.replace("/battles/", "/office/reports/")
}

async fn voted(voter: &mut Browser) -> String {
    let battle = begin(voter).await;
    let answer = voter.submit(&format!("{battle}/vote"), &[("choice", "tie")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    battle
}

async fn report(voter: &mut Browser, battle: &str, text: &str) {
    let sent = voter.submit(&format!("{battle}/report"), &[("text", text)]).await;
    assert_eq!((sent.status, sent.header("location")), (StatusCode::SEE_OTHER, battle), "{}", sent.text);
}

/// Marks the reports of a battle as the form on the office's page would.
async fn handle(office: &mut Browser, battle: &str, found: &str) -> StatusCode {
    let path = office_page(battle);
    let page = office.get(&path).await;
    let seen = page.hidden("seen").unwrap_or_else(|| panic!("no form in {}", page.text));
    let fields = [("seen", seen.as_str()), ("found", found)];
    office.submit(&format!("{path}/handled"), &fields).await.status
}

#[tokio::test]
async fn a_second_report_takes_the_place_of_the_first() {
    let (site, _folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    let battle = voted(&mut voter).await;
    report(&mut voter, &battle, "첫째 신고").await;
    report(&mut voter, &battle, "둘째 신고").await;
    for path in ["/office/reports".to_owned(), office_page(&battle)] {
        let page = office.get(&path).await.text;
        assert!(page.contains("둘째 신고") && !page.contains("첫째 신고"), "{page}");
    }
}

#[tokio::test]
async fn the_office_and_auditors_read_what_was_reported_and_nobody_is_named() {
    let (site, _folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    let (battle, other) = (voted(&mut voter).await, voted(&mut voter).await);
    report(&mut voter, &battle, "<b>위험한</b> 내용").await;
    let path = office_page(&battle);
    let mut auditor = site.signed_in(Role::Auditor).await;
    for (browser, has_form) in [(&mut office, true), (&mut auditor, false)] {
        for lang in ["ko", "en"] {
            let list = browser.get(&format!("/office/reports?lang={lang}")).await;
            assert_eq!(list.status, StatusCode::OK);
            assert!(list.text.contains(&format!("href=\"{path}\"")), "{}", list.text);
            markup::check("/office/reports", &list.text);
            let page = browser.get(&format!("{path}?lang={lang}")).await;
            assert_eq!(page.status, StatusCode::OK);
            markup::check(&path, &page.text);
            assert_eq!(page.text.matches("<article").count(), 2);
            assert_eq!(page.text.contains("name=\"found\""), has_form, "{}", page.text);
            assert!(page.text.contains("&lt;b&gt;위험한&lt;/b&gt; 내용"), "{}", page.text);
            for name in ["garam", "narae", "dasom", "meridian", "Garam", "가람", "나래", "다솜"] {
                assert!(!page.text.contains(name), "{name} stands in the page of a reported battle");
            }
        }
    }
    let fields = [("seen", "0"), ("found", "harmless")];
    let by_auditor = auditor.submit(&format!("{path}/handled"), &fields).await;
    assert_eq!(by_auditor.status, StatusCode::FORBIDDEN);
    assert_eq!(voter.get(&path).await.status, StatusCode::FORBIDDEN);
    for none in [office_page(&other), "/office/reports/1".to_owned(), "/office/reports/zzzz".to_owned()] {
        assert_eq!(office.get(&none).await.status, StatusCode::NOT_FOUND, "{none}");
        let handled = office.submit(&format!("{none}/handled"), &fields).await;
        assert_eq!(handled.status, StatusCode::NOT_FOUND, "{none}");
    }
    for fields in [[("seen", "x"), ("found", "stays")], [("seen", "1"), ("found", "fine")]] {
        let odd = office.submit(&format!("{path}/handled"), &fields).await;
        assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    }
    // What was read before the report was written anew.
    let early = office.submit(&format!("{path}/handled"), &[("seen", "0"), ("found", "harmless")]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert_eq!(voter.submit("/votes/forget", &[]).await.status, StatusCode::SEE_OTHER);
    assert!(!office.get(&path).await.text.contains("<article"));
}

#[tokio::test]
async fn a_reported_conversation_is_published_only_where_the_office_found_it_harmless() {
    let (site, _folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    let given = voter.submit(&format!("{CONTEST}/consent"), &[("consents", "yes")]).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER);
    let mut battles = Vec::new();
    for _ in 0..4 {
        battles.push(voted(&mut voter).await);
    }
    let [plain, harmless, stays, unread] = &battles[..] else { panic!("{battles:?}") };
    for battle in [harmless, stays, unread] {
        report(&mut voter, battle, "x").await;
    }
    assert_eq!(handle(&mut office, harmless, "harmless").await, StatusCode::SEE_OTHER);
    assert_eq!(handle(&mut office, stays, "stays").await, StatusCode::SEE_OTHER);
    let closed = office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.text);
    let file = site.folder.path().join("contests/public/users/conversations.jsonl");
    let published = std::fs::read_to_string(&file).unwrap();
    for (battle, is_there) in [(plain, true), (harmless, true), (stays, false), (unread, false)] {
        let name = battle.trim_start_matches("/battles/");
        assert_eq!(published.contains(name), is_there, "{battle} in {published}");
    }
    // After the close nothing of it changes: neither by what is found nor by what is reported.
    report(&mut voter, plain, "too late").await;
    assert_eq!(handle(&mut office, plain, "stays").await, StatusCode::SEE_OTHER);
    assert_eq!(handle(&mut office, unread, "harmless").await, StatusCode::SEE_OTHER);
    let again = office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), published);
}

#[tokio::test]
async fn a_battle_can_be_reported_before_and_after_its_vote() {
    let (site, _folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    let battle = begin(&mut voter).await;
    let form = format!("action=\"{battle}/report\"");
    let (ends, stays) = ("A report ends this battle", "A vote stays as it is");
    let reported = "You have reported this battle";
    let path = format!("{battle}?lang=en");
    let page = voter.get(&path).await.text;
    assert!(page.contains(&form) && page.contains(ends) && !page.contains(stays), "{page}");
    voter.submit(&format!("{battle}/vote"), &[("choice", "left")]).await;
    let page = voter.get(&path).await.text;
    assert!(page.contains(&form) && page.contains(stays) && !page.contains(reported), "{page}");
    markup::check(&battle, &page);
    report(&mut voter, &battle, "x").await;
    let page = voter.get(&path).await.text;
    // The vote still stands, and what was written can be written anew.
    assert!(page.contains("Your vote was taken") && page.contains(reported), "{page}");
    assert!(page.contains(&form) && !page.contains(ends), "{page}");
    markup::check(&battle, &page);
    let void = begin(&mut voter).await;
    report(&mut voter, &void, "x").await;
    let page = voter.get(&format!("{void}?lang=en")).await.text;
    assert!(page.contains(reported) && page.contains("Your report was taken"), "{page}");
    let closed = office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.text);
    let page = voter.get(&path).await.text;
    assert!(page.contains(&form) && page.contains("no longer changes") && !page.contains(stays), "{page}");
}

#[tokio::test]
async fn more_than_a_hundred_reports_come_in_pages() {
    let (site, _folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    let (store, now_ms) = (site.running.app().site(), site.clock_ms());
    let contest = store.contests().await.unwrap().remove(0).id;
    for number in 1..=101_i64 {
        let person = store.person_of_subject(Digest::of(&number.to_le_bytes()), now_ms).await.unwrap().id;
        let battle = NewBattle {
            id: BattleId(number),
            contest,
            person,
            mode: BattleMode::Recorded,
            left: "garam".to_owned(),
            right: "narae".to_owned(),
            prompt: None,
            draw: number,
        };
        store.add_battle(&battle, now_ms).await.unwrap();
        store.report(battle.id, person, "x", now_ms).await.unwrap();
    }
    let first = office.get("/office/reports").await.text;
    let rows = |page: &str| page.matches("<th scope=\"row\"").count();
    assert_eq!(rows(&first), 100);
    let older = first.split_once("href=\"/office/reports?").unwrap().1.split_once('"').unwrap().0;
    let older = office.get(&format!("/office/reports?{}", older.replace("&amp;", "&"))).await.text;
    assert_eq!(rows(&older), 1);
    assert!(older.contains("/office/reports/0000000000000001") && !first.contains("0000000000000001"));
    assert!(!older.contains("href=\"/office/reports?"));
}
