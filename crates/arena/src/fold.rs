//! Text as it looks rather than as it is spelled, each character with its place in the original.
//!
//! Compatibility forms (Unicode NFKD without its marks), numeric character references, characters without width,
//! taken-apart Hangul, dashes and spaces become what a reader takes them for.

use std::ops::Range;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The longest numeric character reference that is read, in bytes: `&#x10FFFF;`.
const LONGEST_REFERENCE: usize = 10;

/// A character of the folded text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Where it begins in the folded text.
    pub(crate) at: usize,
    /// As it stands in the folded text.
    pub(crate) c: char,
    /// The same with the case of the original.
    pub(crate) cased: char,
    /// The bytes of the original that it came from.
    from: usize,
    to: usize,
}

/// What is folded beyond the look of single characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folding {
    /// Nothing: case and script stay.
    Plain,
    /// Lower case; letters of other scripts that look like Latin ones are those.
    Letters,
}

/// A folded text and where its characters came from.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) text: String,
    pub(crate) places: Vec<Place>,
}

/// A character that is known but not yet composed.
#[derive(Clone, Copy)]
struct Piece {
    c: char,
    from: usize,
    to: usize,
    /// A letter of Hangul by itself (U+3131 and on), which does not say whether it begins or ends a syllable.
    is_loose: bool,
}

impl Folded {
    pub(crate) fn new(text: &str, folding: Folding) -> Self {
        let pieces = composed(&pieces(text));
        let mut folded =
            Self { text: String::with_capacity(text.len()), places: Vec::with_capacity(pieces.len()) };
        for Piece { c, from, to, .. } in pieces {
            let shown = match folding {
                Folding::Plain => c,
                Folding::Letters => letter(c),
            };
            folded.places.push(Place { at: folded.text.len(), c: shown, cased: c, from, to });
            folded.text.push(shown);
        }
        folded
    }

    /// The bytes of the original behind these bytes of the folded text; empty for an empty range.
    pub(crate) fn original(&self, range: &Range<usize>) -> Range<usize> {
        let first = self.index(range.start);
        let behind = self.places.partition_point(|place| place.at < range.end);
        match self.places.get(first..behind) {
            Some([only]) => only.from..only.to,
            Some([first, .., last]) => first.from..last.to,
            Some([]) | None => 0..0,
        }
    }

    /// The number of the character that begins at or behind this byte of the folded text.
    pub(crate) fn index(&self, at: usize) -> usize {
        self.places.partition_point(|place| place.at < at)
    }
}

/// The characters of `text` as they look, still uncomposed.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(text.len());
    let mut behind = 0;
    for (from, c) in text.char_indices() {
        if from < behind {
            continue;
        }
        let (c, to) = match reference(text.get(from..).unwrap_or_default()) {
            Some((c, bytes)) => (c, from + bytes),
            None => (c, from + c.len_utf8()),
        };
        behind = to;
        if is_unseen(c) {
            continue;
        }
        let is_loose = matches!(c, '\u{3131}'..='\u{318e}' | '\u{ffa1}'..='\u{ffdc}');
        let mut push = |c| pieces.push(Piece { c, from, to, is_loose });
        match c {
            // The usual cases need no table.
            '\t' | ' '..='~' | '가'..='힣' => push(if c == '\t' { ' ' } else { c }),
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => push('\n'),
            // Letters in boxes that have no compatibility form, and the halves of flags.
            '\u{1f150}'..='\u{1f169}' => push(latin(c, 0x1f150)),
            '\u{1f170}'..='\u{1f189}' => push(latin(c, 0x1f170)),
            '\u{1f1e6}'..='\u{1f1ff}' => push(latin(c, 0x1f1e6)),
            _ => std::iter::once(c)
                .nfkd()
                .filter(|c| !is_combining_mark(*c) && !is_unseen(*c))
                .for_each(|c| push(punctuation(c))),
        }
    }
    pieces
}

/// A numeric character reference at the beginning of `text`, and its length in bytes.
fn reference(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix("&#")?;
    let end = body.bytes().take(LONGEST_REFERENCE - 2).position(|byte| byte == b';')?;
    let digits = body.get(..end)?;
    let number = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some((char::from_u32(number)?, end + 3))
}

/// The Latin letter that stands as far behind `a` as `c` behind `first`.
fn latin(c: char, first: u32) -> char {
    u8::try_from(u32::from(c) - first).map_or(c, |place| char::from(b'a'.saturating_add(place)))
}

/// Whether a character has no width, or is a control that is no line end.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\0'..='\x08' | '\x0e'..='\x1f' | '\x7f'..='\u{84}' | '\u{86}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// One sign for all dashes, all middle dots, all quotation marks, all spaces.
fn punctuation(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{2500}' => '-',
        '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22c5}' | '\u{30fb}' | '\u{119e}' => '·',
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' | '`' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201f}' => '"',
        '\u{3002}' => '.',
        c if c.is_whitespace() && c != '\n' => ' ',
        c => c,
    }
}

/// The pieces with the letters of Hangul put together to syllables.
fn composed(pieces: &[Piece]) -> Vec<Piece> {
    let mut whole = Vec::with_capacity(pieces.len());
    let mut rest = pieces;
    while let [first, behind @ ..] = rest {
        rest = behind;
        let mut syllable = *first;
        if let [vowel, behind @ ..] = rest
            && let Some(open) = open_syllable(first.c, vowel.c)
        {
            syllable = Piece { c: open, to: vowel.to, ..syllable };
            rest = behind;
        }
        if let [end, behind @ ..] = rest
            && let Some(closed) = closed_syllable(syllable.c, end, behind)
        {
            syllable = Piece { c: closed, to: end.to, ..syllable };
            rest = behind;
        }
        whole.push(syllable);
    }
    whole
}

fn open_syllable(first: char, vowel: char) -> Option<char> {
    let first = u32::from(first).checked_sub(0x1100).filter(|place| *place < 19)?;
    let vowel = u32::from(vowel).checked_sub(0x1161).filter(|place| *place < 21)?;
    char::from_u32(0xac00 + (first * 21 + vowel) * 28)
}

/// The syllable with a final consonant, where the next piece is one: written as such, or by itself before no vowel.
fn closed_syllable(open: char, end: &Piece, behind: &[Piece]) -> Option<char> {
    // Final consonants by first consonant; three of those never end a syllable.
    const FINALS: [u32; 19] = [1, 2, 4, 7, 0, 8, 16, 17, 0, 19, 20, 21, 22, 0, 23, 24, 25, 26, 27];
    let is_open = u32::from(open).checked_sub(0xac00).is_some_and(|place| place < 11_172 && place % 28 == 0);
    let begins_next = behind.first().is_some_and(|next| matches!(next.c, '\u{1161}'..='\u{1175}'));
    let last = match end.c {
        '\u{11a8}'..='\u{11c2}' => u32::from(end.c) - 0x11a7,
        '\u{1100}'..='\u{1112}' if end.is_loose && !begins_next => {
            let first = usize::try_from(u32::from(end.c) - 0x1100).ok()?;
            FINALS.get(first).copied().filter(|last| *last > 0)?
        }
        _ => return None,
    };
    char::from_u32(u32::from(open) + last).filter(|_| is_open)
}

/// The lower-case Latin letter that `c` is or looks like; `c` in lower case where it looks like none.
fn letter(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    match c {
        'А' | 'а' | 'Α' | 'α' | 'ɑ' | 'ᴀ' => 'a',
        'В' | 'в' | 'Β' | 'β' | 'ʙ' => 'b',
        'С' | 'с' | 'ϲ' | 'Ϲ' | 'ᴄ' => 'c',
        'ԁ' | 'Ԁ' | 'ᴅ' | 'đ' | 'Đ' => 'd',
        'Е' | 'е' | 'Ε' | 'ε' | 'ᴇ' => 'e',
        'ɡ' | 'ɢ' => 'g',
        'Н' | 'н' | 'Η' | 'һ' | 'Һ' | 'ʜ' => 'h',
        'І' | 'і' | 'Ι' | 'ι' | 'ı' | 'ɪ' => 'i',
        'Ј' | 'ј' | 'ᴊ' => 'j',
        'К' | 'к' | 'Κ' | 'κ' | 'ᴋ' => 'k',
        'Ӏ' | 'ӏ' | 'ʟ' | 'ł' | 'Ł' => 'l',
        'М' | 'м' | 'Μ' | 'ᴍ' => 'm',
        'Ν' | 'η' | 'п' | 'ɴ' => 'n',
        'О' | 'о' | 'Ο' | 'ο' | 'ᴏ' | 'ø' | 'Ø' => 'o',
        'Р' | 'р' | 'Ρ' | 'ρ' | 'ᴘ' => 'p',
        'ԛ' | 'Ԛ' => 'q',
        'ʀ' => 'r',
        'Ѕ' | 'ѕ' | 'ꜱ' => 's',
        'Т' | 'т' | 'Τ' | 'τ' | 'ᴛ' => 't',
        'υ' | 'μ' | 'ᴜ' => 'u',
        'ν' | 'ᴠ' => 'v',
        'ԝ' | 'Ԝ' | 'ω' | 'ᴡ' => 'w',
        'Х' | 'х' | 'Χ' | 'χ' => 'x',
        'У' | 'у' | 'Υ' | 'γ' | 'ʏ' => 'y',
        'Ζ' | 'ᴢ' => 'z',
        c => c.to_lowercase().next().unwrap_or(c),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::{Folded, Folding};

    fn letters(text: &str) -> String {
        Folded::new(text, Folding::Letters).text
    }

    #[test]
    fn what_looks_the_same_is_the_same() {
        for same in [
            "ＥＸＡＯＮＥ",
            "𝐄𝐗𝐀𝐎𝐍𝐄",
            "E\u{200b}X\u{ad}AONE",
            "ЕХАОΝЕ",
            "🄴🅇🄰🄾🄽🄴",
            "🅴🆇🅰🅾🅽🅴",
            "ÉxåonÈ",
            "&#69;XAO&#x4e;E",
        ] {
            assert_eq!(letters(same), "exaone", "{same}");
        }
    }

    #[test]
    fn hangul_is_put_together() {
        let marks: String = unicode_normalization::UnicodeNormalization::nfd("엑사원").collect();
        for same in ["엑사원", &marks, "ㅇㅔㄱㅅㅏㅇㅜㅓㄴ".replace("ㅜㅓ", "ㅝ").as_str(), "엑\u{200d}사원"]
        {
            assert_eq!(letters(same), "엑사원", "{same}");
        }
        assert_eq!(letters("ㅋㅋㅋ"), "ᄏᄏᄏ");
        assert_eq!(letters("가ㅋㅋ").chars().count(), 2, "a loose consonant may end the syllable before it");
    }

    #[test]
    fn places_lead_back() {
        let text = "가 \u{200b}Ａ&#66;ㄱㅏ끝";
        let folded = Folded::new(text, Folding::Letters);
        assert_eq!(folded.text, "가 ab가끝");
        let found = folded.text.find("ab").unwrap();
        assert_eq!(text.get(folded.original(&(found..found + 2))), Some("Ａ&#66;"));
        assert_eq!(text.get(folded.original(&(found + 2..found + 5))), Some("ㄱㅏ"));
        assert_eq!(folded.original(&(3..3)), 0..0);
    }
}
