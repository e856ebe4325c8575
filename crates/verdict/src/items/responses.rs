//! Right, wrong or no response, of everybody on every item.

use super::ItemTable;
use std::collections::BTreeMap;

/// What somebody did on an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Response {
    Wrong,
    Right,
    Missing,
}

/// Responses by entrant, then item; and what guessing gets right, by item.
#[derive(Clone, Debug)]
pub(crate) struct Responses {
    pub(crate) of: Vec<Vec<Response>>,
    pub(crate) guess: Vec<f64>,
}

/// Items with the same guessing and the same responses: to a model they are one.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) guess: f64,
    /// By entrant.
    pub(crate) responses: Vec<Response>,
    /// Places of the items.
    pub(crate) items: Vec<usize>,
}

impl Responses {
    /// A score of at least `right_from` is right; with `floor` off, guessing is taken to get nothing right.
    pub(crate) fn new(table: &ItemTable<'_>, right_from: f64, floor: bool) -> Self {
        let response = |score: &Option<f64>| match score {
            Some(score) if *score >= right_from => Response::Right,
            Some(_) => Response::Wrong,
            None => Response::Missing,
        };
        let guess = |item: &super::Item<'_>| if floor { item.guess } else { 0.0 };
        Self {
            of: table.entrants.iter().map(|column| column.scores.iter().map(response).collect()).collect(),
            guess: table.items.iter().map(guess).collect(),
        }
    }

    /// Responses of all entrants on an item.
    pub(crate) fn on(&self, item: usize) -> impl Iterator<Item = Response> + '_ {
        self.of.iter().map(move |of| of.get(item).copied().unwrap_or(Response::Missing))
    }

    /// How many answered an item, and how many of them rightly.
    pub(crate) fn counts(&self, item: usize) -> (usize, usize) {
        let right = self.on(item).filter(|one| *one == Response::Right).count();
        let wrong = self.on(item).filter(|one| *one == Response::Wrong).count();
        (right + wrong, right)
    }

    /// Items put together by pattern, in a fixed order.
    pub(crate) fn patterns(&self) -> Vec<Pattern> {
        let mut all: BTreeMap<(u64, Vec<Response>), Vec<usize>> = BTreeMap::new();
        for (item, guess) in self.guess.iter().enumerate() {
            all.entry((guess.to_bits(), self.on(item).collect())).or_default().push(item);
        }
        let pattern =
            |((guess, responses), items)| Pattern { guess: f64::from_bits(guess), responses, items };
        all.into_iter().map(pattern).collect()
    }
}
