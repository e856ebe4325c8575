//! How often each value was given to each unit, counted once.
#![expect(clippy::indexing_slicing, reason = "values and units are numbered by the constructor")]

use crate::number::real;

/// Ratings of units by raters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatingTable<'a> {
    /// Columns.
    pub raters: usize,
    /// A row a unit, one after another; NaN where a rater did not rate a unit.
    pub values: &'a [f64],
}

/// Most values, and most ratings of a unit, that the packed form holds.
const PACKED_VALUES: usize = 8;
const PACKED_RATINGS: usize = 255;

/// 2^52: added to a small whole number, it leaves the number in the low bits.
const SHIFT_BASE: f64 = 4_503_599_627_370_496.0;

/// Counts of values by unit; only units with two or more ratings have pairs.
#[derive(Clone, Debug)]
pub(crate) struct Units {
    /// Values that pairable units were given, ascending.
    pub(crate) values: Vec<f64>,
    pub(crate) counts: Counts,
    /// Ratings in pairable units, and all.
    pub(crate) pairable: u64,
    pub(crate) ratings: u64,
}

/// Pairable units.
#[derive(Clone, Debug)]
pub(crate) enum Counts {
    /// A byte a value.
    Packed(Vec<u64>),
    /// Pairs of a value's number and its count, by unit.
    Sparse(Vec<Vec<(u32, u32)>>),
}

impl Counts {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Packed(units) => units.len(),
            Self::Sparse(units) => units.len(),
        }
    }

    /// Calls `each` with the value and count of every value given to `unit`.
    pub(crate) fn visit(&self, unit: usize, mut each: impl FnMut(usize, u32)) {
        match self {
            Self::Packed(units) => {
                for (value, count) in units[unit].to_le_bytes().into_iter().enumerate() {
                    if count > 0 {
                        each(value, u32::from(count));
                    }
                }
            }
            Self::Sparse(units) => {
                for (value, count) in &units[unit] {
                    each(usize::try_from(*value).unwrap_or_default(), *count);
                }
            }
        }
    }
}

impl Units {
    /// Counts `ratings`, each row of `raters` values a unit; NaN is a missing one, and infinities are the caller's error.
    pub(crate) fn of_table(ratings: &[f64], raters: usize) -> Self {
        if raters == 0 || ratings.is_empty() {
            return Self { values: Vec::new(), counts: Counts::Packed(Vec::new()), pairable: 0, ratings: 0 };
        }
        match small_whole(ratings, raters) {
            Some(base) => Self::packed(ratings, raters, base),
            None => Self::sparse(
                ratings
                    .chunks(raters)
                    .map(|unit| unit.iter().copied().filter(|value| !value.is_nan()).collect()),
            ),
        }
    }

    /// The fast form: values are `base`, `base + 1` and so on, at most eight.
    fn packed(ratings: &[f64], raters: usize, base: f64) -> Self {
        let start = SHIFT_BASE - 8.0 * base;
        let all: Vec<u64> = ratings
            .chunks(raters)
            .map(|unit| {
                let one = |value: &f64| {
                    // Eight bits for each step above the base; a missing value adds nothing.
                    let shift = (8.0 * value + start).to_bits() & 63;
                    if value.is_nan() { 0 } else { 1_u64 << shift }
                };
                unit.iter().map(one).sum()
            })
            .collect();
        let number = |packed: u64| packed.to_le_bytes().into_iter().map(u64::from).sum::<u64>();
        let mut given = 0;
        let mut pairable = 0;
        let mut units = Vec::with_capacity(all.len());
        let mut seen = 0;
        for packed in all {
            let number = number(packed);
            given += number;
            if number > 1 {
                pairable += number;
                seen |= packed;
                units.push(packed);
            }
        }
        // Values that no pairable unit has are left out; the ones above move down.
        let kept: Vec<usize> = (0..PACKED_VALUES).filter(|value| (seen >> (8 * value)) & 255 > 0).collect();
        if kept.last().is_some_and(|last| last + 1 != kept.len()) {
            for packed in &mut units {
                let bytes = packed.to_le_bytes();
                let mut close = [0; PACKED_VALUES];
                for (to, from) in close.iter_mut().zip(&kept) {
                    *to = bytes[*from];
                }
                *packed = u64::from_le_bytes(close);
            }
        }
        let values = kept.iter().map(|value| base + real(*value)).collect();
        Self { values, counts: Counts::Packed(units), pairable, ratings: given }
    }

    /// The general form: any finite values.
    pub(crate) fn sparse(units: impl Iterator<Item = Vec<f64>>) -> Self {
        let mut given = 0;
        let mut kept: Vec<Vec<f64>> = Vec::new();
        for unit in units {
            given += unit.len();
            if unit.len() > 1 {
                // Adding 0 makes one value of 0 and -0.
                kept.push(unit.into_iter().map(|value| value + 0.0).collect());
            }
        }
        let mut values: Vec<f64> = kept.iter().flatten().copied().collect();
        let pairable = values.len();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup_by(|a, b| a.total_cmp(b).is_eq());
        let place = |value: &f64| values.binary_search_by(|other| other.total_cmp(value)).unwrap_or_default();
        let count = |mut unit: Vec<f64>| {
            unit.sort_unstable_by(f64::total_cmp);
            let runs = unit.chunk_by(|a, b| a.total_cmp(b).is_eq());
            let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            runs.map(|run| (narrow(place(&run[0])), narrow(run.len()))).collect()
        };
        let counts = Counts::Sparse(kept.into_iter().map(count).collect());
        let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Self { values, counts, pairable: wide(pairable), ratings: wide(given) }
    }
}

/// The least value, if all are whole numbers within eight steps and few enough for a byte; none otherwise.
fn small_whole(ratings: &[f64], raters: usize) -> Option<f64> {
    if raters > PACKED_RATINGS {
        return None;
    }
    // Eight lanes at a time: the bounds pass over missing values, which compare as false.
    let mut lanes = Lanes { low: [f64::INFINITY; 8], high: [f64::NEG_INFINITY; 8], part: [0.0; 8] };
    let (whole, rest) = ratings.as_chunks::<8>();
    for values in whole {
        lanes.take(values);
    }
    let mut last = [f64::NAN; 8];
    last[..rest.len()].copy_from_slice(rest);
    lanes.take(&last);
    let Lanes { low, high, part } = lanes;
    let low = low.into_iter().fold(f64::INFINITY, f64::min);
    let high = high.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let narrow = high - low < real(PACKED_VALUES) && low.abs() < 1e6;
    let broken = part.into_iter().any(|part| part > 0.0);
    (narrow && !broken).then_some(low)
}

/// Bounds of values and of their fractions, lane by lane.
struct Lanes {
    low: [f64; 8],
    high: [f64; 8],
    /// The greatest distance to the whole number below.
    part: [f64; 8],
}

impl Lanes {
    fn take(&mut self, values: &[f64; 8]) {
        for (lane, value) in values.iter().enumerate() {
            let part = value - value.floor();
            self.low[lane] = if *value < self.low[lane] { *value } else { self.low[lane] };
            self.high[lane] = if *value > self.high[lane] { *value } else { self.high[lane] };
            self.part[lane] = if part > self.part[lane] { part } else { self.part[lane] };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, Units};

    fn listed(units: &Units) -> Vec<Vec<(usize, u32)>> {
        let one = |unit| {
            let mut all = Vec::new();
            units.counts.visit(unit, |value, count| all.push((value, count)));
            all
        };
        (0..units.counts.len()).map(one).collect()
    }

    #[test]
    fn both_forms_count_the_same() {
        let none = f64::NAN;
        let table = [-1.0, 2.0, -1.0, 2.0, none, none, 0.0, none, 4.0, 4.0, 4.0, none];
        let packed = Units::of_table(&table, 3);
        assert!(matches!(packed.counts, Counts::Packed(_)));
        let rows = table.chunks(3).map(|unit| unit.iter().copied().filter(|value| !value.is_nan()).collect());
        let sparse = Units::sparse(rows);
        assert_eq!(listed(&packed), listed(&sparse));
        assert_eq!(packed.values, sparse.values);
        assert_eq!((packed.pairable, packed.ratings), (7, 8));
        assert_eq!((sparse.pairable, sparse.ratings), (7, 8));
    }

    #[test]
    fn other_values_take_the_general_form() {
        for table in [[0.5, 1.0], [0.0, 8.0], [1e7, 1e7]] {
            assert!(matches!(Units::of_table(&table, 2).counts, Counts::Sparse(_)), "{table:?}");
        }
    }
}
