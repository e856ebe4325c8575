//! What the footer and the page headers of a Parquet file promise, looked at before the reader believes it.
//!
//! They are written in Thrift's compact protocol. The reader takes a list's elements that it doesn't know one by one, and
//! those of truth values take no byte at all: six bytes would keep it busy for two billion steps, and a list of such lists
//! for years.

/// Deeper than the reader goes.
const MAX_DEPTH: usize = 64;

/// Walks over one structure at the beginning of `bytes`: the steps that it takes, or none where they are more than
/// `most`. Ends without a word where the structure is broken: the reader says how.
pub(super) fn steps(bytes: &[u8], most: usize) -> Option<usize> {
    let mut walk = Walk { bytes, left: most };
    match walk.structure(MAX_DEPTH) {
        Err(End::TooLong) => None,
        Ok(()) | Err(End::Broken) => Some(most - walk.left),
    }
}

/// Why a walk ends early.
enum End {
    /// The reader stops here, too.
    Broken,
    TooLong,
}

struct Walk<'a> {
    bytes: &'a [u8],
    left: usize,
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

    /// An unsigned number of seven bits a byte.
    fn number(&mut self) -> Result<u64, End> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(End::Broken)
    }

    fn structure(&mut self, depth: usize) -> Result<(), End> {
        loop {
            let head = self.byte()?;
            let kind = head & 0x0f;
            if kind == 0 {
                return Ok(());
            }
            if head >> 4 == 0 {
                self.number()?;
            }
            self.value(kind, depth)?;
        }
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
            12 => self.structure(depth),
            13 => self.pass(16),
            _ => Err(End::Broken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::steps;

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
