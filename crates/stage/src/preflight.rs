//! A look at what will be sent, before it is sent: errors stop the run, warnings are told.

use crate::ledger::Ledger;
use crate::plan::MeasuredPlan;
use crate::{Progress, StageError};
use daepyo_backend::{Backend, BackendError, Preflight, Severity};
use std::sync::Arc;

pub(crate) async fn check(
    plan: &MeasuredPlan,
    backend: &Arc<dyn Backend>,
    ledger: &Ledger,
    known: u64,
    progress: &dyn Progress,
) -> Result<(), StageError> {
    let candidate = &plan.submission.id;
    let capabilities = match backend.capabilities().await {
        Ok(capabilities) => capabilities,
        Err(BackendError::Budget) => {
            let left = u64::try_from(plan.digests.len()).unwrap_or(u64::MAX).saturating_sub(known);
            return Err(ledger.stopped(Some(left)));
        }
        Err(cause) => return Err(StageError::Backend { candidate: candidate.clone(), cause }),
    };
    let tokenize = |text: &str| backend.tokenize(text);
    let mut preflight = Preflight::new(&capabilities, plan.submission.chat_template, &tokenize);
    for request in plan.requests(|_| true) {
        let (_, request) = request?;
        preflight.look(&request);
    }
    let mut errors = Vec::new();
    for finding in preflight.findings() {
        match finding.severity() {
            Severity::Error => errors.push(finding),
            Severity::Warning | Severity::Note => progress.found(candidate, &finding),
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(StageError::Preflight { candidate: candidate.clone(), findings: errors })
    }
}
