//! The claim that the demo ends with a verified verdict in about ten minutes on two cores.

use super::{Claim, Measured};
use crate::demo;
use crate::failure::Failure;
use crate::settings::Settings;

/// "Within about 10 minutes" leaves room for a slower machine, not for another order of time.
const MOST_S: u64 = 720;

pub(crate) const CLAIM: Claim = Claim {
    name: "demo",
    promise: "After the build, `cargo xtask demo` measures five candidates and a reference, decides, signs and verifies \
              within about 10 minutes (at most 12) on 2 cores",
    run,
};

fn run(settings: &Settings) -> Result<Measured, Failure> {
    let outcome = demo::play(settings)?;
    let (minutes, seconds) = (outcome.taken_s / 60, outcome.taken_s % 60);
    let holds = outcome.is_decided && outcome.taken_s <= MOST_S;
    let figure = format!("{minutes} min {seconds} s, verified: {}", outcome.sentence);
    Ok(Measured { figure, holds, details: vec![] })
}
