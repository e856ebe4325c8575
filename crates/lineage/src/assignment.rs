//! The linear assignment problem: for each row a column of its own, so that the sum of costs is least.
//!
//! Jonker and Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems",
//! Computing 38 (1987): column reduction, two rounds of augmenting row reduction, then shortest augmenting paths.

/// Assigns to each of n rows one of m >= n columns, with the least sum of `costs` (n x m, row after row, finite).
/// Gives the column of each row. Costs that are not finite count as very large ones.
pub fn assign(costs: &[f32], columns: usize) -> Vec<usize> {
    let Some(rows) = costs.len().checked_div(columns).filter(|rows| *rows > 0 && *rows <= columns) else {
        return Vec::new();
    };
    let finite: Vec<f32>;
    let costs = if costs.iter().all(|cost| cost.is_finite()) {
        costs
    } else {
        finite = costs.iter().map(|cost| if cost.is_finite() { *cost } else { f32::MAX / 4.0 }).collect();
        &finite
    };
    let mut state = State::new(costs, rows, columns);
    // With more columns than rows some stay free, and their prices must be as at the beginning: the reduction of rows
    // changes those of columns alone that it gives away, and such a column is never free again.
    let mut free = if rows == columns { state.reduce_columns() } else { (0..rows).collect() };
    for _ in 0..2 {
        if !free.is_empty() {
            free = state.reduce_rows(free);
        }
    }
    for row in free {
        state.augment(row);
    }
    state.column_of
}

const NONE: usize = usize::MAX;

struct State<'a> {
    costs: &'a [f32],
    columns: usize,
    /// A column's price.
    price: Vec<f64>,
    row_of: Vec<usize>,
    column_of: Vec<usize>,
    distance: Vec<f64>,
    /// Infinite for columns that are done, so that a sum leaves them out.
    done: Vec<f64>,
    before: Vec<u32>,
}

impl<'a> State<'a> {
    fn new(costs: &'a [f32], rows: usize, columns: usize) -> Self {
        Self {
            costs,
            columns,
            price: vec![0.0; columns],
            row_of: vec![NONE; columns],
            column_of: vec![NONE; rows],
            distance: vec![0.0; columns],
            done: vec![0.0; columns],
            before: vec![0; columns],
        }
    }

    fn row(&self, row: usize) -> &'a [f32] {
        let start = row * self.columns;
        self.costs.get(start..start + self.columns).unwrap_or_default()
    }

    /// Prices each column at its least cost and gives it to the row where that is; lowers the price of a row's only
    /// column by what the row's next best is dearer. Gives the rows that got none.
    fn reduce_columns(&mut self) -> Vec<usize> {
        let rows = self.column_of.len();
        let mut least = vec![f64::INFINITY; self.columns];
        let mut least_row = vec![NONE; self.columns];
        for row in 0..rows {
            for ((cost, least), place) in self.row(row).iter().zip(&mut least).zip(&mut least_row) {
                if f64::from(*cost) < *least {
                    (*least, *place) = (f64::from(*cost), row);
                }
            }
        }
        self.price.copy_from_slice(&least);
        let mut wins = vec![0_u32; rows];
        for column in (0..self.columns).rev() {
            let row = get(&least_row, column);
            if row == NONE {
                continue;
            }
            if get(&wins, row) == 0 {
                set(&mut self.column_of, row, column);
                set(&mut self.row_of, column, row);
            }
            add(&mut wins, row, 1);
        }
        let mut free = Vec::new();
        for row in 0..rows {
            match get(&wins, row) {
                0 => free.push(row),
                1 => {
                    let own = get(&self.column_of, row);
                    let dearer = self
                        .row(row)
                        .iter()
                        .zip(&self.price)
                        .enumerate()
                        .filter(|(column, _)| *column != own);
                    let next = dearer
                        .map(|(_, (cost, price))| f64::from(*cost) - price)
                        .fold(f64::INFINITY, f64::min);
                    if next.is_finite() {
                        add(&mut self.price, own, -next);
                    }
                }
                _ => {}
            }
        }
        free
    }

    /// Gives each free row its best column at present prices, which may free another row. Gives the rows that are
    /// still free. Bounded: rounding could let two rows take a column from each other for ever.
    fn reduce_rows(&mut self, free: Vec<usize>) -> Vec<usize> {
        let mut left = Vec::new();
        let mut budget = free.len() * 4 + 64;
        let mut waiting: Vec<usize> = free.into_iter().rev().collect();
        while let Some(row) = waiting.pop() {
            if budget == 0 {
                left.push(row);
                continue;
            }
            budget -= 1;
            let [(mut column, first), (second_column, second)] = self.two_best(row);
            let mut owner = get(&self.row_of, column);
            if first < second {
                if second.is_finite() {
                    add(&mut self.price, column, first - second);
                }
            } else if owner != NONE && second_column != NONE {
                column = second_column;
                owner = get(&self.row_of, column);
            }
            set(&mut self.column_of, row, column);
            set(&mut self.row_of, column, row);
            if owner != NONE {
                set(&mut self.column_of, owner, NONE);
                if first < second { waiting.push(owner) } else { left.push(owner) }
            }
        }
        left.sort_unstable();
        left
    }

    /// The cheapest column of `row` at present prices, and the next.
    fn two_best(&self, row: usize) -> [(usize, f64); 2] {
        let mut best = [(NONE, f64::INFINITY); 2];
        for (column, (cost, price)) in self.row(row).iter().zip(&self.price).enumerate() {
            let reduced = f64::from(*cost) - price;
            if reduced < best[1].1 {
                best[1] = (column, reduced);
                if reduced < best[0].1 {
                    best.swap(0, 1);
                }
            }
        }
        best
    }

    /// Finds the cheapest path of changes that gives `start` a column, and makes them.
    fn augment(&mut self, start: usize) {
        self.done.fill(0.0);
        let from = number(start);
        let costs = self.row(start);
        for ((distance, cost), price) in self.distance.iter_mut().zip(costs).zip(&self.price) {
            *distance = f64::from(*cost) - price;
        }
        self.before.fill(from);
        let mut reached = Vec::new();
        let mut least = least_of(&self.distance, &self.done);
        let end = loop {
            let column = self.place_of(least);
            set(&mut self.done, column, f64::INFINITY);
            let row = get(&self.row_of, column);
            if row == NONE {
                break column;
            }
            reached.push(column);
            least = self.relax(row, column, least);
        };
        for column in reached {
            let gain = least - get(&self.distance, column);
            add(&mut self.price, column, -gain);
        }
        self.change(start, end);
    }

    /// Shortens distances over `row`, which owns `column` at distance `least`; gives the least of those not done.
    fn relax(&mut self, row: usize, column: usize, least: f64) -> f64 {
        let costs = self.row(row);
        let own = f64::from(costs.get(column).copied().unwrap_or_default()) - get(&self.price, column);
        let base = least - own;
        let by = number(row);
        let mut lanes = [f64::INFINITY; 8];
        let columns = costs.chunks(8).zip(self.price.chunks(8)).zip(self.done.chunks(8));
        let columns = columns.zip(self.distance.chunks_mut(8)).zip(self.before.chunks_mut(8));
        for ((((costs, prices), done), distances), before) in columns {
            let one = costs.iter().zip(prices).zip(done).zip(distances).zip(before).zip(&mut lanes);
            for (((((cost, price), done), distance), before), lane) in one {
                // A column that is done is never nearer, whatever rounding says.
                let over = f64::from(*cost) - price + base + done;
                let nearer = over < *distance;
                *distance = if nearer { over } else { *distance };
                *before = if nearer { by } else { *before };
                let open = *distance + done;
                *lane = if open < *lane { open } else { *lane };
            }
        }
        lanes.into_iter().fold(f64::INFINITY, f64::min)
    }

    fn place_of(&self, least: f64) -> usize {
        let open = self.distance.iter().zip(&self.done).map(|(distance, done)| distance + done);
        let at_least: Vec<usize> =
            open.enumerate().filter(|(_, open)| *open <= least).map(|(column, _)| column).collect();
        // Among equals a free column ends the search.
        let free = at_least.iter().find(|column| get(&self.row_of, **column) == NONE);
        free.or(at_least.first()).copied().unwrap_or(0)
    }

    fn change(&mut self, start: usize, end: usize) {
        let mut column = end;
        loop {
            let row = get(&self.before, column) as usize;
            set(&mut self.row_of, column, row);
            let next = get(&self.column_of, row);
            set(&mut self.column_of, row, column);
            if row == start || next == NONE {
                return;
            }
            column = next;
        }
    }
}

fn least_of(distance: &[f64], done: &[f64]) -> f64 {
    distance.iter().zip(done).map(|(distance, done)| distance + done).fold(f64::INFINITY, f64::min)
}

fn number(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

trait Empty: Copy {
    const EMPTY: Self;
}

impl Empty for usize {
    const EMPTY: Self = NONE;
}

impl Empty for u32 {
    const EMPTY: Self = 0;
}

impl Empty for f64 {
    const EMPTY: Self = 0.0;
}

fn get<T: Empty>(list: &[T], place: usize) -> T {
    list.get(place).copied().unwrap_or(T::EMPTY)
}

fn add<T: std::ops::AddAssign>(list: &mut [T], place: usize, value: T) {
    if let Some(slot) = list.get_mut(place) {
        *slot += value;
    }
}

fn set<T>(list: &mut [T], place: usize, value: T) {
    if let Some(slot) = list.get_mut(place) {
        *slot = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    fn costs(random: &mut ChaCha8Rng, count: usize, values: u32) -> Vec<f32> {
        (0..count).map(|_| (random.next_u32() % values) as f32 / 16.0 - 3.0).collect()
    }

    fn sum(costs: &[f32], columns: usize, assigned: &[usize]) -> f64 {
        assigned.iter().enumerate().map(|(row, column)| f64::from(costs[row * columns + column])).sum()
    }

    /// Every way, for a few rows.
    fn least(costs: &[f32], columns: usize, row: usize, taken: &mut Vec<usize>) -> f64 {
        if row * columns == costs.len() {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        for column in 0..columns {
            if !taken.contains(&column) {
                taken.push(column);
                best = best
                    .min(f64::from(costs[row * columns + column]) + least(costs, columns, row + 1, taken));
                taken.pop();
            }
        }
        best
    }

    #[test]
    fn the_sum_is_the_least_of_all_ways() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for round in 0..900 {
            let rows = 1 + round % 6;
            let columns = rows + (round / 6) % 4;
            let costs = costs(&mut random, rows * columns, if round % 2 == 0 { 5 } else { 1000 });
            let assigned = assign(&costs, columns);
            let mut once = assigned.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!((assigned.len(), once.len()), (rows, rows));
            let best = least(&costs, columns, 0, &mut Vec::new());
            assert!(
                (sum(&costs, columns, &assigned) - best).abs() < 1e-9,
                "{rows} x {columns}, round {round}"
            );
        }
    }

    #[test]
    fn a_hidden_permutation_is_found() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let n = 300;
        let mut costs = costs(&mut random, n * n, 100_000);
        let hidden: Vec<usize> = (0..n).map(|row| (row * 7 + 3) % n).collect();
        for (row, column) in hidden.iter().enumerate() {
            costs[row * n + column] = -1e6;
        }
        assert_eq!(assign(&costs, n), hidden);
    }

    #[test]
    fn a_hidden_choice_among_more_columns_is_found() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let (rows, columns) = (200, 300);
        let mut costs = costs(&mut random, rows * columns, 100_000);
        let hidden: Vec<usize> = (0..rows).map(|row| (row * 7 + 3) % columns).collect();
        for (row, column) in hidden.iter().enumerate() {
            costs[row * columns + column] = -1e6;
        }
        assert_eq!(assign(&costs, columns), hidden);
        // A column that is cheap for all rows is given to one of them, and the others still get their best.
        let mut wanted = vec![1.0; 40 * 60];
        for row in 0..40 {
            wanted[row * 60 + 59] = -5.0;
            wanted[row * 60 + row] = 0.0;
        }
        let assigned = assign(&wanted, 60);
        assert!((sum(&wanted, 60, &assigned) + 5.0).abs() < 1e-9);
    }

    #[test]
    fn costs_that_are_no_numbers_are_avoided() {
        let costs = [f32::NAN, 1.0, 2.0, f32::INFINITY];
        assert_eq!(assign(&costs, 2), [1, 0]);
        assert_eq!(assign(&[], 3), Vec::<usize>::new());
    }
}
