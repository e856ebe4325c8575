//! `daepyo contest`: a receipt, or everything that a closed contest published, checked offline.

use crate::args::{Contest, ContestCheck, ContestCommand, ContestReceipt};
use crate::commands::verify::read_key;
use crate::settings::Settings;
use crate::show;
use daepyo_contest::{Checked, Finding, Receipt, check_closed};
use daepyo_report::words;
use serde_json::json;

pub(crate) fn contest(arguments: &Contest, settings: &Settings) -> u8 {
    match &arguments.command {
        ContestCommand::Receipt(arguments) => receipt(arguments, settings),
        ContestCommand::Check(arguments) => check(arguments, settings),
    }
}

fn receipt(arguments: &ContestReceipt, settings: &Settings) -> u8 {
    let key = match read_key(&arguments.key) {
        Ok(key) => key,
        Err(error) => {
            show::error(&error, settings);
            return 2;
        }
    };
    let bytes = match std::fs::read(&arguments.receipt) {
        Ok(bytes) => bytes,
        Err(error) => {
            show::line(&format!("× {}", arguments.receipt.display()));
            show::error(&error, settings);
            return 2;
        }
    };
    let receipt = match Receipt::parse(&bytes) {
        Ok(receipt) => receipt,
        Err(error) => {
            show::line(&format!(
                "× {} {}",
                error.code(),
                show::say(settings, "site-receipts-malformed", &[])
            ));
            return 2;
        }
    };
    match receipt.check(&key) {
        Ok(checkpoint) => {
            let choice = show::say(settings, words::choice(receipt.ballot.choice), &[]);
            let index = receipt.logged.as_ref().map_or(0, |logged| logged.index).to_string();
            let size = checkpoint.size().to_string();
            let words = [("choice", choice.as_str()), ("index", &index), ("size", &size)];
            show::out(&show::say(settings, "contest-receipt-holds", &words));
            0
        }
        Err(error) => {
            let said = show::say(settings, "contest-receipt-fails", &[("code", error.code())]);
            show::line(&format!("× {said}"));
            4
        }
    }
}

fn check(arguments: &ContestCheck, settings: &Settings) -> u8 {
    let key = match arguments.key.as_deref().map(read_key).transpose() {
        Ok(key) => key,
        Err(error) => {
            show::error(&error, settings);
            return 2;
        }
    };
    for folder in [&arguments.folder, &arguments.log] {
        if !folder.is_dir() {
            let path = folder.display().to_string();
            show::line(&show::say(settings, "verify-no-folder", &[("path", &path)]));
            return 2;
        }
    }
    match check_closed(&arguments.folder, &arguments.log, key.as_ref()) {
        Ok(checked) => {
            tell(&checked, arguments.json, settings);
            0
        }
        Err(findings) => {
            accuse(&findings, arguments.json, settings);
            4
        }
    }
}

fn tell(checked: &Checked, as_json: bool, settings: &Settings) {
    let counts = &checked.summary.counts;
    if as_json {
        let value = json!({"holds": true, "contest": checked.summary.contest, "log_size": checked.log_size,
            "counts": counts, "findings": []});
        show::out(&value.to_string());
        return;
    }
    let (votes, people, battles) =
        (counts.voted.to_string(), counts.voters.to_string(), counts.battles.to_string());
    let (withdrawn, size) = (counts.withdrawn.to_string(), checked.log_size.to_string());
    let words = [
        ("votes", votes.as_str()),
        ("voters", &people),
        ("battles", &battles),
        ("withdrawn", &withdrawn),
        ("size", &size),
    ];
    show::out(&show::say(settings, "contest-check-holds", &words));
}

fn accuse(findings: &[Finding], as_json: bool, settings: &Settings) {
    if as_json {
        let rows: Vec<_> = findings
            .iter()
            .map(|finding| json!({"file": finding.file, "place": finding.place, "code": finding.problem.code()}))
            .collect();
        show::out(&json!({"holds": false, "findings": rows}).to_string());
        return;
    }
    let count = findings.len().to_string();
    show::line(&format!("× {}", show::say(settings, "contest-check-fails", &[("count", &count)])));
    for finding in findings {
        let place = finding.place.map(|place| format!(":{place}")).unwrap_or_default();
        let code = finding.problem.code();
        let id = format!("contest-{}", code.replace("::", "-").replace('_', "-"));
        show::line(&show::plain(&format!(
            "  {}{place}: {} ({code})",
            finding.file,
            show::say(settings, &id, &[])
        )));
    }
}
