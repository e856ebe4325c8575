//! Normal and chi-squared random numbers from the crate's streams.

#![expect(clippy::many_single_char_names, reason = "the symbols of the paper")]

use crate::draws::Draws;

/// Normal numbers from one stream.
pub(crate) struct Normals {
    draws: Draws,
    spare: Option<f64>,
}

/// A number from 0 (included) to 1 (excluded), with 53 random bits.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
pub(crate) fn unit(draws: &mut Draws) -> f64 {
    (draws.bits() >> 11) as f64 / (1_u64 << 53) as f64
}

impl Normals {
    pub(crate) fn new(draws: Draws) -> Self {
        Self { draws, spare: None }
    }

    /// A number from 0 to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        unit(&mut self.draws)
    }

    /// The stream behind.
    pub(crate) fn stream(&mut self) -> &mut Draws {
        &mut self.draws
    }

    /// A standard normal number (Marsaglia and Bray 1964, the polar method).
    pub(crate) fn draw(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let scale = (-2.0 * libm::log(square) / square).sqrt();
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }

    /// A chi-squared number with `freedom` degrees of freedom, 1 or more (Marsaglia and Tsang 2000).
    pub(crate) fn chi_squared(&mut self, freedom: f64) -> f64 {
        let shape = freedom / 2.0;
        // Below a shape of 1 the method holds for one more, times a power of a uniform number.
        let (raised, boost) = if shape < 1.0 {
            (shape + 1.0, libm::pow((1.0 - self.unit()).max(f64::MIN_POSITIVE), 1.0 / shape))
        } else {
            (shape, 1.0)
        };
        let d = raised - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.draw();
            let v = (1.0 + c * x).powi(3);
            let u = 1.0 - self.unit();
            if v > 0.0 && libm::log(u) < x * x / 2.0 + d - d * v + d * libm::log(v) {
                return (2.0 * d * v * boost).max(f64::MIN_POSITIVE);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Normals;
    use crate::draws::Draws;

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut normals = Normals::new(Draws::new(5, 0));
        let n = 200_000;
        let draws: Vec<f64> = (0..n).map(|_| normals.draw()).collect();
        let moment = |power: i32| draws.iter().map(|x| x.powi(power)).sum::<f64>() / f64::from(n);
        // Standard errors: .0022, .0032, .022.
        assert!(moment(1).abs() < 0.009 && (moment(2) - 1.0).abs() < 0.013 && (moment(4) - 3.0).abs() < 0.09);
        for freedom in [1.0, 2.0, 7.0, 400.0] {
            let draws: Vec<f64> = (0..50_000).map(|_| normals.chi_squared(freedom)).collect();
            let mean = draws.iter().sum::<f64>() / 50_000.0;
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 50_000.0;
            assert!((mean / freedom - 1.0).abs() < 0.03, "{freedom}: {mean}");
            assert!((variance / (2.0 * freedom) - 1.0).abs() < 0.09, "{freedom}: {variance}");
        }
    }
}
