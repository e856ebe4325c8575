//! Files that no honest program wrote: each is one error with its code and its place.

use super::made::{self, with_header};
use daepyo_lineage::{Memory, Place, Weights, read_any};
use std::path::Path;
use tempfile::TempDir;

fn code(bytes: &[u8]) -> (&'static str, Option<Place>) {
    let error = read_any(&Memory(bytes)).map(|_| ()).unwrap_err();
    (error.code(), error.place)
}

fn entry(shape: &str, from: u64, to: u64) -> String {
    format!(r#"{{"dtype":"F32","shape":{shape},"data_offsets":[{from},{to}]}}"#)
}

#[test]
fn broken_safetensors_are_told_with_the_tensor() {
    let of = |name: &str| Some(Place::Tensor(name.to_owned()));
    let a = entry("[2]", 0, 8);
    let cases = [
        (format!(r#"{{"a":{a},"a":{a}}}"#), 8, "lineage::duplicate", of("a")),
        (format!(r#"{{"a":{a},"b":{}}}"#, entry("[2]", 4, 12)), 12, "lineage::overlap", of("b")),
        (format!(r#"{{"a":{}}}"#, entry("[2]", 0, 12)), 12, "lineage::size", of("a")),
        (format!(r#"{{"a":{}}}"#, entry("[4]", 0, 16)), 8, "lineage::out_of_range", of("a")),
        (format!(r#"{{"a":{}}}"#, entry("[2]", 8, 0)), 8, "lineage::out_of_range", of("a")),
        (
            format!(r#"{{"a":{}}}"#, entry("[4294967295,4294967295,4294967295]", 0, 8)),
            8,
            "lineage::shape",
            of("a"),
        ),
        (
            r#"{"a":{"dtype":"F7","shape":[2],"data_offsets":[0,8]}}"#.to_owned(),
            8,
            "lineage::unknown_encoding",
            of("a"),
        ),
        (format!(r#"{{"a":{a}}}"#), 12, "lineage::header", None),
        (format!(r#"{{"a":{a}"#), 8, "lineage::header", None),
    ];
    for (header, data, expected, place) in cases {
        let (found, at) = code(&with_header(&header, &vec![0; data]));
        assert_eq!(found, expected, "{header}");
        assert!(place.is_none() || at == place, "{header}: {at:?}");
    }
    let mut long = u64::MAX.to_le_bytes().to_vec();
    long[5..8].fill(0);
    long.push(b'{');
    assert_eq!(code(&long).0, "lineage::header_too_large");
    let whole = made::safetensors(&made::model(1));
    assert_eq!(code(&whole[..whole.len() - 1]).0, "lineage::out_of_range");
    assert_eq!(code(&whole[..40]).0, "lineage::truncated");
    assert_eq!(code(b"hello").0, "lineage::not_weights");
}

#[test]
fn every_beginning_of_a_real_file_is_an_error_and_no_panic() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("model.gguf");
    made::write_gguf(&made::model(1), 4, &path);
    let whole = std::fs::read(&path).unwrap();
    assert!(read_any(&Memory(&whole)).is_ok());
    for length in (0..6000).chain([whole.len() - 1]) {
        assert!(read_any(&Memory(&whole[..length])).is_err(), "{length} bytes");
    }
}

#[test]
fn an_index_cannot_lead_out_of_its_folder() {
    let home = TempDir::new().unwrap();
    let folder = home.path().join("model");
    std::fs::create_dir(&folder).unwrap();
    made::write(&made::model(1), &home.path().join("outside.safetensors"));
    let open = |folder: &Path| Weights::open(folder).map(|_| ()).unwrap_err().code();
    assert_eq!(open(&folder), "lineage::no_weights");
    for file in ["../outside.safetensors", "/etc/passwd", ".hidden", "a/b"] {
        let index = serde_json::json!({"weight_map": {"model.norm.weight": file}});
        std::fs::write(folder.join("model.safetensors.index.json"), index.to_string()).unwrap();
        assert_eq!(open(&folder), "lineage::outside_folder", "{file}");
    }
    std::fs::remove_file(folder.join("model.safetensors.index.json")).unwrap();
    std::os::unix::fs::symlink("../outside.safetensors", folder.join("model.safetensors")).unwrap();
    assert_eq!(open(&folder), "lineage::link");
}

#[test]
fn a_hubs_cache_with_links_to_blobs_is_read() {
    let home = TempDir::new().unwrap();
    let snapshot = home.path().join("snapshots/abc");
    std::fs::create_dir_all(home.path().join("blobs")).unwrap();
    std::fs::create_dir_all(&snapshot).unwrap();
    made::write(&made::model(1), &home.path().join("blobs/123"));
    std::os::unix::fs::symlink("../../blobs/123", snapshot.join("model.safetensors")).unwrap();
    assert!(Weights::open(&snapshot).is_ok());
}

#[test]
fn shards_are_one_model_and_a_missing_one_is_named() {
    let home = TempDir::new().unwrap();
    let model = made::model(1);
    let (mut first, mut second) = (made::Model::new(), made::Model::new());
    let mut places = serde_json::Map::new();
    for (number, (name, tensor)) in model.iter().enumerate() {
        let (shard, file) =
            if number % 2 == 0 { (&mut first, "a.safetensors") } else { (&mut second, "b.safetensors") };
        shard.insert(name.clone(), tensor.clone());
        places.insert(name.clone(), file.into());
    }
    made::write(&first, &home.path().join("a.safetensors"));
    made::write(&second, &home.path().join("b.safetensors"));
    let index = home.path().join("model.safetensors.index.json");
    std::fs::write(&index, serde_json::json!({"weight_map": places}).to_string()).unwrap();
    assert_eq!(Weights::open(home.path()).unwrap().tensors.len(), model.len());
    places.insert("model.extra.weight".into(), "a.safetensors".into());
    std::fs::write(&index, serde_json::json!({"weight_map": places}).to_string()).unwrap();
    let error = Weights::open(home.path()).map(|_| ()).unwrap_err();
    assert_eq!(
        (error.code(), error.place),
        ("lineage::index", Some(Place::Tensor("model.extra.weight".into())))
    );
    std::fs::remove_file(home.path().join("b.safetensors")).unwrap();
    let error = Weights::open(home.path()).map(|_| ()).unwrap_err();
    assert_eq!((error.code(), error.file.as_str()), ("lineage::unreadable", "b.safetensors"));
}
