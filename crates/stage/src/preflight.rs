//! A look at what will be sent, before it is sent: errors stop the run, warnings are told.

use crate::plan::MeasuredPlan;
use crate::{Progress, StageError};
use daepyo_backend::{Backend, Preflight, Severity, preflight};
use std::sync::Arc;

pub(crate) async fn check(
    plan: &MeasuredPlan,
    backend: &Arc<dyn Backend>,
    progress: &dyn Progress,
) -> Result<(), StageError> {
    let candidate = &plan.submission.id;
    let failed = |cause| StageError::Backend { candidate: candidate.clone(), cause };
    let capabilities = backend.capabilities().await.map_err(failed)?;
    let tokenize = |text: &str| backend.tokenize(text);
    let found = preflight(&Preflight {
        capabilities: &capabilities,
        requests: &plan.requests,
        chat_asked: plan.submission.chat_template,
        tokenize: &tokenize,
    });
    let mut errors = Vec::new();
    for finding in found {
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
