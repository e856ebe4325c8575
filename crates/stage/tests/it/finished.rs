//! A finished stage of the fixture programme, and folders made from it.

use daepyo_backend::{Backend, BackendError, ReplayBackend};
use daepyo_core::{Budget, ModelSpec, Submission};
use daepyo_evidence::{Log, LogReader, SigningKey};
use daepyo_stage::{Earlier, Finding, Folder, Outside, ProgrammeFile, Record, Silent, StageError};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) struct Finished {
    work: tempfile::TempDir,
}

impl Finished {
    /// A folder that nothing was run into yet.
    pub(crate) fn empty() -> Self {
        Self { work: tempfile::tempdir().unwrap() }
    }

    /// Runs the first stage of the fixture with its recorded answers.
    pub(crate) fn new() -> Self {
        let fixture = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../fixtures/line");
        let file = ProgrammeFile::read(&fixture.join("programme.toml")).unwrap();
        let finished = Self::empty();
        run(&file, &finished.folder()).unwrap();
        finished
    }

    pub(crate) fn folder(&self) -> Folder {
        Folder::at(&self.path(""))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.work.path().join("out").join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// Every published file, the log's among them, by path.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut files = self.folder().published().unwrap();
        files.push("manifest.json".to_owned());
        below(&self.path("log"), "log/", &mut files);
        files.sort();
        files
    }

    /// What verification finds; nothing where it passes.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        daepyo_stage::verify(&self.folder(), None, None).err().unwrap_or_default()
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        let log = LogReader::open(&self.path("log")).unwrap();
        log.entries(0..log.len()).map(|entry| Record::parse(&entry.unwrap()).unwrap()).collect()
    }

    /// Writes the log anew with these entries, in the batches that daepyo writes, signed by a key of our own.
    pub(crate) fn sign_again(&self, records: &[Record], key: SigningKey) {
        fs::remove_dir_all(self.path("log")).unwrap();
        let mut log = Log::create(&self.path("log"), key).unwrap();
        let measured = records.iter().filter(|record| matches!(record, Record::Measured(_))).count();
        let mut rest: Vec<_> = records.iter().map(|record| record.to_bytes().unwrap()).collect();
        for size in [1, measured, rest.len().saturating_sub(measured + 3), 1, 1] {
            let batch: Vec<_> = rest.drain(..size).collect();
            log.append(&batch).unwrap();
        }
    }

    /// Brings the manifest to what the files are now; the log's last two entries with it.
    pub(crate) fn forge(&self, mut records: Vec<Record>, key: SigningKey) {
        use daepyo_core::{Digest, canonical};
        let mut manifest: daepyo_stage::Manifest =
            serde_json::from_slice(&self.read("manifest.json")).unwrap();
        let files: BTreeMap<_, _> =
            manifest.files.keys().map(|name| (name.clone(), Digest::of(&self.read(name)))).collect();
        manifest.files = files;
        let bytes = canonical::to_bytes(&manifest).unwrap();
        self.write("manifest.json", &bytes);
        for record in &mut records {
            match record {
                Record::Rules(rules) => rules.digest = Digest::of(&self.read("rules.json")),
                Record::Verdict(file) => file.digest = Digest::of(&self.read("verdict.json")),
                Record::Manifest(file) => file.digest = Digest::of(&bytes),
                Record::Measured(_) | Record::Observation(_) => {}
            }
        }
        self.sign_again(&records, key);
    }
}

/// Runs the first stage of a programme with recorded answers.
pub(crate) fn run(file: &ProgrammeFile, folder: &Folder) -> Result<(), StageError> {
    run_stage(file, "first", folder)
}

/// Runs a stage of a programme with recorded answers.
pub(crate) fn run_stage(file: &ProgrammeFile, stage: &str, folder: &Folder) -> Result<(), StageError> {
    let (_sender, stop) = tokio::sync::watch::channel(false);
    let outside = Outside {
        open: &open,
        key: key(7),
        progress: &Silent,
        stop,
        conclude: false,
        budget: Budget::default(),
        earlier: Earlier::default(),
    };
    let run = daepyo_stage::run(file, stage, folder, outside);
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(run).map(|_| ())
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed("line.example", &[seed; 32]).unwrap()
}

pub(crate) fn open(submission: &Submission, base: &Path) -> Result<Arc<dyn Backend>, BackendError> {
    let ModelSpec::Replay { file } = &submission.model else {
        return Err(BackendError::Setting("only recorded answers here".to_owned()));
    };
    Ok(Arc::new(ReplayBackend::open(&base.join(file))?))
}

fn below(folder: &Path, prefix: &str, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            below(&entry.path(), &format!("{path}/"), files);
        } else {
            files.push(path);
        }
    }
}
