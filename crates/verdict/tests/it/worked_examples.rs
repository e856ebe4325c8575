//! Published worked examples, each a test by its name: what was printed, and what this crate makes of the same data.
//!
//! `cargo xtask claim worked-examples` runs them and shows every printed value beside ours.

use crate::fixture::near;
use daepyo_core::{Spending, VoteChoice};
use daepyo_verdict::{
    clustered::ClusteredMean,
    items::equivalence,
    panel::{
        Agreement, AlphaSettings, Estimator, IccForm, IccOutcome, MarkRow, Metric, Rasch, RaschSettings,
        RatingTable, Scale, alpha_of_table, fit_rasch, icc,
    },
    sequential::{Sides, boundaries, classical},
    votes::{Ballot, Counted, Poll, Ties},
};
use std::io::Write;

const NONE: f64 = f64::NAN;

/// Half a unit of the last of two, three or four printed places, and a little for halves.
const TWO: f64 = 0.005_01;
const THREE: f64 = 0.000_501;

/// Holds a printed value beside ours, and adds a line to the file that `DAEPYO_FIGURE` names, where it does.
fn compare(test: &str, what: &str, printed: f64, ours: f64, tolerance: f64) {
    if let Some(path) = std::env::var_os("DAEPYO_FIGURE") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{test}\t{what}\t{printed}\t{ours:.6}").unwrap();
    }
    near(ours, printed, tolerance);
}

/// Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units.
#[test]
fn krippendorff_2011() {
    let observers = [
        [1.0, 2.0, 3.0, 3.0, 2.0, 1.0, 4.0, 1.0, 2.0, NONE, NONE, NONE],
        [1.0, 2.0, 3.0, 3.0, 2.0, 2.0, 4.0, 1.0, 2.0, 5.0, NONE, 3.0],
        [NONE, 3.0, 3.0, 3.0, 2.0, 3.0, 4.0, 2.0, 2.0, 5.0, 1.0, NONE],
        [1.0, 2.0, 3.0, 3.0, 2.0, 4.0, 4.0, 1.0, 2.0, 5.0, 1.0, NONE],
    ];
    let values: Vec<f64> = (0..12).flat_map(|unit| observers.iter().map(move |own| own[unit])).collect();
    for (metric, what, printed) in [
        (Metric::Nominal, "nominal alpha", 0.743),
        (Metric::Ordinal, "ordinal alpha", 0.815),
        (Metric::Interval, "interval alpha", 0.849),
        (Metric::Ratio, "ratio alpha", 0.797),
    ] {
        let found = alpha_of_table(
            RatingTable { raters: 4, values: &values },
            AlphaSettings { draws: 0, ..AlphaSettings::new(metric) },
        );
        let Ok(Agreement::Measured(alpha)) = found else { panic!("{found:?}") };
        compare("krippendorff_2011", what, printed, alpha.alpha, THREE);
    }
}

/// Shrout and Fleiss 1979, "Intraclass correlations: uses in assessing rater reliability", tables 2 and 4: six targets
/// by four judges.
#[test]
fn shrout_and_fleiss_1979() {
    let judges = [
        9.0, 2.0, 5.0, 8.0, 6.0, 1.0, 3.0, 2.0, 8.0, 4.0, 6.0, 8.0, 7.0, 1.0, 2.0, 6.0, 10.0, 5.0, 6.0, 9.0,
        6.0, 2.0, 4.0, 7.0,
    ];
    for (form, name, one, four) in [
        (IccForm::OneWay, 1, 0.17, 0.44),
        (IccForm::TwoWayRandom, 2, 0.29, 0.62),
        (IccForm::TwoWayMixed, 3, 0.71, 0.91),
    ] {
        let found = icc(RatingTable { raters: 4, values: &judges }, form, 0.95);
        let Ok(IccOutcome::Measured(icc)) = found else { panic!("{found:?}") };
        compare("shrout_and_fleiss_1979", &format!("ICC({name},1)"), one, icc.single, TWO);
        compare("shrout_and_fleiss_1979", &format!("ICC({name},4)"), four, icc.average.unwrap(), TWO);
    }
}

/// Wright and Stone 1979, "Best Test Design", p. 31: the Knox cube test, items 4 to 17, of all children but the last,
/// who passed none of these.
const KNOX: [&str; 34] = [
    "11110000000000",
    "11111110000000",
    "11111100100000",
    "10010100000000",
    "11111110000000",
    "11111110000000",
    "11111111110100",
    "11111110000000",
    "11111110000000",
    "11111111000000",
    "01111100000000",
    "11010110000000",
    "11001111100000",
    "11111111000000",
    "11111111110000",
    "11111101000000",
    "10111110000000",
    "11111110010000",
    "11111100000000",
    "11111110010000",
    "11111111010000",
    "11111111100000",
    "11111110011000",
    "11111111010011",
    "01100000000000",
    "11111110000000",
    "11110000000000",
    "11111101000000",
    "11100111001000",
    "11111100000000",
    "11111110000000",
    "11111111000000",
    "10010010000000",
    "11111110101000",
];

fn right_and_wrong(lines: &[&str]) -> Rasch {
    let names: Vec<String> = (0..lines.len()).map(|child| format!("c{child:02}")).collect();
    let items: Vec<String> = (0..lines[0].len()).map(|item| format!("i{item:02}")).collect();
    let mut rows = Vec::new();
    for (candidate, line) in names.iter().zip(lines) {
        for (item, mark) in items.iter().zip(line.chars()) {
            rows.push(MarkRow { rater: "all", candidate, item, value: f64::from(mark.to_digit(2).unwrap()) });
        }
    }
    let scale = Scale { minimum: 0.0, maximum: 1.0, step: 1.0 };
    let settings = RaschSettings { estimator: Estimator::JointUncorrected, ..RaschSettings::new(scale) };
    fit_rasch(&rows, settings).unwrap()
}

/// The Knox cube test as the manual of Facets, the reference program for many facets, prints it: Linacre, "Facets
/// computer program for many-facet Rasch measurement", winsteps.com/facetman, score file of the example `Kct.txt`,
/// child 1 with 7 of 18 right. (Its measures have another origin, because it gives extreme items a place too, and its
/// errors take the items' difficulties as known.)
#[test]
fn facets_knox_cube_test() {
    let panel = right_and_wrong(&KNOX);
    let child = &panel.candidates[0];
    let figures = [
        ("child 1, observed average of the items that are not extreme", 0.29, child.raw_average),
        ("child 1, infit mean square", 0.61, child.infit.value),
        ("child 1, outfit mean square", 0.29, child.outfit.value),
    ];
    for (what, printed, ours) in figures {
        compare("facets_knox_cube_test", what, printed, ours, TWO);
    }
}

/// Andersen 1973, "Conditional inference and models for measuring", and Wright and Douglas 1977, "Conditional versus
/// unconditional procedures for sample-free item analysis": with two items of which 30 people have only the first right
/// and 10 only the second, the conditional estimate of the difference is ln 3, and the joint one is exactly twice that.
#[test]
fn andersen_1973() {
    let lines: Vec<&str> = (0..40).map(|person| if person < 30 { "10" } else { "01" }).collect();
    let panel = right_and_wrong(&lines);
    let ours = panel.items[1].measure - panel.items[0].measure;
    compare("andersen_1973", "joint estimate for two items, 2 ln 3", 2.0 * 3.0_f64.ln(), ours, 1e-6);
}

/// Moery and Calin-Jageman 2016, study 2, in Lakens 2017, "Equivalence tests: a practical primer for t tests,
/// correlations, and meta-analyses": means 5.25 and 5.22, deviations .95 and .83, 95 and 89 people, bounds d = -.43 and
/// .43, equal variances: t(182) = -2.69, p = .004.
#[test]
fn lakens_2017() {
    let pooled = ((94.0 * 0.95_f64.powi(2) + 88.0 * 0.83_f64.powi(2)) / 182.0).sqrt();
    let error = pooled * (1.0 / 95.0 + 1.0 / 89.0_f64).sqrt();
    let test = equivalence(0.03, error, 182.0, (-0.43 * pooled, 0.43 * pooled), 0.95).unwrap();
    compare("lakens_2017", "t(182)", -2.69, test.below_upper.0, TWO);
    compare("lakens_2017", "p", 0.004, test.p, THREE);
    assert!(test.shown);
}

/// Lohr 1999, "Sampling: Design and Analysis", example 5.2: grade point averages of the four students in each of 5 of
/// 100 suites; mean 2.826, standard error .164. The book's error has the finite population's factor 1 - 5/100.
#[test]
fn lohr_1999() {
    let suites = [
        [3.08, 2.60, 3.44, 3.04],
        [2.36, 3.04, 3.28, 2.68],
        [2.00, 2.56, 2.52, 1.88],
        [3.00, 2.88, 3.44, 3.64],
        [2.68, 1.92, 3.28, 3.20],
    ];
    let values: Vec<(usize, f64)> =
        suites.iter().enumerate().flat_map(|(suite, own)| own.map(|value| (suite, value))).collect();
    let mean = ClusteredMean::of(&values);
    compare("lohr_1999", "mean", 2.826, mean.mean, THREE);
    let error = (mean.variance.unwrap() * 0.95).sqrt();
    compare("lohr_1999", "clustered standard error", 0.164, error, THREE);
}

/// Reboussin, `DeMets`, Kim and Lan 2000, "Computations for group sequential boundaries using the `Lan-DeMets` spending
/// function method": five equal looks, two-sided .05.
#[test]
fn reboussin_and_others_2000() {
    let printed = [
        (Spending::OBrienFleming, "O'Brien-Fleming spending", [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]),
        (Spending::Pocock, "Pocock spending", [2.4380, 2.4268, 2.4101, 2.3966, 2.3859]),
    ];
    for (spending, name, printed) in printed {
        let looks = boundaries(spending, Sides::Two, 0.05, &[0.2, 0.4, 0.6, 0.8, 1.0]).unwrap();
        for ((look, printed), number) in looks.iter().zip(printed).zip(1..) {
            // The table's own program integrates on a grid.
            let what = format!("{name}, look {number} of 5");
            compare("reboussin_and_others_2000", &what, printed, look.z.unwrap(), 1.2e-4);
        }
    }
}

/// Jennison and Turnbull 2000, "Group Sequential Methods", tables 2.1 (Pocock) and 2.3 (O'Brien and Fleming), two-sided.
#[test]
fn jennison_and_turnbull_2000() {
    for (looks, alpha, pocock, obrien) in
        [(2, 0.05, 2.178, 1.977), (3, 0.05, 2.289, 2.004), (5, 0.05, 2.413, 2.040), (4, 0.01, 2.939, 2.609)]
    {
        let test = "jennison_and_turnbull_2000";
        let found = |spending| classical(spending, Sides::Two, alpha, looks).unwrap();
        let what = |name| format!("{name}'s constant, {looks} looks at {alpha}");
        compare(test, &what("Pocock"), pocock, found(Spending::Pocock), THREE + 1e-4);
        compare(test, &what("O'Brien and Fleming"), obrien, found(Spending::OBrienFleming), THREE + 1e-4);
    }
}

/// Agresti 2002, "Categorical Data Analysis", tables 10.10 and 10.11: baseball teams of the American League's eastern
/// division in 1987, strengths with Baltimore's at 0.
#[test]
fn agresti_2002() {
    let wins: [[u16; 7]; 7] = [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ];
    let mut ballots = Vec::new();
    for (left, own) in (0_u16..).zip(wins) {
        for (right, wins) in (0_u16..).zip(own) {
            for _ in 0..wins {
                let voter = u32::try_from(ballots.len()).unwrap();
                ballots.push(Ballot { voter, left, right, choice: VoteChoice::Left });
            }
        }
    }
    // So many games that the prior does nothing.
    let weights = vec![1e6; ballots.len()];
    let poll = Poll::new(7, ballots.len(), &ballots).unwrap().weighted(&weights).unwrap();
    let strengths = Counted::of(&poll).unwrap().fit(Ties::Half).strengths;
    let teams = ["Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland"];
    for ((team, strength), printed) in teams.iter().zip(&strengths).zip([1.58, 1.44, 1.29, 1.25, 1.11, 0.68])
    {
        compare("agresti_2002", &format!("strength of {team}"), printed, strength - strengths[6], TWO);
    }
}
