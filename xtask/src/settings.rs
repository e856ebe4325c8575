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
    /// The folder of public data sets that claims read.
    pub(crate) data: PathBuf,
    /// The claim `kobbq` asks one template of so many, for a machine that has no half an hour.
    pub(crate) kobbq_every: usize,
    /// `LD_LIBRARY_PATH` without what `cargo run` put into it.
    pub(crate) library_path: Option<OsString>,
}

impl Settings {
    /// Reads `CARGO_TARGET_DIR`, `DAEPYO_CACHE`, `XDG_CACHE_HOME`, `HOME`, `DAEPYO_CLAIM_TARGET`, `DAEPYO_SHARED`,
    /// `DAEPYO_KOBBQ_EVERY` and what `cargo run` sets. Fails where no folder for the cache can be told, or a number
    /// is none.
    pub(crate) fn from_environment() -> Result<Self, Failure> {
        let root = checkout().ok_or_else(|| Failure::Environment("run this as `cargo xtask`".into()))?;
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
        let claim_target = folder("DAEPYO_CLAIM_TARGET");
        let data =
            folder("DAEPYO_SHARED").unwrap_or_else(|| root.parent().unwrap_or(&root).join("shared/data"));
        let kobbq_every = match env::var("DAEPYO_KOBBQ_EVERY") {
            Err(_) => 1,
            Ok(text) => text.parse().ok().filter(|every| *every > 0).ok_or_else(|| {
                Failure::BadInput("DAEPYO_KOBBQ_EVERY is not a whole number above 0".to_owned())
            })?,
        };
        Ok(Self { root, target, cache, claim_target, data, kobbq_every, library_path })
    }

    /// The text without this machine's folders, as it may be kept in the repository: paths of the repository are
    /// relative, those of the cache and of the target folder begin with `CACHE` and `TARGET`.
    pub(crate) fn anywhere(&self, text: &str) -> String {
        let mut text = text.to_owned();
        // The target folder may lie in the cache, and the cache in the repository.
        for (folder, name) in [(&self.target, "TARGET/"), (&self.cache, "CACHE/"), (&self.root, "")] {
            text = text.replace(&format!("{}/", folder.display()), name);
        }
        text
    }

    /// The folder of the models.
    pub(crate) fn models(&self) -> PathBuf {
        self.cache.join("models")
    }

    /// Those of a test that reads this checkout. Asked when it runs: what is built in one checkout may run in another.
    #[cfg(test)]
    pub(crate) fn of_checkout() -> Self {
        Self::below(&checkout().unwrap_or_default())
    }

    /// Settings of a test, with everything below one folder.
    #[cfg(test)]
    pub(crate) fn below(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            target: root.join("target"),
            cache: root.join("cache"),
            claim_target: None,
            data: root.join("data"),
            kobbq_every: 1,
            library_path: None,
        }
    }
}

/// The folder of the repository that this runs in, by what `cargo` sets.
fn checkout() -> Option<PathBuf> {
    let own = env::var_os("CARGO_MANIFEST_DIR")?;
    Path::new(&own).parent().map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Regression: a failure's message brought a path of the machine into docs/claims.json.
    #[test]
    fn what_is_kept_names_no_folder_of_this_machine() {
        let settings = Settings::below(Path::new("/somewhere/daepyo"));
        let said = "`python3 /somewhere/daepyo/xtask/a.py /somewhere/daepyo/cache/b /somewhere/daepyo/target/debug/c`";
        assert_eq!(settings.anywhere(said), "`python3 xtask/a.py CACHE/b TARGET/debug/c`");
    }
}
