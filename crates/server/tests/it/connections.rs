//! Slow clients, many clients, and the end.

use crate::site::{start, start_with};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(10);

async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A connection that is cut off may end with an error.
    let _ = timeout(SOON, stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_client_that_sends_its_headers_slowly_is_cut_off() {
    let site = start_with(|settings| settings.header_timeout = Duration::from_millis(300)).await;
    let mut slow = TcpStream::connect(site.running.addr).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    let said = read_all(&mut slow).await;
    assert!(!said.contains("200 OK"), "{said}");
}

#[tokio::test]
async fn a_client_that_sends_its_body_slowly_is_told() {
    let site = start_with(|settings| settings.request_timeout = Duration::from_millis(300)).await;
    let mut slow = TcpStream::connect(site.running.addr).await.unwrap();
    slow.write_all(b"POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nname=").await.unwrap();
    let said = read_all(&mut slow).await;
    assert!(said.starts_with("HTTP/1.1 503"), "{said}");
}

#[tokio::test]
async fn a_connection_beyond_the_limit_waits_for_its_place() {
    let site = start_with(|settings| settings.connections = 1).await;
    let ask = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let first = TcpStream::connect(site.running.addr).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut second = TcpStream::connect(site.running.addr).await.unwrap();
    second.write_all(ask).await.unwrap();
    let mut byte = [0];
    assert!(timeout(Duration::from_millis(300), second.read(&mut byte)).await.is_err());
    drop(first);
    assert!(read_all(&mut second).await.contains("200 OK"));
}

#[tokio::test]
async fn a_stop_lets_a_request_under_way_end_and_takes_no_other() {
    let site = start().await;
    let addr: SocketAddr = site.running.addr;
    let mut idle = TcpStream::connect(addr).await.unwrap();
    let mut under_way = TcpStream::connect(addr).await.unwrap();
    under_way
        .write_all(b"POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nname=")
        .await
        .unwrap();
    // Its headers are read: only then is it a request under way.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let stop = tokio::spawn(site.running.stop());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!stop.is_finished());
    assert!(TcpStream::connect(addr).await.is_err());
    under_way.write_all(b"12345").await.unwrap();
    let said = read_all(&mut under_way).await;
    assert!(said.starts_with("HTTP/1.1 403"), "{said}");
    assert_eq!(read_all(&mut idle).await, "");
    timeout(SOON, stop).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_asks_and_never_reads_is_cut_off() {
    const ASKED: usize = 2_000;
    let site = start_with(|settings| settings.write_timeout = Duration::from_millis(300)).await;
    let page = site.browser().get("/").await.text;
    let style = page.split('"').find(|word| word.starts_with("/style")).unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(8 << 10).unwrap();
    let mut deaf = socket.connect(site.running.addr).await.unwrap();
    let ask = format!("GET {style} HTTP/1.1\r\nhost: x\r\n\r\n");
    // The last requests may not be taken any more.
    let _ = deaf.write_all(ask.repeat(ASKED).as_bytes()).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let answers = read_all(&mut deaf).await.matches("HTTP/1.1 200").count();
    assert!(answers > 0 && answers < ASKED, "{answers} of {ASKED} answers waited for whoever did not read");
}

/// A connection from an address of this machine that asks for `/healthz`; what it is told.
async fn asked(addr: SocketAddr, from: &str) -> (TcpStream, bool) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
    let mut stream = socket.connect(addr).await.unwrap();
    let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut begin = [0; 12];
    let read = timeout(SOON, stream.read_exact(&mut begin)).await.unwrap();
    (stream, read.is_ok() && &begin == b"HTTP/1.1 200")
}

#[tokio::test]
async fn one_address_does_not_take_all_places() {
    let site = start_with(|settings| settings.limits.connections = 2).await;
    let addr = site.running.addr;
    let first = asked(addr, "127.0.0.1").await;
    let second = asked(addr, "127.0.0.1").await;
    assert!(first.1 && second.1);
    assert!(!asked(addr, "127.0.0.1").await.1, "a third connection of one address was served");
    assert!(asked(addr, "127.0.0.2").await.1);
    drop(first);
    let again = async {
        while !asked(addr, "127.0.0.1").await.1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, again).await.unwrap();
}

#[tokio::test]
async fn many_come_through_a_trusted_proxy() {
    let site = start_with(|settings| {
        settings.limits.connections = 1;
        settings.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(asked(site.running.addr, "127.0.0.1").await);
    }
    assert!(open.iter().all(|(_, served)| *served));
}
