//! What a decision rests on beside the stage's own evidence, as a reader sees it.
#![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

use crate::{
    made_up::{self, MadeUp},
    page::{page, seen},
};
use daepyo_core::{
    CandidateDecision, CarriedPoints, CarryOver, Cause, Changed, Corrected, CriterionId, CriterionRule,
    Digest, FalseFlags, Follows, Interval, Language, LookResult, Looks, PanelCount, Spending, StageId,
    VoterTests, WildcardOutcome, WildcardResult,
};

/// The made-up stage at its second look, with points of an earlier stage, a panel's choice and a team that went.
pub(crate) fn followed() -> MadeUp {
    let mut made = made_up::decided();
    let stage = made.programme.stages.first_mut().unwrap();
    let criterion = CriterionId::new("public").unwrap();
    stage.decision.looks = Some(Looks { spending: Spending::Pocock, criterion, full: 4_000 });
    stage.carry = Some(CarryOver { stage: StageId::new("qualifying").unwrap(), share: 0.3 });
    for criterion in &mut stage.criteria {
        if let CriterionRule::Votes { tests, .. } = &mut criterion.rule {
            let control = FalseFlags::EachVoter;
            *tests = Some(VoterTests { control, level: 0.01, speed: None, ..VoterTests::default() });
        }
    }
    let verdict = &mut made.verdict;
    for outcome in &mut verdict.outcomes {
        outcome.decision = match outcome.candidate.as_str() {
            "daon" => CandidateDecision::Withdrawn,
            "raon" => CandidateDecision::AdvancesByWildcard,
            _ => outcome.decision,
        };
    }
    verdict.look = Some(LookResult {
        number: 2,
        units: 2_600,
        earlier: vec![0.3],
        fraction: 0.65,
        spent: 0.073_241,
        boundary: Some(1.512_3),
        confidence: 0.934_767,
        resolved: true,
    });
    let interval = |estimate| Interval { estimate, low: estimate - 2.0, high: estimate + 2.0 };
    verdict.carried = vec![
        CarriedPoints {
            candidate: made_up::id("garam"),
            earlier: Some(interval(71.5)),
            own: interval(80.25),
        },
        CarriedPoints { candidate: made_up::id("narae"), earlier: None, own: interval(64.0) },
    ];
    verdict.wildcard = Some(WildcardResult {
        panel: 7,
        votes: vec![PanelCount { candidate: made_up::id("raon"), votes: 5 }],
        nobody: 2,
        chosen: vec![made_up::id("raon")],
        outcome: WildcardOutcome::Chosen,
    });
    verdict.follows = Some(Follows {
        verdict: Digest::of(b"earlier"),
        cause: Cause::Correction,
        corrected: vec![
            Corrected {
                old: Digest::of(b"a"),
                new: Some(Digest::of(b"b")),
                reason: "<b>typo</b>\u{202e}".to_owned(),
            },
            Corrected { old: Digest::of(b"c"), new: None, reason: "counted twice".to_owned() },
        ],
        changed: vec![Changed {
            candidate: made_up::id("raon"),
            from: Some(CandidateDecision::Eliminated),
            to: CandidateDecision::AdvancesByWildcard,
            points_from: Some(51.04),
            points_to: None,
        }],
    });
    made
}

#[test]
fn each_part_says_what_happened() {
    let html = page(&followed(), Language::En);
    let (en, ko) = (seen(&html, "en"), seen(&html, "ko"));
    for words in [
        "Garam, Narae and Raon (by the panel’s choice) advance; Maru (by the gate “Independence”) and Daon (withdrew) are out;",
        "This is look 2, at 2,600 of 4,000 planned independent units behind “Public vote”. All looks so far have spent 7.3241% of the 10%",
        "1.512",
        "93.4767%",
        "30% of the composite are the points of the stage “qualifying”",
        "71.5 [69.5 – 73.5]",
        "Members who voted: 7. A candidate that fell comes back if more than 50% of them are for it. Back in: Raon.",
        "because observations were wrong",
        "counted twice",
        "about the same at each (Pocock)",
        "one-sidedness, copied timing, copied votes, always the same side and battles with a known answer. An honest voter is flagged with a probability of at most 1%.",
    ] {
        let plain = en.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain.contains(words), "`{words}` is not in: {plain}");
    }
    for words in ["라온(심사단 선택)", "다온(자진 사퇴)", "2번째 확인", "투표한 심사단: 7명", "바로잡은 관측"]
    {
        assert!(ko.contains(words), "{words}");
    }
    assert!(html.contains("&lt;b&gt;typo&lt;/b&gt;"), "a reason is text");
}

#[test]
fn the_section_is_there_only_where_there_is_something_to_say() {
    let html = page(&made_up::decided(), Language::En);
    assert!(!html.contains("id=\"course\"") && !html.contains("href=\"#course\""));
    let html = page(&followed(), Language::En);
    assert!(html.contains("id=\"course\"") && html.contains("href=\"#course\""));
}

#[test]
fn a_panel_that_must_vote_again_and_a_look_too_early_say_so() {
    let mut made = followed();
    let verdict = &mut made.verdict;
    let wildcard = verdict.wildcard.as_mut().unwrap();
    (wildcard.outcome, wildcard.chosen) = (WildcardOutcome::VoteAgain, Vec::new());
    let look = verdict.look.as_mut().unwrap();
    (look.boundary, look.confidence, look.resolved) = (None, 1.0, false);
    let text = seen(&page(&made, Language::En), "en");
    assert!(text.contains("the panel must vote again"));
    assert!(text.contains("The draws of the resampling are too few to show this confidence"));
}
