//! `daepyo check`: every problem of a programme file.

use crate::args::Check;
use crate::settings::Settings;
use crate::{explain, show};
use daepyo_core::Language;
use daepyo_spec::{Problem, Severity};
use daepyo_stage::{ProgrammeFile, StageError, check_suites};
use serde_json::json;

pub(crate) fn check(arguments: &Check, settings: &Settings) -> u8 {
    let name = arguments.programme.display().to_string();
    let (source, problems, unusable) = match ProgrammeFile::read(&arguments.programme) {
        Ok(file) => {
            let unusable = check_suites(&file);
            (file.text, file.parsed.warnings, unusable)
        }
        Err(StageError::Programme { source_text, problems, .. }) => (source_text, problems, Vec::new()),
        Err(error) => return show::stage_error(&error, settings),
    };
    let invalid = problems.iter().any(|problem| problem.code.severity() == Severity::Error);
    let code = if invalid || !unusable.is_empty() { 2 } else { 0 };
    if arguments.json {
        let rows = problems.iter().map(|problem| as_json(problem, &source));
        let rows: Vec<_> = rows.chain(unusable.iter().map(unusable_as_json)).collect();
        show::out(&json!({"file": name, "valid": code == 0, "problems": rows}).to_string());
        return code;
    }
    show::problems(&name, &source, &problems, settings);
    for error in &unusable {
        show::stage_error(error, settings);
    }
    let count = |severity| problems.iter().filter(|problem| problem.code.severity() == severity).count();
    let errors = (count(Severity::Error) + unusable.len()).to_string();
    let warnings = count(Severity::Warning).to_string();
    let id = if code == 0 { "check-valid" } else { "check-invalid" };
    show::line(&show::say(settings, id, &[("file", &name), ("errors", &errors), ("warnings", &warnings)]));
    code
}

/// A suite's problem has no place in the programme file: it lies in the suite's own files, which the message names.
fn unusable_as_json(error: &StageError) -> serde_json::Value {
    let message = |language| explain::lines(error, language).join(": ");
    json!({
        "code": error.code(),
        "severity": "error",
        "message": {"ko": message(Language::Ko), "en": message(Language::En)},
    })
}

fn as_json(problem: &Problem, source: &str) -> serde_json::Value {
    let before = source.get(..problem.span.start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    json!({
        "code": problem.code.name(),
        "severity": match problem.code.severity() { Severity::Error => "error", Severity::Warning => "warning" },
        "line": line,
        "column": column,
        "start": problem.span.start,
        "end": problem.span.end,
        "message": {"ko": problem.message(Language::Ko), "en": problem.message(Language::En)},
        "help": {"ko": problem.help(Language::Ko), "en": problem.help(Language::En)},
    })
}
