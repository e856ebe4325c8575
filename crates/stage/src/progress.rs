//! What a run tells while it goes on.

use daepyo_backend::PreflightFinding;
use daepyo_core::{CandidateId, Response};

/// Is told what happens; draws bars, or keeps silent.
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
    fn answered(&self, response: &Response);
    /// Measuring ended.
    fn end(&self, candidate: &CandidateId);
}

/// Keeps silent.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn note(&self, _: &str) {}
    fn begin(&self, _: &CandidateId, _: usize, _: usize) {}
    fn answered(&self, _: &Response) {}
    fn end(&self, _: &CandidateId) {}
}
