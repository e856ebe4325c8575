//! Messages for people on standard error, results on standard output.

use crate::explain;
use crate::settings::Settings;
use daepyo_core::Language;
use daepyo_messages as messages;
use daepyo_spec::{Problem, RowProblem, Severity};
use daepyo_stage::{Finding, StageError};
use std::io::Write;

/// A line on standard error. A reader that went away is no reason to fail.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// A line on standard output.
pub(crate) fn out(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A message by its id, in the settings' language.
pub(crate) fn say(settings: &Settings, id: &str, arguments: &[(&str, &str)]) -> String {
    messages::text(settings.language, id, arguments)
}

/// The text without signs that a terminal obeys: names and messages of foreign files may hold them.
pub(crate) fn plain(text: &str) -> String {
    let escaped = |c: char| {
        if c.is_control() && !matches!(c, '\n' | '\t') {
            c.escape_unicode().to_string()
        } else {
            c.to_string()
        }
    };
    if text.chars().any(char::is_control) { text.chars().map(escaped).collect() } else { text.to_owned() }
}

/// An error with its causes, one a line.
pub(crate) fn error(error: &(dyn std::error::Error + 'static), settings: &Settings) {
    for (place, text) in explain::lines(error, settings.language).iter().enumerate() {
        let mark = if place == 0 { "×" } else { "  ←" };
        line(&plain(&format!("{mark} {text}")));
    }
}

/// The same, and what to do next.
pub(crate) fn error_with_help(failed: &(dyn std::error::Error + 'static), settings: &Settings) {
    error(failed, settings);
    if let Some(help) = explain::help(failed, settings.language) {
        line(&format!("  {} {help}", say(settings, "help", &[])));
    }
}

/// Rows of a CSV file that cannot be read, each after `mark` with its line and column.
pub(crate) fn rows(mark: &str, file: &std::path::Path, problems: &[RowProblem], settings: &Settings) {
    for problem in problems {
        let column = problem.column.as_deref().map(|column| format!(" [{column}]")).unwrap_or_default();
        let message = problem.message.text(settings.language);
        line(&format!("{mark} {}:{}{column}: {message}", file.display(), problem.line));
    }
}

/// A stage's error with its places and what to do next; gives the exit code.
pub(crate) fn stage_error(failed: &StageError, settings: &Settings) -> u8 {
    let failure = || format!("× {}", explain::line(failed, settings.language));
    match failed {
        StageError::Programme { path, source_text, problems } => {
            self::problems(&path.display().to_string(), source_text, problems, settings);
        }
        StageError::Rows { path, problems } => {
            line(&failure());
            rows(" ", path, problems, settings);
        }
        StageError::RulesChanged { changes, .. } => {
            line(&failure());
            for change in changes {
                let old = change.old.as_deref().unwrap_or("∅");
                let new = change.new.as_deref().unwrap_or("∅");
                line(&format!("  {}: {old} → {new}", change.path));
            }
        }
        StageError::Preflight { findings, .. } => {
            line(&failure());
            for finding in findings {
                line(&format!("  {}: {}", finding.code.as_str(), finding.message(settings.language)));
            }
        }
        StageError::Budget { stops } => {
            line(&failure());
            for stop in stops {
                line(&format!("  {}", crate::spending::stop_line(stop, settings)));
            }
        }
        StageError::Earlier { findings, .. } | StageError::Contest { findings, .. } => {
            line(&failure());
            self::findings(findings, settings);
        }
        StageError::Interrupted => {}
        StageError::UnknownStage { .. }
        | StageError::Weights { .. }
        | StageError::DigestMismatch { .. }
        | StageError::Task { .. }
        | StageError::FileOutsideSuite { .. }
        | StageError::Backend { .. }
        | StageError::File { .. }
        | StageError::Store(_)
        | StageError::Log { .. }
        | StageError::LogDiffers { .. }
        | StageError::Decide(_)
        | StageError::Follow(_)
        | StageError::Canonical { .. }
        | StageError::TooManyFailures { .. }
        | StageError::Shard(_) => error(failed, settings),
    }
    if let Some(help) = explain::help(failed, settings.language) {
        line(&format!("  {} {help}", say(settings, "help", &[])));
    }
    failed.exit_code()
}

/// What a check of a published folder found, one a line.
pub(crate) fn findings(findings: &[Finding], settings: &Settings) {
    for Finding { file, code, message } in findings {
        let id = format!("finding-{}", code.replace("::", "-").replace('_', "-"));
        let words = messages::find(settings.language, &id, &[("detail", message)]);
        line(&format!("× {code} {file}: {}", words.as_deref().unwrap_or(message)));
    }
}

/// Problems of a file, each at its place.
pub(crate) fn problems(name: &str, source: &str, problems: &[Problem], settings: &Settings) {
    for problem in problems {
        let report = miette::Report::new(Shown::new(problem, settings.language))
            .with_source_code(miette::NamedSource::new(name, source.to_owned()));
        let theme = if settings.colour {
            miette::GraphicalTheme::unicode()
        } else {
            miette::GraphicalTheme::unicode_nocolor()
        };
        let mut text = String::new();
        let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(100);
        if handler.render_report(&mut text, report.as_ref()).is_ok() {
            line(text.trim_end());
        }
    }
}

#[derive(Debug)]
struct Shown {
    code: &'static str,
    message: String,
    help: String,
    label: miette::LabeledSpan,
    severity: miette::Severity,
}

impl Shown {
    fn new(problem: &Problem, language: Language) -> Self {
        Self {
            code: problem.code.name(),
            message: problem.message(language),
            help: problem.help(language),
            label: miette::LabeledSpan::new_with_span(Some(problem.label(language)), problem.span.clone()),
            severity: match problem.code.severity() {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
            },
        }
    }
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code(&self) -> Option<Box<dyn std::fmt::Display + '_>> {
        Some(Box::new(self.code))
    }
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }
    fn help(&self) -> Option<Box<dyn std::fmt::Display + '_>> {
        Some(Box::new(&self.help))
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.label.clone())))
    }
}
