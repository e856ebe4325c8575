//! The rows of `verdict-speed`: what is run, and what it must come to.

use super::{Desk, Found, Run};
use crate::bench::row::{Aim, Side, figure};
use crate::bench::usage::{Runs, Usage};
use crate::bench::{page, real};
use crate::failure::Failure;
use serde::Deserialize;

/// Elo points of one unit of log-strength.
const ELO: f64 = 400.0 / std::f64::consts::LN_10;

const MODELS: &str = "50";
const VOTERS: &str = "50000";
const VOTES_EACH: &str = "20";

/// Bootstraps of row 2.
const DRAWS: usize = 100;

/// The peer's bootstraps unless it does all: two numbers, for what the next ten take.
const FEW: [&str; 2] = ["10", "20"];

#[derive(Debug, Deserialize)]
struct Fitted {
    votes: usize,
    errors: Vec<f64>,
    bootstrap_errors: Option<Vec<f64>>,
    half_strengths: Vec<f64>,
    half_errors_iid: Vec<f64>,
}

#[derive(Debug, Deserialize)]
struct Arena {
    ratings: Vec<f64>,
    errors: Vec<f64>,
}

#[derive(Debug, Deserialize)]
struct Live {
    votes: usize,
    before: usize,
    off: f64,
    median_s: f64,
    p99_s: f64,
    slowest_s: f64,
}

#[derive(Debug, Deserialize)]
struct Stage {
    observations: usize,
    threads: usize,
    digest: String,
}

#[derive(Debug, Deserialize)]
struct Rasch {
    difficulties: Vec<f64>,
}

/// Repeated runs, with what the last one found.
fn repeated<T>(
    times: usize,
    mut run: impl FnMut() -> Result<Run<T>, Failure>,
) -> Result<(Sides, T), Failure> {
    let mut sides = Sides::default();
    let mut last = run()?;
    for _ in 1..times.max(1) {
        sides.add(&last);
        last = run()?;
    }
    sides.add(&last);
    Ok((sides, last.found))
}

/// What runs took, the work alone and the whole programs.
#[derive(Default)]
struct Sides {
    work: Vec<Usage>,
    whole: Vec<Usage>,
}

impl Sides {
    fn add<T>(&mut self, run: &Run<T>) {
        self.work.push(run.work);
        self.whole.push(run.whole);
    }

    fn work(&self) -> Runs {
        Runs::from(self.work.clone())
    }

    fn peak_mb(&self) -> f64 {
        self.whole.iter().map(peak_mb).fold(0.0, f64::max)
    }

    fn side(&self, who: &str) -> Side {
        let whole = Runs::from(self.whole.clone());
        let more =
            format!("whole program {} CPU, {} MB at most", page::time(whole.cpu_s()), figure(self.peak_mb()));
        Side::whole(who, self.work()).with(more)
    }
}

fn peak_mb(usage: &Usage) -> f64 {
    // More than 4 GiB do not fit 32 bits; kilobytes do.
    u32::try_from(usage.peak_bytes / 1024).map_or(f64::INFINITY, |kib| f64::from(kib) * 1024.0 / 1e6)
}

fn greatest_gap(one: impl IntoIterator<Item = f64>, other: impl IntoIterator<Item = f64>) -> f64 {
    let gaps = one.into_iter().zip(other).map(|(one, other)| (one - other).abs());
    gaps.fold(0.0, |most, gap| if gap.is_nan() { f64::INFINITY } else { most.max(gap) })
}

/// Where both have the same number of values; otherwise infinite.
fn gap(one: &[f64], other: &[f64]) -> f64 {
    if one.len() == other.len() && !one.is_empty() {
        greatest_gap(one.iter().copied(), other.iter().copied())
    } else {
        f64::INFINITY
    }
}

fn votes(desk: &Desk<'_>) -> Result<String, Failure> {
    desk.file("votes.bin", |path| {
        ["write-votes", path, VOTERS, VOTES_EACH, MODELS].map(str::to_owned).to_vec()
    })
}

const VOTES_NOTE: &str = "votes of 50,000 simulated voters with tastes of .5 logit, 20 each, one in six a tie; ours \
    fits Davidson's model of ties with errors by vote and by voter, arena-rank takes a tie as half a win for each and \
    has errors by vote";

pub(super) fn fit(desk: &Desk<'_>) -> Result<Found, Failure> {
    let file = votes(desk)?;
    let (ours, found) =
        repeated(desk.options.repetitions, || desk.speed::<Fitted>(&["votes", &file, "0"], None))?;
    let (peer, arena) = repeated(1, || desk.peer::<Arena>(&["arena", &file]))?;
    let mean = arena.ratings.iter().sum::<f64>() / real(arena.ratings.len().max(1));
    let strengths: Vec<f64> = arena.ratings.iter().map(|rating| (rating - mean) / ELO).collect();
    let apart = gap(&found.half_strengths, &strengths) * ELO;
    let ratios: Vec<f64> =
        found.half_errors_iid.iter().zip(&arena.errors).map(|(ours, theirs)| ours / theirs).collect();
    let errors = gap(&ratios, &vec![1.0; arena.errors.len()]);
    let cpu_s = ours.work().cpu_s();
    let aims = vec![
        Aim::at_most("CPU time", cpu_s, 0.15, " s"),
        Aim::at_most("peak memory of the whole program", ours.peak_mb(), 50.0, " MB"),
        Aim::at_least("times less CPU than arena-rank", peer.work().cpu_s() / cpu_s, 40.0, ""),
        Aim::at_least("times less memory than arena-rank", peer.peak_mb() / ours.peak_mb(), 10.0, ""),
        Aim::at_most(
            "ratings with ties as half wins, greatest difference from arena-rank's",
            apart,
            0.1,
            " Elo",
        ),
        Aim::at_most("their errors by vote, greatest relative difference", errors, 0.01, ""),
    ];
    let sides = vec![
        ours.side("daepyo-verdict, Davidson, both errors"),
        peer.side("arena-rank 0.1.1, sandwich, errors by vote"),
    ];
    let notes = vec![format!("{} votes: {VOTES_NOTE}", figure(real(found.votes)))];
    Ok((sides, aims, notes))
}

pub(super) fn bootstrap(desk: &Desk<'_>) -> Result<Found, Failure> {
    let file = votes(desk)?;
    let draws = DRAWS.to_string();
    let (ours, found) =
        repeated(desk.options.repetitions.min(3), || desk.speed::<Fitted>(&["votes", &file, &draws], None))?;
    let mut notes = vec![format!(
        "ours draws voters with all their votes and starts each fit from the estimate; arena-rank draws votes. Its workers \
         are started with the method `spawn`: with Python's default method on Linux (before 3.14, `fork`) they wait for \
         ever once JAX has threads. {VOTES_NOTE}"
    )];
    let (peer_cpu_s, sides) = if desk.options.whole {
        let (peer, _) = repeated(1, || desk.peer::<Arena>(&["arena-bootstrap", &file, &draws]))?;
        (peer.work().cpu_s(), vec![peer.side("arena-rank 0.1.1, 100 bootstraps by vote")])
    } else {
        let [few, more] = FEW;
        let (first, _) = repeated(1, || desk.peer::<Arena>(&["arena-bootstrap", &file, few]))?;
        let (second, _) = repeated(1, || desk.peer::<Arena>(&["arena-bootstrap", &file, more]))?;
        let ten = second.work().cpu_s() - first.work().cpu_s();
        notes.push(format!(
            "arena-rank did 10 and 20 bootstraps; 100 are what 20 took and eight times the difference ({} for ten)",
            page::time(ten)
        ));
        let names = ["arena-rank 0.1.1, 10 bootstraps by vote", "arena-rank 0.1.1, 20 bootstraps by vote"];
        (second.work().cpu_s() + 8.0 * ten, vec![first.side(names[0]), second.side(names[1])])
    };
    let bootstrap = found.bootstrap_errors.unwrap_or_default();
    let ratio = |(drawn, sandwich): (&f64, &f64)| drawn / sandwich;
    let mean = bootstrap.iter().zip(&found.errors).map(ratio).sum::<f64>() / real(found.errors.len().max(1));
    let cpu_s = ours.work().cpu_s();
    let aims = vec![
        Aim::at_most("CPU time", cpu_s, 1.2, " s"),
        Aim::at_least("times less CPU than arena-rank", peer_cpu_s / cpu_s, 100.0, ""),
        Aim::holds(
            "errors of the bootstrap over those of the sandwich, mean of 50: within 5 % of 1",
            figure(mean),
            (mean - 1.0).abs() < 0.05,
        ),
    ];
    let own = ours.side("daepyo-verdict, fit, both errors and 100 bootstraps by voter");
    Ok(([vec![own], sides].concat(), aims, notes))
}

pub(super) fn live(desk: &Desk<'_>) -> Result<Found, Failure> {
    let file = votes(desk)?;
    let (ours, found) =
        repeated(desk.options.repetitions.min(3), || desk.speed::<Live>(&["live", &file], None))?;
    let votes = real(found.votes);
    let each_us = ours.work().cpu_s() / votes * 1e6;
    let mut side = ours.side("daepyo-verdict, 50 models");
    side.units = Some(votes);
    let aims = vec![
        Aim::below("CPU a vote", each_us, 10.0, " µs"),
        Aim::below("the median vote on the clock", found.median_s * 1e6, 10.0, " µs"),
        Aim::below("greatest difference from a full fit, in log units", found.off, 1e-5, ""),
    ];
    let notes = vec![
        format!(
            "{} votes after {}, one by one, each followed by strengths that are those of a full fit",
            figure(votes),
            figure(real(found.before))
        ),
        format!(
            "on the clock 99 of 100 votes take at most {}; the slowest, which works the information out anew, {}",
            page::time(found.p99_s),
            page::time(found.slowest_s)
        ),
        "no other program is known that updates such a fit vote by vote".to_owned(),
    ];
    Ok((vec![side], aims, notes))
}

pub(super) fn stage(desk: &Desk<'_>) -> Result<Found, Failure> {
    let worlds = [
        ("10 documents a cluster, 20 votes a voter", "10", "20"),
        ("every document a cluster, 5 votes a voter", "1", "5"),
    ];
    let (mut sides, mut aims, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for (name, cluster, each) in worlds {
        let asked = ["stage", cluster, each];
        let times = desk.options.repetitions.min(3);
        let (two, found) = repeated(times, || desk.speed::<Stage>(&asked, None))?;
        let (one, alone) = repeated(1, || desk.speed::<Stage>(&asked, Some("1")))?;
        sides.push(two.side(&format!("`decide()`, {name}, {} threads", found.threads)));
        sides.push(one.side(&format!("`decide()`, {name}, {} thread", alone.threads)));
        aims.push(Aim::at_most(&format!("{name}, CPU time of all threads"), two.work().cpu_s(), 5.0, " s"));
        aims.push(Aim::holds(
            format!("{name}, the same bytes with 1 and 2 threads"),
            if found.digest == alone.digest { "the same" } else { "different" },
            found.digest == alone.digest && alone.threads < found.threads,
        ));
        notes.push(format!(
            "{name}: {} observations, digest {}",
            figure(real(found.observations)),
            found.digest
        ));
    }
    notes.push(
        "observations in memory to a verdict: gates against five references, points for a benchmark on a measured scale, \
         marks and votes, joint draws, ranks. CPU time is what a machine with nothing else to do takes on the clock with one \
         thread; with two about half"
            .to_owned(),
    );
    Ok((sides, aims, notes))
}

pub(super) fn alpha(desk: &Desk<'_>) -> Result<Found, Failure> {
    let file = desk.file("ratings.bin", |path| vec!["write-ratings".to_owned(), path.to_owned()])?;
    let (ours, found) =
        repeated(desk.options.repetitions, || desk.speed::<Vec<f64>>(&["alpha", &file], None))?;
    let (peer, theirs) = repeated(1, || desk.peer::<Vec<f64>>(&["alpha", &file]))?;
    let aims = vec![
        Aim::at_least("times less CPU", peer.work().cpu_s() / ours.work().cpu_s(), 50.0, ""),
        Aim::below("greatest difference of three alphas", gap(&found, &theirs), 1e-9, ""),
    ];
    let shown: Vec<String> = found.iter().map(|alpha| format!("{alpha:.6}")).collect();
    let sides = vec![ours.side("daepyo-verdict"), peer.side("krippendorff 0.9.0")];
    Ok((sides, aims, vec![format!("alphas {}; a tenth of the ratings is missing", shown.join(", "))]))
}

pub(super) fn rasch(desk: &Desk<'_>) -> Result<Found, Failure> {
    let file = desk.file("marks.bin", |path| vec!["write-marks".to_owned(), path.to_owned()])?;
    let (ours, found) = repeated(desk.options.repetitions, || desk.speed::<Rasch>(&["rasch", &file], None))?;
    let ask = |work: &str| repeated(1, || desk.peer::<Rasch>(&[work, &file]));
    let (statsmodels, regression) = ask("rasch-statsmodels")?;
    let (scipy, descent) = ask("rasch-scipy")?;
    let (girth, other) = ask("rasch-girth")?;
    let own = ours.work().cpu_s();
    let aims = vec![
        Aim::at_least("times less CPU than statsmodels", statsmodels.work().cpu_s() / own, 50.0, ""),
        Aim::below(
            "greatest difference of difficulties from statsmodels', logits",
            gap(&found.difficulties, &regression.difficulties),
            1e-6,
            "",
        ),
        Aim::below(
            "greatest difference of difficulties from scipy's, logits",
            gap(&found.difficulties, &descent.difficulties),
            1e-5,
            "",
        ),
    ];
    let sides = vec![
        ours.side("daepyo-verdict, with errors, fit statistics and fair averages"),
        statsmodels.side("statsmodels 0.15.0, GLM: the same likelihood as a logistic regression"),
        scipy.side("SciPy, L-BFGS with the gradient on the table, difficulties only"),
        girth.side("girth 0.8.0, rasch_jml, difficulties only"),
    ];
    let notes = vec![
        "R's TAM needs R, which is not assumed; these are Python's ways to the same joint maximum".to_owned(),
        format!(
            "SciPy's descent, written for this one table, takes {} times our CPU time; it has no errors and no fit \
             statistics and knows no raters, gaps and steps",
            figure(scipy.work().cpu_s() / own)
        ),
        format!(
            "girth scales abilities to a deviation of 1 in every round, stops at a thousandth and has no errors: its \
             difficulties are up to {} logits from this maximum, so its time ({} times ours) is no aim",
            figure(gap(&found.difficulties, &other.difficulties)),
            figure(girth.work().cpu_s() / own)
        ),
    ];
    Ok((sides, aims, notes))
}
