//! The tests of voters that a programme registers before the first vote, with every threshold written out.

use serde::{Deserialize, Serialize};

/// Registered tests of voters: which are run, and with what thresholds.
///
/// A threshold that the programme file does not write has its default here, so that the sealed rules hold all that a
/// programme may set, and a later version with other defaults of these changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VoterTests {
    /// How false flags are limited.
    pub control: FalseFlags,
    /// The share or probability of false flags, between 0 and 1, by all registered tests together.
    pub level: f64,
    /// Repeated one-sidedness for or against a candidate; none where it is not registered, as with all tests.
    pub one_sided: Option<OneSidedTest>,
    /// Impossible speed.
    pub speed: Option<SpeedTest>,
    /// The same times between votes in two accounts.
    pub copied_timing: Option<CopiedTest>,
    /// The same battles with the same results in the same order in two accounts.
    pub copied_votes: Option<CopiedTest>,
    /// Always the same side.
    pub position: Option<PositionTest>,
    /// Disagreement with battles whose answer is known.
    pub gold: Option<GoldTest>,
}

impl Default for VoterTests {
    /// Every test with its default thresholds, and a false discovery rate of .05.
    fn default() -> Self {
        Self {
            control: FalseFlags::FalseDiscovery,
            level: 0.05,
            one_sided: Some(OneSidedTest::default()),
            speed: Some(SpeedTest::default()),
            copied_timing: Some(CopiedTest::default()),
            copied_votes: Some(CopiedTest::default()),
            position: Some(PositionTest::default()),
            gold: Some(GoldTest::default()),
        }
    }
}

/// What the level of false flags is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FalseFlags {
    /// The expected share of false flags among all flags.
    FalseDiscovery,
    /// The probability with which an honest voter is flagged.
    EachVoter,
}

/// Thresholds of the test for one-sidedness.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OneSidedTest {
    /// Votes that involve the candidate and choose one of the two, at least.
    pub least_votes: u32,
    /// Such votes of other voters, at least.
    pub least_other_votes: u32,
    /// Standard deviation of an honest voter's own taste for a candidate, in logits.
    pub taste_spread: f64,
}

impl Default for OneSidedTest {
    /// 5 votes, 50 votes of others, a spread of .5 logit.
    fn default() -> Self {
        Self { least_votes: 5, least_other_votes: 50, taste_spread: 0.5 }
    }
}

/// Thresholds of the test for impossible speed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SpeedTest {
    /// Votes whose speed is known, at least.
    pub least_votes: u32,
    /// Characters that nobody reads in a second. Silent reading takes in about 20 to 25 letters of English a second
    /// (Brysbaert 2019, 238 words a minute), so the default of 100 lets a voter skim at four times that.
    pub characters_per_second: f64,
    /// Least time of any vote in milliseconds, also where the characters are unknown.
    pub least_ms: u64,
    /// Share of votes that an honest voter may cast too fast, by a slip or because one glance was enough.
    pub tolerated: f64,
}

impl Default for SpeedTest {
    /// 5 votes, 100 characters a second, one second, a tolerated share of .1.
    fn default() -> Self {
        Self { least_votes: 5, characters_per_second: 100.0, least_ms: 1_000, tolerated: 0.1 }
    }
}

/// Thresholds of a test for copied sequences.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CopiedTest {
    /// Length of a common run, at least.
    pub least_run: u32,
    /// Times between votes are compared after division by this, in milliseconds; results of battles ignore it.
    pub resolution_ms: u64,
}

impl Default for CopiedTest {
    /// Runs of 5, at 50 milliseconds.
    fn default() -> Self {
        Self { least_run: 5, resolution_ms: 50 }
    }
}

/// Thresholds of the test for a habit of one side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PositionTest {
    /// Votes for a side, at least.
    pub least_votes: u32,
    /// Share of votes for one side that an honest voter may have in the long run; the server draws the sides, so .5
    /// would be a voter without any habit.
    pub tolerated: f64,
}

impl Default for PositionTest {
    /// 10 votes, a tolerated share of .6.
    fn default() -> Self {
        Self { least_votes: 10, tolerated: 0.6 }
    }
}

/// Thresholds of the test against battles with a known answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GoldTest {
    /// Gold battles, at least.
    pub least_votes: u32,
    /// Share of gold battles on which an honest voter may disagree in the long run.
    pub tolerated: f64,
}

impl Default for GoldTest {
    /// 3 battles, a tolerated share of .2.
    fn default() -> Self {
        Self { least_votes: 3, tolerated: 0.2 }
    }
}
