//! Benchmarks and gates, item by item.

use super::{Notes, Part};
use crate::{
    decide::Prepared,
    items::{
        Bar, BrokenSettings, CompareSettings, Comparisons, Entrant, GateReview, Item, ItemFinding,
        ItemProblem, ItemTable, ItemsError, PowerSettings, Standing, TaskWeight, compare_all, find_broken,
        review_gate,
    },
    number::wide,
    table::weigh,
};
use daepyo_core::{CriterionId, Gate, GateId, GateRule, SuiteWeight};
use serde::{Deserialize, Serialize};

/// Findings that are listed; all are counted.
const LISTED: usize = 200;

/// A criterion that is decided by benchmarks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchmarkAnalysis {
    /// The criterion.
    pub criterion: CriterionId,
    /// Every two candidates and references compared on the documents that both answered.
    pub comparisons: Option<Comparisons>,
    /// Documents that look broken.
    pub items: Option<ItemSummary>,
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
}

/// Scores of the tasks of some suites, owned.
struct Sheet {
    tasks: Vec<(String, f64)>,
    /// Of each document: place of its task, number, cluster, what guessing scores.
    items: Vec<(usize, String, String, f64)>,
    /// Of each entrant that was measured.
    columns: Vec<(String, Vec<Option<f64>>)>,
}

impl Sheet {
    /// The suites' tasks and everybody for whom `wanted` holds and who has a sample.
    fn new(prepared: &Prepared<'_>, suites: &[SuiteWeight], wanted: impl Fn(usize) -> bool) -> Self {
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
                let guess = table.guess.get(document).copied().unwrap_or_default();
                let cluster = cluster.copied().unwrap_or_default().to_owned();
                sheet.items.push((task, number.to_string(), cluster, guess));
            }
        }
        for (entrant, id) in prepared.roster.ids.iter().enumerate().filter(|(place, _)| wanted(*place)) {
            let rows = weights.iter().filter_map(|(place, _)| tables.get(*place)?.row(entrant));
            let rows: Vec<_> = rows.collect();
            if rows.iter().any(|row| row.samples > 0) {
                let scores = rows.iter().flat_map(|row| row.scores.iter().copied()).collect();
                sheet.columns.push((id.to_string(), scores));
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
            .map(|(task, id, cluster, guess)| Item {
                task: name(task),
                id,
                cluster,
                guess: *guess,
                key: None,
            })
            .collect();
        let entrants: Vec<Entrant<'_>> =
            self.columns.iter().map(|(id, scores)| Entrant { id, scores, answers: &[] }).collect();
        let weights: Vec<TaskWeight<'_>> =
            self.tasks.iter().map(|(task, weight)| TaskWeight { task, weight: *weight }).collect();
        with(&ItemTable::new(&items, &entrants, &weights)?)
    }
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
    BenchmarkAnalysis { criterion: criterion.clone(), comparisons, items }
}

pub(super) fn gate(prepared: &Prepared<'_>, gate: &Gate, notes: &mut Notes) -> GateAnalysis {
    let mut analysis = GateAnalysis { gate: gate.id.clone(), reviews: Vec::new() };
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
    analysis
}
