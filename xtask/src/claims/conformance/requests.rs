//! The claim `lm-eval-requests`: every request as lm-eval makes it, field by field.

use super::super::findings::Findings;
use super::super::{Claim, Measured};
use super::{FAMILIES, Grounds, KOREAN_COUNT, Report, judge, meant};
use crate::failure::Failure;
use crate::settings::Settings;

pub(in crate::claims) const CLAIM: Claim = Claim {
    name: "lm-eval-requests",
    promise: "The requests of at least 60 families of lm-eval 0.4.13's tasks, all 492 Korean ones among them, on made \
              documents, 0- and 5-shot, with and without a chat template: context, continuation, generation arguments, \
              messages, targets, choices and the choice of few-shot examples as lm-eval has them; no difference but \
              those that are listed with the reason why daepyo's way is right",
    run,
};

/// Documents of each task that are asked about.
const LIMIT: &str = "6";

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let mut findings = Findings::default();
    let grounds = Grounds::lay(settings, CLAIM.name)?;
    let rows = grounds.work.join("requests");
    let (out, documents) = (rows.to_string_lossy(), grounds.documents.to_string_lossy());
    let arguments = ["--families", "all", "--data-root", &documents, "--out", &out, "--limit", LIMIT];
    grounds.python(settings, "lm_eval_requests.py", &arguments)?;
    let report = Report::read(&rows.join("tasks.json"))?;
    let template = settings.root.join("xtask/python/chat_template.jinja");
    let compared =
        grounds.compare(settings, "requests", &rows, &[&template.to_string_lossy(), "--limit", LIMIT])?;

    let total = judge(&compared, &meant::REQUESTS, &mut findings);
    report.tell(&mut findings);
    let korean = report.tasks().filter(|(name, task)| task.korean && total.names.contains(*name)).count();
    findings.figure(
        "compared",
        format!(
            "{} values of {} requests in {} settings of tasks; {} of the tasks name Python functions",
            total.values,
            total.rows,
            total.settings,
            report.tasks().filter(|(name, task)| task.functions > 0 && total.names.contains(*name)).count()
        ),
    );
    findings.figure("Korean tasks compared", korean);
    findings.check("at least 60 families are compared", total.families.len() >= FAMILIES);
    findings.check("all 492 Korean tasks are compared", korean == KOREAN_COUNT);
    findings.check("every difference is one that is meant", total.unexplained == 0);
    Ok(findings.measured(&format!(
        "{} differences in {} requests of {} tasks in {} families ({} more that are meant, with their reasons)",
        total.unexplained,
        total.rows,
        total.tasks,
        total.families.len(),
        total.explained
    )))
}
