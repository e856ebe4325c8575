//! Whether a server slows down: a fast and a slow moving median of the time that one unit of work takes.
//!
//! The medians move by a fixed step up or down with each answer (frugal streaming: Ma, Muthukrishnan and Sandler
//! 2013), on a logarithmic scale, so that one late answer moves them no further than any other. Comparing a short
//! with a long memory, and lowering in proportion to their quotient but never below half, is Netflix's
//! concurrency-limits (`Gradient2Limit`), with its long memory of 600 answers and a tolerance of 2 where it has 1.5:
//! an engine that batches slows each answer a little while it gains on all of them.

use std::time::Duration;

/// So far each answer moves the fast median, as a logarithm: a doubling shows after 11 answers.
const FAST_STEP_LN: f64 = 1.0 / 16.0;

/// So far each answer moves the slow median: a doubling is taken for the usual after about 700 answers.
const SLOW_STEP_LN: f64 = 1.0 / 1024.0;

/// The first answers are averaged.
const WARM_UP: u32 = 16;

/// Growth beyond this counts.
const TOLERANCE: f64 = 2.0;

/// A shorter answer was not kept waiting, whatever its quotient: timers and our own work are of its size.
const NOTICEABLE: Duration = Duration::from_millis(100);

/// Tokens read cost about so much less than tokens written (a prompt is evaluated at once).
const READ_PER_WRITTEN: f64 = 32.0;

/// What one answer took the server, by kind: kinds have different times and are not compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Work {
    /// Not to be timed.
    Asked,
    /// Text was written.
    Written(Units),
    /// Given text was scored.
    Scored(Units),
}

/// Work in written tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Units(f64);

impl Units {
    /// From tokens read and written, where the server tells; otherwise each answer counts the same.
    pub(super) fn of(tokens: Option<(u32, u32)>) -> Self {
        let (read, written) = tokens.unwrap_or_default();
        Self(1.0 + f64::from(written) + f64::from(read) / READ_PER_WRITTEN)
    }
}

/// The medians of both kinds.
#[derive(Debug, Default)]
pub(super) struct Pace {
    written: Medians,
    scored: Medians,
}

#[derive(Debug, Default)]
struct Medians {
    seen: u32,
    slow_ln: f64,
    fast_ln: f64,
}

impl Pace {
    /// Takes in an answer. Where answers of its kind have become slower than tolerated: the share, between a half and
    /// one, that the limit should fall to.
    pub(super) fn answered(&mut self, work: Work, elapsed: Duration) -> Option<f64> {
        let (medians, Units(units)) = match work {
            Work::Asked => return None,
            Work::Written(units) => (&mut self.written, units),
            Work::Scored(units) => (&mut self.scored, units),
        };
        medians.take(elapsed.as_secs_f64().max(1e-6) / units);
        let share = medians.share();
        share.filter(|_| elapsed >= NOTICEABLE)
    }

    /// Begins the short memory anew, after the limit fell: what was slow before says nothing about now.
    pub(super) fn forget_growth(&mut self) {
        for medians in [&mut self.written, &mut self.scored] {
            medians.fast_ln = medians.slow_ln;
        }
    }
}

impl Medians {
    fn take(&mut self, seconds_per_unit: f64) {
        let now_ln = seconds_per_unit.ln();
        self.seen = self.seen.saturating_add(1);
        if self.seen <= WARM_UP {
            self.slow_ln += (now_ln - self.slow_ln) / f64::from(self.seen);
            self.fast_ln = self.slow_ln;
            return;
        }
        self.slow_ln += (now_ln - self.slow_ln).clamp(-SLOW_STEP_LN, SLOW_STEP_LN);
        self.fast_ln += (now_ln - self.fast_ln).clamp(-FAST_STEP_LN, FAST_STEP_LN);
    }

    fn share(&self) -> Option<f64> {
        let growth = (self.fast_ln - self.slow_ln).exp();
        (growth > TOLERANCE).then(|| (TOLERANCE / growth).clamp(0.5, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::{Pace, Units, Work};
    use std::time::Duration;

    fn written(pace: &mut Pace, count: u32, ms: u64, tokens: u32) -> u32 {
        let work = Work::Written(Units::of(Some((32, tokens))));
        let shares = (0..count).map(|_| pace.answered(work, Duration::from_millis(ms)));
        u32::try_from(shares.flatten().count()).unwrap_or(u32::MAX)
    }

    #[test]
    fn longer_answers_are_not_slower_ones() {
        let mut pace = Pace::default();
        assert_eq!(written(&mut pace, 100, 200, 18), 0);
        assert_eq!(written(&mut pace, 100, 2_000, 198), 0);
    }

    #[test]
    fn growth_beyond_the_tolerance_shows_within_twenty_answers_and_not_before_the_median_moved() {
        let mut pace = Pace::default();
        assert_eq!(written(&mut pace, 100, 200, 18), 0);
        assert_eq!(written(&mut pace, 11, 1_000, 18), 0, "a few late answers");
        assert!(written(&mut pace, 9, 1_000, 18) > 0);
        pace.forget_growth();
        assert_eq!(written(&mut pace, 5, 1_000, 18), 0);
    }

    #[test]
    fn a_lasting_change_of_speed_becomes_the_usual() {
        let mut pace = Pace::default();
        written(&mut pace, 100, 200, 18);
        written(&mut pace, 2_000, 800, 18);
        assert_eq!(written(&mut pace, 100, 800, 18), 0);
    }

    #[test]
    fn what_takes_no_time_to_speak_of_is_never_slow() {
        let mut pace = Pace::default();
        written(&mut pace, 100, 1, 18);
        assert_eq!(written(&mut pace, 100, 50, 18), 0);
    }

    #[test]
    fn kinds_are_not_compared() {
        let mut pace = Pace::default();
        written(&mut pace, 100, 200, 18);
        let scored = Work::Scored(Units::of(None));
        for _ in 0..100 {
            assert_eq!(pace.answered(scored, Duration::from_secs(20)), None);
        }
    }
}
