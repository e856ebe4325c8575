//! Native ports against the functions that they stand for:
//!
//! - `ports list ROOT DIGESTS.jsonl`: compares our digest of every function with that of
//!   `xtask/python/lm_eval_functions.py --digests`; prints one line as JSON for every ported function that differs from
//!   the others, and counts last.
//! - `ports check ROOT CALLS.jsonl`: compares what ports give with what `xtask/python/lm_eval_ports.py` wrote; prints
//!   differences, and counts last.

use daepyo_task::{PortKind, PortedFunction, Ports, hook::HookFunction};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
};

/// How far scores may differ.
const TOLERANCE: f64 = 1e-9;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [what, root, file] if what == "list" => list(Path::new(root), file),
        [what, root, file] if what == "check" => check(Path::new(root), file),
        _ => Err("usage: ports list|check ROOT FILE".into()),
    }
}

fn lines(file: &str) -> Result<impl Iterator<Item = Result<Value, Box<dyn Error>>>, Box<dyn Error>> {
    Ok(BufReader::new(File::open(file)?).lines().map(|line| Ok(serde_json::from_str(&line?)?)))
}

fn function(line: &Value) -> HookFunction {
    let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default();
    HookFunction { folder: PathBuf::from(text("folder")), name: text("name").to_owned() }
}

fn list(root: &Path, file: &str) -> Result<(), Box<dyn Error>> {
    let mut ports = Ports::default();
    let mut out = std::io::stdout().lock();
    let (mut functions, mut differences, mut ported) = (0, 0, 0);
    let mut digests = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for line in lines(file)? {
        let line = line?;
        let function = function(&line);
        functions += 1;
        let ours = ports.digest(&function, Some(root)).map(|digest| digest.hex());
        let theirs = line.get("digest").and_then(Value::as_str).map(str::to_owned);
        if ours != theirs {
            differences += 1;
            writeln!(out, "{} {}: {ours:?} and not {theirs:?}", function.folder.display(), function.name)?;
        }
        let (Some(found), Some(digest)) = (ports.find(&function, Some(root)), ours) else { continue };
        ported += 1;
        digests.insert(digest.clone());
        // A value may depend on the folder that the file lies in.
        let folder = function.folder.file_name().filter(|_| found.kind() == PortKind::Value);
        if seen.insert((digest.clone(), function.name.clone(), folder.map(ToOwned::to_owned))) {
            let kind = found.kind().name();
            let line =
                json!({"folder": function.folder, "name": function.name, "digest": digest, "kind": kind});
            writeln!(out, "{line}")?;
        }
    }
    let counts = json!({
        "functions": functions, "differences": differences, "ported": ported, "digests": digests.len(),
    });
    writeln!(out, "{counts}")?;
    Ok(())
}

/// Calls of the functions with one digest.
#[derive(Default)]
struct Calls {
    equal: usize,
    different: usize,
    /// Left to Python, where Python gave a value, or failed.
    left: usize,
    failed: usize,
}

fn check(root: &Path, file: &str) -> Result<(), Box<dyn Error>> {
    let mut ports = Ports::default();
    let mut found: BTreeMap<HookFunction, Option<PortedFunction>> = BTreeMap::new();
    let mut calls: BTreeMap<String, Calls> = BTreeMap::new();
    let mut out = std::io::stdout().lock();
    for line in lines(file)? {
        let line = line?;
        let function = function(&line);
        let port = found.entry(function.clone()).or_insert_with(|| ports.find(&function, Some(root)));
        let ours = port.as_ref().and_then(|port| port.call(&line));
        let digest = line.get("digest").and_then(Value::as_str).unwrap_or_default();
        let counts = calls.entry(digest.to_owned()).or_default();
        let is_score =
            line.get("doc").is_none_or(|_| line.get("results").is_some()) && line.get("rows").is_none();
        match (ours, line.get("value")) {
            (None, Some(_)) => counts.left += 1,
            (None, None) => counts.failed += 1,
            (Some(ours), Some(theirs)) if same(&ours, theirs, is_score) => counts.equal += 1,
            (Some(ours), theirs) => {
                counts.different += 1;
                let theirs = theirs.map_or_else(|| "a failure".to_owned(), Value::to_string);
                writeln!(out, "{} {}: {ours} and not {theirs}", function.folder.display(), function.name)?;
            }
        }
    }
    // A port that leaves most of its work to Python is none.
    let idle: Vec<&String> =
        calls.iter().filter(|(_, calls)| calls.equal <= calls.left).map(|(digest, _)| digest).collect();
    let sum = |of: fn(&Calls) -> usize| calls.values().map(of).sum::<usize>();
    let counts = json!({
        "ports": calls.len(), "equal": sum(|calls| calls.equal), "different": sum(|calls| calls.different),
        "left": sum(|calls| calls.left), "failed": sum(|calls| calls.failed), "idle": idle,
    });
    writeln!(out, "{counts}")?;
    Ok(())
}

/// Equal values, with mappings in the same order; scores within the tolerance.
fn same(ours: &Value, theirs: &Value, is_score: bool) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let is_same = |(key, value): (&String, &Value)| {
                theirs.get(key).is_some_and(|other| same(value, other, is_score))
            };
            ours.keys().eq(theirs.keys()) && ours.iter().all(is_same)
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs, is_score))
        }
        (Value::Number(one), Value::Number(other)) if is_score => match (one.as_f64(), other.as_f64()) {
            (Some(one), Some(other)) => (one - other).abs() <= TOLERANCE,
            _ => one == other,
        },
        _ => ours == theirs,
    }
}
