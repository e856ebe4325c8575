//! `daepyo lineage fingerprint` and `search`: one suspect against many models without their weights.

use super::failed;
use crate::args::{LineageFingerprint, LineageSearch};
use crate::settings::Settings;
use crate::show;
use daepyo_lineage::{Fingerprint, Hit, Options, Suspect, WeightFile, Weights, WeightsError, load};
use std::path::{Path, PathBuf};

/// The ending of a fingerprint's name.
const ENDING: &str = "fingerprint";

/// Ends with 0 where every model has its fingerprint.
pub(super) fn fingerprint(arguments: &LineageFingerprint, settings: &Settings) -> u8 {
    if let Err(error) = std::fs::create_dir_all(&arguments.out) {
        return unwritten(&arguments.out, &error, settings);
    }
    for model in &arguments.models {
        let print = match made(model, arguments.seed) {
            Ok(print) => print,
            Err(error) => return failed(&error, settings),
        };
        let name = model.file_name().unwrap_or(model.as_os_str()).to_string_lossy().into_owned();
        let path = arguments.out.join(format!("{name}.{ENDING}"));
        let bytes = print.to_bytes();
        if let Err(error) = std::fs::write(&path, &bytes) {
            return unwritten(&path, &error, settings);
        }
        let (path, bytes) = (path.display().to_string(), bytes.len().to_string());
        show::out(&show::plain(&say(settings, "made", &[("path", &path), ("bytes", &bytes)])));
    }
    0
}

/// Ends with 0 where every fingerprint was asked, whatever was found.
pub(super) fn search(arguments: &LineageSearch, settings: &Settings) -> u8 {
    let suspect = if arguments.suspect.extension().is_some_and(|ending| ending == ENDING) {
        read(&arguments.suspect)
    } else {
        made(&arguments.suspect, arguments.seed)
    };
    let found = suspect.and_then(|suspect| Ok((suspect, all(&arguments.fingerprints)?)));
    let (suspect, others) = match found {
        Ok(found) => found,
        Err(error) => return failed(&error, settings),
    };
    if others.is_empty() {
        let folder = arguments.fingerprints.display().to_string();
        show::line(&show::plain(&format!("× {}", say(settings, "none", &[("folder", &folder)]))));
        return 2;
    }
    let seed = suspect.head.seed;
    if let Some(other) = others.iter().find(|other| other.head.seed != seed) {
        let (seed, other_seed) = (seed.to_string(), other.head.seed.to_string());
        let named =
            [("name", other.head.name.as_str()), ("seed", seed.as_str()), ("other", other_seed.as_str())];
        show::line(&show::plain(&format!("× {}", say(settings, "other-seed", &named))));
        return 2;
    }
    let mut hits = Suspect::new(suspect).search(&others);
    hits.sort_by(|one, other| one.log10_p.total_cmp(&other.log10_p).then_with(|| one.name.cmp(&other.name)));
    if arguments.json {
        show::out(&serde_json::to_string_pretty(&hits).unwrap_or_default());
        return 0;
    }
    for hit in hits.iter().take(arguments.top) {
        show::out(&show::plain(&told(hit, settings).replace('\n', " ")));
    }
    show::out(&say(settings, "next", &[]));
    0
}

fn told(hit: &Hit, settings: &Settings) -> String {
    let z = |z: Option<f64>| z.map_or_else(|| "–".to_owned(), |z| format!("{z:.1}"));
    let values = [
        ("name", hit.name.clone()),
        ("same", hit.same_tensors.to_string()),
        ("norms", z(hit.norms_z)),
        ("rows", z(hit.rows_z)),
        ("layers", z(hit.layers_z)),
        ("tokens", z(hit.tokens_z)),
    ];
    say(settings, "hit", &values.each_ref().map(|(name, value)| (*name, value.as_str())))
}

fn made(model: &Path, seed: u64) -> Result<Fingerprint, WeightsError> {
    let weights = Weights::open(model)?;
    let options = Options { seed, ..Options::default() };
    let loaded = load(&weights, &options, &|_| ())?;
    let name = model.file_name().unwrap_or(model.as_os_str()).to_string_lossy().into_owned();
    Ok(Fingerprint::of(&loaded, &name, seed))
}

fn read(path: &Path) -> Result<Fingerprint, WeightsError> {
    Fingerprint::read(&WeightFile::open(path, path.display().to_string())?)
}

/// Every fingerprint of a folder, by name.
fn all(folder: &Path) -> Result<Vec<Fingerprint>, WeightsError> {
    let unreadable = |error| WeightsError {
        file: folder.display().to_string(),
        place: None,
        problem: daepyo_lineage::WeightsProblem::Io(error),
    };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|ending| ending == ENDING) {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn say(settings: &Settings, id: &str, arguments: &[(&str, &str)]) -> String {
    show::say(settings, &format!("lineage-print-{id}"), arguments)
}

fn unwritten(path: &Path, error: &std::io::Error, settings: &Settings) -> u8 {
    show::line(&show::plain(&format!("× {}", path.display())));
    show::error(error, settings);
    3
}
