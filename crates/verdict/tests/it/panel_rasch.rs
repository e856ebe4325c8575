//! The many-facet Rasch model: against an independent maximisation, by simulation, and at its edges.

use crate::fixture::{Noise, near};
use daepyo_verdict::panel::{
    Estimator, Extreme, MarkRow, Rasch, RaschError, RaschSettings, Scale, Steps, fit_rasch,
};

const FIVE: Scale = Scale { minimum: 1.0, maximum: 5.0, step: 1.0 };

/// Marks as owned rows: rater, candidate, item, value.
type Rows = Vec<(String, String, String, f64)>;

fn fitted(rows: &Rows, settings: RaschSettings) -> Result<Rasch, RaschError> {
    let borrowed: Vec<_> = rows
        .iter()
        .map(|(rater, candidate, item, value)| MarkRow { rater, candidate, item, value: *value })
        .collect();
    fit_rasch(&borrowed, settings)
}

/// Five candidates (lines) by six raters (words) on four items (digits; a dot is a missing mark).
const SIMULATED: [&str; 5] = [
    "1221 2111 2133 3.23 1322 43.5",
    "2.21 2223 .322 2543 3223 433.",
    "3.21 3231 4324 4443 .442 5.45",
    "32.2 2.23 ..32 5543 5433 5445",
    "4233 533. 45.4 .44. 43.5 5555",
];

fn read(lines: &[&str]) -> Rows {
    let mut rows = Vec::new();
    for (candidate, line) in lines.iter().enumerate() {
        for (rater, word) in line.split(' ').enumerate() {
            for (item, digit) in word.chars().enumerate() {
                if let Some(value) = digit.to_digit(10) {
                    let value = f64::from(value);
                    rows.push((format!("r{rater}"), format!("c{candidate}"), format!("i{item}"), value));
                }
            }
        }
    }
    rows
}

fn count(values: &[f64]) -> f64 {
    values.iter().map(|_| 1.0).sum()
}

fn all_near(found: impl Iterator<Item = f64>, wanted: &[f64]) {
    let found: Vec<f64> = found.collect();
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        near(*found, *wanted, 3e-5);
    }
}

/// The constants are those of a maximisation that shares no code and no parametrisation with this one: scipy 1.17.1,
/// `minimize(method="BFGS")` on the log-likelihood (and on it plus half the logarithm of the determinant of the
/// information) of the marks above, with numerical gradients.
#[test]
fn estimates_agree_with_an_independent_maximisation() {
    let rows = read(&SIMULATED);
    let plain = RaschSettings { estimator: Estimator::JointUncorrected, ..RaschSettings::new(FIVE) };
    let joint = fitted(&rows, plain).unwrap();
    all_near(
        joint.candidates.iter().map(|one| one.measure),
        &[-1.45072, -0.62922, 0.50878, 0.77854, 2.17321],
    );
    all_near(
        joint.candidates.iter().map(|one| one.standard_error),
        &[0.38168, 0.33135, 0.32096, 0.33946, 0.45916],
    );
    all_near(
        joint.raters.iter().map(|one| one.measure),
        &[2.0252, 1.49193, 0.10968, -1.15065, -0.07412, -2.40204],
    );
    all_near(joint.items.iter().map(|one| one.measure), &[-0.62877, 0.08814, 0.31114, 0.22949]);
    all_near(joint.thresholds.iter().map(|one| one.measure), &[-2.87717, -0.65267, 1.08609, 2.44374]);
    near(joint.log_likelihood, -103.638_909, 1e-6);

    let penalised = fitted(&rows, RaschSettings::new(FIVE)).unwrap();
    all_near(
        penalised.candidates.iter().map(|one| one.measure),
        &[-1.2256, -0.52564, 0.43944, 0.66764, 1.84528],
    );
    all_near(
        penalised.candidates.iter().map(|one| one.standard_error),
        &[0.34633, 0.3056, 0.29633, 0.31244, 0.41002],
    );
    all_near(
        penalised.raters.iter().map(|one| one.measure),
        &[1.71353, 1.2604, 0.08899, -0.96923, -0.06577, -2.02791],
    );
    all_near(penalised.thresholds.iter().map(|one| one.measure), &[-2.41803, -0.52377, 0.93416, 2.00764]);
    near(penalised.log_likelihood, -104.212_045, 1e-6);
}

#[test]
fn partial_credit_agrees_with_an_independent_maximisation() {
    let rows = read(&SIMULATED);
    let by_item = RaschSettings { steps: Steps::ByItem, ..RaschSettings::new(FIVE) };
    let joint = fitted(&rows, RaschSettings { estimator: Estimator::JointUncorrected, ..by_item }).unwrap();
    all_near(joint.candidates.iter().map(|one| one.measure), &[-1.57429, -0.68898, 0.52756, 0.81491, 2.2709]);
    all_near(joint.items.iter().map(|one| one.measure), &[-0.61912, 0.04048, 0.38375, 0.19489]);
    let penalised = fitted(&rows, by_item).unwrap();
    all_near(
        penalised.candidates.iter().map(|one| one.measure),
        &[-1.28202, -0.56193, 0.43296, 0.66858, 1.84529],
    );
    all_near(
        penalised.raters.iter().map(|one| one.measure),
        &[1.73074, 1.29765, 0.13085, -0.99545, -0.03145, -2.13233],
    );
    let last: Vec<_> = penalised.thresholds.iter().filter(|one| one.item.as_deref() == Some("i3")).collect();
    all_near(last.iter().map(|one| one.measure), &[-1.47069, -1.17813, 1.90001, 0.74881]);
}

/// A world with known parameters.
struct World {
    abilities: Vec<f64>,
    severities: Vec<f64>,
    difficulties: Vec<f64>,
    thresholds: Vec<f64>,
    /// Standard deviation of a rater's own view of a candidate, which the model does not know.
    view: f64,
    /// Share of marks that are missing.
    missing: f64,
}

impl World {
    /// Five candidates, `raters` raters with severities of `spread`, six items.
    fn new(raters: u32, spread: f64) -> Self {
        let centre = f64::from(raters - 1) / 2.0;
        // Evenly spaced severities of the wanted standard deviation.
        let scale = spread / ((f64::from(raters * raters) - 1.0) / 12.0).sqrt();
        Self {
            abilities: vec![-1.0, -0.4, 0.0, 0.5, 1.2],
            severities: (0..raters).map(|rater| scale * (f64::from(rater) - centre)).collect(),
            difficulties: vec![-0.5, -0.3, -0.1, 0.1, 0.3, 0.5],
            thresholds: vec![-2.2, -0.8, 0.7, 2.3],
            view: 0.0,
            missing: 0.0,
        }
    }

    fn marks(&self, noise: &mut Noise) -> Rows {
        let mut rows = Vec::new();
        for (candidate, ability) in self.abilities.iter().enumerate() {
            for (rater, severity) in self.severities.iter().enumerate() {
                let own = self.view * noise.normal();
                for (item, difficulty) in self.difficulties.iter().enumerate() {
                    let draw = noise.unit();
                    if noise.unit() < self.missing {
                        continue;
                    }
                    let value = self.mark(ability + own - severity - difficulty, draw);
                    rows.push((format!("r{rater:02}"), format!("c{candidate}"), format!("i{item}"), value));
                }
            }
        }
        rows
    }

    fn mark(&self, location: f64, draw: f64) -> f64 {
        let mut weights = vec![1.0];
        for threshold in &self.thresholds {
            weights.push(weights[weights.len() - 1] * (location - threshold).exp());
        }
        let mut left = draw * weights.iter().sum::<f64>();
        let mut value = 1.0;
        for weight in &weights[..weights.len() - 1] {
            if left < *weight {
                break;
            }
            left -= weight;
            value += 1.0;
        }
        value
    }
}

/// What many fits of a world say: the slope of estimates on truth (1 without bias), and the share of candidates'
/// intervals that hold the truth.
struct Recovery {
    candidates: f64,
    raters: f64,
    thresholds: f64,
    coverage: f64,
}

fn recover(world: &World, settings: RaschSettings, runs: u32) -> Recovery {
    let slope = |truth: &[f64], sums: &[f64]| {
        let mean = |all: &[f64]| all.iter().sum::<f64>() / count(all);
        let (a, b) = (mean(truth), mean(sums));
        let both: f64 = truth.iter().zip(sums).map(|(x, y)| (x - a) * (y - b)).sum();
        both / truth.iter().map(|x| (x - a) * (x - a)).sum::<f64>()
    };
    let mut sums = [vec![0.0; 5], vec![0.0; world.severities.len()], vec![0.0; 4]];
    let mut fits = Vec::new();
    for run in 0..runs {
        let panel = fitted(&world.marks(&mut Noise(u64::from(run) + 1)), settings).unwrap();
        let add = |sums: &mut [f64], values: Vec<f64>| {
            assert_eq!(sums.len(), values.len());
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value / f64::from(runs));
        };
        add(&mut sums[0], panel.candidates.iter().map(|one| one.measure).collect());
        add(&mut sums[1], panel.raters.iter().map(|one| one.measure).collect());
        add(&mut sums[2], panel.thresholds.iter().map(|one| one.measure).collect());
        fits.push(panel);
    }
    // Views of their own shrink the scale of logits by a constant, so intervals are held against the estimates' mean.
    let truth = if world.view > 0.0 { &sums[0] } else { &world.abilities };
    let mut coverage = 0.0;
    for panel in &fits {
        for (one, truth) in panel.candidates.iter().zip(truth) {
            let inside = one.low <= *truth && *truth <= one.high;
            coverage += f64::from(u8::from(inside)) / (5.0 * f64::from(runs));
        }
    }
    Recovery {
        candidates: slope(&world.abilities, &sums[0]),
        raters: slope(&world.severities, &sums[1]),
        thresholds: slope(&world.thresholds, &sums[2]),
        coverage,
    }
}

/// Joint maximum likelihood stretches the scale of a small panel by a tenth; both corrections take it back (slopes 1.09,
/// 1.00 and 1.00 of the candidates). The penalised estimator is the default because it also places extreme candidates.
#[test]
fn the_default_recovers_a_small_panel_without_bias() {
    let world = World { missing: 0.1, ..World::new(10, 0.8) };
    let with = |estimator| recover(&world, RaschSettings { estimator, ..RaschSettings::new(FIVE) }, 150);
    let plain = with(Estimator::JointUncorrected);
    let corrected = with(Estimator::Joint);
    let penalised = with(Estimator::Penalised);
    // Monte Carlo error of a slope is about .01.
    assert!(plain.candidates > 1.03 && plain.raters > 1.03 && plain.thresholds > 1.03);
    for one in [&corrected, &penalised] {
        for slope in [one.candidates, one.raters, one.thresholds] {
            near(slope, 1.0, 0.025);
        }
    }
    assert!((0.93..=0.98).contains(&penalised.coverage), "{}", penalised.coverage);
}

#[test]
fn intervals_hold_where_raters_have_views_of_their_own() {
    for raters in [10, 20] {
        let world = World { view: 0.8, ..World::new(raters, 0.8) };
        let panel = recover(&world, RaschSettings::new(FIVE), 120);
        assert!((0.92..=0.985).contains(&panel.coverage), "{}", panel.coverage);
    }
}

#[test]
fn a_candidate_with_only_the_best_marks_has_a_finite_place() {
    let mut rows = read(&SIMULATED);
    rows.retain(|row| row.1 != "c2");
    for rater in 0..6 {
        for item in 0..4 {
            rows.push((format!("r{rater}"), "c2".to_owned(), format!("i{item}"), 5.0));
        }
    }
    let panel = fitted(&rows, RaschSettings::new(FIVE)).unwrap();
    let best = &panel.candidates[2];
    assert_eq!(best.extreme, Some(Extreme::Top));
    assert!(panel.candidates.iter().all(|one| one.name == "c2" || one.extreme.is_none()));
    assert!(best.measure > panel.candidates[4].measure + 1.0 && best.measure < 10.0, "{}", best.measure);
    assert!(best.standard_error > panel.candidates[4].standard_error && best.fair_average < 5.0);
    near(best.raw_average, 5.0, 1e-12);
    let joint = RaschSettings { estimator: Estimator::Joint, ..RaschSettings::new(FIVE) };
    let error = fitted(&rows, joint).unwrap_err();
    assert_eq!(error, RaschError::Extreme { facet: "candidate", name: "c2".to_owned() });
    assert_eq!(error.code(), "verdict::extreme_marks");
}

#[test]
fn a_severe_rater_costs_raw_points_but_not_fair_ones() {
    // Half the panel reads only candidates 0 and 1 and is severe; one rater links both halves.
    let mut raw_gap = 0.0;
    let mut fair_gap = 0.0;
    for run in 0..60 {
        let mut noise = Noise(run + 900);
        let mut world = World { abilities: vec![0.0; 5], ..World::new(9, 0.0) };
        for rater in 0..4 {
            world.severities[rater] = 1.5;
        }
        let mut rows = world.marks(&mut noise);
        rows.retain(|(rater, candidate, _, _)| {
            let (severe, low) = (rater.as_str() < "r04", candidate.as_str() < "c2");
            rater == "r08" || severe == low
        });
        let panel = fitted(&rows, RaschSettings::new(FIVE)).unwrap();
        let at = |place: usize| &panel.candidates[place];
        raw_gap += (at(4).raw_average - at(0).raw_average) / 60.0;
        fair_gap += (at(4).fair_average - at(0).fair_average) / 60.0;
    }
    assert!(raw_gap > 0.6, "{raw_gap}");
    assert!(fair_gap.abs() < 0.1, "{fair_gap}");
}

#[test]
fn a_rater_at_random_misfits() {
    let world = World::new(12, 0.5);
    let mut noise = Noise(77);
    let mut rows = world.marks(&mut noise);
    for row in rows.iter_mut().filter(|row| row.0 == "r05") {
        row.3 = 1.0 + (noise.unit() * 5.0).floor();
    }
    let panel = fitted(&rows, RaschSettings::new(FIVE)).unwrap();
    for rater in &panel.raters {
        if rater.name == "r05" {
            assert!(rater.infit.value > 1.5 && rater.infit.z > 3.0, "{rater:?}");
        } else {
            assert!(rater.infit.value < 1.5, "{rater:?}");
        }
    }
    // Where the model holds, a mean square is near 1 and its z a standard normal deviate.
    let zs: Vec<f64> = (0..40)
        .flat_map(|run| {
            let panel = fitted(&world.marks(&mut Noise(run + 500)), RaschSettings::new(FIVE)).unwrap();
            panel.raters.into_iter().map(|rater| rater.outfit.z).collect::<Vec<_>>()
        })
        .collect();
    let mean = zs.iter().sum::<f64>() / count(&zs);
    let deviation = (zs.iter().map(|z| (z - mean) * (z - mean)).sum::<f64>() / count(&zs)).sqrt();
    assert!(mean.abs() < 0.3 && (0.7..1.25).contains(&deviation), "{mean} {deviation}");
}

#[test]
fn order_of_rows_changes_nothing_and_better_marks_never_hurt() {
    let rows = read(&SIMULATED);
    let panel = fitted(&rows, RaschSettings::new(FIVE)).unwrap();
    let mut other = rows.clone();
    other.reverse();
    other.swap(3, 40);
    assert_eq!(fitted(&other, RaschSettings::new(FIVE)).unwrap(), panel);
    for place in [0, 7, 30] {
        let mut better = rows.clone();
        let candidate = better[place].1.clone();
        better[place].3 += 1.0;
        let after = fitted(&better, RaschSettings::new(FIVE)).unwrap();
        let of = |panel: &Rasch| panel.candidates.iter().find(|one| one.name == candidate).unwrap().measure;
        assert!(of(&after) > of(&panel));
    }
}

#[test]
fn half_steps_and_unused_marks_keep_their_places() {
    let scale = Scale { minimum: 0.0, maximum: 10.0, step: 0.5 };
    let mut rows = read(&SIMULATED);
    for row in &mut rows {
        row.3 = row.3 / 2.0 + 4.0;
    }
    // The same marks on a finer scale, of which only five are used, mean the same.
    let coarse = fitted(&read(&SIMULATED), RaschSettings::new(FIVE)).unwrap();
    let fine = fitted(&rows, RaschSettings::new(scale)).unwrap();
    for (one, other) in coarse.candidates.iter().zip(&fine.candidates) {
        near(one.measure, other.measure, 1e-9);
        near(one.fair_average / 2.0 + 4.0, other.fair_average, 1e-9);
    }
    // A gap between used marks counts as the steps it has.
    let mut gap = read(&SIMULATED);
    for row in &mut gap {
        row.3 = if row.3 > 2.5 { row.3 + 1.0 } else { row.3 };
    }
    let wide = Scale { maximum: 6.0, ..FIVE };
    let panel = fitted(&gap, RaschSettings::new(wide)).unwrap();
    assert_eq!(panel.thresholds.len(), 4);
    assert_eq!((panel.thresholds[1].below, panel.thresholds[1].above), (2.0, 4.0));
    // The step over the gap counts twice, so that thresholds still average 0.
    let sum: f64 = panel.thresholds.iter().map(|one| one.measure * (one.above - one.below)).sum();
    near(sum, 0.0, 1e-9);
}

#[test]
fn marks_off_the_grid_name_the_row() {
    let mut rows = read(&SIMULATED);
    for bad in [0.0, 6.0, 2.5, f64::NAN, f64::INFINITY] {
        rows[17].3 = bad;
        let error = fitted(&rows, RaschSettings::new(FIVE)).unwrap_err();
        assert!(matches!(&error, RaschError::OffScale { index: 17, .. }), "{error}");
        assert!(error.to_string().contains(&format!("rater `{}`", rows[17].0)), "{error}");
    }
    for scale in [
        Scale { step: 0.0, ..FIVE },
        Scale { step: -1.0, ..FIVE },
        Scale { step: 0.7, ..FIVE },
        Scale { step: f64::NAN, ..FIVE },
        Scale { minimum: f64::NEG_INFINITY, ..FIVE },
        Scale { maximum: 1.0, ..FIVE },
        Scale { maximum: 500.0, ..FIVE },
    ] {
        assert_eq!(fitted(&rows, RaschSettings::new(scale)).unwrap_err().code(), "verdict::bad_scale");
    }
}

#[test]
fn repeated_missing_and_equal_marks_are_errors() {
    let mut rows = read(&SIMULATED);
    rows.push(rows[4].clone());
    let (index, first) = (rows.len() - 1, 4);
    let error = fitted(&rows, RaschSettings::new(FIVE)).unwrap_err();
    assert!(
        matches!(error, RaschError::Duplicate { index: i, first: f, .. } if i == index && f == first),
        "{error}"
    );
    assert_eq!(fitted(&Vec::new(), RaschSettings::new(FIVE)).unwrap_err(), RaschError::NoMarks);
    let mut rows = read(&SIMULATED);
    for row in &mut rows {
        row.3 = 3.0;
    }
    let error = fitted(&rows, RaschSettings::new(FIVE)).unwrap_err();
    assert_eq!(error, RaschError::NoVariation { item: None, value: 3.0 });
    let mut rows = read(&SIMULATED);
    rows.iter_mut().filter(|row| row.2 == "i1").for_each(|row| row.3 = 3.0);
    assert!(fitted(&rows, RaschSettings::new(FIVE)).is_ok(), "shared thresholds place such an item");
    let by_item = RaschSettings { steps: Steps::ByItem, ..RaschSettings::new(FIVE) };
    let error = fitted(&rows, by_item).unwrap_err();
    assert_eq!(error, RaschError::NoVariation { item: Some("i1".to_owned()), value: 3.0 });
}

#[test]
fn a_split_panel_names_its_parts() {
    let mut rows = read(&SIMULATED);
    rows.retain(|(rater, candidate, _, _)| (rater.as_str() < "r3") == (candidate.as_str() < "c2"));
    let error = fitted(&rows, RaschSettings::new(FIVE)).unwrap_err();
    let RaschError::Disconnected { candidates, raters, items } = &error else { panic!("{error}") };
    assert_eq!(candidates, &[vec!["c0", "c1"], vec!["c2", "c3", "c4"]]);
    assert_eq!(raters, &[vec!["r0", "r1", "r2"], vec!["r3", "r4", "r5"]]);
    assert_eq!(items.len(), 1, "all mark the same items, which does not link them");
    assert!(
        error.to_string().contains("candidates fall into c0, c1 | c2, c3, c4; raters fall into"),
        "{error}"
    );
}

#[test]
fn smallest_panels_have_figures_that_are_numbers() {
    let rows = |marks: &[(&str, &str, &str, f64)]| -> Rows {
        let own =
            |(r, c, i, v): &(&str, &str, &str, f64)| ((*r).to_owned(), (*c).to_owned(), (*i).to_owned(), *v);
        marks.iter().map(own).collect()
    };
    let one = rows(&[("r", "a", "i", 2.0), ("r", "b", "i", 4.0)]);
    let panel = fitted(&one, RaschSettings::new(FIVE)).unwrap();
    assert!(
        panel.candidates.iter().all(|one| one.measure.is_finite() && one.standard_error_clustered.is_none())
    );
    assert_eq!(panel.candidates[0].extreme, Some(Extreme::Bottom));
    assert_eq!(panel.rater_separation, None);
    let text = serde_json::to_string(&panel).unwrap();
    // A figure that is no number is written as null and can't be read back.
    assert_eq!(serde_json::from_str::<Rasch>(&text).unwrap(), panel);
    let lonely =
        rows(&[("r", "a", "i", 2.0), ("r", "a", "j", 4.0), ("s", "a", "i", 3.0), ("s", "a", "j", 4.0)]);
    let panel = fitted(&lonely, RaschSettings::new(FIVE)).unwrap();
    assert_eq!(panel.candidate_separation, None);
}
