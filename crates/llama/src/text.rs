//! From pieces of bytes to text: characters and stop texts may cross the borders of tokens.

/// Gathers the bytes of a generation.
#[derive(Debug)]
pub(crate) struct Assembler {
    bytes: Vec<u8>,
    stops: Vec<Vec<u8>>,
    longest_stop_bytes: usize,
    /// Bytes that [`Assembler::ready`] has handed out.
    given_bytes: usize,
}

impl Assembler {
    /// Empty stop texts are left out: they would end every answer before it begins.
    pub(crate) fn new(stops: &[String]) -> Self {
        let stops: Vec<Vec<u8>> =
            stops.iter().filter(|stop| !stop.is_empty()).map(|stop| stop.clone().into_bytes()).collect();
        let longest_stop_bytes = stops.iter().map(Vec::len).max().unwrap_or(0);
        Self { bytes: Vec::new(), stops, longest_stop_bytes, given_bytes: 0 }
    }

    /// Whether `text` is one of the stop texts.
    pub(crate) fn is_stop(&self, text: &[u8]) -> bool {
        self.stops.iter().any(|stop| stop == text)
    }

    /// Adds a token's bytes; true when a stop text is complete, which is then cut off with all after it.
    pub(crate) fn push(&mut self, piece: &[u8]) -> bool {
        let searched = self.bytes.len().saturating_sub(self.longest_stop_bytes.saturating_sub(1));
        self.bytes.extend_from_slice(piece);
        let fresh = self.bytes.get(searched..).unwrap_or_default();
        let found = self
            .stops
            .iter()
            .filter_map(|stop| fresh.windows(stop.len()).position(|window| window == stop))
            .min();
        if let Some(start) = found {
            self.bytes.truncate(searched + start);
        }
        found.is_some()
    }

    /// What can be shown already: no half character, and nothing that may become a stop text.
    pub(crate) fn ready(&mut self) -> String {
        let held = (1..self.longest_stop_bytes)
            .rev()
            .find(|&length| {
                self.bytes.len().checked_sub(length).and_then(|start| self.bytes.get(start..)).is_some_and(
                    |tail| self.stops.iter().any(|stop| stop.len() > length && stop.starts_with(tail)),
                )
            })
            .unwrap_or(0);
        let end = whole_characters(&self.bytes, self.bytes.len() - held);
        self.give(end)
    }

    /// What is left at the end of the generation; a half character at the end is dropped.
    pub(crate) fn rest(&mut self) -> String {
        let end = whole_characters(&self.bytes, self.bytes.len());
        self.give(end)
    }

    fn give(&mut self, end: usize) -> String {
        let text = self.bytes.get(self.given_bytes..end).map(String::from_utf8_lossy).unwrap_or_default();
        self.given_bytes = self.given_bytes.max(end);
        text.into_owned()
    }
}

/// The last position up to `end` that does not cut a UTF-8 character. Bytes that can begin no character count
/// as whole; they are shown as U+FFFD.
fn whole_characters(bytes: &[u8], end: usize) -> usize {
    for back in 1..=end.min(3) {
        let needed = match bytes.get(end - back) {
            Some(0x80..=0xbf) => continue,
            Some(0xc2..=0xdf) => 2,
            Some(0xe0..=0xef) => 3,
            Some(0xf0..=0xf4) => 4,
            Some(_) | None => 1,
        };
        return if needed > back { end - back } else { end };
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assemble(pieces: &[&[u8]], stops: &[&str]) -> (String, Vec<String>, bool) {
        let stops: Vec<String> = stops.iter().map(ToString::to_string).collect();
        let mut assembler = Assembler::new(&stops);
        let mut shown = Vec::new();
        let mut stopped = false;
        for piece in pieces {
            stopped = assembler.push(piece);
            if stopped {
                break;
            }
            shown.push(assembler.ready());
        }
        shown.push(assembler.rest());
        (shown.concat(), shown, stopped)
    }

    #[test]
    fn a_stop_text_across_pieces_is_cut_and_never_shown() {
        let (text, shown, stopped) = assemble(&[b"one\n", b"\nQuest", b"ion: two"], &["\n\nQuestion:"]);
        assert!(stopped);
        assert_eq!(text, "one");
        assert!(shown.iter().all(|piece| !piece.contains('\n')), "{shown:?}");
    }

    #[test]
    fn the_earliest_stop_wins_and_what_only_looks_like_one_is_shown() {
        assert_eq!(assemble(&[b"a END b STOP"], &["STOP", "END"]).0, "a ");
        assert_eq!(assemble(&[b"ab", b"ac"], &["abab"]).0, "abac");
        assert_eq!(assemble(&[b"abc"], &[""]).0, "abc");
    }

    #[test]
    fn korean_across_pieces_is_whole_and_a_half_character_at_the_end_is_dropped() {
        let bytes = "한국어".as_bytes();
        let pieces: Vec<&[u8]> = bytes.chunks(2).collect();
        let (text, shown, _) = assemble(&pieces, &[]);
        assert_eq!(text, "한국어");
        assert!(shown.iter().all(|piece| !piece.contains('\u{fffd}')), "{shown:?}");
        let half_a_character = bytes.split_at(7).0;
        assert_eq!(assemble(&[half_a_character], &[]).0, "한국");
        assert_eq!(assemble(&[b"a\xffb"], &[]).0, "a\u{fffd}b");
    }

    #[test]
    fn each_character_is_shown_with_its_last_byte_and_never_in_parts() {
        let text = "대표 모델 🐯 e\u{301}";
        let mut assembler = Assembler::new(&[]);
        let mut bytes_so_far = 0;
        for (byte, whole) in text.bytes().zip((1..=text.len()).map(|end| text.get(..end).is_some())) {
            assert!(!assembler.push(&[byte]));
            let shown = assembler.ready();
            bytes_so_far += shown.len();
            assert_eq!(!shown.is_empty(), whole, "{shown}");
            assert!(text.get(..bytes_so_far).is_some_and(|before| before.ends_with(&shown)), "{shown}");
        }
        assert_eq!((bytes_so_far, assembler.rest()), (text.len(), String::new()));
    }

    #[test]
    fn a_korean_stop_text_across_pieces_is_found() {
        let bytes = "답은 둘입니다. 끝".as_bytes();
        let pieces: Vec<&[u8]> = bytes.chunks(1).collect();
        let (text, _, stopped) = assemble(&pieces, &["끝"]);
        assert!(stopped);
        assert_eq!(text, "답은 둘입니다. ");
    }
}
