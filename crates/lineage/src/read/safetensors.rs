//! The safetensors format: a length, a JSON object that says where each tensor lies, and the bytes.

use super::{About, Header};
use crate::encoding::Encoding;
use crate::error::{Place, WeightsError, WeightsProblem};
use crate::source::Source;
use crate::tensor::{Extent, Order, Scale, Tensor, elements};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::collections::BTreeMap;

/// The format's own limit of its header.
const HEADER_BYTES: u64 = 100_000_000;
const LENGTH_BYTES: u64 = 8;
const DIMENSIONS: usize = 16;

/// Reads the header of a safetensors file. Fails where it is not what the format's page says: also where tensors
/// overlap or leave bytes between them that belong to none.
pub fn read_safetensors(source: &dyn Source, file: usize) -> Result<Header, WeightsError> {
    let length = source.take(0, 8)?;
    let length = length.first_chunk().map_or(0, |raw| u64::from_le_bytes(*raw));
    if length > HEADER_BYTES {
        let problem = WeightsProblem::HeaderTooLarge { bytes: length, limit: HEADER_BYTES };
        return Err(source.error(Some(Place::Byte(0)), problem));
    }
    let text = source.take(LENGTH_BYTES, usize::try_from(length).unwrap_or(usize::MAX))?;
    let broken =
        |detail: String| source.error(Some(Place::Byte(LENGTH_BYTES)), WeightsProblem::Header(detail));
    let parsed: Entries = serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))?;
    if let Some(name) = parsed.twice {
        return Err(source.error(Some(Place::Tensor(name)), WeightsProblem::Duplicate));
    }
    let data = Data { start: LENGTH_BYTES + length, file, file_bytes: source.bytes() };
    let mut tensors = Vec::with_capacity(parsed.tensors.len());
    for (name, entry) in parsed.tensors {
        let placed = tensor(&name, entry, data).and_then(|tensor| inside(tensor, source.bytes()));
        tensors.push(placed.map_err(|problem| source.error(Some(Place::Tensor(name)), problem))?);
    }
    without_holes(source, data, &tensors)?;
    Ok(Header { tensors, about: About { settings: parsed.metadata, tokens: None } })
}

#[derive(Clone, Copy)]
struct Data {
    start: u64,
    file: usize,
    file_bytes: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

fn tensor(name: &str, entry: Entry, data: Data) -> Result<Tensor, WeightsProblem> {
    let encoding =
        encoding(&entry.dtype).ok_or_else(|| WeightsProblem::UnknownEncoding(entry.dtype.clone()))?;
    if entry.shape.len() > DIMENSIONS {
        return Err(WeightsProblem::Shape(entry.shape));
    }
    let count = elements(&entry.shape)?;
    let (start, end) = entry.data_offsets;
    let outside = WeightsProblem::OutOfRange { start, end, file_bytes: data.file_bytes };
    let (Some(found), Some(offset)) = (end.checked_sub(start), data.start.checked_add(start)) else {
        return Err(outside);
    };
    match encoding.bytes(count) {
        Some(needed) if needed == found => {}
        needed => return Err(WeightsProblem::Size { needed: needed.unwrap_or(u64::MAX), found }),
    }
    Ok(Tensor {
        name: name.to_owned(),
        shape: entry.shape,
        encoding,
        extent: Extent { file: data.file, offset, bytes: found },
        order: Order::Rows,
        scale: Scale::None,
    })
}

fn inside(tensor: Tensor, file_bytes: u64) -> Result<Tensor, WeightsProblem> {
    let (start, end) = (tensor.extent.offset, tensor.extent.offset.saturating_add(tensor.extent.bytes));
    if end > file_bytes { Err(WeightsProblem::OutOfRange { start, end, file_bytes }) } else { Ok(tensor) }
}

/// Bytes that no tensor claims would travel unseen with the file.
fn without_holes(source: &dyn Source, data: Data, tensors: &[Tensor]) -> Result<(), WeightsError> {
    let mut places: Vec<&Tensor> = tensors.iter().collect();
    places.sort_by_key(|tensor| (tensor.extent.offset, tensor.extent.bytes));
    let hole = |byte: u64, end: u64| {
        let detail = format!("bytes {byte} to {end} belong to no tensor");
        source.error(Some(Place::Byte(byte)), WeightsProblem::Header(detail))
    };
    let mut next = data.start;
    for tensor in places {
        if tensor.extent.offset > next {
            return Err(hole(next, tensor.extent.offset));
        }
        next = next.max(tensor.extent.offset + tensor.extent.bytes);
    }
    if next < source.bytes() { Err(hole(next, source.bytes())) } else { Ok(()) }
}

fn encoding(name: &str) -> Option<Encoding> {
    Some(match name {
        "F64" => Encoding::F64,
        "F32" => Encoding::F32,
        "F16" => Encoding::F16,
        "BF16" => Encoding::Bf16,
        "F8_E4M3" => Encoding::F8E4m3,
        "F8_E5M2" => Encoding::F8E5m2,
        "I8" => Encoding::I8,
        "I16" => Encoding::I16,
        "I32" => Encoding::I32,
        "I64" => Encoding::I64,
        "U8" | "F8_E8M0" => Encoding::U8,
        "U16" => Encoding::U16,
        "U32" => Encoding::U32,
        "U64" => Encoding::U64,
        "BOOL" => Encoding::Bool,
        _ => return None,
    })
}

/// The header's object, with a name that stands twice where there is one: a map would keep the last in silence.
#[derive(Default)]
struct Entries {
    tensors: Vec<(String, Entry)>,
    metadata: BTreeMap<String, String>,
    twice: Option<String>,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = Entries::default();
        let mut seen = std::collections::BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !seen.insert(name.clone()) {
                entries.twice.get_or_insert(name.clone());
            }
            if name == "__metadata__" {
                entries.metadata = map.next_value()?;
            } else {
                entries.tensors.push((name, map.next_value()?));
            }
        }
        Ok(entries)
    }
}
