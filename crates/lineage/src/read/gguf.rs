//! The GGUF format: settings, the vocabulary, and tensors in plain numbers or GGML's blocks.

use super::{About, Header, token_bytes};
use crate::error::{Place, WeightsError, WeightsProblem};
use crate::ggml::encoding_of;
use crate::source::Source;
use crate::tensor::{Extent, Order, Scale, Tensor, elements};
use std::collections::BTreeSet;

/// Above any real header: a vocabulary of a million tokens with their merges.
const HEADER_BYTES: u64 = 512 << 20;
const TENSORS: u64 = 1_000_000;
const SETTINGS: u64 = 1_000_000;
const NAME_BYTES: u64 = 64 << 10;
const TEXT_BYTES: u64 = 16 << 20;
const DIMENSIONS: u32 = 8;
const LIST_DEPTH: u32 = 8;
const WINDOW: usize = 1 << 20;

/// Reads the header of a GGUF file, version 2 or 3, little-endian.
pub fn read_gguf(source: &dyn Source, file: usize) -> Result<Header, WeightsError> {
    let mut cursor = Cursor::new(source);
    cursor.skip(4)?;
    let version = cursor.u32()?;
    if !(2..=3).contains(&version) {
        // A big-endian file's version has its low half empty.
        let form = if version.trailing_zeros() >= 16 {
            "a big-endian GGUF file".into()
        } else {
            format!("GGUF version {version}")
        };
        return Err(cursor.fail(WeightsProblem::Unsupported(form)));
    }
    let tensor_count = cursor.bounded("tensors", TENSORS)?;
    let setting_count = cursor.bounded("settings", SETTINGS)?;
    let mut about = About::default();
    let mut keys = BTreeSet::new();
    for _ in 0..setting_count {
        let key = cursor.text(NAME_BYTES)?;
        if !keys.insert(key.clone()) {
            return Err(cursor
                .fail(WeightsProblem::Header(format!("the setting `{}` stands twice", key.escape_debug()))));
        }
        let kind = cursor.u32()?;
        setting(&mut cursor, key, kind, &mut about)?;
    }
    normalise_tokens(&mut about);
    let mut tensors = Vec::new();
    for _ in 0..tensor_count {
        tensors.push(tensor(&mut cursor, file)?);
    }
    place(source, &cursor, &about, &mut tensors)?;
    Ok(Header { tensors, about })
}

/// Offsets count from the first multiple of the alignment behind the header.
fn place(
    source: &dyn Source,
    cursor: &Cursor<'_>,
    about: &About,
    tensors: &mut [Tensor],
) -> Result<(), WeightsError> {
    let alignment = about.settings.get("general.alignment").map_or("32", String::as_str);
    let alignment =
        alignment.parse::<u64>().ok().filter(|bytes| bytes.is_power_of_two() && *bytes <= 1 << 20);
    let alignment = alignment
        .ok_or_else(|| cursor.fail(WeightsProblem::Header("no power of two as alignment".into())))?;
    let start = cursor.offset.next_multiple_of(alignment);
    for tensor in tensors {
        let (from, bytes) = (tensor.extent.offset, tensor.extent.bytes);
        let end = from.checked_add(start).and_then(|offset| offset.checked_add(bytes));
        if from % alignment != 0 || end.is_none_or(|end| end > source.bytes()) {
            let end = end.unwrap_or(u64::MAX);
            let problem = WeightsProblem::OutOfRange { start: from, end, file_bytes: source.bytes() };
            return Err(source.error(Some(Place::Tensor(tensor.name.clone())), problem));
        }
        tensor.extent.offset = start + from;
    }
    Ok(())
}

fn tensor(cursor: &mut Cursor<'_>, file: usize) -> Result<Tensor, WeightsError> {
    let name = cursor.text(NAME_BYTES)?;
    let dimensions = cursor.u32()?;
    if dimensions > DIMENSIONS {
        let problem = WeightsProblem::TooMany {
            what: "dimensions",
            count: dimensions.into(),
            limit: DIMENSIONS.into(),
        };
        return Err(cursor.fail(problem));
    }
    let mut shape = (0..dimensions).map(|_| cursor.u64()).collect::<Result<Vec<u64>, _>>()?;
    let kind = cursor.u32()?;
    let offset = cursor.u64()?;
    let fail = |problem| cursor.source.error(Some(Place::Tensor(name.clone())), problem);
    let encoding = encoding_of(kind)
        .ok_or_else(|| fail(WeightsProblem::UnknownEncoding(format!("GGML type {kind}"))))?;
    let count = elements(&shape).map_err(fail)?;
    // Blocks lie within rows: the fastest dimension, the first one here, holds whole blocks.
    let row = shape.first().copied().unwrap_or(1);
    let bytes = encoding.bytes(count).filter(|_| encoding.bytes(row).is_some());
    let bytes = bytes.ok_or_else(|| fail(WeightsProblem::Shape(shape.clone())))?;
    shape.reverse();
    let extent = Extent { file, offset, bytes };
    Ok(Tensor { name, shape, encoding, extent, order: Order::Rows, scale: Scale::None })
}

const U8: u32 = 0;
const I8: u32 = 1;
const U16: u32 = 2;
const I16: u32 = 3;
const U32: u32 = 4;
const I32: u32 = 5;
const F32: u32 = 6;
const BOOL: u32 = 7;
const TEXT: u32 = 8;
const LIST: u32 = 9;
const U64: u32 = 10;
const I64: u32 = 11;
const F64: u32 = 12;

fn setting(cursor: &mut Cursor<'_>, key: String, kind: u32, about: &mut About) -> Result<(), WeightsError> {
    match kind {
        LIST if key == "tokenizer.ggml.tokens" => about.tokens = tokens(cursor)?,
        LIST => skip_list(cursor, 0)?,
        _ => {
            let value = scalar(cursor, kind)?;
            about.settings.insert(key, value);
        }
    }
    Ok(())
}

fn scalar(cursor: &mut Cursor<'_>, kind: u32) -> Result<String, WeightsError> {
    Ok(match kind {
        U8 => cursor.array::<1>()?[0].to_string(),
        BOOL => (cursor.array::<1>()?[0] != 0).to_string(),
        I8 => i8::from_le_bytes(cursor.array()?).to_string(),
        U16 => u16::from_le_bytes(cursor.array()?).to_string(),
        I16 => i16::from_le_bytes(cursor.array()?).to_string(),
        U32 => cursor.u32()?.to_string(),
        I32 => i32::from_le_bytes(cursor.array()?).to_string(),
        F32 => f32::from_le_bytes(cursor.array()?).to_string(),
        U64 => cursor.u64()?.to_string(),
        I64 => i64::from_le_bytes(cursor.array()?).to_string(),
        F64 => f64::from_le_bytes(cursor.array()?).to_string(),
        TEXT => cursor.text(TEXT_BYTES)?,
        _ => return Err(cursor.fail(WeightsProblem::Header(format!("unknown type {kind} of a setting")))),
    })
}

/// Bytes of one number of that type; none for texts and lists.
fn width(kind: u32) -> Option<u64> {
    match kind {
        U8 | I8 | BOOL => Some(1),
        U16 | I16 => Some(2),
        U32 | I32 | F32 => Some(4),
        U64 | I64 | F64 => Some(8),
        _ => None,
    }
}

fn skip_list(cursor: &mut Cursor<'_>, depth: u32) -> Result<(), WeightsError> {
    let kind = cursor.u32()?;
    let count = cursor.u64()?;
    match (kind, width(kind)) {
        (_, Some(width)) => cursor.skip(count.saturating_mul(width)),
        (TEXT, None) => {
            for _ in 0..count {
                let bytes = cursor.u64()?;
                cursor.skip(bytes)?;
            }
            Ok(())
        }
        (LIST, None) if depth < LIST_DEPTH => {
            for _ in 0..count {
                skip_list(cursor, depth + 1)?;
            }
            Ok(())
        }
        _ => Err(cursor.fail(WeightsProblem::Header(format!("a list of type {kind}")))),
    }
}

fn tokens(cursor: &mut Cursor<'_>) -> Result<Option<Vec<Vec<u8>>>, WeightsError> {
    let kind = cursor.u32()?;
    let count = cursor.u64()?;
    if kind != TEXT {
        return Err(cursor.fail(WeightsProblem::Header("tokens that are no texts".into())));
    }
    // Each takes eight bytes at least, so the header's limit bounds how many there are.
    let mut tokens = Vec::new();
    for _ in 0..count {
        let bytes = cursor.bounded("bytes of a token", NAME_BYTES)?;
        tokens.push(cursor.bytes(bytes)?);
    }
    Ok(Some(tokens))
}

fn normalise_tokens(about: &mut About) {
    let model = about.settings.get("tokenizer.ggml.model").cloned().unwrap_or_default();
    if let Some(tokens) = &mut about.tokens {
        for token in tokens {
            *token = token_bytes(token, &model);
        }
    }
}

/// Reads on from a place, through a window, within the limit of a header.
struct Cursor<'a> {
    source: &'a dyn Source,
    offset: u64,
    window: Vec<u8>,
    window_start: u64,
}

impl<'a> Cursor<'a> {
    fn new(source: &'a dyn Source) -> Self {
        Self { source, offset: 0, window: Vec::new(), window_start: 0 }
    }

    fn fail(&self, problem: WeightsProblem) -> WeightsError {
        self.source.error(Some(Place::Byte(self.offset)), problem)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), WeightsError> {
        self.source.within(self.offset, bytes)?;
        self.offset += bytes;
        if self.offset > HEADER_BYTES {
            let problem = WeightsProblem::HeaderTooLarge { bytes: self.offset, limit: HEADER_BYTES };
            return Err(self.fail(problem));
        }
        Ok(())
    }

    fn bytes(&mut self, count: u64) -> Result<Vec<u8>, WeightsError> {
        let start = self.offset;
        self.skip(count)?;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if let Some(found) = self.in_window(start, count) {
            return Ok(found.to_vec());
        }
        if count >= WINDOW {
            return self.source.take(start, count);
        }
        let left = usize::try_from(self.source.bytes() - start).unwrap_or(usize::MAX);
        self.window = self.source.take(start, WINDOW.min(left))?;
        self.window_start = start;
        Ok(self.in_window(start, count).unwrap_or_default().to_vec())
    }

    fn in_window(&self, start: u64, count: usize) -> Option<&[u8]> {
        let from = usize::try_from(start.checked_sub(self.window_start)?).ok()?;
        self.window.get(from..)?.get(..count)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WeightsError> {
        let start = self.offset;
        self.skip(N as u64)?;
        let found = self.in_window(start, N).and_then(|bytes| bytes.first_chunk().copied());
        if let Some(found) = found {
            return Ok(found);
        }
        self.offset = start;
        let bytes = self.bytes(N as u64)?;
        Ok(bytes.first_chunk().copied().unwrap_or([0; N]))
    }

    fn u32(&mut self) -> Result<u32, WeightsError> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, WeightsError> {
        self.array().map(u64::from_le_bytes)
    }

    fn bounded(&mut self, what: &'static str, limit: u64) -> Result<u64, WeightsError> {
        let count = self.u64()?;
        if count > limit {
            return Err(self.fail(WeightsProblem::TooMany { what, count, limit }));
        }
        Ok(count)
    }

    fn text(&mut self, limit: u64) -> Result<String, WeightsError> {
        let count = self.bounded("bytes of a text", limit)?;
        let bytes = self.bytes(count)?;
        String::from_utf8(bytes)
            .map_err(|_| self.fail(WeightsProblem::Header("a text that is not UTF-8".into())))
    }
}
