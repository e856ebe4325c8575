//! The claim `site-live`: a real browser holds a conversation.

use super::Claim;
use super::tested::Tested;
use crate::setup;
use std::ffi::OsStr;

pub(crate) const CLAIM: Claim = Claim {
    name: "site-live",
    promise: "Chromium, by the site's own script under its own policy, holds a conversation of two turns: both answers grow side by \
              side as text and never as markup, the reader is told, the finished page comes without a reload, a reload \
              midway goes on, and the vote is taken",
    run: |settings| {
        let browser = setup::chromium(settings)?;
        let test = "browser::a_real_browser_holds_a_conversation";
        let tested = Tested { name: "site-live", package: "daepyo-server", test, variables: &[] };
        tested.measure_with(settings, &[("DAEPYO_CHROMIUM", OsStr::new(browser))])
    },
};
