//! The scores of one task, document by document, side by side for everybody who was measured.

use crate::{
    clustered::ClusteredMean,
    number::{real, wide},
    rules::Roster,
};
use daepyo_core::{FailureCounts, Outcome, Sample, SuiteId, SuiteWeight, TaskName, TaskResult};
use std::collections::{BTreeMap, BTreeSet};

/// A sample with the place of its candidate or reference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) entrant: usize,
    pub(crate) sample: &'a Sample,
}

/// One task's scores. Documents are in order of number, clusters in order of name.
#[derive(Debug)]
pub(crate) struct TaskTable<'a> {
    pub(crate) suite: &'a SuiteId,
    pub(crate) task: &'a TaskName,
    /// Documents that anybody has a sample of.
    pub(crate) documents: usize,
    /// Of each document, its cluster.
    pub(crate) cluster_of: Vec<usize>,
    pub(crate) clusters: usize,
    /// Of each document, its number.
    pub(crate) numbers: Vec<u64>,
    /// Of each cluster, its name.
    pub(crate) names: Vec<&'a str>,
    /// Of each document, what guessing scores.
    pub(crate) guess: Vec<f64>,
    /// Of each document, the right answer, where it is known.
    pub(crate) keys: Vec<Option<&'a str>>,
    /// By entrant.
    pub(crate) rows: Vec<Row<'a>>,
}

/// The scores of one candidate or reference.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    /// Of each document, the score; none without a response.
    pub(crate) scores: Vec<Option<f64>>,
    /// Of each document, the answer that was read; empty where no answer of the task is known.
    pub(crate) answers: Vec<Option<&'a str>>,
    /// Documents with a sample, answered or not.
    pub(crate) samples: usize,
    pub(crate) counts: FailureCounts,
}

impl Row<'_> {
    pub(crate) fn answered(&self) -> usize {
        self.scores.iter().flatten().count()
    }
}

impl<'a> TaskTable<'a> {
    /// The table of all samples of one task, which describe each document alike; none for no samples.
    pub(crate) fn new(entrants: usize, entries: &[Entry<'a>]) -> Option<Self> {
        let first = entries.first()?.sample;
        let mut numbers: Vec<u64> = entries.iter().map(|entry| entry.sample.document).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let names: BTreeSet<&str> = entries.iter().map(|entry| entry.sample.cluster.as_str()).collect();
        let cluster_names: Vec<&str> = names.iter().copied().collect();
        let names: BTreeMap<&str, usize> = names.into_iter().enumerate().map(|(n, name)| (name, n)).collect();
        let is_known = entries.iter().any(|entry| entry.sample.answer.is_some());
        let empty = Row {
            scores: vec![None; numbers.len()],
            answers: vec![None; if is_known { numbers.len() } else { 0 }],
            samples: 0,
            counts: FailureCounts::default(),
        };
        let mut table = Self {
            suite: &first.suite,
            task: &first.task,
            documents: numbers.len(),
            cluster_of: vec![0; numbers.len()],
            clusters: names.len(),
            numbers: Vec::new(),
            names: cluster_names,
            guess: vec![0.0; numbers.len()],
            keys: vec![None; numbers.len()],
            rows: vec![empty; entrants],
        };
        for Entry { entrant, sample } in entries {
            let Ok(document) = numbers.binary_search(&sample.document) else {
                continue;
            };
            let cluster = names.get(sample.cluster.as_str()).copied().unwrap_or_default();
            if let Some(place) = table.cluster_of.get_mut(document) {
                *place = cluster;
            }
            if sample.outcome != Outcome::Infrastructure
                && let Some(guess) = table.guess.get_mut(document)
            {
                *guess = sample.guess;
            }
            if let Some(key) = table.keys.get_mut(document) {
                *key = sample.key.as_deref();
            }
            if let Some(row) = table.rows.get_mut(*entrant) {
                row.take(document, sample);
            }
        }
        table.numbers = numbers;
        Some(table)
    }

    /// The same with every document a cluster of its own.
    pub(crate) fn by_document(&self) -> Self {
        Self {
            suite: self.suite,
            task: self.task,
            documents: self.documents,
            cluster_of: (0..self.documents).collect(),
            clusters: self.documents,
            numbers: self.numbers.clone(),
            names: Vec::new(),
            guess: self.guess.clone(),
            keys: self.keys.clone(),
            rows: self.rows.clone(),
        }
    }

    /// The row of an entrant.
    pub(crate) fn row(&self, entrant: usize) -> Option<&Row<'a>> {
        self.rows.get(entrant)
    }

    /// The task's line in the verdict; none for somebody without a sample.
    pub(crate) fn result(&self, roster: &Roster<'_>, entrant: usize) -> Option<TaskResult> {
        let row = self.row(entrant).filter(|row| row.samples > 0)?;
        let candidate = roster.id(entrant)?;
        let answered = row.scores.iter().zip(&self.cluster_of);
        let values: Vec<(usize, f64)> =
            answered.filter_map(|(score, cluster)| Some((*cluster, (*score)?))).collect();
        let mean = ClusteredMean::of(&values);
        let guesses = row.scores.iter().zip(&self.guess).filter(|(score, _)| score.is_some());
        let guess: f64 = guesses.map(|(_, guess)| guess).sum();
        Some(TaskResult {
            candidate: candidate.clone(),
            suite: self.suite.clone(),
            task: self.task.clone(),
            score: mean.mean,
            standard_error: mean.standard_error(),
            guess: guess / real(values.len().max(1)),
            clusters: mean.clusters,
            counts: row.counts,
        })
    }
}

impl<'a> Row<'a> {
    fn take(&mut self, document: usize, sample: &'a Sample) {
        let counts = &mut self.counts;
        let count = match sample.outcome {
            Outcome::Scored if sample.score > 0.0 => &mut counts.right,
            Outcome::Scored => &mut counts.wrong,
            Outcome::Unparsed => &mut counts.unparsed,
            Outcome::Truncated => &mut counts.truncated,
            Outcome::Refused => &mut counts.refused,
            Outcome::Infrastructure => &mut counts.infrastructure,
        };
        *count += 1;
        self.samples += 1;
        if sample.outcome != Outcome::Infrastructure
            && let Some(score) = self.scores.get_mut(document)
        {
            *score = Some(sample.score);
        }
        if let Some(answer) = self.answers.get_mut(document) {
            *answer = sample.answer.as_deref();
        }
    }
}

/// The tables of weighted suites with the weight of each: suites by their weights, which then add up to 1,
/// and tasks evenly within their suite. Suites without weight are left out.
pub(crate) fn weigh(tables: &[TaskTable<'_>], suites: &[SuiteWeight]) -> Vec<(usize, f64)> {
    let total: f64 = suites.iter().map(|suite| suite.weight).sum();
    let mut weights = Vec::new();
    for suite in suites.iter().filter(|suite| suite.weight > 0.0) {
        let of_suite = |(_, table): &(usize, &TaskTable<'_>)| *table.suite == suite.suite;
        let tasks = tables.iter().enumerate().filter(of_suite).count();
        for (place, _) in tables.iter().enumerate().filter(of_suite) {
            weights.push((place, suite.weight / total / real(tasks)));
        }
    }
    weights
}

/// Failures of an entrant over all tasks.
pub(crate) fn failures(tables: &[TaskTable<'_>], entrant: usize) -> FailureCounts {
    let mut sum = FailureCounts::default();
    for counts in tables.iter().filter_map(|table| table.row(entrant)).map(|row| row.counts) {
        sum.right += counts.right;
        sum.wrong += counts.wrong;
        sum.unparsed += counts.unparsed;
        sum.truncated += counts.truncated;
        sum.refused += counts.refused;
        sum.infrastructure += counts.infrastructure;
    }
    sum
}

/// Documents and clusters of `table` for which `kept` holds.
pub(crate) fn support(table: &TaskTable<'_>, kept: impl Fn(usize) -> bool) -> (u64, u64) {
    let mut clusters = vec![false; table.clusters];
    let mut documents = 0_usize;
    for (_, cluster) in table.cluster_of.iter().enumerate().filter(|(document, _)| kept(*document)) {
        documents += 1;
        if let Some(seen) = clusters.get_mut(*cluster) {
            *seen = true;
        }
    }
    (wide(documents), wide(clusters.iter().filter(|seen| **seen).count()))
}
