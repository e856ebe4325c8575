//! The order in which each rater reads: every candidate early as often as late, and after every other equally often.
#![expect(clippy::indexing_slicing, reason = "candidates and places are numbered by the board")]

use super::plan_flow::{Board, shuffle};
use crate::{draws::Draws, number::real};

/// Rounds of swaps over all raters.
const ROUNDS: u32 = 30;

/// Starts of a small plan and of a large one, and the number of readings between them.
const STARTS: (u32, u32, usize) = (16, 2, 400);

/// What a second occurrence at the same place, or after the same candidate, weighs against the lean to one end.
const REPEAT: i64 = 1;

/// Counts over all orders.
struct Tables {
    candidates: usize,
    longest: usize,
    /// How often each candidate is at each place.
    at: Vec<i64>,
    /// Sum over raters of twice a candidate's distance from the middle.
    lean: Vec<i64>,
    /// How often one candidate follows another.
    follow: Vec<i64>,
}

impl Tables {
    /// Adds an order, or takes it away; the change of the cost.
    fn change(&mut self, order: &[usize], by: i64) -> i64 {
        let mut cost = 0;
        // Squares grow by 2m + 1 when m becomes m + 1, and shrink by 2m - 1 when it becomes m - 1.
        let mut count = |cell: &mut i64, weight: i64| {
            cost += weight * (2 * by * *cell + 1);
            *cell += by;
        };
        for (place, candidate) in order.iter().enumerate() {
            count(&mut self.at[candidate * self.longest + place], REPEAT);
            if place > 0 {
                count(&mut self.follow[order[place - 1] * self.candidates + candidate], REPEAT);
            }
        }
        for (place, candidate) in order.iter().enumerate() {
            let off = by * from_middle(place, order.len());
            let lean = &mut self.lean[*candidate];
            cost += 2 * *lean * off + off * off;
            *lean += off;
        }
        cost
    }
}

/// Twice the distance from the middle of an order.
fn from_middle(place: usize, length: usize) -> i64 {
    let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    2 * whole(place) - whole(length) + 1
}

/// Each rater's candidates in order, and the greatest lean of a candidate's mean place (0 none, 1 always at one end).
pub(crate) fn reading_orders(board: &Board, draws: &mut Draws) -> (Vec<Vec<usize>>, f64) {
    let candidates = board.candidates();
    let own = |rater: usize| (0..candidates).filter(|candidate| board.reads(*candidate, rater)).collect();
    let mut orders: Vec<Vec<usize>> = (0..board.raters()).map(own).collect();
    let (small, large, between) = STARTS;
    let mut best: Option<(i64, Vec<Vec<usize>>)> = None;
    for _ in 0..if board.assignments() <= between { small } else { large } {
        let cost = even(&mut orders, candidates, draws);
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, orders.clone()));
        }
    }
    let orders = best.map(|(_, orders)| orders).unwrap_or_default();
    let bias = (0..candidates).map(|candidate| bias(board, &orders, candidate)).fold(0.0, f64::max);
    (orders, bias)
}

/// Draws orders anew and improves them; the cost of the result.
fn even(orders: &mut [Vec<usize>], candidates: usize, draws: &mut Draws) -> i64 {
    let longest = orders.iter().map(Vec::len).max().unwrap_or_default();
    let mut tables = Tables {
        candidates,
        longest,
        at: vec![0; candidates * longest],
        lean: vec![0; candidates],
        follow: vec![0; candidates * candidates],
    };
    let mut cost = 0;
    for order in orders.iter_mut() {
        shuffle(order, draws);
        cost += tables.change(order, 1);
    }
    for _ in 0..ROUNDS {
        let gain: i64 = orders.iter_mut().map(|order| improve(order, &mut tables)).sum();
        cost += gain;
        if gain == 0 {
            break;
        }
    }
    cost
}

/// Takes the swaps within one order that lower the cost; the change of the cost.
fn improve(order: &mut [usize], tables: &mut Tables) -> i64 {
    let mut gain = 0;
    for last in 1..order.len() {
        for first in 0..last {
            let mut cost = tables.change(order, -1);
            order.swap(first, last);
            cost += tables.change(order, 1);
            if cost < 0 {
                gain += cost;
                continue;
            }
            tables.change(order, -1);
            order.swap(first, last);
            tables.change(order, 1);
        }
    }
    gain
}

/// The distance of a candidate's mean place from the middle, each order running from -1 to 1.
fn bias(board: &Board, orders: &[Vec<usize>], candidate: usize) -> f64 {
    let (mut sum, mut number) = (0.0, 0.0);
    for rater in board.raters_of(candidate) {
        let order = &orders[rater];
        if let Some(place) = order.iter().position(|other| *other == candidate)
            && order.len() > 1
        {
            let steps = real(order.len() - 1);
            sum += (2.0 * real(place) - steps) / steps;
            number += 1.0;
        }
    }
    if number > 0.0 { (sum / number).abs() } else { 0.0 }
}
