//! Which observations count, after corrections; and which were corrected.
//!
//! Nothing is ever changed or taken away: a correction names what was wrong by its digest. A correction that another
//! one names is void, so that a wrong correction can be taken back; a digest can't be named before it exists, so
//! there is no circle of corrections of corrections.

use crate::DecideError;
use daepyo_core::{Corrected, Correction, Digest, Observation};
use std::collections::BTreeMap;

/// Observations in effect, each with the place of the observation that put it there.
#[derive(Debug, Default)]
pub(crate) struct Effective<'a> {
    pub(crate) observations: Vec<(usize, &'a Observation)>,
    /// In order of the old digest.
    pub(crate) corrected: Vec<Corrected>,
}

/// A correction with its place and digest.
struct Known<'a> {
    index: usize,
    digest: Digest,
    correction: &'a Correction,
}

/// Puts corrections into effect. Without any, all observations count and no digest is computed.
pub(crate) fn apply(observations: &[Observation]) -> Result<Effective<'_>, DecideError> {
    let mut corrections: Vec<Known<'_>> = Vec::new();
    for (index, observation) in observations.iter().enumerate() {
        if let Observation::Correction(correction) = observation {
            corrections.push(Known { index, digest: digest(index, observation)?, correction });
        }
    }
    if corrections.is_empty() {
        return Ok(Effective {
            observations: observations.iter().enumerate().collect(),
            corrected: Vec::new(),
        });
    }
    let in_force = in_force(&corrections)?;
    let mut used: BTreeMap<Digest, bool> = in_force.keys().map(|old| (*old, false)).collect();
    let mut effective = Effective::default();
    for (index, observation) in observations.iter().enumerate() {
        if matches!(observation, Observation::Correction(_)) {
            continue;
        }
        follow(index, observation, &in_force, &mut used, &mut effective)?;
    }
    for known in &corrections {
        let reached = used.get(&known.correction.corrects).copied().unwrap_or(true);
        let of_correction = corrections.iter().any(|other| other.digest == known.correction.corrects);
        if !reached && !of_correction {
            let (index, digest) = (known.index, known.correction.corrects);
            return Err(DecideError::UnknownCorrected { index, digest });
        }
    }
    for (old, known) in in_force {
        let new = known.correction.replacement.as_deref();
        let new = new.map(|new| digest(known.index, new)).transpose()?;
        effective.corrected.push(Corrected { old, new, reason: known.correction.reason.clone() });
    }
    Ok(effective)
}

fn digest(index: usize, observation: &Observation) -> Result<Digest, DecideError> {
    observation.digest().map_err(|_| DecideError::BadCorrection {
        index,
        problem: "an observation with a number that is not finite has no digest",
    })
}

/// The corrections that no other one makes void, by what they correct.
fn in_force<'k, 'a>(corrections: &'k [Known<'a>]) -> Result<BTreeMap<Digest, &'k Known<'a>>, DecideError> {
    let mut by_target: BTreeMap<Digest, Vec<&Known<'_>>> = BTreeMap::new();
    for known in corrections {
        by_target.entry(known.correction.corrects).or_default().push(known);
        if let Some(Observation::Correction(_)) = known.correction.replacement.as_deref() {
            let problem = "a correction can't stand in the place of what it corrects";
            return Err(DecideError::BadCorrection { index: known.index, problem });
        }
    }
    let mut found: BTreeMap<Digest, &Known<'_>> = BTreeMap::new();
    for known in corrections.iter().filter(|known| !is_void(known, &by_target)) {
        let takes_back = corrections.iter().any(|other| other.digest == known.correction.corrects);
        if takes_back {
            if known.correction.replacement.is_some() {
                let problem = "a correction of a correction only makes it void; correct the observation anew";
                return Err(DecideError::BadCorrection { index: known.index, problem });
            }
            continue;
        }
        if let Some(first) = found.insert(known.correction.corrects, known)
            && first.correction != known.correction
        {
            return Err(DecideError::CorrectedTwice { index: known.index, first: first.index });
        }
    }
    Ok(found)
}

/// Whether a correction that is not void itself names this one.
fn is_void(known: &Known<'_>, by_target: &BTreeMap<Digest, Vec<&Known<'_>>>) -> bool {
    let naming = by_target.get(&known.digest).map_or(&[][..], Vec::as_slice);
    naming.iter().any(|other| !is_void(other, by_target))
}

/// Adds what an observation has become.
fn follow<'a>(
    index: usize,
    observation: &'a Observation,
    in_force: &BTreeMap<Digest, &Known<'a>>,
    used: &mut BTreeMap<Digest, bool>,
    effective: &mut Effective<'a>,
) -> Result<(), DecideError> {
    let (mut index, mut observation) = (index, observation);
    for _ in 0..=in_force.len() {
        let own = digest(index, observation)?;
        let Some(known) = in_force.get(&own) else {
            effective.observations.push((index, observation));
            return Ok(());
        };
        used.insert(own, true);
        index = known.index;
        match known.correction.replacement.as_deref() {
            Some(replacement) => observation = replacement,
            None => return Ok(()),
        }
    }
    let problem = "corrections that run in a circle; to take a correction back, correct the correction";
    Err(DecideError::BadCorrection { index, problem })
}
