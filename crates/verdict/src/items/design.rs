//! What the power of a gate depends on: the references' scores, and how the variance falls with evidence ([`super::power`]).

use super::{
    Bar, GatePower, ItemTable, ItemsError, Lacking, Plan, PowerSettings, ReferencePower,
    contrast::Contrast,
    distributions::{Noise, shifted_t_above},
    error::between,
    gate::{BarComparison, Judged},
};
use crate::{clustered::t_quantile, draws::Draws, number::real};
use daepyo_core::GateOutcome;
use rayon::prelude::*;

/// The most that evidence is multiplied by in a search.
const MOST: f64 = 1e5;

/// The greatest true ratio that is tried.
pub(crate) const MOST_RATIO: f64 = 3.0;

/// Everything that power depends on.
pub(crate) struct Design {
    references: Vec<Reference>,
    /// Lower Cholesky factor of the correlation of the differences, row by row.
    lower: Vec<Vec<f64>>,
    ratio: f64,
    confidence: f64,
    clusters: f64,
    documents: f64,
}

struct Reference {
    name: String,
    score: f64,
    between: f64,
    within: f64,
    freedom: f64,
}

/// How many times the evidence there is.
#[derive(Clone, Copy)]
struct Times {
    clusters: f64,
    items: f64,
}

const ONCE: Times = Times { clusters: 1.0, items: 1.0 };

impl Reference {
    fn error(&self, times: Times) -> f64 {
        ((self.between + self.within / times.items) / times.clusters).sqrt()
    }

    fn freedom(&self, times: Times) -> f64 {
        ((self.freedom + 1.0) * times.clusters - 1.0).max(0.5)
    }
}

impl Design {
    /// The design of a table's documents.
    pub(crate) fn measured(
        table: &ItemTable<'_>,
        candidate: &str,
        bar: &Bar<'_>,
        judged: &[Judged],
    ) -> Result<Self, ItemsError> {
        let mut references = Vec::with_capacity(judged.len());
        for one in judged {
            let error = |task: &super::contrast::TaskContrast| ItemsError::OneCluster {
                first: candidate.to_owned(),
                second: one.comparison.reference.clone(),
                task: table.tasks.get(task.task).map_or(String::new(), |task| task.name.to_owned()),
            };
            if let Some(task) = one.contrast.tasks.iter().find(|task| task.clusters < 2) {
                return Err(error(task));
            }
            let variance = one.comparison.standard_error.unwrap_or_default().powi(2);
            let within = one.contrast.within_variance();
            references.push(Reference {
                name: one.comparison.reference.clone(),
                score: one.comparison.reference_score,
                between: (variance - within).max(0.0),
                within: within.min(variance),
                freedom: one.comparison.freedom.unwrap_or(1.0),
            });
        }
        let least = |value: fn(&Contrast) -> usize| {
            real(judged.iter().map(|one| value(&one.contrast)).min().unwrap_or(0))
        };
        Ok(Self {
            references,
            lower: factor(&correlations(judged)),
            ratio: bar.ratio,
            confidence: bar.confidence,
            clusters: least(Contrast::clusters),
            documents: least(Contrast::documents),
        })
    }

    /// A design without scores.
    pub(crate) fn planned(plan: &Plan<'_>, true_ratio: f64) -> Result<Self, ItemsError> {
        between("ratio", plan.ratio, 0.0, 2.0, "above 0 and below 2")?;
        between("confidence", plan.confidence, 0.5, 1.0, "above .5 and below 1")?;
        between("guess", plan.guess, -1e-12, 1.0, "from 0 to below 1")?;
        between("intra_cluster", plan.intra_cluster, -1e-12, 1.0, "from 0 to below 1")?;
        between("correlation", plan.correlation, -1e-12, 1.0, "from 0 to below 1")?;
        between("cluster_size", plan.cluster_size, 1.0 - 1e-12, 1e9, "at least 1")?;
        let clusters = real(usize::try_from(plan.clusters).unwrap_or(usize::MAX));
        between("clusters", clusters, 1.5, 1e9, "at least 2")?;
        if plan.references.is_empty() {
            return Err(ItemsError::Empty { what: "reference" });
        }
        for rate in plan.references {
            between("reference rate", *rate, plan.guess, 1.0, "above the guessing rate and below 1")?;
        }
        let corrected = |rate: f64| (rate - plan.guess) / (1.0 - plan.guess);
        let highest = plan.references.iter().copied().map(corrected).fold(0.0, f64::max);
        let own = plan.guess + (1.0 - plan.guess) * (true_ratio * highest).min(1.0);
        let spread = |rate: f64| (rate * (1.0 - rate)).max(1e-6).sqrt() / (1.0 - plan.guess);
        let (own, rho) = (spread(own), plan.ratio);
        let covariance = |one: f64, other: f64, same: bool| {
            let both = if same { one * other } else { plan.correlation * one * other };
            own * own - rho * plan.correlation * own * (one + other) + rho * rho * both
        };
        let spreads: Vec<f64> = plan.references.iter().map(|rate| spread(*rate)).collect();
        let variances: Vec<f64> = spreads.iter().map(|one| covariance(*one, *one, true).max(1e-9)).collect();
        let rows = spreads.iter().zip(&variances).enumerate().map(|(row, (one, variance))| {
            let cell = |(column, (other, theirs)): (usize, (&f64, &f64))| {
                covariance(*one, *other, row == column) / (variance * theirs).sqrt()
            };
            spreads.iter().zip(&variances).enumerate().map(cell).collect()
        });
        let correlation: Vec<Vec<f64>> = rows.collect();
        let documents = clusters * plan.cluster_size;
        let reference = |(place, (rate, variance)): (usize, (&f64, &f64))| Reference {
            name: (place + 1).to_string(),
            score: corrected(*rate),
            between: variance * plan.intra_cluster / clusters,
            within: variance * (1.0 - plan.intra_cluster) / documents,
            freedom: clusters - 1.0,
        };
        Ok(Self {
            references: plan.references.iter().zip(&variances).enumerate().map(reference).collect(),
            lower: factor(&correlation),
            ratio: plan.ratio,
            confidence: plan.confidence,
            clusters,
            documents,
        })
    }

    /// True mean of the difference against a reference.
    fn mean(&self, reference: &Reference, true_ratio: f64) -> f64 {
        let highest = self.references.iter().map(|one| one.score).fold(f64::NEG_INFINITY, f64::max);
        true_ratio * highest - self.ratio * reference.score
    }

    /// Power against each reference alone.
    fn single(&self, true_ratio: f64, times: Times) -> Vec<f64> {
        let one = |reference: &Reference| {
            let (error, freedom) = (reference.error(times), reference.freedom(times));
            let mean = self.mean(reference, true_ratio);
            if error <= 0.0 {
                return f64::from(u8::from(mean >= 0.0));
            }
            shifted_t_above(t_quantile(self.confidence, freedom), freedom, mean / error)
        };
        self.references.iter().map(one).collect()
    }

    /// Simulated power against all.
    fn joint(&self, true_ratio: f64, times: Times, settings: &PowerSettings) -> f64 {
        let aim = |reference: &Reference| {
            let (error, freedom) = (reference.error(times), reference.freedom(times));
            let shift = self.mean(reference, true_ratio) / error.max(1e-12);
            (shift, t_quantile(self.confidence, freedom))
        };
        let aims: Vec<(f64, f64)> = self.references.iter().map(aim).collect();
        let freedom = self.references.iter().map(|one| one.freedom(times)).fold(f64::INFINITY, f64::min);
        let pass = |number: &u32| {
            let mut noise = Noise::new(Draws::new(settings.seed, u64::from(*number)));
            self.passes(&aims, freedom, &mut noise)
        };
        let numbers: Vec<u32> = (0..settings.simulations).collect();
        let passed = numbers.par_iter().filter(|number| pass(number)).count();
        real(passed) / f64::from(settings.simulations)
    }

    /// One simulated gate: means `L z`, variances the diagonal of `L A A' L' / freedom`.
    fn passes(&self, aims: &[(f64, f64)], freedom: f64, noise: &mut Noise) -> bool {
        let size = aims.len();
        let z: Vec<f64> = (0..size).map(|_| noise.normal()).collect();
        // Bartlett's A needs more degrees of freedom than references; else all variances share one number.
        let shared = freedom <= real(size);
        let common = if shared { noise.chi_squared(freedom) } else { 0.0 };
        let mut a: Vec<Vec<f64>> = Vec::with_capacity(size);
        if !shared {
            for row in 0..size {
                let mut cells: Vec<f64> = (0..row).map(|_| noise.normal()).collect();
                cells.push(noise.chi_squared(freedom - real(row)).sqrt());
                a.push(cells);
            }
        }
        let dot = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
        aims.iter().zip(&self.lower).all(|((shift, critical), row)| {
            let mean = shift + dot(row, &z);
            let squares = if shared {
                common
            } else {
                let column = |place: usize| -> f64 {
                    let pairs = row.iter().zip(&a).skip(place);
                    pairs.map(|(own, cells)| own * cells.get(place).copied().unwrap_or_default()).sum()
                };
                (0..row.len()).map(|place| column(place).powi(2)).sum()
            };
            mean >= critical * (squares / freedom).sqrt()
        })
    }

    /// Power against all: closed form against one reference, else simulated.
    fn all(&self, true_ratio: f64, times: Times, settings: &PowerSettings) -> f64 {
        match self.single(true_ratio, times).as_slice() {
            [only] => *only,
            // Where one test alone fails too often, or nearly all pass, nothing needs simulating.
            several if several.iter().any(|one| *one < settings.power) => {
                several.iter().copied().fold(1.0, f64::min)
            }
            _ => self.joint(true_ratio, times, settings),
        }
    }

    /// Everything that is asked of a gate.
    pub(crate) fn power(&self, settings: &PowerSettings) -> GatePower {
        let single = self.single(settings.true_ratio, ONCE);
        let simulated = self.joint(settings.true_ratio, ONCE, settings);
        let error = (simulated * (1.0 - simulated) / f64::from(settings.simulations)).sqrt();
        let least = (1.0 - single.iter().map(|one| 1.0 - one).sum::<f64>()).max(0.0);
        let greatest = single.iter().copied().fold(1.0, f64::min);
        let power = if single.len() == 1 { greatest } else { simulated };
        let reference = |(one, power): (&Reference, &f64)| {
            let variance = one.between + one.within;
            ReferencePower {
                reference: one.name.clone(),
                score: one.score,
                standard_error: variance.sqrt(),
                freedom: one.freedom,
                between_share: if variance > 0.0 { one.between / variance } else { 0.0 },
                power: *power,
            }
        };
        let enough = |times: &dyn Fn(f64) -> Times, from: f64, most: f64| {
            least_whole(from, most, |units| {
                self.all(settings.true_ratio, times(units), settings) >= settings.power
            })
        };
        let hopeless = self.references.iter().any(|one| self.mean(one, settings.true_ratio) <= 0.0);
        let tasks = 2.0;
        let enough_clusters = if hopeless {
            None
        } else {
            enough(&|units| self.clusters_times(units), tasks, self.clusters * MOST)
        };
        let enough_documents = if hopeless {
            None
        } else if self.all_alone() {
            enough_clusters
        } else {
            enough(&|units| self.documents_times(units), self.clusters, self.documents * MOST)
        };
        GatePower {
            true_ratio: settings.true_ratio,
            power,
            simulated: (simulated, error),
            bounds: (least, greatest),
            references: self.references.iter().zip(&single).map(reference).collect(),
            clusters: whole(self.clusters),
            documents: whole(self.documents),
            enough_clusters,
            enough_documents,
            detectable_ratio: self.detectable(settings),
        }
    }

    /// Whether every document is its own cluster.
    fn all_alone(&self) -> bool {
        self.documents <= self.clusters
    }

    fn clusters_times(&self, clusters: f64) -> Times {
        Times { clusters: clusters / self.clusters, items: 1.0 }
    }

    fn documents_times(&self, documents: f64) -> Times {
        Times { clusters: 1.0, items: documents / self.documents }
    }

    /// The least true ratio with enough power, to a ten-thousandth.
    fn detectable(&self, settings: &PowerSettings) -> Option<f64> {
        let enough = |steps: f64| self.all(steps / 1e4, ONCE, settings) >= settings.power;
        let found = least_whole(1.0, MOST_RATIO * 1e4, enough)?;
        Some(real(usize::try_from(found).unwrap_or(usize::MAX)) / 1e4)
    }

    /// What was lacking where nothing was shown, by reference.
    pub(crate) fn lacking(&self, comparisons: &[BarComparison]) -> Vec<Lacking> {
        let pairs = comparisons.iter().zip(&self.references);
        let open = pairs.filter(|(one, _)| one.outcome == GateOutcome::NotShown);
        open.map(|(one, reference)| self.lacking_one(one, reference)).collect()
    }

    fn lacking_one(&self, comparison: &BarComparison, reference: &Reference) -> Lacking {
        let seen = comparison.difference + self.ratio * reference.score;
        let passes = |times: Times| {
            let critical = t_quantile(self.confidence, reference.freedom(times));
            comparison.difference >= critical * reference.error(times)
        };
        let possible = comparison.difference > 0.0;
        let clusters = least_whole(self.clusters, self.clusters * MOST, |units| {
            possible && passes(self.clusters_times(units))
        });
        let documents = if self.all_alone() {
            clusters
        } else {
            least_whole(self.documents, self.documents * MOST, |units| {
                possible && passes(self.documents_times(units))
            })
        };
        Lacking {
            reference: reference.name.clone(),
            seen_ratio: if reference.score.abs() > 0.0 { seen / reference.score } else { 0.0 },
            shortfall: -comparison.lower.unwrap_or_default(),
            clusters,
            documents,
        }
    }
}

/// The least whole number from `from` to `most` for which `enough` holds, if it holds from there on; none where it
/// doesn't hold at `most`.
fn least_whole(from: f64, most: f64, enough: impl Fn(f64) -> bool) -> Option<u64> {
    let (mut low, mut high) = ((from - 1.0).floor(), from.ceil());
    while !enough(high) {
        if high >= most {
            return None;
        }
        low = high;
        high = (high * 2.0).min(most.ceil());
    }
    while high - low > 1.0 {
        let middle = f64::midpoint(low, high).floor();
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(whole(high))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, rounded")]
fn whole(value: f64) -> u64 {
    value.round().max(0.0) as u64
}

/// Correlations of the differences against the references, from the sums of common clusters.
fn correlations(judged: &[Judged]) -> Vec<Vec<f64>> {
    let covariance = |one: &Contrast, other: &Contrast| -> f64 {
        let task = |(one, other): (&super::contrast::TaskContrast, &super::contrast::TaskContrast)| {
            let scale = |task: &super::contrast::TaskContrast| {
                let c = real(task.clusters);
                task.weight / real(task.documents) * (c / (c - 1.0).max(1.0)).sqrt()
            };
            let sum: f64 = one.sums.iter().zip(&other.sums).map(|(a, b)| a * b).sum();
            scale(one) * scale(other) * sum
        };
        one.tasks.iter().zip(&other.tasks).map(task).sum()
    };
    let row = |one: &Judged| {
        let cell = |other: &Judged| {
            let own = covariance(&one.contrast, &one.contrast);
            let theirs = covariance(&other.contrast, &other.contrast);
            let both = covariance(&one.contrast, &other.contrast);
            if own > 0.0 && theirs > 0.0 { both / (own * theirs).sqrt() } else { 0.0 }
        };
        judged.iter().map(cell).collect()
    };
    judged.iter().map(row).collect()
}

/// The lower Cholesky factor of a correlation matrix that may be singular (two references that always answer alike).
fn factor(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let at = |rows: &[Vec<f64>], row: usize, column: usize| {
        rows.get(row).and_then(|row| row.get(column)).copied().unwrap_or_default()
    };
    let mut lower: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
    for row in 0..matrix.len() {
        let mut cells: Vec<f64> = Vec::with_capacity(row + 1);
        for column in 0..row {
            let done: f64 = cells.iter().enumerate().map(|(k, own)| own * at(&lower, column, k)).sum();
            let pivot = at(&lower, column, column);
            cells.push(if pivot > 1e-8 { (at(matrix, row, column) - done) / pivot } else { 0.0 });
        }
        let left = 1.0 - cells.iter().map(|cell| cell * cell).sum::<f64>();
        cells.push(left.max(0.0).sqrt());
        lower.push(cells);
    }
    lower
}
