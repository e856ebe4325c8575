//! What contestants are called on pages.

use super::held::Held;
use crate::who::Who;
use daepyo_core::CandidateId;
use daepyo_report::single::Words;

/// The name that the programme gives a contestant, in the reader's language; the id for a reference.
pub(super) fn name(who: &Who, held: &Held, id: &str) -> String {
    let known = || {
        let programme = who.app().programme()?;
        let stage = programme.stage(&held.setup.stage)?;
        let id = id.parse::<CandidateId>().ok()?;
        Some(Words::new(programme, stage, who.language()).candidate(&id))
    };
    known().unwrap_or_else(|| id.to_owned())
}
