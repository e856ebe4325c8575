//! `daepyo votes`: a ranking by votes alone.

use crate::args::Votes;
use crate::settings::Settings;
use crate::show;
use daepyo_core::{CriterionId, StageId, Vote};
use daepyo_report::words;
use daepyo_verdict::{
    attack::{AttackBudget, AttackSettings, budgets},
    voters::{Ballot, Beside, Subject, VoterReport, VoterSettings, beside, examine},
    votes::{RankSettings, Ranking, VoteRow, rank},
};
use serde_json::{Value, json};
use std::error::Error;

/// Places of the cut of a ranking without one, for the ranking beside.
const ONE: usize = 1;

/// What is told beside the ranking.
#[derive(Default)]
struct More {
    report: Option<(VoterReport, Option<Beside>)>,
    /// The last that is in, the first that is out, and the budgets.
    attack: Option<(String, String, Vec<AttackBudget>)>,
}

pub(crate) fn votes(arguments: &Votes, settings: &Settings) -> u8 {
    let votes = match read(arguments, settings) {
        Ok(votes) => votes,
        Err(code) => return code,
    };
    let rows: Vec<_> = votes
        .iter()
        .map(|vote| VoteRow {
            voter: vote.voter.as_str(),
            left: vote.left.as_str(),
            right: vote.right.as_str(),
            choice: vote.choice,
        })
        .collect();
    match rank(&rows, ranks(arguments)) {
        Ok(ranking) => match more(arguments, &votes, &rows, &ranking) {
            Ok(more) => {
                tell(&ranking, &more, arguments.json, settings);
                0
            }
            Err(error) => {
                show::error(error.as_ref(), settings);
                2
            }
        },
        Err(error) => {
            show::error(&error, settings);
            2
        }
    }
}

fn ranks(arguments: &Votes) -> RankSettings {
    RankSettings { weight_cap: arguments.weight_cap, ..RankSettings::default() }
}

/// What the arguments ask for beside the ranking.
fn more(
    arguments: &Votes,
    votes: &[Vote],
    rows: &[VoteRow<'_>],
    ranking: &Ranking,
) -> Result<More, Box<dyn Error>> {
    let mut more = More::default();
    let places = arguments.cut.map_or(ONE, usize::from);
    if arguments.tests {
        let ballots: Vec<Ballot<'_>> = votes.iter().map(Ballot::from).collect();
        let report = examine(&ballots, &VoterSettings::default())?;
        let both = if report.flags.is_empty() {
            None
        } else {
            Some(beside(&ballots, &report.flags, places, &[], ranks(arguments))?)
        };
        more.report = Some((report, both));
    }
    if arguments.cut.is_some()
        && let (Some(last), Some(first)) = (ranking.models.get(places - 1), ranking.models.get(places))
    {
        let settings = AttackSettings { weight_cap: arguments.weight_cap, ..AttackSettings::default() };
        let found = budgets(rows, &last.name, &first.name, settings)?;
        more.attack = Some((last.name.clone(), first.name.clone(), found));
    }
    Ok(more)
}

fn read(arguments: &Votes, settings: &Settings) -> Result<Vec<Vote>, u8> {
    let file = arguments.file.display();
    let bytes = std::fs::read(&arguments.file).map_err(|error| {
        show::line(&format!("× {file}"));
        show::error(&error, settings);
        3
    })?;
    let (Ok(stage), Ok(criterion)) = (StageId::new("votes"), CriterionId::new("votes")) else {
        return Err(3);
    };
    daepyo_spec::read_votes(&bytes, &stage, &criterion).map_err(|problems| {
        show::rows("×", &arguments.file, &problems, settings);
        2
    })
}

fn tell(ranking: &Ranking, more: &More, as_json: bool, settings: &Settings) {
    if as_json {
        let models: Vec<_> = ranking
            .models
            .iter()
            .map(|model| {
                json!({"name": model.name, "rating": model.rating, "low": model.low, "high": model.high,
                    "standard_error": model.standard_error, "standard_error_iid": model.standard_error_iid,
                    "rank_low": model.rank_set.0, "rank_high": model.rank_set.1, "wins": model.wins,
                    "losses": model.losses, "ties": model.ties, "both_bad": model.both_bad})
            })
            .collect();
        let mut value = json!({"votes": ranking.votes, "voters": ranking.voters, "ties": ranking.ties,
            "both_bad": ranking.both_bad, "tie_parameter": ranking.tie_parameter, "models": models});
        if let Some(object) = value.as_object_mut() {
            object.extend(more_as_json(more));
        }
        show::out(&value.to_string());
        return;
    }
    for (place, model) in ranking.models.iter().enumerate() {
        let (first, last) = model.rank_set;
        let line = format!(
            "{:>3}  {:32} {:>7.1}  [{:>7.1}, {:>7.1}]  {first}–{last}",
            place + 1,
            model.name,
            model.rating,
            model.low,
            model.high
        );
        show::out(&line);
    }
    let (votes, people) = (ranking.votes.to_string(), ranking.voters.to_string());
    show::line(&show::say(settings, "votes-count", &[("votes", &votes), ("voters", &people)]));
    tell_more(more, settings);
}

fn tell_more(more: &More, settings: &Settings) {
    if let Some((report, both)) = &more.report {
        let count = report.flags.len().to_string();
        show::out(&show::say(settings, "votes-flags", &[("flags", &count)]));
        for flag in &report.flags {
            let (test, of) =
                (show::say(settings, words::voter_test(flag.test), &[]), flag.votes.len().to_string());
            let statistic = format!("{:.2}", flag.statistic);
            let words =
                [("voter", flag.voter.as_str()), ("test", &test), ("votes", &of), ("share", &statistic)];
            show::out(&format!("  {}{}", show::say(settings, "votes-flag", &words), subject(&flag.subject)));
        }
        for row in
            both.iter().flat_map(|both| &both.rows).filter(|row| row.change.is_some_and(|x| x.abs() >= 0.05))
        {
            let line = format!(
                "  {:32} {:>7.1} → {:>7.1}  {} → {}",
                row.name,
                row.rating,
                row.rating_without.unwrap_or(f64::NAN),
                row.rank,
                row.rank_without.map_or_else(|| "–".to_owned(), |rank| rank.to_string())
            );
            show::out(&line);
        }
    }
    if let Some((last_in, first_out, budgets)) = &more.attack {
        show::out(&show::say(settings, "votes-attack", &[("last", last_in), ("first", first_out)]));
        for budget in budgets {
            let number = words::budget(budget);
            show::out(&format!(
                "  {}",
                show::say(settings, words::attack(budget.kind), &[("number", &number)])
            ));
        }
    }
}

/// What a flag is about, behind its line.
fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Voter => String::new(),
        Subject::For { candidate } => format!(" (+{candidate})"),
        Subject::Against { candidate } => format!(" (−{candidate})"),
        Subject::Left => " (←)".to_owned(),
        Subject::Right => " (→)".to_owned(),
        Subject::Partner { voter } => format!(" (= {voter})"),
    }
}

fn more_as_json(more: &More) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    if let Some((report, both)) = &more.report {
        found.push(("tests".to_owned(), json!(report)));
        found.push(("without_flagged".to_owned(), json!(both)));
    }
    if let Some((last_in, first_out, budgets)) = &more.attack {
        let value = json!({"last_in": last_in, "first_out": first_out, "budgets": budgets});
        found.push(("attack".to_owned(), value));
    }
    found
}
