//! Claims that are tests with greater numbers: a test is run, and tells its figure in a file.

use super::{Measured, local_data};
use crate::failure::Failure;
use crate::process::{self, command};
use crate::settings::Settings;
use std::ffi::OsStr;

/// A test, and how much of it is asked for.
pub(super) struct Tested {
    /// The claim's name.
    pub(super) name: &'static str,
    /// The package.
    pub(super) package: &'static str,
    /// The test within the package's integration tests.
    pub(super) test: &'static str,
    /// Environment variables that set the numbers.
    pub(super) variables: &'static [(&'static str, &'static str)],
}

impl Tested {
    /// Runs the test. The claim holds where it passes and tells its figure.
    pub(super) fn measure(&self, settings: &Settings) -> Result<Measured, Failure> {
        self.measure_with(settings, &[])
    }

    /// Like [`Tested::measure`], with variables that depend on the machine and are not told.
    pub(super) fn measure_with(
        &self,
        settings: &Settings,
        untold: &[(&str, &OsStr)],
    ) -> Result<Measured, Failure> {
        let file = local_data::work_folder(settings, self.name)?.join("figure");
        // The C++ build changes nothing of what is measured here.
        let features: &[&str] = if self.package == "daepyo" { &["--no-default-features"] } else { &[] };
        let words =
            [&["test", "-p", self.package], features, &["--test", "it", "--", "--exact", self.test]].concat();
        let mut test = command(settings, "cargo", &words);
        test.env("DAEPYO_FIGURE", &file).envs(self.variables.iter().copied()).envs(untold.iter().copied());
        let printed = process::tee(&mut test)?;
        let figures = std::fs::read_to_string(&file).unwrap_or_default();
        let mut figures = figures.lines().map(str::to_owned);
        let figure = figures.next();
        let holds = printed.status.success() && figure.is_some();
        let figure = figure.filter(|_| holds).unwrap_or_else(|| format!("the test {} failed", self.test));
        let mut details = vec![format!("measured by `{}`", process::shown(&test))];
        details.extend(self.variables.iter().map(|(name, value)| format!("with {name}={value}")));
        details.extend(figures);
        Ok(Measured { figure, holds, details })
    }
}
