//! What was asked and answered: hostile text, shown and never run.

use crate::{
    ReportInput, SampleView,
    both::{Both, say},
    names::{Names, sample_badge},
    number,
    table::section,
    visible::{self, Keep},
};
use daepyo_core::{CandidateId, Outcome, SuiteId, TaskName};
use maud::{Markup, html};

/// The end of a prompt holds the question, the beginning its instructions.
const PROMPT: Keep = Keep { head: 1_200, tail: 1_800 };
const ANSWER: Keep = Keep { head: 2_500, tail: 500 };
const TARGET: Keep = Keep { head: 400, tail: 100 };

type Group<'a> = ((&'a SuiteId, &'a TaskName), Vec<(&'a CandidateId, Vec<&'a SampleView>)>);

pub(crate) fn render(input: &ReportInput<'_>) -> Markup {
    let groups = groups(input);
    let hidden = input.stage.suites().into_iter().filter_map(|id| {
        let suite = input.programme.suite(id)?;
        let day = suite.reveal?;
        let title = Both::from(&suite.title);
        Some(say("report-samples-hidden", &[("suite", &title), ("day", &day.to_string().into())]))
    });
    let content = html! {
        p { (say("report-samples-lead", &[])) }
        @for note in hidden { p.none { (note) } }
        @if groups.is_empty() { p.none { (say("report-samples-none", &[])) } }
        @for ((suite, task), candidates) in &groups { (group(input, suite, task, candidates)) }
    };
    section("samples", &say("report-samples", &[]), &content)
}

fn groups<'a>(input: &ReportInput<'a>) -> Vec<Group<'a>> {
    if input.samples_per_task == 0 {
        return Vec::new();
    }
    let names = Names::new(input);
    let suites = input.stage.suites();
    let mut samples: Vec<&SampleView> = input.samples.iter().collect();
    // A stable sort: what is equal in all of this stays in the caller's order.
    samples.sort_by(|a, b| {
        let key = |sample: &'a SampleView| {
            let suite = suites.iter().position(|suite| **suite == sample.suite).unwrap_or(usize::MAX);
            (
                suite,
                &sample.suite,
                &sample.task,
                names.order(&sample.candidate),
                &sample.candidate,
                sample.document,
            )
        };
        key(a).cmp(&key(b))
    });
    let mut groups: Vec<Group<'a>> = Vec::new();
    for sample in samples {
        let task = (&sample.suite, &sample.task);
        if groups.last().is_none_or(|(last, _)| *last != task) {
            groups.push((task, Vec::new()));
        }
        let Some((_, candidates)) = groups.last_mut() else { continue };
        match candidates.last_mut() {
            Some((candidate, list)) if **candidate == sample.candidate => list.push(sample),
            _ => candidates.push((&sample.candidate, vec![sample])),
        }
    }
    groups
}

fn group(
    input: &ReportInput<'_>,
    suite: &SuiteId,
    task: &TaskName,
    candidates: &[(&CandidateId, Vec<&SampleView>)],
) -> Markup {
    let names = Names::new(input);
    html! {
        h3 { (names.suite(suite)) " · " (Both::from(task.as_str())) }
        @for (candidate, all) in candidates {
            @let shown = choose(all, input.samples_per_task);
            details {
                summary {
                    (names.candidate(candidate)) " "
                    span.soft { (say("report-samples-shown", &[
                        ("shown", &number::count(shown.len() as u64).into()),
                        ("all", &number::count(all.len() as u64).into()),
                    ])) }
                }
                @for sample in shown { (one(sample)) }
            }
        }
    }
}

/// At most `most` samples: first one of each thing that happened, then the earliest documents; in document order.
fn choose<'a>(all: &[&'a SampleView], most: usize) -> Vec<&'a SampleView> {
    let kind = |sample: &SampleView| match sample.outcome {
        Outcome::Scored if sample.score > 0.0 => 0_u8,
        Outcome::Scored => 1,
        Outcome::Unparsed => 2,
        Outcome::Truncated => 3,
        Outcome::Refused => 4,
        Outcome::Infrastructure => 5,
    };
    let mut places: Vec<usize> =
        (0..6_u8).filter_map(|wanted| all.iter().position(|sample| kind(sample) == wanted)).collect();
    places.truncate(most);
    for place in 0..all.len() {
        if places.len() >= most {
            break;
        }
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places.sort_unstable();
    places.into_iter().filter_map(|place| all.get(place).copied()).collect()
}

fn one(sample: &SampleView) -> Markup {
    let document = Both::from(number::count(sample.document));
    html! {
        article.sample {
            p.head {
                strong { (say("report-document", &[("number", &document)])) }
                (sample_badge(sample.outcome, sample.score))
                span.soft { (say("report-score", &[])) " " (number::score(sample.score)) }
            }
            dl {
                div.asked {
                    dt { (say("report-prompt", &[])) }
                    dd { (text(&sample.prompt, PROMPT)) }
                }
                div.answer {
                    dt { (say("report-answer", &[])) }
                    dd { (text(&sample.answer, ANSWER)) }
                }
                div {
                    dt { (say("report-target", &[])) }
                    dd { (text(&sample.target, TARGET)) }
                }
            }
        }
    }
}

fn text(text: &str, keep: Keep) -> Markup {
    if text.is_empty() {
        return html! { p.none { (say("report-empty", &[])) } };
    }
    // What may scroll takes the keyboard.
    let scrolls = text.len() > 600 || text.lines().count() > 10;
    // A parser drops one line end right after `<pre>`; this one is for it.
    html! {
        pre dir="auto" tabindex=[scrolls.then_some("0")] { "\n" (visible::clipped(text, keep)) }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::choose;
    use crate::SampleView;
    use daepyo_core::{CandidateId, Outcome, SuiteId, TaskName};

    fn sample(document: u64, outcome: Outcome, score: f64) -> SampleView {
        SampleView {
            candidate: CandidateId::new("a").unwrap(),
            suite: SuiteId::new("s").unwrap(),
            task: TaskName::new("t").unwrap(),
            document,
            prompt: String::new(),
            answer: String::new(),
            target: String::new(),
            score,
            outcome,
        }
    }

    #[test]
    fn every_outcome_is_seen_before_a_second_of_its_kind() {
        let mut all: Vec<SampleView> = (0..20).map(|n| sample(n, Outcome::Scored, 1.0)).collect();
        all.push(sample(20, Outcome::Refused, 0.0));
        all.push(sample(21, Outcome::Scored, 0.0));
        all.push(sample(22, Outcome::Infrastructure, 0.0));
        let all: Vec<&SampleView> = all.iter().collect();
        let documents = |most| choose(&all, most).iter().map(|sample| sample.document).collect::<Vec<_>>();
        assert_eq!(documents(4), [0, 20, 21, 22]);
        assert_eq!(documents(6), [0, 1, 2, 20, 21, 22]);
        assert_eq!(documents(2), [0, 21]);
        assert_eq!(documents(100).len(), 23);
    }
}
