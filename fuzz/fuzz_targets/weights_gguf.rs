//! GGUF files: tensors lie inside and where the alignment asks for, their rows hold whole blocks, and tokens are no
//! longer than the file.
#![no_main]

use daepyo_fuzz::weights;
use daepyo_lineage::{Format, Order, read_gguf};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(header) = weights::read(bytes, Format::Gguf, read_gguf) else { return };
    let alignment = header.about.settings.get("general.alignment").map_or("32", String::as_str);
    let alignment: u64 = alignment.parse().expect("a number");
    for tensor in &header.tensors {
        assert_eq!(tensor.extent.offset % alignment, 0, "{tensor:?}");
        let row = tensor.shape.last().copied().unwrap_or(1);
        assert!(tensor.encoding.bytes(row).is_some() && tensor.order == Order::Rows, "{tensor:?}");
    }
    let tokens = header.about.tokens.iter().flatten();
    let length: usize = tokens.map(Vec::len).sum();
    assert!(length <= bytes.len(), "{length} bytes of tokens in a file of {}", bytes.len());
});
