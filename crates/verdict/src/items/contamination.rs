//! Items that somebody may have seen before: raw and clean scores side by side, and what the flagged items gave.
//!
//! Reported are scores with and without the flagged items, what these gave ([`ContaminationEffect`]), and whether a rank
//! or a gate hangs on them.

use super::{
    ContaminationEffect, ItemTable, ItemsError, Standing,
    error::between,
    gate::{Bar, overall},
    leak_effect::effect,
    standing::side_by_side,
};
use crate::number::wide;
use daepyo_core::GateOutcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A finding that an item was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag<'a> {
    /// The item's task.
    pub task: &'a str,
    /// The item.
    pub item: &'a str,
    /// Who has seen it; none for everybody.
    pub entrant: Option<&'a str>,
    /// Where the finding comes from: a search of training data, a membership test, a leak.
    pub source: &'a str,
    /// Why, in words.
    pub reason: &'a str,
}

/// How flags are judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContaminationSettings<'a> {
    /// Confidence of the intervals, between .5 and 1.
    pub confidence: f64,
    /// Whether guessing is taken out of scores.
    pub chance_corrected: bool,
    /// A gate to judge with and without the flagged items; its candidates are the entrants that are not references.
    pub gate: Option<Bar<'a>>,
}

/// Raw and clean, side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contamination {
    /// The flags, in order of task, item, entrant, source and reason.
    pub flags: Vec<FlagRecord>,
    /// Items with any flag.
    pub flagged: u64,
    /// By entrant.
    pub entrants: Vec<EntrantContamination>,
    /// Scores over all items and over the items without any flag: the same documents for everybody.
    pub standings: Vec<Standing>,
    /// Pairs whose order is another without the flagged items: better before, better after.
    pub swapped: Vec<(String, String)>,
    /// Outcomes of the gate, where one is given.
    pub gates: Vec<GateChange>,
}

/// A flag, as it was given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FlagRecord {
    /// The item's task.
    pub task: String,
    /// The item.
    pub item: String,
    /// Who has seen it; none for everybody.
    pub entrant: Option<String>,
    /// Where the finding comes from.
    pub source: String,
    /// Why.
    pub reason: String,
}

/// An entrant with and without the items flagged for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntrantContamination {
    /// The entrant.
    pub entrant: String,
    /// Weighted mean score over all answered documents.
    pub raw: Option<f64>,
    /// The same over those not flagged for it or for everybody; none where a task that counts has none left.
    pub clean: Option<f64>,
    /// Answered documents flagged for it or for everybody.
    pub documents_flagged: u64,
    /// The other answered documents.
    pub documents_clean: u64,
    /// What the flagged items gave; none without flags, without others to compare with, or where no task has both flagged
    /// and clean items.
    pub effect: Option<ContaminationEffect>,
}

/// A gate with and without the flagged items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateChange {
    /// The candidate.
    pub candidate: String,
    /// Over all items; none where the candidate shares no answered document of a task with a reference.
    pub raw: Option<GateOutcome>,
    /// Without items flagged for the candidate, the reference or everybody; none likewise.
    pub clean: Option<GateOutcome>,
    /// Whether the two differ.
    pub changed: bool,
}

/// Holds scores on flagged and clean items of `table` against each other; fails for a flag on an unknown item or
/// entrant and for settings out of range.
pub fn contamination(
    table: &ItemTable<'_>,
    flags: &[Flag<'_>],
    settings: &ContaminationSettings<'_>,
) -> Result<Contamination, ItemsError> {
    between("confidence", settings.confidence, 0.5, 1.0, "above .5 and below 1")?;
    let marks = Marks::new(table, flags)?;
    let count = table.entrants.len();
    let entrants = (0..count).map(|place| entrant(table, &marks, place, settings)).collect();
    let standings = side_by_side(table, settings.chance_corrected, |_, item| !marks.any(item));
    let gates = match &settings.gate {
        Some(bar) => gates(table, &marks, bar)?,
        None => Vec::new(),
    };
    let mut records: Vec<FlagRecord> = flags.iter().map(record).collect();
    records.sort();
    records.dedup();
    Ok(Contamination {
        flags: records,
        flagged: wide((0..table.items.len()).filter(|item| marks.any(*item)).count()),
        entrants,
        swapped: swapped(&standings),
        standings,
        gates,
    })
}

fn record(flag: &Flag<'_>) -> FlagRecord {
    FlagRecord {
        task: flag.task.to_owned(),
        item: flag.item.to_owned(),
        entrant: flag.entrant.map(str::to_owned),
        source: flag.source.to_owned(),
        reason: flag.reason.to_owned(),
    }
}

/// Who has seen what.
pub(crate) struct Marks {
    everybody: BTreeSet<usize>,
    /// By entrant.
    own: Vec<BTreeSet<usize>>,
}

impl Marks {
    fn new(table: &ItemTable<'_>, flags: &[Flag<'_>]) -> Result<Self, ItemsError> {
        let mut marks = Self { everybody: BTreeSet::new(), own: vec![BTreeSet::new(); table.entrants.len()] };
        let places = table.places();
        for flag in flags {
            let unknown =
                || ItemsError::Unknown { what: "item", name: format!("{}/{}", flag.task, flag.item) };
            let item = places.get(&(flag.task, flag.item)).copied().ok_or_else(unknown)?;
            match flag.entrant {
                None => {
                    marks.everybody.insert(item);
                }
                Some(id) => {
                    let place = table.place(id)?;
                    marks.own.get_mut(place).map(|own| own.insert(item));
                }
            }
        }
        Ok(marks)
    }

    /// Whether an item is flagged for an entrant.
    pub(crate) fn of(&self, entrant: usize, item: usize) -> bool {
        self.everybody.contains(&item) || self.own.get(entrant).is_some_and(|own| own.contains(&item))
    }

    fn any(&self, item: usize) -> bool {
        self.everybody.contains(&item) || self.own.iter().any(|own| own.contains(&item))
    }
}

fn entrant(
    table: &ItemTable<'_>,
    marks: &Marks,
    place: usize,
    settings: &ContaminationSettings<'_>,
) -> EntrantContamination {
    let corrected = settings.chance_corrected;
    let answered = |flagged: bool| {
        let counted = table.tasks.iter().filter(|task| task.weight > 0.0).flat_map(|task| task.items.clone());
        let kept = counted.filter(|item| marks.of(place, *item) == flagged);
        wide(kept.filter(|item| table.score(place, *item, corrected).is_some()).count())
    };
    let score =
        |kept: &dyn Fn(usize) -> bool| table.weighted_mean(place, corrected, kept).map(|(score, _)| score);
    EntrantContamination {
        entrant: table.id(place),
        raw: score(&|_| true),
        clean: score(&|item| !marks.of(place, item)),
        documents_flagged: answered(true),
        documents_clean: answered(false),
        effect: effect(table, marks, place, settings),
    }
}

/// Pairs that stand the other way round, or level, without the flagged items.
fn swapped(standings: &[Standing]) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for one in standings {
        for other in standings {
            let before = one.rank_all.zip(other.rank_all).is_some_and(|(own, theirs)| own < theirs);
            let after = one.rank_without.zip(other.rank_without).is_some_and(|(own, theirs)| own >= theirs);
            if before && after {
                pairs.push((one.entrant.clone(), other.entrant.clone()));
            }
        }
    }
    pairs
}

fn gates(table: &ItemTable<'_>, marks: &Marks, bar: &Bar<'_>) -> Result<Vec<GateChange>, ItemsError> {
    let references = bar.check(table)?;
    let candidates = (0..table.entrants.len()).filter(|place| !references.contains(place));
    let change = |candidate: usize| {
        let outcome = |kept: &dyn Fn(usize, usize) -> bool| match bar.judge(table, candidate, kept) {
            Ok(all) => Some(overall(&all.iter().map(|one| one.comparison.outcome).collect::<Vec<_>>())),
            Err(_) => None,
        };
        let raw = outcome(&|_, _| true);
        let clean = outcome(&|reference, item| !marks.of(candidate, item) && !marks.of(reference, item));
        GateChange { candidate: table.id(candidate), raw, clean, changed: raw != clean }
    };
    Ok(candidates.map(change).collect())
}
