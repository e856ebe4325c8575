//! CBOR (RFC 8949) as authenticators write it: definite lengths, shortest numbers, few and shallow items.

/// Nesting at most; an attestation object has two levels, extensions a few.
const MOST_DEPTH: u32 = 4;
/// Items in one value at most, all levels together.
const MOST_ITEMS: u32 = 128;

/// A value that borrows its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A whole number; one beyond 63 bits is refused.
    Int(i64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Text.
    Text(&'a str),
    /// A list.
    Array(Vec<Value<'a>>),
    /// Pairs in their order; no key stands twice.
    Map(Vec<(Value<'a>, Value<'a>)>),
    /// Yes or no.
    Bool(bool),
    /// Nothing.
    Null,
}

/// Why bytes are no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// They end before the value does.
    #[error("the value is cut off")]
    Short,
    /// A kind that no authenticator needs: tags, floats, indefinite lengths, numbers of 64 bits.
    #[error("the value has a kind that is not taken")]
    Kind,
    /// A number that is not written in its shortest form.
    #[error("a number is not in its shortest form")]
    Long,
    /// Text that is no UTF-8.
    #[error("text is not UTF-8")]
    Text,
    /// A key that stands twice in a map.
    #[error("a key stands twice")]
    Twice,
    /// More items or levels than are read.
    #[error("the value has too many items or levels")]
    Large,
}

impl<'a> Value<'a> {
    /// What stands under a key of a map.
    pub fn get(&self, key: &Value<'_>) -> Option<&Value<'a>> {
        match self {
            Self::Map(pairs) => pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The bytes, where it is such.
    pub fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// Reads one value; gives it and what stands behind it.
pub fn read(bytes: &[u8]) -> Result<(Value<'_>, &[u8]), CborError> {
    let mut reader = Reader { rest: bytes, items: 0 };
    let value = reader.value(0)?;
    Ok((value, reader.rest))
}

struct Reader<'a> {
    rest: &'a [u8],
    items: u32,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], CborError> {
        let count = usize::try_from(count).map_err(|_| CborError::Short)?;
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(CborError::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The kind and the number of the next item's head.
    fn head(&mut self) -> Result<(u8, u64), CborError> {
        let (first, rest) = self.rest.split_first().ok_or(CborError::Short)?;
        self.rest = rest;
        let (kind, short) = (first >> 5, first & 31);
        let (width, least) = match short {
            0..=23 => return Ok((kind, u64::from(short))),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return Err(CborError::Kind),
        };
        // Behind kind 7 this would be a float or a simple value that nobody uses.
        if kind == 7 {
            return Err(CborError::Kind);
        }
        let number = self.take(width)?.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte));
        if number < least { Err(CborError::Long) } else { Ok((kind, number)) }
    }

    fn value(&mut self, depth: u32) -> Result<Value<'a>, CborError> {
        self.items += 1;
        if depth > MOST_DEPTH || self.items > MOST_ITEMS {
            return Err(CborError::Large);
        }
        let (kind, number) = self.head()?;
        let int = i64::try_from(number).map_err(|_| CborError::Kind);
        match kind {
            0 => Ok(Value::Int(int?)),
            1 => Ok(Value::Int(-1 - int?)),
            2 => Ok(Value::Bytes(self.take(number)?)),
            3 => std::str::from_utf8(self.take(number)?).map(Value::Text).map_err(|_| CborError::Text),
            4 => {
                let mut items = Vec::new();
                for _ in 0..number {
                    items.push(self.value(depth + 1)?);
                }
                Ok(Value::Array(items))
            }
            5 => {
                let mut pairs = Vec::new();
                for _ in 0..number {
                    let key = self.value(depth + 1)?;
                    if pairs.iter().any(|(known, _)| *known == key) {
                        return Err(CborError::Twice);
                    }
                    pairs.push((key, self.value(depth + 1)?));
                }
                Ok(Value::Map(pairs))
            }
            7 => match number {
                20 => Ok(Value::Bool(false)),
                21 => Ok(Value::Bool(true)),
                22 => Ok(Value::Null),
                _ => Err(CborError::Kind),
            },
            _ => Err(CborError::Kind),
        }
    }
}

/// Writes a value, so that reading it gives the same.
pub fn write(value: &Value<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(&mut bytes, value);
    bytes
}

fn put(bytes: &mut Vec<u8>, value: &Value<'_>) {
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    match value {
        Value::Int(number) => match u64::try_from(*number) {
            Ok(number) => put_head(bytes, 0, number),
            Err(_) => put_head(bytes, 1, number.unsigned_abs() - 1),
        },
        Value::Bytes(content) => {
            put_head(bytes, 2, count(content.len()));
            bytes.extend_from_slice(content);
        }
        Value::Text(content) => {
            put_head(bytes, 3, count(content.len()));
            bytes.extend_from_slice(content.as_bytes());
        }
        Value::Array(items) => {
            put_head(bytes, 4, count(items.len()));
            for item in items {
                put(bytes, item);
            }
        }
        Value::Map(pairs) => {
            put_head(bytes, 5, count(pairs.len()));
            for (key, value) in pairs {
                put(bytes, key);
                put(bytes, value);
            }
        }
        Value::Bool(is_true) => put_head(bytes, 7, if *is_true { 21 } else { 20 }),
        Value::Null => put_head(bytes, 7, 22),
    }
}

fn put_head(bytes: &mut Vec<u8>, kind: u8, number: u64) {
    let kind = kind << 5;
    let whole = number.to_be_bytes();
    let (short, width) = match number {
        0..=23 => (whole.last().copied().unwrap_or_default(), 0),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    bytes.push(kind | short);
    bytes.extend(whole.iter().skip(8 - width));
}
