//! The battery on one component: T1 on its norms, T2 on its matrices, T3 on its embeddings.

use super::ahead::Ahead;
use super::layers::LayerMap;
use super::model::{Model, Rows};
use super::parts::Key;
use super::positions;
use crate::battery::norms::{Norms, centred};
use crate::battery::rows::{BLOCK, blocks, cosines, normalise};
use crate::battery::trace::{Trace, exact_p, float, shuffled, trace};
use crate::finding::{Aligned, Hidden, Histogram, Options, TestFinding};
use crate::inventory::{Component, Part, Role};
use crate::products::products;
use crate::tail::fisher;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const BINS: usize = 40;
/// Products that T3 makes, at most: with many hidden dimensions fewer tokens are enough, as z grows with the root of
/// dimensions times tokens.
const PRODUCTS: usize = 1 << 31;
/// Fewer tokens are not taken, however many hidden dimensions there are.
const TOKENS: usize = 512;
/// Of models of different widths, the hidden dimensions that may lie as they were.
const PREFIX: Aligned = Aligned { hidden: Hidden::Prefix, neurons_matched: false };

/// What the battery has looked at, and what it found.
#[derive(Default)]
pub(crate) struct Battery {
    pub(crate) tests: Vec<TestFinding>,
    pub(crate) tested: [BTreeSet<Key>; 2],
}

impl Battery {
    pub(crate) fn push(&mut self, keys: impl IntoIterator<Item = (Key, Key)>, finding: TestFinding) {
        for (first, second) in keys {
            self.tested[0].insert(first);
            self.tested[1].insert(second);
        }
        self.tests.push(finding);
    }
}

/// Pairs of parts that should match.
pub(crate) type Pairs = Vec<(Key, Key)>;

pub(crate) fn run(
    models: [&Model<'_>; 2],
    component: Component,
    map: Option<&LayerMap>,
    ahead: &Ahead,
    options: &Options,
) -> Battery {
    let mut battery = Battery::default();
    let layers = paired_layers(models, component, map);
    norms(models, component, &layers, options, &mut battery);
    // A map that was searched for costs the number of pairs that were looked at.
    let searched = map.filter(|map| !layers.same && !map.matches.is_empty()).map_or(1, |map| map.looked_at);
    let penalty = libm::log(float(searched.max(1)));
    for (role, pairs) in matrices(models, component, &layers) {
        rows((models, ahead), role, &pairs, penalty, options, &mut battery);
    }
    embeddings((models, ahead), component, options, &mut battery);
    positions::run(models, component, options, &mut battery);
    battery
}

pub(crate) struct PairedLayers {
    pub(crate) pairs: Vec<(u32, u32)>,
    /// Each layer with that of its own number.
    same: bool,
}

impl PairedLayers {
    /// Each layer with that of its own number; none where the two have other layers.
    pub(crate) fn by_number(models: [&Model<'_>; 2], component: Component) -> Option<Self> {
        let [first, second] = models.map(|model| model.parts.layers(component));
        (first == second)
            .then(|| Self { pairs: first.iter().map(|layer| (*layer, *layer)).collect(), same: true })
    }
}

/// Each layer with its own number where both have as many and nothing else was found; else as the map says.
pub(crate) fn paired_layers(
    models: [&Model<'_>; 2],
    component: Component,
    map: Option<&LayerMap>,
) -> PairedLayers {
    let [first, second] = models.map(|model| model.parts.layers(component));
    let found = map.filter(|map| !map.matches.is_empty());
    match found {
        Some(map) if first != second || !map.is_identity() => PairedLayers {
            pairs: map.matches.iter().map(|layer| (layer.first, layer.second)).collect(),
            same: false,
        },
        _ if first == second => {
            PairedLayers { pairs: first.iter().map(|layer| (*layer, *layer)).collect(), same: true }
        }
        _ => PairedLayers { pairs: Vec::new(), same: false },
    }
}

fn of_layer(key: &Key, layer: u32) -> Key {
    Key { part: Part { layer: Some(layer), ..key.part.clone() }, bias: key.bias }
}

/// Vectors along the hidden dimension: norms and, as they share it, their biases.
fn norms(
    models: [&Model<'_>; 2],
    component: Component,
    layers: &PairedLayers,
    options: &Options,
    battery: &mut Battery,
) {
    let own = |model: &Model<'_>| -> BTreeMap<Key, Vec<f32>> {
        let keys = model
            .parts
            .places
            .keys()
            .filter(|key| key.part.component == component && key.part.role.is_norm());
        let vectors = keys.filter_map(|key| Some((key.clone(), model.rows(key).filter(is_vector)?.numbers)));
        vectors.collect()
    };
    let [first, second] = models.map(own);
    let lengths = most_common_length(&first).zip(most_common_length(&second));
    let Some((own_length, other_length)) = lengths else { return };
    // Of models of different widths the first dimensions of the wider are compared.
    let d = own_length.min(other_length);
    let cut = |vector: &[f32]| centred(vector.get(..d)?);
    let mut found = Norms { d, ..Norms::default() };
    let mut pairs: Pairs = Vec::new();
    if layers.pairs.is_empty() {
        // No layer is known to match one of the other: each kind of norm as its mean over the layers.
        let (mine, theirs) = (by_kind(&first, own_length), by_kind(&second, other_length));
        for (kind, (vector, keys)) in mine {
            let Some((other, other_keys)) = theirs.get(&kind) else { continue };
            if let (Some(one), Some(other)) = (cut(&vector), cut(other)) {
                found.first.extend(one);
                found.second.extend(other);
                let repeated = other_keys.iter().cycle().take(keys.len().max(other_keys.len()));
                pairs.extend(
                    keys.iter().cycle().zip(repeated).map(|(one, other)| (one.clone(), other.clone())),
                );
            }
        }
    } else {
        let without =
            first.keys().filter(|key| key.part.layer.is_none()).map(|key| (key.clone(), key.clone()));
        let within = layers.pairs.iter().flat_map(|(mine, theirs)| {
            let keys = first.keys().filter(move |key| key.part.layer == Some(*mine));
            keys.map(move |key| (key.clone(), of_layer(key, *theirs)))
        });
        for (one, other) in without.chain(within) {
            let vectors = first.get(&one).zip(second.get(&other));
            let vectors = vectors.filter(|(x, y)| x.len() == own_length && y.len() == other_length);
            let centred = vectors.and_then(|(x, y)| cut(x).zip(cut(y)));
            if let Some((x, y)) = centred {
                found.first.extend(x);
                found.second.extend(y);
                pairs.push((one, other));
            }
        }
    }
    let Some(trace) = found.trace() else { return };
    let drawn = found.shuffled(options.draws, options.seed);
    let count = found.layers();
    let mut finding = single("T1", "norms", &trace, &drawn, count);
    finding.aligned = (own_length != other_length).then_some(PREFIX);
    battery.push(pairs, finding);
}

fn is_vector(rows: &Rows) -> bool {
    rows.numbers.len() == rows.columns
}

fn most_common_length(vectors: &BTreeMap<Key, Vec<f32>>) -> Option<usize> {
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    for vector in vectors.values() {
        *lengths.entry(vector.len()).or_default() += 1;
    }
    lengths.into_iter().max_by_key(|(length, count)| (*count, *length)).map(|(length, _)| length)
}

type Kind = (Role, bool);

/// The mean of the centred vectors of each kind, over the layers.
fn by_kind(vectors: &BTreeMap<Key, Vec<f32>>, d: usize) -> BTreeMap<Kind, (Vec<f32>, Vec<Key>)> {
    let mut kinds: BTreeMap<Kind, (Vec<f32>, Vec<Key>)> = BTreeMap::new();
    for (key, vector) in vectors.iter().filter(|(_, vector)| vector.len() == d) {
        let Some(vector) = centred(vector) else { continue };
        let (sum, keys) =
            kinds.entry((key.part.role, key.bias)).or_insert_with(|| (vec![0.0; d], Vec::new()));
        for (sum, value) in sum.iter_mut().zip(vector) {
            *sum += value;
        }
        keys.push(key.clone());
    }
    kinds
}

/// Matrices that should match, by role.
pub(crate) fn matrices(
    models: [&Model<'_>; 2],
    component: Component,
    layers: &PairedLayers,
) -> BTreeMap<Role, Pairs> {
    let [first, second] = models;
    let mut roles: BTreeMap<Role, Pairs> = BTreeMap::new();
    let own = first.parts.places.keys().filter(|key| key.part.component == component && !key.bias);
    for key in own.filter(|key| !key.part.role.is_norm() && !is_of_tokens(key.part.role)) {
        let partners: Vec<Key> = match key.part.layer {
            None => vec![key.clone()],
            Some(layer) => {
                let theirs = layers.pairs.iter().filter(|(mine, _)| *mine == layer);
                theirs.map(|(_, theirs)| of_layer(key, *theirs)).collect()
            }
        };
        for partner in partners {
            if first.shape(key).is_some() && first.shape(key) == second.shape(&partner) {
                roles.entry(key.part.role).or_default().push((key.clone(), partner));
            }
        }
    }
    roles
}

/// Tables of tokens: their rows have names, so an order of rows says nothing.
fn is_of_tokens(role: Role) -> bool {
    matches!(role, Role::Embedding | Role::Output | Role::PositionEmbedding | Role::TypeEmbedding)
}

fn rows(
    (models, ahead): ([&Model<'_>; 2], &Ahead),
    role: Role,
    pairs: &Pairs,
    penalty: f64,
    options: &Options,
    battery: &mut Battery,
) {
    let compared: Vec<Shuffled> = shuffled_together(pairs)
        .par_iter()
        .filter_map(|group| {
            ahead.found(role, group).unwrap_or_else(|| compared(models, role, group, options))
        })
        .collect();
    if compared.is_empty() {
        return;
    }
    let parts: Vec<(Trace, Vec<f64>)> = compared.iter().map(|own| (own.trace, own.drawn.clone())).collect();
    let finding = together("T2", role.name(), &parts, penalty);
    battery.push(compared.into_iter().flat_map(|own| own.pairs), finding);
}

/// Pairs whose rows are shuffled together.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Group {
    /// The place of the first of them among all pairs of the test, which its draws depend on.
    pub(crate) number: usize,
    pub(crate) pairs: Pairs,
}

/// T2 of a group.
#[derive(Clone, Debug)]
pub(crate) struct Shuffled {
    pairs: Pairs,
    trace: Trace,
    drawn: Vec<f64>,
}

/// None where nothing of it can be compared.
pub(crate) fn compared(
    models: [&Model<'_>; 2],
    role: Role,
    group: &Group,
    options: &Options,
) -> Option<Shuffled> {
    let similarities: Vec<(&(Key, Key), Vec<f32>, usize)> =
        group.pairs.iter().filter_map(|pair| similar_rows(models, role, pair)).collect();
    let (_, _, n) = similarities.first()?;
    let alike: Vec<_> = similarities.iter().filter(|(_, _, other)| other == n).collect();
    let mean = mean_of(alike.iter().map(|(_, similarities, _)| similarities.as_slice()))?;
    let trace = trace(&mean, *n)?;
    let drawn = shuffled(&mean, *n, options.draws, options.seed ^ (group.number as u64) << 32);
    Some(Shuffled { pairs: alike.iter().map(|(pair, _, _)| (*pair).clone()).collect(), trace, drawn })
}

/// Experts of the same layers together, as they may have been made from each other; else each pair alone.
pub(crate) fn shuffled_together(pairs: &Pairs) -> Vec<Group> {
    let mut places: BTreeMap<(Option<u32>, Option<u32>), usize> = BTreeMap::new();
    let mut found: Vec<Group> = Vec::new();
    for (number, pair) in pairs.iter().enumerate() {
        let (one, other) = (&pair.0.part, &pair.1.part);
        let of_experts = one.expert.is_some().then_some((one.layer, other.layer));
        let known = of_experts.and_then(|layers| places.get(&layers)).and_then(|place| found.get_mut(*place));
        if let Some(group) = known {
            group.pairs.push(pair.clone());
        } else {
            places.extend(of_experts.map(|layers| (layers, found.len())));
            found.push(Group { number, pairs: vec![pair.clone()] });
        }
    }
    found
}

/// Cosines of the rows of a pair, or of blocks of them, and how many there are.
fn similar_rows<'a>(
    models: [&Model<'_>; 2],
    role: Role,
    pair: &'a (Key, Key),
) -> Option<(&'a (Key, Key), Vec<f32>, usize)> {
    let mut one = models[0].rows_beside(models[1], &pair.0)?;
    let mut other = models[1].rows_beside(models[0], &pair.1)?;
    if one.numbers.len() != other.numbers.len() || one.columns != other.columns {
        return None;
    }
    normalise(&mut one.numbers, one.columns);
    normalise(&mut other.numbers, other.columns);
    let rows = one.numbers.len().checked_div(one.columns)?;
    let (similarities, n) = units(role, cosines(&one.numbers, &other.numbers, one.columns), rows);
    Some((pair, similarities, n))
}

/// The mean of matrices of the same length; none where there is no matrix or another length.
pub(crate) fn mean_of<'a>(matrices: impl Iterator<Item = &'a [f32]>) -> Option<Vec<f32>> {
    let mut sum: Option<Vec<f32>> = None;
    let mut count = 0.0_f32;
    for matrix in matrices {
        count += 1.0;
        match &mut sum {
            None => sum = Some(matrix.to_vec()),
            Some(sum) if sum.len() == matrix.len() => {
                for (sum, value) in sum.iter_mut().zip(matrix) {
                    *sum += value;
                }
            }
            Some(_) => return None,
        }
    }
    let mut mean = sum?;
    if count > 1.0 {
        for value in &mut mean {
            *value /= count;
        }
    }
    Some(mean)
}

/// What is shuffled of a matrix with that role: rows, or blocks of them where rows of a head belong together.
pub(crate) fn units(role: Role, similarities: Vec<f32>, n: usize) -> (Vec<f32>, usize) {
    match role {
        Role::Query | Role::Key | Role::QueryKeyValue | Role::KeyValue => {
            (blocks(&similarities, n), n / BLOCK)
        }
        _ => (similarities, n),
    }
}

/// Several pairs of matrices as one test: Fisher's method over pairs that are shuffled apart from each other, each p
/// raised by `penalty`. The draws of all of them together are draws of their mean.
pub(crate) fn together(
    test: &'static str,
    of: &str,
    parts: &[(Trace, Vec<f64>)],
    penalty: f64,
) -> TestFinding {
    let count = float(parts.len().max(1));
    let mean = |of: fn(&Trace) -> f64| parts.iter().map(|(trace, _)| of(trace)).sum::<f64>() / count;
    let each: Vec<f64> = parts.iter().map(|(trace, _)| (trace.ln_p() + penalty).min(0.0)).collect();
    let ln_p = fisher(&each);
    let count_of_draws = parts.iter().map(|(_, drawn)| drawn.len()).min().unwrap_or(0);
    let drawn: Vec<f64> = (0..count_of_draws)
        .map(|number| parts.iter().filter_map(|(_, drawn)| drawn.get(number)).sum::<f64>() / count)
        .collect();
    let matched = mean(|trace| trace.matched);
    let variance = parts.iter().map(|(trace, _)| trace.deviation * trace.deviation).sum::<f64>();
    TestFinding {
        test: test.to_owned(),
        of: of.to_owned(),
        aligned: None,
        matched,
        expected: mean(|trace| trace.expected),
        deviation: variance.sqrt() / count,
        z: parts.iter().map(|(trace, _)| trace.z).sum::<f64>() / count.sqrt(),
        log10_p: ln_p / std::f64::consts::LN_10,
        exact_p: Some(exact_p(matched, &drawn)),
        null: Histogram::of(&drawn, BINS),
        pairs: parts.len(),
        rejects: false,
    }
}

pub(crate) fn single(
    test: &'static str,
    of: &str,
    trace: &Trace,
    drawn: &[f64],
    pairs: usize,
) -> TestFinding {
    TestFinding {
        test: test.to_owned(),
        of: of.to_owned(),
        aligned: None,
        matched: trace.matched,
        expected: trace.expected,
        deviation: trace.deviation,
        z: trace.z,
        log10_p: trace.ln_p() / std::f64::consts::LN_10,
        exact_p: Some(exact_p(trace.matched, drawn)),
        null: Histogram::of(drawn, BINS),
        pairs,
        rejects: false,
    }
}

/// T3: over the tokens that both know, correlations of each hidden dimension of one with each of the other. Which
/// dimension is which is arbitrary, so a shuffled order is the null.
fn embeddings(
    (models, ahead): ([&Model<'_>; 2], &Ahead),
    component: Component,
    options: &Options,
    battery: &mut Battery,
) {
    for key in TABLES.map(|role| table(component, role)) {
        let finding = ahead.embedding(&key).unwrap_or_else(|| embedding(models, &key, options));
        if let Some(finding) = finding {
            battery.push([(key.clone(), key)], finding);
        }
    }
}

/// The tables whose rows are tokens.
pub(crate) const TABLES: [Role; 2] = [Role::Embedding, Role::Output];

/// The key of one of them.
pub(crate) fn table(component: Component, role: Role) -> Key {
    Key { part: Part { component, layer: None, expert: None, role }, bias: false }
}

/// T3 of a table of tokens; none where too few tokens are shared.
pub(crate) fn embedding(models: [&Model<'_>; 2], key: &Key, options: &Options) -> Option<TestFinding> {
    let (one, other) = models[0].rows(key).zip(models[1].rows(key))?;
    let (one_rows, other_rows) = shared_tokens(models, &one, &other)?;
    let same_width = one.columns == other.columns;
    let columns = one.columns.min(other.columns);
    let enough = PRODUCTS.checked_div(columns * columns).unwrap_or(0).max(TOKENS);
    let (one_rows, other_rows) = (thinned(&one_rows, enough), thinned(&other_rows, enough));
    let turned = [(&one, &one_rows), (&other, &other_rows)].map(|(rows, chosen)| turn(rows, chosen));
    let mut finding = correlated(&turned, columns, key.part.role, one_rows.len(), options)?;
    finding.aligned = (!same_width).then_some(PREFIX);
    Some(finding)
}

/// `count` of `list` at most, evenly spread.
fn thinned(list: &[usize], count: usize) -> Vec<usize> {
    let step = list.len().div_ceil(count.max(1)).max(1);
    list.iter().copied().step_by(step).collect()
}

/// T3 of what [`turn`] gave, over the first `columns` hidden dimensions of both.
pub(crate) fn correlated(
    turned: &[Vec<f32>; 2],
    columns: usize,
    role: Role,
    rows: usize,
    options: &Options,
) -> Option<TestFinding> {
    let [first, second] = turned;
    let similarities = products(first.get(..columns * rows)?, second.get(..columns * rows)?, rows);
    let trace = trace(&similarities, columns)?;
    let drawn = shuffled(&similarities, columns, options.draws, options.seed);
    Some(single("T3", role.name(), &trace, &drawn, rows))
}

/// The sampled rows of both that stand for the same tokens. Without vocabularies, tables of the same length are taken
/// to number the same tokens.
pub(crate) fn shared_tokens(
    models: [&Model<'_>; 2],
    one: &Rows,
    other: &Rows,
) -> Option<(Vec<usize>, Vec<usize>)> {
    let [first, second] = models.map(|model| &model.tokens);
    let (mut mine, mut theirs) = (Vec::new(), Vec::new());
    if first.is_empty() || second.is_empty() {
        let count = one.numbers.len().checked_div(one.columns)?;
        let theirs_too = other.numbers.len().checked_div(other.columns)? == count;
        let same = first.is_empty() && second.is_empty() && theirs_too;
        (mine, theirs) = if same { ((0..count).collect(), (0..count).collect()) } else { return None };
    } else {
        for (place, token) in first.iter().enumerate() {
            if let Ok(found) = second.binary_search(token) {
                mine.push(place);
                theirs.push(found);
            }
        }
    }
    // Fewer tokens than dimensions' worth of noise say nothing.
    (mine.len() >= 64).then_some((mine, theirs))
}

/// The chosen rows at length 1, turned so that each hidden dimension is a row, centred and at length 1.
pub(crate) fn turn(rows: &Rows, chosen: &[usize]) -> Vec<f32> {
    let (columns, count) = (rows.columns, chosen.len());
    let mut turned = vec![0.0; columns * count];
    for (place, row) in chosen.iter().enumerate() {
        let mut row = rows.numbers.get(row * columns..(row + 1) * columns).unwrap_or_default().to_vec();
        normalise(&mut row, columns);
        for (dimension, value) in turned.chunks_mut(count).zip(row) {
            if let Some(slot) = dimension.get_mut(place) {
                *slot = value;
            }
        }
    }
    for dimension in turned.chunks_mut(count.max(1)) {
        match centred(dimension) {
            Some(centred) => dimension.copy_from_slice(&centred),
            None => dimension.fill(0.0),
        }
    }
    turned
}
