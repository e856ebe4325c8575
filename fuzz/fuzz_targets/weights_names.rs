//! Names and shapes of tensors, a line each: the inventory has every tensor once, tells the unknown ones in the order
//! of the file, and sorts a megabyte of names in bearable time.
#![no_main]

use daepyo_lineage::inventory::{Component, Facet, Role, inventory, name};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;

/// One input of so many is made long, which takes as much time as hundreds of short ones.
const LONG_ONES: u32 = 1024;
/// Names and shapes of a long input.
const LONG_BYTES: usize = 1 << 20;

/// The name on a line, and behind its last tab the lengths with an `x` between.
fn tensor(line: &str) -> (String, Vec<u64>) {
    let (name, lengths) = line.rsplit_once('\t').unwrap_or((line, ""));
    (name.to_owned(), lengths.split('x').filter_map(|length| length.parse().ok()).collect())
}

/// The same tensors in many layers.
fn layers(tensors: &[(String, Vec<u64>)]) -> Vec<(String, Vec<u64>)> {
    let bytes: usize = tensors.iter().map(|(name, shape)| name.len() + 16 + 8 * shape.len()).sum();
    let layer = |layer: usize| {
        tensors.iter().map(move |(name, shape)| (format!("layers.{layer}.{name}"), shape.clone()))
    };
    (0..LONG_BYTES / bytes.max(16)).flat_map(layer).collect()
}

fn check(tensors: &[(String, Vec<u64>)]) {
    let given = || tensors.iter().map(|(name, shape)| (name.as_str(), shape.as_slice()));
    let taken = inventory(given());
    assert!(taken == inventory(given()), "another inventory of the same names");

    let mut expected: Vec<(&str, &[u64], Facet)> =
        given().map(|(text, shape)| (text, shape, name(text, shape).facet)).collect();
    let entries = taken.parts.values().flatten();
    let mut found: Vec<(&str, &[u64], Facet)> =
        entries.map(|entry| (entry.name.as_str(), entry.shape.as_slice(), entry.facet)).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert!(found == expected, "not every tensor is there once");

    let unnamed = taken.parts.iter().filter(|(part, _)| part.role == Role::Unnamed);
    let mut unnamed: Vec<&str> =
        unnamed.flat_map(|(_, entries)| entries).map(|entry| entry.name.as_str()).collect();
    let mut listed: Vec<&str> = taken.unnamed.iter().map(String::as_str).collect();
    let mut in_file = given().map(|(text, _)| text);
    assert!(listed.iter().all(|unnamed| in_file.any(|text| text == *unnamed)), "not in the file's order");
    unnamed.sort_unstable();
    listed.sort_unstable();
    assert!(listed == unnamed, "not every unknown name is told");

    let components: BTreeSet<Component> = taken.parts.keys().map(|part| part.component).collect();
    assert!(taken.sizes.keys().eq(&components), "a component without a size");
    for component in Component::ALL {
        for (part, entry) in taken.weights(*component).chain(taken.norms(*component)) {
            assert!(part.component == *component && entry.facet == Facet::Weight, "{part:?}: {entry:?}");
            assert_eq!(taken.weight(part), Some(entry));
        }
    }
    for part in taken.parts.keys().filter_map(|part| part.of_expert(3)) {
        assert_eq!(part.expert, Some(3), "{part:?}");
    }
}

fuzz_target!(|text: &str| {
    let tensors: Vec<(String, Vec<u64>)> = text.lines().map(tensor).collect();
    check(&tensors);
    let sum = text.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    if sum % LONG_ONES == 0 {
        check(&layers(&tensors));
    }
});
