//! The section on a public contest: what happened, how often each was shown, how to check.
#![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

use crate::{
    made_up::{self, id},
    page::{HOSTILE, hold_to_the_list, page, page_of, seen},
};
use daepyo_core::{CriterionId, Digest, Language};
use daepyo_report::{ContestCounts, ContestView, ExposureView};

fn view() -> ContestView {
    let row = |name: &str, battles| ExposureView {
        candidate: id(name),
        battles,
        voted: battles - 3,
        void: 2,
        failed: 1,
    };
    ContestView {
        criterion: CriterionId::new("public").unwrap(),
        contest: Digest::of(b"opening"),
        rules: Digest::of(b"rules"),
        seed: Digest::of(b"seed"),
        opened_ms: 1_795_273_199_999,
        closed_ms: 1_796_273_199_999,
        log_size: 12_345,
        key: "site.example/contest+ea4571aa+AV1m".to_owned(),
        counts: ContestCounts {
            battles: 10_241,
            voted: 9_876,
            withdrawn: 1,
            void: vec![("leak".to_owned(), 20), ("report".to_owned(), 3), ("other".to_owned(), 1)],
            failed: 17,
            left: 300,
            open: 24,
            voters: 812,
            cap_reached: 5,
            conversations: 77,
        },
        exposure: vec![row("garam", 5_100), row("narae", 5_141)],
        folder: "contests/public/closed".to_owned(),
    }
}

#[test]
fn a_contest_is_told_in_both_languages() {
    let made = made_up::decided();
    let html = page_of(&made, None, &[view()], Language::Ko);
    hold_to_the_list(&html);
    let told = [
        "2026-11-21 14:59 UTC",
        "10,241",
        "9,876",
        "5,141",
        "12,345",
        "site.example/contest+ea4571aa+AV1m",
        "daepyo contest check contests/public/closed --log contests/public/closed/log",
    ];
    for (language, words) in [
        ("en", ["Void: an answer told who wrote it", "Void: other", "How often each was shown"]),
        ("ko", ["무효: 답이 누구의 것인지 드러냄", "무효: other", "각자 나온 횟수"]),
    ] {
        let text = seen(&html, language);
        for piece in told.iter().chain(&words) {
            assert!(text.contains(piece), "{language}: {piece}");
        }
        assert!(!text.contains("{contest-") && !text.contains("{report-"), "{language}");
    }
    for digest in [b"opening".as_slice(), b"rules", b"seed"] {
        assert!(html.contains(&Digest::of(digest).to_string()));
    }
    // Void ones of every reason together.
    assert!(seen(&html, "en").contains("Void 24"), "{}", seen(&html, "en"));
    assert!(html.contains("href=\"#contest\""));
}

#[test]
fn without_a_contest_there_is_no_section() {
    assert!(!page(&made_up::decided(), Language::Ko).contains("id=\"contest\""));
}

#[test]
fn hostile_words_of_a_contest_never_become_markup() {
    for text in HOSTILE {
        let mut view = view();
        view.key = text.to_owned();
        view.folder = text.to_owned();
        view.counts.void = vec![(text.to_owned(), 1)];
        hold_to_the_list(&page_of(&made_up::decided(), None, &[view], Language::En));
    }
}
