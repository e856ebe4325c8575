//! Slow clients, many clients, and the end.

use crate::site::{start, start_with};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
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
