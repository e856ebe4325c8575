//! What can be typed. Nothing here is resolved: defaults that depend on the environment come in `settings`.

use clap::{Args, Parser, Subcommand, ValueEnum};
use daepyo_stage::shard::Shard;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Runs a foundation-model programme: from programme.toml to a decision that anyone can recompute.
#[derive(Debug, Parser)]
#[command(name = "daepyo", version, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Language of messages; otherwise that of the locale.
    #[arg(long, global = true, value_enum)]
    pub(crate) lang: Option<Lang>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Lang {
    Ko,
    En,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Every problem of a programme file, each with its place.
    Check(Check),
    /// Runs a stage: plan, measure, decide, sign. Goes on where it stopped.
    Run(Run),
    /// Evaluates one model on some tasks.
    Eval(Eval),
    /// Joins the shards of an evaluation into what one machine would have written.
    Merge(Merge),
    /// Recomputes a published verdict and checks its log, offline.
    Verify(Verify),
    /// Draws the report of a published folder again, as one HTML file.
    Report(Report),
    /// Lists and shows tasks.
    Tasks(Tasks),
    /// Makes and shows keys.
    Key(Key),
    /// Ranks by a file of votes alone.
    Votes(Votes),
    /// Serves a model over HTTP.
    Model(Model),
    /// Asks of models' weights whose they are.
    Lineage(Lineage),
    /// Serves the programme's site: what anyone may see, and the public contest.
    Serve(Serve),
    /// Writes the site's public pages as files for a plain web server.
    Export(Export),
    /// Checks what a public contest gave out, offline: a voter's receipt, or all that was published at the close.
    Contest(Contest),
}

#[derive(Args, Debug)]
pub(crate) struct Export {
    /// The programme file.
    pub(crate) programme: Option<PathBuf>,
    /// A folder of a finished stage; may be given several times.
    #[arg(long, value_name = "DIR")]
    pub(crate) published: Vec<PathBuf>,
    /// The folder of the site's own files, from which closed contests and the log of ballots are taken. Nothing else in it
    /// is read.
    #[arg(long, default_value = "daepyo-site", value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Where the files will stand, for example <https://vote.example.kr/archive>; needed with `--published` and where the data
    /// folder has a log of ballots, since pages and lists name the addresses from which logs and data are fetched.
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Where people reach the office, in its words: a mail address or a URL. Shown in the footer and on the statements about
    /// privacy and accessibility.
    #[arg(long, value_name = "TEXT")]
    pub(crate) contact: Option<String>,
    /// The folder to write; empty or not there.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Under which licence the published data may be used, for example CC-BY-4.0.
    #[arg(long, value_name = "TEXT")]
    pub(crate) data_licence: Option<String>,
    /// The day that the calendar is drawn for; otherwise today in Korea.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) day: Option<daepyo_core::Date>,
}

#[derive(Args, Debug)]
pub(crate) struct Contest {
    #[command(subcommand)]
    pub(crate) command: ContestCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ContestCommand {
    /// Checks that the vote of a receipt stands in the log as it was cast.
    Receipt(ContestReceipt),
    /// Checks a closed contest: every ballot against the log, every draw against the seed, the votes against the ballots.
    Check(ContestCheck),
}

#[derive(Args, Debug)]
pub(crate) struct ContestReceipt {
    /// The receipt's file.
    pub(crate) receipt: PathBuf,
    /// The log's public key: its text or a file with it.
    #[arg(long)]
    pub(crate) key: String,
    /// The result as JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ContestCheck {
    /// The folder with contest.json, ballots.jsonl, draws.jsonl, votes.csv, examinations.jsonl and conversations.jsonl.
    pub(crate) folder: PathBuf,
    /// The folder of the log.
    #[arg(long, value_name = "DIR")]
    pub(crate) log: PathBuf,
    /// The public key that must have signed: its text or a file with it.
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// The result as JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// The programme file; its title, calendar, rules and contests are shown.
    pub(crate) programme: Option<PathBuf>,
    /// The folder of the site's own files: its secret, its store, its logs. Made where it is not there.
    #[arg(long, default_value = "daepyo-site", value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:8420", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// How people reach it, for example <https://vote.example.kr>; otherwise the address at which it listens.
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// The store: sqlite:FILE or postgres://…; otherwise SQLite in the data folder.
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// A folder of a finished stage that the site shows; may be given several times.
    #[arg(long, value_name = "DIR")]
    pub(crate) published: Vec<PathBuf>,
    /// Under which licence the published data may be used, for example CC-BY-4.0; stands beside the downloads.
    #[arg(long, value_name = "TEXT")]
    pub(crate) data_licence: Option<String>,
    /// Where people reach the office, in its words: a mail address or a URL. Shown in the footer and on the statements about
    /// privacy and accessibility.
    #[arg(long, value_name = "TEXT")]
    pub(crate) contact: Option<String>,
    /// A proxy, or a range of them, whose word about the client's address is believed; may be given several times.
    #[arg(long, value_name = "CIDR")]
    pub(crate) trusted_proxy: Vec<String>,
    /// The proxies write `Forwarded` and not `X-Forwarded-For`.
    #[arg(long)]
    pub(crate) forwarded: bool,
    /// A JSON file with the identity providers (OpenID Connect) that citizens sign in with: a list of objects with id,
    /// issuer, `client_id`, `client_secret` (optional), `label_ko` and `label_en`.
    #[arg(long, value_name = "FILE")]
    pub(crate) oidc: Option<PathBuf>,
    /// A JSON file with limits on how often people may ask, where the defaults do not serve: an object with some of read,
    /// write, costly, `sign_in` (each with burst and `per_minute`), `address_factor`, `most_buckets` and
    /// `connections` (open ones of one address).
    #[arg(long, value_name = "FILE")]
    pub(crate) limits: Option<PathBuf>,
    /// Lets anybody read `/metrics`, not only this machine and the trusted proxies.
    #[arg(long)]
    pub(crate) open_metrics: bool,
    /// Servers of this site behind one balancer: each allows its share of the rates that it counts by itself.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) servers: u32,
    /// Minutes after which a session ends that is not used.
    #[arg(long, default_value_t = 120, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=44640))]
    pub(crate) session_idle_minutes: u32,
    /// Minutes after which a session ends, used or not.
    #[arg(long, default_value_t = 720, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=44640))]
    pub(crate) session_minutes: u32,
}

#[derive(Args, Debug)]
pub(crate) struct Lineage {
    #[command(subcommand)]
    pub(crate) command: LineageCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LineageCommand {
    /// Compares two models' weights: bytes, norms, rows, embeddings, and what may have been moved on purpose.
    Compare(LineageCompare),
    /// Keeps of each model what a search needs, in less than a megabyte.
    Fingerprint(LineageFingerprint),
    /// Asks a folder of fingerprints which of them a model should be compared with.
    Search(LineageSearch),
    /// Tests what the models of a registry say they were made from, counts distinct ones, and draws the family tree.
    Scan(LineageScan),
    /// Asks models for their next words: whether a suspect agrees with a parent more than with models known to be others.
    Behave(LineageBehave),
}

#[derive(Args, Debug)]
pub(crate) struct LineageFingerprint {
    /// Files of weights, or models' folders.
    #[arg(required = true)]
    pub(crate) models: Vec<PathBuf>,
    /// The folder of fingerprints; made where it is not there.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// The seed of which rows and tokens are kept; one folder has one seed.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

#[derive(Args, Debug)]
pub(crate) struct LineageSearch {
    /// A file of weights, a model's folder, or a fingerprint.
    pub(crate) suspect: PathBuf,
    /// The folder of fingerprints.
    pub(crate) fingerprints: PathBuf,
    /// The seed with which the folder's fingerprints were made.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// So many models are told, the likeliest first.
    #[arg(long, default_value_t = 10)]
    pub(crate) top: usize,
    /// Every model, as JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct LineageScan {
    /// A folder of models (`owner/name`), or a list: a JSON object a line with `id`, `path`, `base_model`, `relation`.
    /// `hub:OWNER/NAME` is what a hub's models say was made from that one, `hub:OWNER` is all of an owner.
    pub(crate) registry: PathBuf,
    /// Where `scan.json`, `derivatives.csv`, `tree.svg` and a hub's `registry.jsonl` go; made where it is not there.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    /// A candidate of a programme and the model in the registry that is its own; may be given several times. Only what
    /// was derived from these is written to `derivatives.csv`.
    #[arg(long, value_name = "CANDIDATE=MODEL", value_parser = candidate_of)]
    pub(crate) candidate: Vec<(String, String)>,
    /// Only what is declared, as a list that a later scan takes: `registry.jsonl` in `--out`, otherwise on standard output.
    /// Nothing is tested, and no weights are fetched from a hub.
    #[arg(long)]
    pub(crate) declared_only: bool,
    /// Models of a hub whose weights are fetched, at most; of the others digests are compared alone.
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub(crate) max_models: usize,
    /// Bytes of a hub's weights, at most, whether they are fetched now or were before.
    #[arg(long, value_name = "BYTES", default_value_t = 100 << 30)]
    pub(crate) limit_bytes: u64,
    #[command(flatten)]
    pub(crate) choices: LineageChoices,
    /// Everything that was found, as JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct LineageBehave {
    /// `llama:FILE.gguf` (or the file's name alone), `openai:URL?model=NAME` or `replay:FILE`.
    pub(crate) suspect: String,
    /// The model that it may have been made from.
    pub(crate) parent: String,
    /// A model of like strength that is known to come from neither; may be given several times, the more the better.
    #[arg(long, value_name = "MODEL", required = true)]
    pub(crate) control: Vec<String>,
    /// Texts of your own, a text a line, or in a file `.jsonl` a JSON object a line with a `text`.
    #[arg(long, value_name = "FILE")]
    pub(crate) prompts: Option<PathBuf>,
    /// Places at which models are asked for their next word, at most.
    #[arg(long, default_value_t = 240, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    pub(crate) positions: u32,
    /// The seed of where texts are cut and how signs are flipped.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Flips of the texts' signs that are drawn for each null distribution.
    #[arg(long, default_value_t = 99_999, value_parser = clap::value_parser!(u32).range(99..=999_999))]
    pub(crate) draws: u32,
    /// The chance at which exchangeable models may be told apart, over all tests together.
    #[arg(long, default_value_t = 1e-3, value_parser = chance)]
    pub(crate) level: f64,
    /// A server's address and the environment variable that holds its API key, which no other server gets; may be given
    /// several times.
    #[arg(long, value_name = "URL=NAME", value_parser = key_of)]
    pub(crate) api_key_env: Vec<(String, String)>,
    /// Requests under way at once, at most, for a server.
    #[arg(long, default_value_t = 8)]
    pub(crate) concurrency: u32,
    /// Threads of local models; otherwise all cores.
    #[arg(long)]
    pub(crate) threads: Option<u32>,
    /// Everything that was found, as JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

fn key_of(text: &str) -> Result<(String, String), String> {
    let (url, name) = text.rsplit_once('=').ok_or("URL=NAME")?;
    Ok((url.trim_end_matches('/').to_owned(), name.to_owned()))
}

fn chance(text: &str) -> Result<f64, String> {
    let level: f64 = text.parse().map_err(|error: std::num::ParseFloatError| error.to_string())?;
    if level > 0.0 && level < 1.0 { Ok(level) } else { Err("0 < level < 1".to_owned()) }
}

fn candidate_of(text: &str) -> Result<(String, String), String> {
    let (candidate, model) = text.split_once('=').ok_or("CANDIDATE=MODEL")?;
    Ok((candidate.to_owned(), model.to_owned()))
}

/// What is chosen before weights are compared.
#[derive(Args, Debug)]
pub(crate) struct LineageChoices {
    /// The seed of which rows are taken and how they are shuffled.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Rows of a matrix that are compared, at most.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u64).range(16..=4096))]
    pub(crate) rows: u64,
    /// Columns of a matrix that are compared, at most.
    #[arg(long, default_value_t = 4096, value_parser = clap::value_parser!(u64).range(64..=65536))]
    pub(crate) columns: u64,
    /// Tokens whose embeddings are compared, at most.
    #[arg(long, default_value_t = 4096, value_parser = clap::value_parser!(u64).range(64..=65536))]
    pub(crate) tokens: u64,
    /// Permutations that are drawn for each null distribution.
    #[arg(long, default_value_t = 999, value_parser = clap::value_parser!(u32).range(99..=99_999))]
    pub(crate) draws: u32,
    /// The chance at which independent weights may be called related, over all tests of a component together.
    #[arg(long, default_value_t = 1e-6, value_parser = chance)]
    pub(crate) level: f64,
    /// Compare rows as they lie alone, and do not look for what was moved on purpose.
    #[arg(long)]
    pub(crate) skip_evasion: bool,
}

#[derive(Args, Debug)]
pub(crate) struct LineageCompare {
    /// A file of weights (safetensors, GGUF, ONNX, a PyTorch zip checkpoint) or a model's folder.
    pub(crate) first: PathBuf,
    /// The other.
    pub(crate) second: PathBuf,
    #[command(flatten)]
    pub(crate) choices: LineageChoices,
    /// Everything that was found, as JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The programme file.
    pub(crate) programme: PathBuf,
    /// Problems as JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Run {
    /// The programme file.
    pub(crate) programme: PathBuf,
    /// The stage's id.
    #[arg(long)]
    pub(crate) stage: String,
    /// The stage's folder; made, or gone on with.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// The private key that signs the log; otherwise `DAEPYO_KEY`, otherwise one of your own that is made at first use.
    #[arg(long)]
    pub(crate) key: Option<PathBuf>,
    /// Threads of local models; otherwise all cores.
    #[arg(long)]
    pub(crate) threads: Option<u32>,
    #[command(flatten)]
    pub(crate) spending: Spending,
    /// The published folder of an earlier verdict on this stage, which the new one follows; `--cause` says why.
    #[arg(long, value_name = "DIR", requires = "cause")]
    pub(crate) follows: Option<PathBuf>,
    /// Why there is a new verdict: more evidence came in, the cut is filled again, or observations were wrong.
    #[arg(long, value_enum, requires = "follows")]
    pub(crate) cause: Option<Cause>,
    /// The published folder of the stage whose points the rules carry over.
    #[arg(long, value_name = "DIR")]
    pub(crate) carries: Option<PathBuf>,
    /// Sign that there is no verdict where too many requests got no response; without it, the next run asks again.
    #[arg(long)]
    pub(crate) conclude: bool,
    /// The verdict as JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Why a verdict follows another.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Cause {
    /// More evidence came in: what was answered is kept, what is new is asked.
    MoreEvidence,
    /// A candidate lost its place by a gate or withdrew: the cut is filled again, and nothing is measured again.
    Refill,
    /// Observations were wrong: nothing is measured again.
    Correction,
}

impl From<Cause> for daepyo_core::Cause {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::MoreEvidence => Self::MoreEvidence,
            Cause::Refill => Self::Refill,
            Cause::Correction => Self::Correction,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Eval {
    /// `llama:FILE.gguf`, `openai:URL?model=NAME` or `replay:FILE`, recorded by daepyo, lm-eval (`samples_*.jsonl`)
    /// or Inspect (`.eval`).
    #[arg(long)]
    pub(crate) model: String,
    /// Tasks, groups or tags, with commas.
    #[arg(long, value_delimiter = ',', required = true)]
    pub(crate) tasks: Vec<String>,
    /// A folder of task files; may be given several times.
    #[arg(long, required = true)]
    pub(crate) include_path: Vec<PathBuf>,
    /// A folder of data sets, beside those of the task files.
    #[arg(long)]
    pub(crate) data_root: Option<PathBuf>,
    /// At most so many documents a task.
    #[arg(long)]
    pub(crate) limit: Option<u64>,
    /// Few-shot examples, where not the task's own number.
    #[arg(long)]
    pub(crate) num_fewshot: Option<u32>,
    /// Use the model's own chat template.
    #[arg(long)]
    pub(crate) apply_chat_template: bool,
    /// Run the tasks' own Python without a sandbox, as a program that you trust.
    #[arg(long)]
    pub(crate) trust_hooks: bool,
    /// Seconds that one call of the tasks' own Python may take.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) hook_seconds: u64,
    /// The environment variable that holds the API key.
    #[arg(long)]
    pub(crate) api_key_env: Option<String>,
    /// Requests under way at once, at most, for a server; how many there really are is found by its answers.
    #[arg(long, default_value_t = 8)]
    pub(crate) concurrency: u32,
    #[command(flatten)]
    pub(crate) spending: Spending,
    /// The price of a million tokens read and written, and its currency, such as `0.15,0.6,USD`.
    #[arg(long, value_name = "INPUT,OUTPUT,CURRENCY", value_parser = price)]
    pub(crate) price: Option<daepyo_core::Price>,
    /// Threads of local models; otherwise all cores.
    #[arg(long)]
    pub(crate) threads: Option<u32>,
    /// Folder for results and samples.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// How results and samples are written, with commas.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "lm-eval")]
    pub(crate) format: Vec<ResultFormat>,
    /// Answer part I of N of what is asked, with I from 0 to N - 1, into a folder of its own below `--out`; `daepyo
    /// merge` joins the parts.
    #[arg(long, value_name = "I/N", conflicts_with = "dry_run")]
    pub(crate) shard: Option<Shard>,
    /// A folder or `s3://BUCKET/PREFIX` where the finished shard is put.
    #[arg(long, value_name = "PLACE", requires = "shard")]
    pub(crate) publish: Option<String>,
    /// Results as JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Merge {
    /// Folder for results and samples.
    pub(crate) out: PathBuf,
    /// Every shard, or the folders or prefixes (`s3://BUCKET/PREFIX`) in which they lie.
    #[arg(required = true, value_name = "SHARD")]
    pub(crate) shards: Vec<String>,
    /// A folder of task files, where they lie elsewhere than for the shards; may be given several times.
    #[arg(long)]
    pub(crate) include_path: Vec<PathBuf>,
    /// A folder of data sets, where they lie elsewhere than for the shards.
    #[arg(long)]
    pub(crate) data_root: Option<PathBuf>,
    /// Run the tasks' own Python without a sandbox, as a program that you trust.
    #[arg(long)]
    pub(crate) trust_hooks: bool,
    /// How results and samples are written, with commas; otherwise as the shards were asked.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) format: Vec<ResultFormat>,
    /// Results as JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What may be spent on a server, and a look at it before.
#[derive(Args, Debug)]
pub(crate) struct Spending {
    /// Send nothing: tell what would be asked and what it costs at most.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Requests a second of each server, for the time in a dry run.
    #[arg(long, value_name = "REQUESTS_PER_SECOND", requires = "dry_run", value_parser = rate)]
    pub(crate) rate: Option<f64>,
    /// Stop before more requests than this were sent to a server, over all runs; goes before the programme's budget.
    #[arg(long)]
    pub(crate) max_requests: Option<u64>,
    /// Stop before more tokens than this were read and written by a server; goes before the programme's budget.
    #[arg(long)]
    pub(crate) max_tokens: Option<u64>,
    /// Stop before a server's tokens cost more than this; goes before the programme's budget.
    #[arg(long, value_parser = amount)]
    pub(crate) max_cost: Option<f64>,
}

impl Spending {
    /// The limits that were typed.
    pub(crate) const fn budget(&self) -> daepyo_core::Budget {
        daepyo_core::Budget { requests: self.max_requests, tokens: self.max_tokens, cost: self.max_cost }
    }
}

fn amount(text: &str) -> Result<f64, String> {
    let number: f64 = text.trim().parse().map_err(|_| format!("`{text}` is not a number"))?;
    if number.is_finite() && number >= 0.0 { Ok(number) } else { Err("it must be 0 or more".to_owned()) }
}

fn rate(text: &str) -> Result<f64, String> {
    amount(text).and_then(|rate| if rate > 0.0 { Ok(rate) } else { Err("it must be more than 0".to_owned()) })
}

fn price(text: &str) -> Result<daepyo_core::Price, String> {
    let parts: Vec<_> = text.split(',').map(str::trim).collect();
    match parts.as_slice() {
        [input, output, currency] if !currency.is_empty() => Ok(daepyo_core::Price {
            input: amount(input)?,
            output: amount(output)?,
            currency: (*currency).to_owned(),
        }),
        _ => Err("a price is INPUT,OUTPUT,CURRENCY, such as 0.15,0.6,USD".to_owned()),
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ResultFormat {
    /// lm-evaluation-harness's results and samples.
    LmEval,
    /// Every Eval Ever's aggregates and instances.
    EveryEvalEver,
    /// Logs of Inspect.
    Inspect,
    /// A table of samples.
    Parquet,
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// The published folder.
    pub(crate) folder: PathBuf,
    /// The public key that must have signed: its text or a file with it.
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// A folder that holds the weights as the programme file names them: comparisons of weights are made again.
    #[arg(long, value_name = "DIR")]
    pub(crate) weights: Option<PathBuf>,
    /// The result as JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Report {
    /// The published folder.
    pub(crate) folder: PathBuf,
    /// The file to write; otherwise standard output.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Tasks {
    #[command(subcommand)]
    pub(crate) command: TasksCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TasksCommand {
    /// Every task, group and tag, with how it would run: from its file alone (native), with Python that its file names
    /// (hook), or not (class, refused) and why.
    Ls {
        /// A folder of task files; may be given several times.
        #[arg(long, required = true)]
        include_path: Vec<PathBuf>,
        /// One JSON object on standard output, with every warning.
        #[arg(long)]
        json: bool,
    },
    /// One task, as it is understood, with its first document's requests; or the members of a group or tag.
    Show {
        /// The task, group or tag.
        name: String,
        /// A folder of task files; may be given several times.
        #[arg(long, required = true)]
        include_path: Vec<PathBuf>,
        /// Few-shot examples, where not the task's own number.
        #[arg(long)]
        num_fewshot: Option<u32>,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Key {
    #[command(subcommand)]
    pub(crate) command: KeyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Makes a private key and prints its public key.
    New {
        /// Who signs, for example `programme.example.org`; the log's origin.
        #[arg(long)]
        name: String,
        /// The file; never overwritten.
        #[arg(long)]
        out: PathBuf,
    },
    /// Prints the public key of a private key.
    Show {
        /// The private key's file.
        key: PathBuf,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Votes {
    /// A CSV file with the columns voter, left, right, choice and optionally prompt.
    pub(crate) file: PathBuf,
    /// The ranking as JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
    /// Also test the voters: flags with their evidence, and the ranking without those that are flagged.
    #[arg(long)]
    pub(crate) tests: bool,
    /// Also say how few votes would move the cut behind so many models.
    #[arg(long, value_name = "PLACES", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) cut: Option<u16>,
    /// The most that one voter's votes weigh together, in votes, as a contest's rules may say.
    #[arg(long, value_name = "VOTES", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) weight_cap: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct Model {
    #[command(subcommand)]
    pub(crate) command: ModelCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// An OpenAI-compatible server, with echo and logprobs.
    Serve {
        /// `llama:FILE.gguf`.
        model: String,
        /// Where it listens.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// Threads; otherwise all cores.
        #[arg(long)]
        threads: Option<u32>,
    },
}
