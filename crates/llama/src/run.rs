//! One call of `answer`: its requests in an order that shares beginnings, cut for the workers.

use daepyo_backend::Answers;
use daepyo_core::{Prompt, Request, Response};
use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// Spans per worker: enough that no worker waits long for another at the end.
const SPANS_PER_WORKER: usize = 16;

/// The requests of one call, which several workers take spans of.
#[derive(Debug)]
pub(crate) struct Run {
    requests: Arc<[Request]>,
    answers: Answers,
    order: Vec<usize>,
    spans: Vec<Range<usize>>,
    next: AtomicUsize,
    cancelled: AtomicBool,
}

impl Run {
    pub(crate) fn new(requests: Arc<[Request]>, answers: Answers, workers: usize) -> Self {
        let order = sharing_order(&requests);
        let spans = spans(&requests, &order, workers);
        Self { requests, answers, order, spans, next: AtomicUsize::new(0), cancelled: AtomicBool::new(false) }
    }

    /// The next requests that nobody has taken, with their positions; `None` when all are taken.
    pub(crate) fn take(&self) -> Option<impl Iterator<Item = (usize, &Request)>> {
        let span = self.spans.get(self.next.fetch_add(1, Ordering::Relaxed))?;
        let order = self.order.get(span.clone())?;
        Some(order.iter().filter_map(|&index| Some((index, self.requests.get(index)?))))
    }

    /// Sends an answer; false when nobody listens any more.
    pub(crate) fn give(&self, index: usize, response: Response) -> bool {
        self.answers.blocking_send((index, response)).is_ok()
    }

    /// Whether nobody waits for answers any more.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed) || self.answers.is_closed()
    }

    /// Ends the run for all its workers.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Ends the run when the guard is dropped.
    pub(crate) fn cancel_on_drop(self: &Arc<Self>) -> CancelGuard {
        CancelGuard(Arc::clone(self))
    }
}

/// See [`Run::cancel_on_drop`].
#[derive(Debug)]
pub(crate) struct CancelGuard(Arc<Run>);

impl Drop for CancelGuard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Positions of the requests so that those that begin alike are neighbours.
fn sharing_order(requests: &[Request]) -> Vec<usize> {
    let key = |index: &usize| -> (u8, &str, &str) {
        match requests.get(*index) {
            Some(Request::Loglikelihood { context, continuation }) => (0, context, continuation),
            Some(Request::Generate { prompt: Prompt::Text(text), .. }) => (1, text, ""),
            Some(Request::Generate { prompt: Prompt::Chat(_), .. }) | None => (2, "", ""),
            Some(Request::LoglikelihoodRolling { text }) => (3, text, ""),
        }
    };
    let mut order: Vec<usize> = (0..requests.len()).collect();
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    order
}

/// Cuts `order` between requests of different contexts.
fn spans(requests: &[Request], order: &[usize], workers: usize) -> Vec<Range<usize>> {
    let context = |place: usize| match order.get(place).and_then(|index| requests.get(*index)) {
        Some(Request::Loglikelihood { context, .. }) => Some(context),
        Some(Request::LoglikelihoodRolling { .. } | Request::Generate { .. }) | None => None,
    };
    let least = order.len().div_ceil(workers.max(1) * SPANS_PER_WORKER).max(1);
    let mut spans = Vec::new();
    let mut start = 0;
    for end in 1..=order.len() {
        let together = context(end).is_some() && context(end) == context(end - 1);
        if end == order.len() || (end - start >= least && !together) {
            spans.push(start..end);
            start = end;
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(context: &str, continuation: &str) -> Request {
        Request::Loglikelihood { context: context.to_owned(), continuation: continuation.to_owned() }
    }

    #[test]
    fn choices_of_one_context_are_neighbours() {
        let requests = [choice("shots B", "1"), choice("shots A", "1"), choice("shots B", "0")];
        assert_eq!(sharing_order(&requests), [1, 2, 0]);
    }

    #[test]
    fn spans_cover_all_requests_once_and_part_no_context() {
        for documents in 0..70 {
            let requests: Vec<Request> = (0..documents)
                .flat_map(|n| ["a", "b", "c"].map(|letter| choice(&format!("document {n}"), letter)))
                .collect();
            let order = sharing_order(&requests);
            let spans = spans(&requests, &order, 2);
            let covered: Vec<usize> = spans.iter().cloned().flatten().collect();
            assert_eq!(covered, (0..requests.len()).collect::<Vec<_>>());
            assert!(spans.iter().all(|span| span.len() % 3 == 0), "{spans:?}");
            assert!(spans.len() <= 32);
        }
    }
}
