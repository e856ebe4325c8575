//! ONNX models: the initialisers of the graph and the constants of its nodes, called as they were before the export.
//!
//! The file is one protobuf message (<https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>); it is walked without
//! reading the numbers. No node is ever computed.

mod data_type;
mod graph;
mod names;
mod node;
mod scale;
#[cfg(test)]
mod tests;
mod trace;
mod wire;

use super::{About, Header};
use crate::encoding::Encoding;
use crate::error::{Place, WeightsError, WeightsProblem};
use crate::source::Source;
use crate::tensor::{Extent, Order, Scale, Tensor, elements};
use data_type::encoding;
use graph::{Data, Written};
use names::Candidate;
use scale::Scales;
use trace::Found;
use wire::Span;

/// Tensors up to this are settings of nodes as often as weights.
const SMALL: u64 = 64;

/// Reads which weights an ONNX file has and where their numbers lie; `file` goes into their extents.
///
/// A weight that an exporter transposed and renamed gets its name and its shape `[outputs, inputs]` back, with
/// [`Order::Columns`]. Quantised weights have a [`Scale::Affine`] and no `_quantized` in their name; their scales and
/// zero points are no tensors of their own. Texts, constants of nodes that are no weights, and tensors of at most 64
/// numbers in forms that have no place are left out.
///
/// Fails where the message is broken, where numbers lie in another file or in no one place, and where scales are
/// neither for a tensor nor for its rows.
pub fn read_onnx(source: &dyn Source, file: usize) -> Result<Header, WeightsError> {
    let mut model = graph::read(source)?;
    let settings = std::mem::take(&mut model.settings);
    let found = trace::trace(&model);
    let mut all_scales = Scales::new(source, &model);
    let (mut tensors, mut candidates) = (Vec::new(), Vec::new());
    for (written, found) in model.tensors.iter().zip(&found) {
        let own = names::own(written, found);
        let fail = |problem| source.error(Some(Place::Tensor(own.to_owned())), problem);
        let Some((encoding, span)) = placed(written, found).map_err(fail)? else { continue };
        let (shape, order, rows) = turned(written, found, own);
        let scale = match &found.scaled {
            Some(scaled) if span.bytes() > 0 => all_scales.read(own, written, scaled, rows)?,
            Some(_) | None => Scale::None,
        };
        let recovered = names::recovered(own, shape.len(), found);
        candidates.push(Candidate { written, own, recovered });
        let extent = Extent { file, offset: span.start, bytes: span.bytes() };
        tensors.push(Tensor { name: String::new(), shape, encoding, extent, order, scale });
    }
    for (tensor, name) in tensors.iter_mut().zip(names::settle(&model, &candidates)) {
        tensor.name = name;
    }
    Ok(Header { tensors, about: About { settings, tokens: None } })
}

/// A tensor's encoding and the place of its numbers; none for what is no weight.
fn placed(written: &Written, found: &Found<'_>) -> Result<Option<(Encoding, Span)>, WeightsProblem> {
    if found.is_scale || written.data_type == data_type::STRING {
        return Ok(None);
    }
    let count = elements(&written.shape)?;
    let known = encoding(written.data_type);
    if found.scaled.is_none() && !is_weight(written, found, known, count) {
        return Ok(None);
    }
    if written.data == Data::Elsewhere {
        return Err(WeightsProblem::Unsupported("data in another file".to_owned()));
    }
    let Some(encoding) = known else {
        return if count > SMALL {
            Err(WeightsProblem::UnknownEncoding(data_type::unread(written.data_type)))
        } else {
            Ok(None)
        };
    };
    let span = match (written.data, encoding) {
        (Data::Raw(span), _)
        | (Data::Singles(span), Encoding::F32)
        | (Data::Doubles(span), Encoding::F64) => span,
        (Data::None, _) => Span::default(),
        (_, _) if count <= SMALL => return Ok(None),
        (_, _) => return Err(WeightsProblem::Unsupported("a tensor that is not in one piece".to_owned())),
    };
    let needed = encoding.bytes(count).ok_or_else(|| WeightsProblem::Shape(written.shape.clone()))?;
    if span.bytes() != needed {
        return Err(WeightsProblem::Size { needed, found: span.bytes() });
    }
    Ok(Some((encoding, span)))
}

/// Whether a tensor can be a weight. Settings of nodes (axes, shapes, factors) are initialisers too, with made-up names,
/// or constants.
fn is_weight(written: &Written, found: &Found<'_>, known: Option<Encoding>, count: u64) -> bool {
    let is_named = !written.name.is_empty() && !names::is_made_up(&written.name);
    let is_large = is_named || count > SMALL;
    if written.is_constant {
        known.is_some_and(Encoding::is_real) && !written.shape.is_empty() && is_large
    } else {
        is_large || found.user.is_some()
    }
}

/// The shape, the order, and the written dimension whose places are rows. Exporters rename what they transpose, so a
/// weight under its own name has the shape that it had.
fn turned(written: &Written, found: &Found<'_>, own: &str) -> (Vec<u64>, Order, usize) {
    match written.shape.as_slice() {
        [inputs, outputs] if names::is_turned(written, found, own) => {
            (vec![*outputs, *inputs], Order::Columns, 1)
        }
        shape => (shape.to_vec(), Order::Rows, 0),
    }
}
