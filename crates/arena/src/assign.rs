//! Which two candidates meet in a battle, on which side, and about whose prompt: drawn under a secret seed.
//!
//! The pair and the sides are [`daepyo_verdict::votes::pairing`]'s, so that exposure has a floor. Of every
//! [`BLOCK`] battles a set number begin with a prompt of the programme, at places that the seed shuffles; it is one of
//! those that were shown least, never one that the person has seen with this pair. The same seed, number, rules and
//! history give the same assignment, so that the draw can be checked once the seed is revealed; its digest is published
//! before ([`Seed::commitment`]).

use daepyo_core::{Digest, Digester, VoteChoice, VoterId};
use daepyo_verdict::votes::{
    VoteError,
    pairing::{self, History, PairingError, PairingRules},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Battles over which the share of assigned prompts is kept exactly.
pub const BLOCK: u64 = 100;

/// The secret of a stage's draws.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// A seed of 32 random bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What may be published before the first draw: reveals nothing, and binds to the seed.
    pub fn commitment(&self) -> Digest {
        self.digest("commitment", &[])
    }

    /// A digest for one purpose, to which numbers are still to come.
    fn begin(&self, purpose: &str) -> Digester {
        let mut digester = Digester::default();
        digester.update(b"daepyo/arena/assign/v1\0");
        digester.update(&self.0);
        digester.update(purpose.as_bytes());
        digester.update(b"\0");
        digester
    }

    fn digest(&self, purpose: &str, numbers: &[u64]) -> Digest {
        let mut digester = self.begin(purpose);
        for number in numbers {
            digester.update(&number.to_le_bytes());
        }
        digester.finish()
    }

    /// 64 bits for one purpose and some numbers.
    fn bits(&self, purpose: &str, numbers: &[u64]) -> u64 {
        bits(self.digest(purpose, numbers))
    }

    /// [`Seed::bits`] of two numbers for many second ones: what comes before those is digested once.
    fn bits_by_second(&self, purpose: &str, first: u64) -> impl Fn(u64) -> u64 {
        let mut begun = self.begin(purpose);
        begun.update(&first.to_le_bytes());
        move |second| {
            let mut digester = begun.clone();
            digester.update(&second.to_le_bytes());
            bits(digester.finish())
        }
    }
}

/// The first 64 bits.
fn bits(digest: Digest) -> u64 {
    digest.as_bytes().iter().take(8).fold(0, |bits, byte| (bits << 8) | u64::from(*byte))
}

impl fmt::Debug for Seed {
    /// The commitment: the seed itself belongs in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seed({})", self.commitment())
    }
}

/// How battles are assigned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssignRules {
    /// How pairs are drawn.
    pub pairing: PairingRules,
    /// Prompts of the programme, numbered from 0.
    pub prompts: u32,
    /// Battles of every [`BLOCK`] that begin with one, 0 to 100.
    pub assigned: u8,
}

/// Two candidates whatever the sides: the lower number first.
type Pair = (u16, u16);

const fn pair((one, other): (u16, u16)) -> Pair {
    if one < other { (one, other) } else { (other, one) }
}

/// What was shown so far. Battles that are still going on belong in it, or they are not balanced against.
#[derive(Clone, Debug)]
pub struct Exposure {
    pairs: History,
    /// Battles by prompt.
    prompts: Vec<u64>,
    /// Battles by pair, then by prompt.
    together: BTreeMap<Pair, Vec<u64>>,
    /// The prompts that each person has seen, by pair.
    seen: BTreeMap<VoterId, BTreeMap<Pair, BTreeSet<u32>>>,
}

/// A battle to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The draw's number.
    pub number: u64,
    /// The candidate on the left, by number.
    pub left: u16,
    /// The candidate on the right.
    pub right: u16,
    /// The programme's prompt by number; none where the person writes one.
    pub prompt: Option<u32>,
}

impl Assignment {
    const fn pair(&self) -> Pair {
        pair((self.left, self.right))
    }
}

/// Why nothing can be drawn or recorded.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AssignError {
    /// Rules that no pair can be drawn by.
    #[error("no pair can be drawn")]
    Pairing(#[source] PairingError),
    /// A battle that can't have been.
    #[error("the battle can't be recorded")]
    Record(#[source] VoteError),
    /// More assigned battles than there are.
    #[error("{assigned} of {BLOCK} battles are to begin with a prompt of the programme; write 0 to {BLOCK}")]
    Share {
        /// What the rules say.
        assigned: u8,
    },
    /// A prompt that the history does not know.
    #[error("prompt {prompt} is none of {prompts}")]
    UnknownPrompt {
        /// The prompt.
        prompt: u32,
        /// How many there are.
        prompts: usize,
    },
}

impl AssignError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pairing(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::Share { .. } => "arena::share",
            Self::UnknownPrompt { .. } => "arena::unknown_prompt",
        }
    }
}

impl Exposure {
    /// Nothing shown yet, of so many candidates and prompts.
    pub fn new(candidates: usize, prompts: u32) -> Result<Self, AssignError> {
        Self::with_references(candidates, &BTreeSet::new(), prompts)
    }

    /// Nothing shown yet, where the candidates with these numbers are references, which the cut passes over.
    pub fn with_references(
        candidates: usize,
        references: &BTreeSet<u16>,
        prompts: u32,
    ) -> Result<Self, AssignError> {
        Ok(Self {
            pairs: History::with_references(candidates, references).map_err(AssignError::Record)?,
            prompts: vec![0; usize::try_from(prompts).unwrap_or(0)],
            together: BTreeMap::new(),
            seen: BTreeMap::new(),
        })
    }

    /// Records a battle that was shown to `person`, with its vote where there was one.
    pub fn record(
        &mut self,
        battle: &Assignment,
        person: &VoterId,
        vote: Option<VoteChoice>,
    ) -> Result<(), AssignError> {
        let prompts = self.prompts.len();
        if let Some(prompt) = battle.prompt {
            let place = usize::try_from(prompt).ok().filter(|place| *place < prompts);
            place.ok_or(AssignError::UnknownPrompt { prompt, prompts })?;
        }
        self.pairs.record(battle.left, battle.right, vote).map_err(AssignError::Record)?;
        if let Some(prompt) = battle.prompt {
            if let Some(count) = self.count_mut(prompt) {
                *count += 1;
            }
            if let Some(count) = self.together_mut(battle.pair(), prompt) {
                *count += 1;
            }
            let seen = self.seen.entry(person.clone()).or_default();
            seen.entry(battle.pair()).or_default().insert(prompt);
        }
        Ok(())
    }

    /// Takes the votes anew: `battles` are all that were recorded, in their order, each with its vote where one counts by
    /// now. What was shown stays as it is.
    ///
    /// Fails as [`Exposure::record`] does, and then changes nothing.
    pub fn judge<'a>(
        &mut self,
        battles: impl IntoIterator<Item = (&'a Assignment, Option<VoteChoice>)>,
    ) -> Result<(), AssignError> {
        let mut pairs = self.pairs.begun_anew().map_err(AssignError::Record)?;
        for (battle, vote) in battles {
            pairs.record(battle.left, battle.right, vote).map_err(AssignError::Record)?;
        }
        self.pairs = pairs;
        Ok(())
    }

    /// Takes back battles that were recorded since the pairs stood at `pairs` and that were not shown after all.
    pub fn take_back<'a>(
        &mut self,
        pairs: History,
        battles: impl IntoIterator<Item = (&'a Assignment, &'a VoterId)>,
    ) {
        self.pairs = pairs;
        for (battle, person) in battles {
            let Some(prompt) = battle.prompt else { continue };
            if let Some(count) = self.count_mut(prompt) {
                *count = count.saturating_sub(1);
            }
            if let Some(count) = self.together_mut(battle.pair(), prompt) {
                *count = count.saturating_sub(1);
            }
            if let Some(seen) = self.seen.get_mut(person).and_then(|seen| seen.get_mut(&battle.pair())) {
                seen.remove(&prompt);
            }
        }
    }

    fn count_mut(&mut self, prompt: u32) -> Option<&mut u64> {
        self.prompts.get_mut(usize::try_from(prompt).ok()?)
    }

    fn together_mut(&mut self, pair: Pair, prompt: u32) -> Option<&mut u64> {
        let prompts = self.prompts.len();
        let counts = self.together.entry(pair).or_insert_with(|| vec![0; prompts]);
        counts.get_mut(usize::try_from(prompt).ok()?)
    }

    /// Whether a person has seen a prompt with a pair, whatever its sides.
    pub fn has_seen(&self, person: &VoterId, sides: (u16, u16), prompt: u32) -> bool {
        let seen = self.seen.get(person).and_then(|seen| seen.get(&pair(sides)));
        seen.is_some_and(|seen| seen.contains(&prompt))
    }

    /// How often a prompt was shown with a pair, whatever its sides.
    pub fn together(&self, sides: (u16, u16), prompt: u32) -> u64 {
        let counts = self.together.get(&pair(sides));
        counts.and_then(|counts| counts.get(usize::try_from(prompt).ok()?)).copied().unwrap_or(0)
    }

    /// What was shown of the pairs.
    pub const fn pairs(&self) -> &History {
        &self.pairs
    }

    /// Battles by prompt.
    pub fn prompts(&self) -> &[u64] {
        &self.prompts
    }
}

/// The battle of draw `number` for `person`.
///
/// Where the person has seen all prompts with the pair that was drawn, they write one of their own: the pair never
/// depends on who asks, so that nobody can steer it by what they have seen.
///
/// # Examples
/// ```
/// use daepyo_arena::assign::{AssignRules, Exposure, Seed, draw};
/// use daepyo_core::VoterId;
/// use daepyo_verdict::votes::pairing::PairingRules;
/// let rules = AssignRules { pairing: PairingRules::advancing(2), prompts: 10, assigned: 30 };
/// let mut exposure = Exposure::new(5, rules.prompts)?;
/// let person = VoterId::new("v1")?;
/// let battle = draw(&exposure, &rules, &Seed::new([7; 32]), 0, &person)?;
/// exposure.record(&battle, &person, None)?;
/// assert!(battle.left != battle.right);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn draw(
    exposure: &Exposure,
    rules: &AssignRules,
    seed: &Seed,
    number: u64,
    person: &VoterId,
) -> Result<Assignment, AssignError> {
    if u64::from(rules.assigned) > BLOCK {
        return Err(AssignError::Share { assigned: rules.assigned });
    }
    let (left, right) = pairing::next(&exposure.pairs, rules.pairing, seed.bits("pairs", &[]), number)
        .map_err(AssignError::Pairing)?;
    let own = Assignment { number, left, right, prompt: None };
    if !is_assigned(rules.assigned, seed, number) {
        return Ok(own);
    }
    let mut known =
        exposure.seen.get(person).and_then(|seen| seen.get(&own.pair())).into_iter().flatten().peekable();
    let together = exposure.together.get(&own.pair()).map_or(&[][..], Vec::as_slice);
    let together = together.iter().copied().chain(std::iter::repeat(0));
    let (mut least, mut equals) = ((u64::MAX, u64::MAX), Vec::with_capacity(exposure.prompts.len()));
    for ((prompt, count), together) in (0..rules.prompts).zip(&exposure.prompts).zip(together) {
        // Both are in the order of their numbers.
        if known.next_if(|known| **known == prompt).is_some() {
            continue;
        }
        let worth = (*count, together);
        if worth < least {
            least = worth;
            equals.clear();
        }
        if worth == least {
            equals.push(prompt);
        }
    }
    // One lot says which of them, in the order of their numbers.
    let place = below(seed.bits("prompt", &[number]), equals.len());
    Ok(Assignment { prompt: equals.get(place).copied(), ..own })
}

/// A number below `end` (0 where that is 0) from 64 random bits; each as likely as any other, but for one part in 2^64 /
/// `end`.
fn below(bits: u64, end: usize) -> usize {
    let scaled = (u128::from(bits) * (end as u128)) >> 64;
    usize::try_from(scaled).unwrap_or_default()
}

/// Whether this battle's place is among the first `assigned` of its block, as the seed shuffles it.
fn is_assigned(assigned: u8, seed: &Seed, number: u64) -> bool {
    // All or none: no lot changes that.
    if assigned == 0 || u64::from(assigned) >= BLOCK {
        return assigned != 0;
    }
    let (block, place) = (number / BLOCK, number % BLOCK);
    let bits = seed.bits_by_second("share", block);
    let lot = |place: u64| (bits(place), place);
    let own = lot(place);
    let before = (0..BLOCK).filter(|other| lot(*other) < own).count();
    before < usize::from(assigned)
}
