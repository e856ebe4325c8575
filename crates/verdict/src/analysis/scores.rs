//! Benchmarks and gates, item by item.

use super::{Notes, Part};
use crate::{
    decide::Prepared,
    items::{
        Bar, BrokenSettings, CompareSettings, Comparisons, Contamination, ContaminationSettings, Entrant,
        Flag, GateChange, GateReview, Item, ItemFinding, ItemProblem, ItemTable, ItemsError, PowerSettings,
        Standing, TaskWeight, compare_all, contamination, find_broken, review_gate,
    },
    number::wide,
    table::{Row, weigh},
};
use daepyo_core::{CandidateId, ContaminationFlag, CriterionId, Gate, GateId, GateRule, SuiteWeight};
use serde::{Deserialize, Serialize};

/// Findings and flags that are listed; all are counted.
const LISTED: usize = 200;

/// Confidence of what flagged documents gave.
const CONFIDENCE: f64 = 0.95;

/// A criterion that is decided by benchmarks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkAnalysis {
    /// The criterion.
    pub criterion: CriterionId,
    /// Every two candidates and references compared on the documents that both answered.
    pub comparisons: Option<Comparisons>,
    /// Documents that look broken.
    pub items: Option<ItemSummary>,
    /// Scores with and without the documents that somebody may have seen before; none where none is flagged. Of the flags,
    /// the first 200 are listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contamination: Option<Contamination>,
}

/// Documents that look broken. They are reported; none is dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemSummary {
    /// Documents.
    pub items: u64,
    /// Documents with a finding other than that everyone is right.
    pub flagged: u64,
    /// Documents that everyone gets right.
    pub everyone_right: u64,
    /// The findings other than that, in order of task and document: the first 200.
    pub findings: Vec<ItemFinding>,
    /// Everybody's score with all documents and without the flagged ones.
    pub standings: Vec<Standing>,
    /// The smallest p-value that any document can reach with so few who answered.
    pub least_p: f64,
    /// How many documents have to reach it before any can pass the adjustment.
    pub least_finds: u64,
}

/// A gate that compares with references: its power, and what it lacked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateAnalysis {
    /// The gate.
    pub gate: GateId,
    /// One review a candidate, in file order; a candidate that went has none.
    pub reviews: Vec<GateReview>,
    /// One row a candidate, in order of id: the outcome with and without the documents that somebody may have seen before;
    /// empty where none is flagged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contamination: Vec<GateChange>,
}

/// Scores of the tasks of some suites.
struct Sheet<'a> {
    tasks: Vec<(String, f64)>,
    items: Vec<Document<'a>>,
    /// Of each entrant that was measured.
    columns: Vec<Measured<'a>>,
}

/// A document with the place of its task.
struct Document<'a> {
    task: usize,
    number: String,
    cluster: &'a str,
    guess: f64,
    key: Option<&'a str>,
}

/// What one entrant scored and answered; no answers where none is known.
struct Measured<'a> {
    id: String,
    scores: Vec<Option<f64>>,
    answers: Vec<Option<&'a str>>,
}

impl<'a> Sheet<'a> {
    /// The suites' tasks and everybody for whom `wanted` holds and who has a sample.
    fn new(prepared: &'a Prepared<'_>, suites: &[SuiteWeight], wanted: impl Fn(usize) -> bool) -> Self {
        let tables = &prepared.evidence.tables;
        let weights = weigh(tables, suites);
        let mut sheet = Self { tasks: Vec::new(), items: Vec::new(), columns: Vec::new() };
        for (place, weight) in &weights {
            let Some(table) = tables.get(*place) else { continue };
            let task = sheet.tasks.len();
            // The same task may stand in two suites.
            sheet.tasks.push((format!("{}/{}", table.suite, table.task), *weight));
            for document in 0..table.documents {
                let number = table.numbers.get(document).copied().unwrap_or_default();
                let cluster = table.cluster_of.get(document).and_then(|cluster| table.names.get(*cluster));
                sheet.items.push(Document {
                    task,
                    number: number.to_string(),
                    cluster: cluster.copied().unwrap_or_default(),
                    guess: table.guess.get(document).copied().unwrap_or_default(),
                    key: table.keys.get(document).copied().flatten(),
                });
            }
        }
        for (entrant, id) in prepared.roster.ids.iter().enumerate().filter(|(place, _)| wanted(*place)) {
            let of_task = |(place, _): &(usize, f64)| {
                let table = tables.get(*place)?;
                Some((table, table.row(entrant)?))
            };
            let rows: Vec<_> = weights.iter().filter_map(of_task).collect();
            if rows.iter().any(|(_, row)| row.samples > 0) {
                let scores = rows.iter().flat_map(|(_, row)| row.scores.iter().copied()).collect();
                let answers = rows.iter().flat_map(|(table, row)| answers(&table.keys, row)).collect();
                sheet.columns.push(Measured { id: id.to_string(), scores, answers });
            }
        }
        sheet
    }

    /// The table, given to `with`.
    fn table<T>(&self, with: impl FnOnce(&ItemTable<'_>) -> Result<T, ItemsError>) -> Result<T, ItemsError> {
        let name = |task: &usize| self.tasks.get(*task).map_or("", |(name, _)| name.as_str());
        let items: Vec<Item<'_>> = self
            .items
            .iter()
            .map(|document| Item {
                task: name(&document.task),
                id: &document.number,
                cluster: document.cluster,
                guess: document.guess,
                key: document.key,
            })
            .collect();
        let is_known = self.columns.iter().any(|column| column.answers.iter().any(Option::is_some));
        let entrants: Vec<Entrant<'_>> = self
            .columns
            .iter()
            .map(|Measured { id, scores, answers }| Entrant {
                id,
                scores,
                answers: if is_known { answers } else { &[] },
            })
            .collect();
        let weights: Vec<TaskWeight<'_>> =
            self.tasks.iter().map(|(task, weight)| TaskWeight { task, weight: *weight }).collect();
        with(&ItemTable::new(&items, &entrants, &weights)?)
    }

    /// The flags on its documents, for its entrants or for everybody.
    fn flags<'s>(&'s self, given: &[&'s ContaminationFlag]) -> Vec<Flag<'s>> {
        if given.is_empty() {
            return Vec::new();
        }
        let name = |task: usize| self.tasks.get(task).map_or("", |(name, _)| name.as_str());
        let mut documents: Vec<(&str, &str)> =
            self.items.iter().map(|document| (name(document.task), document.number.as_str())).collect();
        documents.sort_unstable();
        let flag = |flag: &&'s ContaminationFlag| {
            let (task, number) = (format!("{}/{}", flag.suite, flag.task), flag.document.to_string());
            let wanted = (task.as_str(), number.as_str());
            let place = documents.binary_search_by(|document| (*document).cmp(&wanted)).ok()?;
            let (task, item) = documents.get(place).copied()?;
            let entrant = flag.candidate.as_ref().map(CandidateId::as_str);
            let is_here = |id: &str| self.columns.iter().any(|column| column.id == id);
            let (source, reason) = (flag.source.as_str(), flag.reason.as_str());
            entrant.is_none_or(is_here).then_some(Flag { task, item, entrant, source, reason })
        };
        given.iter().filter_map(flag).collect()
    }
}

/// Known answers of a row; whatever counts as right is the key, however it was written.
fn answers<'a>(keys: &[Option<&'a str>], row: &Row<'a>) -> Vec<Option<&'a str>> {
    let answer = |(place, score): (usize, &Option<f64>)| {
        let is_right = score.is_some_and(|score| score >= 1.0);
        let key = keys.get(place).copied().flatten();
        key.filter(|_| is_right).or_else(|| row.answers.get(place).copied().flatten())
    };
    row.scores.iter().enumerate().map(answer).collect()
}

/// Whether somebody on the roster is in the stage still.
fn stays<'p>(prepared: &'p Prepared<'_>) -> impl Fn(usize) -> bool + 'p {
    |place| place >= prepared.roster.candidates || !prepared.evidence.is_gone(place)
}

pub(super) fn benchmark(
    prepared: &Prepared<'_>,
    criterion: &CriterionId,
    suites: &[SuiteWeight],
    notes: &mut Notes,
) -> BenchmarkAnalysis {
    let sheet = Sheet::new(prepared, suites, stays(prepared));
    let stage = prepared.rules.stage;
    let settings =
        CompareSettings { seed: stage.seed, draws: stage.draws.max(100), ..CompareSettings::default() };
    let about = criterion.as_str();
    let compared = sheet.table(|table| compare_all(table, &settings));
    let comparisons = notes.keep((about, Part::Comparisons), compared, ItemsError::code);
    let found = sheet.table(|table| find_broken(table, &BrokenSettings::default()));
    let items = notes.keep((about, Part::Items), found, ItemsError::code).map(|found| {
        let is_right = |problem: &ItemProblem| matches!(problem, ItemProblem::EveryoneRight { .. });
        let everyone_right = found.findings.iter().filter(|finding| is_right(&finding.problem)).count();
        let listed = found.findings.into_iter().filter(|finding| !is_right(&finding.problem)).take(LISTED);
        ItemSummary {
            items: wide(sheet.items.len()),
            flagged: found.flagged,
            everyone_right: wide(everyone_right),
            findings: listed.collect(),
            standings: found.standings,
            least_p: found.least_p,
            least_finds: found.least_finds,
        }
    });
    let flags = sheet.flags(&prepared.evidence.contamination);
    let contamination = held_against(&sheet, &flags, None)
        .and_then(|held| notes.keep((about, Part::Contamination), held, ItemsError::code));
    let contamination = contamination.map(|mut found| {
        found.flags.truncate(LISTED);
        found
    });
    BenchmarkAnalysis { criterion: criterion.clone(), comparisons, items, contamination }
}

/// Scores, and outcomes of a gate where there is one, with and without flagged documents; none where none is flagged.
fn held_against(
    sheet: &Sheet<'_>,
    flags: &[Flag<'_>],
    gate: Option<Bar<'_>>,
) -> Option<Result<Contamination, ItemsError>> {
    let chance_corrected = gate.as_ref().is_some_and(|bar| bar.chance_corrected);
    let settings = ContaminationSettings { confidence: CONFIDENCE, chance_corrected, gate };
    (!flags.is_empty()).then(|| sheet.table(|table| contamination(table, flags, &settings)))
}

pub(super) fn gate(prepared: &Prepared<'_>, gate: &Gate, notes: &mut Notes) -> GateAnalysis {
    let mut analysis = GateAnalysis { gate: gate.id.clone(), reviews: Vec::new(), contamination: Vec::new() };
    let GateRule::NonInferiority { suites, ratio, confidence, chance_corrected } = &gate.rule else {
        return analysis;
    };
    let roster = &prepared.roster;
    let references: Vec<String> =
        roster.window.iter().filter_map(|place| roster.id(*place)).map(ToString::to_string).collect();
    let references: Vec<&str> = references.iter().map(String::as_str).collect();
    let bar = Bar {
        references: &references,
        ratio: *ratio,
        confidence: *confidence,
        chance_corrected: *chance_corrected,
    };
    let settings = PowerSettings { seed: prepared.rules.stage.seed, ..PowerSettings::default() };
    let stays = stays(prepared);
    for (place, id) in prepared.candidates().into_iter().enumerate().filter(|(place, _)| stays(*place)) {
        let wanted = |entrant: usize| entrant == place || roster.window.contains(&entrant);
        let sheet = Sheet::new(prepared, suites, wanted);
        let reviewed = sheet.table(|table| review_gate(table, id.as_str(), &bar, &settings));
        analysis.reviews.extend(notes.keep((gate.id.as_str(), Part::Power), reviewed, ItemsError::code));
    }
    let wanted =
        |entrant: usize| roster.window.contains(&entrant) || entrant < roster.candidates && stays(entrant);
    let sheet = Sheet::new(prepared, suites, wanted);
    let flags = sheet.flags(&prepared.evidence.contamination);
    if let Some(held) = held_against(&sheet, &flags, Some(bar)) {
        let held = notes.keep((gate.id.as_str(), Part::Contamination), held, ItemsError::code);
        analysis.contamination = held.map(|held| held.gates).unwrap_or_default();
    }
    analysis
}
