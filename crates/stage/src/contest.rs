//! The files of contests, prompts and recorded answers: sealed with the rules, as suites' files are.

pub(crate) mod closed;

use crate::StageError;
use crate::folder;
use crate::verify::Finding;
use daepyo_core::{CriterionId, CriterionRule, Digest, Programme, Stage};
use daepyo_spec::{RowProblem, read_answers, read_prompts};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const PROMPTS: &str = "prompts.csv";
const ANSWERS: &str = "answers.jsonl";

/// A file of a contest.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ContestFile {
    /// Its path in the stage's folder.
    pub(crate) path: String,
    /// Where it lies beside the programme file.
    pub(crate) source: PathBuf,
    pub(crate) digest: Digest,
}

/// The files of a stage's contests, in the order of its criteria.
///
/// What they hold was checked when the programme file was read; the digest says that it is still that.
pub(crate) fn files(stage: &Stage, base: &Path) -> Result<Vec<ContestFile>, StageError> {
    let mut found = Vec::new();
    for criterion in &stage.criteria {
        let Some(contest) = criterion.rule.contest() else { continue };
        let answers = contest.answers.as_deref().map(|answers| (ANSWERS, answers));
        for (name, written) in std::iter::once((PROMPTS, contest.prompts.as_str())).chain(answers) {
            let source = base.join(written);
            let digest = Digest::of(&folder::read(&source)?);
            found.push(ContestFile { path: path(&criterion.id, name), source, digest });
        }
    }
    Ok(found)
}

/// Copies the files into the stage's folder; refuses one that changed since it was read.
pub(crate) fn copy(files: &[ContestFile], folder: &Path) -> Result<(), StageError> {
    for file in files {
        let bytes = folder::read(&file.source)?;
        if Digest::of(&bytes) != file.digest {
            let cause = std::io::Error::other("it changed since it was read");
            return Err(StageError::File { what: "seal", path: file.source.clone(), cause });
        }
        folder::write(&folder.join(&file.path), &bytes)?;
    }
    Ok(())
}

/// Whether a path is one of a contest's files, which the manifest must name.
pub(crate) fn is_file(path: &str) -> bool {
    path.starts_with("contests/")
}

/// Where a stage's folder holds a file of a contest: named by what it is, wherever the programme keeps it.
fn path(criterion: &CriterionId, name: &str) -> String {
    format!("contests/{criterion}/{name}")
}

/// What is wrong with the contests' files in a folder: one that was not sealed, or that holds what cannot be used. That
/// those that were sealed are there and unchanged is not asked again.
pub(crate) fn check(
    programme: &Programme,
    stage: &Stage,
    sealed: &BTreeMap<String, Digest>,
    folder: &Path,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for criterion in &stage.criteria {
        let CriterionRule::Votes { versus, contest: Some(contest), .. } = &criterion.rule else { continue };
        let mut read = |name: &str| {
            let path = path(&criterion.id, name);
            if !sealed.contains_key(&path) {
                let message = format!("the rules do not seal `{path}`");
                findings.push(Finding::new("rules.json", "verify::rules", message));
                return None;
            }
            std::fs::read(folder.join(&path)).ok()
        };
        let prompts = read(PROMPTS);
        let answers = contest.answers.as_ref().and_then(|_| read(ANSWERS));
        let prompts = match prompts.map(|bytes| read_prompts(&bytes)) {
            Some(Ok(prompts)) => prompts,
            Some(Err(problems)) => {
                findings.push(unusable(path(&criterion.id, PROMPTS), &problems));
                continue;
            }
            None => continue,
        };
        let contestants: Vec<_> = programme.contestants(versus).cloned().collect();
        if let Some(Err(problems)) = answers.map(|bytes| read_answers(&bytes, &prompts, &contestants)) {
            findings.push(unusable(path(&criterion.id, ANSWERS), &problems));
        }
    }
    findings
}

fn unusable(path: String, problems: &[RowProblem]) -> Finding {
    let line = problems.first().map_or(0, |problem| problem.line);
    Finding::new(path, "verify::unusable", format!("line {line} cannot be used"))
}
