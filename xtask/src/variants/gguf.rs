//! GGUF version 3 (and 2): <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>. Metadata that nobody
//! asks for stays the bytes that it was.

use std::{borrow::Cow, io};

const MAGIC: &[u8; 4] = b"GGUF";
const DEFAULT_ALIGNMENT: u32 = 32;
const TYPE_U32: u32 = 4;
const TYPE_STRING: u32 = 8;
const TYPE_ARRAY: u32 = 9;
/// Dimensions of a tensor in ggml.
const MOST_DIMENSIONS: u32 = 4;

/// A metadata value: its type's number and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value<'a> {
    kind: u32,
    bytes: Cow<'a, [u8]>,
}

impl Value<'_> {
    pub(super) fn number(number: u32) -> Self {
        Self { kind: TYPE_U32, bytes: number.to_le_bytes().to_vec().into() }
    }

    pub(super) fn numbers(numbers: &[u32]) -> Self {
        let mut bytes = TYPE_U32.to_le_bytes().to_vec();
        bytes.extend((numbers.len() as u64).to_le_bytes());
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        Self { kind: TYPE_ARRAY, bytes: bytes.into() }
    }
}

/// How a tensor's elements are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    number: u32,
    block_elements: u64,
    block_bytes: usize,
}

impl Kind {
    /// Sizes as in `type_traits` of ggml.c.
    fn new(number: u32) -> io::Result<Self> {
        let (block_elements, block_bytes) = match number {
            0 | 26 => (1, 4),
            1 | 25 | 30 => (1, 2),
            24 => (1, 1),
            27 | 28 => (1, 8),
            2 => (32, 18),
            3 => (32, 20),
            6 => (32, 22),
            7 => (32, 24),
            8 => (32, 34),
            9 => (32, 36),
            10 => (256, 84),
            11 => (256, 110),
            12 => (256, 144),
            13 => (256, 176),
            14 => (256, 210),
            15 => (256, 292),
            _ => return Err(broken(format!("tensor type {number} is not known"))),
        };
        Ok(Self { number, block_elements, block_bytes })
    }

    pub(super) fn number(self) -> u32 {
        self.number
    }

    pub(super) fn block_bytes(self) -> usize {
        self.block_bytes
    }
}

/// A tensor with its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tensor<'a> {
    pub(super) name: String,
    pub(super) dimensions: Vec<u64>,
    pub(super) kind: Kind,
    pub(super) data: Cow<'a, [u8]>,
}

impl Tensor<'_> {
    /// The number of its block and the rest of its name, for `blk.N.rest`.
    pub(super) fn block(&self) -> Option<(u32, &str)> {
        let (number, rest) = self.name.strip_prefix("blk.")?.split_once('.')?;
        Some((number.parse().ok()?, rest))
    }
}

/// A whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gguf<'a> {
    version: u32,
    alignment: u32,
    metadata: Vec<(String, Value<'a>)>,
    pub(super) tensors: Vec<Tensor<'a>>,
}

impl<'a> Gguf<'a> {
    /// Reads a file. Every length in it is checked against the bytes that are there before it is believed.
    pub(super) fn parse(bytes: &'a [u8]) -> io::Result<Self> {
        let mut reader = Reader { bytes, at: 0 };
        if reader.take(4)? != MAGIC {
            return Err(broken("it does not begin with `GGUF`".to_owned()));
        }
        let version = reader.u32()?;
        if !(2..=3).contains(&version) {
            return Err(broken(format!("version {version} is neither 2 nor 3")));
        }
        let (tensor_count, value_count) = (reader.u64()?, reader.u64()?);
        let mut metadata = Vec::new();
        for _ in 0..value_count {
            let key = reader.string()?.to_owned();
            let kind = reader.u32()?;
            let start = reader.at;
            reader.skip_value(kind)?;
            let bytes = bytes.get(start..reader.at).unwrap_or_default();
            metadata.push((key, Value { kind, bytes: bytes.into() }));
        }
        let mut infos = Vec::new();
        for _ in 0..tensor_count {
            infos.push(TensorInfo::parse(&mut reader)?);
        }
        let mut file = Self { version, alignment: DEFAULT_ALIGNMENT, metadata, tensors: Vec::new() };
        if file.value("general.alignment").is_some() {
            file.alignment = file.number("general.alignment")?;
            if !file.alignment.is_power_of_two() {
                return Err(broken(format!("alignment {} is not a power of two", file.alignment)));
            }
        }
        let data_start = padded(reader.at as u64, file.alignment);
        for info in infos {
            file.tensors.push(info.with_data(bytes, data_start)?);
        }
        Ok(file)
    }

    fn value(&self, key: &str) -> Option<&Value<'a>> {
        self.metadata.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// A 32-bit number of the metadata.
    pub(super) fn number(&self, key: &str) -> io::Result<u32> {
        self.value(key)
            .filter(|value| value.kind == TYPE_U32)
            .and_then(|value| value.bytes.as_ref().try_into().ok().map(u32::from_le_bytes))
            .ok_or_else(|| broken(format!("`{key}` is missing or not a 32-bit number")))
    }

    /// A text of the metadata.
    pub(super) fn text(&self, key: &str) -> io::Result<&str> {
        self.value(key)
            .filter(|value| value.kind == TYPE_STRING)
            .and_then(|value| std::str::from_utf8(value.bytes.get(8..)?).ok())
            .ok_or_else(|| broken(format!("`{key}` is missing or not a text")))
    }

    /// Replaces a value of the metadata, or adds it at the end.
    pub(super) fn set(&mut self, key: &str, value: Value<'a>) {
        match self.metadata.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = value,
            None => self.metadata.push((key.to_owned(), value)),
        }
    }

    /// Writes the file; the tensors' data stand in their order without gaps but for the alignment.
    pub(super) fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        let mut head = MAGIC.to_vec();
        head.extend(self.version.to_le_bytes());
        head.extend((self.tensors.len() as u64).to_le_bytes());
        head.extend((self.metadata.len() as u64).to_le_bytes());
        for (key, value) in &self.metadata {
            put_text(&mut head, key);
            head.extend(value.kind.to_le_bytes());
            head.extend_from_slice(&value.bytes);
        }
        let mut offset = 0;
        for tensor in &self.tensors {
            put_text(&mut head, &tensor.name);
            head.extend(u32::try_from(tensor.dimensions.len()).unwrap_or(u32::MAX).to_le_bytes());
            head.extend(tensor.dimensions.iter().flat_map(|size| size.to_le_bytes()));
            head.extend(tensor.kind.number.to_le_bytes());
            head.extend(u64::to_le_bytes(offset));
            offset = padded(offset + tensor.data.len() as u64, self.alignment);
        }
        self.pad(&mut head);
        out.write_all(&head)?;
        for tensor in &self.tensors {
            out.write_all(&tensor.data)?;
            out.write_all(&vec![0; self.gap(tensor.data.len())])?;
        }
        Ok(())
    }

    fn pad(&self, bytes: &mut Vec<u8>) {
        bytes.resize(bytes.len() + self.gap(bytes.len()), 0);
    }

    fn gap(&self, length: usize) -> usize {
        length.wrapping_neg() & (usize::try_from(self.alignment).unwrap_or(1) - 1)
    }
}

struct TensorInfo {
    name: String,
    dimensions: Vec<u64>,
    kind: Kind,
    offset: u64,
}

impl TensorInfo {
    fn parse(reader: &mut Reader<'_>) -> io::Result<Self> {
        let name = reader.string()?.to_owned();
        let count = reader.u32()?;
        if count > MOST_DIMENSIONS {
            return Err(broken(format!("tensor `{name}` has {count} dimensions")));
        }
        let dimensions = (0..count).map(|_| reader.u64()).collect::<io::Result<_>>()?;
        Ok(Self { name, dimensions, kind: Kind::new(reader.u32()?)?, offset: reader.u64()? })
    }

    fn with_data(self, bytes: &[u8], data_start: u64) -> io::Result<Tensor<'_>> {
        let outside = || broken(format!("tensor `{}` does not lie within the file", self.name));
        let elements = self.dimensions.iter().try_fold(1_u64, |product, size| product.checked_mul(*size));
        let blocks = elements
            .filter(|elements| elements % self.kind.block_elements == 0)
            .map(|elements| elements / self.kind.block_elements)
            .ok_or_else(outside)?;
        let length = blocks.checked_mul(self.kind.block_bytes as u64).ok_or_else(outside)?;
        let start = data_start.checked_add(self.offset).ok_or_else(outside)?;
        let end = start.checked_add(length).ok_or_else(outside)?;
        let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        let data = range.and_then(|(start, end)| bytes.get(start..end)).ok_or_else(outside)?;
        Ok(Tensor { name: self.name, dimensions: self.dimensions, kind: self.kind, data: data.into() })
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> io::Result<&'a [u8]> {
        let end = usize::try_from(length).ok().and_then(|length| self.at.checked_add(length));
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| broken(format!("it ends within a value at byte {}", self.at)))?;
        self.at += taken.len();
        Ok(taken)
    }

    fn u32(&mut self) -> io::Result<u32> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().unwrap_or_default()))
    }

    fn u64(&mut self) -> io::Result<u64> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into().unwrap_or_default()))
    }

    fn string(&mut self) -> io::Result<&'a str> {
        let length = self.u64()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| broken("a name is not UTF-8".to_owned()))
    }

    fn skip_value(&mut self, kind: u32) -> io::Result<()> {
        if kind == TYPE_STRING {
            let length = self.u64()?;
            self.take(length)?;
        } else if kind == TYPE_ARRAY {
            let (inner, count) = (self.u32()?, self.u64()?);
            if inner == TYPE_STRING {
                for _ in 0..count {
                    self.skip_value(inner)?;
                }
            } else {
                let length = scalar_bytes(inner)?.checked_mul(count);
                self.take(length.ok_or_else(|| broken("an array is too long".to_owned()))?)?;
            }
        } else {
            self.take(scalar_bytes(kind)?)?;
        }
        Ok(())
    }
}

fn scalar_bytes(kind: u32) -> io::Result<u64> {
    match kind {
        0 | 1 | 7 => Ok(1),
        2 | 3 => Ok(2),
        4..=6 => Ok(4),
        10..=12 => Ok(8),
        _ => Err(broken(format!("metadata type {kind} is not known"))),
    }
}

fn padded(length: u64, alignment: u32) -> u64 {
    length.next_multiple_of(u64::from(alignment))
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

fn broken(mut message: String) -> io::Error {
    message.insert_str(0, "this is no GGUF file that can be read: ");
    io::Error::new(io::ErrorKind::InvalidData, message)
}
