//! Parquet files, row by row, as the `datasets` library shows them: times and decimals as the text that Python makes of
//! them, lists of structures as such.

mod headers;

use super::{Document, border::Problem, moments};
use crate::contained::{contain, contain_deep};
use bytes::Bytes;
use headers::Seen;
use parquet::{
    basic::{ConvertedType, LogicalType, Repetition, TimeUnit},
    errors::ParquetError,
    file::{
        metadata::RowGroupMetaData,
        reader::{ChunkReader, FileReader, Length},
        serialized_reader::SerializedFileReader,
    },
    record::{Field, Row},
    schema::types::Type,
};
use serde_json::{Number, Value};
use std::io::{self, Read};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Equal values are packed into next to nothing, so that some bytes could stand for billions of rows, or one text for
/// thousands of its copies: no more values and bytes of text are read than these and so many for each byte of the file.
const MOST_FIELDS: usize = 250_000;
const FIELDS_PER_BYTE: usize = 64;
const MOST_TEXT_BYTES: usize = 256 << 20;
const TEXT_BYTES_PER_BYTE: usize = 64;
/// The reader calls itself for each level of the columns, which the footer describes: some bytes are a level.
const MOST_FOOTER_BYTES: usize = 8 << 20;
const STACK_BYTES_OF_FOOTER_BYTE: usize = 256;
const STACK_BYTES: usize = 2 << 20;
/// Steps over the footer and the page headers, some nanoseconds each: so many, and so many more for each byte of the file.
const MOST_STEPS: usize = 1 << 24;
const STEPS_PER_BYTE: usize = 16;
/// A file's last bytes: the footer's length and a mark.
const END_BYTES: usize = 8;
/// A footer that any thread's stack is deep enough for.
const SHORT_FOOTER_BYTES: usize = 4 << 10;
const MAX_DEPTH: usize = 100;
const BOMB: &str = "the file unpacks to far more rows than its size allows";

/// The documents in a Parquet file.
pub(super) fn read(bytes: Vec<u8>) -> Result<Vec<Document>, Problem> {
    let footer_bytes = footer_bytes(&bytes);
    if footer_bytes > MOST_FOOTER_BYTES {
        return Err(Problem::new(0, format!("its footer has more than {MOST_FOOTER_BYTES} bytes")));
    }
    // The reader panics on some broken files instead of returning an error.
    let read = || rows(Bytes::from(bytes));
    let made = if footer_bytes <= SHORT_FOOTER_BYTES {
        contain(read)
    } else {
        let stack_bytes = STACK_BYTES + footer_bytes * STACK_BYTES_OF_FOOTER_BYTE;
        contain_deep(stack_bytes, read)
            .map_err(|cause| Problem::new(0, format!("there is no memory for a deep stack: {cause}")))?
    };
    made.unwrap_or_else(|| Err(Problem::new(0, "not a sound Parquet file")))
}

/// What the file says of its footer's length.
fn footer_bytes(file: &[u8]) -> usize {
    let end = file.len().checked_sub(END_BYTES).and_then(|start| file.get(start..)?.first_chunk::<4>());
    end.map_or(0, |end| usize::try_from(u32::from_le_bytes(*end)).unwrap_or(usize::MAX))
}

/// Fails where a column is nested deeper than anything that is read here.
fn check_depth(kind: &Type, depth: usize) -> Result<(), Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::new(0, format!("nested deeper than {MAX_DEPTH}")));
    }
    let fields = if kind.is_group() { kind.get_fields() } else { &[] };
    fields.iter().try_for_each(|field| check_depth(field, depth + 1))
}

fn rows(bytes: Bytes) -> Result<Vec<Document>, Problem> {
    let wrong = |row: usize, error: ParquetError| {
        Problem::new(row as u64, format!("not a sound Parquet file: {error}"))
    };
    let most_fields = MOST_FIELDS.saturating_add(bytes.len().saturating_mul(FIELDS_PER_BYTE));
    let most_text = MOST_TEXT_BYTES.saturating_add(bytes.len().saturating_mul(TEXT_BYTES_PER_BYTE));
    let chunks = Chunks::new(bytes, most_fields, most_text);
    chunks.check_footer().map_err(|error| wrong(0, error))?;
    let reader = SerializedFileReader::new(chunks).map_err(|error| wrong(0, error))?;
    // A column is read value by value, but a row with its lists as a whole: what the file itself says comes first.
    let columns = reader.metadata().row_groups().iter().flat_map(RowGroupMetaData::columns);
    let most_unpacked = i64::try_from(most_text).unwrap_or(i64::MAX);
    for column in columns {
        let is_bomb = usize::try_from(column.num_values()).unwrap_or(usize::MAX) > most_fields;
        if is_bomb || column.uncompressed_size() > most_unpacked {
            return Err(Problem::new(0, BOMB));
        }
    }
    let schema = reader.metadata().file_metadata().schema_descr().root_schema_ptr();
    check_depth(&schema, 0)?;
    let rows = reader.get_row_iter(None).map_err(|error| wrong(0, error))?;
    let mut documents = Vec::new();
    let mut size = Size::default();
    for (index, row) in rows.enumerate() {
        let document = object(&row.map_err(|error| wrong(index + 1, error))?, Some(&schema));
        size.fields += 1;
        for value in document.values() {
            size.add(value);
        }
        if size.fields > most_fields || size.text_bytes > most_text {
            return Err(Problem::new(index as u64 + 1, BOMB));
        }
        documents.push(document);
    }
    Ok(documents)
}

/// A file in memory whose readers fail at its end, and that looks at what footer and page headers promise before they are
/// read. The reader skips what it doesn't know of them without a look at how much was there: a list of two billion numbers,
/// said in six bytes, would be skipped one by one.
#[derive(Debug)]
struct Chunks {
    bytes: Bytes,
    /// Steps that are left for footer and headers.
    left: AtomicUsize,
    most_values: u64,
    most_page_bytes: u64,
}

impl Chunks {
    /// The file, with the most values and bytes that a page may have.
    fn new(bytes: Bytes, most_values: usize, most_page_bytes: usize) -> Self {
        let left = MOST_STEPS.saturating_add(bytes.len().saturating_mul(STEPS_PER_BYTE));
        Self {
            bytes,
            left: AtomicUsize::new(left),
            most_values: most_values as u64,
            most_page_bytes: most_page_bytes as u64,
        }
    }

    /// What the structure from `start` on promises; fails where that takes longer to read than the file allows.
    fn look(&self, start: usize) -> Result<Seen, ParquetError> {
        let left = self.left.load(Ordering::Relaxed);
        let bytes = self.bytes.get(start..).unwrap_or_default();
        let seen = headers::walk(bytes, left).ok_or_else(too_much)?;
        self.left.store(left - seen.steps, Ordering::Relaxed);
        Ok(seen)
    }

    fn check_footer(&self) -> Result<(), ParquetError> {
        let start = footer_bytes(&self.bytes).checked_add(END_BYTES);
        let start = start.and_then(|length| self.bytes.len().checked_sub(length));
        self.look(start.unwrap_or(usize::MAX)).map(|_| ())
    }

    fn check_page(&self, start: usize) -> Result<(), ParquetError> {
        let seen = self.look(start)?;
        let is_bomb = seen.values > self.most_values || seen.unpacked_bytes > self.most_page_bytes;
        if is_bomb { Err(too_much()) } else { Ok(()) }
    }
}

fn too_much() -> ParquetError {
    ParquetError::General("a header promises more than the file can hold".to_owned())
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
}

impl ChunkReader for Chunks {
    type T = Ending<<Bytes as ChunkReader>::T>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let start_byte = usize::try_from(start).unwrap_or(usize::MAX);
        // All but the file's last bytes, which give the footer's length, begin with a header.
        if start_byte.checked_add(END_BYTES) != Some(self.bytes.len()) {
            self.check_page(start_byte)?;
        }
        self.bytes.get_read(start).map(Ending)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        self.bytes.get_bytes(start, length)
    }
}

/// A reader that fails where nothing is left.
#[derive(Debug)]
struct Ending<R>(R);

impl<R: Read> Read for Ending<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            read => Ok(read),
        }
    }
}

/// How much rows hold.
#[derive(Debug, Default)]
struct Size {
    fields: usize,
    text_bytes: usize,
}

impl Size {
    fn add(&mut self, value: &Value) {
        self.fields += 1;
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
            Value::String(text) => self.text_bytes += text.len(),
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(map) => map.values().for_each(|item| self.add(item)),
        }
    }
}

fn object(row: &Row, kind: Option<&Type>) -> Document {
    let fields = kind.filter(|kind| kind.is_group()).map_or(&[][..], Type::get_fields);
    row.get_column_iter()
        .enumerate()
        .map(|(index, (name, field))| {
            let kind = fields.get(index).filter(|kind| kind.name() == name);
            (name.clone(), value(field, kind.map(AsRef::as_ref)))
        })
        .collect()
}

fn float(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// `kind` is the column's type; it tells what a number means where the field itself does not.
fn value(field: &Field, kind: Option<&Type>) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(flag) => Value::Bool(*flag),
        Field::Byte(number) => Value::from(*number),
        Field::Short(number) => Value::from(*number),
        Field::Int(number) => Value::from(*number),
        Field::Long(number) => long(*number, kind),
        Field::UByte(number) => Value::from(*number),
        Field::UShort(number) => Value::from(*number),
        Field::UInt(number) => Value::from(*number),
        Field::ULong(number) => Value::from(*number),
        Field::Float16(number) => float(f64::from(*number)),
        Field::Float(number) => float(f64::from(*number)),
        Field::Double(number) => float(*number),
        Field::Str(text) => Value::String(text.clone()),
        Field::Bytes(bytes) => Value::String(String::from_utf8_lossy(bytes.data()).into_owned()),
        Field::Decimal(_) => Value::String(field.to_string().trim_end_matches('.').to_owned()),
        Field::Date(days) => Value::String(moments::date(i64::from(*days))),
        Field::TimeMillis(millis) => Value::String(moments::clock(i64::from(*millis) * 1_000_000)),
        Field::TimeMicros(micros) => Value::String(moments::clock(micros.saturating_mul(1_000))),
        Field::TimestampMillis(millis) => moment(i128::from(*millis) * 1_000_000, kind),
        Field::TimestampMicros(micros) => moment(i128::from(*micros) * 1_000, kind),
        Field::Group(row) => Value::Object(object(row, kind)),
        Field::ListInternal(list) => {
            let kind = kind.and_then(element);
            Value::Array(list.elements().iter().map(|field| value(field, kind)).collect())
        }
        // Pairs, as Arrow and Python have them: keys need be neither text nor different.
        Field::MapInternal(map) => {
            let pair = kind.filter(|kind| kind.is_group()).and_then(|kind| kind.get_fields().first());
            let kinds = pair.filter(|pair| pair.is_group()).map_or(&[][..], |pair| pair.get_fields());
            let kind = |index: usize| kinds.get(index).map(AsRef::as_ref);
            let pairs = map
                .entries()
                .iter()
                .map(|(key, field)| Value::Array(vec![value(key, kind(0)), value(field, kind(1))]));
            Value::Array(pairs.collect())
        }
    }
}

fn moment(nanoseconds: i128, kind: Option<&Type>) -> Value {
    let logical = kind.and_then(|kind| kind.get_basic_info().logical_type_ref());
    let utc = matches!(logical, Some(LogicalType::Timestamp(timestamp)) if timestamp.is_adjusted_to_u_t_c);
    Value::String(moments::moment(nanoseconds, utc))
}

/// A 64-bit number, which may be a time in nanoseconds: those have no older type that the reader would know.
fn long(number: i64, kind: Option<&Type>) -> Value {
    match kind.and_then(|kind| kind.get_basic_info().logical_type_ref()) {
        Some(LogicalType::Timestamp(timestamp)) if timestamp.unit == TimeUnit::NANOS => {
            moment(i128::from(number), kind)
        }
        Some(LogicalType::Time(time)) if time.unit == TimeUnit::NANOS => {
            Value::String(moments::clock(number))
        }
        _ => Value::from(number),
    }
}

/// The type of a list's elements: in the middle group of a list as it is written today, or the repeated field itself in
/// older files.
fn element(list: &Type) -> Option<&Type> {
    if !list.is_group() {
        return Some(list);
    }
    let info = list.get_basic_info();
    if info.converted_type() != ConvertedType::LIST && info.logical_type_ref() != Some(&LogicalType::List) {
        return (info.has_repetition() && info.repetition() == Repetition::REPEATED).then_some(list);
    }
    let repeated = list.get_fields().first()?;
    match repeated.is_group().then(|| repeated.get_fields()) {
        Some([only]) if repeated.name() != "array" && !repeated.name().ends_with("_tuple") => Some(only),
        Some(_) | None => Some(repeated),
    }
}
