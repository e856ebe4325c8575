//! A small made-up evaluation with every kind of request and outcome.

use daepyo_core::{
    Digest, FailureClass, Finish, GenerateParams, Message, ModelSpec, Outcome, Prompt, Request, Response,
    Role,
};
use daepyo_formats::{Evaluated, EvaluatedMetric, EvaluatedSample, EvaluatedTask};
use std::collections::BTreeMap;

/// A document with its requests and responses.
pub(crate) struct Made {
    pub(crate) prompt: String,
    pub(crate) choices: Vec<String>,
    pub(crate) exchanges: Vec<(Request, Response)>,
    pub(crate) outcome: Outcome,
    pub(crate) answer: Option<String>,
    pub(crate) metrics: BTreeMap<String, f64>,
    pub(crate) score: f64,
}

/// All that an [`Evaluated`] borrows from.
pub(crate) struct World {
    pub(crate) model: ModelSpec,
    pub(crate) params: GenerateParams,
    pub(crate) choose: Vec<Made>,
    pub(crate) write: Vec<Made>,
}

pub(crate) fn params() -> GenerateParams {
    GenerateParams { max_tokens: 64, temperature: 0.0, top_p: 1.0, stop: vec!["\n\n".to_owned()], seed: 0 }
}

fn scores(name: &str, value: f64) -> BTreeMap<String, f64> {
    BTreeMap::from([(name.to_owned(), value)])
}

fn choosing(number: usize, right: bool) -> Made {
    let prompt = format!("문제 {number}: 어느 것입니까?\n답:");
    let choices = ["하나", "둘"].map(str::to_owned).to_vec();
    let exchanges = choices.iter().enumerate().map(|(place, choice)| {
        let request = Request::Loglikelihood { context: prompt.clone(), continuation: format!(" {choice}") };
        let best = (place == 0) == right;
        let logprob = if best { -0.25 } else { -2.5 - f64::from(u8::try_from(number).unwrap()) };
        (request, Response::Loglikelihood { logprob, is_greedy: best, tokens: 2 })
    });
    let exchanges = exchanges.collect();
    let answer = Some(if right { "하나" } else { "둘" }.to_owned());
    let value = if right { 1.0 } else { 0.0 };
    Made {
        prompt,
        choices,
        exchanges,
        outcome: Outcome::Scored,
        answer,
        metrics: scores("acc", value),
        score: value,
    }
}

fn writing(prompt: Prompt, shown: &str, response: Response, outcome: Outcome) -> Made {
    let request = Request::Generate { prompt, params: params() };
    let right = outcome == Outcome::Scored;
    let value = if right { 1.0 } else { 0.0 };
    let metrics =
        if outcome == Outcome::Infrastructure { BTreeMap::new() } else { scores("exact_match", value) };
    Made {
        prompt: shown.to_owned(),
        choices: Vec::new(),
        exchanges: vec![(request, response)],
        outcome,
        answer: right.then(|| "7".to_owned()),
        metrics,
        score: value,
    }
}

pub(crate) fn generated(text: &str, finish: Finish) -> Response {
    Response::Generated { text: text.to_owned(), finish, prompt_tokens: Some(11), completion_tokens: Some(3) }
}

pub(crate) fn world() -> World {
    let chat = Prompt::Chat(vec![
        Message { role: Role::System, content: "짧게 답하십시오.".to_owned() },
        Message { role: Role::User, content: "3 + 4는?".to_owned() },
    ]);
    let text = |text: &str| Prompt::Text(text.to_owned());
    let failed =
        Response::Failed { class: FailureClass::Deadline, message: "시간이 다 됐습니다".to_owned() };
    World {
        model: "replay:garam-7b.jsonl".parse().unwrap(),
        params: params(),
        choose: vec![choosing(1, true), choosing(2, false), choosing(3, true)],
        write: vec![
            writing(chat, "3 + 4는?", generated("답은 7", Finish::Stop), Outcome::Scored),
            writing(text("끝없이"), "끝없이", generated("자꾸자꾸", Finish::Length), Outcome::Truncated),
            writing(text("소식"), "소식", failed, Outcome::Infrastructure),
        ],
    }
}

fn metric(name: &str, aggregation: &'static str, value: f64, error: f64) -> EvaluatedMetric {
    EvaluatedMetric {
        key: name.to_owned(),
        metric: name.to_owned(),
        filter: "none".to_owned(),
        aggregation,
        higher_is_better: true,
        value,
        standard_error: Some(error),
    }
}

fn samples(made: &[Made]) -> Vec<EvaluatedSample<'_>> {
    (0..)
        .zip(made)
        .map(|(document, made): (u64, &Made)| EvaluatedSample {
            document,
            document_digest: Digest::of(&document.to_le_bytes()),
            cluster: "무리",
            prompt: &made.prompt,
            target: "하나".to_owned(),
            choices: &made.choices,
            exchanges: made
                .exchanges
                .iter()
                .map(|(request, response)| (request, Some(response.clone())))
                .collect(),
            outcome: made.outcome,
            score: made.score,
            answer: made.answer.as_deref(),
            metrics: &made.metrics,
        })
        .collect()
}

impl World {
    pub(crate) fn evaluated(&self) -> Evaluated<'_> {
        let task = |name, output_type, params, metrics, made| EvaluatedTask {
            name,
            version: Some("1.0".to_owned()),
            dataset: Some("json"),
            output_type,
            num_fewshot: 0,
            params,
            metrics,
            documents: 3,
            samples: samples(made),
        };
        Evaluated {
            model: &self.model,
            model_digest: Digest::of(b"weights"),
            version: "0.1.0",
            date: "2026-11-21".parse().unwrap(),
            tasks: vec![
                task(
                    "made_choose",
                    "multiple_choice",
                    None,
                    vec![metric("acc", "mean", 2.0 / 3.0, 0.33)],
                    &self.choose,
                ),
                task(
                    "made/write",
                    "generate_until",
                    Some(&self.params),
                    vec![metric("exact_match", "mean", 0.5, 0.5)],
                    &self.write,
                ),
            ],
        }
    }
}
