//! Progress bars on standard error, one for each that is measured: rate, time left, failures by class. Plain lines where
//! there is no terminal.

use crate::settings::Settings;
use crate::show;
use daepyo_backend::PreflightFinding;
use daepyo_core::{CandidateId, FailureClass, Language, Response};
use daepyo_stage::Progress;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) struct Bar {
    terminal: bool,
    language: Language,
    bars: MultiProgress,
    states: Mutex<BTreeMap<CandidateId, State>>,
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
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        Self { terminal: settings.terminal, language: settings.language, bars, states: Mutex::default() }
    }

    fn states(&self) -> MutexGuard<'_, BTreeMap<CandidateId, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Several may be measured at once, so that each line says whose it is.
    fn line(&self, text: &str) {
        if self.terminal {
            self.bars.suspend(|| show::line(text));
        } else {
            show::line(text);
        }
    }
}

impl Progress for Bar {
    fn note(&self, text: &str) {
        self.line(text);
    }

    fn found(&self, candidate: &CandidateId, finding: &PreflightFinding) {
        self.note(&format!("{candidate}: {}: {}", finding.code.as_str(), finding.message(self.language)));
    }

    fn begin(&self, candidate: &CandidateId, total: usize, stored: usize) {
        let bar = self.terminal.then(|| {
            let bar = self.bars.add(ProgressBar::new(total as u64));
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
        let state = State { bar, done: stored, total, told: stored, ..State::default() };
        self.states().insert(candidate.clone(), state);
    }

    fn answered(&self, candidate: &CandidateId, response: &Response) {
        let mut states = self.states();
        let Some(state) = states.get_mut(candidate) else { return };
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
                let (done, total) = (state.done, state.total);
                show::line(&format!("  {candidate}: {done}/{total} {}", failures(&state.failures)));
            }
            None => {}
        }
    }

    fn end(&self, candidate: &CandidateId) {
        let Some(state) = self.states().remove(candidate) else { return };
        if let Some(bar) = state.bar {
            bar.finish_and_clear();
            self.bars.remove(&bar);
            self.line(&format!("{candidate}: {}/{} {}", state.done, state.total, failures(&state.failures)));
        }
    }
}

fn failures(counts: &BTreeMap<FailureClass, u64>) -> String {
    counts
        .iter()
        .map(|(class, count)| format!("{class:?} {count}").to_lowercase())
        .collect::<Vec<_>>()
        .join(", ")
}
