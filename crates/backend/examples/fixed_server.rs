//! A server that costs as little as it can, for measuring clients: every chat request gets the same answer at once.
//!
//! `fixed_server [BODIES]`: prints its address and serves until it is ended; with a file, writes each chat request's body
//! there as one line.

use std::error::Error;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const CHAT: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1763683200,"model":"fixed","choices":[{"index":0,"message":{"role":"assistant","content":"B"},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":50,"completion_tokens":1,"total_tokens":51}}"#;
const MODELS: &str =
    r#"{"object":"list","data":[{"id":"fixed","object":"model","created":1763683200,"owned_by":"fixed"}]}"#;
const NOTHING: &str = r#"{"detail":"Not Found"}"#;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 4096;
const LONGEST_HEAD_BYTES: usize = 64 << 10;
const LONGEST_BODY_BYTES: usize = 64 << 20;

type Bodies = Option<Arc<Mutex<File>>>;

/// The whole answers, made once.
struct Answers {
    chat: Vec<u8>,
    models: Vec<u8>,
    nothing: Vec<u8>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let bodies: Bodies = match std::env::args().nth(1) {
        Some(path) => Some(Arc::new(Mutex::new(File::create(path)?))),
        None => None,
    };
    let answers = Arc::new(Answers {
        chat: whole("200 OK", CHAT),
        models: whole("200 OK", MODELS),
        nothing: whole("404 Not Found", NOTHING),
    });
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    // Of those that connect at once nobody is turned away: a client that has to try again, a second later, is measured
    // with fewer connections than it was told to keep.
    let listener = socket.listen(BACKLOG)?;
    writeln!(io::stdout(), "http://{}/v1", listener.local_addr()?)?;
    loop {
        let (socket, _) = listener.accept().await?;
        let (answers, bodies) = (Arc::clone(&answers), bodies.clone());
        tokio::spawn(async move {
            // A client that leaves is nobody's fault.
            let _ = serve(socket, &answers, bodies.as_ref()).await;
        });
    }
}

fn whole(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// Answers the requests of one connection until it ends.
async fn serve(
    mut socket: TcpStream,
    answers: &Answers,
    bodies: Option<&Arc<Mutex<File>>>,
) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(16 << 10);
    loop {
        let head_bytes = loop {
            if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if buffer.len() > LONGEST_HEAD_BYTES || socket.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        let head = String::from_utf8_lossy(buffer.get(..head_bytes).unwrap_or_default()).into_owned();
        let length = body_bytes(&head);
        if length > LONGEST_BODY_BYTES {
            return Err(ErrorKind::InvalidData.into());
        }
        while buffer.len() < head_bytes + length {
            if socket.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        }
        let line = head.lines().next().unwrap_or_default();
        let answer = if line.contains("/chat/completions") {
            if let Some(file) = bodies {
                let body = buffer.get(head_bytes..head_bytes + length).unwrap_or_default();
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.write_all(&[body, b"\n"].concat())?;
            }
            &answers.chat
        } else if line.contains("/models") {
            &answers.models
        } else {
            &answers.nothing
        };
        buffer.drain(..head_bytes + length);
        socket.write_all(answer).await?;
    }
}

fn body_bytes(head: &str) -> usize {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let length = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(0)
}
