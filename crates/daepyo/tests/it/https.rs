//! A server behind TLS is asked where its certificate is trusted, and nowhere else.

use crate::line::{Line, code, stderr};
use daepyo_backend::faulty::{FaultyServer, Script};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::net::SocketAddr;
use std::process::Output;
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A scripted server behind TLS for `localhost`, and its certificate.
struct Secured {
    _runtime: Runtime,
    server: FaultyServer,
    port: u16,
    certificate: String,
}

fn secured() -> Secured {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let server = runtime.block_on(FaultyServer::start(Script::default())).unwrap();
    let url = server.base_url();
    let behind: SocketAddr = url.trim_start_matches("http://").trim_end_matches("/v1").parse().unwrap();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
    let port = listener.local_addr().unwrap().port();
    runtime.spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let (Ok(mut outside), Ok(mut inside)) =
                    (acceptor.accept(socket).await, TcpStream::connect(behind).await)
                else {
                    return;
                };
                // Either side may close first.
                let _ = copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    Secured { _runtime: runtime, server, port, certificate: cert.pem() }
}

fn eval(line: &Line, port: u16, trusted: &str) -> Output {
    let model = format!("openai:https://localhost:{port}/v1?model=scripted");
    let words =
        ["eval", "--lang", "en", "--model", &model, "--tasks", "line_words", "--include-path", "suites"];
    let mut command = line.daepyo(&words);
    command.args(["--out", trusted]).env("SSL_CERT_FILE", line.path(trusted).with_extension("pem"));
    command.output().unwrap()
}

#[test]
fn an_https_server_is_asked_where_its_certificate_is_trusted_and_only_there() {
    let (line, secured, stranger) = (Line::new(), secured(), secured());
    std::fs::write(line.path("own.pem"), &secured.certificate).unwrap();
    std::fs::write(line.path("other.pem"), &stranger.certificate).unwrap();
    let output = eval(&line, secured.port, "other");
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("certificate") && !said.contains("attempts"), "asked once: {said}");
    assert!(secured.server.arrivals().is_empty());
    let output = eval(&line, secured.port, "own");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(!secured.server.arrivals().is_empty());
}
