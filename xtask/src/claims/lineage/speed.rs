//! The claim `lineage-speed`: a pair of large files at the speed of the disk, an assignment, a search.

use crate::claims::findings::Findings;
use crate::claims::lm_eval_parity::environments;
use crate::claims::{Claim, Measured};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::Instant;

pub(crate) const CLAIM: Claim = Claim {
    name: "lineage-speed",
    promise: "T0 to T3 with 256 rows a matrix on a cold pair of files of 1.2 billion parameters: at 80 % of the speed of `cat`, \
              90 % of SHA-256 of the same cold bytes by the sha2 crate on both cores, in less than 1 GB; an assignment of 4,096 \
              x 4,096 faster than scipy's, with the same sum; one suspect against 1,000 fingerprints in under 1 s, each under \
              2 MB",
    run,
};

/// Each side is timed so often, in turns, and the median counts.
const TURNS: usize = 5;
const SCIPY: [&str; 2] = ["scipy==1.17.1", "numpy==2.3.3"];

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let folder = settings.cache.join("lineage-speed");
    fs::create_dir_all(&folder).map_err(Failure::io("make", &folder))?;
    let measured = measure(settings, &folder.join("files"));
    let _ = fs::remove_dir_all(folder.join("files"));
    measured
}

fn measure(settings: &Settings, folder: &Path) -> Result<Measured, Failure> {
    fs::create_dir_all(folder).map_err(Failure::io("make", folder))?;
    let build = ["build", "--quiet", "--release", "-p", "daepyo-lineage", "--example", "speed"];
    process::run(&mut process::command(settings, "cargo", &build))?;
    let program = settings.target.join("release/examples/speed").to_string_lossy().into_owned();
    let ask = |words: &[&str]| -> Result<Value, Failure> {
        let printed = process::capture(&mut process::command(settings, &program, words))?;
        serde_json::from_str(printed.trim())
            .map_err(|error| Failure::No(format!("speed printed something else: {error}")))
    };
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (first, second) = (path("first.safetensors"), path("second.safetensors"));
    ask(&["make", &first, "1"])?;
    ask(&["make", &second, "2"])?;
    let mut findings = Findings::default();

    let (mut cats, mut shas, mut own) = (Vec::new(), Vec::new(), Vec::new());
    let mut peak = 0.0_f64;
    for _ in 0..TURNS {
        cold(settings, &[&first, &second])?;
        let start = Instant::now();
        process::run(&mut process::command(
            settings,
            "sh",
            &["-c", "cat \"$0\" \"$1\" > /dev/null", &first, &second],
        ))?;
        cats.push(start.elapsed().as_secs_f64());
        cold(settings, &[&first, &second])?;
        shas.push(number(&ask(&["sha", &first, &second])?, "wall_s"));
        cold(settings, &[&first, &second])?;
        let found = ask(&["compare", &first, &second])?;
        own.push(number(&found, "wall_s"));
        peak = peak.max(number(&found, "peak_kib"));
    }
    let (cat, sha, own) = (median(cats), median(shas), median(own));
    findings.figure("cat of both cold files", format!("{cat:.2} s"));
    findings.figure("SHA-256 of both, a thread each", format!("{sha:.2} s"));
    findings.figure("T0 to T3", format!("{own:.2} s, {:.0} MiB at most", peak / 1024.0));
    findings.check(&format!("80 % of the disk ({:.0} %)", 100.0 * cat / own), cat / own >= 0.8);
    findings.check(&format!("90 % of SHA-256 ({:.0} %)", 100.0 * sha / own), sha / own >= 0.9);
    findings.check("less than 1 GB", peak < 1e9 / 1024.0);

    let costs = path("costs.f32");
    let python = environments::provide(settings, "lineage-speed/python", &SCIPY)?.program("python3");
    let python = python.to_string_lossy().into_owned();
    let script = "import sys, time, json, numpy as np\nfrom scipy.optimize import linear_sum_assignment\n\
                  c = np.fromfile(sys.argv[1], '<f4').reshape(4096, 4096).astype('f8')\nt = time.perf_counter()\n\
                  r, k = linear_sum_assignment(c)\n\
                  print(json.dumps({'wall_s': time.perf_counter() - t, 'sum': float(c[r, k].sum())}))";
    let (mut ours, mut theirs, mut apart) = (Vec::new(), Vec::new(), 0.0_f64);
    for _ in 0..3 {
        let found = ask(&["assign", "4096", &costs])?;
        let printed = process::capture(&mut process::command(settings, &python, &["-c", script, &costs]))?;
        let peer: Value =
            serde_json::from_str(printed.trim()).map_err(|error| Failure::No(format!("scipy: {error}")))?;
        apart = apart.max((number(&found, "sum") - number(&peer, "sum")).abs());
        ours.push(number(&found, "wall_s"));
        theirs.push(number(&peer, "wall_s"));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    findings
        .figure("assignment of 4,096", format!("{ours:.3} s, scipy {theirs:.3} s, sums {apart:.1e} apart"));
    findings.check("the assignment is faster than scipy's, with the same sum", ours < theirs && apart < 1e-3);

    let prints = path("prints");
    let bytes = number(&ask(&["prints", &first, &prints])?, "bytes");
    let mut searches = Vec::new();
    let mut right = true;
    for _ in 0..TURNS {
        let found = ask(&["search", &first, &prints])?;
        searches.push(number(&found, "wall_s"));
        right &= number(&found, "models").to_bits() == 1000.0_f64.to_bits()
            && number(&found, "likely").to_bits() == 1.0_f64.to_bits();
    }
    let search = median(searches);
    findings.figure(
        "search of 1,000 fingerprints",
        format!("{search:.3} s, read and compared; {bytes} bytes each"),
    );
    findings.check("under 1 s, and the one that it is found alone", search < 1.0 && right);
    findings.check("a fingerprint under 2 MB", bytes < 2e6);
    let figure = format!(
        "a cold pair of 5 GB in {own:.2} s: {:.0} % of cat, {:.0} % of SHA-256 on both cores; assignment {:.1} times scipy's speed; \
         1,000 fingerprints in {search:.2} s",
        100.0 * cat / own,
        100.0 * sha / own,
        theirs / ours
    );
    Ok(findings.measured(&figure))
}

/// Lets go of what the system keeps of the files.
fn cold(settings: &Settings, paths: &[&str]) -> Result<(), Failure> {
    let script = "import os, sys\nfor path in sys.argv[1:]:\n    file = os.open(path, os.O_RDONLY)\n    os.fsync(file)\n    \
                  os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)";
    let words: Vec<&str> = ["-c", script].into_iter().chain(paths.iter().copied()).collect();
    process::capture(&mut process::command(settings, "python3", &words)).map(|_| ())
}

fn number(value: &Value, key: &str) -> f64 {
    value.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
