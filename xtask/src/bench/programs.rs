//! What is measured: daepyo as it is built for users, and the clients and examples beside it.

use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use std::path::PathBuf;

/// How programs are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Profile {
    /// As for users; the only one whose results are kept.
    Release,
    /// As for tests, to try a benchmark.
    Dev,
}

impl Profile {
    /// Cargo's argument and the folder of its output.
    fn words(self) -> (&'static [&'static str], &'static str) {
        match self {
            Self::Release => (&["--release"], "release"),
            Self::Dev => (&[], "debug"),
        }
    }
}

/// Built programs.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Builds what the rows need: daepyo, and examples by package. Without local models, daepyo is built without
    /// llama.cpp where it is only tried.
    pub(super) fn build(
        settings: &Settings,
        profile: Profile,
        examples: &[(&str, &str)],
        with_models: bool,
    ) -> Result<Self, Failure> {
        let (more, folder) = profile.words();
        let cargo = |words: &[&str]| {
            let all = [&["build", "--quiet", "--locked"][..], words, more].concat();
            process::run(&mut process::command(settings, "cargo", &all))
        };
        let is_light = profile == Profile::Dev && !with_models;
        let light: &[&str] = if is_light { &["--no-default-features"] } else { &[] };
        cargo(&[&["-p", "daepyo"][..], light].concat())?;
        for (package, example) in examples {
            cargo(&["-p", package, "--example", example])?;
        }
        Ok(Self { folder: settings.target.join(folder) })
    }

    /// The program itself.
    pub(super) fn daepyo(&self) -> PathBuf {
        self.folder.join("daepyo")
    }

    /// An example of a package.
    pub(super) fn example(&self, name: &str) -> PathBuf {
        self.folder.join("examples").join(name)
    }
}
