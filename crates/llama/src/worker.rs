//! A thread that owns a context of the model, and the jobs that it takes.

use crate::{
    completion::{self, Completion, CompletionEvent},
    evaluator::Evaluator,
    options::Counters,
    run::Run,
    score::{self, Trouble},
    vocabulary::{Refusal, Vocabulary},
};
use daepyo_backend::BackendError;
use daepyo_core::{FailureClass, Finish, Prompt, Request, Response};
use std::sync::{
    Arc, Mutex, PoisonError,
    mpsc::{Receiver, RecvError},
};
use tokio::sync::{mpsc, oneshot};

/// Something to do for one caller.
pub(crate) enum Job {
    /// A share of a run's requests; `done` hears when none is left to take.
    Answer { run: Arc<Run>, done: oneshot::Sender<Result<(), BackendError>> },
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
    pub(crate) fn serve(mut self, jobs: &Mutex<Receiver<Job>>) {
        loop {
            // Bound before it is matched, so that the lock is not held while the job is done.
            let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            match job {
                Ok(Job::Answer { run, done }) => {
                    let result = self.answer_share(&run);
                    if result.is_err() {
                        run.cancel();
                    }
                    // The caller may have left; then nobody needs the result.
                    drop(done.send(result));
                }
                Ok(Job::Complete { completion, events }) => self.complete(&completion, &events),
                Err(RecvError) => return,
            }
        }
    }

    fn answer_share(&mut self, run: &Run) -> Result<(), BackendError> {
        while let Some(requests) = run.take() {
            for (index, request) in requests {
                if run.is_cancelled() {
                    return Ok(());
                }
                self.counters.add_request();
                let response = match self.answer(request, &|| run.is_cancelled()) {
                    Ok(response) => response,
                    Err(Trouble::Refused(refusal)) => {
                        Response::Failed { class: FailureClass::Unsupported, message: refusal.to_string() }
                    }
                    Err(Trouble::Engine(failure)) => return Err(BackendError::Engine(failure.to_string())),
                    Err(Trouble::Cancelled) => return Ok(()),
                };
                if !run.give(index, response) {
                    return Ok(());
                }
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
        let mut take = |event: CompletionEvent| {
            match event {
                CompletionEvent::Token { text, .. } => answer.push_str(&text),
                CompletionEvent::End { text, finish, prompt_tokens, completion_tokens } => {
                    answer.push_str(&text);
                    end = (finish, prompt_tokens, completion_tokens);
                }
                CompletionEvent::Prompt(_) | CompletionEvent::Failed { .. } => {}
            }
            !cancelled()
        };
        let is_wanted = || !cancelled();
        completion::run(
            &mut self.evaluator,
            &self.vocabulary,
            &self.counters,
            completion,
            &is_wanted,
            &mut take,
        )?;
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
            &|| !events.is_closed(),
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
