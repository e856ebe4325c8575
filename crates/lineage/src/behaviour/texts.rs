//! Where models are asked for their next word: texts, the places at which they are cut, and what counts of an answer.

use super::BehaviourError;
use crate::battery::trace::shuffle;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Sixty Korean and sixty English sentences, written for this test and given to the public domain (CC0 1.0), a line each.
pub const BUILT_IN: &str = include_str!("texts.txt");
/// Words that stand before the first place at which a text may be cut.
const WORDS_BEFORE: usize = 3;
/// Letters of a word that count.
const LETTERS: usize = 4;

/// How texts stand in a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TextForm {
    /// A text a line.
    Plain,
    /// A JSON object a line, with a `text`.
    JsonLines,
}

/// The beginning of a text, which a model goes on from.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Position {
    /// Which text.
    pub text: usize,
    /// So many bytes of it: up to the end of a word, without the space behind.
    pub bytes: usize,
}

/// The built-in texts.
pub fn built_in() -> Vec<String> {
    BUILT_IN.lines().map(str::to_owned).collect()
}

/// The texts of a file called `file`, each once: the same text twice would count as two that agree.
///
/// Fails with [`BehaviourError::Line`] where a line of JSON has no text.
pub fn read(file: &str, content: &str, form: TextForm) -> Result<Vec<String>, BehaviourError> {
    let mut known = BTreeSet::new();
    let mut texts = Vec::new();
    for (number, line) in content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let text = match form {
            TextForm::Plain => line.trim().to_owned(),
            TextForm::JsonLines => text_of(line)
                .ok_or_else(|| BehaviourError::Line { file: file.to_owned(), line: number + 1 })?,
        };
        if known.insert(text.clone()) {
            texts.push(text);
        }
    }
    Ok(texts)
}

fn text_of(line: &str) -> Option<String> {
    let row: Map<String, Value> = serde_json::from_str(line).ok()?;
    row.get("text")?.as_str().map(|text| text.trim().to_owned())
}

/// At most `count` places at which `texts` are cut, drawn with `seed`: one in every text before a second in any, in the
/// order of the texts. Which they are depends on the texts and the seed alone. A text of fewer than four words has none.
pub fn positions(texts: &[String], count: usize, seed: u64) -> Vec<Position> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..texts.len()).collect();
    shuffle(&mut order, &mut random);
    let mut drawn = Vec::new();
    for text in order {
        let mut cuts = texts.get(text).map(|text| cuts(text)).unwrap_or_default();
        shuffle(&mut cuts, &mut random);
        drawn.push((text, cuts));
    }
    let most = drawn.iter().map(|(_, cuts)| cuts.len()).max().unwrap_or(0);
    let rounds = (0..most).flat_map(|round| {
        let of_round = drawn.iter().filter_map(move |(text, cuts)| Some((*text, *cuts.get(round)?)));
        of_round.map(|(text, bytes)| Position { text, bytes })
    });
    let mut positions: Vec<Position> = rounds.take(count).collect();
    positions.sort_unstable();
    positions
}

/// Ends of words, with some words before and one at least behind.
fn cuts(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut is_inside = false;
    for (place, letter) in text.trim_end().char_indices() {
        if is_inside && letter.is_whitespace() {
            ends.push(place);
        }
        is_inside = !letter.is_whitespace();
    }
    ends.split_off(ends.len().min(WORDS_BEFORE - 1))
}

/// What counts of an answer: the beginning of its first word, up to four letters, without the white space before it, which
/// some tokenizers and servers keep and others do not. So few letters are a token or two in every tokenizer, so that models
/// with different ones can be compared. None where nothing was written, or where `cut_off` (at the limit of tokens) the word
/// may go on.
pub fn next_word(answer: &str, cut_off: bool) -> Option<String> {
    let answer = answer.trim_start();
    let word: String = answer.chars().take_while(|letter| !letter.is_whitespace()).take(LETTERS).collect();
    let goes_on = cut_off && word.len() == answer.len() && word.chars().count() < LETTERS;
    // Half a letter at the limit of tokens.
    let is_broken = word.contains(char::REPLACEMENT_CHARACTER);
    (!word.is_empty() && !goes_on && !is_broken).then_some(word)
}
