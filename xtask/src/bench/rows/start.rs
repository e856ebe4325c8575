//! Row 6: how long the program takes to say something.

use super::peers::{self, text};
use crate::bench::Bench;
use crate::bench::row::{Aim, Row, Side};
use crate::bench::usage::{Runs, measured};
use crate::failure::Failure;
use std::path::Path;

/// A start is short: many of them make a steady median.
const TIMES: usize = 4;
const OF_LM_EVAL: usize = 3;
const MAX_VERSION_S: f64 = 0.010;
const MAX_SHOW_S: f64 = 0.100;

pub(in crate::bench) fn measure(bench: &Bench<'_>) -> Result<Row, Failure> {
    let lm_eval = peers::lm_eval(bench)?;
    let tree = text(&lm_eval.package(bench.settings, "lm_eval")?.join("tasks"));
    let times = bench.options.repetitions.max(1) * TIMES;
    let run = |program: &Path, words: &[&str]| {
        measured(bench.settings, &bench.work, program, words).map(|(usage, _)| usage)
    };
    let daepyo = bench.programs.daepyo();
    let show = ["tasks", "show", "kmmlu", "--include-path", &tree];
    // The first calls bring the program into memory and make the index that the others find.
    run(&daepyo, &["--version"])?;
    run(&daepyo, &show)?;
    let version = Runs::of(times, || run(&daepyo, &["--version"]))?;
    let show = Runs::of(times, || run(&daepyo, &show))?;
    let theirs = lm_eval.program("lm-eval");
    let help = Runs::of(OF_LM_EVAL, || run(&theirs, &["--help"]))?;
    let validate = Runs::of(1, || run(&theirs, &["validate", "--tasks", "kmmlu"]))?;
    let aims = vec![
        Aim::below("`daepyo --version`", version.wall_s() * 1e3, MAX_VERSION_S * 1e3, " ms"),
        Aim::below("`daepyo tasks show kmmlu`", show.wall_s() * 1e3, MAX_SHOW_S * 1e3, " ms"),
    ];
    let notes = vec![
        "on the clock, from the start of the process to its end; programs and task files are in the system's memory"
            .to_owned(),
        "`daepyo tasks show kmmlu` among lm-eval's 13,986 task files, with the index that an earlier call kept"
            .to_owned(),
        "lm-eval has no command that shows one task; `lm-eval validate --tasks kmmlu` reads the same files"
            .to_owned(),
    ];
    let sides = vec![
        Side::whole("`daepyo --version`", version),
        Side::whole("`lm-eval --help`", help),
        Side::whole("`daepyo tasks show kmmlu`", show),
        Side::whole("`lm-eval validate --tasks kmmlu`", validate),
    ];
    Ok(bench.row(sides, aims, notes))
}
