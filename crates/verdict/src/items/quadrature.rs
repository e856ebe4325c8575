//! Nodes and weights for means over a standard normal distribution.
//!
//! Gauss and Hermite's rule comes from the eigenvalues of its Jacobi matrix (Golub and Welsch 1969, "Calculation of
//! Gauss quadrature rules"): zero diagonal and `sqrt(k)` beside it for the weight `exp(-x^2 / 2)`. Each weight is the
//! square of the first component of an eigenvector. With `n` nodes their distance near 0 is about `pi / sqrt(n)`, so a
//! sharp integrand needs very many; an even grid then needs fewer.
#![expect(clippy::indexing_slicing, reason = "dense loops over one size")]

use crate::number::real;

/// Nodes with weights that add up to 1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Nodes {
    pub(crate) at: Vec<f64>,
    pub(crate) weight: Vec<f64>,
}

impl Nodes {
    /// Gauss and Hermite's rule with `count` nodes, ascending; at least one.
    pub(crate) fn gauss_hermite(count: usize) -> Self {
        let count = count.max(1);
        let mut at = vec![0.0; count];
        let mut beside: Vec<f64> = (1..=count).map(|k| real(k).sqrt()).collect();
        beside[count - 1] = 0.0;
        let mut first = vec![0.0; count];
        first[0] = 1.0;
        diagonalise(&mut at, &mut beside, &mut first);
        let mut pairs: Vec<(f64, f64)> = at.into_iter().zip(first.iter().map(|part| part * part)).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        // The rule is symmetric; taking the mean of both sides makes it so to the last bit.
        let symmetric = |place: usize| {
            let (low, high) = (pairs[place], pairs[count - 1 - place]);
            ((low.0 - high.0) / 2.0, f64::midpoint(low.1, high.1))
        };
        let (at, weight): (Vec<f64>, Vec<f64>) = (0..count).map(symmetric).unzip();
        let total: f64 = weight.iter().sum();
        Self { at, weight: weight.iter().map(|part| part / total).collect() }
    }

    /// `count` evenly spaced nodes from `-reach` to `reach`, weighted by the normal density.
    pub(crate) fn even(count: usize, reach: f64) -> Self {
        let count = count.max(2);
        let step = 2.0 * reach / (real(count) - 1.0);
        let at: Vec<f64> = (0..count).map(|place| real(place) * step - reach).collect();
        let density: Vec<f64> = at.iter().map(|x| libm::exp(-x * x / 2.0)).collect();
        let total: f64 = density.iter().sum();
        Self { at, weight: density.iter().map(|part| part / total).collect() }
    }

    /// Nodes for the ability of somebody who answers `items` items: near enough to each other for a posterior as
    /// sharp as so many items of discrimination 1.2 make it.
    pub(crate) fn for_items(items: usize) -> Self {
        let sharpness = 1.0 + 0.3 * real(items);
        // Distances up to 1.2 posterior standard deviations leave an error below 1e-5.
        if items <= 40 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 89")]
            let count = (6.9 * sharpness).ceil() as usize;
            return Self::gauss_hermite(count.max(15));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 601")]
        let count = (10.0 * sharpness.sqrt()).ceil().min(601.0) as usize;
        Self::even(count, 6.0)
    }
}

/// Turns a symmetric tridiagonal matrix into its eigenvalues, by implicit QL steps, and carries the first row of the
/// eigenvectors along.
fn diagonalise(diagonal: &mut [f64], beside: &mut [f64], first: &mut [f64]) {
    let n = diagonal.len();
    for low in 0..n {
        // Each eigenvalue takes about two steps; the bound only guards against a loop without end.
        for _ in 0..200 {
            let small =
                |k: &usize| beside[*k].abs() <= f64::EPSILON * (diagonal[*k].abs() + diagonal[*k + 1].abs());
            let end = (low..n - 1).find(small).unwrap_or(n - 1);
            if end == low {
                break;
            }
            step(diagonal, beside, first, low, end);
        }
    }
}

/// One implicit QL step on the block from `low` to `end`.
fn step(diagonal: &mut [f64], beside: &mut [f64], first: &mut [f64], low: usize, end: usize) {
    let mut g = (diagonal[low + 1] - diagonal[low]) / (2.0 * beside[low]);
    let mut r = (g * g + 1.0).sqrt();
    g = diagonal[end] - diagonal[low] + beside[low] / (g + r.copysign(g));
    let (mut sine, mut cosine, mut shift) = (1.0, 1.0, 0.0);
    for k in (low..end).rev() {
        let f = sine * beside[k];
        let b = cosine * beside[k];
        r = (f * f + g * g).sqrt();
        beside[k + 1] = r;
        if r <= 0.0 {
            diagonal[k + 1] -= shift;
            beside[end] = 0.0;
            return;
        }
        sine = f / r;
        cosine = g / r;
        g = diagonal[k + 1] - shift;
        r = (diagonal[k] - g) * sine + 2.0 * cosine * b;
        shift = sine * r;
        diagonal[k + 1] = g + shift;
        g = cosine * r - b;
        let carried = first[k + 1];
        first[k + 1] = sine * first[k] + cosine * carried;
        first[k] = cosine * first[k] - sine * carried;
    }
    diagonal[low] -= shift;
    beside[low] = g;
    beside[end] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::Nodes;

    fn moment(nodes: &Nodes, power: i32) -> f64 {
        nodes.at.iter().zip(&nodes.weight).map(|(x, weight)| weight * x.powi(power)).sum()
    }

    #[test]
    fn three_nodes_have_the_closed_form() {
        // 0 and +-sqrt(3), weights 2/3 and 1/6.
        let nodes = Nodes::gauss_hermite(3);
        assert!((nodes.at[2] - 3.0_f64.sqrt()).abs() < 1e-14 && nodes.at[1].abs() < 1e-14);
        assert!((nodes.weight[0] - 1.0 / 6.0).abs() < 1e-14 && (nodes.weight[1] - 2.0 / 3.0).abs() < 1e-14);
        assert_eq!(Nodes::gauss_hermite(1).at, [0.0]);
    }

    #[test]
    fn moments_of_the_normal_distribution_are_exact() {
        for count in [5, 21, 61, 101] {
            let nodes = Nodes::gauss_hermite(count);
            for (power, wanted) in [(2, 1.0), (4, 3.0), (6, 15.0), (8, 105.0)] {
                assert!((moment(&nodes, power) / wanted - 1.0).abs() < 1e-11, "{count} nodes, power {power}");
            }
            assert!(moment(&nodes, 3).abs() < 1e-12);
        }
        let even = Nodes::even(61, 6.0);
        assert!((moment(&even, 2) - 1.0).abs() < 1e-6 && (moment(&even, 4) - 3.0).abs() < 1e-4);
    }
}
