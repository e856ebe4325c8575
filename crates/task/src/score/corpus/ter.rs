//! TER (Snover et al. 2006) with sacrebleu's limits: lower-cased words, greedy shifts, a beam of 25.

use super::real;
use crate::score::py_text;
use std::ops::ControlFlow;

const MAX_SHIFT_WORDS: usize = 10;
const MAX_SHIFT_DISTANCE: usize = 50;
const MAX_CANDIDATES: usize = 1_000;
const BEAM: usize = 25;
/// Larger than any cost, small enough to add to.
const UNREACHED: usize = usize::MAX / 4;

/// Two numbers: edits against the nearest reference, and the mean length of the references.
pub(crate) fn counts(hypothesis: &str, references: &[String]) -> Vec<f64> {
    let hypothesis = hypothesis.to_lowercase();
    let own: Vec<&str> = py_text::words(&hypothesis).collect();
    let mut fewest = None;
    let mut length = 0;
    for reference in references {
        let reference = reference.to_lowercase();
        let reference: Vec<&str> = py_text::words(&reference).collect();
        let edits = edits(&own, &reference);
        fewest = Some(fewest.map_or(edits, |fewest: usize| fewest.min(edits)));
        length += reference.len();
    }
    vec![real(fewest.unwrap_or(own.len())), real(length) / real(references.len().max(1))]
}

/// The score, 0 upwards (0 is best, in per cent of the reference's words), from summed counts.
pub(crate) fn score(counts: &[f64]) -> f64 {
    match counts {
        [edits, length] if *length > 0.0 => 100.0 * edits / length,
        [edits, _] if *edits > 0.0 => 100.0,
        _ => 0.0,
    }
}

fn edits(own: &[&str], reference: &[&str]) -> usize {
    if reference.is_empty() {
        return own.len();
    }
    let mut words = own.to_vec();
    let mut shifts = 0;
    let mut candidates = 0;
    loop {
        let shifted = best_shift(&words, reference, &mut candidates);
        // Both limits leave the last shift undone, as in tercom.
        match shifted {
            Some((gain, better)) if gain > 0 && candidates < MAX_CANDIDATES => {
                words = better;
                shifts += 1;
            }
            Some(_) | None => break,
        }
    }
    shifts + distance(&words, reference).0
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edit {
    Keep,
    Substitute,
    Insert,
    Delete,
}

/// A shift that was tried, in tercom's order of preference.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate<'a> {
    gain: isize,
    length: usize,
    earliest: std::cmp::Reverse<usize>,
    earliest_target: std::cmp::Reverse<usize>,
    words: Vec<&'a str>,
}

/// The shift of a word sequence that saves the most edits, with what it saves.
fn best_shift<'a>(
    own: &[&'a str],
    reference: &[&str],
    candidates: &mut usize,
) -> Option<(isize, Vec<&'a str>)> {
    let (before, trace) = distance(own, reference);
    let alignment = Alignment::new(&trace);
    let mut best: Option<Candidate<'a>> = None;
    let _stopped = matching_runs(own, reference, |start, target, length| {
        if !alignment.worth_moving(start, target, length) {
            return ControlFlow::Continue(());
        }
        let mut previous = None;
        for position in alignment.targets(target, length) {
            if previous == Some(position) {
                continue;
            }
            previous = Some(position);
            let words = shift(own, start, length, position);
            let candidate = Candidate {
                gain: difference(before, distance(&words, reference).0),
                length,
                earliest: std::cmp::Reverse(start),
                earliest_target: std::cmp::Reverse(position),
                words,
            };
            *candidates += 1;
            if best.as_ref().is_none_or(|best| candidate > *best) {
                best = Some(candidate);
            }
        }
        if *candidates >= MAX_CANDIDATES { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    best.map(|best| (best.gain, best.words))
}

fn difference(before: usize, after: usize) -> isize {
    let size = |edits: usize| isize::try_from(edits).unwrap_or(isize::MAX);
    size(before).saturating_sub(size(after))
}

/// Calls `visit` with (start in `own`, start in `reference`, length) of every run of equal words.
fn matching_runs(
    own: &[&str],
    reference: &[&str],
    mut visit: impl FnMut(usize, usize, usize) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for start in 0..own.len() {
        for target in 0..reference.len() {
            if start.abs_diff(target) > MAX_SHIFT_DISTANCE {
                continue;
            }
            let ours = own.iter().skip(start);
            let theirs = reference.iter().skip(target);
            let equal = ours.zip(theirs).take(MAX_SHIFT_WORDS).take_while(|(a, b)| a == b);
            for length in 1..=equal.count() {
                visit(start, target, length)?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// `words` with `length` of them from `start` moved before `target`.
fn shift<'a>(words: &[&'a str], start: usize, length: usize, target: usize) -> Vec<&'a str> {
    let part = |from: usize, to: usize| {
        let to = to.min(words.len());
        words.get(from.min(to)..to).unwrap_or_default()
    };
    let end = start + length;
    let moved = part(start, end);
    let parts = if target < start {
        [part(0, target), moved, part(target, start), part(end, words.len())]
    } else if target > end {
        [part(0, start), part(end, target), moved, part(target, words.len())]
    } else {
        [part(0, start), part(end, length + target), moved, part(length + target, words.len())]
    };
    parts.concat()
}

/// Which word of the hypothesis each word of the reference stands against, and where they differ.
struct Alignment {
    /// For each word of the reference: one more than the aligned position in the hypothesis.
    after: Vec<usize>,
    reference_wrong: Vec<bool>,
    own_wrong: Vec<bool>,
}

impl Alignment {
    fn new(trace: &[Edit]) -> Self {
        let mut alignment = Self { after: Vec::new(), reference_wrong: Vec::new(), own_wrong: Vec::new() };
        let mut after = 0;
        for edit in trace {
            let wrong = *edit != Edit::Keep;
            // A deletion drops a word of the hypothesis, an insertion takes one from the reference.
            if *edit != Edit::Insert {
                after += 1;
                alignment.own_wrong.push(wrong);
            }
            if *edit != Edit::Delete {
                alignment.after.push(after);
                alignment.reference_wrong.push(wrong);
            }
        }
        alignment
    }

    fn worth_moving(&self, start: usize, target: usize, length: usize) -> bool {
        let any = |flags: &[bool], from: usize| flags.iter().skip(from).take(length).any(|wrong| *wrong);
        let inside = self.after.get(target).is_some_and(|after| (start + 1..=start + length).contains(after));
        any(&self.own_wrong, start) && any(&self.reference_wrong, target) && !inside
    }

    /// Places to move a run to, so that it stands where `length` words from `target` are.
    fn targets(&self, target: usize, length: usize) -> impl Iterator<Item = usize> {
        let before = match target.checked_sub(1) {
            Some(previous) => self.after.get(previous).copied(),
            None => Some(0),
        };
        before.into_iter().chain(self.after.iter().skip(target).take(length).copied())
    }
}

/// The edit distance within the beam, and the edits that turn `own` into `reference`.
fn distance(own: &[&str], reference: &[&str]) -> (usize, Vec<Edit>) {
    let width = reference.len() + 1;
    let mut rows: Vec<Vec<(usize, Edit)>> = Vec::with_capacity(own.len() + 1);
    rows.push((0..width).map(|cost| (cost, Edit::Insert)).collect());
    let ratio = if own.is_empty() { 1.0 } else { real(reference.len()) / real(own.len()) };
    let beam = if real(BEAM) < ratio / 2.0 { ceil(ratio / 2.0 + real(BEAM)) } else { BEAM };
    for (number, word) in own.iter().enumerate() {
        let diagonal = floor(real(number + 1) * ratio);
        let from = diagonal.saturating_sub(beam);
        let to = if number + 1 == own.len() { width } else { width.min(diagonal + beam) };
        let mut row = vec![(UNREACHED, Edit::Delete); width];
        let above = rows.last().map(Vec::as_slice).unwrap_or_default();
        for column in from..to {
            let up = cost(above, Some(column)) + 1;
            let left = cost(&row, column.checked_sub(1)) + 1;
            let diagonal = cost(above, column.checked_sub(1));
            let same = column.checked_sub(1).and_then(|before| reference.get(before)) == Some(word);
            let mut best = if same { (diagonal, Edit::Keep) } else { (diagonal + 1, Edit::Substitute) };
            if up < best.0 {
                best = (up, Edit::Delete);
            }
            if left < best.0 {
                best = (left, Edit::Insert);
            }
            if let Some(cell) = row.get_mut(column) {
                *cell = best;
            }
        }
        rows.push(row);
    }
    let total = rows.last().map_or(0, |row| cost(row, Some(reference.len())));
    (total, trace(&rows, reference.len()))
}

fn cost(row: &[(usize, Edit)], column: Option<usize>) -> usize {
    column.and_then(|column| row.get(column)).map_or(UNREACHED, |(cost, _)| *cost)
}

/// The edits along the cheapest way, from the beginning.
fn trace(rows: &[Vec<(usize, Edit)>], last_column: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    let (mut row, mut column) = (rows.len().saturating_sub(1), last_column);
    while row > 0 || column > 0 {
        let Some((_, edit)) = rows.get(row).and_then(|cells| cells.get(column)) else {
            break;
        };
        edits.push(*edit);
        row = row.saturating_sub(usize::from(*edit != Edit::Insert));
        column = column.saturating_sub(usize::from(*edit != Edit::Delete));
    }
    edits.reverse();
    edits
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a position in a text: not negative and far below 2^53"
)]
const fn floor(value: f64) -> usize {
    value as usize
}

fn ceil(value: f64) -> usize {
    floor(value.ceil())
}
