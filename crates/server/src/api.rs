//! `/api/v1`: what the pages show and do, as JSON, described by the document that is made from these rows.

mod call;
mod contests;
mod document;
mod evidence;
mod formats;
mod guide;
mod listing;
mod office;
mod operation;
mod own;
mod programme;
mod schemas;
mod stages;
mod votes;

pub(crate) use document::{DOCUMENT, Described, document};
pub(crate) use guide::draw as guide;
pub(crate) use operation::Operation;

use crate::route::Route;

/// The rows of the API and of the page about it.
pub(crate) fn rows() -> Vec<Route> {
    [
        document::rows(),
        programme::rows(),
        stages::rows(),
        evidence::rows(),
        contests::rows(),
        own::rows(),
        votes::rows(),
        office::rows(),
        guide::rows(),
    ]
    .concat()
}
