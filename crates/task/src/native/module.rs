//! The Python files around a task: digests of functions, and the constants that stand in them.

use super::statements::{Import, Statement, statements};
use crate::parse_literal;
use daepyo_core::Digest;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    rc::Rc,
};

/// No Python file of a task comes near this.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Bounds chains of imports.
const MAX_IMPORTS_DEEP: usize = 8;

/// Files cut into statements, each read once.
#[derive(Debug, Default)]
pub(super) struct Modules {
    files: BTreeMap<PathBuf, Option<Rc<Vec<Statement>>>>,
    digests: BTreeMap<(PathBuf, String), Option<Digest>>,
    constants: BTreeMap<(PathBuf, String), Option<Rc<Value>>>,
}

impl Modules {
    /// The statements of the file; `None` where it cannot be read or understood.
    pub(super) fn statements(&mut self, path: &Path) -> Option<Rc<Vec<Statement>>> {
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        let read = read(path).and_then(|text| statements(&text)).map(Rc::new);
        self.files.insert(path.to_path_buf(), read.clone());
        read
    }

    /// SHA-256 of all that `name`, a function of the file, may depend on within the tree of tasks at `root`: its
    /// statements, those that bind a name which one of these holds, and all that may do anything, each followed by the
    /// digests of what it imports from other tasks. `None` where that is not clear.
    pub(super) fn digest(&mut self, path: &Path, name: &str, root: Option<&Path>) -> Option<Digest> {
        self.digest_within(path, name, root, &mut Vec::new())
    }

    fn digest_within(
        &mut self,
        path: &Path,
        name: &str,
        root: Option<&Path>,
        around: &mut Vec<(PathBuf, String)>,
    ) -> Option<Digest> {
        // Names that no statement binds are all made by the same statements.
        let is_bound = self.statements(path)?.iter().any(|statement| binds(statement, name));
        let name = if is_bound { name } else { "" };
        let key = (path.to_path_buf(), name.to_owned());
        if around.contains(&key) || around.len() > MAX_IMPORTS_DEEP {
            return None;
        }
        if let Some(known) = self.digests.get(&key) {
            return *known;
        }
        around.push(key.clone());
        let made = self.fresh_digest(path, name, root, around);
        around.pop();
        self.digests.insert(key, made);
        made
    }

    fn fresh_digest(
        &mut self,
        path: &Path,
        name: &str,
        root: Option<&Path>,
        around: &mut Vec<(PathBuf, String)>,
    ) -> Option<Digest> {
        let statements = self.statements(path)?;
        let mut text = String::new();
        for place in needed(&statements, name) {
            let statement = statements.get(place)?;
            text.push_str(&statement.text);
            for import in &statement.imports {
                let Some(file) = task_file(path, import, root)? else { continue };
                let digest = self.digest_within(&file, import.member.as_deref()?, root, around)?;
                text.push_str(&digest.hex());
                text.push('\n');
            }
        }
        (!text.is_empty()).then(|| Digest::of(text.as_bytes()))
    }

    /// The plain value that the file, or the one that it imports `name` from, gives this name, once.
    pub(super) fn constant(&mut self, path: &Path, name: &str, root: Option<&Path>) -> Option<Rc<Value>> {
        let key = (path.to_path_buf(), name.to_owned());
        if let Some(known) = self.constants.get(&key) {
            return known.clone();
        }
        let found = self.fresh_constant(path, name, root).map(Rc::new);
        self.constants.insert(key, found.clone());
        found
    }

    fn fresh_constant(&mut self, path: &Path, name: &str, root: Option<&Path>) -> Option<Value> {
        let mut path = path.to_path_buf();
        let mut name = name.to_owned();
        for _ in 0..MAX_IMPORTS_DEEP {
            let statements = self.statements(&path)?;
            let statement = only(&statements, &name)?;
            if let Some(value) = statement.value() {
                return parse_literal(value);
            }
            let import = statement.imports.first().filter(|_| statement.imports.len() == 1)?;
            path = task_file(&path, import, root)??;
            name = import.member.clone()?;
        }
        None
    }

    /// The text of the only statement that gives `name` a meaning.
    pub(super) fn text(&mut self, path: &Path, name: &str) -> Option<String> {
        let statements = self.statements(path)?;
        only(&statements, name).map(|statement| statement.text.clone())
    }
}

fn binds(statement: &Statement, name: &str) -> bool {
    statement.binds.as_ref().is_some_and(|names| names.iter().any(|bound| bound == name))
}

fn only<'s>(statements: &'s [Statement], name: &str) -> Option<&'s Statement> {
    let mut found = statements.iter().filter(|statement| binds(statement, name));
    found.next().filter(|_| found.next().is_none())
}

fn read(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).ok()?;
    let is_small = u64::try_from(bytes.len()).is_ok_and(|size| size <= MAX_FILE_BYTES);
    is_small.then(|| String::from_utf8(bytes).ok())?
}

/// The statements on which `name` may depend, by place, in order.
fn needed(statements: &[Statement], name: &str) -> BTreeSet<usize> {
    let mut binders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (place, statement) in statements.iter().enumerate() {
        match &statement.binds {
            None => {
                taken.insert(place);
            }
            Some(names) => {
                for bound in names {
                    binders.entry(bound).or_default().push(place);
                }
            }
        }
    }
    let mut waiting: Vec<&str> = vec![name];
    let words = |place: &usize| statements.get(*place).into_iter().flat_map(|one| &one.words);
    waiting.extend(taken.iter().flat_map(words).map(String::as_str));
    while let Some(word) = waiting.pop() {
        for place in binders.remove(word).unwrap_or_default() {
            if taken.insert(place) {
                waiting.extend(words(&place).map(String::as_str));
            }
        }
    }
    taken
}

/// The task file that `import` in the file at `path` means, `Some(None)` where it means a package; `None` where it
/// may be either.
#[expect(clippy::option_option, reason = "a package is known not to be a task file")]
fn task_file(path: &Path, import: &Import, root: Option<&Path>) -> Option<Option<PathBuf>> {
    let below = import.module.strip_prefix("lm_eval.tasks");
    let (base, module) = match (import.level, below) {
        (0, Some("")) => (root?.to_path_buf(), ""),
        (0, Some(below)) if below.starts_with('.') => (root?.to_path_buf(), below.get(1..)?),
        (0, _) => return Some(None),
        (level, _) => (path.ancestors().nth(level)?.to_path_buf(), import.module.as_str()),
    };
    let file = if module.is_empty() { "__init__.py".to_owned() } else { module.replace('.', "/") + ".py" };
    Some(Some(base.join(file)))
}
