//! Marks, votes, derivatives, findings, withdrawals, flags and panel votes from CSV files, each row checked, all bad rows reported at once.

use daepyo_core::{
    CandidateId, ContaminationFlag, CriterionId, Date, Derivative, DerivativeStatus, Digest, GateFinding,
    GateId, GateOutcome, Mark, PanelVote, RaterId, Relation, RubricItemId, StageId, SuiteId, TaskName, Vote,
    VoteChoice, VoterId, Withdrawal,
};
use daepyo_messages::{Explain, Message};
use std::collections::BTreeMap;

/// A row that cannot be read. The code is `spec::row`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// Line of the file, from 1.
    pub line: u64,
    /// The column or key that is wrong; none where the row as a whole is.
    pub column: Option<String>,
    /// What is wrong and what would be right.
    pub message: Message,
}

/// Most problems of one file: whoever has more has the wrong file.
pub(crate) const MOST_PROBLEMS: usize = 1_000;

pub(crate) type Rows<T> = Result<Vec<T>, Vec<RowProblem>>;

/// Marks, from the columns `rater`, `candidate`, `item` and `value`.
pub fn read_marks(source: &[u8], stage: &StageId, criterion: &CriterionId) -> Rows<Mark> {
    rows(source, &["rater", "candidate", "item", "value"], &[], |row| {
        Some(Mark {
            stage: stage.clone(),
            criterion: criterion.clone(),
            rater: row.parse::<RaterId>("rater")?,
            candidate: row.parse::<CandidateId>("candidate")?,
            item: row.parse::<RubricItemId>("item")?,
            value: row.number("value")?,
        })
    })
}

const CHOICES: [(&str, VoteChoice); 4] = [
    ("left", VoteChoice::Left),
    ("right", VoteChoice::Right),
    ("tie", VoteChoice::Tie),
    ("both_bad", VoteChoice::BothBad),
];

/// Columns of votes that a file need not have.
const OF_SOME_VOTES: [&str; 7] =
    ["prompt", "shown_ms", "voted_ms", "characters", "gold", "category", "language"];

/// Votes, from the columns `voter`, `left`, `right`, `choice` (left, right, tie, `both_bad`) and optionally `prompt`,
/// `shown_ms` and `voted_ms` (milliseconds of one clock), `characters` (of both answers), `gold` (the right choice of a
/// battle whose answer is known), `category` and `language`; any of these may be empty in a row.
pub fn read_votes(source: &[u8], stage: &StageId, criterion: &CriterionId) -> Rows<Vote> {
    let mut number = 0;
    rows(source, &["voter", "left", "right", "choice"], &OF_SOME_VOTES, |row| {
        let choice = row.word("choice", &CHOICES);
        let (shown_ms, voted_ms) = (row.whole("shown_ms"), row.whole("voted_ms"));
        let characters = row.whole("characters");
        let gold = if row.optional("gold").is_some() { row.word("gold", &CHOICES) } else { None };
        let vote = Vote {
            stage: stage.clone(),
            criterion: criterion.clone(),
            number,
            voter: row.parse::<VoterId>("voter")?,
            left: row.parse::<CandidateId>("left")?,
            right: row.parse::<CandidateId>("right")?,
            choice: choice?,
            prompt: row.optional("prompt"),
            shown_ms,
            voted_ms,
            characters,
            gold,
            category: row.optional("category"),
            language: row.optional("language"),
        };
        number += 1;
        if let (Some(shown), Some(voted)) = (vote.shown_ms, vote.voted_ms)
            && voted < shown
        {
            row.problem("voted_ms", Message::new("row-time-backwards"));
            return None;
        }
        if vote.left == vote.right {
            row.problem("right", Message::new("row-same-candidate"));
            return None;
        }
        Some(vote)
    })
}

/// Derivatives, from the columns `candidate`, `owner`, `name`, `relation`, `payload` (digest, may be empty), `status`.
pub fn read_derivatives(source: &[u8], stage: &StageId, criterion: &CriterionId) -> Rows<Derivative> {
    let relations: Vec<_> = Relation::ALL.into_iter().map(|relation| (relation.name(), relation)).collect();
    rows(source, &["candidate", "owner", "name", "relation", "status"], &["payload"], |row| {
        let relation = row.word("relation", &relations);
        let status = row.word(
            "status",
            &[
                ("declared", DerivativeStatus::Declared),
                ("verified", DerivativeStatus::Verified),
                ("rejected", DerivativeStatus::Rejected),
                ("untestable", DerivativeStatus::Untestable),
            ],
        );
        let payload = row.parse_given::<Digest>("payload")?;
        Some(Derivative {
            stage: stage.clone(),
            criterion: criterion.clone(),
            candidate: row.parse::<CandidateId>("candidate")?,
            owner: row.text("owner")?,
            name: row.text("name")?,
            relation: relation?,
            payload,
            status: status?,
        })
    })
}

/// Findings, from the columns `candidate`, `outcome` (passed, failed, `not_shown`), `reason`, `evidence` (digest, may be
/// empty).
pub fn read_findings(source: &[u8], stage: &StageId, gate: &GateId) -> Rows<GateFinding> {
    rows(source, &["candidate", "outcome", "reason"], &["evidence"], |row| {
        let outcome = row.word(
            "outcome",
            &[
                ("passed", GateOutcome::Passed),
                ("failed", GateOutcome::Failed),
                ("not_shown", GateOutcome::NotShown),
            ],
        );
        let evidence = row.parse_given::<Digest>("evidence")?;
        Some(GateFinding {
            stage: stage.clone(),
            gate: gate.clone(),
            candidate: row.parse::<CandidateId>("candidate")?,
            outcome: outcome?,
            reason: row.text("reason")?,
            evidence,
        })
    })
}

/// Withdrawals, from the columns `candidate`, `on` (a date), `reason`, `evidence` (digest, may be empty).
pub fn read_withdrawals(source: &[u8], stage: &StageId) -> Rows<Withdrawal> {
    rows(source, &["candidate", "on", "reason"], &["evidence"], |row| {
        let evidence = row.parse_given::<Digest>("evidence")?;
        Some(Withdrawal {
            stage: stage.clone(),
            candidate: row.parse::<CandidateId>("candidate")?,
            on: row.parse::<Date>("on")?,
            reason: row.text("reason")?,
            evidence,
        })
    })
}

/// Flags on documents, from the columns `suite`, `task`, `document` (its number, from 0), `candidate` (empty for everybody),
/// `source`, `reason`, `evidence` (digest, may be empty).
pub fn read_contamination(source: &[u8], stage: &StageId) -> Rows<ContaminationFlag> {
    let required = ["suite", "task", "document", "candidate", "source", "reason"];
    rows(source, &required, &["evidence"], |row| {
        let candidate = row.parse_given::<CandidateId>("candidate")?;
        let evidence = row.parse_given::<Digest>("evidence")?;
        row.text("document")?;
        Some(ContaminationFlag {
            stage: stage.clone(),
            suite: row.parse::<SuiteId>("suite")?,
            task: row.parse::<TaskName>("task")?,
            document: row.whole("document")?,
            candidate,
            source: row.text("source")?,
            reason: row.text("reason")?,
            evidence,
        })
    })
}

/// A panel's votes on the wildcard, from the columns `member` and `candidate` (empty for nobody).
pub fn read_panel_votes(source: &[u8], stage: &StageId) -> Rows<PanelVote> {
    rows(source, &["member", "candidate"], &[], |row| {
        let candidate = row.parse_given::<CandidateId>("candidate")?;
        Some(PanelVote { stage: stage.clone(), member: row.parse::<RaterId>("member")?, candidate })
    })
}

pub(crate) struct Row<'a> {
    cells: BTreeMap<&'a str, &'a str>,
    pub(crate) line: u64,
    problems: &'a mut Vec<RowProblem>,
}

impl Row<'_> {
    pub(crate) fn problem(&mut self, column: &str, message: Message) {
        self.problems.push(RowProblem { line: self.line, column: Some(column.to_owned()), message });
    }

    fn optional(&self, column: &str) -> Option<String> {
        self.cells.get(column).filter(|cell| !cell.is_empty()).map(|cell| (*cell).to_owned())
    }

    pub(crate) fn text(&mut self, column: &str) -> Option<String> {
        let text = self.optional(column);
        if text.is_none() {
            self.problem(column, Message::new("reason-empty"));
        }
        text
    }

    pub(crate) fn parse<T: std::str::FromStr<Err: Explain>>(&mut self, column: &str) -> Option<T> {
        match self.text(column)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(column, error.explain());
                None
            }
        }
    }

    /// What stands in a cell that may be empty; none where it can't be read.
    #[expect(clippy::option_option, reason = "an empty cell is no mistake")]
    fn parse_given<T: std::str::FromStr<Err: Explain>>(&mut self, column: &str) -> Option<Option<T>> {
        match self.optional(column) {
            Some(_) => self.parse(column).map(Some),
            None => Some(None),
        }
    }

    fn number(&mut self, column: &str) -> Option<f64> {
        let text = self.text(column)?;
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        if number.is_none() {
            self.problem(column, Message::new("row-not-number").with("text", text));
        }
        number
    }

    /// A whole number, where the cell is not empty.
    fn whole(&mut self, column: &str) -> Option<u64> {
        let text = self.optional(column)?;
        let number = text.parse::<u64>().ok();
        if number.is_none() {
            self.problem(column, Message::new("row-not-whole-number").with("text", text));
        }
        number
    }

    fn word<T: Copy>(&mut self, column: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(column)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            let message = Message::new("row-unknown-word").with("text", text).with("known", known.join(", "));
            self.problem(column, message);
        }
        found
    }
}

/// The rows of a CSV file whose first line names its columns.
pub(crate) fn rows<T>(
    source: &[u8],
    required: &[&str],
    optional: &[&str],
    mut read: impl FnMut(&mut Row<'_>) -> Option<T>,
) -> Rows<T> {
    let source = source.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(source);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source);
    let whole = |line: u64, error: &csv::Error| RowProblem { line, column: None, message: unreadable(error) };
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => return Err(vec![whole(1, &error)]),
    };
    let mut problems = Vec::new();
    for column in required.iter().filter(|column| !headers.iter().any(|header| header == **column)) {
        let message = Message::new("row-missing-column").with("column", *column);
        problems.push(RowProblem { line: 1, column: Some((*column).to_owned()), message });
    }
    for header in headers.iter().filter(|header| !required.contains(header) && !optional.contains(header)) {
        let known = [required, optional].concat().join(", ");
        let message = Message::new("row-unknown-column").with("known", known);
        problems.push(RowProblem { line: 1, column: Some(header.to_owned()), message });
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut found = Vec::new();
    for record in reader.records() {
        if problems.len() >= MOST_PROBLEMS {
            break;
        }
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let cells = headers.iter().zip(&record).collect();
                found.extend(read(&mut Row { cells, line, problems: &mut problems }));
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                problems.push(whole(line, &error));
            }
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// Why a row cannot be taken apart.
fn unreadable(error: &csv::Error) -> Message {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => Message::new("row-not-utf8"),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => Message::new("row-length")
            .with("expected", expected_len.to_string())
            .with("found", len.to_string()),
        // Reading, seeking and conversion, none of which happens to bytes in memory; the kinds are open.
        _ => Message::new("row-unreadable").with("detail", error.to_string()),
    }
}
