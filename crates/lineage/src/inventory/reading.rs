//! What one tensor's name and shape tell on their own.

use super::component::{self, Component, Side, Told};
use super::facet::{self, Facet};
use super::layer::{self, Numbered};
use super::role::Role;
use super::rules;
use super::words::{self, by_word, is_one_of};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// No maker's names come near; what is longer is not read, so a hostile name costs no more than its length.
const LONGEST_NAME: usize = 512;
/// How many segments from the end of a name a rule may look at.
const LONGEST_RULE: usize = 8;
/// Segments that may stand before a rule that begins with `^`.
const PREFIXES: &str = "model transformer module base_model backbone encoder decoder language_model timm_model \
    trunk albert bert roberta electra deberta distilbert gpt_neox rwkv new";

type Table = LazyLock<BTreeMap<&'static str, Role>>;
static OF_A_LAYER: Table = LazyLock::new(|| by_word(rules::OF_A_LAYER));
static OUTSIDE: Table = LazyLock::new(|| by_word(rules::OUTSIDE));
static OF_VISION: Table = LazyLock::new(|| by_word(rules::OF_VISION));
static OF_ADAPTER: Table = LazyLock::new(|| by_word(rules::OF_ADAPTER));

/// What one name tells.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) told: Told,
    pub(super) layer: Option<u32>,
    pub(super) expert: Option<u32>,
    pub(super) role: Role,
    pub(super) facet: Facet,
    /// The rule that fitted, empty where none did.
    pub(super) rule: &'static str,
    /// The name without what [`Reading::facet`] was told by: a bias has that of its weight.
    pub(super) stem: String,
}

impl Reading {
    fn unread() -> Self {
        let told = Told { tower: None, side: Side::Whole };
        let (role, facet, stem) = (Role::Unnamed, Facet::Weight, String::new());
        Self { told, layer: None, expert: None, role, facet, rule: "", stem }
    }
}

/// Reads `name`, of a tensor of `shape`.
pub(super) fn read(name: &str, shape: &[u64]) -> Reading {
    if name.len() > LONGEST_NAME {
        return Reading::unread();
    }
    let mut segments: Vec<&str> = name.split('.').collect();
    let mut facet = facet::take(&mut segments);
    let layer = layer::layer(&segments);
    let expert = layer.and_then(|layer| layer::expert(&segments, layer.at));
    let before = layer.map_or(segments.as_slice(), |layer| segments.get(..layer.at).unwrap_or_default());
    let told = component::told(before);
    let numbers = Numbers { layer, expert };
    let mut found = if is_buffer(name, shape) {
        Some(("", Role::Buffer))
    } else {
        look_up(&segments, numbers, told.tower)
    };
    if found.is_none()
        && let Some((stem, end)) = segments.last().copied().and_then(facet::split_end)
    {
        segments.pop();
        segments.push(stem);
        found = look_up(&segments, numbers, told.tower);
        facet = if found.is_some() { end } else { facet };
    }
    let (matched_rule, role) = found.unwrap_or_else(|| ("", by_shape(&segments, told.tower, shape, facet)));
    // One file calls it a bias, another a weight.
    let facet = if matches!(role, Role::RouterCorrection | Role::Buffer) { Facet::Weight } else { facet };
    let step = if has_steps(role, told.tower) { layer::step(&segments) } else { None };
    let layer = layer.map(|layer| layer.number).or(step);
    let expert = expert.map(|expert| expert.number);
    Reading { told, layer, expert, role, facet, rule: matched_rule, stem: segments.join(".") }
}

/// Where the layer's and the expert's numbers stand.
#[derive(Clone, Copy)]
struct Numbers {
    layer: Option<Numbered>,
    expert: Option<Numbered>,
}

/// The rule that fits the longest end of `segments`.
fn look_up(segments: &[&str], numbers: Numbers, tower: Option<Component>) -> Option<(&'static str, Role)> {
    let (first, second): (&Table, Option<&Table>) = match (numbers.layer, tower) {
        (Some(_), _) => (&OF_A_LAYER, None),
        (None, Some(Component::Adapter)) => (&OF_ADAPTER, None),
        (None, Some(Component::Vision)) => (&OF_VISION, Some(&OUTSIDE)),
        (None, _) => (&OUTSIDE, None),
    };
    let anchored = if numbers.layer.is_none() { anchored(segments) } else { String::new() };
    let [exact, loose] = ends(segments, numbers);
    std::iter::once(first).chain(second).find_map(|table| longest(table, &anchored, [&exact, &loose]))
}

/// The last segments of a name as rules write them: with other numbers as they are, and with `#` in their place.
fn ends(segments: &[&str], numbers: Numbers) -> [String; 2] {
    let is_at = |numbered: Option<Numbered>, at: usize| numbered.is_some_and(|numbered| numbered.at == at);
    let first = segments.len().saturating_sub(LONGEST_RULE);
    let named = segments.iter().copied().enumerate().skip(first).map(|(at, segment)| {
        if is_at(numbers.layer, at) {
            ["N", "N"]
        } else if is_at(numbers.expert, at) {
            ["E", "E"]
        } else if layer::number(segment).is_some() {
            [segment, "#"]
        } else {
            [segment, segment]
        }
    });
    let (exact, loose): (Vec<&str>, Vec<&str>) = named.map(|[exact, loose]| (exact, loose)).unzip();
    [exact.join("."), loose.join(".")]
}

/// `^` and what is left of a name after its wrappers.
fn anchored(segments: &[&str]) -> String {
    let most = segments.len().saturating_sub(1);
    let words = segments.iter().take(most);
    let prefixes = words.take_while(|word| is_one_of(PREFIXES, word) || component::is_word(word)).count();
    format!("^{}", segments.get(prefixes..).unwrap_or_default().join("."))
}

/// The row of the longest of the ends; both have their dots at the same segments. `anchored` is for the one that it
/// equals.
fn longest(
    table: &BTreeMap<&'static str, Role>,
    anchored: &str,
    [mut exact, mut loose]: [&str; 2],
) -> Option<(&'static str, Role)> {
    loop {
        let is_whole = anchored.strip_prefix('^') == Some(exact);
        let whole = if is_whole { table.get_key_value(anchored) } else { None };
        let found = whole.or_else(|| table.get_key_value(exact)).or_else(|| table.get_key_value(loose));
        if let Some((rule, role)) = found {
            return Some((*rule, *role));
        }
        (exact, loose) = (exact.split_once('.')?.1, loose.split_once('.')?.1);
    }
}

/// What no rule knows: norms by their name, and in adapters, which are chains of matrices, also by the shape.
fn by_shape(segments: &[&str], tower: Option<Component>, shape: &[u64], facet: Facet) -> Role {
    let is_norm = segments.iter().rev().take(2).any(|segment| words::is_norm(segment));
    if is_norm && shape.len() < 2 && matches!(facet, Facet::Weight | Facet::Bias) {
        return Role::NormOther;
    }
    if tower != Some(Component::Adapter) {
        return Role::Unnamed;
    }
    // Such as `mlp1.0`, the norm before the matrices `mlp1.1` and `mlp1.3`.
    let is_numbered = segments.last().is_some_and(|last| layer::number(last).is_some());
    match (shape.len(), facet) {
        (1, Facet::Weight) if is_numbered => Role::NormOther,
        (0, _) | (1, Facet::Weight) => Role::Unnamed,
        (3.., Facet::Weight) => Role::Convolution,
        _ => Role::Projection,
    }
}

/// Whether numbers outside layers count the steps of a chain.
fn has_steps(role: Role, tower: Option<Component>) -> bool {
    match role {
        Role::Convolution => tower != Some(Component::Adapter),
        Role::Projection => tower == Some(Component::Adapter),
        _ => false,
    }
}

fn is_buffer(name: &str, shape: &[u64]) -> bool {
    let ends_with =
        |end: &str| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    rules::BUFFERS.split_whitespace().any(ends_with)
        || shape.len() > 1 && rules::MASKS.split_whitespace().any(ends_with)
}
