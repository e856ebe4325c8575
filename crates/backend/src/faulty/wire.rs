//! The scripted server's bytes: HTTP/1.1 by hand, since its faults are what HTTP libraries prevent.

use super::answers::Answering;
use super::{Fault, PIECE_PAUSE, State, stream};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LONGEST_HEAD_BYTES: usize = 64 << 10;
const LONGEST_BODY_BYTES: usize = 64 << 20;

struct Received {
    head: String,
    body: Vec<u8>,
}

/// Answers the requests of one connection until it ends or a fault ends it.
pub(super) async fn serve(mut socket: TcpStream, state: &State) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(received) = receive(&mut socket, &mut buffer).await? {
        if answer(&mut socket, state, &received).await?.is_break() {
            break;
        }
    }
    Ok(())
}

async fn receive(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Received>> {
    let head_bytes = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if buffer.len() > LONGEST_HEAD_BYTES || socket.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let rest = buffer.split_off(head_bytes);
    let head = String::from_utf8_lossy(buffer).into_owned();
    *buffer = rest;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .unwrap_or(0);
    if length > LONGEST_BODY_BYTES {
        return Err(ErrorKind::InvalidData.into());
    }
    while buffer.len() < length {
        if socket.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let rest = buffer.split_off(length);
    let body = std::mem::replace(buffer, rest);
    Ok(Some(Received { head, body }))
}

async fn answer(socket: &mut TcpStream, state: &State, received: &Received) -> io::Result<ControlFlow<()>> {
    let line = received.head.lines().next().unwrap_or_default();
    if line.starts_with("GET") && line.contains("/models") {
        let mut entry = json!({"id": "scripted", "object": "model"});
        if let (Some(length), Some(entry)) = (state.script.abilities.max_model_len, entry.as_object_mut()) {
            entry.insert("max_model_len".to_owned(), length.into());
        }
        let models = json!({"object": "list", "data": [entry]}).to_string();
        return reply(socket, 200, "application/json", "", models.as_bytes()).await;
    }
    let is_chat = line.contains("/chat/completions");
    if !is_chat && !line.contains("/completions") {
        return reply(socket, 404, "application/json", "", b"{\"detail\":\"Not Found\"}").await;
    }
    let request: Value = serde_json::from_slice(&received.body).unwrap_or(Value::Null);
    let (fault, delay, _under_way) = state.arrive(&received.body, &Answering::prompt(&request));
    let answering = state.answering(&request, is_chat);
    if let Some(fault) = fault {
        return fail(socket, state, &answering, fault, &received.head).await;
    }
    if let Some(words) = answering.refusal() {
        return refuse(socket, 400, words).await;
    }
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    good(socket, &answering).await
}

async fn good(socket: &mut TcpStream, answering: &Answering<'_>) -> io::Result<ControlFlow<()>> {
    let body = good_body(answering);
    reply(socket, 200, content_type(answering), "", &body).await
}

fn content_type(answering: &Answering<'_>) -> &'static str {
    if answering.is_stream() { "text/event-stream; charset=utf-8" } else { "application/json" }
}

fn good_body(answering: &Answering<'_>) -> Vec<u8> {
    if !answering.is_stream() {
        return answering.whole().to_string().into_bytes();
    }
    stream_of(&good_events(answering))
}

pub(super) fn good_events(answering: &Answering<'_>) -> Vec<String> {
    let whole = answering.whole();
    let place = if answering.is_chat { "/choices/0/message/content" } else { "/choices/0/text" };
    let text = whole.pointer(place).and_then(Value::as_str).unwrap_or_default();
    answering.events(text, "stop")
}

fn stream_of(events: &[String]) -> Vec<u8> {
    let mut text = String::from(": begin\n\n");
    for event in events {
        let _ = write!(text, "data: {event}\n\n");
    }
    text.push_str("data: [DONE]\n\n");
    text.into_bytes()
}

async fn fail(
    socket: &mut TcpStream,
    state: &State,
    answering: &Answering<'_>,
    fault: Fault,
    head: &str,
) -> io::Result<ControlFlow<()>> {
    let kind = content_type(answering);
    let html = b"<html><body>Bad gateway</body></html>";
    match fault {
        Fault::TooMany => too_many(socket, "").await,
        Fault::TooManyAfterSeconds(seconds) => too_many(socket, &format!("Retry-After: {seconds}\r\n")).await,
        Fault::TooManyAfterMs(ms) => too_many(socket, &format!("retry-after-ms: {ms}\r\n")).await,
        Fault::TooManyUntil(seconds) => {
            let date = |second: u32| format!("Sun, 06 Nov 1994 08:{:02}:{:02} GMT", second / 60, second % 60);
            let header = format!("Date: {}\r\nRetry-After: {}\r\n", date(0), date(seconds.min(3599)));
            too_many(socket, &header).await
        }
        Fault::ServerError => refuse(socket, 500, "internal error").await,
        Fault::UnavailablePage => reply(socket, 503, "text/html", "", html).await,
        Fault::Page => reply(socket, 200, "text/html", "", html).await,
        Fault::Stall => {
            let mut nothing = [0; 64];
            // Ends when the client leaves.
            while socket.read(&mut nothing).await? > 0 {}
            Ok(ControlFlow::Break(()))
        }
        Fault::CloseBeforeHeaders => Ok(ControlFlow::Break(())),
        Fault::CloseAfterHeaders => {
            let head = head_of(200, kind, "", Some(1000));
            socket.write_all(head.as_bytes()).await?;
            Ok(ControlFlow::Break(()))
        }
        Fault::HalfJson => {
            let whole = answering.whole().to_string();
            let half = whole.as_bytes().get(..whole.len() / 2).unwrap_or_default();
            reply(socket, 200, "application/json", "", half).await
        }
        Fault::WrongShape => {
            reply(socket, 200, "application/json", "", b"{\"choices\":{\"answer\":[42]}}").await
        }
        Fault::ErrorInBody => {
            reply(socket, 200, "application/json", "", b"{\"error\":{\"message\":\"engine restarts\"}}").await
        }
        Fault::EmptyContent => with_text(socket, answering, Some(""), Some("stop")).await,
        Fault::NullContent => with_text(socket, answering, None, Some("stop")).await,
        Fault::NullUnfinished => with_text(socket, answering, None, None).await,
        Fault::WrongOrder => wrong_order(socket, answering).await,
        Fault::WrongContentType => reply(socket, 200, "text/plain", "", &good_body(answering)).await,
        Fault::SlowPieces => pieces(socket, kind, &good_body(answering)).await,
        Fault::CutStream => {
            let body = good_body(answering);
            let head = head_of(200, kind, "", Some(body.len()));
            socket.write_all(head.as_bytes()).await?;
            socket.write_all(body.get(..body.len() / 2).unwrap_or_default()).await?;
            Ok(ControlFlow::Break(()))
        }
        Fault::BadRequest => {
            refuse(socket, 400, &format!("not understood, with these headers: {head}")).await
        }
        Fault::Endless => endless(socket).await,
        Fault::Stream(fault) => stream::fail(socket, state, answering, fault).await,
    }
}

async fn too_many(socket: &mut TcpStream, headers: &str) -> io::Result<ControlFlow<()>> {
    let body = json!({"error": {"message": "too many requests"}}).to_string();
    reply(socket, 429, "application/json", headers, body.as_bytes()).await
}

async fn refuse(socket: &mut TcpStream, status: u16, words: &str) -> io::Result<ControlFlow<()>> {
    let body = json!({"error": {"message": words, "type": "scripted"}}).to_string();
    reply(socket, status, "application/json", "", body.as_bytes()).await
}

async fn with_text(
    socket: &mut TcpStream,
    answering: &Answering<'_>,
    text: Option<&str>,
    reason: Option<&str>,
) -> io::Result<ControlFlow<()>> {
    let body = answering.with_text(text, reason).to_string();
    reply(socket, 200, "application/json", "", body.as_bytes()).await
}

/// The right choice, after another one; a stream is left as it is.
async fn wrong_order(socket: &mut TcpStream, answering: &Answering<'_>) -> io::Result<ControlFlow<()>> {
    if answering.is_stream() {
        return good(socket, answering).await;
    }
    let mut whole = answering.whole();
    let mut decoy = answering.with_text(Some("정답: Z"), Some("stop"));
    let decoy = decoy.pointer_mut("/choices/0").map(Value::take);
    if let (Some(choices), Some(mut decoy)) = (whole.get_mut("choices").and_then(Value::as_array_mut), decoy)
    {
        if let Some(decoy) = decoy.as_object_mut() {
            decoy.insert("index".to_owned(), 1.into());
        }
        choices.insert(0, decoy);
    }
    reply(socket, 200, "application/json", "", whole.to_string().as_bytes()).await
}

async fn pieces(socket: &mut TcpStream, kind: &str, body: &[u8]) -> io::Result<ControlFlow<()>> {
    let mut head = head_of(200, kind, "", None);
    head.push_str("\r\n");
    socket.write_all(head.as_bytes()).await?;
    // An odd length splits Korean characters, which have three bytes.
    for piece in body.chunks(97) {
        let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
        chunk.extend_from_slice(piece);
        chunk.extend_from_slice(b"\r\n");
        socket.write_all(&chunk).await?;
        tokio::time::sleep(PIECE_PAUSE).await;
    }
    socket.write_all(b"0\r\n\r\n").await?;
    Ok(ControlFlow::Continue(()))
}

async fn endless(socket: &mut TcpStream) -> io::Result<ControlFlow<()>> {
    let mut head = head_of(200, "application/json", "", None);
    head.push_str("\r\n");
    socket.write_all(head.as_bytes()).await?;
    let mut chunk = b"4000\r\n".to_vec();
    chunk.extend(std::iter::repeat_n(b' ', 0x4000));
    chunk.extend_from_slice(b"\r\n");
    loop {
        // Ends with an error when the client leaves.
        socket.write_all(&chunk).await?;
    }
}

async fn reply(
    socket: &mut TcpStream,
    status: u16,
    kind: &str,
    headers: &str,
    body: &[u8],
) -> io::Result<ControlFlow<()>> {
    let head = head_of(status, kind, headers, Some(body.len()));
    socket.write_all(head.as_bytes()).await?;
    socket.write_all(body).await?;
    Ok(ControlFlow::Continue(()))
}

/// The head of a response; without a length, chunks follow and the caller ends the head.
pub(super) fn head_of(status: u16, kind: &str, headers: &str, length: Option<usize>) -> String {
    match length {
        Some(length) => format!(
            "HTTP/1.1 {status} Scripted\r\nContent-Type: {kind}\r\n{headers}Content-Length: {length}\r\n\r\n"
        ),
        None => format!(
            "HTTP/1.1 {status} Scripted\r\nContent-Type: {kind}\r\n{headers}Transfer-Encoding: chunked\r\n"
        ),
    }
}
