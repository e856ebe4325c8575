//! `daepyo contest`: a receipt, or everything that a closed contest published, checked offline.

use crate::args::{Contest, ContestCheck, ContestCommand, ContestReceipt};
use crate::commands::verify::read_key;
use crate::settings::Settings;
use crate::show;
use daepyo_contest::{Checked, Finding, Receipt, ReceiptError, check_closed};
use daepyo_evidence::Checkpoint;
use daepyo_report::words;
use daepyo_server::moment_in_korea;
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
            refuse(&error, arguments.json, settings);
            return 2;
        }
    };
    match receipt.check(&key) {
        Ok(checkpoint) => {
            confirm(&receipt, &checkpoint, arguments.json, settings);
            0
        }
        Err(error) => {
            refuse(&error, arguments.json, settings);
            4
        }
    }
}

/// Says where the log has the vote, and whether it was withdrawn.
fn confirm(receipt: &Receipt, checkpoint: &Checkpoint, as_json: bool, settings: &Settings) {
    let index = receipt.logged.as_ref().map(|logged| logged.index);
    let withdrawal = receipt.withdrawal.as_ref().map(|withdrawal| withdrawal.index);
    if as_json {
        let value = json!({"holds": true, "code": null, "contest": receipt.ballot.contest,
            "commitment": receipt.commitment, "choice": receipt.ballot.choice, "index": index,
            "log_size": checkpoint.size(), "counts": !receipt.is_withdrawn(),
            "withdrawn_ms": receipt.withdrawn_ms, "withdrawal_index": withdrawal});
        show::out(&value.to_string());
        return;
    }
    let choice = show::say(settings, words::choice(receipt.ballot.choice), &[]);
    let (index, size) = (index.unwrap_or_default().to_string(), checkpoint.size().to_string());
    let words = [("choice", choice.as_str()), ("index", &index), ("size", &size)];
    show::out(&show::say(settings, "contest-receipt-holds", &words));
    let Some(withdrawn_ms) = receipt.withdrawn_ms else { return };
    let time = moment_in_korea(withdrawn_ms);
    let said = if let Some(index) = withdrawal {
        let index = index.to_string();
        show::say(settings, "contest-receipt-withdrawn", &[("time", &time), ("index", &index)])
    } else {
        show::say(settings, "contest-receipt-withdrawn-unproven", &[("time", &time)])
    };
    show::out(&said);
}

/// Says why a receipt does not hold.
fn refuse(error: &ReceiptError, as_json: bool, settings: &Settings) {
    let code = error.code();
    if as_json {
        show::out(&json!({"holds": false, "code": code}).to_string());
        return;
    }
    let why = match error {
        ReceiptError::Malformed => "contest-receipt-malformed",
        ReceiptError::OtherVote => "contest-receipt-other-vote",
        ReceiptError::NotLogged => "contest-receipt-not-logged",
        ReceiptError::Proof(_) => "contest-receipt-proof",
        ReceiptError::Parts => "contest-receipt-parts",
    };
    let why = show::say(settings, why, &[]);
    let said = show::say(settings, "contest-receipt-fails", &[("why", &why), ("code", code)]);
    show::line(&format!("× {said}"));
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
