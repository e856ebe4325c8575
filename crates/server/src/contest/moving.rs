//! What moves on the pages of contests: how one stands, own votes, days left, the office's counts.

use super::held::Held;
use super::hub::standing;
use crate::app::App;
use crate::live::Topic;
use crate::programme::day_in_korea;
use crate::refusal::Refusal;
use crate::who::Who;
use daepyo_core::{Date, Programme};
use daepyo_store::site::{Contest, Role};
use maud::{Markup, html};

/// Days that are counted; further away only the date is told.
const MOST_DAYS: u32 = 366;

/// How a contest stands in the list of contests.
pub(super) fn in_list(held: &Held, contest: Option<&Contest>, who: &Who) -> Markup {
    let id = format!("standing-{}-{}", held.setup.stage, held.setup.criterion);
    html! {
        p id=(id) data-live=(Topic::Contests.name()) aria-live="polite" { (standing(contest, who)) }
    }
}

/// How a contest stands on its own page: open or not, the last day, what this person has cast.
pub(super) async fn on_page(
    app: &App,
    who: &Who,
    held: &Held,
    contest: Option<&Contest>,
) -> Result<Markup, Refusal> {
    let is_closed = contest.is_some_and(|contest| contest.closed_ms.is_some());
    let cast = match (contest, who.person()) {
        (Some(contest), Some(person)) if person.role == Role::Citizen => {
            Some(app.site().votes_cast(contest.id, person.id, app.now_ms()).await?)
        }
        (Some(_) | None, Some(_) | None) => None,
    };
    let last = last_day(app.programme(), held).filter(|_| !is_closed);
    Ok(html! {
        div #standing data-live=(Topic::Contests.name()) aria-live="polite" {
            p.lead { (standing(contest, who)) }
            @if is_closed {
                p { a href={ (held.path()) "#results" } { (who.say("site-contest-see-results", &[])) } }
            }
            @if let Some(last) = last {
                p {
                    (who.say("site-contest-last-day", &[("day", &last.to_string())]))
                    @if let Some(days) = days_between(day_in_korea(app.now_ms()), last) {
                        " " (who.say("site-contest-days-left", &[("days", &days.to_string())]))
                    }
                }
            }
            @if let Some((today, all)) = cast { p { (own(who, held, today, all)) } }
        }
    })
}

fn own(who: &Who, held: &Held, today: u32, all: u32) -> String {
    let rule = &held.setup.rule;
    let [today, all, day_cap, all_cap] =
        [today, all, rule.votes_a_day, rule.votes_in_all].map(|count| count.to_string());
    let counts = [
        ("today", today.as_str()),
        ("all", all.as_str()),
        ("day-cap", day_cap.as_str()),
        ("all-cap", all_cap.as_str()),
    ];
    who.say("site-contest-cast", &counts)
}

/// The contest's first day by the programme: its own, or the stage's.
pub(super) fn first_day(programme: Option<&Programme>, held: &Held) -> Option<Date> {
    let stage = programme?.stage(&held.setup.stage)?;
    Some(held.setup.rule.opens.unwrap_or(stage.opens))
}

/// The contest's last day by the programme: its own, or the stage's.
pub(super) fn last_day(programme: Option<&Programme>, held: &Held) -> Option<Date> {
    let stage = programme?.stage(&held.setup.stage)?;
    Some(held.setup.rule.closes.unwrap_or(stage.closes))
}

/// Days from one day to a later one, where they are few.
fn days_between(from: Date, to: Date) -> Option<u32> {
    if to < from { None } else { (0..=MOST_DAYS).find(|days| from.days_after(*days) == to) }
}

/// What the office sees of a contest that is held, without a score: votes, voters, and what the log has of them.
pub(super) async fn turnout(app: &App, who: &Who, held: &Held, contest: &Contest) -> Result<Markup, Refusal> {
    let (votes, people) = app.site().turnout(contest.id).await?;
    let (queued, logged) = app.site().queue_counts().await?;
    let [votes, people] = [votes, people].map(|count| count.to_string());
    let [queued, logged, waiting] =
        [queued, logged, queued.saturating_sub(logged)].map(|count| count.to_string());
    let entries = [("queued", queued.as_str()), ("logged", logged.as_str()), ("waiting", waiting.as_str())];
    let id = format!("turnout-{}-{}", held.setup.stage, held.setup.criterion);
    Ok(html! {
        // Not announced by itself: it may change every few seconds.
        div id=(id) data-live={ (Topic::Contests.name()) " " (Topic::Log.name()) } {
            p { (who.say("site-office-turnout", &[("votes", &votes), ("voters", &people)])) }
            p { (who.say("site-office-queue", &entries)) }
        }
    })
}

#[cfg(test)]
mod tests {
    //! Days are counted to the last one.
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    #[test]
    fn days_are_counted_to_the_last_one() {
        let day = |month, day| Date::new(2026, month, day).unwrap();
        assert_eq!(days_between(day(11, 29), day(11, 29)), Some(0));
        assert_eq!(days_between(day(11, 29), day(12, 1)), Some(2));
        assert_eq!(days_between(day(12, 1), day(11, 29)), None);
        assert_eq!(days_between(day(1, 1), Date::new(2099, 1, 1).unwrap()), None);
    }
}
