//! Which of the five outcomes a written answer is: scored, unparsed, truncated, refused (the fifth,
//! infrastructure, is decided before anything is read).

use super::{
    filter::{Certainty, Filtered},
    refusal::is_refusal,
};
use daepyo_core::{Finish, Outcome};

/// What decides about a written answer.
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one answer")]
pub(super) struct Evidence<'a> {
    /// The responses that the filters used: text and why each ended.
    pub(super) used: &'a [(&'a str, Finish)],
    pub(super) filtered: &'a Filtered,
    /// The filters look for the answer inside the text; else the whole text is the answer.
    pub(super) extracts: bool,
    /// The whole text must be right, so one that was cut can't be judged.
    pub(super) whole_text_must_match: bool,
    /// Declining is what the task is about.
    pub(super) judges_refusals: bool,
    /// The answer gets full marks: then it was one.
    pub(super) full_marks: bool,
    /// The reference itself reads like a refusal.
    pub(super) refusal_expected: bool,
}

impl Evidence<'_> {
    pub(super) fn outcome(&self) -> Outcome {
        let cut = self.used.iter().any(|(_, finish)| *finish == Finish::Length);
        let stopped =
            !self.used.is_empty() && self.used.iter().all(|(_, finish)| *finish == Finish::ContentFilter);
        let silent = self.used.iter().all(|(text, _)| text.trim().is_empty());
        let without_answer = if cut { Outcome::Truncated } else { Outcome::Unparsed };
        if self.judges_refusals {
            return if silent && !stopped { without_answer } else { Outcome::Scored };
        }
        if stopped {
            return Outcome::Refused;
        }
        let certainty =
            self.filtered.items.iter().filter(|item| item.holds_answer()).map(|item| item.certainty).max();
        if self.full_marks && certainty.is_some() && !(cut && certainty == Some(Certainty::Guess)) {
            return Outcome::Scored;
        }
        let refused = !self.refusal_expected && self.used.iter().any(|(text, _)| is_refusal(text));
        match certainty {
            Some(Certainty::Found) if self.extracts => Outcome::Scored,
            // A guess in an answer that was cut is the last number so far, not the answer.
            Some(Certainty::Guess) if !cut && !refused => Outcome::Scored,
            Some(Certainty::Found) if !(refused || cut && self.whole_text_must_match) => Outcome::Scored,
            Some(_) | None if refused => Outcome::Refused,
            Some(_) | None => without_answer,
        }
    }
}
