//! Answers that say who wrote them, by which a blind battle is void.
//!
//! Two things are leaks. A **distinctive** name (a candidate's model, what the programme lists as such, models that
//! everybody knows and whose names are no words) is one wherever it is mentioned. An **ordinary** name (Solar, Llama,
//! Gemini, Naver, Google: also words, people and companies of everyday life) is one only where the text speaks of itself:
//! "I am Solar", "네이버가 개발한 AI입니다". A text that names a maker in speaking of itself leaks whatever the maker's name
//! is, listed or not. What this finds and what it misses is measured by the table `fixtures/arena/leaks.tsv`.

mod asks;
mod frames;
mod names;
mod spot;

use crate::fold::{Folded, Folding};
pub use asks::asks_identity;
use spot::{Spot, Spotter};
use std::{collections::BTreeSet, ops::Range};

/// How much a mention of a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    Distinctive,
    Ordinary,
}

/// A candidate or reference and what it may be called by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// What a leak says that it leads to, such as a candidate's id.
    pub who: String,
    /// Names of which a mention is enough, in each script they are written in: `EXAONE`, `엑사원`.
    pub distinctive: Vec<String>,
    /// Names that are also words or everyday companies: `Solar`, `솔라`, `LG`.
    pub ordinary: Vec<String>,
}

/// What kind of leak it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeakKind {
    /// A distinctive name is mentioned.
    Name,
    /// The text speaks of itself and names who it is or who made it.
    SelfIntroduction,
}

/// A place that says who wrote the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// What kind of leak it is.
    pub kind: LeakKind,
    /// Whom it leads to: [`Entry::who`], or the name of a public model's maker; none where the maker is on no list.
    pub who: Option<String>,
    /// Bytes of the text.
    pub range: Range<usize>,
    /// The same as text.
    pub text: String,
}

/// Whom a prompt names, so that answers to it may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named(BTreeSet<usize>);

/// Names that lead to somebody.
///
/// # Examples
/// ```
/// use daepyo_arena::leak::{Entry, LeakKind, Names};
/// let team = Entry {
///     who: "team-a".into(),
///     distinctive: vec!["Haneul-1".into(), "하늘원".into()],
///     ordinary: vec!["하늘".into()],
/// };
/// let names = Names::new([team]);
/// let leaks = names.find("저는 하늘입니다.");
/// assert_eq!(leaks[0].who.as_deref(), Some("team-a"));
/// assert_eq!(leaks[0].kind, LeakKind::SelfIntroduction);
/// assert!(names.find("하늘은 왜 파란가요? 빛의 산란 때문입니다.").is_empty());
/// ```
#[derive(Debug)]
pub struct Names {
    who: Vec<String>,
    spotter: Spotter,
}

impl Names {
    /// The entries' names and those that everybody knows; where both have one, the entry's holds.
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        let entries: Vec<Entry> = entries.into_iter().collect();
        let given = entries.iter().enumerate().flat_map(|(number, entry)| {
            let distinctive = entry.distinctive.iter().map(|name| (Tier::Distinctive, name));
            let ordinary = entry.ordinary.iter().map(|name| (Tier::Ordinary, name));
            distinctive.chain(ordinary).map(move |(tier, name)| (number, tier, name.as_str()))
        });
        let known = names::KNOWN.iter().enumerate().flat_map(|(number, known)| {
            let number = entries.len() + number;
            let distinctive = known.distinctive.iter().map(|name| (Tier::Distinctive, *name));
            let ordinary = known.ordinary.iter().map(|name| (Tier::Ordinary, *name));
            distinctive.chain(ordinary).map(move |(tier, name)| (number, tier, name))
        });
        let spotter = Spotter::new(given.chain(known));
        let known = names::KNOWN.iter().map(|known| known.who.to_owned());
        Self { who: entries.iter().map(|entry| entry.who.clone()).chain(known).collect(), spotter }
    }

    /// Every leak of `text`, in order of place.
    pub fn find(&self, text: &str) -> Vec<Leak> {
        self.leaks(text, &BTreeSet::new())
    }

    /// As [`Names::find`], but a name that `prompt` mentions (or another of the same bearer) is no leak where it is
    /// merely mentioned: who is asked about a model has to write of it.
    pub fn find_in_reply(&self, prompt: &str, text: &str) -> Vec<Leak> {
        self.find_beside(&self.named_in(prompt), text)
    }

    /// Whom a prompt names: for [`Names::find_beside`], where many texts answer one prompt.
    pub fn named_in(&self, prompt: &str) -> Named {
        let prompt = Folded::new(prompt, Folding::Letters);
        Named(self.spotter.spots(&prompt).into_iter().map(|spot| spot.who).collect())
    }

    /// As [`Names::find_in_reply`], for a prompt that was looked through before.
    pub fn find_beside(&self, named: &Named, text: &str) -> Vec<Leak> {
        self.leaks(text, &named.0)
    }

    /// Whether the text asks who or what is answering, so that answers to it would leak: [`asks_identity`], and
    /// "are you …?" with one of the names.
    pub fn asks_identity(&self, text: &str) -> bool {
        let folded = Folded::new(text, Folding::Letters);
        asks::asks(&folded.text)
            || self.spotter.spots(&folded).iter().any(|spot| asks::asks_for(&folded.text, &spot.range))
    }

    fn leaks(&self, text: &str, named: &BTreeSet<usize>) -> Vec<Leak> {
        let folded = Folded::new(text, Folding::Letters);
        let mut found: Vec<(Range<usize>, LeakKind, Option<usize>)> = Vec::new();
        for Spot { who, tier, range } in self.spotter.spots(&folded) {
            if frames::speaks_of_itself(&folded.text, &range) {
                found.push((range, LeakKind::SelfIntroduction, Some(who)));
            } else if tier == Tier::Distinctive && !named.contains(&who) {
                found.push((range, LeakKind::Name, Some(who)));
            }
        }
        for range in frames::unlisted_makers(&folded.text) {
            found.push((range, LeakKind::SelfIntroduction, None));
        }
        let leak = |(range, kind, who): (Range<usize>, LeakKind, Option<usize>)| {
            let range = folded.original(&range);
            let text = text.get(range.clone())?.to_owned();
            Some(Leak { kind, who: who.and_then(|who| self.who.get(who).cloned()), range, text })
        };
        outermost(found).into_iter().filter_map(leak).collect()
    }
}

/// Without what lies within something longer, and without a maker of no name where a name was found too.
fn outermost(
    mut found: Vec<(Range<usize>, LeakKind, Option<usize>)>,
) -> Vec<(Range<usize>, LeakKind, Option<usize>)> {
    found.sort_by(|(one, kind, who), (other, other_kind, other_who)| {
        let begin = one.start.cmp(&other.start).then(other.end.cmp(&one.end));
        begin.then(who.is_none().cmp(&other_who.is_none())).then(other_kind.cmp(kind))
    });
    let mut kept: Vec<(Range<usize>, LeakKind, Option<usize>)> = Vec::new();
    for next in found {
        match kept.last_mut() {
            // What says more takes the place of a maker of no name around it.
            Some(last) if last.2.is_none() && next.2.is_some() && next.0.end <= last.0.end => *last = next,
            Some(last) if next.0.end <= last.0.end => {
                last.1 = last.1.max(next.1);
            }
            Some(last) if next.2.is_none() && next.0.start < last.0.end => {}
            _ => kept.push(next),
        }
    }
    kept
}
