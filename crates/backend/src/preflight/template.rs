//! Finds chat templates that were applied twice, and thinking that nobody asked for.

use super::{Preflight, PreflightCode, PreflightFinding, Tally};
use crate::ChatSupport;
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

pub(super) fn twice(look: &Preflight<'_>) -> Option<PreflightFinding> {
    let mut first = None;
    let mut tally = Tally::default();
    for request in look.requests {
        if let Some(marker) = nested(request) {
            first.get_or_insert(marker);
            tally.add(request);
        }
    }
    tally.finding(PreflightCode::ChatTemplateTwice { marker: first.unwrap_or_default().to_owned() })
}

/// The text that begins a turn within a turn.
fn nested(request: &Request) -> Option<&'static str> {
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

pub(super) fn thinking(look: &Preflight<'_>) -> Vec<PreflightFinding> {
    let mut found = Vec::new();
    if let ChatSupport::Template { source, .. } = &look.capabilities.chat
        && look.chat_asked
        && let Some(marker) = marker_in(source)
    {
        found.push(PreflightFinding {
            code: PreflightCode::ThinkingTemplate { marker: marker.to_owned() },
            count: 0,
            example: None,
        });
    }
    let mut first = None;
    let mut tally = Tally::default();
    for request in look.requests {
        let marker = match request {
            Request::Generate { prompt: Prompt::Text(text), .. }
            | Request::Loglikelihood { context: text, .. } => marker_in(text),
            Request::Generate { prompt: Prompt::Chat(messages), .. } => {
                messages.iter().find_map(|message| marker_in(&message.content))
            }
            Request::LoglikelihoodRolling { .. } => None,
        };
        if let Some(marker) = marker {
            first.get_or_insert(marker);
            tally.add(request);
        }
    }
    found.extend(
        tally.finding(PreflightCode::ThinkingPrompt { marker: first.unwrap_or_default().to_owned() }),
    );
    found
}

fn marker_in(text: &str) -> Option<&'static str> {
    THINKING.into_iter().find(|marker| text.contains(marker))
}
