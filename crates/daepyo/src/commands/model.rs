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
            show::error(&error);
            return 2;
        }
    };
    serve(&file, listen, threads, settings).await
}

#[cfg(feature = "llama")]
async fn serve(file: &str, listen: std::net::SocketAddr, threads: Option<u32>, settings: &Settings) -> u8 {
    use daepyo_llama::{LlamaBackend, LlamaOptions};
    use std::sync::Arc;
    let options = LlamaOptions { threads, ..LlamaOptions::default() };
    let backend = match LlamaBackend::open(std::path::Path::new(file), options) {
        Ok(backend) => Arc::new(backend),
        Err(error) => {
            show::error(&error);
            return 3;
        }
    };
    let name = std::path::Path::new(file).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    show::line(&show::say(settings, "serve-listens", &[("address", &format!("http://{listen}/v1")), ("model", &name)]));
    match crate::model_server::serve(backend, listen, name, template).await {
        Ok(()) => 0,
        Err(error) => {
            show::error(&error);
            3
        }
    }
}

#[cfg(not(feature = "llama"))]
async fn serve(_: &str, _: std::net::SocketAddr, _: Option<u32>, settings: &Settings) -> u8 {
    show::line(&show::say(settings, "serve-only-llama", &[]));
    3
}
