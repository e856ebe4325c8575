//! The requests of a plan by digest: each once, in the order of first use, and its place in a step.

use daepyo_core::Digest;
use std::ops::Deref;

/// A place of the table without an entry.
const EMPTY: u32 = u32::MAX;

/// Different digests in their order. Looking one up takes four to eight bytes of memory beside its own 32.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digests {
    list: Vec<Digest>,
    /// Places in the list, each at or behind where the first bytes of its digest point; at most half full. Digests are
    /// SHA-256 of what is asked, so nobody can crowd one part of it.
    table: Vec<u32>,
}

impl Digests {
    /// The place of `digest`, which is added where it is not there yet; and whether it was added.
    pub(crate) fn add(&mut self, digest: Digest) -> (usize, bool) {
        if self.list.len() * 2 >= self.table.len() {
            self.grow();
        }
        let slot = self.slot(&digest);
        let next = self.list.len();
        match (self.table.get_mut(slot), u32::try_from(next)) {
            (Some(entry), Ok(place)) if *entry == EMPTY && place != EMPTY => {
                *entry = place;
                self.list.push(digest);
                (next, true)
            }
            (Some(entry), _) => (usize::try_from(*entry).unwrap_or(usize::MAX), false),
            (None, _) => (next, false),
        }
    }

    /// The place of `digest`, where it is among them.
    pub(crate) fn place(&self, digest: &Digest) -> Option<usize> {
        let place = *self.table.get(self.slot(digest))?;
        (place != EMPTY).then(|| usize::try_from(place).ok()).flatten()
    }

    /// Where `digest` stands in the table, or would.
    fn slot(&self, digest: &Digest) -> usize {
        let mask = self.table.len().wrapping_sub(1);
        let head = digest.as_bytes().first_chunk::<8>().copied().unwrap_or_default();
        let mut slot = usize::try_from(u64::from_le_bytes(head) & (mask as u64)).unwrap_or_default();
        while let Some(place) = self.table.get(slot)
            && *place != EMPTY
            && usize::try_from(*place).ok().and_then(|place| self.list.get(place)) != Some(digest)
        {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        let size = (self.table.len() * 2).max(16);
        self.table = Vec::new();
        self.table.resize(size, EMPTY);
        for place in 0..self.list.len() {
            let Some(digest) = self.list.get(place).copied() else { continue };
            let slot = self.slot(&digest);
            if let (Some(entry), Ok(place)) = (self.table.get_mut(slot), u32::try_from(place)) {
                *entry = place;
            }
        }
    }
}

impl Deref for Digests {
    type Target = [Digest];

    fn deref(&self) -> &[Digest] {
        &self.list
    }
}

impl FromIterator<Digest> for Digests {
    fn from_iter<T: IntoIterator<Item = Digest>>(digests: T) -> Self {
        let mut made = Self::default();
        for digest in digests {
            made.add(digest);
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::Digests;
    use daepyo_core::Digest;

    fn digest(number: u32) -> Digest {
        Digest::of(&number.to_be_bytes())
    }

    #[test]
    fn every_digest_is_found_at_the_place_of_its_first_use() {
        let digests: Digests = (0..5_000).map(|number| digest(number / 2)).collect();
        assert_eq!(digests.len(), 2_500);
        for (place, number) in (0..2_500).enumerate() {
            assert_eq!(digests.place(&digest(number)), Some(place));
            assert_eq!(digests.get(place), Some(&digest(number)));
        }
        assert_eq!(digests.place(&digest(2_500)), None);
        assert_eq!(Digests::default().place(&digest(0)), None);
    }

    #[test]
    fn digests_that_begin_alike_are_told_apart() {
        let alike = |number: u8| {
            let mut bytes = [0; 32];
            bytes[31] = number;
            Digest::from_bytes(bytes)
        };
        let mut digests: Digests = (0..200).map(alike).collect();
        assert!((0..200_u8).all(|number| digests.place(&alike(number)) == Some(usize::from(number))));
        assert_eq!(digests.add(alike(7)), (7, false));
        assert_eq!(digests.add(alike(200)), (200, true));
        assert_eq!(digests.place(&alike(201)), None);
    }
}
