//! `daepyo votes`: a ranking by votes alone.

use crate::args::Votes;
use crate::settings::Settings;
use crate::show;
use daepyo_core::{CriterionId, StageId, Vote};
use daepyo_verdict::votes::{RankSettings, Ranking, VoteRow, rank};
use serde_json::json;

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
    match rank(&rows, RankSettings::default()) {
        Ok(ranking) => {
            tell(&ranking, arguments.json, settings);
            0
        }
        Err(error) => {
            show::error(&error, settings);
            2
        }
    }
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

fn tell(ranking: &Ranking, as_json: bool, settings: &Settings) {
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
        let value = json!({"votes": ranking.votes, "voters": ranking.voters, "ties": ranking.ties,
            "both_bad": ranking.both_bad, "tie_parameter": ranking.tie_parameter, "models": models});
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
}
