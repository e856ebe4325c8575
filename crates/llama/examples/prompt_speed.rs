//! How many tokens of prompts a local model reads in a second, through daepyo and through llama.cpp alone.
//!
//! `prompt_speed daepyo MODEL.gguf TOKENS PROMPTS PIECE WORKERS THREADS` or the same with `limit`. PIECE tokens are
//! evaluated at once by each of WORKERS, which share THREADS. `limit` does what llama.cpp's own benchmark `llama-bench`
//! times for prompts: `llama_decode` of piece after piece into an empty cache, logits for the last token only, and nothing
//! else. Both read one prompt a worker before the clock starts. Prints one JSON object.

use daepyo_backend::Backend as _;
use daepyo_core::{Request, Response};
use daepyo_llama::{LlamaBackend, LlamaOptions};
use llama_cpp_2::{
    context::{LlamaContext, params::LlamaContextParams},
    llama_backend::LlamaBackend as LlamaCpp,
    llama_batch::LlamaBatch,
    model::{LlamaModel, params::LlamaModelParams},
    token::LlamaToken,
};
use serde_json::json;
use std::{
    error::Error,
    io::Write as _,
    num::NonZeroU32,
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

type Failure = Box<dyn Error + Send + Sync>;

/// `LLAMA_FLASH_ATTN_TYPE_DISABLED` of llama.h; daepyo leaves flash attention off.
const FLASH_ATTENTION_OFF: i32 = 0;

#[derive(Clone, Copy)]
struct Shape {
    tokens: u32,
    prompts: usize,
    piece: u32,
    workers: u32,
    threads: u32,
}

/// Tokens read and the seconds that it took.
struct Speed {
    tokens: u64,
    wall_s: f64,
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [side, model, tokens, prompts, piece, workers, threads] = words.as_slice() else {
        return Err("usage: prompt_speed daepyo|limit MODEL.gguf TOKENS PROMPTS PIECE WORKERS THREADS".into());
    };
    let shape = Shape {
        tokens: tokens.parse()?,
        prompts: prompts.parse()?,
        piece: piece.parse()?,
        workers: workers.parse()?,
        threads: threads.parse()?,
    };
    let Speed { tokens, wall_s } = match side.as_str() {
        "daepyo" => of_daepyo(model, shape)?,
        "limit" => of_llama_cpp(model, shape)?,
        _ => return Err("the first argument is `daepyo` or `limit`".into()),
    };
    let line = json!({"tokens": tokens, "wall_s": wall_s});
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

fn of_daepyo(model: &str, shape: Shape) -> Result<Speed, Failure> {
    let options = LlamaOptions {
        threads: Some(shape.threads),
        workers: Some(shape.workers),
        context_tokens: Some(shape.tokens + 64),
        batch_tokens: shape.piece,
        ..LlamaOptions::default()
    };
    let backend = LlamaBackend::open(model.as_ref(), options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let first = usize::try_from(shape.workers)?;
    let read = |from: usize, count: usize| -> Result<Speed, Failure> {
        let requests: Vec<Request> =
            (from..from + count).map(|number| prompt(&backend, shape.tokens, number)).collect();
        let before = backend.stats().tokens_evaluated;
        let begun = Instant::now();
        runtime.block_on(async {
            let (sender, mut receiver) = tokio::sync::mpsc::channel(256);
            let gather = async {
                while let Some((_, response)) = receiver.recv().await {
                    if let Response::Failed { message, .. } = response {
                        return Err(Failure::from(message));
                    }
                }
                Ok(())
            };
            let (ended, gathered) = tokio::join!(backend.answer(requests.into(), sender), gather);
            ended?;
            gathered
        })?;
        Ok(Speed { wall_s: begun.elapsed().as_secs_f64(), tokens: backend.stats().tokens_evaluated - before })
    };
    read(0, first)?;
    read(first, shape.prompts)
}

/// A context of so many tokens with one token behind it to be judged. Each begins with another word.
fn prompt(backend: &LlamaBackend, tokens: u32, number: usize) -> Request {
    let tokens = usize::try_from(tokens).unwrap_or(usize::MAX);
    let mut context = format!("{number}:");
    let mut length = backend.prompt_tokens(&context).len();
    // Each of these words is one token in the vocabularies of the models that are measured.
    let mut words = ["river", "market", "old", "north", "house", "water"].iter().cycle();
    while length < tokens {
        let missing = tokens - length;
        for word in words.by_ref().take(missing) {
            context.push(' ');
            context.push_str(word);
        }
        length = backend.prompt_tokens(&context).len();
    }
    Request::Loglikelihood { context, continuation: " stone".to_owned() }
}

fn of_llama_cpp(model: &str, shape: Shape) -> Result<Speed, Failure> {
    let mut engine = LlamaCpp::init()?;
    engine.void_logs();
    let model = LlamaModel::load_from_file(&engine, model, &LlamaModelParams::default())?;
    let threads = i32::try_from(shape.threads / shape.workers.max(1))?.max(1);
    let parameters = || {
        LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(shape.tokens + 64))
            .with_n_batch(shape.piece)
            .with_n_ubatch(shape.piece)
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            .with_flash_attention_policy(FLASH_ATTENTION_OFF)
            .with_swa_full(true)
    };
    // Contexts of one model must not be made at the same time.
    let mut contexts = Vec::new();
    for _ in 0..shape.workers {
        contexts.push(model.new_context(&engine, parameters())?);
    }
    let (next, barrier) = (AtomicUsize::new(0), Barrier::new(contexts.len() + 1));
    let (wall_s, ended) = std::thread::scope(|scope| {
        let workers: Vec<_> = contexts
            .iter_mut()
            .map(|context| {
                let (next, barrier, model) = (&next, &barrier, &model);
                scope.spawn(move || {
                    let ready = read(context, model, shape, 0);
                    barrier.wait();
                    ready?;
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= shape.prompts {
                            return Ok::<_, Failure>(());
                        }
                        read(context, model, shape, number)?;
                    }
                })
            })
            .collect();
        barrier.wait();
        let begun = Instant::now();
        let ended: Vec<_> = workers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        (begun.elapsed().as_secs_f64(), ended)
    });
    for one in ended {
        one.map_err(|_| "a worker broke down")??;
    }
    let prompts = u64::try_from(shape.prompts)?;
    Ok(Speed { tokens: prompts * u64::from(shape.tokens), wall_s })
}

/// One prompt of tokens that mean nothing, from an empty cache.
fn read(
    context: &mut LlamaContext<'_>,
    model: &LlamaModel,
    shape: Shape,
    number: usize,
) -> Result<(), Failure> {
    context.clear_kv_cache();
    let vocabulary = model.n_vocab().max(1);
    let mut batch = LlamaBatch::new(usize::try_from(shape.piece)?, 1);
    let tokens = i32::try_from(shape.tokens)?;
    let piece = usize::try_from(shape.piece.max(1))?;
    let mut position = 0;
    while position < tokens {
        batch.clear();
        for at in (position..tokens).take(piece) {
            let mixed = (i64::from(at) * 7919 + i64::try_from(number)? * 104_729) % i64::from(vocabulary);
            batch.add(LlamaToken::new(i32::try_from(mixed)?), at, &[0], at + 1 == tokens)?;
        }
        context.decode(&mut batch)?;
        position += batch.n_tokens();
    }
    context.synchronize();
    Ok(())
}
