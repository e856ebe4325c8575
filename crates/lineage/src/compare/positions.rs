//! T3 on learned positions: over the positions, correlations of each hidden dimension of one model with each of the other.
//!
//! Every model's positions are smooth, so rows of them are alike everywhere; but which hidden dimension holds what is
//! arbitrary, and it is the hidden dimension that is shuffled. Tables that were computed, or began so, are left out: their
//! dimensions have an order.

use super::battery::{Battery, correlated, turn};
use super::model::{Model, Rows};
use super::parts::Key;
use crate::battery::trace::{float, trace};
use crate::encoding::narrow;
use crate::finding::Options;
use crate::inventory::{Component, Part, Role};
use crate::products::products;

/// Fewer positions say nothing.
const LEAST: usize = 64;
/// A table that is nearer than that, in standard deviations, to a computed one began as such.
const COMPUTED: f64 = 5.0;
/// The longest wave of computed positions over 2 pi (Vaswani et al. 2017).
const WAVE: f64 = 10_000.0;

pub(crate) fn run(models: [&Model<'_>; 2], component: Component, options: &Options, battery: &mut Battery) {
    let role = Role::PositionEmbedding;
    let key = Key { part: Part { component, layer: None, expert: None, role }, bias: false };
    let [first, second] = models;
    if first.shape(&key) != second.shape(&key) || !models.into_iter().all(|model| is_table(model, &key)) {
        return;
    }
    let rows = first.rows_beside(second, &key).zip(second.rows_beside(first, &key));
    let (Some((one, other)), Some((length, _))) = (rows, first.shape(&key)) else { return };
    let numbers = first.row_numbers_beside(second, length);
    let count = numbers.len();
    let expected = count * one.columns;
    if count < LEAST || one.numbers.len() != expected || other.numbers.len() != expected {
        return;
    }
    let all: Vec<usize> = (0..count).collect();
    let turned = [&one, &other].map(|rows| turn(rows, &all));
    for table in computed(&numbers, length, one.columns) {
        let computed = turn(&table, &all);
        let near = |own: &Vec<f32>| {
            let found = trace(&products(own, &computed, count), one.columns);
            found.is_some_and(|found| found.z >= COMPUTED)
        };
        if turned.iter().any(near) {
            return;
        }
    }
    if let Some(finding) = correlated(&turned, one.columns, role, count, options) {
        battery.push([(key.clone(), key)], finding);
    }
}

/// Whether it has a row for each position, and is no convolution.
fn is_table(model: &Model<'_>, key: &Key) -> bool {
    let place = model.parts.places.get(key);
    let tensor = place.and_then(|place| model.weights.tensors.get(place.tensor));
    tensor.is_some_and(|tensor| matches!(tensor.shape.as_slice(), [_, _] | [1, _, _]))
}

/// The positions `numbers` of the usual computed tables of `length` rows: along a line, sines and cosines in turn or one
/// after the other; on a square, after at most two rows for tokens, its two sides one after the other.
fn computed(numbers: &[u64], length: u64, columns: usize) -> Vec<Rows> {
    let table = |row: &dyn Fn(u64) -> Vec<f32>| Rows {
        columns,
        numbers: numbers
            .iter()
            .flat_map(|number| {
                let mut row = row(*number);
                row.resize(columns, 0.0);
                row
            })
            .collect(),
    };
    let orders = [Waves::InTurn, Waves::SinesFirst, Waves::CosinesFirst];
    let mut tables: Vec<Rows> =
        orders.iter().map(|order| table(&|number| order.row(number, columns))).collect();
    for before in 0..3 {
        let Some(side) = length.checked_sub(before).map(u64::isqrt).filter(|side| *side > 1) else {
            continue;
        };
        if side * side != length - before {
            continue;
        }
        for is_turned in [false, true] {
            tables.push(table(&|number| {
                let Some(place) = number.checked_sub(before) else { return Vec::new() };
                let (down, across) = (place / side, place % side);
                let (one, other) = if is_turned { (down, across) } else { (across, down) };
                let half = |place| Waves::SinesFirst.row(place, columns / 2);
                [half(one), half(other)].concat()
            }));
        }
    }
    tables
}

/// How sines and cosines follow each other.
#[derive(Clone, Copy)]
enum Waves {
    InTurn,
    SinesFirst,
    CosinesFirst,
}

impl Waves {
    fn row(self, place: u64, columns: usize) -> Vec<f32> {
        let half = columns / 2;
        let angle = |wave: usize| {
            let share = float(wave) / float(half.max(1));
            float(usize::try_from(place).unwrap_or(0)) * libm::pow(WAVE, -share)
        };
        let sines = (0..half).map(|wave| narrow(libm::sin(angle(wave))));
        let cosines = (0..half).map(|wave| narrow(libm::cos(angle(wave))));
        match self {
            Self::InTurn => sines.zip(cosines).flat_map(|(sine, cosine)| [sine, cosine]).collect(),
            Self::SinesFirst => sines.chain(cosines).collect(),
            Self::CosinesFirst => cosines.chain(sines).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computed_positions_are_known_in_every_order() {
        let numbers: Vec<u64> = (0..65).collect();
        let tables = computed(&numbers, 65, 16);
        // Three along a line; 64 places on a square after one row, either side first.
        assert_eq!(tables.len(), 5);
        assert!(tables.iter().all(|table| table.numbers.len() == 65 * 16));
        assert!((tables[0].numbers[16] - 0.841_471).abs() < 1e-5);
        assert!((tables[0].numbers[17] - 0.540_302).abs() < 1e-5);
        assert!((tables[3].numbers[2 * 16] - 0.841_471).abs() < 1e-5);
    }
}
