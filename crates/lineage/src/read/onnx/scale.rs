//! Scales and zero points of quantised tensors: small tensors whose numbers are read at once.

use super::data_type::{encoding, unread};
use super::graph::{Data, Model, Written};
use super::trace::{Along, Scaled};
use super::wire::{Span, Wire};
use crate::encoding::Encoding;
use crate::error::{Place, WeightsError, WeightsProblem};
use crate::source::{Memory, Source};
use crate::tensor::{Scale, elements};

/// Of all tensors together.
const SCALES: u64 = 16 << 20;
const VARINT_BYTES: u64 = 10;

/// Reads the scales of a model's tensors.
pub(super) struct Scales<'a> {
    source: &'a dyn Source,
    model: &'a Model,
    count: u64,
}

impl<'a> Scales<'a> {
    /// Reads from the file that `model` comes from.
    pub(super) fn new(source: &'a dyn Source, model: &'a Model) -> Self {
        Self { source, model, count: 0 }
    }

    /// The scale of the tensor that is called `name`. Its rows are the places of the dimension `rows`; fails where there
    /// is neither one scale nor one for each row.
    pub(super) fn read(
        &mut self,
        name: &str,
        written: &Written,
        scaled: &Scaled<'_>,
        rows: usize,
    ) -> Result<Scale, WeightsError> {
        let source = self.source;
        let fail = |problem: WeightsProblem| source.error(Some(Place::Tensor(name.to_owned())), problem);
        let tensors = &self.model.tensors;
        let Some(factors) = tensors.get(scaled.scale) else { return Ok(Scale::None) };
        let zeros = scaled.zero.and_then(|zero| tensors.get(zero));
        let count = elements(&factors.shape).map_err(fail)?;
        let zero_count = zeros.map_or(Ok(1), |zeros| elements(&zeros.shape)).map_err(fail)?;
        let is_by_row =
            axis(written, factors, scaled.along) == Some(rows) && written.shape.get(rows) == Some(&count);
        if (count != 1 && !is_by_row) || (zero_count != 1 && zero_count != count) {
            let form = "a scale that is neither for the tensor nor for each row".to_owned();
            return Err(fail(WeightsProblem::Unsupported(form)));
        }
        self.count = self.count.saturating_add(count);
        if self.count > SCALES {
            let problem = WeightsProblem::TooMany { what: "scales", count: self.count, limit: SCALES };
            return Err(fail(problem));
        }
        let scale = self.numbers(factors, count)?;
        let zero = match zeros {
            None => vec![0.0; scale.len()],
            Some(zeros) => match self.numbers(zeros, zero_count)?.as_slice() {
                [zero] => vec![*zero; scale.len()],
                zeros => zeros.to_vec(),
            },
        };
        Ok(Scale::Affine { scale, zero })
    }

    /// The `count` numbers of a small tensor.
    fn numbers(&self, written: &Written, count: u64) -> Result<Vec<f32>, WeightsError> {
        let fail = |problem| self.source.error(Some(Place::Tensor(written.name.clone())), problem);
        let encoding = encoding(written.data_type)
            .ok_or_else(|| fail(WeightsProblem::UnknownEncoding(unread(written.data_type))))?;
        let needed =
            encoding.bytes(count).ok_or_else(|| fail(WeightsProblem::Shape(written.shape.clone())))?;
        let bytes = match (written.data, encoding) {
            (Data::Varints(span), _) if span.bytes() <= count.saturating_mul(VARINT_BYTES) => {
                self.cut_numbers(span, encoding)?
            }
            (Data::Raw(span), _)
            | (Data::Singles(span), Encoding::F32)
            | (Data::Doubles(span), Encoding::F64)
                if span.bytes() == needed =>
            {
                self.source.take(span.start, usize::try_from(needed).unwrap_or(usize::MAX))?
            }
            _ => return Err(fail(WeightsProblem::Unsupported("the form of a scale".to_owned()))),
        };
        if bytes.len() as u64 != needed {
            return Err(fail(WeightsProblem::Size { needed, found: bytes.len() as u64 }));
        }
        let mut numbers = vec![0.0; usize::try_from(count).unwrap_or(0)];
        encoding.decode(&bytes, &mut numbers);
        Ok(numbers)
    }

    /// Numbers that are written as varints, in as many bytes as their encoding has.
    fn cut_numbers(&self, span: Span, encoding: Encoding) -> Result<Vec<u8>, WeightsError> {
        let packed = self.source.take(span.start, usize::try_from(span.bytes()).unwrap_or(usize::MAX))?;
        let memory = Memory(&packed);
        let mut wire = Wire::new(&memory);
        let mut rest = Span { start: 0, end: span.bytes() };
        let width = usize::try_from(encoding.block_bytes()).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        while rest.start < rest.end {
            let number = wire.number(&mut rest).map_err(|error| self.moved(error, span))?;
            bytes.extend(number.to_le_bytes().into_iter().take(width));
        }
        Ok(bytes)
    }

    /// An error in a copy of some bytes, as one in the file.
    fn moved(&self, error: WeightsError, span: Span) -> WeightsError {
        self.source.error(Some(Place::Byte(span.start)), error.problem)
    }
}

/// The dimension whose places have a scale each.
fn axis(written: &Written, scales: &Written, along: Along) -> Option<usize> {
    let dimensions = written.shape.len();
    let mut long = scales.shape.iter().enumerate().filter(|(_, length)| **length != 1);
    let (place, _) = long.next()?;
    if long.next().is_some() {
        return None;
    }
    match along {
        Along::Axis(axis) if axis < 0 => {
            usize::try_from(axis.checked_add(i64::try_from(dimensions).ok()?)?).ok()
        }
        Along::Axis(axis) => usize::try_from(axis).ok(),
        Along::Shape => dimensions.checked_sub(scales.shape.len()).map(|before| before + place),
        Along::Nothing => None,
    }
}
