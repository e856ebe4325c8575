//! Walks the line again from the published folder alone, and trusts nothing that the writer stored.

use crate::StageError;
use crate::answers::Answers;
use crate::contest;
use crate::earlier::{self, Before};
use crate::folder::{self, Folder};
use crate::line;
use crate::lineage::{self, LineageFinding};
use crate::observe::{self, ScoredSample};
use crate::plan::{self, MeasuredPlan};
use crate::publish::{self, Manifest, Publication};
use crate::record::{MeasuredRecord, Record};
use crate::seal::Sealed;
use crate::suites::{self, LoadedSuite};
use daepyo_core::{Digest, Observation, Stage, StoredExchange, Verdict, canonical};
use daepyo_evidence::{LogReader, VerifierKey};
use daepyo_report::ContestView;
use daepyo_verdict::{Rules, analysis::Analysis};
use std::collections::BTreeSet;
use std::path::{Component, Path};

/// Something that is not as it was signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, relative to the folder.
    pub file: String,
    /// `verify::…` or `evidence::…`.
    pub code: String,
    /// What is wrong.
    pub message: String,
}

impl Finding {
    pub(crate) fn new(file: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self { file: file.into(), code: code.to_owned(), message: message.into() }
    }
}

/// What was recomputed and found the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// Entries of the log.
    pub entries: u64,
    /// Root of the log's tree, in base64.
    pub root: String,
    /// The key that signed it, as text.
    pub key: String,
    /// Whether the key was given from outside; otherwise it is only the folder's own word.
    pub key_was_given: bool,
    /// Files compared with the manifest.
    pub files: u64,
    /// Samples scored again from responses.
    pub rescored: u64,
    /// Suites whose documents are not published yet: their samples could not be scored again.
    pub hidden: Vec<String>,
    /// The verdict, recomputed.
    pub verdict: Verdict,
    /// What it rests on, recomputed.
    pub analysis: Analysis,
    /// The closed contests that votes come from, checked.
    pub contests: Vec<ContestView>,
    /// Comparisons of weights whose published evidence says what the log says and follows from its own figures.
    pub compared: u64,
    /// Of these, comparisons that were made again from weights, with the same evidence to the byte.
    pub compared_again: u64,
    /// Files that are in the folder but that nothing covers.
    pub uncovered: Vec<String>,
    /// Whether this version draws another report from the same evidence, as a newer version may.
    pub report_differs: bool,
}

/// Checks a published folder offline.
///
/// Signatures, tree, every file's digest; then the plan, the scores and the verdict are computed again and compared to
/// the byte. Where `weights` is a folder that holds candidates' and published models' weights, as the programme file names
/// them, their comparisons are made again too. Fails with everything that is not as it was signed, each with the file it
/// lies in.
pub fn verify(
    folder: &Folder,
    key: Option<&VerifierKey>,
    weights: Option<&Path>,
) -> Result<Verification, Vec<Finding>> {
    let verified = check_log(folder, key)?;
    let records = records(folder)?;
    let contents = Contents::of(&records)?;
    let (files, mut uncovered) = check_files(folder, &contents)?;
    let sealed = check_rules(folder)?;
    // The documents of a hidden suite, published after its day, are covered by the rules.
    uncovered.retain(|path| !sealed.files.contains_key(path));
    let message = "a verdict rests on it, but the manifest does not name it";
    let unsigned = uncovered.iter().filter(|path| earlier::is_copy(path) || contest::is_file(path));
    let unsigned: Vec<_> = unsigned.map(|path| Finding::new(path, "verify::changed", message)).collect();
    if !unsigned.is_empty() {
        return Err(unsigned);
    }
    let again = recompute(folder, &contents, &sealed)?;
    check_lm_eval(folder, &again, &publication(folder, &contents, &sealed, &again, "")?)?;
    let compared_again = match weights {
        Some(base) => again.compare_again(&sealed, base)?,
        None => 0,
    };
    let drawn = draw(folder, &contents, &sealed, &again)?;
    let report = folder::read(&folder.report()).map_err(failed("report.html"))?;
    Ok(Verification {
        entries: verified.size(),
        root: verified.root().to_string(),
        key: verified.key().as_text().to_owned(),
        key_was_given: key.is_some(),
        files,
        rescored: again.samples(),
        report_differs: drawn.as_bytes() != report,
        compared: again.lineage.iter().map(|found| found.evidence.against.len() as u64).sum(),
        compared_again,
        hidden: again.hidden,
        verdict: again.verdict,
        analysis: again.analysis,
        contests: again.held,
        uncovered,
    })
}

/// The log is as it was signed: by the given key, or else by the one that lies beside it.
pub(crate) fn check_log(
    folder: &Folder,
    key: Option<&VerifierKey>,
) -> Result<daepyo_evidence::Verified, Vec<Finding>> {
    daepyo_evidence::verify(&folder.log(), key).map_err(|findings| {
        let map = |finding: &daepyo_evidence::Finding| {
            Finding::new(format!("log/{}", finding.file()), finding.code(), finding.message())
        };
        findings.iter().map(map).collect()
    })
}

fn one(finding: Finding) -> Vec<Finding> {
    vec![finding]
}

fn failed(file: &str) -> impl Fn(StageError) -> Vec<Finding> {
    let file = file.to_owned();
    move |error| one(Finding::new(file.clone(), "verify::unusable", with_causes(&error)))
}

/// An error's text with those of its causes.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        message = format!("{message}: {inner}");
        cause = inner.source();
    }
    message
}

pub(crate) fn records(folder: &Folder) -> Result<Vec<Record>, Vec<Finding>> {
    let unreadable =
        |error: daepyo_evidence::Error| one(Finding::new("log", error.code(), error.to_string()));
    let log = LogReader::open(&folder.log()).map_err(unreadable)?;
    let mut records = Vec::new();
    for (index, entry) in log.entries(0..log.len()).enumerate() {
        let entry = entry.map_err(unreadable)?;
        let strange =
            || one(Finding::new("log", "verify::entry", format!("entry {index} is none of daepyo's")));
        records.push(Record::parse(&entry).ok_or_else(strange)?);
    }
    Ok(records)
}

/// The log's entries by what they are.
pub(crate) struct Contents<'a> {
    pub(crate) rules: Digest,
    measured: Vec<&'a MeasuredRecord>,
    pub(crate) observations: Vec<&'a Observation>,
    verdict: Digest,
    manifest: Digest,
}

impl<'a> Contents<'a> {
    pub(crate) fn of(records: &'a [Record]) -> Result<Self, Vec<Finding>> {
        let wrong = |message: &str| one(Finding::new("log", "verify::order", message));
        let [Record::Rules(rules), rest @ .., Record::Verdict(verdict), Record::Manifest(manifest)] = records
        else {
            return Err(wrong("the log does not go from rules to manifest: the stage was not finished"));
        };
        let mut measured = Vec::new();
        let mut observations = Vec::new();
        for record in rest {
            match record {
                Record::Measured(record) if observations.is_empty() => measured.push(record),
                Record::Observation(observation) => observations.push(&**observation),
                Record::Rules(_) | Record::Measured(_) | Record::Verdict(_) | Record::Manifest(_) => {
                    return Err(wrong("an entry stands where it cannot stand"));
                }
            }
        }
        let (rules, verdict, manifest) = (rules.digest, verdict.digest, manifest.digest);
        Ok(Self { rules, measured, observations, verdict, manifest })
    }
}

/// Every file is what the manifest says, and the manifest what the log says. Returns the number of files, and those
/// that nothing covers.
fn check_files(folder: &Folder, contents: &Contents<'_>) -> Result<(u64, Vec<String>), Vec<Finding>> {
    let changed =
        |file: &str, by: &str| Finding::new(file, "verify::changed", format!("not the file that {by} names"));
    let bytes = folder::read(&folder.manifest()).map_err(failed("manifest.json"))?;
    if Digest::of(&bytes) != contents.manifest {
        return Err(one(changed("manifest.json", "the log")));
    }
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|error| one(Finding::new("manifest.json", "verify::unusable", error.to_string())))?;
    let mut findings = Vec::new();
    for (path, digest) in &manifest.files {
        if !is_inside(path) {
            findings.push(Finding::new(
                "manifest.json",
                "verify::unusable",
                format!("`{path}` is no path inside the folder"),
            ));
            continue;
        }
        match std::fs::read(folder.path().join(path)) {
            Ok(bytes) if Digest::of(&bytes) == *digest => {}
            Ok(_) => findings.push(changed(path, "the manifest")),
            Err(error) => findings.push(Finding::new(path, "verify::missing", error.to_string())),
        }
    }
    for (path, digest) in [("rules.json", contents.rules), ("verdict.json", contents.verdict)] {
        if findings.is_empty() && manifest.files.get(path) != Some(&digest) {
            findings.push(changed(path, "the log"));
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let mut uncovered = folder.published().map_err(failed("."))?;
    uncovered.retain(|path| !manifest.files.contains_key(path));
    Ok((manifest.files.len() as u64, uncovered))
}

/// Whether a path leads nowhere but down from the folder: a stranger's manifest must not make us read other files.
fn is_inside(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

/// The sealed rules are those of the programme file, and the suites' files are those that were sealed.
fn check_rules(folder: &Folder) -> Result<Sealed, Vec<Finding>> {
    let bytes = folder::read(&folder.rules()).map_err(failed("rules.json"))?;
    let sealed: Sealed = serde_json::from_slice(&bytes)
        .map_err(|error| one(Finding::new("rules.json", "verify::unusable", error.to_string())))?;
    let text = folder::read(&folder.programme()).map_err(failed("programme.toml"))?;
    let read = daepyo_spec::parse(&String::from_utf8_lossy(&text), &Everything);
    if read.map(|parsed| parsed.programme).ok().as_ref() != Some(&sealed.programme) {
        let message = "the programme file does not say what the sealed rules say";
        return Err(one(Finding::new("rules.json", "verify::rules", message)));
    }
    let mut findings = Vec::new();
    for (path, digest) in &sealed.files {
        if !is_inside(path) {
            findings.push(Finding::new(
                "rules.json",
                "verify::unusable",
                format!("`{path}` is no path inside the folder"),
            ));
            continue;
        }
        match std::fs::read(folder.path().join(path)) {
            Ok(bytes) if Digest::of(&bytes) == *digest => {}
            Ok(_) => findings.push(Finding::new(path, "verify::changed", "not the file that was sealed")),
            Err(_) if is_hidden(&sealed, path) => {}
            Err(error) => findings.push(Finding::new(path, "verify::missing", error.to_string())),
        }
    }
    if findings.is_empty() { Ok(sealed) } else { Err(findings) }
}

fn is_hidden(sealed: &Sealed, path: &str) -> bool {
    let id = path.strip_prefix("suites/").and_then(|rest| rest.split('/').next());
    sealed.programme.suites.iter().any(|suite| Some(suite.id.as_str()) == id && suite.reveal.is_some())
}

/// For reading a programme file again: whether its other files exist was asked when it was sealed.
struct Everything;

impl daepyo_spec::Files for Everything {
    fn is_folder(&self, _: &str) -> bool {
        true
    }
    fn is_file(&self, _: &str) -> bool {
        true
    }
}

/// What the second walk of the line gave.
struct Recomputed<'a> {
    stage: &'a Stage,
    suites: Vec<LoadedSuite>,
    plans: Vec<MeasuredPlan>,
    answers: Vec<Answers>,
    scored: Vec<Vec<ScoredSample>>,
    verdict: Verdict,
    verdict_bytes: Vec<u8>,
    analysis: Analysis,
    analysis_bytes: Vec<u8>,
    lineage: Vec<LineageFinding>,
    held: Vec<ContestView>,
    hidden: Vec<String>,
}

impl Recomputed<'_> {
    fn compare_again(&self, sealed: &Sealed, base: &Path) -> Result<u64, Vec<Finding>> {
        let (same, other) = lineage::again(&sealed.programme, self.stage, base, &self.lineage);
        let message = "the weights give another comparison";
        let other: Vec<_> =
            other.into_iter().map(|path| Finding::new(path, "verify::lineage", message)).collect();
        if other.is_empty() { Ok(same) } else { Err(other) }
    }

    fn samples(&self) -> u64 {
        self.scored.iter().map(|samples| samples.len() as u64).sum()
    }
}

fn recompute<'a>(
    folder: &Folder,
    contents: &Contents<'_>,
    sealed: &'a Sealed,
) -> Result<Recomputed<'a>, Vec<Finding>> {
    let no_stage =
        || one(Finding::new("rules.json", "verify::rules", "the sealed stage is not in the rules"));
    let stage = sealed.programme.stage(&sealed.stage).ok_or_else(no_stage)?;
    let published = visible(folder, sealed, stage);
    let hidden: Vec<_> = stage
        .suites()
        .into_iter()
        .filter(|id| !published.contains(id.as_str()))
        .map(ToString::to_string)
        .collect();
    let unusable = contest::check(&sealed.programme, stage, &sealed.files, folder.path());
    if !unusable.is_empty() {
        return Err(unusable);
    }
    let held = contest::closed::of_folder(&sealed.programme, stage, folder.path(), &contents.observations)?;
    let again = rescore(folder, contents, sealed, stage, &published)?;
    let lineage = check_lineage(folder, contents, sealed, stage)?;
    let observations: Vec<_> =
        contents.observations.iter().map(|observation| (*observation).clone()).collect();
    let rules = Rules { programme: &sealed.programme, stage, rules_digest: contents.rules };
    let stored = folder::read(&folder.verdict()).map_err(failed("verdict.json"))?;
    let unreadable =
        |error: serde_json::Error| one(Finding::new("verdict.json", "verify::unusable", error.to_string()));
    let claimed: Verdict = serde_json::from_slice(&stored).map_err(unreadable)?;
    let before = Before::of_folder(folder, &claimed, sealed, stage)?;
    let undecided = |error: daepyo_verdict::sequential::SequentialError| {
        one(Finding::new("log", "verify::observations", with_causes(&error)))
    };
    let verdict = before.decide(&rules, &observations).map_err(undecided)?;
    let verdict_bytes = canonical::to_bytes(&verdict)
        .map_err(|error| one(Finding::new("verdict.json", "verify::unusable", error.to_string())))?;
    if verdict_bytes != stored {
        let message = "the observations and rules give another verdict";
        return Err(one(Finding::new("verdict.json", "verify::verdict", message)));
    }
    let (analysis, analysis_bytes) =
        before.analyse(&rules, &observations).map_err(failed("analysis.json"))?;
    if analysis_bytes != folder::read(&folder.analysis()).map_err(failed("analysis.json"))? {
        let message = "the observations and rules give another analysis";
        return Err(one(Finding::new("analysis.json", "verify::verdict", message)));
    }
    let Rescored { suites, plans, answers, scored } = again;
    Ok(Recomputed {
        stage,
        suites,
        plans,
        answers,
        scored,
        verdict,
        verdict_bytes,
        analysis,
        analysis_bytes,
        lineage,
        held,
        hidden,
    })
}

/// The findings of gates of independence are those that their published evidence gives.
fn check_lineage(
    folder: &Folder,
    contents: &Contents<'_>,
    sealed: &Sealed,
    stage: &Stage,
) -> Result<Vec<LineageFinding>, Vec<Finding>> {
    let found = lineage::published(folder, &sealed.programme, stage)
        .map_err(|(path, message)| one(Finding::new(path, "verify::lineage", message)))?;
    let gates: BTreeSet<&str> = found.iter().map(|found| found.evidence.gate.as_str()).collect();
    let of_weights = |observation: &&&Observation| match observation {
        Observation::GateFinding(finding) => gates.contains(finding.gate.as_str()),
        _ => false,
    };
    let mut logged = contents.observations.iter().filter(of_weights);
    for one_found in &found {
        if logged.next().is_none_or(|logged| **logged != one_found.observation) {
            let message = "the log holds another finding than this evidence gives";
            return Err(one(Finding::new(&one_found.path, "verify::lineage", message)));
        }
    }
    match logged.next() {
        None => Ok(found),
        Some(_) => Err(one(Finding::new("log", "verify::lineage", "a finding on weights has no evidence"))),
    }
}

/// The report of a published folder, drawn from what was recomputed. Fails as [`verify`] does.
pub fn draw_report(folder: &Folder) -> Result<String, Vec<Finding>> {
    let records = records(folder)?;
    let contents = Contents::of(&records)?;
    let sealed = check_rules(folder)?;
    let again = recompute(folder, &contents, &sealed)?;
    draw(folder, &contents, &sealed, &again)
}

fn draw(
    folder: &Folder,
    contents: &Contents<'_>,
    sealed: &Sealed,
    again: &Recomputed<'_>,
) -> Result<String, Vec<Finding>> {
    let text = folder::read(&folder.programme()).map_err(failed("programme.toml"))?;
    let text = String::from_utf8_lossy(&text);
    publish::report(&publication(folder, contents, sealed, again, &text)?).map_err(failed("report.html"))
}

/// Results and samples in lm-eval's layout are those that the responses give.
fn check_lm_eval(
    folder: &Folder,
    again: &Recomputed<'_>,
    publication: &Publication<'_>,
) -> Result<(), Vec<Finding>> {
    let mut findings = Vec::new();
    for (path, bytes) in publish::lm_eval(publication).map_err(failed("lm-eval"))? {
        // Results are of all suites together, and of a hidden one they cannot be computed.
        let is_whole = again.hidden.is_empty() || !path.contains("/results_");
        let stored = folder::read(&folder.path().join(&path)).map_err(failed(&path))?;
        if is_whole && stored != bytes {
            findings.push(Finding::new(
                path,
                "verify::aggregate",
                "the responses give other results or samples",
            ));
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

fn publication<'a>(
    folder: &Folder,
    contents: &Contents<'_>,
    sealed: &'a Sealed,
    again: &'a Recomputed<'_>,
    text: &'a str,
) -> Result<Publication<'a>, Vec<Finding>> {
    let unreadable =
        |error: daepyo_evidence::Error| one(Finding::new("log", error.code(), error.to_string()));
    let log = LogReader::open(&folder.log()).map_err(unreadable)?;
    let size = log.len().saturating_sub(1);
    let checkpoint = log.checkpoint_bytes(size).map_err(unreadable)?;
    let key = folder::read(&folder.log().join("key.pub")).map_err(failed("log/key.pub"))?;
    Ok(Publication {
        file_text: text,
        programme: &sealed.programme,
        stage: again.stage,
        suites: &again.suites,
        contests: &[],
        held: &again.held,
        plans: &again.plans,
        answers: &again.answers,
        scored: &again.scored,
        verdict: &again.verdict,
        verdict_bytes: &again.verdict_bytes,
        analysis: &again.analysis,
        analysis_bytes: &again.analysis_bytes,
        lineage: &again.lineage,
        rules: contents.rules,
        log: publish::LogView {
            size,
            checkpoint: String::from_utf8_lossy(&checkpoint).into_owned(),
            key: String::from_utf8_lossy(&key).trim_end().to_owned(),
        },
    })
}

/// Suites whose every sealed file is published.
fn visible(folder: &Folder, sealed: &Sealed, stage: &Stage) -> BTreeSet<String> {
    let whole = |id: &str| {
        let prefix = format!("suites/{id}/");
        sealed
            .files
            .keys()
            .filter(|path| path.starts_with(&prefix))
            .all(|path| folder.path().join(path).is_file())
    };
    stage.suites().into_iter().map(ToString::to_string).filter(|id| whole(id)).collect()
}

struct Rescored {
    suites: Vec<LoadedSuite>,
    plans: Vec<MeasuredPlan>,
    answers: Vec<Answers>,
    scored: Vec<Vec<ScoredSample>>,
}

/// Plans, scores from the published responses, and compares every sample with the log.
fn rescore(
    folder: &Folder,
    contents: &Contents<'_>,
    sealed: &Sealed,
    stage: &Stage,
    published: &BTreeSet<String>,
) -> Result<Rescored, Vec<Finding>> {
    let mut programme = sealed.programme.clone();
    programme.suites.retain(|suite| published.contains(suite.id.as_str()));
    let suites = suites::load(&programme, stage, &|suite| folder.suite(suite.id.as_str()))
        .map_err(failed("suites"))?;
    // Another file in the suite's folder may define the task too: what is scored with must be what was sealed.
    let read = Sealed::new(&programme, stage, &suites, &[]).files;
    let foreign = read.into_iter().filter(|(path, digest)| sealed.files.get(path) != Some(digest));
    let message = "a task reads it, but it was not sealed";
    let foreign: Vec<_> = foreign.map(|(path, _)| Finding::new(path, "verify::changed", message)).collect();
    if !foreign.is_empty() {
        return Err(foreign);
    }
    let submissions = plan::measured(&sealed.programme, stage);
    let names = contents.measured.iter().map(|record| (&record.candidate, record.digest));
    if !names.eq(submissions.iter().map(|submission| (&submission.id, submission.digest))) {
        let message = "what was measured is not what the rules name";
        return Err(one(Finding::new("log", "verify::measured", message)));
    }
    let (mut plans, mut all_answers, mut scored) = (Vec::new(), Vec::new(), Vec::new());
    for (submission, record) in submissions.iter().zip(&contents.measured) {
        let path = folder.responses(&submission.id);
        let name = format!("responses/{}.jsonl", submission.id);
        let plan = plan::plan(submission, record, &suites).map_err(failed("suites"))?;
        let answers = answers(&plan, &folder::read(&path).map_err(failed(&name))?, &name)?;
        scored.push(observe::score(stage, &plan, &suites, &answers).map_err(failed("suites"))?);
        plans.push(plan);
        all_answers.push(answers);
    }
    compare(contents, published, &line::observations(&scored, Vec::new()))?;
    Ok(Rescored { suites, plans, answers: all_answers, scored })
}

/// The log's samples are exactly the expected ones, in the same order.
fn compare(
    contents: &Contents<'_>,
    published: &BTreeSet<String>,
    expected: &[Observation],
) -> Result<(), Vec<Finding>> {
    let mut logged =
        contents.observations.iter().enumerate().filter_map(|(place, observation)| match observation {
            Observation::Sample(sample) if published.contains(sample.suite.as_str()) => {
                Some((place, *observation))
            }
            Observation::Sample(_)
            | Observation::Vote(_)
            | Observation::Mark(_)
            | Observation::Derivative(_)
            | Observation::GateFinding(_)
            | Observation::Withdrawal(_)
            | Observation::PanelVote(_)
            | Observation::Contamination(_)
            | Observation::Correction(_) => None,
        });
    let differs = |message: String| one(Finding::new("log", "verify::sample", message));
    for sample in expected {
        match logged.next() {
            Some((_, found)) if found == sample => {}
            Some((place, _)) => {
                return Err(differs(format!(
                    "the responses give another sample than observation {place} of the log"
                )));
            }
            None => return Err(differs("the log has fewer samples than the responses give".to_owned())),
        }
    }
    match logged.next() {
        Some((place, _)) => {
            Err(differs(format!("observation {place} of the log is a sample that the responses do not give")))
        }
        None => Ok(()),
    }
}

fn answers(plan: &MeasuredPlan, bytes: &[u8], file: &str) -> Result<Answers, Vec<Finding>> {
    let mut answers = Answers::new(&plan.digests);
    for (line, text) in bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, text)| !text.is_empty()) {
        let exchange: StoredExchange = serde_json::from_slice(text).map_err(|error| {
            one(Finding::new(file, "verify::unusable", format!("line {}: {error}", line + 1)))
        })?;
        answers.insert(&exchange.request, &exchange.response);
    }
    Ok(answers)
}
