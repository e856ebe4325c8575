//! Finding the maximum of the model's likelihood, penalised or not.
//!
//! Steps solve the information matrix. Where a parameter rests on few marks the penalty bends as much as the likelihood
//! does, and such steps overshoot; the next one is then shortened to where the slope along the last crossed 0.

use super::{
    mark::RaschError,
    model::{Model, State},
};

/// Steps of one parameter are cut to this many logits.
const LONGEST_STEP: f64 = 1.0;

/// A fit is done when no parameter moves by more.
const SETTLED: f64 = 1e-8;

/// Below this step the objective tells steps apart no longer, and is not asked.
const NEAR: f64 = 1e-3;

const MOST_ITERATIONS: u32 = 300;

/// With this many marks a parameter the penalty hardly moves, and one matrix serves for several steps.
const MANY: usize = 50;

/// From this step on it does.
const CLOSE: f64 = 0.1;

/// A fit.
pub(crate) struct Fitted {
    pub(crate) at: Vec<f64>,
    pub(crate) state: State,
    pub(crate) iterations: u32,
}

/// The maximum of the likelihood, penalised or not.
pub(crate) fn maximise(model: &Model, penalised: bool) -> Result<Fitted, RaschError> {
    let failed = |iterations| RaschError::NotSettled { iterations };
    let objective = |state: &State| {
        state.log_likelihood + if penalised { state.inverse.log_determinant / 2.0 } else { 0.0 }
    };
    let penalty_at = |state: &State| {
        if penalised { model.penalty_gradient(state) } else { vec![0.0; model.parameters()] }
    };
    let many = model.cells.len() > MANY * model.parameters();
    let mut at = model.start();
    let mut state = model.derive(&at).ok_or(failed(0))?;
    let mut penalty = penalty_at(&state);
    let mut damping = 1.0;
    for iterations in 1..=MOST_ITERATIONS {
        let slope = total(&state.gradient, &penalty);
        let mut step = slope.clone();
        state.inverse.apply(&mut step);
        let longest = largest(&step);
        if longest < SETTLED {
            return Ok(Fitted { at, state, iterations });
        }
        let start = objective(&state);
        let mut scale = if longest > LONGEST_STEP { LONGEST_STEP / longest } else { 1.0 };
        scale = scale.min(damping);
        let mut moved = None;
        for _ in 0..40 {
            let mut trial = plus(&at, &step, scale);
            if many && longest < CLOSE {
                creep(model, &state, &penalty, &mut trial);
            }
            let reached = model.derive(&trial);
            if let Some(reached) = reached.filter(|state| longest < NEAR || objective(state) >= start) {
                moved = Some((trial, reached));
                break;
            }
            scale /= 2.0;
        }
        (at, state) = moved.ok_or(failed(iterations))?;
        penalty = penalty_at(&state);
        let (before, after) = (along(&slope, &step), along(&total(&state.gradient, &penalty), &step));
        damping = if before > after { (scale * before / (before - after)).clamp(0.25, 1.0) } else { 1.0 };
    }
    Err(failed(MOST_ITERATIONS))
}

/// Takes the bias of first order from a maximum of the likelihood (Cox and Snell 1968).
pub(crate) fn correct(model: &Model, fitted: &Fitted) -> Result<Fitted, RaschError> {
    let mut step = model.penalty_gradient(&fitted.state);
    fitted.state.inverse.apply(&mut step);
    let (at, iterations) = (plus(&fitted.at, &step, 1.0), fitted.iterations);
    let state = model.derive(&at).ok_or(RaschError::NotSettled { iterations })?;
    Ok(Fitted { at, state, iterations })
}

/// Goes on from `at` with the matrix and the penalty of `state` until nothing moves.
fn creep(model: &Model, state: &State, penalty: &[f64], at: &mut Vec<f64>) {
    let mut last = f64::INFINITY;
    for _ in 0..10 {
        let mut step = total(&model.gradient(at), penalty);
        state.inverse.apply(&mut step);
        let longest = largest(&step);
        // Steps that don't shrink are left to the full matrix.
        if longest > last / 2.0 {
            return;
        }
        *at = plus(at, &step, 1.0);
        if longest < SETTLED {
            return;
        }
        last = longest;
    }
}

fn total(gradient: &[f64], penalty: &[f64]) -> Vec<f64> {
    plus(gradient, penalty, 1.0)
}

fn plus(at: &[f64], step: &[f64], scale: f64) -> Vec<f64> {
    at.iter().zip(step).map(|(at, step)| at + scale * step).collect()
}

fn along(slope: &[f64], step: &[f64]) -> f64 {
    slope.iter().zip(step).map(|(slope, step)| slope * step).sum()
}

fn largest(step: &[f64]) -> f64 {
    step.iter().fold(0.0_f64, |most, value| most.max(value.abs()))
}
