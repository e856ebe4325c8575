//! What this report rests on, and the command that checks it.

use crate::{ReportInput, both::say, number, table::section, visible};
use daepyo_core::canonical;
use maud::{Markup, html};

pub(crate) fn render(input: &ReportInput<'_>) -> Markup {
    let verdict = canonical::digest(input.verdict).ok();
    let block = |text: &str| html! { pre tabindex="0" { "\n" (visible::block(text.trim_end())) } };
    let content = html! {
        p { (say("report-proof-lead", &[])) }
        pre.command tabindex="0" { "\n" (visible::block(input.verify_command)) }
        p { (say("report-proof-what", &[])) }
        dl.proof {
            dt { (say("report-proof-rules", &[])) }
            dd { code.digest { (input.rules_digest.to_string()) } }
            @if let Some(verdict) = verdict {
                dt { (say("report-proof-verdict", &[])) }
                dd { code.digest { (verdict.to_string()) } }
            }
            dt { (say("report-proof-log", &[])) }
            dd { (say("report-proof-entries", &[("count", &number::count(input.log_size).into())])) }
            @if !input.verifier_key.is_empty() {
                dt { (say("report-proof-key", &[])) }
                dd { code.digest { (visible::line(input.verifier_key)) } }
            }
            @if !input.checkpoint.is_empty() {
                dt { (say("report-proof-checkpoint", &[])) }
                dd { (block(input.checkpoint)) }
            }
        }
    };
    section("proof", &say("report-proof", &[]), &content)
}
