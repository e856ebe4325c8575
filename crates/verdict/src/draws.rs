//! Random numbers of one draw: a stream of its own, so that no draw depends on which thread ran which other.
//!
//! A unit (cluster, voter, rater) is resampled by drawing `n - 1` of `n` with replacement. That makes the
//! variance of a resampled mean equal to the usual unbiased estimate, where `n` of `n` is too small by
//! `(n-1)/n` (Rao and Wu 1988, "Resampling inference with complex survey data", with `m = n - 1`); with three
//! raters that is a third.

use rand_chacha::{ChaCha8Rng, rand_core::Rng, rand_core::SeedableRng};

/// The stream that the first lot is drawn from, further lots from those before it; draws count up from 0 and never
/// reach them.
const LOT: u64 = u64::MAX;

/// The random numbers of one draw.
pub(crate) struct Draws(ChaCha8Rng);

impl Draws {
    /// The numbers of draw `number` under `seed`.
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        let mut key = *b"\0\0\0\0\0\0\0\0daepyo/verdict/draws/v1\0";
        for (byte, seed) in key.iter_mut().zip(seed.to_le_bytes()) {
            *byte = seed;
        }
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(number);
        Self(rng)
    }

    /// The numbers for a lot under `seed`, after so many `earlier` ones.
    pub(crate) fn lot(seed: u64, earlier: u64) -> Self {
        Self::new(seed, LOT - earlier)
    }

    /// A number below `bound`, each with the same probability (Lemire 2019); 0 for a bound of 0.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        if bound == 0 {
            return 0;
        }
        loop {
            let product = u64::from(self.0.next_u32()) * u64::from(bound);
            #[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
            let low = product as u32;
            // The remainder is below the bound, so most numbers need no division.
            if low >= bound || low >= bound.wrapping_neg() % bound {
                return u32::try_from(product >> 32).unwrap_or(0);
            }
        }
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// How often each unit is drawn when `n - 1` of `n` are; a single unit stays as it is.
    pub(crate) fn resample(&mut self, times: &mut [u32]) {
        times.fill(0);
        let bound = u32::try_from(times.len()).unwrap_or(u32::MAX);
        if let [only] = times {
            *only = 1;
            return;
        }
        for _ in 1..bound {
            let unit = usize::try_from(self.below(bound)).unwrap_or(0);
            if let Some(count) = times.get_mut(unit) {
                *count += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Draws;

    #[test]
    fn a_resample_draws_one_less_than_there_are() {
        for units in [2_usize, 3, 10, 1000] {
            let mut times = vec![9; units];
            Draws::new(7, 3).resample(&mut times);
            assert_eq!(usize::try_from(times.iter().sum::<u32>()), Ok(units - 1));
        }
        let mut single = [0];
        Draws::new(7, 3).resample(&mut single);
        assert_eq!(single, [1]);
    }

    #[test]
    fn numbers_below_a_bound_are_even() {
        let mut counts = [0_u32; 6];
        let mut draws = Draws::new(1, 0);
        for _ in 0..60_000 {
            if let Some(count) = usize::try_from(draws.below(6)).ok().and_then(|face| counts.get_mut(face)) {
                *count += 1;
            }
        }
        // Standard deviation of a count: 91.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 400), "{counts:?}");
    }

    #[test]
    fn streams_differ_and_repeat() {
        let first = |seed, number| Draws::new(seed, number).bits();
        assert_eq!(first(1, 2), first(1, 2));
        assert_ne!(first(1, 2), first(1, 3));
        assert_ne!(first(1, 2), first(2, 2));
        assert_ne!(first(1, 2), Draws::lot(1, 0).bits());
    }
}
