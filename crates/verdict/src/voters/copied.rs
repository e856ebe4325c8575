//! Accounts with a common run of times between votes, or of battles and results, that is too long for chance.
//!
//! Null hypothesis: the order of one account's symbols (times, or battles with results) is exchangeable and does not
//! depend on the other account. Given both accounts' symbols, the probability that a given place of a shuffled account
//! shows a given run is a product of falling counts, so the expected number of common runs of length `l` is
//!
//! ```text
//! (n_b - l + 1) * sum over runs x of a   prod over s < l   (count of x_s in b, less its earlier places in x) / (n_b - s)
//! ```
//!
//! By Markov's inequality it bounds the probability that the longest common run reaches `l`: it is a p-value. The
//! larger of the two ways to shuffle is taken, so that the accounts' names don't matter. A voter with one habit (votes
//! every three seconds) has equal symbols, and the counts take that into account.

use super::{
    Copied, Flag, Limit, Measure, Subject, TestSummary, VoterTest,
    counted::size,
    discovery::{Procedure, any_dependence, p_threshold},
    field::Field,
};
use crate::number::{real, wide};
use std::collections::{BTreeMap, BTreeSet};

/// An account's symbols, each with the number of the vote that ends it.
struct Sequence<'a> {
    voter: &'a str,
    symbols: Vec<u64>,
    numbers: Vec<u64>,
}

/// Two accounts with a common run.
struct Pair {
    first: usize,
    second: usize,
    run: Run,
    p: f64,
}

/// The longest common run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    length: usize,
    first: usize,
    second: usize,
}

/// Common runs of times between votes.
pub(crate) fn timing(field: &Field<'_>, settings: Copied, procedure: Procedure) -> (TestSummary, Vec<Flag>) {
    let sequences = field.voters.iter().map(|voter| {
        let mut timed: Vec<(u64, u64)> = (voter.votes.iter())
            .filter_map(|vote| vote.ballot.voted_ms.map(|voted| (voted, vote.ballot.number)))
            .collect();
        timed.sort_unstable();
        let gaps = timed.iter().zip(timed.iter().skip(1)).map(|((before, _), (voted, number))| {
            ((voted - before) / settings.resolution_ms.max(1), *number)
        });
        let (symbols, numbers) = gaps.unzip();
        Sequence { voter: voter.name, symbols, numbers }
    });
    flags(VoterTest::CopiedTiming, sequences.collect(), settings, procedure)
}

/// Common runs of battles with their results, whatever the side.
pub(crate) fn votes(field: &Field<'_>, settings: Copied, procedure: Procedure) -> (TestSummary, Vec<Flag>) {
    let models = wide(field.models.len());
    let sequences = field.voters.iter().map(|voter| {
        let symbols = voter.votes.iter().map(|vote| {
            let (low, high) = (vote.left.min(vote.right), vote.left.max(vote.right));
            let result = match vote.decided() {
                Some((chosen, _)) => u64::from(chosen == high),
                None if vote.ballot.choice == daepyo_core::VoteChoice::Tie => 2,
                None => 3,
            };
            ((wide(low) * models + wide(high)) * 4 + result, vote.ballot.number)
        });
        let (symbols, numbers) = symbols.unzip();
        Sequence { voter: voter.name, symbols, numbers }
    });
    flags(VoterTest::CopiedVotes, sequences.collect(), settings, procedure)
}

fn flags(
    test: VoterTest,
    mut sequences: Vec<Sequence<'_>>,
    settings: Copied,
    procedure: Procedure,
) -> (TestSummary, Vec<Flag>) {
    let least = size(settings.least_run);
    sequences.retain(|sequence| sequence.symbols.len() >= least);
    let accounts = sequences.len();
    let hypotheses = accounts * accounts.saturating_sub(1) / 2;
    let mut pairs: Vec<Pair> = partners(&sequences, least, size(settings.partners))
        .into_iter()
        .filter_map(|(first, second)| {
            let (a, b) = (sequences.get(first)?, sequences.get(second)?);
            let run = longest(&a.symbols, &b.symbols);
            let p = expected(&a.symbols, &b.symbols, run.length)
                .max(expected(&b.symbols, &a.symbols, run.length));
            Some(Pair { first, second, run, p: p.clamp(f64::MIN_POSITIVE, 1.0) })
        })
        .collect();
    let p: Vec<f64> = pairs.iter().map(|pair| pair.p).collect();
    let (limit, level, threshold) = match procedure {
        Procedure::FalseDiscovery(level) => {
            let threshold = p_threshold(&p, real(hypotheses), level, any_dependence(hypotheses));
            (Limit::BenjaminiYekutieli, level, threshold)
        }
        // Each voter is one of as many pairs as there are other accounts.
        Procedure::EachVoter(rate) => {
            (Limit::EachVoter, rate, rate / real(accounts.saturating_sub(1).max(1)))
        }
    };
    pairs.sort_by(|a, b| a.p.total_cmp(&b.p).then((a.first, a.second).cmp(&(b.first, b.second))));
    let mut flagged: BTreeMap<usize, Flag> = BTreeMap::new();
    for Pair { first, second, run, p } in pairs.into_iter().filter(|pair| pair.p <= threshold) {
        for (account, other, start) in [(first, second, run.first), (second, first, run.second)] {
            let (Some(own), Some(other)) = (sequences.get(account), sequences.get(other)) else {
                continue;
            };
            flagged.entry(account).or_insert_with(|| {
                let mut votes: Vec<u64> = own.numbers.iter().skip(start).take(run.length).copied().collect();
                votes.sort_unstable();
                Flag {
                    voter: own.voter.to_owned(),
                    test,
                    subject: Subject::Partner { voter: other.voter.to_owned() },
                    statistic: real(run.length),
                    measure: Measure::P { p },
                    threshold,
                    votes,
                }
            });
        }
    }
    let summary =
        TestSummary { test, limit, level, hypotheses: wide(hypotheses), flagged: wide(flagged.len()) };
    (summary, flagged.into_values().collect())
}

/// Pairs of accounts with a common run of the least length; of many with the same run each is paired with the next.
fn partners(sequences: &[Sequence<'_>], least: usize, next: usize) -> BTreeSet<(usize, usize)> {
    let mut windows: Vec<(&[u64], usize)> = (sequences.iter().enumerate())
        .flat_map(|(account, sequence)| sequence.symbols.windows(least).map(move |run| (run, account)))
        .collect();
    windows.sort_unstable();
    windows.dedup();
    let mut pairs = BTreeSet::new();
    for group in windows.chunk_by(|a, b| a.0 == b.0) {
        for (place, (_, first)) in group.iter().enumerate() {
            pairs.extend(group.iter().skip(place + 1).take(next).map(|(_, second)| (*first, *second)));
        }
    }
    pairs
}

/// The longest common run, the earliest of equals.
fn longest(first: &[u64], second: &[u64]) -> Run {
    let mut best = Run { length: 0, first: 0, second: 0 };
    let mut above = vec![0_usize; second.len() + 1];
    for (i, a) in first.iter().enumerate() {
        let mut diagonal = 0;
        for (j, (b, cell)) in second.iter().zip(above.iter_mut().skip(1)).enumerate() {
            let length = if a == b { diagonal + 1 } else { 0 };
            diagonal = std::mem::replace(cell, length);
            if length > best.length {
                best = Run { length, first: i + 1 - length, second: j + 1 - length };
            }
        }
    }
    best
}

/// Expected number of common runs of `length` when the order of `shuffled` is random.
fn expected(fixed: &[u64], shuffled: &[u64], length: usize) -> f64 {
    if length == 0 || length > shuffled.len() {
        return 1.0;
    }
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    for symbol in shuffled {
        *counts.entry(*symbol).or_default() += 1;
    }
    let mut sum = 0.0;
    for run in fixed.windows(length) {
        let mut used: BTreeMap<u64, usize> = BTreeMap::new();
        let mut log = 0.0;
        for (place, symbol) in run.iter().enumerate() {
            let earlier = used.entry(*symbol).or_default();
            let left = counts.get(symbol).copied().unwrap_or_default().saturating_sub(*earlier);
            *earlier += 1;
            if left == 0 {
                log = f64::NEG_INFINITY;
                break;
            }
            log += libm::log(real(left) / real(shuffled.len() - place));
        }
        sum += libm::exp(log);
    }
    sum * real(shuffled.len() - length + 1)
}

#[cfg(test)]
mod tests {
    use super::{Run, expected, longest};
    use crate::draws::Draws;

    #[test]
    fn the_longest_common_run() {
        let run = longest(&[1, 2, 3, 4, 5, 6], &[9, 3, 4, 5, 1, 2]);
        assert_eq!(run, Run { length: 3, first: 2, second: 1 });
        assert_eq!(longest(&[1, 2], &[3]).length, 0);
    }

    #[test]
    fn the_expected_number_is_that_of_all_orders() {
        // Every order of [1, 1, 2, 3] against [1, 2, 1]: runs of 2 are (1,2) and (2,1).
        let orders: Vec<[u64; 4]> = permutations([1, 1, 2, 3]);
        let hits: usize = (orders.iter())
            .map(|order| order.windows(2).filter(|run| **run == [1, 2] || **run == [2, 1]).count())
            .sum();
        let mean = crate::number::real(hits) / 24.0;
        assert!((expected(&[1, 2, 1], &[1, 1, 2, 3], 2) - mean).abs() < 1e-12);
    }

    fn permutations([w, x, y, z]: [u64; 4]) -> Vec<[u64; 4]> {
        let with_last = |[a, b, c]: [u64; 3], d: u64| {
            [[a, b, c, d], [a, c, b, d], [b, a, c, d], [b, c, a, d], [c, a, b, d], [c, b, a, d]]
        };
        [([w, x, y], z), ([w, x, z], y), ([w, y, z], x), ([x, y, z], w)]
            .into_iter()
            .flat_map(|(rest, last)| with_last(rest, last))
            .collect()
    }

    #[test]
    fn the_bound_holds_for_shuffled_accounts() {
        let mut draws = Draws::new(3, 1);
        let (trials, mut below) = (4_000, 0);
        for _ in 0..trials {
            let mut account = || (0..20).map(|_| u64::from(draws.below(4))).collect::<Vec<_>>();
            let (a, b) = (account(), account());
            let run = longest(&a, &b);
            below += u32::from(expected(&a, &b, run.length) <= 0.2);
        }
        assert!(f64::from(below) <= 0.2 * f64::from(trials), "{below}");
        assert!(below > trials / 50, "the bound is not empty: {below}");
    }
}
