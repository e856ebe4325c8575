//! Behaviour of the core types from outside.
#![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

use daepyo_core::{CandidateId, Date, Digest, GenerateParams, ModelSpec, Prompt, Request, canonical};

#[test]
fn canonical_form_sorts_keys_at_every_depth() {
    let value = serde_json::json!({"z": {"b": 1, "a": 2}, "a": [{"y": 0.1, "x": "한"}]});
    let bytes = canonical::to_bytes(&value).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), r#"{"a":[{"x":"한","y":0.1}],"z":{"a":2,"b":1}}"#);
}

#[test]
fn a_digest_reads_back_and_nothing_else_does() {
    let digest = Digest::of(b"abc");
    assert_eq!(digest.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
    let upper = digest.to_string().to_uppercase();
    for wrong in [upper.as_str(), "sha256:", "sha256:00", &digest.hex(), &format!("{digest}0")] {
        assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
    }
}

#[test]
fn dates_know_the_calendar() {
    let day = |text: &str| text.parse::<Date>().unwrap();
    assert_eq!(day("2026-08-31").months_before(6), day("2026-02-28"));
    assert_eq!(day("2024-03-31").months_before(1), day("2024-02-29"));
    assert_eq!(day("2026-12-25").days_after(10), day("2027-01-04"));
    assert!(day("2026-02-01") < day("2026-11-01"));
    for wrong in ["2026-02-29", "2026-13-01", "2026-1-01", "20260101", "2026-01-01x", "+026-01-01"] {
        assert!(wrong.parse::<Date>().is_err(), "{wrong}");
    }
}

#[test]
fn model_specs_read_back() {
    for text in ["llama:a/b.gguf", "replay:x.jsonl", "openai:http://127.0.0.1:1/v1?model=m"] {
        assert_eq!(text.parse::<ModelSpec>().unwrap().to_string(), text);
    }
    for wrong in
        ["llama:", "gguf:x", "openai:http://x", "openai:ftp://x?model=m", "x", "openai:http://x?model="]
    {
        assert!(wrong.parse::<ModelSpec>().is_err(), "{wrong}");
    }
}

#[test]
fn requests_with_the_same_content_have_the_same_digest() {
    let request = |seed| Request::Generate {
        prompt: Prompt::Text("질문".into()),
        params: GenerateParams { max_tokens: 8, temperature: 0.0, top_p: 1.0, stop: vec!["\n".into()], seed },
    };
    assert_eq!(request(1).digest(), request(1).digest());
    assert_ne!(request(1).digest(), request(2).digest());
}

#[test]
fn ids_are_strict() {
    assert!(CandidateId::new("alpha-1.5_b").is_ok());
    for wrong in ["", "-a", "A", "a b", "가", &"a".repeat(65)] {
        assert!(CandidateId::new(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_field_of_a_verdict_is_documented() {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let source = std::fs::read_to_string(format!("{root}/src/verdict.rs")).unwrap();
    let page = std::fs::read_to_string(format!("{root}/../../docs/reference/verdict.md")).unwrap();
    let fields = source
        .lines()
        .filter_map(|line| line.strip_prefix("    pub ")?.split_once(": ").map(|(name, _)| name));
    let missing: Vec<_> = fields.filter(|name| !page.contains(&format!("| `{name}` |"))).collect();
    assert!(missing.is_empty(), "docs/reference/verdict.md does not have {missing:?}");
}
