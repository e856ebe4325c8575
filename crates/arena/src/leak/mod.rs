//! Answers that say who wrote them, by which a blind battle is void.
//!
//! Two things are leaks. A **distinctive** name (a candidate's model, what the programme lists as such, models that
//! everybody knows and whose names are no words) is one wherever it is mentioned. An **ordinary** name (Solar, Llama,
//! Gemini, Naver, Google: also words, people and companies of everyday life) is one only where the text speaks of itself:
//! "I am Solar", "네이버가 개발한 AI입니다". A text that names a maker in speaking of itself leaks whatever the maker's name
//! is, listed or not. A prompt may name somebody, and answers to it may then as well; but where it asks who answers, or
//! gives names to pick from, an answer that picks one leaks; where the last prompt asks "are you …?" or "which are you?", so
//! does a mere "yes" or "B". What this finds and what it misses is measured by the table `fixtures/arena/leaks.tsv`, which
//! has no answers without names.

mod asks;
mod frames;
mod names;
mod pick;
mod spot;
mod told;

use crate::fold::{Folded, Folding};
pub use asks::asks_identity;
use spot::{Spot, Spotter};
use std::{collections::BTreeSet, ops::Range};
use told::Question;

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
    /// The text speaks of itself and names who it is or who made it, or picks a name where it was asked who it is, or says
    /// yes to a name.
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

/// Whom the prompts of a conversation name, so that answers to them may, and what ends that leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    who: BTreeSet<usize>,
    /// Whether one asks who answers.
    asks: bool,
    /// Whether they name two bearers or more.
    lists: bool,
    /// What the last of them asks that an answer without a name can tell.
    question: Question,
}

impl Named {
    /// Whether the prompts ask who answers: only the whole of an answer then says whether it picks a name.
    pub(crate) const fn asks(&self) -> bool {
        self.asks
    }
}

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
    /// For each bearer the number that it shares with all whose names hold one of its names: a model and its maker.
    makers: Vec<usize>,
    spotter: Spotter,
}

impl Names {
    /// The entries' names and those that everybody knows; where both have one, the entry bears it, and it is distinctive
    /// where either says so.
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
        let all: Vec<(usize, Tier, &str)> = given.chain(known).collect();
        let spotter = Spotter::new(all.iter().copied());
        let known = names::KNOWN.iter().map(|known| known.who.to_owned());
        let who: Vec<String> = entries.iter().map(|entry| entry.who.clone()).chain(known).collect();
        let mut makers: Vec<usize> = (0..who.len()).collect();
        for (number, _, name) in &all {
            for spot in spotter.spots(&Folded::new(name, Folding::Letters)) {
                unite(&mut makers, *number, spot.who);
            }
        }
        Self { who, makers, spotter }
    }

    /// Every leak of `text`, in order of place.
    pub fn find(&self, text: &str) -> Vec<Leak> {
        self.leaks(text, &Named::default())
    }

    /// As [`Names::find`], but a name that `prompt` mentions (or another of the same bearer) is no leak where it is
    /// merely mentioned: who is asked about a model has to write of it.
    ///
    /// Two kinds of prompts end that leave. Where one asks who answers ([`Names::asks_identity`]), an answer leaks that
    /// mentions one alone of those whom the prompts name (an ordinary name in a short answer only), or takes one rather
    /// than another. Where one asks that, or the prompts name two bearers or more, an answer leaks that is little else than
    /// a name. An answer that mentions several of them alike does not.
    ///
    /// Where the prompt asks whether the answerer is one whom it names, an answer leaks that begins with a yes and takes it
    /// not back; where it asks which of several, one that is little else than a letter or number of theirs, or a place.
    pub fn find_in_reply(&self, prompt: &str, text: &str) -> Vec<Leak> {
        self.find_beside(&self.named_in(prompt), text)
    }

    /// Whom a prompt names and whether it asks: for [`Names::find_beside`], where many texts answer one prompt.
    pub fn named_in(&self, prompt: &str) -> Named {
        self.named_in_all(&[prompt])
    }

    /// As [`Names::named_in`], of a conversation: all prompts so far, oldest first. What an answer without a name may tell
    /// ("yes", "B") is what the last of them asks.
    pub fn named_in_all<S: AsRef<str>>(&self, prompts: &[S]) -> Named {
        let last = Folded::new(prompts.last().map_or("", AsRef::as_ref), Folding::Letters);
        let last_spots = self.spotter.spots(&last);
        let last_asks = asks_who(&last, &last_spots);
        let question = told::question(&last, &last_spots, last_asks, |who| self.maker(who));
        let all: Vec<&str> = prompts.iter().map(AsRef::as_ref).collect();
        let all = Folded::new(&all.join("\n"), Folding::Letters);
        let spots = self.spotter.spots(&all);
        let bearers: BTreeSet<usize> = pick::outer(&spots).into_iter().map(|(_, spot)| spot.who).collect();
        Named {
            asks: last_asks || asks_who(&all, &spots),
            lists: bearers.len() > 1,
            who: spots.into_iter().map(|spot| spot.who).collect(),
            question,
        }
    }

    /// As [`Names::find_in_reply`], for a prompt that was looked through before.
    pub fn find_beside(&self, named: &Named, text: &str) -> Vec<Leak> {
        self.leaks(text, named)
    }

    /// Whether the text asks who or what is answering, so that answers to it would leak: [`asks_identity`], and
    /// "are you …?" or "is your name …?" with one of the names.
    pub fn asks_identity(&self, text: &str) -> bool {
        let folded = Folded::new(text, Folding::Letters);
        asks_who(&folded, &self.spotter.spots(&folded))
    }

    /// Whom a bearer belongs to.
    fn maker(&self, who: usize) -> usize {
        self.makers.get(who).copied().unwrap_or(who)
    }

    fn leaks(&self, text: &str, named: &Named) -> Vec<Leak> {
        let folded = Folded::new(text, Folding::Letters);
        let spots = self.spotter.spots(&folded);
        let picked = pick::picked(&folded, &spots, named, |who| self.maker(who));
        let mut found: Vec<(Range<usize>, LeakKind, Option<usize>)> = Vec::new();
        for (number, Spot { who, tier, range }) in spots.into_iter().enumerate() {
            if picked.contains(&number) || frames::speaks_of_itself(&folded.text, &range) {
                found.push((range, LeakKind::SelfIntroduction, Some(who)));
            } else if tier == Tier::Distinctive && !named.who.contains(&who) {
                found.push((range, LeakKind::Name, Some(who)));
            }
        }
        for range in frames::unlisted_makers(&folded.text) {
            found.push((range, LeakKind::SelfIntroduction, None));
        }
        if let Some((range, who)) = told::told(&folded, &named.question) {
            // A name in the answer says more than its yes does.
            let maker = |who: Option<usize>| who.map(|who| self.maker(who));
            if found.iter().all(|(_, _, other)| maker(*other) == maker(who)) {
                found.push((range, LeakKind::SelfIntroduction, who));
            }
        }
        let leak = |(range, kind, who): (Range<usize>, LeakKind, Option<usize>)| {
            let range = folded.original(&range);
            let text = text.get(range.clone())?.to_owned();
            Some(Leak { kind, who: who.and_then(|who| self.who.get(who).cloned()), range, text })
        };
        outermost(found).into_iter().filter_map(leak).collect()
    }
}

/// Whether a name says nothing where it is merely mentioned: everybody knows it as a word or an everyday company, or it has
/// fewer than three letters and digits, or no letter.
///
/// # Examples
/// ```
/// use daepyo_arena::leak::is_word;
/// assert!(is_word("solar") && is_word("a") && is_word("2026"));
/// assert!(!is_word("garam-1") && !is_word("kanana"));
/// ```
pub fn is_word(name: &str) -> bool {
    let letters = letters(name);
    letters.chars().count() < 3
        || !letters.chars().any(char::is_alphabetic)
        || names::KNOWN.iter().flat_map(|known| known.ordinary).any(|word| letters == self::letters(word))
}

/// Whether two names are the same to a reader: case, script and signs between letters do not count.
pub fn is_same_name(one: &str, other: &str) -> bool {
    letters(one) == letters(other)
}

fn letters(name: &str) -> String {
    Folded::new(name, Folding::Letters).text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether a folded text with these names in it asks who answers.
fn asks_who(folded: &Folded, spots: &[Spot]) -> bool {
    asks::asks(&folded.text) || spots.iter().any(|spot| asks::asks_for(&folded.text, &spot.range))
}

/// Gives two bearers, and all that share a number with either, one number.
fn unite(makers: &mut [usize], one: usize, other: usize) {
    let (Some(to), Some(from)) = (makers.get(one).copied(), makers.get(other).copied()) else {
        return;
    };
    for maker in makers.iter_mut().filter(|maker| **maker == from) {
        *maker = to;
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
