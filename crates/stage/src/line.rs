//! The straight line: from a programme file to a signed verdict.

use crate::answers::Answers;
use crate::contest;
use crate::earlier::{Before, Earlier};
use crate::folder::Folder;
use crate::gather::{self, Keeping, Stop};
use crate::lanes::{self, Lane};
use crate::ledger::{Ledger, Spent};
use crate::lineage;
use crate::observe::{self, ScoredSample};
use crate::plan::{self, MeasuredPlan};
use crate::progress::{Phase, Written};
use crate::publish::{self, Publication};
use crate::record::{FileRecord, MeasuredRecord, Record, RulesRecord};
use crate::seal::{self, ProgrammeFile, Sealed};
use crate::suites::{self, LoadedSuite};
use crate::{Progress, StageError};
use daepyo_backend::{Backend, BackendError, Meter};
use daepyo_core::{
    Budget, Digest, ModelSpec, NoVerdict, Observation, Stage, Status, Submission, Verdict, canonical,
};
use daepyo_evidence::{Log, SigningKey};
use daepyo_store::Store;
use daepyo_verdict::Rules;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Opens the backend of a submission; its paths are relative to the given folder.
pub type OpenBackend<'a> =
    &'a (dyn Fn(&Submission, &Path) -> Result<Arc<dyn Backend>, daepyo_backend::BackendError> + Sync);

/// What a run needs from outside.
pub struct Outside<'a> {
    /// Opens backends.
    pub open: OpenBackend<'a>,
    /// Signs the log.
    pub key: SigningKey,
    /// Is told what happens.
    pub progress: &'a dyn Progress,
    /// Turns true when a person asks to stop.
    pub stop: Stop,
    /// Whether a stage is concluded without a verdict where too many requests got no response; otherwise nothing is
    /// signed, and the next run asks for them again.
    pub conclude: bool,
    /// Limits that go before those of the programme file, for each candidate and reference.
    pub budget: Budget,
    /// What the run goes on from.
    pub earlier: Earlier,
}

/// A verdict whose log is signed, and where it lies.
#[derive(Clone, Debug)]
pub struct SignedVerdict {
    /// The verdict.
    pub verdict: Verdict,
    /// The published folder.
    pub folder: Folder,
    /// Entries of the log.
    pub entries: u64,
    /// What was spent on each server, over all runs into this folder.
    pub spent: Vec<Spent>,
}

/// Runs a stage into `folder`, or goes on where an earlier run stopped.
///
/// Seals the rules, measures every candidate and reference, scores, decides, signs and publishes. What was answered
/// and stored is never asked again; the result does not depend on how often the run was interrupted. Where more
/// requests got no response than the rules allow, nothing of them is recorded and the next run asks again, unless
/// `outside.conclude` says that this is how the stage ends.
pub async fn run(
    file: &ProgrammeFile,
    stage_id: &str,
    folder: &Folder,
    outside: Outside<'_>,
) -> Result<SignedVerdict, StageError> {
    let stage = file.stage(stage_id)?;
    let suites = suites::load(&file.parsed.programme, stage, &|suite| file.base.join(&suite.path))?;
    let from_files = observe::from_files(stage, &file.base)?;
    let before = Before::of_run(&outside.earlier, &file.parsed.programme)?;
    let contests = contest::files(stage, &file.base)?;
    let closed = contest::closed::of_run(&file.parsed.programme, stage, &file.base)?;
    let sealed = Sealed::new(&file.parsed.programme, stage, &suites, &contests);
    let (rules, text) = seal::seal(folder, file, &sealed, &suites, &contests)?;
    let mut log = Recorder::open(folder, outside.key)?;
    log.record(&[rules_record(&sealed, rules)])?;

    let progress = &Written::begin(outside.progress, folder);
    for submission in plan::measured(&file.parsed.programme, stage) {
        check_digest(submission, &file.base)?;
    }
    let lineage = lineage::findings(&file.parsed.programme, stage, &file.base, progress).await?;
    let store = gather::open_store(&folder.work()).await?;
    let context = Context {
        file,
        stage,
        suites: &suites,
        store,
        open: outside.open,
        progress,
        stop: &outside.stop,
        budget: outside.budget,
        earlier: &outside.earlier,
    };
    let ledgers = context.ledgers().await?;
    let plans = context.plan(&mut log, &ledgers).await?;
    progress.planned(stage, &suites, &plans);
    outside.earlier.hand_on(&plans, &context.store).await?;
    let answers = context.measure(&plans, &ledgers, &log).await?;
    context.store.clone().close().await;
    progress.phase(Phase::Decide);
    let scored = context.score(&plans, &answers)?;
    observe::check_tasks(&plans, &scored, &suites)?;
    let of_weights = lineage.iter().map(|finding| finding.observation.clone());
    let observations = observations(&scored, of_weights.chain(from_files).collect());

    progress.note("decide");
    let rules_of_stage = Rules { programme: &file.parsed.programme, stage, rules_digest: rules };
    let verdict = before.decide(&rules_of_stage, &observations)?;
    if !outside.conclude
        && !log.has_observations()
        && let Status::NoVerdict(NoVerdict::InfrastructureFailures { candidate, rate, limit }) =
            &verdict.status
    {
        return Err(StageError::TooManyFailures { candidate: candidate.clone(), rate: *rate, limit: *limit });
    }
    log.record(&observations.iter().cloned().map(Box::new).map(Record::Observation).collect::<Vec<_>>())?;
    let bytes = canonical::to_bytes(&verdict);
    let bytes = bytes.map_err(|cause| StageError::Canonical { what: "the verdict", cause })?;
    log.record(&[Record::Verdict(FileRecord { kind: "verdict".to_owned(), digest: Digest::of(&bytes) })])?;
    progress.note("analyse");
    let (analysis, analysis_bytes) = before.analyse(&rules_of_stage, &observations)?;

    progress.phase(Phase::Publish);
    let (taken, held) = contest::closed::take(closed, folder.path())?;
    let contests: Vec<_> = contests.into_iter().chain(taken).collect();
    let publication = Publication {
        file_text: &text,
        programme: &file.parsed.programme,
        stage,
        suites: &suites,
        contests: &contests,
        held: &held,
        plans: &plans,
        answers: &answers,
        scored: &scored,
        verdict: &verdict,
        verdict_bytes: &bytes,
        analysis: &analysis,
        analysis_bytes: &analysis_bytes,
        lineage: &lineage,
        rules,
        log: log.log()?,
    };
    let manifest = publish::publish(folder, &publication, outside.earlier.copies()?)?;
    log.record(&[Record::Manifest(FileRecord { kind: "manifest".to_owned(), digest: manifest })])?;
    let spent = ledgers.iter().map(|ledger| ledger.spent()).filter(|spent| spent.charge.requests > 0);
    Ok(SignedVerdict { verdict, folder: folder.clone(), entries: log.at, spent: spent.collect() })
}

fn rules_record(sealed: &Sealed, digest: Digest) -> Record {
    Record::Rules(RulesRecord {
        kind: "rules".to_owned(),
        programme: sealed.programme.id.clone(),
        version: sealed.programme.version,
        stage: sealed.stage.clone(),
        digest,
    })
}

/// Observations in the order of the log: samples in plan order, then what weights showed, then what came from
/// files.
pub(crate) fn observations(scored: &[Vec<ScoredSample>], from_files: Vec<Observation>) -> Vec<Observation> {
    let samples = scored.iter().flatten().map(|scored| Observation::Sample(scored.sample.clone()));
    samples.chain(from_files).collect()
}

struct Context<'a> {
    file: &'a ProgrammeFile,
    stage: &'a Stage,
    suites: &'a [LoadedSuite],
    store: Store,
    open: OpenBackend<'a>,
    progress: &'a Written<'a>,
    stop: &'a Stop,
    budget: Budget,
    earlier: &'a Earlier,
}

impl Context<'_> {
    /// One ledger for each that is measured, in the order of the plan.
    async fn ledgers(&self) -> Result<Vec<Arc<Ledger>>, StageError> {
        let mut ledgers = Vec::new();
        for submission in plan::measured(&self.file.parsed.programme, self.stage) {
            ledgers.push(Arc::new(Ledger::open(&self.store, submission, self.budget).await?));
        }
        Ok(ledgers)
    }

    /// Plans for all that is measured; probes the backends unless an earlier run recorded what they can do.
    async fn plan(
        &self,
        log: &mut Recorder,
        ledgers: &[Arc<Ledger>],
    ) -> Result<Vec<MeasuredPlan>, StageError> {
        let submissions = plan::measured(&self.file.parsed.programme, self.stage);
        let mut recorded = Vec::new();
        for (_, ahead) in submissions.iter().zip(0..) {
            recorded.push(log.peek(ahead)?);
        }
        let lanes: Vec<_> = submissions.iter().map(|submission| Lane::of(&submission.model)).collect();
        let records = lanes::each(&lanes, async |place| {
            let (Some(submission), Some(ledger)) = (submissions.get(place), ledgers.get(place)) else {
                return Err(StageError::Interrupted);
            };
            if let Some(Some(Record::Measured(record))) = recorded.get(place) {
                return Ok(record.clone());
            }
            if self.earlier.is_settled()
                && let Some(record) = self.earlier.measured(submission)?
            {
                return Ok(record);
            }
            self.progress.note(&format!("probe {}", submission.id));
            let result = self.probe(submission, ledger).await;
            ledger.close().await?;
            result
        });
        let records = records.await.into_iter().collect::<Result<Vec<_>, _>>()?;
        log.record(&records.iter().cloned().map(Record::Measured).collect::<Vec<_>>())?;
        submissions
            .iter()
            .zip(&records)
            .map(|(submission, record)| plan::plan(submission, record, self.suites))
            .collect()
    }

    fn opened(&self, submission: &Submission, ledger: &Arc<Ledger>) -> Result<Arc<dyn Backend>, StageError> {
        let backend = (self.open)(submission, &self.file.base)
            .map_err(|cause| StageError::Backend { candidate: submission.id.clone(), cause })?;
        let meter: Arc<dyn Meter> = Arc::clone(ledger) as Arc<dyn Meter>;
        backend.meter(meter);
        Ok(backend)
    }

    async fn probe(
        &self,
        submission: &Submission,
        ledger: &Arc<Ledger>,
    ) -> Result<MeasuredRecord, StageError> {
        match self.opened(submission, ledger)?.capabilities().await {
            Ok(capabilities) => Ok(MeasuredRecord::new(submission, &capabilities)),
            Err(BackendError::Budget) => Err(ledger.stopped(None)),
            Err(cause) => Err(StageError::Backend { candidate: submission.id.clone(), cause }),
        }
    }

    /// The answers of each plan, in the order of the plans, whoever is measured first.
    async fn measure(
        &self,
        plans: &[MeasuredPlan],
        ledgers: &[Arc<Ledger>],
        log: &Recorder,
    ) -> Result<Vec<Answers>, StageError> {
        // Once observations are recorded, failures among them are facts, not requests still to be made.
        let is_recorded = log.has_observations() || self.earlier.is_settled();
        let lanes: Vec<_> = plans.iter().map(|plan| Lane::of(&plan.submission.model)).collect();
        let (halt, halted) = tokio::sync::watch::channel(false);
        let work = lanes::each(&lanes, async |place| {
            let (Some(plan), Some(ledger)) = (plans.get(place), ledgers.get(place)) else {
                return Err(StageError::Interrupted);
            };
            let result = self.measure_one(plan, ledger, is_recorded, &halted).await;
            // What a budget ends concerns nobody else; after anything else there will be no verdict, and the others
            // keep what they have and stop.
            if !matches!(result, Ok(_) | Err(StageError::Budget { .. })) {
                halt.send_replace(true);
            }
            result
        });
        let mut stop = self.stop.clone();
        let pass_on = async {
            gather::asked_to_stop(&mut stop).await;
            halt.send_replace(true);
            std::future::pending::<std::convert::Infallible>().await
        };
        let results = tokio::select! {
            results = work => results,
            never = pass_on => match never {},
        };
        all_or_first_error(results)
    }

    async fn measure_one(
        &self,
        plan: &MeasuredPlan,
        ledger: &Arc<Ledger>,
        is_recorded: bool,
        stop: &Stop,
    ) -> Result<Answers, StageError> {
        let stored = gather::stored(plan, &self.store, is_recorded).await?;
        let places = (0..plan.digests.len()).filter(|place| stored.has(*place));
        self.progress.stored(&plan.submission.id, places);
        if stored.are_complete() || is_recorded {
            return Ok(stored);
        }
        if *stop.borrow() {
            return Err(StageError::Interrupted);
        }
        gather::check_budget(plan, &stored, ledger)?;
        let backend = self.opened(&plan.submission, ledger)?;
        let progress = self.progress;
        crate::preflight::check(plan, &backend, ledger, stored.len() as u64, progress).await?;
        gather::gather(plan, &backend, stored, Keeping { store: &self.store, ledger, progress, stop }).await
    }

    fn score(
        &self,
        plans: &[MeasuredPlan],
        answers: &[Answers],
    ) -> Result<Vec<Vec<ScoredSample>>, StageError> {
        let pairs = plans.iter().zip(answers);
        pairs.map(|(plan, answers)| observe::score(self.stage, plan, self.suites, answers)).collect()
    }
}

/// The weights are those that were submitted: a file's digest is compared, with paths relative to `base`; a server's
/// weights cannot be seen.
///
/// # Errors
/// [`StageError::File`] where the file cannot be read, [`StageError::DigestMismatch`] where it is another.
pub fn check_digest(submission: &Submission, base: &Path) -> Result<(), StageError> {
    let path = match &submission.model {
        ModelSpec::Llama { file } | ModelSpec::Replay { file } => base.join(file),
        // A server's weights can't be seen from here; the team declares their digest.
        ModelSpec::OpenAi { .. } => return Ok(()),
    };
    let failed = |cause| StageError::File { what: "read", path: path.clone(), cause };
    let found = File::open(&path).and_then(Digest::of_reader).map_err(failed)?;
    if found == submission.digest {
        return Ok(());
    }
    let (candidate, written) = (submission.id.clone(), submission.digest);
    Err(StageError::DigestMismatch { candidate, path, written, found })
}

/// All answers, or the first error in the order of the plans. That others stopped because of one is no reason of its
/// own, and a budget that is used up is told of everybody whom it concerns.
fn all_or_first_error(results: Vec<Result<Answers, StageError>>) -> Result<Vec<Answers>, StageError> {
    let (mut all, mut budgets, mut interrupted) = (Vec::new(), Vec::new(), false);
    for result in results {
        match result {
            Ok(answers) => all.push(answers),
            Err(StageError::Budget { stops }) => budgets.extend(stops),
            Err(StageError::Interrupted) => interrupted = true,
            Err(other) => return Err(other),
        }
    }
    if interrupted {
        return Err(StageError::Interrupted);
    }
    if budgets.is_empty() { Ok(all) } else { Err(StageError::Budget { stops: budgets }) }
}

/// Appends to the log, or checks that an earlier run has already appended the same.
struct Recorder {
    log: Log,
    /// Entries passed so far.
    at: u64,
}

impl Recorder {
    fn open(folder: &Folder, key: SigningKey) -> Result<Self, StageError> {
        let path = folder.log();
        let log = Log::open_or_create(&path, key).map_err(|cause| StageError::Log { path, cause })?;
        Ok(Self { log, at: 0 })
    }

    fn failed(&self, cause: daepyo_evidence::Error) -> StageError {
        StageError::Log { path: self.log.reader().folder().to_owned(), cause }
    }

    /// The entry `ahead` of the current place, where there is one.
    fn peek(&self, ahead: u64) -> Result<Option<Record>, StageError> {
        let index = self.at + ahead;
        if index >= self.log.len() {
            return Ok(None);
        }
        let bytes = self.log.reader().entry(index).map_err(|cause| self.failed(cause))?;
        Record::parse(&bytes).map(Some).ok_or(StageError::LogDiffers { index })
    }

    fn has_observations(&self) -> bool {
        self.at < self.log.len()
    }

    fn record(&mut self, records: &[Record]) -> Result<(), StageError> {
        let bytes: Vec<_> = records.iter().map(Record::to_bytes).collect::<Result<_, _>>()?;
        let there =
            usize::try_from(self.log.len().saturating_sub(self.at)).unwrap_or(usize::MAX).min(bytes.len());
        let (old, new) = bytes.split_at(there);
        for (index, expected) in (self.at..).zip(old) {
            let found = self.log.reader().entry(index).map_err(|cause| self.failed(cause))?;
            if found != *expected {
                return Err(StageError::LogDiffers { index });
            }
        }
        if !new.is_empty() {
            let result = self.log.append(new).map(|_| ());
            result.map_err(|cause| self.failed(cause))?;
        }
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// The checkpoint to show in the report: the one over everything recorded so far.
    fn log(&self) -> Result<publish::LogView, StageError> {
        let checkpoint = self.log.reader().checkpoint_bytes(self.at).map_err(|cause| self.failed(cause))?;
        Ok(publish::LogView {
            size: self.at,
            checkpoint: String::from_utf8_lossy(&checkpoint).into_owned(),
            key: self.log.key().as_text().to_owned(),
        })
    }
}
