//! Opens the files of tasks only where they are regular ones: a pipe would wait forever, a device never end.

use std::{
    fs::File,
    io::{Error, ErrorKind, Read as _, Result},
    path::Path,
};

/// The file at `path`. Fails where there is none, or something else than a regular file.
pub(crate) fn open(path: &Path) -> Result<File> {
    // Asked before it is opened: opening a pipe waits for its other end.
    if std::fs::metadata(path)?.is_file() {
        return File::open(path);
    }
    Err(Error::new(ErrorKind::InvalidInput, "it is not a regular file"))
}

/// What the file at `path` holds, where that is at most `limit_bytes`.
pub(crate) fn read(path: &Path, limit_bytes: u64) -> Result<Vec<u8>> {
    let file = open(path)?;
    let too_large = || {
        let problem = format!("it has more than {limit_bytes} bytes");
        Error::new(ErrorKind::FileTooLarge, problem)
    };
    let bytes = file.metadata()?.len();
    if bytes > limit_bytes {
        return Err(too_large());
    }
    let mut content = Vec::new();
    // A sparse file has its size for nothing: memory that is not there is an error here, not the end of the program.
    content.try_reserve_exact(usize::try_from(bytes).unwrap_or(usize::MAX))?;
    file.take(limit_bytes.saturating_add(1)).read_to_end(&mut content)?;
    if u64::try_from(content.len()).unwrap_or(u64::MAX) > limit_bytes {
        Err(too_large())
    } else {
        Ok(content)
    }
}
