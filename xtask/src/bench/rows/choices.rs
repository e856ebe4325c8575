//! Row 3: choices scored on a local model, where requests begin alike.

use super::peers::{self, Work, last_line, text};
use crate::bench::documents;
use crate::bench::row::{Aim, Row, Side, figure};
use crate::bench::server::ModelServer;
use crate::bench::usage::{Runs, measured};
use crate::bench::{Bench, real};
use crate::failure::Failure;
use crate::setup;
use serde::Deserialize;
use std::fs;
use std::path::Path;

const DOCUMENTS: usize = 40;
const CHOICES: usize = 4;
/// A run takes a minute or more.
const RUNS: usize = 3;
const MIN_TIMES_FEWER: f64 = 4.0;

/// What the example `choice_scoring` prints.
#[derive(Debug, Deserialize)]
struct Scored {
    answered: usize,
    tokens_evaluated: u32,
    logprob_sum: f64,
}

/// What one side did.
struct Found {
    side: Side,
    tokens: f64,
    logprob_sum: f64,
}

pub(in crate::bench) fn measure(bench: &Bench<'_>) -> Result<Row, Failure> {
    let models = setup::run(bench.settings)?;
    let folder = bench.work.join("made");
    documents::choices(&folder, DOCUMENTS)?;
    let requests = bench.work.join("requests.jsonl");
    let (tasks, data) = (text(&folder.join("tasks")), text(&folder.join("data")));
    let words = [&*tasks, &*data, "own", "bench_choices"];
    let (_, printed) = measured(bench.settings, &bench.work, &bench.programs.example("requests"), &words)?;
    fs::write(&requests, &printed).map_err(Failure::io("write", &requests))?;

    let times = bench.options.repetitions.clamp(1, RUNS);
    let shared = score(bench, &models.smollm2, &requests, false, times)?;
    let alone = score(bench, &models.smollm2, &requests, true, 1)?;
    let mut notes = vec![
        format!(
            "{DOCUMENTS} made documents with {CHOICES} choices of several tokens, the same 5 examples before each; \
             SmolLM2 135M (Q4_1), all cores"
        ),
        "tokens that went through the model; what fills a batch up is not among them. The time of daepyo's sides is that \
         of the whole process, with the loading of the model"
            .to_owned(),
    ];
    let fewer = alone.tokens / shared.tokens;
    let quicker = alone.side.runs.wall_s() / shared.side.runs.wall_s();
    let same = (alone.logprob_sum - shared.logprob_sum).abs() < 1e-9 * alone.logprob_sum.abs();
    let aims = vec![
        Aim::at_least(
            "tokens evaluated, over the same without shared beginnings",
            fewer,
            MIN_TIMES_FEWER,
            " times fewer",
        ),
        Aim::at_least(
            "time on the clock, over the same without shared beginnings",
            quicker,
            MIN_TIMES_FEWER,
            " times less",
        ),
        Aim::holds("the same log-likelihoods", format!("sum {:.6}", shared.logprob_sum), same),
    ];
    let mut sides = vec![shared.side, alone.side];
    match of_lm_eval(bench, &models.smollm2, &tasks, &data) {
        Ok(found) => {
            notes.push(format!(
                "lm-eval asks llama-cpp-python's server, which keeps the last text's tokens and evaluates {} times \
                 daepyo's",
                figure(found.tokens / shared.tokens)
            ));
            sides.push(found.side);
        }
        Err(failure) => notes.push(format!("lm-eval is not among the sides: {failure}")),
    }
    Ok(bench.row(sides, aims, notes))
}

fn score(
    bench: &Bench<'_>,
    model: &Path,
    requests: &Path,
    alone: bool,
    times: usize,
) -> Result<Found, Failure> {
    let (model, requests) = (text(model), text(requests));
    let words: &[&str] = if alone { &[&model, &requests, "alone"] } else { &[&model, &requests] };
    let program = bench.programs.example("choice_scoring");
    let mut last = None;
    let runs = Runs::of(times, || {
        let (usage, printed) = measured(bench.settings, &bench.work, &program, words)?;
        last = Some(last_line::<Scored>(&printed, "choice_scoring")?);
        Ok(usage)
    })?;
    let found = last.ok_or_else(|| Failure::No("choice_scoring was not run".to_owned()))?;
    if found.answered != DOCUMENTS * CHOICES {
        let answered = found.answered;
        return Err(Failure::No(format!("{answered} of {} requests were answered", DOCUMENTS * CHOICES)));
    }
    let tokens = f64::from(found.tokens_evaluated);
    let who = if alone { "daepyo without shared beginnings" } else { "daepyo" };
    let side = Side::per_unit(who, runs, real(DOCUMENTS * CHOICES))
        .with(format!("{} tokens evaluated", figure(tokens)));
    Ok(Found { side, tokens, logprob_sum: found.logprob_sum })
}

/// lm-eval's own model for such servers, which asks for one text after the other.
fn of_lm_eval(bench: &Bench<'_>, model: &Path, tasks: &str, data: &str) -> Result<Found, Failure> {
    let lm_eval = peers::lm_eval(bench)?;
    let llama_cpp = peers::llama_cpp_python(bench)?;
    let count = bench.work.join("tokens");
    let server = ModelServer::start(bench.settings, &llama_cpp, model, &bench.work, &count)?;
    let url = server.url();
    let words = ["choices", "--tasks", tasks, "--data-root", data, "--num-fewshot", "5", "--url", &url];
    let work: Work = peers::ask(bench, &lm_eval, "bench_lm_eval.py", &words)?;
    let text = fs::read_to_string(&count).map_err(Failure::io("read", &count))?;
    let tokens: f64 = text.trim().parse().map_err(|_| Failure::No(format!("the server counted `{text}`")))?;
    // Its CPU time is the server's, which is another process: only the clock can be compared.
    let side = Side::per_unit(
        "lm-eval 0.4.13 with llama-cpp-python's server (CPU: lm-eval's own)",
        Runs::from(vec![work.usage()]),
        real(work.requests),
    )
    .with(format!("{} tokens evaluated", figure(tokens)));
    Ok(Found { side, tokens, logprob_sum: f64::NAN })
}
