//! `daepyo model serve`: a local model as an OpenAI-compatible server.

use crate::args::{Model, ModelCommand};
use crate::settings::Settings;
use crate::show;
use daepyo_core::ModelSpec;

pub(crate) async fn model(arguments: Model, settings: &Settings) -> u8 {
    let ModelCommand::Serve { model, listen, threads } = arguments.command;
    let file = match model.parse() {
        Ok(ModelSpec::Llama { file }) => file,
        Ok(ModelSpec::OpenAi { .. } | ModelSpec::Replay { .. }) => {
            show::line(&show::say(settings, "serve-only-llama", &[]));
            return 2;
        }
        Err(error) => {
            show::error(&error, settings);
            return 2;
        }
    };
    serve(&file, listen, threads, settings).await
}

#[cfg(feature = "llama")]
async fn serve(file: &str, listen: std::net::SocketAddr, threads: Option<u32>, settings: &Settings) -> u8 {
    use crate::commands::stop;
    use crate::model_server::{ServedModel, serve as serve_model};
    use daepyo_llama::{LlamaBackend, LlamaOptions};
    use std::sync::Arc;
    let options = LlamaOptions { threads, ..LlamaOptions::default() };
    let backend = match LlamaBackend::open(std::path::Path::new(file), options) {
        Ok(backend) => Arc::new(backend),
        Err(error) => {
            show::error(&error, settings);
            return 3;
        }
    };
    let name = std::path::Path::new(file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let listener = match tokio::net::TcpListener::bind(listen).await {
        Ok(listener) => listener,
        Err(error) => {
            show::line(&format!("× {listen}"));
            show::error(&error, settings);
            return 3;
        }
    };
    let address = listener.local_addr().unwrap_or(listen);
    show::line(&show::say(
        settings,
        "serve-listens",
        &[("address", &format!("http://{address}/v1")), ("model", &name)],
    ));
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let template = template(&backend.describe().chat, settings);
    let model = ServedModel::new(backend, name, template, since.map_or(0, |since| since.as_secs()));
    let mut stop = stop::on_interrupt(settings);
    let stopped = async move {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    match serve_model(model, listener, stopped).await {
        Ok(()) => 0,
        Err(error) => {
            show::error(&error, settings);
            3
        }
    }
}

/// The model's own chat template as the server calls it; none where the model has none that can be read.
#[cfg(feature = "llama")]
fn template(chat: &daepyo_backend::ChatSupport, settings: &Settings) -> Option<daepyo_llama::ChatTemplate> {
    match crate::backends::chat_template(chat) {
        Ok(template) => template,
        Err(error) => {
            show::error(&error, settings);
            None
        }
    }
}

#[cfg(not(feature = "llama"))]
#[expect(clippy::unused_async, reason = "in the place of the one that serves")]
async fn serve(_: &str, _: std::net::SocketAddr, _: Option<u32>, settings: &Settings) -> u8 {
    show::line(&show::say(settings, "serve-only-llama", &[]));
    3
}
