//! The section on how firm the decision is: every part in both languages, harmless, the same bytes, absent without.
#![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

use crate::{
    observed::analysed,
    page::{HOSTILE, hold_to_the_list, page, page_with, seen},
    tags::{Piece, read},
};
use daepyo_core::Language;
use daepyo_verdict::{
    analysis::{Analysis, Note, Part},
    items::ItemProblem,
    voters::Subject,
};
use std::{collections::BTreeSet, sync::LazyLock};

static MADE: LazyLock<(crate::made_up::MadeUp, Analysis)> = LazyLock::new(analysed);

fn note(text: &str) -> Note {
    Note {
        about: text.to_owned(),
        part: Part::Strata,
        code: "verdict::no_voters".to_owned(),
        reason: text.to_owned(),
    }
}

#[test]
fn every_part_is_there_in_both_languages() {
    let (made, analysis) = &*MADE;
    let mut analysis = analysis.clone();
    analysis.notes.push(note("stage"));
    let html = page_with(made, Some(&analysis), Language::Ko);
    hold_to_the_list(&html);
    for id in [
        "analysis",
        "analysis-near",
        "analysis-all",
        "analysis-needs-table",
        "analysis-gate-needs-table",
        "analysis-removal-table",
        "analysis-pairs-0-chart-title",
        "analysis-pairs-0-table",
        "analysis-items-0-table",
        "analysis-standings-0-table",
        "analysis-seen-0-table",
        "analysis-seen-0-sources",
        "analysis-seen-gate-0-table",
        "analysis-power-0-table",
        "analysis-averages-0-table",
        "analysis-raters-0-table",
        "analysis-flags-0-table",
        "analysis-beside-0-table",
        "analysis-strata-0-table",
        "analysis-notes",
    ] {
        assert_eq!(html.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
    }
    assert!(html.contains("href=\"#analysis\""), "the contents name it");
    for (language, sentences) in [
        (
            "ko",
            [
                "이 결정은 얼마나 확실한가",
                "크리펜도르프 알파(순서)는",
                "급내상관",
                "빼는 표: ",
                "등록된 투표자 검사가 없어",
                "가장 작은 배점 변경",
            ],
        ),
        (
            "en",
            [
                "How firm is this decision",
                "alpha (ordinal) is",
                "intraclass",
                "Votes removed: ",
                "register no tests of voters",
                "The smallest change of weights",
            ],
        ),
    ] {
        let text = seen(&html, language);
        for sentence in sentences {
            assert!(text.contains(sentence), "{sentence}");
        }
        assert!(!text.contains("{report-") && !text.contains("{$") && !text.contains("{ $"), "{language}");
    }
}

#[test]
fn every_id_stands_once() {
    let (made, analysis) = &*MADE;
    let mut seen = BTreeSet::new();
    for piece in read(&page_with(made, Some(analysis), Language::En)).unwrap() {
        let Piece::Open { attributes, .. } = piece else { continue };
        for (_, id) in attributes.iter().filter(|(key, _)| *key == "id") {
            assert!(seen.insert(id.clone()), "{id} twice");
        }
    }
    assert!(seen.contains("analysis-weights"));
}

#[test]
fn the_figures_are_those_of_the_analysis() {
    let (made, analysis) = &*MADE;
    let text = seen(&page_with(made, Some(analysis), Language::En), "en");
    let pair = analysis.benchmarks.first().unwrap().comparisons.as_ref().unwrap().pairs.first().unwrap();
    assert!(text.contains(&format!("+{:.3}", pair.difference)), "garam before narae");
    let rater = analysis.panels.first().unwrap().rasch.as_ref().unwrap().raters.last().unwrap();
    assert_eq!(rater.name, "park");
    assert!(rater.measure > 0.0 && text.contains(&format!("+{:.2}", rater.measure)));
    let items = analysis.benchmarks.first().unwrap().items.as_ref().unwrap();
    assert!(items.flagged >= 2);
    assert!(text.contains(&format!("Look broken: {}.", items.flagged)));
}

#[test]
fn hostile_names_never_become_markup() {
    let (made, analysis) = &*MADE;
    for text in HOSTILE {
        let mut found = analysis.clone();
        found.notes.push(note(text));
        let own = || text.to_owned();
        let sensitivity = found.sensitivity.as_mut().unwrap();
        for influence in sensitivity.influences.iter_mut().flat_map(|all| &mut all.greatest) {
            influence.unit = own();
        }
        for pair in &mut found.benchmarks.first_mut().unwrap().comparisons.as_mut().unwrap().pairs {
            pair.second = own();
        }
        for finding in &mut found.benchmarks.first_mut().unwrap().items.as_mut().unwrap().findings {
            finding.task = own();
            finding.item = own();
            finding.problem = ItemProblem::KeyDisagreement {
                key: own(),
                answer: own(),
                strongest: vec![own()],
                chosen_by: Vec::new(),
                key_chosen_by: Vec::new(),
                by_chance: 0.5,
            };
        }
        let seen = found.benchmarks.first_mut().unwrap().contamination.as_mut().unwrap();
        for flag in &mut seen.flags {
            flag.source = own();
            flag.reason = own();
        }
        seen.swapped.push((own(), own()));
        for rater in &mut found.panels.first_mut().unwrap().rasch.as_mut().unwrap().raters {
            rater.name = own();
        }
        let votes = found.votes.first_mut().unwrap();
        for flag in &mut votes.report.as_mut().unwrap().flags {
            flag.voter = own();
            flag.subject = Subject::Partner { voter: own() };
        }
        let influences = found.sensitivity.as_mut().unwrap().influences.first_mut().unwrap();
        influences.indispensable = vec![own(); 9];
        for one in &mut votes.strata {
            one.stratum.label = own();
            one.models = one.models.iter().map(|_| own()).collect();
        }
        votes.beside.as_mut().unwrap().problem = Some(own());
        hold_to_the_list(&page_with(made, Some(&found), Language::En));
    }
}

#[test]
fn the_same_analysis_gives_the_same_bytes() {
    let (made, analysis) = &*MADE;
    let first = page_with(made, Some(analysis), Language::Ko);
    assert!(first == page_with(made, Some(&analysis.clone()), Language::Ko));
    let (again, computed) = analysed();
    assert!(first == page_with(&again, Some(&computed), Language::Ko));
}

#[test]
fn without_an_analysis_there_is_no_section() {
    let (made, _) = &*MADE;
    let html = page(made, Language::En);
    assert!(!html.contains("analysis-") && !html.contains("#analysis"));
}

#[test]
fn an_empty_analysis_says_so() {
    let (made, analysis) = &*MADE;
    let empty = Analysis {
        sensitivity: None,
        benchmarks: Vec::new(),
        gates: Vec::new(),
        panels: Vec::new(),
        votes: Vec::new(),
        notes: Vec::new(),
        ..analysis.clone()
    };
    let html = page_with(made, Some(&empty), Language::En);
    hold_to_the_list(&html);
    assert!(seen(&html, "en").contains("There is no cut to examine."));
}
