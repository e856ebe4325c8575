//! What a native port is, and the shapes that most ports have.

use super::module::Modules;
use crate::{dataset::Document, hook::HookTable};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt, path::Path, rc::Rc};

type OfSplit = dyn Fn(&[Document], &[String]) -> Option<HookTable> + Send + Sync;
type OfDocument = dyn Fn(&Document) -> Option<Value> + Send + Sync;
type OfResults = dyn Fn(&Document, &[Value]) -> Option<Map<String, Value>> + Send + Sync;
type OfAnswer = dyn Fn(&Value, &Value) -> Option<Value> + Send + Sync;
type OfItems = dyn Fn(&[&Value]) -> Option<Value> + Send + Sync;

/// A Python function of a task file, done here. Each gives `None` where the function's own Python must be asked.
pub(crate) enum Port {
    /// `process_docs`, of rows and the names of their columns.
    Split(Box<OfSplit>),
    /// `doc_to_text`, `doc_to_target`, `doc_to_choice`.
    Value(Box<OfDocument>),
    /// `process_results`.
    Results(Box<OfResults>),
    /// A metric, of reference and prediction.
    Metric(Box<OfAnswer>),
    /// An aggregation.
    Aggregate(Box<OfItems>),
}

impl fmt::Debug for Port {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Split(_) => "Split",
            Self::Value(_) => "Value",
            Self::Results(_) => "Results",
            Self::Metric(_) => "Metric",
            Self::Aggregate(_) => "Aggregate",
        })
    }
}

/// A function, and where it stands.
pub(super) struct Place<'m> {
    pub(super) modules: &'m mut Modules,
    pub(super) path: &'m Path,
    pub(super) name: &'m str,
    pub(super) root: Option<&'m Path>,
}

impl Place<'_> {
    /// A plain value that the file, or one that it imports it from, gives `name`.
    pub(super) fn constant(&mut self, name: &str) -> Option<Rc<Value>> {
        self.modules.constant(self.path, name, self.root)
    }

    /// A list of texts that the file gives `name`.
    pub(super) fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        texts(&*self.constant(name)?)
    }

    /// Texts by text that the file gives `name`.
    pub(super) fn map(&mut self, name: &str) -> Option<BTreeMap<String, String>> {
        let constant = self.constant(name)?;
        let map = constant.as_object()?.iter();
        map.map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    }

    /// The statement that the function is.
    pub(super) fn own_text(&mut self) -> Option<String> {
        self.modules.text(self.path, self.name)
    }
}

/// Makes the port of a function; `None` where something in its file is not as expected.
pub(super) type Make = fn(&mut Place<'_>) -> Option<Port>;

/// `value` as a list of texts.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// The port of a function of one document.
pub(super) fn of_document(give: impl Fn(&Document) -> Option<Value> + Send + Sync + 'static) -> Port {
    Port::Value(Box::new(give))
}

/// Rows as a table: each with every column, null where it has none.
fn table(rows: &[Document], columns: &[String]) -> HookTable {
    let mut columns = columns.to_vec();
    for row in rows {
        if !row.keys().eq(&columns) {
            let more: Vec<String> = row.keys().filter(|key| !columns.contains(key)).cloned().collect();
            columns.extend(more);
        }
    }
    let whole = |row: &Document| -> Document {
        columns.iter().map(|name| (name.clone(), row.get(name).cloned().unwrap_or(Value::Null))).collect()
    };
    HookTable { documents: rows.iter().map(whole).collect(), columns }
}

/// `dataset.filter(keep)`.
pub(super) fn filtered(keep: impl Fn(&Document) -> Option<bool> + Send + Sync + 'static) -> Port {
    Port::Split(Box::new(move |rows, columns| {
        let HookTable { documents, columns } = table(rows, columns);
        let mut kept = Vec::new();
        for row in documents {
            if keep(&row)? {
                kept.push(row);
            }
        }
        Some(HookTable { documents: kept, columns })
    }))
}

/// `dataset.filter(lambda row: row[field] == wanted)`.
pub(super) fn where_equal(field: &'static str, wanted: String) -> Port {
    filtered(move |row| row.get(field).map(|value| value.as_str() == Some(&wanted)))
}

/// `dataset.map(give)`, where every row gets the same columns.
pub(super) fn mapped(give: impl Fn(&Document) -> Option<Document> + Send + Sync + 'static) -> Port {
    Port::Split(Box::new(move |rows, columns| {
        let HookTable { documents, mut columns } = table(rows, columns);
        let given: Vec<Document> = documents.iter().map(&give).collect::<Option<_>>()?;
        let names: Vec<&String> = given.first()?.keys().collect();
        for name in &names {
            let column: Vec<&Value> = given.iter().map(|row| row.get(*name)).collect::<Option<_>>()?;
            if given.iter().any(|row| row.len() != names.len()) || !is_alike(&column) {
                return None;
            }
        }
        columns.extend(names.into_iter().filter(|name| !columns.contains(name)).cloned().collect::<Vec<_>>());
        let mut rows = documents;
        for (row, more) in rows.iter_mut().zip(given) {
            row.extend(more);
        }
        Some(HookTable { documents: rows, columns })
    }))
}

/// Whether a table holds the values of one column as they are: no number changes its kind, no mapping its keys.
fn is_alike(values: &[&Value]) -> bool {
    let known: Vec<&Value> = values.iter().copied().filter(|value| !value.is_null()).collect();
    if known.iter().all(|value| value.is_object()) {
        let maps: Vec<&Document> = known.iter().filter_map(|value| value.as_object()).collect();
        let Some(first) = maps.first() else { return true };
        return maps.iter().all(|map| map.keys().eq(first.keys()))
            && first
                .keys()
                .all(|key| is_alike(&maps.iter().filter_map(|map| map.get(key)).collect::<Vec<_>>()));
    }
    if known.iter().all(|value| value.is_array()) {
        let flat: Vec<&Value> = known.iter().filter_map(|value| value.as_array()).flatten().collect();
        return is_alike(&flat);
    }
    let is_plain = |value: &&Value| !value.is_array() && !value.is_object();
    let floats = known.iter().filter(|value| value.is_f64()).count();
    let wholes = known.iter().filter(|value| value.is_i64() || value.is_u64()).count();
    known.iter().all(is_plain) && (floats == 0 || wholes == 0)
}

/// A document of these fields.
pub(super) fn row<const N: usize>(values: [(&str, Value); N]) -> Document {
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
