//! The claim `lm-eval-parity`: requests byte for byte those of lm-eval, and log-likelihoods equal to those that lm-eval
//! gets for the same model file from another server.

mod environments;
mod likelihoods;
mod prompts;
mod server;

use super::findings::Findings;
use super::{Claim, Measured, local_data};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::setup;

pub(crate) const CLAIM: Claim = Claim {
    name: "lm-eval-parity",
    promise: "Every request of lm-eval 0.4.13's kmmlu and haerae tasks on made documents, 0- and 5-shot, byte for byte \
              as lm-eval makes it; and for one task on both local models every log-likelihood within .001 nats a token \
              of what lm-eval gets for the same file from llama-cpp-python's server, with the same choice wherever it \
              is not a tie",
    run,
};

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
    for (name, model) in [("SmolLM2 135M", &models.smollm2), ("Gemma 3 270M", &models.gemma)] {
        let server = server::Server::start(settings, &llama_cpp, model, &work)?;
        shown.push(likelihoods::compare(settings, &lm_eval, &server, name, model, &work, &mut findings)?);
    }
    Ok(findings.measured(&shown.join("; ")))
}
