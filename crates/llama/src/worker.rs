//! The thread that owns a model's context, and the jobs that it takes in turn.

use crate::{
    completion::{self, Completion, CompletionEvent},
    evaluator::Evaluator,
    options::Counters,
    score::{self, Trouble},
    vocabulary::{Refusal, Vocabulary},
};
use daepyo_backend::{Answers, BackendError};
use daepyo_core::{FailureClass, Finish, Prompt, Request, Response};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Something to do for one caller.
pub(crate) enum Job {
    /// All of a run's requests.
    Answer { requests: Arc<[Request]>, answers: Answers, done: oneshot::Sender<Result<(), BackendError>> },
    /// One completion of a server.
    Complete { completion: Completion, events: mpsc::Sender<CompletionEvent> },
}

/// The worker's state.
pub(crate) struct Worker<'model> {
    pub(crate) evaluator: Evaluator<'model>,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) counters: Arc<Counters>,
}

impl Worker<'_> {
    /// Takes jobs until nobody can send any more.
    pub(crate) fn serve(mut self, jobs: &std::sync::mpsc::Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            match job {
                Job::Answer { requests, answers, done } => {
                    let result = self.answer_all(&requests, &answers, &done);
                    // The caller may have left; then nobody needs the result.
                    drop(done.send(result));
                }
                Job::Complete { completion, events } => self.complete(&completion, &events),
            }
        }
    }

    fn answer_all(
        &mut self,
        requests: &[Request],
        answers: &Answers,
        done: &oneshot::Sender<Result<(), BackendError>>,
    ) -> Result<(), BackendError> {
        for index in sharing_order(requests) {
            let Some(request) = requests.get(index) else { continue };
            let cancelled = || answers.is_closed() || done.is_closed();
            if cancelled() {
                return Ok(());
            }
            self.counters.add_request();
            let response = match self.answer(request, &cancelled) {
                Ok(response) => response,
                Err(Trouble::Refused(refusal)) => {
                    Response::Failed { class: FailureClass::Unsupported, message: refusal.to_string() }
                }
                Err(Trouble::Engine(failure)) => return Err(BackendError::Engine(failure.to_string())),
                Err(Trouble::Cancelled) => return Ok(()),
            };
            if answers.blocking_send((index, response)).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn answer(&mut self, request: &Request, cancelled: &dyn Fn() -> bool) -> Result<Response, Trouble> {
        match request {
            Request::Loglikelihood { context, continuation } => score::loglikelihood(
                &mut self.evaluator,
                &self.vocabulary,
                &self.counters,
                context,
                continuation,
            ),
            Request::LoglikelihoodRolling { text } => {
                score::rolling(&mut self.evaluator, &self.vocabulary, &self.counters, text, cancelled)
            }
            Request::Generate { prompt: Prompt::Chat(_), .. } => Err(Refusal::Messages.into()),
            Request::Generate { prompt: Prompt::Text(text), params } => {
                let prompt = self.vocabulary.prompt(text);
                let completion = Completion {
                    prompt: prompt.iter().filter_map(|token| u32::try_from(token.0).ok()).collect(),
                    params: params.clone(),
                    score_prompt: false,
                    top: None,
                };
                self.generate(&completion, cancelled)
            }
        }
    }

    fn generate(
        &mut self,
        completion: &Completion,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Response, Trouble> {
        let mut answer = String::new();
        let mut end = (Finish::Length, 0, 0);
        completion::run(&mut self.evaluator, &self.vocabulary, &self.counters, completion, &mut |event| {
            match event {
                CompletionEvent::Token { text, .. } => answer.push_str(&text),
                CompletionEvent::End { text, finish, prompt_tokens, completion_tokens } => {
                    answer.push_str(&text);
                    end = (finish, prompt_tokens, completion_tokens);
                }
                CompletionEvent::Prompt(_) | CompletionEvent::Failed { .. } => {}
            }
            !cancelled()
        })?;
        let (finish, prompt_tokens, completion_tokens) = end;
        Ok(Response::Generated {
            text: answer,
            finish,
            prompt_tokens: Some(prompt_tokens),
            completion_tokens: Some(completion_tokens),
        })
    }

    fn complete(&mut self, completion: &Completion, events: &mpsc::Sender<CompletionEvent>) {
        self.counters.add_request();
        let result = completion::run(
            &mut self.evaluator,
            &self.vocabulary,
            &self.counters,
            completion,
            &mut |event| events.blocking_send(event).is_ok(),
        );
        let (class, message) = match result {
            Ok(()) | Err(Trouble::Cancelled) => return,
            Err(Trouble::Refused(refusal)) => (FailureClass::Unsupported, refusal.to_string()),
            Err(Trouble::Engine(failure)) => (FailureClass::Server, failure.to_string()),
        };
        // The caller may have left; then nobody needs the failure.
        drop(events.blocking_send(CompletionEvent::Failed { class, message }));
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
}
