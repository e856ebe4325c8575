//! What demo and test need on a fresh machine: Debian packages, Python's pip, and two small models.

mod debian;
mod models;

use crate::failure::Failure;
use crate::settings::Settings;
pub(crate) use debian::{install, provide_arm, provide_browser};
pub(crate) use models::{Models, digest};

/// Brings in whatever is missing and returns the models. Where nothing is missing, no network is touched.
pub(crate) fn run(settings: &Settings) -> Result<Models, Failure> {
    debian::provide(settings)?;
    models::provide(settings)
}
