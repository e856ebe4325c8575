//! `CPython`'s `random.Random(seed).sample`, to the bit: the Mersenne Twister and the sampling on top of it.
//!
//! Matsumoto and Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform pseudo-random number
//! generator" (1998), with the seeding by array that `CPython` uses for integers.

use std::collections::BTreeSet;

const N: usize = 624;
const M: usize = 397;

/// `CPython`'s `random.Random`, seeded with an integer.
#[derive(Clone)]
pub struct PythonRandom {
    state: Vec<u32>,
    next: usize,
}

impl PythonRandom {
    /// `random.Random(seed)`.
    pub fn new(seed: u32) -> Self {
        let mut random = Self { state: seeded(19_650_218), next: N };
        random.seed_by_array(&[seed]);
        random
    }

    fn at(&self, index: usize) -> u32 {
        self.state.get(index).copied().unwrap_or(0)
    }

    fn put(&mut self, index: usize, value: u32) {
        if let Some(cell) = self.state.get_mut(index) {
            *cell = value;
        }
    }

    fn seed_by_array(&mut self, key: &[u32]) {
        let mut i = 1;
        let mut j = 0;
        let mix = |previous: u32| previous ^ (previous >> 30);
        for _ in 0..N.max(key.len()) {
            let word = key.get(j).copied().unwrap_or(0);
            let offset = u32::try_from(j).unwrap_or(0);
            let mixed = self.at(i) ^ mix(self.at(i - 1)).wrapping_mul(1_664_525);
            self.put(i, mixed.wrapping_add(word).wrapping_add(offset));
            i += 1;
            j = (j + 1) % key.len().max(1);
            if i >= N {
                self.put(0, self.at(N - 1));
                i = 1;
            }
        }
        for _ in 0..N - 1 {
            let mixed = self.at(i) ^ mix(self.at(i - 1)).wrapping_mul(1_566_083_941);
            self.put(i, mixed.wrapping_sub(u32::try_from(i).unwrap_or(0)));
            i += 1;
            if i >= N {
                self.put(0, self.at(N - 1));
                i = 1;
            }
        }
        self.put(0, 0x8000_0000);
    }

    fn refill(&mut self) {
        for k in 0..N {
            let y = (self.at(k) & 0x8000_0000) | (self.at((k + 1) % N) & 0x7fff_ffff);
            let twist = if y & 1 == 0 { 0 } else { 0x9908_b0df };
            let value = self.at((k + M) % N) ^ (y >> 1) ^ twist;
            self.put(k, value);
        }
        self.next = 0;
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.next >= N {
            self.refill();
        }
        let mut y = self.at(self.next);
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// A number below `bound`, as `_randbelow` draws it: just enough bits, drawn again while too large.
    fn below(&mut self, bound: u32) -> u32 {
        let bits = u32::BITS - bound.leading_zeros();
        if bits == 0 {
            return 0;
        }
        loop {
            let drawn = self.next_u32() >> (u32::BITS - bits);
            if drawn < bound {
                return drawn;
            }
        }
    }

    /// The positions that `sample(range(population), count)` picks, in its order; `None` where `count` is larger than
    /// `population`.
    pub fn sample(&mut self, population: u32, count: u32) -> Option<Vec<u32>> {
        if count > population {
            return None;
        }
        // Above this size CPython remembers what it drew instead of copying the population.
        let mut copied: u64 = 21;
        if count > 5 {
            let mut power: u64 = 1;
            while power < u64::from(count) * 3 {
                power *= 4;
            }
            copied += power;
        }
        let mut picked = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
        if u64::from(population) <= copied {
            let mut pool: Vec<u32> = (0..population).collect();
            for _ in 0..count {
                let left = u32::try_from(pool.len()).unwrap_or(0);
                let index = usize::try_from(self.below(left)).unwrap_or(0);
                picked.push(pool.swap_remove(index));
            }
        } else {
            let mut seen = BTreeSet::new();
            for _ in 0..count {
                let mut index = self.below(population);
                while !seen.insert(index) {
                    index = self.below(population);
                }
                picked.push(index);
            }
        }
        Some(picked)
    }
}

fn seeded(seed: u32) -> Vec<u32> {
    let mut state = Vec::with_capacity(N);
    let mut previous = seed;
    state.push(previous);
    for index in 1..N {
        previous = (previous ^ (previous >> 30))
            .wrapping_mul(1_812_433_253)
            .wrapping_add(u32::try_from(index).unwrap_or(0));
        state.push(previous);
    }
    state
}
