//! Which of many hypotheses are rejected with few false ones among them.

use crate::number::real;

/// How false flags of one test are limited, with the test's part of the level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Procedure {
    FalseDiscovery(f64),
    EachVoter(f64),
}

/// The largest p-value that is rejected among `hypotheses` at `level`: Benjamini and Hochberg 1995 with
/// `penalty` 1; 0 where none is. P-values that are not given count as 1.
pub(crate) fn p_threshold(p: &[f64], hypotheses: f64, level: f64, penalty: f64) -> f64 {
    let mut sorted = p.to_vec();
    sorted.sort_by(f64::total_cmp);
    let bound = |rank: usize| level * real(rank) / (hypotheses.max(1.0) * penalty);
    let rejected =
        (1..=sorted.len()).rev().find(|rank| sorted.get(rank - 1).is_some_and(|p| *p <= bound(*rank)));
    rejected.map_or(0.0, bound)
}

/// The factor of Benjamini and Yekutieli 2001, `1 + 1/2 + ... + 1/hypotheses`, from above for many.
pub(crate) fn any_dependence(hypotheses: usize) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    if hypotheses <= 1_000 {
        (1..=hypotheses).map(|rank| 1.0 / real(rank)).sum::<f64>().max(1.0)
    } else {
        let n = real(hypotheses);
        libm::log(n) + EULER + 0.5 / n
    }
}

/// The least e-value that is rejected at `level`: e-BH of Wang and Ramdas 2022; infinite where none is.
pub(crate) fn e_threshold(e: &[f64], level: f64) -> f64 {
    let mut sorted = e.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let bound = |rank: usize| real(sorted.len()) / (level * real(rank));
    let rejected =
        (1..=sorted.len()).rev().find(|rank| sorted.get(rank - 1).is_some_and(|e| *e >= bound(*rank)));
    rejected.map_or(f64::INFINITY, bound)
}

#[cfg(test)]
mod tests {
    use super::{any_dependence, e_threshold, p_threshold};

    #[test]
    fn the_example_of_benjamini_and_hochberg() {
        // Benjamini and Hochberg 1995, section 4: 15 p-values, four rejected at .05 (Bonferroni: three).
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528, 0.7590, 1.000,
        ];
        let threshold = p_threshold(&p, 15.0, 0.05, 1.0);
        assert_eq!(p.iter().filter(|p| **p <= threshold).count(), 4);
        assert!((threshold - 0.05 * 4.0 / 15.0).abs() < 1e-15);
        let yekutieli = p_threshold(&p, 15.0, 0.05, any_dependence(15));
        // 0.05 * 3 / (15 * 3.318) = .00301 holds the third, .00402 not the fourth.
        assert_eq!(p.iter().filter(|p| **p <= yekutieli).count(), 3);
        assert_eq!(p_threshold(&[0.5, 0.9], 2.0, 0.05, 1.0).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn the_harmonic_sum_meets_its_bound() {
        let sum: f64 = (1..=2_000).map(|rank| 1.0 / f64::from(rank)).sum();
        let bound = any_dependence(2_000);
        assert!(bound >= sum && bound - sum < 1e-6, "{bound} {sum}");
    }

    #[test]
    fn e_values_are_rejected_by_rank() {
        // Of 4 at .1: one alone needs 40, two together 20 each, three 13.3.
        assert!((e_threshold(&[25.0, 21.0, 1.0, 0.2], 0.1) - 20.0).abs() < 1e-12);
        assert!(e_threshold(&[39.0, 1.0, 1.0, 0.0], 0.1).is_infinite());
        assert!((e_threshold(&[14.0, 14.0, 14.0, 0.0], 0.1) - 40.0 / 3.0).abs() < 1e-12);
    }
}
