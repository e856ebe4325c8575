//! CSV files of marks, votes, derivatives and findings.

use crate::korean;
use daepyo_core::{CriterionId, GateId, Language, StageId, VoteChoice};
use daepyo_spec::{read_derivatives, read_findings, read_marks, read_votes};

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
        assert_eq!(korean::foreign_words(&words, &known.map(str::to_owned).into()), [""; 0], "{words}");
    }
}
