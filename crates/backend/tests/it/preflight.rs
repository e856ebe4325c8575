//! Each way to spoil a run is found before it, and a sound run has no finding.

use crate::support::{chat, judged, params, written};
use daepyo_backend::{Capabilities, ChatSupport, Preflight, PreflightCode, PreflightFinding, Severity};
use daepyo_core::{GenerateParams, Language, Prompt, Request};

fn sound() -> Capabilities {
    Capabilities {
        loglikelihood: true,
        context_tokens: Some(100),
        chat: ChatSupport::Native,
        added_bos: Some("<s>".to_owned()),
    }
}

/// One token a word, with the spaces before it.
#[expect(clippy::unnecessary_wraps, reason = "the signature is the backend's")]
fn words(text: &str) -> Option<Vec<u32>> {
    Some(text.split_whitespace().map(|_| 1).collect())
}

fn look(capabilities: &Capabilities, requests: &[Request], chat_asked: bool) -> Vec<PreflightFinding> {
    let mut preflight = Preflight::new(capabilities, chat_asked, &words);
    for request in requests {
        preflight.look(request);
    }
    let found = preflight.findings();
    for finding in &found {
        assert!(!finding.message(Language::Ko).is_empty());
        assert!(finding.to_string().starts_with("preflight::"));
    }
    found
}

fn codes(found: &[PreflightFinding]) -> Vec<&'static str> {
    found.iter().map(|finding| finding.code.as_str()).collect()
}

#[test]
fn a_sound_run_has_no_finding() {
    let turn = "<|im_start|>user\n하나<|im_end|>\n<|im_start|>assistant\n";
    let shots = format!("<|im_start|>user\n영<|im_end|>\n<|im_start|>assistant\n0<|im_end|>\n{turn}");
    let requests =
        [written("하나 둘"), chat("하나"), judged("하나 둘", " 셋"), written(turn), written(&shots)];
    assert_eq!(look(&sound(), &requests, true), []);
}

#[test]
fn a_doubled_beginning_is_counted_with_its_first_request() {
    let requests = [written("하나"), written("<s>둘"), judged("", "<s>셋"), judged("<s> 넷", " 다섯")];
    let found = look(&sound(), &requests, false);
    assert_eq!(codes(&found), ["preflight::double_bos"]);
    assert_eq!((found[0].count, found[0].example), (3, Some(requests[1].digest())));
    assert_eq!(found[0].severity(), Severity::Warning);
    let mut without = sound();
    without.added_bos = None;
    assert_eq!(look(&without, &requests, false), []);
}

#[test]
fn a_missing_template_is_an_error() {
    let mut capabilities = sound();
    capabilities.chat = ChatSupport::None;
    assert_eq!(codes(&look(&capabilities, &[written("하나")], true)), ["preflight::chat_template_missing"]);
    assert_eq!(look(&capabilities, &[written("하나")], false), []);
    let found = look(&capabilities, &[chat("하나")], false);
    assert_eq!(codes(&found), ["preflight::chat_template_missing"]);
    assert_eq!((found[0].count, found[0].severity()), (1, Severity::Error));
}

#[test]
fn a_template_within_a_template_is_found() {
    for twice in [
        "<|im_start|>user\n<|im_start|>user\n하나<|im_end|>\n<|im_start|>assistant\n<|im_end|>\n<|im_start|>assistant\n",
        "<start_of_turn>user\n<start_of_turn>user\n하나<end_of_turn>\n",
        "[INST] [INST] 하나 [/INST] [/INST]",
        "[|user|][|user|]하나\n[|assistant|]\n[|assistant|]",
        "<|start_header_id|>user<|end_header_id|>\n\n<|start_header_id|>user<|end_header_id|>\n\n하나<|eot_id|>",
    ] {
        let found = look(&sound(), &[written("하나"), written(twice)], true);
        assert_eq!(codes(&found), ["preflight::chat_template_twice"], "{twice}");
        assert_eq!(found[0].count, 1);
    }
    let found = look(&sound(), &[chat("<|im_start|>user\n하나<|im_end|>")], true);
    assert_eq!(codes(&found), ["preflight::chat_template_twice"]);
}

#[test]
fn thinking_is_told_for_template_and_prompt() {
    let mut capabilities = sound();
    capabilities.chat = ChatSupport::Template {
        source: "{% if enable_thinking %}<think>{% endif %}".to_owned(),
        bos: String::new(),
        eos: String::new(),
    };
    let found = look(&capabilities, &[written("하나\n<think>\n")], true);
    assert_eq!(codes(&found), ["preflight::thinking_template", "preflight::thinking_prompt"]);
    assert_eq!(found[0].severity(), Severity::Note);
    assert_eq!(look(&capabilities, &[written("하나")], false), []);
}

#[test]
fn lengths_count_the_answer_and_the_added_beginning() {
    let asked = |words: usize| Request::Generate {
        prompt: Prompt::Text("말 ".repeat(words)),
        params: GenerateParams { max_tokens: 40, ..params(&[]) },
    };
    let found = look(&sound(), &[asked(59), asked(60), asked(80)], false);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].count, &found[0].code),
        (2, &PreflightCode::PromptTooLong { longest_tokens: 121, context_tokens: 100 })
    );
    let capabilities = sound();
    let mut preflight = Preflight::new(&capabilities, false, &|_| None);
    preflight.look(&asked(80));
    assert_eq!(codes(&preflight.findings()), ["preflight::length_unknown"]);
}

#[test]
fn what_must_fit_is_not_tokenized() {
    let capabilities = Capabilities { context_tokens: Some(4_096), ..sound() };
    let tokenize = |text: &str| {
        assert!(text.len() < 3_000, "a text of {} bytes was counted", text.len());
        words(text)
    };
    let mut preflight = Preflight::new(&capabilities, false, &tokenize);
    preflight.look(&judged(&"긴 ".repeat(900), " 둘"));
    preflight.look(&written(&"긴 ".repeat(900)));
    assert_eq!(preflight.findings(), []);
}

#[test]
fn an_empty_choice_after_a_long_context_is_found() {
    let capabilities = Capabilities { context_tokens: Some(4_096), ..sound() };
    let context = "긴 글 ".repeat(400);
    let requests = [judged(&context, "둘"), judged(context.trim_end(), "둘")];
    let found = look(&capabilities, &requests, false);
    assert_eq!(codes(&found), ["preflight::empty_continuation"]);
    assert_eq!((found[0].count, found[0].example), (1, Some(requests[1].digest())));
}

#[test]
fn a_choice_without_a_token_of_its_own_is_found() {
    let requests = [judged("하나", " 둘"), judged("하나", "둘"), judged("하나", ""), judged("하나 ", "둘")];
    let found = look(&sound(), &requests, false);
    assert_eq!(codes(&found), ["preflight::empty_continuation"]);
    assert_eq!((found[0].count, found[0].example), (2, Some(requests[1].digest())));
}

#[test]
fn log_likelihoods_without_logprobs_are_an_error() {
    let mut capabilities = sound();
    capabilities.loglikelihood = false;
    let found = look(&capabilities, &[written("하나"), judged("하나", " 둘")], false);
    assert_eq!(codes(&found), ["preflight::logprobs_missing"]);
    assert_eq!((found[0].count, found[0].severity()), (1, Severity::Error));
    assert_eq!(look(&capabilities, &[written("하나")], false), []);
}
