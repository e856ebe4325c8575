//! A programme file as a whole: read, cross-checked, and either valid or with all its problems.

use crate::decode;
use crate::layout::ROOT;
use crate::problem::{Code, Problem, Severity};
use crate::reader::{At, Problems, Table};
use crate::stage::{self, StageAt};
use daepyo_core::{
    CandidateId, Date, GateRule, Localized, Programme, ProgrammeId, Reference, Suite, SuiteId, TeamId,
};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use toml::de::DeTable;

/// The version of the file format that this crate reads.
const FORMAT: u32 = 1;

/// What the checks must know of files beside the programme file.
pub trait Files {
    /// Whether a folder exists at this path, relative to the programme file.
    fn is_folder(&self, path: &str) -> bool;
    /// Whether a file exists at this path, relative to the programme file.
    fn is_file(&self, path: &str) -> bool;
}

impl Files for &std::path::Path {
    fn is_folder(&self, path: &str) -> bool {
        self.join(path).is_dir()
    }

    fn is_file(&self, path: &str) -> bool {
        self.join(path).is_file()
    }
}

/// A valid programme.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The programme.
    pub programme: Programme,
    /// Problems that a person should look at, but that do not make it invalid.
    pub warnings: Vec<Problem>,
}

/// Reads a programme file.
///
/// Fails with every problem of the file, warnings among them, in the order of their places.
pub fn parse(source: &str, files: &dyn Files) -> Result<Parsed, Vec<Problem>> {
    let problems = Problems::default();
    let (document, errors) = DeTable::parse_recoverable(source);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        problems.note(Code::Syntax, span, vec![("detail", error.message().to_owned())]);
    }
    let programme = if errors.is_empty() {
        let root = Table::new(&ROOT, document.get_ref(), 0..0, &problems);
        programme(&root, files)
    } else {
        // What stands after a broken line may be read wrongly; its problems would only confuse.
        None
    };
    let problems = problems.into_sorted();
    let invalid = problems.iter().any(|problem| problem.code.severity() == Severity::Error);
    match programme {
        Some(programme) if !invalid => Ok(Parsed { programme, warnings: problems }),
        Some(_) | None => Err(problems),
    }
}

fn programme(root: &Table<'_>, files: &dyn Files) -> Option<Programme> {
    let problems = root.problems();
    let format = root.count("format");
    if let Some(found) = format.filter(|format| *format != FORMAT) {
        let arguments = vec![("found", found.to_string()), ("known", FORMAT.to_string())];
        problems.note(Code::Format, root.place("format"), arguments);
    }
    let head = root.table("programme").and_then(|table| head(&table));
    let teams: Vec<_> = root.tables("teams").iter().map(decode::team).collect();
    let candidates: Vec<_> = root.tables("candidates").iter().map(decode::candidate).collect();
    let references: Vec<_> = if root.has("references") {
        root.tables("references").iter().map(decode::reference).collect()
    } else {
        vec![]
    };
    let suites: Vec<_> = root.tables("suites").iter().map(decode::suite).collect();
    let stages: Vec<_> = root.tables("stages").iter().map(stage::stage).collect();

    // Cross-checks run on the pieces that could be read; a name that was lost with a broken piece must not be
    // reported as unknown, so a kind of thing with a broken piece is not looked up.
    let whole = Whole {
        teams: complete(&teams),
        candidates: complete(&candidates),
        references: complete(&references),
        suites: complete(&suites),
    };
    let teams: Vec<_> = teams.into_iter().flatten().collect();
    let candidates: Vec<_> = candidates.into_iter().flatten().collect();
    let references: Vec<_> = references.into_iter().flatten().collect();
    let suites: Vec<_> = suites.into_iter().flatten().collect();
    let complete_stages = complete(&stages);
    let stages: Vec<_> = stages.into_iter().flatten().collect();

    unique(problems, "team", teams.iter().map(|at| (&at.value.id, &at.span)));
    let submissions = candidates.iter().map(|(at, _)| (&at.value.submission.id, &at.span));
    let submissions = submissions.chain(references.iter().map(|at| (&at.value.submission.id, &at.span)));
    unique(problems, "candidate or reference", submissions);
    unique(problems, "suite", suites.iter().map(|(at, _)| (&at.value.id, &at.span)));
    unique(problems, "stage", stages.iter().map(|at| (&at.stage.id, &at.places.id)));
    check_candidates(problems, &candidates, &teams, &whole);
    for (suite, path) in &suites {
        if !files.is_folder(&path.value) {
            let arguments = vec![("id", suite.value.id.to_string()), ("path", path.value.clone())];
            problems.note(Code::SuiteNotFound, path.span.clone(), arguments);
        }
    }
    let context = Context {
        problems,
        files,
        whole: &whole,
        suites: suites.iter().map(|(at, _)| &at.value).collect(),
        references: references.iter().map(|at| &at.value).collect(),
        candidates: candidates.len(),
    };
    for stage in &stages {
        context.check_stage(stage);
    }
    for pair in stages.windows(2) {
        if let [first, second] = pair {
            let (closes, opens) = (first.stage.closes, second.stage.opens);
            dates(problems, ("closes", closes), ("opens", opens), &second.places.opens);
        }
    }

    let Head { id, version, dated, title, notes } = head?;
    let all = whole.teams && whole.candidates && whole.references && whole.suites && complete_stages;
    all.then(|| Programme {
        format: format.unwrap_or(FORMAT),
        id,
        version,
        dated,
        title,
        notes,
        teams: teams.into_iter().map(|at| at.value).collect(),
        candidates: candidates.into_iter().map(|(at, _)| at.value).collect(),
        references: references.into_iter().map(|at| at.value).collect(),
        suites: suites.into_iter().map(|(at, _)| at.value).collect(),
        stages: stages.into_iter().map(|at| at.stage).collect(),
    })
}

struct Head {
    id: ProgrammeId,
    version: u32,
    dated: Date,
    title: Localized,
    notes: Vec<Localized>,
}

fn head(table: &Table<'_>) -> Option<Head> {
    let (id, version) = (table.parsed::<ProgrammeId>("id"), table.count("version"));
    let (dated, title) = (table.parsed::<Date>("dated"), decode::localized(table, "title"));
    let notes = if table.has("notes") { table.tables("notes") } else { Vec::new() };
    let notes: Option<Vec<_>> = notes.iter().map(decode::localized_table).collect();
    Some(Head { id: id?.value, version: version?, dated: dated?.value, title: title?, notes: notes? })
}

/// Which lists were read without a loss.
#[expect(clippy::struct_excessive_bools, reason = "four independent lists")]
struct Whole {
    teams: bool,
    candidates: bool,
    references: bool,
    suites: bool,
}

fn complete<T>(pieces: &[Option<T>]) -> bool {
    pieces.iter().all(Option::is_some)
}

fn unique<'a, T: Ord + Display + 'a>(
    problems: &Problems,
    what: &str,
    ids: impl Iterator<Item = (&'a T, &'a Range<usize>)>,
) {
    let mut seen = BTreeMap::new();
    for (id, span) in ids {
        if seen.insert(id, span).is_some() {
            let arguments = vec![("id", id.to_string()), ("what", what.to_owned())];
            problems.note(Code::DuplicateId, span.clone(), arguments);
        }
    }
}

fn unknown(problems: &Problems, what: &str, id: &dyn Display, known: &[String], span: &Range<usize>) {
    let known = if known.is_empty() { "-".to_owned() } else { known.join(", ") };
    let arguments = vec![("what", what.to_owned()), ("id", id.to_string()), ("known", known)];
    problems.note(Code::UnknownId, span.clone(), arguments);
}

fn dates(problems: &Problems, first: (&str, Date), second: (&str, Date), span: &Range<usize>) {
    if first.1 > second.1 {
        let arguments = vec![
            ("first", first.0.to_owned()),
            ("second", second.0.to_owned()),
            ("firstday", first.1.to_string()),
            ("secondday", second.1.to_string()),
        ];
        problems.note(Code::DatesOrder, span.clone(), arguments);
    }
}

fn check_candidates(
    problems: &Problems,
    candidates: &[(At<daepyo_core::Candidate>, At<TeamId>)],
    teams: &[At<daepyo_core::Team>],
    whole: &Whole,
) {
    let known: Vec<String> = teams.iter().map(|at| at.value.id.to_string()).collect();
    let mut by_team: BTreeMap<&TeamId, &CandidateId> = BTreeMap::new();
    for (candidate, team) in candidates {
        if whole.teams && !teams.iter().any(|at| at.value.id == team.value) {
            unknown(problems, "team", &team.value, &known, &team.span);
        }
        let id = &candidate.value.submission.id;
        if let Some(first) = by_team.insert(&team.value, id) {
            let arguments = vec![
                ("team", team.value.to_string()),
                ("first", first.to_string()),
                ("second", id.to_string()),
            ];
            problems.note(Code::TwoPerTeam, team.span.clone(), arguments);
        }
    }
}

struct Context<'a> {
    problems: &'a Problems,
    files: &'a dyn Files,
    whole: &'a Whole,
    suites: Vec<&'a Suite>,
    references: Vec<&'a Reference>,
    candidates: usize,
}

impl Context<'_> {
    fn check_stage(&self, at: &StageAt) {
        let (stage, places) = (&at.stage, &at.places);
        dates(self.problems, ("window.frozen", stage.window.frozen), ("opens", stage.opens), &places.frozen);
        dates(self.problems, ("opens", stage.opens), ("closes", stage.closes), &places.closes);
        unique(self.problems, "gate", stage.gates.iter().map(|gate| &gate.id).zip(&places.gates));
        unique(
            self.problems,
            "criterion",
            stage.criteria.iter().map(|criterion| &criterion.id).zip(&places.criteria),
        );
        self.check_weights(at);
        self.check_names(at);
        self.check_sources(at);
        self.check_window(at);
        if self.whole.candidates && self.candidates > 0 && stage.decision.advance as usize >= self.candidates
        {
            let arguments = vec![
                ("advance", stage.decision.advance.to_string()),
                ("candidates", self.candidates.to_string()),
            ];
            self.problems.note(Code::AdvanceTooMany, places.advance.clone(), arguments);
        }
    }

    fn check_weights(&self, at: &StageAt) {
        let sum: f64 = at.stage.criteria.iter().map(|criterion| criterion.weight).sum();
        if (sum - 100.0).abs() > 1e-9 {
            let span = at.places.weights.last().cloned().unwrap_or_else(|| at.places.id.clone());
            let arguments = vec![("sum", sum.to_string()), ("stage", at.stage.id.to_string())];
            self.problems.note(Code::WeightsSum, span, arguments);
        }
    }

    fn check_names(&self, at: &StageAt) {
        let suites: Vec<String> = self.suites.iter().map(|suite| suite.id.to_string()).collect();
        for weight in &at.places.suites {
            let id: &SuiteId = &weight.value.suite;
            if self.whole.suites && !self.suites.iter().any(|suite| suite.id == *id) {
                unknown(self.problems, "suite", id, &suites, &weight.span);
            }
        }
        let references: Vec<String> =
            self.references.iter().map(|found| found.submission.id.to_string()).collect();
        for reference in &at.places.references {
            let found = self.references.iter().any(|known| known.submission.id == reference.value);
            if self.whole.references && !found {
                unknown(self.problems, "reference", &reference.value, &references, &reference.span);
            }
        }
        let criteria: Vec<String> =
            at.stage.criteria.iter().map(|criterion| criterion.id.to_string()).collect();
        for step in &at.places.tie_criteria {
            if !at.stage.criteria.iter().any(|criterion| criterion.id == step.value) {
                unknown(self.problems, "criterion", &step.value, &criteria, &step.span);
            }
        }
    }

    fn check_sources(&self, at: &StageAt) {
        for (id, source) in &at.places.gate_sources {
            if !self.files.is_file(&source.value) {
                let arguments = vec![("id", id.to_string()), ("reason", format!("no file {}", source.value))];
                self.problems.note(Code::GateWithoutData, source.span.clone(), arguments);
            }
        }
        for (id, source) in &at.places.criterion_sources {
            if !self.files.is_file(&source.value) {
                let arguments = vec![("path", source.value.clone()), ("what", id.to_string())];
                self.problems.note(Code::SourceNotFound, source.span.clone(), arguments);
            }
        }
    }

    fn check_window(&self, at: &StageAt) {
        let held = |gate: &daepyo_core::Gate| matches!(gate.rule, GateRule::NonInferiority { .. });
        if !self.whole.references || !at.stage.gates.iter().any(held) {
            return;
        }
        let first = at.stage.window.frozen.months_before(at.stage.window.months);
        let last = at.stage.window.frozen;
        if !self.references.iter().any(|reference| (first..=last).contains(&reference.released)) {
            let arguments = vec![("first", first.to_string()), ("last", last.to_string())];
            self.problems.note(Code::EmptyWindow, at.places.frozen.clone(), arguments);
        }
    }
}
