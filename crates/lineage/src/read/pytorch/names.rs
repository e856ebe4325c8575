//! The names of a checkpoint's tensors: the keys that lead to them, joined by dots.
//!
//! The values may hold each other in any way, so the walk keeps its own stack, at most 64 deep, and counts its steps.

use super::value::{Id, Value, Values, View};
use crate::error::WeightsProblem;

const DEPTH: usize = 64;
const STEPS: u64 = 16 << 20;
const TENSORS: u64 = 1_000_000;
const NAME_BYTES: usize = 64 << 10;
const ALL_NAMES_BYTES: u64 = 256 << 20;
/// The name of a tensor that is saved alone.
const ALONE: &str = "tensor";

/// The tensors that `root` holds, in its order. Numbers count the places of a list, and stand for keys that are
/// neither text nor whole numbers.
pub(super) fn named<'v>(values: &'v Values<'_>, root: Id) -> Result<Vec<(String, &'v View)>, WeightsProblem> {
    if let Value::View(view) = values.get(root) {
        return Ok(vec![(ALONE.to_owned(), view)]);
    }
    let mut walk =
        Walk { values, name: String::new(), levels: Vec::new(), found: Vec::new(), steps: 0, names_bytes: 0 };
    walk.enter(root)?;
    while let Some(level) = walk.levels.last_mut() {
        let (holder, place, name_bytes) = (level.holder, level.next, level.name_bytes);
        level.next += 1;
        match held(values, holder, place) {
            Some((key, value)) => walk.step(key, place, value, name_bytes)?,
            None => {
                walk.levels.pop();
            }
        }
    }
    Ok(walk.found)
}

struct Walk<'v, 'a> {
    values: &'v Values<'a>,
    name: String,
    levels: Vec<Level>,
    found: Vec<(String, &'v View)>,
    steps: u64,
    names_bytes: u64,
}

struct Level {
    holder: Id,
    next: usize,
    /// How much of the name leads to the holder.
    name_bytes: usize,
}

/// What `holder` holds at `place`, with its key in a dictionary.
fn held(values: &Values<'_>, holder: Id, place: usize) -> Option<(Option<Id>, Id)> {
    match values.get(holder) {
        Value::Dict(pairs) => pairs.get(place).map(|(key, value)| (Some(*key), *value)),
        Value::Tuple(items) | Value::List(items) => items.get(place).map(|item| (None, *item)),
        Value::Other
        | Value::Whole(_)
        | Value::Text(_)
        | Value::Global(_)
        | Value::Storage(_)
        | Value::View(_) => None,
    }
}

impl Walk<'_, '_> {
    fn step(
        &mut self,
        key: Option<Id>,
        place: usize,
        value: Id,
        name_bytes: usize,
    ) -> Result<(), WeightsProblem> {
        self.steps += 1;
        limited("values under names", self.steps, STEPS)?;
        match self.values.get(value) {
            Value::Dict(_) | Value::Tuple(_) | Value::List(_) => {
                self.lengthen(key, place, name_bytes)?;
                self.enter(value)
            }
            Value::View(view) => {
                self.lengthen(key, place, name_bytes)?;
                self.names_bytes += self.name.len() as u64;
                limited("bytes of names", self.names_bytes, ALL_NAMES_BYTES)?;
                self.found.push((self.name.clone(), view));
                limited("tensors", self.found.len() as u64, TENSORS)
            }
            Value::Other | Value::Whole(_) | Value::Text(_) | Value::Global(_) | Value::Storage(_) => Ok(()),
        }
    }

    fn enter(&mut self, holder: Id) -> Result<(), WeightsProblem> {
        if self.levels.iter().any(|level| level.holder == holder) {
            return Err(WeightsProblem::Header("a value that holds itself".to_owned()));
        }
        limited("levels of values in values", self.levels.len() as u64 + 1, DEPTH as u64)?;
        self.levels.push(Level { holder, next: 0, name_bytes: self.name.len() });
        Ok(())
    }

    /// Makes the name of its first `name_bytes` and a key.
    fn lengthen(&mut self, key: Option<Id>, place: usize, name_bytes: usize) -> Result<(), WeightsProblem> {
        self.name.truncate(name_bytes);
        if name_bytes > 0 {
            self.name.push('.');
        }
        let values = self.values;
        match key.map(|key| values.get(key)) {
            Some(Value::Text(text)) => self.name.push_str(text),
            Some(Value::Whole(number)) => self.name.push_str(&number.to_string()),
            _ => self.name.push_str(&place.to_string()),
        }
        limited("bytes of a name", self.name.len() as u64, NAME_BYTES as u64)
    }
}

fn limited(what: &'static str, count: u64, limit: u64) -> Result<(), WeightsProblem> {
    if count > limit { Err(WeightsProblem::TooMany { what, count, limit }) } else { Ok(()) }
}
