//! Points for models that others derived: distinct ones are counted, copies and repeats are not.
//!
//! Two entries are one derivative where owner, relation and weights digest (or, without a digest, the name) agree.
//! Quantised versions are cheap to make in numbers, so all of one owner's count once. A derivative that was
//! rejected anywhere under the same owner and the same digest or name counts nowhere. The count is complete, not a
//! sample, so resampling leaves it as it is.

use super::{Ends, Figure, Support};
use crate::{
    evidence::PlacedDerivative,
    number::{real, wide},
};
use daepyo_core::{Derivative, DerivativeStatus, Relation};
use std::collections::BTreeSet;

/// A criterion decided by counting.
pub(crate) struct Counted {
    figures: Vec<Figure>,
    support: Vec<Support>,
}

impl Counted {
    pub(crate) fn new(
        candidates: usize,
        found: &[PlacedDerivative<'_>],
        relations: &[Relation],
        verified_only: bool,
        ends: Ends,
    ) -> Self {
        let mut counted = Self { figures: Vec::new(), support: Vec::new() };
        for candidate in 0..candidates {
            let own = found.iter().filter(|placed| placed.candidate == candidate);
            let own: Vec<&Derivative> = own.map(|placed| placed.derivative).collect();
            let rejected = |one: &Derivative| {
                own.iter().any(|other| {
                    other.status == DerivativeStatus::Rejected
                        && other.owner == one.owner
                        && (other.name == one.name || (one.payload.is_some() && other.payload == one.payload))
                })
            };
            let stands = |one: &&Derivative| {
                let known = match one.status {
                    DerivativeStatus::Verified => true,
                    DerivativeStatus::Declared | DerivativeStatus::Untestable => !verified_only,
                    DerivativeStatus::Rejected => false,
                };
                known && relations.contains(&one.relation) && !rejected(one)
            };
            let mut distinct = BTreeSet::new();
            let mut owners = BTreeSet::new();
            for one in own.iter().copied().filter(stands) {
                let what = match (one.relation, one.payload) {
                    (Relation::Quantized, _) => String::new(),
                    (_, Some(payload)) => payload.to_string(),
                    (_, None) => one.name.clone(),
                };
                distinct.insert((one.owner.as_str(), one.relation, what));
                owners.insert(one.owner.as_str());
            }
            let raw = real(distinct.len());
            counted.figures.push(Figure { raw, share: ends.share(raw) });
            counted.support.push(Support { observations: wide(own.len()), units: wide(owners.len()) });
        }
        counted
    }

    /// Nothing counted for nobody.
    pub(crate) const fn none() -> Self {
        Self { figures: Vec::new(), support: Vec::new() }
    }

    pub(crate) fn figures(&self, figures: &mut [Figure]) {
        for (figure, own) in figures.iter_mut().zip(&self.figures) {
            *figure = *own;
        }
    }

    pub(crate) fn support(&self, candidate: usize) -> Support {
        self.support.get(candidate).copied().unwrap_or_default()
    }
}
