//! The claim `site-oidc`: a real identity provider signs people in to the site.

use super::Claim;
use super::tested::Tested;
use crate::failure::Failure;
use crate::process::{self, command};
use crate::settings::Settings;
use std::path::PathBuf;

/// The provider's files in the repository; what npm installs beside them stays in the cache.
const FOLDER: &str = "xtask/node/oidc_provider";
const FILES: [&str; 2] = ["package.json", "server.mjs"];

pub(crate) const CLAIM: Claim = Claim {
    name: "site-oidc",
    promise: "npm's oidc-provider, with its own pages for login and consent, signs citizens in to the site with RS256, \
              ES256 and EdDSA; the same person is the same one the next time, another is another, and the provider's \
              sign-out leads back",
    run: |settings| {
        let folder = provide(settings)?;
        let test = "oidc_provider::a_real_provider_signs_a_citizen_in_and_out";
        let tested = Tested { name: "site-oidc", package: "daepyo-server", test, variables: &[] };
        tested.measure_with(settings, &[("DAEPYO_OIDC_PROVIDER", folder.as_os_str())])
    },
};

/// The folder of the provider in the cache, with its packages; installed where they are missing.
fn provide(settings: &Settings) -> Result<PathBuf, Failure> {
    let folder = settings.cache.join("oidc-provider");
    std::fs::create_dir_all(&folder).map_err(Failure::io("make", &folder))?;
    let mut is_new = !folder.join("node_modules/oidc-provider").is_dir();
    for file in FILES {
        let (from, to) = (settings.root.join(FOLDER).join(file), folder.join(file));
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
