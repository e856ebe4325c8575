//! Where a name stands in a text, however it is spelled: apart, with digits for letters, before particles.
//!
//! A text is read as a stream of letters with the gaps between them. Aho and Corasick's automaton finds the letters of
//! every name in it, digits taken for the letters that they look like; what it finds counts where the gaps and the
//! neighbours are such that a reader would see the name.

use super::Tier;
use crate::fold::{Folded, Folding};
use aho_corasick::AhoCorasick;
use regex::Regex;
use std::{ops::Range, sync::LazyLock};

/// Names with fewer letters count as they are written only, case and all: `NC`, `A.X`.
const SHORT: usize = 3;
/// From so many letters on a digit may stand for a letter, and a Latin name may be taken apart in one place.
const LONG: usize = 5;
/// The most characters of a gap within a name.
const WIDEST: usize = 3;
/// The most syllables behind a Hangul name that are looked at for particles.
const REMAINDER: usize = 12;

/// What may stand behind a name in the same word: suffixes, particles, the copula.
static PARTICLES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        "^(?:들|팀|측|사|님|씨|봇|챗|모델|모형|그룹|랩|랩스|연구소|연구원|연구팀|클라우드|코리아|엑스|프로|미니)?\
         (?:에서|에게|한테|께서|으로|로|에|까지|부터|처럼|보다|와|과|하고|이랑|랑|의|만|도|조차|마저|뿐|이나|나|든지|같은|같이)?\
         (?:은|는|이|가|을|를|도|만|의|서|써|선|라는|이라는|라고|이라고|아|야)?\
         (?:입니다|입니까|이에요|예요|에요|이예요|이야|야|이다|다|이고|고|이며|며|인데|인가|인지|인|이란|란|이라|이지|지|이죠|죠|\
         이니|니|네요|이네요|랍니다|이랍니다|답니다|였습니다|이었습니다|임|일|요)?\
         (?:요|만|는|도|서|면|까|만의)?$",
    )
    .ok()
});

/// The space in front of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    None,
    /// Hyphens, dots, marks of markdown.
    Mark,
    Space,
    /// Both of them: may stand between letters that all stand apart, and within no word.
    Both,
    /// What ends a word for any reader: commas, brackets, line ends, anything long.
    Hard,
}

/// A letter of a text.
#[derive(Clone, Copy, Debug)]
struct Letter {
    c: char,
    /// Its number among the folded characters.
    index: usize,
    before: Gap,
}

/// A name to be found.
#[derive(Debug)]
struct Pattern {
    who: usize,
    tier: Tier,
    letters: Vec<Letter>,
    /// The name as it must be written, for short ones.
    exact: Option<String>,
}

/// A name that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) who: usize,
    pub(super) tier: Tier,
    /// Bytes of the folded text.
    pub(super) range: Range<usize>,
}

/// The names, ready to be found.
#[derive(Debug)]
pub(super) struct Spotter {
    patterns: Vec<Pattern>,
    automaton: Option<AhoCorasick>,
}

impl Spotter {
    /// Names with the number of who bears them. A name without a letter is left out. Of equal ones the first's bearer
    /// counts, in the tier that says most: who takes part under a name that everybody knows does not hide it.
    pub(super) fn new<'a>(names: impl Iterator<Item = (usize, Tier, &'a str)>) -> Self {
        let mut patterns: Vec<Pattern> = Vec::new();
        for (who, tier, name) in names {
            let folded = Folded::new(name, Folding::Letters);
            let letters = letters(&folded);
            if letters.is_empty() {
                continue;
            }
            let exact: Option<String> = (letters.len() < SHORT
                && letters.iter().all(|letter| letter.c.is_ascii()))
            .then(|| folded.places.iter().map(|place| place.cased).collect());
            // `gpt4` is read in fewer places than `GPT-4`, so that it does not stand for it.
            let is_same = |other: &Pattern| {
                let spelled = |letter: &Letter| (letter.c, letter.before);
                other.exact == exact && other.letters.iter().map(spelled).eq(letters.iter().map(spelled))
            };
            match patterns.iter().position(is_same) {
                Some(place) => {
                    if let Some(same) = patterns.get_mut(place) {
                        same.tier = same.tier.min(tier);
                    }
                }
                None => patterns.push(Pattern { who, tier, letters, exact }),
            }
        }
        let skeletons =
            patterns.iter().map(|pattern| pattern.letters.iter().map(|letter| look(letter.c)).collect());
        let automaton = AhoCorasick::new(skeletons.collect::<Vec<String>>()).ok();
        Self { patterns, automaton }
    }

    /// Every place of every name, in order of its end. `text` is folded to letters.
    pub(super) fn spots(&self, text: &Folded) -> Vec<Spot> {
        let letters = letters(text);
        let mut starts = Vec::with_capacity(letters.len());
        let mut stream = String::with_capacity(letters.len());
        for letter in &letters {
            starts.push(stream.len());
            stream.push(look(letter.c));
        }
        let number = |at: usize| starts.partition_point(|start| *start < at);
        let found = self.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(&stream));
        let spots = found.filter_map(|found| {
            let pattern = self.patterns.get(found.pattern().as_usize())?;
            let range = number(found.start())..number(found.end());
            let (first, last) = (letters.get(range.start)?, letters.get(range.end.checked_sub(1)?)?);
            let behind = text.places.get(last.index).map(|place| place.at + place.c.len_utf8())?;
            let spot = Spot {
                who: pattern.who,
                tier: pattern.tier,
                range: text.places.get(first.index)?.at..behind,
            };
            (is_read(pattern, &letters, &range) && is_exact(pattern, text, first.index..=last.index))
                .then_some(spot)
        });
        spots.collect()
    }
}

/// The letters and digits of a text, and two signs that are written for letters.
fn letters(text: &Folded) -> Vec<Letter> {
    let mut letters = Vec::with_capacity(text.places.len());
    let (mut before, mut width) = (Gap::None, 0);
    for (index, place) in text.places.iter().enumerate() {
        if place.c.is_alphanumeric() || matches!(place.c, '@' | '$') {
            letters.push(Letter { c: place.c, index, before });
            (before, width) = (Gap::None, 0);
            continue;
        }
        width += 1;
        before = match (before, place.c) {
            (Gap::Hard, _) => Gap::Hard,
            _ if width > WIDEST => Gap::Hard,
            (Gap::None | Gap::Space, ' ') => Gap::Space,
            (
                Gap::None | Gap::Mark,
                '-' | '.' | '_' | '*' | '~' | '·' | '/' | '\\' | '|' | '+' | ':' | '=' | '\'',
            ) => Gap::Mark,
            (_, ' ' | '-' | '.' | '_' | '*' | '~' | '·' | '/' | '\\' | '|' | '+' | ':' | '=' | '\'') => {
                Gap::Both
            }
            _ => Gap::Hard,
        };
    }
    letters
}

/// The letter that a letter or digit may be read as.
fn look(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | 'i' => 'l',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        '9' => 'g',
        c => c,
    }
}

const fn is_hangul(c: char) -> bool {
    matches!(c, '가'..='힣')
}

fn is_exact(pattern: &Pattern, text: &Folded, letters: std::ops::RangeInclusive<usize>) -> bool {
    let Some(exact) = &pattern.exact else {
        return true;
    };
    text.places.get(letters).is_some_and(|places| places.iter().map(|place| place.cased).eq(exact.chars()))
}

/// Whether a reader sees the name in these letters.
fn is_read(pattern: &Pattern, text: &[Letter], range: &Range<usize>) -> bool {
    let Some(found) = text.get(range.clone()) else {
        return false;
    };
    has_letters(pattern, found) && is_held_together(pattern, text, range) && is_free(found, text, range)
}

/// Whether few enough digits stand for letters, and none for another digit.
fn has_letters(pattern: &Pattern, found: &[Letter]) -> bool {
    let mut replaced = 0;
    for (name, text) in pattern.letters.iter().zip(found) {
        if name.c == text.c {
            continue;
        }
        if name.c.is_ascii_digit() {
            return false;
        }
        replaced += 1;
    }
    replaced == 0 || (found.len() >= LONG && replaced * 2 <= found.len())
}

/// Whether the gaps are those of the name, or those of a name that was taken apart.
fn is_held_together(pattern: &Pattern, text: &[Letter], range: &Range<usize>) -> bool {
    let found = text.get(range.clone()).unwrap_or_default();
    let gaps: Vec<(usize, Gap, Gap)> = pattern
        .letters
        .iter()
        .zip(found)
        .enumerate()
        .skip(1)
        .map(|(place, (name, text))| (place, name.before, text.before))
        .collect();
    if gaps.iter().any(|(_, _, gap)| *gap == Gap::Hard) {
        return false;
    }
    // Gaps where the name has none.
    let strange: Vec<(usize, Gap)> = gaps
        .iter()
        .filter(|(_, own, gap)| *gap != Gap::None && (*own == Gap::None || *gap == Gap::Both))
        .map(|(place, _, gap)| (*place, *gap))
        .collect();
    if strange.is_empty() {
        return true;
    }
    if found.len() >= SHORT && gaps.iter().all(|(_, _, gap)| *gap != Gap::None) {
        // In a longer row of letters that stand apart, a short name is chance.
        let is_alone = |letter: Option<&Letter>| {
            letter.is_none_or(|letter| letter.before == Gap::None || letter.before == Gap::Hard)
        };
        let goes_on = range.start.checked_sub(1).is_some_and(|before| {
            !is_alone(text.get(before)) && found.first().is_some_and(|first| first.before != Gap::Hard)
        });
        let next_apart = !is_alone(text.get(range.end))
            && text.get(range.end + 1).is_none_or(|next| next.before != Gap::None);
        let is_latin = found.iter().all(|letter| letter.c.is_ascii());
        return !is_latin || found.len() >= LONG || !(goes_on || next_apart);
    }
    let is_hangul_name = found.iter().all(|letter| is_hangul(letter.c));
    if found.len() < if is_hangul_name { SHORT } else { LONG } {
        return false;
    }
    match strange.as_slice() {
        marks if marks.iter().all(|(_, gap)| *gap == Gap::Mark) => true,
        [(place, Gap::Space)] => {
            let pieces = (*place, found.len() - place);
            let last = found.last().map_or(' ', |letter| letter.c);
            // `카나 나는` is no name, `엑사 원은` is.
            pieces.0 >= 2
                && (pieces.1 >= 2 || (is_hangul_name && !"나너이그저내네제수것때더안못다또한".contains(last)))
        }
        _ => false,
    }
}

/// Whether the name is a word by itself, particles aside.
fn is_free(found: &[Letter], text: &[Letter], range: &Range<usize>) -> bool {
    let (Some(first), Some(last)) = (found.first(), found.last()) else {
        return false;
    };
    if first.before == Gap::None
        && let Some(previous) = range.start.checked_sub(1).and_then(|before| text.get(before))
    {
        let is_one_word =
            if is_hangul(first.c) { is_hangul(previous.c) } else { previous.c.is_ascii_alphanumeric() };
        if is_one_word {
            return false;
        }
    }
    let behind = text.get(range.end..).unwrap_or_default();
    let word = behind.iter().take_while(|letter| letter.before == Gap::None).map(|letter| letter.c);
    if is_hangul(last.c) {
        let remainder: String = word.take_while(|c| is_hangul(*c)).take(REMAINDER).collect();
        return remainder.is_empty()
            || PARTICLES.as_ref().is_some_and(|particles| particles.is_match(&remainder));
    }
    let mut word = word.take(2);
    match (word.next(), word.next()) {
        (Some(next), _) if last.c.is_ascii_digit() => !next.is_ascii_digit(),
        (Some('s'), next) => next.is_none_or(|next| !next.is_ascii_alphanumeric()),
        (Some(next), _) => !next.is_ascii_alphabetic(),
        (None, _) => true,
    }
}
