//! Where the models of the tests are, and how a test asks them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

use daepyo_backend::Backend;
use daepyo_core::{GenerateParams, Prompt, Request, Response};
use daepyo_llama::{LlamaBackend, LlamaOptions};
use std::{path::PathBuf, sync::Arc};

pub(crate) const SMOLLM2: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";
pub(crate) const GEMMA3: &str = "gemma-3-270m-q4_k_m.gguf";

/// The model's file, or `None` after saying on standard error that the test is skipped.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("DAEPYO_MODELS").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/daepyo/models"),
        PathBuf::from,
    );
    let path = folder.join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there (set DAEPYO_MODELS to the folder of the models)", path.display());
    None
}

/// Small contexts and one thread each, so that tests beside each other are quick.
pub(crate) fn options() -> LlamaOptions {
    LlamaOptions { context_tokens: Some(512), threads: Some(1), ..LlamaOptions::default() }
}

pub(crate) fn open(name: &str, options: LlamaOptions) -> Option<LlamaBackend> {
    path(name).map(|path| LlamaBackend::open(&path, options).unwrap())
}

/// All answers, in the order of the requests.
pub(crate) fn ask(backend: &LlamaBackend, requests: &[Request]) -> Vec<Response> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    runtime.block_on(async {
        let (sender, mut receiver) = tokio::sync::mpsc::channel::<daepyo_backend::Answer>(4);
        let requests: Arc<[Request]> = requests.into();
        let mut answers = vec![None; requests.len()];
        let gather = async {
            while let Some((index, response)) = receiver.recv().await {
                assert!(answers[index].is_none(), "request {index} was answered twice");
                answers[index] = Some(response);
            }
        };
        let (result, ()) = tokio::join!(backend.answer(requests, sender), gather);
        result.unwrap();
        answers.into_iter().map(Option::unwrap).collect()
    })
}

pub(crate) fn choice(context: &str, continuation: &str) -> Request {
    Request::Loglikelihood { context: context.to_owned(), continuation: continuation.to_owned() }
}

pub(crate) fn generate(prompt: &str, max_tokens: u32, stop: &[&str]) -> Request {
    Request::Generate { prompt: Prompt::Text(prompt.to_owned()), params: params(max_tokens, stop) }
}

pub(crate) fn params(max_tokens: u32, stop: &[&str]) -> GenerateParams {
    GenerateParams {
        max_tokens,
        temperature: 0.0,
        top_p: 1.0,
        stop: stop.iter().map(ToString::to_string).collect(),
        seed: 1,
    }
}

/// Log-probability, greedy or not, tokens.
pub(crate) fn judged(response: &Response) -> (f64, bool, u32) {
    let Response::Loglikelihood { logprob, is_greedy, tokens } = response else {
        unreachable!("{response:?}")
    };
    (*logprob, *is_greedy, *tokens)
}

pub(crate) fn text(response: &Response) -> &str {
    let Response::Generated { text, .. } = response else { unreachable!("{response:?}") };
    text
}
