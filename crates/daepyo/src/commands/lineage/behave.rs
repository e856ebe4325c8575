//! `daepyo lineage behave`: whether a suspect writes what a parent writes, more than it writes what others do.

use super::{Out, Say, columns, quoted};
use crate::args::LineageBehave;
use crate::bar::Bar;
use crate::commands::eval::digest_of;
use crate::settings::Settings;
use crate::{backends, show};
use daepyo_backend::{Answer, BackendError, Endpoints};
use daepyo_core::{
    CandidateId, Digest, Finish, GenerateParams, ModelSpec, ModelSpecError, Prompt, Request, Response,
};
use daepyo_lineage::behaviour::{
    Asked, BUILT_IN, Behaviour, BehaviourError, BehaviourVerdict, Choices, Closeness, LEAST_TEXTS, Seen,
    TextForm, TextsAsked, Words, built_in, next_word, positions, read,
};
use daepyo_stage::Progress;
use daepyo_stage::eval::submission_of;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Enough for the letters that count: a tokenizer of bytes needs three tokens for a Hangul syllable.
const TOKENS: u32 = 16;

/// Ends with 0 where the models were asked, whatever was found; with 2 where something is asked for that cannot be
/// asked, with 3 where a model or file cannot be had.
pub(super) async fn behave(arguments: &LineageBehave, settings: &Settings) -> u8 {
    match ask(arguments, settings).await {
        Ok(found) => {
            if arguments.json {
                show::out(&serde_json::to_string_pretty(&found).unwrap_or_default());
            } else {
                tell(&found, arguments, settings);
            }
            0
        }
        Err(code) => code,
    }
}

/// What was found, or the exit code after the error was told.
async fn ask(arguments: &LineageBehave, settings: &Settings) -> Result<Behaviour, u8> {
    let whole = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let choices = Choices {
        seed: arguments.seed,
        positions: whole(arguments.positions),
        draws: whole(arguments.draws),
        level: arguments.level,
    };
    choices.check(arguments.control.len()).map_err(|error| refused(&error, settings))?;
    let (asked, texts) = texts(arguments).map_err(|error| refused(&error, settings))?;
    let positions = positions(&texts, choices.positions, choices.seed);
    let found = positions.iter().map(|position| position.text).collect::<BTreeSet<_>>().len();
    if found < LEAST_TEXTS {
        return Err(refused(&BehaviourError::TooFewTexts { found, needed: LEAST_TEXTS }, settings));
    }
    let prefixes =
        positions.iter().map(|position| texts.get(position.text).and_then(|text| text.get(..position.bytes)));
    let requests: Arc<[Request]> = prefixes.map(|prefix| request(prefix.unwrap_or_default())).collect();
    let models = models(arguments, settings)?;
    let (endpoints, bar) = (Endpoints::default(), Bar::new(settings));
    let mut answers = Vec::new();
    // One after the other, so that one local model at a time takes memory.
    for model in &models {
        let words = model.words(&requests, arguments, (&endpoints, &bar), settings).await?;
        answers.push((model.asked(&words), words));
    }
    let (mut asked_models, mut words): (Vec<Asked>, Vec<Vec<Option<String>>>) = answers.into_iter().unzip();
    let (controls, others) = (asked_models.split_off(2), words.split_off(2));
    let (Ok(pair), Ok([suspect, parent])) =
        (<[Asked; 2]>::try_from(asked_models), <[Vec<Option<String>>; 2]>::try_from(words))
    else {
        return Err(3);
    };
    let texts = positions.iter().map(|position| position.text).collect();
    let words = Words { texts, suspect, parent, controls: others };
    Ok(Behaviour::of(choices, asked, pair, controls, words))
}

fn refused(error: &BehaviourError, settings: &Settings) -> u8 {
    show::error_with_help(error, settings);
    match error {
        BehaviourError::Unreadable { .. } | BehaviourError::Unanswered { .. } => 3,
        BehaviourError::Line { .. }
        | BehaviourError::TooFewTexts { .. }
        | BehaviourError::TooFewDraws { .. }
        | BehaviourError::Twice { .. } => 2,
    }
}

/// The texts, and what is told of them.
fn texts(arguments: &LineageBehave) -> Result<(TextsAsked, Vec<String>), BehaviourError> {
    let Some(path) = &arguments.prompts else {
        let texts = built_in();
        let digest = Digest::of(BUILT_IN.as_bytes()).to_string();
        return Ok((TextsAsked { file: None, digest, count: texts.len() }, texts));
    };
    let file = path.display().to_string();
    let content = std::fs::read_to_string(path)
        .map_err(|cause| BehaviourError::Unreadable { file: file.clone(), cause })?;
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("jsonl"));
    let texts = read(&file, &content, if is_json { TextForm::JsonLines } else { TextForm::Plain })?;
    let digest = Digest::of(content.as_bytes()).to_string();
    Ok((TextsAsked { file: Some(file), digest, count: texts.len() }, texts))
}

fn request(prefix: &str) -> Request {
    Request::Generate {
        prompt: Prompt::Text(prefix.to_owned()),
        params: GenerateParams {
            max_tokens: TOKENS,
            temperature: 0.0,
            top_p: 1.0,
            stop: Vec::new(),
            seed: 0,
        },
    }
}

/// A model that is asked.
struct Model {
    /// `suspect`, `parent` or `control-1`.
    role: String,
    spec: ModelSpec,
    digest: Digest,
}

/// Suspect, parent and controls, in this order.
fn models(arguments: &LineageBehave, settings: &Settings) -> Result<Vec<Model>, u8> {
    let controls = arguments.control.iter().enumerate();
    let controls = controls.map(|(number, control)| (format!("control-{}", number + 1), control));
    let pair = [("suspect".to_owned(), &arguments.suspect), ("parent".to_owned(), &arguments.parent)];
    let mut models: Vec<Model> = Vec::new();
    for (role, text) in pair.into_iter().chain(controls) {
        let spec = spec_of(text).map_err(|error| {
            show::error(&error, settings);
            2_u8
        })?;
        let digest = digest_of(&spec, settings)?;
        if models.iter().any(|other| other.digest == digest) {
            return Err(refused(&BehaviourError::Twice { model: spec.to_string() }, settings));
        }
        models.push(Model { role, spec, digest });
    }
    Ok(models)
}

/// A file of weights may stand without `llama:`, as where weights are compared.
fn spec_of(text: &str) -> Result<ModelSpec, ModelSpecError> {
    let is_gguf = Path::new(text).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gguf"));
    if is_gguf && !text.contains(':') { format!("llama:{text}").parse() } else { text.parse() }
}

impl Model {
    fn asked(&self, words: &[Option<String>]) -> Asked {
        let digest = match &self.spec {
            ModelSpec::Llama { .. } | ModelSpec::Replay { .. } => Some(self.digest.to_string()),
            ModelSpec::OpenAi { .. } => None,
        };
        Asked { model: self.spec.to_string(), digest, answered: words.iter().flatten().count() }
    }

    /// The word that it writes behind each beginning. The exit code, after the error was told, where it cannot be asked or
    /// is silent at more than half of them.
    async fn words(
        &self,
        requests: &Arc<[Request]>,
        arguments: &LineageBehave,
        (endpoints, bar): (&Endpoints, &Bar),
        settings: &Settings,
    ) -> Result<Vec<Option<String>>, u8> {
        let mut submission = submission_of(self.spec.clone(), self.digest, false);
        submission.api_key_env = self.key(arguments);
        submission.concurrency = arguments.concurrency;
        let failed = |error: BackendError| {
            show::line(&show::plain(&format!("× {}: {}", self.role, self.spec)));
            show::error_with_help(&error, settings);
            3_u8
        };
        let backend = backends::open(&submission, Path::new("."), arguments.threads, endpoints, settings)
            .map_err(failed)?;
        let (sender, mut receiver) = tokio::sync::mpsc::channel::<Answer>(64);
        let mut responses: Vec<Option<Response>> = vec![None; requests.len()];
        let id = CandidateId::new(self.role.as_str()).ok();
        if let Some(id) = &id {
            bar.begin(id, requests.len(), 0);
        }
        let gather = async {
            while let Some((place, response)) = receiver.recv().await {
                if let Some(id) = &id {
                    bar.answered(id, &response);
                }
                if let Some(slot) = responses.get_mut(place) {
                    *slot = Some(response);
                }
            }
        };
        let (result, ()) = tokio::join!(backend.answer(Arc::clone(requests), sender), gather);
        if let Some(id) = &id {
            bar.end(id);
        }
        result.map_err(failed)?;
        let words: Vec<_> = responses.iter().map(|response| response.as_ref().and_then(word)).collect();
        let answered = words.iter().flatten().count();
        if answered * 2 < words.len() {
            let error = BehaviourError::Unanswered {
                model: self.spec.to_string(),
                answered,
                asked: words.len(),
                detail: first_failure(&responses),
            };
            return Err(refused(&error, settings));
        }
        Ok(words)
    }

    /// The variable with the key of its own server and of no other.
    fn key(&self, arguments: &LineageBehave) -> Option<String> {
        let ModelSpec::OpenAi { url, .. } = &self.spec else { return None };
        let named = arguments.api_key_env.iter().find(|(address, _)| address == url);
        named.map(|(_, name)| name.clone())
    }
}

fn word(response: &Response) -> Option<String> {
    match response {
        Response::Generated { text, finish, .. } => next_word(text, *finish == Finish::Length),
        Response::Failed { .. } | Response::Loglikelihood { .. } | Response::LoglikelihoodRolling { .. } => {
            None
        }
    }
}

fn first_failure(responses: &[Option<Response>]) -> String {
    let message = responses.iter().flatten().find_map(|response| match response {
        Response::Failed { message, .. } => Some(message.clone()),
        Response::Generated { .. }
        | Response::Loglikelihood { .. }
        | Response::LoglikelihoodRolling { .. } => None,
    });
    message.unwrap_or_else(|| "it wrote no word elsewhere".to_owned())
}

fn tell(found: &Behaviour, arguments: &LineageBehave, settings: &Settings) {
    let say = |id: &str, arguments: &[(&str, &str)]| {
        show::say(settings, &format!("lineage-behave-{id}"), arguments)
    };
    // A name with a line's end in it must not look like a line of ours.
    let out = |text: String| show::out(&show::plain(&text.replace(['\n', '\t'], " ")));
    out(say("title", &[("suspect", &found.suspect.model), ("parent", &found.parent.model)]));
    model(&say("suspect", &[]), &found.suspect, &say, &out);
    model(&say("parent", &[]), &found.parent, &say, &out);
    for (number, control) in found.controls.iter().enumerate() {
        model(&control_name(number, &say), control, &say, &out);
    }
    let agreement = &found.found;
    let texts = [
        ("name", found.texts.file.clone().unwrap_or_else(|| say("built-in", &[]))),
        ("digest", found.texts.digest.clone()),
        ("texts", agreement.texts.to_string()),
        ("positions", agreement.positions.to_string()),
        ("left", agreement.left_out.to_string()),
    ];
    out(say("texts", &texts.each_ref().map(|(name, value)| (*name, value.as_str()))));
    let verdict = verdict_id(agreement.verdict);
    out(say("verdict", &[("verdict", &say(verdict, &[]))]));
    out(format!("  {}", say(&format!("{verdict}.text"), &[])));
    out(format!("  {}", say("same", &[("share", &percent(agreement.suspect_parent))])));
    if !agreement.tests.is_empty() {
        table(&agreement.tests, &say, &out);
    }
    if let Some(p) = agreement.p {
        out(format!("  {}", say("largest", &[("p", &p.to_string())])));
    }
    let options = &found.options;
    let chosen = [
        ("seed", options.seed.to_string()),
        ("draws", options.draws.to_string()),
        ("level", options.level.to_string()),
    ];
    out(say("chosen", &chosen.each_ref().map(|(name, value)| (*name, value.as_str()))));
    out(say("null", &[]));
    out(say("repeat", &[("command", &repeat(found, arguments))]));
}

fn model(role: &str, model: &Asked, say: &Say<'_>, out: &Out<'_>) {
    let named = [("role", role), ("model", model.model.as_str())];
    match &model.digest {
        Some(digest) => {
            let [role, model] = named;
            out(say("file", &[role, model, ("digest", digest.as_str())]));
        }
        None => out(say("server", &named)),
    }
}

fn control_name(number: usize, say: &Say<'_>) -> String {
    say("control", &[("number", &(number + 1).to_string())])
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn table(tests: &[Closeness], say: &Say<'_>, out: &Out<'_>) {
    let head =
        ["against", "seen", "with-control", "more", "z", "log10-p", "exact-p", "adjusted-p", "rejects"];
    let mut rows: Vec<Vec<String>> = vec![head.iter().map(|id| say(id, &[])).collect()];
    for test in tests {
        let seen = match test.seen {
            Seen::FromSuspect => "from-suspect",
            Seen::FromParent => "from-parent",
        };
        rows.push(vec![
            control_name(test.control, say),
            say(seen, &[]),
            percent(test.with_control),
            percent(test.difference),
            format!("{:.1}", test.z),
            format!("{:.1}", test.log10_p),
            format!("{:.6}", test.exact_p),
            format!("{:.6}", test.adjusted_p),
            say(if test.rejects { "yes" } else { "no" }, &[]),
        ]);
    }
    columns(&rows, out);
}

fn verdict_id(verdict: BehaviourVerdict) -> &'static str {
    match verdict {
        BehaviourVerdict::AgreesMore => "verdict-agrees-more",
        BehaviourVerdict::NoEvidence => "verdict-no-evidence",
        BehaviourVerdict::NotTestable => "verdict-not-testable",
    }
}

/// What asks the same again.
fn repeat(found: &Behaviour, arguments: &LineageBehave) -> String {
    let mut words = vec!["daepyo lineage behave".to_owned()];
    words.extend([&found.suspect, &found.parent].map(|model| quoted(&model.model)));
    words.extend(found.controls.iter().map(|control| format!("--control {}", quoted(&control.model))));
    words.extend(found.texts.file.iter().map(|file| format!("--prompts {}", quoted(file))));
    let keys = arguments.api_key_env.iter();
    words.extend(keys.map(|(url, name)| format!("--api-key-env {}", quoted(&format!("{url}={name}")))));
    let Choices { seed, positions, draws, level } = found.options;
    words.push(format!("--positions {positions} --seed {seed} --draws {draws} --level {level}"));
    words.join(" ")
}
