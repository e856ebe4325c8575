//! Answers that pick one name where they were asked who answers, or were given names to pick from.

use super::{Named, Tier, frames, spot::Spot};
use crate::fold::Folded;
use std::{cmp::Reverse, collections::BTreeSet};

/// So much beside a name is little, in letters of Latin; a syllable of Hangul counts as two.
const LITTLE: usize = 14;
/// So much is a short answer, counted likewise.
pub(super) const SHORT: usize = 80;

/// The numbers of the spots that a text picks; of spots within longer ones, the longer. `maker` gives whom a bearer
/// belongs to: who picks a model and says who made it still picks one.
pub(super) fn picked(
    text: &Folded,
    spots: &[Spot],
    named: &Named,
    maker: impl Fn(usize) -> usize,
) -> BTreeSet<usize> {
    if !(named.asks || named.lists) {
        return BTreeSet::new();
    }
    let outer = outer(spots);
    let makers = |spots: &[(usize, &Spot)]| {
        spots.iter().map(|(_, spot)| maker(spot.who)).collect::<BTreeSet<usize>>().len()
    };
    // Little else than a name is an answer to who it is, whatever the question was.
    if makers(&outer) == 1 && weight(text, &outer) <= LITTLE {
        return outer.into_iter().map(|(number, _)| number).collect();
    }
    if !named.asks {
        return BTreeSet::new();
    }
    let asked: Vec<(usize, &Spot)> =
        outer.into_iter().filter(|(_, spot)| named.who.contains(&spot.who)).collect();
    let is_single = makers(&asked) == 1;
    let is_short = weight(text, &[]) <= SHORT;
    let is_picked = |spot: &Spot| {
        (is_single && (spot.tier == Tier::Distinctive || is_short))
            || frames::is_chosen(&text.text, &spot.range)
    };
    asked.into_iter().filter(|(_, spot)| is_picked(spot)).map(|(number, _)| number).collect()
}

/// Spots that lie within no longer one, with their numbers, in order of place.
pub(super) fn outer(spots: &[Spot]) -> Vec<(usize, &Spot)> {
    let mut sorted: Vec<(usize, &Spot)> = spots.iter().enumerate().collect();
    sorted.sort_by_key(|(_, spot)| (spot.range.start, Reverse(spot.range.end)));
    let mut kept: Vec<(usize, &Spot)> = Vec::with_capacity(sorted.len());
    for next in sorted {
        let range = &next.1.range;
        if kept.last().is_none_or(|(_, last)| range.end > last.range.end || *range == last.range) {
            kept.push(next);
        }
    }
    kept
}

/// How much a text says beside these spots, which are in order of place and within no others.
pub(super) fn weight(text: &Folded, spots: &[(usize, &Spot)]) -> usize {
    let is_named = |at: usize| {
        let behind = spots.partition_point(|(_, spot)| spot.range.start <= at);
        let last = behind.checked_sub(1).and_then(|place| spots.get(place));
        last.is_some_and(|(_, spot)| spot.range.contains(&at))
    };
    let letters = text.places.iter().filter(|place| place.c.is_alphanumeric() && !is_named(place.at));
    letters.map(|place| if place.c.is_ascii() { 1 } else { 2 }).sum()
}
