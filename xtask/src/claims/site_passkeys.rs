//! The claim `site-passkeys`: a real browser adds a passkey on the site and signs in with it.

use super::Claim;
use super::tested::Tested;
use crate::setup;
use std::ffi::OsStr;

pub(crate) const CLAIM: Claim = Claim {
    name: "site-passkeys",
    promise: "Chromium with a virtual authenticator, by the site's own script under its own policy, adds a passkey, signs in \
              with it without a name, is kept from adding it twice, removes it, and is refused with it then",
    run: |settings| {
        let browser = setup::chromium(settings)?;
        let test = "browser::a_real_browser_adds_a_passkey_and_signs_in_with_it";
        let tested = Tested { name: "site-passkeys", package: "daepyo-server", test, variables: &[] };
        tested.measure_with(settings, &[("DAEPYO_CHROMIUM", OsStr::new(browser))])
    },
};
