//! The gate of independence: weights are compared, the evidence is published, and verification makes it again.

use crate::finished;
use daepyo_core::{Digest, GateOutcome, Observation};
use daepyo_evidence::LogReader;
use daepyo_stage::{Folder, ProgrammeFile, Record, StageError, verify};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::fs;
use std::path::{Path, PathBuf};

const HIDDEN: usize = 64;

/// Numbers of a model of two layers; `parent` as far as `share` goes.
fn numbers(seed: u64, parent: Option<&[f32]>, share: f32) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let count = 2 * (HIDDEN + 2 * 128 * HIDDEN + HIDDEN * HIDDEN);
    (0..count)
        .map(|place| {
            let own = f32::from(u16::try_from(random.next_u32() >> 16).unwrap()) / 65536.0 - 0.5;
            let inherited = parent.map_or(0.0, |parent| parent[place]);
            share * inherited + (1.0 - share) * own
        })
        .collect()
}

fn safetensors(numbers: &[f32]) -> Vec<u8> {
    let (mut header, mut at) = (serde_json::Map::new(), 0);
    for layer in 0..2 {
        for (part, shape) in [
            ("input_layernorm", vec![HIDDEN]),
            ("mlp.up_proj", vec![128, HIDDEN]),
            ("mlp.down_proj", vec![HIDDEN, 128]),
            ("self_attn.v_proj", vec![HIDDEN, HIDDEN]),
        ] {
            let end = at + 4 * shape.iter().product::<usize>();
            let entry = serde_json::json!({"dtype": "F32", "shape": shape, "data_offsets": [at, end]});
            header.insert(format!("model.layers.{layer}.{part}.weight"), entry);
            at = end;
        }
    }
    let header = serde_json::Value::Object(header).to_string();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(numbers.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

struct Stage {
    work: tempfile::TempDir,
}

impl Stage {
    /// The fixture's programme with weights for two candidates and a gate on them: `narae` is derived from the known
    /// model, `garam` is not, `dasom` has no weights.
    fn new() -> Self {
        let work = tempfile::tempdir().unwrap();
        let base = work.path().join("programme");
        let fixture = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("../../fixtures/line");
        copy(&fixture, &base);
        let known = numbers(1, None, 0.0);
        let of = [
            ("known", known.clone()),
            ("garam", numbers(2, None, 0.0)),
            ("narae", numbers(3, Some(&known), 0.8)),
        ];
        let mut text = fs::read_to_string(base.join("programme.toml")).unwrap();
        let mut digests = Vec::new();
        for (name, numbers) in of {
            let bytes = safetensors(&numbers);
            digests.push(Digest::of(&bytes));
            fs::write(base.join(format!("{name}.safetensors")), bytes).unwrap();
        }
        for (name, digest) in [("garam", digests[1]), ("narae", digests[2])] {
            let line = format!("model = \"replay:replay/{name}.jsonl\"\n");
            let with =
                format!("{line}weights = {{ file = \"{name}.safetensors\", digest = \"{digest}\" }}\n");
            assert!(text.contains(&line));
            text = text.replacen(&line, &with, 1);
        }
        let gate = format!(
            "[[stages.gates]]\nid = \"weights\"\ntitle = {{ ko = \"가중치\", en = \"Weights\" }}\nkind = \"independence\"\n\
             against = [{{ id = \"known\", weights = \"known.safetensors\", digest = \"{}\" }}]\nlevel = 1e-6\n\
             shared = \"failed\"\nnot_shown = \"stay\"\n\n[[stages.criteria]]",
            digests[0]
        );
        text = text.replacen("[[stages.criteria]]", &gate, 1);
        fs::write(base.join("programme.toml"), text).unwrap();
        Self { work }
    }

    fn base(&self) -> PathBuf {
        self.work.path().join("programme")
    }

    fn folder(&self) -> Folder {
        Folder::at(&self.work.path().join("out"))
    }

    fn run(&self) -> Result<(), StageError> {
        let file = ProgrammeFile::read(&self.base().join("programme.toml"))?;
        finished::run(&file, &self.folder())
    }

    fn outcomes(&self) -> Vec<(String, GateOutcome, String)> {
        let log = LogReader::open(&self.folder().log()).unwrap();
        let records = log.entries(0..log.len()).map(|entry| Record::parse(&entry.unwrap()).unwrap());
        let found = records.filter_map(|record| match record {
            Record::Observation(observation) => match *observation {
                Observation::GateFinding(finding) if finding.gate.as_str() == "weights" => {
                    Some((finding.candidate.to_string(), finding.outcome, finding.reason))
                }
                _ => None,
            },
            _ => None,
        });
        found.collect()
    }
}

fn copy(from: &Path, to: &Path) {
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

#[test]
fn a_derived_candidate_fails_the_gate_and_the_evidence_can_be_made_again() {
    let stage = Stage::new();
    stage.run().unwrap();
    let found = stage.outcomes();
    let outcome = |name: &str| found.iter().find(|(candidate, _, _)| candidate == name).unwrap();
    assert_eq!(outcome("garam").1, GateOutcome::Passed);
    assert_eq!(outcome("narae").1, GateOutcome::Failed, "{}", outcome("narae").2);
    assert_eq!(outcome("dasom").1, GateOutcome::NotShown);
    let verified = verify(&stage.folder(), None, None).unwrap();
    assert_eq!((verified.compared, verified.compared_again), (3, 0));
    let verified = verify(&stage.folder(), None, Some(&stage.base())).unwrap();
    assert_eq!((verified.compared, verified.compared_again), (3, 2));
    // Published evidence says which files it is on, and not where they lay.
    let evidence = fs::read_to_string(stage.folder().path().join("lineage/weights/narae.json")).unwrap();
    assert!(!evidence.contains(&stage.work.path().display().to_string()));
    let report = fs::read_to_string(stage.folder().report()).unwrap();
    assert!(report.contains("known: 파생됨 (derived)"));
    assert!(stage.run().is_ok(), "the same stage goes on where it is finished");
}

#[test]
fn weights_other_than_the_rules_name_are_refused_before_anything_is_asked() {
    let stage = Stage::new();
    let path = stage.base().join("known.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(matches!(stage.run(), Err(StageError::DigestMismatch { .. })));
    assert!(!stage.folder().verdict().exists());
}

#[test]
fn a_file_that_is_no_weights_is_told_with_its_path() {
    let stage = Stage::new();
    let toml = stage.base().join("programme.toml");
    let text = fs::read_to_string(&toml).unwrap();
    let old = Digest::of(&fs::read(stage.base().join("known.safetensors")).unwrap()).to_string();
    fs::write(stage.base().join("known.safetensors"), b"no weights").unwrap();
    fs::write(&toml, text.replace(&old, &Digest::of(b"no weights").to_string())).unwrap();
    let error = stage.run().unwrap_err();
    assert_eq!((error.code(), error.exit_code()), ("stage::weights", 2));
}
