//! Conversations with the contestants of live contests: from what the programme submits to who can be talked to.

use crate::settings::Settings;
use daepyo_backend::replay::ReplayBackend;
use daepyo_backend::talk::{Pace, ReplayTalk, Talk};
use daepyo_backend::{ApiKey, BackendError, OpenAiTalk, TalkOptions};
use daepyo_core::{CandidateId, ContestMode, CriterionRule, ModelSpec, Programme, Submission};
use daepyo_server::Talks;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Everybody who takes part in a live contest of the programme file. A file that cannot be read or has problems has
/// nobody: the site says what is wrong with it. Candidates whose weights would have to be run here are left out, which
/// the site says as well.
pub(crate) fn open(programme: &Path, settings: &Settings) -> Result<Talks, BackendError> {
    let mut talks = Talks::default();
    let base = programme.parent().unwrap_or_else(|| Path::new("."));
    let Ok(source) = std::fs::read_to_string(programme) else { return Ok(talks) };
    let Ok(parsed) = daepyo_spec::parse(&source, &base) else { return Ok(talks) };
    let wanted = contestants(&parsed.programme);
    let candidates = parsed.programme.candidates.iter().map(|candidate| &candidate.submission);
    let references = parsed.programme.references.iter().map(|reference| &reference.submission);
    for submission in candidates.chain(references).filter(|submission| wanted.contains(&submission.id)) {
        if let Some((talk, slots)) = one(submission, base, settings)? {
            talks.add(submission.id.clone(), talk, slots);
        }
    }
    Ok(talks)
}

/// Who takes part in a live contest.
fn contestants(programme: &Programme) -> BTreeSet<CandidateId> {
    let mut found = BTreeSet::new();
    for criterion in programme.stages.iter().flat_map(|stage| &stage.criteria) {
        let CriterionRule::Votes { versus, .. } = &criterion.rule else { continue };
        if criterion.rule.contest().is_some_and(|contest| contest.mode == ContestMode::Live) {
            found.extend(programme.contestants(versus).cloned());
        }
    }
    found
}

/// How a submission is talked to, with how many answers it writes at once.
type Reached = (Arc<dyn Talk>, Option<usize>);

/// How a submission is talked to, and how many answers it writes at once where that is bounded.
fn one(submission: &Submission, base: &Path, settings: &Settings) -> Result<Option<Reached>, BackendError> {
    match &submission.model {
        ModelSpec::Llama { .. } => Ok(None),
        ModelSpec::Replay { file } => {
            let recorded = Arc::new(ReplayBackend::open(&base.join(file))?);
            let talk: Arc<dyn Talk> =
                Arc::new(ReplayTalk::new(recorded, submission.id.clone(), Pace::default()));
            Ok(Some((talk, None)))
        }
        ModelSpec::OpenAi { url, model } => {
            let mut options = TalkOptions::new(url, model);
            options.server.api_key = crate::backends::key(submission, settings)?.map(ApiKey::new);
            options.server.concurrency = submission.concurrency;
            options.times.whole = Duration::from_secs(u64::from(submission.deadline_s));
            let slots = usize::try_from(submission.concurrency).unwrap_or(usize::MAX);
            let talk: Arc<dyn Talk> = Arc::new(OpenAiTalk::new(options)?);
            Ok(Some((talk, Some(slots))))
        }
    }
}
