//! What a closed contest says: the ranking with its intervals, with and without the flagged voters, what an attack would take,
//! and the files to compute all of it again.

use super::ballots;
use super::closing::is_finished;
use super::held::Held;
use super::names::name;
use crate::app::App;
use crate::public::{self, As, FETCH, View, at_hand, flagged, kind_of, licence};
use crate::refusal::Refusal;
use crate::route::{Roles, Route};
use crate::who::{Came, Who};
use axum::extract::{self, State};
use axum::response::Response;
use daepyo_contest::published::{self, FILES};
use daepyo_contest::{Logbook, Setup};
use daepyo_core::{CandidateId, Vote};
use daepyo_evidence::VerifierKey;
use daepyo_report::{single, words};
use daepyo_verdict::attack::{AttackBudget, AttackSettings, budgets};
use daepyo_verdict::voters::{Ballot, Beside, VoterReport, VoterSettings, beside, examine};
use daepyo_verdict::votes::{RankSettings, RankedModel, Ranking, VoteRow, rank};
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

pub(super) fn rows() -> Vec<Route> {
    vec![Route::get("/contests/{stage}/{criterion}/files/{file}", Roles::ANYONE, file)]
}

/// What the votes come to.
#[derive(Clone)]
pub(crate) struct Results {
    pub(crate) ranking: Ranking,
    pub(crate) report: VoterReport,
    pub(crate) without: Option<Beside>,
    pub(crate) budgets: Vec<AttackBudget>,
}

/// A file of votes as it was computed from: what it is and when it was written.
type Version = (PathBuf, u64, Option<SystemTime>);

/// Results of closed contests and digests of their files: neither changes after the close, so they are computed once for
/// each file.
#[derive(Default)]
pub(crate) struct Kept {
    results: Mutex<BTreeMap<PathBuf, (Version, Arc<Results>)>>,
    files: Mutex<BTreeMap<PathBuf, public::Kept>>,
    /// Held while results are computed: a crowd that comes for them waits for one computation.
    computing: tokio::sync::Mutex<()>,
}

impl Kept {
    fn get(&self, version: &Version) -> Option<Arc<Results>> {
        let kept = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&version.0).filter(|(of, _)| of == version).map(|(_, results)| Arc::clone(results))
    }

    fn put(&self, version: Version, results: &Arc<Results>) {
        let mut kept = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(version.0.clone(), (version, Arc::clone(results)));
    }

    /// The file of this path with its digest, as long as it is the one that was read.
    fn file(&self, path: &Path, now: &Metadata) -> Option<public::Kept> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.get(path).filter(|known| known.is(now)).cloned()
    }

    fn put_file(&self, file: &public::Kept) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(file.path.clone(), file.clone());
    }
}

/// The last that advances and the first that does not, by names in the order of their rank. References are passed over, as
/// in the draws and in the stage's verdict; none where the cut divides nobody.
fn edge<'a>(
    names: impl Iterator<Item = &'a str>,
    references: &[CandidateId],
    cut: usize,
) -> Option<(&'a str, &'a str)> {
    let mut candidates = names.filter(|name| references.iter().all(|reference| reference.as_str() != *name));
    let last = candidates.nth(cut.checked_sub(1)?)?;
    Some((last, candidates.next()?))
}

/// How many advance.
fn cut(setup: &Setup) -> usize {
    usize::try_from(setup.advance).unwrap_or(1)
}

/// What the votes of a closed contest come to; nothing where they are too few to be ranked.
pub(crate) async fn results(app: &App, held: &Held) -> Result<Option<Arc<Results>>, Refusal> {
    let votes = app.contests().folder(held).join(published::VOTES);
    let Ok(found) = tokio::fs::metadata(&votes).await else { return Ok(None) };
    let version = (votes, found.len(), found.modified().ok());
    if let Some(known) = app.contests().results().get(&version) {
        return Ok(Some(known));
    }
    // A task of its own: whoever asked may be gone before it ends, and the next one finds it.
    let (app, held) = (app.clone(), held.clone());
    let computing = tokio::spawn(async move { computed(&app, held, version).await });
    computing.await.map_err(Refusal::inside)?
}

async fn computed(app: &App, held: Held, version: Version) -> Result<Option<Arc<Results>>, Refusal> {
    let kept = app.contests().results();
    let _one = kept.computing.lock().await;
    if let Some(known) = kept.get(&version) {
        return Ok(Some(known));
    }
    let votes = version.0.clone();
    let computed = tokio::task::spawn_blocking(move || of_votes(&held.setup, &votes));
    let computed = computed.await.map_err(Refusal::inside)?.map(Arc::new);
    if let Some(computed) = &computed {
        kept.put(version, computed);
    }
    Ok(computed)
}

/// What a file of votes comes to; nothing where they are too few to be ranked.
pub(super) fn of_votes(setup: &Setup, votes: &Path) -> Option<Results> {
    let settings = setup.tests.as_ref().map_or_else(VoterSettings::default, VoterSettings::from);
    let bytes = std::fs::read(votes).ok()?;
    let votes = daepyo_spec::read_votes(&bytes, &setup.stage, &setup.criterion).ok()?;
    compute(&votes, (cut(setup), &setup.references), &settings, setup.rule.weight_cap)
}

/// The results of a closed contest; only what they rest on where they cannot be computed yet.
pub(super) async fn draw(app: &App, who: &Who, held: &Held) -> Result<Markup, Refusal> {
    let results = results(app, held).await?;
    let is_whole = results.is_some() || is_finished(app, held);
    let none = if is_whole { "site-results-none" } else { "site-results-soon" };
    let key = app.contests().logbook().map(Logbook::key);
    Ok(outcome(&who.view(), held, results.as_deref().ok_or(none), key))
}

/// What a closed contest came to, or the message that says why nothing is told of it, and what that rests on.
pub(super) fn outcome(
    view: &View<'_>,
    held: &Held,
    results: Result<&Results, &str>,
    key: Option<&VerifierKey>,
) -> Markup {
    html! {
        h2 { (view.word("site-results")) }
        @match results {
            Ok(results) => {
                p.lead { (view.say("site-results-counts", &[
                    ("votes", &results.ranking.votes.to_string()),
                    ("voters", &results.ranking.voters.to_string()),
                ])) }
                (ranking(view, held, &results.ranking))
                (voters(view, held, results))
                (attack(view, held, results))
            }
            Err(why) => p { (view.word(why)) },
        }
        h2 { (view.word("site-results-files")) }
        p { (view.word("site-results-files-about")) }
        (licence(view))
        ul { @for file in FILES { li { a href=(view.file(&held.file(file))) download=(file) { (file) } } } }
        @if let Some(key) = key { (ballots::commands(view, held, key)) }
    }
}

fn compute(
    votes: &[Vote],
    (cut, references): (usize, &[CandidateId]),
    settings: &VoterSettings,
    weight_cap: Option<u32>,
) -> Option<Results> {
    let ranks = RankSettings { weight_cap, ..RankSettings::default() };
    let row =
        |vote: &'_ Vote| (vote.voter.to_string(), vote.left.to_string(), vote.right.to_string(), vote.choice);
    let owned: Vec<_> = votes.iter().map(row).collect();
    let rows: Vec<VoteRow<'_>> = owned
        .iter()
        .map(|(voter, left, right, choice)| VoteRow { voter, left, right, choice: *choice })
        .collect();
    let ranking = rank(&rows, ranks).ok()?;
    let ballots: Vec<Ballot<'_>> = votes.iter().map(Ballot::from).collect();
    let report = examine(&ballots, settings).ok()?;
    let names: Vec<&str> = references.iter().map(CandidateId::as_str).collect();
    let both = || beside(&ballots, &report.flags, cut, &names, ranks).ok();
    let without = if report.flags.is_empty() { None } else { both() };
    let budgets = match edge(ranking.models.iter().map(|model| model.name.as_str()), references, cut) {
        Some((last, first)) => {
            let settings = AttackSettings { weight_cap, ..AttackSettings::default() };
            budgets(&rows, last, first, settings).unwrap_or_default()
        }
        None => Vec::new(),
    };
    Some(Results { ranking, report, without, budgets })
}

fn ranking(view: &View<'_>, held: &Held, ranking: &Ranking) -> Markup {
    let (low, high) = ranking.models.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), model| {
        (low.min(model.low), high.max(model.high))
    });
    html! {
        div.scroll role="region" aria-label=(view.word("site-results-ranking")) tabindex="0" {
            table {
                caption { (view.word("site-results-ranking-about")) }
                thead { tr {
                    th scope="col" { (view.word("site-results-rank")) }
                    th scope="col" { (view.word("site-results-candidate")) }
                    th scope="col" { (view.word("site-results-rating")) }
                    th scope="col" { (view.word("site-results-interval")) }
                    th scope="col" { (view.word("site-results-possible")) }
                } }
                tbody {
                    @for (place, model) in ranking.models.iter().enumerate() {
                        tr {
                            td { (place + 1) }
                            th scope="row" { (single::line(&name(view, held, &model.name))) }
                            td { (format!("{:.0}", model.rating)) }
                            td { (interval(model, low, high)) }
                            td { (possible(model)) }
                        }
                    }
                }
            }
        }
    }
}

/// The interval as numbers and as a line on the common axis.
fn interval(model: &RankedModel, low: f64, high: f64) -> Markup {
    let width = (high - low).max(1.0);
    let at = |value: f64| format!("{:.1}", 4.0 + 192.0 * (value - low) / width);
    html! {
        (format!("{:.0} – {:.0}", model.low, model.high))
        svg.interval viewBox="0 0 200 12" aria-hidden="true" focusable="false" {
            line x1=(at(model.low)) x2=(at(model.high)) y1="6" y2="6" {}
            circle cx=(at(model.rating)) cy="6" r="3.5" {}
        }
    }
}

fn possible(model: &RankedModel) -> String {
    let (first, last) = model.rank_set;
    if first == last { first.to_string() } else { format!("{first}–{last}") }
}

fn voters(view: &View<'_>, held: &Held, results: &Results) -> Markup {
    let found = (Some(&results.report), results.without.as_ref());
    html! {
        h3 { (view.word("site-results-flags")) }
        (flagged(view, &|id| name(view, held, id), held.setup.tests.is_some(), found))
    }
}

fn attack(view: &View<'_>, held: &Held, results: &Results) -> Markup {
    let names = results.ranking.models.iter().map(|model| model.name.as_str());
    let edge = edge(names, &held.setup.references, cut(&held.setup));
    html! {
        @if let (Some((last, first)), false) = (edge, results.budgets.is_empty()) {
            h3 { (view.word("site-results-attack")) }
            p { (view.say("votes-attack", &[("last", &name(view, held, last)), ("first", &name(view, held, first))])) }
            ul {
                @for budget in &results.budgets {
                    li { (view.say(words::attack(budget.kind), &[("number", &words::budget(budget))])) }
                }
            }
        }
    }
}

async fn file(
    State(app): State<App>,
    Came(headers): Came,
    extract::Path((stage, criterion, file)): extract::Path<(String, String, String)>,
) -> Result<Response, Refusal> {
    let held = app.contests().of(&stage, &criterion).ok_or_else(Refusal::not_found)?;
    if file == FETCH {
        let list = ballots::list(&app, held).await?;
        let how = As { kind: "text/plain; charset=utf-8", name: Some(FETCH), caching: None };
        return Ok(at_hand(&headers, list, how));
    }
    let known = FILES.into_iter().find(|name| *name == file).ok_or_else(Refusal::not_found)?;
    let kept = of_contest(&app, app.contests().folder(held).join(known)).await?;
    public::file(&headers, &kept, As { kind: kind_of(known), name: Some(known), caching: None }).await
}

/// A published file with its digest, which is computed when it is asked for first.
async fn of_contest(app: &App, path: PathBuf) -> Result<public::Kept, Refusal> {
    let missing = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Refusal::not_found(),
        _ => Refusal::inside(error),
    };
    let now = tokio::fs::metadata(&path).await.map_err(missing)?;
    if let Some(known) = app.contests().results().file(&path, &now) {
        return Ok(known);
    }
    let read = tokio::task::spawn_blocking(move || public::Kept::of(&path));
    let read = read.await.map_err(Refusal::inside)?.map_err(missing)?;
    app.contests().results().put_file(&read);
    Ok(read)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::edge;
    use daepyo_core::CandidateId;

    #[test]
    fn a_reference_is_on_neither_side_of_the_cut() {
        let at = |references: &[&str], cut| {
            let references: Vec<_> = references.iter().map(|id| CandidateId::new(*id).unwrap()).collect();
            edge(["a", "b", "c", "d"].into_iter(), &references, cut)
        };
        assert_eq!(at(&[], 2), Some(("b", "c")));
        assert_eq!(at(&["a"], 2), Some(("c", "d")));
        assert_eq!(at(&["c"], 2), Some(("b", "d")));
        assert_eq!((at(&[], 0), at(&["d"], 3)), (None, None));
    }
}
