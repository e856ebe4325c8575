//! The claim `arena-agreement`: on real people's votes the plain fit is that of arena-rank, evalica, choix and
//! statsmodels, and what their rule for ties does to ratings is said.

use super::environments;
use super::findings::Findings;
use super::{Claim, Measured, llmfao_votes, local_data};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;

pub(crate) const CLAIM: Claim = Claim {
    name: "arena-agreement",
    promise: "8,931 real votes on 59 models, without ties and with a tie as half a win each: the plain fit without its prior \
              equals evalica, choix and statsmodels within 1e-5 and arena-rank within 2e-4 log units (its regularisation and \
              stopping rule), with the same ranks; with its prior it is within .5 Elo of them; errors by voter and by vote \
              equal statsmodels' within .1 %, arena-rank's within 1 %; with ties as a result of their own it equals \
              evalica's Newman within 1e-5; on simulated votes ties as half wins are 30 Elo or more off at any number of \
              votes, ties of their own are not",
    run,
};

const PACKAGES: [&str; 4] = ["arena-rank==0.1.1", "evalica==0.4.2", "choix==0.4.1", "statsmodels==0.15.0"];

/// Elo points of one unit of log-strength.
const ELO: f64 = 400.0 / std::f64::consts::LN_10;
/// Fits that stop where nothing moves any more, in log units: .0017 Elo.
const SAME: f64 = 1e-5;
/// arena-rank stops where its mean loss moves by less than 1e-9, in log units: .035 Elo.
const ARENA: f64 = 2e-4;
/// What the normal prior with a standard deviation of 10 log units may move a rating.
const PRIOR_ELO: f64 = 0.5;
const ERRORS: f64 = 1e-3;
const ARENA_ERRORS: f64 = 1e-2;

type ByModel = BTreeMap<String, f64>;

/// What the example `agreement` prints.
#[derive(Debug, Deserialize)]
struct Ours {
    models: Vec<String>,
    without_ties: Fit,
    half: Fit,
    davidson: Fit,
}

#[derive(Debug, Deserialize)]
struct Fit {
    votes: usize,
    voters: usize,
    strengths: Vec<f64>,
    plain_strengths: Vec<f64>,
    plain_tie_parameter: f64,
    errors_by_voter: Vec<f64>,
    errors_by_vote: Vec<f64>,
    rating_errors_by_vote: Vec<f64>,
}

/// What `verdict_agreement.py` prints.
#[derive(Debug, Deserialize)]
struct Theirs {
    without_ties: Peers,
    half: Peers,
    davidson: Newman,
}

#[derive(Debug, Deserialize)]
struct Peers {
    #[serde(rename = "arena-rank")]
    arena: ByModel,
    #[serde(rename = "arena-rank errors")]
    arena_errors: ByModel,
    evalica: ByModel,
    choix: ByModel,
    statsmodels: Regression,
}

#[derive(Debug, Deserialize)]
struct Regression {
    strengths: ByModel,
    errors_by_voter: ByModel,
    errors_by_vote: ByModel,
    voters: usize,
}

#[derive(Debug, Deserialize)]
struct Newman {
    evalica: ByModel,
    tie_parameter: f64,
}

#[derive(Debug, Deserialize)]
struct Bias {
    votes: u32,
    davidson_elo: f64,
    half_elo: f64,
    greatest_error_elo: f64,
}

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let folder = local_data::work_folder(settings, "arena-agreement")?;
    let votes = folder.join("votes.csv");
    fs::write(&votes, llmfao_votes::converted(settings)?).map_err(Failure::io("write", &votes))?;
    let votes = votes.to_string_lossy();
    let build = ["build", "--quiet", "--release", "-p", "daepyo-verdict", "--example", "agreement"];
    process::run(&mut process::command(settings, "cargo", &build))?;
    let example = settings.target.join("release/examples/agreement");
    let example = example.to_string_lossy();
    let ours: Ours = asked(settings, &example, &[&votes])?;
    let bias: Vec<Bias> = asked(settings, &example, &["bias"])?;
    let python = environments::provide(settings, "arena-agreement", &PACKAGES)?.program("python3");
    let script = settings.root.join("xtask/python/verdict_agreement.py");
    let theirs: Theirs = asked(settings, &python.to_string_lossy(), &[&script.to_string_lossy(), &votes])?;

    let mut findings = Findings::default();
    plain(&mut findings, "without ties", &ours.models, &ours.without_ties, &theirs.without_ties);
    plain(&mut findings, "ties as half wins", &ours.models, &ours.half, &theirs.half);
    davidson(&mut findings, &ours, &theirs.davidson);
    biased(&mut findings, &bias);
    let figure = format!(
        "{} and {} votes on {} models: the same ranks and strengths as arena-rank, evalica, choix and statsmodels{}",
        ours.without_ties.votes,
        ours.half.votes,
        ours.models.len(),
        if findings.all_hold() { "" } else { ", but not in everything" }
    );
    Ok(findings.measured(&figure))
}

/// What a program prints as its last line.
fn asked<T: DeserializeOwned>(settings: &Settings, program: &str, words: &[&str]) -> Result<T, Failure> {
    let printed = process::capture(&mut process::command(settings, program, words))?;
    let last = printed.lines().next_back().unwrap_or_default();
    serde_json::from_str(last)
        .map_err(|error| Failure::No(format!("{program} printed something else: {error}")))
}

fn plain(findings: &mut Findings, what: &str, models: &[String], ours: &Fit, theirs: &Peers) {
    let strengths = with_names(models, &ours.plain_strengths);
    findings.figure(&format!("{what}: votes, voters"), format!("{}, {}", ours.votes, ours.voters));
    for (name, other, tolerance) in [
        ("arena-rank 0.1.1", &theirs.arena, ARENA),
        ("evalica 0.4.2", &theirs.evalica, SAME),
        ("choix 0.4.1", &theirs.choix, SAME),
        ("statsmodels 0.15.0", &theirs.statsmodels.strengths, SAME),
    ] {
        let apart = greatest(&strengths, other, |one, other| (one - other).abs());
        findings
            .figure(&format!("{what}: greatest difference from {name}, log units"), format!("{apart:.1e}"));
        findings.check(
            &format!("{what}: strengths are those of {name}, within {tolerance:.0e}"),
            apart < tolerance,
        );
        findings.check(&format!("{what}: ranks are those of {name}"), order(&strengths) == order(other));
        let prior =
            ELO * greatest(&with_names(models, &ours.strengths), other, |one, other| (one - other).abs());
        findings
            .check(&format!("{what}: with the prior within {PRIOR_ELO} Elo of {name}"), prior < PRIOR_ELO);
    }
    let prior = greatest(&strengths, &with_names(models, &ours.strengths), |one, other| (one - other).abs());
    findings
        .figure(&format!("{what}: the prior moves a rating by at most, Elo"), format!("{:.4}", prior * ELO));
    let share =
        |one: f64, other: f64| if other > 0.0 { (one / other - 1.0).abs() } else { (one - other).abs() };
    let by_voter =
        greatest(&with_names(models, &ours.errors_by_voter), &theirs.statsmodels.errors_by_voter, share);
    // Ours are multiplied by votes / (votes - 1) under the root, statsmodels' HC0 are not.
    let by_vote =
        greatest(&with_names(models, &ours.errors_by_vote), &theirs.statsmodels.errors_by_vote, share);
    findings.figure(
        &format!("{what}: errors by voter, relative difference from statsmodels"),
        format!("{by_voter:.1e}"),
    );
    findings.figure(
        &format!("{what}: errors by vote, relative difference from statsmodels"),
        format!("{by_vote:.1e}"),
    );
    findings.check(
        &format!("{what}: errors of differences by voter and by vote are those of statsmodels, within .1 %"),
        by_voter < ERRORS && by_vote < ERRORS && ours.voters == theirs.statsmodels.voters,
    );
    let arena = greatest(&with_names(models, &ours.rating_errors_by_vote), &theirs.arena_errors, share);
    findings.figure(
        &format!("{what}: errors by vote, relative difference from arena-rank"),
        format!("{arena:.1e}"),
    );
    findings.check(
        &format!("{what}: errors of ratings by vote are those of arena-rank, within 1 %"),
        arena < ARENA_ERRORS,
    );
}

fn davidson(findings: &mut Findings, ours: &Ours, theirs: &Newman) {
    let fit = &ours.davidson;
    let strengths = with_names(&ours.models, &fit.plain_strengths);
    let apart = greatest(&strengths, &theirs.evalica, |one, other| (one - other).abs());
    let tie = (fit.plain_tie_parameter / theirs.tie_parameter - 1.0).abs();
    findings.figure(
        "ties of their own: greatest difference from evalica's Newman, log units",
        format!("{apart:.1e}"),
    );
    findings.figure(
        "ties of their own: tie parameter, ours and twice evalica's",
        format!("{:.6}, {:.6}", fit.plain_tie_parameter, theirs.tie_parameter),
    );
    findings.check(
        "ties of their own: strengths, ranks and tie parameter are those of evalica's Newman, within 1e-5",
        apart < SAME && tie < SAME && order(&strengths) == order(&theirs.evalica),
    );
    let half = with_names(&ours.models, &ours.half.plain_strengths);
    let moved = greatest(&strengths, &half, |one, other| (one - other).abs()) * ELO;
    let stretch = spread(&strengths) / spread(&half);
    findings.figure("ties as half wins move a rating of these votes by at most, Elo", format!("{moved:.1}"));
    findings.figure("ties of their own spread the ratings by a factor of", format!("{stretch:.3}"));
    findings.check("ties as half wins pull the ratings together", stretch > 1.0);
}

/// The bias that the rule for ties makes, on votes of which the truth is known.
fn biased(findings: &mut Findings, rows: &[Bias]) {
    for row in rows {
        findings.note(format!(
            "{} simulated votes on 10 models: ties as half wins {:.1} Elo off at most, ties of their own {:.1} (greatest \
             standard error {:.1})",
            row.votes, row.half_elo, row.davidson_elo, row.greatest_error_elo
        ));
    }
    let bias = rows.len() == 3 && rows.iter().all(|row| row.half_elo > 30.0);
    findings.check("ties as half wins are 30 Elo or more off, with 10,000 votes as with 1,000,000", bias);
    let none = rows.iter().all(|row| row.davidson_elo < 4.0 * row.greatest_error_elo);
    findings.check("ties of their own are off by no more than four standard errors", none);
    let last = rows.last().is_some_and(|row| row.davidson_elo < 3.0);
    findings.check("with 1,000,000 votes by less than 3 Elo", last);
}

fn with_names(models: &[String], values: &[f64]) -> ByModel {
    models.iter().cloned().zip(values.iter().copied()).collect()
}

/// The greatest distance over models; infinite where both don't have the same models.
fn greatest(one: &ByModel, other: &ByModel, distance: impl Fn(f64, f64) -> f64) -> f64 {
    if one.is_empty() || !one.keys().eq(other.keys()) {
        return f64::INFINITY;
    }
    let distances = one.values().zip(other.values()).map(|(one, other)| distance(*one, *other));
    distances.fold(0.0, |most, next| if next.is_nan() { f64::INFINITY } else { most.max(next) })
}

/// Names, strongest first.
fn order(strengths: &ByModel) -> Vec<&str> {
    let mut all: Vec<(&str, f64)> = strengths.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    all.sort_by(|one, other| other.1.total_cmp(&one.1));
    all.into_iter().map(|(name, _)| name).collect()
}

fn spread(strengths: &ByModel) -> f64 {
    strengths.values().map(|value| value * value).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::{ByModel, greatest, order};

    fn named(values: &[(&str, f64)]) -> ByModel {
        values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    }

    #[test]
    fn a_model_that_is_missing_is_infinitely_far() {
        let gap = |one: f64, other: f64| (one - other).abs();
        let all = named(&[("a", 1.0), ("b", -1.0)]);
        assert!((greatest(&all, &named(&[("a", 1.5), ("b", -1.0)]), gap) - 0.5).abs() < 1e-12);
        assert!(greatest(&all, &named(&[("a", 1.0)]), gap).is_infinite());
        assert!(greatest(&all, &named(&[("a", f64::NAN), ("b", -1.0)]), gap).is_infinite());
        assert_eq!(order(&named(&[("a", -1.0), ("b", 1.0)])), ["b", "a"]);
    }
}
