//! Leave-one-out: which document, rater, voter, suite or criterion carries the cut?
//!
//! Every unit is left out in turn and the composites worked out again, exactly where that is cheap. Where it needs a
//! fit (votes), all units get the one-step approximation of the fit without them, and those with the greatest, or
//! with one that could flip the cut, are fitted again.

use super::contest::TIED;
use crate::number::wide;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// How many of each kind are reported.
const KEPT: usize = 10;

/// What is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// One document of a task.
    Document,
    /// All documents of a task that depend on each other.
    Cluster,
    /// All tasks of a suite, the other suites scaled in proportion.
    Suite,
    /// All marks of a rater.
    Rater,
    /// All votes of a voter.
    Voter,
    /// A criterion, the others scaled in proportion.
    Criterion,
}

/// Something whose units can be left out one at a time.
pub trait Removal: Sync {
    /// What the units are.
    fn kind(&self) -> UnitKind;

    /// How many there are.
    fn count(&self) -> usize;

    /// The name of a unit, below `count`.
    fn name(&self, unit: usize) -> String;

    /// Points by candidate without the unit; none where there are none without it, such as without a question's
    /// only mark.
    fn without(&self, unit: usize) -> Option<Vec<f64>>;

    /// The same approximately, where `without` is too dear for every unit; by default there is no approximation and
    /// `without` is asked of every unit.
    fn approximately(&self, unit: usize) -> Option<Vec<f64>> {
        let _ = unit;
        None
    }
}

/// Who is in and who is out by points, as places in the slices of points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutSides {
    /// Those that advance.
    pub inside: Vec<usize>,
    /// The other admitted ones.
    pub outside: Vec<usize>,
}

impl CutSides {
    /// The lead of the last that is in over the first that is out, in points; none where one side is empty.
    pub fn lead(&self, points: &[f64]) -> Option<f64> {
        let of = |side: &[usize]| -> Vec<f64> {
            side.iter().filter_map(|place| points.get(*place).copied()).collect()
        };
        let last = of(&self.inside).into_iter().reduce(f64::min)?;
        let first = of(&self.outside).into_iter().reduce(f64::max)?;
        Some(last - first)
    }
}

/// What units of one kind do to the lead across the cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Influences {
    /// What was left out.
    pub kind: UnitKind,
    /// The criterion that the units belong to; none for those of several.
    pub criterion: Option<String>,
    /// How many units there are.
    pub units: u64,
    /// How many of them were worked out exactly.
    pub exact: u64,
    /// The ten with the greatest influence, greatest first.
    pub greatest: Vec<Influence>,
    /// All without which another team would be in by points, greatest influence first.
    pub flipping: Vec<Influence>,
    /// Those without which some candidate has no points at all, by name.
    pub indispensable: Vec<String>,
}

/// One unit left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Influence {
    /// The unit's name.
    pub unit: String,
    /// Lead of the last that is in over the first that is out without it, in points: below 0 the cut is another.
    pub lead: f64,
    /// How much that is more than with it.
    pub change: f64,
    /// What the one-step approximation said of `change`, where there was one.
    pub approximate: Option<f64>,
}

/// Leaves every unit out in turn. `points` are those with all units, by candidate; none where there is no cut,
/// because everybody or nobody advances.
pub fn leave_one_out(
    sides: &CutSides,
    points: &[f64],
    removal: &dyn Removal,
    criterion: Option<&str>,
) -> Option<Influences> {
    let base = sides.lead(points)?;
    let lead = |points: Option<Vec<f64>>| points.and_then(|points| sides.lead(&points));
    let count = removal.count();
    let first: Vec<(Option<f64>, bool)> = (0..count)
        .into_par_iter()
        .map(|unit| match removal.approximately(unit) {
            Some(points) => (lead(Some(points)), true),
            None => (lead(removal.without(unit)), false),
        })
        .collect();
    let mut found: Vec<Found> = Vec::new();
    let mut indispensable = Vec::new();
    for (unit, (lead, approximate)) in first.into_iter().enumerate() {
        match lead {
            Some(lead) => found.push(Found {
                unit,
                lead,
                approximate: approximate.then_some(lead),
                exact: !approximate,
            }),
            None => indispensable.push(unit),
        }
    }
    sort(&mut found, base);
    refit(&mut found, base, removal, sides, &mut indispensable);
    sort(&mut found, base);
    let named = |one: &Found| Influence {
        unit: removal.name(one.unit),
        lead: one.lead,
        change: one.lead - base,
        approximate: one.approximate.map(|lead| lead - base),
    };
    let flips = |one: &&Found| base >= 0.0 && one.lead < -TIED * 100.0;
    indispensable.sort_unstable();
    Some(Influences {
        kind: removal.kind(),
        criterion: criterion.map(ToOwned::to_owned),
        units: wide(count),
        exact: wide(found.iter().filter(|one| one.exact).count() + indispensable.len()),
        greatest: found.iter().take(KEPT).map(named).collect(),
        flipping: found.iter().filter(flips).map(named).collect(),
        indispensable: indispensable.into_iter().map(|unit| removal.name(unit)).collect(),
    })
}

/// A unit and the lead without it.
struct Found {
    unit: usize,
    lead: f64,
    approximate: Option<f64>,
    exact: bool,
}

/// Greatest influence first, then in order of unit.
fn sort(found: &mut [Found], base: f64) {
    let size = |one: &Found| (one.lead - base).abs();
    found.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.unit.cmp(&b.unit)));
}

/// Works out exactly the first ones and all that could flip the cut: those whose approximate change is off by no
/// more than twice what the first ones were, as a part of the change, must be able to reach it.
fn refit(
    found: &mut Vec<Found>,
    base: f64,
    removal: &dyn Removal,
    sides: &CutSides,
    indispensable: &mut Vec<usize>,
) {
    let exactly = |ones: &mut [Found]| {
        ones.par_iter_mut().filter(|one| !one.exact).for_each(|one| {
            one.exact = true;
            one.lead = removal.without(one.unit).and_then(|points| sides.lead(&points)).unwrap_or(f64::NAN);
        });
    };
    let first = found.len().min(2 * KEPT);
    let (head, tail) = found.split_at_mut(first);
    exactly(head);
    let off = |one: &Found| {
        let approximate = one.approximate.map_or(0.0, |lead| lead - base);
        if approximate.abs() > TIED { ((one.lead - base) / approximate - 1.0).abs() } else { 0.0 }
    };
    let worst = head.iter().map(off).filter(|off| off.is_finite()).fold(0.1, f64::max);
    let reach = |one: &Found| base + (one.lead - base).min(0.0) * (1.0 + 2.0 * worst);
    // Changes fall along the tail, so those that could reach the cut stand at its beginning.
    let last = tail.iter().rposition(|one| !one.exact && reach(one) <= 0.0).map_or(0, |place| place + 1);
    let (near, _) = tail.split_at_mut(last);
    exactly(near);
    indispensable.extend(found.iter().filter(|one| one.lead.is_nan()).map(|one| one.unit));
    found.retain(|one| !one.lead.is_nan());
}
