//! Scores given continuations on a local model and says how many tokens went through it:
//! `choice_scoring MODEL.gguf REQUESTS.jsonl [alone]`.
//!
//! Each line of the file has `context` and `continuation`, as daepyo-task's example `requests` prints them. With `alone`
//! no request profits from another. Prints one JSON object.

use daepyo_backend::Backend as _;
use daepyo_core::{Request, Response};
use daepyo_llama::{LlamaBackend, LlamaOptions};
use serde_json::{Value, json};
use std::{error::Error, io::Write as _, sync::Arc, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (model, file, shares_beginnings) = match words.as_slice() {
        [model, file] => (model, file, true),
        [model, file, alone] if alone == "alone" => (model, file, false),
        _ => return Err("usage: choice_scoring MODEL.gguf REQUESTS.jsonl [alone]".into()),
    };
    let text = std::fs::read_to_string(file)?;
    let requests: Arc<[Request]> = text.lines().map(request).collect::<Result<_, _>>()?;
    let asked = requests.len();
    let options = LlamaOptions { shares_beginnings, ..LlamaOptions::default() };
    let backend = LlamaBackend::open(model.as_ref(), options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let begun = Instant::now();
    let (sum, answered) = runtime.block_on(async {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(256);
        let gather = async {
            let (mut logprobs, mut answered) = (vec![0.0; asked], 0_usize);
            while let Some((place, response)) = receiver.recv().await {
                if let (Response::Loglikelihood { logprob, .. }, Some(cell)) =
                    (response, logprobs.get_mut(place))
                {
                    *cell = logprob;
                    answered += 1;
                }
            }
            // In the order of the requests, so that the same answers have the same sum.
            (logprobs.iter().sum::<f64>(), answered)
        };
        let (ended, gathered) = tokio::join!(backend.answer(requests, sender), gather);
        ended.map(|()| gathered)
    })?;
    let wall_s = begun.elapsed().as_secs_f64();
    let stats = backend.stats();
    let line = json!({
        "requests": asked, "answered": answered, "tokens_asked": stats.tokens_asked,
        "tokens_evaluated": stats.tokens_evaluated, "logprob_sum": sum, "wall_s": wall_s,
    });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

fn request(line: &str) -> Result<Request, Box<dyn Error>> {
    let row: Value = serde_json::from_str(line)?;
    let field = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    match (field("context"), field("continuation")) {
        (Some(context), Some(continuation)) => Ok(Request::Loglikelihood { context, continuation }),
        _ => Err("a line without context and continuation".into()),
    }
}
