//! CSV and TSV with column types told apart as pandas does, which is what the hub's loader uses.

use super::{
    Document,
    border::{MAX_FILLED, MAX_LINE_BYTES, Problem, Settings, check_count},
};
use serde_json::{Map, Number, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
};

/// Texts that pandas takes for a missing value.
const MISSING: [&str; 19] = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
    "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Empty,
    Bool,
    Integer,
    Float,
    Text,
}

/// Stands behind the last row: letters of nobody's, and none that may separate fields. Where it is not found as a row of
/// its own, a quote was never closed, and all behind it was read as one field.
const END: &str = "\u{f8ff}\u{f8fe}";

/// Gives `add` the documents in `text`, whose fields are separated by `default_separator` unless the settings say otherwise.
pub(super) fn read(
    text: &str,
    default_separator: u8,
    settings: &Settings,
    add: &mut dyn FnMut(Document),
) -> Result<(), Problem> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(settings.separator.unwrap_or(default_separator))
        .quoting(!settings.no_quotes)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes().chain(b"\n".as_slice()).chain(END.as_bytes()));
    let mut names = settings.names.clone();
    let mut rows: Vec<csv::StringRecord> = Vec::new();
    let mut missing = 0;
    let mut open_quote = None;
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            Problem::new(line, "the fields cannot be told apart")
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.as_slice().ends_with(END) {
            open_quote = (record.as_slice() != END).then_some(line);
            break;
        }
        if record.as_slice().len() > MAX_LINE_BYTES {
            return Err(Problem::new(line, format!("the row is longer than {MAX_LINE_BYTES} bytes")));
        }
        let Some(names) = &names else {
            names = Some(header(&record));
            continue;
        };
        if record.len() > names.len() {
            let (found, expected) = (record.len(), names.len());
            return Err(Problem::new(line, format!("{found} fields where the header has {expected}")));
        }
        missing += names.len() - record.len();
        if missing > MAX_FILLED {
            return Err(Problem::new(
                line,
                format!("the rows lack more than {MAX_FILLED} fields of the header"),
            ));
        }
        check_count(rows.len())?;
        rows.push(record);
    }
    if let Some(line) = open_quote {
        return Err(Problem::new(
            line,
            "a quote that opens here is never closed; where quotes are plain text, set `dataset_kwargs: {quoting: 3}`",
        ));
    }
    let names = names.unwrap_or_default();
    let columns: Vec<(Column, bool)> = (0..names.len()).map(|index| column(&rows, index)).collect();
    for row in rows {
        let fields = names.iter().zip(&columns).enumerate();
        let field = |(index, (name, kind)): (usize, (&String, &(Column, bool)))| {
            (name.clone(), value(row.get(index).unwrap_or_default(), *kind))
        };
        add(fields.map(field).collect::<Map<_, _>>());
    }
    Ok(())
}

/// Column names; a name that is missing or repeated gets a number, as in pandas.
fn header(record: &csv::StringRecord) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut taken = BTreeSet::new();
    // The last number of each repeated name: counting from 1 again would take the third power of the columns' number.
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for (index, name) in record.iter().enumerate() {
        let base = if name.is_empty() { format!("Unnamed: {index}") } else { name.to_owned() };
        let mut unique = base.clone();
        if taken.contains(&unique) {
            let number = numbers.entry(base.clone()).or_default();
            while taken.contains(&unique) {
                *number += 1;
                unique = format!("{base}.{number}");
            }
        }
        taken.insert(unique.clone());
        names.push(unique);
    }
    names
}

/// The type of a column, and whether it has missing values.
fn column(rows: &[csv::StringRecord], index: usize) -> (Column, bool) {
    let mut kind = Column::Empty;
    let mut missing = false;
    for row in rows {
        let text = row.get(index).unwrap_or_default();
        if MISSING.contains(&text) {
            missing = true;
            continue;
        }
        let own = kind_of(text);
        kind = match (kind, own) {
            (Column::Empty, own) => own,
            (kind, own) if kind == own => kind,
            (Column::Integer, Column::Float) | (Column::Float, Column::Integer) => Column::Float,
            (
                Column::Text | Column::Bool | Column::Integer | Column::Float,
                Column::Text | Column::Bool | Column::Integer | Column::Float | Column::Empty,
            ) => Column::Text,
        };
        if kind == Column::Text {
            // Whether a text column has missing values makes no difference to its other values.
            return (kind, missing);
        }
    }
    (kind, missing)
}

fn kind_of(text: &str) -> Column {
    let trimmed = text.trim();
    if matches!(text, "True" | "TRUE" | "true" | "False" | "FALSE" | "false") {
        Column::Bool
    } else if trimmed.parse::<i64>().is_ok() {
        Column::Integer
    } else if plain_float(trimmed) {
        Column::Float
    } else {
        Column::Text
    }
}

/// Whether `text` is a number in digits; the words that Rust also reads as floats are text here.
fn plain_float(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn value(text: &str, (kind, missing): (Column, bool)) -> Value {
    if MISSING.contains(&text) {
        return Value::Null;
    }
    let float =
        || text.trim().parse::<f64>().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number);
    match kind {
        // A column of booleans with a gap stays as it is; one of integers becomes one of floats.
        Column::Bool => Value::Bool(text.eq_ignore_ascii_case("true")),
        Column::Integer if missing => float(),
        Column::Integer => text.trim().parse::<i64>().map_or(Value::Null, Value::from),
        Column::Float => float(),
        Column::Text | Column::Empty => Value::String(text.to_owned()),
    }
}
