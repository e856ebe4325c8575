//! A programme file as a whole: read, cross-checked, and either valid or with all its problems.

mod contests;

use crate::decode::{self, CandidateAt};
use crate::layout::ROOT;
use crate::problem::{Code, Problem, Severity};
use crate::reader::{At, Problems, Table};
use crate::stage::{self, Places};
use crate::syntax;
use daepyo_core::{CandidateId, Date, Localized, Programme, ProgrammeId, StageId, SuiteId, TeamId};
use daepyo_messages::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io::Read;
use toml::de::DeTable;

/// The version of the file format that this crate reads.
const FORMAT: u32 = 1;

/// Most names that a problem lists: a file of thousands of wrong names would otherwise list all known ones for each.
const NAMES_SHOWN: usize = 20;

/// What the checks must know of files beside the programme file.
pub trait Files {
    /// Whether a folder exists at this path, relative to the programme file.
    fn is_folder(&self, path: &str) -> bool;
    /// Whether a file exists at this path, relative to the programme file.
    fn is_file(&self, path: &str) -> bool;
    /// The bytes of a file, of which no more than `most_bytes` and one are read; none where files are not looked into, and
    /// what they hold is then not checked.
    fn read(&self, _path: &str, _most_bytes: u64) -> Option<std::io::Result<Vec<u8>>> {
        None
    }
}

impl Files for &std::path::Path {
    fn is_folder(&self, path: &str) -> bool {
        self.join(path).is_dir()
    }

    fn is_file(&self, path: &str) -> bool {
        self.join(path).is_file()
    }

    fn read(&self, path: &str, most_bytes: u64) -> Option<std::io::Result<Vec<u8>>> {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(self.join(path));
        let read = file.and_then(|file| file.take(most_bytes + 1).read_to_end(&mut bytes));
        Some(read.map(|_| bytes))
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
        problems.push(Problem::new(Code::Syntax, span).with("detail", syntax::words_of(error.message())));
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
        let problem = Problem::new(Code::Format, root.place("format"));
        problems.push(problem.with("found", found.to_string()).with("known", FORMAT.to_string()));
    }
    let head = root.table("programme").and_then(|table| head(&table));
    let teams: Vec<_> = root.tables("teams").iter().map(decode::team).collect();
    let candidates: Vec<_> = root.tables("candidates").iter().map(decode::candidate).collect();
    let references = if root.has("references") { root.tables("references") } else { Vec::new() };
    let references: Vec<_> = references.iter().map(decode::reference).collect();
    let suites: Vec<_> = root.tables("suites").iter().map(decode::suite).collect();
    let stages: Vec<_> = root.tables("stages").iter().map(stage::stage).collect();

    // Cross-checks run on what could be read. A name that could not be read must not be reported as unknown where it
    // is used, so things of which one has no name are not looked up.
    let submissions = candidates.iter().map(|(piece, _)| &piece.id);
    let submissions: Vec<_> = submissions.chain(references.iter().map(|(piece, _)| &piece.id)).collect();
    let known = Known {
        teams: Names::read(root, "teams", teams.iter().map(|piece| &piece.id)),
        references: Names::read(root, "references", references.iter().map(|(piece, _)| &piece.id)),
        named_candidates: Names::read(root, "candidates", candidates.iter().map(|(piece, _)| &piece.id)),
        suites: Names::read(root, "suites", suites.iter().map(|(piece, _)| &piece.id)),
        candidates: root.listed("candidates"),
        released: references.iter().map(|(_, released)| *released).collect(),
    };
    unique(problems, "thing-team", teams.iter().filter_map(|piece| piece.id.as_ref()));
    unique(problems, "thing-submission", submissions.into_iter().flatten());
    unique(problems, "thing-suite", suites.iter().filter_map(|(piece, _)| piece.id.as_ref()));
    unique(problems, "thing-stage", stages.iter().filter_map(|at| at.places.id.as_ref()));
    check_candidates(problems, &candidates, &known);
    for (suite, path) in &suites {
        if let Some(path) = path
            && !files.is_folder(&path.value)
        {
            let id = suite.id.as_ref().map(|id| id.value.to_string()).unwrap_or_default();
            let problem = Problem::new(Code::SuiteNotFound, path.span.clone());
            problems.push(problem.with("id", id).with("path", path.value.as_str()));
        }
    }
    for (place, stage) in stages.iter().enumerate() {
        let earlier = stages.iter().take(place).map(|stage| stage.places.id.as_ref());
        let names: Vec<_> = earlier.flatten().map(|id| id.value.clone()).collect();
        let earlier = Names { is_whole: names.len() == place, names };
        Context { problems, files, known: &known, earlier: &earlier, places: &stage.places }.check();
    }
    for pair in stages.windows(2) {
        if let [first, second] = pair {
            let (closes, opens) = (first.places.closes.as_ref(), second.places.opens.as_ref());
            dates(problems, ("closes", closes), ("opens", opens), opens);
        }
    }

    let Head { id, version, dated, title, notes } = head?;
    Some(Programme {
        format: format.unwrap_or(FORMAT),
        id,
        version,
        dated,
        title,
        notes,
        teams: whole(root, "teams", teams.into_iter().map(|piece| piece.value))?,
        candidates: whole(root, "candidates", candidates.into_iter().map(|(piece, _)| piece.value))?,
        references: whole(root, "references", references.into_iter().map(|(piece, _)| piece.value))?,
        suites: whole(root, "suites", suites.into_iter().map(|(piece, _)| piece.value))?,
        stages: whole(root, "stages", stages.into_iter().map(|at| at.stage))?,
    })
}

/// All values of a list, where each could be read.
fn whole<T>(root: &Table<'_>, key: &str, values: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    let values: Vec<T> = values.collect::<Option<_>>()?;
    (values.len() == root.listed(key)).then_some(values)
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

/// The names in a list of the file.
struct Names<Id> {
    names: Vec<Id>,
    /// Whether each entry's could be read.
    is_whole: bool,
}

impl<Id: Clone + PartialEq + Display> Names<Id> {
    fn read<'a>(root: &Table<'_>, key: &str, ids: impl Iterator<Item = &'a Option<At<Id>>>) -> Self
    where
        Id: 'a,
    {
        let names: Vec<Id> = ids.flatten().map(|id| id.value.clone()).collect();
        let is_whole = names.len() == root.listed(key);
        Self { names, is_whole }
    }

    /// Notes a name that is none of these, where that can be told; `what` is the message that says what it should name.
    fn look_up(&self, problems: &Problems, what: &'static str, at: &At<Id>) {
        if self.is_whole && !self.names.contains(&at.value) {
            let mut known: Vec<String> =
                self.names.iter().take(NAMES_SHOWN).map(ToString::to_string).collect();
            match self.names.len() {
                0 => known.push("–".to_owned()),
                1..=NAMES_SHOWN => {}
                _ => known.push("…".to_owned()),
            }
            let known = known.join(", ");
            problems.push(
                Problem::new(Code::UnknownId, at.span.clone())
                    .with("what", Message::new(what))
                    .with("id", at.value.to_string())
                    .with("known", known),
            );
        }
    }
}

/// What the file's lists hold, for the stages that name it.
struct Known {
    teams: Names<TeamId>,
    references: Names<CandidateId>,
    named_candidates: Names<CandidateId>,
    suites: Names<SuiteId>,
    /// How many there are.
    candidates: usize,
    /// The days on which the references were released, as far as they could be read.
    released: Vec<Option<Date>>,
}

fn unique<'a, Id: Ord + Display + 'a>(
    problems: &Problems,
    what: &'static str,
    ids: impl Iterator<Item = &'a At<Id>>,
) {
    let mut seen = BTreeSet::new();
    for At { value: id, span } in ids {
        if !seen.insert(id) {
            let problem = Problem::new(Code::DuplicateId, span.clone());
            problems.push(problem.with("id", id.to_string()).with("what", Message::new(what)));
        }
    }
}

/// Notes where the second day lies before the first; `wrong` is the one to point at.
fn dates(
    problems: &Problems,
    first: (&str, Option<&At<Date>>),
    second: (&str, Option<&At<Date>>),
    wrong: Option<&At<Date>>,
) {
    if let ((first, Some(first_day)), (second, Some(second_day))) = (first, second)
        && let Some(wrong) = wrong
        && first_day.value > second_day.value
    {
        problems.push(
            Problem::new(Code::DatesOrder, wrong.span.clone())
                .with("first", first)
                .with("second", second)
                .with("firstday", first_day.value.to_string())
                .with("secondday", second_day.value.to_string()),
        );
    }
}

fn check_candidates(problems: &Problems, candidates: &[CandidateAt], known: &Known) {
    let mut by_team: BTreeMap<&TeamId, String> = BTreeMap::new();
    for (candidate, team) in candidates {
        let Some(team) = team else { continue };
        known.teams.look_up(problems, "thing-team", team);
        let id = candidate.id.as_ref().map(|id| id.value.to_string()).unwrap_or_default();
        if let Some(first) = by_team.insert(&team.value, id.clone()) {
            problems.push(
                Problem::new(Code::TwoPerTeam, team.span.clone())
                    .with("team", team.value.as_str())
                    .with("first", first)
                    .with("second", id),
            );
        }
    }
}

/// The checks of one stage against the rest of the file.
struct Context<'a> {
    problems: &'a Problems,
    files: &'a dyn Files,
    known: &'a Known,
    /// The stages before this one.
    earlier: &'a Names<StageId>,
    places: &'a Places,
}

impl Context<'_> {
    fn check(&self) {
        let Self { problems, known, places, .. } = self;
        let (opens, closes) = (places.opens.as_ref(), places.closes.as_ref());
        let frozen = places.frozen.as_ref();
        dates(problems, ("window.frozen", frozen), ("opens", opens), frozen);
        dates(problems, ("opens", opens), ("closes", closes), closes);
        unique(problems, "thing-gate", places.gates.iter());
        unique(problems, "thing-criterion", places.criteria.iter());
        self.check_weights();
        self.check_names();
        self.check_sources();
        self.check_contests();
        self.check_window();
        if let Some(advance) = &places.advance
            && known.candidates > 0
            && advance.value as usize >= known.candidates
        {
            problems.push(
                Problem::new(Code::AdvanceTooMany, advance.span.clone())
                    .with("advance", advance.value.to_string())
                    .with("candidates", known.candidates.to_string()),
            );
        }
    }

    fn check_weights(&self) {
        let Some(weights) = &self.places.weights else { return };
        let sum: f64 = weights.iter().map(|weight| weight.value).sum();
        if let Some(last) = weights.last()
            && (sum - 100.0).abs() > 1e-9
        {
            let stage = self.places.id.as_ref().map(|id| id.value.to_string()).unwrap_or_default();
            let problem = Problem::new(Code::WeightsSum, last.span.clone());
            self.problems.push(problem.with("sum", sum.to_string()).with("stage", stage));
        }
    }

    fn check_names(&self) {
        for At { value, span } in &self.places.suites {
            let suite = At { value: value.suite.clone(), span: span.clone() };
            self.known.suites.look_up(self.problems, "thing-suite", &suite);
        }
        for reference in &self.places.references {
            self.known.references.look_up(self.problems, "thing-reference", reference);
        }
        for candidate in &self.places.own_candidates {
            self.known.named_candidates.look_up(self.problems, "thing-candidate", candidate);
        }
        let criteria = Names {
            names: self.places.criteria.iter().map(|id| id.value.clone()).collect(),
            is_whole: self.places.has_all_criteria,
        };
        for criterion in &self.places.tie_criteria {
            criteria.look_up(self.problems, "thing-criterion", criterion);
        }
        if let Some(stage) = &self.places.carried_from {
            self.earlier.look_up(self.problems, "thing-earlier-stage", stage);
        }
        if let Some(criterion) = &self.places.look_criterion {
            criteria.look_up(self.problems, "thing-criterion", criterion);
            if self.places.counted.contains(&criterion.value) {
                self.problems.push(
                    Problem::new(Code::BadValue, criterion.span.clone())
                        .with("key", "criterion")
                        .with("value", criterion.value.as_str())
                        .with("reason", Message::new("reason-counted"))
                        .with("about", Message::new("about-look-criterion")),
                );
            }
        }
    }

    fn check_sources(&self) {
        for (id, source) in &self.places.gate_sources {
            if !self.files.is_file(&source.value) {
                let reason = Message::new("no-file").with("path", source.value.as_str());
                let problem = Problem::new(Code::GateWithoutData, source.span.clone());
                self.problems.push(problem.with("id", id.as_str()).with("reason", reason));
            }
        }
        for (id, source) in &self.places.criterion_sources {
            if !self.files.is_file(&source.value) {
                let problem = Problem::new(Code::SourceNotFound, source.span.clone());
                self.problems.push(problem.with("path", source.value.as_str()).with("what", id.as_str()));
            }
        }
        for (key, source) in &self.places.sources {
            if !self.files.is_file(&source.value) {
                let problem = Problem::new(Code::SourceNotFound, source.span.clone());
                self.problems.push(problem.with("path", source.value.as_str()).with("what", *key));
            }
        }
    }

    fn check_window(&self) {
        let (Some(months), Some(frozen)) = (self.places.window_months, &self.places.frozen) else { return };
        // A reference whose day could not be read may lie in the window.
        if !self.places.needs_window || self.known.released.contains(&None) {
            return;
        }
        let (first, last) = (frozen.value.months_before(months), frozen.value);
        if !self.known.released.iter().flatten().any(|released| (first..=last).contains(released)) {
            let problem = Problem::new(Code::EmptyWindow, frozen.span.clone());
            self.problems.push(problem.with("first", first.to_string()).with("last", last.to_string()));
        }
    }
}
