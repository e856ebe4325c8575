//! Tests of voters, registered in advance: flags with evidence, and the ranking with and without the flagged.
//!
//! A flag deletes nothing. It names a voter, a test, the evidence and the numbers of the votes, and [`beside()`] shows
//! what the ranking would be without the flagged voters.
//!
//! | test | null hypothesis | evidence | false flags limited by |
//! | --- | --- | --- | --- |
//! | [`VoterTest::OneSided`] | own taste around the others' fit, of a written spread | e-process | e-BH |
//! | [`VoterTest::Speed`] | too fast in at most a written share of votes | exact binomial | BH |
//! | [`VoterTest::CopiedTiming`], [`VoterTest::CopiedVotes`] | order within an account is exchangeable | expected number of common runs | BY |
//! | [`VoterTest::Position`] | one side in at most a written share of votes | exact binomial, two sides | BH |
//! | [`VoterTest::Gold`] | disagrees in at most a written share | exact binomial | BH |
//!
//! Why these: the binomial tests use each voter's own votes, which are independent between voters under the null, and
//! Benjamini and Hochberg (1995) hold for independent p-values. A copied pair of accounts shares a voter with other
//! pairs, so these p-values depend on each other in any way, and Benjamini and Yekutieli (2001) hold for that.
//! E-values of voters all lean on fits to nearly the same votes; the e-BH procedure of Wang and Ramdas (2022, "False
//! discovery rate control with e-values") holds whatever their dependence. The level is shared evenly among the
//! registered tests: the share of false flags in a union is at most the sum of the shares in its parts.

mod beside;
mod binomial;
mod copied;
mod counted;
mod discovery;
mod field;
mod one_sided;
mod settings;

pub use beside::{Beside, BesideRow, beside};
pub use settings::{Control, Copied, OneSided, VoterSettings};

use crate::{number::real, votes::RankError};
use daepyo_core::{Vote, VoteChoice};
use discovery::Procedure;
use field::Field;
use serde::{Deserialize, Serialize};

/// One vote as the tests of voters read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot<'a> {
    /// Its number in the log; a voter's votes are taken in this order.
    pub number: u64,
    /// Who voted.
    pub voter: &'a str,
    /// Shown on the left.
    pub left: &'a str,
    /// Shown on the right.
    pub right: &'a str,
    /// What was chosen.
    pub choice: VoteChoice,
    /// When both answers were shown in full, in milliseconds of any one clock.
    pub shown_ms: Option<u64>,
    /// When the vote came, by the same clock.
    pub voted_ms: Option<u64>,
    /// Characters of both answers.
    pub characters: Option<u64>,
    /// The known answer of a gold battle.
    pub gold: Option<VoteChoice>,
}

impl<'a> From<&'a Vote> for Ballot<'a> {
    fn from(vote: &'a Vote) -> Self {
        Self {
            number: vote.number,
            voter: vote.voter.as_str(),
            left: vote.left.as_str(),
            right: vote.right.as_str(),
            choice: vote.choice,
            shown_ms: vote.shown_ms,
            voted_ms: vote.voted_ms,
            characters: vote.characters,
            gold: vote.gold,
        }
    }
}

/// A registered test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VoterTest {
    /// Repeated one-sidedness for or against a candidate.
    OneSided,
    /// Impossible speed.
    Speed,
    /// The same times between votes as another account.
    CopiedTiming,
    /// The same battles and results in the same order as another account.
    CopiedVotes,
    /// Always the same side.
    Position,
    /// Disagreement with gold battles.
    Gold,
}

/// What a flag is about, beside the voter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Subject {
    /// Nothing else.
    Voter,
    /// Votes for a candidate.
    For {
        /// The candidate.
        candidate: String,
    },
    /// Votes against a candidate.
    Against {
        /// The candidate.
        candidate: String,
    },
    /// The left side.
    Left,
    /// The right side.
    Right,
    /// The other account of a copy; which of the two is the copy can't be seen.
    Partner {
        /// The other voter.
        voter: String,
    },
}

/// The strength of the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Measure {
    /// A p-value of the hypothesis that the flag is about.
    P {
        /// Between 0 and 1.
        p: f64,
    },
    /// An e-value.
    E {
        /// Of the voter: a weighted mean over the candidates and directions that were tested.
        e: f64,
        /// Of the named candidate and direction, at the last vote.
        of_subject: f64,
        /// Always-valid p-value of the voter: the least `1 / sup e` divided by its weight in that mean.
        p: f64,
    },
}

/// A flag on a voter. It deletes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Flag {
    /// The voter.
    pub voter: String,
    /// The test.
    pub test: VoterTest,
    /// What else it is about.
    pub subject: Subject,
    /// Share of the votes below that are one-sided, too fast, to one side or in disagreement; length of a common run.
    pub statistic: f64,
    /// The strength of the evidence.
    pub measure: Measure,
    /// What the evidence was held against: e-values at least this, p-values at most this.
    pub threshold: f64,
    /// Numbers of the votes that the statistic is computed from, ascending.
    pub votes: Vec<u64>,
}

/// How false flags of one test were limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Benjamini and Hochberg 1995.
    BenjaminiHochberg,
    /// Benjamini and Yekutieli 2001.
    BenjaminiYekutieli,
    /// Wang and Ramdas 2022.
    EBenjaminiHochberg,
    /// A fixed rate for each voter.
    EachVoter,
}

/// One test over all voters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestSummary {
    /// The test.
    pub test: VoterTest,
    /// How false flags were limited.
    pub limit: Limit,
    /// The test's part of the level.
    pub level: f64,
    /// Hypotheses: voters with enough votes, or pairs of them.
    pub hypotheses: u64,
    /// Voters flagged.
    pub flagged: u64,
}

/// What the registered tests found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VoterReport {
    /// Distinct voters.
    pub voters: u64,
    /// One row a registered test, in order of [`VoterTest`].
    pub tests: Vec<TestSummary>,
    /// Flags by voter, then by test.
    pub flags: Vec<Flag>,
}

/// Votes or settings that can't be tested.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum VoterError {
    /// A vote of a model against itself.
    #[error("vote {number} is of `{model}` against itself; leave it out or correct it")]
    SelfVote {
        /// Its number.
        number: u64,
        /// The model.
        model: String,
    },
    /// Two votes with one number.
    #[error("two votes have the number {number}; number each vote once")]
    DuplicateNumber {
        /// The number.
        number: u64,
    },
    /// A vote that came before its battle was shown.
    #[error("vote {number} came before its battle was shown; take both times from one clock")]
    TimeBackwards {
        /// Its number.
        number: u64,
    },
    /// A setting out of range.
    #[error("the setting `{setting}` needs {needs}")]
    BadSetting {
        /// The setting.
        setting: &'static str,
        /// What it needs.
        needs: &'static str,
    },
    /// All votes together give no ranking.
    #[error("the votes give no ranking")]
    Rank(#[source] RankError),
}

impl VoterError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SelfVote { .. } => "verdict::self_vote",
            Self::DuplicateNumber { .. } => "verdict::duplicate_vote",
            Self::TimeBackwards { .. } => "verdict::time_backwards",
            Self::BadSetting { .. } => "verdict::bad_voter_setting",
            Self::Rank(error) => error.code(),
        }
    }
}

/// Runs the registered tests over all voters; the order of `ballots` changes nothing.
///
/// # Errors
/// Votes of a model against itself, numbers given twice, votes before their battle, settings out of range.
///
/// # Examples
/// ```
/// use daepyo_core::VoteChoice::{Left, Right};
/// use daepyo_verdict::voters::{Ballot, Subject, VoterSettings, VoterTest, examine};
/// let ballot = |number, voter, choice| Ballot {
///     number, voter, choice, left: "a", right: "b",
///     shown_ms: None, voted_ms: None, characters: None, gold: None,
/// };
/// let mut ballots: Vec<_> = (0..60).map(|number| ballot(number, "lefty", Left)).collect();
/// ballots.extend((60..120).map(|number| ballot(number, "other", if number % 2 == 0 { Left } else { Right })));
/// let report = examine(&ballots, &VoterSettings::default())?;
/// let flag = report.flags.iter().find(|flag| flag.test == VoterTest::Position).ok_or("no flag")?;
/// assert_eq!((flag.voter.as_str(), &flag.subject), ("lefty", &Subject::Left));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn examine(ballots: &[Ballot<'_>], settings: &VoterSettings) -> Result<VoterReport, VoterError> {
    settings.check()?;
    let field = Field::new(ballots)?;
    let tests = real(settings.registered());
    let procedure = match settings.control {
        Control::FalseDiscovery { level } => Procedure::FalseDiscovery(level / tests),
        Control::EachVoter { rate } => Procedure::EachVoter(rate / tests),
    };
    let mut found = Vec::new();
    if let Some(settings) = &settings.one_sided {
        found.push(one_sided::test(&field, settings, procedure));
    }
    if let Some(settings) = settings.speed {
        found.push(counted::speed(&field, settings, procedure));
    }
    if let Some(settings) = settings.copied_timing {
        found.push(copied::timing(&field, settings, procedure));
    }
    if let Some(settings) = settings.copied_votes {
        found.push(copied::votes(&field, settings, procedure));
    }
    if let Some(settings) = settings.position {
        found.push(counted::position(&field, settings, procedure));
    }
    if let Some(settings) = settings.gold {
        found.push(counted::gold(&field, settings, procedure));
    }
    let (tests, flags): (Vec<TestSummary>, Vec<Vec<Flag>>) = found.into_iter().unzip();
    let mut flags: Vec<Flag> = flags.into_iter().flatten().collect();
    flags.sort_by(|a, b| (&a.voter, a.test, &a.subject).cmp(&(&b.voter, b.test, &b.subject)));
    Ok(VoterReport { voters: crate::number::wide(field.voters.len()), tests, flags })
}
