//! Compares what daepyo makes of tasks with what lm-eval made of the same tasks on the same documents.
//!
//! `conform requests TASKS DATA_ROOT ROWS CHAT_TEMPLATE [--limit N] [--only TEXT]
//! [--packages PYTHON]`, where `ROWS` is the folder that
//! `xtask/python/lm_eval_requests.py --families` wrote, and
//! `conform scores TASKS DATA_ROOT ROWS [--limit N] [--only TEXT] [--packages PYTHON]`, where `xtask/python/lm_eval_scores.py` wrote it.
//!
//! `--packages PYTHON` names another Python for tasks whose own code needs packages that the system's has not. It runs
//! without a sandbox, and only where there are fewer differences with it.
//!
//! Prints one JSON line for every task: what was compared, and each difference.

mod request;
mod rows;
mod same;
mod sample;
mod score;

use daepyo_task::{CompiledChatTemplate, LoadOptions, TaskIndex, hook::HookOptions};
use rows::Compared;
use std::{
    error::Error,
    io::Write as _,
    num::NonZero,
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// What every task is compared with.
pub(crate) struct Setup {
    pub(crate) index: TaskIndex,
    pub(crate) options: LoadOptions,
    pub(crate) rows: PathBuf,
    /// Only tasks whose names contain it.
    pub(crate) only: String,
    /// How Python that needs more packages is run.
    packages: Option<HookOptions>,
}

impl Setup {
    /// What `compare` finds; with more packages for the task's own Python where that makes fewer differences.
    pub(crate) fn either(&self, has_python: bool, compare: impl Fn(&LoadOptions) -> Compared) -> Compared {
        let compared = compare(&self.options);
        let Some(hooks) = self.packages.clone().filter(|_| has_python && !compared.differences.is_empty())
        else {
            return compared;
        };
        let with = compare(&LoadOptions { hooks, ..self.options.clone() });
        if with.differences.len() < compared.differences.len() {
            Compared { packages: true, ..with }
        } else {
            compared
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("an argument is missing");
    let what = next()?;
    let index = TaskIndex::build(&[PathBuf::from(next()?)])?;
    let options = LoadOptions { data_root: Some(PathBuf::from(next()?)), ..LoadOptions::default() };
    let mut setup =
        Setup { index, options, rows: PathBuf::from(next()?), only: String::new(), packages: None };
    let template = match what.as_str() {
        "requests" => {
            let source = std::fs::read_to_string(next()?)?;
            Some(CompiledChatTemplate::compile(&source, "<s>", "</s>", (2026, 1, 1))?)
        }
        "scores" => None,
        other => return Err(format!("`{other}` is neither `requests` nor `scores`").into()),
    };
    while let Ok(argument) = next() {
        match argument.as_str() {
            "--limit" => setup.options.limit = Some(next()?.parse()?),
            "--only" => setup.only = next()?,
            "--packages" => {
                let python = PathBuf::from(next()?);
                setup.packages = Some(HookOptions { trust: true, python, ..HookOptions::default() });
            }
            other => return Err(format!("`{other}` is not an option").into()),
        }
    }
    let mut out = std::io::stdout().lock();
    for family in rows::families(&setup.rows, template.is_none())? {
        let compared = if let Some(template) = &template {
            let tasks = request::read(&setup, &family)?;
            each(&tasks, |task| request::compare(&setup, template, &family, task))
        } else {
            let tasks = score::read(&setup, &family)?;
            each(&tasks, |task| score::compare(&setup, &family, task))
        };
        for one in compared {
            writeln!(out, "{}", serde_json::to_string(&one)?)?;
        }
    }
    Ok(())
}

/// What `work` makes of each task, in their order, by as many threads as there are cores.
fn each<T: Sync>(tasks: &[T], work: impl Fn(&T) -> Compared + Sync) -> Vec<Compared> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let place = AtomicUsize::new(0);
    let made: Mutex<Vec<(usize, Compared)>> = Mutex::new(Vec::with_capacity(tasks.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let place = place.fetch_add(1, Ordering::Relaxed);
                    let Some(task) = tasks.get(place) else { return };
                    let one = work(task);
                    made.lock().unwrap_or_else(PoisonError::into_inner).push((place, one));
                }
            });
        }
    });
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_by_key(|(place, _)| *place);
    made.into_iter().map(|(_, one)| one).collect()
}
