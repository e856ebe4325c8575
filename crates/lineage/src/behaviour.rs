//! T5: whether two models write the same next words more often than either does with models that are known to have
//! nothing to do with them. The only route to distillation, which leaves no trace in weights.
//!
//! **The test** is that of Nikolic, Baluta and Saxena ("Model provenance testing for large language models", 2025): at N
//! positions each model writes its likeliest next word; agreement is the share of positions at which two models write
//! the same. For each control c the null hypothesis is agreement(suspect, parent) <= agreement(suspect, c). Holm's
//! correction runs over all tests, and the claim needs every one of them rejected.
//!
//! **Both ways round.** A parent that writes what nearly everyone would write agrees with every suspect more than a weaker
//! control does. So each control is tested a second time with the parent in the suspect's place: agreement(parent,
//! suspect) <= agreement(parent, c). Both must be rejected: each of the two is then nearer to the other than to any
//! control. This asks more than the paper does, never less.
//!
//! **The null distribution.** d is +1 where the parent alone writes the suspect's word, -1 where the control alone
//! does, 0 elsewhere. Positions of one text depend on each other, texts do not, so d is summed over each text, and the
//! sums' signs are flipped by chance: where parent and control are exchangeable beside the suspect, every flip is as
//! likely as what was seen, and (1 + draws at or above) / (1 + draws) is an exact p. Where only the means are alike it holds
//! for many texts. The flips' variance is the sum of the squared sums, which is also the variance that clusters call
//! for; z and its tail are a normal approximation and decide nothing.
//!
//! **Why it is fair, and when not.** The null says no more than that the parent is one of the controls' kind. It is as fair
//! as the controls are: of like size, age, languages and training data, known not to come from parent or suspect. Common
//! training data, a common tokenizer or one family of makers raise agreement without derivation; the controls must
//! share them, or the test finds these in place of descent. It says nothing of which of the two came first, and nothing of
//! weights: a rejection is evidence of behaviour. Nothing found is no proof of independence.

mod error;
#[cfg(test)]
mod tests;
mod texts;

pub use error::BehaviourError;
pub use texts::{BUILT_IN, Position, TextForm, built_in, next_word, positions, read};

use crate::battery::trace::float;
use crate::finding::Histogram;
use crate::tail::ln_normal_tail;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The form of a record.
const FORM: u32 = 1;
/// Below so many texts with an answer of everyone nothing is tested: signs of fewer sums have too few patterns.
pub const LEAST_TEXTS: usize = 20;
const BINS: usize = 40;

/// What is chosen before models are asked.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choices {
    /// The seed of where texts are cut and how signs are flipped.
    pub seed: u64,
    /// Positions at which models are asked, at most.
    pub positions: usize,
    /// Flips of signs that are drawn for each test.
    pub draws: usize,
    /// The chance at which exchangeable models may be told apart, over all tests together.
    pub level: f64,
}

impl Default for Choices {
    fn default() -> Self {
        Self { seed: 0, positions: 240, draws: 99_999, level: 0.001 }
    }
}

impl Choices {
    /// Fails with [`BehaviourError::TooFewDraws`] where no draw of signs could reject against so many controls.
    pub fn check(&self, controls: usize) -> Result<(), BehaviourError> {
        let (least, needed) = (1.0 / (1.0 + float(self.draws)), self.level / float(2 * controls.max(1)));
        if least > needed {
            return Err(BehaviourError::TooFewDraws { draws: self.draws, least, needed });
        }
        Ok(())
    }
}

/// What each model wrote at the same positions: a word for each, none where there is no answer.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Words {
    /// The text in which each position lies.
    pub texts: Vec<usize>,
    /// The suspect's.
    pub suspect: Vec<Option<String>>,
    /// Those of the model that it may have been made from.
    pub parent: Vec<Option<String>>,
    /// Those of each control.
    pub controls: Vec<Vec<Option<String>>>,
}

/// A record that can be published and computed again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Behaviour {
    /// The form of this record.
    pub form: u32,
    /// What was chosen before.
    pub options: Choices,
    /// The texts that were cut.
    pub texts: TextsAsked,
    /// The suspect.
    pub suspect: Asked,
    /// The model that it may have been made from.
    pub parent: Asked,
    /// Models known to come from neither.
    pub controls: Vec<Asked>,
    /// What was found.
    pub found: Agreement,
    /// The answers on which it rests, without the texts: these may have to stay hidden.
    pub words: Words,
}

impl Behaviour {
    /// The record of what was asked and answered. `controls` are those of `words`, in the same order.
    pub fn of(
        options: Choices,
        texts: TextsAsked,
        [suspect, parent]: [Asked; 2],
        controls: Vec<Asked>,
        words: Words,
    ) -> Self {
        let found = agreement(&words, &options);
        Self { form: FORM, options, texts, suspect, parent, controls, found, words }
    }

    /// Whether its figures and its verdict follow from its answers.
    pub fn follows(&self) -> bool {
        self.form == FORM
            && self.controls.len() == self.words.controls.len()
            && agreement(&self.words, &self.options) == self.found
    }
}

/// The texts that were cut.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct TextsAsked {
    /// Their file; none where they are the built-in ones.
    pub file: Option<String>,
    /// The file's digest.
    pub digest: String,
    /// How many there are.
    pub count: usize,
}

/// A model that was asked.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// What the caller called it.
    pub model: String,
    /// The digest of its file; a server's weights are not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Positions at which it wrote a word.
    pub answered: usize,
}

/// What is said of the suspect and the parent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BehaviourVerdict {
    /// They agree with each other more than either does with any control.
    AgreesMore,
    /// Not so with every control. This is no proof of independence.
    NoEvidence,
    /// There are no controls, or too few texts at which every model answered.
    NotTestable,
}

/// How often the models agree, and against which chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// What is said.
    pub verdict: BehaviourVerdict,
    /// Texts at which every model answered.
    pub texts: usize,
    /// Positions at which every model answered; all figures are over these.
    pub positions: usize,
    /// Positions at which one did not, and which no figure counts.
    pub left_out: usize,
    /// The share of positions at which suspect and parent write the same.
    pub suspect_parent: f64,
    /// The largest p of all tests: that of the claim, which needs every test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// Two tests for each control.
    pub tests: Vec<Closeness>,
}

/// Whose agreement with the other is held against its agreement with the control.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// The suspect's: the test of the paper.
    FromSuspect,
    /// The parent's.
    FromParent,
}

/// One test against one control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Closeness {
    /// Which control, counted from 0.
    pub control: usize,
    /// Whose agreement with it was looked at.
    pub seen: Seen,
    /// That agreement: the share of positions.
    pub with_control: f64,
    /// By how much suspect and parent agree more.
    pub difference: f64,
    /// Its standard deviation under the null hypothesis, texts taken as clusters; its mean there is 0.
    pub deviation: f64,
    /// The distance in standard deviations.
    pub z: f64,
    /// log10 of the p-value of the normal approximation.
    pub log10_p: f64,
    /// The p-value from drawn flips of the texts' signs, (1 + draws at or above) / (1 + draws).
    pub exact_p: f64,
    /// The null distribution as drawn: equal bins from the least to the greatest draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null: Option<Histogram>,
    /// The exact p after Holm's correction over all tests.
    pub adjusted_p: f64,
    /// Whether that is within the level.
    pub rejects: bool,
}

/// One position at which every model answered.
struct Shared<'a> {
    text: usize,
    suspect: &'a str,
    parent: &'a str,
    controls: Vec<&'a str>,
}

/// How often the models of `words` agree, and what follows at `choices.level`. The same words and choices give the
/// same bits on every machine.
pub fn agreement(words: &Words, choices: &Choices) -> Agreement {
    let shared = shared(words);
    let mut asked_texts: Vec<usize> = shared.iter().map(|position| position.text).collect();
    asked_texts.sort_unstable();
    asked_texts.dedup();
    let same = shared.iter().filter(|position| position.suspect == position.parent).count();
    let mut tests = Vec::new();
    if asked_texts.len() >= LEAST_TEXTS {
        let asked: Vec<(usize, Seen)> = (0..words.controls.len())
            .flat_map(|control| [(control, Seen::FromSuspect), (control, Seen::FromParent)])
            .collect();
        tests = asked
            .par_iter()
            .enumerate()
            .filter_map(|(number, (control, seen))| {
                // Each test draws signs of its own.
                let seed = choices.seed ^ ((number as u64) << 32);
                closeness(&shared, *control, *seen, choices.draws, seed)
            })
            .collect();
        holm(&mut tests, choices.level);
    }
    let verdict = if tests.is_empty() {
        BehaviourVerdict::NotTestable
    } else if tests.iter().all(|test| test.rejects) {
        BehaviourVerdict::AgreesMore
    } else {
        BehaviourVerdict::NoEvidence
    };
    Agreement {
        verdict,
        texts: asked_texts.len(),
        positions: shared.len(),
        left_out: words.texts.len() - shared.len(),
        suspect_parent: share(same, shared.len()),
        p: tests.iter().map(|test| test.exact_p).max_by(f64::total_cmp),
        tests,
    }
}

fn shared(words: &Words) -> Vec<Shared<'_>> {
    let positions = words.texts.iter().enumerate();
    let everyone = positions.filter_map(|(place, text)| {
        Some(Shared {
            text: *text,
            suspect: word(&words.suspect, place)?,
            parent: word(&words.parent, place)?,
            controls: words.controls.iter().map(|control| word(control, place)).collect::<Option<_>>()?,
        })
    });
    everyone.collect()
}

fn word(words: &[Option<String>], place: usize) -> Option<&str> {
    words.get(place)?.as_deref()
}

fn share(count: usize, of: usize) -> f64 {
    float(count) / float(of.max(1))
}

/// None where there is no such control.
fn closeness(
    positions: &[Shared<'_>],
    control: usize,
    seen: Seen,
    count: usize,
    start: u64,
) -> Option<Closeness> {
    let mut sums: BTreeMap<usize, i32> = BTreeMap::new();
    let mut same = 0;
    for position in positions {
        let own = match seen {
            Seen::FromSuspect => position.suspect,
            Seen::FromParent => position.parent,
        };
        let with_control = own == *position.controls.get(control)?;
        same += usize::from(with_control);
        *sums.entry(position.text).or_default() +=
            i32::from(position.suspect == position.parent) - i32::from(with_control);
    }
    // Signs of nothing change nothing.
    let sums: Vec<i32> = sums.into_values().filter(|sum| *sum != 0).collect();
    let total: i32 = sums.iter().sum();
    let squares: f64 = sums.iter().map(|sum| f64::from(*sum) * f64::from(*sum)).sum();
    let z = if squares > 0.0 { f64::from(total) / squares.sqrt() } else { 0.0 };
    let drawn = flipped(&sums, count, start);
    let above = drawn.iter().filter(|drawn| **drawn >= total).count();
    let mean = |sum: f64| sum / float(positions.len().max(1));
    let shares: Vec<f64> = drawn.iter().map(|drawn| mean(f64::from(*drawn))).collect();
    let exact_p = (1.0 + float(above)) / (1.0 + float(count));
    Some(Closeness {
        control,
        seen,
        with_control: share(same, positions.len()),
        difference: mean(f64::from(total)),
        deviation: mean(squares.sqrt()),
        z,
        log10_p: ln_normal_tail(z) / std::f64::consts::LN_10,
        exact_p,
        null: Histogram::of(&shares, BINS),
        adjusted_p: exact_p,
        rejects: false,
    })
}

/// `draws` totals of `sums`, each with signs of its own.
fn flipped(sums: &[i32], draws: usize, seed: u64) -> Vec<i32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut total = || {
        let mut total = 0;
        for some in sums.chunks(64) {
            let mut signs = random.next_u64();
            for sum in some {
                total += if signs & 1 == 1 { *sum } else { -*sum };
                signs >>= 1;
            }
        }
        total
    };
    (0..draws).map(|_| total()).collect()
}

/// Holm's correction of the exact p: from the least on, each times the number of tests that are left, never below the
/// one before.
fn holm(tests: &mut [Closeness], level: f64) {
    let mut order: Vec<usize> = (0..tests.len()).collect();
    order.sort_by(|one, other| {
        let p = |place: &usize| tests.get(*place).map_or(1.0, |test| test.exact_p);
        p(one).total_cmp(&p(other))
    });
    let count = tests.len();
    let mut adjusted = 0.0_f64;
    for (rank, place) in order.into_iter().enumerate() {
        let Some(test) = tests.get_mut(place) else { return };
        adjusted = adjusted.max((test.exact_p * float(count - rank)).min(1.0));
        test.adjusted_p = adjusted;
        test.rejects = adjusted <= level;
    }
}
