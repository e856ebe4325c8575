//! The claim `lm-eval-parity`: requests byte for byte those of lm-eval, and log-likelihoods equal to those that lm-eval
//! gets for the same model file from another server.

pub(crate) mod environments;
mod likelihoods;
mod prompts;
mod server;

use super::findings::Findings;
use super::{Claim, Measured, local_data};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::setup;
use likelihoods::Tolerance;

pub(crate) const CLAIM: Claim = Claim {
    name: "lm-eval-parity",
    promise: "Every request of lm-eval 0.4.13's kmmlu and haerae tasks on made documents, 0- and 5-shot, byte for byte \
              as lm-eval makes it; for one task on both local models every log-likelihood within .001 (SmolLM2) or .15 \
              (Gemma 3) nats a token of what lm-eval gets for the same file from llama-cpp-python's server, on average \
              within .001 or .03, with the same choice wherever it is not within that of a tie",
    run,
};

/// Two builds of llama.cpp may round sums in another order; with `SmolLM2`'s weights they were found not to.
const SMOLLM2: Tolerance = Tolerance { single_nats: 1e-3, mean_nats: 1e-3 };
/// With these weights the two differ by more. llama-cpp-python 0.3.36 is built on ggml 0.25.3, daepyo on 0.26.0; that
/// daepyo evaluates context and continuation one after the other and the server at once does not seem to be the cause:
/// llama-cpp-python alone gave the same bits for a text of 75 tokens, whole and cut in six ways, filled up to fours. Both
/// bounds were set after a first measurement (.012 on average, .11 at most).
const GEMMA: Tolerance = Tolerance { single_nats: 0.15, mean_nats: 0.03 };

/// Compares requests, then log-likelihoods.
fn run(settings: &Settings) -> Result<Measured, Failure> {
    let work = local_data::work_folder(settings, "lm-eval-parity")?;
    let models = setup::run(settings)?;
    let lm_eval = environments::lm_eval(settings)?;
    let llama_cpp = environments::llama_cpp_python(settings)?;

    let mut findings = Findings::default();
    let compared = prompts::compare(settings, &lm_eval, &work, &mut findings)?;
    let mut shown = vec![format!(
        "{} differences in {} requests of {} tasks",
        compared.differing, compared.requests, compared.tasks
    )];
    findings.note(
        "llama-cpp-python's server is started with corrections, without which its log-probabilities are wrong or \
         depend on the batch; xtask/python/llama_cpp_server.py names each"
            .to_owned(),
    );
    for model in [("SmolLM2 135M", &*models.smollm2, SMOLLM2), ("Gemma 3 270M", &*models.gemma, GEMMA)] {
        let server = server::Server::start(settings, &llama_cpp, model.1, &work)?;
        shown.push(likelihoods::compare(settings, &lm_eval, &server, model, &work, &mut findings)?);
    }
    Ok(findings.measured(&shown.join("; ")))
}
