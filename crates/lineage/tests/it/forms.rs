//! What a comparison says of models that have another form than what they were made from: another width or depth,
//! experts.

use super::compared::{compared, layers, rejecting};
use super::made::{self, HIDDEN, LAYERS, Model, NEURONS, POSITIONS};
use daepyo_lineage::{Aligned, Comparison, ExpertMatch, Hidden, TestFinding, Verdict};

/// Of `count` places those that are not every fourth.
fn three_of_four(count: usize) -> Vec<usize> {
    (0..count).filter(|place| place % 4 != 1).collect()
}

fn tests<'a>(found: &'a Comparison, of: &str) -> Vec<&'a TestFinding> {
    found.components[0].tests.iter().filter(|test| test.of == of).collect()
}

fn has_rejected(found: &Comparison, hidden: Hidden, neurons_matched: bool) -> bool {
    rejecting(found).contains(&("T4", Some(Aligned { hidden, neurons_matched })))
}

fn experts(found: &Comparison) -> &[ExpertMatch] {
    &found.components[0].experts
}

/// `model` with the attention, norms and embeddings of another, so that its networks alone can tell.
fn with_other_rest(model: &Model, other: &Model) -> Model {
    let mut made = model.clone();
    for (name, tensor) in other.iter().filter(|(name, _)| !name.contains("mlp.")) {
        made.insert(name.clone(), tensor.clone());
    }
    made
}

#[test]
fn pruned_dimensions_and_neurons_are_found_whichever_model_comes_first() {
    let parent = made::model(1);
    let pruned = made::resized(&parent, &three_of_four(HIDDEN), &three_of_four(NEURONS));
    let pruned = made::noised(&pruned, 0.1, 5);
    for (one, other) in [(&parent, &pruned), (&pruned, &parent)] {
        let found = compared(one, other);
        assert_eq!(found.verdict, Verdict::Derived, "{:#?}", found.components[0].tests);
        assert!(has_rejected(&found, Hidden::Permuted, false), "{:?}", rejecting(&found));
        assert!(has_rejected(&found, Hidden::Permuted, true), "{:?}", rejecting(&found));
        assert!(found.follows());
    }
}

#[test]
fn a_widened_model_is_found_by_its_first_dimensions() {
    let parent = made::model(1);
    let twice = |count: usize, more: usize| (0..count).chain(0..more).collect::<Vec<usize>>();
    let widened = made::resized(&parent, &twice(HIDDEN, 16), &twice(NEURONS, 32));
    let found = compared(&parent, &made::noised(&widened, 0.1, 5));
    assert_eq!(found.verdict, Verdict::Derived);
    assert!(has_rejected(&found, Hidden::Prefix, false), "{:?}", rejecting(&found));
    for test in ["T1", "T3"] {
        let prefix = Aligned { hidden: Hidden::Prefix, neurons_matched: false };
        assert!(rejecting(&found).contains(&(test, Some(prefix))), "{test}");
    }
}

#[test]
fn dimensions_that_were_rotated_and_then_cut_are_found() {
    let parent = made::model(1);
    let (kept, neurons): (Vec<usize>, Vec<usize>) = ((0..48).collect(), (0..NEURONS).collect());
    let cut = made::resized(&made::rotated(&parent, 11), &kept, &neurons);
    let found = compared(&parent, &made::noised(&cut, 0.1, 12));
    assert_eq!(found.verdict, Verdict::Derived, "{:#?}", found.components[0].tests);
    assert!(has_rejected(&found, Hidden::Rotated, false), "{:?}", rejecting(&found));
}

#[test]
fn independent_models_of_other_widths_show_no_evidence() {
    for seed in 2..7 {
        for (hidden, neurons) in [(48, 96), (80, 160), (48, 160)] {
            let found = compared(&made::model(1), &made::sized(seed, hidden, neurons));
            assert_eq!(found.verdict, Verdict::NoEvidence, "{hidden}, {neurons}: {:?}", rejecting(&found));
            for test in ["T1", "T3", "T4"] {
                let made = found.components[0].tests.iter().any(|finding| finding.test == test);
                assert!(made, "{test} was not run");
            }
        }
    }
}

#[test]
fn layers_that_were_dropped_and_rotated_are_mapped_under_the_rotation() {
    let parent = made::model(1);
    let shallow = made::with_layers(&made::rotated(&parent, 11), &[0, 2, 3]);
    let found = compared(&parent, &made::noised(&shallow, 0.1, 12));
    assert_eq!(found.verdict, Verdict::Derived, "{:#?}", found.components[0].tests);
    assert_eq!(layers(&found), [(0, 0), (2, 1), (3, 2)]);
    assert!(has_rejected(&found, Hidden::Rotated, false), "{:?}", rejecting(&found));
    for seed in 2..5 {
        let stranger = made::with_layers(&made::rotated(&made::model(seed), 11), &[0, 2, 3]);
        let found = compared(&parent, &stranger);
        assert_eq!((found.verdict, layers(&found)), (Verdict::NoEvidence, vec![]), "{:?}", rejecting(&found));
    }
}

#[test]
fn experts_in_another_order_are_matched() {
    let parent = made::mixture(1, 8);
    let child = made::noised(&made::shuffled_experts(&parent, 8, 8, 3), 0.2, 4);
    for child in [with_other_rest(&child, &made::model(9)), child] {
        let found = compared(&parent, &child);
        assert_eq!(found.verdict, Verdict::Derived, "{:#?}", found.components[0].tests);
        assert_eq!(experts(&found).len(), LAYERS);
        assert!(experts(&found).iter().all(|layer| layer.experts == [8, 8] && layer.matched == 8));
        assert!(tests(&found, "experts_up").iter().any(|test| test.rejects));
        assert!(found.follows());
    }
}

#[test]
fn fewer_experts_than_the_parent_has_are_matched() {
    let parent = made::mixture(1, 8);
    let child = made::noised(&made::shuffled_experts(&parent, 8, 5, 3), 0.2, 4);
    let found = compared(&parent, &with_other_rest(&child, &made::model(9)));
    assert_eq!(found.verdict, Verdict::Derived);
    assert!(experts(&found).iter().all(|layer| (layer.compared, layer.matched) == (5, 5)));
}

#[test]
fn experts_in_order_are_left_to_the_test_by_number() {
    let parent = made::mixture(1, 4);
    let found = compared(&parent, &made::noised(&parent, 0.1, 4));
    assert_eq!((found.verdict, experts(&found).len()), (Verdict::Derived, 0));
    assert_eq!(tests(&found, "experts_up").len(), 0);
}

#[test]
fn experts_that_were_made_from_one_network_are_counted() {
    let (parent, rest) = (made::model(1), made::model(2));
    let child = made::upcycled(&rest, &parent, 4, 0.3, 6);
    for (one, other, counts) in [(&parent, &child, [0, 4]), (&child, &parent, [4, 0])] {
        let found = compared(one, other);
        assert_eq!(found.verdict, Verdict::Derived, "{:#?}", found.components[0].tests);
        assert_eq!(experts(&found).len(), LAYERS);
        let all = |layer: &ExpertMatch| layer.experts == counts && (layer.compared, layer.matched) == (4, 4);
        assert!(experts(&found).iter().all(all), "{:?}", experts(&found));
    }
}

#[test]
fn parts_of_one_network_in_another_order_are_found_in_experts() {
    let (parent, rest) = (made::model(1), made::model(2));
    let child = made::upcycled_in_parts(&rest, &parent, 4, 6);
    for (one, other) in [(&parent, &child), (&child, &parent)] {
        let found = compared(one, other);
        assert_eq!(found.verdict, Verdict::Derived, "{:#?}", found.components[0].tests);
        assert!(has_rejected(&found, Hidden::Same, true));
        assert!(experts(&found).iter().all(|layer| layer.matched == 4), "{:?}", experts(&found));
    }
}

#[test]
fn independent_experts_show_no_evidence() {
    let parents = [made::mixture(1, 8), made::model(1)];
    for seed in 2..6 {
        let strangers = [
            made::mixture(seed, 8),
            made::mixture(seed, 5),
            // All experts of it are copies of each other, so they are no evidence by their number.
            made::upcycled(&made::model(seed), &made::model(seed + 10), 8, 0.1, seed),
        ];
        for (number, stranger) in strangers.iter().enumerate() {
            for parent in &parents {
                let found = compared(parent, stranger);
                let told = (number, rejecting(&found));
                assert_eq!(found.verdict, Verdict::NoEvidence, "{seed}: {told:?}");
                assert!(experts(&found).iter().all(|layer| layer.matched == 0), "{seed}: {told:?}");
            }
        }
    }
}

/// Experts that are copies of each other repeat one chance agreement: they are no tests of their own.
#[test]
fn two_unrelated_mixtures_of_copies_show_no_evidence() {
    for seed in 0..6 {
        let of_copies = |seed: u64| made::upcycled(&made::model(seed), &made::model(seed), 8, 0.01, seed);
        let found = compared(&of_copies(100 + seed), &of_copies(200 + seed));
        let of_experts = found.components[0].tests.iter().filter(|test| test.test == "T2");
        let least = of_experts.map(|test| test.log10_p).fold(0.0, f64::min);
        assert!(least > -4.0, "{seed}: {least}");
        assert_eq!(found.verdict, Verdict::NoEvidence, "{seed}");
    }
}

#[test]
fn positions_of_another_model_are_a_shared_part_and_their_smoothness_is_none() {
    let with = |seed: u64, table: made::Tensor| {
        let mut model = made::model(seed);
        model.insert(POSITIONS.into(), table);
        model
    };
    let parent = with(1, made::positions(21));
    let borrowed = with(2, made::noised(&parent, 0.1, 3)[POSITIONS].clone());
    let found = compared(&parent, &borrowed);
    assert_eq!((found.verdict, rejecting(&found)), (Verdict::SharesComponent, vec![("T3", None)]));
    assert!(tests(&found, "position_embedding").iter().all(|test| test.rejects));
    for seed in 22..30 {
        let found = compared(&parent, &with(seed, made::positions(seed)));
        assert_eq!(found.verdict, Verdict::NoEvidence, "{:?}", rejecting(&found));
        assert_eq!(tests(&found, "position_embedding").len(), 1);
    }
    // Tables that began as the same waves say nothing of descent.
    let computed = |seed: u64| {
        let model = with(seed, made::computed_positions());
        made::noised(&model, 0.1, seed)
    };
    let found = compared(&computed(1), &computed(2));
    assert_eq!((found.verdict, tests(&found, "position_embedding").len()), (Verdict::NoEvidence, 0));
}
