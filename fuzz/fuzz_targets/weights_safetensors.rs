//! safetensors files: tensors lie inside, every byte behind the header is some tensor's, names are unique, and a header
//! that is written again from what was read says the same.
#![no_main]

use daepyo_fuzz::weights;
use daepyo_lineage::{Format, Header, Memory, Tensor, read_safetensors};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Where the tensors' bytes begin.
fn data_start(bytes: &[u8]) -> u64 {
    let length = bytes.first_chunk().map_or(0, |raw| u64::from_le_bytes(*raw));
    8 + length
}

/// The same header as we would write it, with the tensors' bytes behind it.
fn written(header: &Header, bytes: &[u8]) -> Vec<u8> {
    let start = data_start(bytes);
    let mut entries = Map::new();
    entries.insert("__metadata__".to_owned(), json!(header.about.settings));
    for tensor in &header.tensors {
        let from = tensor.extent.offset - start;
        let entry = json!({
            "dtype": tensor.encoding.name(),
            "shape": tensor.shape,
            "data_offsets": [from, from + tensor.extent.bytes],
        });
        entries.insert(tensor.name.clone(), entry);
    }
    let text = Value::Object(entries).to_string();
    let length = (text.len() as u64).to_le_bytes();
    [length.as_slice(), text.as_bytes(), &bytes[start as usize..]].concat()
}

/// The tensors with offsets from the end of the header.
fn moved(header: &Header, bytes: &[u8]) -> Vec<Tensor> {
    let start = data_start(bytes);
    let mut tensors = header.tensors.clone();
    tensors.iter_mut().for_each(|tensor| tensor.extent.offset -= start);
    tensors
}

fuzz_target!(|bytes: &[u8]| {
    let Some(header) = weights::read(bytes, Format::Safetensors, read_safetensors) else { return };
    let names: BTreeSet<&str> = header.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names.len(), header.tensors.len(), "a name stands twice");

    let extents = header.tensors.iter().map(|tensor| tensor.extent);
    let mut places: Vec<(u64, u64)> =
        extents.map(|extent| (extent.offset, extent.offset + extent.bytes)).collect();
    places.sort_unstable();
    let mut claimed = data_start(bytes);
    for (from, to) in places {
        assert!(from <= claimed, "bytes {claimed} to {from} are no tensor's");
        claimed = claimed.max(to);
    }
    assert_eq!(claimed, bytes.len() as u64, "bytes behind the last tensor");

    let again = written(&header, bytes);
    let read_again = read_safetensors(&Memory(&again), 0).expect("what we wrote");
    assert_eq!(read_again.about, header.about);
    assert_eq!(moved(&read_again, &again), moved(&header, bytes));
});
