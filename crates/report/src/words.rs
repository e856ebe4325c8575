//! What votes, tests of voters and attacks are called: the messages, for every place that shows them.

use daepyo_core::VoteChoice;
use daepyo_verdict::{
    attack::{AttackBudget, AttackKind},
    voters::{Limit, VoterTest},
};

/// What a voter chose.
pub const fn choice(choice: VoteChoice) -> &'static str {
    match choice {
        VoteChoice::Left => "site-vote-left",
        VoteChoice::Right => "site-vote-right",
        VoteChoice::Tie => "site-vote-tie",
        VoteChoice::BothBad => "site-vote-both-bad",
    }
}

/// What a test of voters found, said of one of them.
pub const fn voter_test(test: VoterTest) -> &'static str {
    match test {
        VoterTest::OneSided => "voter-test-one-sided",
        VoterTest::Speed => "voter-test-speed",
        VoterTest::CopiedTiming => "voter-test-copied-timing",
        VoterTest::CopiedVotes => "voter-test-copied-votes",
        VoterTest::Position => "voter-test-position",
        VoterTest::Gold => "voter-test-gold",
    }
}

/// What a test of voters is called.
pub(crate) const fn test_name(test: VoterTest) -> &'static str {
    match test {
        VoterTest::OneSided => "report-test-one-sided",
        VoterTest::Speed => "report-test-speed",
        VoterTest::CopiedTiming => "report-test-copied-timing",
        VoterTest::CopiedVotes => "report-test-copied-votes",
        VoterTest::Position => "report-test-position",
        VoterTest::Gold => "report-test-gold",
    }
}

/// How a test's false flags are limited.
pub const fn limit(limit: Limit) -> &'static str {
    match limit {
        Limit::BenjaminiHochberg => "voter-limit-bh",
        Limit::BenjaminiYekutieli => "voter-limit-by",
        Limit::EBenjaminiHochberg => "voter-limit-e-bh",
        Limit::EachVoter => "voter-limit-each",
    }
}

/// An attack with its `$number`, as [`budget`] writes it.
pub const fn attack(kind: AttackKind) -> &'static str {
    match kind {
        AttackKind::Removal => "votes-attack-removal",
        AttackKind::Change => "votes-attack-change",
        AttackKind::Addition => "votes-attack-addition",
        AttackKind::VoterRemoval => "votes-attack-voters",
    }
}

/// The least number of an attack: exact, or between what is proven and what was tried.
pub fn budget(budget: &AttackBudget) -> String {
    match (budget.exact, budget.upper) {
        (Some(exact), _) => exact.to_string(),
        (None, Some(upper)) => format!("{}–{upper}", budget.lower),
        (None, None) => format!("≥ {}", budget.lower),
    }
}
