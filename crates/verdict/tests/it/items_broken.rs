//! The item-response model against peers, and broken items that were planted.

use crate::fixture::{Noise, near};
use crate::items_world::{World, logistic, real};
use daepyo_verdict::items::{
    BrokenSettings, ItemMethod, ItemModelSettings, ItemProblem, find_broken, fit_items, least_p,
};

/// Abilities first, then discriminations `exp(.3 z)` and difficulties, then answers item by item.
fn answered(noise: &mut Noise, entrants: usize, items: usize) -> World {
    let abilities: Vec<f64> = (0..entrants).map(|_| noise.normal()).collect();
    let curves: Vec<(f64, f64)> =
        (0..items).map(|_| (libm::exp(0.3 * noise.normal()), noise.normal())).collect();
    from_curves(noise, &abilities, &curves)
}

fn from_curves(noise: &mut Noise, abilities: &[f64], curves: &[(f64, f64)]) -> World {
    let mut world = World::new(curves.len(), 1);
    let mut scores = vec![Vec::new(); abilities.len()];
    for (slope, difficulty) in curves {
        for (column, ability) in scores.iter_mut().zip(abilities) {
            column.push(Some(noise.hit(logistic(slope * (ability - difficulty)))));
        }
    }
    for (place, column) in scores.into_iter().enumerate() {
        world.add(&format!("e{place:03}"), column);
    }
    world
}

#[test]
fn many_entrants_agree_with_girth() {
    // girth 0.8.0, twopl_mml on the same answers.
    let slopes = [
        1.74, 0.6746, 1.4795, 0.5436, 1.0504, 1.4627, 1.0626, 1.1687, 0.6338, 0.6097, 1.2755, 0.772, 1.6196,
        0.6486, 0.8003, 0.7773, 0.7954, 1.1618, 1.0178, 1.0413,
    ];
    let difficulties = [
        0.1935, 0.8692, 0.2771, 2.176, -1.7192, -1.4724, -1.5809, 0.6486, -0.5031, -0.8897, -1.9585, 0.5486,
        -0.7298, -0.4419, -1.2698, -0.5306, 0.331, -0.3306, 0.2639, -0.3075,
    ];
    let world = answered(&mut Noise(7), 400, 20);
    let model = fit_items(&world.table(), &ItemModelSettings::default()).unwrap();
    assert_eq!((model.method, model.converged), (ItemMethod::ManyEntrants, true));
    for ((fit, slope), difficulty) in model.items.iter().zip(slopes).zip(difficulties) {
        near(fit.discrimination.unwrap(), slope, 0.02);
        near(fit.difficulty.unwrap(), difficulty, 0.03);
        assert!(fit.discrimination_error.unwrap() > 0.05 && fit.difficulty_error.unwrap() > 0.05);
    }
}

#[test]
fn many_entrants_reach_the_maximum_of_the_marginal_likelihood() {
    // scipy 1.17.1, minimize on the marginal likelihood summed over a grid, with the same weak priors.
    let slopes = [2.306_92, 0.858_26, 0.576_27, 1.361_67, 0.352_52, 1.607_87];
    let intercepts = [-0.728_98, -0.566_65, -1.384_57, 0.6333, 1.737_58, -1.400_72];
    let world = answered(&mut Noise(8), 200, 6);
    let model = fit_items(&world.table(), &ItemModelSettings::default()).unwrap();
    for ((fit, slope), intercept) in model.items.iter().zip(slopes).zip(intercepts) {
        near(fit.discrimination.unwrap(), slope, 2e-3);
        near(-fit.discrimination.unwrap() * fit.difficulty.unwrap(), intercept, 2e-3);
    }
}

/// Five entrants, 80 items, of which the first three are reversed.
fn few() -> World {
    let mut noise = Noise(9);
    let mut curves: Vec<(f64, f64)> =
        (0..80).map(|_| (libm::exp(0.5 * noise.normal()), 1.2 * noise.normal())).collect();
    curves.iter_mut().take(3).for_each(|(slope, _)| *slope = -*slope);
    from_curves(&mut noise, &[-1.6, -0.8, 0.0, 0.8, 1.6], &curves)
}

#[test]
fn few_entrants_reach_the_maximum_of_the_likelihood_over_items() {
    // scipy 1.17.1, minimize on the likelihood summed over a dense grid of items, with the same pseudo-items.
    let model = fit_items(&few().table(), &ItemModelSettings::default()).unwrap();
    assert_eq!((model.method, model.converged), (ItemMethod::FewEntrants, true));
    for (fit, ability) in model.entrants.iter().zip([-1.4731, -0.4848, -0.8316, 1.0673, 1.7222]) {
        near(fit.ability, ability, 0.01);
        // About 2 / sqrt(80) for a difference of two logits over items of unknown difficulty.
        assert!((0.15..0.5).contains(&fit.standard_error.unwrap()), "{fit:?}");
    }
    near(model.difficulty.0, -0.2854, 0.01);
    near(model.difficulty.1, 1.6662, 0.02);
    near(model.shares.unwrap()[1], 0.0096, 5e-4);
    for (fit, (reversed, useless)) in
        model.items.iter().zip([(0.1208, 0.1129), (0.0319, 0.0651), (0.0499, 0.0714), (0.0006, 0.0073)])
    {
        near(fit.p_reversed.unwrap(), reversed, 0.01);
        near(fit.p_useless.unwrap(), useless, 0.01);
    }
    // Five answers say next to nothing about discrimination.
    assert!(model.information.unwrap() < 0.2, "{:?}", model.information);
}

#[test]
fn few_entrants_recover_their_abilities() {
    let abilities = [-1.5, -1.2, -0.8, -0.4, -0.1, 0.2, 0.5, 0.8, 1.1, 1.4];
    let mut noise = Noise(12);
    let (mut inside, mut all) = (0, 0);
    for _ in 0..12 {
        let curves: Vec<(f64, f64)> =
            (0..400).map(|_| (libm::exp(0.5 * noise.normal()), 0.5 + 1.3 * noise.normal())).collect();
        let world = from_curves(&mut noise, &abilities, &curves);
        let model = fit_items(&world.table(), &ItemModelSettings::default()).unwrap();
        near(model.difficulty.0, 0.5, 0.35);
        near(model.difficulty.1, 1.3, 0.3);
        for (fit, truth) in model.entrants.iter().zip(abilities) {
            all += 1;
            inside += u32::from((fit.ability - truth).abs() <= 1.96 * fit.standard_error.unwrap());
        }
    }
    // 114 of 120 expected; items are shared, so entrants of one run go together.
    assert!(inside >= 106 && all == 120, "{inside} of {all}");
}

/// Ten entrants far apart and items of which the first `reversed` are keyed the wrong way round.
fn planted(noise: &mut Noise, entrants: usize, items: usize, reversed: usize) -> World {
    let spread = |place: usize| 5.0 * (real(place) + 0.5) / real(entrants) - 2.5;
    let abilities: Vec<f64> = (0..entrants).map(spread).collect();
    let mut curves: Vec<(f64, f64)> =
        (0..items).map(|_| (1.6 * libm::exp(0.3 * noise.normal()), noise.normal())).collect();
    curves.iter_mut().take(reversed).for_each(|(slope, _)| *slope = -*slope);
    from_curves(noise, &abilities, &curves)
}

/// Finds, and false finds among them, by the model and by the exact test.
fn finds(world: &World, reversed: usize) -> [(usize, usize); 2] {
    let found = find_broken(&world.table(), &BrokenSettings::default()).unwrap();
    let count = |wanted: fn(&ItemProblem) -> bool| {
        let found: Vec<usize> = found
            .findings
            .iter()
            .filter(|one| wanted(&one.problem))
            .map(|one| one.item.parse().unwrap())
            .collect();
        (found.len(), found.iter().filter(|item| **item >= reversed).count())
    };
    [
        count(|one| matches!(one, ItemProblem::Reversed { .. })),
        count(|one| matches!(one, ItemProblem::NegativeCorrelation { .. })),
    ]
}

#[test]
fn planted_reversals_are_found_with_few_false_finds() {
    let mut noise = Noise(21);
    let (mut model, mut exact) = ((0, 0), (0, 0));
    for _ in 0..10 {
        let [by_model, by_test] = finds(&planted(&mut noise, 10, 400, 20), 20);
        model = (model.0 + by_model.0, model.1 + by_model.1);
        exact = (exact.0 + by_test.0, exact.1 + by_test.1);
    }
    // 200 were planted. The level is 5 % false finds.
    assert!(model.0 - model.1 >= 100, "{model:?}");
    assert!(model.1 * 100 <= model.0 * 8, "{model:?}");
    assert!(exact.1 * 100 <= exact.0.max(1) * 8, "{exact:?}");
}

#[test]
fn many_entrants_find_nearly_all_reversals() {
    let [by_model, by_test] = finds(&planted(&mut Noise(22), 120, 150, 10), 10);
    assert!(by_model.0 - by_model.1 >= 9 && by_model.1 <= 1, "{by_model:?}");
    assert!(by_test.0 - by_test.1 >= 9 && by_test.1 <= 1, "{by_test:?}");
}

#[test]
fn sound_items_are_seldom_called_reversed() {
    let mut noise = Noise(23);
    let (mut model, mut exact) = (0, 0);
    for _ in 0..10 {
        // Guessing makes weak entrants right and strong ones wrong by chance.
        let mut world = planted(&mut noise, 10, 300, 0);
        for column in &mut world.scores {
            for score in column {
                *score = score.map(|score| score.max(noise.hit(0.25)));
            }
        }
        world.items.iter_mut().for_each(|item| item.3 = 0.25);
        let [by_model, by_test] = finds(&world, 0);
        model += by_model.0;
        exact += by_test.0;
    }
    assert!(model <= 3 && exact <= 3, "{model} and {exact} of 3,000");
}

#[test]
fn ten_entrants_say_what_the_exact_test_cannot_find() {
    near(least_p(10), 1.0 / 252.0, 1e-12);
    let world = planted(&mut Noise(24), 10, 400, 4);
    let found = find_broken(&world.table(), &BrokenSettings::default()).unwrap();
    let tested = found.statistics.iter().filter(|one| one.p_negative.is_some()).count();
    assert_eq!(found.least_finds, u64::try_from((tested * 20).div_ceil(252)).unwrap());
    assert!(found.least_finds > 4, "four broken items are out of reach of the exact test");
}

#[test]
fn alike_answers_and_disagreement_with_the_key_are_reported_and_nothing_is_dropped() {
    let mut world = planted(&mut Noise(25), 6, 60, 0);
    for place in 0..60 {
        world.items[place].4 = Some("A".to_owned());
        world.items[place].3 = 0.25;
    }
    for (entrant, column) in world.scores.iter_mut().enumerate() {
        (column[0], column[1]) = (Some(1.0), Some(0.0));
        // The three strongest, who come last, answer item 2 with C; the others with the key.
        column[2] = Some(f64::from(u8::from(entrant < 3)));
        column[3] = if entrant == 5 { None } else { column[3] };
        let answer = |(place, score): (usize, &Option<f64>)| {
            let wrong = if place == 2 { "C" } else { ["B", "C", "D"][entrant % 3] };
            score.map(|score| if score > 0.5 { "A" } else { wrong })
        };
        world.answers[entrant] = column.iter().enumerate().map(answer).collect();
    }
    let found = find_broken(&world.table(), &BrokenSettings::default()).unwrap();
    let of = |item: &str| -> Vec<&ItemProblem> {
        found.findings.iter().filter(|one| one.item == item).map(|one| &one.problem).collect()
    };
    assert!(of("00000").iter().any(|one| **one == ItemProblem::EveryoneRight { entrants: 6 }));
    let all_wrong = |one: &&ItemProblem| matches!(one, ItemProblem::EveryoneWrong { entrants: 6, by_guessing } if (by_guessing - 0.75_f64.powi(6)).abs() < 1e-12);
    assert!(of("00001").iter().any(all_wrong));
    let Some(ItemProblem::KeyDisagreement { answer, strongest, chosen_by, key_chosen_by, by_chance, .. }) =
        of("00002").into_iter().find(|one| matches!(one, ItemProblem::KeyDisagreement { .. }))
    else {
        panic!("{:?}", of("00002"));
    };
    assert_eq!((answer.as_str(), strongest.len(), chosen_by.len(), key_chosen_by.len()), ("C", 3, 3, 3));
    assert!(strongest.contains(&"e005".to_owned()) && (0.0..0.1).contains(by_chance));
    assert!(found.agreements_by_chance.unwrap() > 0.0);
    assert_eq!(found.statistics.len(), 60);
    let standing = &found.standings[5];
    assert_eq!((standing.documents_all, standing.documents_without), (59, 59 - found.flagged));
    assert!(standing.without.unwrap() > standing.all.unwrap(), "the strongest lost by the broken items");
}

#[test]
fn extreme_tables_stay_finite() {
    for score in [0.0, 1.0] {
        let mut world = World::new(6, 1);
        for name in ["a", "b", "c", "d"] {
            world.add(name, vec![Some(score); 6]);
        }
        world.scores[3] = vec![None; 6];
        let found = find_broken(&world.table(), &BrokenSettings::default()).unwrap();
        let model = found.model.unwrap();
        assert!(model.entrants.iter().all(|one| one.ability.is_finite()), "{:?}", model.entrants);
        assert_eq!(found.findings.len(), 6);
    }
    let mut world = World::new(3, 1);
    world.add("a", vec![Some(1.0); 3]);
    world.add("b", vec![Some(0.0); 3]);
    assert_eq!(find_broken(&world.table(), &BrokenSettings::default()).unwrap().model, None);
}
