//! What the footer and the page headers of a Parquet file promise, looked at before the reader believes it.
//!
//! They are written in Thrift's compact protocol. The reader takes a list's elements that it doesn't know one by one, and
//! those of truth values take no byte at all: six bytes would keep it busy for two billion steps, and a list of such lists
//! for years.

/// Deeper than the reader goes.
const MAX_DEPTH: usize = 64;

/// What one structure took and promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Steps to walk over it.
    pub(super) steps: usize,
    /// Of a page header: the values in the page, for each of which the reader makes room before it looks.
    pub(super) values: u64,
    /// Of a page header: the bytes of the unpacked page.
    pub(super) unpacked_bytes: u64,
}

/// Walks over one structure at the beginning of `bytes`; none where that takes more than `most` steps. Ends without a word
/// where the structure is broken: the reader says how.
pub(super) fn walk(bytes: &[u8], most: usize) -> Option<Seen> {
    let mut walk = Walk { bytes, left: most, seen: Seen::default() };
    match walk.structure(MAX_DEPTH, Place::Root) {
        Err(End::TooLong) => None,
        Ok(()) | Err(End::Broken) => Some(Seen { steps: most - walk.left, ..walk.seen }),
    }
}

/// Why a walk ends early.
enum End {
    /// The reader stops here, too.
    Broken,
    TooLong,
}

/// Which structure a field is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    /// The part of a page header for one kind of page.
    Page,
    Elsewhere,
}

struct Walk<'a> {
    bytes: &'a [u8],
    left: usize,
    seen: Seen,
}

impl Walk<'_> {
    fn step(&mut self) -> Result<(), End> {
        self.left = self.left.checked_sub(1).ok_or(End::TooLong)?;
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, End> {
        self.step()?;
        let (first, rest) = self.bytes.split_first().ok_or(End::Broken)?;
        self.bytes = rest;
        Ok(*first)
    }

    fn pass(&mut self, count: u64) -> Result<(), End> {
        let rest = usize::try_from(count).ok().and_then(|count| self.bytes.get(count..));
        self.bytes = rest.ok_or(End::Broken)?;
        Ok(())
    }

    /// An unsigned number of seven bits a byte. Like the reader's, it may be written longer than it has to be.
    fn number(&mut self) -> Result<u64, End> {
        let mut number = 0_u64;
        let mut shift = 0_u32;
        loop {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).wrapping_shl(shift);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
            shift = shift.wrapping_add(7);
        }
    }

    fn structure(&mut self, depth: usize, place: Place) -> Result<(), End> {
        let mut id = 0_i16;
        loop {
            let head = self.byte()?;
            let kind = head & 0x0f;
            if kind == 0 {
                return Ok(());
            }
            id = match head >> 4 {
                0 => narrow(self.number()?)
                    .to_le_bytes()
                    .first_chunk()
                    .map_or(0, |bytes| i16::from_le_bytes(*bytes)),
                more => id.checked_add(i16::from(more)).ok_or(End::Broken)?,
            };
            match (place, id, kind) {
                (Place::Root, 2, 4..=6) => {
                    self.seen.unpacked_bytes = self.seen.unpacked_bytes.max(self.amount()?);
                }
                (Place::Page, 1, 4..=6) => self.seen.values = self.seen.values.max(self.amount()?),
                (Place::Root, 5 | 7 | 8, 12) => self.structure(depth.saturating_sub(1), Place::Page)?,
                _ => self.value(kind, depth)?,
            }
        }
    }

    /// What is below zero is refused by the reader.
    fn amount(&mut self) -> Result<u64, End> {
        let number = self.number()?;
        Ok(u64::try_from(narrow(number)).unwrap_or(0))
    }

    /// A value whose type has this number.
    fn value(&mut self, kind: u8, depth: usize) -> Result<(), End> {
        let depth = depth.checked_sub(1).ok_or(End::Broken)?;
        self.step()?;
        match kind {
            // Truth values: in the type itself.
            1 | 2 => Ok(()),
            3 => self.byte().map(|_| ()),
            4..=6 => self.number().map(|_| ()),
            7 => self.pass(8),
            8 => {
                let length = self.number()?;
                self.pass(length)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.number()? } else { u64::from(head >> 4) };
                (0..count).try_for_each(|_| self.value(head & 0x0f, depth))
            }
            11 => {
                let count = self.number()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                (0..count).try_for_each(|_| {
                    self.value(kinds >> 4, depth)?;
                    self.value(kinds & 0x0f, depth)
                })
            }
            12 => self.structure(depth, Place::Elsewhere),
            13 => self.pass(16),
            _ => Err(End::Broken),
        }
    }
}

/// The number that is written as this unsigned one, so that small ones of both signs are short; cut to 32 bits, as the
/// reader cuts it.
fn narrow(number: u64) -> i32 {
    let wide = (number >> 1).cast_signed() ^ -(number & 1).cast_signed();
    wide.to_le_bytes().first_chunk().map_or(0, |low| i32::from_le_bytes(*low))
}

#[cfg(test)]
mod tests {
    use super::{Seen, walk};

    fn steps(bytes: &[u8], most: usize) -> Option<usize> {
        walk(bytes, most).map(|seen| seen.steps)
    }

    #[test]
    fn a_page_header_tells_its_values_and_its_unpacked_bytes() {
        // A data page: type, 1,000 bytes unpacked, 300 packed; then its own part with 7 values.
        let bytes = [0x15, 0x00, 0x15, 0xd0, 0x0f, 0x15, 0xd8, 0x04, 0x2c, 0x15, 0x0e, 0x00, 0x00];
        assert_eq!(walk(&bytes, 100), Some(Seen { steps: 15, values: 7, unpacked_bytes: 1_000 }));
        // Written as a number of 64 bits below zero, whose low half is above.
        let bytes = [0x25, 0xff, 0xff, 0xff, 0xff, 0xf7, 0x3f, 0x00];
        assert_eq!(walk(&bytes, 100).map(|seen| seen.unpacked_bytes), Some(1 << 30));
    }

    #[test]
    fn a_sound_structure_takes_about_as_many_steps_as_it_has_bytes() {
        // A number (field 1), a text of three bytes (field 2), a list of two numbers (field 3), the end.
        let bytes = [0x15, 0x02, 0x18, 0x03, b'a', b'b', b'c', 0x19, 0x25, 0x02, 0x04, 0x00];
        assert_eq!(steps(&bytes, 100), Some(14));
        assert_eq!(steps(&bytes, 13), None);
    }

    #[test]
    fn lists_of_truth_values_that_take_no_bytes_are_too_long() {
        let bools = [0x19, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00];
        assert_eq!(steps(&bools, 1 << 20), None);
        // Ten lists of a million each.
        let mut nested = vec![0x19, 0xa9];
        (0..10).for_each(|_| nested.extend([0xf1, 0xc0, 0x84, 0x3d]));
        nested.push(0);
        assert_eq!(steps(&nested, 5_000_000), None);
        assert!(steps(&nested, 11_000_000).is_some_and(|steps| steps > 10_000_000));
        // A map from truth values to truth values.
        assert_eq!(steps(&[0x1b, 0xff, 0xff, 0xff, 0xff, 0x07, 0x11, 0x00], 1 << 20), None);
    }

    #[test]
    fn what_is_broken_is_left_to_the_reader() {
        for bytes in [&[][..], &[0x19], &[0x18, 0x7f, 0x00], &[0x1e], &[0x1c; 200], &[0x15; 3]] {
            assert!(steps(bytes, 1 << 20).is_some(), "{bytes:?}");
        }
    }
}
