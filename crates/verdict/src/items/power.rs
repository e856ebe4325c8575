//! The power of a non-inferiority gate: how likely a candidate of a given true ratio passes, and how much evidence would
//! have been enough.
//!
//! Against one reference the statistic is a non-central t: with standard error `SE`, `f` degrees of freedom and true
//! mean `d` of the difference, power is `P(T_f(d / SE) >= t_{f, confidence})`. The variance of the difference splits into
//! a part between clusters, which falls with the number of clusters only, and a part within them, which falls with the
//! number of documents:
//!
//! ```text
//! SE^2 = B / (clusters factor) + W / (clusters factor * items factor)
//! ```
//!
//! Against several references a candidate has to pass every test, and the tests are correlated: the power of the whole is
//! simulated from the estimated correlation of the differences, with normal means and Wishart variances (Bartlett's
//! decomposition), under a seed. It lies between one minus the sum of the single failures and the least single power.
//!
//! A true ratio is that of the candidate's true score to the highest reference's. References are taken at their
//! measured (or assumed) scores, and with a table the variances are those measured, whatever the ratio asked about. The
//! highest of several measured scores is likely above its true one, so with a small table the power against several
//! references is an estimate on the high side; [`plan_gate`] has no such error.

use super::{
    ItemTable, ItemsError,
    design::{Design, MOST_RATIO},
    error::between,
    gate::{Bar, BarComparison, overall},
};
use daepyo_core::GateOutcome;
use serde::{Deserialize, Serialize};

/// What is asked of a gate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerSettings {
    /// The candidate's true score over that of the highest reference.
    pub true_ratio: f64,
    /// The power that would be enough, between 0 and 1.
    pub power: f64,
    /// Seed of the simulation.
    pub seed: u64,
    /// Simulated gates, at least 100.
    pub simulations: u32,
}

impl Default for PowerSettings {
    /// An equal of the highest reference, 80 %, seed 0, 4,000 gates.
    fn default() -> Self {
        Self { true_ratio: 1.0, power: 0.8, seed: 0, simulations: 4_000 }
    }
}

/// A gate that is planned: no scores yet, only assumptions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan<'a> {
    /// True rates of right answers of the references, guessing included; each above `guess` and below 1.
    pub references: &'a [f64],
    /// What guessing scores; 0 where it is not taken out.
    pub guess: f64,
    /// The ratio to reach.
    pub ratio: f64,
    /// One-sided confidence.
    pub confidence: f64,
    /// Clusters, at least 2.
    pub clusters: u64,
    /// Documents a cluster, at least 1.
    pub cluster_size: f64,
    /// Intra-cluster correlation of the differences, from 0 to 1.
    pub intra_cluster: f64,
    /// Correlation over items of two entrants' being right, from 0 to below 1.
    pub correlation: f64,
}

/// The power of a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GatePower {
    /// The true ratio that is asked about.
    pub true_ratio: f64,
    /// Probability of passing: the closed form against one reference, else simulated.
    pub power: f64,
    /// The simulated probability, and its Monte Carlo standard error.
    pub simulated: (f64, f64),
    /// What the closed form alone says: the least and the greatest that it can be.
    pub bounds: (f64, f64),
    /// Against each reference alone.
    pub references: Vec<ReferencePower>,
    /// Clusters and documents there are: those of the reference with the fewest.
    pub clusters: u64,
    /// Documents there are.
    pub documents: u64,
    /// Clusters of the same size that would be enough for the power asked for; none where no number is.
    pub enough_clusters: Option<u64>,
    /// Documents in the same clusters that would be enough; none where no number is, because clusters are too few. Where
    /// every document is its own cluster, new documents are new clusters.
    pub enough_documents: Option<u64>,
    /// The least true ratio that passes with the power asked for, with the evidence there is; none above 3.
    pub detectable_ratio: Option<f64>,
}

/// A gate against one reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReferencePower {
    /// The reference; of a plan, its place from 1.
    pub reference: String,
    /// Its score.
    pub score: f64,
    /// Standard error of the difference.
    pub standard_error: f64,
    /// Degrees of freedom.
    pub freedom: f64,
    /// The share of the variance that lies between clusters: what more documents in the same clusters can't take away.
    pub between_share: f64,
    /// Probability of passing against it alone, by the closed form.
    pub power: f64,
}

/// A gate as it came out, its power, and what it lacked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateReview {
    /// The candidate.
    pub candidate: String,
    /// The outcome.
    pub outcome: GateOutcome,
    /// Against each reference.
    pub comparisons: Vec<BarComparison>,
    /// Its power.
    pub power: GatePower,
    /// What it lacked against each reference against which nothing was shown.
    pub lacking: Vec<Lacking>,
}

/// What a gate that showed nothing lacked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lacking {
    /// The reference.
    pub reference: String,
    /// The ratio of the scores that was seen.
    pub seen_ratio: f64,
    /// How far below 0 the lower bound was.
    pub shortfall: f64,
    /// Clusters of the same size at which the difference that was seen would have been enough to pass; none where it is
    /// not above 0, so that no number would.
    pub clusters: Option<u64>,
    /// Documents in the same clusters likewise; none where no number would.
    pub documents: Option<u64>,
}

/// The power of `bar` for a candidate of `table`, what came out, and what was lacking; fails for unknown names, settings
/// out of range, and where no standard error follows from the documents.
pub fn review_gate(
    table: &ItemTable<'_>,
    candidate: &str,
    bar: &Bar<'_>,
    settings: &PowerSettings,
) -> Result<GateReview, ItemsError> {
    check(settings)?;
    let judged = bar.judge(table, table.place(candidate)?, |_, _| true)?;
    let design = Design::measured(table, candidate, bar, &judged)?;
    let comparisons: Vec<BarComparison> = judged.into_iter().map(|one| one.comparison).collect();
    let lacking = design.lacking(&comparisons);
    Ok(GateReview {
        candidate: candidate.to_owned(),
        outcome: overall(&comparisons.iter().map(|one| one.outcome).collect::<Vec<_>>()),
        comparisons,
        power: design.power(settings),
        lacking,
    })
}

/// The power of a gate that is only planned; fails for assumptions out of range.
///
/// # Examples
/// ```
/// use daepyo_verdict::items::{Plan, PowerSettings, plan_gate};
/// let plan = Plan {
///     references: &[0.8], guess: 0.0, ratio: 0.95, confidence: 0.95,
///     clusters: 50, cluster_size: 20.0, intra_cluster: 0.05, correlation: 0.4,
/// };
/// let power = plan_gate(&plan, &PowerSettings::default())?;
/// assert!(power.power > 0.5 && power.enough_clusters.is_some());
/// # Ok::<(), daepyo_verdict::items::ItemsError>(())
/// ```
pub fn plan_gate(plan: &Plan<'_>, settings: &PowerSettings) -> Result<GatePower, ItemsError> {
    check(settings)?;
    Ok(Design::planned(plan, settings.true_ratio)?.power(settings))
}

fn check(settings: &PowerSettings) -> Result<(), ItemsError> {
    between("true_ratio", settings.true_ratio, 0.0, MOST_RATIO, "above 0 and below 3")?;
    between("power", settings.power, 0.0, 1.0, "above 0 and below 1")?;
    between("simulations", f64::from(settings.simulations), 99.0, 1e7, "from 100 to below 10,000,000")
}
