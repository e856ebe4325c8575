//! One ported function on its own: what it is asked, and what it gives, in the worker's form.

use super::Port;
use crate::{dataset::Document, hook::HookTable};
use serde_json::{Value, json};

/// What a ported function is to its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortKind {
    /// A split to a split.
    Split,
    /// A document to a value.
    Value,
    /// A document and its results to metrics.
    Results,
    /// A reference and a prediction to what the aggregation is given.
    Metric,
    /// What scoring gave for all documents to a number.
    Aggregate,
}

impl PortKind {
    /// `split`, `value`, `results`, `metric` or `aggregate`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::Value => "value",
            Self::Results => "results",
            Self::Metric => "metric",
            Self::Aggregate => "aggregate",
        }
    }
}

/// A Python function of a task file that daepyo does itself.
#[derive(Debug)]
pub struct PortedFunction(pub(super) Port);

impl PortedFunction {
    /// What it is to its task.
    pub const fn kind(&self) -> PortKind {
        match self.0 {
            Port::Split(_) => PortKind::Split,
            Port::Value(_) => PortKind::Value,
            Port::Results(_) => PortKind::Results,
            Port::Metric(_) => PortKind::Metric,
            Port::Aggregate(_) => PortKind::Aggregate,
        }
    }

    /// What it gives for one call: for `rows` and `columns` both again, for `doc` a value, for `doc` and `results`
    /// metrics, for `reference` and `prediction` what the aggregation is given, for `items` a number. `None` where Python must be asked, or `given` is of another kind.
    pub fn call(&self, given: &Value) -> Option<Value> {
        let list = |key: &str| given.get(key).and_then(Value::as_array);
        match &self.0 {
            Port::Split(port) => {
                let rows: Vec<Document> =
                    list("rows")?.iter().map(|row| row.as_object().cloned()).collect::<Option<_>>()?;
                let columns: Vec<String> = list("columns")?
                    .iter()
                    .map(|name| name.as_str().map(str::to_owned))
                    .collect::<Option<_>>()?;
                let HookTable { documents, columns } = port(&rows, &columns)?;
                Some(json!({"rows": documents, "columns": columns}))
            }
            Port::Value(port) => port(given.get("doc")?.as_object()?),
            Port::Results(port) => port(given.get("doc")?.as_object()?, list("results")?).map(Value::Object),
            Port::Metric(port) => port(given.get("reference")?, given.get("prediction")?),
            Port::Aggregate(port) => port(&list("items")?.iter().collect::<Vec<_>>()),
        }
    }
}
