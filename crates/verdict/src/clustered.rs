//! Means with cluster-robust standard errors, and the t quantiles that turn them into bounds.
//!
//! Documents about one passage, subject or template depend on each other, so a mean over `n` documents in `C`
//! clusters has (Miller 2024, "Adding error bars to evals", arXiv 2411.00640, section 2.2, with the usual
//! small-sample factor of Cameron and Miller 2015)
//!
//! ```text
//! SE^2 = 1/n^2 * C/(C-1) * sum over clusters (sum over documents of the cluster (x - mean))^2
//! ```
//!
//! Its degrees of freedom are `C-1` where clusters are of one size. Where some are much larger than others, the few
//! large ones make most of the spread, and t with `C-1` promises too much: with 40 clusters of 1 to 41 documents a
//! one-sided test at .05 errs with .058. There they are those of Bell and `McCaffrey` 2002 ("Bias reduction in standard
//! errors for linear regression with multi-stage samples"), which for a mean of `n` documents in clusters of `n_c` are
//!
//! ```text
//! n^2 / (sum n_c^2 + ((sum a_c)^2 - sum a_c^2) / n^2),   a_c = n_c^2 / (1 - n_c / n)
//! ```
//!
//! A figure over several tasks is a weighted mean of task means. Tasks don't share clusters, so its variance is
//! the weighted sum of the tasks' variances, and its degrees of freedom are Welch and Satterthwaite's
//! (Satterthwaite 1946): `(sum v)^2 / sum(v^2 / f)` with `v` the weighted variance and `f` the degrees of freedom of
//! one task.

use crate::number::{real, wide};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// A mean over documents in clusters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusteredMean {
    /// The mean; 0 for no documents.
    pub mean: f64,
    /// Its cluster-robust variance; none with fewer than two clusters.
    pub variance: Option<f64>,
    /// Documents.
    pub documents: u64,
    /// Clusters with at least one document.
    pub clusters: u64,
    /// Degrees of freedom of the variance; 0 with fewer than two clusters.
    pub freedom: f64,
}

/// Degrees of freedom of a clustered variance, from the numbers of documents by cluster; empty clusters count for
/// nothing.
///
/// # Examples
/// ```
/// use daepyo_verdict::clustered::freedom;
/// assert_eq!(freedom(&[3.0, 3.0, 0.0, 3.0]), 2.0);
/// // One cluster with half of the documents is worth as much as many small ones together.
/// let unequal = [10.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
/// assert!((freedom(&unequal) - 3.312).abs() < 0.001); // equal ones give 10
/// ```
pub fn freedom(sizes: &[f64]) -> f64 {
    let filled = || sizes.iter().copied().filter(|size| *size > 0.0);
    let clusters = real(filled().count());
    if clusters < 2.0 {
        return 0.0;
    }
    let least = filled().fold(f64::INFINITY, f64::min);
    let most = filled().fold(0.0, f64::max);
    // The formula gives the same here, but for its last bits.
    if most - least < 0.5 {
        return clusters - 1.0;
    }
    let n: f64 = filled().sum();
    let (mut squares, mut sum, mut own) = (0.0, 0.0, 0.0);
    for size in filled() {
        let part = size * size / (1.0 - size / n);
        squares += size * size;
        sum += part;
        own += part * part;
    }
    n * n / (squares + (sum * sum - own) / (n * n))
}

impl ClusteredMean {
    /// The mean of `(cluster, value)` pairs, where clusters are numbered from 0 without large gaps.
    ///
    /// # Examples
    /// ```
    /// use daepyo_verdict::clustered::ClusteredMean;
    /// // Clusters {1, 0} and {1, 1}: mean 0.75, deviations per cluster -0.5 and 0.5.
    /// let mean = ClusteredMean::of(&[(0, 1.0), (0, 0.0), (1, 1.0), (1, 1.0)]);
    /// assert_eq!(mean.mean, 0.75);
    /// assert_eq!(mean.variance, Some(2.0 / 1.0 * (0.25 + 0.25) / 16.0));
    /// ```
    pub fn of(values: &[(usize, f64)]) -> Self {
        let n = real(values.len());
        let mean =
            if values.is_empty() { 0.0 } else { values.iter().map(|(_, value)| value).sum::<f64>() / n };
        let size = values.iter().map(|(cluster, _)| cluster + 1).max().unwrap_or(0);
        let mut sums: Vec<Option<f64>> = vec![None; size];
        let mut sizes = vec![0.0; size];
        for (cluster, value) in values {
            if let (Some(sum), Some(size)) = (sums.get_mut(*cluster), sizes.get_mut(*cluster)) {
                *sum = Some(sum.unwrap_or(0.0) + (value - mean));
                *size += 1.0;
            }
        }
        let clusters = sums.iter().flatten().count();
        let squares: f64 = sums.iter().flatten().map(|sum| sum * sum).sum();
        let c = real(clusters);
        let variance = (clusters > 1).then(|| squares * c / (c - 1.0) / (n * n));
        let freedom = freedom(&sizes);
        Self { mean, variance, documents: wide(values.len()), clusters: wide(clusters), freedom }
    }

    /// The standard error; none with fewer than two clusters.
    pub fn standard_error(&self) -> Option<f64> {
        self.variance.map(f64::sqrt)
    }
}

/// A weighted mean of task means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedMean {
    /// The weighted mean.
    pub mean: f64,
    /// Its standard error; none where a task has fewer than two clusters.
    pub standard_error: Option<f64>,
    /// Degrees of freedom for t; none like the standard error.
    pub freedom: Option<f64>,
}

impl WeightedMean {
    /// The mean of `(weight, task mean)` pairs; weights are used as they are and should add up to 1.
    pub fn of(tasks: &[(f64, ClusteredMean)]) -> Self {
        let mean = tasks.iter().map(|(weight, task)| weight * task.mean).sum();
        let parts: Option<Vec<(f64, f64)>> = tasks
            .iter()
            .map(|(weight, task)| task.variance.map(|variance| (weight * weight * variance, task.freedom)))
            .collect();
        let Some(parts) = parts.filter(|parts| !parts.is_empty()) else {
            return Self { mean, standard_error: None, freedom: None };
        };
        let variance: f64 = parts.iter().map(|(variance, _)| variance).sum();
        let spread: f64 = parts.iter().map(|(variance, freedom)| variance * variance / freedom).sum();
        let least = parts.iter().map(|(_, freedom)| *freedom).fold(f64::INFINITY, f64::min);
        // Without any variance the bound does not depend on the degrees of freedom.
        let freedom = if spread > 0.0 { variance * variance / spread } else { least };
        Self { mean, standard_error: Some(variance.sqrt()), freedom: Some(freedom) }
    }

    /// One-sided lower and upper bounds of the mean at `confidence`; none without a standard error.
    pub fn bounds(&self, confidence: f64) -> Option<(f64, f64)> {
        let (error, freedom) = self.standard_error.zip(self.freedom)?;
        let reach = t_quantile(confidence, freedom) * error;
        Some((self.mean - reach, self.mean + reach))
    }
}

/// The `p` quantile of Student's t with `freedom` degrees of freedom, to nine decimal places.
///
/// It is rounded because the last bits of the underlying logarithms differ between machines, and a verdict
/// must not. Infinite where `p` or `freedom` is out of range.
pub fn t_quantile(p: f64, freedom: f64) -> f64 {
    if !(p > 0.0 && p < 1.0) {
        return f64::INFINITY;
    }
    let quantile = match (StudentsT::new(0.0, 1.0, freedom), Normal::new(0.0, 1.0)) {
        (Ok(_), Ok(normal)) if freedom > 200.0 => expand(normal.inverse_cdf(p), freedom),
        (Ok(t), _) => t.inverse_cdf(p),
        (Err(_), _) => return f64::INFINITY,
    };
    (quantile * 1e9).round() / 1e9
}

/// The quantile of t from that of the normal distribution, by the expansion in `1 / freedom` of Abramowitz and
/// Stegun, 26.7.5. The library's own quantile is off by 5e-6 at a million degrees of freedom; this one is not.
fn expand(z: f64, freedom: f64) -> f64 {
    let s = z * z;
    let first = (s + 1.0) * z / 4.0;
    let second = ((5.0 * s + 16.0) * s + 3.0) * z / 96.0;
    let third = (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) * z / 384.0;
    let fourth = ((((79.0 * s + 776.0) * s + 1482.0) * s - 1920.0) * s - 945.0) * z / 92_160.0;
    z + (first + (second + (third + fourth / freedom) / freedom) / freedom) / freedom
}
