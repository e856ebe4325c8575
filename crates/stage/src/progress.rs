//! What a run tells while it goes on.

mod file;

pub(crate) use file::Written;
pub use file::{Answered, Phase, ProgressFile};

use daepyo_backend::PreflightFinding;
use daepyo_core::{CandidateId, Response};

/// Is told what happens; draws bars, or keeps silent. Several candidates may be measured at once.
pub trait Progress: Send + Sync {
    /// Something worth a line.
    fn note(&self, text: &str);
    /// Something about what will be sent that does not stop the run.
    fn found(&self, candidate: &CandidateId, finding: &PreflightFinding) {
        self.note(&format!("{candidate}: {finding}"));
    }
    /// Measuring begins: so many requests, of which so many are already answered.
    fn begin(&self, candidate: &CandidateId, total: usize, stored: usize);
    /// A request was answered (or failed).
    fn answered(&self, candidate: &CandidateId, response: &Response);
    /// The same, with the request's place in the candidate's plan, from 0. A request may be asked again after a failure, and
    /// is then told again.
    fn answered_at(&self, candidate: &CandidateId, place: usize, response: &Response) {
        let _ = place;
        self.answered(candidate, response);
    }
    /// Measuring ended.
    fn end(&self, candidate: &CandidateId);
}

/// Keeps silent.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn note(&self, _: &str) {}
    fn begin(&self, _: &CandidateId, _: usize, _: usize) {}
    fn answered(&self, _: &CandidateId, _: &Response) {}
    fn end(&self, _: &CandidateId) {}
}
