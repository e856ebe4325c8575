//! What the scoring tests share: fixtures and a short way to score one written answer.

use daepyo_core::{Finish, Response};
use daepyo_task::{
    Target,
    score::{ScoreInput, Scored, Scorer},
};
use serde_json::{Map, Value};

/// The lines of a fixture.
pub(crate) fn lines(name: &str) -> Vec<Value> {
    let path = crate::fixtures().join("score").join(name);
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A complete answer.
pub(crate) fn generated(text: &str) -> Response {
    ended(text, Finish::Stop)
}

/// An answer that ended for a reason.
pub(crate) fn ended(text: &str, finish: Finish) -> Response {
    Response::Generated { text: text.to_owned(), finish, prompt_tokens: None, completion_tokens: None }
}

/// A log-likelihood.
pub(crate) fn likelihood(logprob: f64, is_greedy: bool) -> Response {
    Response::Loglikelihood { logprob, is_greedy, tokens: 1 }
}

/// A generation task and one document.
pub(crate) struct Task {
    scorer: Scorer,
    target: Target,
    choices: Vec<String>,
    prompt: String,
    doc: Map<String, Value>,
}

/// A generation task with these filters and metrics.
pub(crate) fn written(filters: &Value, metrics: &Value) -> Task {
    Task {
        scorer: Scorer::compile("generate_until", filters, metrics, false).unwrap(),
        target: Target::Text(String::new()),
        choices: Vec::new(),
        prompt: String::new(),
        doc: Map::new(),
    }
}

impl Task {
    pub(crate) fn target(mut self, text: &str) -> Self {
        self.target = Target::Text(text.to_owned());
        self
    }

    pub(crate) fn expecting(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    pub(crate) fn choices(mut self, choices: &[String]) -> Self {
        self.choices = choices.to_vec();
        self
    }

    pub(crate) fn prompt(mut self, prompt: &str) -> Self {
        prompt.clone_into(&mut self.prompt);
        self
    }

    pub(crate) fn doc(mut self, doc: &Value) -> Self {
        self.doc.clone_from(doc.as_object().unwrap());
        self
    }

    pub(crate) fn score(&self, responses: &[Response]) -> Scored {
        self.scorer.score(&ScoreInput {
            responses,
            target: &self.target,
            choices: &self.choices,
            doc: &self.doc,
            prompt: &self.prompt,
        })
    }
}
