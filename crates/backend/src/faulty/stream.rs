//! Streams of events that go wrong, or right in an odd way.

use super::answers::Answering;
use super::wire::{good_events, head_of};
use super::{PIECE_PAUSE, State};
use serde_json::{Value, json};
use std::io;
use std::ops::ControlFlow;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// What a stream of events does. Midway is after half of the answer's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StreamFault {
    /// A role, so many milliseconds of nothing, then a good answer.
    SlowFirst(u32),
    /// A role, then nothing until the client leaves.
    StallFirst,
    /// Nothing more after the midway, until the client leaves.
    StallMidway,
    /// The connection ends midway, within the body.
    DropMidway,
    /// The body ends midway, as bodies do.
    EndMidway,
    /// Midway an event that is not JSON.
    GarbageMidway,
    /// Midway an event that is not UTF-8.
    BadUtf8Midway,
    /// Midway an event with a raw U+0000 in it.
    NulMidway,
    /// Midway an error object.
    ErrorMidway,
    /// One line of a mebibyte.
    HugeLine,
    /// Pieces of text without end, as fast as the client takes them.
    Endless,
    /// Comments without end, and no event.
    EndlessComments,
    /// A good answer, but: a byte-order mark, `\r\n`, comments, an event over two lines, a role first, reasoning, no
    /// tokens told, and each chunk 7 bytes.
    Odd,
    /// A good answer, an event in so many milliseconds.
    Paced(u32),
    /// A good answer that is said to have reached its greatest number of tokens.
    Length,
    /// A good answer without `[DONE]`, after which the connection stays open.
    NoDone,
}

pub(super) async fn fail(
    socket: &mut TcpStream,
    state: &State,
    answering: &Answering<'_>,
    fault: StreamFault,
) -> io::Result<ControlFlow<()>> {
    let mut head = head_of(200, "text/event-stream; charset=utf-8", "", None);
    head.push_str("\r\n");
    socket.write_all(head.as_bytes()).await?;
    let events = good_events(answering);
    let whole = framed(&events);
    let half = framed(events.get(..events.len() / 2).unwrap_or_default());
    let role = framed(&[
        json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}).to_string()
    ]);
    let done = "data: [DONE]\n\n";
    match fault {
        StreamFault::SlowFirst(ms) => {
            chunk(socket, role.as_bytes()).await?;
            sleep(Duration::from_millis(u64::from(ms))).await;
            last(socket, &(whole + done)).await
        }
        StreamFault::StallFirst => stall(socket, state, &role).await,
        StreamFault::StallMidway => stall(socket, state, &half).await,
        StreamFault::Length => {
            let cut = whole.replacen(r#""finish_reason":"stop""#, r#""finish_reason":"length""#, 1);
            last(socket, &(cut + done)).await
        }
        StreamFault::NoDone => stall(socket, state, &whole).await,
        StreamFault::DropMidway => {
            chunk(socket, half.as_bytes()).await?;
            Ok(ControlFlow::Break(()))
        }
        StreamFault::EndMidway => last(socket, &half).await,
        StreamFault::GarbageMidway => last(socket, &(half + "data: {\"choices\": [\n\n" + done)).await,
        StreamFault::NulMidway => last(socket, &(half + "data: {\"choices\"\0: []}\n\n" + done)).await,
        StreamFault::ErrorMidway => {
            last(socket, &(half + "data: {\"error\": {\"message\": \"engine died\"}}\n\n")).await
        }
        StreamFault::BadUtf8Midway => {
            chunk(socket, half.as_bytes()).await?;
            chunk(socket, b"data: {\"choices\": [], \"x\": \"\xff\xfe\"}\n\n").await?;
            last(socket, done).await
        }
        StreamFault::HugeLine => {
            let text = "가".repeat((1 << 20) / 3);
            last(socket, &(framed(&[piece(&text)]) + &whole + done)).await
        }
        StreamFault::Endless => endless(socket, state, &framed(&[piece("끝없이 ")]), Duration::ZERO).await,
        StreamFault::EndlessComments => endless(socket, state, ": 잠시만\n\n", PIECE_PAUSE).await,
        StreamFault::Odd => {
            for part in odd(&role, &events).as_bytes().chunks(7) {
                chunk(socket, part).await?;
            }
            last(socket, "").await
        }
        StreamFault::Paced(ms) => {
            for event in &events {
                chunk(socket, framed(std::slice::from_ref(event)).as_bytes()).await?;
                let pause = sleep(Duration::from_millis(u64::from(ms)));
                tokio::select! {
                    () = pause => {}
                    left = leaves(socket) => { left?; state.observed().left += 1; return Ok(ControlFlow::Break(())) }
                }
            }
            last(socket, done).await
        }
    }
}

fn framed(events: &[String]) -> String {
    events.iter().fold(String::new(), |text, event| text + "data: " + event + "\n\n")
}

fn piece(text: &str) -> String {
    json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]}).to_string()
}

/// A good answer as nobody expects it.
fn odd(role: &str, events: &[String]) -> String {
    let thought = json!({"choices": [{"index": 0, "delta": {"reasoning_content": "음, 글쎄"}}]}).to_string();
    let mut text = format!("\u{feff}: 시작\n\nevent: message\nid: 1\n{role}");
    text.push_str(&framed(&[thought]));
    for event in events {
        let is_usage = serde_json::from_str(event).is_ok_and(|event: Value| event.get("usage").is_some());
        if !is_usage {
            // Between two tokens of JSON a line end means nothing.
            let lines = event.replacen(",\"", ",\ndata: \"", 1);
            text.extend([": ping\ndata:", &lines, "\n\n"]);
        }
    }
    text.push_str("data: [DONE]\n\n");
    text.replace('\n', "\r\n")
}

async fn chunk(socket: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
    framed.extend_from_slice(bytes);
    framed.extend_from_slice(b"\r\n");
    socket.write_all(&framed).await
}

async fn last(socket: &mut TcpStream, text: &str) -> io::Result<ControlFlow<()>> {
    if !text.is_empty() {
        chunk(socket, text.as_bytes()).await?;
    }
    socket.write_all(b"0\r\n\r\n").await?;
    Ok(ControlFlow::Continue(()))
}

async fn stall(socket: &mut TcpStream, state: &State, text: &str) -> io::Result<ControlFlow<()>> {
    chunk(socket, text.as_bytes()).await?;
    leaves(socket).await?;
    state.observed().left += 1;
    Ok(ControlFlow::Break(()))
}

async fn endless(
    socket: &mut TcpStream,
    state: &State,
    text: &str,
    pause: Duration,
) -> io::Result<ControlFlow<()>> {
    loop {
        if chunk(socket, text.as_bytes()).await.is_err() {
            state.observed().left += 1;
            return Ok(ControlFlow::Break(()));
        }
        state.observed().streamed_bytes += text.len();
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }
}

/// Waits until the client has closed its side; one that resets the connection has, too.
async fn leaves(socket: &mut TcpStream) -> io::Result<()> {
    let mut nothing = [0; 64];
    while let Ok(1..) = socket.read(&mut nothing).await {}
    Ok(())
}
