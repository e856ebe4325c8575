//! The public votes of a finished stage: the contest, both rankings, what the tests of voters found, what an attack takes.

use crate::public::draw::{code, lines, table};
use crate::public::finished::Finished;
use crate::public::view::View;
use daepyo_core::{CandidateId, CriterionId, VoteRating};
use daepyo_report::contest::{check_command, time, void_reason};
use daepyo_report::single::{self, Figures, Words};
use daepyo_report::{ContestView, words};
use daepyo_verdict::analysis::{VoteAnalysis, WeightCap};
use daepyo_verdict::voters::{Beside, Measure, VoterReport};
use daepyo_verdict::votes::Ranking;
use maud::{Markup, html};

/// Flags that are listed; all are counted.
const LISTED: usize = 50;

/// What the votes of a criterion came to; nothing where it is not decided by votes.
pub(super) fn draw(
    view: &View<'_>,
    finished: &Finished,
    names: &Words<'_>,
    figures: &Figures<'_>,
    criterion: &CriterionId,
) -> Markup {
    let verification = &finished.verification;
    let Some(result) = verification.verdict.votes.iter().find(|votes| votes.criterion == *criterion) else {
        return html! {};
    };
    let contest = verification.contests.iter().find(|contest| contest.criterion == *criterion);
    let analysis = verification.analysis.votes.iter().find(|votes| votes.criterion == *criterion);
    let counts = [("votes", single::count(result.votes)), ("voters", single::count(result.voters))];
    let counts = counts.each_ref().map(|(name, count)| (*name, count.as_str()));
    html! {
        h4 { (view.word("site-results-ranking")) }
        p { (view.say("site-results-counts", &counts)) }
        (figures.ratings(criterion))
        (ranking(view, names, &result.ratings))
        @if let Some(found) = analysis { (tests(view, names, found)) }
        @if let Some(contest) = contest { (held(view, names, contest)) }
    }
}

fn ranking(view: &View<'_>, names: &Words<'_>, ratings: &[VoteRating]) -> Markup {
    let rows = html! {
        @for (row, rank) in ratings.iter().zip(1..) {
            tr {
                td.n { (rank) }
                th scope="row" { (single::line(&names.candidate(&row.candidate))) }
                td.n { (whole(row.rating.estimate)) }
                td.n { (whole(row.rating.low)) " – " (whole(row.rating.high)) }
            }
        }
    };
    let heads =
        ["site-results-rank", "site-results-candidate", "site-results-rating", "site-results-interval"];
    table(view, &view.word("site-votes-ranking-caption"), &heads, &rows)
}

fn whole(x: f64) -> String {
    format!("{x:.0}")
}

fn tests(view: &View<'_>, names: &Words<'_>, found: &VoteAnalysis) -> Markup {
    let name = |id: &str| id.parse::<CandidateId>().map_or_else(|_| id.to_owned(), |id| names.candidate(&id));
    html! {
        h4 { (view.word("site-results-flags")) }
        (flagged(view, &name, found.registered, (found.report.as_ref(), found.beside.as_ref())))
        @if let Some(cap) = found.weight_cap { p { (capped(view, cap)) } }
        @if !found.budgets.is_empty() {
            h4 { (view.word("site-results-attack")) }
            p { (view.word("report-analysis-attack-lead")) }
            ul {
                @for budget in &found.budgets {
                    li { (view.say(words::attack(budget.kind), &[("number", &words::budget(budget))])) }
                }
            }
        }
    }
}

/// Whom the tests of voters flagged, and the rankings with and without them; `name` gives what a contestant is called.
pub(crate) fn flagged(
    view: &View<'_>,
    name: &dyn Fn(&str) -> String,
    is_registered: bool,
    (report, both): (Option<&VoterReport>, Option<&Beside>),
) -> Markup {
    let registered = if is_registered {
        "report-analysis-tests-registered"
    } else {
        "report-analysis-tests-not-registered"
    };
    html! {
        p { (view.word(registered)) }
        @if let Some(report) = report { (flags(view, report)) }
        @if let Some(both) = both { (beside(view, name, both)) }
    }
}

fn capped(view: &View<'_>, cap: WeightCap) -> String {
    let (most, people, cast) = (cap.most.to_string(), single::count(cap.voters), single::count(cap.votes));
    if cap.voters == 0 {
        return view.say("report-analysis-cap-none", &[("most", &most)]);
    }
    view.say("report-analysis-cap", &[("most", &most), ("voters", &people), ("votes", &cast)])
}

fn flags(view: &View<'_>, report: &VoterReport) -> Markup {
    let (voters, count) = (single::count(report.voters), report.flags.len().to_string());
    if report.flags.is_empty() {
        return html! { p { (view.say("report-analysis-flags-none", &[("voters", &voters)])) } };
    }
    let evidence = |measure: Measure| match measure {
        Measure::P { p } => format!("p = {p:.2e}"),
        Measure::E { e, .. } => format!("e = {e:.2e}"),
    };
    let rows = html! {
        @for flag in report.flags.iter().take(LISTED) {
            tr {
                th scope="row" { code { (single::line(&flag.voter)) } }
                td { (view.word(words::voter_test(flag.test))) }
                td.n { (format!("{:.2}", flag.statistic)) }
                td.n { (evidence(flag.measure)) }
                td.n { (format!("{:.2e}", flag.threshold)) }
                td.n { (flag.votes.len()) }
            }
        }
    };
    let heads = [
        "report-analysis-voter",
        "report-analysis-test",
        "report-analysis-flag-share",
        "report-analysis-flag-evidence",
        "report-analysis-flag-threshold",
        "report-analysis-flag-votes",
    ];
    let caption = view.say("report-analysis-flags-caption", &[("number", &LISTED.to_string())]);
    html! {
        p { (view.say("report-analysis-flags", &[("voters", &voters), ("flags", &count)])) }
        (table(view, &caption, &heads, &rows))
    }
}

/// Both rankings side by side, each with its intervals.
fn beside(view: &View<'_>, name: &dyn Fn(&str) -> String, found: &Beside) -> Markup {
    let cell = |ranking: Option<&Ranking>, id: &str, rank: Option<u32>| {
        let model = ranking.and_then(|ranking| ranking.models.iter().find(|model| model.name == id));
        match (model, rank) {
            (Some(model), Some(rank)) => {
                format!("{rank}: {:.0} [{:.0} – {:.0}]", model.rating, model.low, model.high)
            }
            (None, _) | (_, None) => "–".to_owned(),
        }
    };
    let rows = html! {
        @for row in &found.rows {
            tr {
                th scope="row" { (single::line(&name(&row.name))) }
                td.n { (cell(Some(&found.with), &row.name, Some(row.rank))) }
                td.n { (cell(found.without.as_ref(), &row.name, row.rank_without)) }
            }
        }
    };
    let counts = [("voters", found.flagged.len().to_string()), ("votes", single::count(found.flagged_votes))];
    let counts = counts.each_ref().map(|(name, count)| (*name, count.as_str()));
    let moves = found
        .cut_moves
        .map(|moves| if moves { "report-analysis-beside-moves" } else { "report-analysis-beside-stays" });
    let heads = ["site-results-candidate", "site-results-with", "site-results-without-them"];
    html! {
        p { (view.say("report-analysis-beside", &counts)) @if let Some(id) = moves { " " (view.word(id)) } }
        (table(view, &view.word("site-results-without"), &heads, &rows))
    }
}

/// The contest itself: which, what happened in it, how often each was shown, how to check.
fn held(view: &View<'_>, names: &Words<'_>, contest: &ContestView) -> Markup {
    let digests =
        [("contest-name", contest.contest), ("contest-rules", contest.rules), ("contest-seed", contest.seed)];
    html! {
        h4 { (view.word("report-contest")) }
        dl.facts {
            dt { (view.word("contest-opened")) } dd { (time(contest.opened_ms)) }
            dt { (view.word("contest-closed")) } dd { (time(contest.closed_ms)) }
            @for (id, count) in contest.counts.rows() { dt { (view.word(id)) } dd { (single::count(count)) } }
            @for (reason, count) in &contest.counts.void {
                dt { (view.say("contest-void-because", &[("reason", &why(view, reason))])) }
                dd { (single::count(*count)) }
            }
            @for (id, digest) in digests { dt { (view.word(id)) } dd { (code(&digest.to_string())) } }
            dt { (view.word("contest-log")) } dd { (code(&contest.key)) }
        }
        (exposure(view, names, contest))
        p { (view.word("report-contest-check")) }
        (lines(&view.word("report-contest-check"), &check_command(contest)))
    }
}

fn why(view: &View<'_>, reason: &str) -> String {
    void_reason(reason).map_or_else(|| reason.to_owned(), |id| view.word(id))
}

fn exposure(view: &View<'_>, names: &Words<'_>, contest: &ContestView) -> Markup {
    let rows = html! {
        @for row in &contest.exposure {
            tr {
                th scope="row" { (single::line(&names.candidate(&row.candidate))) }
                @for count in [row.battles, row.voted, row.void, row.failed] { td.n { (single::count(count)) } }
            }
        }
    };
    let heads = [
        "site-candidate",
        "contest-shown",
        "contest-count-voted",
        "contest-count-void",
        "contest-count-failed",
    ];
    table(view, &view.word("contest-exposure-caption"), &heads, &rows)
}
