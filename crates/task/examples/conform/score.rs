//! Scores: every document's metrics behind every filter, then the aggregates with their standard errors.

use crate::{
    Setup,
    rows::{Compared, Difference, explained, lines},
    same, sample,
};
use daepyo_task::{
    ChatStyle, LoadOptions, Task, TaskConfig,
    score::{MetricInfo, ScoreInput, Scored, Scorer},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
};

/// One document behind one filter.
#[derive(Debug, Deserialize)]
struct SampleRow {
    task: String,
    doc: usize,
    filter: String,
    responses: Vec<Value>,
    metrics: Map<String, Value>,
}

/// The figures of one task, by `metric,filter`.
#[derive(Debug, Deserialize)]
struct ResultRow {
    task: String,
    #[serde(default)]
    values: Map<String, Value>,
    #[serde(default)]
    errors: Map<String, Value>,
    #[serde(default)]
    bootstrapped: BTreeSet<String>,
    /// Why lm-eval could not score it.
    error: Option<String>,
}

/// All that lm-eval said of one task.
#[derive(Debug)]
pub(crate) struct TaskScores {
    result: ResultRow,
    documents: BTreeMap<usize, Vec<SampleRow>>,
}

/// The tasks of a family that lm-eval scored.
pub(crate) fn read(setup: &Setup, family: &str) -> Result<Vec<TaskScores>, Box<dyn Error>> {
    let mut samples: BTreeMap<String, BTreeMap<usize, Vec<SampleRow>>> = BTreeMap::new();
    for row in lines::<SampleRow>(&setup.rows.join(format!("{family}.samples.jsonl")))? {
        samples.entry(row.task.clone()).or_default().entry(row.doc).or_default().push(row);
    }
    let results = lines::<ResultRow>(&setup.rows.join(format!("{family}.results.jsonl")))?;
    Ok(results
        .into_iter()
        .filter(|result| result.error.is_none() && result.task.contains(&setup.only))
        .map(|result| {
            let documents = samples.remove(&result.task).unwrap_or_default();
            TaskScores { result, documents }
        })
        .collect())
}

/// Scores the recorded responses of one task and compares.
pub(crate) fn compare(setup: &Setup, family: &str, theirs: &TaskScores) -> Compared {
    let task = &theirs.result.task;
    let blank = || Compared { family: family.to_owned(), task: task.clone(), ..Compared::default() };
    match setup.index.task(task) {
        Ok(config) => setup.either(!config.functions().is_empty(), |options| {
            let mut comparison = Comparison { out: Compared { settings: 1, ..blank() } };
            comparison.load(&config, options, theirs);
            comparison.out
        }),
        Err(error) => Compared { refused: Some((error.code().to_owned(), explained(&error))), ..blank() },
    }
}

/// One task, while it is compared.
struct Comparison {
    out: Compared,
}

impl Comparison {
    fn differ(&mut self, document: Option<usize>, field: &str, ours: Value, theirs: Value) {
        let (setting, field) = ("0".to_owned(), field.to_owned());
        self.out.differences.push(Difference { setting, document, place: None, field, ours, theirs });
    }

    fn load(&mut self, config: &TaskConfig, options: &LoadOptions, theirs: &TaskScores) {
        let options = LoadOptions { num_fewshot: Some(0), ..options.clone() };
        match Task::from_config(config.clone(), &options) {
            Err(error) => self.differ(None, "load", json!(explained(&error)), Value::Null),
            Ok(task) => match Scorer::for_task(&task) {
                Err(error) => self.differ(None, "scoring", json!(explained(&error)), Value::Null),
                Ok(scorer) => self.task(&task, &scorer, theirs),
            },
        }
    }

    fn task(&mut self, task: &Task, scorer: &Scorer, theirs: &TaskScores) {
        let infos = scorer.metrics();
        let mut judged: Vec<(String, Scored)> = Vec::new();
        for (document, rows) in &theirs.documents {
            self.out.rows += 1;
            match score_document(task, scorer, *document, rows) {
                Ok(one) => {
                    self.metrics(*document, &infos, &one, rows);
                    judged.push((document.to_string(), one));
                }
                Err(problem) => self.differ(Some(*document), "instance", json!(problem), Value::Null),
            }
        }
        let documents: Vec<(&str, &Scored)> =
            judged.iter().map(|(cluster, one)| (cluster.as_str(), one)).collect();
        for info in &infos {
            self.aggregate(scorer, info, &documents, &theirs.result);
        }
        for problem in scorer.hook_problems() {
            self.differ(None, "python", json!(problem), Value::Null);
        }
    }

    fn metrics(&mut self, document: usize, infos: &[MetricInfo], scored: &Scored, rows: &[SampleRow]) {
        for row in rows {
            let of_filter: Vec<&MetricInfo> = infos.iter().filter(|info| info.filter == row.filter).collect();
            for name in row.metrics.keys().filter(|name| of_filter.iter().all(|info| info.metric != **name)) {
                self.differ(Some(document), "metric", Value::Null, json!(format!("{name},{}", row.filter)));
            }
            for info in of_filter {
                self.metric(document, info, scored, row.metrics.get(&info.metric));
            }
        }
    }

    fn metric(&mut self, document: usize, info: &MetricInfo, scored: &Scored, theirs: Option<&Value>) {
        let ours = scored.statistics.get(&info.key);
        let is_same = match (ours, theirs) {
            (Some(ours), Some(theirs)) => sample::is_same(ours, theirs),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => Some(false),
        };
        let Some(is_same) = is_same else { return };
        self.out.values += 1;
        if !is_same {
            let field = format!("{},{}", info.metric, info.filter);
            let ours = json!({"statistic": ours, "outcome": scored.outcome});
            self.differ(Some(document), &field, ours, theirs.cloned().unwrap_or_default());
        }
    }

    fn aggregate(
        &mut self,
        scorer: &Scorer,
        info: &MetricInfo,
        documents: &[(&str, &Scored)],
        result: &ResultRow,
    ) {
        let key = format!("{},{}", info.metric, info.filter);
        let Some(ours) = scorer.aggregate(&info.key, documents) else { return };
        let Some(theirs) = result.values.get(&key) else {
            if ours.samples > 0 {
                self.differ(None, &format!("aggregate {key}"), json!(ours.value), Value::Null);
            }
            return;
        };
        if let Some(figure) = same::number(theirs) {
            self.out.values += 1;
            if !same::figures(ours.value, figure) {
                self.differ(None, &format!("aggregate {key}"), json!(ours.value), theirs.clone());
            }
        }
        // What lm-eval resamples has noise of its own.
        if result.bootstrapped.contains(&key) {
            return;
        }
        if let Some(theirs) = result.errors.get(&key).filter(|theirs| !theirs.is_null()) {
            self.out.values += 1;
            let is_same = same::number(theirs)
                .is_some_and(|theirs| same::figures(ours.standard_error.unwrap_or(f64::NAN), theirs));
            if !is_same {
                self.differ(None, &format!("error {key}"), json!(ours.standard_error), theirs.clone());
            }
        }
    }
}

/// The recorded responses of one document, scored.
fn score_document(
    task: &Task,
    scorer: &Scorer,
    document: usize,
    rows: &[SampleRow],
) -> Result<Scored, String> {
    let instance = task.instance(document, ChatStyle::Plain).map_err(|error| explained(&error))?;
    let recorded = rows.first().map(|row| row.responses.as_slice()).unwrap_or_default();
    let responses = sample::responses(recorded).ok_or("the recorded responses are of an unknown form")?;
    let doc = task.document(document).ok_or("there is no such document")?;
    let input = ScoreInput {
        responses: &responses,
        target: &instance.target,
        choices: &instance.choices,
        doc: &doc,
        prompt: &instance.input,
    };
    Ok(scorer.score(&input))
}
