//! The conventions that no compiler knows. Each rule is a function from the tree of files to findings.

mod errors;
mod layout;
mod seeds;
mod sources;
mod text;
mod tree;

use crate::failure::Failure;
use crate::process::{self, command};
use crate::settings::Settings;
use std::fmt;
pub(crate) use tree::Tree;

/// One place that breaks a convention.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// The file, relative to the repository.
    pub(crate) file: String,
    /// The line, from 1; 0 where the file as a whole is meant.
    pub(crate) line: usize,
    /// What is wrong, and what would be right.
    pub(crate) message: String,
}

impl Finding {
    fn new(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

/// Checks the repository; fails with the number of findings, each printed with its place.
pub(crate) fn run(settings: &Settings) -> Result<(), Failure> {
    let tree = Tree::read(settings)?;
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let metadata = process::capture(&mut command(settings, "cargo", &arguments))?;
    let metadata: layout::Metadata = serde_json::from_str(&metadata)
        .map_err(|error| Failure::Environment(format!("`cargo metadata` printed something else: {error}")))?;
    let findings = check(&tree, &metadata, &settings.root.to_string_lossy());
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("tidy: {} files, nothing to say", tree.len());
        return Ok(());
    }
    Err(Failure::No(format!("tidy: {} findings", findings.len())))
}

fn check(tree: &Tree, metadata: &layout::Metadata, root: &str) -> Vec<Finding> {
    let mut findings = layout::check(tree, metadata, root);
    findings.extend(sources::check(tree));
    findings.extend(errors::check(tree));
    findings.extend(seeds::check(tree));
    findings.extend(text::check(tree));
    findings.sort();
    findings
}
