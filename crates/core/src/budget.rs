//! What may be spent on a server's answers, and what they cost.

use serde::{Deserialize, Serialize};

/// The price of a server's tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Of a million tokens read.
    pub input: f64,
    /// Of a million tokens written.
    pub output: f64,
    /// The currency, such as `KRW`.
    pub currency: String,
}

impl Price {
    /// The cost of so many tokens read and written, in the price's currency.
    ///
    /// # Examples
    /// ```
    /// let price = daepyo_core::Price { input: 0.5, output: 2.0, currency: "USD".into() };
    /// assert!((price.cost(1_000_000, 250_000) - 1.0).abs() < 1e-12);
    /// ```
    #[expect(clippy::cast_precision_loss, reason = "2^53 tokens are more than anybody pays for")]
    pub fn cost(&self, prompt_tokens: u64, completion_tokens: u64) -> f64 {
        (prompt_tokens as f64 * self.input + completion_tokens as f64 * self.output) / 1e6
    }
}

/// What may be spent on one candidate or reference at most; none where it is not bounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Requests that carry a prompt, retries and probes among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Tokens read and written together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Money, in the currency of the [`Price`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

impl Budget {
    /// Whether nothing is bounded.
    pub const fn is_unbounded(&self) -> bool {
        self.requests.is_none() && self.tokens.is_none() && self.cost.is_none()
    }

    /// This budget, with each limit of `other` in place of its own where `other` has one.
    #[must_use]
    pub fn overridden(self, other: Self) -> Self {
        Self {
            requests: other.requests.or(self.requests),
            tokens: other.tokens.or(self.tokens),
            cost: other.cost.or(self.cost),
        }
    }
}
