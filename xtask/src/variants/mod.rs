//! Worse versions of a GGUF model, with the same bytes on every machine: candidates whose order is known.

mod gguf;
mod half;
mod noise;

use daepyo_core::Digest;
use gguf::{Gguf, Tensor, Value};
use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

/// How a variant is made from its source.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Blocks that are left out, by their numbers in the source; the others move up.
    pub dropped_blocks: Vec<u32>,
    /// Standard deviation of the factor that each quantisation block of the kept blocks' matrices is multiplied
    /// with; its mean is 1, and 0 leaves the bytes as they are.
    pub noise: f64,
    /// Seed of the noise.
    pub seed: u64,
}

/// A variant with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its file name without `.gguf`.
    pub name: &'static str,
    /// File name of its source.
    pub source: &'static str,
    /// How it is made.
    pub recipe: Recipe,
}

/// The variants of the demo, worse and worse within one source.
pub fn demo_variants() -> Vec<Variant> {
    let smollm2 = "SmolLM2-135M-Instruct.Q4_1.gguf";
    let gemma3 = "gemma-3-270m-q4_k_m.gguf";
    let noised = |noise| Recipe { dropped_blocks: Vec::new(), noise, seed: 20_260_106 };
    vec![
        Variant { name: "smollm2-135m-noised", source: smollm2, recipe: noised(0.25) },
        Variant {
            name: "smollm2-135m-shallow",
            source: smollm2,
            recipe: Recipe { dropped_blocks: vec![11, 14, 17, 20, 23, 26], noise: 0.0, seed: 0 },
        },
        Variant { name: "gemma-3-270m-noised", source: gemma3, recipe: noised(0.25) },
    ]
}

/// Writes each of `variants` into `target_folder` from its source in `source_folder`; gives the paths and
/// digests in the same order. A variant that is already there is written again: only its bytes can be trusted.
pub fn make_variants(
    source_folder: &Path,
    target_folder: &Path,
    variants: &[Variant],
) -> io::Result<Vec<(PathBuf, Digest)>> {
    fs::create_dir_all(target_folder)?;
    variants
        .iter()
        .map(|variant| {
            let target = target_folder.join(format!("{}.gguf", variant.name));
            let digest = write_variant(&source_folder.join(variant.source), &target, &variant.recipe)?;
            Ok((target, digest))
        })
        .collect()
}

/// Writes the variant of `source` that `recipe` describes, and gives the SHA-256 of its bytes, which depend on
/// the source's bytes and the recipe alone. `target` appears whole or not at all.
///
/// Fails with [`io::ErrorKind::InvalidData`] where the source is no GGUF file that this reader understands, and
/// with [`io::ErrorKind::InvalidInput`] where the recipe does not fit it.
pub fn write_variant(source: &Path, target: &Path, recipe: &Recipe) -> io::Result<Digest> {
    let bytes = fs::read(source)?;
    let variant = change(&Gguf::parse(&bytes)?, recipe)?;
    let partial = target.with_extension("partial");
    let mut file = io::BufWriter::new(fs::File::create(&partial)?);
    variant.write(&mut file)?;
    file.flush()?;
    drop(file);
    fs::rename(&partial, target)?;
    Digest::of_reader(fs::File::open(target)?)
}

fn change<'a>(source: &Gguf<'a>, recipe: &Recipe) -> io::Result<Gguf<'a>> {
    let wrong = |message: String| io::Error::new(io::ErrorKind::InvalidInput, message);
    if !(recipe.noise.is_finite() && (0.0..1.0).contains(&recipe.noise)) {
        return Err(wrong(format!("noise {} is not in [0, 1)", recipe.noise)));
    }
    let architecture = source.text("general.architecture")?;
    let count_key = format!("{architecture}.block_count");
    let blocks = source.number(&count_key)?;
    if let Some(block) = recipe.dropped_blocks.iter().find(|block| **block >= blocks) {
        return Err(wrong(format!("there is no block {block} among {blocks}")));
    }
    let kept: Vec<u32> = (0..blocks).filter(|block| !recipe.dropped_blocks.contains(block)).collect();
    if kept.is_empty() {
        return Err(wrong("no block would be left".to_owned()));
    }

    let mut variant = source.clone();
    if kept.len() < usize::try_from(blocks).unwrap_or(usize::MAX) {
        variant.set(&count_key, Value::number(u32::try_from(kept.len()).unwrap_or(u32::MAX)));
        let blocks = Blocks::of(architecture)
            .ok_or_else(|| wrong(format!("dropping blocks of `{architecture}` is not known to be sound")))?;
        if let Blocks::LocalBut { period } = blocks {
            // Which blocks see a window alone follows from their number unless it is written out.
            let local: Vec<u32> = kept.iter().map(|block| u32::from(block % period < period - 1)).collect();
            variant.set(&format!("{architecture}.attention.sliding_window_pattern"), Value::numbers(&local));
        }
    }
    variant.tensors = source
        .tensors
        .iter()
        .filter_map(|tensor| {
            let Some((block, rest)) = tensor.block() else { return Some(Ok(tensor.clone())) };
            let place = kept.iter().position(|kept| *kept == block)?;
            let mut changed = Tensor { name: format!("blk.{place}.{rest}"), ..tensor.clone() };
            if recipe.noise > 0.0 {
                match noise::scaled(&tensor.data, tensor.kind, recipe.noise, recipe.seed, &tensor.name) {
                    Ok(Some(data)) => changed.data = data.into(),
                    Ok(None) => {}
                    Err(error) => return Some(Err(error)),
                }
            }
            Some(Ok(changed))
        })
        .collect::<io::Result<_>>()?;
    Ok(variant)
}

/// What the blocks of an architecture attend to.
enum Blocks {
    /// Every one to all positions.
    Alike,
    /// To a window, but for the last of each `period` blocks.
    LocalBut { period: u32 },
}

impl Blocks {
    /// For the architectures that can lose blocks.
    fn of(architecture: &str) -> Option<Self> {
        match architecture {
            "llama" | "qwen2" | "qwen3" => Some(Self::Alike),
            "gemma3" => Some(Self::LocalBut { period: 6 }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
