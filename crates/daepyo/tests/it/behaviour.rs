//! `daepyo lineage behave`: on scripted servers, some of which fail, and on two real models where they are.

use crate::line::{Line, code, stderr, stdout};
use crate::servers::Servers;
use daepyo_backend::faulty::{Fault, Faults, Script};
use daepyo_core::Digest;
use daepyo_lineage::behaviour::{Behaviour, BehaviourVerdict, LEAST_TEXTS};
use std::fs;
use std::process::Output;
use std::sync::Arc;

const NAMES: [&str; 4] = ["suspect", "parent", "other", "control"];
const WORDS: [&str; 8] = [" and", " the", " 하지만", "는", ",", " of", " 그리고", "\n\nThen"];

fn drawn(author: &str, prompt: &str) -> u8 {
    Digest::of(format!("{author} {prompt}").as_bytes()).as_bytes()[0]
}

/// A word of its own; the suspect takes more than half of them from the parent.
fn writes(name: &str, prompt: &str) -> String {
    let takes = name == "suspect" && drawn("taken", prompt) < 150;
    let author = if takes { "parent" } else { name };
    format!("{} goes on", WORDS[usize::from(drawn(author, prompt)) % WORDS.len()])
}

fn script(name: &str) -> Script {
    let name = name.to_owned();
    Script { answer: Arc::new(move |prompt: &str| writes(&name, prompt)), ..Script::default() }
}

fn faulty(name: &str) -> Script {
    let kinds = Fault::PASSING.to_vec();
    Script { faults: Faults::Seeded { seed: 3, per_mille: 100, most_per_request: 2, kinds }, ..script(name) }
}

fn spec(servers: &Servers, name: &str) -> String {
    format!("openai:{}?model={name}", servers.url(name))
}

/// Asks the named models, the last of which is the control.
fn behave(line: &Line, servers: &Servers, suspect: &str, more: &[&str]) -> Output {
    let models = [suspect, "parent", "control"].map(|name| spec(servers, name));
    let [suspect, parent, control] = models.each_ref().map(String::as_str);
    let models = ["lineage", "behave", suspect, parent, "--control", control];
    line.daepyo(&[&models[..], more].concat()).output().unwrap()
}

fn found(output: &Output) -> Behaviour {
    assert_eq!(code(output), 0, "{}", stderr(output));
    let found: Behaviour = serde_json::from_str(&stdout(output)).unwrap();
    assert!(found.follows());
    found
}

#[test]
fn a_suspect_that_writes_what_the_parent_writes_is_told_in_both_languages() {
    let servers = Servers::start(&NAMES, &script);
    let line = Line::new();
    let record = found(&behave(&line, &servers, "suspect", &["--json"]));
    assert_eq!(record.found.verdict, BehaviourVerdict::AgreesMore, "{:?}", record.found);
    assert_eq!((record.found.texts, record.found.positions, record.found.left_out), (120, 240, 0));
    assert_eq!((record.suspect.digest, record.suspect.answered), (None, 240));
    // One request for each model and position, and nothing else.
    assert_eq!(servers.count(), 720);

    let said = behave(&line, &servers, "suspect", &["--lang", "ko"]);
    assert_eq!(code(&said), 0, "{}", stderr(&said));
    let said = stdout(&said);
    assert!(said.contains("판정: 모든 대조 모델보다 더 일치함") && !said.contains('{'), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("다시 하는 명령: daepyo lineage behave "), "{last}");
    assert!(last.ends_with("--positions 240 --seed 0 --draws 99999 --level 0.001"), "{last}");
    let said = stdout(&behave(&line, &servers, "suspect", &["--lang", "en"]));
    assert!(said.contains("verdict: agrees more than every control") && !said.contains('{'), "{said}");
}

#[test]
fn a_stranger_is_no_evidence_and_faults_that_pass_change_no_byte() {
    let mut servers = Servers::start(&NAMES, &script);
    let line = Line::new();
    let options = ["--positions", "40", "--json"];
    let faultless = behave(&line, &servers, "other", &options);
    assert_eq!(found(&faultless).found.verdict, BehaviourVerdict::NoEvidence);
    servers.restart(&faulty);
    let again = behave(&line, &servers, "other", &options);
    assert_eq!((code(&again), stdout(&again)), (0, stdout(&faultless)), "{}", stderr(&again));
    assert!(NAMES.iter().any(|name| servers.arrivals(name).iter().any(|arrival| arrival.fault.is_some())));
}

#[test]
fn texts_of_ones_own_are_asked_in_the_form_that_they_have() {
    let servers = Servers::start(&NAMES, &script);
    let line = Line::new();
    let texts: Vec<String> =
        (0..LEAST_TEXTS).map(|number| format!("This is text {number} of ours.")).collect();
    fs::write(line.path("own.txt"), texts.join("\n")).unwrap();
    let rows: Vec<String> = texts.iter().map(|text| format!("{{\"text\": \"{text}\"}}")).collect();
    fs::write(line.path("own.jsonl"), rows.join("\n")).unwrap();
    let record = |file: &str| found(&behave(&line, &servers, "suspect", &["--prompts", file, "--json"]));
    let (plain, json) = (record("own.txt"), record("own.jsonl"));
    assert_eq!(plain.found, json.found);
    assert_eq!((plain.texts.file.as_deref(), plain.texts.count), (Some("own.txt"), LEAST_TEXTS));
    assert!(servers.arrivals("parent").iter().any(|arrival| arrival.prompt == "This is text"));
}

#[test]
fn a_server_that_answers_nothing_is_the_environments_fault() {
    let refuses = |name: &str| {
        let always = if name == "parent" { vec![(String::new(), Fault::BadRequest)] } else { Vec::new() };
        Script { always, ..script(name) }
    };
    let servers = Servers::start(&NAMES, &refuses);
    let line = Line::new();
    let output = behave(&line, &servers, "suspect", &["--positions", "40"]);
    assert_eq!((code(&output), stdout(&output)), (3, String::new()));
    let said = stderr(&output);
    assert!(said.contains("behaviour::unanswered") && said.contains("0 of 40"), "{said}");
    // The key of one server is asked for by its address, and missing.
    let key = format!("{}=BEHAVE_KEY", servers.url("suspect"));
    let output = behave(&line, &servers, "suspect", &["--api-key-env", &key]);
    assert_eq!(code(&output), 3);
    let said = stderr(&output);
    assert!(said.contains("backend::setting") && said.contains("BEHAVE_KEY"), "{said}");
}

#[test]
fn what_cannot_be_asked_is_told_before_anything_is_asked() {
    let servers = Servers::start(&NAMES, &script);
    let line = Line::new();
    fs::write(line.path("bad.jsonl"), "{\"text\": \"a b c d\"}\n[]\n").unwrap();
    fs::write(line.path("few.txt"), "one two three four\n").unwrap();
    let cases: [(&[&str], i32, &str); 5] = [
        (&["--draws", "99"], 2, "behaviour::too_few_draws"),
        (&["--prompts", "bad.jsonl"], 2, "behaviour::line"),
        (&["--prompts", "few.txt"], 2, "behaviour::too_few_texts"),
        (&["--prompts", "none.txt"], 3, "behaviour::unreadable"),
        (&["--control", "none.gguf"], 3, "none.gguf"),
    ];
    for (more, expected, wanted) in cases {
        let output = behave(&line, &servers, "suspect", more);
        let said = stderr(&output);
        assert_eq!(code(&output), expected, "{more:?}: {said}");
        assert!(said.contains(wanted), "{more:?}: {said}");
    }
    let twice = behave(&line, &servers, "control", &[]);
    assert_eq!(code(&twice), 2);
    assert!(stderr(&twice).contains("behaviour::twice"), "{}", stderr(&twice));
    let output = line.daepyo(&["lineage", "behave", "a", "b", "--control", "c"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("llama:FILE.gguf"), "{}", stderr(&output));
    assert_eq!(servers.count(), 0);
}

#[cfg(feature = "llama")]
mod real {
    //! A model and the same with its norms moved a little, as further training moves them, beside another family's.

    use super::{Behaviour, BehaviourVerdict, Line, code, found};
    use daepyo_lineage::{Encoding, Weights};
    use std::fs;
    use std::path::{Path, PathBuf};

    /// The model's file, or `None` after saying on standard error that the test is skipped.
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    fn path(name: &str) -> Option<PathBuf> {
        let folder = std::env::var_os("DAEPYO_MODELS").map_or_else(
            || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/daepyo/models"),
            PathBuf::from,
        );
        let path = folder.join(name);
        if path.is_file() {
            return Some(path);
        }
        eprintln!("skipped: {} is not there (set DAEPYO_MODELS to the folder of the models)", path.display());
        None
    }

    /// Every norm weight made larger or smaller by a hundredth.
    fn moved(from: &Path, to: &Path) {
        let mut bytes = fs::read(from).unwrap();
        let weights = Weights::open(from).unwrap();
        let norms = weights
            .tensors
            .iter()
            .filter(|tensor| tensor.name.ends_with("norm.weight") && tensor.encoding == Encoding::F32);
        let mut count = 0;
        for norm in norms {
            let start = usize::try_from(norm.extent.offset).unwrap();
            let end = start + usize::try_from(norm.extent.bytes).unwrap();
            for number in bytes[start..end].chunks_exact_mut(4) {
                let value = f32::from_le_bytes(number.try_into().unwrap());
                let factor = if count % 3 == 0 { 1.01 } else { 0.99 };
                number.copy_from_slice(&(value * factor).to_le_bytes());
                count += 1;
            }
        }
        assert!(count > 1000, "{count} numbers of norms");
        fs::write(to, bytes).unwrap();
    }

    #[test]
    fn a_moved_copy_is_found_and_another_family_is_not() {
        let (Some(smollm2), Some(gemma3)) =
            (path("SmolLM2-135M-Instruct.Q4_1.gguf"), path("gemma-3-270m-q4_k_m.gguf"))
        else {
            return;
        };
        let line = Line::new();
        moved(&smollm2, &line.path("moved.gguf"));
        let asked = |models: [&Path; 3]| -> Behaviour {
            let [suspect, parent, control] = models.map(|model| model.to_str().unwrap());
            let options = ["--positions", "40", "--level", "0.01", "--draws", "9999", "--json"];
            let models = ["lineage", "behave", suspect, parent, "--control", control];
            let output = line.daepyo(&[&models[..], &options[..]].concat()).output().unwrap();
            assert_eq!(code(&output), 0);
            found(&output)
        };
        let copy = line.path("moved.gguf");
        let record = asked([&copy, &smollm2, &gemma3]);
        assert_eq!(record.found.verdict, BehaviourVerdict::AgreesMore, "{:?}", record.found);
        assert!(record.suspect.digest.is_some_and(|digest| digest.starts_with("sha256:")));
        let record = asked([&gemma3, &smollm2, &copy]);
        assert_eq!(record.found.verdict, BehaviourVerdict::NoEvidence, "{:?}", record.found);
    }
}
