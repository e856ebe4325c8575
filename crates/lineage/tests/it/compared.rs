//! What a comparison says of models whose relation is known.

use super::made::{self, LAYERS, Model};
use daepyo_lineage::{Aligned, Comparison, Hidden, Options, Verdict, Weights, compare};
use tempfile::TempDir;

pub(crate) fn compared(first: &Model, second: &Model) -> Comparison {
    let home = TempDir::new().unwrap();
    let paths = ["first.safetensors", "second.safetensors"].map(|name| home.path().join(name));
    made::write(first, &paths[0]);
    made::write(second, &paths[1]);
    let [first, second] = paths.map(|path| Weights::open(&path).unwrap());
    compare(&first, &second, &Options::default(), &|_| ()).unwrap()
}

pub(crate) fn rejecting(found: &Comparison) -> Vec<(&str, Option<Aligned>)> {
    let tests = found.components.iter().flat_map(|component| &component.tests);
    tests.filter(|test| test.rejects).map(|test| (test.test.as_str(), test.aligned)).collect()
}

pub(crate) fn layers(found: &Comparison) -> Vec<(u32, u32)> {
    found.components[0].layers.iter().map(|layer| (layer.first, layer.second)).collect()
}

#[test]
fn a_model_is_itself_under_any_names_of_files() {
    let found = compared(&made::model(1), &made::model(1));
    assert_eq!(found.verdict, Verdict::SameBytes);
    assert_eq!(found.components[0].bytes.same_tensors, found.components[0].bytes.tensors[0]);
}

#[test]
fn independent_models_of_one_architecture_show_no_evidence() {
    for seed in 2..6 {
        let found = compared(&made::model(1), &made::model(seed));
        assert_eq!(found.verdict, Verdict::NoEvidence, "{:?}", rejecting(&found));
        let tests: Vec<&str> = found.components[0].tests.iter().map(|test| test.test.as_str()).collect();
        for test in ["T1", "T2", "T3", "T4"] {
            assert!(tests.contains(&test), "{test} was not run");
        }
    }
}

#[test]
fn a_trained_copy_is_derived_and_each_layer_matches_its_own() {
    let parent = made::model(1);
    for size in [0.01, 0.1, 0.3] {
        let found = compared(&parent, &made::noised(&parent, size, 7));
        assert_eq!(found.verdict, Verdict::Derived, "{size}");
        assert_eq!(layers(&found), (0..LAYERS as u32).map(|layer| (layer, layer)).collect::<Vec<_>>());
    }
}

#[test]
fn dropped_and_repeated_layers_are_mapped() {
    let parent = made::model(1);
    let dropped = compared(&parent, &made::noised(&made::with_layers(&parent, &[0, 2, 3]), 0.05, 8));
    assert_eq!((dropped.verdict, layers(&dropped)), (Verdict::Derived, vec![(0, 0), (2, 1), (3, 2)]));
    let repeated =
        compared(&parent, &made::noised(&made::with_layers(&parent, &[0, 1, 2, 1, 2, 3]), 0.05, 8));
    let expected = vec![(0, 0), (1, 1), (2, 2), (1, 3), (2, 4), (3, 5)];
    assert_eq!((repeated.verdict, layers(&repeated)), (Verdict::Derived, expected));
}

#[test]
fn layers_in_another_order_are_found_though_there_are_as_many() {
    let parent = made::model(1);
    let found = compared(&parent, &made::noised(&made::with_layers(&parent, &[2, 0, 3, 1]), 0.05, 8));
    assert_eq!((found.verdict, layers(&found)), (Verdict::Derived, vec![(2, 0), (0, 1), (3, 2), (1, 3)]));
}

#[test]
fn permuted_neurons_and_dimensions_are_put_in_order_before_the_test() {
    let parent = made::model(1);
    let neurons = compared(&parent, &made::noised(&made::permuted(&parent, false, 9), 0.1, 10));
    assert_eq!(neurons.verdict, Verdict::Derived);
    let both = compared(&parent, &made::noised(&made::permuted(&parent, true, 9), 0.1, 10));
    assert_eq!(both.verdict, Verdict::Derived);
    let aligned = Aligned { hidden: Hidden::Permuted, neurons_matched: true };
    assert!(rejecting(&both).contains(&("T4", Some(aligned))), "{:?}", rejecting(&both));
}

#[test]
fn a_rotation_with_folded_norms_and_noise_is_turned_back() {
    let parent = made::model(1);
    let found = compared(&parent, &made::noised(&made::rotated(&parent, 11), 0.1, 12));
    assert_eq!(found.verdict, Verdict::Derived, "{:#?}", found.components[0].tests);
    let aligned = Aligned { hidden: Hidden::Rotated, neurons_matched: false };
    assert!(rejecting(&found).contains(&("T4", Some(aligned))), "{:?}", rejecting(&found));
    assert!(!rejecting(&found).iter().any(|(test, _)| *test == "T2"));
}

#[test]
fn a_rotated_independent_model_shows_no_evidence() {
    let found = compared(&made::model(1), &made::rotated(&made::model(2), 11));
    assert_eq!(found.verdict, Verdict::NoEvidence, "{:?}", rejecting(&found));
}

#[test]
fn borrowed_embeddings_alone_are_a_shared_part() {
    let (parent, mut child) = (made::model(1), made::model(2));
    let name = "model.embed_tokens.weight";
    child.insert(name.into(), made::noised(&parent, 0.05, 3)[name].clone());
    let found = compared(&parent, &child);
    assert_eq!(found.verdict, Verdict::SharesComponent);
    assert_eq!(rejecting(&found), [("T3", None)]);
}

#[test]
fn a_quantised_file_of_another_format_is_derived_with_its_queries_in_order() {
    let home = TempDir::new().unwrap();
    let parent = made::model(1);
    let (safetensors, gguf) = (home.path().join("model.safetensors"), home.path().join("model.gguf"));
    made::write(&parent, &safetensors);
    made::write_gguf(&parent, 4, &gguf);
    let (first, second) = (Weights::open(&safetensors).unwrap(), Weights::open(&gguf).unwrap());
    let found = compare(&first, &second, &Options::default(), &|_| ()).unwrap();
    assert_eq!(found.verdict, Verdict::Derived);
    for test in &found.components[0].tests {
        assert!(test.matched > 0.99, "{} of {}: {}", test.test, test.of, test.matched);
    }
}

#[test]
fn another_width_is_told_as_not_tested_and_not_as_innocent() {
    let mut narrow = made::model(3);
    narrow.retain(|name, _| !name.contains("embed"));
    for tensor in narrow.values_mut() {
        tensor.shape = vec![8, tensor.numbers.len() / 8];
    }
    let found = compared(&made::model(1), &narrow);
    assert_eq!(found.verdict, Verdict::NotTestable);
    assert!(!found.components[0].not_tested.is_empty());
}

#[test]
fn figures_are_the_same_bits_with_any_number_of_threads() {
    let (one, other) = (made::model(1), made::noised(&made::model(1), 0.3, 4));
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| serde_json::to_value(compared(&one, &other)).unwrap())
    };
    // The folder's name is the only thing that differs.
    let without_names = |mut value: serde_json::Value| {
        for model in value["models"].as_array_mut().unwrap() {
            model["name"] = "".into();
            model["files"][0]["name"] = "".into();
        }
        value
    };
    assert_eq!(without_names(with(1)), without_names(with(3)));
}

#[test]
fn a_verdict_that_does_not_follow_from_its_figures_is_seen() {
    let parent = made::model(1);
    for child in
        [made::noised(&parent, 0.1, 2), made::model(2), made::permuted(&parent, true, 3), parent.clone()]
    {
        let honest = compared(&parent, &child);
        assert!(honest.follows());
        let text = serde_json::to_string(&honest).unwrap();
        assert_eq!(serde_json::from_str::<Comparison>(&text).unwrap(), honest);
        let mut lied = honest.clone();
        lied.verdict =
            if honest.verdict == Verdict::NoEvidence { Verdict::Derived } else { Verdict::NoEvidence };
        assert!(!lied.follows());
        let mut hidden = honest.clone();
        for test in &mut hidden.components[0].tests {
            test.rejects = !test.rejects;
        }
        assert!(!hidden.follows());
    }
}
