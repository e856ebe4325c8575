//! The server over a real model on loopback; skipped, with a line that says so, where the model is absent.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

use super::{ChatTemplate, ServedModel, serve};
use daepyo_core::{Message, Role};
use daepyo_llama::{LlamaBackend, LlamaOptions};
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Arc};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

const MODEL: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";

struct Server {
    address: std::net::SocketAddr,
    backend: Arc<LlamaBackend>,
    _stop: oneshot::Sender<()>,
}

/// A running server, or `None` after saying that the test is skipped.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
async fn server() -> Option<Server> {
    let folder = std::env::var_os("DAEPYO_MODELS").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/daepyo/models"),
        PathBuf::from,
    );
    let path = folder.join(MODEL);
    if !path.is_file() {
        eprintln!("skipped: {} is not there (set DAEPYO_MODELS to the folder of the models)", path.display());
        return None;
    }
    let options = LlamaOptions { threads: Some(1), context_tokens: Some(256), ..LlamaOptions::default() };
    let backend = Arc::new(LlamaBackend::open(&path, options).unwrap());
    let template: ChatTemplate = Box::new(|messages: &[Message]| {
        let turn = |message: &Message| {
            let role = match message.role {
                Role::System => "system",
                Role::User => "user",
                Role::Assistant => "assistant",
            };
            format!("<|im_start|>{role}\n{}<|im_end|>\n", message.content)
        };
        if messages.iter().any(|message| message.content == "refuse me") {
            return Err("the template refuses this".to_owned());
        }
        Ok(messages.iter().map(turn).collect::<String>() + "<|im_start|>assistant\n")
    });
    let model = ServedModel::new(Arc::clone(&backend), "smol".to_owned(), Some(template), 1_767_225_600);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(serve(model, listener, async move { drop(stopped.await) }));
    Some(Server { address, backend, _stop: stop })
}

impl Server {
    /// Status and body of an answer.
    async fn send(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, body) = self.send("POST", path, &body.to_string()).await;
        (status, serde_json::from_str(&body).unwrap())
    }

    async fn complete(&self, body: &Value) -> Value {
        let (status, answer) = self.post("/v1/completions", body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// The chunks of a streamed answer.
    async fn stream(&self, path: &str, body: &Value) -> Vec<Value> {
        let (status, body) = self.send("POST", path, &body.to_string()).await;
        assert_eq!(status, 200, "{body}");
        let mut data: Vec<&str> = body.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        assert_eq!(data.pop(), Some("[DONE]"), "{body}");
        data.into_iter().map(|chunk| serde_json::from_str(chunk).unwrap()).collect()
    }
}

#[tokio::test]
async fn models_are_listed() {
    let Some(server) = server().await else { return };
    let (status, body) = server.send("GET", "/v1/models", "").await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, 200);
    assert_eq!(body["data"][0]["id"], "smol");
    assert_eq!(body["data"][0]["max_model_len"], 256);
}

/// What lm-eval's `local-completions` sums: the log-probabilities of the tokens after the context, without the
/// one token that the server had to write.
#[tokio::test]
async fn echoed_log_probabilities_are_those_of_the_backend() {
    let Some(server) = server().await else { return };
    let (context, continuation) = ("The capital of France is", " Paris, of course");
    let tokens = server.backend.text_tokens(&format!("{context}{continuation}"));
    let context_tokens = server.backend.text_tokens(context).len();
    let body = json!({
        "model": "smol", "prompt": [tokens], "max_tokens": 1, "temperature": 0, "logprobs": 1, "echo": true,
        "seed": 1234,
    });
    let choice = server.complete(&body).await["choices"][0].clone();
    let logprobs = &choice["logprobs"];
    assert_eq!(logprobs["tokens"].as_array().unwrap().len(), tokens.len() + 1);
    assert_eq!(logprobs["token_logprobs"][0], Value::Null);
    let judged = &logprobs["token_logprobs"].as_array().unwrap()[context_tokens..tokens.len()];
    let sum: f64 = judged.iter().map(|logprob| logprob.as_f64().unwrap()).sum();

    let (sender, mut answers) = tokio::sync::mpsc::channel::<daepyo_backend::Answer>(1);
    let request = daepyo_core::Request::Loglikelihood {
        context: context.to_owned(),
        continuation: continuation.to_owned(),
    };
    daepyo_backend::Backend::answer(server.backend.as_ref(), vec![request].into(), sender).await.unwrap();
    let Some((0, daepyo_core::Response::Loglikelihood { logprob, tokens: judged_tokens, .. })) =
        answers.recv().await
    else {
        unreachable!()
    };
    assert_eq!(judged_tokens as usize, judged.len());
    assert!((logprob - sum).abs() < 1e-3 * f64::from(judged_tokens), "{logprob} {sum}");
}

/// What lm-eval's `gguf` model reads: the offset at which the continuation begins.
#[tokio::test]
async fn text_offsets_find_the_continuation_in_characters() {
    let Some(server) = server().await else { return };
    let (context, continuation) = ("한국의 수도는", " 서울");
    let prompt = format!("{context}{continuation}");
    let body = json!({"prompt": prompt, "max_tokens": 0, "logprobs": 2, "echo": true, "temperature": 0});
    let choice = server.complete(&body).await["choices"][0].clone();
    assert_eq!(choice["text"], prompt);
    let offsets: Vec<u64> =
        choice["logprobs"]["text_offset"].as_array().unwrap().iter().map(|o| o.as_u64().unwrap()).collect();
    assert!(offsets.is_sorted(), "{offsets:?}");
    let first = offsets.iter().position(|offset| *offset >= context.chars().count() as u64).unwrap();
    assert_eq!(first, server.backend.text_tokens(context).len());
}

#[tokio::test]
async fn prompts_come_as_texts_or_tokens_one_or_many() {
    let Some(server) = server().await else { return };
    let text = "1, 2, 3, 4,";
    let tokens = server.backend.prompt_tokens(text);
    let ask = |prompt: Value, stream: bool| json!({"prompt": prompt, "max_tokens": 6, "temperature": 0, "stream": stream});
    let one = server.complete(&ask(json!(text), false)).await;
    let expected = one["choices"][0]["text"].clone();
    assert_eq!(one["usage"]["prompt_tokens"], tokens.len());
    assert_eq!(one["usage"]["completion_tokens"], 6);
    assert_eq!(one["choices"][0]["finish_reason"], "length");
    for prompt in [json!([text, text]), json!([tokens, tokens])] {
        let many = server.complete(&ask(prompt, false)).await;
        assert_eq!(many["choices"][1]["index"], 1);
        assert_eq!(many["choices"][1]["text"], expected);
    }
    assert_eq!(server.complete(&ask(json!(tokens), false)).await["choices"][0]["text"], expected);
    let streamed: String = server
        .stream("/v1/completions", &ask(json!(text), true))
        .await
        .iter()
        .map(|chunk| chunk["choices"][0]["text"].as_str().unwrap())
        .collect();
    assert_eq!(json!(streamed), expected);
}

#[tokio::test]
async fn chat_goes_through_the_template_streamed_and_not() {
    let Some(server) = server().await else { return };
    let body = |stream: bool| {
        json!({
            "model": "smol", "temperature": 0, "max_tokens": 12, "stream": stream,
            "messages": [
                {"role": "system", "content": "You answer with one word."},
                {"role": "user", "content": [{"type": "text", "text": "Say "}, {"type": "text", "text": "hello."}]},
            ],
        })
    };
    let (status, whole) = server.post("/v1/chat/completions", &body(false)).await;
    assert_eq!(status, 200, "{whole}");
    let content = whole["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(!content.is_empty() && !content.contains("<|im_"), "{content}");
    let chunks = server.stream("/v1/chat/completions", &body(true)).await;
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    let streamed: String =
        chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(streamed, content);
    assert_eq!(chunks.last().unwrap()["choices"][0]["finish_reason"], whole["choices"][0]["finish_reason"]);
}

#[tokio::test]
async fn faults_of_a_request_are_told_as_openai_does() {
    let Some(server) = server().await else { return };
    let long = "one two three four five six seven ".repeat(60);
    let cases = [
        (json!({"prompt": "x", "model": "other"}), 404, "other"),
        (json!({"model": "smol"}), 400, "prompt"),
        (json!({"prompt": {}}), 400, "prompt"),
        (json!({"prompt": [99_999_999]}), 400, "token"),
        (json!({"prompt": []}), 400, "empty"),
        (json!({"prompt": "x", "temperature": -1}), 400, "temperature"),
        (json!({"prompt": "x", "max_tokens": "many"}), 400, "max_tokens"),
        (json!({"prompt": "x", "n": 2}), 400, "`n`"),
        (json!({"prompt": long}), 400, "256"),
        (json!({"prompt": long, "stream": true}), 400, "256"),
    ];
    for (body, expected, told) in cases {
        let (status, answer) = server.post("/v1/completions", &body).await;
        let message = answer["error"]["message"].as_str().unwrap();
        assert_eq!(status, expected, "{answer}");
        assert!(message.contains(told), "{message}");
        assert_eq!(answer["error"]["type"], "invalid_request_error");
    }
    let chat = json!({"messages": [{"role": "user", "content": "refuse me"}]});
    let (status, answer) = server.post("/v1/chat/completions", &chat).await;
    assert_eq!(status, 400);
    assert!(answer["error"]["message"].as_str().unwrap().contains("the template refuses this"));
    assert_eq!(server.send("POST", "/v1/completions", "{").await.0, 400);
    assert_eq!(server.send("POST", "/v1/completions", "[]").await.0, 400);
    assert_eq!(server.send("GET", "/v1/nothing", "").await.0, 404);
    assert_eq!(server.send("GET", "/v1/completions", "").await.0, 405);
}

#[tokio::test]
async fn a_stop_text_ends_the_answer_and_is_not_in_it() {
    let Some(server) = server().await else { return };
    let body = json!({"prompt": "1, 2, 3, 4, 5,", "max_tokens": 30, "temperature": 0, "stop": ["8"]});
    let choice = server.complete(&body).await["choices"][0].clone();
    assert_eq!(choice["finish_reason"], "stop");
    assert_eq!(choice["text"], " 6, 7, ");
}
