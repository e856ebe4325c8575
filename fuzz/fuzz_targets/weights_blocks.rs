//! Bytes as the numbers of any encoding: every number is written, a block alone says what it says among others, and
//! what has no bytes or no room stays as it was.
#![no_main]

use daepyo_fuzz::weights::are_same;
use daepyo_lineage::{Encoding, fuzz};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// The encodings of GGUF, by their numbers, and those that other formats have.
static ENCODINGS: LazyLock<Vec<Encoding>> = LazyLock::new(|| {
    let others = [
        Encoding::F8E4m3,
        Encoding::F8E5m2,
        Encoding::U8,
        Encoding::U16,
        Encoding::U32,
        Encoding::U64,
        Encoding::Bool,
    ];
    (0..64).filter_map(fuzz::encoding_of).chain(others).collect()
});
/// Stands where nothing has been written.
const UNTOUCHED: f32 = -7.531e-13;

fn decoded(encoding: Encoding, bytes: &[u8], count: usize, before: f32) -> Vec<f32> {
    let mut numbers = vec![before; count];
    encoding.decode(bytes, &mut numbers);
    numbers
}

fuzz_target!(|data: (u8, u16, &[u8])| {
    let (choice, length, bytes) = data;
    let encoding = ENCODINGS[usize::from(choice) % ENCODINGS.len()];
    let (block, elements) = (encoding.block_bytes() as usize, encoding.block_elements() as usize);
    let blocks = bytes.len() / block;
    let count = blocks * elements;
    assert_eq!(encoding.bytes(count as u64), Some((blocks * block) as u64));
    assert_eq!(encoding.bytes(count as u64 + 1).is_some(), elements == 1);

    let all = decoded(encoding, bytes, count, UNTOUCHED);
    assert!(are_same(&all, &decoded(encoding, bytes, count, f32::NAN)), "{encoding:?} leaves numbers out");
    for (alone, among) in bytes.chunks_exact(block).zip(all.chunks_exact(elements)) {
        assert!(are_same(&decoded(encoding, alone, elements, 0.0), among), "{encoding:?} of {alone:?}");
    }

    let room = usize::from(length) % (2 * count + 2);
    let numbers = decoded(encoding, bytes, room, UNTOUCHED);
    let (written, rest) = numbers.split_at(room.min(count));
    assert!(are_same(written, &all[..written.len()]), "{encoding:?} with room for {room}");
    assert!(rest.iter().all(|number| number.to_bits() == UNTOUCHED.to_bits()), "{encoding:?}: {rest:?}");
});
