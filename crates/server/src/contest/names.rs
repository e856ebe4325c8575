//! What contestants are called on pages.

use super::held::Held;
use crate::public::View;
use daepyo_core::CandidateId;
use daepyo_report::single::Words;

/// The name that the programme gives a contestant, in the reader's language; the id for a reference.
pub(super) fn name(view: &View<'_>, held: &Held, id: &str) -> String {
    let known = || {
        let programme = view.shown.programme()?;
        let stage = programme.stage(&held.setup.stage)?;
        let id = id.parse::<CandidateId>().ok()?;
        Some(Words::new(programme, stage, view.language).candidate(&id))
    };
    known().unwrap_or_else(|| id.to_owned())
}
