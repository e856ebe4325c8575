//! The demo: a whole stage on this machine, from `examples/demo/programme.toml` to a verdict that anyone can check.

use crate::failure::Failure;
use crate::process::{self, command};
use crate::settings::Settings;
use crate::setup::{self, Models, digest};
use crate::variants;
use daepyo_core::Digest;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What stands in front of the line that verifies the demo's verdict.
pub(crate) const VERIFY: &str = "verify: ";

const PROGRAMME: &str = "examples/demo/programme.toml";

/// What the demo itself reads of its programme.
#[derive(Deserialize)]
struct Programme {
    candidates: Vec<Submission>,
    references: Vec<Submission>,
    stages: Vec<Stage>,
}

#[derive(Deserialize)]
struct Submission {
    model: String,
    digest: Digest,
}

#[derive(Deserialize)]
struct Stage {
    id: String,
}

/// What the demo came to.
pub(crate) struct Outcome {
    /// The decision in one sentence, or why there is none.
    pub(crate) sentence: String,
    /// Whether the stage was decided.
    pub(crate) is_decided: bool,
    /// Time to measure and decide, after set-up and build, in seconds.
    pub(crate) taken_s: u64,
}

/// Runs the demo; fails where the stage was not decided.
pub(crate) fn run(settings: &Settings) -> Result<(), Failure> {
    let outcome = play(settings)?;
    if outcome.is_decided { Ok(()) } else { Err(Failure::No("the stage ended without a decision".into())) }
}

/// Sets up, builds daepyo, runs the stage, verifies it, and says where the report is.
///
/// Fails where the stage could not be run, or its published folder does not verify.
pub(crate) fn play(settings: &Settings) -> Result<Outcome, Failure> {
    let models = setup::run(settings)?;
    let programme = read(&settings.root.join(PROGRAMME))?;
    provide_models(settings, &models, &programme)?;
    eprintln!("building daepyo; the first time, with llama.cpp, this takes some minutes");
    process::run(&mut command(settings, "cargo", &["build", "--quiet", "-p", "daepyo"]))?;
    let daepyo = settings.target.join("debug/daepyo");
    let out = settings.cache.join("demo-out");
    if out.exists() {
        fs::remove_dir_all(&out).map_err(Failure::io("empty", &out))?;
    }
    let stage = programme.stages.first().map(|stage| stage.id.as_str());
    let stage = stage.ok_or_else(|| Failure::BadInput(format!("{PROGRAMME} has no stage")))?;

    let start = Instant::now();
    let daepyo = daepyo.to_string_lossy().into_owned();
    let shown_out = out.to_string_lossy().into_owned();
    let mut run = command(settings, &daepyo, &["run", PROGRAMME, "--stage", stage, "--out", &shown_out]);
    let (status, sentence) = process::stdout(&mut run)?;
    let taken_s = start.elapsed().as_secs();
    // 1: measured and signed, but without a decision. That can be read and verified too.
    if status.code() != Some(1) {
        process::succeeded(&run, status)?;
    }
    // The weights lie here, so their comparison is made again too.
    let weights = settings.root.join(PROGRAMME).parent().map(Path::to_owned).unwrap_or_default();
    let weights = weights.to_string_lossy().into_owned();
    process::run(&mut command(settings, &daepyo, &["verify", &shown_out, "--weights", &weights]))?;
    println!("{sentence}");
    println!("measured and decided in {} min {} s", taken_s / 60, taken_s % 60);
    println!("report: {}", out.join("report.html").display());
    println!("{VERIFY}{} verify {} --weights {}", quoted(&daepyo), quoted(&shown_out), quoted(&weights));
    Ok(Outcome { sentence: sentence.trim().to_owned(), is_decided: status.success(), taken_s })
}

fn read(path: &Path) -> Result<Programme, Failure> {
    let text = fs::read_to_string(path).map_err(Failure::io("read", path))?;
    toml::from_str(&text).map_err(|error| Failure::BadInput(format!("{}: {error}", path.display())))
}

/// Puts the models that the programme names into `examples/demo/models`, as links into the cache.
fn provide_models(settings: &Settings, models: &Models, programme: &Programme) -> Result<(), Failure> {
    let folder = settings.root.join("examples/demo/models");
    fs::create_dir_all(&folder).map_err(Failure::io("make", &folder))?;
    let wanted = digests(programme);
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::from([
        ("gemma-3-270m.gguf".to_owned(), models.gemma.clone()),
        ("smollm2-135m.gguf".to_owned(), models.smollm2.clone()),
    ]);
    for variant in variants::demo_variants() {
        let name = format!("{}.gguf", variant.name);
        let path = settings.models().join(&name);
        let is_there = path.is_file() && wanted.get(name.as_str()) == Some(&digest(&path)?);
        if !is_there {
            eprintln!("making {name} from {}", variant.source);
            let source = settings.models();
            variants::make_variants(&source, &source, std::slice::from_ref(&variant))
                .map_err(Failure::io("write", &path))?;
        }
        files.insert(name, path);
    }
    for (name, wanted) in &wanted {
        let path = files.get(*name).ok_or_else(|| {
            Failure::BadInput(format!("{PROGRAMME} names models/{name}, which nothing here makes"))
        })?;
        let found = digest(path)?;
        if found != *wanted {
            return Err(Failure::BadInput(format!(
                "{PROGRAMME} gives models/{name} the digest {wanted}; it is {found}"
            )));
        }
        link(path, &folder.join(name))?;
    }
    Ok(())
}

/// The digest of each local model of the programme, by file name.
fn digests(programme: &Programme) -> BTreeMap<&str, Digest> {
    let submissions = programme.candidates.iter().chain(&programme.references);
    submissions
        .filter_map(|submission| {
            let name = submission.model.strip_prefix("llama:models/")?;
            Some((name, submission.digest))
        })
        .collect()
}

fn link(from: &Path, to: &Path) -> Result<(), Failure> {
    if fs::read_link(to).is_ok_and(|found| found == from) {
        return Ok(());
    }
    if fs::symlink_metadata(to).is_ok() {
        fs::remove_file(to).map_err(Failure::io("replace", to))?;
    }
    std::os::unix::fs::symlink(from, to).map_err(Failure::io("link", to))
}

/// A word of a shell line.
fn quoted(word: &str) -> String {
    let is_plain = word.chars().all(|next| next.is_ascii_alphanumeric() || "/._-+".contains(next));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    #[test]
    fn the_programme_of_the_demo_names_only_models_that_are_made() {
        let programme = read(&Settings::of_checkout().root.join(PROGRAMME)).unwrap();
        let variants = variants::demo_variants();
        let mut made: Vec<String> = variants.iter().map(|variant| format!("{}.gguf", variant.name)).collect();
        made.extend(["gemma-3-270m.gguf".to_owned(), "smollm2-135m.gguf".to_owned()]);
        made.sort();
        assert_eq!(digests(&programme).keys().copied().collect::<Vec<_>>(), made);
    }

    #[test]
    fn a_word_with_a_space_is_quoted() {
        assert_eq!(quoted("/a/b-c.d"), "/a/b-c.d");
        assert_eq!(quoted("/a b/it's"), r"'/a b/it'\''s'");
    }

    #[test]
    fn a_link_is_replaced_where_it_leads_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two, to) = (folder.path().join("1"), folder.path().join("2"), folder.path().join("to"));
        link(&one, &to).unwrap();
        link(&two, &to).unwrap();
        link(&two, &to).unwrap();
        assert_eq!(fs::read_link(&to).unwrap(), two);
    }
}
