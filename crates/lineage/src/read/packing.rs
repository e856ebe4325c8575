//! Which tensors are packed matrices: a weight whose numbers lie several in one or have scales in tensors beside it, as
//! the tools that quantise models write them.
//!
//! Shapes decide, and all of them must agree; what does not fit stays as it is stored and is not tested.

mod bits;
mod float;
mod levels;

use crate::encoding::Encoding;
use crate::error::WeightsError;
use crate::packed::{Groups, Packed, Side};
use crate::source::WeightFile;
use crate::tensor::{Order, PACKED, Scale, Tensor, elements};
use std::collections::BTreeMap;

/// Groups of fewer inputs are no one's.
const LEAST_GROUP: u64 = 8;

/// What a tensor is found to be.
enum Found {
    /// A packed matrix of so many outputs and inputs.
    Matrix([u64; 2], Box<Packed>),
    /// Numbers whose scales do not fit them.
    Misfit,
}

/// Gives packed matrices among `tensors`, which are sorted by name, the shape of their weight and what they are decoded
/// by. Reads what small tensors beside them say.
pub(super) fn recognise(
    files: &[WeightFile],
    tensors: &mut [Tensor],
    settings: &BTreeMap<String, String>,
) -> Result<(), WeightsError> {
    let model = Model { files, tensors, settings };
    let mut found = Vec::new();
    for (number, tensor) in model.tensors.iter().enumerate() {
        if let Some(one) = model.look(tensor)? {
            found.push((number, one));
        }
    }
    for (number, one) in found {
        let Some(tensor) = tensors.get_mut(number) else { continue };
        match one {
            Found::Matrix(shape, packed) if elements(&shape).is_ok() => {
                tensor.shape = shape.to_vec();
                tensor.scale = Scale::Packed(packed);
            }
            Found::Matrix(..) | Found::Misfit => tensor.scale = Scale::Unknown,
        }
    }
    Ok(())
}

/// The tensors of a model.
struct Model<'a> {
    files: &'a [WeightFile],
    tensors: &'a [Tensor],
    settings: &'a BTreeMap<String, String>,
}

impl Model<'_> {
    fn look(&self, tensor: &Tensor) -> Result<Option<Found>, WeightsError> {
        if tensor.scale != Scale::None || tensor.order != Order::Rows || tensor.elements() == 0 {
            return Ok(None);
        }
        let packed = PACKED.iter().find_map(|end| Some((*end, tensor.name.strip_suffix(*end)?)));
        if let Some((end, stem)) = packed {
            // Two tensors that would be one weight are none.
            let others = PACKED.iter().filter(|other| **other != end).chain(&[".weight"]);
            let mut others = others.filter(|other| self.at(stem, other).is_some());
            if others.next().is_some() {
                return Ok(None);
            }
        }
        match packed {
            Some((".qweight", stem)) => Ok(self.words(stem, tensor)),
            Some((_, stem)) => self.padded_rows(stem, tensor),
            None => {
                let Some(stem) = tensor.name.strip_suffix(".weight") else { return Ok(None) };
                if let Some(found) = self.levels(tensor)? {
                    return Ok(Some(found));
                }
                Ok(self.scaled(stem, tensor))
            }
        }
    }

    /// The tensor of that name, and its number.
    fn at(&self, stem: &str, end: &str) -> Option<(usize, &Tensor)> {
        let name = format!("{stem}{end}");
        let number = self.tensors.binary_search_by(|tensor| tensor.name.cmp(&name)).ok()?;
        let tensor = self.tensors.get(number)?;
        Some((number, tensor))
    }

    /// The tensor beside a matrix, and its number; none where it has another shape or encoding.
    fn beside(&self, stem: &str, end: &str, shape: &[u64], encodings: &[Encoding]) -> Option<(usize, Side)> {
        let (number, tensor) = self.at(stem, end)?;
        let fits = tensor.shape == shape && encodings.contains(&tensor.encoding) && is_plain(tensor);
        fits.then(|| (number, Side::of(tensor)))
    }

    fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(&format!("{QUANTISATION}{name}")).map(String::as_str)
    }

    /// The numbers of a setting that is a list, or one number.
    fn numbers(&self, name: &str) -> Vec<u64> {
        let setting = self.setting(name).unwrap_or_default();
        setting.split(',').filter_map(|number| number.parse().ok()).collect()
    }

    /// Groups of neighbouring inputs, of which there are `count`.
    fn groups(&self, inputs: u64, count: u64) -> Option<Groups> {
        if !is_few(count, inputs) {
            return None;
        }
        let told = self.numbers("group_size").first().copied();
        let told = told.filter(|size| *size > 0 && inputs.div_ceil(*size) == count);
        let even = inputs.is_multiple_of(count).then(|| inputs / count);
        told.or(even).map(Groups::Even)
    }
}

/// What the names of settings of a quantisation begin with.
pub(super) const QUANTISATION: &str = "quantization_config.";

/// What scales are written in.
const REAL: &[Encoding] = &[Encoding::F16, Encoding::Bf16, Encoding::F32, Encoding::F64];

fn is_plain(tensor: &Tensor) -> bool {
    tensor.scale == Scale::None && tensor.order == Order::Rows
}

/// Whether there are no more groups than there can be.
fn is_few(count: u64, inputs: u64) -> bool {
    count > 0 && (count == 1 || count <= inputs / LEAST_GROUP)
}

/// The lengths of a matrix.
fn matrix(tensor: &Tensor) -> Option<[u64; 2]> {
    <[u64; 2]>::try_from(tensor.shape.as_slice()).ok()
}
