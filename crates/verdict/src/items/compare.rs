//! Every two entrants compared on the documents that both answered, with intervals that hold for all pairs together.
//!
//! One pair: the weighted mean over tasks of the differences, with clustered errors and Satterthwaite's degrees of
//! freedom ([`crate::clustered`]). All pairs: the critical value is the quantile of the greatest t statistic of any pair
//! under random multipliers of clusters, which takes into account how the pairs hang together; Bonferroni's and Holm's
//! figures, which don't, stand beside it.

use super::{
    ItemTable, ItemsError, Multipliers,
    contrast::Contrast,
    distributions::{holm, t_two_sided},
    error::between,
    multipliers::Sums,
};
use crate::{
    clustered::t_quantile,
    number::{real, wide},
};
use serde::{Deserialize, Serialize};

/// Below these degrees of freedom of the weakest pair, multipliers have too little to work on, and Bonferroni's t is
/// used.
const LEAST_FREEDOM: f64 = 5.0;

/// Below these, six-point multipliers replace signs.
const FEW_FREEDOM: f64 = 12.0;

/// Below these, draws alone promise too much, and neither a critical value nor an adjusted p-value goes below
/// Bonferroni's and Holm's.
const CAREFUL_FREEDOM: f64 = 40.0;

/// How pairs are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompareSettings {
    /// Confidence of the intervals, between .5 and 1.
    pub confidence: f64,
    /// Whether guessing is taken out of scores: `(s - g) / (1 - g)`.
    pub chance_corrected: bool,
    /// Seed of the draws.
    pub seed: u64,
    /// Draws, at least 100.
    pub draws: u32,
}

impl Default for CompareSettings {
    /// 95 %, raw scores, seed 0 and 10,000 draws.
    fn default() -> Self {
        Self { confidence: 0.95, chance_corrected: false, seed: 0, draws: 10_000 }
    }
}

/// Every two entrants compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparisons {
    /// Confidence of every interval.
    pub confidence: f64,
    /// Pairs in the order of the entrants, without those in `apart`.
    pub pairs: Vec<PairComparison>,
    /// Pairs that share no answered document in a task that counts.
    pub apart: Vec<(String, String)>,
    /// Documents without a response, by entrant.
    pub failures: Vec<(String, u64)>,
    /// Pairs that the simultaneous intervals hold for together: those whose difference varies.
    pub family: u64,
    /// The critical values; none where no pair has a standard error above 0.
    pub critical: Option<CriticalValues>,
}

/// How many standard errors an interval reaches to either side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CriticalValues {
    /// What the simultaneous intervals use.
    pub used: f64,
    /// By random multipliers; none below five degrees of freedom, where Bonferroni's is used. Below 40 the greater of
    /// the two is.
    pub multipliers: Option<(Multipliers, f64)>,
    /// Bonferroni's, at the least degrees of freedom of any pair.
    pub bonferroni: f64,
    /// For one pair alone, at the least degrees of freedom of any pair.
    pub single: f64,
    /// The least degrees of freedom of any pair.
    pub freedom: f64,
}

/// Two entrants compared. Everything optional is none where a task has fewer than two clusters of common documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairComparison {
    /// The one.
    pub first: String,
    /// The other.
    pub second: String,
    /// Weighted mean score of the first minus that of the second, on common documents.
    pub difference: f64,
    /// Its clustered standard error.
    pub standard_error: Option<f64>,
    /// Degrees of freedom.
    pub freedom: Option<f64>,
    /// Interval for this pair alone.
    pub interval: Option<(f64, f64)>,
    /// Interval that holds together with those of all other pairs.
    pub simultaneous: Option<(f64, f64)>,
    /// Two-sided p-value of this pair alone, by t. A difference that is the same in every cluster has no t; its p-value
    /// is that of the signs of clusters, `2^(1-C)`.
    pub p: Option<f64>,
    /// Adjusted for all pairs by the greatest t statistic, in one step: below 1 - confidence where `simultaneous` leaves
    /// 0 out, up to ties among the draws.
    pub p_adjusted: Option<f64>,
    /// Adjusted likewise step by step (Westfall and Young 1993): never greater.
    pub p_stepwise: Option<f64>,
    /// Adjusted by Holm's rule.
    pub p_holm: Option<f64>,
    /// Documents that both answered.
    pub documents: u64,
    /// Documents left out because one of the two had no response.
    pub left_out: u64,
    /// Clusters with a common document.
    pub clusters: u64,
    /// Intra-cluster correlation of the differences; none without clusters of several documents.
    pub intra_cluster: Option<f64>,
    /// Clustered variance over that of independent documents.
    pub design_effect: Option<f64>,
}

/// Compares every two entrants of `table`; fails for fewer than two or for settings out of range.
///
/// # Examples
/// ```
/// use daepyo_verdict::items::{CompareSettings, Entrant, Item, ItemTable, TaskWeight, compare_all};
/// let ids: Vec<String> = (0..40).map(|n| n.to_string()).collect();
/// let item = |id| Item { task: "t", id, cluster: id, guess: 0.0, key: None };
/// let items: Vec<Item> = ids.iter().map(|id| item(id.as_str())).collect();
/// let scores = |right: usize| (0..40).map(|n| Some(f64::from(u8::from(n < right)))).collect::<Vec<_>>();
/// let (good, bad) = (scores(36), scores(12));
/// let entrants = [Entrant { id: "good", scores: &good, answers: &[] }, Entrant { id: "bad", scores: &bad, answers: &[] }];
/// let table = ItemTable::new(&items, &entrants, &[TaskWeight { task: "t", weight: 1.0 }])?;
/// let all = compare_all(&table, &CompareSettings::default())?;
/// assert!((all.pairs[0].difference - 0.6).abs() < 1e-12);
/// assert!(all.pairs[0].simultaneous.is_some_and(|(low, _)| low > 0.0));
/// # Ok::<(), daepyo_verdict::items::ItemsError>(())
/// ```
pub fn compare_all(table: &ItemTable<'_>, settings: &CompareSettings) -> Result<Comparisons, ItemsError> {
    between("confidence", settings.confidence, 0.5, 1.0, "above .5 and below 1")?;
    between("draws", f64::from(settings.draws), 99.0, 1e7, "from 100 to below 10,000,000")?;
    let count = table.entrants.len();
    if count < 2 {
        return Err(ItemsError::TooFewEntrants { entrants: count, least: 2 });
    }
    let (mut contrasts, mut apart) = (Vec::new(), Vec::new());
    for first in 0..count {
        for second in first + 1..count {
            let value = |item: usize| {
                let one = table.score(first, item, settings.chance_corrected)?;
                Some(one - table.score(second, item, settings.chance_corrected)?)
            };
            match Contrast::new(table, value) {
                Ok(contrast) => contrasts.push(((first, second), contrast)),
                Err(_) => apart.push((table.id(first), table.id(second))),
            }
        }
    }
    let mut result = judge(table, &contrasts, settings);
    result.apart = apart;
    Ok(result)
}

fn judge(
    table: &ItemTable<'_>,
    contrasts: &[((usize, usize), Contrast)],
    settings: &CompareSettings,
) -> Comparisons {
    let counted: usize =
        table.tasks.iter().filter(|task| task.weight > 0.0).map(|task| task.items.len()).sum();
    let alpha = 1.0 - settings.confidence;
    let varies = |contrast: &Contrast| contrast.mean.standard_error.is_some_and(|error| error > 0.0);
    let family: Vec<&Contrast> = contrasts.iter().map(|(_, one)| one).filter(|one| varies(one)).collect();
    let simulated = Simulated::new(&family, settings);
    let plain: Vec<Option<f64>> = contrasts.iter().map(|(_, contrast)| plain_p(contrast)).collect();
    let known: Vec<f64> = plain.iter().flatten().copied().collect();
    let mut holm = holm(&known).into_iter();
    let mut adjusted = simulated.p.iter();
    let mut pairs = Vec::with_capacity(contrasts.len());
    for (((first, second), contrast), p) in contrasts.iter().zip(&plain) {
        let mean = contrast.mean;
        let reach = |critical: f64| {
            mean.standard_error.map(|error| (mean.mean - critical * error, mean.mean + critical * error))
        };
        let single = mean.freedom.map_or(f64::INFINITY, |freedom| t_quantile(1.0 - alpha / 2.0, freedom));
        let together = if varies(contrast) { simulated.critical.map_or(single, |one| one.used) } else { 0.0 };
        let steps = if varies(contrast) { adjusted.next().copied() } else { None };
        // A difference that never varies is outside the family; Bonferroni's factor is then the safe one.
        let constant = p.map(|p| (p * real(known.len())).min(1.0));
        pairs.push(PairComparison {
            first: table.id(*first),
            second: table.id(*second),
            difference: mean.mean,
            standard_error: mean.standard_error,
            freedom: mean.freedom,
            interval: reach(if varies(contrast) { single } else { 0.0 }),
            simultaneous: reach(together),
            p: *p,
            p_adjusted: steps.map(|(one, _)| one).or(constant),
            p_stepwise: steps.map(|(_, step)| step).or(constant),
            p_holm: p.and_then(|_| holm.next()),
            documents: wide(contrast.documents()),
            left_out: wide(counted - contrast.documents()),
            clusters: wide(contrast.clusters()),
            intra_cluster: contrast.intra_cluster(),
            design_effect: contrast.design_effect(),
        });
    }
    Comparisons {
        confidence: settings.confidence,
        pairs,
        apart: Vec::new(),
        failures: (0..table.entrants.len())
            .map(|place| (table.id(place), wide(table.missing(place))))
            .collect(),
        family: wide(family.len()),
        critical: simulated.critical,
    }
}

/// Two-sided p-value of one pair; none without a standard error.
fn plain_p(contrast: &Contrast) -> Option<f64> {
    let (error, freedom) = contrast.mean.standard_error.zip(contrast.mean.freedom)?;
    if error > 0.0 {
        return Some(t_two_sided(contrast.mean.mean / error, freedom));
    }
    if contrast.mean.mean.abs() < 1e-12 {
        return Some(1.0);
    }
    Some(libm::pow(2.0, 1.0 - real(contrast.clusters())))
}

/// Critical values and adjusted p-values of a family.
struct Simulated {
    critical: Option<CriticalValues>,
    /// By pair: in one step, and step by step.
    p: Vec<(f64, f64)>,
}

impl Simulated {
    fn new(family: &[&Contrast], settings: &CompareSettings) -> Self {
        let freedom = family.iter().filter_map(|one| one.mean.freedom).fold(f64::INFINITY, f64::min);
        if family.is_empty() {
            return Self { critical: None, p: Vec::new() };
        }
        let alpha = 1.0 - settings.confidence;
        let single = t_quantile(1.0 - alpha / 2.0, freedom);
        let bonferroni = t_quantile(1.0 - alpha / 2.0 / real(family.len()), freedom);
        let values =
            |used, multipliers| Some(CriticalValues { used, multipliers, bonferroni, single, freedom });
        let plain: Vec<f64> = family.iter().filter_map(|one| plain_p(one)).collect();
        let one_step = plain.iter().map(|p| (p * real(plain.len())).min(1.0));
        let cautious: Vec<(f64, f64)> = one_step.zip(holm(&plain)).collect();
        if freedom < LEAST_FREEDOM {
            return Self { critical: values(bonferroni, None), p: cautious };
        }
        let multipliers = if freedom < FEW_FREEDOM { Multipliers::SixPoints } else { Multipliers::Signs };
        let (greatest, mut p) = simulate(family, multipliers, settings);
        let drawn = upper(&greatest, settings.confidence);
        // Draws never reach less far than one pair alone needs.
        let mut used = drawn.max(single);
        if freedom < CAREFUL_FREEDOM {
            used = used.max(bonferroni);
            for (drawn, cautious) in p.iter_mut().zip(&cautious) {
                *drawn = (drawn.0.max(cautious.0), drawn.1.max(cautious.1));
            }
        }
        Self { critical: values(used, Some((multipliers, drawn))), p }
    }
}

/// Sorted greatest statistics of the draws, and adjusted p-values of every pair.
fn simulate(
    family: &[&Contrast],
    multipliers: Multipliers,
    settings: &CompareSettings,
) -> (Vec<f64>, Vec<(f64, f64)>) {
    let statistic = |one: &&Contrast| {
        let error = one.mean.standard_error.unwrap_or(f64::INFINITY);
        (one.mean.mean / error).abs()
    };
    let seen: Vec<f64> = family.iter().map(statistic).collect();
    let mut order: Vec<usize> = (0..seen.len()).collect();
    let at = |values: &[f64], place: usize| values.get(place).copied().unwrap_or_default();
    order.sort_by(|a, b| at(&seen, *a).total_cmp(&at(&seen, *b)).then(a.cmp(b)));
    let read = |drawn: &[f64]| {
        // From the smallest statistic up, the greatest so far is what the step-by-step rule compares with.
        let mut most = 0.0_f64;
        let mut steps = Vec::with_capacity(order.len());
        for place in &order {
            most = most.max(at(drawn, *place));
            steps.push(most >= at(&seen, *place));
        }
        (most, steps)
    };
    let draws = Sums::new(family, multipliers).draw(settings.seed, settings.draws, read);
    let mut greatest: Vec<f64> = draws.iter().map(|(most, _)| *most).collect();
    greatest.sort_by(f64::total_cmp);
    let all = real(draws.len()) + 1.0;
    let mut p = vec![(1.0, 1.0); seen.len()];
    let mut most = 0.0_f64;
    for (rank, place) in order.iter().enumerate().rev() {
        let beyond = draws.iter().filter(|(_, steps)| steps.get(rank).copied().unwrap_or(true)).count();
        most = most.max((real(beyond) + 1.0) / all);
        let below = greatest.partition_point(|value| *value < at(&seen, *place));
        let single = (real(greatest.len() - below) + 1.0) / all;
        if let Some(slot) = p.get_mut(*place) {
            *slot = (single, most.min(single));
        }
    }
    (greatest, p)
}

/// The value that at most `1 - confidence` of the draws and the observation together exceed.
fn upper(sorted: &[f64], confidence: f64) -> f64 {
    let rank = ((real(sorted.len()) + 1.0) * confidence - 1e-9).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and the length")]
    let place = (rank as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(place).copied().unwrap_or(f64::INFINITY)
}
