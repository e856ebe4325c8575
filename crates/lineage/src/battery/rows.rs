//! T2: rows of matching matrices. Which neuron is which is arbitrary, so under independence any order of one model's
//! rows is as likely as the one that it has.

use super::trace::{Trace, trace};
use crate::encoding::narrow;
use crate::products::products;

/// Each row at length 1, in place; rows of zeros or of what is no number become zeros. Gives how many these were.
pub fn normalise(rows: &mut [f32], columns: usize) -> usize {
    let mut empty = 0;
    for row in rows.chunks_mut(columns.max(1)) {
        let squares = squared_length(row);
        if squares.is_finite() && squares > 0.0 {
            let scale = 1.0 / squares.sqrt();
            for value in row {
                *value = narrow(f64::from(*value) * scale);
            }
        } else {
            empty += 1;
            row.fill(0.0);
        }
    }
    empty
}

/// In eight sums over every eighth number, so that none waits for the one before.
fn squared_length(row: &[f32]) -> f64 {
    let mut sums = [0.0_f64; 8];
    let (eights, rest) = row.as_chunks::<8>();
    for eight in eights.iter().map(<[f32; 8]>::as_slice).chain([rest]) {
        for (sum, value) in sums.iter_mut().zip(eight) {
            *sum += f64::from(*value) * f64::from(*value);
        }
    }
    sums.iter().sum()
}

/// Cosines of the rows of two matrices whose rows [`normalise`] has brought to length 1.
pub fn cosines(first: &[f32], second: &[f32], columns: usize) -> Vec<f32> {
    products(first, second, columns)
}

/// Rows of one head, together: so many, as they are sampled.
pub const BLOCK: usize = 16;

/// The mean cosines of blocks of 16 rows that stand in the same order: m x n to m / 16 x n / 16. Rows of queries and keys
/// are no neurons: those of a head share directions, and their place in it has a meaning (rotation by position), so
/// blocks of them are shuffled and not rows. Row by row, z of independent layers spreads by 1.2 to 1.6 instead of 1.
pub fn blocks(similarities: &[f32], n: usize) -> Vec<f32> {
    let (count, lines) = (n / BLOCK, similarities.len().checked_div(n).unwrap_or(0) / BLOCK);
    let mut blocks = vec![0.0; lines * count];
    if blocks.is_empty() {
        return blocks;
    }
    for (line, row) in similarities.chunks(n.max(1)).enumerate().take(lines * BLOCK) {
        let (block, place) = (line / BLOCK, line % BLOCK);
        let own = blocks.chunks_mut(count).nth(block).into_iter().flatten();
        for (sum, other) in own.zip(row.chunks_exact(BLOCK)) {
            *sum += other.get(place).copied().unwrap_or_default();
        }
    }
    for sum in &mut blocks {
        *sum /= 16.0;
    }
    blocks
}

/// The trace of the cosines of two matrices with the same number of normalised rows.
pub fn compare(first: &[f32], second: &[f32], columns: usize) -> Option<Trace> {
    let n = first.len().checked_div(columns)?;
    trace(&cosines(first, second, columns), n)
}
