//! Opens the backend that a submission names.

use crate::settings::Settings;
use daepyo_backend::{ApiKey, Backend, BackendError, Endpoints, OpenAiBackend, OpenAiOptions};
use daepyo_core::{ModelSpec, Submission};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The backend of `submission`, with paths relative to `base`. Those at one of `endpoints` share its level.
pub(crate) fn open(
    submission: &Submission,
    base: &Path,
    threads: Option<u32>,
    endpoints: &Endpoints,
    settings: &Settings,
) -> Result<Arc<dyn Backend>, BackendError> {
    match &submission.model {
        ModelSpec::Llama { file } => llama(&base.join(file), threads),
        ModelSpec::Replay { file } => Ok(Arc::new(daepyo_formats::open(&base.join(file))?)),
        ModelSpec::OpenAi { url, model } => {
            let mut options = OpenAiOptions::new(url, model);
            options.api_key = key(submission, settings)?.map(ApiKey::new);
            options.concurrency = submission.concurrency;
            options.deadline = Duration::from_secs(u64::from(submission.deadline_s));
            options.chat = submission.chat_template;
            Ok(Arc::new(OpenAiBackend::sharing(options, endpoints)?))
        }
    }
}

/// The API key of a submission that names a variable for it.
pub(crate) fn key<'a>(
    submission: &Submission,
    settings: &'a Settings,
) -> Result<Option<&'a str>, BackendError> {
    let Some(name) = &submission.api_key_env else { return Ok(None) };
    let key = settings.variable(name).ok_or_else(|| {
        BackendError::Setting(format!("the environment variable {name}, which holds the API key, is not set"))
    })?;
    Ok(Some(key))
}

/// What makes messages a prompt for a model of this process: its own chat template; none where it has none.
#[cfg(feature = "llama")]
pub(crate) fn chat_template(
    chat: &daepyo_backend::ChatSupport,
) -> Result<Option<daepyo_llama::ChatTemplate>, daepyo_task::TaskError> {
    use daepyo_backend::ChatSupport;
    use daepyo_task::CompiledChatTemplate;
    let ChatSupport::Template { source, bos, eos } = chat else { return Ok(None) };
    let compiled = CompiledChatTemplate::compile(source, bos, eos, daepyo_stage::TEMPLATE_DAY)?;
    let template: daepyo_llama::ChatTemplate =
        Box::new(move |messages| compiled.render(messages, true).map_err(|error| error.to_string()));
    Ok(Some(template))
}

#[cfg(feature = "llama")]
fn llama(path: &Path, threads: Option<u32>) -> Result<Arc<dyn Backend>, BackendError> {
    let options = daepyo_llama::LlamaOptions { threads, ..daepyo_llama::LlamaOptions::default() };
    Ok(Arc::new(daepyo_llama::LlamaBackend::open(path, options)?))
}

#[cfg(not(feature = "llama"))]
fn llama(path: &Path, _threads: Option<u32>) -> Result<Arc<dyn Backend>, BackendError> {
    Err(BackendError::Setting(format!("{} needs a daepyo built with the feature `llama`", path.display())))
}
