//! The claim `lm-eval-tree`: all task files of lm-eval, resolved as lm-eval resolves them, in a fraction of its time.

mod page;

use super::findings::Findings;
use super::lm_eval_parity::environments;
use super::{Claim, Measured, local_data};
use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

pub(crate) const CLAIM: Claim = Claim {
    name: "lm-eval-tree",
    promise: "All 13,986 task files of lm-eval 0.4.13 (13,123 tasks, 855 groups) resolve to the keys and settings that \
              lm-eval itself gets, and each task is told how it runs, in under 1 CPU second; `daepyo tasks show kmmlu` \
              takes at most .1 CPU seconds once the index is kept",
    run,
};

const FILES: usize = 13_986;
const TASKS: usize = 13_123;
const GROUPS: usize = 855;
const KOREAN: usize = 492;
const MAX_SURVEY_CPU_S: f64 = 1.0;
const MAX_SHOW_CPU_S: f64 = 0.1;
/// The kernel counts CPU time in hundredths of a second; several runs give finer figures.
const RUNS: u32 = 5;

/// What `daepyo tasks ls --json` prints, as far as it is used here.
#[derive(Debug, Deserialize)]
struct Survey {
    rows: Vec<Row>,
    problems: Vec<Problem>,
}

#[derive(Debug, Deserialize)]
struct Row {
    name: String,
    kind: String,
    file: Option<String>,
    way: String,
    code: Option<String>,
    reason: Option<String>,
    functions: Option<Vec<Function>>,
    warnings: Vec<String>,
}

/// Python that a task names.
#[derive(Debug, Deserialize)]
struct Function {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Problem {
    code: String,
}

/// What `lm_eval_tree.py --time` prints.
#[derive(Debug, Deserialize)]
struct Theirs {
    import_cpu_s: f64,
    index_cpu_s: f64,
    tasks: usize,
    groups: usize,
}

/// The last line of the comparison.
#[derive(Debug, Deserialize)]
struct Compared {
    names: usize,
    settings: usize,
    members: usize,
    explained: usize,
    differences: usize,
}

/// Lists the tree with both programs, then compares every name.
fn run(settings: &Settings) -> Result<Measured, Failure> {
    let work = local_data::work_folder(settings, "lm-eval-tree")?;
    let lm_eval = environments::lm_eval(settings)?;
    let tree = lm_eval.package(settings, "lm_eval")?.join("tasks");
    let folder = tree.to_string_lossy().into_owned();
    let mut findings = Findings::default();

    let (survey_cpu_s, _, printed) =
        timed(|| local_data::daepyo(settings, &["tasks", "ls", "--include-path", &folder, "--json"]))?;
    let survey: Survey = serde_json::from_str(&printed)
        .map_err(|error| Failure::No(format!("`daepyo tasks ls --json`: {error}")))?;
    let ways = ways(&survey, &mut findings);
    let (korean, running) = page::korean(&survey, &tree);
    findings.figure("Korean tasks with a way to run", format!("{running} of {korean}"));
    findings
        .check("every one of the 492 Korean tasks has a way to run", (korean, running) == (KOREAN, KOREAN));
    let kept = std::fs::read_to_string(settings.root.join(page::PATH)).unwrap_or_default();
    findings.check("the page on compatibility is that of this tree", kept == page::page(&survey, &tree));
    check_size(&tree, &survey, &mut findings)?;
    findings.figure("CPU seconds of `daepyo tasks ls`", format!("{survey_cpu_s:.2}"));
    findings.check("the whole tree takes under 1 CPU second", survey_cpu_s < MAX_SURVEY_CPU_S);

    let show = || {
        let mut show = local_data::daepyo(settings, &["tasks", "show", "kmmlu", "--include-path", &folder])?;
        show.env("DAEPYO_CACHE", &work);
        Ok(show)
    };
    // The first run makes the index that the others find.
    process::capture(&mut show()?)?;
    let (show_cpu_s, show_wall_s, _) = timed(show)?;
    findings.figure(
        "`daepyo tasks show kmmlu` with a kept index",
        format!("{show_cpu_s:.3} CPU seconds, {show_wall_s:.3} seconds on the clock"),
    );
    findings.check("`daepyo tasks show kmmlu` takes at most .1 CPU seconds", show_cpu_s <= MAX_SHOW_CPU_S);

    let python = lm_eval.program("python3").to_string_lossy().into_owned();
    let script = settings.root.join("xtask/python/lm_eval_tree.py").to_string_lossy().into_owned();
    let theirs = process::capture(&mut process::command(settings, &python, &[&script, "--time"]))?;
    let theirs: Theirs = serde_json::from_str(&theirs)
        .map_err(|error| Failure::No(format!("lm_eval_tree.py --time: {error}")))?;
    findings.figure(
        "CPU seconds of lm-eval",
        format!("{:.2} for its `TaskManager()`, {:.2} to import it", theirs.index_cpu_s, theirs.import_cpu_s),
    );
    findings.check("lm-eval has as many tasks and groups", (theirs.tasks, theirs.groups) == (TASKS, GROUPS));

    let dump = work.join("lm-eval.jsonl").to_string_lossy().into_owned();
    process::run(&mut process::command(settings, &python, &[&script, "--dump", &dump]))?;
    let differences = compare(settings, &folder, &dump, &mut findings)?;
    Ok(findings.measured(&format!(
        "{TASKS} tasks ({ways}) and {GROUPS} groups in {survey_cpu_s:.2} CPU seconds (lm-eval's index alone: {:.2}), {differences} differences to lm-eval; one task shown in {:.0} ms of CPU",
        theirs.index_cpu_s,
        show_cpu_s * 1000.0
    )))
}

/// Writes the page on compatibility from a fresh survey of lm-eval's tree.
pub(super) fn write_page(settings: &Settings) -> Result<(), Failure> {
    let tree = environments::lm_eval(settings)?.package(settings, "lm_eval")?.join("tasks");
    let folder = tree.to_string_lossy();
    let words = ["run", "--quiet", "-p", "daepyo-task", "--example", "survey", "--", "--json", &folder];
    let printed = process::capture(&mut process::command(settings, "cargo", &words))?;
    let survey: Survey = serde_json::from_str(&printed)
        .map_err(|error| Failure::No(format!("the example `survey`: {error}")))?;
    let path = settings.root.join(page::PATH);
    std::fs::write(&path, page::page(&survey, &tree)).map_err(Failure::io("write", &path))?;
    println!("{}", path.display());
    Ok(())
}

/// Counts by way of running.
fn ways(survey: &Survey, findings: &mut Findings) -> String {
    let mut ways: BTreeMap<&str, usize> = BTreeMap::new();
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for row in survey.rows.iter().filter(|row| row.kind == "task") {
        *ways.entry(&row.way).or_default() += 1;
        if let Some(code) = &row.code {
            *codes.entry(code).or_default() += 1;
        }
    }
    let shown = |counts: &BTreeMap<&str, usize>| {
        counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
    };
    findings.figure("tasks by way of running", shown(&ways));
    findings.figure("refused tasks by reason", shown(&codes));
    let place = |warning: &&String| warning.contains("stands more than once") || warning.contains("YAML 1.1");
    let mut places: Vec<&String> = survey.rows.iter().flat_map(|row| &row.warnings).filter(place).collect();
    places.sort();
    places.dedup();
    findings.figure("duplicate keys and YAML 1.1 booleans told with file and line", places.len());
    shown(&ways)
}

fn check_size(tree: &Path, survey: &Survey, findings: &mut Findings) -> Result<(), Failure> {
    let count = |kind: &str| survey.rows.iter().filter(|row| row.kind == kind).count();
    findings.check("13,986 task files are there", files(tree)? == FILES);
    findings.check("13,123 tasks are listed", count("task") == TASKS);
    findings.check("855 groups are listed", count("group") == GROUPS);
    // Templates that end in .yaml; lm-eval skips them without a word.
    findings.check(
        "all other files are templates without a name",
        survey.problems.len() == FILES - TASKS - GROUPS
            && survey.problems.iter().all(|problem| problem.code == "task::config"),
    );
    Ok(())
}

fn files(folder: &Path) -> Result<usize, Failure> {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).map_err(Failure::io("read", folder))? {
        let path: PathBuf = entry.map_err(Failure::io("read", folder))?.path();
        if path.is_dir() {
            count += files(&path)?;
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            count += 1;
        }
    }
    Ok(count)
}

/// Compares keys, settings and members of every name; how many differ.
fn compare(settings: &Settings, folder: &str, dump: &str, findings: &mut Findings) -> Result<usize, Failure> {
    let words = ["run", "--quiet", "-p", "daepyo-task", "--example", "compare_tree", "--", folder, dump];
    let printed = process::capture(&mut process::command(settings, "cargo", &words))?;
    let last = printed.lines().next_back().unwrap_or_default();
    let compared: Compared = serde_json::from_str(last)
        .map_err(|error| Failure::No(format!("the comparison ended with `{last}`: {error}")))?;
    for line in printed.lines().filter(|line| *line != last).take(40) {
        findings.note(line.replace(folder, "lm_eval/tasks"));
    }
    findings.figure(
        "compared",
        format!(
            "keys of {} names, all settings of {} tasks, {} members of groups; {} names are read otherwise on purpose",
            compared.names, compared.settings, compared.members, compared.explained
        ),
    );
    findings.check("every name resolves as in lm-eval", compared.differences == 0);
    Ok(compared.differences)
}

/// Runs a command several times: CPU seconds (user and system) and seconds on the clock of one run, and what the last
/// one printed.
fn timed(make: impl Fn() -> Result<Command, Failure>) -> Result<(f64, f64, String), Failure> {
    let mut commands = Vec::new();
    for _ in 0..RUNS {
        commands.push(make()?);
    }
    let mut printed = String::new();
    let before_s = children_cpu_s()?;
    let start = Instant::now();
    for command in &mut commands {
        printed = process::capture(command)?;
    }
    let wall_s = start.elapsed().as_secs_f64();
    let cpu_s = children_cpu_s()? - before_s;
    Ok((cpu_s / f64::from(RUNS), wall_s / f64::from(RUNS), printed))
}

/// CPU seconds of all children that have ended, from `/proc/self/stat`.
fn children_cpu_s() -> Result<f64, Failure> {
    let path = Path::new("/proc/self/stat");
    let text = std::fs::read_to_string(path).map_err(Failure::io("read", path))?;
    // The second field is a name in parentheses, which may hold anything; cutime and cstime are fields 16 and 17.
    let after = text.rsplit_once(')').map_or("", |(_, after)| after);
    let ticks = after.split_whitespace().skip(13).take(2).map(str::parse::<u32>);
    let sum: u32 = ticks
        .sum::<Result<u32, _>>()
        .map_err(|error| Failure::Environment(format!("{} can't be understood: {error}", path.display())))?;
    Ok(f64::from(sum) / 100.0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    #[test]
    fn the_time_of_a_child_counts() {
        let before_s = children_cpu_s().unwrap();
        let busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
        assert!(Command::new("sh").args(["-c", busy]).status().unwrap().success());
        assert!(children_cpu_s().unwrap() > before_s);
    }
}
