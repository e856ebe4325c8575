//! Judging plans: linked, balanced, free of conflicts, and how reliable they will be.

use crate::fixture::{Noise, near};
use daepyo_verdict::panel::{
    Assumptions, Forecast, Plan, PlanError, PlanInput, PlanRater, SINGLE_RATER_RELIABILITY, Scale,
    design_plan, forecast, raters_needed, spearman_brown,
};

const FIVE: Scale = Scale { minimum: 1.0, maximum: 5.0, step: 1.0 };

fn names(letter: &str, number: usize) -> Vec<String> {
    (0..number).map(|place| format!("{letter}{place:02}")).collect()
}

fn raters(names: &[String], least: u32, greatest: u32) -> Vec<PlanRater<'_>> {
    names.iter().map(|name| PlanRater { name, least, greatest }).collect()
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// Parts that readings link, anchors included.
fn parts(plan: &Plan) -> usize {
    let mut home: Vec<usize> = (0..plan.raters.len()).collect();
    for dossier in plan.candidates.iter().chain(&plan.anchors) {
        let readers: Vec<usize> = (0..plan.raters.len())
            .filter(|rater| plan.raters[*rater].dossiers.contains(dossier))
            .map(|rater| home[rater])
            .collect();
        home.iter_mut().filter(|own| readers.contains(own)).for_each(|own| *own = readers[0]);
    }
    let busy = (0..home.len()).filter(|rater| !plan.raters[*rater].dossiers.is_empty());
    busy.map(|rater| home[rater]).collect::<std::collections::BTreeSet<_>>().len()
}

/// What every plan must be.
fn check(plan: &Plan, input: PlanInput<'_>) {
    for candidate in input.candidates {
        let readers =
            plan.raters.iter().filter(|rater| rater.dossiers.iter().any(|own| own == candidate)).count();
        assert_eq!(u32::try_from(readers), Ok(input.readings), "{candidate}");
    }
    for rater in &plan.raters {
        let limits = input.raters.iter().find(|own| own.name == rater.rater).unwrap();
        let load = u32::try_from(rater.dossiers.len()).unwrap();
        assert!((limits.least..=limits.greatest).contains(&load), "{rater:?}");
        assert_eq!(rater.dossiers[..input.anchors.len()], *input.anchors);
        let mut own = rater.dossiers.clone();
        own.sort();
        own.dedup();
        assert_eq!(own.len(), rater.dossiers.len());
        for (who, what) in input.conflicts {
            assert!(
                *who != rater.rater || !rater.dossiers.iter().any(|own| own == what),
                "{who} reads {what}"
            );
        }
    }
    assert_eq!(parts(plan), 1);
}

#[test]
fn a_plan_is_linked_balanced_and_free_of_conflicts() {
    let mut noise = Noise(3);
    for (candidates, panel, readings) in [(5, 20, 10), (5, 12, 6), (30, 12, 3), (8, 5, 2), (40, 25, 4)] {
        let (candidates, panel) = (names("c", candidates), names("r", panel));
        let (candidates, raters) = (borrowed(&candidates), raters(&panel, 0, 100));
        let mut conflicts = Vec::new();
        for rater in &panel {
            for candidate in &candidates {
                if noise.unit() < 0.1 {
                    conflicts.push((rater.as_str(), *candidate));
                }
            }
        }
        let input = PlanInput {
            candidates: &candidates,
            raters: &raters,
            conflicts: &conflicts,
            readings,
            anchors: &[],
            seed: 1,
        };
        let plan = design_plan(input).unwrap();
        check(&plan, input);
        assert!(plan.loads.1 - plan.loads.0 <= 1, "{:?}", plan.loads);
        // Nobody is always among the first or the last, even with two readings.
        assert!(plan.order_bias <= if readings > 2 { 0.3 } else { 0.5 }, "{}", plan.order_bias);
        assert_eq!(design_plan(input).unwrap(), plan);
        // The order of names changes nothing.
        let (mut other, mut shuffled) = (candidates.clone(), raters.clone());
        other.reverse();
        shuffled.rotate_left(2);
        assert_eq!(design_plan(PlanInput { candidates: &other, raters: &shuffled, ..input }).unwrap(), plan);
        assert_ne!(design_plan(PlanInput { seed: 2, ..input }).unwrap().raters, plan.raters);
    }
}

#[test]
fn raters_meet_as_evenly_as_a_block_design() {
    // Seven candidates, seven raters, three readings: the Fano plane exists, in which every two raters share one.
    let (candidates, panel) = (names("c", 7), names("r", 7));
    let (candidates, raters) = (borrowed(&candidates), raters(&panel, 3, 3));
    let input = PlanInput {
        candidates: &candidates,
        raters: &raters,
        conflicts: &[],
        readings: 3,
        anchors: &[],
        seed: 4,
    };
    let plan = design_plan(input).unwrap();
    check(&plan, input);
    assert_eq!((plan.loads, plan.meetings), ((3, 3), (1, 1)));
}

#[test]
fn limits_and_anchors_are_kept() {
    let (candidates, panel) = (names("c", 6), names("r", 5));
    let candidates = borrowed(&candidates);
    let mut raters = raters(&panel, 2, 8);
    raters[0] = PlanRater { least: 7, greatest: 8, ..raters[0] };
    raters[1] = PlanRater { least: 2, greatest: 3, ..raters[1] };
    let input = PlanInput {
        candidates: &candidates,
        raters: &raters,
        conflicts: &[],
        readings: 3,
        anchors: &["x", "y"],
        seed: 0,
    };
    let plan = design_plan(input).unwrap();
    check(&plan, input);
    assert_eq!(plan.raters[0].dossiers.len(), 7, "the least load is reached and no more");
    assert_eq!(plan.total(), 6 * 3 + 5 * 2);
    // One reading a candidate links nobody, but anchors do.
    let single = PlanInput { readings: 1, raters: &raters[2..], ..input };
    check(&design_plan(single).unwrap(), single);
    let error = design_plan(PlanInput { anchors: &[], ..single }).unwrap_err();
    let PlanError::Unlinked { parts, readings } = &error else { panic!("{error}") };
    assert_eq!((parts.len(), *readings), (3, 2));
    assert_eq!(error.code(), "verdict::unlinked_plan");
}

#[test]
fn a_plan_that_cannot_be_says_why_and_what_would_do() {
    let (candidates, panel) = (names("c", 4), names("r", 4));
    let candidates = borrowed(&candidates);
    let raters = raters(&panel, 0, 2);
    // Candidates 0 to 2 may only be read by raters 0 and 1, who have room for four readings of the six wanted.
    let conflicts: Vec<_> = ["r02", "r03"]
        .into_iter()
        .flat_map(|rater| ["c00", "c01", "c02"].map(|candidate| (rater, candidate)))
        .collect();
    let input = PlanInput {
        candidates: &candidates,
        raters: &raters,
        conflicts: &conflicts,
        readings: 2,
        anchors: &[],
        seed: 9,
    };
    let error = design_plan(input).unwrap_err();
    let PlanError::TooLittleLoad { candidates: stuck, raters: full, wanted, possible, enough } = &error
    else {
        panic!("{error}")
    };
    assert_eq!(stuck, &["c00", "c01", "c02"]);
    assert_eq!(full, &["r00", "r01"]);
    assert_eq!((*wanted, *possible), (6, 4));
    assert_eq!(enough, &[("r00".to_owned(), 3), ("r01".to_owned(), 3)]);
    assert!(error.to_string().contains("r00 3, r01 3"), "{error}");
    // What it says is enough is enough for the flow; the two halves then still want a link.
    let raised: Vec<_> = raters
        .iter()
        .map(|rater| PlanRater { greatest: if rater.name < "r02" { 3 } else { 2 }, ..*rater })
        .collect();
    let unlinked = design_plan(PlanInput { raters: &raised, ..input }).unwrap_err();
    assert!(matches!(unlinked, PlanError::Unlinked { .. }), "{unlinked}");
    let one_more: Vec<_> =
        raised.iter().map(|rater| PlanRater { greatest: rater.greatest + 1, ..*rater }).collect();
    let anchored = PlanInput { raters: &one_more, anchors: &["x"], ..input };
    check(&design_plan(anchored).unwrap(), anchored);
}

#[test]
fn other_impossible_input_is_named() {
    let (candidates, panel) = (names("c", 3), names("r", 3));
    let candidates = borrowed(&candidates);
    let some = raters(&panel, 0, 3);
    let input = PlanInput {
        candidates: &candidates,
        raters: &some,
        conflicts: &[("r00", "c01"), ("r01", "c01")],
        readings: 2,
        anchors: &[],
        seed: 0,
    };
    let code = |input| design_plan(input).unwrap_err().code();
    let error = design_plan(input).unwrap_err();
    assert_eq!(error, PlanError::TooFewFree { candidates: vec![("c01".to_owned(), 1)], readings: 2 });
    let plain = PlanInput { conflicts: &[], ..input };
    let busy = raters(&panel, 3, 3);
    let error = design_plan(PlanInput { raters: &busy, ..plain }).unwrap_err();
    let PlanError::TooFewDossiers { wanted, possible, .. } = error else { panic!("{error}") };
    assert_eq!((wanted, possible), (9, 6));
    assert_eq!(code(PlanInput { readings: 0, ..plain }), "verdict::nothing_to_plan");
    assert_eq!(code(PlanInput { raters: &[], ..plain }), "verdict::nothing_to_plan");
    assert_eq!(code(PlanInput { anchors: &["c01"], ..plain }), "verdict::named_twice");
    assert_eq!(code(PlanInput { conflicts: &[("nobody", "c01")], ..plain }), "verdict::unknown_conflict");
    assert_eq!(
        code(PlanInput { conflicts: &[("r00", "x")], anchors: &["x"], ..plain }),
        "verdict::anchor_conflict"
    );
    assert_eq!(code(PlanInput { raters: &raters(&panel, 4, 3), ..plain }), "verdict::bad_load");
}

/// Against every assignment there is: the flow finds a plan exactly where one exists.
#[test]
fn small_inputs_are_feasible_exactly_where_some_assignment_is() {
    let (candidates, panel) = (names("c", 3), names("r", 3));
    let candidates = borrowed(&candidates);
    let mut noise = Noise(41);
    let mut possible = 0;
    for _ in 0..300 {
        let limits: Vec<(u32, u32)> = (0..3)
            .map(|_| {
                let least = u32::from(noise.unit() < 0.5);
                (least, least + u32::from(noise.unit() < 0.7) + u32::from(noise.unit() < 0.3))
            })
            .collect();
        let forbidden: Vec<bool> = (0..9).map(|_| noise.unit() < 0.25).collect();
        let readings = 1 + u32::from(noise.unit() < 0.6);
        let fits = |mask: u32| {
            let has = |place: usize| (mask >> place) & 1;
            (0..9).all(|place| has(place) == 0 || !forbidden[place])
                && (0..3)
                    .all(|candidate| (0..3).map(|rater| has(candidate * 3 + rater)).sum::<u32>() == readings)
                && (0..3).all(|rater| {
                    let load = (0..3).map(|candidate| has(candidate * 3 + rater)).sum::<u32>();
                    (limits[rater].0..=limits[rater].1).contains(&load)
                })
        };
        let exists = (0..512).any(fits);
        let conflicts: Vec<(&str, &str)> = (0..9)
            .filter(|place| forbidden[*place])
            .map(|place| (panel[place % 3].as_str(), candidates[place / 3]))
            .collect();
        // An anchor links all, so that only the flow decides; it counts in every load.
        let raters: Vec<_> = panel
            .iter()
            .zip(&limits)
            .map(|(name, (least, greatest))| PlanRater { name, least: least + 1, greatest: greatest + 1 })
            .collect();
        let input = PlanInput {
            candidates: &candidates,
            raters: &raters,
            conflicts: &conflicts,
            readings,
            anchors: &["x"],
            seed: 2,
        };
        let plan = design_plan(input);
        assert_eq!(plan.is_ok(), exists, "{plan:?} {input:?}");
        if let Ok(plan) = plan {
            check(&plan, input);
            possible += 1;
        }
    }
    assert!((50..250).contains(&possible), "{possible} of 300: the draw should try both");
}

#[test]
fn spearman_brown_gives_the_reference_figures() {
    near(spearman_brown(SINGLE_RATER_RELIABILITY, 10.0), 0.78, 0.005);
    assert_eq!(raters_needed(SINGLE_RATER_RELIABILITY, 0.80), Some(12));
    assert_eq!(raters_needed(SINGLE_RATER_RELIABILITY, 0.90), Some(26));
    assert_eq!(raters_needed(0.5, 0.5), Some(1));
    assert_eq!(raters_needed(0.5, 0.9), Some(9), "exactly nine");
    for bad in [0.0, 1.0, -0.1, f64::NAN] {
        assert_eq!(raters_needed(bad, 0.8), None);
        assert_eq!(raters_needed(0.3, bad), None);
    }
}

fn planned(candidates: usize, panel: usize, readings: u32) -> Plan {
    let (candidates, panel) = (names("c", candidates), names("r", panel));
    let (candidates, raters) = (borrowed(&candidates), raters(&panel, 0, 100));
    design_plan(PlanInput {
        candidates: &candidates,
        raters: &raters,
        conflicts: &[],
        readings,
        anchors: &[],
        seed: 0,
    })
    .unwrap()
}

#[test]
fn a_forecast_of_a_crossed_panel_has_its_closed_form() {
    let assumptions = Assumptions { rater_deviation: 0.0, ..Assumptions::new(FIVE, 6) };
    let of =
        |readings| forecast(&planned(5, usize::try_from(readings).unwrap(), readings), assumptions).unwrap();
    let ten = of(10);
    near(ten.raw_reliability, 0.78, 0.005);
    // Without severity, fair averages are as reliable as raw ones: nothing is there to be taken out.
    near(ten.fair_reliability, ten.raw_reliability, 1e-9);
    // A reading has variance (1 - .26) / .26 in squared logits; differences of two candidates twice that over ten.
    let slope = ten.standard_error / (0.74 / 0.26 / 10.0_f64).sqrt();
    near(ten.difference_error.unwrap(), slope * (2.0 * 0.74 / 0.26 / 10.0_f64).sqrt(), 1e-9);
    near(of(12).fair_reliability, 0.80, 0.01);
    near(of(26).fair_reliability, 0.90, 0.005);
    let powers: Vec<f64> = [5, 10, 20, 40].into_iter().map(|readings| of(readings).power.unwrap()).collect();
    assert!(powers.windows(2).all(|pair| pair[0] < pair[1]), "{powers:?}");
    // No difference is seen at the level of the test.
    let none = Assumptions { difference: 0.0, ..assumptions };
    near(forecast(&planned(5, 10, 10), none).unwrap().power.unwrap(), 0.05, 1e-9);
}

#[test]
fn a_thinner_plan_forecasts_less() {
    let assumptions = Assumptions::new(FIVE, 6);
    let full = forecast(&planned(6, 12, 12), assumptions).unwrap();
    let thin = forecast(&planned(6, 12, 4), assumptions).unwrap();
    assert!(thin.fair_reliability < full.fair_reliability && thin.standard_error > full.standard_error);
    assert!(thin.least_power.unwrap() <= thin.power.unwrap());
    assert!(full.view_deviation > 1.0);
    let text = serde_json::to_string(&thin).unwrap();
    assert_eq!(serde_json::from_str::<Forecast>(&text).unwrap(), thin);
    for bad in [
        Assumptions { single_rater_reliability: 1.0, ..assumptions },
        Assumptions { items: 0, ..assumptions },
        Assumptions { difference: f64::NAN, ..assumptions },
        Assumptions { candidate_deviation: 0.0, ..assumptions },
        Assumptions { threshold_gap: f64::INFINITY, ..assumptions },
    ] {
        assert_eq!(forecast(&planned(6, 12, 4), bad).unwrap_err().code(), "verdict::forecast_out_of_range");
    }
    let mut broken = planned(4, 4, 2);
    broken.raters.iter_mut().for_each(|rater| rater.dossiers.retain(|dossier| dossier != "c00"));
    assert_eq!(forecast(&broken, assumptions).unwrap_err().code(), "verdict::unlinked_plan");
}
