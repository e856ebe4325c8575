//! Marks of raters on items of candidates, checked and numbered.

use super::connect::{Sets, connected_sets};
use crate::number::real;
use std::collections::BTreeMap;

/// Most steps between the least and the greatest mark of a scale.
const MOST_STEPS: f64 = 100.0;

/// One mark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarkRow<'a> {
    /// Who marked.
    pub rater: &'a str,
    /// Who was marked.
    pub candidate: &'a str,
    /// The question of the rubric.
    pub item: &'a str,
    /// The mark, on the scale's grid.
    pub value: f64,
}

/// The marks that a rater may give: `minimum`, `minimum + step`, up to `maximum`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Least mark.
    pub minimum: f64,
    /// Greatest mark.
    pub maximum: f64,
    /// Distance of neighbouring marks.
    pub step: f64,
}

/// Marks that give no measures.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RaschError {
    /// A scale without at least two and at most 101 marks.
    #[error("a scale from {} to {} in steps of {} is not one of 2 to 101 marks: give finite ends and a step that divides their distance", scale.minimum, scale.maximum, scale.step)]
    BadScale {
        /// The scale.
        scale: Scale,
    },
    /// No marks at all.
    #[error("there are no marks")]
    NoMarks,
    /// A mark that is not on the scale's grid.
    #[error("mark {index} (rater `{rater}`, candidate `{candidate}`, item `{item}`) is {value}, which is not one of {} to {} in steps of {}", scale.minimum, scale.maximum, scale.step)]
    OffScale {
        /// The row, from 0.
        index: usize,
        /// Its rater.
        rater: String,
        /// Its candidate.
        candidate: String,
        /// Its item.
        item: String,
        /// The mark.
        value: f64,
        /// The scale.
        scale: Scale,
    },
    /// A second mark by one rater for one item of one candidate.
    #[error("mark {index} repeats mark {first}: rater `{rater}`, candidate `{candidate}`, item `{item}`")]
    Duplicate {
        /// The later row, from 0.
        index: usize,
        /// The earlier one.
        first: usize,
        /// Their rater.
        rater: String,
        /// Their candidate.
        candidate: String,
        /// Their item.
        item: String,
    },
    /// All marks, or all marks of an item with thresholds of its own, are the same.
    #[error("all marks {} are {value}: nothing can be measured by them", item.as_ref().map_or(String::new(), |item| format!("on item `{item}`")))]
    NoVariation {
        /// The item; none where it is all of them.
        item: Option<String>,
        /// The mark.
        value: f64,
    },
    /// Marks that do not link all candidates, raters and items to one scale.
    ///
    /// A chain of shared elements is not enough: raters who mark only the same items of different candidates leave
    /// open whether the candidates or the raters differ. Sets are those within which differences can be told.
    #[error(
        "the marks link no one scale: {}; let some raters mark candidates of several sets",
        disconnected(candidates, raters, items)
    )]
    Disconnected {
        /// Sets of candidates.
        candidates: Vec<Vec<String>>,
        /// Sets of raters.
        raters: Vec<Vec<String>>,
        /// Sets of items.
        items: Vec<Vec<String>>,
    },
    /// A candidate, rater or item with nothing but the best or the worst mark, which [`super::Estimator::Joint`] can't
    /// place.
    #[error(
        "all marks of {facet} `{name}` are the best or all the worst: the joint estimator has no finite place for it; use the penalised one"
    )]
    Extreme {
        /// `candidate`, `rater` or `item`.
        facet: &'static str,
        /// Its name.
        name: String,
    },
    /// No finite maximum was found; only [`super::Estimator::Joint`] and separated marks lead here.
    #[error(
        "the estimates do not settle after {iterations} steps: the marks of some raters or candidates leave no finite maximum; use the penalised estimator"
    )]
    NotSettled {
        /// Steps taken.
        iterations: u32,
    },
}

fn disconnected(candidates: &[Vec<String>], raters: &[Vec<String>], items: &[Vec<String>]) -> String {
    let facet = |name: &str, sets: &[Vec<String>]| {
        let sets: Vec<_> = sets.iter().map(|set| set.join(", ")).collect();
        (sets.len() > 1).then(|| format!("{name} fall into {}", sets.join(" | ")))
    };
    let all = [facet("candidates", candidates), facet("raters", raters), facet("items", items)];
    all.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

impl RaschError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadScale { .. } => "verdict::bad_scale",
            Self::NoMarks => "verdict::no_marks",
            Self::OffScale { .. } => "verdict::mark_off_scale",
            Self::Duplicate { .. } => "verdict::duplicate_mark",
            Self::NoVariation { .. } => "verdict::marks_without_variation",
            Self::Disconnected { .. } => "verdict::disconnected_marks",
            Self::Extreme { .. } => "verdict::extreme_marks",
            Self::NotSettled { .. } => "verdict::rasch_not_settled",
        }
    }
}

/// One mark by number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) candidate: usize,
    pub(crate) rater: usize,
    pub(crate) item: usize,
    /// Steps above the scale's minimum.
    pub(crate) steps: usize,
}

/// Marks whose elements are numbered in order of name.
#[derive(Clone, Debug)]
pub(crate) struct Marks<'a> {
    pub(crate) candidates: Vec<&'a str>,
    pub(crate) raters: Vec<&'a str>,
    pub(crate) items: Vec<&'a str>,
    /// In order of candidate, rater and item, whatever the order of the rows.
    pub(crate) cells: Vec<Cell>,
    pub(crate) scale: Scale,
}

impl Scale {
    /// Steps from the least mark to the greatest; none for a scale that is none.
    pub(crate) fn steps(&self) -> Option<usize> {
        let steps = (self.maximum - self.minimum) / self.step;
        let whole = steps.round();
        let sound = (steps - whole).abs() < 1e-6 && (1.0..=MOST_STEPS).contains(&whole) && self.step > 0.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 100")]
        let whole = whole as usize;
        sound.then_some(whole)
    }

    /// Steps of `value` above the minimum; none off the grid.
    fn place(&self, value: f64, most: usize) -> Option<usize> {
        let steps = (value - self.minimum) / self.step;
        let whole = steps.round();
        if !((steps - whole).abs() < 1e-6 && whole >= 0.0 && whole <= real(most)) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
        let whole = whole as usize;
        Some(whole)
    }

    /// The mark that is `steps` above the minimum.
    pub(crate) fn mark(&self, steps: f64) -> f64 {
        self.minimum + steps * self.step
    }
}

/// Names of one facet, numbered as they appear; the last name is remembered, because rows come in runs.
#[derive(Default)]
struct Names<'a> {
    places: BTreeMap<&'a str, usize>,
    last: Option<(&'a str, usize)>,
}

impl<'a> Names<'a> {
    fn number(&mut self, name: &'a str) -> usize {
        if let Some((last, place)) = self.last
            && last == name
        {
            return place;
        }
        let next = self.places.len();
        let place = *self.places.entry(name).or_insert(next);
        self.last = Some((name, place));
        place
    }

    /// The names in order, and the place in it of each number given so far.
    fn order(self) -> (Vec<&'a str>, Vec<usize>) {
        let mut places = vec![0; self.places.len()];
        for (place, number) in self.places.values().enumerate() {
            if let Some(cell) = places.get_mut(*number) {
                *cell = place;
            }
        }
        (self.places.into_keys().collect(), places)
    }
}

impl<'a> Marks<'a> {
    /// Numbers and checks `rows`.
    pub(crate) fn new(rows: &[MarkRow<'a>], scale: Scale) -> Result<Self, RaschError> {
        let most = scale.steps().ok_or(RaschError::BadScale { scale })?;
        if rows.is_empty() {
            return Err(RaschError::NoMarks);
        }
        let mut names = [Names::default(), Names::default(), Names::default()];
        let mut placed = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            let Some(steps) = scale.place(row.value, most) else {
                return Err(RaschError::OffScale {
                    index,
                    rater: row.rater.to_owned(),
                    candidate: row.candidate.to_owned(),
                    item: row.item.to_owned(),
                    value: row.value,
                    scale,
                });
            };
            let [candidates, raters, items] = &mut names;
            let (candidate, rater) = (candidates.number(row.candidate), raters.number(row.rater));
            placed.push((Cell { candidate, rater, item: items.number(row.item), steps }, index));
        }
        let [(candidates, candidate_at), (raters, rater_at), (items, item_at)] = names.map(Names::order);
        let place = |order: &[usize], number: usize| order.get(number).copied().unwrap_or_default();
        for (cell, _) in &mut placed {
            cell.candidate = place(&candidate_at, cell.candidate);
            cell.rater = place(&rater_at, cell.rater);
            cell.item = place(&item_at, cell.item);
        }
        let key = |cell: &Cell| (cell.candidate, cell.rater, cell.item);
        placed.sort_by_key(|(cell, index)| (key(cell), *index));
        for pair in placed.windows(2) {
            if let [(one, first), (other, index)] = pair
                && key(one) == key(other)
            {
                let row = rows.get(*index);
                let name = |of: fn(&MarkRow<'a>) -> &'a str| row.map_or("", of).to_owned();
                return Err(RaschError::Duplicate {
                    index: *index,
                    first: *first,
                    rater: name(|row| row.rater),
                    candidate: name(|row| row.candidate),
                    item: name(|row| row.item),
                });
            }
        }
        let cells = placed.into_iter().map(|(cell, _)| cell).collect();
        let marks = Self { candidates, raters, items, cells, scale };
        marks.check_links()?;
        Ok(marks)
    }

    fn check_links(&self) -> Result<(), RaschError> {
        let sizes = [self.candidates.len(), self.raters.len(), self.items.len()];
        let Some(Sets { candidates, raters, items }) = connected_sets(sizes, &self.cells) else {
            return Ok(());
        };
        let named = |sets: &[Vec<usize>], names: &[&str]| -> Vec<Vec<String>> {
            let name = |place: &usize| names.get(*place).map(|name| (*name).to_owned());
            sets.iter().map(|set| set.iter().filter_map(name).collect()).collect()
        };
        Err(RaschError::Disconnected {
            candidates: named(&candidates, &self.candidates),
            raters: named(&raters, &self.raters),
            items: named(&items, &self.items),
        })
    }
}
