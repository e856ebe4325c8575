//! Asks a candidate what is not yet answered, and keeps every answer before it counts.

use crate::answers::Answers;
use crate::ledger::Ledger;
use crate::plan::MeasuredPlan;
use crate::{Progress, StageError};
use daepyo_backend::{Answer, Backend, BackendError, Charge};
use daepyo_core::{FailureClass, Prompt, Request, Response};
use daepyo_store::Store;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// So many answers are stored in one transaction at most.
const BATCH: usize = 1024;

/// An answer waits at most so long for others to be stored with.
const BATCH_WAIT: Duration = Duration::from_millis(100);

/// Those that wait are looked at so often: waking up for each one costs more than the rest of its keeping.
const BATCH_LOOK: Duration = Duration::from_millis(5);

/// So many answers may wait to be looked at before the backend is held up.
const WAITING: usize = 4 * BATCH;

/// Turns true when a person asks to stop.
pub type Stop = watch::Receiver<bool>;

/// Opens the store of responses in the folder for work, making both where they do not exist.
pub(crate) async fn open_store(work: &Path) -> Result<Store, StageError> {
    let failed = |cause| StageError::File { what: "make", path: work.to_owned(), cause };
    std::fs::create_dir_all(work).map_err(failed)?;
    Store::open(&work.join("run.sqlite")).await.map_err(StageError::Store)
}

/// Whether there is a store in the folder for work.
pub(crate) fn has_store(work: &Path) -> bool {
    work.join("run.sqlite").exists()
}

/// What is stored of the plan's requests. Failures count as answers only where `with_failures` says so.
pub(crate) async fn stored(
    plan: &MeasuredPlan,
    store: &Store,
    with_failures: bool,
) -> Result<Answers, StageError> {
    let key = plan.submission.digest;
    let mut found = Answers::new(&plan.digests);
    if with_failures {
        let failure = |request, response| {
            found.insert(&request, &response);
        };
        store.each_failure(key, failure).await.map_err(StageError::Store)?;
    }
    let answer = |request, response| {
        found.insert(&request, &response);
    };
    store.each_answer(key, answer).await.map_err(StageError::Store)?;
    Ok(found)
}

/// Where answers are kept and counted, and who is told.
#[derive(Clone, Copy)]
pub(crate) struct Keeping<'a> {
    pub(crate) store: &'a Store,
    pub(crate) ledger: &'a Arc<Ledger>,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) stop: &'a Stop,
}

/// Asks for all that is missing in `known`; twice for what failed, since a fault may pass. Stops where the budget would be passed.
pub(crate) async fn gather(
    plan: &MeasuredPlan,
    backend: &Arc<dyn Backend>,
    known: Answers,
    keeping: Keeping<'_>,
) -> Result<Answers, StageError> {
    let result = gather_open(plan, backend, known, keeping).await;
    keeping.progress.end(&plan.submission.id);
    keeping.ledger.close().await?;
    result
}

/// Whether the budget has no room for the first request that has no answer: then nothing is sent, not even a probe.
pub(crate) fn check_budget(
    plan: &MeasuredPlan,
    answers: &Answers,
    ledger: &Ledger,
) -> Result<(), StageError> {
    let first = plan.requests(|place| !answers.has(place)).next().transpose()?;
    match first {
        Some((_, first)) if !ledger.has_room(most(&first)) => Err(ledger.stopped(Some(left(plan, answers)))),
        Some(_) | None => Ok(()),
    }
}

/// What a request takes at most.
fn most(request: &Request) -> Charge {
    let bytes = request.text_bytes();
    match request {
        Request::Loglikelihood { .. } | Request::LoglikelihoodRolling { .. } => Charge::most(bytes, 0, 1),
        Request::Generate { prompt, params } => {
            let messages = match prompt {
                Prompt::Text(_) => 0,
                Prompt::Chat(messages) => messages.len(),
            };
            Charge::most(bytes, messages, params.max_tokens)
        }
    }
}

/// Requests without an answer; a failure is none.
fn left(plan: &MeasuredPlan, answers: &Answers) -> u64 {
    let is_left = |place: &usize| answers.at(*place).is_none_or(|response| is_failure(&response));
    u64::try_from((0..plan.digests.len()).filter(is_left).count()).unwrap_or(u64::MAX)
}

const fn is_failure(response: &Response) -> bool {
    matches!(response, Response::Failed { .. })
}

async fn gather_open(
    plan: &MeasuredPlan,
    backend: &Arc<dyn Backend>,
    mut answers: Answers,
    keeping: Keeping<'_>,
) -> Result<Answers, StageError> {
    let Keeping { store, progress, .. } = keeping;
    progress.begin(&plan.submission.id, plan.digests.len(), answers.len());
    for attempt in 0..2 {
        // What is wanted is said before anything of this attempt is answered.
        let wanted = wanted(plan, &answers, attempt == 0);
        let mut requests = plan.requests(|place| wanted.get(place).copied().unwrap_or(false));
        loop {
            let (places, requests) = window(&mut requests)?;
            if places.is_empty() {
                break;
            }
            if ask(plan, backend, keeping, (&places, requests), &mut answers).await? {
                return Err(keeping.ledger.stopped(Some(left(plan, &answers))));
            }
        }
    }
    // A backend that never answered a request at all has failed at it.
    let silent =
        || Response::Failed { class: FailureClass::Connection, message: "no answer came".to_owned() };
    let unanswered = plan.digests.iter().enumerate().filter(|(place, _)| !answers.has(*place));
    let unanswered: Vec<_> = unanswered.map(|(_, digest)| (*digest, silent())).collect();
    store.put(plan.submission.digest, &unanswered).await.map_err(StageError::Store)?;
    for (digest, response) in &unanswered {
        answers.insert(digest, response);
    }
    Ok(answers)
}

/// Whether to ask for each request of the plan: what has no answer at first, then what failed in a way that may pass.
fn wanted(plan: &MeasuredPlan, answers: &Answers, first: bool) -> Vec<bool> {
    let is_wanted = |place: usize| match answers.at(place) {
        None => true,
        Some(Response::Failed { class, .. }) => !first && may_pass(class),
        Some(
            Response::Loglikelihood { .. }
            | Response::LoglikelihoodRolling { .. }
            | Response::Generated { .. },
        ) => false,
    };
    (0..plan.digests.len()).map(is_wanted).collect()
}

/// So many requests are given to a backend at once, so that memory does not grow with the plan. A backend that orders
/// them, to share what they begin with, has enough to order.
const WINDOW_REQUESTS: usize = 1 << 14;

/// So many bytes of prompts are given to a backend at once, but for the last of them.
const WINDOW_BYTES: usize = 24 << 20;

/// The next requests and their places.
fn window(
    requests: &mut impl Iterator<Item = Result<(usize, Request), StageError>>,
) -> Result<(Vec<usize>, Vec<Request>), StageError> {
    let (mut places, mut taken, mut bytes) = (Vec::new(), Vec::new(), 0);
    while places.len() < WINDOW_REQUESTS && bytes < WINDOW_BYTES {
        let Some(next) = requests.next() else { break };
        let (place, request) = next?;
        bytes += request.text_bytes();
        places.push(place);
        taken.push(request);
    }
    Ok((places, taken))
}

/// Whether asking again could help.
const fn may_pass(class: FailureClass) -> bool {
    match class {
        FailureClass::Connection
        | FailureClass::Deadline
        | FailureClass::Server
        | FailureClass::Malformed => true,
        FailureClass::Rejected | FailureClass::Unsupported | FailureClass::NotRecorded => false,
    }
}

/// Adds the answers to `answers`; whether the budget ended the asking.
async fn ask(
    plan: &MeasuredPlan,
    backend: &Arc<dyn Backend>,
    keeping: Keeping<'_>,
    (places, requests): (&[usize], Vec<Request>),
    answers: &mut Answers,
) -> Result<bool, StageError> {
    let digest = |index: usize| places.get(index).and_then(|place| plan.digests.get(*place)).copied();
    let Keeping { ledger, progress, stop, .. } = keeping;
    let candidate = &plan.submission.id;
    let (sender, mut receiver) = mpsc::channel(WAITING);
    let requests: Arc<[Request]> = requests.into();
    let asked = Arc::clone(backend);
    let answering = tokio::spawn(async move { asked.answer(requests, sender).await });
    let mut stop = stop.clone();
    let mut stopped = false;
    loop {
        let first = tokio::select! {
            answer = receiver.recv() => answer,
            () = asked_to_stop(&mut stop) => { stopped = true; None }
        };
        let Some(first) = first else { break };
        let mut batch = vec![first];
        let deadline = tokio::time::Instant::now() + BATCH_WAIT;
        while !take(&mut receiver, &mut batch) && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(BATCH_LOOK).await;
        }
        let batch: Vec<_> = batch
            .into_iter()
            .filter_map(|(index, response)| digest(index).map(|digest| (digest, response)))
            .collect();
        ledger.keep(&batch).await?;
        for (digest, response) in batch {
            match plan.digests.place(&digest) {
                Some(place) => progress.answered_at(candidate, place, &response),
                None => progress.answered(candidate, &response),
            }
            answers.insert(&digest, &response);
        }
    }
    if stopped {
        // What came in before the stop is kept: it may have been paid for. Nothing comes in behind it, not even while it
        // is being stored.
        receiver.close();
        let mut batch = Vec::new();
        while let Some((index, response)) = receiver.recv().await {
            batch.extend(digest(index).map(|digest| (digest, response)));
        }
        ledger.keep(&batch).await?;
    }
    drop(receiver);
    let engine = |error: tokio::task::JoinError| BackendError::Engine(error.to_string());
    if stopped {
        return Err(StageError::Interrupted);
    }
    match answering.await.map_err(engine).and_then(|result| result) {
        Ok(()) => Ok(false),
        Err(BackendError::Budget) => Ok(true),
        Err(cause) => Err(StageError::Backend { candidate: candidate.clone(), cause }),
    }
}

/// Takes what has come; whether the batch is full or nothing more will come.
fn take(receiver: &mut mpsc::Receiver<Answer>, batch: &mut Vec<Answer>) -> bool {
    while batch.len() < BATCH {
        match receiver.try_recv() {
            Ok(answer) => batch.push(answer),
            Err(mpsc::error::TryRecvError::Empty) => return false,
            Err(mpsc::error::TryRecvError::Disconnected) => return true,
        }
    }
    true
}

/// Returns when a person asks to stop; never where nobody is left who could.
pub(crate) async fn asked_to_stop(stop: &mut Stop) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    fn requests(count: usize, bytes: usize) -> impl Iterator<Item = Result<(usize, Request), StageError>> {
        (0..count).map(move |place| {
            let request = Request::LoglikelihoodRolling { text: format!("{place} {}", "x".repeat(bytes)) };
            Ok((place, request))
        })
    }

    fn sizes(mut requests: impl Iterator<Item = Result<(usize, Request), StageError>>) -> Vec<usize> {
        let next = || window(&mut requests).unwrap().0.len();
        std::iter::repeat_with(next).take_while(|size| *size > 0).collect()
    }

    #[test]
    fn windows_hold_every_request_once_and_no_more_than_fits() {
        assert_eq!(sizes(requests(0, 1)), [] as [usize; 0]);
        assert_eq!(sizes(requests(WINDOW_REQUESTS + 5, 1)), [WINDOW_REQUESTS, 5]);
        // Eight of a quarter of a window each, and one that is larger than any window.
        assert_eq!(sizes(requests(8, WINDOW_BYTES / 4)), [4, 4]);
        assert_eq!(sizes(requests(2, WINDOW_BYTES + 1)), [1, 1]);
    }
}
