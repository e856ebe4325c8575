//! Whether a file's content is what its id says.

use crate::names::ContentId;
use daepyo_core::Digest;
use sha1::{Digest as _, Sha1};
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// What a file's content turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// As expected, with its SHA-256.
    Right(Digest),
    /// Something else; what differs.
    Wrong(String),
}

/// Reads the file at `path` and compares it. Fails where it cannot be read.
pub(crate) fn verify(path: &Path, id: &ContentId, size_bytes: u64) -> io::Result<Checked> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length != size_bytes {
        return Ok(Checked::Wrong(format!("it has {length} bytes instead of {size_bytes}")));
    }
    let mut reader = Twice { inner: file, git: Sha1::new() };
    // Git's id covers a head before the content, and SHA-256 in large files the content alone.
    reader.git.update(format!("blob {size_bytes}\0"));
    let digest = Digest::of_reader(&mut reader)?;
    let found = match id {
        ContentId::Git(_) => hex(&reader.git.finalize()),
        ContentId::Sha256(_) => digest.hex(),
    };
    Ok(if found == id.hex() {
        Checked::Right(digest)
    } else {
        Checked::Wrong(format!("its digest is {found} instead of {}", id.hex()))
    })
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

struct Twice {
    inner: File,
    git: Sha1,
}

impl Read for Twice {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.git.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}
