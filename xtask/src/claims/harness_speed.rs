//! The claim `harness-speed`: daepyo's evaluation beside other harnesses and beside the limits, every row of the benchmark
//! `harness`.

use super::{Claim, Measured};
use crate::bench::{self, Options};
use crate::failure::Failure;
use crate::settings::Settings;

pub(crate) const CLAIM: Claim = Claim {
    name: "harness-speed",
    promise: "Beside lm-eval, Inspect and evalscope, and beside a bare HTTP client and llama.cpp alone: 5-shot KMMLU's \
              140,120 requests built in under 2 CPU seconds; a chat request under 60 µs of CPU with scoring and durable \
              storage, daepyo's client at most 1.25 times the bare one's; shared beginnings spare 3 of 4 tokens; prompts \
              at 95 % of llama.cpp's speed; standard errors 1,000 times cheaper than the bootstrap; start in 10 ms and \
              100 ms; 1,000,000 requests under 500 MB",
    run,
};

/// Measures every row; the page of benchmarks is written on the way.
fn run(settings: &Settings) -> Result<Measured, Failure> {
    let summary = bench::measured(settings, &Options::recorded())?;
    Ok(Measured { holds: summary.missed.is_empty(), figure: summary.figure, details: summary.details })
}
