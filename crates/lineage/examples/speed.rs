//! What the claim `lineage-speed` times: each part prints one line of JSON.
//!
//! `make FILE SEED` writes random weights in the shape of a Llama of 1.2 billion parameters; `compare A B` goes over two
//! such files with T0 to T3; `sha A B` hashes them as the `sha2` crate does, a thread each; `assign N FILE` writes random
//! costs and assigns them; `prints MODEL FOLDER` writes a thousand fingerprints, `search MODEL FOLDER` asks them.

#![expect(clippy::print_stdout, reason = "it is a program")]

use daepyo_lineage::assignment::assign;
use daepyo_lineage::{Fingerprint, Options, Suspect, WeightFile, Weights, compare, load};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Map, json};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::time::Instant;

const LAYERS: u64 = 16;
const HIDDEN: u64 = 2048;
const NEURONS: u64 = 8192;
const KEYS: u64 = 512;
const TOKENS: u64 = 128_256;
const PRINTS: u64 = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let found = match words.as_slice() {
        ["make", path, seed] => make(Path::new(path), seed.parse()?)?,
        ["compare", first, second] => {
            let start = Instant::now();
            let (first, second) = (Weights::open(Path::new(first))?, Weights::open(Path::new(second))?);
            let options = Options { evasion: false, ..Options::default() };
            let found = compare(&first, &second, &options, &|_| ())?;
            json!({"wall_s": start.elapsed().as_secs_f64(), "verdict": found.verdict.name(), "peak_kib": peak_kib()})
        }
        ["sha", first, second] => {
            let start = Instant::now();
            std::thread::scope(|scope| {
                let one = scope.spawn(|| sha(Path::new(first)));
                let other = scope.spawn(|| sha(Path::new(second)));
                let failed = |_| std::io::Error::other("a thread ended");
                one.join().map_err(failed)??;
                other.join().map_err(failed)?
            })?;
            json!({"wall_s": start.elapsed().as_secs_f64()})
        }
        ["assign", n, path] => assigned(n.parse()?, Path::new(path))?,
        ["prints", model, folder] => prints(Path::new(model), Path::new(folder))?,
        ["search", model, folder] => search(Path::new(model), Path::new(folder))?,
        _ => return Err("see the head of this file".into()),
    };
    println!("{found}");
    Ok(())
}

fn make(path: &Path, seed: u64) -> Result<serde_json::Value, Box<dyn Error>> {
    let mut tensors = vec![("model.embed_tokens.weight".to_owned(), vec![TOKENS, HIDDEN])];
    for layer in 0..LAYERS {
        for (part, shape) in [
            ("self_attn.q_proj", vec![HIDDEN, HIDDEN]),
            ("self_attn.k_proj", vec![KEYS, HIDDEN]),
            ("self_attn.v_proj", vec![KEYS, HIDDEN]),
            ("self_attn.o_proj", vec![HIDDEN, HIDDEN]),
            ("mlp.gate_proj", vec![NEURONS, HIDDEN]),
            ("mlp.up_proj", vec![NEURONS, HIDDEN]),
            ("mlp.down_proj", vec![HIDDEN, NEURONS]),
            ("input_layernorm", vec![HIDDEN]),
            ("post_attention_layernorm", vec![HIDDEN]),
        ] {
            tensors.push((format!("model.layers.{layer}.{part}.weight"), shape));
        }
    }
    tensors.push(("model.norm.weight".to_owned(), vec![HIDDEN]));
    let (mut header, mut end) = (Map::new(), 0);
    for (name, shape) in tensors {
        let start = end;
        end += 2 * shape.iter().product::<u64>();
        header.insert(name, json!({"dtype": "BF16", "shape": shape, "data_offsets": [start, end]}));
    }
    let header = serde_json::Value::Object(header).to_string();
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut block = vec![0_u8; 1 << 20];
    let mut left = end;
    while left > 0 {
        random.fill_bytes(&mut block);
        // Numbers of about a hundredth, of both signs.
        for number in block.as_chunks_mut::<2>().0 {
            number[1] = 0x3C | (number[1] & 0x80);
        }
        let count = usize::try_from(left.min(block.len() as u64))?;
        file.write_all(block.get(..count).unwrap_or_default())?;
        left -= count as u64;
    }
    file.into_inner()?.sync_all()?;
    Ok(json!({"bytes": end}))
}

fn sha(path: &Path) -> std::io::Result<()> {
    let mut file = File::open(path)?;
    // At the beginning of a page, as the pass has it.
    let mut block = vec![0; (128 << 10) + 4096];
    let start = block.as_ptr().align_offset(4096);
    let block = block.get_mut(start..start + (128 << 10)).unwrap_or_default();
    let mut hash = Sha256::new();
    loop {
        let count = file.read(block)?;
        if count == 0 {
            std::hint::black_box(hash.finalize());
            return Ok(());
        }
        hash.update(block.get(..count).unwrap_or_default());
    }
}

/// The most memory that the program had, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn assigned(n: usize, path: &Path) -> Result<serde_json::Value, Box<dyn Error>> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let costs: Vec<f32> = (0..n * n)
        .map(|_| f32::from(u16::try_from(random.next_u32() >> 16).unwrap_or(0)) / 65536.0)
        .collect();
    let bytes: Vec<u8> = costs.iter().flat_map(|cost| cost.to_le_bytes()).collect();
    std::fs::write(path, bytes)?;
    let start = Instant::now();
    let found = assign(&costs, n);
    let wall_s = start.elapsed().as_secs_f64();
    let rows = found.iter().zip(costs.chunks(n));
    let sum: f64 = rows.map(|(column, row)| row.get(*column).copied().map_or(0.0, f64::from)).sum();
    Ok(json!({"wall_s": wall_s, "sum": sum}))
}

fn prints(model: &Path, folder: &Path) -> Result<serde_json::Value, Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let weights = Weights::open(model)?;
    let loaded = load(&weights, &Options::default(), &|_| ())?;
    let own = Fingerprint::of(&loaded, "parent", 0).to_bytes();
    let mut random = ChaCha8Rng::seed_from_u64(2);
    for number in 0..PRINTS {
        let mut bytes = own.clone();
        if number != PRINTS / 2 {
            // Another model of the same shape: other numbers behind the head and the digests, and other digests.
            let head = bytes
                .get(8..12)
                .and_then(|bytes| bytes.first_chunk())
                .map_or(0, |bytes| u32::from_le_bytes(*bytes));
            random.fill_bytes(bytes.get_mut(16 + head as usize..).unwrap_or_default());
        }
        std::fs::write(folder.join(format!("{number:04}.fingerprint")), bytes)?;
    }
    Ok(json!({"bytes": own.len()}))
}

fn search(model: &Path, folder: &Path) -> Result<serde_json::Value, Box<dyn Error>> {
    let weights = Weights::open(model)?;
    let loaded = load(&weights, &Options::default(), &|_| ())?;
    let suspect = Suspect::new(Fingerprint::of(&loaded, "suspect", 0));
    let start = Instant::now();
    let mut paths: Vec<_> = std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let read =
        |path: &std::path::PathBuf| Fingerprint::read(&WeightFile::open(path, path.display().to_string())?);
    let others: Vec<Fingerprint> = paths.iter().map(read).collect::<Result<_, _>>()?;
    let hits = suspect.search(&others);
    let wall_s = start.elapsed().as_secs_f64();
    let likely = hits.iter().filter(|hit| hit.log10_p < -6.0).count();
    Ok(json!({"wall_s": wall_s, "models": hits.len(), "likely": likely}))
}
