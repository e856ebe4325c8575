//! ONNX files: tensors lie inside, no encoding is GGML's, and a field that a later version may bring changes nothing.
#![no_main]

use daepyo_fuzz::weights;
use daepyo_lineage::{Encoding, Format, Memory, read_onnx};
use libfuzzer_sys::fuzz_target;

/// Field 100 of a model, the number 0.
const UNKNOWN_FIELD: [u8; 3] = [0xA0, 0x06, 0x00];

fuzz_target!(|bytes: &[u8]| {
    let Some(header) = weights::read(bytes, Format::Onnx, read_onnx) else { return };
    let is_foreign = |encoding: Encoding| matches!(encoding, Encoding::Ggml(_));
    assert!(!header.tensors.iter().any(|tensor| is_foreign(tensor.encoding)));
    let longer = [bytes, UNKNOWN_FIELD.as_slice()].concat();
    let again = read_onnx(&Memory(&longer), 0).expect("the same and a field more");
    assert!(weights::is_same(&header, &again), "another header with an unknown field");
});
