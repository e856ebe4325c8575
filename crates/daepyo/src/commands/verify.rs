//! `daepyo verify`: a published folder, recomputed offline.

use crate::args::Verify;
use crate::settings::Settings;
use crate::show;
use daepyo_evidence::VerifierKey;
use daepyo_stage::{Finding, Folder, Verification, verify as verify_folder};
use serde_json::json;

pub(crate) fn verify(arguments: &Verify, settings: &Settings) -> u8 {
    let key = match arguments.key.as_deref().map(read_key).transpose() {
        Ok(key) => key,
        Err(error) => {
            show::error(&error, settings);
            return 2;
        }
    };
    if !arguments.folder.is_dir() {
        show::line(&show::say(
            settings,
            "verify-no-folder",
            &[("path", &arguments.folder.display().to_string())],
        ));
        return 2;
    }
    match verify_folder(&Folder::at(&arguments.folder), key.as_ref(), arguments.weights.as_deref()) {
        Ok(found) => {
            tell(&found, arguments.json, settings);
            0
        }
        Err(findings) => {
            accuse(&findings, arguments.json, settings);
            4
        }
    }
}

/// A verifier key, written out or in a file.
pub(crate) fn read_key(text: &str) -> Result<VerifierKey, daepyo_evidence::KeyError> {
    let file = std::fs::read_to_string(text).ok();
    VerifierKey::parse(file.as_deref().unwrap_or(text).trim_end_matches('\n'))
}

fn tell(found: &Verification, as_json: bool, settings: &Settings) {
    if as_json {
        let value = json!({
            "verified": true, "entries": found.entries, "root": found.root, "key": found.key,
            "key_was_given": found.key_was_given, "files": found.files, "rescored": found.rescored,
            "compared": found.compared, "compared_again": found.compared_again,
            "hidden": found.hidden, "uncovered": found.uncovered, "report_differs": found.report_differs,
            "findings": [],
        });
        show::out(&value.to_string());
        return;
    }
    let (entries, files, rescored) =
        (found.entries.to_string(), found.files.to_string(), found.rescored.to_string());
    let arguments = [("entries", entries.as_str()), ("files", &files), ("rescored", &rescored)];
    show::out(&show::say(settings, "verify-same", &arguments));
    show::out(&show::say(settings, "verify-key", &[("key", &found.key), ("root", &found.root)]));
    if found.compared > 0 {
        let (compared, again) = (found.compared.to_string(), found.compared_again.to_string());
        show::out(&show::say(settings, "verify-compared", &[("compared", &compared), ("again", &again)]));
    }
    if !found.key_was_given {
        show::line(&show::say(settings, "verify-key-own-word", &[]));
    }
    for suite in &found.hidden {
        show::line(&show::say(settings, "verify-hidden", &[("suite", suite)]));
    }
    for file in &found.uncovered {
        show::line(&show::say(settings, "verify-uncovered", &[("file", file)]));
    }
    if found.report_differs {
        show::line(&show::say(settings, "verify-report-differs", &[]));
    }
}

fn accuse(findings: &[Finding], as_json: bool, settings: &Settings) {
    if as_json {
        let rows: Vec<_> = findings
            .iter()
            .map(|finding| json!({"file": finding.file, "code": finding.code, "message": finding.message}))
            .collect();
        show::out(&json!({"verified": false, "findings": rows}).to_string());
        return;
    }
    show::findings(findings, settings);
    show::out(&show::say(settings, "verify-differs", &[("count", &findings.len().to_string())]));
}
