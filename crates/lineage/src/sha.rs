//! SHA-256 of two streams at a time.
//!
//! A block's rounds wait for each other, so one stream leaves half of the processor's unit for them idle: a file's digest
//! beside its tensors' costs little more than either alone. Where the instructions are not there, both are taken one
//! after the other by the `sha2` crate, which is also what the tests compare with.

use sha2::block_api::compress256;

/// A SHA-256 digest.
pub type Sha = [u8; 32];

const BLOCK: usize = 64;
const START: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// A digest under way.
#[derive(Clone, Debug)]
pub(crate) struct Hasher {
    state: [u32; 8],
    buffer: [u8; BLOCK],
    filled: usize,
    bytes: u64,
}

impl Hasher {
    pub(crate) fn new() -> Self {
        Self { state: START, buffer: [0; BLOCK], filled: 0, bytes: 0 }
    }

    /// Takes more bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        let (blocks, rest) = self.begin(bytes);
        compress256(&mut self.state, blocks);
        self.keep(rest);
    }

    /// Fills what is left of a block; gives the whole blocks that follow, and the rest.
    fn begin<'a>(&mut self, bytes: &'a [u8]) -> (&'a [[u8; BLOCK]], &'a [u8]) {
        self.bytes = self.bytes.wrapping_add(bytes.len() as u64);
        let mut bytes = bytes;
        if self.filled > 0 {
            let (head, tail) = bytes.split_at(bytes.len().min(BLOCK - self.filled));
            self.keep(head);
            bytes = tail;
            if self.filled == BLOCK {
                self.filled = 0;
                compress256(&mut self.state, std::slice::from_ref(&self.buffer));
            }
        }
        bytes.as_chunks()
    }

    fn keep(&mut self, bytes: &[u8]) {
        if let Some(free) = self.buffer.get_mut(self.filled..self.filled + bytes.len()) {
            free.copy_from_slice(bytes);
            self.filled += bytes.len();
        }
    }

    /// The digest of all that was taken.
    pub(crate) fn finish(mut self) -> Sha {
        let bits = self.bytes.wrapping_mul(8);
        let zeros = (2 * BLOCK - 9 - self.filled) % BLOCK;
        let mut padding = vec![0x80];
        padding.resize(1 + zeros, 0);
        padding.extend(bits.to_be_bytes());
        self.update(&padding);
        let mut digest = [0; 32];
        for (to, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(self.state) {
            *to = word.to_be_bytes();
        }
        digest
    }
}

/// Gives `one` and `other` their bytes, side by side where the processor can.
pub(crate) fn update_both(one: &mut Hasher, bytes: &[u8], other: &mut Hasher, other_bytes: &[u8]) {
    let (blocks, rest) = one.begin(bytes);
    let (other_blocks, other_rest) = other.begin(other_bytes);
    let common = blocks.len().min(other_blocks.len());
    let done = pairs(&mut one.state, blocks, &mut other.state, other_blocks, common);
    compress256(&mut one.state, blocks.get(done..).unwrap_or_default());
    compress256(&mut other.state, other_blocks.get(done..).unwrap_or_default());
    one.keep(rest);
    other.keep(other_rest);
}

/// Takes `count` blocks of each side by side; gives how many were taken: all, or none.
#[cfg(target_arch = "x86_64")]
fn pairs(
    one: &mut [u32; 8],
    blocks: &[[u8; BLOCK]],
    other: &mut [u32; 8],
    other_blocks: &[[u8; BLOCK]],
    count: usize,
) -> usize {
    if count == 0 || !(std::is_x86_feature_detected!("sha") && std::is_x86_feature_detected!("sse4.1")) {
        return 0;
    }
    let (blocks, other_blocks) = (blocks.iter().take(count), other_blocks.iter().take(count));
    #[expect(unsafe_code, reason = "the instructions are there only on some processors")]
    // SAFETY: both features that the function needs were found just above.
    unsafe {
        x86::pairs(one, other, blocks.zip(other_blocks));
    }
    count
}

#[cfg(not(target_arch = "x86_64"))]
fn pairs(_: &mut [u32; 8], _: &[[u8; BLOCK]], _: &mut [u32; 8], _: &[[u8; BLOCK]], _: usize) -> usize {
    0
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! FIPS 180-4 with the SHA extensions, as Intel's "Intel SHA Extensions" (2013) lays out their use.

    use super::BLOCK;
    use std::arch::x86_64::{
        __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_extract_epi32, _mm_set_epi32, _mm_set_epi64x,
        _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8,
        _mm_shuffle_epi32,
    };

    /// The first 32 bits of the fractions of the cube roots of the first 64 primes.
    const ROUNDS: [[u32; 4]; 16] = [
        [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
        [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
        [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
        [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
        [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
        [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
        [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
        [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
        [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
        [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
        [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
        [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
        [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
        [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
        [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
        [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
    ];

    /// Half of a state each.
    type Halves = (__m128i, __m128i);

    #[target_feature(enable = "sha,sse4.1,ssse3")]
    pub(super) fn pairs<'a>(
        one: &mut [u32; 8],
        other: &mut [u32; 8],
        blocks: impl Iterator<Item = (&'a [u8; BLOCK], &'a [u8; BLOCK])>,
    ) {
        let (mut first, mut second) = (halves(one), halves(other));
        for (block, other_block) in blocks {
            let before = (first, second);
            let [mut a0, mut a1, mut a2, mut a3] = words(block);
            let [mut b0, mut b1, mut b2, mut b3] = words(other_block);
            // Written out, so that every word stays in a register and the two streams' rounds lie side by side.
            macro_rules! four {
                ($step:literal, $a:ident, $b:ident) => {
                    let [p, q, r, s] = ROUNDS[$step].map(u32::cast_signed);
                    let keys = _mm_set_epi32(s, r, q, p);
                    first = rounds_of(first, _mm_add_epi32($a, keys));
                    second = rounds_of(second, _mm_add_epi32($b, keys));
                };
            }
            macro_rules! sixteen {
                ($s0:literal, $s1:literal, $s2:literal, $s3:literal) => {
                    (a0, b0) = (next(a0, a1, a2, a3), next(b0, b1, b2, b3));
                    four!($s0, a0, b0);
                    (a1, b1) = (next(a1, a2, a3, a0), next(b1, b2, b3, b0));
                    four!($s1, a1, b1);
                    (a2, b2) = (next(a2, a3, a0, a1), next(b2, b3, b0, b1));
                    four!($s2, a2, b2);
                    (a3, b3) = (next(a3, a0, a1, a2), next(b3, b0, b1, b2));
                    four!($s3, a3, b3);
                };
            }
            four!(0, a0, b0);
            four!(1, a1, b1);
            four!(2, a2, b2);
            four!(3, a3, b3);
            sixteen!(4, 5, 6, 7);
            sixteen!(8, 9, 10, 11);
            sixteen!(12, 13, 14, 15);
            first = sum(first, before.0);
            second = sum(second, before.1);
        }
        *one = state(first);
        *other = state(second);
    }

    #[inline]
    #[target_feature(enable = "sha,sse4.1,ssse3")]
    fn sum(one: Halves, other: Halves) -> Halves {
        (_mm_add_epi32(one.0, other.0), _mm_add_epi32(one.1, other.1))
    }

    #[inline]
    #[target_feature(enable = "sha,sse4.1,ssse3")]
    fn rounds_of((abef, cdgh): Halves, keyed: __m128i) -> Halves {
        let cdgh = _mm_sha256rnds2_epu32(cdgh, abef, keyed);
        let abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32::<0x0E>(keyed));
        (abef, cdgh)
    }

    /// The next four words of the schedule, from the sixteen before.
    #[inline]
    #[target_feature(enable = "sha,sse4.1,ssse3")]
    fn next(w0: __m128i, w1: __m128i, w2: __m128i, w3: __m128i) -> __m128i {
        let early = _mm_sha256msg1_epu32(w0, w1);
        _mm_sha256msg2_epu32(_mm_add_epi32(early, _mm_alignr_epi8::<4>(w3, w2)), w3)
    }

    #[inline]
    #[target_feature(enable = "sha,sse4.1,ssse3")]
    fn words(block: &[u8; BLOCK]) -> [__m128i; 4] {
        let turn = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
        let mut words = [turn; 4];
        for (word, bytes) in words.iter_mut().zip(block.as_chunks::<16>().0) {
            let [low, high] = [bytes.first_chunk(), bytes.last_chunk()]
                .map(|half| half.map_or(0, |half| i64::from_le_bytes(*half)));
            *word = _mm_shuffle_epi8(_mm_set_epi64x(high, low), turn);
        }
        words
    }

    #[target_feature(enable = "sha,sse4.1,ssse3")]
    #[expect(clippy::many_single_char_names, reason = "as in FIPS 180-4")]
    fn halves(state: &[u32; 8]) -> Halves {
        let [a, b, c, d, e, f, g, h] = state.map(u32::cast_signed);
        (_mm_set_epi32(a, b, e, f), _mm_set_epi32(c, d, g, h))
    }

    #[target_feature(enable = "sha,sse4.1,ssse3")]
    fn state((x, y): Halves) -> [u32; 8] {
        [
            _mm_extract_epi32::<3>(x),
            _mm_extract_epi32::<2>(x),
            _mm_extract_epi32::<3>(y),
            _mm_extract_epi32::<2>(y),
            _mm_extract_epi32::<1>(x),
            _mm_extract_epi32::<0>(x),
            _mm_extract_epi32::<1>(y),
            _mm_extract_epi32::<0>(y),
        ]
        .map(i32::cast_unsigned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    fn bytes(count: usize, seed: u8) -> Vec<u8> {
        (0..count).map(|place| (place * 31 + place / 7) as u8 ^ seed).collect()
    }

    #[test]
    fn digests_are_those_of_sha2_however_the_bytes_are_cut() {
        for (length, other_length) in
            [(0, 0), (1, 500), (55, 56), (64, 63), (119, 120), (1000, 4097), (70_000, 3)]
        {
            let (one, other) = (bytes(length, 1), bytes(other_length, 2));
            for cut in [1, 7, 64, 65, 1000] {
                let (mut first, mut second) = (Hasher::new(), Hasher::new());
                let mut own = one.chunks(cut);
                let mut theirs = other.chunks(cut + 13);
                loop {
                    match (own.next(), theirs.next()) {
                        (Some(x), Some(y)) => update_both(&mut first, x, &mut second, y),
                        (Some(x), None) => first.update(x),
                        (None, Some(y)) => second.update(y),
                        (None, None) => break,
                    }
                }
                assert_eq!(first.finish(), <[u8; 32]>::from(Sha256::digest(&one)), "{length}, {cut}");
                assert_eq!(
                    second.finish(),
                    <[u8; 32]>::from(Sha256::digest(&other)),
                    "{other_length}, {cut}"
                );
            }
        }
    }
}
