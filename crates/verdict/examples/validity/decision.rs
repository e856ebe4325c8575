//! False eliminations by whole verdicts against the written confidence.

use crate::{
    JUDGED, Size,
    row::{Mean, Promise, Row, Source, share, yes},
    simulate,
    stage::{self, Terms, benchmark, experts, fill, mark, programme, public, rules, samples},
};
use daepyo_core::{CandidateDecision, Criterion, Observation};
use daepyo_verdict::{
    decide,
    simulate::{Stream, items, votes},
};

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// A stage with known truth.
#[derive(Clone)]
struct Case {
    name: &'static str,
    advance: u32,
    confidence: f64,
    /// Weights of benchmark, marks and votes; 0 leaves a criterion out.
    weights: [f64; 3],
    /// By candidate: probability of a right answer, mean mark and log-strength.
    truth: Vec<[f64; 3]>,
    raters: u32,
    /// Candidates one of whose elimination is counted: equals at the cut.
    counted: Vec<usize>,
    runs: u64,
}

impl Case {
    /// Equals for one place.
    fn equals(name: &'static str, count: usize, weights: [f64; 3]) -> Self {
        Self {
            name,
            advance: 1,
            confidence: 0.9,
            weights,
            truth: vec![[0.6, 3.0, 0.0]; count],
            raters: 20,
            counted: (0..count).collect(),
            runs: 1_500,
        }
    }

    fn criteria(&self) -> Vec<Criterion> {
        let makers: [fn(f64) -> Criterion; 3] = [benchmark, experts, public];
        let used = self.weights.iter().zip(makers).filter(|(weight, _)| **weight > 0.0);
        used.map(|(weight, make)| make(*weight)).collect()
    }

    fn observations(&self, stream: &mut Stream, seed: u64) -> Vec<Observation> {
        let names = &NAMES[..self.truth.len()];
        let mut all = Vec::new();
        if self.weights[0] > 0.0 {
            let known: Vec<f64> = self.truth.iter().map(|truth| truth[0]).collect();
            let world = items::World::even(&known, 60, 5, 0.1);
            all = samples(names, &world.clusters(), 0.0);
            fill(&mut all, &world.answers(stream));
        }
        if self.weights[1] > 0.0 {
            for rater in 0..self.raters {
                let severity = 0.25 * stream.normal();
                for (name, truth) in names.iter().zip(&self.truth) {
                    // A view of the candidate, and noise on each question; so small that no mark leaves the scale.
                    let view = truth[1] - severity + 0.3 * stream.normal();
                    for item in ["q0", "q1"] {
                        let value = (view + 0.2 * stream.normal()).clamp(1.0, 5.0);
                        all.push(mark(rater, name, item, value));
                    }
                }
            }
        }
        if self.weights[2] > 0.0 {
            let strengths = self.truth.iter().map(|truth| truth[2]).chain([0.0]).collect();
            let world = votes::World { strengths, ..votes::World::even(2, 0.0, 0.5) };
            let entrants: Vec<&str> = names.iter().copied().chain(["ref"]).collect();
            let name = |model: u16| entrants[usize::from(model)];
            for (number, one) in (0_u64..).zip(world.votes(&[8; 100], seed)) {
                all.push(stage::vote(number, one.voter, name(one.left), name(one.right), one.choice));
            }
        }
        all
    }

    /// By candidate, whether it is eliminated at the written confidence, and whether anything was decided.
    fn run(&self, seed: u64, run: u64) -> Vec<bool> {
        let terms = Terms {
            gates: Vec::new(),
            criteria: self.criteria(),
            advance: self.advance,
            confidence: self.confidence,
            looks: None,
            draws: 1_000,
        };
        let names: Vec<String> = NAMES[..self.truth.len()].iter().map(|name| (*name).to_owned()).collect();
        let mut programme = programme(&names, &["ref".to_owned()], &terms);
        programme.stages[0].seed = JUDGED + 10_000 * seed + run;
        let observations = self.observations(&mut Stream::new(seed, run), 10_000 * seed + run);
        let verdict = decide(&rules(&programme), &observations).unwrap();
        let is_out = |name: &String| {
            let row = verdict.outcomes.iter().find(|row| row.candidate.as_str() == name).unwrap();
            row.decision == CandidateDecision::Eliminated
        };
        names.iter().map(is_out).collect()
    }
}

fn cases() -> Vec<Case> {
    let bench = [100.0, 0.0, 0.0];
    let marks = [0.0, 100.0, 0.0];
    let votes = [0.0, 0.0, 100.0];
    let all = [50.0, 30.0, 20.0];
    let between = Case {
        advance: 3,
        truth: [0.85, 0.75, 0.6, 0.6, 0.4].map(|known| [known, 3.0, 0.0]).to_vec(),
        counted: vec![2, 3],
        ..Case::equals("two equals at the cut among five, three places, benchmark", 5, bench)
    };
    // .05 of 50 points on the benchmark are .1 of four steps of 25 points.
    let apart = Case {
        weights: [50.0, 50.0, 0.0],
        truth: vec![[0.65, 3.0, 0.0], [0.6, 3.2, 0.0]],
        ..Case::equals("two equals in points, one better at the benchmark, one at the marks", 2, all)
    };
    let strict =
        Case { confidence: 0.95, ..Case::equals("two equals, one place, benchmark, at .95", 2, bench) };
    let few = Case { raters: 5, ..Case::equals("two equals, one place, marks of 5 raters", 2, marks) };
    let ten = Case { raters: 10, ..Case::equals("two equals, one place, marks of 10 raters", 2, marks) };
    // The first 1,500 runs of all three criteria were far off by chance; more runs tell chance from a defect.
    vec![
        Case::equals("two equals, one place, benchmark of 60 clusters of 5", 2, bench),
        strict,
        Case::equals("two equals, one place, marks of 20 raters", 2, marks),
        ten,
        few,
        Case::equals("two equals, one place, votes of 100 voters", 2, votes),
        Case { runs: 6_000, ..Case::equals("two equals, one place, benchmark, marks and votes", 2, all) },
        apart,
        between,
        Case::equals("two equals, one place, benchmark and marks", 2, [50.0, 30.0, 0.0]),
        Case::equals("two equals, one place, benchmark and votes", 2, [50.0, 0.0, 20.0]),
        Case::equals("two equals, one place, marks and votes", 2, [0.0, 30.0, 20.0]),
    ]
}

pub(crate) fn rows(size: Size, put: &mut dyn FnMut(Row)) {
    for (number, case) in (0_u64..).zip(cases()) {
        let seed = 3_000 + number;
        let outcomes = simulate(size.runs(case.runs), |run| case.run(seed, run));
        let source = Source { section: "decision", world: case.name, seed };
        let most = Promise::AtMost(1.0 - case.confidence);
        // One of the counted at a time, so that every run says yes or no once.
        let mean = Mean::of(
            (0..)
                .zip(&outcomes)
                .map(|(run, outs): (usize, _)| yes(outs[case.counted[run % case.counted.len()]])),
        );
        let decided = Mean::of(outcomes.iter().map(|outs| yes(case.counted.iter().any(|one| outs[*one]))));
        put(source
            .row("false eliminations of one of the equals", most, &mean)
            .beside("any of the equals eliminated", &decided));
    }
    random_truths(size, put);
    many_equals(size, put);
}

/// Truths drawn anew in every run: of those that are eliminated, how many belong in.
fn random_truths(size: Size, put: &mut dyn FnMut(Row)) {
    for (number, (name, weights)) in (50_u64..).zip([
        ("four candidates of random quality, two places, benchmark", [100.0, 0.0, 0.0]),
        ("four candidates of random quality, two places, benchmark, marks and votes", [50.0, 30.0, 20.0]),
    ]) {
        let seed = 3_000 + number;
        let outcomes = simulate(size.runs(1_000), |run| {
            let mut stream = Stream::new(seed + 500, run);
            let quality: Vec<f64> = (0..4).map(|_| stream.normal()).collect();
            let truth =
                quality.iter().map(|q| [0.6 + 0.03 * q.clamp(-4.0, 4.0), 3.0 + 0.1 * q, 0.2 * q]).collect();
            let case = Case { advance: 2, truth, ..Case::equals(name, 4, weights) };
            let outs = case.run(seed, run);
            let belongs = |one: usize| quality.iter().filter(|other| **other > quality[one]).count() < 2;
            let wrong: Vec<f64> = (0..4).filter(|one| outs[*one]).map(|one| yes(belongs(one))).collect();
            (wrong, share(&outs, |out| *out))
        });
        let source = Source { section: "decision", world: name, seed };
        put(source
            .row(
                "eliminated ones that belong in",
                Promise::AtMost(0.1),
                &Mean::of(outcomes.iter().flat_map(|(wrong, _)| wrong.iter().copied())),
            )
            .beside("share of candidates eliminated", &Mean::of(outcomes.iter().map(|(_, outs)| *outs))));
    }
}

/// The probability of advancing is no error rate: of many near equals most must fall, and each is likely to.
fn many_equals(size: Size, put: &mut dyn FnMut(Row)) {
    for (number, (name, count)) in
        (60_u64..).zip([("three equals, one place, benchmark", 3), ("five equals, one place, benchmark", 5)])
    {
        let seed = 3_000 + number;
        let case = Case::equals(name, count, [100.0, 0.0, 0.0]);
        let outcomes = simulate(size.runs(1_000), |run| case.run(seed, run));
        let mean = Mean::of((0..).zip(&outcomes).map(|(run, outs): (usize, _)| yes(outs[run % count])));
        let source = Source { section: "decision", world: name, seed };
        put(source.row("eliminations of one of the equals", Promise::Nothing, &mean).note(
            "The written confidence bounds the error between two for a place. Of several equals for one place most \
             must fall, and the resampling says so of each.",
        ));
    }
}
