//! One suspect against fingerprints of many models.

use super::made::{self, Model};
use daepyo_lineage::{Fingerprint, Hit, Memory, Options, Suspect, Weights, load};
use tempfile::TempDir;

fn print(model: &Model, name: &str) -> Fingerprint {
    let home = TempDir::new().unwrap();
    let path = home.path().join("model.safetensors");
    made::write(model, &path);
    let weights = Weights::open(&path).unwrap();
    let loaded = load(&weights, &Options::default(), &|_| ()).unwrap();
    let print = Fingerprint::of(&loaded, name, 0);
    let read = Fingerprint::read(&Memory(&print.to_bytes())).unwrap();
    assert_eq!(read, print);
    read
}

fn hit<'a>(hits: &'a [Hit], name: &str) -> &'a Hit {
    hits.iter().find(|hit| hit.name == name).unwrap()
}

#[test]
fn the_parent_is_found_among_strangers_in_whatever_depth() {
    let parent = made::model(1);
    let mut others: Vec<Fingerprint> =
        (2..30).map(|seed| print(&made::model(seed), &format!("stranger {seed}"))).collect();
    others.push(print(&parent, "parent"));
    let suspects = [
        made::noised(&parent, 0.2, 5),
        made::noised(&made::with_layers(&parent, &[1, 3]), 0.1, 5),
        made::low_rank(&parent, 4, 5),
    ];
    for suspect in suspects {
        let hits = Suspect::new(print(&suspect, "suspect")).search(&others);
        let found = hit(&hits, "parent");
        assert!(found.log10_p < -12.0, "{found:?}");
        assert!(hits.iter().filter(|hit| hit.name != "parent").all(|hit| hit.log10_p > -4.0), "{hits:#?}");
    }
    let hits = Suspect::new(print(&parent, "copy")).search(&others);
    assert_eq!(hit(&hits, "parent").same_tensors, parent.len());
}

#[test]
fn broken_fingerprints_are_told() {
    let whole = print(&made::model(1), "whole").to_bytes();
    for length in 0..whole.len() {
        assert!(Fingerprint::read(&Memory(&whole[..length])).is_err(), "{length} bytes");
    }
    let mut long = whole.clone();
    long.push(0);
    assert_eq!(Fingerprint::read(&Memory(&long)).unwrap_err().code(), "lineage::header");
    assert_eq!(Fingerprint::read(&Memory(b"daepyoF2")).unwrap_err().code(), "lineage::not_weights");
}
