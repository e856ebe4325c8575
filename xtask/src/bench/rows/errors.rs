//! Row 5: metrics over a whole set with their standard errors, in closed form beside the bootstrap.

use super::peers::{self, last_line, text};
use crate::bench::documents;
use crate::bench::row::{Aim, Row, Side, figure};
use crate::bench::usage::{Runs, Usage, measured};
use crate::bench::{Bench, real};
use crate::failure::Failure;
use serde::Deserialize;

const DOCUMENTS: usize = 1_000;
/// lm-eval's own number of replicates, and the most that it makes for metrics of texts.
const REPLICATES: usize = 100_000;
const OF_TEXTS: usize = 100;
const MIN_TIMES_LESS: f64 = 1_000.0;
/// Standard errors of a replicated standard error that it may be off by.
const DEVIATIONS: f64 = 4.0;
/// The bootstrap's own error at this number of documents, and the difference between dividing by n and by n - 1.
const BIAS: f64 = 0.02;

/// A metric with its standard error.
#[derive(Debug, Deserialize)]
struct Found {
    value: f64,
    standard_error: f64,
    #[serde(default)]
    cpu_s: f64,
    #[serde(default)]
    wall_s: f64,
}

pub(in crate::bench) fn measure(bench: &Bench<'_>) -> Result<Row, Failure> {
    let lm_eval = peers::lm_eval(bench)?;
    let (labels, sentences) = (bench.work.join("labels.jsonl"), bench.work.join("sentences.jsonl"));
    documents::labels(&labels, DOCUMENTS)?;
    documents::sentences(&sentences, DOCUMENTS)?;
    let (mut sides, mut aims) = (Vec::new(), Vec::new());
    for (metric, pairs, all) in
        [("f1", &labels, REPLICATES), ("chrf", &sentences, OF_TEXTS), ("bleu", &sentences, OF_TEXTS)]
    {
        let pairs = text(pairs);
        let mut found = None;
        let program = bench.programs.example("corpus_errors");
        let ours = Runs::of(bench.options.repetitions, || {
            let (usage, printed) = measured(bench.settings, &bench.work, &program, &[&pairs, metric])?;
            found = Some(last_line::<Found>(&printed, "corpus_errors")?);
            Ok(usage)
        })?;
        let our = found.ok_or_else(|| Failure::No("corpus_errors was not run".to_owned()))?;

        // A tenth of many replicates; a hundred are few enough.
        let (replicates, factor) = bench.share(all, if all > 1_000 { 10 } else { 1 });
        let number = replicates.to_string();
        let words = ["errors", "--pairs", &pairs, "--metric", metric, "--replicates", &number];
        let their: Found = peers::ask(bench, &lm_eval, "bench_lm_eval.py", &words)?;
        let usage = Usage { cpu_s: their.cpu_s, wall_s: their.wall_s, peak_bytes: 0 };
        let theirs = Runs::from(vec![usage]).scaled(factor);

        let times = theirs.cpu_s() / ours.cpu_s();
        aims.push(Aim::at_least(&format!("{metric}: CPU time"), times, MIN_TIMES_LESS, " times less"));
        aims.push(Aim::holds(
            format!("{metric}: the same value"),
            format!("{} and {}", our.value, their.value),
            (our.value - their.value).abs() <= 1e-9 * their.value.abs().max(1.0),
        ));
        aims.push(same_error(metric, &our, &their, replicates));
        sides.push(Side::whole(format!("daepyo, {metric}"), ours).with(shown(&our)));
        let scaled = if factor > 1.0 { ", time scaled up" } else { "" };
        sides.push(
            Side::whole(format!("lm-eval 0.4.13, {metric}"), theirs)
                .with(format!("{}; {replicates} of {all} replicates{scaled}", shown(&their))),
        );
    }
    let notes = vec![
        format!("{} made documents; f1 of two classes, chrf and bleu of English sentences", figure(real(DOCUMENTS))),
        "daepyo: the whole program, with reading and scoring of the documents; standard errors by the influence of each \
         document (delta method), clustered where documents depend on each other"
            .to_owned(),
        "lm-eval: value and bootstrap alone, in all its processes".to_owned(),
        "daepyo's results in lm-eval's layout have the same standard errors, with `bootstrap_iters` 0".to_owned(),
    ];
    Ok(bench.row(sides, aims, notes))
}

fn shown(found: &Found) -> String {
    format!("{:.4} ± {:.4}", found.value, found.standard_error)
}

/// Whether two standard errors are the same within what the replicates leave open.
fn same_error(metric: &str, our: &Found, their: &Found, replicates: usize) -> Aim {
    let allowed = DEVIATIONS / (2.0 * real(replicates)).sqrt() + BIAS;
    let off = (our.standard_error / their.standard_error - 1.0).abs();
    Aim::at_most(
        &format!("{metric}: standard errors apart, with {replicates} replicates"),
        off * 100.0,
        allowed * 100.0,
        " %",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(standard_error: f64) -> Found {
        Found { value: 0.5, standard_error, cpu_s: 0.0, wall_s: 0.0 }
    }

    #[test]
    fn few_replicates_leave_more_open_than_many() {
        assert!(same_error("chrf", &found(1.2), &found(1.0), 100).is_met);
        assert!(!same_error("f1", &found(1.2), &found(1.0), 100_000).is_met);
        assert!(same_error("f1", &found(1.02), &found(1.0), 100_000).is_met);
        assert!(!same_error("f1", &found(f64::NAN), &found(1.0), 100).is_met);
    }
}
