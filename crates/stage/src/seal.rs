//! Rules before scores: the canonical form of the rules and of every file that they measure with.

use crate::StageError;
use crate::contest::{self, ContestFile};
use crate::folder::{self, Folder};
use crate::suites::{self, LoadedSuite};
use daepyo_core::{Digest, Programme, Stage, StageId, canonical};
use daepyo_spec::{Files, Parsed, difference};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A programme file that was read and found valid.
#[derive(Clone, Debug)]
pub struct ProgrammeFile {
    /// Where it is.
    pub path: PathBuf,
    /// The folder that its paths are relative to.
    pub base: PathBuf,
    /// Its text.
    pub text: String,
    /// What it says.
    pub parsed: Parsed,
}

impl ProgrammeFile {
    /// Reads and checks a programme file.
    pub fn read(path: &Path) -> Result<Self, StageError> {
        let bytes = folder::read(path)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let base = path.parent().map(Path::to_owned).filter(|base| !base.as_os_str().is_empty());
        let base = base.unwrap_or_else(|| PathBuf::from("."));
        let files: &dyn Files = &base.as_path();
        match daepyo_spec::parse(&text, files) {
            Ok(parsed) => Ok(Self { path: path.to_owned(), base, text, parsed }),
            Err(problems) => {
                Err(StageError::Programme { path: path.to_owned(), source_text: text, problems })
            }
        }
    }

    /// The stage with this id.
    pub fn stage(&self, id: &str) -> Result<&Stage, StageError> {
        let stages = &self.parsed.programme.stages;
        stages.iter().find(|stage| stage.id.as_str() == id).ok_or_else(|| StageError::UnknownStage {
            stage: id.to_owned(),
            known: stages.iter().map(|stage| stage.id.to_string()).collect::<Vec<_>>().join(", "),
        })
    }
}

/// What is sealed: the rules and the digest of every file of the suites and contests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// Version of this form; 1.
    pub format: u32,
    /// The rules.
    pub programme: Programme,
    /// The stage that is run under them.
    pub stage: StageId,
    /// Digests of the suites' files by `suites/ID/PATH`, and of the contests' by `contests/CRITERION/NAME`.
    pub files: BTreeMap<String, Digest>,
}

impl Sealed {
    /// What [`crate::run`] would seal for a stage, for whoever holds a contest before it is run.
    ///
    /// Reads every file of the suites and contests. Fails where a file or task cannot be read.
    pub fn of_stage(file: &ProgrammeFile, stage_id: &str) -> Result<Self, StageError> {
        let (stage, programme) = (file.stage(stage_id)?, &file.parsed.programme);
        let suites = suites::load(programme, stage, &|suite| file.base.join(&suite.path))?;
        Ok(Self::new(programme, stage, &suites, &contest::files(stage, &file.base)?))
    }

    /// The rules of `stage` with the files of its suites and contests.
    pub(crate) fn new(
        programme: &Programme,
        stage: &Stage,
        suites: &[LoadedSuite],
        contests: &[ContestFile],
    ) -> Self {
        let contests = contests.iter().map(|file| (file.path.clone(), file.digest));
        let files = suites.iter().flat_map(|suite| {
            let id = &suite.suite.id;
            suite.files.iter().map(move |(path, digest)| (format!("suites/{id}/{path}"), *digest))
        });
        Self {
            format: 1,
            programme: programme.clone(),
            stage: stage.id.clone(),
            files: files.chain(contests).collect(),
        }
    }

    /// The canonical bytes, `rules.json`.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StageError> {
        canonical::to_bytes(self).map_err(|cause| StageError::Canonical { what: "the rules", cause })
    }
}

/// Writes the sealed rules and the files of suites and contests into the folder; refuses where other rules are there
/// already.
///
/// Returns the digest of `rules.json`, and the text of the programme file with which it was first sealed: a later one
/// that says the same in other words, or with another comment, changes nothing that is published.
pub(crate) fn seal(
    folder: &Folder,
    file: &ProgrammeFile,
    sealed: &Sealed,
    suites: &[LoadedSuite],
    contests: &[ContestFile],
) -> Result<(Digest, String), StageError> {
    let bytes = sealed.to_bytes()?;
    if let Ok(old) = std::fs::read(folder.rules())
        && old != bytes
    {
        let changes = match (serde_json::from_slice(&old), serde_json::from_slice(&bytes)) {
            (Ok(old), Ok(new)) => difference(&old, &new),
            (Err(_), _) | (_, Err(_)) => Vec::new(),
        };
        return Err(StageError::RulesChanged { stage: sealed.stage.clone(), changes });
    }
    // First of all: a run that ends in the middle goes on under these rules or is refused.
    folder::write(&folder.rules(), &bytes)?;
    if !folder.programme().exists() {
        folder::write(&folder.programme(), file.text.as_bytes())?;
    }
    let text = String::from_utf8_lossy(&folder::read(&folder.programme())?).into_owned();
    for (suite, path, digest) in published(suites) {
        let source = suite.root.join(path);
        let bytes = folder::read(&source)?;
        if Digest::of(&bytes) != digest {
            let cause = std::io::Error::other("it changed since it was read");
            return Err(StageError::File { what: "seal", path: source, cause });
        }
        folder::write(&folder.suite(suite.suite.id.as_str()).join(path), &bytes)?;
    }
    contest::copy(contests, folder.path())?;
    Ok((Digest::of(&bytes), text))
}

/// The suites' files that are published at once. A hidden suite's data is known by digest until its day; the office
/// publishes the files then.
pub(crate) fn published(suites: &[LoadedSuite]) -> impl Iterator<Item = (&LoadedSuite, &str, Digest)> {
    suites.iter().flat_map(|suite| {
        let is_hidden = suite.suite.reveal.is_some();
        let is_task =
            |path: &str| Path::new(path).extension().is_some_and(|end| end == "yaml" || end == "yml");
        let files = suite.files.iter().filter(move |(path, _)| !is_hidden || is_task(path));
        files.map(move |(path, digest)| (suite, path.as_str(), *digest))
    })
}
