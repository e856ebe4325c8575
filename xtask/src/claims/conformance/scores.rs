//! The claim `lm-eval-scores`: recorded responses scored as lm-eval scores them.

use super::super::findings::Findings;
use super::super::{Claim, Measured};
use super::{FAMILIES, Grounds, judge, meant};
use crate::failure::Failure;
use crate::settings::Settings;

pub(in crate::claims) const CLAIM: Claim = Claim {
    name: "lm-eval-scores",
    promise: "For the same recorded responses to at least 60 families of lm-eval 0.4.13's tasks, every document's \
              metrics behind every filter and every aggregate with its standard error (where lm-eval's is a closed \
              form) equal lm-eval's to 1e-9, but for differences that are listed with the reason why daepyo's way is \
              right",
    run,
};

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let mut findings = Findings::default();
    let grounds = Grounds::lay(settings, CLAIM.name)?;
    let rows = grounds.work.join("scores");
    let (out, documents) = (rows.to_string_lossy(), grounds.documents.to_string_lossy());
    // lm-eval's own resampling is not compared; it need not take long.
    let arguments = ["--families", "all", "--data-root", &documents, "--out", &out, "--bootstrap", "2"];
    grounds.python(settings, "lm_eval_scores.py", &arguments)?;
    let compared = grounds.compare(settings, "scores", &rows, &[])?;

    let total = judge(&compared, &meant::SCORES, &mut findings);
    findings.check("at least 60 families are compared", total.families.len() >= FAMILIES);
    findings.check("every difference is one that is meant", total.unexplained == 0);
    Ok(findings.measured(&format!(
        "{} differences in {} values of {} documents of {} tasks in {} families ({} more that are meant, with their \
         reasons)",
        total.unexplained,
        total.values,
        total.rows,
        total.tasks,
        total.families.len(),
        total.explained
    )))
}
