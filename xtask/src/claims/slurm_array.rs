//! The claim `slurm-array`: the template for a Slurm array, submitted to a real Slurm on this machine, gives what one
//! machine writes without it.

mod cluster;

use super::findings::Findings;
use super::{Claim, Measured, local_data};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use cluster::Cluster;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub(crate) const CLAIM: Claim = Claim {
    name: "slurm-array",
    promise: "docs/deploy/slurm-array.sh as an array of 3 on a real Slurm (munged, slurmctld, slurmd, sbatch), one of its \
              shards lost and submitted again alone, merges to the bytes that one process writes; before, the merge \
              names the lost one",
    run,
};

const TASKS: &str = "line_words,line_sums,line_passages";
const FORMATS: &str = "lm-eval,every-eval-ever,inspect,parquet";

fn run(settings: &Settings) -> Result<Measured, Failure> {
    cluster::provide(settings)?;
    // The C++ build changes nothing of what is measured here.
    let build = ["build", "--quiet", "-p", "daepyo", "--no-default-features"];
    process::run(&mut process::command(settings, "cargo", &build))?;
    let program = settings.target.join("debug/daepyo");
    let work = local_data::work_folder(settings, "slurm-array")?;
    let fixture = settings.root.join("fixtures/line");
    let model = format!("replay:{}", fixture.join("replay/garam.jsonl").display());
    let suites = fixture.join("suites").display().to_string();
    let options = ["--model", &model, "--tasks", TASKS, "--include-path", &suites, "--format", FORMATS];
    let daepyo = |arguments: &[&str]| {
        let mut command = process::command(settings, &program.to_string_lossy(), arguments);
        command.current_dir(&work);
        command
    };
    process::run(daepyo(&["eval", "--out", "whole"]).args(options))?;

    let cluster = Cluster::start(settings, &work.join("slurm"))?;
    let script = settings.root.join("docs/deploy/slurm-array.sh").display().to_string();
    let submit = |array: &str, shards: Option<&str>| {
        // `--wait` ends with the greatest exit code of the array's tasks.
        let words = ["--parsable", "--wait", "--array", array, script.as_str(), "parts"];
        let mut sbatch = cluster.command("sbatch", &words);
        sbatch.args(options).current_dir(&work).env("DAEPYO", &program);
        if let Some(shards) = shards {
            sbatch.env("DAEPYO_SHARDS", shards);
        }
        let job = process::capture(&mut sbatch)?;
        Ok::<_, Failure>(job.trim().to_owned())
    };
    let first = submit("0-2", None)?;
    let mut findings = Findings::default();
    let states = cluster.states(&first)?;
    findings.figure("the array", &states);
    findings.check("Slurm says that all three tasks of the array are complete", completed(&states) == 3);

    fs::remove_dir_all(work.join("parts/shard-1-of-3")).map_err(Failure::io("remove", &work))?;
    let output = daepyo(&["--lang", "en", "merge", "merged", "parts"]).output();
    let output = output.map_err(Failure::io("run", &program))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let missing = "shard::missing: of 3 shards these are missing: 1";
    findings
        .check("the merge names the lost shard", output.status.code() == Some(2) && said.contains(missing));
    let second = submit("1", Some("3"))?;
    let states = cluster.states(&second)?;
    findings.figure("the lost task alone", &states);
    findings.check("Slurm says that it is complete", completed(&states) == 1);
    process::run(&mut daepyo(&["merge", "merged", "parts"]))?;
    let (whole, merged) = (published(&work.join("whole"))?, published(&work.join("merged"))?);
    let differing = whole.keys().chain(merged.keys()).filter(|name| whole.get(*name) != merged.get(*name));
    let differing: Vec<_> = differing.cloned().collect();
    findings.check(&format!("no file differs: {}", differing.join(", ")), differing.is_empty());
    findings.check("files were written", whole.len() > 10);
    let bytes: usize = whole.values().map(Vec::len).sum();
    let version = cluster.version()?;
    let figure = format!(
        "4 tasks of 2 arrays on {version}: {} files of {bytes} bytes in four formats, {} of them different",
        whole.len(),
        differing.len()
    );
    Ok(findings.measured(&figure))
}

fn completed(states: &str) -> usize {
    states.split_whitespace().filter(|state| *state == "COMPLETED").count()
}

/// Every file of a run that is not for work alone, by path.
fn published(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).map_err(Failure::io("read", &next))? {
            let path = entry.map_err(Failure::io("read", &next))?.path();
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            if name == ".work" {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = fs::read(&path).map_err(Failure::io("read", &path))?;
                found.insert(name, bytes);
            }
        }
    }
    Ok(found)
}
