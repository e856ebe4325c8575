//! Weights of voters: caps on what one voter can weigh, and what unequal weights cost.

#![expect(clippy::indexing_slicing, reason = "one entry a voter throughout")]

use crate::number::real;
use serde::{Deserialize, Serialize};

/// What unequal weights cost (Kish 1965, "Survey sampling", section 11.7).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kish {
    /// Units with a weight above 0.
    pub units: u64,
    /// Sum of the weights.
    pub sum: f64,
    /// Effective number of units: `(sum w)^2 / sum w^2`; 0 for none.
    pub effective: f64,
    /// Design effect of the weights: units over effective units; 1 where all weigh the same.
    pub design_effect: f64,
}

/// Kish's effective number of units with such weights. Weights are finite and 0 or more.
pub fn kish(weights: impl Iterator<Item = f64>) -> Kish {
    let (mut units, mut sum, mut squares) = (0_u32, 0.0, 0.0);
    for weight in weights.filter(|weight| *weight > 0.0) {
        units += 1;
        sum += weight;
        squares += weight * weight;
    }
    let effective = if squares > 0.0 { sum * sum / squares } else { 0.0 };
    let design_effect = if effective > 0.0 { f64::from(units) / effective } else { 1.0 };
    Kish { units: units.into(), sum, effective, design_effect }
}

/// How much one voter may weigh at most.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// The weights of a voter's votes add up to at most so much, in votes.
    Votes(f64),
    /// The weights of a voter's votes add up to at most this share of all weights, 0 to 1.
    Share(f64),
}

/// A weight for every voter, and what it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capped {
    /// Weight of each vote, by voter.
    pub weights: Vec<f64>,
    /// Voters whose weight was cut.
    pub cut: u64,
    /// The most that a voter weighs in all, in votes.
    pub most: f64,
    /// Effective number of voters after the cut.
    pub kish: Kish,
}

/// Caps that can't be kept.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum CapError {
    /// A cap that is not above 0, or a share above 1.
    #[error("the cap {cap} is no weight; write a number above 0, and a share of at most 1")]
    Invalid {
        /// The cap.
        cap: f64,
    },
    /// So many voters can't all be below the share.
    #[error("{voters} voters can't each hold at most {share} of the weight; write at least 1/{voters}")]
    ShareTooSmall {
        /// The share.
        share: f64,
        /// Voters with a vote.
        voters: u64,
    },
}

impl CapError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "verdict::invalid_cap",
            Self::ShareTooSmall { .. } => "verdict::cap_too_small",
        }
    }
}

/// Cuts the weight of voters with many votes. `votes` has the number of votes of each voter that count.
///
/// # Examples
/// ```
/// use daepyo_verdict::votes::{Cap, cap};
/// // Totals 1, 3 and 100 with at most half of all: 100 is cut to 4, which is half of 8.
/// let capped = cap(&[1, 3, 100], Cap::Share(0.5))?;
/// assert_eq!((capped.most, capped.cut), (4.0, 1));
/// assert_eq!(capped.weights, [1.0, 1.0, 0.04]);
/// # Ok::<(), daepyo_verdict::votes::CapError>(())
/// ```
pub fn cap(votes: &[u64], cap: Cap) -> Result<Capped, CapError> {
    #[expect(clippy::cast_precision_loss, reason = "votes are numbered with 32 bits")]
    let totals: Vec<f64> = votes.iter().map(|votes| *votes as f64).collect();
    let most = match cap {
        Cap::Votes(most) if most > 0.0 && most.is_finite() => most,
        Cap::Share(share) if share > 0.0 && share <= 1.0 => level(&totals, share)?,
        Cap::Votes(cap) | Cap::Share(cap) => return Err(CapError::Invalid { cap }),
    };
    let weight = |total: &f64| if *total > most { most / total } else { 1.0 };
    let weights: Vec<f64> = totals.iter().map(weight).collect();
    let cut = totals.iter().filter(|total| **total > most).count();
    let kish = kish(totals.iter().map(|total| total.min(most)));
    let most = totals.iter().fold(0.0_f64, |high, total| high.max(total.min(most)));
    Ok(Capped { weights, cut: crate::number::wide(cut), most, kish })
}

/// What each vote of a voter weighs, where the votes of one voter may weigh at most `most` votes together; none where
/// nobody has more.
pub(crate) fn weights_under(votes: &[u64], most: Option<u32>) -> Option<Vec<f64>> {
    let most = u64::from(most?);
    let number = |votes: u64| real(usize::try_from(votes).unwrap_or(usize::MAX));
    let weight = |votes: &u64| if *votes > most { number(most) / number(*votes) } else { 1.0 };
    votes.iter().any(|votes| *votes > most).then(|| votes.iter().map(weight).collect())
}

/// The total to cut to, so that it is `share` of all totals after the cut.
fn level(totals: &[f64], share: f64) -> Result<f64, CapError> {
    let mut sorted: Vec<f64> = totals.iter().copied().filter(|total| *total > 0.0).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let mut rest: f64 = sorted.iter().sum();
    let Some(first) = sorted.first().copied() else {
        return Ok(0.0);
    };
    if first <= share * rest {
        return Ok(first);
    }
    // With the k greatest cut to c: c = share * (k c + rest).
    for k in 1..=sorted.len() {
        rest -= sorted[k - 1];
        let next = sorted.get(k).copied().unwrap_or(0.0);
        let room = 1.0 - share * real(k);
        if room > 0.0 && next > 0.0 && share * rest / room >= next {
            return Ok(share * rest / room);
        }
        if room <= 0.0 {
            break;
        }
    }
    // All are cut to the same: possible only where the share is that of each, up to rounding.
    let voters = real(sorted.len());
    match sorted.last() {
        Some(least) if share * voters >= 1.0 - 1e-9 => Ok(*least),
        _ => Err(CapError::ShareTooSmall { share, voters: crate::number::wide(sorted.len()) }),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::{Cap, cap, kish};

    #[test]
    fn a_share_is_kept_and_no_more_than_needed_is_cut() {
        let votes = [400_u32, 90, 30, 20, 20, 10, 5, 5];
        let counts = votes.map(u64::from);
        for share in [0.125, 0.13, 0.2, 0.3, 0.5, 0.7, 1.0] {
            let capped = cap(&counts, Cap::Share(share)).unwrap();
            let totals: Vec<f64> =
                votes.iter().zip(&capped.weights).map(|(n, w)| f64::from(*n) * w).collect();
            let sum: f64 = totals.iter().sum();
            let greatest = totals.iter().copied().fold(0.0, f64::max);
            assert!(greatest <= share * sum * (1.0 + 1e-9), "{share}: {totals:?}");
            if capped.cut > 0 {
                assert!(greatest >= share * sum * (1.0 - 1e-9), "{share}: {totals:?} cut too far");
            }
            assert!((capped.most - greatest).abs() < 1e-9);
        }
        assert_eq!(cap(&counts, Cap::Share(0.1)).unwrap_err().code(), "verdict::cap_too_small");
        for bad in [Cap::Share(0.0), Cap::Share(f64::NAN), Cap::Votes(-1.0), Cap::Votes(f64::INFINITY)] {
            assert_eq!(cap(&counts, bad).unwrap_err().code(), "verdict::invalid_cap");
        }
    }

    #[test]
    fn a_cap_in_votes_is_exact() {
        let capped = cap(&[0, 3, 10, 40], Cap::Votes(10.0)).unwrap();
        assert_eq!(capped.weights, [1.0, 1.0, 1.0, 0.25]);
        assert_eq!((capped.cut, capped.kish.units), (1, 3));
        // (3 + 10 + 10)^2 / (9 + 100 + 100)
        assert!((capped.kish.effective - 529.0 / 209.0).abs() < 1e-12);
    }

    #[test]
    fn equal_weights_cost_nothing() {
        let kish = kish([2.0; 7].into_iter());
        assert!((kish.effective - 7.0).abs() < 1e-12 && (kish.design_effect - 1.0).abs() < 1e-12);
        assert!(super::kish(std::iter::empty()).effective.abs() < 1e-12);
    }
}
