//! The gate of independence, and weights behind a source of answers, as they are written.

use super::{VALID, parse, text};
use daepyo_core::{GateOutcome, GateRule};
use daepyo_spec::{Code, Files, Problem};

struct Weights;

impl Files for Weights {
    fn is_folder(&self, _: &str) -> bool {
        true
    }
    fn is_file(&self, path: &str) -> bool {
        path != "none.gguf"
    }
}

const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn with(gate: &str) -> String {
    let gate = gate.replace("DIGEST", DIGEST);
    VALID.replacen("kind = \"finding\"\nsource = \"independence.csv\"", &gate, 1)
}

const GATE: &str = "kind = \"independence\"\n\
    against = [{ id = \"known\", weights = \"known.gguf\", digest = \"DIGEST\", own = [\"alpha-1\"] }]\n\
    level = 1e-6\nshared = \"failed\"";

fn problems(source: &str) -> Vec<Problem> {
    parse(source, &Weights).err().unwrap_or_default()
}

#[test]
fn a_gate_of_independence_is_read_with_what_it_compares() {
    let parsed = parse(&with(GATE), &Weights).unwrap();
    let rule = &parsed.programme.stages.first().unwrap().gates.last().unwrap().rule;
    let GateRule::Independence { against, level, shared, seed } = rule else { panic!("{rule:?}") };
    let known = against.first().unwrap();
    assert_eq!((known.weights.as_str(), known.own.first().unwrap().as_str()), ("known.gguf", "alpha-1"));
    assert_eq!((*level, *shared, *seed), (1e-6, GateOutcome::Failed, 0));
}

#[test]
fn what_is_wrong_with_it_is_told_at_its_place() {
    for (old, new, code, place) in [
        ("known.gguf", "none.gguf", Code::GateWithoutData, "\"none.gguf\""),
        ("\"alpha-1\"", "\"alpha-9\"", Code::UnknownId, "\"alpha-9\""),
        ("1e-6", "0.5", Code::OutOfRange, "0.5"),
        ("\"failed\"", "\"lost\"", Code::UnknownWord, "\"lost\""),
        ("DIGEST", "sha256:12", Code::BadValue, "\"sha256:12\""),
    ] {
        let source = with(&GATE.replacen(old, new, 1));
        let found = problems(&source);
        let said: Vec<String> = found.iter().map(text).collect();
        assert_eq!(found.len(), 1, "{old} -> {new}: {said:#?}");
        let problem = found.first().unwrap();
        assert_eq!((problem.code, source.get(problem.span.clone()).unwrap()), (code, place), "{said:?}");
    }
}

#[test]
fn weights_stand_beside_a_server() {
    let weights = format!("weights = {{ file = \"alpha.safetensors\", digest = \"{DIGEST}\" }}\nlicence");
    let parsed = parse(&VALID.replacen("licence", &weights, 1), &Weights).unwrap();
    let submitted = parsed.programme.candidates.first().unwrap().submission.weights.as_ref().unwrap();
    assert_eq!(submitted.file, "alpha.safetensors");
    let half = VALID.replacen("licence", "weights = { file = \"alpha.safetensors\" }\nlicence", 1);
    let found = problems(&half);
    assert_eq!(found.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::MissingKey]);
}
