//! Conversations with the contestants of live contests: from what the programme submits to who can be talked to.

#[cfg(feature = "llama")]
mod local;

use crate::settings::Settings;
use daepyo_backend::replay::ReplayBackend;
use daepyo_backend::talk::{Pace, ReplayTalk, Talk};
use daepyo_backend::{ApiKey, OpenAiTalk, TalkOptions};
use daepyo_core::{CandidateId, ContestMode, ContestRule, CriterionRule, ModelSpec, Programme, Submission};
use daepyo_server::Talks;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Everybody who takes part in a live contest of the programme file. A file that cannot be read or has problems has
/// nobody: the site says what is wrong with it. Where daepyo was built without llama.cpp, candidates whose weights would
/// have to be run here are left out, which the site says as well.
pub(crate) fn open(programme: &Path, settings: &Settings) -> Result<Talks, Unreached> {
    let mut talks = Talks::default();
    let base = programme.parent().unwrap_or_else(|| Path::new("."));
    let Ok(source) = std::fs::read_to_string(programme) else { return Ok(talks) };
    let Ok(parsed) = daepyo_spec::parse(&source, &base) else { return Ok(talks) };
    let live = Live { programme: &parsed.programme, base, settings };
    for submission in live.submissions() {
        if let Some((talk, slots)) = live.reach(submission)? {
            talks.add(submission.id.clone(), talk, slots);
        }
    }
    Ok(talks)
}

/// Why a submission cannot be talked to: what its backend says, or that its weights are others.
type Unreached = Box<dyn std::error::Error + Send + Sync>;

/// How a submission is talked to, with how many answers it writes at once.
type Reached = (Arc<dyn Talk>, Option<usize>);

/// The live contests of a programme.
struct Live<'a> {
    programme: &'a Programme,
    /// Paths of the programme are relative to it.
    base: &'a Path,
    settings: &'a Settings,
}

impl Live<'_> {
    /// Each live contest, with the reference that takes part in it.
    fn contests(&self) -> impl Iterator<Item = (&ContestRule, &CandidateId)> {
        self.programme.stages.iter().flat_map(|stage| &stage.criteria).filter_map(|criterion| {
            let CriterionRule::Votes { versus, .. } = &criterion.rule else { return None };
            let contest = criterion.rule.contest()?;
            (contest.mode == ContestMode::Live).then_some((contest, versus))
        })
    }

    /// What those who take part in a live contest submitted.
    fn submissions(&self) -> Vec<&Submission> {
        let wanted: BTreeSet<&CandidateId> =
            self.contests().flat_map(|(_, versus)| self.programme.contestants(versus)).collect();
        let candidates = self.programme.candidates.iter().map(|candidate| &candidate.submission);
        let references = self.programme.references.iter().map(|reference| &reference.submission);
        candidates.chain(references).filter(|submission| wanted.contains(&submission.id)).collect()
    }

    /// How a submission is talked to, and how many answers it writes at once where that is bounded.
    fn reach(&self, submission: &Submission) -> Result<Option<Reached>, Unreached> {
        match &submission.model {
            #[cfg(feature = "llama")]
            ModelSpec::Llama { file } => local::open(self, submission, file).map(Some),
            #[cfg(not(feature = "llama"))]
            ModelSpec::Llama { .. } => Ok(None),
            ModelSpec::Replay { file } => {
                let recorded = Arc::new(ReplayBackend::open(&self.base.join(file))?);
                let talk: Arc<dyn Talk> =
                    Arc::new(ReplayTalk::new(recorded, submission.id.clone(), Pace::default()));
                Ok(Some((talk, None)))
            }
            ModelSpec::OpenAi { url, model } => {
                let mut options = TalkOptions::new(url, model);
                options.server.api_key = crate::backends::key(submission, self.settings)?.map(ApiKey::new);
                options.server.concurrency = submission.concurrency;
                options.times.whole = Duration::from_secs(u64::from(submission.deadline_s));
                let slots = usize::try_from(submission.concurrency).unwrap_or(usize::MAX);
                let talk: Arc<dyn Talk> = Arc::new(OpenAiTalk::new(options)?);
                Ok(Some((talk, Some(slots))))
            }
        }
    }
}
