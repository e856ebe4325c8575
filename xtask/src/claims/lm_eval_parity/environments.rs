//! The Python environments of the programs that daepyo is compared with, made in the cache where they are missing.

use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use std::path::{Path, PathBuf};

const LM_EVAL: &str = "lm-eval[api]==0.4.13";
const LLAMA_CPP_PYTHON: &str = "llama-cpp-python[server]==0.3.36";
/// The instructions for which daepyo's own copy of llama.cpp is built on x86-64; `native` would be those of one machine.
const X86_64_V3: &str = "-DGGML_NATIVE=OFF -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON";
const WITHOUT_MORE: &str = "-DLLAVA_BUILD=OFF -DLLAMA_CURL=OFF";

/// A virtual environment.
pub(crate) struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// One of its programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// The folder of a package that is installed in it.
    pub(crate) fn package(&self, settings: &Settings, name: &str) -> Result<PathBuf, Failure> {
        let script = "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]).submodule_search_locations[0])";
        let python = self.program("python3");
        let found = process::capture(&mut process::command(
            settings,
            &python.to_string_lossy(),
            &["-c", script, name],
        ))?;
        Ok(PathBuf::from(found.trim()))
    }
}

/// lm-eval with its task files.
pub(crate) fn lm_eval(settings: &Settings) -> Result<Environment, Failure> {
    provide(settings, "lm-eval", &[LM_EVAL])
}

/// llama-cpp-python with its server: another binding of another copy of llama.cpp, built from source.
pub(crate) fn llama_cpp_python(settings: &Settings) -> Result<Environment, Failure> {
    provide(settings, "llama-cpp-python", &[LLAMA_CPP_PYTHON])
}

/// The environment called `name` in the cache with these packages, made where one of them is missing.
pub(crate) fn provide(
    settings: &Settings,
    name: &str,
    requirements: &[&str],
) -> Result<Environment, Failure> {
    let environment = Environment { folder: settings.cache.join(name) };
    if requirements.iter().all(|requirement| is_there(settings, &environment, requirement)) {
        return Ok(environment);
    }
    let folder = environment.folder.to_string_lossy();
    process::run(&mut process::command(settings, "python3", &["-m", "venv", &folder]))?;
    let pip = environment.program("pip");
    let mut install = process::command(settings, &pip.to_string_lossy(), &["install", "--quiet"]);
    install.args(requirements);
    let instructions = if cfg!(target_arch = "x86_64") { X86_64_V3 } else { "-DGGML_NATIVE=OFF" };
    install.env("CMAKE_ARGS", format!("{instructions} {WITHOUT_MORE}"));
    process::run(&mut install).map_err(|_| {
        let wanted = requirements.join(" and ");
        Failure::Environment(format!("{wanted} can't be installed into {folder}; is there a network?"))
    })?;
    Ok(environment)
}

/// Whether what is asked for is installed, in the version that is asked for where one is.
fn is_there(settings: &Settings, environment: &Environment, requirement: &str) -> bool {
    let (package, version) = requirement.split_once("==").unwrap_or((requirement, ""));
    let package = package.split('[').next().unwrap_or(package);
    let script = "import importlib.metadata, sys; sys.exit(importlib.metadata.version(sys.argv[1]) not in (sys.argv[2], sys.argv[2] or importlib.metadata.version(sys.argv[1])))";
    let python = environment.program("python3");
    Path::new(&python).is_file()
        && process::succeeds(&mut process::command(
            settings,
            &python.to_string_lossy(),
            &["-c", script, package, version],
        ))
}
