//! What the codes of a packed matrix are worth: scales and zeros of groups of numbers, and those of sampled rows.

use super::codes::{code, interleaved, words};
use super::side::{Reader, Side};
use crate::error::WeightsError;
use crate::source::WeightFile;

/// A code is worth `(code - zero) * scale / divisor`, with a scale and a zero for each group of numbers in a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scales {
    pub(crate) side: Side,
    pub(crate) groups: Groups,
    pub(crate) placed: Placed,
    pub(crate) divisor: f32,
    /// Where scales are codes themselves.
    pub(crate) nested: Option<Nested>,
    pub(crate) zero: Zero,
}

/// Which numbers of a row share a scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Groups {
    /// So many neighbours.
    Even(u64),
    /// Those with the same number in a list of all inputs, below `count`.
    Listed { list: Side, count: u64 },
    /// So many neighbours, counted through all rows.
    Through(u64),
}

/// Where the scale of a group lies among all scales.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Placed {
    /// All groups of a row together; so many rows are alike.
    Rows { alike: u64, groups: u64 },
    /// All rows of a group together.
    Groups,
    /// At the group's number, counted through all rows.
    Through,
}

/// Scales that are places in a list of 256, times a scale of so many of them, and more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Nested {
    pub(crate) levels: Side,
    pub(crate) scales: Side,
    pub(crate) block: u64,
    pub(crate) more: f32,
}

/// What is taken from a code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Zero {
    /// The same of all.
    Fixed(f32),
    /// A number where the scale lies among the scales, and more.
    Placed { side: Side, more: f32 },
    /// Codes of neighbouring rows in words, group after group, and more, within the range of a code.
    Outputs { side: Side, bits: u32, more: u8 },
    /// Such codes in AWQ's order.
    Interleaved(Side),
    /// Codes of neighbouring rows in words, the same words of all groups side by side.
    Rows { side: Side, bits: u32, groups: u64 },
}

/// The scales of some rows, as they were read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Taken {
    groups: TakenGroups,
    /// Groups of a row.
    stride: usize,
    scale: Vec<f32>,
    /// As many as scales, or none where all have one zero.
    zero: Vec<f32>,
    fixed: f32,
    /// Whether every number belongs to a group that there is.
    pub(crate) is_sound: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum TakenGroups {
    Even(u64),
    /// Of each column, which of the groups that were read.
    Listed(Vec<usize>),
    Through {
        block: u64,
        inputs: u64,
    },
}

impl Scales {
    /// How many numbers are kept of each row of `columns` numbers, at most.
    pub(crate) fn kept(&self, columns: u64) -> u64 {
        let groups = match self.groups {
            Groups::Even(block) => columns.div_ceil(block.max(1)),
            Groups::Listed { count, .. } => count.min(columns),
            Groups::Through(block) => columns.div_ceil(block.max(1)) + 1,
        };
        match self.zero {
            Zero::Fixed(_) => groups,
            Zero::Placed { .. } | Zero::Outputs { .. } | Zero::Interleaved(_) | Zero::Rows { .. } => {
                2 * groups
            }
        }
    }

    /// Reads the scales of the first `columns` numbers of `rows`, of a matrix of `shape`, outputs and inputs.
    pub(crate) fn take(
        &self,
        files: &[WeightFile],
        shape: [u64; 2],
        rows: &[u64],
        columns: u64,
    ) -> Result<Taken, WeightsError> {
        let [outputs, inputs] = shape;
        let (groups, listed, is_sound) = self.groups(files, inputs, columns)?;
        let of_row = |row: u64| -> (u64, usize) {
            let (first, count) = match &groups {
                TakenGroups::Even(block) => (0, columns.div_ceil(*block)),
                TakenGroups::Listed(_) => (0, listed.len() as u64),
                TakenGroups::Through { block, inputs } => {
                    let (first, end) = (row * inputs / block, (row * inputs + columns).div_ceil(*block));
                    (first, end - first)
                }
            };
            (first, usize::try_from(count).unwrap_or(0))
        };
        let stride = rows.iter().map(|row| of_row(*row).1).max().unwrap_or(0);
        let mut reading = Reading::new(self, files, outputs)?;
        let mut scale = vec![0.0; rows.len() * stride];
        let mut zero = vec![0.0; if reading.zero.is_some() { scale.len() } else { 0 }];
        let mut put = |place: usize, row: u64, within: usize| -> Result<(), WeightsError> {
            let (first, count) = of_row(row);
            if within >= count {
                return Ok(());
            }
            let group = listed.get(within).copied().unwrap_or(first + within as u64);
            if let Some(to) = scale.get_mut(place * stride + within) {
                *to = reading.scale(row, group)?;
            }
            if let Some(to) = zero.get_mut(place * stride + within) {
                *to = reading.zero(row, group)?;
            }
            Ok(())
        };
        // In the order of the files.
        match self.placed {
            Placed::Groups => {
                for within in 0..stride {
                    for (place, row) in rows.iter().enumerate() {
                        put(place, *row, within)?;
                    }
                }
            }
            Placed::Rows { .. } | Placed::Through => {
                for (place, row) in rows.iter().enumerate() {
                    for within in 0..stride {
                        put(place, *row, within)?;
                    }
                }
            }
        }
        let fixed = if let Zero::Fixed(fixed) = self.zero { fixed } else { 0.0 };
        Ok(Taken { groups, stride, scale, zero, fixed, is_sound })
    }

    /// The groups of the first columns; where they are listed, those that there are, and whether all of them are.
    fn groups(
        &self,
        files: &[WeightFile],
        inputs: u64,
        columns: u64,
    ) -> Result<(TakenGroups, Vec<u64>, bool), WeightsError> {
        let (list, count) = match self.groups {
            Groups::Even(block) => return Ok((TakenGroups::Even(block.max(1)), Vec::new(), true)),
            Groups::Through(block) => {
                return Ok((TakenGroups::Through { block: block.max(1), inputs }, Vec::new(), true));
            }
            Groups::Listed { list, count } => (list, count),
        };
        let mut reader = Reader::new(files, list);
        let mut numbers = Vec::new();
        for column in 0..columns {
            let number = reader.integer(column)?.and_then(|number| u64::try_from(number).ok());
            numbers.push(number.filter(|number| *number < count));
        }
        let mut listed: Vec<u64> = numbers.iter().flatten().copied().collect();
        listed.sort_unstable();
        listed.dedup();
        let is_sound = numbers.iter().all(Option::is_some);
        // A group that is not there is behind all that are, and its numbers become none.
        let place = |number: Option<u64>| {
            number.and_then(|number| listed.binary_search(&number).ok()).unwrap_or(usize::MAX)
        };
        let places = numbers.iter().copied().map(place).collect();
        Ok((TakenGroups::Listed(places), listed, is_sound))
    }
}

/// The sides of a matrix while they are read.
struct Reading<'a> {
    of: &'a Scales,
    outputs: u64,
    scale: Reader<'a>,
    nested: Option<(Vec<f32>, Reader<'a>, Nested)>,
    zero: Option<Reader<'a>>,
}

impl<'a> Reading<'a> {
    fn new(of: &'a Scales, files: &'a [WeightFile], outputs: u64) -> Result<Self, WeightsError> {
        let nested = match of.nested {
            None => None,
            Some(nested) => {
                let mut levels = Reader::new(files, nested.levels);
                let levels = (0..256).map(|place| levels.number(place)).collect::<Result<_, _>>()?;
                Some((levels, Reader::new(files, nested.scales), nested))
            }
        };
        let zero = match of.zero {
            Zero::Fixed(_) => None,
            Zero::Placed { side, .. }
            | Zero::Outputs { side, .. }
            | Zero::Interleaved(side)
            | Zero::Rows { side, .. } => Some(Reader::new(files, side)),
        };
        Ok(Self { of, outputs, scale: Reader::new(files, of.side), nested, zero })
    }

    fn place(&self, row: u64, group: u64) -> u64 {
        match self.of.placed {
            Placed::Rows { alike, groups } => (row / alike.max(1)) * groups + group,
            Placed::Groups => group * self.outputs + row,
            Placed::Through => group,
        }
    }

    fn scale(&mut self, row: u64, group: u64) -> Result<f32, WeightsError> {
        let place = self.place(row, group);
        let scale = match &mut self.nested {
            None => self.scale.number(place)?,
            Some((levels, scales, nested)) => {
                let level = levels.get(usize::from(self.scale.byte(place)?)).copied().unwrap_or(f32::NAN);
                level * scales.number(place / nested.block.max(1))? + nested.more
            }
        };
        Ok(scale / self.of.divisor)
    }

    fn zero(&mut self, row: u64, group: u64) -> Result<f32, WeightsError> {
        let (place, outputs) = (self.place(row, group), self.outputs);
        let Some(reader) = &mut self.zero else { return Ok(0.0) };
        match self.of.zero {
            Zero::Fixed(zero) => Ok(zero),
            Zero::Placed { more, .. } => Ok(reader.number(place)? + more),
            Zero::Outputs { bits, more, .. } => {
                let stored = reader.code(group * words(outputs, bits), row, bits)?;
                Ok(f32::from(code(u32::from(stored.wrapping_add(more)), 0, 0, bits)))
            }
            Zero::Interleaved(_) => {
                let word = reader.word(group * (outputs / 8) + row / 8)?;
                Ok(f32::from(interleaved(word, row)))
            }
            Zero::Rows { bits, groups, .. } => {
                let at = row * u64::from(bits);
                let word = reader.word(at / 32 * groups + group)?;
                Ok(f32::from(code(word, 0, u32::try_from(at % 32).unwrap_or(0), bits)))
            }
        }
    }
}

impl Taken {
    /// Makes numbers of the codes of row `row`, the one at `place` of those that the scales were taken of.
    pub(crate) fn apply(&self, place: usize, row: u64, codes: &mut [f32]) {
        let start = place * self.stride;
        for (column, code) in (0..).zip(codes) {
            let group = self.group(row, column);
            let at = group.filter(|group| *group < self.stride).map(|group| start + group);
            let of = |list: &[f32]| at.and_then(|at| list.get(at).copied());
            *code = (*code - of(&self.zero).unwrap_or(self.fixed)) * of(&self.scale).unwrap_or(f32::NAN);
        }
    }

    fn group(&self, row: u64, column: u64) -> Option<usize> {
        let group = match &self.groups {
            TakenGroups::Even(block) => column / block,
            TakenGroups::Listed(list) => return list.get(usize::try_from(column).ok()?).copied(),
            TakenGroups::Through { block, inputs } => (row * inputs + column) / block - row * inputs / block,
        };
        usize::try_from(group).ok()
    }
}
