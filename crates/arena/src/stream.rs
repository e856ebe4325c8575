//! Two answers that are written side by side, shown so that speed names nobody.
//!
//! Nothing of one answer is shown before the other has begun or ended. From then on what arrives is held while it is
//! further ahead of the other than a set number of characters, but never longer than a set time, so that a side that
//! becomes slow does not stop the other. That an answer has ended is shown when both have, or a set time after the
//! first. A failure of either ends the battle; whoever drives it lets a side fail that does not begin in time.
//!
//! The machine has no clock: who drives it says what time it is, and asks [`Pace::next_due`] when to come back.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A side of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The left one.
    Left,
    /// The right one.
    Right,
}

impl Side {
    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// How two answers are held together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaceRules {
    /// Most milliseconds between the arrival of a character and its display, once the other side has begun.
    pub hold_ms: u64,
    /// Characters (Unicode scalar values) that may be shown of one side beyond what has arrived of the other.
    pub lead_chars: usize,
    /// Most milliseconds between the end of one answer and its being shown, where the other goes on.
    pub finish_ms: u64,
}

impl Default for PaceRules {
    /// Eight seconds, 80 characters, twenty seconds.
    fn default() -> Self {
        Self { hold_ms: 8_000, lead_chars: 80, finish_ms: 20_000 }
    }
}

/// How one answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// It is whole.
    Complete,
    /// The candidate could not be had: the battle counts for neither.
    Failed,
}

/// Something to be shown now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Show {
    /// The next piece of an answer.
    Text {
        /// Where.
        side: Side,
        /// What comes behind what is there.
        text: String,
    },
    /// This side's answer is whole.
    Ended(Side),
}

/// How the battle's writing came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Both answers are whole and shown.
    Complete,
    /// An answer failed: infrastructure, no vote.
    Infrastructure,
    /// Whoever asked went away.
    Cancelled,
}

/// One answer on its way.
#[derive(Debug, Default)]
struct Lane {
    /// What is held, with the times of arrival.
    held: VecDeque<(u64, String)>,
    /// When the first of it arrived.
    began_at: Option<u64>,
    arrived: usize,
    shown: usize,
    ended_at: Option<u64>,
    end_is_shown: bool,
}

impl Lane {
    const fn is_shown(&self) -> bool {
        self.ended_at.is_some() && self.shown == self.arrived
    }

    /// Takes the characters that are due out of what is held: all up to the number `free`, and all that came at
    /// `overdue` or before.
    fn take(&mut self, free: usize, overdue: Option<u64>) -> String {
        let mut text = String::new();
        while let Some((at, piece)) = self.held.pop_front() {
            let chars = piece.chars().count();
            let room = free.saturating_sub(self.shown);
            if chars <= room || overdue.is_some_and(|overdue| at <= overdue) {
                text.push_str(&piece);
                self.shown += chars;
                continue;
            }
            let place = piece.char_indices().nth(room).map_or(piece.len(), |(place, _)| place);
            let (now, later) = piece.split_at(place);
            text.push_str(now);
            self.shown += room;
            self.held.push_front((at, later.to_owned()));
            break;
        }
        text
    }
}

/// Two answers held together.
///
/// # Examples
/// ```
/// use daepyo_arena::stream::{End, Outcome, Pace, PaceRules, Show, Side};
/// let mut pace = Pace::new(PaceRules::default());
/// pace.push(Side::Left, 100, "빠르다");
/// assert!(pace.due(100).is_empty(), "the other has not begun");
/// pace.push(Side::Right, 900, "느");
/// assert_eq!(pace.due(900).len(), 2);
/// pace.end(Side::Left, 1_000, End::Complete);
/// assert!(pace.due(1_000).is_empty(), "ends are shown together");
/// pace.end(Side::Right, 2_000, End::Complete);
/// assert_eq!(pace.due(2_000), [Show::Ended(Side::Left), Show::Ended(Side::Right)]);
/// assert_eq!(pace.outcome(), Some(Outcome::Complete));
/// ```
#[derive(Debug)]
pub struct Pace {
    rules: PaceRules,
    left: Lane,
    right: Lane,
    /// The latest time that was told; time that goes back counts as this.
    now: u64,
    outcome: Option<Outcome>,
}

impl Pace {
    /// Nothing has arrived.
    pub fn new(rules: PaceRules) -> Self {
        Self { rules, left: Lane::default(), right: Lane::default(), now: 0, outcome: None }
    }

    /// Takes what arrived of a side. Ignored behind the side's end, a failure or a cancellation.
    pub fn push(&mut self, side: Side, at_ms: u64, text: &str) {
        let at = self.passed(at_ms);
        let is_over = self.outcome.is_some();
        let lane = self.lane_mut(side);
        if is_over || lane.ended_at.is_some() || text.is_empty() {
            return;
        }
        lane.began_at.get_or_insert(at);
        lane.arrived += text.chars().count();
        lane.held.push_back((at, text.to_owned()));
    }

    /// Takes the end of a side; the first one counts. A failure ends both, and nothing more is shown.
    pub fn end(&mut self, side: Side, at_ms: u64, end: End) {
        let at = self.passed(at_ms);
        if self.outcome.is_some() || self.lane(side).ended_at.is_some() {
            return;
        }
        match end {
            End::Complete => self.lane_mut(side).ended_at = Some(at),
            End::Failed => self.stop(Outcome::Infrastructure),
        }
    }

    /// Ends the battle because whoever asked is gone. Without effect once there is an outcome.
    pub fn cancel(&mut self) {
        if self.outcome.is_none() {
            self.stop(Outcome::Cancelled);
        }
    }

    /// How it came out; none while it goes on.
    pub const fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// What is to be shown at this time, the left side first, ends last.
    pub fn due(&mut self, now_ms: u64) -> Vec<Show> {
        let now = self.passed(now_ms);
        let mut shows = Vec::new();
        if self.outcome.is_some() {
            return shows;
        }
        for side in [Side::Left, Side::Right] {
            let free = self.free(side);
            let waits_from = self.lane(side.other()).began_at;
            let overdue = now
                .checked_sub(self.rules.hold_ms)
                .filter(|latest| waits_from.is_some_and(|from| from <= *latest));
            let text = self.lane_mut(side).take(free, overdue);
            if !text.is_empty() {
                shows.push(Show::Text { side, text });
            }
        }
        let is_late = self.finish_due().is_some_and(|due| due <= now);
        let both_are_whole = self.left.is_shown() && self.right.is_shown();
        for side in [Side::Left, Side::Right] {
            let lane = self.lane_mut(side);
            if lane.is_shown() && !lane.end_is_shown && (both_are_whole || is_late) {
                lane.end_is_shown = true;
                shows.push(Show::Ended(side));
            }
        }
        if self.left.end_is_shown && self.right.end_is_shown {
            self.outcome = Some(Outcome::Complete);
        }
        shows
    }

    /// When [`Pace::due`] has something next if nothing more arrives, in the clock of the other calls; none where it
    /// will not.
    pub fn next_due(&self) -> Option<u64> {
        if self.outcome.is_some() {
            return None;
        }
        let piece = |side: Side| {
            let lane = self.lane(side);
            let (at, _) = lane.held.front()?;
            if self.free(side) > lane.shown {
                return Some(self.now);
            }
            let waits_from = self.lane(side.other()).began_at?.max(*at);
            Some(waits_from.saturating_add(self.rules.hold_ms).max(self.now))
        };
        let ends = (self.left.is_shown() && self.right.is_shown()).then_some(self.now);
        let late = self.finish_due().map(|due| due.max(self.now));
        [piece(Side::Left), piece(Side::Right), ends, late].into_iter().flatten().min()
    }

    /// How many characters of a side may be shown whatever their age.
    fn free(&self, side: Side) -> usize {
        let other = self.lane(side.other());
        match (other.ended_at, other.arrived) {
            (Some(_), _) => usize::MAX,
            (None, 0) => 0,
            (None, arrived) => arrived.saturating_add(self.rules.lead_chars),
        }
    }

    /// When an end is shown though the other side goes on: for a side all of which is shown.
    fn finish_due(&self) -> Option<u64> {
        let due = |lane: &Lane| {
            let at = lane.ended_at.filter(|_| lane.is_shown() && !lane.end_is_shown)?;
            Some(at.saturating_add(self.rules.finish_ms))
        };
        [due(&self.left), due(&self.right)].into_iter().flatten().min()
    }

    fn stop(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
        self.left.held.clear();
        self.right.held.clear();
    }

    fn passed(&mut self, at_ms: u64) -> u64 {
        self.now = self.now.max(at_ms);
        self.now
    }

    const fn lane(&self, side: Side) -> &Lane {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    const fn lane_mut(&mut self, side: Side) -> &mut Lane {
        match side {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        }
    }
}
