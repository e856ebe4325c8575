//! Samples as one Parquet file, one row a document, for data frames.

use crate::evaluated::{Evaluated, EvaluatedSample, outcome_name};
use crate::format::WriteError;
use daepyo_core::Response;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

/// Rows that are packed together: what a reader must hold at once.
const ROWS_PER_GROUP: usize = 10_000;

type Row<'a> = (&'a str, &'a EvaluatedSample<'a>);

pub(crate) fn files(evaluated: &Evaluated<'_>) -> Result<Vec<(String, Vec<u8>)>, WriteError> {
    let rows: Vec<Row<'_>> = evaluated
        .tasks
        .iter()
        .flat_map(|task| task.samples.iter().map(move |sample| (task.name, sample)))
        .collect();
    let metrics: BTreeSet<&str> =
        rows.iter().flat_map(|(_, sample)| sample.metrics.keys()).map(String::as_str).collect();
    let schema = Arc::new(parse_message_type(&schema(&metrics))?);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by(format!("daepyo {}", evaluated.version))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    for chunk in rows.chunks(ROWS_PER_GROUP) {
        let mut group = writer.next_row_group()?;
        write_group(&mut group, chunk, &metrics)?;
        group.close()?;
    }
    Ok(vec![(format!("samples_{}.parquet", evaluated.date), writer.into_inner()?)])
}

fn schema(metrics: &BTreeSet<&str>) -> String {
    let mut schema = String::from(
        "message samples {
            required binary task (UTF8);
            required int64 document;
            required binary document_sha256 (UTF8);
            required binary cluster (UTF8);
            required binary prompt (UTF8);
            required binary target (UTF8);
            required group responses (LIST) { repeated group list { required binary element (UTF8); } }
            required group logprobs (LIST) { repeated group list { optional double element; } }
            optional binary answer (UTF8);
            required binary outcome (UTF8);
            required double score;\n",
    );
    for metric in metrics {
        // Names are words with commas; anything else would break the schema's text.
        let name: String =
            metric.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '_' }).collect();
        // Writing to a string does not fail.
        let _ = writeln!(schema, "optional double metric_{name};");
    }
    schema.push('}');
    schema
}

/// Values of a column with their levels: how much of the path is there, and whether a list goes on.
struct Column<T> {
    values: Vec<T>,
    defined: Vec<i16>,
    repeated: Vec<i16>,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self { values: Vec::new(), defined: Vec::new(), repeated: Vec::new() }
    }
}

impl<T> Column<T> {
    /// A value, or none, of a column that may be empty.
    fn optional(&mut self, value: Option<T>) {
        self.defined.push(i16::from(value.is_some()));
        self.values.extend(value);
    }

    /// A list of a row; `full` is the level of a value that is there.
    fn list(&mut self, items: impl IntoIterator<Item = Option<T>>, full: i16) {
        let before = self.defined.len();
        for item in items {
            self.repeated.push(i16::from(self.defined.len() > before));
            self.defined.push(if item.is_some() { full } else { full - 1 });
            self.values.extend(item);
        }
        if self.defined.len() == before {
            self.repeated.push(0);
            self.defined.push(0);
        }
    }
}

fn write_group(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    rows: &[Row<'_>],
    metrics: &BTreeSet<&str>,
) -> Result<(), WriteError> {
    let texts = |of: &dyn Fn(&Row<'_>) -> String| -> Column<ByteArray> {
        let values = rows.iter().map(|row| ByteArray::from(of(row).into_bytes())).collect();
        Column { values, ..Column::default() }
    };
    let documents =
        rows.iter().map(|(_, sample)| i64::try_from(sample.document).unwrap_or(i64::MAX)).collect();
    let (mut responses, mut logprobs, mut answers) =
        (Column::default(), Column::default(), Column::default());
    for (_, sample) in rows {
        responses.list(sample.written().map(|text| Some(ByteArray::from(text.as_bytes().to_vec()))), 1);
        logprobs.list(likelihoods(sample), 2);
        answers.optional(sample.answer.map(|answer| ByteArray::from(answer.as_bytes().to_vec())));
    }
    let scores = rows.iter().map(|(_, sample)| sample.score).collect();
    column::<ByteArrayType>(group, &texts(&|(task, _)| (*task).to_owned()))?;
    column::<Int64Type>(group, &Column { values: documents, ..Column::default() })?;
    column::<ByteArrayType>(group, &texts(&|(_, sample)| sample.document_digest.hex()))?;
    column::<ByteArrayType>(group, &texts(&|(_, sample)| sample.cluster.to_owned()))?;
    column::<ByteArrayType>(group, &texts(&|(_, sample)| sample.prompt.to_owned()))?;
    column::<ByteArrayType>(group, &texts(&|(_, sample)| sample.target.clone()))?;
    column::<ByteArrayType>(group, &responses)?;
    column::<DoubleType>(group, &logprobs)?;
    column::<ByteArrayType>(group, &answers)?;
    column::<ByteArrayType>(group, &texts(&|(_, sample)| outcome_name(sample.outcome).to_owned()))?;
    column::<DoubleType>(group, &Column { values: scores, ..Column::default() })?;
    for metric in metrics {
        let mut values = Column::default();
        for (_, sample) in rows {
            values.optional(sample.metrics.get(*metric).copied());
        }
        column::<DoubleType>(group, &values)?;
    }
    Ok(())
}

/// The log-probability of each choice or text; nothing where one did not come back.
fn likelihoods(sample: &EvaluatedSample<'_>) -> Vec<Option<f64>> {
    let of = |response: Option<&Response>| match response {
        Some(Response::Loglikelihood { logprob, .. } | Response::LoglikelihoodRolling { logprob, .. }) => {
            Some(Some(*logprob))
        }
        Some(Response::Failed { .. }) | None => Some(None),
        Some(Response::Generated { .. }) => None,
    };
    sample.exchanges.iter().filter_map(|(_, response)| of(response.as_ref())).collect()
}

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    column: &Column<T::T>,
) -> Result<(), WriteError> {
    let Some(mut writer) = group.next_column()? else { return Ok(()) };
    writer.typed::<T>().write_batch(&column.values, levels(&column.defined), levels(&column.repeated))?;
    writer.close()?;
    Ok(())
}

/// A column that is always there has no levels.
fn levels(levels: &[i16]) -> Option<&[i16]> {
    Some(levels).filter(|levels| !levels.is_empty())
}
