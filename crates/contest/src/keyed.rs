//! Values that only who has a key can compute: pseudonyms, openers, battle numbers, the lots of a draw.

use daepyo_core::{Digest, Digester};
use daepyo_store::site::{BattleId, PersonId};

/// A block of SHA-256, in bytes.
const BLOCK: usize = 64;

/// HMAC-SHA-256 (RFC 2104) of a domain and parts, each with its length before it.
pub(crate) fn keyed(key: &[u8; 32], domain: &str, parts: &[&[u8]]) -> Digest {
    let mut inner = [0x36_u8; BLOCK];
    let mut outer = [0x5c_u8; BLOCK];
    for ((inner, outer), byte) in inner.iter_mut().zip(&mut outer).zip(key) {
        *inner ^= byte;
        *outer ^= byte;
    }
    let mut message = Digester::default();
    message.update(&inner);
    for part in std::iter::once(&domain.as_bytes()).chain(parts) {
        message.update(&(part.len() as u64).to_be_bytes());
        message.update(part);
    }
    let mut whole = Digester::default();
    whole.update(&outer);
    whole.update(message.finish().as_bytes());
    whole.finish()
}

/// The first eight bytes of a digest as a number.
fn number(digest: Digest) -> u64 {
    digest.as_bytes().iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// The number of the battle of a draw. It tells nobody without the seed how many there are, and no two draws of a contest
/// have one number, so that the store takes each draw once.
pub fn battle_id(seed: &[u8; 32], draw: u64) -> BattleId {
    let number = number(keyed(seed, "battle", &[&draw.to_be_bytes()]));
    BattleId(i64::try_from(number >> 1).unwrap_or_default())
}

/// A lot of a draw: a number below `below`, which is not 0.
pub(crate) fn lot(seed: &[u8; 32], draw: u64, what: &str, below: usize) -> usize {
    let number = number(keyed(seed, what, &[&draw.to_be_bytes()]));
    let scaled = (u128::from(number) * below as u128) >> 64;
    usize::try_from(scaled).unwrap_or_default()
}

/// What the log has of a seed before it is revealed.
pub fn seed_commitment(seed: &[u8; 32]) -> Digest {
    Digest::of(&[b"daepyo contest seed v1\n".as_slice(), seed].concat())
}

/// The secret of one contest, which is never published: whose votes are whose, and what hides a vote.
#[derive(Clone)]
pub(crate) struct VoterKey([u8; 32]);

impl VoterKey {
    /// The contest's key under the site's.
    pub(crate) fn new(site: &[u8; 32], contest: Digest) -> Self {
        Self(*keyed(site, "contest", &[contest.as_bytes()]).as_bytes())
    }

    /// What a person is called in the contest's published files.
    pub(crate) fn pseudonym(&self, person: PersonId) -> String {
        let hex = keyed(&self.0, "voter", &[&person.0.to_be_bytes()]).hex();
        format!("v{}", hex.get(..32).unwrap_or(&hex))
    }

    /// What opens the reason of the vote on a battle; it goes to the voter alone.
    pub(crate) fn opener(&self, battle: BattleId) -> Digest {
        keyed(&self.0, "opener", &[&battle.0.to_be_bytes()])
    }
}

/// A battle as files name it: 16 hexadecimal digits.
pub fn battle_name(battle: BattleId) -> String {
    format!("{:016x}", battle.0)
}

/// 32 bytes as 64 hexadecimal digits.
pub(crate) fn seed_name(seed: &[u8; 32]) -> String {
    Digest::from_bytes(*seed).hex()
}

/// The reverse of [`seed_name`].
pub(crate) fn parse_seed(text: &str) -> Option<[u8; 32]> {
    format!("sha256:{text}").parse::<Digest>().ok().map(|digest| *digest.as_bytes())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "a failed assertion is the point of a test")]

    use super::{battle_id, keyed, lot, parse_seed, seed_name};
    use daepyo_core::Digest;
    use std::collections::BTreeSet;

    #[test]
    fn it_is_the_hmac_of_rfc_2104() {
        // HMAC-SHA-256 of the framed message, by Python's hmac.
        let mut message = Vec::new();
        for part in [b"what".as_slice(), b"do ya want"] {
            message.extend_from_slice(&(part.len() as u64).to_be_bytes());
            message.extend_from_slice(part);
        }
        assert_eq!(message.len(), 30);
        assert_eq!(
            keyed(&[0x0b; 32], "what", &[b"do ya want"]).hex(),
            "c26ba287db9f158dac30fea724504a336b319a1369947dbbd669897faf7cf23f"
        );
    }

    #[test]
    fn battles_have_numbers_of_63_bits_of_their_own() {
        let ids: BTreeSet<_> = (0..10_000).map(|draw| battle_id(&[3; 32], draw)).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.0 >= 0));
        assert_ne!(battle_id(&[3; 32], 0), battle_id(&[4; 32], 0));
    }

    #[test]
    fn lots_are_even() {
        let mut counts = [0_u32; 3];
        for draw in 0..30_000 {
            counts[lot(&[9; 32], draw, "pair", 3)] += 1;
        }
        assert!(counts.iter().all(|count| (9_600..10_400).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_seed_is_written_and_read() {
        let seed = *Digest::of(b"seed").as_bytes();
        assert_eq!(parse_seed(&seed_name(&seed)), Some(seed));
        assert_eq!(parse_seed("00"), None);
    }
}
