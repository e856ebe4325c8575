//! The handle that the rest of the program holds: opens a model, sends it jobs.

use crate::{
    completion::{Completion, CompletionEvent},
    evaluator::{Evaluator, MOST_FILLERS},
    options::{Counters, LlamaOptions, LlamaStats},
    run::Run,
    vocabulary::Vocabulary,
    worker::{Job, Worker},
};
use daepyo_backend::{Answers, Backend, BackendError, Capabilities, ChatSupport};
use daepyo_core::Request;
use llama_cpp_2::{
    context::params::LlamaContextParams,
    llama_backend::LlamaBackend as LlamaCpp,
    model::{LlamaModel, params::LlamaModelParams},
};
use std::{
    num::NonZeroU32,
    path::Path,
    sync::{
        Arc, Mutex, OnceLock,
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};
use tokio::sync::{mpsc, oneshot};

/// So many requests are evaluated at the same time where the caller names no number: threads of one evaluation
/// wait for each other after every operation, evaluations side by side never do. Each costs a key-value cache.
const DEFAULT_WORKERS: u32 = 4;
/// Graphs of deep models are built recursively.
const WORKER_STACK_BYTES: usize = 16 << 20;

/// `LLAMA_FLASH_ATTN_TYPE_DISABLED` of llama.h, which the bindings do not re-export.
const FLASH_ATTENTION_OFF: i32 = 0;

/// A GGUF model in this process. Each of its workers is a thread that owns a context; they take what is asked in
/// turn.
///
/// # Examples
/// ```no_run
/// use daepyo_llama::{LlamaBackend, LlamaOptions};
/// let backend = LlamaBackend::open("model.gguf".as_ref(), LlamaOptions::default())?;
/// # Ok::<(), daepyo_backend::BackendError>(())
/// ```
#[derive(Debug)]
pub struct LlamaBackend {
    vocabulary: Vocabulary,
    capabilities: Capabilities,
    context_tokens: u32,
    counters: Arc<Counters>,
    /// `None` only while the backend is dropped.
    jobs: Option<Sender<Job>>,
    workers: Vec<JoinHandle<()>>,
}

impl LlamaBackend {
    /// Loads the model; takes a second or more.
    ///
    /// Fails with [`BackendError::File`] where the file is missing or no model that llama.cpp knows, and with
    /// [`BackendError::Setting`] where an option cannot work.
    pub fn open(path: &Path, options: LlamaOptions) -> Result<Self, BackendError> {
        let file = |cause: Box<dyn std::error::Error + Send + Sync>| BackendError::File {
            path: path.display().to_string(),
            what: "a GGUF model",
            cause,
        };
        if options.batch_tokens == 0
            || options.context_tokens == Some(0)
            || options.threads == Some(0)
            || options.workers == Some(0)
        {
            let message = "threads, workers, context tokens and batch tokens of a llama model are at least 1";
            return Err(BackendError::Setting(message.to_owned()));
        }
        // llama.cpp's own error for a missing file says only that there is no model.
        std::fs::File::open(path).map_err(|error| file(error.into()))?;
        let engine = engine()?;
        let model = LlamaModel::load_from_file(engine, path, &LlamaModelParams::default())
            .map_err(|error| file(error.into()))?;
        let model = Arc::new(model);
        let trained = model.n_ctx_train();
        let context_tokens =
            options.context_tokens.unwrap_or(trained.min(options.most_context_tokens)).max(1);

        let vocabulary = Vocabulary::new(Arc::clone(&model));
        let capabilities = capabilities(&model, &vocabulary, context_tokens);
        let counters = Arc::new(Counters::default());
        let (jobs, inbox) = channel();
        let mut backend = Self {
            vocabulary,
            capabilities,
            context_tokens,
            counters,
            jobs: Some(jobs),
            workers: Vec::new(),
        };
        let inbox = Arc::new(Mutex::new(inbox));
        let plan = Plan::new(options, context_tokens);
        for _ in 0..plan.workers {
            backend.start_worker(engine, &model, plan, &inbox)?;
        }
        Ok(backend)
    }

    /// Starts one worker and waits until it is ready: contexts of one model must not be made at the same time.
    fn start_worker(
        &mut self,
        engine: &'static LlamaCpp,
        model: &Arc<LlamaModel>,
        plan: Plan,
        inbox: &Arc<Mutex<Receiver<Job>>>,
    ) -> Result<(), BackendError> {
        let (ready, started) = channel();
        let (model, inbox) = (Arc::clone(model), Arc::clone(inbox));
        let (vocabulary, counters) = (self.vocabulary.clone(), Arc::clone(&self.counters));
        let worker = std::thread::Builder::new()
            .name("llama".to_owned())
            .stack_size(WORKER_STACK_BYTES)
            .spawn(move || match model.new_context(engine, plan.parameters()) {
                Err(error) => drop(ready.send(Err(error.to_string()))),
                Ok(context) => {
                    let [piece_tokens, limit_tokens] = [plan.batch_tokens, plan.context_tokens]
                        .map(|tokens| usize::try_from(tokens).unwrap_or(usize::MAX));
                    let mut evaluator =
                        Evaluator::new(context, piece_tokens, limit_tokens, Arc::clone(&counters));
                    evaluator.shares_beginnings = plan.shares_beginnings;
                    if ready.send(Ok(())).is_ok() {
                        (Worker { evaluator, vocabulary, counters }).serve(&inbox);
                    }
                }
            })
            .map_err(|error| BackendError::Engine(format!("no thread could be started: {error}")))?;
        self.workers.push(worker);
        match started.recv() {
            Ok(result) => result.map_err(BackendError::Engine),
            Err(_) => Err(BackendError::Engine("the model's thread ended at its start".to_owned())),
        }
    }

    /// What was asked and evaluated since the model was opened.
    pub fn stats(&self) -> LlamaStats {
        self.counters.read()
    }

    /// Tokens of prompt and answer together.
    pub fn context_tokens(&self) -> u32 {
        self.context_tokens
    }

    /// The tokens of `text` as a prompt: after a beginning-of-text token where the model wants one and the text
    /// does not begin with it.
    pub fn prompt_tokens(&self, text: &str) -> Vec<u32> {
        numbers(&self.vocabulary.prompt(text))
    }

    /// The tokens of `text` without any added beginning; as [`Backend::tokenize`], which is never `None` here.
    pub fn text_tokens(&self, text: &str) -> Vec<u32> {
        numbers(&self.vocabulary.plain(text))
    }

    /// The bytes of a token, special tokens written out; `None` for a number outside the vocabulary.
    pub fn token_bytes(&self, token: u32) -> Option<Vec<u8>> {
        self.vocabulary.token(token).ok().map(|token| self.vocabulary.name(token))
    }

    /// What the model can do; the same as [`Backend::capabilities`], which cannot fail here.
    pub fn describe(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Starts a completion. Its events end with [`CompletionEvent::End`] or [`CompletionEvent::Failed`];
    /// dropping the receiver cancels it.
    pub fn complete(&self, completion: Completion) -> Result<mpsc::Receiver<CompletionEvent>, BackendError> {
        // As many places as there can be events: a caller that reads slowly never holds the model up.
        let places = usize::try_from(self.context_tokens).unwrap_or(usize::MAX).saturating_add(4);
        let (events, receiver) = mpsc::channel(places);
        self.send(Job::Complete { completion, events })?;
        Ok(receiver)
    }

    fn send(&self, job: Job) -> Result<(), BackendError> {
        let gone = || BackendError::Engine("the model's thread has ended".to_owned());
        self.jobs.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())
    }
}

impl Drop for LlamaBackend {
    fn drop(&mut self) {
        self.jobs = None;
        for worker in self.workers.drain(..) {
            // A panic of the worker was already reported to whoever waited for it.
            drop(worker.join());
        }
    }
}

#[async_trait::async_trait]
impl Backend for LlamaBackend {
    async fn capabilities(&self) -> Result<Capabilities, BackendError> {
        Ok(self.capabilities.clone())
    }

    async fn answer(&self, requests: Arc<[Request]>, answers: Answers) -> Result<(), BackendError> {
        let run = Arc::new(Run::new(requests, answers, self.workers.len()));
        // When this future is dropped, the run ends at its workers' next look.
        let _guard = run.cancel_on_drop();
        let mut parts = Vec::new();
        for _ in &self.workers {
            let (done, part) = oneshot::channel();
            self.send(Job::Answer { run: Arc::clone(&run), done })?;
            parts.push(part);
        }
        for part in parts {
            part.await
                .unwrap_or_else(|_| Err(BackendError::Engine("the model's thread has ended".to_owned())))?;
        }
        Ok(())
    }

    fn tokenize(&self, text: &str) -> Option<Vec<u32>> {
        Some(self.text_tokens(text))
    }
}

fn numbers(tokens: &[llama_cpp_2::token::LlamaToken]) -> Vec<u32> {
    tokens.iter().filter_map(|token| u32::try_from(token.0).ok()).collect()
}

/// llama.cpp's process-wide state, silent.
fn engine() -> Result<&'static LlamaCpp, BackendError> {
    static ENGINE: OnceLock<Result<LlamaCpp, String>> = OnceLock::new();
    ENGINE
        .get_or_init(|| {
            let mut engine = LlamaCpp::init().map_err(|error| error.to_string())?;
            engine.void_logs();
            Ok(engine)
        })
        .as_ref()
        .map_err(|message| BackendError::Engine(message.clone()))
}

fn capabilities(model: &LlamaModel, vocabulary: &Vocabulary, context_tokens: u32) -> Capabilities {
    let template = model.chat_template(None).ok().and_then(|template| template.to_string().ok());
    Capabilities {
        loglikelihood: true,
        context_tokens: Some(context_tokens),
        chat: match template {
            None => ChatSupport::None,
            Some(source) => ChatSupport::Template {
                source,
                bos: vocabulary.bos_text().unwrap_or_default(),
                eos: vocabulary.eos_text().unwrap_or_default(),
            },
        },
        added_bos: vocabulary.bos_text().filter(|_| vocabulary.adds_bos()),
    }
}

/// The options with their defaults filled in.
#[derive(Clone, Copy, Debug)]
struct Plan {
    workers: u32,
    threads_each: i32,
    context_tokens: u32,
    batch_tokens: u32,
    shares_beginnings: bool,
}

impl Plan {
    fn new(options: LlamaOptions, context_tokens: u32) -> Self {
        let cores = || std::thread::available_parallelism().ok().and_then(|n| u32::try_from(n.get()).ok());
        let threads = options.threads.or_else(cores).unwrap_or(1);
        let workers = options.workers.unwrap_or(DEFAULT_WORKERS).clamp(1, threads);
        Self {
            workers,
            threads_each: i32::try_from(threads / workers).unwrap_or(1),
            context_tokens,
            batch_tokens: options.batch_tokens.min(context_tokens),
            shares_beginnings: options.shares_beginnings,
        }
    }

    fn parameters(self) -> LlamaContextParams {
        LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(self.context_tokens.saturating_add(MOST_FILLERS)))
            .with_n_batch(self.batch_tokens.saturating_add(MOST_FILLERS))
            .with_n_ubatch(self.batch_tokens.saturating_add(MOST_FILLERS))
            // The text, and what fills its batches up; both in one cache.
            .with_n_seq_max(2)
            .with_kv_unified(true)
            .with_n_threads(self.threads_each)
            .with_n_threads_batch(self.threads_each)
            // On a processor, flash attention sums short pieces in 16 bits: tokens moved by .04 nats on average.
            .with_flash_attention_policy(FLASH_ATTENTION_OFF)
            // Going back to a shared beginning needs the keys of all positions, not of a window alone.
            .with_swa_full(true)
    }
}
