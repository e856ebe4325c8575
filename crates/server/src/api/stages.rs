//! Stages: their rules, how far they are without any score, and their published verdicts.

use super::call::{Asked, Nothing, read};
use super::listing::{Given, Listed, PageQuery};
use super::operation::{About, Link, Tag};
use crate::app::App;
use crate::programme::day_in_korea;
use crate::public::{Links, Now, Published, State, View, contests, now};
use crate::refusal::Refusal;
use crate::route::{Roles, Route};
use daepyo_core::{CandidateId, CriterionId, Date, Digest, Language, Localized, Stage, StageId, Verdict};
use daepyo_stage::{Answered, Phase};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const ONE: &[Link] = &[Link::to("getStage", &[("stage", "$response.body#/items/0/id")])];
const OF_STAGE: &[Link] = &[
    Link::to("getProgress", &[("stage", "$response.body#/id")]),
    Link::to("getVerdict", &[("folder", "$response.body#/folders/0")]),
];

pub(super) fn rows() -> Vec<Route> {
    let about = |id| About::new(id, Tag::Programme);
    vec![
        read("/api/v1/stages", Roles::ANYONE, about("listStages").kept().leads_to(ONE), list),
        read("/api/v1/stages/{stage}", Roles::ANYONE, about("getStage").kept().leads_to(OF_STAGE), one),
        read("/api/v1/stages/{stage}/progress", Roles::ANYONE, about("getProgress"), progress),
        read("/api/v1/verdicts/{folder}", Roles::ANYONE, about("getVerdict").kept(), verdict),
    ]
}

/// What public pages are drawn from, read beside the other requests.
pub(super) async fn view<T: Send + 'static>(
    app: &App,
    read: impl FnOnce(&View<'_>) -> Option<T> + Send + 'static,
) -> Result<Given<T>, Refusal> {
    let contests = contests(app).await;
    let (app, today) = (app.clone(), day_in_korea(app.now_ms()));
    let reading = move || {
        // The language does not matter: both stand in every answer.
        let (language, links) = (Language::En, Links::Site);
        read(&View { shown: app.shown(), language, today, contests: &contests, links })
    };
    let found = tokio::task::spawn_blocking(reading).await.map_err(Refusal::inside)?;
    found.map(Given::one).ok_or_else(Refusal::not_found)
}

/// How a stage stands.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Standing {
    /// Before its first day.
    ToCome,
    /// Between its first and its last day.
    Open,
    /// Over, without a published verdict.
    Closed,
    /// A verdict is published, and everybody is in or out.
    Decided,
    /// A verdict is published that asks for more evidence.
    Undecided,
    /// The rules forbid a verdict.
    NoVerdict,
    /// What was published does not verify.
    Broken,
}

impl From<Now> for Standing {
    fn from(now: Now) -> Self {
        match now {
            Now::ToCome => Self::ToCome,
            Now::Open => Self::Open,
            Now::Closed => Self::Closed,
            Now::Decided(_) => Self::Decided,
            Now::Undecided => Self::Undecided,
            Now::NoVerdict => Self::NoVerdict,
            Now::Broken => Self::Broken,
        }
    }
}

/// A stage in the calendar.
#[derive(Serialize, JsonSchema)]
pub(super) struct StageLine {
    id: StageId,
    title: Localized,
    /// First day.
    opens: Date,
    /// Last day.
    closes: Date,
    /// Last day for objections.
    objections_until: Date,
    standing: Standing,
    /// The folders that are published of it and verify, oldest first: their names in paths of evidence, verdicts and data.
    folders: Vec<String>,
}

pub(super) fn stage_line(view: &View<'_>, stage: &Stage) -> StageLine {
    let folders = view.shown.of_stage(&stage.id).filter(|one| one.finished().is_some());
    StageLine {
        id: stage.id.clone(),
        title: stage.title.clone(),
        opens: stage.opens,
        closes: stage.closes,
        objections_until: stage.closes.days_after(stage.objection_days),
        standing: now(view, stage).into(),
        folders: folders.map(|one| one.key.clone()).collect(),
    }
}

async fn list(asked: Asked<Nothing, PageQuery>) -> Result<Given<Listed<StageLine>>, Refusal> {
    let lines = view(&asked.app, |view| {
        let stages = view.shown.programme().map(|programme| programme.stages.as_slice()).unwrap_or_default();
        Some(stages.iter().map(|stage| stage_line(view, stage)).collect::<Vec<_>>())
    });
    Ok(Given::page_of(lines.await?.value, &asked.query))
}

/// A stage with its rules.
#[derive(Serialize, JsonSchema)]
pub(super) struct StageView {
    #[serde(flatten)]
    line: StageLine,
    /// Its rules: the sealed ones where there are any.
    rules: Stage,
}

#[derive(Deserialize, JsonSchema)]
pub(super) struct OfStage {
    /// The stage.
    #[schemars(with = "StageId")]
    stage: String,
}

async fn one(asked: Asked<OfStage>) -> Result<Given<StageView>, Refusal> {
    view(&asked.app, move |view| {
        let (_, stage) = view.shown.stage(&asked.path.stage)?;
        Some(StageView { line: stage_line(view, stage), rules: stage.clone() })
    })
    .await
}

/// How far the measuring of a stage is. It holds no score.
#[derive(Serialize, JsonSchema)]
pub(super) struct Progress {
    standing: Standing,
    /// Digest of the sealed rules of a stage under way.
    rules: Option<Digest>,
    /// What a stage under way is at.
    phase: Option<PhaseView>,
    /// Of a stage under way, by candidate and reference.
    candidates: Vec<ProgressLine>,
    /// Of a stage under way, by criterion, of everybody together.
    criteria: Vec<CriterionLine>,
}

/// What a stage under way is at.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum PhaseView {
    Prepare,
    Measure,
    Decide,
    Publish,
}

impl From<Phase> for PhaseView {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Prepare => Self::Prepare,
            Phase::Measure => Self::Measure,
            Phase::Decide => Self::Decide,
            Phase::Publish => Self::Publish,
        }
    }
}

/// How many requests of one criterion are answered.
#[derive(Serialize, JsonSchema)]
struct CriterionLine {
    criterion: CriterionId,
    answered: u64,
    planned: u64,
}

/// How many requests of one candidate or reference are answered.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProgressLine {
    candidate: CandidateId,
    answered: u64,
    planned: u64,
}

async fn progress(asked: Asked<OfStage>) -> Result<Given<Progress>, Refusal> {
    view(&asked.app, move |view| {
        let (_, stage) = view.shown.stage(&asked.path.stage)?;
        let under_way = view.shown.of_stage(&stage.id).filter_map(|one: &Published| match &one.state {
            State::UnderWay(under_way) => Some(under_way),
            State::Verified(_) | State::Broken(_) | State::NotYet => None,
        });
        let under_way = under_way.last();
        let far = under_way.and_then(|under_way| under_way.progress());
        let phase = far.as_ref().map(|far| far.phase.into());
        let (candidates, criteria) = far.map(|far| (far.candidates, far.criteria)).unwrap_or_default();
        Some(Progress {
            standing: now(view, stage).into(),
            rules: under_way.and_then(|under_way| under_way.sealed.as_ref()).map(|(_, digest)| *digest),
            phase,
            candidates: candidates
                .into_iter()
                .map(|(candidate, Answered { answered, planned })| ProgressLine {
                    candidate,
                    answered,
                    planned,
                })
                .collect(),
            criteria: criteria
                .into_iter()
                .map(|(criterion, Answered { answered, planned })| CriterionLine {
                    criterion,
                    answered,
                    planned,
                })
                .collect(),
        })
    })
    .await
}

#[derive(Deserialize, JsonSchema)]
pub(super) struct OfFolder {
    /// The published folder: the stage's id, with `~2`, `~3` behind it for further folders of one stage.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9._~-]{0,79}$"))]
    pub(super) folder: String,
}

/// A published verdict, recomputed by this site when it read it.
#[derive(Serialize, JsonSchema)]
pub(super) struct VerdictView {
    folder: String,
    /// Rankings with intervals, gates, and what was decided.
    verdict: Verdict,
    /// The entry of the log that names the verdict's digest.
    entry: u64,
    /// Entries of the log.
    entries: u64,
}

async fn verdict(asked: Asked<OfFolder>) -> Result<Given<VerdictView>, Refusal> {
    let folder = asked.path.folder;
    let finished = asked.app.shown().find(&folder).ok_or_else(Refusal::not_found)?;
    let entries = finished.log.len();
    // The manifest is the last entry, the verdict the one before.
    let entry = entries.saturating_sub(2);
    Ok(Given::one(VerdictView { verdict: finished.verdict().clone(), folder, entry, entries }))
}
