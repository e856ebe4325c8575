//! A stage with a withdrawal, a panel's wildcard, looks, corrections, an earlier verdict and carried points.

use crate::line::{Line, assert_same, code, stderr, stdout};
use daepyo_core::{CandidateDecision, Cause, Digest, Observation, Verdict, WildcardOutcome};
use serde_json::Value;
use std::fs;

const DECISION: &str = "[stages.decision]\nadvance = 2\n";

/// The fixture with one place and further lines for the first stage.
fn line(stage: &str, decision: &str) -> Line {
    let line = Line::new();
    line.edit(
        "programme.toml",
        "infrastructure_failure_limit = 0.02\n",
        &format!("infrastructure_failure_limit = 0.02\n{stage}"),
    );
    line.edit("programme.toml", DECISION, &format!("[stages.decision]\nadvance = 1\n{decision}"));
    line
}

fn verdict(line: &Line, out: &str) -> Verdict {
    serde_json::from_str(&line.read(&format!("{out}/verdict.json"))).unwrap()
}

fn decision(verdict: &Verdict, name: &str) -> CandidateDecision {
    let row = verdict.outcomes.iter().find(|row| row.candidate.as_str() == name).unwrap();
    row.decision
}

/// The digest of an observation as it stands in the log.
fn digest(json: &str) -> Digest {
    serde_json::from_str::<Observation>(json).unwrap().digest().unwrap()
}

/// Runs the first stage on from an earlier folder.
fn follow(line: &Line, earlier: &str, cause: &str, out: &str) -> std::process::Output {
    let mut command = line.stage("first", out);
    command.args(["--follows", earlier, "--cause", cause]).output().unwrap()
}

#[test]
fn a_team_that_withdraws_takes_no_place() {
    let line = line("withdrawals = \"gone.csv\"\n", "");
    fs::write(line.path("gone.csv"), "candidate,on,reason,evidence\ngaram,2026-11-20,다른 팀과 합칩니다,\n")
        .unwrap();
    let output = line.finish("out");
    let found = verdict(&line, "out");
    assert_eq!(decision(&found, "garam"), CandidateDecision::Withdrawn);
    assert_eq!(decision(&found, "narae"), CandidateDecision::Advances);
    assert!(
        line.read("out/report.html").contains("withdrew")
            && line.read("out/report.html").contains("자진 사퇴")
    );
    let said = stdout(&output);
    assert!(said.contains("Garam") || said.contains("가람"), "who is out is named: {said}");
    line.verifies("out");
}

#[test]
fn the_panels_votes_bring_one_back() {
    let wildcard = "wildcard = { places = 1, majority = 0.5, none_allowed = true, source = \"panel.csv\" }\n";
    let line = line("", wildcard);
    fs::write(line.path("panel.csv"), "member,candidate\nkim,narae\nlee,narae\npark,\n").unwrap();
    line.finish("out");
    let found = verdict(&line, "out");
    assert_eq!(decision(&found, "narae"), CandidateDecision::AdvancesByWildcard);
    let result = found.wildcard.unwrap();
    assert_eq!((result.panel, result.nobody, result.outcome), (3, 1, WildcardOutcome::Chosen));
    let report = line.read("out/report.html");
    assert!(report.contains("The panel’s choice") && report.contains("by the panel’s choice"));
    line.verifies("out");
    // A member with more votes than places breaks the rules, and is named.
    let line = self::line("", wildcard);
    fs::write(line.path("panel.csv"), "member,candidate\nkim,dasom\nkim,narae\n").unwrap();
    let output = line.stage("first", "out").output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("verdict::too_many_votes") && stderr(&output).contains("kim"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn documents_that_were_seen_before_stand_beside_the_scores() {
    let line = line("contamination = \"seen.csv\"\n", "");
    let rows = "suite,task,document,candidate,source,reason,evidence\n";
    fs::write(line.path("seen.csv"), rows).unwrap();
    line.finish("none");
    assert!(!line.read("none/analysis.json").contains("contamination"));
    let flags = "words,line_words,0,garam,학습 자료 검색,13어절이 같습니다,\nwords,line_words,1,,유출,게시판에 올라왔습니다,\n";
    fs::write(line.path("seen.csv"), format!("{rows}{flags}")).unwrap();
    line.finish("out");
    let found: Value = serde_json::from_str(&line.read("out/analysis.json")).unwrap();
    let seen = &found["benchmarks"][0]["contamination"];
    assert_eq!(
        (seen["flagged"].as_u64(), seen["flags"].as_array().map(Vec::len)),
        (Some(2), Some(2)),
        "{seen}"
    );
    let report = line.read("out/report.html");
    assert!(report.contains("학습 자료 검색") && report.contains("Beyond difficulty"));
    line.verifies("out");
    // A row about nobody is named.
    fs::write(line.path("seen.csv"), format!("{rows}words,line_words,0,nobody,x,y,\n")).unwrap();
    let output = line.stage("first", "bad").output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("verdict::unknown_candidate"), "{}", stderr(&output));
}

#[test]
fn a_look_has_its_boundary_and_the_next_one_follows_it() {
    let looks = "looks = { spending = \"pocock\", criterion = \"users\", full = 60 }\n";
    let line = line("", looks);
    let first = line.stage("first", "one").output().unwrap();
    assert!(code(&first) < 2, "{}", stderr(&first));
    let look = verdict(&line, "one").look.unwrap();
    assert_eq!((look.number, look.earlier.len()), (1, 0));
    assert!(look.boundary.is_some() && look.fraction < 1.0);
    assert!(line.read("one/report.html").contains("Boundary (z)"));
    line.verifies("one");
    // Without more evidence there is no further look.
    let output = follow(&line, "one", "more-evidence", "same");
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("verdict::"), "{}", stderr(&output));
    // Twenty more voters of everyone.
    let mut votes = line.read("votes.csv");
    for number in 31..71 {
        for pair in ["garam,narae,left", "narae,dasom,left", "dasom,mundi,right", "garam,mundi,left"] {
            votes.push_str("voter-");
            votes.push_str(&number.to_string());
            votes.push(',');
            votes.push_str(pair);
            votes.push('\n');
        }
    }
    fs::write(line.path("votes.csv"), votes).unwrap();
    let second = follow(&line, "one", "more-evidence", "two");
    assert!(code(&second) < 2, "{}", stderr(&second));
    let found = verdict(&line, "two");
    let second = found.look.unwrap();
    assert_eq!((second.number, second.earlier), (2, vec![look.fraction]));
    let follows = found.follows.unwrap();
    assert_eq!(follows.cause, Cause::MoreEvidence);
    assert_eq!(follows.verdict, Digest::of(&fs::read(line.path("one/verdict.json")).unwrap()));
    assert_eq!(line.read("two/earlier/verdict.json"), line.read("one/verdict.json"));
    assert!(line.read("two/manifest.json").contains("earlier/verdict.json"));
    line.verifies("two");
}

#[test]
fn a_withdrawal_after_the_verdict_fills_the_cut_again_and_asks_nothing() {
    let line = line("withdrawals = \"gone.csv\"\n", "");
    fs::write(line.path("gone.csv"), "candidate,on,reason\n").unwrap();
    line.finish("one");
    assert_eq!(decision(&verdict(&line, "one"), "garam"), CandidateDecision::Advances);
    fs::write(line.path("gone.csv"), "candidate,on,reason\ngaram,2026-12-04,합병\n").unwrap();
    let output = follow(&line, "one", "refill", "two");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let found = verdict(&line, "two");
    assert_eq!(decision(&found, "garam"), CandidateDecision::Withdrawn);
    let follows = found.follows.unwrap();
    assert_eq!(follows.cause, Cause::Refill);
    assert!(follows.changed.iter().any(|row| row.candidate.as_str() == "narae"), "{:?}", follows.changed);
    assert!(line.read("two/report.html").contains("Decisions that changed"));
    line.verifies("two");
    // The same command on the finished folder changes nothing.
    let before = line.published("two");
    assert_eq!(code(&follow(&line, "one", "refill", "two")), 0);
    assert_same(&line.published("two"), &before);
    // The verdict does not verify with another earlier one.
    let earlier = line.read("two/earlier/verdict.json");
    fs::write(
        line.path("two/earlier/verdict.json"),
        earlier.replacen("\"seed\":20261105", "\"seed\":20261106", 1),
    )
    .unwrap();
    let output = line.daepyo(&["verify", "two"]).output().unwrap();
    assert_eq!(code(&output), 4);
    assert!(stderr(&output).contains("earlier/verdict.json"), "{}", stderr(&output));
}

#[test]
fn a_wrong_mark_is_corrected_by_a_line_that_names_it() {
    let line = line("corrections = \"right.jsonl\"\n", "");
    fs::write(line.path("right.jsonl"), "").unwrap();
    line.finish("one");
    let wrong = "{\"candidate\":\"garam\",\"criterion\":\"experts\",\"item\":\"plan\",\"kind\":\"mark\",\"rater\":\"rater-1\",\"stage\":\"first\",\"value\":3}";
    let right = wrong.replace("\"value\":3", "\"value\":5");
    let correction = |corrects: Digest| {
        format!("{{\"corrects\":\"{corrects}\",\"replacement\":{right},\"reason\":\"옮겨 적다 틀림\"}}\n")
    };
    fs::write(line.path("right.jsonl"), correction(Digest::of(b"another"))).unwrap();
    let output = follow(&line, "one", "correction", "none");
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("verdict::unknown_corrected"), "{}", stderr(&output));
    fs::write(line.path("right.jsonl"), correction(digest(wrong))).unwrap();
    let output = follow(&line, "one", "correction", "two");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let follows = verdict(&line, "two").follows.unwrap();
    let corrected = follows.corrected.first().unwrap();
    assert_eq!((corrected.old, corrected.new), (digest(wrong), Some(digest(&right))));
    assert!(line.read("two/report.html").contains("옮겨 적다 틀림"));
    line.verifies("two");
}

#[test]
fn points_are_carried_over_from_the_first_stage() {
    let line = Line::new();
    line.edit(
        "programme.toml",
        "seed = 20261205\n",
        "seed = 20261205\ncarry = { stage = \"first\", share = 0.4 }\n",
    );
    line.finish("one");
    let output = line.stage("second", "two").output().unwrap();
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert!(stderr(&output).contains("first"), "{}", stderr(&output));
    let output = line.stage("second", "three").args(["--carries", "one"]).output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let found = verdict(&line, "three");
    assert_eq!(found.carried.len(), 3);
    let earlier = verdict(&line, "one");
    for row in &found.carried {
        let points = earlier.composite.iter().find(|other| other.candidate == row.candidate).unwrap().points;
        assert_eq!(row.earlier, Some(points), "{}", row.candidate);
    }
    assert!(line.read("three/report.html").contains("Points carried over"));
    line.verifies("three");
    // What was carried over is covered by the signature.
    let rules = line.read("three/carried/rules.json");
    fs::write(line.path("three/carried/rules.json"), rules.replacen("\"draws\":500", "\"draws\":501", 1))
        .unwrap();
    let output = line.daepyo(&["verify", "three"]).output().unwrap();
    assert_eq!(code(&output), 4);
    assert!(stderr(&output).contains("carried/rules.json"), "{}", stderr(&output));
}

#[test]
fn a_folder_that_was_changed_is_not_followed() {
    let line = line("", "");
    line.finish("one");
    line.edit("one/verdict.json", "\"seed\":20261105", "\"seed\":20261106");
    let output = follow(&line, "one", "more-evidence", "two");
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("stage::earlier") && stderr(&output).contains("verdict.json"),
        "{}",
        stderr(&output)
    );
    assert!(!line.path("two").exists(), "nothing was sealed");
    let mut command = line.stage("first", "two");
    let output = command.args(["--follows", "one"]).output().unwrap();
    assert_eq!(code(&output), 2, "a new verdict needs a cause");
}

#[test]
fn without_any_of_this_nothing_of_it_is_published() {
    let line = Line::new();
    line.finish("out");
    let text = line.read("out/verdict.json") + &line.read("out/rules.json");
    for key in [
        "look",
        "looks",
        "carried",
        "carry",
        "wildcard\":{",
        "follows",
        "withdrawals",
        "corrections",
        "tests",
    ] {
        assert!(!text.contains(&format!("\"{key}")), "{key}");
    }
    assert!(!line.path("out/earlier").exists() && !line.path("out/carried").exists());
    assert!(
        !line.read("out/report.html").contains("report-course")
            && !line.read("out/report.html").contains("id=\"course\"")
    );
}
