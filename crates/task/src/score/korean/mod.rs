//! `korean_answer`: reads the final answer out of Korean (and English) free text.
//!
//! The last explicit marker wins (정답은, 답:, ∴, `\boxed{}`, "the answer is"); without one a number falls
//! back to the last number, a choice to the last label, a text to a short single line.

mod choice;
mod clean;
mod marker;
mod number;
mod number_words;
mod phrase;

pub(super) use choice::canonical as canonical_choice;

/// What kind of answer is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number, given back in its canonical form ("35000", "0.75", "1/3").
    Number,
    /// A label (①, 3번, 다, C), given back as a capital letter.
    Choice,
    /// A short text.
    Text,
}

impl Kind {
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "number" => Some(Self::Number),
            "choice" => Some(Self::Choice),
            "text" => Some(Self::Text),
            _ => None,
        }
    }
}

/// An answer that was read out of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Extracted {
    pub(super) text: String,
    /// Whether a marker, or its place at the very beginning, says that it is the answer.
    pub(super) marked: bool,
}

/// The answer in `written`, which followed `prompt`; `None` where there is none.
pub(super) fn extract(written: &str, kind: Kind, prompt: &str, choices: &[String]) -> Option<Extracted> {
    let text = clean::clean(written);
    let segments = marker::segments(&text, kind == Kind::Choice);
    let in_segment = |segment: &marker::Segment<'_>| match kind {
        Kind::Number => number::in_segment(segment.text, segment.before),
        Kind::Choice => choice::in_segment(segment.text, segment.before, choices),
        Kind::Text => phrase::in_segment(segment.text, segment.before),
    };
    let marked = segments.iter().rev().find_map(in_segment);
    // A prompt that ends in "정답:" makes the beginning of the text the answer.
    let direct = || {
        let asked = marker::ends_prompt(prompt);
        match kind {
            Kind::Number => asked.then(|| number::at_start(&text)).flatten(),
            Kind::Choice => choice::at_start(&text, asked, choices),
            Kind::Text => asked.then(|| phrase::first_line(&text)).flatten(),
        }
    };
    if let Some(text) = marked.or_else(direct) {
        return Some(Extracted { text, marked: true });
    }
    let guess = match kind {
        Kind::Number => number::last(&text),
        Kind::Choice => choice::last(&text, choices),
        Kind::Text => phrase::only_line(&text),
    };
    guess.map(|text| Extracted { text, marked: false })
}
