//! Seeded noise on the scales of quantised matrices: additions and multiplications alone, so that every machine
//! computes the same bytes.

use super::{gguf::Kind, half};
use std::io;

/// Where a quantisation block keeps its binary16 scales, as byte offsets; all are multiplied alike, which
/// multiplies every weight of the block.
fn scale_offsets(kind: Kind) -> Option<&'static [usize]> {
    match kind.number() {
        // Q4_0, Q5_0, Q8_0: d; Q4_1, Q5_1, Q4_K, Q5_K: d and m; Q6_K: d at its end.
        2 | 6 | 8 => Some(&[0]),
        3 | 7 | 12 | 13 => Some(&[0, 2]),
        14 => Some(&[208]),
        _ => None,
    }
}

/// The tensor's bytes with each quantisation block multiplied by a factor of mean 1 and the given standard
/// deviation; `None` for kinds without scales (norms stay as they are).
pub(super) fn scaled(
    data: &[u8],
    kind: Kind,
    deviation: f64,
    seed: u64,
    name: &str,
) -> io::Result<Option<Vec<u8>>> {
    let Some(offsets) = scale_offsets(kind) else { return Ok(None) };
    let mut state = seed ^ fnv1a(name.as_bytes());
    let mut data = data.to_vec();
    for block in data.chunks_exact_mut(kind.block_bytes()) {
        #[expect(clippy::cast_possible_truncation, reason = "scales have 11 bits")]
        let factor = (1.0 + deviation * normal(&mut state)) as f32;
        for &offset in offsets {
            let Some(scale) = block.get_mut(offset..offset + 2) else {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a quantisation block is too short"));
            };
            let bits =
                u16::from_le_bytes([scale.first().copied().unwrap_or(0), scale.last().copied().unwrap_or(0)]);
            scale.copy_from_slice(&half::from_f32(half::to_f32(bits) * factor).to_le_bytes());
        }
    }
    Ok(Some(data))
}

/// Nearly normal, mean 0 and deviation 1: the sum of twelve uniform numbers less 6 (Irwin and Hall). Exact
/// arithmetic, where a logarithm's last bit would differ between C libraries.
fn normal(state: &mut u64) -> f64 {
    let mut sum = 0.0;
    for _ in 0..3 {
        let bits = splitmix64(state);
        for part in 0..4 {
            #[expect(clippy::cast_precision_loss, reason = "16 bits")]
            let uniform = ((bits >> (16 * part) & 0xffff) as f64 + 0.5) / 65_536.0;
            sum += uniform;
        }
    }
    sum - 6.0
}

/// Steele, Lea and Flood 2014.
fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Fowler, Noll and Vo: each tensor has a stream of its own, whatever the order of the tensors.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_mean_zero_and_deviation_one() {
        let mut state = 1;
        let draws: Vec<f64> = (0..20_000).map(|_| normal(&mut state)).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|draw| draw * draw).sum::<f64>() / 20_000.0;
        // Four standard errors.
        assert!(mean.abs() < 0.029, "{mean}");
        assert!((variance - 1.0).abs() < 0.04, "{variance}");
    }
}
