//! What a chat request costs daepyo's own client: the same work as `bare_client`, through the backend.
//!
//! `chat_client URL CONCURRENCY COUNT [BODIES]`: asks what each line of the file BODIES asks in turn (or a short question
//! of its own), and prints one line of JSON: requests, and wall and CPU time once the bodies are read.

use daepyo_backend::{Backend, OpenAiBackend, OpenAiOptions};
use daepyo_core::{GenerateParams, Message, Prompt, Request, Response, Role};
use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [url, concurrency, count, rest @ ..] = words.as_slice() else {
        return Err("usage: chat_client URL CONCURRENCY COUNT [BODIES]".into());
    };
    let count = count.parse::<usize>()?;
    let (model, requests): (String, Arc<[Request]>) = match rest.first() {
        Some(file) => {
            let text = std::fs::read_to_string(file)?;
            let bodies = text.lines().map(serde_json::from_str::<Body>).collect::<Result<Vec<_>, _>>()?;
            let model = bodies.first().ok_or("there are no bodies")?.model.clone();
            (model, bodies.into_iter().cycle().take(count).map(Body::into_request).collect())
        }
        None => ("scripted".to_owned(), (0..count).map(question).collect()),
    };
    let mut options = OpenAiOptions::new(url, model);
    (options.concurrency, options.chat) = (concurrency.parse()?, true);
    let asked = requests.len();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (begun, before_s) = (Instant::now(), cpu_s()?);
    let answered = runtime.block_on(async {
        let backend = OpenAiBackend::new(options)?;
        let (sender, mut receiver) = tokio::sync::mpsc::channel(256);
        let gather = async {
            let mut answered = 0_usize;
            while let Some((_, response)) = receiver.recv().await {
                answered += usize::from(matches!(response, Response::Generated { .. }));
            }
            answered
        };
        let (ended, answered) = tokio::join!(backend.answer(requests, sender), gather);
        ended.map(|()| answered)
    })?;
    let wall_s = begun.elapsed().as_secs_f64();
    let line = serde_json::json!({"requests": asked, "answered": answered, "wall_s": wall_s, "cpu_s": cpu_s()? - before_s});
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

/// What a recorded body asks.
#[derive(Clone, serde::Deserialize)]
struct Body {
    model: String,
    messages: Vec<Message>,
    max_tokens: u32,
    #[serde(default)]
    stop: Vec<String>,
}

impl Body {
    fn into_request(self) -> Request {
        let Self { messages, max_tokens, stop, .. } = self;
        let params = GenerateParams { max_tokens, temperature: 0.0, top_p: 1.0, stop, seed: 0 };
        Request::Generate { prompt: Prompt::Chat(messages), params }
    }
}

fn question(number: usize) -> Request {
    let content = format!("질문 {number}: 다음 중 옳은 것은 무엇입니까? 하나만 고르십시오.");
    Request::Generate {
        prompt: Prompt::Chat(vec![Message { role: Role::User, content }]),
        params: GenerateParams { max_tokens: 64, temperature: 0.0, top_p: 1.0, stop: Vec::new(), seed: 0 },
    }
}

/// CPU time of all threads of this process, from the scheduler's own count.
fn cpu_s() -> Result<f64, Box<dyn Error>> {
    let mut all_ns = 0_u64;
    for thread in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        all_ns += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(all_ns).as_secs_f64())
}
