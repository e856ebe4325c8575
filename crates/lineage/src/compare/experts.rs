//! Experts of a mixture: which of one model are which of the other, and which were made from one network.
//!
//! Experts are matched by one matrix of each and tested by others. As many ways as there are to match them are paid for,
//! so the choice itself can be no evidence; against one network there is no choice. Experts of a layer may have been made
//! from each other, so they are no tests of their own: their similarities are averaged, and their rows shuffled together.

use super::basis::{Basis, picked};
use super::battery::{Battery, Pairs, mean_of, together};
use super::evasion::Moved;
use super::model::{Model, Rows};
use super::neurons::{FLOOR, some};
use super::parts::Key;
use super::readers::{folded, whole};
use crate::assignment::assign;
use crate::battery::polar::transpose;
use crate::battery::rows::{cosines, normalise};
use crate::battery::trace::{Trace, float, shuffled, trace};
use crate::error::WeightsError;
use crate::finding::{Aligned, ExpertMatch};
use crate::inventory::{Component, Part, Role};
use crate::products::products;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Rows of an expert by which it is matched.
const FIT_ROWS: usize = 8;
/// Neurons of an expert that are looked for among those of one network, and so many experts of a layer.
const NEURONS: usize = 32;
const SOUGHT: usize = 8;
/// A mean similarity above its null that says that most experts match by their numbers.
const IN_ORDER: f64 = 0.5;
/// The matrices of a network.
const ROLES: [Role; 4] = [Role::Gate, Role::Up, Role::GateUp, Role::Down];

/// The experts of each layer that has any, ascending.
type Experts = BTreeMap<u32, Vec<u32>>;

/// Makes the tests, each named for the matrices of all experts. Gives the layers that were looked at; none where experts
/// match by their numbers, which T2 has shown.
pub(crate) fn run(
    moved: &Moved<'_, '_>,
    layers: &[(u32, u32)],
    battery: &mut Battery,
) -> Result<Vec<ExpertMatch>, WeightsError> {
    let [mine, theirs] = moved.models.map(|model| experts(model, moved.component));
    let some_layers;
    let layers = if matches!(moved.basis, Basis::Same) {
        layers
    } else {
        // To bring every expert over would take long.
        some_layers = some(layers);
        some_layers.as_slice()
    };
    let in_order = lie_in_order(layers, [&mine, &theirs], battery);
    let mut of_one = Vec::new();
    let mut of_many = Vec::new();
    for (first, second) in layers {
        let layer = |one: &[u32], other: &[u32]| Layer {
            layers: [*first, *second],
            experts: [one.to_vec(), other.to_vec()],
        };
        match (mine.get(first), theirs.get(second)) {
            (Some(one), Some(other)) if !in_order => of_many.push(layer(one, other)),
            (Some(one), None) => of_one.push(layer(one, &[])),
            (None, Some(other)) => of_one.push(layer(&[], other)),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    let mut found = matched(moved, &of_many, battery);
    found.extend(from_one(moved, &of_one, battery)?);
    found.sort_by_key(|layer| (layer.second, layer.first));
    Ok(found)
}

fn experts(model: &Model<'_>, component: Component) -> Experts {
    let mut found = Experts::new();
    for key in model.parts.places.keys().filter(|key| key.part.component == component && !key.bias) {
        let Part { layer: Some(layer), expert: Some(expert), role, .. } = &key.part else { continue };
        if ROLES.contains(role) {
            let own = found.entry(*layer).or_default();
            if own.last() != Some(expert) {
                own.push(*expert);
            }
        }
    }
    found
}

/// Whether T2 has found each expert to match the one with its own number.
fn lie_in_order(layers: &[(u32, u32)], experts: [&Experts; 2], battery: &Battery) -> bool {
    let [mine, theirs] = experts;
    let without = layers.iter().filter(|(one, other)| !mine.contains_key(one) && !theirs.contains_key(other));
    let without = float(without.count());
    battery.tests.iter().any(|test| {
        let is_of_experts = test.test == "T2" && ROLES.iter().any(|role| role.name() == test.of);
        // Layers without experts are among the pairs of the test, and may match for themselves.
        let least = IN_ORDER + without / float(test.pairs.max(1));
        is_of_experts && test.rejects && test.matched - test.expected >= least
    })
}

/// Matching layers and their experts; a network without experts has none.
struct Layer {
    layers: [u32; 2],
    experts: [Vec<u32>; 2],
}

/// A layer's experts in one test.
struct Tested {
    keys: Pairs,
    trace: Trace,
    drawn: Vec<f64>,
    /// Each pair on its own.
    each: Vec<Trace>,
}

impl Layer {
    fn key(&self, moved: &Moved<'_, '_>, side: usize, expert: Option<u32>, role: Role) -> Key {
        let layer = self.layers.get(side).copied();
        Key { part: Part { component: moved.component, layer, expert, role }, bias: false }
    }

    fn counts(&self) -> [usize; 2] {
        self.experts.each_ref().map(Vec::len)
    }

    fn found(&self, compared: usize, matched: usize) -> ExpertMatch {
        let [first, second] = self.layers;
        ExpertMatch { first, second, experts: self.counts(), compared, matched }
    }

    /// Which expert of the first is likest to which of the second, by some rows of their matrices of role `by`.
    fn assigned(&self, moved: &Moved<'_, '_>, by: Role) -> Option<Vec<(u32, u32)>> {
        let [one, other] = &self.experts;
        let shape = |side: usize, model: &Model<'_>, experts: &[u32]| {
            model.shape(&self.key(moved, side, experts.first().copied(), by)).map(|(rows, _)| rows)
        };
        if shape(0, moved.models[0], one)? != shape(1, moved.models[1], other)? {
            return None;
        }
        let (first, length) = self.some_rows(moved, 0, by)?;
        let (second, other_length) = self.some_rows(moved, 1, by)?;
        if length != other_length {
            return None;
        }
        let costs: Vec<f32> = products(&first, &second, length).iter().map(|value| -value).collect();
        let (m, n) = (one.len(), other.len());
        let places: Vec<(usize, usize)> = if m <= n {
            assign(&costs, n).into_iter().enumerate().collect()
        } else {
            assign(&transpose(&costs, n), m).into_iter().enumerate().map(|(to, from)| (from, to)).collect()
        };
        places.into_iter().map(|(from, to)| Some((*one.get(from)?, *other.get(to)?))).collect()
    }

    /// Some rows of each expert one after another, as one long row an expert, and its length.
    fn some_rows(&self, moved: &Moved<'_, '_>, side: usize, by: Role) -> Option<(Vec<f32>, usize)> {
        let experts = self.experts.get(side)?;
        let rows = experts.par_iter().map(|expert| {
            let mut rows = brought(moved, side, &self.key(moved, side, Some(*expert), by))?;
            rows.numbers.truncate(FIT_ROWS * rows.columns);
            normalise(&mut rows.numbers, rows.columns);
            Some(rows.numbers)
        });
        let rows: Vec<Vec<f32>> = rows.collect::<Option<_>>()?;
        let length = rows.first()?.len();
        rows.iter().all(|row| row.len() == length && length > 0).then(|| (rows.concat(), length))
    }

    /// Rows of these pairs as they lie.
    fn tested(&self, moved: &Moved<'_, '_>, keys: Pairs) -> Option<Tested> {
        let similarities = keys.par_iter().map(|(one, other)| {
            if moved.models[0].shape(one)?.0 != moved.models[1].shape(other)?.0 {
                return None;
            }
            let (mut first, mut second) = (brought(moved, 0, one)?, brought(moved, 1, other)?);
            let width = first.columns;
            if width != second.columns || first.numbers.len() != second.numbers.len() {
                return None;
            }
            normalise(&mut first.numbers, width);
            normalise(&mut second.numbers, width);
            let n = first.numbers.len().checked_div(width)?;
            Some((cosines(&first.numbers, &second.numbers, width), n))
        });
        let similarities: Vec<(Vec<f32>, usize)> = similarities.collect::<Option<_>>()?;
        self.averaged(moved, keys, &similarities)
    }

    fn averaged(
        &self,
        moved: &Moved<'_, '_>,
        keys: Pairs,
        similarities: &[(Vec<f32>, usize)],
    ) -> Option<Tested> {
        let (_, n) = *similarities.first()?;
        let mean = mean_of(similarities.iter().map(|(own, _)| own.as_slice()))?;
        let trace_of_all = trace(&mean, n)?;
        let seed = moved.options.seed ^ u64::from(self.layers[0]) << 32;
        let drawn = shuffled(&mean, n, moved.options.draws, seed);
        let each = similarities.iter().filter_map(|(own, n)| trace(own, *n)).collect();
        Some(Tested { keys, trace: trace_of_all, drawn, each })
    }

    /// Neurons of experts among those of the other model's one network, which may have more of them in another order:
    /// matched by the gate, tested by the up-projection.
    fn sought(&self, moved: &Moved<'_, '_>) -> Result<Option<Tested>, WeightsError> {
        let side = usize::from(self.experts[0].is_empty());
        let network = 1 - side;
        let Some(model) = moved.models.get(network) else { return Ok(None) };
        let an_expert = self.experts.get(side).and_then(|experts| experts.first().copied());
        let sampled = brought(moved, side, &self.key(moved, side, an_expert, Role::Gate));
        let Some(width) = sampled.map(|rows| rows.columns) else { return Ok(None) };
        let all = |role| -> Result<Option<Rows>, WeightsError> {
            let Some(rows) = whole(model, &self.key(moved, network, None, role))? else { return Ok(None) };
            let brought = if network == 0 { moved.basis.first(rows) } else { moved.basis.second(rows) };
            // Of wide rows only so many columns were sampled.
            let cut = brought
                .filter(|rows| rows.columns >= width)
                .and_then(|rows| Basis::Prefix(width).first(rows));
            Ok(cut.map(|mut rows| {
                normalise(&mut rows.numbers, rows.columns);
                rows
            }))
        };
        let (Some(gate), Some(up)) = (all(Role::Gate)?, all(Role::Up)?) else { return Ok(None) };
        let experts: Vec<u32> = self.experts.iter().flatten().take(SOUGHT).copied().collect();
        let keys: Pairs = experts
            .iter()
            .map(|expert| {
                let keys = [0, 1].map(|at| self.key(moved, at, (at == side).then_some(*expert), Role::Up));
                keys.into()
            })
            .collect();
        let similarities = experts.iter().map(|expert| {
            let rows = |role| {
                let mut rows = brought(moved, side, &self.key(moved, side, Some(*expert), role))?;
                rows.numbers.truncate(NEURONS * rows.columns);
                normalise(&mut rows.numbers, rows.columns);
                (rows.columns == width).then_some(rows)
            };
            let (by, own) = (rows(Role::Gate)?, rows(Role::Up)?);
            let count = gate.numbers.len().checked_div(width)?;
            let costs = cosines(&by.numbers, &gate.numbers, width);
            let costs: Vec<f32> = costs.iter().map(|value| -value).collect();
            let to = assign(&costs, count);
            let theirs = picked(&up, &to);
            (theirs.numbers.len() == own.numbers.len())
                .then(|| (cosines(&own.numbers, &theirs.numbers, width), to.len()))
        });
        let similarities: Option<Vec<(Vec<f32>, usize)>> = similarities.collect();
        Ok(similarities.and_then(|similarities| self.averaged(moved, keys, &similarities)))
    }
}

/// The sampled rows of a part, over the common hidden dimension.
fn brought(moved: &Moved<'_, '_>, side: usize, key: &Key) -> Option<Rows> {
    let [first, second] = moved.models;
    match side {
        0 => moved.basis.first(folded(first, second, key)?),
        _ => moved.basis.second(folded(second, first, key)?),
    }
}

/// Whether rows of `role` can be compared: those of down-projections are the hidden dimension itself.
fn has_rows(moved: &Moved<'_, '_>, role: Role) -> bool {
    role != Role::Down || matches!(moved.basis, Basis::Same)
}

/// Experts of both models, matched one to one.
fn matched(moved: &Moved<'_, '_>, layers: &[Layer], battery: &mut Battery) -> Vec<ExpertMatch> {
    let mut tests: BTreeMap<Role, Vec<Tested>> = BTreeMap::new();
    let mut found = Vec::new();
    // ln of the number of ways to match them.
    let mut ways = 0.0_f64;
    let pairs: usize = layers.iter().map(|layer| layer.counts().into_iter().min().unwrap_or(0)).sum();
    for layer in layers {
        let by_role = [Role::Gate, Role::GateUp, Role::Up].into_iter();
        let assigned =
            by_role.map(|by| (by, layer.assigned(moved, by))).find(|(_, assigned)| assigned.is_some());
        let Some((by, Some(assigned))) = assigned else { continue };
        let [few, many] = sorted(layer.counts());
        let choices = libm::log(float(many.max(1)));
        let mut own: Option<ExpertMatch> = None;
        for role in [Role::Up, Role::Down].into_iter().filter(|role| *role != by && has_rows(moved, *role)) {
            let keys = assigned.iter().map(|(one, other)| {
                (layer.key(moved, 0, Some(*one), role), layer.key(moved, 1, Some(*other), role))
            });
            let Some(tested) = layer.tested(moved, keys.collect()) else { continue };
            let count = matching(moved, &tested, choices, pairs, None);
            own = own.or_else(|| Some(layer.found(assigned.len(), count)));
            tests.entry(role).or_default().push(tested);
        }
        ways = ways.max(ln_ways(few, many));
        found.extend(own);
    }
    for (role, tested) in tests {
        push(moved, role, tested, ways, None, battery);
    }
    found
}

/// Experts of one model against the one network of the other.
fn from_one(
    moved: &Moved<'_, '_>,
    layers: &[Layer],
    battery: &mut Battery,
) -> Result<Vec<ExpertMatch>, WeightsError> {
    let mut tests: BTreeMap<Role, Vec<Tested>> = BTreeMap::new();
    let mut found: BTreeMap<[u32; 2], ExpertMatch> = BTreeMap::new();
    let pairs: usize = layers.iter().flat_map(Layer::counts).sum();
    for layer in layers {
        let experts: [Vec<Option<u32>>; 2] = layer.experts.each_ref().map(|experts| {
            if experts.is_empty() { vec![None] } else { experts.iter().copied().map(Some).collect() }
        });
        let [one, other] = &experts;
        for role in ROLES.into_iter().filter(|role| has_rows(moved, *role)) {
            let keys = one.iter().flat_map(|one| other.iter().map(move |other| (*one, *other)));
            let keys =
                keys.map(|(one, other)| (layer.key(moved, 0, one, role), layer.key(moved, 1, other, role)));
            let Some(tested) = layer.tested(moved, keys.collect()) else { continue };
            let count = matching(moved, &tested, 0.0, pairs, None);
            let own = found.entry(layer.layers).or_insert_with(|| layer.found(tested.keys.len(), count));
            own.matched = own.matched.max(count);
            tests.entry(role).or_default().push(tested);
        }
    }
    for (role, tested) in tests {
        push(moved, role, tested, 0.0, None, battery);
    }
    if found.values().any(|layer| layer.matched > 0) {
        return Ok(found.into_values().collect());
    }
    let mut tests = Vec::new();
    let chosen = some(&layers.iter().map(|layer| layer.layers.into()).collect::<Vec<(u32, u32)>>());
    for layer in layers.iter().filter(|layer| chosen.contains(&layer.layers.into())) {
        let Some(tested) = layer.sought(moved)? else { continue };
        let count = matching(moved, &tested, 0.0, pairs, Some(FLOOR));
        found.insert(layer.layers, layer.found(tested.keys.len(), count));
        tests.push(tested);
    }
    push(moved, Role::Up, tests, 0.0, Some(FLOOR), battery);
    Ok(found.into_values().collect())
}

/// How many of the pairs match on their own, where each may have been chosen out of e^`choices`, at the level shared over
/// all `pairs`.
fn matching(moved: &Moved<'_, '_>, tested: &Tested, choices: f64, pairs: usize, floor: Option<f64>) -> usize {
    let level = libm::log(moved.options.level / float(pairs.max(1))) - moved.penalty - choices;
    let above = |trace: &Trace| floor.is_none_or(|floor| trace.matched - trace.expected >= floor);
    tested.each.iter().filter(|trace| trace.ln_p() < level && above(trace)).count()
}

fn push(
    moved: &Moved<'_, '_>,
    role: Role,
    tested: Vec<Tested>,
    ways: f64,
    floor: Option<f64>,
    battery: &mut Battery,
) {
    if tested.is_empty() {
        return;
    }
    let mut keys: Pairs = Vec::new();
    let mut parts = Vec::new();
    for one in tested {
        keys.extend(one.keys);
        parts.push((one.trace, one.drawn));
    }
    let of_all = Role::ALL.iter().find(|all| all.of_one_expert() == Some(role));
    let mut finding = together("T4", of_all.unwrap_or(&role).name(), &parts, moved.penalty + ways);
    finding.aligned = Some(Aligned { hidden: moved.hidden, neurons_matched: floor.is_some() });
    finding.pairs = keys.len();
    if ways > 0.0 {
        // The best of several ways is no draw of a single one.
        (finding.exact_p, finding.null) = (None, None);
    }
    if floor.is_some_and(|floor| finding.matched - finding.expected < floor) {
        // Matching alone can reach this: it counts for nothing.
        finding.log10_p = 0.0;
    }
    battery.push(keys, finding);
}

fn sorted([one, other]: [usize; 2]) -> [usize; 2] {
    [one.min(other), one.max(other)]
}

/// ln of the number of ways in which `few` find places of their own among `many`.
fn ln_ways(few: usize, many: usize) -> f64 {
    (0..few.min(many)).map(|place| libm::log(float(many - place))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_to_match_experts_are_counted() {
        for (few, many, ways) in [(0, 5, 1.0), (1, 5, 5.0), (3, 5, 60.0), (4, 4, 24.0)] {
            assert!((libm::exp(ln_ways(few, many)) - ways).abs() < 1e-9, "{few} of {many}");
        }
    }
}
