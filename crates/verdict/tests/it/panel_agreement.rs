//! Krippendorff's alpha and intraclass correlations against published examples and other programs.

use crate::fixture::{Noise, near};
use daepyo_verdict::panel::{
    Agreement, AgreementError, Alpha, AlphaSettings, Icc, IccError, IccForm, IccOutcome, Metric, Rating,
    RatingTable, alpha, alpha_of_table, icc,
};

const NONE: f64 = f64::NAN;

/// Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units.
const OBSERVERS: [[f64; 12]; 4] = [
    [1.0, 2.0, 3.0, 3.0, 2.0, 1.0, 4.0, 1.0, 2.0, NONE, NONE, NONE],
    [1.0, 2.0, 3.0, 3.0, 2.0, 2.0, 4.0, 1.0, 2.0, 5.0, NONE, 3.0],
    [NONE, 3.0, 3.0, 3.0, 2.0, 3.0, 4.0, 2.0, 2.0, 5.0, 1.0, NONE],
    [1.0, 2.0, 3.0, 3.0, 2.0, 4.0, 4.0, 1.0, 2.0, 5.0, 1.0, NONE],
];

/// Half steps, so that the general form is taken.
const HALVES: [[f64; 5]; 4] = [
    [0.5, 2.0, 2.5, NONE, 4.0],
    [1.0, 2.0, 3.5, 5.0, 4.5],
    [NONE, 1.5, 3.0, 5.0, 0.0],
    [0.5, 2.0, 2.0, 4.5, NONE],
];

/// Shrout and Fleiss 1979, table 2: six targets, four judges.
const JUDGES: [f64; 24] = [
    9.0, 2.0, 5.0, 8.0, 6.0, 1.0, 3.0, 2.0, 8.0, 4.0, 6.0, 8.0, 7.0, 1.0, 2.0, 6.0, 10.0, 5.0, 6.0, 9.0, 6.0,
    2.0, 4.0, 7.0,
];

const METRICS: [Metric; 4] = [Metric::Nominal, Metric::Ordinal, Metric::Interval, Metric::Ratio];

fn by_unit<const N: usize>(observers: &[[f64; N]; 4]) -> Vec<f64> {
    (0..N).flat_map(|unit| observers.iter().map(move |own| own[unit])).collect()
}

fn measured(agreement: Agreement) -> Alpha {
    match agreement {
        Agreement::Measured(alpha) => alpha,
        other => panic!("{other:?}"),
    }
}

fn of_table(values: &[f64], raters: usize, metric: Metric) -> Alpha {
    measured(alpha_of_table(RatingTable { raters, values }, AlphaSettings::new(metric)).unwrap())
}

#[test]
fn krippendorffs_example() {
    let table = by_unit(&OBSERVERS);
    // The paper prints .743, .815, .849 and .797; the rest of the digits are those of PyPI krippendorff 0.9.0.
    let digits =
        [0.743_421_052_631_579, 0.815_387_503_754_881_4, 0.849_107_142_857_143, 0.797_402_774_711_612_1];
    for ((metric, printed), digits) in METRICS.into_iter().zip([0.743, 0.815, 0.849, 0.797]).zip(digits) {
        let alpha = of_table(&table, 4, metric);
        near(alpha.alpha, printed, 5e-4);
        near(alpha.alpha, digits, 1e-12);
        // Unit 12 has one rating: 40 of 41 can be paired.
        assert_eq!((alpha.units, alpha.ratings, alpha.unpaired, alpha.values), (11, 40, 1, 5));
        let (low, high) = alpha.interval.unwrap();
        assert!(low < alpha.alpha && alpha.alpha <= high && high <= 1.0, "{alpha:?}");
    }
}

#[test]
fn other_values_agree_with_krippendorff_on_pypi() {
    let digits =
        [0.181_102_362_204_724_42, 0.550_704_466_095_28, 0.541_695_541_695_541_7, 0.504_807_603_538_693_1];
    for (metric, digits) in METRICS.into_iter().zip(digits) {
        near(of_table(&by_unit(&HALVES), 4, metric).alpha, digits, 1e-12);
    }
}

fn count<'a>(values: impl Iterator<Item = &'a f64>) -> f64 {
    values.map(|_| 1.0).sum()
}

/// Alpha by its definition: all pairs, one by one, with the ordinal metric as the paper writes it.
fn by_definition(table: &[f64], raters: usize, metric: Metric) -> f64 {
    let units: Vec<Vec<f64>> = table
        .chunks(raters)
        .map(|unit| unit.iter().copied().filter(|value| !value.is_nan()).collect::<Vec<_>>())
        .filter(|unit| unit.len() > 1)
        .collect();
    let all: Vec<f64> = units.iter().flatten().copied().collect();
    let distance = |a: f64, b: f64| match metric {
        Metric::Nominal => f64::from(u8::from((a - b).abs() > 0.0)),
        Metric::Interval => (a - b).powi(2),
        Metric::Ratio => {
            if a + b > 0.0 {
                ((a - b) / (a + b)).powi(2)
            } else {
                0.0
            }
        }
        Metric::Ordinal => {
            let (low, high) = (a.min(b), a.max(b));
            let number =
                |low: f64, high: f64| count(all.iter().filter(|value| (low..=high).contains(*value)));
            (number(low, high) - f64::midpoint(number(low, low), number(high, high))).powi(2)
        }
    };
    let pairs = |values: &[f64]| -> f64 {
        values.iter().flat_map(|a| values.iter().map(move |b| (*a, *b))).map(|(a, b)| distance(a, b)).sum()
    };
    let number = count(all.iter());
    let observed: f64 =
        units.iter().map(|unit| pairs(unit) / (count(unit.iter()) - 1.0)).sum::<f64>() / number;
    1.0 - observed / (pairs(&all) / (number * (number - 1.0)))
}

#[test]
fn alpha_is_its_definition() {
    let mut noise = Noise(5);
    for (scale, raters) in [(1.0, 3), (0.25, 4), (3.0, 5)] {
        let table: Vec<f64> = (0..20 * raters)
            .map(|_| if noise.unit() < 0.3 { NONE } else { (noise.unit() * 7.0).floor() * scale })
            .collect();
        for metric in METRICS {
            near(of_table(&table, raters, metric).alpha, by_definition(&table, raters, metric), 1e-12);
        }
    }
}

#[test]
fn rows_and_tables_say_the_same_in_any_order() {
    let mut rows = Vec::new();
    let names: Vec<String> = (0..12).map(|unit| format!("u{unit:02}")).collect();
    for (rater, own) in ["a", "b", "c", "d"].into_iter().zip(&OBSERVERS) {
        for (unit, value) in names.iter().zip(own).filter(|(_, value)| !value.is_nan()) {
            rows.push(Rating { unit, rater, value: *value });
        }
    }
    let settings = AlphaSettings { draws: 200, ..AlphaSettings::new(Metric::Ordinal) };
    let first = measured(alpha(&rows, settings).unwrap());
    rows.reverse();
    assert_eq!(measured(alpha(&rows, settings).unwrap()), first);
    let values = by_unit(&OBSERVERS);
    let table = measured(alpha_of_table(RatingTable { raters: 4, values: &values }, settings).unwrap());
    near(table.alpha, first.alpha, 1e-12);
    let (one, other) = (table.interval.unwrap(), first.interval.unwrap());
    near(one.0, other.0, 1e-9);
    near(one.1, other.1, 1e-9);
}

#[test]
fn the_bootstrap_covers_as_often_as_it_says() {
    // Two raters, each right with probability .8 about a fair coin: nominal alpha is (2 * .8 - 1)^2 = .36.
    let mut covered = 0;
    for run in 0..200 {
        let mut noise = Noise(run * 7 + 1);
        let mut values = Vec::new();
        for _ in 0..80 {
            let truth = noise.hit(0.5);
            for _ in 0..2 {
                values.push(if noise.unit() < 0.8 { truth } else { 1.0 - truth });
            }
        }
        let settings = AlphaSettings { draws: 200, seed: run, ..AlphaSettings::new(Metric::Nominal) };
        let found = measured(alpha_of_table(RatingTable { raters: 2, values: &values }, settings).unwrap());
        let (low, high) = found.interval.unwrap();
        covered += u32::from(low <= 0.36 && 0.36 <= high);
    }
    assert!((180..=198).contains(&covered), "{covered}");
}

#[test]
fn undefined_agreement_is_an_outcome() {
    let settings = AlphaSettings::new(Metric::Ordinal);
    let table = |values: &[f64], raters| alpha_of_table(RatingTable { raters, values }, settings).unwrap();
    for same in [3.0, 0.3] {
        assert_eq!(table(&[same, same, same, same], 2), Agreement::OneValue { value: same, ratings: 4 });
    }
    // The other value stands alone in its unit and can't be compared.
    assert_eq!(table(&[3.0, 3.0, 4.0, NONE], 2), Agreement::OneValue { value: 3.0, ratings: 2 });
    for values in [&[1.0, NONE, NONE, 2.0][..], &[NONE, NONE], &[], &[0.5, NONE]] {
        assert_eq!(table(values, 2), Agreement::NothingToCompare);
    }
    assert_eq!(alpha(&[], settings).unwrap(), Agreement::NothingToCompare);
    // One unit gives a figure, but nothing to resample.
    let one = measured(table(&[1.0, 2.0], 2));
    assert_eq!((one.interval, one.alpha), (None, 0.0));
}

#[test]
fn bad_ratings_are_errors() {
    let settings = AlphaSettings::new(Metric::Ratio);
    let row = |unit, rater, value| Rating { unit, rater, value };
    let error = alpha(&[row("u", "a", 1.0), row("u", "b", NONE)], settings).unwrap_err();
    assert!(matches!(error, AgreementError::NotFinite { index: 1, .. }));
    let error = alpha(&[row("u", "a", 1.0), row("v", "a", 1.0), row("u", "a", 2.0)], settings).unwrap_err();
    assert!(matches!(error, AgreementError::Duplicate { index: 2, first: 0, .. }), "{error}");
    let table =
        |values: &[f64], raters| alpha_of_table(RatingTable { raters, values }, settings).unwrap_err();
    assert_eq!(table(&[-1.0, 2.0], 2), AgreementError::Negative { value: -1.0 });
    assert_eq!(table(&[1.0, f64::INFINITY], 2), AgreementError::NotFinite { index: 1, value: f64::INFINITY });
    assert_eq!(table(&[1.0, 2.0, 3.0], 2), AgreementError::NotATable { values: 3, raters: 2 });
    assert_eq!(table(&[1.0], 0).code(), "verdict::not_a_table");
}

fn icc_of(values: &[f64], raters: usize, form: IccForm) -> Icc {
    match icc(RatingTable { raters, values }, form, 0.95).unwrap() {
        IccOutcome::Measured(icc) => icc,
        IccOutcome::NoVariation => panic!("no variation"),
    }
}

/// Shrout and Fleiss print ICC(1,1) = .17, ICC(2,1) = .29, ICC(3,1) = .71, ICC(1,4) = .44, ICC(2,4) = .62 and
/// ICC(3,4) = .91 (table 4). The digits and intervals are those of pingouin 0.7.0, which prints intervals to two places.
#[test]
fn shrout_and_fleiss_example() {
    let published = [
        (IccForm::OneWay, 0.165_741_768, 0.442_797_134, (-0.13, 0.72), (-0.88, 0.91)),
        (IccForm::TwoWayRandom, 0.289_763_780, 0.620_050_548, (0.02, 0.76), (0.07, 0.93)),
        (IccForm::TwoWayMixed, 0.714_840_715, 0.909_315_542, (0.34, 0.95), (0.68, 0.99)),
    ];
    for (form, single, average, one, mean) in published {
        let found = icc_of(&JUDGES, 4, form);
        near(found.single, single, 1e-9);
        near(found.average.unwrap(), average, 1e-9);
        let near_both = |found: Option<(f64, f64)>, wanted: (f64, f64)| {
            near(found.unwrap().0, wanted.0, 0.005_1);
            near(found.unwrap().1, wanted.1, 0.005_1);
        };
        near_both(found.single_interval, one);
        near_both(found.average_interval, mean);
        assert_eq!((found.units, found.raters, found.ratings), (6, 4, 24));
    }
}

#[test]
fn a_table_with_gaps_has_components_and_no_interval() {
    let mut noise = Noise(8);
    let (mut sums, runs) = ([0.0; 6], 60);
    for _ in 0..runs {
        let severities: Vec<f64> = (0..8).map(|_| 0.7 * noise.normal()).collect();
        let mut values = Vec::new();
        for _ in 0..40 {
            let quality = noise.normal();
            for severity in &severities {
                let value = quality + severity + 1.2 * noise.normal();
                values.push(if noise.unit() < 0.4 { NONE } else { value });
            }
        }
        let one = icc_of(&values, 8, IccForm::OneWay);
        let random = icc_of(&values, 8, IccForm::TwoWayRandom);
        let mixed = icc_of(&values, 8, IccForm::TwoWayMixed);
        assert!(random.single_interval.is_none() && random.averaged < 8.0);
        let components = random.components;
        let seen = [
            components.units,
            components.raters.unwrap(),
            components.rest,
            one.single,
            random.single,
            mixed.single,
        ];
        for (sum, value) in sums.iter_mut().zip(seen) {
            *sum += value / f64::from(runs);
        }
    }
    // Variances 1, .49 and 1.44.
    near(sums[0], 1.0, 0.1);
    near(sums[1], 0.49, 0.1);
    near(sums[2], 1.44, 0.05);
    near(sums[3], 1.0 / 2.93, 0.05);
    near(sums[4], 1.0 / 2.93, 0.05);
    near(sums[5], 1.0 / 2.44, 0.05);
}

#[test]
fn one_missing_cell_of_the_example_agrees_with_a_mixed_fit_by_hand() {
    // With a row of gaps left out, a table is complete again.
    let mut values = JUDGES.to_vec();
    values.extend([NONE; 4]);
    assert_eq!(icc_of(&values, 4, IccForm::TwoWayRandom), icc_of(&JUDGES, 4, IccForm::TwoWayRandom));
    let wide: Vec<f64> = JUDGES.chunks(4).flat_map(|row| [row, &[NONE]].concat()).collect();
    assert_eq!(icc_of(&wide, 5, IccForm::TwoWayMixed), icc_of(&JUDGES, 4, IccForm::TwoWayMixed));
}

#[test]
fn degenerate_tables_are_outcomes_or_errors() {
    let table = |values: &[f64], raters, form| icc(RatingTable { raters, values }, form, 0.95);
    let forms = [IccForm::OneWay, IccForm::TwoWayRandom, IccForm::TwoWayMixed];
    for form in forms {
        assert_eq!(table(&[2.0; 6], 2, form).unwrap(), IccOutcome::NoVariation);
        let perfect = icc_of(&[1.0, 1.0, 2.0, 2.0, 5.0, 5.0], 2, form);
        near(perfect.single, 1.0, 1e-12);
        assert!(perfect.single_interval.unwrap().0 > 0.999, "{perfect:?}");
        // Units with equal means: nothing between them, and no mean to speak of.
        if let IccOutcome::Measured(none) = table(&[1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0, 1.0], 2, form).unwrap()
        {
            assert!(
                none.single < 0.0 && none.average.is_none() && none.average_interval.is_none(),
                "{none:?}"
            );
            assert!(none.single_interval.unwrap().0.is_finite());
        }
        assert!(matches!(table(&[1.0, 2.0], 2, form), Err(IccError::TooFew { units: 1, .. })));
        assert!(matches!(table(&[1.0, 2.0], 1, form), Err(IccError::TooFew { raters: 1, .. })));
        assert!(matches!(table(&[], 2, form), Err(IccError::TooFew { ratings: 0, .. })));
        assert!(matches!(
            table(&[1.0, f64::INFINITY], 2, form),
            Err(IccError::NotFinite { unit: 0, rater: 1, .. })
        ));
        assert_eq!(
            icc(RatingTable { raters: 2, values: &JUDGES }, form, 1.0).unwrap_err().code(),
            "verdict::bad_confidence"
        );
    }
    let split = [1.0, 2.0, NONE, NONE, 2.0, 4.0, NONE, NONE, NONE, NONE, 3.0, 1.0, NONE, NONE, 5.0, 2.0];
    assert_eq!(table(&split, 4, IccForm::TwoWayMixed).unwrap_err(), IccError::Disconnected);
    assert!(table(&split, 4, IccForm::OneWay).is_ok());
}
