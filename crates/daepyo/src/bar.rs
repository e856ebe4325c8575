//! A progress bar on standard error: rate, time left, failures by class. Plain lines where there is no terminal.

use crate::settings::Settings;
use crate::show;
use daepyo_backend::PreflightFinding;
use daepyo_core::{CandidateId, FailureClass, Language, Response};
use daepyo_stage::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

pub(crate) struct Bar {
    terminal: bool,
    language: Language,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bar: Option<ProgressBar>,
    failures: BTreeMap<FailureClass, u64>,
    done: usize,
    total: usize,
    told: usize,
}

impl Bar {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { terminal: settings.terminal, language: settings.language, state: Mutex::default() }
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Progress for Bar {
    fn note(&self, text: &str) {
        self.with(|state| match &state.bar {
            Some(bar) => bar.suspend(|| show::line(text)),
            None => show::line(text),
        });
    }

    fn found(&self, candidate: &CandidateId, finding: &PreflightFinding) {
        self.note(&format!("{candidate}: {}: {}", finding.code.as_str(), finding.message(self.language)));
    }

    fn begin(&self, candidate: &CandidateId, total: usize, stored: usize) {
        let bar = self.terminal.then(|| {
            let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            let style = "{prefix:24!} {bar:24} {human_pos}/{human_len} {per_sec:>12} ETA {eta:>4} {msg}";
            bar.set_style(
                ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar.set_prefix(candidate.to_string());
            bar.set_position(stored as u64);
            bar.reset_eta();
            bar
        });
        if bar.is_none() {
            show::line(&format!("{candidate}: {stored}/{total}"));
        }
        self.with(|state| *state = State { bar, done: stored, total, told: stored, ..State::default() });
    }

    fn answered(&self, response: &Response) {
        self.with(|state| {
            state.done += 1;
            if let Response::Failed { class, .. } = response {
                *state.failures.entry(*class).or_default() += 1;
            }
            match &state.bar {
                Some(bar) => {
                    bar.inc(1);
                    if !state.failures.is_empty() {
                        bar.set_message(failures(&state.failures));
                    }
                }
                // Without a terminal a line every tenth, so that a log stays short.
                None if (state.done - state.told) * 10 >= state.total.max(1) => {
                    state.told = state.done;
                    show::line(&format!("  {}/{} {}", state.done, state.total, failures(&state.failures)));
                }
                None => {}
            }
        });
    }

    fn end(&self, candidate: &CandidateId) {
        self.with(|state| {
            if let Some(bar) = state.bar.take() {
                bar.finish_and_clear();
                show::line(&format!(
                    "{candidate}: {}/{} {}",
                    state.done,
                    state.total,
                    failures(&state.failures)
                ));
            }
        });
    }
}

fn failures(counts: &BTreeMap<FailureClass, u64>) -> String {
    counts
        .iter()
        .map(|(class, count)| format!("{class:?} {count}").to_lowercase())
        .collect::<Vec<_>>()
        .join(", ")
}
