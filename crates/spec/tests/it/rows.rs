//! CSV files of marks, votes, derivatives and findings.

use daepyo_core::{CriterionId, GateId, StageId, VoteChoice};
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
