//! The parts of a battle's page that a conversation needs: what to ask, and where answers are written.

use crate::assets;
use crate::page::csrf_field;
use crate::who::Who;
use daepyo_arena::markdown;
use daepyo_contest::Arena;
use daepyo_store::site::{Battle, Turn};
use maud::{Markup, PreEscaped, html};

/// Bytes of an assigned prompt's HTML, at most.
const PROMPT_BYTES: usize = 64 << 10;

/// The site's script for answers as they are written.
pub(in crate::contest) fn script() -> Markup {
    html! { @if let Some(path) = assets::script_path("live") { script src=(path) defer {} } }
}

/// Where the answers of a turn are written; the script reads the stream that is named here.
pub(in crate::contest) fn waiting(who: &Who, arena: &Arena, name: &str, turn: &Turn) -> Markup {
    let number = turn.number;
    html! {
        @if arena.asks_identity(&turn.prompt) {
            p.soft { (who.say("site-live-identity", &[])) }
        }
        div.live data-stream=(format!("/battles/{name}/turns/{number}/stream"))
            data-broken=(who.say("site-live-broken", &[])) {
            (csrf_field(who))
            p.said role="status" data-said {}
            div.sides {
                (column(who, "left", number))
                (column(who, "right", number))
            }
            button.second type="button" hidden data-again { (who.say("site-live-retry", &[])) }
            noscript { p.notice { (who.say("site-live-script", &[])) } }
        }
    }
}

/// One side's column. Nobody is read each word: it is busy until the page has the whole answer.
fn column(who: &Who, side: &'static str, turn: u32) -> Markup {
    let id = format!("{side}-{turn}");
    let heading = if side == "left" { "site-battle-left" } else { "site-battle-right" };
    html! {
        article.answer aria-labelledby=(id) aria-busy="true" {
            h3 #(id) { (who.say(heading, &[])) }
            div.written.plain dir="auto" data-side=(side) {}
        }
    }
}

/// The form for the next prompt, while turns are left; with an assigned prompt the first turn asks that one.
pub(in crate::contest) fn further(who: &Who, arena: &Arena, battle: &Battle, name: &str) -> Markup {
    let rule = &arena.sealed().rule;
    let done = u32::try_from(battle.turns.len()).unwrap_or(u32::MAX);
    let left = rule.turns.saturating_sub(done);
    if left == 0 {
        return html! {};
    }
    let assigned = battle.opened.prompt.as_deref().filter(|_| done == 0);
    let assigned = assigned.and_then(|id| arena.sealed().prompt(id));
    let action = format!("/battles/{name}/turns");
    if let Some(assigned) = assigned {
        return html! {
            p { (who.say("site-live-assigned", &[])) }
            div.prompt dir="auto" { (PreEscaped(markdown::to_html(&assigned.text, PROMPT_BYTES))) }
            form.actions method="post" action=(action) {
                (csrf_field(who))
                button { (who.say("site-live-ask-assigned", &[])) }
            }
        };
    }
    let most = rule.prompt_characters.to_string();
    let label = if done == 0 { "site-live-prompt" } else { "site-live-further" };
    html! {
        form.ask method="post" action=(action) {
            (csrf_field(who))
            div.field {
                label for="prompt" { (who.say(label, &[])) }
                textarea #prompt name="prompt" rows="3" maxlength=(most) required dir="auto" aria-describedby="prompt-about" {}
                p.soft #prompt-about {
                    (who.say("site-live-prompt-about", &[("count", &most)])) " "
                    (who.say("site-live-turns-left", &[("count", &left.to_string())]))
                }
            }
            button.second[done > 0] { (who.say("site-live-ask", &[])) }
        }
    }
}
