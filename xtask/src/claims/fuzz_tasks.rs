//! The claim `fuzz-tasks`: the readers of foreign task files, templates, literals, logs and tables were given hostile bytes
//! for a long time, and none crashed; a short run repeats it.

use super::findings::Findings;
use super::{Claim, Measured};
use crate::failure::Failure;
use crate::fuzz::{self, FuzzRecords};
use crate::settings::Settings;

pub(crate) const CLAIM: Claim = Claim {
    name: "fuzz-tasks",
    promise: "Task files, Jinja templates, chat templates, Python literals, Inspect's .eval logs, lm-eval's samples and \
              Parquet files: at least 20 minutes of fuzzing each without a crash, an input of 10 seconds or one of 2 GiB",
    run,
};

const TARGETS: [&str; 7] =
    ["task_yaml", "jinja", "chat_template", "python_literal", "eval_log", "lm_eval_samples", "parquet_rows"];
const LONG_SECONDS: u32 = 20 * 60;
const SHORT_SECONDS: u32 = 15;

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let records = FuzzRecords::read(settings)?;
    let mut findings = Findings::default();
    let (mut executions, mut least_minutes) = (0, u32::MAX);
    for target in TARGETS {
        let long = records.last_long(target, LONG_SECONDS);
        findings.check(&format!("{target} had a long run"), long.is_some());
        let Some(long) = long else { continue };
        findings.check(&format!("{target} failed on no input"), long.failures == 0);
        findings.figure(
            target,
            format!(
                "{} executions in {} minutes on {} ({}, {}, sanitizer {})",
                long.executions,
                long.seconds / 60,
                long.date,
                long.commit,
                long.machine,
                long.sanitizer
            ),
        );
        executions += long.executions;
        least_minutes = least_minutes.min(long.seconds / 60);
    }
    let named = TARGETS.map(str::to_owned);
    let mut again = 0;
    for (target, run) in fuzz::runs(settings, &named, SHORT_SECONDS, 1)? {
        findings.check(&format!("{target} fails on nothing now"), run.is_ok());
        match run {
            Ok(run) => again += run.executions,
            Err(inputs) => inputs
                .iter()
                .for_each(|input| findings.note(format!("{target} fails on {}", input.display()))),
        }
    }
    let figure = format!(
        "{} readers, {executions} hostile inputs in at least {} minutes each, none crashed; {again} more now in \
         {SHORT_SECONDS} s each",
        TARGETS.len(),
        if least_minutes == u32::MAX { 0 } else { least_minutes }
    );
    Ok(findings.measured(&figure))
}
