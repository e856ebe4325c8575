//! Sums by cluster of one quantity per document: all that a mean, its errors and its resampling need.
//!
//! The intra-cluster correlation is the analysis-of-variance estimator (Donner 1986, "A review of inference procedures
//! for the intraclass correlation coefficient"), pooled over tasks:
//!
//! ```text
//! (MSB - MSW) / (MSB + (m0 - 1) MSW),   m0 = sum over tasks of (n - sum of squared sizes / n) / sum of (C - 1)
//! ```
//!
//! and the design effect is the clustered variance over the variance of as many independent documents.

use super::ItemTable;
use crate::{
    clustered::{ClusteredMean, WeightedMean, freedom},
    number::{real, wide},
};

/// One quantity on the documents of one task.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TaskContrast {
    /// Place of the task in the table.
    pub(crate) task: usize,
    pub(crate) weight: f64,
    pub(crate) documents: usize,
    pub(crate) mean: f64,
    /// Clusters with at least one document.
    pub(crate) clusters: usize,
    /// By cluster of the table's task: documents, and sum of deviations from the mean.
    pub(crate) sizes: Vec<f64>,
    pub(crate) sums: Vec<f64>,
    /// Sum of squared deviations from the mean.
    pub(crate) squares: f64,
}

impl TaskContrast {
    /// Sum of squared deviations of cluster means from the mean, times their sizes.
    fn between(&self) -> f64 {
        let part = |(size, sum): (&f64, &f64)| if *size > 0.0 { sum * sum / size } else { 0.0 };
        self.sizes.iter().zip(&self.sums).map(part).sum()
    }

    /// The mean and its clustered variance.
    pub(crate) fn clustered(&self) -> ClusteredMean {
        let n = real(self.documents);
        let c = real(self.clusters);
        let squares: f64 = self.sums.iter().map(|sum| sum * sum).sum();
        let variance = (self.clusters > 1).then(|| squares * c / (c - 1.0) / (n * n));
        ClusteredMean {
            mean: self.mean,
            variance,
            documents: wide(self.documents),
            clusters: wide(self.clusters),
            freedom: freedom(&self.sizes),
        }
    }
}

/// One quantity on the documents of every task that counts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Contrast {
    pub(crate) tasks: Vec<TaskContrast>,
    pub(crate) mean: WeightedMean,
}

impl Contrast {
    /// The contrast of `value` over the items of `table` for which it is something; an error is the place of a task
    /// without any.
    pub(crate) fn new(table: &ItemTable<'_>, value: impl Fn(usize) -> Option<f64>) -> Result<Self, usize> {
        let mut tasks = Vec::with_capacity(table.tasks.len());
        let mut values: Vec<(usize, f64)> = Vec::new();
        for (place, task) in table.tasks.iter().enumerate().filter(|(_, task)| task.weight > 0.0) {
            values.clear();
            let clusters = task.items.clone().zip(table.cluster_of.iter().skip(task.items.start));
            values.extend(clusters.filter_map(|(item, cluster)| Some((*cluster, value(item)?))));
            if values.is_empty() {
                return Err(place);
            }
            let mean = values.iter().map(|(_, value)| value).sum::<f64>() / real(values.len());
            let mut contrast = TaskContrast {
                task: place,
                weight: task.weight,
                documents: values.len(),
                mean,
                clusters: 0,
                sizes: vec![0.0; task.clusters],
                sums: vec![0.0; task.clusters],
                squares: 0.0,
            };
            for (cluster, value) in &values {
                if let (Some(size), Some(sum)) =
                    (contrast.sizes.get_mut(*cluster), contrast.sums.get_mut(*cluster))
                {
                    *size += 1.0;
                    *sum += value - mean;
                    contrast.squares += (value - mean) * (value - mean);
                }
            }
            contrast.clusters = contrast.sizes.iter().filter(|size| **size > 0.0).count();
            // Rounding must not make a spread out of documents that are all alike.
            let noise = 1e-24 * real(contrast.documents) * (1.0 + mean * mean);
            if contrast.squares <= noise {
                contrast.squares = 0.0;
                contrast.sums.fill(0.0);
            }
            tasks.push(contrast);
        }
        let parts: Vec<_> = tasks.iter().map(|task| (task.weight, task.clustered())).collect();
        Ok(Self { mean: WeightedMean::of(&parts), tasks })
    }

    pub(crate) fn documents(&self) -> usize {
        self.tasks.iter().map(|task| task.documents).sum()
    }

    pub(crate) fn clusters(&self) -> usize {
        self.tasks.iter().map(|task| task.clusters).sum()
    }

    /// The intra-cluster correlation; none where no cluster has two documents or nothing varies.
    pub(crate) fn intra_cluster(&self) -> Option<f64> {
        let (mut between, mut within, mut size) = (0.0, 0.0, 0.0);
        let (mut between_freedom, mut within_freedom) = (0.0, 0.0);
        for task in &self.tasks {
            let part = task.between();
            let n = real(task.documents);
            between += part;
            within += (task.squares - part).max(0.0);
            between_freedom += real(task.clusters) - 1.0;
            within_freedom += n - real(task.clusters);
            size += n - task.sizes.iter().map(|size| size * size).sum::<f64>() / n;
        }
        if between_freedom <= 0.0 || within_freedom <= 0.0 {
            return None;
        }
        let size = size / between_freedom;
        let (between, within) = (between / between_freedom, within / within_freedom);
        let total = between + (size - 1.0) * within;
        (total > 0.0).then(|| (between - within) / total)
    }

    /// Clustered variance over that of as many independent documents; none where nothing varies.
    pub(crate) fn design_effect(&self) -> Option<f64> {
        let clustered = self.mean.standard_error?.powi(2);
        let independent: f64 = self.tasks.iter().map(TaskContrast::independent).sum();
        (independent > 0.0).then(|| clustered / independent)
    }

    /// The part of the variance of the mean that falls as documents are added to the same clusters; the rest falls
    /// only with more clusters. Between 0 and the whole variance.
    pub(crate) fn within_variance(&self) -> f64 {
        let part = |task: &TaskContrast| {
            let n = real(task.documents);
            let freedom = n - real(task.clusters);
            let all = task.weight * task.weight * task.clustered().variance.unwrap_or(0.0);
            if freedom <= 0.0 {
                // Clusters of one document each: more documents in them can't be told from more clusters.
                return all;
            }
            let within = (task.squares - task.between()).max(0.0) / freedom;
            (task.weight * task.weight * within / n).min(all)
        };
        self.tasks.iter().map(part).sum()
    }
}

impl TaskContrast {
    /// Weighted variance of the mean as if documents were independent.
    fn independent(&self) -> f64 {
        let n = real(self.documents);
        if self.documents < 2 { 0.0 } else { self.weight * self.weight * self.squares / (n - 1.0) / n }
    }
}
