//! The tests of voters as a programme registers them: every threshold is here, with its default and its reason.

use super::VoterError;
use daepyo_core::{CopiedTest, FalseFlags, GoldTest, PositionTest, SpeedTest, VoterTests};
use serde::{Deserialize, Serialize};

/// The registered tests; one that is none is not run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VoterSettings {
    /// Repeated one-sidedness for or against a candidate.
    pub one_sided: Option<OneSided>,
    /// Impossible speed.
    pub speed: Option<SpeedTest>,
    /// The same times between votes in two accounts.
    pub copied_timing: Option<Copied>,
    /// The same battles with the same results in the same order in two accounts.
    pub copied_votes: Option<Copied>,
    /// Always the same side.
    pub position: Option<PositionTest>,
    /// Disagreement with battles whose answer is known.
    pub gold: Option<GoldTest>,
    /// How false flags are limited.
    pub control: Control,
}

impl Default for VoterSettings {
    /// All tests with their defaults.
    fn default() -> Self {
        Self {
            one_sided: Some(OneSided::default()),
            speed: Some(SpeedTest::default()),
            copied_timing: Some(Copied::default()),
            copied_votes: Some(Copied::default()),
            position: Some(PositionTest::default()),
            gold: Some(GoldTest::default()),
            control: Control::default(),
        }
    }
}

/// How false flags are limited; the level is shared evenly among the registered tests.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Control {
    /// The expected share of false flags among all flags is at most `level`.
    FalseDiscovery {
        /// Between 0 and 1.
        level: f64,
    },
    /// An honest voter is flagged with probability `rate` at most, by all tests together.
    EachVoter {
        /// Between 0 and 1.
        rate: f64,
    },
}

impl Default for Control {
    /// A false discovery rate of .05.
    fn default() -> Self {
        Self::FalseDiscovery { level: 0.05 }
    }
}

/// Settings of the test for one-sidedness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OneSided {
    /// Votes that involve the candidate and choose one of the two, at least.
    pub least_votes: u32,
    /// Such votes of other voters, at least: without them nobody knows how popular the candidate is.
    pub least_other_votes: u32,
    /// Standard deviation of an honest voter's own taste for a candidate, in logits.
    pub taste_spread: f64,
    /// A partial voter's probabilities of choosing the candidate that he favours, mixed evenly.
    pub partial: Vec<f64>,
    /// Voters with a larger share of all votes than this are left out by a new fit; others by one Newton step.
    pub refit_share: f64,
}

impl Default for OneSided {
    /// 5 votes, 50 votes of others, a spread of .5 logit, partial voters of .9, .97 and .999, new fits from .02.
    fn default() -> Self {
        Self {
            least_votes: 5,
            least_other_votes: 50,
            taste_spread: 0.5,
            partial: vec![0.9, 0.97, 0.999],
            refit_share: 0.02,
        }
    }
}

/// Settings of a test for copied sequences.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Copied {
    /// Length of a common run, at least.
    pub least_run: u32,
    /// Times between votes are compared after division by this; results of battles ignore it.
    pub resolution_ms: u64,
    /// Of voters with a common run of the least length, each is compared with so many that follow in order of name.
    pub partners: u32,
}

impl Default for Copied {
    /// Runs of 5, at 50 milliseconds, 8 partners.
    fn default() -> Self {
        Self { least_run: 5, resolution_ms: 50, partners: 8 }
    }
}

impl From<&VoterTests> for VoterSettings {
    /// The tests as a programme registers them; what it can't set has its default.
    fn from(tests: &VoterTests) -> Self {
        let copied = |test: CopiedTest| Copied {
            least_run: test.least_run,
            resolution_ms: test.resolution_ms,
            ..Copied::default()
        };
        Self {
            one_sided: tests.one_sided.map(|test| OneSided {
                least_votes: test.least_votes,
                least_other_votes: test.least_other_votes,
                taste_spread: test.taste_spread,
                ..OneSided::default()
            }),
            speed: tests.speed,
            copied_timing: tests.copied_timing.map(copied),
            copied_votes: tests.copied_votes.map(copied),
            position: tests.position,
            gold: tests.gold,
            control: match tests.control {
                FalseFlags::FalseDiscovery => Control::FalseDiscovery { level: tests.level },
                FalseFlags::EachVoter => Control::EachVoter { rate: tests.level },
            },
        }
    }
}

impl VoterSettings {
    /// The number of registered tests.
    pub(crate) fn registered(&self) -> usize {
        let Self { one_sided, speed, copied_timing, copied_votes, position, gold, control: _ } = self;
        [
            one_sided.is_some(),
            speed.is_some(),
            copied_timing.is_some(),
            copied_votes.is_some(),
            position.is_some(),
            gold.is_some(),
        ]
        .into_iter()
        .filter(|registered| *registered)
        .count()
    }

    /// Refuses settings that no test can run with.
    pub(crate) fn check(&self) -> Result<(), VoterError> {
        let inside = |value: f64| value > 0.0 && value < 1.0;
        let level = match self.control {
            Control::FalseDiscovery { level } => level,
            Control::EachVoter { rate } => rate,
        };
        ensure(inside(level), "control", "a level between 0 and 1")?;
        if let Some(one) = &self.one_sided {
            ensure(
                one.taste_spread >= 0.0 && one.taste_spread <= 5.0,
                "one_sided.taste_spread",
                "a spread from 0 to 5 logits",
            )?;
            ensure(
                !one.partial.is_empty() && one.partial.iter().all(|share| inside(*share)),
                "one_sided.partial",
                "at least one probability between 0 and 1",
            )?;
            ensure(one.refit_share >= 0.0, "one_sided.refit_share", "a share of at least 0")?;
        }
        if let Some(speed) = self.speed {
            let fast = speed.characters_per_second;
            ensure(fast > 0.0 && fast.is_finite(), "speed.characters_per_second", "a positive number")?;
            ensure(inside(speed.tolerated), "speed.tolerated", "a share between 0 and 1")?;
        }
        for (name, copied) in [("copied_timing", self.copied_timing), ("copied_votes", self.copied_votes)] {
            if let Some(copied) = copied {
                let sound = copied.least_run > 0 && copied.resolution_ms > 0 && copied.partners > 0;
                ensure(sound, name, "a run, a resolution and partners of at least 1")?;
            }
        }
        if let Some(position) = self.position {
            let sound = position.tolerated >= 0.5 && position.tolerated < 1.0;
            ensure(sound, "position.tolerated", "a share from .5 to below 1")?;
        }
        if let Some(gold) = self.gold {
            ensure(inside(gold.tolerated), "gold.tolerated", "a share between 0 and 1")?;
        }
        Ok(())
    }
}

fn ensure(sound: bool, setting: &'static str, needs: &'static str) -> Result<(), VoterError> {
    if sound { Ok(()) } else { Err(VoterError::BadSetting { setting, needs }) }
}

#[cfg(test)]
mod tests {
    use super::VoterSettings;
    use daepyo_core::VoterTests;

    #[test]
    fn the_defaults_of_a_programme_are_those_of_the_tests() {
        assert_eq!(VoterSettings::from(&VoterTests::default()), VoterSettings::default());
    }
}
