//! Row 4: how quickly a local model reads prompts, beside llama.cpp alone.

use super::peers::{last_line, text};
use crate::bench::Bench;
use crate::bench::row::{Aim, Row, Side, figure};
use crate::bench::usage::{Runs, Usage, measured};
use crate::failure::Failure;
use crate::setup;
use serde::Deserialize;

const TOKENS: &str = "512";
const PROMPTS: &str = "16";
/// daepyo's own piece, and llama-bench's default.
const PIECES: [&str; 2] = ["32", "512"];
const MIN_SHARE: f64 = 0.95;
/// Of daepyo's workers there are at most so many.
const MOST_WORKERS: usize = 4;

/// What the example `prompt_speed` prints.
#[derive(Debug, Deserialize)]
struct Speed {
    tokens: u32,
    wall_s: f64,
}

pub(in crate::bench) fn measure(bench: &Bench<'_>) -> Result<Row, Failure> {
    let models = setup::run(bench.settings)?;
    let model = text(&models.smollm2);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (threads, workers) = (cores.to_string(), cores.min(MOST_WORKERS).to_string());
    let program = bench.programs.example("prompt_speed");
    let run = |side: &str, piece: &str, workers: &str| -> Result<(Usage, Speed), Failure> {
        let words = [side, &model, TOKENS, PROMPTS, piece, workers, &threads];
        let (usage, printed) = measured(bench.settings, &bench.work, &program, &words)?;
        let speed: Speed = last_line(&printed, "prompt_speed")?;
        // The loading of the model is no part of the work.
        Ok((Usage { wall_s: speed.wall_s, ..usage }, speed))
    };
    let (mut sides, mut shares) = (Vec::new(), Vec::new());
    let [own, default] = PIECES;
    let kinds = [
        ("daepyo", own, &*workers),
        ("limit: llama.cpp alone", own, &*workers),
        ("limit: llama.cpp alone", default, "1"),
    ];
    let mut found: Vec<(Vec<Usage>, Vec<f64>)> = vec![(Vec::new(), Vec::new()); kinds.len()];
    // In turn, so that what changes on the machine concerns all.
    for _ in 0..bench.options.repetitions.max(1) {
        for ((who, piece, workers), (usages, speeds)) in kinds.iter().zip(&mut found) {
            let side = if *who == "daepyo" { "daepyo" } else { "limit" };
            let (usage, speed) = run(side, piece, workers)?;
            usages.push(usage);
            speeds.push(f64::from(speed.tokens) / speed.wall_s);
        }
    }
    for ((who, piece, workers), (usages, mut speeds)) in kinds.iter().zip(found) {
        speeds.sort_by(f64::total_cmp);
        let middle = speeds.get(speeds.len() / 2).copied().unwrap_or(f64::NAN);
        shares.push(middle);
        let name = format!("{who}, pieces of {piece}, {workers} at once");
        sides.push(Side::whole(name, Runs::from(usages)).with(format!("{} tokens a second", figure(middle))));
    }
    let at = |place: usize| shares.get(place).copied().unwrap_or(f64::NAN);
    let (ours, same, other) = (at(0), at(1), at(2));
    let aims = vec![Aim::at_least(
        "speed over that of llama.cpp alone at the same settings",
        ours / same,
        MIN_SHARE,
        " times",
    )];
    let notes = vec![
        format!(
            "{PROMPTS} prompts of {TOKENS} tokens, none of which begins like another; SmolLM2 135M (Q4_1), {threads} \
             threads in all, flash attention off, the same build of llama.cpp"
        ),
        "llama.cpp alone: the loop that its own `llama-bench` times for prompts (`llama_decode` of piece after piece from \
         an empty cache, logits for the last token); the source of that program is not part of the crate that daepyo \
         builds, so the loop is repeated in the example `prompt_speed`"
            .to_owned(),
        format!(
            "at llama-bench's default of {default} tokens at once in one context, daepyo's speed at its own settings is \
             {} times llama.cpp's",
            figure(ours / other)
        ),
        "on the clock: reading alone; CPU time: with the loading of the model".to_owned(),
    ];
    Ok(bench.row(sides, aims, notes))
}
