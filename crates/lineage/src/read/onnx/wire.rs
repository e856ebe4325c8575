//! The protobuf wire format, read through a small window: fields, and the places of what they hold.
//!
//! <https://protobuf.dev/programming-guides/encoding/>. Every length is checked against the message it stands in before
//! it is used. What a field holds is read only where somebody asks for it. Groups, which ONNX never has, are refused.

use crate::error::{Place, WeightsError, WeightsProblem};
use crate::source::Source;

const WINDOW_BYTES: u64 = 64 << 10;
/// Longer texts are no names.
const TEXT_BYTES: u64 = 64 << 10;
/// All texts that were asked for.
const ALL_TEXT_BYTES: u64 = 256 << 20;

/// Bytes of the file, from `start` up to `end`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Span {
    /// The first byte.
    pub(super) start: u64,
    /// The byte behind the last.
    pub(super) end: u64,
}

/// A field of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    /// Its number in the message's definition.
    pub(super) number: u64,
    /// What it holds.
    pub(super) content: Content,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    /// A whole number or a truth value.
    Number(u64),
    /// A number of four or eight bytes.
    Fixed,
    /// A text, bytes, a message, or several numbers.
    Bytes(Span),
}

/// Reads fields of a source in the order of their bytes.
pub(super) struct Wire<'a> {
    source: &'a dyn Source,
    window: Vec<u8>,
    /// Of the window.
    start: u64,
    text_bytes: u64,
}

impl Span {
    /// How many bytes.
    pub(super) fn bytes(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether it is short enough for a name.
    pub(super) fn is_short(self) -> bool {
        self.bytes() <= TEXT_BYTES
    }
}

impl<'a> Wire<'a> {
    /// Reads `source`.
    pub(super) fn new(source: &'a dyn Source) -> Self {
        Self { source, window: Vec::new(), start: 0, text_bytes: 0 }
    }

    /// The next field of a message, which then begins behind it; none at its end.
    pub(super) fn field(&mut self, message: &mut Span) -> Result<Option<Field>, WeightsError> {
        if message.start >= message.end {
            return Ok(None);
        }
        let place = message.start;
        let key = self.number(message)?;
        let content = match key & 7 {
            0 => Content::Number(self.number(message)?),
            1 => self.skip(message, 8).map(|_| Content::Fixed)?,
            2 => {
                let count = self.number(message)?;
                Content::Bytes(self.skip(message, count)?)
            }
            5 => self.skip(message, 4).map(|_| Content::Fixed)?,
            _ => return Err(self.broken(place, "a field of an unknown kind")),
        };
        match key >> 3 {
            0 => Err(self.broken(place, "a field with the number 0")),
            number => Ok(Some(Field { number, content })),
        }
    }

    /// The varint at the beginning of `span`, which then begins behind it.
    pub(super) fn number(&mut self, span: &mut Span) -> Result<u64, WeightsError> {
        let place = span.start;
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            if span.start >= span.end {
                return Err(self.broken(place, "a number that its message cuts off"));
            }
            let byte = self.byte(span.start)?;
            span.start += 1;
            let bits = u64::from(byte & 0x7F);
            // The tenth byte has room for the last bit alone.
            if shift == 63 && bits > 1 {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(self.broken(place, "a number of more than 64 bits"))
    }

    /// The text that `span` is, at most 64 KiB.
    pub(super) fn text(&mut self, span: Span) -> Result<String, WeightsError> {
        if !span.is_short() {
            let problem =
                WeightsProblem::TooMany { what: "bytes of a name", count: span.bytes(), limit: TEXT_BYTES };
            return Err(self.fail(span.start, problem));
        }
        self.text_bytes += span.bytes();
        if self.text_bytes > ALL_TEXT_BYTES {
            let (count, limit) = (self.text_bytes, ALL_TEXT_BYTES);
            return Err(
                self.fail(span.start, WeightsProblem::TooMany { what: "bytes of names", count, limit })
            );
        }
        let bytes = self.take(span)?;
        String::from_utf8(bytes).map_err(|_| self.broken(span.start, "a name that is not UTF-8"))
    }

    /// Whether `span` is that text.
    pub(super) fn is(&mut self, span: Span, text: &str) -> Result<bool, WeightsError> {
        Ok(span.bytes() == text.len() as u64 && self.take(span)? == text.as_bytes())
    }

    /// The bytes of `span`; the caller bounds how many.
    pub(super) fn take(&mut self, span: Span) -> Result<Vec<u8>, WeightsError> {
        if self.held(span).is_none() && span.bytes() <= WINDOW_BYTES {
            self.fill(span.start)?;
        }
        if let Some(held) = self.held(span) {
            return Ok(held.to_vec());
        }
        self.source.take(span.start, usize::try_from(span.bytes()).unwrap_or(usize::MAX))
    }

    /// An error at a byte.
    pub(super) fn fail(&self, byte: u64, problem: WeightsProblem) -> WeightsError {
        self.source.error(Some(Place::Byte(byte)), problem)
    }

    /// A broken message, at a byte.
    pub(super) fn broken(&self, byte: u64, what: &str) -> WeightsError {
        self.fail(byte, WeightsProblem::Header(what.to_owned()))
    }

    /// The next `count` bytes of a message, which then begins behind them.
    fn skip(&self, message: &mut Span, count: u64) -> Result<Span, WeightsError> {
        let start = message.start;
        let end = start.checked_add(count).filter(|end| *end <= message.end);
        let end = end.ok_or_else(|| self.broken(start, "a field longer than what it stands in"))?;
        message.start = end;
        Ok(Span { start, end })
    }

    fn byte(&mut self, at: u64) -> Result<u8, WeightsError> {
        if let Some(byte) = self.held_byte(at) {
            return Ok(byte);
        }
        self.fill(at)?;
        self.held_byte(at).ok_or_else(|| self.broken(at, "the file ends early"))
    }

    fn held_byte(&self, at: u64) -> Option<u8> {
        let place = usize::try_from(at.checked_sub(self.start)?).ok()?;
        self.window.get(place).copied()
    }

    fn held(&self, span: Span) -> Option<&[u8]> {
        let from = usize::try_from(span.start.checked_sub(self.start)?).ok()?;
        let to = usize::try_from(span.end.checked_sub(self.start)?).ok()?;
        self.window.get(from..to)
    }

    fn fill(&mut self, start: u64) -> Result<(), WeightsError> {
        let count = self.source.bytes().saturating_sub(start).min(WINDOW_BYTES);
        self.window.resize(usize::try_from(count).unwrap_or(0), 0);
        self.start = start;
        self.source.read_at(start, &mut self.window)
    }
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a failed assertion is the point of a test"
    )]

    use super::*;
    use crate::source::Memory;

    fn number(bytes: &[u8]) -> Result<u64, WeightsError> {
        Wire::new(&Memory(bytes)).number(&mut Span { start: 0, end: bytes.len() as u64 })
    }

    #[test]
    fn numbers_have_at_most_64_bits() {
        assert_eq!(number(&[0x00]).unwrap(), 0);
        assert_eq!(number(&[0xAC, 0x02]).unwrap(), 300);
        let mut largest = [0xFF; 10];
        largest[9] = 0x01;
        assert_eq!(number(&largest).unwrap(), u64::MAX);
        largest[9] = 0x02;
        assert!(number(&largest).is_err());
        assert!(number(&[0x80; 11]).is_err());
        assert!(number(&[0x80; 3]).is_err());
        assert!(number(&[]).is_err());
    }

    #[test]
    fn a_field_stays_inside_its_message() {
        let bytes = [0x0A, 0x02, 0x08, 0x01, 0x12, 0x05, 0x00];
        let memory = Memory(&bytes);
        let mut wire = Wire::new(&memory);
        let mut message = Span { start: 0, end: 7 };
        let field = wire.field(&mut message).unwrap().unwrap();
        assert!(matches!(field.content, Content::Bytes(Span { start: 2, end: 4 })), "{field:?}");
        assert!(wire.field(&mut message).is_err());
        // A number that runs over its message's end, though not over the file's.
        assert!(wire.field(&mut Span { start: 2, end: 3 }).is_err());
        for kind in [3, 4, 6, 7] {
            assert!(Wire::new(&Memory(&[0x08 | kind, 0])).field(&mut Span { start: 0, end: 2 }).is_err());
        }
    }

    #[test]
    fn texts_are_read_across_windows() {
        let mut bytes = vec![b'a'; 200_000];
        bytes[199_999] = 0xFF;
        let memory = Memory(&bytes);
        let mut wire = Wire::new(&memory);
        assert_eq!(wire.text(Span { start: 60_000, end: 70_000 }).unwrap().len(), 10_000);
        assert_eq!(wire.text(Span { start: 1, end: 3 }).unwrap(), "aa");
        assert!(wire.text(Span { start: 0, end: 70_000 }).is_err());
        assert!(wire.text(Span { start: 199_998, end: 200_000 }).is_err());
        assert_eq!(wire.text(Span { start: 200_000, end: 200_000 }).unwrap(), "");
        assert!(wire.is(Span { start: 5, end: 7 }, "aa").unwrap());
    }
}
