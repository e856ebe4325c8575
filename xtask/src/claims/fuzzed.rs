//! Claims that readers were fuzzed: long runs of their targets are on record without a failure, and short ones repeat it.

use super::Measured;
use super::findings::Findings;
use crate::failure::Failure;
use crate::fuzz::{self, FuzzRecords};
use crate::settings::Settings;

const LONG_SECONDS: u32 = 20 * 60;
const SHORT_SECONDS: u32 = 15;

/// Measures the claim that each of `targets` had 20 minutes on record without a failure, and has a short run without one
/// now.
pub(super) fn measure(settings: &Settings, targets: &[&str]) -> Result<Measured, Failure> {
    let records = FuzzRecords::read(settings)?;
    let mut findings = Findings::default();
    let (mut executions, mut least_minutes) = (0, u32::MAX);
    for target in targets {
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
    let named: Vec<String> = targets.iter().map(|target| (*target).to_owned()).collect();
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
        targets.len(),
        if least_minutes == u32::MAX { 0 } else { least_minutes }
    );
    Ok(findings.measured(&figure))
}
