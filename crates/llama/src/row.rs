//! One row of logits, read as natural logarithms of probabilities.

use llama_cpp_2::token::LlamaToken;
use std::sync::OnceLock;

/// The logits of one position with their normaliser.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    logits: Vec<f32>,
    best: usize,
    /// Summed when it is first asked for: greedy generation never does.
    log_normaliser: OnceLock<f64>,
}

impl Row {
    /// Copies `logits`.
    pub(crate) fn new(logits: &[f32]) -> Self {
        let mut best = 0;
        let mut highest = f32::NEG_INFINITY;
        for (index, &logit) in logits.iter().enumerate() {
            // Strictly greater: the first of equals, as torch.argmax gives.
            if logit > highest {
                highest = logit;
                best = index;
            }
        }
        Self { logits: logits.to_vec(), best, log_normaliser: OnceLock::new() }
    }

    /// The logarithm of the sum of all exponentials, in f64.
    fn log_normaliser(&self) -> f64 {
        *self.log_normaliser.get_or_init(|| {
            let highest = f64::from(self.logits.get(self.best).copied().unwrap_or(f32::NAN));
            let sum: f64 = self.logits.iter().map(|&logit| (f64::from(logit) - highest).exp()).sum();
            highest + sum.ln()
        })
    }

    /// Whether the model gave numbers at all.
    pub(crate) fn is_finite(&self) -> bool {
        self.logits.get(self.best).is_some_and(|logit| logit.is_finite())
    }

    /// The natural logarithm of the token's probability; NaN where the model gave none.
    pub(crate) fn logprob(&self, token: LlamaToken) -> f64 {
        usize::try_from(token.0)
            .ok()
            .and_then(|index| self.logits.get(index))
            .map_or(f64::NAN, |&logit| f64::from(logit) - self.log_normaliser())
    }

    /// The most probable token, the first of equals.
    pub(crate) fn best(&self) -> LlamaToken {
        LlamaToken::new(i32::try_from(self.best).unwrap_or_default())
    }

    /// The `count` most probable tokens, best first, equals by their number.
    pub(crate) fn top(&self, count: usize) -> Vec<(LlamaToken, f64)> {
        let mut order: Vec<usize> = (0..self.logits.len()).collect();
        let logit = |index: &usize| self.logits.get(*index).copied().unwrap_or(f32::NEG_INFINITY);
        let by_logit = |a: &usize, b: &usize| logit(b).total_cmp(&logit(a)).then(a.cmp(b));
        if count < order.len() {
            order.select_nth_unstable_by(count, by_logit);
            order.truncate(count);
        }
        order.sort_unstable_by(by_logit);
        order
            .into_iter()
            .filter_map(|index| i32::try_from(index).ok())
            .map(|index| (LlamaToken::new(index), self.logprob(LlamaToken::new(index))))
            .collect()
    }

    pub(crate) fn logits(&self) -> &[f32] {
        &self.logits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one_and_the_first_of_equals_is_best() {
        let row = Row::new(&[1.0, 3.0, 3.0, -2.0]);
        assert_eq!(row.best(), LlamaToken::new(1));
        let sum: f64 = (0..4).map(|token| row.logprob(LlamaToken::new(token)).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        let top: Vec<i32> = row.top(3).into_iter().map(|(token, _)| token.0).collect();
        assert_eq!(top, [1, 2, 0]);
    }

    #[test]
    fn a_token_outside_the_vocabulary_has_no_probability() {
        assert!(Row::new(&[0.0, 0.0]).logprob(LlamaToken::new(2)).is_nan());
        assert!(Row::new(&[0.0, 0.0]).logprob(LlamaToken::new(-1)).is_nan());
    }
}
