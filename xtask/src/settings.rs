//! What the environment says, read once.

use crate::failure::Failure;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where things are.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The repository.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
    /// Kept between runs, outside the repository: models, tools, the demo's results.
    pub(crate) cache: PathBuf,
    /// A target folder that the claim `fresh-start` may reuse; it builds in an empty one otherwise.
    pub(crate) claim_target: Option<PathBuf>,
    /// `LD_LIBRARY_PATH` without what `cargo run` put into it.
    pub(crate) library_path: Option<OsString>,
}

impl Settings {
    /// Reads `CARGO_TARGET_DIR`, `DAEPYO_CACHE`, `XDG_CACHE_HOME`, `HOME`, `DAEPYO_CLAIM_TARGET` and what
    /// `cargo run` sets. Fails where no folder for the cache can be told.
    pub(crate) fn from_environment() -> Result<Self, Failure> {
        let root = env::var_os("CARGO_MANIFEST_DIR")
            .and_then(|folder| Path::new(&folder).parent().map(Path::to_owned))
            .ok_or_else(|| Failure::Environment("run this as `cargo xtask`".into()))?;
        let folder = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cache = folder("DAEPYO_CACHE")
            .or_else(|| Some(folder("XDG_CACHE_HOME")?.join("daepyo")))
            .or_else(|| Some(folder("HOME")?.join(".cache/daepyo")))
            .ok_or_else(|| Failure::Environment("set DAEPYO_CACHE or HOME to a folder".into()))?;
        let target = folder("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |path| root.join(path));
        let library_path = env::var_os("LD_LIBRARY_PATH").and_then(|paths| {
            let own =
                |path: &PathBuf| path.starts_with(&target) || path.to_string_lossy().contains("rustlib");
            let toolchain = |path: &PathBuf| path.to_string_lossy().contains("/toolchains/");
            let kept: Vec<_> =
                env::split_paths(&paths).filter(|path| !own(path) && !toolchain(path)).collect();
            if kept.is_empty() { None } else { env::join_paths(kept).ok() }
        });
        let cache = std::path::absolute(&cache).map_err(Failure::io("find", &cache))?;
        Ok(Self { root, target, cache, claim_target: folder("DAEPYO_CLAIM_TARGET"), library_path })
    }

    /// The folder of the models.
    pub(crate) fn models(&self) -> PathBuf {
        self.cache.join("models")
    }

    /// Settings of a test, with everything below one folder.
    #[cfg(test)]
    pub(crate) fn below(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            target: root.join("target"),
            cache: root.join("cache"),
            claim_target: None,
            library_path: None,
        }
    }
}
