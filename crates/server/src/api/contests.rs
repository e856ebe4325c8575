//! Contests as everybody sees them: their rules, how they stand, their results after the close, and receipts.

use super::call::{Asked, Nothing, read, send};
use super::listing::{Given, Listed, PageQuery};
use super::operation::{About, Link, Tag};
use crate::app::App;
use crate::contest::{Held, find_contest, inclusion, is_finished, log_key, results};
use crate::refusal::Refusal;
use crate::route::{Roles, Route};
use daepyo_contest::published::{self, Counts, FILES, Summary};
use daepyo_contest::{Inclusion, Receipt};
use daepyo_core::{CandidateId, ContestRule, CriterionId, Digest, Localized, StageId, VoteChoice};
use daepyo_verdict::attack::AttackBudget;
use daepyo_verdict::voters::{Beside, VoterReport};
use daepyo_verdict::votes::Ranking;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A receipt has about 6 KB; its proof grows with the logarithm of the log.
const RECEIPT_BYTES: usize = 256 << 10;

const ONE: &[Link] = &[
    Link::to(
        "getContest",
        &[("stage", "$response.body#/items/0/stage"), ("criterion", "$response.body#/items/0/criterion")],
    ),
    Link::to(
        "getResults",
        &[("stage", "$response.body#/items/0/stage"), ("criterion", "$response.body#/items/0/criterion")],
    ),
];

pub(super) fn rows() -> Vec<Route> {
    let about = |id| About::new(id, Tag::Contests);
    vec![
        read("/api/v1/contests", Roles::ANYONE, about("listContests").kept().leads_to(ONE), list),
        read("/api/v1/contests/{stage}/{criterion}", Roles::ANYONE, about("getContest").kept(), one),
        read("/api/v1/contests/{stage}/{criterion}/results", Roles::ANYONE, about("getResults"), outcome),
        send("/api/v1/receipts/check", Roles::ANYONE, about("checkReceipt"), check)
            .body(RECEIPT_BYTES)
            .reads(),
        read("/api/v1/receipts/{commitment}", Roles::ANYONE, about("getCommitment"), commitment),
    ]
}

/// How a contest stands.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ContestState {
    /// The office has not opened it.
    ToCome,
    Open,
    Closed,
}

/// A contest.
#[derive(Serialize, JsonSchema)]
pub(super) struct ContestView {
    stage: StageId,
    stage_title: Localized,
    criterion: CriterionId,
    criterion_title: Localized,
    state: ContestState,
    /// When it opened, in milliseconds since 1970.
    opened_ms: Option<i64>,
    /// When it closed.
    closed_ms: Option<i64>,
    /// Whether it is closed and everything of it is published; a close may take a while.
    published: bool,
    /// Its name in the log: SHA-256 of the opening entry.
    contest: Option<Digest>,
    /// Digest of the sealed rules.
    rules: Option<Digest>,
    /// What it is held by.
    rule: ContestRule,
    /// Who meets; who answered what is told after the close alone.
    contestants: Vec<CandidateId>,
    /// Entries that the log of ballots has by now, those of other contests of this site among them. Nothing else is told
    /// of an open contest.
    log_entries: u64,
}

pub(super) async fn contest_view(app: &App, held: &Held) -> Result<ContestView, Refusal> {
    let open = app.contests().arena(held, app.now_ms()).await?;
    let state = match &open {
        None => ContestState::ToCome,
        Some((_, contest)) if contest.closed_ms.is_some() => ContestState::Closed,
        Some(_) => ContestState::Open,
    };
    let rules = open.as_ref().map(|(arena, _)| arena.rules());
    let published = matches!(state, ContestState::Closed) && is_finished(app, held);
    let (stage_title, criterion_title) = held.titles.clone();
    Ok(ContestView {
        stage: held.setup.stage.clone(),
        stage_title,
        criterion: held.setup.criterion.clone(),
        criterion_title,
        state,
        opened_ms: open.as_ref().map(|(_, contest)| contest.opened_ms),
        closed_ms: open.as_ref().and_then(|(_, contest)| contest.closed_ms),
        published,
        contest: open.as_ref().map(|(arena, _)| arena.name()),
        rules,
        rule: held.setup.rule.clone(),
        contestants: held.setup.contestants.clone(),
        log_entries: app.site().logged_count().await?,
    })
}

async fn list(asked: Asked<Nothing, PageQuery>) -> Result<Given<Listed<ContestView>>, Refusal> {
    let mut all = Vec::new();
    for held in asked.app.contests().held() {
        all.push(contest_view(&asked.app, held).await?);
    }
    Ok(Given::page_of(all, &asked.query))
}

#[derive(Deserialize, JsonSchema)]
pub(super) struct OfContest {
    /// The stage.
    #[schemars(with = "StageId")]
    pub(super) stage: String,
    /// The criterion that the votes count for.
    #[schemars(with = "CriterionId")]
    pub(super) criterion: String,
}

async fn one(asked: Asked<OfContest>) -> Result<Given<ContestView>, Refusal> {
    let OfContest { stage, criterion } = &asked.path;
    let held = asked.app.contests().of(stage, criterion).ok_or_else(Refusal::not_found)?;
    Ok(Given::one(contest_view(&asked.app, held).await?))
}

/// What a closed contest came to.
#[derive(Serialize, JsonSchema)]
pub(super) struct ResultsView {
    counts: Counts,
    /// By all votes that count; null where they are too few for a ranking.
    ranking: Option<Ranking>,
    /// What the registered tests of voters found. Flags delete nothing.
    voters: Option<VoterReport>,
    /// The ranking with and without the flagged voters; null where nobody is flagged.
    beside: Option<Beside>,
    /// How few votes would have moved the cut.
    attack: Vec<AttackBudget>,
    /// Where the published files are fetched, to compute all of this again.
    files: Vec<String>,
}

async fn outcome(asked: Asked<OfContest>) -> Result<Given<ResultsView>, Refusal> {
    let OfContest { stage, criterion } = &asked.path;
    let (held, open) = find_contest(&asked.app, stage, criterion).await?;
    if open.is_none_or(|(_, contest)| contest.closed_ms.is_none()) {
        return Err(Refusal::not_found());
    }
    // A close that is still under way has published nothing yet.
    let path = asked.app.contests().folder(held).join(published::CONTEST);
    let text = tokio::fs::read(path).await.map_err(|error| Refusal::not_found().because(error))?;
    let summary: Summary = serde_json::from_slice(&text).map_err(Refusal::inside)?;
    let files = FILES.iter().map(|file| format!("{}/files/{file}", held.path())).collect();
    let (ranking, voters, beside, attack) = match results(&asked.app, held).await? {
        Some(found) => {
            let found = Arc::unwrap_or_clone(found);
            (Some(found.ranking), Some(found.report), found.without, found.budgets)
        }
        None => (None, None, None, Vec::new()),
    };
    Ok(Given::one(ResultsView { counts: summary.counts, ranking, voters, beside, attack, files }))
}

/// Whether a receipt holds.
#[derive(Serialize, JsonSchema)]
pub(super) struct CheckedReceipt {
    holds: bool,
    /// Why it does not: a code with a page in the documentation.
    why: Option<String>,
    /// What was voted, where it holds.
    choice: Option<VoteChoice>,
    /// Whether the receipt says that the vote was withdrawn.
    withdrawn: bool,
    /// The entry's number in the log, where it holds.
    index: Option<u64>,
    /// Entries under the receipt's checkpoint.
    size: Option<u64>,
    /// The key that it was checked with.
    key: String,
}

async fn check(asked: Asked<Nothing, Nothing, Receipt>) -> Result<Given<CheckedReceipt>, Refusal> {
    let key = log_key(&asked.app)?;
    let receipt = asked.body;
    let withdrawn = receipt.withdrawn_ms.is_some();
    let key_text = key.as_text().to_owned();
    Ok(Given::one(match receipt.check(key) {
        Ok(checkpoint) => CheckedReceipt {
            holds: true,
            why: None,
            choice: Some(receipt.ballot.choice),
            withdrawn,
            index: receipt.logged.as_ref().map(|logged| logged.index),
            size: Some(checkpoint.size()),
            key: key_text,
        },
        Err(error) => CheckedReceipt {
            holds: false,
            why: Some(error.code().to_owned()),
            choice: None,
            withdrawn,
            index: None,
            size: None,
            key: key_text,
        },
    }))
}

#[derive(Deserialize, JsonSchema)]
struct OfCommitment {
    /// What the log has of a vote.
    #[schemars(with = "Digest")]
    commitment: String,
}

/// Where the log has a commitment. It says nothing about the vote.
async fn commitment(asked: Asked<OfCommitment>) -> Result<Given<Inclusion>, Refusal> {
    let commitment = asked.path.commitment.parse().map_err(|_| Refusal::not_found())?;
    inclusion(&asked.app, commitment).await?.map(Given::one).ok_or_else(Refusal::not_found)
}
