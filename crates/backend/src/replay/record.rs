//! Writes exchanges as a replay file.

use daepyo_core::{Request, Response, StoredExchange, canonical};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes exchanges, one canonical line each, to a file that [`ReplayBackend`](super::ReplayBackend) reads.
///
/// # Examples
/// ```
/// use daepyo_backend::{Recorder, ReplayBackend};
/// use daepyo_core::{Request, Response};
///
/// let request = Request::LoglikelihoodRolling { text: "하나 둘".to_owned() };
/// let response = Response::LoglikelihoodRolling { logprob: -2.5, tokens: 2 };
/// let mut recorder = Recorder::new(Vec::new());
/// recorder.record(&request, &response)?;
/// let bytes = recorder.finish()?;
/// assert_eq!(ReplayBackend::read(bytes.as_slice())?.respond(&request), response);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Recorder<W: Write> {
    to: W,
}

impl Recorder<BufWriter<File>> {
    /// Writes to a new file; one that is there is an error.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self::new(BufWriter::new(File::create_new(path)?)))
    }

    /// Writes out all that is left, onto the disk.
    pub fn close(self) -> io::Result<()> {
        let writer = self.finish()?;
        writer.get_ref().sync_all()
    }
}

impl<W: Write> Recorder<W> {
    /// Writes to `to`.
    pub fn new(to: W) -> Self {
        Self { to }
    }

    /// Adds what came back for a request.
    pub fn record(&mut self, request: &Request, response: &Response) -> io::Result<()> {
        self.write(&StoredExchange { request: request.digest(), response: response.clone() })
    }

    /// Adds an exchange.
    pub fn write(&mut self, exchange: &StoredExchange) -> io::Result<()> {
        let mut line = canonical::to_bytes(exchange).map_err(io::Error::other)?;
        line.push(b'\n');
        self.to.write_all(&line)
    }

    /// Writes out all that is left, and gives back what was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.to.flush()?;
        Ok(self.to)
    }
}
