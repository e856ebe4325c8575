//! Every request is admitted before it is sent and settled after, whatever becomes of it.

use crate::support::{options, written};
use daepyo_backend::faulty::{Fault, Faults, FaultyServer, Script};
use daepyo_backend::{Backend, BackendError, Charge, Meter, OpenAiBackend};
use daepyo_core::{Request, Response};
use std::sync::{Arc, Mutex};

/// Admits so many requests, and adds up what they took.
#[derive(Default)]
struct Upto {
    most: u64,
    state: Mutex<(u64, Charge, Charge)>,
}

#[async_trait::async_trait]
impl Meter for Upto {
    async fn admit(&self, most: Charge) -> bool {
        let mut state = self.state.lock().unwrap();
        let is_admitted = state.0 < self.most;
        if is_admitted {
            state.0 += 1;
            state.1 = state.1.plus(most);
        }
        is_admitted
    }

    fn settle(&self, most: Charge, taken: Charge) {
        let mut state = self.state.lock().unwrap();
        state.1 = state.1.minus(most);
        state.2 = state.2.plus(taken);
    }
}

async fn ask(script: Script, most: u64, count: usize) -> (FaultyServer, Vec<Response>, bool, Charge) {
    let server = FaultyServer::start(script).await.unwrap();
    let backend = OpenAiBackend::new(options(&server)).unwrap();
    let meter = Arc::new(Upto { most, ..Upto::default() });
    backend.meter(Arc::clone(&meter) as Arc<dyn Meter>);
    let requests: Arc<[Request]> = (0..count).map(|number| written(&format!("문제 {number}"))).collect();
    let (sender, mut receiver) = tokio::sync::mpsc::channel(count.max(1));
    let ended = backend.answer(requests, sender).await;
    let is_over = matches!(ended, Err(BackendError::Budget));
    assert!(is_over || ended.is_ok());
    let mut answers = Vec::new();
    while let Some((_, response)) = receiver.recv().await {
        answers.push(response);
    }
    let (_, under_way, taken) = *meter.state.lock().unwrap();
    assert_eq!(under_way, Charge::default(), "everything is settled");
    (server, answers, is_over, taken)
}

/// What the answers themselves say.
fn told(answers: &[Response]) -> (u64, u64) {
    answers.iter().fold((0, 0), |(read, written), answer| match answer {
        Response::Generated { prompt_tokens, completion_tokens, .. } => (
            read + u64::from(prompt_tokens.unwrap_or_default()),
            written + u64::from(completion_tokens.unwrap_or_default()),
        ),
        other => panic!("{other:?}"),
    })
}

#[tokio::test]
async fn nothing_is_sent_beyond_what_is_admitted_and_answers_before_that_are_given() {
    let (server, answers, is_over, taken) = ask(Script::default(), 17, 40).await;
    assert_eq!((server.arrivals().len(), answers.len(), is_over), (17, 17, true));
    assert_eq!((taken.requests, taken.untold), (17, 0));
    assert_eq!((taken.prompt_tokens, taken.completion_tokens), told(&answers));
}

#[tokio::test]
async fn retries_count_as_requests_and_refusals_take_no_tokens() {
    let faults = Faults::Sequence(vec![Some(Fault::TooMany), Some(Fault::ServerError)]);
    let (server, answers, is_over, taken) = ask(Script { faults, ..Script::default() }, 100, 10).await;
    assert_eq!((server.arrivals().len(), answers.len(), is_over), (12, 10, false));
    assert_eq!((taken.requests, taken.untold), (12, 0));
    assert_eq!((taken.prompt_tokens, taken.completion_tokens), told(&answers));
}

#[tokio::test]
async fn an_answer_that_never_came_counts_with_the_most_that_it_can_have_taken() {
    let faults = Faults::Sequence(vec![Some(Fault::CloseAfterHeaders)]);
    let (_server, answers, _, taken) = ask(Script { faults, ..Script::default() }, 100, 1).await;
    let (read, written) = told(&answers);
    assert_eq!((taken.requests, taken.untold), (2, 1));
    assert_eq!(taken.completion_tokens, written + 64, "the whole of max_tokens");
    assert!(taken.prompt_tokens >= read + "문제 0".len() as u64);
}
