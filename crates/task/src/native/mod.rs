//! The Python functions that most of lm-eval's tasks use, done here.
//!
//! A port is chosen by the digest of the function's source with all that it uses of its file and of other tasks' files,
//! so that a changed function runs in Python; so does a port that meets a value on which Python might act otherwise.

mod module;
mod port;
mod ported;
mod prompts;
mod python_text;
mod results;
mod rows;
mod spans;
mod statements;
mod subjects;
mod table;
mod translation;

pub use ported::{PortKind, PortedFunction};

pub(crate) use port::Port;

use crate::hook::{HookFunction, tasks_root};
use daepyo_core::Digest;
use module::Modules;
use port::Place;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Finds the native ports of functions that task files name. A file is read once, so that a survey of many tasks is fast.
#[derive(Debug, Default)]
pub struct Ports {
    modules: Modules,
    /// The real path of a folder, and the folder of all tasks above it.
    folders: BTreeMap<PathBuf, Option<(PathBuf, Option<PathBuf>)>>,
    ported: BTreeMap<HookFunction, bool>,
}

impl Ports {
    /// The digest of `function`'s source; `None` where it is not understood. `root`: the folder of all tasks, where it
    /// is known.
    pub fn digest(&mut self, function: &HookFunction, root: Option<&Path>) -> Option<Digest> {
        let (path, name, root) = self.place(function, root)?;
        self.modules.digest(&path, &name, root.as_deref())
    }

    /// The port of `function` on its own, where there is one. `root` as for [`Ports::digest`].
    pub fn find(&mut self, function: &HookFunction, root: Option<&Path>) -> Option<PortedFunction> {
        self.of(function, root).map(PortedFunction)
    }

    /// The port of `function`, where there is one.
    pub(crate) fn of(&mut self, function: &HookFunction, root: Option<&Path>) -> Option<Port> {
        let (path, name, root) = self.place(function, root)?;
        let digest = self.modules.digest(&path, &name, root.as_deref())?;
        let make = table::port(&digest)?;
        make(&mut Place { modules: &mut self.modules, path: &path, name: &name, root: root.as_deref() })
    }

    /// Whether `function` has a port.
    pub(crate) fn has(&mut self, function: &HookFunction, root: Option<&Path>) -> bool {
        if let Some(known) = self.ported.get(function) {
            return *known;
        }
        let has = self.of(function, root).is_some();
        self.ported.insert(function.clone(), has);
        has
    }

    /// The file, the name in it, and the folder of all tasks.
    fn place(
        &mut self,
        function: &HookFunction,
        root: Option<&Path>,
    ) -> Option<(PathBuf, String, Option<PathBuf>)> {
        let (module, name) = function.name.rsplit_once('.')?;
        let real = self.folders.entry(function.folder.clone()).or_insert_with(|| {
            let folder =
                if function.folder.as_os_str().is_empty() { Path::new(".") } else { &function.folder };
            let folder = std::fs::canonicalize(folder).ok()?;
            let root = tasks_root(&folder, root);
            Some((folder, root))
        });
        let (folder, root) = real.as_ref()?;
        Some((folder.join(format!("{}.py", module.replace('.', "/"))), name.to_owned(), root.clone()))
    }
}
