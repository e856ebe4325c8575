//! Packed matrices among the tensors of a folder: settings, then a line a tensor (name, encoding, shape, and the bytes of
//! small ones as text), then bytes that fill the others. What is found to be one is decoded row by row as all at once, from
//! bytes inside its tensor, and is compared without a panic.
#![no_main]

use daepyo_fuzz::weights::{are_same, are_same_tensors};
use daepyo_lineage::{Options, Sample, Scale, Tensor, View, Weights, compare};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, json};
use std::fs;

const TENSORS: usize = 16;
/// Of all tensors.
const BYTES: usize = 1 << 18;
const ROWS: u64 = 64;
const COLUMNS: u64 = 256;
/// Every so many inputs are compared with themselves, which costs more than all else.
const COMPARED: usize = 16;

fn bytes_of(kind: &str) -> Option<usize> {
    Some(match kind {
        "F64" | "I64" => 8,
        "F32" | "I32" => 4,
        "F16" | "BF16" | "I16" => 2,
        "F8_E4M3" | "F8_E5M2" | "I8" | "U8" => 1,
        _ => return None,
    })
}

/// A safetensors file with the tensors of `lines`; what no line gives the bytes of has those of `fill`, over and over.
fn file(lines: &str, fill: &[u8]) -> Option<Vec<u8>> {
    let (mut header, mut data) = (Map::new(), Vec::new());
    let mut filling = fill.iter().copied().cycle();
    for line in lines.lines().take(TENSORS) {
        let mut fields = line.splitn(4, '\t');
        let (name, kind, shape) = (fields.next()?, fields.next()?, fields.next()?);
        let text = fields.next();
        let shape: Vec<usize> = match text {
            Some(text) => vec![text.len()],
            None => shape
                .split('x')
                .filter(|length| *length != "-")
                .map(|length| length.parse().ok())
                .collect::<Option<_>>()?,
        };
        let count = shape.iter().try_fold(bytes_of(kind)?, |product, length| product.checked_mul(*length))?;
        let start = data.len();
        if start.checked_add(count)? > BYTES || header.contains_key(name) {
            return None;
        }
        match text.filter(|_| bytes_of(kind) == Some(1)) {
            Some(text) => data.extend(text.as_bytes()),
            None => data.extend((0..count).map(|_| filling.next().unwrap_or(0))),
        }
        let entry = json!({"dtype": kind, "shape": shape, "data_offsets": [start, data.len()]});
        header.insert(name.to_owned(), entry);
    }
    let header = serde_json::Value::Object(header).to_string();
    Some([(header.len() as u64).to_le_bytes().as_slice(), header.as_bytes(), &data].concat())
}

fn check(weights: &Weights, tensor: &Tensor) {
    let [rows, columns] = *tensor.shape.as_slice() else { panic!("no matrix: {tensor:?}") };
    let view = View::whole(tensor).expect("a matrix of numbers");
    assert_eq!((view.rows, view.columns), (rows, columns));
    assert_eq!(view.turned(tensor), None);
    let rows: Vec<u64> = (0..rows.min(ROWS)).collect();
    let sample = Sample::new(tensor, view, rows.clone(), COLUMNS).expect("rows of a matrix");
    let ranges = sample.ranges(tensor);
    assert!(
        ranges.iter().all(|range| range.start < range.end && range.end <= tensor.extent.bytes),
        "{tensor:?}"
    );
    assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start), "{ranges:?}");
    let all = sample.read(weights, tensor).expect("files that do not change");
    if all.is_empty() {
        return;
    }
    let width = sample.columns();
    assert_eq!(all.len(), rows.len() * width);
    for (row, expected) in rows.iter().rev().zip(all.chunks(width).rev()) {
        let alone = Sample::new(tensor, view, vec![*row], COLUMNS).expect("a row");
        let found = alone.read(weights, tensor).expect("files that do not change");
        assert!(are_same(&found, expected), "row {row} of {tensor:?}");
        let short = Sample::new(tensor, view, vec![*row], 1).expect("a number");
        let found = short.read(weights, tensor).expect("files that do not change");
        assert!(are_same(&found, &expected[..1]), "the first number of row {row} of {tensor:?}");
    }
    let scaled = sample.scaled(weights, tensor).expect("files that do not change").expect("as before");
    assert_eq!(scaled.decode(tensor, &[]).len(), all.len());
}

fuzz_target!(|data: &[u8]| {
    let mut parts = daepyo_fuzz::byte_parts(data);
    let (settings, lines) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let fill = parts.next().unwrap_or_default();
    let Ok(lines) = std::str::from_utf8(lines) else { return };
    let Some(file) = file(lines, fill) else { return };
    let folder = daepyo_fuzz::folder();
    fs::write(folder.path().join("config.json"), settings).expect("our own folder");
    fs::write(folder.path().join("model.safetensors"), file).expect("our own folder");
    let Ok(weights) = Weights::open(folder.path()) else { return };
    let again = Weights::open(folder.path()).expect("the same folder");
    assert!(are_same_tensors(&weights.tensors, &again.tensors), "other tensors in the same folder");
    for tensor in weights.tensors.iter().filter(|tensor| matches!(tensor.scale, Scale::Packed(_))) {
        check(&weights, tensor);
    }
    if data.len() % COMPARED == 0 {
        let options = Options { draws: 9, evasion: false, ..Options::default() };
        compare(&weights, &again, &options, &|_| ()).expect("files that do not change");
    }
});
