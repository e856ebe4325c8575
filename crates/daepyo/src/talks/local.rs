//! A contestant whose weights are run in the site's own process.

use super::{Live, Reached, Unreached};
use crate::backends;
use daepyo_backend::talk::{Talk, estimated_tokens};
use daepyo_backend::{BackendError, TalkTimes};
use daepyo_core::{ContestRule, ModelSpec, Submission};
use daepyo_llama::{LlamaBackend, LlamaOptions, LlamaTalk};
use std::sync::Arc;
use std::time::Duration;

/// A chat template puts about so many tokens around a message.
const AROUND_TOKENS: u64 = 16;

/// Loads the model, which takes a second or more. It writes one answer after another.
pub(super) fn open(live: &Live<'_>, submission: &Submission, file: &str) -> Result<Reached, Unreached> {
    let path = live.base.join(file);
    let options = LlamaOptions {
        threads: Some(threads_each(live)),
        workers: Some(1),
        most_context_tokens: longest_tokens(live),
        ..LlamaOptions::default()
    };
    let backend = Arc::new(LlamaBackend::open(&path, options)?);
    let path = path.display().to_string();
    let template = match backends::chat_template(&backend.describe().chat) {
        Ok(Some(template)) => template,
        Ok(None) => {
            let problem = "has no chat template, without which nobody can talk to it";
            return Err(BackendError::Setting(format!("{path} {problem}")).into());
        }
        Err(cause) => {
            let what = "a model to talk to";
            return Err(BackendError::File { path, what, cause: cause.into() }.into());
        }
    };
    // Last, since it reads the whole file.
    daepyo_stage::check_digest(submission, live.base)?;
    let whole = Duration::from_secs(u64::from(submission.deadline_s));
    let times = TalkTimes { whole, ..TalkTimes::default() };
    let talk: Arc<dyn Talk> = Arc::new(LlamaTalk::new(backend, template, times));
    Ok((talk, Some(1)))
}

/// The cores are shared out: threads of llama.cpp that wait for a core hold all the others of their model up.
fn threads_each(live: &Live<'_>) -> u32 {
    let is_local = |submission: &&Submission| matches!(submission.model, ModelSpec::Llama { .. });
    let models = live.submissions().into_iter().filter(is_local).count().max(1);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(cores / models).unwrap_or(u32::MAX).max(1)
}

/// The most that a conversation may take, in tokens: beyond it a longer context only costs memory.
fn longest_tokens(live: &Live<'_>) -> u32 {
    let tokens = |contest: &ContestRule| {
        let system = contest.system.as_deref().map_or(0, estimated_tokens);
        // A character of a prompt is a token at most, as in the day's count.
        let each = u64::from(contest.prompt_characters) + u64::from(contest.max_tokens) + 2 * AROUND_TOKENS;
        (system + AROUND_TOKENS).saturating_add(each.saturating_mul(u64::from(contest.turns)))
    };
    let longest = live.contests().map(|(contest, _)| tokens(contest)).max();
    longest.map_or(u32::MAX, |tokens| u32::try_from(tokens).unwrap_or(u32::MAX))
}
