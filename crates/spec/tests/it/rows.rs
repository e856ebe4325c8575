//! CSV files of marks, votes, derivatives and findings.

use crate::korean;
use daepyo_core::{CandidateId, CriterionId, GateId, Language, Observation, StageId, VoteChoice};
use daepyo_spec::{
    read_contamination, read_corrections, read_derivatives, read_findings, read_marks, read_panel_votes,
    read_votes, read_withdrawals,
};

fn stage() -> StageId {
    StageId::new("first").unwrap()
}

fn criterion() -> CriterionId {
    CriterionId::new("users").unwrap()
}

#[test]
fn votes_keep_both_bad_apart_from_a_tie() {
    let source = "\u{feff}voter,left,right,choice,prompt\nv1,a,b,tie,p1\nv2,b,a,both_bad,\n";
    let votes = read_votes(source.as_bytes(), &stage(), &criterion()).unwrap();
    let choices: Vec<_> =
        votes.iter().map(|vote| (vote.number, vote.choice, vote.prompt.as_deref())).collect();
    assert_eq!(choices, [(0, VoteChoice::Tie, Some("p1")), (1, VoteChoice::BothBad, None)]);
}

#[test]
fn every_bad_row_is_named_with_line_and_column() {
    let source = "voter,left,right,choice\nv1,a,a,left\nv2,a,b,lefft\n,a,b,left\nv3,A,b,left\n";
    let problems = read_votes(source.as_bytes(), &stage(), &criterion()).unwrap_err();
    let places: Vec<_> =
        problems.iter().map(|problem| (problem.line, problem.column.as_deref().unwrap())).collect();
    assert_eq!(places, [(2, "right"), (3, "choice"), (4, "voter"), (5, "left")]);
}

#[test]
fn columns_are_checked_first() {
    let problems = read_marks(b"rater,candidate,item,vlaue\nr,a,q,3\n", &stage(), &criterion()).unwrap_err();
    let columns: Vec<_> = problems.iter().filter_map(|problem| problem.column.as_deref()).collect();
    assert_eq!(columns, ["value", "vlaue"]);
}

#[test]
fn marks_must_be_finite_numbers() {
    let source = b"rater,candidate,item,value\nr,a,q,NaN\nr,a,q,4.5\nr,a,q,inf\n";
    assert_eq!(read_marks(source, &stage(), &criterion()).unwrap_err().len(), 2);
}

#[test]
fn derivatives_and_findings_read() {
    let source = b"candidate,owner,name,relation,payload,status\na,kim,a-ko,finetune,,verified\n";
    assert_eq!(read_derivatives(source, &stage(), &criterion()).unwrap().len(), 1);
    let gate = GateId::new("independence").unwrap();
    let findings =
        read_findings(b"candidate,outcome,reason\na,not_shown,no checkpoint\n", &stage(), &gate).unwrap();
    assert_eq!(findings.len(), 1);
}

#[test]
fn bytes_that_are_not_utf8_are_a_problem_with_a_line() {
    let problems =
        read_marks(b"rater,candidate,item,value\nr,a,\xff,3\n", &stage(), &criterion()).unwrap_err();
    assert_eq!(problems.first().map(|problem| problem.line), Some(2));
}

#[test]
fn a_bad_row_is_told_in_both_languages() {
    let source = b"rater,candidate,item,value\nr,a,q,x\nr,A,q,3\nr,,q,3\nr,a,q\nr,\xff,q,3\n";
    let problems = read_marks(source, &stage(), &criterion()).unwrap_err();
    let said =
        |language| -> Vec<String> { problems.iter().map(|problem| problem.message.text(language)).collect() };
    assert_eq!(
        said(Language::En),
        [
            "`x` is not a number",
            "`A` is not an id: 1 to 64 of a-z, 0-9, `-`, `_` and `.`, beginning with a letter or digit",
            "empty",
            "this row has 3 fields, the first line has 4",
            "this row is not UTF-8",
        ]
    );
    let votes = b"voter,left,right,choice\nv,a,a,left\nv,a,b,lefft\n v\tv ,a,b,tie\n";
    let columns = b"voter,left,right,chioce\n";
    let mut ko = said(Language::Ko);
    for source in [votes.as_slice(), columns.as_slice()] {
        let problems = read_votes(source, &stage(), &criterion()).unwrap_err();
        ko.extend(problems.iter().map(|problem| problem.message.text(Language::Ko)));
    }
    assert_eq!(ko.len(), 10, "{ko:?}");
    for words in ko {
        let known =
            ["left", "right", "tie", "both_bad", "voter", "choice", "prompt", "rater", "UTF-8", "id", "a-z"];
        let timed = ["shown_ms", "voted_ms", "characters", "gold", "category", "language"];
        let known = known.into_iter().chain(timed).map(str::to_owned).collect();
        assert_eq!(korean::foreign_words(&words, &known), [""; 0], "{words}");
    }
}

#[test]
fn votes_tell_when_they_came_where_the_file_does() {
    let source = b"voter,left,right,choice,shown_ms,voted_ms,characters,gold,category,language\n\
        v1,a,b,left,1000,9500,812,right,code,ko\nv2,a,b,tie,,,,,,\n";
    let votes = read_votes(source, &stage(), &criterion()).unwrap();
    let first = votes.first().unwrap();
    assert_eq!((first.shown_ms, first.voted_ms, first.characters), (Some(1_000), Some(9_500), Some(812)));
    assert_eq!(first.gold, Some(VoteChoice::Right));
    assert_eq!((first.category.as_deref(), first.language.as_deref()), (Some("code"), Some("ko")));
    let bare =
        read_votes(b"voter,left,right,choice\nv1,a,b,left\nv2,a,b,tie\n", &stage(), &criterion()).unwrap();
    assert_eq!(votes.get(1), bare.get(1), "what is empty is as if the file had no such column");
    let text = serde_json::to_string(bare.first().unwrap()).unwrap();
    assert!(text.ends_with(r#""choice":"left","prompt":null}"#), "older bytes stay as they were: {text}");
    let wrong = b"voter,left,right,choice,shown_ms,voted_ms,gold\nv,a,b,tie,-1,2,\nv,a,b,tie,5,4,\nv,a,b,tie,5,6,yes\n";
    let problems = read_votes(wrong, &stage(), &criterion()).unwrap_err();
    let places: Vec<_> =
        problems.iter().map(|problem| (problem.line, problem.column.as_deref().unwrap())).collect();
    assert_eq!(places, [(2, "shown_ms"), (3, "voted_ms"), (4, "gold")]);
}

#[test]
fn withdrawals_and_panel_votes_read() {
    let rows = b"candidate,on,reason,evidence\na,2026-11-07,merged with another team,\n";
    let found = read_withdrawals(rows, &stage()).unwrap();
    assert_eq!(
        found.first().map(|row| (row.candidate.as_str(), row.on.to_string())),
        Some(("a", "2026-11-07".to_owned()))
    );
    let rows = b"candidate,on,reason\na,2026-11-31,gone\na,2026-11-07,\n";
    let problems = read_withdrawals(rows, &stage()).unwrap_err();
    let places: Vec<_> = problems.iter().map(|problem| (problem.line, problem.column.as_deref())).collect();
    assert_eq!(places, [(2, Some("on")), (3, Some("reason"))]);
    let votes = read_panel_votes(b"member,candidate\nkim,a\nlee,\n", &stage()).unwrap();
    let votes: Vec<_> =
        votes.iter().map(|vote| vote.candidate.as_ref().map(daepyo_core::CandidateId::as_str)).collect();
    assert_eq!(votes, [Some("a"), None]);
    assert_eq!(read_panel_votes(b"member,candidate\n,a\n", &stage()).unwrap_err().len(), 1);
}

#[test]
fn flags_on_documents_read() {
    let source = "suite,task,document,candidate,source,reason\nko,kmmlu,12,,leak,posted on a forum\nko,kmmlu,0,garam,search,13 words\n";
    let flags = read_contamination(source.as_bytes(), &stage()).unwrap();
    let seen: Vec<_> = flags
        .iter()
        .map(|flag| (flag.document, flag.candidate.as_ref().map(CandidateId::as_str), flag.source.as_str()))
        .collect();
    assert_eq!(seen, [(12, None, "leak"), (0, Some("garam"), "search")]);
    let source = "suite,task,document,candidate,source,reason\nko,kmmlu,-1,,leak,x\nko,kmmlu,,,leak,x\nko,kmmlu,3,,,x\n";
    let problems = read_contamination(source.as_bytes(), &stage()).unwrap_err();
    let places: Vec<_> = problems.iter().map(|one| (one.line, one.column.as_deref().unwrap())).collect();
    assert_eq!(places, [(2, "document"), (3, "document"), (4, "source")]);
}

#[test]
fn corrections_read_line_by_line() {
    let mark = r#"{"kind":"mark","stage":"first","criterion":"users","rater":"r","candidate":"a","item":"q","value":4}"#;
    let digest = daepyo_core::Digest::of(b"wrong");
    let source = format!(
        "{{\"corrects\":\"{digest}\",\"replacement\":{mark},\"reason\":\"typo\"}}\n\n\
         {{\"corrects\":\"{digest}\",\"replacement\":null,\"reason\":\"counted twice\"}}\n"
    );
    let found = read_corrections(source.as_bytes(), &stage()).unwrap();
    assert!(matches!(found.first().unwrap().replacement.as_deref(), Some(Observation::Mark(_))));
    assert_eq!(found.get(1).unwrap().replacement, None);
    assert_eq!(found.get(1).unwrap().corrects, digest);
}

#[test]
fn every_bad_line_of_corrections_is_named() {
    let digest = daepyo_core::Digest::of(b"wrong");
    let source = format!(
        "not json\n{{\"corrects\":\"{digest}\",\"replacement\":null}}\n\
         {{\"corrects\":\"x\",\"replacement\":null,\"reason\":\"r\"}}\n\
         {{\"corrects\":\"{digest}\",\"reason\":\"r\"}}\n\
         {{\"corrects\":\"{digest}\",\"replacement\":{{\"kind\":\"mark\"}},\"reason\":\"r\"}}\n\
         {{\"corrects\":\"{digest}\",\"replacement\":null,\"reason\":3,\"by\":\"kim\"}}\n"
    );
    let problems = read_corrections(source.as_bytes(), &stage()).unwrap_err();
    let places: Vec<_> = problems.iter().map(|problem| (problem.line, problem.column.as_deref())).collect();
    let wanted = [
        (1, None),
        (2, Some("reason")),
        (3, Some("corrects")),
        (4, Some("replacement")),
        (5, Some("replacement")),
        (6, Some("by")),
        (6, Some("reason")),
    ];
    assert_eq!(places, wanted);
    for problem in problems {
        let words = problem.message.text(Language::Ko);
        let known = ["corrects", "replacement", "reason"].map(str::to_owned).into();
        assert_eq!(korean::foreign_words(&words, &known), [""; 0], "{words}");
    }
}
