//! Some rows of a matrix in a file: which, where their bytes lie, and their numbers once the bytes are there.

use crate::battery::trace::below;
use crate::error::WeightsError;
use crate::packed::{Chosen, Taken};
use crate::read::Weights;
use crate::source::Source;
use crate::tensor::{Order, Scale, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::BTreeSet;
use std::ops::Range;

/// A matrix within a tensor: the tensor itself, or one expert's share of a tensor of all experts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct View {
    /// The tensor's row that is the matrix's first.
    pub first_row: u64,
    /// Rows of the matrix.
    pub rows: u64,
    /// Columns of the matrix.
    pub columns: u64,
    /// How its numbers follow each other.
    pub order: Order,
}

impl View {
    /// The tensor as one matrix: the first dimension is rows, the others together are columns; a vector is one row.
    /// None where it has no numbers.
    pub fn whole(tensor: &Tensor) -> Option<Self> {
        if tensor.shape.contains(&0) {
            return None;
        }
        let (rows, columns) = match tensor.shape.as_slice() {
            [] => (1, 1),
            [length] => (1, *length),
            [rows, rest @ ..] => (*rows, rest.iter().product()),
        };
        (rows > 0 && columns > 0).then_some(Self { first_row: 0, rows, columns, order: tensor.order })
    }

    /// The matrix with rows and columns exchanged, for layers that keep their inputs first. None where rows have
    /// scales of their own.
    pub fn turned(self, tensor: &Tensor) -> Option<Self> {
        let plain = match &tensor.scale {
            Scale::None => true,
            Scale::Affine { scale, .. } => scale.len() == 1,
            Scale::Packed(_) | Scale::Unknown => false,
        };
        let order = match self.order {
            Order::Rows => Order::Columns,
            Order::Columns => Order::Rows,
        };
        (plain && self.first_row == 0).then_some(Self {
            first_row: 0,
            rows: self.columns,
            columns: self.rows,
            order,
        })
    }

    /// The matrices of a tensor of all experts, `[experts, rows, columns]`: none where it is no such tensor.
    pub fn experts(tensor: &Tensor) -> Vec<Self> {
        let [experts, rows, columns] = *tensor.shape.as_slice() else { return Vec::new() };
        if tensor.order != Order::Rows || rows == 0 || columns == 0 || experts > EXPERTS {
            return Vec::new();
        }
        (0..experts)
            .map(|expert| Self { first_row: expert * rows, rows, columns, order: Order::Rows })
            .collect()
    }
}

/// More experts than any model has in a layer.
const EXPERTS: u64 = 4096;
/// Rows that lie together are read together: so many of them.
const RUN: u64 = 16;

fn bytes_of(tensor: &Tensor, elements: u64) -> u64 {
    tensor.encoding.bytes(elements).unwrap_or(0)
}

/// Which `count` of `rows` rows to take, in order: all where there are no more, else whole runs of 16 rows, drawn with
/// `seed`. It depends on nothing that a model's author chooses.
pub fn choose_rows(rows: u64, count: u64, seed: u64) -> Vec<u64> {
    if rows <= count {
        return (0..rows).collect();
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ rows.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let (runs, wanted) = (usize::try_from(rows / RUN).unwrap_or(usize::MAX), (count / RUN).max(1));
    let mut chosen = BTreeSet::new();
    while (chosen.len() as u64) < wanted.min(runs as u64) {
        chosen.insert(below(&mut random, runs) as u64);
    }
    chosen.into_iter().flat_map(|run| run * RUN..(run + 1) * RUN).filter(|row| *row < rows).collect()
}

/// Some rows of a view.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    view: View,
    /// Rows of the view, in the order in which they are wanted.
    rows: Vec<u64>,
    /// So many columns from the first.
    columns: u64,
    /// The scales of a packed matrix, once they are read.
    scales: Option<Taken>,
}

impl Sample {
    /// The first `columns` numbers of each of `rows`, rounded up to whole blocks. None where a row is not there, or
    /// the tensor's blocks do not lie within its rows.
    pub fn new(tensor: &Tensor, view: View, rows: Vec<u64>, columns: u64) -> Option<Self> {
        let block = tensor.encoding.block_elements();
        let columns = columns.min(view.columns).next_multiple_of(block);
        let fits = columns <= view.columns
            && view.columns.is_multiple_of(block)
            && rows.iter().all(|row| *row < view.rows);
        let plain = view.order == Order::Rows || block == 1;
        (fits && plain).then_some(Self { view, rows, columns, scales: None })
    }

    /// How many numbers a row has.
    pub fn columns(&self) -> usize {
        usize::try_from(self.columns).unwrap_or(0)
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Its rows, ascending and each once.
    fn sorted(&self) -> Vec<u64> {
        let mut sorted = self.rows.clone();
        sorted.sort_unstable();
        sorted.dedup();
        sorted
    }

    fn chosen<'a>(&self, sorted: &'a [u64]) -> Chosen<'a> {
        let View { rows: outputs, columns: inputs, .. } = self.view;
        Chosen { outputs, inputs, rows: sorted, columns: self.columns }
    }

    /// The bytes within the tensor that hold it, ascending and apart.
    pub fn ranges(&self, tensor: &Tensor) -> Vec<Range<u64>> {
        let mut ranges = match (&tensor.scale, self.view.order) {
            (Scale::Packed(packed), _) => packed.codes.ranges(self.chosen(&self.sorted())),
            (_, Order::Rows) => {
                let row_bytes = bytes_of(tensor, self.view.columns);
                let taken = bytes_of(tensor, self.columns);
                let start = |row: &u64| (self.view.first_row + row) * row_bytes;
                self.rows.iter().map(|row| start(row)..start(row) + taken).collect::<Vec<_>>()
            }
            (_, Order::Columns) => {
                let bytes = tensor.encoding.block_bytes();
                let start = |column: u64, row: &u64| (column * self.view.rows + row) * bytes;
                let columns = 0..self.columns;
                let all = columns.flat_map(|column| {
                    self.rows.iter().map(move |row| start(column, row)..start(column, row) + bytes)
                });
                all.collect()
            }
        };
        ranges.sort_by_key(|range| range.start);
        let mut joined: Vec<Range<u64>> = Vec::new();
        for range in ranges {
            match joined.last_mut() {
                Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        joined
    }

    /// What is kept of a packed matrix beside its codes, in bytes: scales, and where its codes lie, as these lie in many
    /// places.
    pub(crate) fn kept_bytes(&self, tensor: &Tensor, ranges: usize) -> u64 {
        let Scale::Packed(packed) = &tensor.scale else { return 0 };
        let numbers = packed.scales.kept(self.columns).saturating_mul(self.rows.len() as u64);
        let places = ranges.saturating_mul(size_of::<Range<u64>>());
        numbers.saturating_mul(4).saturating_add(places as u64)
    }

    /// The same sample with the scales that a packed matrix has in other tensors, which [`Sample::decode`] wants. None
    /// where a number belongs to a group that is not there.
    pub fn scaled(mut self, weights: &Weights, tensor: &Tensor) -> Result<Option<Self>, WeightsError> {
        if let Scale::Packed(packed) = &tensor.scale {
            let shape = [self.view.rows, self.view.columns];
            let taken = packed.scales.take(&weights.files, shape, &self.rows, self.columns)?;
            if !taken.is_sound {
                return Ok(None);
            }
            self.scales = Some(taken);
        }
        Ok(Some(self))
    }

    /// Reads the numbers from the tensor's file, row after row; none where they cannot be decoded.
    pub fn read(&self, weights: &Weights, tensor: &Tensor) -> Result<Vec<f32>, WeightsError> {
        let Some(scaled) = self.clone().scaled(weights, tensor)? else { return Ok(Vec::new()) };
        let Some(file) = weights.file(tensor) else { return Ok(Vec::new()) };
        let mut bytes = Vec::new();
        for range in self.ranges(tensor) {
            let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
            bytes.extend(file.take(tensor.extent.offset + range.start, length)?);
        }
        Ok(scaled.decode(tensor, &bytes))
    }

    /// The numbers, row after row, from what [`Sample::ranges`] covers. Those of a packed matrix are none as long as its
    /// scales have not been read ([`Sample::scaled`]).
    pub fn decode(&self, tensor: &Tensor, bytes: &[u8]) -> Vec<f32> {
        self.decode_first(tensor, bytes, usize::MAX)
    }

    /// The numbers of the first `count` rows, from the same bytes.
    pub(crate) fn decode_first(&self, tensor: &Tensor, bytes: &[u8], count: usize) -> Vec<f32> {
        let columns = self.columns();
        let rows = self.rows.get(..count).unwrap_or(&self.rows);
        let mut out = vec![0.0; rows.len() * columns];
        // Where each wanted row lies among those that were read, which are ascending and may stand for several.
        let sorted = self.sorted();
        let place = |row: u64| sorted.binary_search(&row).unwrap_or(0);
        match (&tensor.scale, self.view.order) {
            (Scale::Packed(packed), _) => {
                let chosen = self.chosen(&sorted);
                for (number, (row, out)) in self.rows.iter().zip(out.chunks_mut(columns.max(1))).enumerate() {
                    packed.codes.decode(chosen, place(*row), bytes, out);
                    match &self.scales {
                        Some(scales) => scales.apply(number, *row, out),
                        None => out.fill(f32::NAN),
                    }
                }
            }
            (_, Order::Rows) => {
                let taken = usize::try_from(bytes_of(tensor, self.columns)).unwrap_or(0);
                for (row, out) in rows.iter().zip(out.chunks_mut(columns.max(1))) {
                    let start = place(*row) * taken;
                    tensor.encoding.decode(bytes.get(start..start + taken).unwrap_or_default(), out);
                }
            }
            (_, Order::Columns) => {
                let mut column_of_all = vec![0.0; sorted.len()];
                let width = sorted.len() * usize::try_from(tensor.encoding.block_bytes()).unwrap_or(1);
                for column in 0..columns {
                    let from = bytes.get(column * width..(column + 1) * width).unwrap_or_default();
                    tensor.encoding.decode(from, &mut column_of_all);
                    for (row, out) in rows.iter().zip(out.chunks_mut(columns)) {
                        let value = column_of_all.get(place(*row)).copied();
                        if let (Some(slot), Some(value)) = (out.get_mut(column), value) {
                            *slot = value;
                        }
                    }
                }
            }
        }
        self.scale(tensor, &mut out);
        out
    }

    fn scale(&self, tensor: &Tensor, out: &mut [f32]) {
        let Scale::Affine { scale, zero } = &tensor.scale else { return };
        let first = tensor.shape.first().copied().unwrap_or(1);
        // Numbers that share a place of the first dimension, and so a scale.
        let alike = tensor.elements().checked_div(first).unwrap_or(1).max(1);
        for (row, out) in self.rows.iter().zip(out.chunks_mut(self.columns().max(1))) {
            let start = (self.view.first_row + row) * self.view.columns;
            for (column, value) in (0..).zip(out) {
                let place = if scale.len() == 1 { 0 } else { (start + column) / alike };
                let of = |list: &[f32]| list.get(usize::try_from(place).unwrap_or(usize::MAX)).copied();
                *value = (*value - of(zero).unwrap_or(0.0)) * of(scale).unwrap_or(f32::NAN);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::Encoding;
    use crate::tensor::Extent;

    fn tensor(shape: &[u64], order: Order, scale: Scale) -> Tensor {
        let extent = Extent { file: 0, offset: 0, bytes: shape.iter().product::<u64>() * 4 };
        Tensor { name: "w".into(), shape: shape.to_vec(), encoding: Encoding::F32, extent, order, scale }
    }

    fn read(tensor: &Tensor, sample: &Sample, all: &[f32]) -> Vec<f32> {
        let bytes: Vec<u8> = all.iter().flat_map(|value| value.to_le_bytes()).collect();
        let wanted = sample.ranges(tensor).into_iter();
        let wanted: Vec<u8> =
            wanted.flat_map(|range| bytes[range.start as usize..range.end as usize].to_vec()).collect();
        sample.decode(tensor, &wanted)
    }

    #[test]
    fn rows_come_in_the_order_asked_for_from_either_layout() {
        // The matrix with 10 * row + column at each place.
        let by_rows: Vec<f32> =
            (0..5).flat_map(|row| (0..3).map(move |column| (10 * row + column) as f32)).collect();
        let by_columns: Vec<f32> =
            (0..3).flat_map(|column| (0..5).map(move |row| (10 * row + column) as f32)).collect();
        for (order, all) in [(Order::Rows, by_rows), (Order::Columns, by_columns)] {
            let tensor = tensor(&[5, 3], order, Scale::None);
            let view = View::whole(&tensor).unwrap();
            let sample = Sample::new(&tensor, view, vec![4, 0, 1], 2).unwrap();
            assert_eq!(read(&tensor, &sample, &all), [40.0, 41.0, 0.0, 1.0, 10.0, 11.0], "{order:?}");
        }
    }

    #[test]
    fn each_expert_has_its_own_rows_and_scale() {
        let scale = Scale::Affine { scale: vec![1.0, 2.0], zero: vec![0.0, 1.0] };
        let tensor = tensor(&[2, 2, 2], Order::Rows, scale);
        let expert = View::experts(&tensor)[1];
        let sample = Sample::new(&tensor, expert, vec![0, 1], 2).unwrap();
        let all: Vec<f32> = (0..8).map(|value| value as f32).collect();
        assert_eq!(read(&tensor, &sample, &all), [6.0, 8.0, 10.0, 12.0]);
    }

    #[test]
    fn each_row_of_a_matrix_and_each_number_of_a_vector_has_its_own_scale() {
        let scale = || Scale::Affine { scale: vec![1.0, 2.0, 3.0], zero: vec![0.0, 0.0, 1.0] };
        let matrix = tensor(&[3, 2], Order::Rows, scale());
        let sample = Sample::new(&matrix, View::whole(&matrix).unwrap(), vec![2, 0], 2).unwrap();
        assert_eq!(read(&matrix, &sample, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]), [9.0, 12.0, 0.0, 1.0]);
        let vector = tensor(&[3], Order::Rows, scale());
        let sample = Sample::new(&vector, View::whole(&vector).unwrap(), vec![0], 3).unwrap();
        assert_eq!(read(&vector, &sample, &[5.0, 6.0, 7.0]), [5.0, 12.0, 18.0]);
    }

    #[test]
    fn an_empty_tensor_of_huge_lengths_is_no_matrix() {
        let mut empty = tensor(&[0, 1], Order::Rows, Scale::None);
        empty.shape = vec![0, 1 << 63, 1 << 63];
        assert_eq!((View::whole(&empty), empty.elements()), (None, 0));
    }

    #[test]
    fn the_choice_of_rows_is_whole_runs_and_the_same_each_time() {
        let chosen = choose_rows(4096, 256, 7);
        assert_eq!(chosen.len(), 256);
        assert_eq!(chosen, choose_rows(4096, 256, 7));
        assert_ne!(chosen, choose_rows(4096, 256, 8));
        assert!(chosen.chunks(16).all(|run| run[0] % 16 == 0 && run[15] == run[0] + 15));
        assert_eq!(choose_rows(100, 256, 7), (0..100).collect::<Vec<u64>>());
    }

    #[test]
    fn fewer_rows_are_among_those_that_more_would_have_been() {
        for (rows, many, few) in [(4096, 256, 32), (11008, 128, 64), (200, 256, 64), (40, 256, 128)] {
            let all = choose_rows(rows, many, 3);
            assert!(choose_rows(rows, few, 3).iter().all(|row| all.contains(row)), "{rows}");
        }
    }
}
