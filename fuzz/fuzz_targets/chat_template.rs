//! A model's chat template: compiled, given a conversation, with and without a turn of the model to begin.
#![no_main]

use daepyo_core::{Message, Role};
use daepyo_task::CompiledChatTemplate;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(
    // The template engine panics on some templates, which its caller turns into an error: only a panic that escapes
    // may end the run, and the fuzzer's own hook would end it before.
    init: std::panic::set_hook(Box::new(|_| {})),
    |data: &[u8]| -> Corpus {
    let Some([template, system, user, assistant]) = daepyo_fuzz::parts(data) else { return Corpus::Reject };
    let Ok(compiled) = CompiledChatTemplate::compile(template, "<s>", "</s>", (2026, 11, 21)) else {
        return Corpus::Keep;
    };
    let message = |role, content: &str| Message { role, content: content.to_owned() };
    let messages =
        [message(Role::System, system), message(Role::User, user), message(Role::Assistant, assistant)];
    let once = compiled.render(&messages, true).ok();
    assert_eq!(compiled.render(&messages, true).ok(), once);
    if let Ok(open) = compiled.render(&messages, false) {
        assert!(open.trim_end().ends_with(assistant.trim()), "the last message is not left open");
    }
    Corpus::Keep
    }
);
