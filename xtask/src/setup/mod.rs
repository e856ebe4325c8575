//! What demo and test need on a fresh machine: Debian packages, Python's pip, and two small models.

mod debian;
mod models;
mod site;

use crate::failure::Failure;
use crate::settings::Settings;
pub(crate) use debian::{install, provide_arm, provide_browser};
pub(crate) use models::{Models, digest};
pub(crate) use site::{chromium, has_node, oidc_provider};

/// Brings in whatever is missing and returns the models. Where nothing is missing, no network is touched.
pub(crate) fn run(settings: &Settings) -> Result<Models, Failure> {
    debian::provide(settings)?;
    models::provide(settings)
}
