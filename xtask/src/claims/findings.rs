//! What a claim finds while it measures: figures to read, and checks of which one alone can break it.

use super::Measured;
use std::fmt::Display;

/// Figures, checks and notes, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Findings {
    details: Vec<String>,
    checks: usize,
    failed: Vec<String>,
}

impl Findings {
    /// A figure with its name.
    pub(super) fn figure(&mut self, name: &str, value: impl Display) {
        self.details.push(format!("{name}: {value}"));
    }

    /// Something else that a reader should know.
    pub(super) fn note(&mut self, note: String) {
        self.details.push(note);
    }

    /// Something that must hold.
    pub(super) fn check(&mut self, what: &str, holds: bool) {
        self.checks += 1;
        if !holds {
            self.details.push(format!("does not hold: {what}"));
            self.failed.push(what.to_owned());
        }
    }

    /// Whether every check so far holds.
    pub(super) fn all_hold(&self) -> bool {
        self.failed.is_empty()
    }

    /// The measurement, with `figure` as its one line.
    pub(super) fn measured(mut self, figure: &str) -> Measured {
        let holds = self.failed.is_empty();
        let checks = self.checks;
        self.details.push(if holds {
            format!("all {checks} checks hold")
        } else {
            format!("{} of {checks} checks do not hold", self.failed.len())
        });
        Measured { figure: figure.to_owned(), holds, details: self.details }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_check_that_fails_breaks_the_claim_and_is_named() {
        let mut findings = Findings::default();
        findings.check("first", true);
        findings.figure("votes", 3);
        assert!(findings.measured("3 votes").holds);
        let mut findings = Findings::default();
        findings.check("first", true);
        findings.check("second", false);
        let measured = findings.measured("3 votes");
        assert!(!measured.holds);
        assert!(measured.details.iter().any(|detail| detail.contains("second")));
    }
}
