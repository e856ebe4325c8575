//! The claim `site-passkeys`: a real browser adds a passkey on the site and signs in with it.

use super::Claim;
use super::tested::Tested;
use crate::failure::Failure;
use crate::process::{self, command};
use crate::settings::Settings;
use std::ffi::OsStr;

/// Names that Chromium goes by.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

pub(crate) const CLAIM: Claim = Claim {
    name: "site-passkeys",
    promise: "Chromium with a virtual authenticator, by the site's own script under its own policy, adds a passkey, signs in \
              with it without a name, is kept from adding it twice, removes it, and is refused with it then",
    run: |settings| {
        let browser = browser(settings)?;
        let test = "browser::a_real_browser_adds_a_passkey_and_signs_in_with_it";
        let tested = Tested { name: "site-passkeys", package: "daepyo-server", test, variables: &[] };
        tested.measure_with(settings, &[("DAEPYO_CHROMIUM", OsStr::new(browser))])
    },
};

/// A browser that is there.
pub(super) fn browser(settings: &Settings) -> Result<&'static str, Failure> {
    let found = BROWSERS.iter().find(|name| process::succeeds(&mut command(settings, name, &["--version"])));
    let none = || Failure::Environment(format!("there is no browser; looked for {}", BROWSERS.join(", ")));
    found.copied().ok_or_else(none)
}
