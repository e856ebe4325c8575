//! The programme: its calendar, rules with their history, candidates.

use super::call::{Asked, Nothing, read};
use super::listing::{Given, Listed, PageQuery};
use super::operation::{About, Link, Tag};
use super::stages::{StageLine, stage_line, view};
use crate::public::{Shown, changes, rules_digest};
use crate::refusal::Refusal;
use crate::route::{Roles, Route};
use daepyo_core::{
    Candidate, CandidateDecision, CandidateId, Date, Digest, GateId, Localized, Programme, ProgrammeId,
    StageId, Team, TeamId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const STAGES: &[Link] = &[Link::to("getStage", &[("stage", "$response.body#/stages/0/id")])];
const ONE: &[Link] = &[Link::to("getCandidate", &[("candidate", "$response.body#/items/0/id")])];

pub(super) fn rows() -> Vec<Route> {
    let about = |id| About::new(id, Tag::Programme);
    vec![
        read("/api/v1/programme", Roles::ANYONE, about("getProgramme").kept().leads_to(STAGES), programme),
        read("/api/v1/rules", Roles::ANYONE, about("getRules").kept(), rules),
        read("/api/v1/candidates", Roles::ANYONE, about("listCandidates").kept().leads_to(ONE), candidates),
        read("/api/v1/candidates/{candidate}", Roles::ANYONE, about("getCandidate").kept(), candidate),
    ]
}

/// The programme and its calendar.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProgrammeView {
    id: ProgrammeId,
    title: Localized,
    /// Version of the rules.
    version: u32,
    /// Day of that version.
    dated: Date,
    /// What every reader must know.
    notes: Vec<Localized>,
    teams: Vec<Team>,
    /// In order of time.
    stages: Vec<StageLine>,
}

async fn programme(asked: Asked<Nothing>) -> Result<Given<ProgrammeView>, Refusal> {
    view(&asked.app, |view| {
        let programme = view.shown.programme()?;
        Some(ProgrammeView {
            id: programme.id.clone(),
            title: programme.title.clone(),
            version: programme.version,
            dated: programme.dated,
            notes: programme.notes.clone(),
            teams: programme.teams.clone(),
            stages: programme.stages.iter().map(|stage| stage_line(view, stage)).collect(),
        })
    })
    .await
}

/// The rules as they stand, and as they were sealed.
#[derive(Serialize, JsonSchema)]
pub(super) struct RulesView {
    /// The rules that the site shows.
    programme: Programme,
    /// How they differ from those that were sealed last; null where none are sealed.
    since_sealed: Option<Vec<ChangeView>>,
    /// Every sealed version, in the order of the published folders.
    history: Vec<SealedRules>,
}

/// Rules that were sealed before a stage.
#[derive(Serialize, JsonSchema)]
pub(super) struct SealedRules {
    /// The published folder.
    folder: String,
    stage: Option<StageId>,
    version: u32,
    dated: Date,
    /// SHA-256 of `rules.json`, which is the first entry of the folder's log.
    digest: Option<Digest>,
    /// What changed since the version before.
    changes: Vec<ChangeView>,
}

/// One changed value.
#[derive(Serialize, JsonSchema)]
pub(super) struct ChangeView {
    /// Where, such as `stages[final].seed`.
    path: String,
    /// The old value as JSON; null where it is new.
    old: Option<String>,
    /// The new value as JSON; null where it was taken out.
    new: Option<String>,
}

fn changed(old: &Programme, new: &Programme) -> Vec<ChangeView> {
    let changes = changes(old, new).into_iter();
    changes.map(|change| ChangeView { path: change.path, old: change.old, new: change.new }).collect()
}

async fn rules(asked: Asked<Nothing>) -> Result<Given<RulesView>, Refusal> {
    let shown = asked.app.shown();
    let programme = shown.programme().ok_or_else(Refusal::not_found)?;
    let mut history = Vec::new();
    let mut before: Option<&Programme> = None;
    for (one, sealed) in shown.sealed() {
        history.push(SealedRules {
            folder: one.key.clone(),
            stage: one.stage.clone(),
            version: sealed.version,
            dated: sealed.dated,
            digest: rules_digest(one),
            changes: before.map(|before| changed(before, sealed)).unwrap_or_default(),
        });
        before = Some(sealed);
    }
    let since_sealed = shown.newest_sealed().map(|sealed| changed(sealed, programme));
    Ok(Given::one(RulesView { programme: programme.clone(), since_sealed, history }))
}

/// A team's frozen submission, and what became of it.
#[derive(Serialize, JsonSchema)]
pub(super) struct CandidateView {
    id: CandidateId,
    team: TeamId,
    team_name: Option<Localized>,
    /// Where its answers come from.
    model: String,
    /// SHA-256 of the weights, or of those that a server declares to serve.
    digest: Digest,
    /// Licence of the weights.
    licence: String,
    /// What became of it in each published stage, in the order of the folders.
    outcomes: Vec<OutcomeView>,
}

/// What a verdict says of a candidate.
#[derive(Serialize, JsonSchema)]
pub(super) struct OutcomeView {
    folder: String,
    stage: StageId,
    decision: CandidateDecision,
    /// The gate that put it out or holds it.
    gate: Option<GateId>,
}

fn candidate_view(shown: &Shown, programme: &Programme, candidate: &Candidate) -> CandidateView {
    let submission = &candidate.submission;
    let outcomes = shown.finished().filter_map(|(one, finished)| {
        let verdict = finished.verdict();
        let outcome = verdict.outcomes.iter().find(|outcome| outcome.candidate == submission.id)?;
        Some(OutcomeView {
            folder: one.key.clone(),
            stage: verdict.stage.clone(),
            decision: outcome.decision,
            gate: outcome.gate.clone(),
        })
    });
    CandidateView {
        id: submission.id.clone(),
        team: candidate.team.clone(),
        team_name: programme
            .teams
            .iter()
            .find(|team| team.id == candidate.team)
            .map(|team| team.name.clone()),
        model: submission.model.to_string(),
        digest: submission.digest,
        licence: submission.licence.clone(),
        outcomes: outcomes.collect(),
    }
}

async fn candidates(asked: Asked<Nothing, PageQuery>) -> Result<Given<Listed<CandidateView>>, Refusal> {
    let shown = asked.app.shown();
    let all = shown.candidates().into_iter();
    let all = all.map(|(programme, candidate)| candidate_view(shown, programme, candidate));
    Ok(Given::page_of(all, &asked.query))
}

#[derive(Deserialize, JsonSchema)]
struct OfCandidate {
    /// The candidate.
    #[schemars(with = "CandidateId")]
    candidate: String,
}

async fn candidate(asked: Asked<OfCandidate>) -> Result<Given<CandidateView>, Refusal> {
    let shown = asked.app.shown();
    let (programme, candidate) = shown.candidate(&asked.path.candidate).ok_or_else(Refusal::not_found)?;
    Ok(Given::one(candidate_view(shown, programme, candidate)))
}
