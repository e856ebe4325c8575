//! Degrees of freedom of clustered means against the formula written out.

use daepyo_verdict::clustered::freedom;

/// `(sum of g_c . g_c)^2 / sum of (g_c . g_d)^2` with the vectors `g_c` written out document by document.
fn by_vectors(sizes: &[usize]) -> f64 {
    let n: usize = sizes.iter().sum();
    let real = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let cluster_of: Vec<usize> =
        sizes.iter().enumerate().flat_map(|(cluster, size)| std::iter::repeat_n(cluster, *size)).collect();
    let vector = |cluster: usize, size: usize| -> Vec<f64> {
        let share = real(size) / real(n);
        let own = |other: &usize| f64::from(u8::from(*other == cluster)) - share;
        cluster_of.iter().map(|other| own(other) / (1.0 - share).sqrt()).collect()
    };
    let vectors: Vec<Vec<f64>> =
        sizes.iter().enumerate().map(|(cluster, size)| vector(cluster, *size)).collect();
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let trace: f64 = vectors.iter().map(|one| product(one, one)).sum();
    let squares: f64 =
        vectors.iter().flat_map(|one| vectors.iter().map(move |other| product(one, other).powi(2))).sum();
    trace * trace / squares
}

#[test]
fn unequal_clusters_have_fewer_degrees_of_freedom_by_the_formula() {
    for sizes in [vec![5, 5, 5, 5], vec![1, 2, 3, 4, 20], vec![40, 1, 1, 1, 7, 12], vec![2, 3]] {
        let real: Vec<f64> = sizes.iter().map(|size| f64::from(u32::try_from(*size).unwrap_or(0))).collect();
        let (found, expected) = (freedom(&real), by_vectors(&sizes));
        assert!((found - expected).abs() < 1e-9, "{sizes:?}: {found} {expected}");
        assert!(found <= f64::from(u32::try_from(sizes.len() - 1).unwrap_or(0)) + 1e-9);
    }
    assert_eq!(freedom(&[7.0]).to_bits(), 0.0_f64.to_bits());
    assert_eq!(freedom(&[3.0; 9]).to_bits(), 8.0_f64.to_bits());
}
