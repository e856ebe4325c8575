//! PyTorch's checkpoints: bytes as they come, pickles and storages in a sound archive, and archives whose directory
//! lies. Tensors lie inside the storages and nowhere else in the file.
#![no_main]

use daepyo_fuzz::weights;
use daepyo_lineage::{Format, read_pytorch};
use libfuzzer_sys::fuzz_target;
use std::ops::Range;

/// Before a member's name.
const LOCAL_HEADER_BYTES: u64 = 30;
/// A pickle can give one tensor a million names; so many are looked for in the storages.
const PLACED: usize = 256;

/// The members of a checkpoint: its pickle, then its storages, called 0 and on.
fn members(bytes: &[u8]) -> Vec<(String, &[u8])> {
    let name = |place: usize| match place.checked_sub(1) {
        None => "archive/data.pkl".to_owned(),
        Some(key) => format!("archive/data/{key}"),
    };
    daepyo_fuzz::byte_parts(bytes).enumerate().map(|(place, part)| (name(place), part)).collect()
}

/// Where the content of each member lies in their archive.
fn places(members: &[(String, &[u8])]) -> Vec<Range<u64>> {
    let mut next = 0;
    let place = |(name, content): &(String, &[u8])| {
        let start = next + LOCAL_HEADER_BYTES + name.len() as u64;
        next = start + content.len() as u64;
        start..next
    };
    members.iter().map(place).collect()
}

fn check_storages(bytes: &[u8]) {
    let members = members(bytes);
    let archive = daepyo_fuzz::zip(&members, &[]);
    let Some(header) = weights::read(&archive, Format::Pytorch, read_pytorch) else { return };
    let places = places(&members);
    for tensor in header.tensors.iter().filter(|tensor| tensor.extent.bytes > 0).take(PLACED) {
        let (from, to) = (tensor.extent.offset, tensor.extent.offset + tensor.extent.bytes);
        let mut storages = places.iter().skip(1);
        assert!(storages.any(|storage| storage.start <= from && to <= storage.end), "{tensor:?}");
    }
}

fuzz_target!(|data: (u8, &[u8])| {
    let (choice, bytes) = data;
    match choice % 3 {
        0 => drop(weights::read(bytes, Format::Pytorch, read_pytorch)),
        1 => check_storages(bytes),
        _ => {
            let (lies, content) = bytes.split_at(bytes.len().min(12));
            let archive = daepyo_fuzz::zip(&members(content), lies);
            drop(weights::read(&archive, Format::Pytorch, read_pytorch));
        }
    }
});
