//! Tests of voters: honest tastes are no evidence, rings and scripts are.

use crate::fixture::Noise;
use daepyo_core::VoteChoice;
use daepyo_verdict::{
    voters::{
        Ballot, Control, Flag, Limit, Measure, Subject, VoterError, VoterReport, VoterSettings, VoterTest,
        beside, examine,
    },
    votes::RankSettings,
};
use std::collections::BTreeSet;

/// An owned vote: voter, left, right, choice, shown, voted, characters, gold.
#[derive(Clone)]
struct Row {
    voter: String,
    left: String,
    right: String,
    choice: VoteChoice,
    shown_ms: Option<u64>,
    voted_ms: Option<u64>,
    characters: Option<u64>,
    gold: Option<VoteChoice>,
}

fn ballots(rows: &[Row]) -> Vec<Ballot<'_>> {
    (0..)
        .zip(rows)
        .map(|(number, row)| Ballot {
            number,
            voter: &row.voter,
            left: &row.left,
            right: &row.right,
            choice: row.choice,
            shown_ms: row.shown_ms,
            voted_ms: row.voted_ms,
            characters: row.characters,
            gold: row.gold,
        })
        .collect()
}

fn row(voter: &str, left: usize, right: usize, choice: VoteChoice) -> Row {
    Row {
        voter: voter.to_owned(),
        left: format!("m{left}"),
        right: format!("m{right}"),
        choice,
        shown_ms: None,
        voted_ms: None,
        characters: None,
        gold: None,
    }
}

/// Strengths of ten models, 150 Elo from first to last.
fn strengths() -> Vec<f64> {
    (0..10).map(|place: i32| 0.43 - 0.0965 * f64::from(place)).collect()
}

/// Two different models.
fn battle(noise: &mut Noise, models: usize) -> (usize, usize) {
    let left = noise.below(models);
    (left, (left + 1 + noise.below(models - 1)) % models)
}

/// Votes of honest voters with tastes of their own, a fifth of the votes between equals tied.
fn honest(noise: &mut Noise, name: &str, voters: usize, each: usize, taste: f64) -> Vec<Row> {
    let mut rows = Vec::new();
    for voter in 0..voters {
        let own: Vec<f64> = strengths().iter().map(|strength| strength + taste * noise.normal()).collect();
        for _ in 0..each {
            let (left, right) = battle(noise, own.len());
            let (l, r) = (own[left].exp(), own[right].exp());
            let total = l + r + 0.5 * (l * r).sqrt();
            let choice = match noise.unit() * total {
                draw if draw < l => VoteChoice::Left,
                draw if draw < l + r => VoteChoice::Right,
                _ => VoteChoice::Tie,
            };
            rows.push(row(&format!("{name}{voter}"), left, right, choice));
        }
    }
    rows
}

/// Votes of voters who recognise a model and always choose it: `each` votes that involve it, no others.
fn ring(noise: &mut Noise, model: usize, voters: usize, each: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for voter in 0..voters {
        for _ in 0..each {
            let other = (model + 1 + noise.below(9)) % 10;
            let name = format!("ring{voter}");
            rows.push(if noise.unit() < 0.5 {
                row(&name, model, other, VoteChoice::Left)
            } else {
                row(&name, other, model, VoteChoice::Right)
            });
        }
    }
    rows
}

fn settings(control: Control) -> VoterSettings {
    VoterSettings { control, ..VoterSettings::default() }
}

/// The test for one-sidedness alone.
fn one_sided(control: Control) -> VoterSettings {
    VoterSettings {
        speed: None,
        copied_timing: None,
        copied_votes: None,
        position: None,
        gold: None,
        ..settings(control)
    }
}

fn flagged<'a>(report: &'a VoterReport, prefix: &str) -> BTreeSet<&'a str> {
    report.flags.iter().map(|flag| flag.voter.as_str()).filter(|voter| voter.starts_with(prefix)).collect()
}

fn only<'a>(report: &'a VoterReport, voter: &str, test: VoterTest) -> &'a Flag {
    let flags: Vec<_> = report.flags.iter().filter(|flag| flag.voter == voter && flag.test == test).collect();
    assert_eq!(flags.len(), 1, "{voter} {test:?}: {:?}", report.flags);
    flags[0]
}

#[test]
fn honest_voters_with_tastes_are_hardly_ever_flagged() {
    for (seed, each) in [(1, 20), (2, 50), (3, 200)] {
        let mut noise = Noise(seed);
        // With 2,000 voters each: 0, 3 and 11 flagged at rate .01, none at FDR .05.
        let voters = 600;
        let rows = honest(&mut noise, "v", voters, each, 0.5);
        let ballots = ballots(&rows);
        let discovered = examine(&ballots, &one_sided(Control::default())).unwrap();
        let each_voter = examine(&ballots, &one_sided(Control::EachVoter { rate: 0.01 })).unwrap();
        let (few, some) = (flagged(&discovered, "v").len(), flagged(&each_voter, "v").len());
        assert_eq!(few, 0, "{:?}", discovered.flags);
        assert!(some * 100 <= voters, "{some} of {voters}");
    }
}

#[test]
fn a_ring_that_always_votes_for_one_model_is_found() {
    // (seed, votes of each, model, found at FDR .05 and at rate .01 at least, of 20)
    for (seed, each, model, discovered, found) in RINGS {
        let mut noise = Noise(*seed);
        let mut rows = honest(&mut noise, "v", 500, 40, 0.5);
        rows.extend(ring(&mut noise, *model, 20, *each));
        let ballots = ballots(&rows);
        let report = examine(&ballots, &one_sided(Control::default())).unwrap();
        let loose = examine(&ballots, &one_sided(Control::EachVoter { rate: 0.01 })).unwrap();
        let (strict, each_voter) = (flagged(&report, "ring").len(), flagged(&loose, "ring").len());
        let honest = (flagged(&report, "v").len(), flagged(&loose, "v").len());
        assert!(strict >= *discovered && each_voter >= *found, "{each} {model}: {strict} {each_voter}");
        assert!(honest.0 <= 1 && honest.1 <= 5, "{honest:?}");
        for flag in report
            .flags
            .iter()
            .filter(|flag| flag.voter.starts_with("ring") && flag.test == VoterTest::OneSided)
        {
            assert_eq!(flag.subject, Subject::For { candidate: format!("m{model}") });
            assert_eq!(flag.votes.len(), *each);
        }
    }
}

/// Twenty votes are little beside a taste spread of .5: for a model of middling strength they are found at a rate of .01
/// a voter, and not at a false discovery rate of .05 among 520 voters. Fifty are found for the strongest model too.
const RINGS: &[(u64, usize, usize, usize, usize)] =
    &[(11, 20, 9, 18, 20), (12, 20, 5, 0, 18), (13, 50, 5, 20, 20), (14, 50, 0, 18, 20)];

#[test]
fn a_voter_against_one_model_is_named_with_direction_and_votes() {
    let mut noise = Noise(21);
    let mut rows = honest(&mut noise, "v", 200, 40, 0.5);
    for mut vote in ring(&mut noise, 4, 1, 60) {
        vote.choice = if vote.choice == VoteChoice::Left { VoteChoice::Right } else { VoteChoice::Left };
        vote.voter = "hater".to_owned();
        rows.push(vote);
    }
    let report = examine(&ballots(&rows), &VoterSettings::default()).unwrap();
    let flag = only(&report, "hater", VoterTest::OneSided);
    assert_eq!(flag.subject, Subject::Against { candidate: "m4".to_owned() });
    assert_eq!(flag.votes, (8_000..8_060).collect::<Vec<u64>>());
    assert!((flag.statistic - 1.0).abs() < 1e-12);
    let Measure::E { e, of_subject, p } = flag.measure else { panic!("{flag:?}") };
    assert!(e >= flag.threshold && of_subject >= e && p < 1e-3, "{flag:?}");
}

#[test]
fn votes_for_a_popular_model_are_no_evidence() {
    // Everybody chooses m0 nineteen times in twenty; without the others' votes each would look like a ring.
    let mut noise = Noise(31);
    let mut rows = Vec::new();
    for voter in 0..200 {
        for _ in 0..40 {
            let (left, right) = battle(&mut noise, 4);
            let favourite = if left == 0 || right == 0 { 0.95 } else { 0.5 };
            let left_wins = if right == 0 { noise.unit() > favourite } else { noise.unit() < favourite };
            rows.push(row(
                &format!("v{voter}"),
                left,
                right,
                if left_wins { VoteChoice::Left } else { VoteChoice::Right },
            ));
        }
    }
    let report = examine(&ballots(&rows), &settings(Control::EachVoter { rate: 0.01 })).unwrap();
    assert!(flagged(&report, "v").len() <= 2, "{:?}", report.flags);
}

/// Two hundred honest voters with human times, the last of whom can be spoiled.
fn timed(noise: &mut Noise) -> Vec<Row> {
    let mut rows = honest(noise, "v", 100, 30, 0.5);
    let mut clock = 0_u64;
    for row in &mut rows {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds")]
        let reading = (15_000.0 + 20_000.0 * noise.unit()) as u64;
        row.shown_ms = Some(clock + 3_000);
        row.voted_ms = Some(clock + 3_000 + reading);
        row.characters = Some(1_200);
        row.gold = (noise.unit() < 0.2).then_some(row.choice);
        if noise.unit() < 0.1 {
            row.gold = row.gold.map(|_| VoteChoice::Tie);
        }
        clock += 3_000 + reading;
    }
    rows
}

#[test]
fn speed_position_and_gold_name_their_votes() {
    let mut noise = Noise(41);
    let mut rows = timed(&mut noise);
    let of = |rows: &[Row], name: &str| -> Vec<usize> {
        rows.iter().enumerate().filter(|(_, row)| row.voter == name).map(|(place, _)| place).collect()
    };
    let honest = examine(&ballots(&rows), &VoterSettings::default()).unwrap();
    assert!(honest.flags.is_empty(), "{:?}", honest.flags);
    // Twelve characters a millisecond.
    for place in of(&rows, "v7") {
        rows[place].voted_ms = rows[place].shown_ms.map(|shown| shown + 100);
    }
    for place in of(&rows, "v8") {
        rows[place].choice = VoteChoice::Right;
    }
    for place in of(&rows, "v9").into_iter().take(12) {
        rows[place].gold = Some(VoteChoice::BothBad);
    }
    let report = examine(&ballots(&rows), &VoterSettings::default()).unwrap();
    let speed = only(&report, "v7", VoterTest::Speed);
    assert_eq!(speed.votes.len(), 30);
    assert!((speed.statistic - 1.0).abs() < 1e-12);
    // All 30 too fast where a tenth is tolerated.
    let Measure::P { p } = speed.measure else { panic!("{speed:?}") };
    assert!((p / 1e-30 - 1.0).abs() < 1e-9, "{p}");
    assert_eq!(only(&report, "v8", VoterTest::Position).subject, Subject::Right);
    let gold = only(&report, "v9", VoterTest::Gold);
    assert!(gold.votes.len() >= 12 && gold.statistic > 0.5);
    let voters: BTreeSet<&str> = report.flags.iter().map(|flag| flag.voter.as_str()).collect();
    assert!(voters.is_subset(&["v7", "v8", "v9"].into()), "{voters:?}");
    let limits: Vec<Limit> = report.tests.iter().map(|test| test.limit).collect();
    assert_eq!(
        limits,
        [
            Limit::EBenjaminiHochberg,
            Limit::BenjaminiHochberg,
            Limit::BenjaminiYekutieli,
            Limit::BenjaminiYekutieli,
            Limit::BenjaminiHochberg,
            Limit::BenjaminiHochberg
        ]
    );
}

#[test]
fn copied_times_and_votes_name_both_accounts() {
    let mut noise = Noise(51);
    let mut rows = timed(&mut noise);
    let of = |rows: &[Row], name: &str| -> Vec<Row> {
        rows.iter().filter(|row| row.voter == name).cloned().collect()
    };
    // v3 once more an hour later with other battles, and v5 once more with other times.
    for (row, vote) in of(&rows, "v3").into_iter().zip(honest(&mut noise, "clock", 1, 30, 0.5)) {
        rows.push(Row { voted_ms: row.voted_ms.map(|voted| voted + 3_600_000), shown_ms: None, ..vote });
    }
    for row in of(&rows, "v5") {
        rows.push(Row { voter: "echo".to_owned(), shown_ms: None, voted_ms: None, ..row });
    }
    let report = examine(&ballots(&rows), &VoterSettings::default()).unwrap();
    let timing = only(&report, "clock0", VoterTest::CopiedTiming);
    assert_eq!(timing.subject, Subject::Partner { voter: "v3".to_owned() });
    assert!((timing.statistic - 29.0).abs() < 1e-12, "{timing:?}");
    assert_eq!(
        only(&report, "v3", VoterTest::CopiedTiming).subject,
        Subject::Partner { voter: "clock0".to_owned() }
    );
    let echo = only(&report, "echo", VoterTest::CopiedVotes);
    assert_eq!(echo.subject, Subject::Partner { voter: "v5".to_owned() });
    assert_eq!(echo.votes, (3_030..3_060).collect::<Vec<u64>>());
    assert_eq!(report.flags.len(), 4, "{:?}", report.flags);
}

#[test]
fn the_ranking_without_the_flagged_stands_beside() {
    let mut noise = Noise(61);
    let mut rows = honest(&mut noise, "v", 300, 30, 0.5);
    rows.extend(ring(&mut noise, 3, 10, 60));
    let ballots = ballots(&rows);
    let report = examine(&ballots, &one_sided(Control::default())).unwrap();
    let beside = beside(
        &ballots,
        &report.flags,
        2,
        &[],
        RankSettings { seed: 1, draws: 50, ..RankSettings::default() },
    )
    .unwrap();
    assert_eq!((beside.flagged.len(), beside.flagged_votes), (10, 600));
    let moved = beside.rows.iter().find(|row| row.name == "m3").unwrap();
    assert!(moved.rank == 1 && moved.rank_without > Some(2) && moved.change < Some(-60.0), "{moved:?}");
    assert_eq!((moved.inside, moved.inside_without, beside.cut_moves), (true, Some(false), Some(true)));
    let without = beside.without.unwrap();
    assert_eq!((without.voters, beside.with.voters), (300, 310));
    // Nobody flagged: the same ranking twice.
    let same = daepyo_verdict::voters::beside(
        &ballots,
        &[],
        2,
        &[],
        RankSettings { seed: 1, draws: 50, ..RankSettings::default() },
    )
    .unwrap();
    assert_eq!((same.without.as_ref(), same.cut_moves), (Some(&same.with), Some(false)));
}

/// A reference takes no place, so the cut moves where those who advance change, whatever stands above them.
#[test]
fn a_reference_takes_no_place_beside() {
    let mut noise = Noise(61);
    let mut rows = honest(&mut noise, "v", 300, 30, 0.5);
    rows.extend(ring(&mut noise, 3, 10, 60));
    let ballots = ballots(&rows);
    let report = examine(&ballots, &one_sided(Control::default())).unwrap();
    let settings = RankSettings { seed: 1, draws: 50, ..RankSettings::default() };
    let both =
        |places, references: &[&str]| beside(&ballots, &report.flags, places, references, settings).unwrap();
    let all = both(1, &[]);
    let second = all.rows.iter().find(|row| row.rank == 2).unwrap().name.clone();
    assert_eq!(all.cut_moves, Some(true));
    // With the ring's model out of the running, the next one advances with and without the ring.
    let without_it = both(1, &["m3"]);
    let row = |name: &str| without_it.rows.iter().find(|row| row.name == name).unwrap();
    assert_eq!((row("m3").inside, row("m3").inside_without), (false, Some(false)));
    assert_eq!((row(&second).inside, without_it.cut_moves), (true, Some(false)));
}

#[test]
fn a_rest_without_a_ranking_says_why() {
    let rows: Vec<Row> = (0..60)
        .map(|_| row("lefty", 0, 1, VoteChoice::Left))
        .chain([row("w", 0, 1, VoteChoice::Tie)])
        .collect();
    let ballots = ballots(&rows);
    let report = examine(&ballots, &VoterSettings::default()).unwrap();
    assert_eq!(flagged(&report, "lefty").len(), 1);
    let beside = beside(&ballots, &report.flags, 1, &[], RankSettings::default()).unwrap();
    assert_eq!((beside.without, beside.cut_moves), (None, None));
    assert!(beside.problem.unwrap().contains("1 voters are too few"));
}

#[test]
fn order_of_rows_and_threads_change_nothing() {
    let mut noise = Noise(71);
    let mut rows = honest(&mut noise, "v", 100, 40, 0.5);
    rows.extend(ring(&mut noise, 6, 2, 60));
    let mut ballots = ballots(&rows);
    let first = examine(&ballots, &one_sided(Control::default())).unwrap();
    ballots.reverse();
    let single = one_thread(|| examine(&ballots, &one_sided(Control::default())).unwrap());
    assert!(!first.flags.is_empty());
    assert_eq!(first, single);
}

fn one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(work)
}

#[test]
fn bad_votes_and_settings_say_which() {
    let rows = [row("v", 0, 1, VoteChoice::Left), row("w", 1, 1, VoteChoice::Left)];
    let own = examine(&ballots(&rows), &VoterSettings::default()).unwrap_err();
    assert_eq!(own.to_string(), "vote 1 is of `m1` against itself; leave it out or correct it");
    let rows = [row("v", 0, 1, VoteChoice::Left), row("w", 1, 2, VoteChoice::Left)];
    let mut twice = ballots(&rows);
    twice[1].number = 0;
    let twice = examine(&twice, &VoterSettings::default()).unwrap_err();
    assert_eq!(
        (twice.code(), twice.to_string().as_str()),
        ("verdict::duplicate_vote", "two votes have the number 0; number each vote once")
    );
    let mut early = ballots(&rows);
    (early[0].shown_ms, early[0].voted_ms) = (Some(5), Some(4));
    assert_eq!(
        examine(&early, &VoterSettings::default()).unwrap_err(),
        VoterError::TimeBackwards { number: 0 }
    );
    for rate in [0.0, 1.0, f64::NAN] {
        let bad = examine(&ballots(&rows), &settings(Control::EachVoter { rate })).unwrap_err();
        assert_eq!(bad.to_string(), "the setting `control` needs a level between 0 and 1");
    }
    // No votes, or too few for any test: nobody is flagged.
    for rows in [&rows[..], &rows[..0]] {
        let report = examine(&ballots(rows), &VoterSettings::default()).unwrap();
        assert!(report.flags.is_empty() && report.tests.iter().all(|test| test.hypotheses <= 1));
    }
}
