//! Finds chat templates that were applied twice, and thinking that nobody asked for.

use super::{PreflightCode, PreflightFinding};
use crate::{Capabilities, ChatSupport};
use daepyo_core::{Prompt, Request};

/// Texts that begin a turn, each with what ends or answers it before the next may begin.
const TURNS: [(&str, &[&str]); 8] = [
    ("<|im_start|>", &["<|im_end|>"]),
    ("<start_of_turn>", &["<end_of_turn>"]),
    ("<|start_of_role|>", &["<|end_of_text|>"]),
    ("<|start_header_id|>", &["<|eot_id|>", "<|eom_id|>", "<|end_of_text|>"]),
    ("[INST]", &["[/INST]"]),
    ("[|user|]", &["[|assistant|]"]),
    ("<|user|>", &["<|assistant|>", "<|end|>", "<|endofturn|>", "</s>"]),
    ("<｜User｜>", &["<｜Assistant｜>"]),
];

/// Texts of a template or a prompt that make a candidate think aloud.
const THINKING: [&str; 5] = ["<think>", "</think>", "<|channel|>", "enable_thinking", "<thinking>"];

/// The text that begins a turn within a turn.
pub(super) fn nested(request: &Request) -> Option<&'static str> {
    match request {
        Request::Generate { prompt: Prompt::Text(text), .. }
        | Request::Loglikelihood { context: text, .. }
        | Request::LoglikelihoodRolling { text } => nested_in(text),
        // The server makes turns of messages: a turn within one is the second.
        Request::Generate { prompt: Prompt::Chat(messages), .. } => TURNS
            .iter()
            .map(|(begin, _)| *begin)
            .find(|begin| messages.iter().any(|message| message.content.contains(begin))),
    }
}

fn nested_in(text: &str) -> Option<&'static str> {
    TURNS
        .iter()
        .find(|(begin, ends)| {
            let mut pieces = text.split(begin);
            // Before the first turn.
            pieces.next();
            let mut pieces = pieces.peekable();
            while let Some(piece) = pieces.next() {
                if pieces.peek().is_some() && !ends.iter().any(|end| piece.contains(end)) {
                    return true;
                }
            }
            false
        })
        .map(|(begin, _)| *begin)
}

/// A template that can make the candidate think, where it is asked for.
pub(super) fn thinking_template(capabilities: &Capabilities, chat_asked: bool) -> Option<PreflightFinding> {
    let ChatSupport::Template { source, .. } = &capabilities.chat else { return None };
    let marker = marker_in(source).filter(|_| chat_asked)?.to_owned();
    Some(PreflightFinding { code: PreflightCode::ThinkingTemplate { marker }, count: 0, example: None })
}

/// A thinking tag in a prompt.
pub(super) fn thinking_prompt(request: &Request) -> Option<&'static str> {
    match request {
        Request::Generate { prompt: Prompt::Text(text), .. }
        | Request::Loglikelihood { context: text, .. } => marker_in(text),
        Request::Generate { prompt: Prompt::Chat(messages), .. } => {
            messages.iter().find_map(|message| marker_in(&message.content))
        }
        Request::LoglikelihoodRolling { .. } => None,
    }
}

fn marker_in(text: &str) -> Option<&'static str> {
    THINKING.into_iter().find(|marker| text.contains(marker))
}
