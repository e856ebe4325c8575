//! Checking a receipt: by its file, or by the commitment alone, which says nothing about the vote.

use super::form::Fields;
use crate::app::App;
use crate::page::{Page, csrf_field, page};
use crate::public::View;
use crate::refusal::Refusal;
use crate::route::{Roles, Route};
use crate::who::Who;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use daepyo_contest::{Inclusion, Receipt, ReceiptError};
use daepyo_core::Digest;
use daepyo_evidence::{Checkpoint, VerifierKey};
use daepyo_report::words;
use maud::{Markup, html};

/// A receipt has about 6 KB; its proof grows with the logarithm of the log.
const RECEIPT_BYTES: usize = 64 << 10;

pub(super) fn rows() -> Vec<Route> {
    vec![
        Route::get("/receipts", Roles::ANYONE, ask),
        Route::post("/receipts", Roles::ANYONE, check).body(4 * RECEIPT_BYTES),
        Route::get("/receipts/{commitment}", Roles::ANYONE, by_commitment),
    ]
}

/// The key of the log of ballots; nothing is to be found without a contest.
pub(crate) fn key(app: &App) -> Result<&VerifierKey, Refusal> {
    app.contests().logbook().map(daepyo_contest::Logbook::key).ok_or_else(Refusal::not_found)
}

async fn ask(State(app): State<App>, who: Who) -> Result<Page, Refusal> {
    Ok(draw(&who, key(&app)?, &html! {}))
}

fn draw(who: &Who, key: &VerifierKey, above: &Markup) -> Page {
    let body = html! {
        (above)
        p.lead { (who.say("site-receipts-about", &[])) }
        form.stacked method="post" action="/receipts" {
            (csrf_field(who))
            div.field {
                label for="receipt" { (who.say("site-receipts-text", &[])) }
                textarea #receipt name="receipt" rows="8" required spellcheck="false" aria-describedby="receipt-about" {}
                p.soft #receipt-about { (who.say("site-receipts-text-about", &[])) }
            }
            button { (who.say("site-receipts-check", &[])) }
        }
        (offline(&who.view(), key))
    };
    page(who, &who.say("site-receipts", &[]), &body)
}

/// How anybody checks a receipt on their own machine.
pub(super) fn offline(view: &View<'_>, key: &VerifierKey) -> Markup {
    html! {
        h2 { (view.word("site-receipts-offline")) }
        p { (view.word("site-receipts-offline-about")) }
        pre { "daepyo contest receipt receipt.json --key '" (key.as_text()) "'" }
    }
}

async fn check(State(app): State<App>, who: Who, body: Bytes) -> Result<Page, Refusal> {
    let key = key(&app)?;
    let fields = Fields::read(&body);
    let text = fields.one("receipt").trim();
    let checked = Receipt::parse(text.as_bytes()).and_then(|receipt| {
        let checkpoint = receipt.check(key)?;
        Ok((receipt, checkpoint))
    });
    Ok(match checked {
        Ok((receipt, checkpoint)) => draw(&who, key, &holds(&who, &receipt, &checkpoint)),
        Err(error) => draw(&who, key, &fails(&who, &error)).status(StatusCode::UNPROCESSABLE_ENTITY),
    })
}

fn holds(who: &Who, receipt: &Receipt, checkpoint: &Checkpoint) -> Markup {
    let index = receipt.logged.as_ref().map_or_else(String::new, |logged| logged.index.to_string());
    html! {
        div.notice role="status" {
            p.said { (who.say("site-receipts-holds", &[])) }
            dl.facts {
                dt { (who.say("site-receipts-voted", &[])) }
                dd { (who.say(words::choice(receipt.ballot.choice), &[])) }
                dt { (who.say("site-receipts-index", &[])) }
                dd { (index) " / " (checkpoint.size()) }
                dt { (who.say("site-receipts-commitment", &[])) }
                dd { code { (receipt.commitment) } }
                @if receipt.withdrawn_ms.is_some() {
                    dt { (who.say("site-receipts-withdrawn", &[])) }
                    dd { "✓" }
                }
            }
        }
    }
}

fn fails(who: &Who, error: &ReceiptError) -> Markup {
    let id = match error {
        ReceiptError::Malformed => "site-receipts-malformed",
        ReceiptError::OtherVote => "site-receipts-other-vote",
        ReceiptError::NotLogged => "site-receipts-not-logged",
        ReceiptError::Proof(_) => "site-receipts-proof",
        ReceiptError::Parts => "site-receipts-parts",
    };
    html! {
        div.notice.bad role="alert" {
            p.said { (who.say("site-receipts-fails", &[])) }
            p { (who.say(id, &[])) " " code { (error.code()) } }
        }
    }
}

async fn by_commitment(State(app): State<App>, who: Who, Path(text): Path<String>) -> Result<Page, Refusal> {
    let key = key(&app)?;
    let commitment: Digest = text.parse().map_err(|_| Refusal::not_found())?;
    let inclusion = inclusion(&app, commitment).await?.ok_or_else(Refusal::not_found)?;
    let checkpoint = inclusion.check(key).map_err(Refusal::inside)?;
    let vote = app.site().vote_by_commitment(commitment).await?;
    let is_withdrawn = vote.is_some_and(|row| row.withdrawn_ms.is_some());
    let body = html! {
        p.lead { (who.say("site-commitment-about", &[])) }
        dl.facts {
            dt { (who.say("site-receipts-commitment", &[])) }
            dd { code { (commitment) } }
            dt { (who.say("site-receipts-index", &[])) }
            dd { (inclusion.index) " / " (checkpoint.size()) }
            dt { (who.say("site-receipts-log", &[])) }
            dd { code { (inclusion.origin) } }
            @if is_withdrawn {
                dt { (who.say("site-receipts-withdrawn", &[])) }
                dd { "✓" }
            }
        }
        h2 { (who.say("site-receipts-proof-text", &[])) }
        pre { (inclusion.proof) }
    };
    Ok(page(&who, &who.say("site-receipts", &[]), &body))
}

/// Where the log of this site has a commitment.
pub(crate) async fn inclusion(app: &App, commitment: Digest) -> Result<Option<Inclusion>, Refusal> {
    let Some(row) = app.site().vote_by_commitment(commitment).await? else { return Ok(None) };
    let Some((_, arena, _)) = app.contests().battle(row.vote.battle, app.now_ms()).await? else {
        return Ok(None);
    };
    Ok(arena.inclusion(commitment).await?)
}
