//! How long to wait before the next attempt.

use super::RetryPolicy;
use super::trouble::Next;
use crate::draw::splitmix64;
use daepyo_core::Digest;
use std::time::Duration;

/// Full jitter under a doubling bound; on top of what the server asks for, up to `longest_asked`. `key` tells requests
/// apart, `attempt` counts from 1.
pub(super) fn pause(
    policy: &RetryPolicy,
    longest_asked: Duration,
    next: Next,
    key: u64,
    attempt: u32,
) -> Duration {
    let bound = policy.first_pause.saturating_mul(1 << (attempt - 1).min(20)).min(policy.greatest_pause);
    let draw = splitmix64(key.rotate_left(attempt));
    let share = (bound.as_nanos() * u128::from(draw)) >> 64;
    let jitter = Duration::from_nanos(u64::try_from(share).unwrap_or(u64::MAX));
    match next {
        Next::GiveUp | Next::OverBudget | Next::Later | Next::LessAtOnce(None) => jitter,
        Next::LessAtOnce(Some(asked)) | Next::After(asked) => jitter + asked.min(longest_asked),
    }
}

/// Distinguishes the jitter of different requests.
pub(super) fn key_of(body: &[u8]) -> u64 {
    let digest = Digest::of(body);
    digest.as_bytes().iter().take(8).fold(0, |key, byte| (key << 8) | u64::from(*byte))
}
