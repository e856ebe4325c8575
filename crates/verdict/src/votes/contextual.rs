//! Strengths beside covariates of a battle: style and position, held equal.
//!
//! With `d = s_left - s_right + x b` a vote has the weights `exp(d/2)` (left), `exp(-d/2)` (right) and `t` (tie), where
//! `x` has the battle's covariates (left minus right) and, as an intercept, a 1 for the position. It is the plain model
//! with a linear term (Li, Angelopoulos and Chiang 2024, "Does style matter?"), fitted by Newton on single votes. All
//! standard errors are clustered by voter. Covariates are divided by their standard deviation, not centred: a
//! covariate of 0 means equal style, so that the intercept stays the advantage of the left side between equals.
#![expect(
    clippy::indexing_slicing,
    reason = "models and rows are checked by the poll, columns by the constructor"
)]
#![expect(clippy::many_single_char_names, reason = "the symbols of the formulas")]

use super::{
    Counted, Poll, Rating, VoteError,
    poll::place,
    sandwich::{inverse_beside_level, sandwich},
};
use crate::{
    bradley_terry::PRECISION,
    clustered::t_quantile,
    matrix::Cholesky,
    number::{real, wide},
};
use daepyo_core::VoteChoice;
use serde::{Deserialize, Serialize};

/// Variance inflation from which a covariate counts as foretold by strengths and other covariates.
const MOST_INFLATED: f64 = 1000.0;

/// Covariates of battles.
#[derive(Clone, Copy, Debug)]
pub struct Covariates<'a> {
    /// Their names.
    pub names: &'a [&'a str],
    /// Battle by battle in the order of the votes, of each battle one number a name: left minus right.
    pub values: &'a [f64],
    /// Whether the left side has an advantage of its own.
    pub position: bool,
}

/// A covariate's effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// The covariate, or `position`.
    pub name: String,
    /// Standard deviation that it was divided by; 1 for the position.
    pub deviation: f64,
    /// Log-odds of the left over the right for one standard deviation.
    pub estimate: f64,
    /// Its standard error, clustered by voter.
    pub standard_error: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Variance inflation: how many times the variance is what it would be, were the covariate unrelated to
    /// strengths and other covariates.
    pub inflation: f64,
}

/// A fit with covariates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contextual {
    /// Votes that entered.
    pub votes: u64,
    /// Voters behind them.
    pub voters: u64,
    /// Davidson's tie parameter.
    pub tie_parameter: f64,
    /// Effects, in the order of the names, the position last.
    pub coefficients: Vec<Coefficient>,
    /// Ratings at equal style, with `standard_error_iid` as if every vote were independent.
    pub ratings: Vec<Rating>,
}

/// Covariates that can't be fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ContextError {
    /// Votes that can't be fitted without covariates either.
    #[error("the votes can't be fitted")]
    Votes(#[source] VoteError),
    /// Another number of values than votes times names.
    #[error("{given} values were given for {votes} votes and {names} names; give one a vote and name")]
    WrongCount {
        /// Values.
        given: usize,
        /// Votes.
        votes: usize,
        /// Names.
        names: usize,
    },
    /// A value that is infinite or no number.
    #[error("vote {index} has {value} for `{name}`; write a finite number")]
    NotFinite {
        /// The vote, from 0.
        index: usize,
        /// The covariate.
        name: String,
        /// The value.
        value: f64,
    },
    /// A covariate that is 0 in every battle, or the same in every one while the position is fitted too.
    #[error("`{name}` is the same in every battle; leave it out")]
    Constant {
        /// The covariate.
        name: String,
    },
    /// A covariate that strengths and other covariates foretell.
    #[error(
        "`{name}` can't be told from the models' strengths and the other covariates; leave one of them out"
    )]
    Confounded {
        /// The covariate.
        name: String,
    },
}

impl ContextError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Votes(error) => error.code(),
            Self::WrongCount { .. } => "verdict::wrong_count",
            Self::NotFinite { .. } => "verdict::covariate_not_finite",
            Self::Constant { .. } => "verdict::constant_covariate",
            Self::Confounded { .. } => "verdict::confounded_covariate",
        }
    }
}

/// One vote that enters.
struct Row {
    left: usize,
    right: usize,
    voter: usize,
    /// Place among all votes.
    index: usize,
    /// 0 left, 1 right, 2 tie.
    result: usize,
    weight: f64,
}

/// Everything that a pass over the votes needs.
struct Model<'a> {
    rows: Vec<Row>,
    covariates: Covariates<'a>,
    scale: Vec<f64>,
    models: usize,
    /// Covariates and position.
    effects: usize,
}

/// Derivatives of one vote by `d` and the log tie parameter, and the information about both.
struct Slope {
    score: [f64; 2],
    information: [f64; 3],
}

/// Fits strengths and covariates to a poll, weights included.
pub fn fit(poll: &Poll<'_>, covariates: Covariates<'_>) -> Result<Contextual, ContextError> {
    // The plain count makes sure that the strengths can be told apart.
    let counted = Counted::of(poll).map_err(ContextError::Votes)?;
    let model = Model::new(poll, covariates)?;
    let (at, inverse, information) = model.climb();
    let n = at.len();
    let inflations: Vec<f64> = (0..n).map(|k| information[k * (n + 1)] * inverse[k * (n + 1)]).collect();
    for k in model.models + 1..n {
        // Where the votes leave nothing of its own, the prior holds it, which few votes inflate only a little.
        let held = 1.0 / inverse[k * (n + 1)] < 4.0 * PRECISION;
        if held || inflations[k] > MOST_INFLATED {
            return Err(ContextError::Confounded { name: model.name(k - model.models - 1) });
        }
    }
    let (by_voter, by_vote) = model.spreads(&at, poll.voters());
    let clustered = sandwich(&inverse, &by_voter, n, n);
    let iid = sandwich(&inverse, &by_vote, n, n);
    let reach = t_quantile(0.975, real(counted.voters()) - 1.0);
    let rating = |(model, log_strength): (u16, &f64)| {
        let diagonal = usize::from(model) * (n + 1);
        Rating::new(model, *log_strength, (clustered[diagonal], iid[diagonal]), reach)
    };
    let coefficient = |effect: usize| {
        let k = model.models + 1 + effect;
        let (estimate, standard_error) = (at[k], clustered[k * (n + 1)].max(0.0).sqrt());
        Coefficient {
            name: model.name(effect),
            deviation: model.scale.get(effect).copied().unwrap_or(1.0),
            estimate,
            standard_error,
            low: estimate - reach * standard_error,
            high: estimate + reach * standard_error,
            inflation: inflations[k],
        }
    };
    Ok(Contextual {
        votes: wide(model.rows.len()),
        voters: wide(counted.voters()),
        tie_parameter: libm::exp(at[model.models]),
        coefficients: (0..model.effects).map(coefficient).collect(),
        ratings: (0..).zip(&at[..model.models]).map(rating).collect(),
    })
}

impl<'a> Model<'a> {
    fn new(poll: &Poll<'_>, covariates: Covariates<'a>) -> Result<Self, ContextError> {
        let (votes, names, given) = (poll.ballots().len(), covariates.names.len(), covariates.values.len());
        if votes * names != given {
            return Err(ContextError::WrongCount { given, votes, names });
        }
        if let Some(bad) = covariates.values.iter().position(|value| !value.is_finite()) {
            return Err(ContextError::NotFinite {
                index: bad / names,
                name: covariates.names[bad % names].to_owned(),
                value: covariates.values[bad],
            });
        }
        let mut rows = Vec::with_capacity(votes);
        for (index, ballot) in poll.ballots().iter().enumerate() {
            let result = match ballot.choice {
                VoteChoice::Left => 0,
                VoteChoice::Right => 1,
                VoteChoice::Tie => 2,
                VoteChoice::BothBad => continue,
            };
            let cluster = place(ballot.voter);
            let weight = poll.weights().map_or(1.0, |weights| weights[cluster]);
            if weight > 0.0 {
                let (left, right) = (usize::from(ballot.left), usize::from(ballot.right));
                rows.push(Row { left, right, voter: cluster, index, result, weight });
            }
        }
        let effects = names + usize::from(covariates.position);
        let mut model = Self { rows, covariates, scale: Vec::new(), models: poll.models(), effects };
        for column in 0..names {
            let values = || model.rows.iter().map(|row| covariates.values[row.index * names + column]);
            let mean = values().sum::<f64>() / real(model.rows.len().max(1));
            let spread = |centre: f64| {
                (values().map(|value| (value - centre).powi(2)).sum::<f64>() / real(model.rows.len().max(1)))
                    .sqrt()
            };
            // Without an intercept a constant advantage of the left is an effect that can be fitted.
            let deviation = if covariates.position || spread(mean) > 0.0 { spread(mean) } else { mean.abs() };
            if deviation <= 1e-12 * mean.abs() || deviation <= 0.0 {
                return Err(ContextError::Constant { name: model.name(column) });
            }
            model.scale.push(deviation);
        }
        Ok(model)
    }

    fn name(&self, effect: usize) -> String {
        self.covariates.names.get(effect).copied().unwrap_or("position").to_owned()
    }

    /// Of a row, the standardised covariates and the intercept.
    fn effects_of(&self, row: &Row, x: &mut [f64]) {
        let names = self.scale.len();
        let values = &self.covariates.values[row.index * names..(row.index + 1) * names];
        for ((x, value), scale) in x.iter_mut().zip(values).zip(&self.scale) {
            *x = value / scale;
        }
        if self.covariates.position {
            x[names] = 1.0;
        }
    }

    fn parameters(&self) -> usize {
        self.models + 1 + self.effects
    }

    fn distance(&self, at: &[f64], row: &Row, x: &[f64]) -> f64 {
        let styles: f64 = at[self.models + 1..].iter().zip(x).map(|(b, x)| b * x).sum();
        at[row.left] - at[row.right] + styles
    }

    /// Newton from nothing: the maximum, the inverse of the information there, and the information.
    fn climb(&self) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let n = self.parameters();
        let mut at = vec![0.0; n];
        let mut factor = Cholesky::new(n);
        let mut best = self.objective(&at);
        for _ in 0..100 {
            let (mut step, information) = self.derive(&at);
            // The prior makes the information positive definite.
            factor.factor(&information);
            factor.solve(&mut step);
            let largest = step.iter().fold(0.0_f64, |most, step| most.max(step.abs()));
            if largest < 1e-9 {
                break;
            }
            let mut scale = 1.0;
            for _ in 0..40 {
                let trial: Vec<f64> =
                    at.iter().zip(&step).map(|(value, step)| value + scale * step).collect();
                let value = self.objective(&trial);
                // Short steps are taken as they are: what they gain drowns in rounding.
                if value > best || largest < 1e-4 {
                    (at, best) = (trial, value);
                    break;
                }
                scale /= 2.0;
            }
        }
        let (_, information) = self.derive(&at);
        (at, inverse_beside_level(&information, n, self.models), information)
    }

    fn objective(&self, at: &[f64]) -> f64 {
        let mut x = vec![0.0; self.effects];
        let mut sum = -PRECISION / 2.0 * at.iter().map(|value| value * value).sum::<f64>();
        for row in &self.rows {
            self.effects_of(row, &mut x);
            let p = chances(self.distance(at, row, &x), at[self.models]);
            sum += row.weight * libm::log(p[row.result].max(f64::MIN_POSITIVE));
        }
        sum
    }

    /// Gradient and information, prior included.
    fn derive(&self, at: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let n = self.parameters();
        let mut gradient: Vec<f64> = at.iter().map(|value| -PRECISION * value).collect();
        let mut information = vec![0.0; n * n];
        for k in 0..n {
            information[k * (n + 1)] = PRECISION;
        }
        let mut x = vec![0.0; self.effects];
        // The parameters that a vote touches, each with its derivatives of `d` and of the log tie parameter.
        let mut design: Vec<(usize, f64, f64)> = Vec::with_capacity(self.effects + 3);
        for row in &self.rows {
            self.effects_of(row, &mut x);
            let slope = slope(self.distance(at, row, &x), at[self.models], row.result);
            self.design(row, &x, &mut design);
            let [a, b, c] = slope.information.map(|value| value * row.weight);
            for (k, (one, by_d, by_tie)) in design.iter().enumerate() {
                gradient[*one] += row.weight * (by_d * slope.score[0] + by_tie * slope.score[1]);
                let (left, right) = (a * by_d + b * by_tie, b * by_d + c * by_tie);
                for (other, other_d, other_tie) in &design[..=k] {
                    information[one.max(other) * n + one.min(other)] += left * other_d + right * other_tie;
                }
            }
        }
        for row in 0..n {
            for column in row + 1..n {
                information[row * n + column] = information[column * n + row];
            }
        }
        (gradient, information)
    }

    fn design(&self, row: &Row, x: &[f64], design: &mut Vec<(usize, f64, f64)>) {
        design.clear();
        design.extend([(row.left, 1.0, 0.0), (row.right, -1.0, 0.0), (self.models, 0.0, 1.0)]);
        design.extend(x.iter().enumerate().map(|(effect, x)| (self.models + 1 + effect, *x, 0.0)));
    }

    /// Sums of outer squares of the scores by voter and by vote, with the usual factors for few of them; lower
    /// triangles.
    fn spreads(&self, at: &[f64], voters: usize) -> (Vec<f64>, Vec<f64>) {
        let n = self.parameters();
        let mut starts = vec![0_usize; voters + 1];
        for row in &self.rows {
            starts[row.voter + 1] += 1;
        }
        for voter in 0..voters {
            starts[voter + 1] += starts[voter];
        }
        let mut order = vec![0_usize; self.rows.len()];
        let mut next = starts.clone();
        for (place, row) in self.rows.iter().enumerate() {
            order[next[row.voter]] = place;
            next[row.voter] += 1;
        }
        let (mut by_voter, mut by_vote) = (vec![0.0; n * n], vec![0.0; n * n]);
        let mut x = vec![0.0; self.effects];
        let mut design = Vec::new();
        let mut score = vec![0.0; n];
        for voter in 0..voters {
            let own = &order[starts[voter]..starts[voter + 1]];
            if own.is_empty() {
                continue;
            }
            score.fill(0.0);
            for row in own.iter().map(|place| &self.rows[*place]) {
                self.effects_of(row, &mut x);
                let slope = slope(self.distance(at, row, &x), at[self.models], row.result);
                self.design(row, &x, &mut design);
                let value =
                    |by_d: f64, by_tie: f64| row.weight * (by_d * slope.score[0] + by_tie * slope.score[1]);
                for (k, (one, by_d, by_tie)) in design.iter().enumerate() {
                    let value_of_one = value(*by_d, *by_tie);
                    score[*one] += value_of_one;
                    for (other, other_d, other_tie) in &design[..=k] {
                        by_vote[one.max(other) * n + one.min(other)] +=
                            value_of_one * value(*other_d, *other_tie);
                    }
                }
            }
            for row in 0..n {
                let times = score[row];
                for (sum, value) in by_voter[row * n..=row * n + row].iter_mut().zip(&score) {
                    *sum += times * value;
                }
            }
        }
        let filled = starts.windows(2).filter(|ends| ends[1] > ends[0]).count();
        let correction = |units: usize| real(units) / (real(units) - 1.0).max(1.0);
        for (spread, units) in [(&mut by_voter, filled), (&mut by_vote, self.rows.len())] {
            for value in spread {
                *value *= correction(units);
            }
        }
        (by_voter, by_vote)
    }
}

/// Probabilities of left, right and tie.
fn chances(d: f64, log_tie: f64) -> [f64; 3] {
    crate::bradley_terry::probabilities(d, 0.0, log_tie)
}

fn slope(d: f64, log_tie: f64, result: usize) -> Slope {
    let p = chances(d, log_tie);
    let mean = (p[0] - p[1]) / 2.0;
    let seen = [0.5, -0.5, 0.0][result];
    let tied = if result == 2 { 1.0 } else { 0.0 };
    Slope {
        score: [seen - mean, tied - p[2]],
        information: [(p[0] + p[1]) / 4.0 - mean * mean, -mean * p[2], p[2] * (1.0 - p[2])],
    }
}
