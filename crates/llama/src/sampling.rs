//! The next token: the most probable one, or one drawn with a seed.

use crate::row::Row;
use daepyo_core::GenerateParams;
use llama_cpp_2::token::LlamaToken;

/// Draws tokens for one generation; the same parameters and rows give the same tokens.
#[derive(Debug)]
pub(crate) struct Sampler {
    temperature: f64,
    top_p: f64,
    state: u64,
}

impl Sampler {
    pub(crate) fn new(params: &GenerateParams) -> Self {
        Self { temperature: params.temperature, top_p: params.top_p, state: params.seed }
    }

    /// The next token after the position of `row`.
    pub(crate) fn draw(&mut self, row: &Row) -> LlamaToken {
        if self.temperature <= 0.0 || !self.temperature.is_finite() {
            return row.best();
        }
        let highest = row.logits().iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut weights: Vec<(usize, f64)> = row
            .logits()
            .iter()
            .map(|&logit| (f64::from(logit - highest) / self.temperature).exp())
            .enumerate()
            .filter(|(_, weight)| *weight > 0.0)
            .collect();
        // Equals keep the order of their numbers: a stable sort.
        weights.sort_by(|a, b| b.1.total_cmp(&a.1));
        let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
        if self.top_p < 1.0 {
            let mut kept = 0.0;
            let nucleus = weights
                .iter()
                .position(|(_, weight)| {
                    kept += weight;
                    kept >= self.top_p * total
                })
                .map_or(weights.len(), |last| last + 1);
            weights.truncate(nucleus);
        }
        let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let mut left = self.uniform() * total;
        for (token, weight) in &weights {
            left -= weight;
            if left < 0.0 {
                return LlamaToken::new(i32::try_from(*token).unwrap_or_default());
            }
        }
        row.best()
    }

    /// A number in [0, 1): `SplitMix64` (Steele, Lea and Flood 2014), its upper 53 bits.
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        #[expect(clippy::cast_precision_loss, reason = "53 bits are exact in an f64")]
        let fraction = (bits >> 11) as f64;
        fraction / 9_007_199_254_740_992.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(temperature: f64, top_p: f64, seed: u64) -> GenerateParams {
        GenerateParams { max_tokens: 1, temperature, top_p, stop: Vec::new(), seed }
    }

    #[test]
    fn temperature_zero_takes_the_best() {
        let row = Row::new(&[0.0, 2.0, 1.0]);
        for seed in 0..20 {
            assert_eq!(Sampler::new(&params(0.0, 1.0, seed)).draw(&row), LlamaToken::new(1));
        }
    }

    #[test]
    fn draws_follow_the_probabilities_and_the_seed() {
        let row = Row::new(&[0.8_f32.ln(), 0.2_f32.ln()]);
        let draws = |seed| {
            let mut sampler = Sampler::new(&params(1.0, 1.0, seed));
            (0..2_000).map(|_| sampler.draw(&row).0).collect::<Vec<_>>()
        };
        assert_eq!(draws(7), draws(7));
        assert_ne!(draws(7), draws(8));
        let second = draws(7).into_iter().filter(|token| *token == 1).count();
        // Four standard deviations of a binomial with 2,000 and .2 are 72.
        assert!((328..=472).contains(&second), "{second}");
    }

    #[test]
    fn a_nucleus_leaves_out_the_tail() {
        let row = Row::new(&[0.6_f32.ln(), 0.3_f32.ln(), 0.1_f32.ln()]);
        let mut sampler = Sampler::new(&params(1.0, 0.8, 1));
        assert!((0..500).all(|_| sampler.draw(&row).0 != 2));
    }
}
