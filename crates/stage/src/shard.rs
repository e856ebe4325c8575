//! One evaluation on several machines: each answers a part of the plan, and the parts are joined into what one machine
//! would have written.
//!
//! A shard is an ordinary run: its answers are kept in a store before they count, and a killed one goes on. What it hands
//! over are its answers and a record of what they answer; nothing is scored before all are there.

mod error;
mod evaluate;
mod merge;
mod part;
mod record;

pub use error::{Difference, ShardError};
pub use evaluate::{ShardDone, evaluate_shard};
pub use merge::{Merge, Shards, merge};
pub use record::{Asked, Planned, ShardRecord, ShardTask, SpentRecord};

use std::fmt;
use std::str::FromStr;

/// Shards of one evaluation at most.
const MOST_SHARDS: u32 = 100_000;

/// One of several parts of a plan; they are counted from 0, as schedulers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// Part `index` of `count`; `None` where there is no such part, or there would be more than 100,000.
    pub const fn new(index: u32, count: u32) -> Option<Self> {
        if index < count && count <= MOST_SHARDS { Some(Self { index, count }) } else { None }
    }

    /// Which part, from 0.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// How many parts there are.
    pub const fn count(self) -> u32 {
        self.count
    }

    /// The name of its folder.
    pub fn folder(self) -> String {
        format!("shard-{}-of-{}", self.index, self.count)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// Text that names no part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a shard is I/N, such as 0/7: I counts from 0 to N - 1, and N is {MOST_SHARDS} at most")]
pub struct ShardFormError;

impl FromStr for Shard {
    type Err = ShardFormError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (index, count) = text.split_once('/').ok_or(ShardFormError)?;
        let number = |text: &str| {
            let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|_| is_plain).ok_or(ShardFormError)
        };
        Self::new(number(index)?, number(count)?).ok_or(ShardFormError)
    }
}

#[cfg(test)]
mod tests {
    use super::Shard;

    #[test]
    fn shards_count_from_zero_and_stay_below_their_number() {
        let shard = |text: &str| text.parse::<Shard>().ok().map(|shard| (shard.index(), shard.count()));
        assert_eq!(shard("0/1"), Some((0, 1)));
        assert_eq!(shard("6/7"), Some((6, 7)));
        for wrong in
            ["7/7", "0/0", "1", "/2", "1/", "-1/2", "+1/2", "1/2/3", " 1/2", "0/100001", "0/4294967296"]
        {
            assert_eq!(shard(wrong), None, "{wrong}");
        }
    }
}
