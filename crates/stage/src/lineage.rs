//! The gate of independence: candidates' weights against those of published models, as findings with their evidence.

use crate::folder::{self, Folder};
use crate::{Progress, StageError};
use daepyo_core::{
    Candidate, CandidateId, Digest, Gate, GateFinding, GateOutcome, GateRule, KnownWeights, ModelSpec,
    Observation, Programme, Stage, StageId, Submission, canonical,
};
use daepyo_lineage::{
    Aligned, Comparison, ComponentFinding, Hidden, Loaded, Options, TestFinding, Verdict, Weights,
    WeightsError, compare_loaded, load,
};
use daepyo_report::{LineageComponent, LineageTest, LineageView};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};

/// What the weights of one candidate showed under one gate; published as `lineage/GATE/CANDIDATE.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineageEvidence {
    /// Version of this form; 1.
    pub(crate) format: u32,
    pub(crate) gate: daepyo_core::GateId,
    pub(crate) candidate: CandidateId,
    pub(crate) against: Vec<Against>,
}

/// A candidate beside one published model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Against {
    pub(crate) known: CandidateId,
    /// None where the candidate's weights cannot be had: it is a server, or recorded answers.
    pub(crate) comparison: Option<Comparison>,
}

/// A finding with the bytes of its evidence.
#[derive(Clone, Debug)]
pub(crate) struct LineageFinding {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) evidence: LineageEvidence,
    pub(crate) observation: Observation,
}

/// Where the evidence on a candidate under a gate is published.
fn path(gate: &Gate, candidate: &CandidateId) -> String {
    format!("lineage/{}/{candidate}.json", gate.id)
}

fn rules_of(gate: &Gate) -> Option<(&[KnownWeights], Options, GateOutcome)> {
    match &gate.rule {
        GateRule::Independence { against, level, shared, seed } => {
            Some((against, Options { level: *level, seed: *seed, ..Options::default() }, *shared))
        }
        GateRule::NonInferiority { .. } | GateRule::Threshold { .. } | GateRule::Finding { .. } => None,
    }
}

/// The findings of every gate of independence, in the order of gates and candidates. Weights are found relative to
/// `base`, and must have the digests that the rules name.
pub(crate) async fn findings(
    programme: &Programme,
    stage: &Stage,
    base: &Path,
    progress: &dyn Progress,
) -> Result<Vec<LineageFinding>, StageError> {
    let mut found = Vec::new();
    for gate in &stage.gates {
        let Some((known, options, _)) = rules_of(gate) else { continue };
        for one in known {
            check(&one.id, &base.join(&one.weights), one.digest)?;
        }
        for candidate in &programme.candidates {
            if let Some((path, digest)) = weights_of(&candidate.submission, base) {
                check(&candidate.submission.id, &path, digest)?;
            }
            progress.note(&format!("lineage {} {}", gate.id, candidate.submission.id));
            let (base, known, own) = (base.to_owned(), known.to_vec(), candidate.clone());
            // Reading and comparing take both cores for a while; a person's wish to stop must be heard meanwhile.
            let against = tokio::task::spawn_blocking(move || compared(&own, &known, &base, &options));
            let against = against.await.map_err(|_| StageError::Interrupted)??;
            found.push(finding(&stage.id, gate, &candidate.submission.id, against)?);
        }
    }
    Ok(found)
}

fn finding(
    stage: &StageId,
    gate: &Gate,
    candidate: &CandidateId,
    against: Vec<Against>,
) -> Result<LineageFinding, StageError> {
    let evidence =
        LineageEvidence { format: 1, gate: gate.id.clone(), candidate: candidate.clone(), against };
    let bytes = canonical::to_bytes(&evidence);
    let bytes = bytes.map_err(|cause| StageError::Canonical { what: "evidence of lineage", cause })?;
    let observation = observation(stage, gate, &evidence, Digest::of(&bytes));
    Ok(LineageFinding { path: path(gate, candidate), bytes, evidence, observation })
}

/// What the evidence says under the gate's rule: a pure function of both.
fn observation(stage: &StageId, gate: &Gate, evidence: &LineageEvidence, digest: Digest) -> Observation {
    let shared = rules_of(gate).map_or(GateOutcome::NotShown, |(_, _, shared)| shared);
    let of = |against: &Against| match against.comparison.as_ref().map(|comparison| comparison.verdict) {
        Some(Verdict::SameBytes | Verdict::Derived) => GateOutcome::Failed,
        Some(Verdict::SharesComponent) => shared,
        Some(Verdict::NoEvidence) => GateOutcome::Passed,
        Some(Verdict::NotTestable) | None => GateOutcome::NotShown,
    };
    let outcomes: Vec<GateOutcome> = evidence.against.iter().map(of).collect();
    let outcome = if outcomes.contains(&GateOutcome::Failed) {
        GateOutcome::Failed
    } else if outcomes.contains(&GateOutcome::NotShown) {
        GateOutcome::NotShown
    } else {
        GateOutcome::Passed
    };
    let reasons: Vec<String> = evidence.against.iter().map(reason).collect();
    Observation::GateFinding(GateFinding {
        stage: stage.clone(),
        gate: gate.id.clone(),
        candidate: evidence.candidate.clone(),
        outcome,
        reason: if reasons.is_empty() { "–".to_owned() } else { reasons.join("; ") },
        evidence: Some(digest),
    })
}

/// One model of many, in both languages: the finding is read by people of both.
fn reason(against: &Against) -> String {
    let Some(comparison) = &against.comparison else {
        return format!("{}: 가중치를 구할 수 없음 (no weights to compare)", against.known);
    };
    let words = match comparison.verdict {
        Verdict::SameBytes => "같은 바이트 (same bytes)",
        Verdict::Derived => "파생됨 (derived)",
        Verdict::SharesComponent => "일부 구성요소 공유 (shares a component)",
        Verdict::NoEvidence => "증거 없음 (no evidence found)",
        Verdict::NotTestable => "검사할 수 없음 (not testable)",
    };
    let tests = comparison.components.iter().flat_map(|component| &component.tests);
    let strongest = tests.min_by(|one, other| one.log10_p.total_cmp(&other.log10_p));
    match strongest {
        Some(test) => format!("{}: {words}, {} {}, z = {:.1}", against.known, test.test, test.of, test.z),
        None => format!("{}: {words}", against.known),
    }
}

fn compared(
    candidate: &Candidate,
    known: &[KnownWeights],
    base: &Path,
    options: &Options,
) -> Result<Vec<Against>, StageError> {
    let foreign = known.iter().filter(|known| !known.own.contains(&candidate.submission.id));
    let foreign: Vec<&KnownWeights> = foreign.collect();
    let submitted = weights_of(&candidate.submission, base);
    let Some((file, _)) = submitted.filter(|_| !foreign.is_empty()) else {
        let without = |known: &KnownWeights| Against { known: known.id.clone(), comparison: None };
        return Ok(foreign.into_iter().map(without).collect());
    };
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |cause: WeightsError| StageError::Weights { path, cause }
    };
    let weights = Weights::open(&file).map_err(unreadable(&file))?;
    let own = load(&weights, options, &|_| ()).map_err(unreadable(&file))?;
    let mut found = Vec::new();
    for known in foreign {
        let path = base.join(&known.weights);
        let weights = Weights::open(&path).map_err(unreadable(&path))?;
        let other: Loaded<'_> = load(&weights, options, &|_| ()).map_err(unreadable(&path))?;
        let mut comparison = compare_loaded(&other, &own, options).map_err(unreadable(&path))?;
        // Evidence says which files, not where they lay.
        for (side, name) in comparison.models.iter_mut().zip([&known.id, &candidate.submission.id]) {
            name.as_str().clone_into(&mut side.name);
            for file in &mut side.files {
                let own = Path::new(&file.name).file_name().unwrap_or_default();
                file.name = own.to_string_lossy().into_owned();
            }
        }
        found.push(Against { known: known.id.clone(), comparison: Some(comparison) });
    }
    Ok(found)
}

/// The file of a submission's weights, and its digest; none where they cannot be seen from here.
fn weights_of(submission: &Submission, base: &Path) -> Option<(PathBuf, Digest)> {
    match (&submission.weights, &submission.model) {
        (Some(weights), _) => Some((base.join(&weights.file), weights.digest)),
        (None, ModelSpec::Llama { file }) => Some((base.join(file), submission.digest)),
        (None, ModelSpec::OpenAi { .. } | ModelSpec::Replay { .. }) => None,
    }
}

fn check(id: &CandidateId, path: &Path, written: Digest) -> Result<(), StageError> {
    let failed = |cause| StageError::File { what: "read", path: path.to_owned(), cause };
    let found = File::open(path).and_then(Digest::of_reader).map_err(failed)?;
    if found == written {
        return Ok(());
    }
    Err(StageError::DigestMismatch { candidate: id.clone(), path: path.to_owned(), written, found })
}

/// What the report shows of a finding.
pub(crate) fn views(found: &LineageFinding) -> Vec<LineageView> {
    let view = |against: &Against| {
        let comparison = against.comparison.as_ref();
        LineageView {
            gate: found.evidence.gate.clone(),
            candidate: found.evidence.candidate.clone(),
            known: against.known.clone(),
            evidence: found.path.clone(),
            components: comparison
                .map(|comparison| comparison.components.iter().map(component).collect())
                .unwrap_or_default(),
            level: comparison.map_or(0.0, |comparison| comparison.options.level),
        }
    };
    found.evidence.against.iter().map(view).collect()
}

fn component(found: &ComponentFinding) -> LineageComponent {
    LineageComponent {
        component: found.component.clone(),
        verdict: found.verdict.name().to_owned(),
        tensors: (found.bytes.tensors[0], found.bytes.same_tensors),
        tests: found.tests.iter().map(test).collect(),
        layers: found.layers.iter().map(|layer| (layer.first, layer.second)).collect(),
        not_tested: found.not_tested.len(),
    }
}

fn test(found: &TestFinding) -> LineageTest {
    let hidden = |aligned: Aligned| match aligned.hidden {
        Hidden::Same => "same",
        Hidden::Prefix => "prefix",
        Hidden::Permuted => "permuted",
        Hidden::Rotated => "rotated",
    };
    LineageTest {
        test: found.test.clone(),
        of: found.of.clone(),
        aligned: found.aligned.map(|aligned| (hidden(aligned).to_owned(), aligned.neurons_matched)),
        matched: found.matched,
        expected: found.expected,
        deviation: found.deviation,
        z: found.z,
        log10_p: found.log10_p,
        exact_p: found.exact_p,
        null: found.null.as_ref().map(|null| (null.from, null.to, null.counts.clone())),
        rejects: found.rejects,
    }
}

/// The published evidence of a folder, as it lies there, with what it says under the rules. Fails with the path of a
/// file that is missing or is no such evidence.
pub(crate) fn published(
    folder: &Folder,
    programme: &Programme,
    stage: &Stage,
) -> Result<Vec<LineageFinding>, (String, String)> {
    let mut found = Vec::new();
    for gate in stage.gates.iter().filter(|gate| rules_of(gate).is_some()) {
        for candidate in &programme.candidates {
            let path = path(gate, &candidate.submission.id);
            let wrong = |message: String| (path.clone(), message);
            let bytes = folder::read(&folder.path().join(&path)).map_err(|error| wrong(error.to_string()))?;
            let evidence: LineageEvidence =
                serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
            if evidence.gate != gate.id || evidence.candidate != candidate.submission.id {
                return Err(wrong("it is the evidence on another candidate or gate".to_owned()));
            }
            check_evidence(gate, candidate, &evidence).map_err(wrong)?;
            let observation = observation(&stage.id, gate, &evidence, Digest::of(&bytes));
            found.push(LineageFinding { path: path.clone(), bytes, evidence, observation });
        }
    }
    Ok(found)
}

/// That the evidence is on the files and with the options that the rules name, and that its verdicts follow from its
/// own figures.
fn check_evidence(gate: &Gate, candidate: &Candidate, evidence: &LineageEvidence) -> Result<(), String> {
    let Some((known, options, _)) = rules_of(gate) else { return Ok(()) };
    let foreign: Vec<&KnownWeights> =
        known.iter().filter(|known| !known.own.contains(&candidate.submission.id)).collect();
    let ids: Vec<&CandidateId> = evidence.against.iter().map(|against| &against.known).collect();
    if ids != foreign.iter().map(|known| &known.id).collect::<Vec<_>>() {
        return Err("it does not compare with the models that the rules name".to_owned());
    }
    for (against, known) in evidence.against.iter().zip(foreign) {
        let Some((_, own)) = weights_of(&candidate.submission, Path::new("")) else {
            if against.comparison.is_none() {
                continue;
            }
            return Err("the rules name no weights of the candidate".to_owned());
        };
        // Weights that the rules name must have been compared: silence would end as "not shown".
        let Some(comparison) = &against.comparison else {
            return Err(format!("it holds no comparison with `{}`, though the rules name weights", known.id));
        };
        if comparison.options != options {
            return Err("it was made with other options than the rules name".to_owned());
        }
        for (side, digest) in comparison.models.iter().zip([known.digest, own]) {
            let of_file = side.files.first().map(|file| format!("sha256:{}", file.sha256));
            if side.files.len() != 1 || of_file != Some(digest.to_string()) {
                return Err(format!("it is on another file of `{}` than the rules name", side.name));
            }
        }
        if !comparison.follows() {
            return Err(format!("its verdict on `{}` does not follow from its figures", known.id));
        }
    }
    Ok(())
}

/// Makes the evidence again wherever the weights lie under `base`, with the digests that the rules name. Gives how many
/// comparisons came out the same to the byte, and the paths of evidence that did not.
pub(crate) fn again(
    programme: &Programme,
    stage: &Stage,
    base: &Path,
    published: &[LineageFinding],
) -> (u64, Vec<String>) {
    let (mut same, mut other) = (0, Vec::new());
    for gate in &stage.gates {
        let Some((known, options, _)) = rules_of(gate) else { continue };
        for candidate in &programme.candidates {
            let path = path(gate, &candidate.submission.id);
            let Some(found) = published.iter().find(|found| found.path == path) else { continue };
            let present = |path: PathBuf, digest: Digest| {
                File::open(path).and_then(Digest::of_reader).is_ok_and(|found| found == digest)
            };
            let own = weights_of(&candidate.submission, base);
            let own = own.is_some_and(|(path, digest)| present(path, digest));
            let foreign: Vec<KnownWeights> = known
                .iter()
                .filter(|known| !known.own.contains(&candidate.submission.id))
                .filter(|known| present(base.join(&known.weights), known.digest))
                .cloned()
                .collect();
            if !own || foreign.is_empty() {
                continue;
            }
            let made = compared(candidate, &foreign, base, &options).unwrap_or_default();
            let is_same = made.iter().all(|one| found.evidence.against.contains(one));
            if is_same && made.len() == foreign.len() { same += made.len() as u64 } else { other.push(path) }
        }
    }
    (same, other)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::*;
    use serde_json::json;

    /// Weights are named, so evidence without a comparison hides one; without weights it is what there can be.
    #[test]
    fn evidence_that_leaves_a_comparison_out_is_refused() {
        let digest = Digest::of(b"known").to_string();
        let gate: Gate = serde_json::from_value(json!({
            "id": "weights",
            "title": {"ko": "가중치", "en": "Weights"},
            "rule": {
                "kind": "independence",
                "against": [{"id": "known", "weights": "known.gguf", "digest": digest}],
                "level": 1e-6,
                "shared": "failed",
                "seed": 0,
            },
            "not_shown": "stay",
        }))
        .unwrap();
        let candidate = |model: &str| -> Candidate {
            serde_json::from_value(json!({
                "submission": {
                    "id": "alpha-1", "model": model, "digest": digest, "licence": "MIT", "tokenizer": null,
                    "chat_template": false, "api_key_env": null, "concurrency": 8, "deadline_s": 120,
                },
                "team": "alpha",
            }))
            .unwrap()
        };
        let evidence = LineageEvidence {
            format: 1,
            gate: gate.id.clone(),
            candidate: CandidateId::new("alpha-1").unwrap(),
            against: vec![Against { known: CandidateId::new("known").unwrap(), comparison: None }],
        };
        assert!(check_evidence(&gate, &candidate("llama:alpha.gguf"), &evidence).is_err());
        assert!(check_evidence(&gate, &candidate("openai:http://127.0.0.1:1/v1?model=a"), &evidence).is_ok());
    }
}
