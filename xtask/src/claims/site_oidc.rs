//! The claim `site-oidc`: a real identity provider signs people in to the site.

use super::Claim;
use super::tested::Tested;
use crate::setup;

pub(crate) const CLAIM: Claim = Claim {
    name: "site-oidc",
    promise: "npm's oidc-provider, with its own pages for login and consent, signs citizens in to the site with RS256, \
              ES256 and EdDSA; the same person is the same one the next time, another is another, and the provider's \
              sign-out leads back",
    run: |settings| {
        let folder = setup::oidc_provider(settings)?;
        let test = "oidc_provider::a_real_provider_signs_a_citizen_in_and_out";
        let tested = Tested { name: "site-oidc", package: "daepyo-server", test, variables: &[] };
        tested.measure_with(settings, &[("DAEPYO_OIDC_PROVIDER", folder.as_os_str())])
    },
};
