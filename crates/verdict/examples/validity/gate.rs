//! False passes of a candidate that is exactly at the ratio of the best reference.

use crate::{
    Size,
    row::{Mean, Promise, Row, Source, yes},
    simulate,
    stage::{Terms, bar, fill, programme, rules, samples},
};
use daepyo_core::{GateOutcome, Observation};
use daepyo_verdict::{
    clustered::t_quantile,
    decide,
    simulate::{Stream, items::World},
};

const ALPHA: f64 = 0.05;
const RATIO: f64 = 0.95;

#[derive(Clone, Copy)]
enum Layout {
    Even(usize, u32),
    /// 40 clusters of 1 to 41 documents, most of them small.
    Unequal,
}

#[derive(Clone, Copy)]
enum References {
    Equal(u32),
    /// Each .1 logit below the one before.
    Spread(u32),
}

#[derive(Clone, Copy)]
enum Chance {
    None,
    /// Four choices, guessing taken out.
    Corrected,
    /// Four choices, raw scores.
    Raw,
}

struct Case {
    layout: Layout,
    correlation: f64,
    references: References,
    chance: Chance,
    /// What the best reference knows.
    best: f64,
}

const ONE: References = References::Equal(1);
const SINGLES: Layout = Layout::Even(600, 1);
const FIVES: Layout = Layout::Even(120, 5);
const TWENTIES: Layout = Layout::Even(30, 20);

const fn case(layout: Layout, correlation: f64, references: References, chance: Chance) -> Case {
    Case { layout, correlation, references, chance, best: 0.7 }
}

const CASES: [Case; 28] = [
    case(SINGLES, 0.0, ONE, Chance::None),
    case(FIVES, 0.0, ONE, Chance::None),
    case(FIVES, 0.1, ONE, Chance::None),
    case(FIVES, 0.3, ONE, Chance::None),
    case(TWENTIES, 0.0, ONE, Chance::None),
    case(TWENTIES, 0.1, ONE, Chance::None),
    case(TWENTIES, 0.3, ONE, Chance::None),
    case(Layout::Unequal, 0.0, ONE, Chance::None),
    case(Layout::Unequal, 0.1, ONE, Chance::None),
    case(Layout::Unequal, 0.3, ONE, Chance::None),
    case(Layout::Even(10, 60), 0.3, ONE, Chance::None),
    Case { best: 0.95, ..case(FIVES, 0.1, ONE, Chance::None) },
    case(SINGLES, 0.0, ONE, Chance::Corrected),
    case(FIVES, 0.1, ONE, Chance::Corrected),
    case(TWENTIES, 0.1, ONE, Chance::Corrected),
    case(TWENTIES, 0.3, ONE, Chance::Corrected),
    case(Layout::Unequal, 0.3, ONE, Chance::Corrected),
    case(TWENTIES, 0.1, ONE, Chance::Raw),
    case(TWENTIES, 0.1, References::Equal(2), Chance::None),
    case(TWENTIES, 0.1, References::Equal(5), Chance::None),
    case(TWENTIES, 0.1, References::Spread(5), Chance::None),
    case(TWENTIES, 0.1, References::Equal(10), Chance::None),
    case(TWENTIES, 0.1, References::Spread(10), Chance::None),
    case(TWENTIES, 0.3, References::Equal(3), Chance::Corrected),
    case(TWENTIES, 0.3, References::Spread(5), Chance::Corrected),
    case(FIVES, 0.1, References::Spread(10), Chance::Corrected),
    case(Layout::Unequal, 0.3, References::Spread(5), Chance::None),
    case(Layout::Unequal, 0.3, References::Equal(5), Chance::Raw),
];

impl Case {
    fn sizes(&self) -> Vec<u32> {
        match self.layout {
            Layout::Even(clusters, size) => vec![size; clusters],
            Layout::Unequal => (1..=40_u32).map(|k| (k * k / 40).clamp(1, 40) + u32::from(k > 25)).collect(),
        }
    }

    fn world(&self) -> World {
        let guess = match self.chance {
            Chance::None => 0.0,
            Chance::Corrected | Chance::Raw => 0.25,
        };
        let logit = libm::log(self.best / (1.0 - self.best));
        let below = |k: u32| 1.0 / (1.0 + libm::exp(0.1 * f64::from(k) - logit));
        let references: Vec<f64> = match self.references {
            References::Equal(count) => vec![self.best; usize::try_from(count).unwrap()],
            References::Spread(count) => (0..count).map(below).collect(),
        };
        // Exactly at the bar, on the scale that the gate reads.
        let own = match self.chance {
            Chance::None | Chance::Corrected => RATIO * self.best,
            Chance::Raw => (RATIO * (guess + (1.0 - guess) * self.best) - guess) / (1.0 - guess),
        };
        let known: Vec<f64> = std::iter::once(own).chain(references).collect();
        World { sizes: self.sizes(), guess, ..World::even(&known, 0, 0, self.correlation) }
    }

    fn name(&self) -> String {
        let layout = match self.layout {
            Layout::Even(clusters, 1) => format!("{clusters} documents alone"),
            Layout::Even(clusters, size) => format!("{clusters} clusters of {size}"),
            Layout::Unequal => "40 clusters of 1 to 41".to_owned(),
        };
        let references = match self.references {
            References::Equal(1) => "1 reference".to_owned(),
            References::Equal(count) => format!("{count} equal references"),
            References::Spread(count) => format!("{count} references .1 logit apart"),
        };
        let chance = match self.chance {
            Chance::None => "",
            Chance::Corrected => ", guessing .25 taken out",
            Chance::Raw => ", guessing .25 left in",
        };
        let best = if self.best > 0.9 { ", best at .95" } else { "" };
        format!("{layout}, correlation {}, {references}{chance}{best}", self.correlation)
    }
}

/// Whether the gate, the point rule and the independent test pass, and whether the gate says that it failed.
type Passes = [f64; 4];

pub(crate) fn rows(size: Size, put: &mut dyn FnMut(Row)) {
    let runs = size.runs(2_000);
    for (number, case) in (0_u64..).zip(&CASES) {
        let seed = 1_000 + number;
        let world = case.world();
        let names: Vec<String> = (1..world.known.len()).map(|k| format!("ref{k}")).collect();
        let is_corrected = matches!(case.chance, Chance::Corrected);
        let terms = Terms {
            gates: vec![bar(RATIO, is_corrected)],
            criteria: Vec::new(),
            advance: 1,
            confidence: 0.9,
            looks: None,
            draws: 1,
        };
        let programme = programme(&["own".to_owned()], &names, &terms);
        let entrants: Vec<&str> = std::iter::once("own").chain(names.iter().map(String::as_str)).collect();
        let clusters = world.clusters();
        let blank = samples(&entrants, &clusters, world.guess);
        let chunks = runs.div_ceil(50);
        // Fifty runs share one set of observations, into which each puts its answers.
        let outcomes = simulate(chunks, |chunk| {
            let mut observations = blank.clone();
            let of_chunk = chunk * 50..runs.min(chunk * 50 + 50);
            let one = |run: u64| {
                let answers = world.answers(&mut Stream::new(seed, run));
                fill(&mut observations, &answers);
                passes(&rules(&programme), &observations, &answers, is_corrected, world.guess)
            };
            of_chunk.map(one).collect::<Vec<Passes>>()
        });
        let mean = |place: usize| Mean::of(outcomes.iter().flatten().map(|passes| passes[place]));
        let source = Source { section: "gate", world: &case.name(), seed };
        put(source
            .row("false passes", Promise::AtMost(ALPHA), &mean(0))
            .beside("point rule", &mean(1))
            .beside("documents taken as independent", &mean(2))
            .beside("said to have failed", &mean(3)));
    }
}

fn passes(
    rules: &daepyo_verdict::Rules<'_>,
    observations: &[Observation],
    answers: &[Vec<bool>],
    is_corrected: bool,
    guess: f64,
) -> Passes {
    let verdict = decide(rules, observations).unwrap();
    let gate = &verdict.gates[0];
    let point = gate.comparisons.iter().all(|one| one.difference >= 0.0);
    let guess = if is_corrected { guess } else { 0.0 };
    let score = |right: bool| (yes(right) - guess) / (1.0 - guess);
    let independent = answers.iter().skip(1).all(|reference| {
        let differences: Vec<f64> = answers[0]
            .iter()
            .zip(reference)
            .map(|(own, other)| score(*own) - RATIO * score(*other))
            .collect();
        let n = f64::from(u32::try_from(differences.len()).unwrap());
        let mean = differences.iter().sum::<f64>() / n;
        let squares: f64 = differences.iter().map(|difference| (difference - mean).powi(2)).sum();
        mean - t_quantile(1.0 - ALPHA, n - 1.0) * (squares / (n - 1.0) / n).sqrt() >= 0.0
    });
    let is = |outcome: GateOutcome| yes(gate.outcome == outcome);
    [is(GateOutcome::Passed), yes(point), yes(independent), is(GateOutcome::Failed)]
}
