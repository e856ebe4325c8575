//! Claims: what the project says of itself, each measured afresh by a command. A claim is a file of this folder and a
//! line of [`CLAIMS`].

mod aarch64;
mod arena_agreement;
mod bit_flip;
mod conformance;
mod contest;
mod demo;
mod determinism;
mod faulty_server;
mod findings;
mod formats;
mod fresh_start;
mod fuzz_arena;
mod fuzz_tasks;
mod fuzz_weights;
mod fuzzed;
mod gsm8k_replay;
mod harness_speed;
mod hostile_tasks;
mod kill_resume;
mod kobbq;
mod lineage;
mod llmfao_report;
mod llmfao_votes;
mod lm_eval_parity;
mod lm_eval_tree;
mod local_data;
pub(crate) mod machine;
mod native_ports;
mod record;
mod shards;
mod site_api;
mod site_faults;
mod site_journeys;
mod site_live;
mod site_load;
mod site_oidc;
mod site_passkeys;
mod site_proof;
mod slurm_array;
mod store_conformance;
mod tested;
mod verdict_properties;
mod verdict_speed;
mod verdict_validity;
mod worked_examples;

use crate::failure::Failure;
use crate::settings::Settings;
pub(crate) use lm_eval_parity::environments;
use record::{Record, Records};

/// Something that the project says of itself.
pub(crate) struct Claim {
    /// As it is called on the command line.
    pub(crate) name: &'static str,
    /// One sentence with the threshold.
    pub(crate) promise: &'static str,
    /// Measures it, without looking at earlier results.
    pub(crate) run: fn(&Settings) -> Result<Measured, Failure>,
}

/// What was measured.
pub(crate) struct Measured {
    /// One line with the figure.
    pub(crate) figure: String,
    /// Whether the promise was kept.
    pub(crate) holds: bool,
    /// What a reader should know to judge the figure; may be empty.
    pub(crate) details: Vec<String>,
}

/// Every claim, in the order in which they are listed.
const CLAIMS: &[Claim] = &[
    fresh_start::CLAIM,
    gsm8k_replay::CLAIM,
    kobbq::CLAIM,
    llmfao_votes::CLAIM,
    llmfao_report::CLAIM,
    lm_eval_parity::CLAIM,
    lm_eval_tree::CLAIM,
    harness_speed::CLAIM,
    native_ports::CLAIM,
    conformance::LM_EVAL_REQUESTS,
    conformance::LM_EVAL_SCORES,
    conformance::KOREAN_TASKS,
    formats::CLAIM,
    hostile_tasks::CLAIM,
    fuzz_tasks::CLAIM,
    fuzz_weights::CLAIM,
    fuzz_arena::CLAIM,
    kill_resume::CLAIM,
    faulty_server::CLAIM,
    bit_flip::CLAIM,
    determinism::CLAIM,
    aarch64::CLAIM,
    shards::CLAIM,
    slurm_array::CLAIM,
    site_oidc::CLAIM,
    site_passkeys::CLAIM,
    site_live::CLAIM,
    site_proof::CLAIM,
    store_conformance::CLAIM,
    demo::CLAIM,
    verdict_speed::CLAIM,
    arena_agreement::CLAIM,
    worked_examples::CLAIM,
    verdict_validity::CLAIM,
    verdict_properties::CLAIM,
    lineage::roc::CLAIM,
    lineage::norms::CLAIM,
    lineage::calibration::CLAIM,
    lineage::peers::CLAIM,
    lineage::speed::CLAIM,
    contest::LLMFAO,
    contest::RIGGING,
    site_journeys::CLAIM,
    site_api::CLAIM,
    site_load::CLAIM,
    site_faults::CLAIM,
];

/// Measures a claim, records the result, and fails where it does not hold. The figure is printed last.
pub(crate) fn measure(settings: &Settings, name: &str) -> Result<(), Failure> {
    let known: Vec<&str> = CLAIMS.iter().map(|claim| claim.name).collect();
    let claim = CLAIMS.iter().find(|claim| claim.name == name).ok_or_else(|| {
        Failure::BadInput(format!("there is no claim `{name}`; known: {}", known.join(", ")))
    })?;
    println!("{}: {}", claim.name, claim.promise);
    let measured = (claim.run)(settings)?;
    for detail in &measured.details {
        println!("  {detail}");
    }
    let mut records = Records::read(settings)?;
    records.add(Record::of(claim, &measured, &machine::describe(settings)?));
    records.write(settings, CLAIMS)?;
    println!("{}", measured.figure);
    if measured.holds { Ok(()) } else { Err(Failure::No(format!("the claim `{name}` does not hold"))) }
}

/// Writes the page on how lm-eval's tasks run.
pub(crate) fn write_compatibility(settings: &Settings) -> Result<(), Failure> {
    lm_eval_tree::write_page(settings)
}

/// Lists the claims with their last result, and brings both files of results up to date.
pub(crate) fn list(settings: &Settings) -> Result<(), Failure> {
    let records = Records::read(settings)?;
    for claim in CLAIMS {
        println!("{}: {}", claim.name, claim.promise);
        match records.last(claim.name) {
            Some(record) => println!("  {}", record.sentence()),
            None => println!("  never measured"),
        }
    }
    records.write(settings, CLAIMS)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    #[test]
    fn the_page_shows_the_claims_and_their_last_results() {
        let settings = Settings::of_checkout();
        let kept = std::fs::read_to_string(settings.root.join("docs/claims.md")).unwrap_or_default();
        let page = Records::read(&settings).unwrap().page(CLAIMS);
        assert!(kept == page, "docs/claims.md is old: run `cargo xtask claim`");
    }
}
