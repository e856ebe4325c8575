//! The suites of a stage: their tasks loaded, their scorers compiled, their files known by digest.

use crate::StageError;
use daepyo_core::{Digest, Programme, Stage, Suite};
use daepyo_task::score::Scorer;
use daepyo_task::{LoadOptions, Node, Task, TaskIndex};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A suite, ready to be measured with.
pub(crate) struct LoadedSuite {
    pub(crate) suite: Suite,
    /// The folder of its task files.
    pub(crate) root: PathBuf,
    pub(crate) tasks: Vec<Arc<LoadedTask>>,
    /// Files that its tasks read, by path under `root` with `/`.
    pub(crate) files: BTreeMap<String, Digest>,
}

/// A task with its scorer.
pub(crate) struct LoadedTask {
    pub(crate) task: Task,
    pub(crate) scorer: Scorer,
}

/// Loads the suites that the stage uses, from folders that `root_of` gives.
pub(crate) fn load(
    programme: &Programme,
    stage: &Stage,
    root_of: &dyn Fn(&Suite) -> PathBuf,
) -> Result<Vec<LoadedSuite>, StageError> {
    let suites = stage.suites().into_iter().filter_map(|id| programme.suite(id));
    suites.map(|suite| load_suite(suite, &root_of(suite))).collect()
}

/// What keeps the suites of a programme from being measured with: a task that is not there, data that cannot be read.
pub fn check_suites(file: &crate::ProgrammeFile) -> Vec<StageError> {
    let suites = file.parsed.programme.suites.iter();
    suites.filter_map(|suite| load_suite(suite, &file.base.join(&suite.path)).err()).collect()
}

fn load_suite(suite: &Suite, root: &Path) -> Result<LoadedSuite, StageError> {
    let failed = |task: &str, cause: Box<dyn std::error::Error + Send + Sync>| StageError::Task {
        suite: suite.id.to_string(),
        task: task.to_owned(),
        cause,
    };
    let index = TaskIndex::build(&[root.to_owned()]).map_err(|cause| failed("*", cause.into()))?;
    let mut tasks = Vec::new();
    let mut files = BTreeMap::new();
    for name in &suite.tasks {
        let options =
            LoadOptions { limit: suite.limit, num_fewshot: suite.num_fewshot, ..LoadOptions::default() };
        for loaded in load_named(&index, name.as_str(), &options, &failed)? {
            for (path, digest) in loaded.task.files() {
                files.insert(inside(root, &path, loaded.task.name())?, digest);
            }
            tasks.push(loaded);
        }
    }
    Ok(LoadedSuite { suite: suite.clone(), root: root.to_owned(), tasks, files })
}

type Failed<'a> = &'a dyn Fn(&str, Box<dyn std::error::Error + Send + Sync>) -> StageError;

/// The task called `name`, or every task of the group or tag called so.
pub(crate) fn load_named(
    index: &TaskIndex,
    name: &str,
    options: &LoadOptions,
    failed: Failed<'_>,
) -> Result<Vec<Arc<LoadedTask>>, StageError> {
    let nodes = index.resolve(name).map_err(|cause| failed(name, cause.into()))?;
    let mut found = Vec::new();
    for config in nodes.iter().flat_map(Node::tasks) {
        let task = Task::from_config(config.clone(), options);
        let task = task.map_err(|cause| failed(&config.task, cause.into()))?;
        let scorer = Scorer::for_task(&task).map_err(|cause| failed(&config.task, cause.into()))?;
        found.push(Arc::new(LoadedTask { task, scorer }));
    }
    Ok(found)
}

fn inside(root: &Path, path: &Path, task: &str) -> Result<String, StageError> {
    let outside = || StageError::FileOutsideSuite {
        task: task.to_owned(),
        path: path.to_owned(),
        suite: root.to_owned(),
    };
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (root, path) = (real(root), real(path));
    let relative = path.strip_prefix(&root).map_err(|_| outside())?;
    let parts: Vec<_> =
        relative.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    Ok(parts.join("/"))
}
