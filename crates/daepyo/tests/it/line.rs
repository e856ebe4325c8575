//! A copy of the fixture programme in a folder of its own, and the program run on it.

use crate::servers::Servers;
use daepyo_evidence::SigningKey;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Everyone who is measured in the first stage, in the order in which it happens.
pub(crate) const MEASURED: [&str; 4] = ["garam", "narae", "dasom", "mundi"];

pub(crate) struct Line {
    folder: tempfile::TempDir,
}

impl Line {
    /// The programme with recorded answers, and a key beside it.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&fixture(), folder.path());
        let mut key = SigningKey::from_seed("line.example", &[7; 32]).unwrap();
        key.write_new(&folder.path().join("key")).unwrap();
        Self { folder }
    }

    /// The programme with servers in place of the recorded answers of those that they are named for; `settings` are
    /// further lines for each.
    pub(crate) fn served(servers: &Servers, settings: &str) -> Self {
        let line = Self::new();
        for name in servers.names() {
            let recorded = format!("model = \"replay:replay/{name}.jsonl\"");
            let served = format!("model = \"openai:{}?model={name}\"\n{settings}", servers.url(name));
            line.edit("programme.toml", &recorded, &served);
        }
        line
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces the first place where `old` stands.
    pub(crate) fn edit(&self, name: &str, old: &str, new: &str) {
        let text = self.read(name);
        assert!(text.contains(old), "{name} has no `{old}`");
        fs::write(self.path(name), text.replacen(old, new, 1)).unwrap();
    }

    /// The program, in this folder, with nothing of the test's own environment.
    pub(crate) fn daepyo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daepyo"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        command
    }

    pub(crate) fn stage(&self, stage: &str, out: &str) -> Command {
        self.daepyo(&["run", "programme.toml", "--stage", stage, "--out", out, "--key", "key"])
    }

    /// Runs the first stage to its end.
    pub(crate) fn finish(&self, out: &str) -> Output {
        let output = self.stage("first", out).output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        output
    }

    /// `daepyo verify` passes.
    pub(crate) fn verifies(&self, out: &str) -> Output {
        let output = self.daepyo(&["verify", out]).output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        output
    }

    /// What is published in a folder, by path.
    pub(crate) fn published(&self, out: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        gather(&self.path(out), "", &mut files);
        files
    }
}

/// The folder of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../..")
}

pub(crate) fn fixture() -> PathBuf {
    repository().join("fixtures/line")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("{:?}", output.status))
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Names every file that differs: two whole folders in one message would help nobody.
pub(crate) fn assert_same(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) {
    let names: Vec<_> = found.keys().chain(expected.keys()).collect();
    let differ: Vec<_> = names.into_iter().filter(|name| found.get(*name) != expected.get(*name)).collect();
    assert_eq!(differ, Vec::<&String>::new(), "files that differ");
}

fn gather(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if path == ".work" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            gather(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(path, fs::read(entry.path()).unwrap());
        }
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
