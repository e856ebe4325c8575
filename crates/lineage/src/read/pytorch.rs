//! Checkpoints that `torch.save` writes since PyTorch 1.6: a zip file with a pickle, which is read and never run, and
//! one member of raw numbers for each storage.
//!
//! `NAME/data.pkl` says what tensors there are, `NAME/data/KEY` holds their numbers, `NAME/byteorder` their byte
//! order. The checksums of the zip file are not checked.

mod names;
mod pickle;
mod rebuild;
#[cfg(test)]
mod tests;
mod value;
mod zip;

use super::{About, Header};
use crate::encoding::Encoding;
use crate::error::{Place, WeightsError, WeightsProblem};
use crate::source::Source;
use crate::tensor::{Extent, Order, Scale, Tensor, elements};
use std::collections::BTreeMap;
use value::{Value, Values, View};
use zip::{Archive, Stored};

const PICKLE_BYTES: u64 = 64 << 20;
const BYTE_ORDER_BYTES: u64 = 16;
/// The first bytes of a zip file with members.
const ZIP: [u8; 4] = *b"PK\x03\x04";
/// How files begin that PyTorch wrote before 1.6: a pickle of a number made up for them.
const BEFORE_ZIP: [u8; 14] =
    [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

/// Reads which tensors a checkpoint has and where their numbers lie; `file` goes into their extents. Nested
/// dictionaries and lists give names joined by dots (`model.layers.0.weight`); what is no tensor is left out.
///
/// Several names may share bytes (tied weights). A tensor must be contiguous, by rows or, for a matrix, by columns.
/// Fails where the file is no such checkpoint, where the pickle asks for anything but tensors
/// ([`WeightsProblem::Pickle`], with the byte), and where a member is compressed, missing or too short.
pub fn read_pytorch(source: &dyn Source, file: usize) -> Result<Header, WeightsError> {
    check_form(source)?;
    let archive = Archive::open(source)?;
    let root = root(source, &archive)?;
    check_byte_order(source, &archive, root)?;
    let Some(stored) = archive.stored(source, &format!("{root}/data.pkl"))? else {
        return Err(source.error(None, WeightsProblem::NotWeights));
    };
    if stored.bytes > PICKLE_BYTES {
        let problem = WeightsProblem::HeaderTooLarge { bytes: stored.bytes, limit: PICKLE_BYTES };
        return Err(source.error(Some(Place::Byte(stored.offset)), problem));
    }
    let written = take(source, stored)?;
    let at = |byte: usize| Some(Place::Byte(stored.offset + byte as u64));
    let (values, top) = pickle::read(&written).map_err(|(byte, problem)| source.error(at(byte), problem))?;
    let named = names::named(&values, top).map_err(|problem| source.error(at(0), problem))?;
    let mut places =
        Places { source, archive: &archive, root, file, values: &values, found: BTreeMap::new() };
    let mut tensors = Vec::new();
    for (name, view) in named {
        tensors.push(places.tensor(name, view)?);
    }
    Ok(Header { tensors, about: About::default() })
}

/// That the file is a zip file; says what else it is where that can be told.
fn check_form(source: &dyn Source) -> Result<(), WeightsError> {
    let head = source.take(0, usize::try_from(source.bytes().min(512)).unwrap_or(0))?;
    if head.starts_with(&ZIP) {
        return Ok(());
    }
    let form = if head.starts_with(&BEFORE_ZIP) {
        "a file that PyTorch before 1.6 wrote (save it again with a later one)"
    } else if head.get(257..262) == Some(b"ustar".as_slice()) {
        "a TAR file, as the first versions of PyTorch wrote (save it again with a later one),"
    } else if matches!(head.as_slice(), [0x80, 2..=5, ..]) {
        "a pickle that is no PyTorch checkpoint"
    } else {
        return Err(source.error(None, WeightsProblem::NotWeights));
    };
    Err(source.error(Some(Place::Byte(0)), WeightsProblem::Unsupported(form.to_owned())))
}

/// The folder inside the archive that all its members lie in.
fn root<'n>(source: &dyn Source, archive: &'n Archive) -> Result<&'n str, WeightsError> {
    let roots = archive.names().filter_map(|name| name.strip_suffix("/data.pkl"));
    let mut roots = roots.filter(|root| !root.contains('/'));
    let Some(root) = roots.next() else {
        return Err(source.error(None, WeightsProblem::NotWeights));
    };
    if roots.next().is_some() {
        let problem = WeightsProblem::Header("the archive holds two checkpoints".to_owned());
        return Err(source.error(None, problem));
    }
    if archive.names().any(|name| name.strip_prefix(root) == Some("/constants.pkl")) {
        let problem = WeightsProblem::Unsupported("a TorchScript program".to_owned());
        return Err(source.error(None, problem));
    }
    Ok(root)
}

/// That numbers are written in little-endian order, as where nothing is said.
fn check_byte_order(source: &dyn Source, archive: &Archive, root: &str) -> Result<(), WeightsError> {
    let Some(stored) = archive.stored(source, &format!("{root}/byteorder"))? else { return Ok(()) };
    let order = if stored.bytes <= BYTE_ORDER_BYTES { take(source, stored)? } else { Vec::new() };
    let problem = match order.as_slice() {
        b"little" => return Ok(()),
        b"big" => WeightsProblem::Unsupported("a checkpoint in big-endian order".to_owned()),
        _ => WeightsProblem::Header("an unknown byte order".to_owned()),
    };
    Err(source.error(Some(Place::Byte(stored.offset)), problem))
}

fn take(source: &dyn Source, stored: Stored) -> Result<Vec<u8>, WeightsError> {
    source.take(stored.offset, usize::try_from(stored.bytes).unwrap_or(usize::MAX))
}

struct Places<'s, 'a> {
    source: &'s dyn Source,
    archive: &'s Archive,
    root: &'s str,
    file: usize,
    values: &'s Values<'a>,
    /// Members found before, by their key.
    found: BTreeMap<&'a str, Stored>,
}

impl<'a> Places<'_, 'a> {
    fn tensor(&mut self, name: String, view: &View) -> Result<Tensor, WeightsError> {
        let source = self.source;
        let fail = |problem: WeightsProblem| source.error(Some(Place::Tensor(name.clone())), problem);
        let no_order = || WeightsProblem::Unsupported("a view that is not contiguous".to_owned());
        let order = order(&view.shape, &view.strides).ok_or_else(no_order).map_err(fail)?;
        let count = elements(&view.shape).map_err(fail)?;
        let &Value::Storage(storage) = self.values.get(view.storage) else {
            return Err(fail(WeightsProblem::Header("a tensor without a storage".to_owned())));
        };
        let Some(stored) = self.stored(storage.key)? else {
            let what = format!("the archive has no member `data/{}`", storage.key.escape_debug());
            return Err(fail(WeightsProblem::Header(what)));
        };
        let storage_bytes = storage.count.saturating_mul(storage.encoding.map_or(1, Encoding::block_bytes));
        if storage_bytes > stored.bytes {
            return Err(fail(WeightsProblem::Size { needed: storage_bytes, found: stored.bytes }));
        }
        let number_bytes = view.encoding.block_bytes();
        let bytes = count.saturating_mul(number_bytes);
        let start = if bytes == 0 { 0 } else { view.first.saturating_mul(number_bytes) };
        let end = start.saturating_add(bytes);
        if end > storage_bytes {
            return Err(fail(WeightsProblem::Size { needed: end, found: storage_bytes }));
        }
        let extent = Extent { file: self.file, offset: stored.offset.saturating_add(start), bytes };
        let (shape, encoding) = (view.shape.clone(), view.encoding);
        Ok(Tensor { name, shape, encoding, extent, order, scale: Scale::None })
    }

    /// The member of a storage.
    fn stored(&mut self, key: &'a str) -> Result<Option<Stored>, WeightsError> {
        if let Some(found) = self.found.get(key) {
            return Ok(Some(*found));
        }
        let stored = self.archive.stored(self.source, &format!("{}/data/{key}", self.root))?;
        if let Some(stored) = stored {
            self.found.insert(key, stored);
        }
        Ok(stored)
    }
}

/// The order of a contiguous tensor's numbers; none where it is not contiguous.
fn order(shape: &[u64], strides: &[u64]) -> Option<Order> {
    if shape.contains(&0) {
        return Some(Order::Rows);
    }
    let mut expected = 1_u64;
    let by_rows = shape.iter().zip(strides).rev().all(|(length, stride)| {
        let fits = *length == 1 || *stride == expected;
        expected = expected.saturating_mul(*length);
        fits
    });
    match (shape, strides) {
        _ if by_rows => Some(Order::Rows),
        ([rows, _], [1, step]) if rows == step => Some(Order::Columns),
        _ => None,
    }
}
