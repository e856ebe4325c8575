//! Log-likelihoods of one task from daepyo, beside those that lm-eval gets for the same model file from another server.

use super::environments::Environment;
use super::server::Server;
use crate::claims::findings::Findings;
use crate::claims::local_data;
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Its choices are whole sentences, put straight after the question: many tokens are judged, and white space stands
/// at the join.
const SUITE: &str = "suites/ko-language";
const TASK: &str = "daepyo_ko_language";
const DOCUMENTS: usize = 60;

/// How far log-likelihoods may differ, in nats a judged token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tolerance {
    /// For each request.
    pub(super) single_nats: f64,
    /// For the mean over all requests.
    pub(super) mean_nats: f64,
}

/// Differences that are shown in full.
const SHOWN: usize = 5;

/// A line of `samples_*.jsonl`, as far as it is used here; daepyo writes numbers where lm-eval writes them as text.
#[derive(Debug, Deserialize)]
struct Sample {
    doc_id: u64,
    arguments: Value,
    resps: Vec<Vec<Value>>,
    acc: f64,
    acc_norm: f64,
}

/// One request of a sample.
#[derive(Debug)]
struct Judged<'s> {
    context: &'s str,
    continuation: &'s str,
    logprob_nats: f64,
}

/// Differences over all requests of one model.
#[derive(Debug)]
struct Differences {
    tolerance: Tolerance,
    requests: usize,
    tokens: usize,
    sum_nats: f64,
    greatest_nats: f64,
    greatest_nats_per_token: f64,
    beyond: usize,
    moved_joins: usize,
    same_choice: usize,
    tied: usize,
}

/// Evaluates one model with both programs; returns the figure.
pub(super) fn compare(
    settings: &Settings,
    lm_eval: &Environment,
    server: &Server,
    (name, model, tolerance): (&str, &Path, Tolerance),
    work: &Path,
    findings: &mut Findings,
) -> Result<String, Failure> {
    let out = work.join("likelihoods").join(model.file_stem().unwrap_or_default());
    fs::create_dir_all(&out).map_err(Failure::io("make", &out))?;
    let theirs = of_lm_eval(settings, lm_eval, server, &out)?;
    let ours = of_daepyo(settings, model, &out)?;
    let same_documents = ours.len() == DOCUMENTS
        && ours.iter().map(|sample| sample.doc_id).eq(theirs.iter().map(|sample| sample.doc_id));
    findings.check(&format!("{name}: the same {DOCUMENTS} documents"), same_documents);

    let mut found = Differences::within(tolerance);
    for (our, their) in ours.iter().zip(&theirs) {
        let (our_requests, their_requests) = (requests(our)?, requests(their)?);
        let same = our_requests.len() == their_requests.len()
            && our_requests
                .iter()
                .zip(&their_requests)
                .all(|(a, b)| (a.context, a.continuation) == (b.context, b.continuation));
        findings.check(&format!("{name}, document {}: the same requests", our.doc_id), same);
        let mut widest_nats = 0.0_f64;
        for (our, their) in our_requests.iter().zip(&their_requests) {
            let allowed_nats = found.add(server, name, our, their, findings)?;
            widest_nats = widest_nats.max(allowed_nats);
        }
        let (our_choice, their_choice) = (greatest(&our_requests), greatest(&their_requests));
        let tied = lead_nats(&our_requests) <= 2.0 * widest_nats;
        found.tied += usize::from(tied);
        found.same_choice += usize::from(our_choice == their_choice);
        findings.check(
            &format!("{name}, document {}: the same choice", our.doc_id),
            our_choice == their_choice || tied,
        );
        let same_scores = (our.acc - their.acc).abs() < 0.5 && (our.acc_norm - their.acc_norm).abs() < 0.5;
        findings.check(
            &format!("{name}, document {}: the same acc and acc_norm", our.doc_id),
            same_scores || tied,
        );
    }
    Ok(found.report(name, ours.len(), findings))
}

impl Differences {
    fn within(tolerance: Tolerance) -> Self {
        Self {
            tolerance,
            requests: 0,
            tokens: 0,
            sum_nats: 0.0,
            greatest_nats: 0.0,
            greatest_nats_per_token: 0.0,
            beyond: 0,
            moved_joins: 0,
            same_choice: 0,
            tied: 0,
        }
    }

    /// Adds one request; returns how far it may differ.
    fn add(
        &mut self,
        server: &Server,
        name: &str,
        our: &Judged<'_>,
        their: &Judged<'_>,
        findings: &mut Findings,
    ) -> Result<f64, Failure> {
        let before = server.tokens(our.context)?;
        let whole = server.tokens(&format!("{}{}", our.context, our.continuation))?;
        let join_is_kept = whole.starts_with(&before);
        self.moved_joins += usize::from(!join_is_kept);
        let tokens = whole.len().saturating_sub(before.len()).max(1);
        let count = f64::from(u32::try_from(tokens).unwrap_or(u32::MAX));
        let allowed_nats = count * self.tolerance.single_nats;
        let difference_nats = (our.logprob_nats - their.logprob_nats).abs();
        self.requests += 1;
        self.tokens += tokens;
        self.sum_nats += difference_nats;
        self.greatest_nats = self.greatest_nats.max(difference_nats);
        self.greatest_nats_per_token = self.greatest_nats_per_token.max(difference_nats / count);
        // Not a number is beyond as well.
        if !matches!(difference_nats.partial_cmp(&allowed_nats), Some(order) if order.is_le()) {
            self.beyond += 1;
            if self.beyond <= SHOWN {
                let join = if join_is_kept { "" } else { ", with a token across the join" };
                findings.note(format!(
                    "{name}: {} and {} nats for {:?} after {:?} ({tokens} tokens{join})",
                    our.logprob_nats, their.logprob_nats, our.continuation, our.context
                ));
            }
        }
        Ok(allowed_nats)
    }

    fn report(&self, name: &str, documents: usize, findings: &mut Findings) -> String {
        let mean_nats = self.sum_nats / f64::from(u32::try_from(self.tokens.max(1)).unwrap_or(u32::MAX));
        findings.figure(
            &format!("{name}: {} log-likelihoods of {} tokens, differences", self.requests, self.tokens),
            format!(
                "mean {mean_nats:.1e}, greatest {:.1e} nats a token (at most {:e} and {:e}); greatest {:.1e} nats a \
                 request; {} beyond the tolerance",
                self.greatest_nats_per_token,
                self.tolerance.mean_nats,
                self.tolerance.single_nats,
                self.greatest_nats,
                self.beyond
            ),
        );
        findings.figure(
            &format!("{name}: requests in which the context is cut into other tokens than alone"),
            self.moved_joins,
        );
        findings.figure(
            &format!("{name}: same choice"),
            format!(
                "{} of {documents} documents ({} within the tolerance of a tie)",
                self.same_choice, self.tied
            ),
        );
        findings.check(&format!("{name}: every log-likelihood within the tolerance"), self.beyond == 0);
        findings
            .check(&format!("{name}: the mean within the tolerance"), mean_nats <= self.tolerance.mean_nats);
        format!(
            "{name} {} log-likelihoods that differ by {mean_nats:.1e} nats a token, {:.1e} at most, and {} of \
             {documents} choices the same",
            self.requests, self.greatest_nats_per_token, self.same_choice
        )
    }
}

fn of_lm_eval(
    settings: &Settings,
    lm_eval: &Environment,
    server: &Server,
    out: &Path,
) -> Result<Vec<Sample>, Failure> {
    let suite = settings.root.join(SUITE);
    let folder = out.join("lm-eval");
    let program = lm_eval.program("lm-eval");
    let mut command = process::command(settings, &program.to_string_lossy(), &["run", "--model", "gguf"]);
    command.args(["--model_args", &format!("base_url={}", server.url())]);
    command.args(["--tasks", TASK, "--num_fewshot", "0", "--limit", &DOCUMENTS.to_string(), "--log_samples"]);
    command.arg("--include_path").arg(&suite).arg("--output_path").arg(&folder);
    // It reads data files from the folder in which it runs.
    command.current_dir(&suite);
    command.env("HF_HUB_OFFLINE", "1").env("HF_DATASETS_OFFLINE", "1").env("HF_HOME", out.join("hf"));
    process::run(&mut command)?;
    local_data::samples(&only_folder(&folder)?, TASK)
}

/// The folder that lm-eval names after the model, with a random name where it has none.
fn only_folder(folder: &Path) -> Result<PathBuf, Failure> {
    let mut entries = fs::read_dir(folder).map_err(Failure::io("read", folder))?;
    let first = entries.next().transpose().map_err(Failure::io("read", folder))?;
    first
        .map(|entry| entry.path())
        .ok_or_else(|| Failure::No(format!("lm-eval wrote nothing into {}", folder.display())))
}

fn of_daepyo(settings: &Settings, model: &Path, out: &Path) -> Result<Vec<Sample>, Failure> {
    let (spec, limit, folder) =
        (format!("llama:{}", model.display()), DOCUMENTS.to_string(), out.join("daepyo"));
    let shown = folder.to_string_lossy();
    let arguments = ["eval", "--model", &spec, "--tasks", TASK, "--include-path", SUITE, "--limit", &limit];
    process::run(&mut local_data::daepyo(settings, &[&arguments[..], &["--out", &shown]].concat())?)?;
    local_data::samples(&folder, TASK)
}

/// The requests of a sample with their answers.
fn requests(sample: &Sample) -> Result<Vec<Judged<'_>>, Failure> {
    let read = |place: usize, responses: &'_ [Value]| {
        let arguments = sample.arguments.get(format!("gen_args_{place}"))?;
        let logprob = responses.first()?.get(0)?;
        Some(Judged {
            context: arguments.get("arg_0")?.as_str()?,
            continuation: arguments.get("arg_1")?.as_str()?,
            logprob_nats: logprob.as_f64().or_else(|| logprob.as_str()?.parse().ok())?,
        })
    };
    let found: Option<Vec<_>> =
        sample.resps.iter().enumerate().map(|(place, responses)| read(place, responses)).collect();
    found.ok_or_else(|| Failure::No(format!("document {}: its log-likelihoods can't be read", sample.doc_id)))
}

/// The first place of the greatest log-likelihood, as numpy's argmax has it.
fn greatest(requests: &[Judged<'_>]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (place, request) in requests.iter().enumerate() {
        if best.is_none_or(|(_, logprob)| request.logprob_nats > logprob) {
            best = Some((place, request.logprob_nats));
        }
    }
    best.map(|(place, _)| place)
}

/// How far the greatest log-likelihood is before the next.
fn lead_nats(requests: &[Judged<'_>]) -> f64 {
    let mut logprobs: Vec<f64> = requests.iter().map(|request| request.logprob_nats).collect();
    logprobs.sort_by(f64::total_cmp);
    match logprobs.as_slice() {
        [.., second, first] => first - second,
        _ => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;
    use serde_json::json;

    fn sample(resps: &Value) -> Sample {
        let arguments = json!({
            "gen_args_0": {"arg_0": "질문", "arg_1": " 가"},
            "gen_args_1": {"arg_0": "질문", "arg_1": " 나"},
        });
        serde_json::from_value(
            json!({"doc_id": 3, "arguments": arguments, "resps": resps, "acc": 1.0, "acc_norm": 0.0}),
        )
        .unwrap()
    }

    #[test]
    fn numbers_and_their_texts_are_read_alike() {
        let ours = sample(&json!([[[-2.5, false]], [[-1.25, true]]]));
        let theirs = sample(&json!([[["-2.5", "False"]], [["-1.25", "True"]]]));
        for sample in [&ours, &theirs] {
            let read = requests(sample).unwrap();
            assert_eq!(greatest(&read), Some(1));
            assert!((lead_nats(&read) - 1.25).abs() < 1e-12);
        }
    }

    #[test]
    fn a_missing_answer_is_not_taken_for_one() {
        assert!(requests(&sample(&json!([[[-2.5, false]], [null]]))).is_err());
    }

    #[test]
    fn of_equal_choices_the_first_is_taken() {
        let tied = sample(&json!([[[-1.0, false]], [[-1.0, false]]]));
        assert_eq!(greatest(&requests(&tied).unwrap()), Some(0));
    }
}
