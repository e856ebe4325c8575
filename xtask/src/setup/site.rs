//! What the site is tried with: a browser, and a provider of identity.

use super::debian;
use crate::failure::Failure;
use crate::process::{self, command};
use crate::settings::Settings;
use std::path::PathBuf;

/// Names that Chromium goes by.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The provider's files in the repository; what npm installs beside them stays in the cache.
const PROVIDER: &str = "xtask/node/oidc_provider";
const PROVIDER_FILES: [&str; 2] = ["package.json", "server.mjs"];

/// A browser; installed where there is none.
pub(crate) fn chromium(settings: &Settings) -> Result<&'static str, Failure> {
    let find =
        || BROWSERS.iter().find(|name| process::succeeds(&mut command(settings, name, &["--version"])));
    if let Some(found) = find() {
        return Ok(found);
    }
    debian::install(settings, &["chromium"])?;
    let none = || Failure::Environment(format!("there is no browser; looked for {}", BROWSERS.join(", ")));
    find().copied().ok_or_else(none)
}

/// Whether there is a node that can drive a browser.
pub(crate) fn has_node(settings: &Settings) -> bool {
    process::succeeds(&mut command(settings, "node", &["--experimental-websocket", "--eval", ""]))
}

/// The folder of the provider in the cache, with its packages; installed where they are missing.
pub(crate) fn oidc_provider(settings: &Settings) -> Result<PathBuf, Failure> {
    let folder = settings.cache.join("oidc-provider");
    std::fs::create_dir_all(&folder).map_err(Failure::io("make", &folder))?;
    let mut is_new = !folder.join("node_modules/oidc-provider").is_dir();
    for file in PROVIDER_FILES {
        let (from, to) = (settings.root.join(PROVIDER).join(file), folder.join(file));
        let text = std::fs::read(&from).map_err(Failure::io("read", &from))?;
        if std::fs::read(&to).ok().as_ref() != Some(&text) {
            is_new |= file == "package.json";
            std::fs::write(&to, text).map_err(Failure::io("write", &to))?;
        }
    }
    if is_new {
        let prefix = folder.to_string_lossy();
        let words = ["install", "--prefix", &prefix, "--no-audit", "--no-fund", "--ignore-scripts"];
        process::run(&mut command(settings, "npm", &words)).map_err(|_| {
            Failure::Environment(
                "oidc-provider can't be installed; are node and npm there, and a network?".into(),
            )
        })?;
    }
    Ok(folder)
}
