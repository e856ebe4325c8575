//! The close of a contest: by the calendar, again after it broke off, never over another file of votes.

use crate::contest::{CONTEST, begin, citizen, opened, with_contest};
use crate::site::TestSite;
use daepyo_contest::check_closed;
use daepyo_server::Settings;
use daepyo_store::site::Role;
use reqwest::StatusCode;
use std::path::Path;
use std::time::Duration;

/// An open contest with a vote in it.
async fn voted(site: &TestSite) {
    let mut office = opened(site).await;
    let mut voter = citizen(site, &mut office).await;
    let battle = begin(&mut voter).await;
    let done = voter.submit(&format!("{battle}/vote"), &[("choice", "left")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
}

/// Whether the stage has the contest, and it holds.
fn is_handed_over(folder: &Path) -> bool {
    let given = folder.join("votes-contest");
    check_closed(&given, &given.join("log"), None).is_ok() && folder.join("votes.csv").is_file()
}

fn last_day(folder: &Path, day: &str) {
    let file = folder.join("programme.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("closes = \"2027-12-31\""));
    std::fs::write(file, text.replace("closes = \"2027-12-31\"", &format!("closes = \"{day}\""))).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contest_closes_by_itself_once_its_last_day_is_over() {
    // The clock begins at nine in the morning of that day in Korea.
    let (site, folder) = with_contest(|folder| last_day(folder, "2026-12-01")).await;
    voted(&site).await;
    site.clock.step(Duration::from_hours(14));
    site.running.look_for_closes().await;
    assert!(!is_handed_over(folder.path()), "the last day counts");
    site.clock.step(Duration::from_hours(1));
    site.running.look_for_closes().await;
    assert!(is_handed_over(folder.path()));
    let page = site.browser().get(&format!("{CONTEST}?lang=en")).await.text;
    assert!(page.contains("Closed.") && page.contains("votes.csv"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contest_is_opened_on_its_days_alone() {
    let (site, _folder) = with_contest(|folder| last_day(folder, "2026-11-30")).await;
    let mut office = site.signed_in(Role::Office).await;
    let late = office.submit(&format!("/office{CONTEST}/open"), &[]).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text);
    assert!(late.text.contains("contest::days") && late.text.contains("2026-11-30"), "{}", late.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_that_broke_off_goes_on_after_the_next_start() {
    let (site, folder) = with_contest(|_| {}).await;
    voted(&site).await;
    let published = site.folder.path().join("contests");
    // Nothing can be published where a file lies.
    std::fs::write(&published, "in the way").unwrap();
    let mut office = site.signed_in(Role::Office).await;
    let broken = office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR);
    let page = office.get("/office/contests?lang=en").await.text;
    assert!(page.contains("is being published") && page.contains("Go on now"), "{page}");
    let page = site.browser().get(&format!("{CONTEST}?lang=en")).await.text;
    assert!(page.contains("are being made") && !page.contains("not enough votes"), "{page}");
    std::fs::remove_file(&published).unwrap();

    let programme = folder.path().join("programme.toml");
    let site = site.again(|settings: &mut Settings| settings.programme = Some(programme)).await;
    for _ in 0..200 {
        if is_handed_over(folder.path()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(is_handed_over(folder.path()), "nobody had to ask for it");
    let page = site.browser().get(&format!("{CONTEST}?lang=en")).await.text;
    assert!(!page.contains("are being made"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_file_of_votes_keeps_a_contest_from_closing() {
    let (site, folder) = with_contest(|_| {}).await;
    voted(&site).await;
    let votes = folder.path().join("votes.csv");
    std::fs::write(&votes, "voter,left,right,choice\n").unwrap();
    let mut office = site.signed_in(Role::Office).await;
    let refused = office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    assert!(refused.text.contains("contest::votes_file") && refused.text.contains("votes.csv"));
    let page = site.browser().get(&format!("{CONTEST}?lang=en")).await.text;
    assert!(!page.contains("Closed."), "it is still open: {page}");
    std::fs::remove_file(&votes).unwrap();
    let closed = office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.text);
    assert!(is_handed_over(folder.path()));
}
