//! The claim `llmfao-votes`: real people's votes on 59 models become a ranking with voter-clustered intervals, equal
//! to that of a second, plain fit.

pub(super) mod plain_fit;

use super::findings::Findings;
use super::{Claim, Measured, local_data};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use plain_fit::{Ballot, Rating, Result as VoteResult};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

pub(crate) const CLAIM: Claim = Claim {
    name: "llmfao-votes",
    promise: "8,931 votes of real people on 59 models give one ranking with intervals clustered by voter, equal to a \
              second plain fit within 1 Elo and its errors within 1 %",
    run,
};

const MODELS: usize = 59;
const VOTES: usize = 8_931;
/// The crate under test has a weak prior that the plain fit has not; it moves ratings by less than an Elo point
/// (see its module `bradley_terry`).
const RATING_TOLERANCE_ELO: f64 = 1.0;
const ERROR_TOLERANCE: f64 = 0.01;

/// What `daepyo votes --json` prints, as far as it is used here.
#[derive(Debug, Deserialize)]
struct Ranking {
    votes: usize,
    ties: usize,
    voters: usize,
    models: Vec<Ranked>,
}

#[derive(Debug, Deserialize)]
struct Ranked {
    name: String,
    rating: f64,
    low: f64,
    high: f64,
    standard_error: f64,
    standard_error_iid: f64,
    rank_low: usize,
    rank_high: usize,
}

/// One row of `crowd-comparisons.csv`, or of GPT-4's verdicts, which have no worker.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Comparison {
    pub(super) id: String,
    pub(super) prompt: String,
    #[serde(default)]
    pub(super) worker: String,
    pub(super) winner: String,
    pub(super) left: String,
    pub(super) right: String,
}

/// Converts the votes, ranks them, and compares with the plain fit.
fn run(settings: &Settings) -> Result<Measured, Failure> {
    let source = local_data::file(settings, "llmfao/crowd-comparisons.csv")?;
    let comparisons = read(&source)?;
    let names = names(&comparisons)?;
    let folder = local_data::work_folder(settings, "llmfao-votes")?;
    let votes = folder.join("votes.csv");
    fs::write(&votes, as_votes(&comparisons, &names)?).map_err(Failure::io("write", &votes))?;

    let votes = votes.to_string_lossy();
    let printed = process::capture(&mut local_data::daepyo(settings, &["votes", &votes, "--json"])?)?;
    let ranking: Ranking = serde_json::from_str(&printed)
        .map_err(|error| Failure::No(format!("`daepyo votes --json` printed something else: {error}")))?;
    let plain = plain(&comparisons, &names)?;

    let mut findings = Findings::default();
    shape(&mut findings, &ranking, &comparisons);
    against_plain(&mut findings, &ranking, &plain);
    intervals(&mut findings, &ranking);
    let last = ranking.models.len();
    for (place, model) in ranking.models.iter().enumerate() {
        // The page of claims shows both ends; the whole table stands in the work folder.
        if place < 5 || place + 5 >= last {
            findings.note(line(place, model, &names));
        }
    }
    let lines: Vec<String> =
        ranking.models.iter().enumerate().map(|(place, model)| line(place, model, &names)).collect();
    let table = folder.join("ranking.txt");
    fs::write(&table, lines.join("\n") + "\n").map_err(Failure::io("write", &table))?;
    findings.figure("the whole ranking", "claims/llmfao-votes/ranking.txt in the cache folder");
    let figure = format!(
        "{} models ranked by {} votes of {} voters, intervals clustered by voter",
        last, ranking.votes, ranking.voters
    );
    Ok(findings.measured(&figure))
}

/// The votes as `daepyo votes` reads them, with ids for names.
pub(super) fn converted(settings: &Settings) -> Result<Vec<u8>, Failure> {
    let comparisons = read(&local_data::file(settings, "llmfao/crowd-comparisons.csv")?)?;
    as_votes(&comparisons, &names(&comparisons)?)
}

pub(super) fn read(path: &std::path::Path) -> Result<Vec<Comparison>, Failure> {
    let wrong = |error: csv::Error| Failure::BadInput(format!("{}: {error}", path.display()));
    csv::Reader::from_path(path).map_err(wrong)?.deserialize().collect::<Result<_, _>>().map_err(wrong)
}

/// Ids by the models' names: ids of candidates know no spaces, capitals and brackets.
pub(super) fn names(comparisons: &[Comparison]) -> Result<BTreeMap<String, String>, Failure> {
    let all: BTreeSet<&String> = comparisons.iter().flat_map(|row| [&row.left, &row.right]).collect();
    let ids: BTreeMap<String, String> = all.into_iter().map(|name| (name.clone(), slug(name))).collect();
    let different: BTreeSet<&String> = ids.values().collect();
    if different.len() == ids.len() {
        Ok(ids)
    } else {
        Err(Failure::BadInput("two models have names that give the same id".to_owned()))
    }
}

fn slug(name: &str) -> String {
    let kept = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { ' ' });
    kept.collect::<String>().split_whitespace().collect::<Vec<_>>().join("-")
}

pub(super) fn as_votes(
    comparisons: &[Comparison],
    names: &BTreeMap<String, String>,
) -> Result<Vec<u8>, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let id = |name: &str| names.get(name).map_or("", String::as_str).to_owned();
    let broken = |error: csv::Error| Failure::BadInput(error.to_string());
    writer.write_record(["voter", "left", "right", "choice", "prompt"]).map_err(broken)?;
    for row in comparisons {
        let voter = format!("worker-{}", row.worker);
        writer
            .write_record([&voter, &id(&row.left), &id(&row.right), &row.winner, &row.prompt])
            .map_err(broken)?;
    }
    writer.into_inner().map_err(|error| Failure::BadInput(error.to_string()))
}

/// The votes with numbers for models and voters, models in the order of `names`.
pub(super) fn ballots(comparisons: &[Comparison], names: &BTreeMap<String, String>) -> Vec<Ballot> {
    let place = |name: &str| names.keys().position(|known| known.as_str() == name).unwrap_or_default();
    let workers: BTreeSet<&str> = comparisons.iter().map(|row| row.worker.as_str()).collect();
    comparisons
        .iter()
        .map(|row| Ballot {
            voter: workers.iter().position(|known| *known == row.worker).unwrap_or_default(),
            left: place(&row.left),
            right: place(&row.right),
            result: match row.winner.as_str() {
                "left" => VoteResult::Left,
                "right" => VoteResult::Right,
                _ => VoteResult::Tie,
            },
        })
        .collect()
}

/// The second fit, by id.
pub(super) fn plain(
    comparisons: &[Comparison],
    names: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Rating>, Failure> {
    let ballots = ballots(comparisons, names);
    let ratings = plain_fit::fit(names.len(), &ballots).ok_or_else(|| {
        Failure::No("the plain fit has no single maximum: the models are not connected".to_owned())
    })?;
    Ok(names.values().cloned().zip(ratings).collect())
}

fn shape(findings: &mut Findings, ranking: &Ranking, comparisons: &[Comparison]) {
    let ties = comparisons.iter().filter(|row| row.winner == "tie").count();
    let voters: BTreeSet<&str> = comparisons.iter().map(|row| row.worker.as_str()).collect();
    findings.figure("models", ranking.models.len());
    findings.figure("votes", ranking.votes);
    findings.figure("voters", ranking.voters);
    findings.figure("ties", ranking.ties);
    findings.check("all 59 models are ranked, in one connected piece", ranking.models.len() == MODELS);
    findings.check("all 8,931 votes count", ranking.votes == VOTES && comparisons.len() == VOTES);
    findings
        .check("every tie and every voter counts", ranking.ties == ties && ranking.voters == voters.len());
    let order = ranking.models.is_sorted_by(|first, second| first.rating >= second.rating);
    findings.check("models stand in order of their rating", order);
}

fn against_plain(findings: &mut Findings, ranking: &Ranking, plain: &BTreeMap<String, Rating>) {
    let (mut rating, mut by_voter, mut by_vote) = (0.0_f64, 0.0_f64, 0.0_f64);
    let mut missing = 0;
    for model in &ranking.models {
        let Some(second) = plain.get(&model.name) else {
            missing += 1;
            continue;
        };
        rating = rating.max((model.rating - second.elo).abs());
        by_voter = by_voter.max((model.standard_error / second.error_by_voter - 1.0).abs());
        by_vote = by_vote.max((model.standard_error_iid / second.error_by_vote - 1.0).abs());
    }
    findings.figure("greatest difference from the plain fit, Elo", format!("{rating:.4}"));
    findings.figure("greatest relative difference of clustered errors", format!("{by_voter:.5}"));
    findings.figure("greatest relative difference of errors by vote", format!("{by_vote:.5}"));
    findings.check("every model has the name that it was given", missing == 0);
    findings.check("ratings are those of a second fit, within 1 Elo", rating < RATING_TOLERANCE_ELO);
    let errors = by_voter.max(by_vote);
    findings.check("so are both standard errors, within 1 %", errors < ERROR_TOLERANCE);
}

fn intervals(findings: &mut Findings, ranking: &Ranking) {
    let finite = ranking.models.iter().all(|model| {
        let ends = [model.low, model.rating, model.high];
        ends.iter().all(|end| end.is_finite()) && ends.is_sorted() && model.low < model.high
    });
    findings.check("every interval is finite and holds its rating", finite);
    let mean = |of: fn(&Ranked) -> f64| {
        let models = u32::try_from(ranking.models.len().max(1)).map_or(1.0, f64::from);
        ranking.models.iter().map(of).sum::<f64>() / models
    };
    let (clustered, iid) = (mean(|model| model.standard_error), mean(|model| model.standard_error_iid));
    findings.figure("mean standard error clustered by voter, Elo", format!("{clustered:.2}"));
    findings.figure("mean standard error as if votes were independent, Elo", format!("{iid:.2}"));
    findings.check("errors clustered by voter are wider on average", clustered > iid);
    let sets = ranking.models.iter().all(|model| {
        (1..=model.rank_high).contains(&model.rank_low) && model.rank_high <= ranking.models.len()
    });
    findings.check("every rank set lies within the ranks", sets);
}

/// One model's line, for reading.
fn line(place: usize, model: &Ranked, names: &BTreeMap<String, String>) -> String {
    let name = names.iter().find(|(_, id)| **id == model.name).map_or(&model.name, |(name, _)| name);
    format!(
        "{}. {name}: {:.0}, 95 % from {:.0} to {:.0}, rank {} to {}",
        place + 1,
        model.rating,
        model.low,
        model.high,
        model.rank_low,
        model.rank_high
    )
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn names_become_ids() {
        assert_eq!(slug("LLaMA 2 SFT v10 (70B)"), "llama-2-sft-v10-70b");
        assert_eq!(slug("Vicuna v1.3 (7B)"), "vicuna-v1.3-7b");
    }
}
