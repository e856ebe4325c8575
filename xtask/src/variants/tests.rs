//! Variants of a made file of a few hundred bytes.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

use super::{
    Recipe, change,
    gguf::{Gguf, Value},
    half, write_variant,
};
use std::{fs, io, path::PathBuf};

/// A file of `blocks` blocks, each with a norm (f32) and a matrix of two `Q4_1` blocks.
fn made(architecture: &str, blocks: u32) -> Vec<u8> {
    let text = |bytes: &mut Vec<u8>, text: &str| {
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    };
    let mut file = b"GGUF".to_vec();
    file.extend(3_u32.to_le_bytes());
    file.extend((u64::from(blocks) * 2).to_le_bytes());
    file.extend(3_u64.to_le_bytes());
    text(&mut file, "general.architecture");
    file.extend(8_u32.to_le_bytes());
    text(&mut file, architecture);
    text(&mut file, &format!("{architecture}.block_count"));
    file.extend(4_u32.to_le_bytes());
    file.extend(blocks.to_le_bytes());
    text(&mut file, "tokenizer.ggml.tokens");
    file.extend(9_u32.to_le_bytes());
    file.extend(8_u32.to_le_bytes());
    file.extend(2_u64.to_le_bytes());
    text(&mut file, "가");
    text(&mut file, "b");
    let mut data = Vec::new();
    for block in 0..blocks {
        for (name, dimensions, kind) in [("norm.weight", [3_u64, 1], 0_u32), ("matrix.weight", [32, 2], 3)] {
            text(&mut file, &format!("blk.{block}.{name}"));
            file.extend(2_u32.to_le_bytes());
            file.extend(dimensions.iter().flat_map(|size| size.to_le_bytes()));
            file.extend(kind.to_le_bytes());
            file.extend((data.len() as u64).to_le_bytes());
            if kind == 0 {
                data.extend([1.0_f32, 2.0, 3.0].iter().flat_map(|value| value.to_le_bytes()));
            } else {
                for _ in 0..2 {
                    data.extend(half::from_f32(0.5).to_le_bytes());
                    data.extend(half::from_f32(-0.25).to_le_bytes());
                    data.extend([u8::try_from(block).unwrap(); 16]);
                }
            }
            data.resize(data.len().next_multiple_of(32), 0);
        }
    }
    file.resize(file.len().next_multiple_of(32), 0);
    file.extend(data);
    file
}

fn written(file: &Gguf<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.write(&mut bytes).unwrap();
    bytes
}

fn recipe(dropped_blocks: &[u32], noise: f64, seed: u64) -> Recipe {
    Recipe { dropped_blocks: dropped_blocks.to_vec(), noise, seed }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("daepyo-variants-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_file_that_is_read_and_written_keeps_its_bytes() {
    let bytes = made("llama", 3);
    assert_eq!(written(&Gguf::parse(&bytes).unwrap()), bytes);
}

#[test]
fn kept_blocks_move_up_with_their_own_data() {
    let bytes = made("llama", 4);
    let source = Gguf::parse(&bytes).unwrap();
    let variant = change(&source, &recipe(&[1, 2], 0.0, 0)).unwrap();
    assert_eq!(variant.number("llama.block_count").unwrap(), 2);
    let names: Vec<&str> = variant.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(
        names,
        ["blk.0.norm.weight", "blk.0.matrix.weight", "blk.1.norm.weight", "blk.1.matrix.weight"]
    );
    assert_eq!(variant.tensors[3].data, source.tensors[7].data);
    let again = written(&variant);
    assert_eq!(Gguf::parse(&again).unwrap(), variant);
}

#[test]
fn a_gemma_keeps_which_of_its_blocks_see_a_window_alone() {
    let bytes = made("gemma3", 12);
    let variant = change(&Gguf::parse(&bytes).unwrap(), &recipe(&[2, 3], 0.0, 0)).unwrap();
    let mut expected = Gguf::parse(&bytes).unwrap();
    expected.set("gemma3.attention.sliding_window_pattern", Value::numbers(&[1, 1, 1, 0, 1, 1, 1, 1, 1, 0]));
    expected.set("gemma3.block_count", Value::number(10));
    expected.tensors.clone_from(&variant.tensors);
    assert_eq!(variant, expected);
}

#[test]
fn noise_multiplies_the_scales_of_matrices_and_leaves_norms() {
    let bytes = made("llama", 2);
    let source = Gguf::parse(&bytes).unwrap();
    let variant = change(&source, &recipe(&[], 0.2, 7)).unwrap();
    assert_eq!(variant.tensors[0], source.tensors[0]);
    let matrix = &variant.tensors[1].data;
    let scale = |at: usize| half::to_f32(u16::from_le_bytes([matrix[at], matrix[at + 1]]));
    for block in [0, 20] {
        assert!((scale(block) - 0.5).abs() > 1e-4, "{}", scale(block));
        assert!((scale(block + 2) / scale(block) + 0.5).abs() < 2e-3);
        assert_eq!(matrix[block + 4..block + 20], source.tensors[1].data[block + 4..block + 20]);
    }
    assert!((scale(0) - scale(20)).abs() > 1e-4);
}

#[test]
fn the_same_recipe_gives_the_same_digest_and_another_seed_another() {
    let folder = folder("digest");
    let source = folder.join("source.gguf");
    fs::write(&source, made("llama", 3)).unwrap();
    let digest =
        |name: &str, seed| write_variant(&source, &folder.join(name), &recipe(&[1], 0.1, seed)).unwrap();
    let first = digest("a.gguf", 1);
    assert_eq!(first, digest("b.gguf", 1));
    assert_ne!(first, digest("c.gguf", 2));
    // Pinned: the arithmetic is exact, so another machine must find the same.
    assert_eq!(first.to_string(), PINNED);
    fs::remove_dir_all(folder).unwrap();
}

const PINNED: &str = "sha256:576df5744aba95b1a5675ce5571b76e5d085c45e9597af9a093c2e3efd43a4bc";

#[test]
fn a_recipe_that_does_not_fit_is_refused() {
    let bytes = made("llama", 2);
    let source = Gguf::parse(&bytes).unwrap();
    for wrong in
        [recipe(&[2], 0.0, 0), recipe(&[0, 1], 0.0, 0), recipe(&[], f64::NAN, 0), recipe(&[], 1.0, 0)]
    {
        assert_eq!(change(&source, &wrong).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
    let other = made("mamba", 2);
    let refused = change(&Gguf::parse(&other).unwrap(), &recipe(&[0], 0.0, 0)).unwrap_err();
    assert!(refused.to_string().contains("mamba"), "{refused}");
}

#[test]
fn no_cut_and_no_flipped_byte_makes_the_reader_panic() {
    let bytes = made("llama", 2);
    for length in 0..bytes.len() - 64 {
        assert!(Gguf::parse(&bytes[..length]).is_err(), "{length}");
    }
    let mut refused = 0;
    for at in 0..bytes.len() {
        for value in [0, 0x7f, 0xff] {
            let mut flipped = bytes.clone();
            flipped[at] = value;
            refused += usize::from(Gguf::parse(&flipped).is_err());
        }
    }
    assert!(refused > 300, "{refused}");
}
