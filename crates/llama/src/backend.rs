//! The handle that the rest of the program holds: opens a model, sends it jobs.

use crate::{
    completion::{Completion, CompletionEvent},
    evaluator::Evaluator,
    options::{Counters, LlamaOptions, LlamaStats},
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
        Arc, OnceLock,
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};
use tokio::sync::{mpsc, oneshot};

/// Contexts are at most this long where the caller names no length: the key-value cache costs memory.
const DEFAULT_CONTEXT_TOKENS: u32 = 4096;
/// Graphs of deep models are built recursively.
const WORKER_STACK_BYTES: usize = 16 << 20;

/// A GGUF model in this process. One thread owns the model's context and takes requests in turn.
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
    worker: Option<JoinHandle<()>>,
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
        if options.batch_tokens == 0 || options.context_tokens == Some(0) || options.threads == Some(0) {
            let message = "threads, context tokens and batch tokens of a llama model are at least 1";
            return Err(BackendError::Setting(message.to_owned()));
        }
        // llama.cpp's own error for a missing file says only that there is no model.
        std::fs::File::open(path).map_err(|error| file(error.into()))?;
        let engine = engine()?;
        let model = LlamaModel::load_from_file(engine, path, &LlamaModelParams::default())
            .map_err(|error| file(error.into()))?;
        let model = Arc::new(model);
        let trained = model.n_ctx_train();
        let context_tokens = options.context_tokens.unwrap_or(trained.min(DEFAULT_CONTEXT_TOKENS)).max(1);

        let vocabulary = Vocabulary::new(Arc::clone(&model));
        let capabilities = capabilities(&model, &vocabulary, context_tokens);
        let counters = Arc::new(Counters::default());
        let (jobs, inbox) = channel();
        let (ready, started) = channel();
        let worker = {
            let (vocabulary, counters) = (vocabulary.clone(), Arc::clone(&counters));
            std::thread::Builder::new()
                .name("llama".to_owned())
                .stack_size(WORKER_STACK_BYTES)
                .spawn(move || {
                    work(engine, &model, options, context_tokens, (vocabulary, counters), &ready, &inbox);
                })
                .map_err(|error| BackendError::Engine(format!("no thread could be started: {error}")))?
        };
        match started.recv() {
            Ok(Ok(())) => {}
            Ok(Err(message)) => return Err(BackendError::Engine(message)),
            Err(_) => return Err(BackendError::Engine("the model's thread ended at its start".to_owned())),
        }
        Ok(Self {
            vocabulary,
            capabilities,
            context_tokens,
            counters,
            jobs: Some(jobs),
            worker: Some(worker),
        })
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

    /// The bytes of a token, special tokens written out; `None` for a number outside the vocabulary.
    pub fn token_bytes(&self, token: u32) -> Option<Vec<u8>> {
        self.vocabulary.token(token).ok().map(|token| self.vocabulary.name(token))
    }

    /// The bytes that a token adds to a text, none for a special token; `None` outside the vocabulary.
    pub fn token_text(&self, token: u32) -> Option<Vec<u8>> {
        self.vocabulary.token(token).ok().map(|token| self.vocabulary.piece(token))
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
        if let Some(worker) = self.worker.take() {
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
        let (done, result) = oneshot::channel();
        self.send(Job::Answer { requests, answers, done })?;
        result.await.unwrap_or_else(|_| Err(BackendError::Engine("the model's thread has ended".to_owned())))
    }

    fn tokenize(&self, text: &str) -> Option<Vec<u32>> {
        Some(numbers(&self.vocabulary.plain(text)))
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

/// The worker's thread: makes the context here, where it stays.
fn work(
    engine: &LlamaCpp,
    model: &LlamaModel,
    options: LlamaOptions,
    context_tokens: u32,
    (vocabulary, counters): (Vocabulary, Arc<Counters>),
    ready: &Sender<Result<(), String>>,
    inbox: &Receiver<Job>,
) {
    let threads = options.threads.and_then(|threads| i32::try_from(threads).ok()).unwrap_or_else(|| {
        std::thread::available_parallelism().ok().and_then(|n| i32::try_from(n.get()).ok()).unwrap_or(1)
    });
    let batch_tokens = options.batch_tokens.min(context_tokens);
    let parameters = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(context_tokens))
        .with_n_batch(batch_tokens)
        .with_n_ubatch(batch_tokens)
        .with_n_seq_max(1)
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        // Going back to a shared beginning needs the keys of all positions, not of a window alone.
        .with_swa_full(true);
    let context = match model.new_context(engine, parameters) {
        Ok(context) => context,
        Err(error) => {
            drop(ready.send(Err(error.to_string())));
            return;
        }
    };
    let evaluator = Evaluator::new(
        context,
        usize::try_from(batch_tokens).unwrap_or(usize::MAX),
        usize::try_from(context_tokens).unwrap_or(usize::MAX),
        Arc::clone(&counters),
    );
    if ready.send(Ok(())).is_ok() {
        (Worker { evaluator, vocabulary, counters }).serve(inbox);
    }
}
