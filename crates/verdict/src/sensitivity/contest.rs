//! What sensitivity is asked of: shares of the points by candidate and criterion, weights, gates and places.

use super::SensitivityError;

/// Composites closer than this part of all points are tied: sums of the same numbers may differ in their last bits.
pub(crate) const TIED: f64 = 1e-11;

/// A contest for places. All slices are borrowed, so that one table of draws serves every question.
#[derive(Clone, Copy, Debug)]
pub struct Contest<'a> {
    /// Names of the candidates.
    pub candidates: &'a [&'a str],
    /// Names of the criteria.
    pub criteria: &'a [&'a str],
    /// Written weight of each criterion, 0 or more; they need not add up to anything.
    pub weights: &'a [f64],
    /// Of each candidate, whether no gate put it out.
    pub admitted: &'a [bool],
    /// So many advance.
    pub places: usize,
    /// Shares at the estimate, 0 to 1: one row a candidate, one column a criterion.
    pub estimate: &'a [f64],
    /// The same for every joint draw, one table after the other; may be empty.
    pub draws: &'a [f64],
}

/// A contest that was checked.
#[derive(Clone, Debug)]
pub(crate) struct Checked<'a> {
    pub(crate) contest: Contest<'a>,
    /// Places of the admitted candidates.
    pub(crate) members: Vec<usize>,
    /// Weights that add up to 1.
    pub(crate) weights: Vec<f64>,
    /// What the written weights add up to.
    pub(crate) total: f64,
}

impl<'a> Contest<'a> {
    /// Entries of one table of shares.
    pub(crate) const fn cells(&self) -> usize {
        self.candidates.len() * self.criteria.len()
    }

    pub(crate) fn check(&self) -> Result<Checked<'a>, SensitivityError> {
        let shape = |what, found, expected| {
            if found == expected { Ok(()) } else { Err(SensitivityError::Shape { what, found, expected }) }
        };
        shape("weights", self.weights.len(), self.criteria.len())?;
        shape("admitted", self.admitted.len(), self.candidates.len())?;
        shape("estimate", self.estimate.len(), self.cells())?;
        let tables = self.draws.len().checked_div(self.cells()).unwrap_or_default();
        shape("draws", self.draws.len(), tables * self.cells())?;
        for (place, share) in self.estimate.iter().chain(self.draws).enumerate() {
            if !(0.0..=1.0).contains(share) {
                return Err(self.bad_share(place, *share));
            }
        }
        let total: f64 = self.weights.iter().sum();
        let named = self.criteria.iter().zip(self.weights);
        for (criterion, weight) in named {
            let sane = weight.is_finite() && *weight >= 0.0;
            if !sane || total <= 0.0 || !total.is_finite() {
                let criterion = (*criterion).to_owned();
                return Err(SensitivityError::BadWeight { criterion, weight: *weight });
            }
        }
        let admitted = self.admitted.iter().enumerate().filter(|(_, admitted)| **admitted);
        let members: Vec<usize> = admitted.map(|(place, _)| place).collect();
        if members.is_empty() || self.criteria.is_empty() {
            return Err(SensitivityError::NobodyAdmitted);
        }
        let weights = self.weights.iter().map(|weight| weight / total).collect();
        Ok(Checked { contest: *self, members, weights, total })
    }

    fn bad_share(&self, place: usize, share: f64) -> SensitivityError {
        let cell = place.checked_rem(self.cells()).unwrap_or_default();
        let row = cell.checked_div(self.criteria.len()).unwrap_or_default();
        let column = cell.checked_rem(self.criteria.len()).unwrap_or_default();
        let name = |names: &[&str], place: usize| names.get(place).copied().unwrap_or_default().to_owned();
        let candidate = name(self.candidates, row);
        SensitivityError::BadShare { candidate, criterion: name(self.criteria, column), share }
    }
}

impl Checked<'_> {
    pub(crate) fn candidate(&self, place: usize) -> String {
        self.contest.candidates.get(place).copied().unwrap_or_default().to_owned()
    }

    pub(crate) fn criterion(&self, place: usize) -> String {
        self.contest.criteria.get(place).copied().unwrap_or_default().to_owned()
    }

    /// A candidate's row of a table of shares.
    pub(crate) fn row<'t>(&self, table: &'t [f64], candidate: usize) -> &'t [f64] {
        let width = self.contest.criteria.len();
        table.get(candidate * width..(candidate + 1) * width).unwrap_or_default()
    }

    /// A candidate's composite at the estimate, 0 to 1, under `weights` that add up to 1.
    pub(crate) fn composite(&self, candidate: usize, weights: &[f64]) -> f64 {
        dot(self.row(self.contest.estimate, candidate), weights)
    }

    /// The admitted candidates that the estimate puts in, and those that it puts out, each best first, then in the
    /// order of the contest.
    pub(crate) fn cut(&self) -> (Vec<usize>, Vec<usize>) {
        let mut order: Vec<(f64, usize)> =
            self.members.iter().map(|member| (self.composite(*member, &self.weights), *member)).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let order: Vec<usize> = order.into_iter().map(|(_, member)| member).collect();
        let (inside, outside) = order.split_at(self.contest.places.min(order.len()));
        (inside.to_vec(), outside.to_vec())
    }
}

/// The sum of the products, first to last.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
