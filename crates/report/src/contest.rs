//! The public contest that votes came from: which it was, what happened in it, how often each was shown, how to check.

use crate::{
    ReportInput,
    both::{Both, say},
    names::Names,
    number,
    table::{Column, section, table},
    visible,
};
use daepyo_core::{CandidateId, CriterionId, Date, Digest};
use maud::{Markup, html};

/// A closed contest, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContestView {
    /// The criterion that takes its votes.
    pub criterion: CriterionId,
    /// The contest's name: SHA-256 of its opening entry.
    pub contest: Digest,
    /// SHA-256 of its sealed rules.
    pub rules: Digest,
    /// The commitment to the seed of its draws, as it stood in the log from the opening on.
    pub seed: Digest,
    /// When it opened, in milliseconds since 1970.
    pub opened_ms: i64,
    /// When it closed.
    pub closed_ms: i64,
    /// Entries of the log of ballots.
    pub log_size: u64,
    /// The key that signed that log, as text.
    pub key: String,
    /// What happened.
    pub counts: ContestCounts,
    /// How often each contestant was shown.
    pub exposure: Vec<ExposureView>,
    /// Where its files lie in the stage's folder, with `log` below.
    pub folder: String,
}

/// What happened in a contest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContestCounts {
    /// Battles that were drawn.
    pub battles: u64,
    /// Of these, voted on; votes that were withdrawn among them.
    pub voted: u64,
    /// Votes that were withdrawn.
    pub withdrawn: u64,
    /// Void battles by reason.
    pub void: Vec<(String, u64)>,
    /// Battles that failed.
    pub failed: u64,
    /// Battles that the person left.
    pub left: u64,
    /// Battles that were open at the close.
    pub open: u64,
    /// Voters.
    pub voters: u64,
    /// Voters who cast as many votes as one person may.
    pub cap_reached: u64,
    /// Conversations that are published.
    pub conversations: u64,
}

/// How often a contestant was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExposureView {
    /// The contestant.
    pub candidate: CandidateId,
    /// Battles that were drawn with it.
    pub battles: u64,
    /// Of these, voted on.
    pub voted: u64,
    /// Void ones.
    pub void: u64,
    /// Battles that failed.
    pub failed: u64,
}

impl ContestCounts {
    /// Each count with the message that names it, in the order in which they are told; void battles of all reasons together.
    pub fn rows(&self) -> Vec<(&'static str, u64)> {
        let void = self.void.iter().map(|(_, battles)| battles).sum();
        vec![
            ("contest-count-battles", self.battles),
            ("contest-count-voted", self.voted),
            ("contest-count-withdrawn", self.withdrawn),
            ("contest-count-void", void),
            ("contest-count-failed", self.failed),
            ("contest-count-left", self.left),
            ("contest-count-open", self.open),
            ("contest-count-voters", self.voters),
            ("contest-count-cap-reached", self.cap_reached),
            ("contest-count-conversations", self.conversations),
        ]
    }
}

/// The message that says why battles are void; none for a reason that this version does not know.
pub fn void_reason(reason: &str) -> Option<&'static str> {
    match reason {
        "leak" => Some("contest-void-leak"),
        "report" => Some("contest-void-report"),
        _ => None,
    }
}

/// The command that checks a contest in a published folder.
pub fn check_command(view: &ContestView) -> String {
    let folder = &view.folder;
    format!("daepyo contest check {folder} --log {folder}/log")
}

/// A time to the minute, in UTC.
pub fn time(ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    let day = u32::try_from(ms.div_euclid(DAY_MS)).map_or(Date::EPOCH, |days| Date::EPOCH.days_after(days));
    let minutes = ms.rem_euclid(DAY_MS) / 60_000;
    format!("{day} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

pub(crate) fn render(input: &ReportInput<'_>) -> Markup {
    let content = html! {
        p { (say("report-contest-lead", &[])) }
        @for view in input.contests { (one(input, view)) }
    };
    section("contest", &say("report-contest", &[]), &content)
}

fn one(input: &ReportInput<'_>, view: &ContestView) -> Markup {
    let names = Names::new(input);
    let place = input.stage.criteria.iter().position(|criterion| criterion.id == view.criterion);
    let place = place.unwrap_or_default();
    let of_votes = input
        .analysis
        .and_then(|analysis| analysis.votes.iter().position(|votes| votes.criterion == view.criterion));
    let digests =
        [("contest-name", view.contest), ("contest-rules", view.rules), ("contest-seed", view.seed)];
    html! {
        h3 #{ "contest-" (place) } { (names.criterion_title(&view.criterion)) }
        dl.proof {
            dt { (say("contest-opened", &[])) } dd { (time(view.opened_ms)) }
            dt { (say("contest-closed", &[])) } dd { (time(view.closed_ms)) }
            @for (id, digest) in digests {
                dt { (say(id, &[])) } dd { code.digest { (digest.to_string()) } }
            }
            dt { (say("contest-log", &[])) }
            dd {
                (say("report-proof-entries", &[("count", &number::count(view.log_size).into())]))
                " · " code.digest { (visible::line(&view.key)) }
            }
        }
        (counts(view, place))
        (exposure(names, view, place))
        @if let Some(votes) = of_votes {
            p { a href={ "#analysis-votes-" (votes) } { (say("report-contest-tests", &[])) } }
        }
        p { (say("report-contest-check", &[])) }
        pre.command tabindex="0" { "\n" (visible::block(&check_command(view))) }
    }
}

fn counts(view: &ContestView, place: usize) -> Markup {
    let columns = [Column::text("contest-what"), Column::number("contest-number")];
    let body = html! {
        tbody {
            @for (id, count) in view.counts.rows() {
                tr { th scope="row" { (say(id, &[])) } td.n { (number::count(count)) } }
                @if id == "contest-count-void" {
                    @for (reason, count) in &view.counts.void {
                        tr {
                            th scope="row" {
                                (say("contest-void-because", &[("reason", &reason_words(reason))]))
                            }
                            td.n { (number::count(*count)) }
                        }
                    }
                }
            }
        }
    };
    let caption = say("contest-counts-caption", &[]);
    table(&format!("contest-{place}-counts"), &caption, &columns, &body)
}

fn reason_words(reason: &str) -> Both {
    void_reason(reason).map_or_else(|| reason.into(), |id| say(id, &[]))
}

fn exposure(names: Names<'_>, view: &ContestView, place: usize) -> Markup {
    let columns = [
        Column::text("report-candidate"),
        Column::number("contest-shown"),
        Column::number("contest-count-voted"),
        Column::number("contest-count-void"),
        Column::number("contest-count-failed"),
    ];
    let body = html! {
        tbody {
            @for row in &view.exposure {
                tr {
                    th scope="row" { (names.row(&row.candidate)) }
                    @for count in [row.battles, row.voted, row.void, row.failed] {
                        td.n { (number::count(count)) }
                    }
                }
            }
        }
    };
    let caption = say("contest-exposure-caption", &[]);
    table(&format!("contest-{place}-exposure"), &caption, &columns, &body)
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn times_are_told_to_the_minute() {
        assert_eq!(time(0), "1970-01-01 00:00 UTC");
        assert_eq!(time(1_795_273_199_999), "2026-11-21 14:59 UTC");
    }
}
