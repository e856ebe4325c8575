//! Draws of battles: the same for the same seed, balanced, and never the same twice for one person.

use crate::chance::Chance;
use daepyo_arena::assign::{AssignError, AssignRules, BLOCK, Exposure, Seed, draw};
use daepyo_core::{VoteChoice, VoterId};
use daepyo_verdict::votes::pairing::PairingRules;
use std::collections::BTreeSet;

const RULES: AssignRules = AssignRules { pairing: PairingRules::advancing(2), prompts: 12, assigned: 40 };

fn person(number: usize) -> VoterId {
    VoterId::new(format!("v{number}")).unwrap()
}

#[test]
fn the_same_draw_gives_the_same_battle() {
    let exposure = Exposure::new(6, 12).unwrap();
    let one = |seed, number| draw(&exposure, &RULES, &Seed::new([seed; 32]), number, &person(0)).unwrap();
    assert_eq!(one(1, 5), one(1, 5));
    let other_seeds: BTreeSet<_> = (0..20).map(|seed| (one(seed, 5).left, one(seed, 5).right)).collect();
    let other_numbers: BTreeSet<_> =
        (0..20).map(|number| (one(1, number).left, one(1, number).right)).collect();
    assert!(other_seeds.len() > 5 && other_numbers.len() > 5);
}

#[test]
fn a_seed_shows_its_commitment_only() {
    let seed = Seed::new([42; 32]);
    assert_eq!(format!("{seed:?}"), format!("Seed({})", seed.commitment()));
    assert_ne!(seed.commitment(), Seed::new([43; 32]).commitment());
}

#[test]
fn every_block_holds_the_share_of_assigned_prompts() {
    let exposure = Exposure::new(4, 12).unwrap();
    for assigned in [0, 1, 40, 100] {
        let rules = AssignRules { assigned, ..RULES };
        for block in 0..3 {
            let battles = (block * BLOCK..(block + 1) * BLOCK)
                .map(|number| draw(&exposure, &rules, &Seed::new([9; 32]), number, &person(0)).unwrap());
            let given = battles.filter(|battle| battle.prompt.is_some()).count();
            assert_eq!(given, usize::from(assigned));
        }
    }
}

/// A contest of some people with votes at random.
fn contest(seed: u8, candidates: u16, people: usize, battles: u64, rules: &AssignRules) -> Exposure {
    let mut exposure = Exposure::new(usize::from(candidates), rules.prompts).unwrap();
    let mut chance = Chance(u64::from(seed));
    let mut shown = BTreeSet::new();
    for number in 0..battles {
        let who = chance.below(people);
        let battle = draw(&exposure, rules, &Seed::new([seed; 32]), number, &person(who)).unwrap();
        assert!(battle.left != battle.right && battle.left < candidates && battle.right < candidates);
        if let Some(prompt) = battle.prompt {
            let (low, high) = (battle.left.min(battle.right), battle.left.max(battle.right));
            assert!(prompt < rules.prompts && shown.insert((who, prompt, low, high)), "seen before");
        }
        let vote = match chance.below(5) {
            0 => None,
            1 => Some(VoteChoice::Tie),
            // The lower number is the stronger.
            _ => Some(if battle.left < battle.right { VoteChoice::Left } else { VoteChoice::Right }),
        };
        exposure.record(&battle, &person(who), vote).unwrap();
    }
    exposure
}

#[test]
fn nobody_sees_a_prompt_with_a_pair_twice_and_exposure_has_a_floor() {
    for seed in 0..6 {
        let rules = AssignRules { assigned: 100, ..RULES };
        let exposure = contest(seed, 6, 3, 600, &rules);
        let least = *exposure.pairs().exposures().iter().min().unwrap();
        // The even exposure is 200; the floor a third of it.
        assert!(least >= 66, "{least}");
        let lean = exposure.pairs().lean();
        assert!(lean.iter().all(|lean| lean.abs() <= 40), "{lean:?}");
    }
}

#[test]
fn prompts_are_shown_equally_often() {
    let rules = AssignRules { assigned: 50, ..RULES };
    let exposure = contest(3, 5, 1_000, 1_200, &rules);
    let (least, most) = (exposure.prompts().iter().min().unwrap(), exposure.prompts().iter().max().unwrap());
    assert_eq!(exposure.prompts().iter().sum::<u64>(), 600);
    assert!(most - least <= 1, "{:?}", exposure.prompts());
}

#[test]
fn whoever_has_seen_all_prompts_writes_their_own() {
    let rules = AssignRules { assigned: 100, prompts: 1, ..RULES };
    let mut exposure = Exposure::new(3, 1).unwrap();
    let (mut given, mut own) = (0, 0);
    for number in 0..40 {
        let battle = draw(&exposure, &rules, &Seed::new([1; 32]), number, &person(0)).unwrap();
        exposure.record(&battle, &person(0), None).unwrap();
        if battle.prompt.is_some() { given += 1 } else { own += 1 }
    }
    assert_eq!((given, own), (3, 37), "three pairs with one prompt each");
}

#[test]
fn what_cannot_be_is_refused() {
    let mut exposure = Exposure::new(3, 2).unwrap();
    let rules = AssignRules { assigned: 101, ..RULES };
    let seed = Seed::new([0; 32]);
    assert_eq!(
        draw(&exposure, &rules, &seed, 0, &person(0)).map_err(|error| error.code()),
        Err("arena::share")
    );
    let no_cut = AssignRules { pairing: PairingRules::advancing(3), ..RULES };
    assert!(matches!(draw(&exposure, &no_cut, &seed, 0, &person(0)), Err(AssignError::Pairing(_))));
    let mut battle = draw(&exposure, &RULES, &seed, 0, &person(0)).unwrap();
    battle.prompt = Some(2);
    assert_eq!(
        exposure.record(&battle, &person(0), None).map_err(|error| error.code()),
        Err("arena::unknown_prompt")
    );
    battle.prompt = None;
    battle.right = battle.left;
    assert!(matches!(exposure.record(&battle, &person(0), None), Err(AssignError::Record(_))));
}
