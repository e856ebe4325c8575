//! What documents contribute to the metrics of a task, gathered one by one, without the documents.

use super::{Scored, Statistic};

/// Clusters and statistics of documents, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// The clusters' names, one after the other.
    names: String,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// For each metric: which document, and its statistic.
    by_metric: Vec<(String, Vec<(usize, Statistic)>)>,
}

impl Collected {
    /// Adds a document; documents of one cluster depend on each other.
    pub fn add(&mut self, cluster: &str, scored: &Scored) {
        let document = self.ends.len();
        self.names.push_str(cluster);
        self.ends.push(self.names.len());
        for (key, statistic) in &scored.statistics {
            let place = self.by_metric.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
                self.by_metric.push((key.clone(), Vec::new()));
                self.by_metric.len() - 1
            });
            if let Some((_, found)) = self.by_metric.get_mut(place) {
                found.push((document, statistic.clone()));
            }
        }
    }

    /// How many documents were added.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no document was added.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Cluster and statistic of each document that has one under `key`.
    pub(super) fn of(&self, key: &str) -> Vec<(&str, &Statistic)> {
        let found = self.by_metric.iter().find(|(known, _)| known == key);
        let found = found.map(|(_, found)| found.as_slice()).unwrap_or_default();
        found.iter().map(|(document, statistic)| (self.cluster(*document), statistic)).collect()
    }

    fn cluster(&self, document: usize) -> &str {
        let from = document.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(document).copied().unwrap_or(from);
        self.names.get(from..end).unwrap_or_default()
    }
}
