//! The folder of an export: files written and copied into it, and how many.

use super::export::{ExportError, Exported};
use super::finished::Kept;
use daepyo_core::Digest;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Writes below a folder; paths are relative to it, with `/`.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    out: &'a Path,
    pub(crate) done: Exported,
}

impl<'a> Writer<'a> {
    /// Writes below `out`, in which there must be nothing.
    pub(super) fn new(out: &'a Path) -> Result<Self, ExportError> {
        let failed = |cause| ExportError::File { path: out.to_owned(), cause };
        fs::create_dir_all(out).map_err(failed)?;
        if fs::read_dir(out).map_err(failed)?.next().is_some() {
            return Err(ExportError::NotEmpty { folder: out.to_owned() });
        }
        Ok(Self { out, done: Exported::default() })
    }

    /// Where a path leads.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.out.join(path)
    }

    /// Writes a page.
    pub(super) fn page(&mut self, path: &str, text: &str) -> Result<(), ExportError> {
        self.write(path, text.as_bytes())?;
        self.done.pages += 1;
        Ok(())
    }

    /// Writes another file.
    pub(crate) fn file(&mut self, path: &str, bytes: &[u8]) -> Result<(), ExportError> {
        self.write(path, bytes)?;
        self.done.files += 1;
        Ok(())
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let path = self.place(path)?;
        fs::write(&path, bytes).map_err(|cause| ExportError::File { path, cause })
    }

    /// Where a file goes, with its folder made.
    fn place(&self, path: &str) -> Result<PathBuf, ExportError> {
        let path = self.path(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .map_err(|cause| ExportError::File { path: folder.to_owned(), cause })?;
        }
        Ok(path)
    }

    /// Copies a file as it is now.
    pub(crate) fn copy(&mut self, from: &Path, to: &str) -> Result<(), ExportError> {
        let path = self.place(to)?;
        fs::copy(from, path).map_err(|cause| ExportError::File { path: from.to_owned(), cause })?;
        self.done.files += 1;
        Ok(())
    }

    /// Copies a file that must still be the one that was verified.
    pub(super) fn copy_kept(&mut self, kept: &Kept, to: &str) -> Result<(), ExportError> {
        self.copy(&kept.path, to)?;
        let digest = fs::File::open(self.path(to)).and_then(Digest::of_reader);
        let digest = digest.map_err(|cause| ExportError::File { path: kept.path.clone(), cause })?;
        if digest == kept.digest { Ok(()) } else { Err(ExportError::Changed { path: kept.path.clone() }) }
    }

    /// Removes a folder into which so many files were written.
    pub(crate) fn take_back(&mut self, folder: &str, files: usize) -> Result<(), ExportError> {
        let path = self.path(folder);
        match fs::remove_dir_all(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(ExportError::File { path, cause }),
            Ok(()) | Err(_) => {
                self.done.files -= files;
                Ok(())
            }
        }
    }
}
