//! Swaps that keep every load: raters meet evenly, and all are linked.
#![expect(clippy::indexing_slicing, reason = "candidates and raters are numbered by the board")]

use super::plan_flow::Board;

/// Rounds of swaps over all pairs of readings.
const ROUNDS: u32 = 20;

/// Sum of squared meetings of pairs of raters: least when all meet equally often.
pub(crate) fn spread(board: &Board) -> u64 {
    let square = |one: usize, other: usize| u64::from(board.shared(one, other)).pow(2);
    (0..board.raters()).map(|one| (0..one).map(|other| square(one, other)).sum::<u64>()).sum()
}

/// Candidates and raters (numbered after them) that readings link, in parts; raters without readings are no part.
pub(crate) fn parts(board: &Board) -> Vec<Vec<usize>> {
    let candidates = board.candidates();
    let mut home: Vec<usize> = (0..candidates + board.raters()).collect();
    for candidate in 0..candidates {
        for rater in board.raters_of(candidate) {
            let (one, other) = (root(&mut home, candidate), root(&mut home, candidates + rater));
            home[one.max(other)] = one.min(other);
        }
    }
    let mut all: Vec<Vec<usize>> = Vec::new();
    let mut number = vec![None; home.len()];
    for member in 0..home.len() {
        if member >= candidates && board.load(member - candidates) == 0 {
            continue;
        }
        let root = root(&mut home, member);
        if let Some(part) = number[root] {
            let part: &mut Vec<usize> = &mut all[part];
            part.push(member);
        } else {
            number[root] = Some(all.len());
            all.push(vec![member]);
        }
    }
    all
}

fn root(home: &mut [usize], mut member: usize) -> usize {
    while home[member] != member {
        home[member] = home[home[member]];
        member = home[member];
    }
    member
}

/// A reading by a rater of a candidate, and what is to become of it.
#[derive(Clone, Copy)]
enum Change {
    /// The readers of two candidates change places.
    Swap([usize; 2], [usize; 2]),
    /// A candidate goes to another rater.
    Move { candidate: usize, from: usize, to: usize },
}

/// Improves `board` until no change helps; `linked` says that something else links all raters.
pub(crate) fn improve(board: &mut Board, linked: bool) {
    for _ in 0..ROUNDS {
        let even = even_out(board, linked);
        let joined = !linked && join(board);
        if !even && !joined {
            return;
        }
    }
}

/// Takes every change that makes meetings more even and loses no link.
fn even_out(board: &mut Board, linked: bool) -> bool {
    let mut any = false;
    for change in changes(board) {
        if !possible(board, change) {
            continue;
        }
        let gain = apply(board, change);
        if gain >= 0 {
            apply(board, undone(change));
            continue;
        }
        if !linked {
            // Links are counted only for changes that would be taken.
            let after = parts(board).len();
            apply(board, undone(change));
            if after > parts(board).len() {
                continue;
            }
            apply(board, change);
        }
        any = true;
    }
    any
}

/// Takes changes that join parts, those that cost the least evenness first.
fn join(board: &mut Board) -> bool {
    let mut any = false;
    loop {
        let start = parts(board).len();
        if start < 2 {
            return any;
        }
        let mut best: Option<(i64, Change)> = None;
        for change in changes(board) {
            if !possible(board, change) {
                continue;
            }
            let cost = apply(board, change);
            if best.as_ref().is_none_or(|(least, _)| cost < *least) && parts(board).len() < start {
                best = Some((cost, change));
            }
            apply(board, undone(change));
        }
        let Some((_, change)) = best else { return any };
        apply(board, change);
        any = true;
    }
}

/// All changes of the readings as they are now.
fn changes(board: &Board) -> Vec<Change> {
    let readings: Vec<[usize; 2]> = (0..board.candidates())
        .flat_map(|candidate| board.raters_of(candidate).map(move |rater| [candidate, rater]))
        .collect();
    let mut all = Vec::new();
    for (place, one) in readings.iter().enumerate() {
        for other in &readings[..place] {
            if one[0] != other[0] && one[1] != other[1] {
                all.push(Change::Swap(*one, *other));
            }
        }
        for to in 0..board.raters() {
            if board.may_move(one[1], to) {
                all.push(Change::Move { candidate: one[0], from: one[1], to });
            }
        }
    }
    all
}

fn possible(board: &Board, change: Change) -> bool {
    match change {
        Change::Swap([a, x], [b, y]) => {
            board.reads(a, x) && board.reads(b, y) && board.open(a, y) && board.open(b, x)
        }
        Change::Move { candidate, from, to } => {
            board.reads(candidate, from) && board.open(candidate, to) && board.may_move(from, to)
        }
    }
}

fn undone(change: Change) -> Change {
    match change {
        Change::Swap([a, x], [b, y]) => Change::Swap([a, y], [b, x]),
        Change::Move { candidate, from, to } => Change::Move { candidate, from: to, to: from },
    }
}

/// Makes a change; what it adds to [`spread`].
fn apply(board: &mut Board, change: Change) -> i64 {
    match change {
        Change::Swap([a, x], [b, y]) => replace(board, a, x, y) + replace(board, b, y, x),
        Change::Move { candidate, from, to } => replace(board, candidate, from, to),
    }
}

fn replace(board: &mut Board, candidate: usize, from: usize, to: usize) -> i64 {
    board.take(candidate, from);
    let mut added = 0;
    for other in board.raters_of(candidate) {
        // From m to m - 1 meetings with one, from n to n + 1 with the other, both counted after the taking.
        added += 2 * (i64::from(board.shared(to, other)) - i64::from(board.shared(from, other)));
    }
    board.give(candidate, to);
    added
}
