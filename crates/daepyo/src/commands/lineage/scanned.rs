//! `daepyo lineage scan`: what the models of a registry were made from.

use super::registry::{RegistryProblem, in_order, read, written};
use super::{failed, hub, options};
use crate::args::LineageScan;
use crate::settings::Settings;
use crate::show;
use daepyo_hub::HubError;
use daepyo_lineage::{Entry, Reason, Scan, Scanned, Status, tree};
use std::path::Path;

/// The list of a hub's models, as it lies beside what a scan found.
const LIST: &str = "registry.jsonl";

/// Ends with 0 where all claims were looked at, whatever they are; with 2 where the registry is broken, with 3 where it or
/// the hub cannot be read.
pub(super) async fn scan(arguments: &LineageScan, settings: &Settings) -> u8 {
    let entries = match gathered(arguments, settings).await {
        Ok(entries) => entries,
        Err(code) => return code,
    };
    if arguments.declared_only {
        return only_list(&entries, arguments, settings);
    }
    for (candidate, model) in &arguments.candidate {
        if !entries.iter().any(|entry| entry.id == *model) {
            let text = say(settings, "no-such-model", &[("candidate", candidate), ("model", model)]);
            show::line(&show::plain(&format!("× {text}")));
            return 2;
        }
    }
    let total = entries.len().to_string();
    let note = |behind: usize, id: &str| {
        let number = (behind + 1).to_string();
        show::line(&show::plain(&say(
            settings,
            "progress",
            &[("number", &number), ("total", &total), ("model", id)],
        )));
    };
    let found = match daepyo_lineage::scan(&entries, &options(&arguments.choices), &note) {
        Ok(found) => found,
        Err(error) => return failed(&error, settings),
    };
    if let Some(out) = &arguments.out
        && let Err(error) = write(out, &entries, &found, arguments, settings)
    {
        return unwritten(out, &error, settings);
    }
    if arguments.json {
        show::out(&serde_json::to_string_pretty(&found).unwrap_or_default());
    } else {
        tell(&found, settings);
    }
    0
}

async fn gathered(arguments: &LineageScan, settings: &Settings) -> Result<Vec<Entry>, u8> {
    let entries = match hub::query(&arguments.registry) {
        None => read(&arguments.registry),
        Some(query) => {
            let query = query.map_err(|error| unavailable(&error, settings))?;
            let entries = Box::pin(hub::entries(&query, arguments, settings)).await;
            in_order(entries.map_err(|error| unavailable(&error, settings))?)
        }
    };
    entries.map_err(|problem| wrong(&problem, &arguments.registry, settings))
}

fn unavailable(error: &HubError, settings: &Settings) -> u8 {
    show::error_with_help(error, settings);
    if matches!(error, HubError::Name(_)) { 2 } else { 3 }
}

fn only_list(entries: &[Entry], arguments: &LineageScan, settings: &Settings) -> u8 {
    let list = written(entries);
    let Some(out) = &arguments.out else {
        show::out(list.trim_end());
        return 0;
    };
    let path = out.join(LIST);
    if let Err(error) = std::fs::create_dir_all(out).and_then(|()| std::fs::write(&path, list)) {
        return unwritten(&path, &error, settings);
    }
    let (path, count) = (path.display().to_string(), entries.len().to_string());
    show::out(&show::plain(&say(settings, "listed", &[("path", &path), ("count", &count)])));
    0
}

fn unwritten(path: &Path, error: &std::io::Error, settings: &Settings) -> u8 {
    show::line(&show::plain(&format!("× {}", path.display())));
    show::error(error, settings);
    3
}

fn say(settings: &Settings, id: &str, arguments: &[(&str, &str)]) -> String {
    show::say(settings, &format!("lineage-scan-{id}"), arguments)
}

fn wrong(problem: &RegistryProblem, registry: &Path, settings: &Settings) -> u8 {
    let place = registry.display().to_string();
    let (text, code) = match problem {
        RegistryProblem::Io(path, error) => {
            show::line(&show::plain(&format!("× {}", path.display())));
            show::error(error, settings);
            return 3;
        }
        RegistryProblem::Line(line, detail) => (
            say(settings, "bad-line", &[("file", &place), ("line", &line.to_string()), ("detail", detail)]),
            2,
        ),
        RegistryProblem::Twice(id) => (say(settings, "twice", &[("file", &place), ("model", id)]), 2),
        RegistryProblem::Empty => (say(settings, "empty", &[("file", &place)]), 2),
    };
    show::line(&show::plain(&format!("× {text}")));
    code
}

fn tell(found: &Scan, settings: &Settings) {
    for model in &found.models {
        let reason = say(settings, reason(model.reason), &[]);
        let status = say(settings, status(model.status), &[]);
        let parents: Vec<&str> = model.parents.iter().map(|parent| parent.id.as_str()).collect();
        let relation = model.found.or(model.declared);
        let relation = relation.map(|relation| say(settings, &format!("relation-{}", relation.name()), &[]));
        let mut line = if parents.is_empty() {
            say(settings, "root", &[("model", &model.id)])
        } else {
            let relation = relation.unwrap_or_else(|| say(settings, "relation-unknown", &[]));
            let parents = parents.join(" + ");
            let named = [
                ("model", model.id.as_str()),
                ("parents", parents.as_str()),
                ("relation", relation.as_str()),
                ("status", status.as_str()),
                ("reason", reason.as_str()),
            ];
            say(settings, "model", &named)
        };
        line.push_str(&details(model, settings));
        show::out(&show::plain(&line.replace('\n', " ")));
    }
    show::out("");
    for count in &found.counts {
        let relation = say(settings, &format!("relation-{}", count.relation.name()), &[]);
        let figures = [
            ("parent", count.parent.clone()),
            ("relation", relation),
            ("declared", count.declared.to_string()),
            ("verified", count.verified.to_string()),
            ("distinct", count.distinct.to_string()),
            ("rejected", count.rejected.to_string()),
            ("untestable", count.untestable.to_string()),
        ];
        let line = say(settings, "count", &figures.each_ref().map(|(name, value)| (*name, value.as_str())));
        show::out(&show::plain(&line.replace('\n', " ")));
    }
}

/// What the weights say beside the relation: size of the difference, rank, coefficients.
fn details(model: &Scanned, settings: &Settings) -> String {
    let mut parts = Vec::new();
    if let Some(difference) = model.difference.as_ref().filter(|difference| difference.compared > 0) {
        parts.push(say(settings, "difference", &[("relative", &format!("{:.4}", difference.relative))]));
        if let Some(rank) = difference.rank {
            parts.push(say(settings, "rank", &[("rank", &rank.to_string())]));
        }
    }
    if let Some(merge) = &model.merge {
        let coefficients: Vec<String> =
            merge.coefficients.iter().map(|value| format!("{value:.3}")).collect();
        let residual = format!("{:.3}", merge.residual);
        parts.push(say(
            settings,
            "merge",
            &[("coefficients", &coefficients.join(" + ")), ("residual", &residual)],
        ));
    }
    if let Some(adapter) = &model.adapter {
        parts.push(say(settings, "rank", &[("rank", &adapter.rank.to_string())]));
    }
    if model.status == Status::Root
        && let Some(absence) = model.listed.absent
    {
        parts.push(say(settings, reason(absence.reason()), &[]));
    }
    if let Some(other) = &model.listed.same_as {
        parts.push(say(settings, "same-as", &[("model", other)]));
    }
    parts.extend(model.problem.clone());
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join("; ")) }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Root => "status-root",
        Status::Verified => "status-verified",
        Status::Rejected => "status-rejected",
        Status::Untestable => "status-untestable",
    }
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NoParent => "reason-no-parent",
        Reason::Shown => "reason-shown",
        Reason::Copy => "reason-copy",
        Reason::CopyOfAnother => "reason-copy-of-another",
        Reason::NoOp => "reason-no-op",
        Reason::NoEvidence => "reason-no-evidence",
        Reason::NoParentWeights => "reason-no-parent-weights",
        Reason::NoWeights => "reason-no-weights",
        Reason::Gated => "reason-gated",
        Reason::TooLarge => "reason-too-large",
        Reason::TooMany => "reason-too-many",
        Reason::NoFiles => "reason-no-files",
        Reason::NotFetched => "reason-not-fetched",
        Reason::Unreadable => "reason-unreadable",
        Reason::NotTestable => "reason-not-testable",
        Reason::Distilled => "reason-distilled",
        Reason::Fits => "reason-fits",
        Reason::DoesNotFit => "reason-does-not-fit",
    }
}

fn write(
    out: &Path,
    entries: &[Entry],
    found: &Scan,
    arguments: &LineageScan,
    settings: &Settings,
) -> std::io::Result<()> {
    std::fs::create_dir_all(out)?;
    if hub::query(&arguments.registry).is_some() {
        std::fs::write(out.join(LIST), written(entries))?;
    }
    let mut json = serde_json::to_string_pretty(found).unwrap_or_default();
    json.push('\n');
    std::fs::write(out.join("scan.json"), json)?;
    std::fs::write(out.join("tree.svg"), tree(found, &|id| say(settings, id, &[])))?;
    if !arguments.candidate.is_empty() {
        std::fs::write(out.join("derivatives.csv"), rows(found, &arguments.candidate))?;
    }
    Ok(())
}

/// The rows that a programme's criterion of derivatives reads.
fn rows(found: &Scan, candidates: &[(String, String)]) -> String {
    let mut rows = String::from("candidate,owner,name,relation,payload,status\n");
    for model in &found.models {
        let Some(relation) = model.found.or(model.declared) else { continue };
        let status = match model.status {
            Status::Root => continue,
            Status::Verified => "verified",
            Status::Rejected => "rejected",
            Status::Untestable => "untestable",
        };
        for (candidate, own) in candidates {
            if model.parents.iter().any(|parent| parent.id == *own) {
                let payload =
                    model.payload.as_ref().map(|digest| format!("sha256:{digest}")).unwrap_or_default();
                let cells = [candidate, &model.owner, &model.id, relation.name(), &payload, status];
                rows.push_str(&cells.map(cell).join(","));
                rows.push('\n');
            }
        }
    }
    rows
}

/// Names of strangers: quoted, and never a formula to a spreadsheet.
fn cell(text: &str) -> String {
    let first = text.chars().next();
    let text =
        if first.is_some_and(|c| "=+-@\t\r".contains(c)) { format!("'{text}") } else { text.to_owned() };
    let plain = |c: char| c.is_alphanumeric() || " ._-:/@'".contains(c);
    if text.chars().all(plain) { text } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}
