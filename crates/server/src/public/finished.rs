//! A finished stage's folder, verified: its rules, verdict, log and the files that its manifest names.

use daepyo_core::{Date, Digest, Stage, Verdict};
use daepyo_evidence::{LogReader, SignedCheckpoint, VerifierKey};
use daepyo_stage::{Finding, Folder, Manifest, Sealed, Verification};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A folder of which everything is as it was signed.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) sealed: Sealed,
    /// Of `rules.json`.
    pub(crate) rules: Digest,
    /// `programme.toml` as it was written.
    pub(crate) text: String,
    pub(crate) verification: Verification,
    pub(crate) key: VerifierKey,
    /// The newest checkpoint as it lies in the log.
    pub(crate) checkpoint: Vec<u8>,
    pub(crate) log: LogReader,
    /// The files of the manifest and the manifest itself, by path; and those of hidden suites that lie here and are what
    /// was sealed, each with its day.
    files: BTreeMap<String, Kept>,
    /// The files of the log, by path below it.
    pub(crate) log_files: BTreeMap<String, Kept>,
    /// The policy under which the report is shown: its own style, and nothing else.
    pub(crate) report_policy: Option<String>,
}

/// A file as it was when it was verified.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) digest: Digest,
    modified: Option<SystemTime>,
    /// The day from which on it may be handed out, where it belongs to a hidden suite.
    from: Option<Date>,
}

impl Kept {
    /// The file as it is now; its digest takes reading all of it.
    pub(crate) fn of(path: &Path) -> std::io::Result<Self> {
        let file = fs::File::open(path)?;
        let metadata = file.metadata()?;
        let (bytes, modified) = (metadata.len(), metadata.modified().ok());
        Ok(Self { path: path.to_owned(), bytes, digest: Digest::of_reader(file)?, modified, from: None })
    }

    /// Whether a file with these properties can be the one that was verified.
    pub(crate) fn is(&self, metadata: &fs::Metadata) -> bool {
        metadata.is_file() && metadata.len() == self.bytes && metadata.modified().ok() == self.modified
    }
}

impl Finished {
    /// Verifies the folder, or tells what is not as it was signed.
    pub(crate) fn verify(folder: &Folder) -> Result<Self, Vec<Finding>> {
        // Taken before the check: a file that changes in between is then never handed out.
        let (files, log_files) = (snapshot(folder.path(), false), snapshot(&folder.log(), true));
        let verification = daepyo_stage::verify(folder, None, None)?;
        let unusable = |file: &str, message: String| {
            vec![Finding { file: file.to_owned(), code: "verify::unusable".to_owned(), message }]
        };
        let read =
            |path: &Path, name: &str| fs::read(path).map_err(|error| unusable(name, error.to_string()));
        let rules = read(&folder.rules(), "rules.json")?;
        let sealed: Sealed =
            serde_json::from_slice(&rules).map_err(|error| unusable("rules.json", error.to_string()))?;
        let manifest: Manifest = serde_json::from_slice(&read(&folder.manifest(), "manifest.json")?)
            .map_err(|error| unusable("manifest.json", error.to_string()))?;
        let rules = Digest::of(&rules);
        if rules != verification.verdict.rules || manifest.files.get("rules.json") != Some(&rules) {
            return Err(unusable("rules.json", "it changed while it was read".to_owned()));
        }
        let key = VerifierKey::parse(&verification.key)
            .map_err(|error| unusable("log/key.pub", error.to_string()))?;
        let checkpoint = read(&folder.log().join("checkpoint"), "log/checkpoint")?;
        let log = LogReader::open(&folder.log()).map_err(|error| unusable("log", error.to_string()))?;
        let head = SignedCheckpoint::parse(&checkpoint, &key)
            .map_err(|error| unusable("log/checkpoint", error.to_string()))?;
        if head.size() != verification.entries || head.root().to_string() != verification.root {
            return Err(unusable("log/checkpoint", "it changed while it was read".to_owned()));
        }
        let text = read(&folder.programme(), "programme.toml")?;
        let report = files.get("report.html").and_then(|kept| fs::read_to_string(&kept.path).ok());
        let report_policy = report.as_deref().and_then(policy);
        let files = covered(files, &manifest, &sealed);
        let text = String::from_utf8_lossy(&text).into_owned();
        Ok(Self { sealed, rules, text, verification, key, checkpoint, log, files, log_files, report_policy })
    }

    /// The files that may be handed out on a day, by path.
    pub(crate) fn files(&self, today: Date) -> impl Iterator<Item = (&String, &Kept)> {
        self.files.iter().filter(move |(_, kept)| kept.from.is_none_or(|day| day <= today))
    }

    /// A file by its path, where it may be handed out on this day.
    pub(crate) fn file(&self, path: &str, today: Date) -> Option<&Kept> {
        self.files.get(path).filter(|kept| kept.from.is_none_or(|day| day <= today))
    }

    /// The stage, as its rules have it.
    pub(crate) fn stage(&self) -> Option<&Stage> {
        self.sealed.programme.stage(&self.sealed.stage)
    }

    /// The verdict, recomputed.
    pub(crate) fn verdict(&self) -> &Verdict {
        &self.verification.verdict
    }
}

/// Every file below a folder by its path with `/`. Links and what begins with a dot are left out.
fn snapshot(root: &Path, is_log: bool) -> BTreeMap<String, Kept> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            if name.starts_with('.') || (!is_log && prefix.is_empty() && name == "log") {
                continue;
            }
            let path = format!("{prefix}{name}");
            if kind.is_dir() {
                folders.push((entry.path(), format!("{path}/")));
            } else if kind.is_file()
                && let Ok(kept) = Kept::of(&entry.path())
            {
                found.insert(path, kept);
            }
        }
    }
    found
}

/// The files that are covered: by the manifest, or as documents of a hidden suite by the rules, from their day on. What
/// nothing covers is not handed out, whatever lies in the folder.
fn covered(files: BTreeMap<String, Kept>, manifest: &Manifest, sealed: &Sealed) -> BTreeMap<String, Kept> {
    let reveal = |path: &str| {
        let id = path.strip_prefix("suites/")?.split('/').next()?;
        sealed.programme.suites.iter().find(|suite| suite.id.as_str() == id)?.reveal
    };
    let keep = |(path, mut kept): (String, Kept)| {
        if path != "manifest.json" && manifest.files.get(&path) != Some(&kept.digest) {
            if sealed.files.get(&path) != Some(&kept.digest) {
                return None;
            }
            kept.from = Some(reveal(&path)?);
        }
        Some((path, kept))
    };
    files.into_iter().filter_map(keep).collect()
}

/// The policy for a report: its own style sheet by digest, no script, nothing loaded.
fn policy(report: &str) -> Option<String> {
    use base64::Engine as _;
    let style = report.split_once("<style>")?.1.split_once("</style>")?.0;
    let digest = base64::prelude::BASE64_STANDARD.encode(Digest::of(style.as_bytes()).as_bytes());
    Some(format!(
        "default-src 'none'; style-src 'sha256-{digest}'; script-src 'none'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    ))
}
