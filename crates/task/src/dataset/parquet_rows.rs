//! Parquet files, row by row.

use super::{Document, border::Problem};
use bytes::Bytes;
use parquet::{
    file::{reader::FileReader, serialized_reader::SerializedFileReader},
    record::{Field, Row},
};
use serde_json::{Map, Number, Value};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Equal values are packed into next to nothing, so that some bytes could stand for billions of rows: no more fields
/// are read than these and so many for each byte of the file.
const MOST_FIELDS: usize = 250_000;
const FIELDS_PER_BYTE: usize = 64;

/// The documents in a Parquet file.
pub(super) fn read(bytes: Vec<u8>) -> Result<Vec<Document>, Problem> {
    // The reader panics on some broken files instead of returning an error.
    catch_unwind(AssertUnwindSafe(|| rows(Bytes::from(bytes))))
        .unwrap_or_else(|_| Err(Problem::new(0, "not a sound Parquet file")))
}

fn rows(bytes: Bytes) -> Result<Vec<Document>, Problem> {
    let wrong = |row: usize, error: parquet::errors::ParquetError| {
        Problem::new(row as u64, format!("not a sound Parquet file: {error}"))
    };
    let most_fields = MOST_FIELDS.saturating_add(bytes.len().saturating_mul(FIELDS_PER_BYTE));
    let reader = SerializedFileReader::new(bytes).map_err(|error| wrong(0, error))?;
    let rows = reader.get_row_iter(None).map_err(|error| wrong(0, error))?;
    let mut documents = Vec::new();
    let mut fields = 0;
    for (index, row) in rows.enumerate() {
        let document = object(row.map_err(|error| wrong(index + 1, error))?);
        fields += document.len().max(1);
        if fields > most_fields {
            return Err(Problem::new(
                index as u64 + 1,
                "the file unpacks to far more rows than its size allows",
            ));
        }
        documents.push(document);
    }
    Ok(documents)
}

fn object(row: Row) -> Document {
    row.into_columns().into_iter().map(|(name, field)| (name, value(&field))).collect()
}

fn float(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(flag) => Value::Bool(*flag),
        Field::Byte(number) => Value::from(*number),
        Field::Short(number) => Value::from(*number),
        Field::Int(number) => Value::from(*number),
        Field::Long(number) => Value::from(*number),
        Field::UByte(number) => Value::from(*number),
        Field::UShort(number) => Value::from(*number),
        Field::UInt(number) => Value::from(*number),
        Field::ULong(number) => Value::from(*number),
        Field::Float16(number) => float(f64::from(*number)),
        Field::Float(number) => float(f64::from(*number)),
        Field::Double(number) => float(*number),
        Field::Str(text) => Value::String(text.clone()),
        Field::Bytes(bytes) => Value::String(String::from_utf8_lossy(bytes.data()).into_owned()),
        Field::Decimal(_)
        | Field::Date(_)
        | Field::TimeMillis(_)
        | Field::TimeMicros(_)
        | Field::TimestampMillis(_)
        | Field::TimestampMicros(_) => Value::String(field.to_string()),
        Field::Group(row) => {
            Value::Object(row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect())
        }
        Field::ListInternal(list) => Value::Array(list.elements().iter().map(value).collect()),
        Field::MapInternal(map) => Value::Object(
            map.entries()
                .iter()
                .map(|(key, field)| {
                    let key = match value(key) {
                        Value::String(text) => text,
                        other => other.to_string(),
                    };
                    (key, value(field))
                })
                .collect::<Map<_, _>>(),
        ),
    }
}
