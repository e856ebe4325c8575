//! Tests that count a voter's votes of one kind: too fast, to one side, against a known answer.

use super::{
    Flag, Limit, Measure, Subject, TestSummary, VoterTest,
    binomial::upper_tail,
    discovery::{Procedure, p_threshold},
    field::{Field, Voter, share},
};
use crate::number::{real, wide};
use daepyo_core::{GoldTest, PositionTest, SpeedTest, VoteChoice};

/// One voter's p-value and what it is made of.
struct Case<'a> {
    voter: &'a str,
    subject: Subject,
    statistic: f64,
    p: f64,
    votes: Vec<u64>,
}

/// Votes faster than anybody reads: since the battle was shown, and since the voter's vote before.
pub(crate) fn speed(
    field: &Field<'_>,
    settings: SpeedTest,
    procedure: Procedure,
) -> (TestSummary, Vec<Flag>) {
    let case = |voter: &Voter<'_>| {
        let judged = too_fast(voter, settings);
        let known = judged.len();
        let fast: Vec<u64> = judged.into_iter().filter(|(_, fast)| *fast).map(|(number, _)| number).collect();
        (known >= size(settings.least_votes)).then(|| Counted {
            subject: Subject::Voter,
            statistic: share(fast.len(), known),
            p: upper_tail(known, fast.len(), settings.tolerated),
            votes: fast,
        })
    };
    flags(VoterTest::Speed, field, procedure, case)
}

/// Numbers of the votes whose speed is known, and whether each was too fast.
fn too_fast(voter: &Voter<'_>, settings: SpeedTest) -> Vec<(u64, bool)> {
    let mut timed: Vec<_> = (voter.votes.iter())
        .filter_map(|vote| vote.ballot.voted_ms.map(|voted| (voted, vote.ballot.number, &vote.ballot)))
        .collect();
    timed.sort_by_key(|(voted, number, _)| (*voted, *number));
    let mut judged = Vec::new();
    let mut before: Option<u64> = None;
    for (voted, number, ballot) in timed {
        let since_shown = ballot.shown_ms.map(|shown| voted.saturating_sub(shown));
        let since_vote = before.map(|before| voted - before);
        before = Some(voted);
        let since = [since_shown, since_vote];
        if let Some(taken) = since.into_iter().flatten().min() {
            let characters = ballot.characters.map_or(0.0, |count| real(size_wide(count)));
            let reading = 1_000.0 * characters / settings.characters_per_second;
            let taken_ms = real(size_wide(taken));
            judged.push((number, taken < settings.least_ms || taken_ms < reading));
        }
    }
    judged
}

/// Votes for one side beyond a tolerated share. The server draws the sides, so no strength explains them.
pub(crate) fn position(
    field: &Field<'_>,
    settings: PositionTest,
    procedure: Procedure,
) -> (TestSummary, Vec<Flag>) {
    let case = |voter: &Voter<'_>| {
        let sided: Vec<_> = voter.votes.iter().filter(|vote| vote.decided().is_some()).collect();
        if sided.len() < size(settings.least_votes) {
            return None;
        }
        let left = sided.iter().filter(|vote| vote.ballot.choice == VoteChoice::Left).count();
        let right = sided.len() - left;
        let (most, subject, choice) = if left >= right {
            (left, Subject::Left, VoteChoice::Left)
        } else {
            (right, Subject::Right, VoteChoice::Right)
        };
        let chosen = sided.iter().filter(|vote| vote.ballot.choice == choice);
        Some(Counted {
            subject,
            statistic: share(most, sided.len()),
            p: (2.0 * upper_tail(sided.len(), most, settings.tolerated)).min(1.0),
            votes: chosen.map(|vote| vote.ballot.number).collect(),
        })
    };
    flags(VoterTest::Position, field, procedure, case)
}

/// Gold battles with another result than the known one, beyond a tolerated share; a tie and "both bad" are other
/// results than a side.
pub(crate) fn gold(field: &Field<'_>, settings: GoldTest, procedure: Procedure) -> (TestSummary, Vec<Flag>) {
    let case = |voter: &Voter<'_>| {
        let known: Vec<_> = (voter.votes.iter())
            .filter_map(|vote| vote.ballot.gold.map(|gold| (vote.ballot.number, gold == vote.ballot.choice)))
            .collect();
        let wrong: Vec<u64> = known.iter().filter(|(_, agrees)| !agrees).map(|(number, _)| *number).collect();
        (known.len() >= size(settings.least_votes)).then(|| Counted {
            subject: Subject::Voter,
            statistic: share(wrong.len(), known.len()),
            p: upper_tail(known.len(), wrong.len(), settings.tolerated),
            votes: wrong,
        })
    };
    flags(VoterTest::Gold, field, procedure, case)
}

/// A voter's case without the name.
struct Counted {
    subject: Subject,
    statistic: f64,
    p: f64,
    votes: Vec<u64>,
}

/// Flags from one p-value a voter, independent between voters.
fn flags(
    test: VoterTest,
    field: &Field<'_>,
    procedure: Procedure,
    case: impl Fn(&Voter<'_>) -> Option<Counted>,
) -> (TestSummary, Vec<Flag>) {
    let cases: Vec<Case<'_>> = (field.voters.iter())
        .filter_map(|voter| {
            let Counted { subject, statistic, p, votes } = case(voter)?;
            Some(Case { voter: voter.name, subject, statistic, p, votes })
        })
        .collect();
    let p: Vec<f64> = cases.iter().map(|case| case.p).collect();
    let (limit, level, threshold) = match procedure {
        Procedure::FalseDiscovery(level) => {
            (Limit::BenjaminiHochberg, level, p_threshold(&p, real(p.len()), level, 1.0))
        }
        Procedure::EachVoter(rate) => (Limit::EachVoter, rate, rate),
    };
    let hypotheses = wide(cases.len());
    let flags: Vec<Flag> = (cases.into_iter())
        .filter(|case| case.p <= threshold)
        .map(|case| Flag {
            voter: case.voter.to_owned(),
            test,
            subject: case.subject,
            statistic: case.statistic,
            measure: Measure::P { p: case.p },
            threshold,
            votes: case.votes,
        })
        .collect();
    (TestSummary { test, limit, level, hypotheses, flagged: wide(flags.len()) }, flags)
}

/// A setting as a size.
pub(crate) fn size(setting: u32) -> usize {
    usize::try_from(setting).unwrap_or(usize::MAX)
}

/// A count as a size.
fn size_wide(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
