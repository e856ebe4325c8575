//! `daepyo check`: every problem of a programme file.

use crate::args::Check;
use crate::settings::Settings;
use crate::show;
use daepyo_core::Language;
use daepyo_spec::{Problem, Severity};
use daepyo_stage::{ProgrammeFile, StageError};
use serde_json::json;

pub(crate) fn check(arguments: &Check, settings: &Settings) -> u8 {
    let name = arguments.programme.display().to_string();
    let (source, problems, code) = match ProgrammeFile::read(&arguments.programme) {
        Ok(file) => (file.text, file.parsed.warnings, 0),
        Err(StageError::Programme { source_text, problems, .. }) => (source_text, problems, 2),
        Err(error) => return show::stage_error(&error, settings),
    };
    if arguments.json {
        let rows: Vec<_> = problems.iter().map(|problem| as_json(problem, &source)).collect();
        show::out(&json!({"file": name, "valid": code == 0, "problems": rows}).to_string());
        return code;
    }
    show::problems(&name, &source, &problems, settings);
    let count = |severity| problems.iter().filter(|problem| problem.code.severity() == severity).count().to_string();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let id = if code == 0 { "check-valid" } else { "check-invalid" };
    show::line(&show::say(settings, id, &[("file", &name), ("errors", &errors), ("warnings", &warnings)]));
    code
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
