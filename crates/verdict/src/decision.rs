//! The cut: gates first, then candidates that are in or out at the written confidence, then the tie order.

use crate::{draws::Draws, joint::Joint, ranks};
use daepyo_core::{
    CandidateDecision, CandidateId, CriterionId, Decided, Decision, Gate, GateId, GateOutcome, GateResult,
    NotShown, Status, TieStep, TieTrace,
};

/// Slack for probabilities, which are sums of fractions.
const SLACK: f64 = 1e-9;

/// What the gates make of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// No gate stands against it.
    In,
    /// This gate put it out.
    Out(GateId),
    /// This gate waits for more evidence.
    Held(GateId),
    /// It went of its own will.
    Gone,
}

/// What becomes of everybody.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ruling {
    pub(crate) decisions: Vec<CandidateDecision>,
    pub(crate) status: Status,
    pub(crate) ties: Vec<TieTrace>,
}

/// What a decision is made from.
pub(crate) struct Case<'a> {
    pub(crate) decision: &'a Decision,
    pub(crate) candidates: &'a [&'a CandidateId],
    pub(crate) criteria: &'a [&'a CriterionId],
    pub(crate) admissions: &'a [Admission],
    pub(crate) joint: &'a Joint,
    pub(crate) seed: u64,
    /// The confidence that decides: the written one, or that of the look.
    pub(crate) confidence: f64,
    /// Whether the draws can show that confidence; where not, only those are in whom nothing could put out.
    pub(crate) resolved: bool,
    /// Whether all evidence that the rules plan is there: then none can be waited for.
    pub(crate) full: bool,
    /// Those who hold a place from an earlier verdict, and how they came by it: they keep it.
    pub(crate) kept: &'a [(usize, CandidateDecision)],
    /// How many lots were drawn in this stage before.
    pub(crate) lots: u64,
}

/// A candidate's admission: out by the first gate in file order that puts it out, else held by the first that
/// holds it.
pub(crate) fn admit(gates: &[Gate], results: &[GateResult], candidate: &CandidateId) -> Admission {
    let mut admission = Admission::In;
    for gate in gates {
        let of_both = |result: &&GateResult| result.gate == gate.id && result.candidate == *candidate;
        let Some(result) = results.iter().find(of_both) else {
            continue;
        };
        match (result.outcome, gate.not_shown) {
            (GateOutcome::Failed, _) | (GateOutcome::NotShown, NotShown::Out) => {
                return Admission::Out(gate.id.clone());
            }
            (GateOutcome::NotShown, NotShown::Hold) if admission == Admission::In => {
                admission = Admission::Held(gate.id.clone());
            }
            (GateOutcome::Passed, _) | (GateOutcome::NotShown, NotShown::Stay | NotShown::Hold) => {}
        }
    }
    admission
}

/// Decides the stage.
pub(crate) fn rule(case: &Case<'_>) -> Ruling {
    let place = |wanted: fn(&Admission) -> bool| -> Vec<usize> {
        let mut places = Vec::new();
        places.extend(case.admissions.iter().enumerate().filter(|(_, one)| wanted(one)).map(|(n, _)| n));
        places
    };
    let holds = |place: &usize| case.kept.iter().any(|(kept, _)| kept == place);
    let free: Vec<usize> =
        place(|admission| matches!(admission, Admission::In)).into_iter().filter(|one| !holds(one)).collect();
    let held = place(|admission| matches!(admission, Admission::Held(_)));
    let decision = |admission: &Admission| match admission {
        Admission::In | Admission::Held(_) => CandidateDecision::Open,
        Admission::Out(_) => CandidateDecision::EliminatedByGate,
        Admission::Gone => CandidateDecision::Withdrawn,
    };
    let mut ruling = Ruling {
        decisions: case.admissions.iter().map(decision).collect(),
        status: Status::Decided(Decided::Confident),
        ties: Vec::new(),
    };
    for (place, decision) in case.kept {
        ruling.set(*place, *decision);
    }
    if held.is_empty() {
        let open = case.cut(&free, &mut ruling);
        if !open.tied.is_empty() {
            case.break_ties(open, &mut ruling);
        }
    } else {
        case.hold(&free, &held, &mut ruling);
    }
    ruling
}

/// Candidates that are neither in nor out, and the places left for them.
struct Tie {
    tied: Vec<usize>,
    places: usize,
}

impl Case<'_> {
    fn places(&self) -> usize {
        let places = usize::try_from(self.decision.advance).unwrap_or(usize::MAX);
        places.saturating_sub(self.kept.len())
    }

    fn likely(&self, probability: f64) -> bool {
        probability >= self.confidence - SLACK
    }

    /// Probabilities of advancing among `members`; where the draws can't show the confidence, no probability but
    /// that of members who all fit.
    fn chances(&self, members: &[usize]) -> Vec<f64> {
        if self.resolved || members.len() <= self.places() {
            return ranks::advance(self.joint, members, self.places());
        }
        vec![0.5; members.len()]
    }

    /// Settles all that are in or out at the written confidence and returns the others. Where all fit, all are
    /// in.
    ///
    /// At a low confidence more candidates than there are places can each be likely to be in (five at .6 for three
    /// places), or likewise out; then none of them is settled.
    fn cut(&self, members: &[usize], ruling: &mut Ruling) -> Tie {
        let chances = self.chances(members);
        let likely_in = chances.iter().filter(|chance| self.likely(**chance)).count();
        let likely_out = chances.iter().filter(|chance| self.likely(1.0 - **chance)).count();
        let ins_fit = likely_in <= self.places();
        let outs_fit = likely_out <= members.len().saturating_sub(self.places());
        let mut tie = Tie { tied: Vec::new(), places: self.places() };
        for (member, chance) in members.iter().zip(chances) {
            if ins_fit && self.likely(chance) {
                ruling.set(*member, CandidateDecision::Advances);
                tie.places = tie.places.saturating_sub(1);
            } else if outs_fit && self.likely(1.0 - chance) {
                ruling.set(*member, CandidateDecision::Eliminated);
            } else {
                tie.tied.push(*member);
            }
        }
        tie
    }

    /// Settles what stays true whatever becomes of the held ones: in are those who are in against everybody, out
    /// those who are out even without the (other) held ones.
    fn hold(&self, free: &[usize], held: &[usize], ruling: &mut Ruling) {
        let mut everybody: Vec<usize> = free.iter().chain(held).copied().collect();
        everybody.sort_unstable();
        let against_all = self.chances(&everybody);
        let ins: Vec<usize> = (everybody.iter().zip(against_all))
            .filter(|(_, chance)| self.likely(*chance))
            .map(|(member, _)| *member)
            .collect();
        let outs: Vec<usize> =
            everybody.iter().copied().filter(|member| self.out_without_held(free, *member)).collect();
        let free_outs = outs.iter().filter(|member| free.contains(member)).count();
        if ins.len() <= self.places() {
            for member in ins.iter().filter(|member| free.contains(member)) {
                ruling.set(*member, CandidateDecision::Advances);
            }
        }
        if free_outs <= free.len().saturating_sub(self.places()) {
            for member in outs {
                ruling.set(member, CandidateDecision::Eliminated);
            }
        }
        if ruling.decisions.contains(&CandidateDecision::Open) {
            ruling.status = Status::Undecided { step: None };
        }
    }

    /// Whether a candidate is out at the written confidence among the free ones alone.
    fn out_without_held(&self, free: &[usize], member: usize) -> bool {
        let mut rivals: Vec<usize> = free.to_vec();
        if !rivals.contains(&member) {
            rivals.push(member);
            rivals.sort_unstable();
        }
        let chances = self.chances(&rivals);
        let own = rivals.iter().zip(chances).find(|(rival, _)| **rival == member);
        own.is_some_and(|(_, chance)| self.likely(1.0 - chance))
    }

    /// Goes through the tie order until everybody is in or out, or a step says to stop.
    fn break_ties(&self, mut tie: Tie, ruling: &mut Ruling) {
        ruling.status = Status::Undecided { step: None };
        for step in &self.decision.tie_order {
            let (advanced, eliminated) = match step {
                TieStep::Criterion(criterion) => self.by_criterion(&tie, criterion),
                TieStep::MoreEvidence | TieStep::MoreRaters => (Vec::new(), Vec::new()),
                TieStep::AdvanceAll => (tie.tied.clone(), Vec::new()),
                TieStep::Lot => self.by_lot(&tie),
            };
            ruling.ties.push(TieTrace {
                step: step.clone(),
                tied: self.named(&tie.tied),
                places: u32::try_from(tie.places).unwrap_or(u32::MAX),
                advanced: self.named(&advanced),
                eliminated: self.named(&eliminated),
            });
            for member in &advanced {
                ruling.set(*member, CandidateDecision::AdvancesByTie);
            }
            for member in &eliminated {
                ruling.set(*member, CandidateDecision::EliminatedByTie);
            }
            tie.places = tie.places.saturating_sub(advanced.len());
            tie.tied.retain(|member| !advanced.contains(member) && !eliminated.contains(member));
            if tie.tied.is_empty() {
                ruling.status = Status::Decided(Decided::ByTieOrder);
                return;
            }
            let waits = match step {
                TieStep::MoreEvidence => !self.full,
                TieStep::MoreRaters => true,
                TieStep::Criterion(_) | TieStep::AdvanceAll | TieStep::Lot => false,
            };
            if waits {
                ruling.status = Status::Undecided { step: Some(step.clone()) };
                return;
            }
        }
    }

    /// In are those shown to be ahead of so many that a place is sure, out those behind so many that none is left.
    fn by_criterion(&self, tie: &Tie, criterion: &CriterionId) -> (Vec<usize>, Vec<usize>) {
        let Some(criterion) = self.criteria.iter().position(|id| *id == criterion) else {
            return (Vec::new(), Vec::new());
        };
        let ahead =
            |one: usize, other: usize| self.resolved && self.likely(self.joint.ahead(criterion, one, other));
        let beats = |one: usize| tie.tied.iter().filter(|other| ahead(one, **other)).count();
        let beaten = |one: usize| tie.tied.iter().filter(|other| ahead(**other, one)).count();
        let all = tie.tied.iter().copied();
        let spare = tie.tied.len().saturating_sub(tie.places);
        let mut advanced: Vec<usize> =
            all.clone().filter(|one| tie.places > 0 && beats(*one) >= spare).collect();
        let mut eliminated: Vec<usize> =
            all.clone().filter(|one| !advanced.contains(one) && beaten(*one) >= tie.places).collect();
        // Differences that run in a circle (a before b before c before a) show nothing.
        if advanced.len() > tie.places || eliminated.len() > spare {
            return (Vec::new(), Vec::new());
        }
        let rest: Vec<usize> =
            all.filter(|one| !advanced.contains(one) && !eliminated.contains(one)).collect();
        if advanced.len() == tie.places {
            eliminated.extend(rest);
        } else if advanced.len() + rest.len() == tie.places {
            advanced.extend(rest);
        }
        advanced.sort_unstable();
        eliminated.sort_unstable();
        (advanced, eliminated)
    }

    /// The tied in order of id, shuffled under the stage's seed; the first ones get the places.
    fn by_lot(&self, tie: &Tie) -> (Vec<usize>, Vec<usize>) {
        let mut order = tie.tied.clone();
        order.sort_by_key(|member| self.candidates.get(*member));
        let mut draws = Draws::lot(self.seed, self.lots);
        for last in (1..order.len()).rev() {
            let bound = u32::try_from(last + 1).unwrap_or(u32::MAX);
            order.swap(last, usize::try_from(draws.below(bound)).unwrap_or(0));
        }
        let eliminated = order.split_off(tie.places.min(order.len()));
        (order, eliminated)
    }

    fn named(&self, members: &[usize]) -> Vec<CandidateId> {
        let id = |member: &usize| self.candidates.get(*member).map(|id| (*id).clone());
        let mut ids: Vec<CandidateId> = members.iter().filter_map(id).collect();
        ids.sort();
        ids
    }
}

impl Ruling {
    pub(crate) fn set(&mut self, member: usize, decision: CandidateDecision) {
        if let Some(place) = self.decisions.get_mut(member) {
            *place = decision;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Admission, Case, Ruling, rule};
    use crate::{
        criteria::Figure,
        joint::{Draw, Joint},
    };
    use daepyo_core::{
        CandidateDecision::{Advances, AdvancesByTie, Eliminated, EliminatedByTie, Open},
        CandidateId, CriterionId, Decided, Decision, Status, TieStep,
    };

    /// Rules on draws given as composites by candidate; the one criterion has the same figures, or `shares`.
    fn ruled(
        draws: &[Vec<f64>],
        shares: Option<&[Vec<f64>]>,
        advance: u32,
        confidence: f64,
        steps: &[TieStep],
    ) -> Ruling {
        let count = draws.first().map_or(0, Vec::len);
        let draw = |(number, composite): (usize, &Vec<f64>)| {
            let shares = shares.and_then(|shares| shares.get(number)).unwrap_or(composite);
            let figures = shares.iter().map(|share| Figure { raw: *share, share: *share }).collect();
            Draw { figures, composite: composite.clone(), ratings: Vec::new() }
        };
        let all: Vec<Draw> = draws.iter().enumerate().map(draw).collect();
        let estimate = all.first().cloned().unwrap_or(Draw {
            figures: Vec::new(),
            composite: Vec::new(),
            ratings: Vec::new(),
        });
        let names = ["a", "b", "c", "d", "e"].map(|name| CandidateId::new(name).ok());
        let candidates: Vec<&CandidateId> = names.iter().flatten().take(count).collect();
        let criterion = CriterionId::new("only").ok();
        rule(&Case {
            decision: &Decision {
                advance,
                confidence,
                tie_order: steps.to_vec(),
                wildcard: None,
                looks: None,
            },
            candidates: &candidates,
            criteria: &criterion.iter().collect::<Vec<_>>(),
            admissions: &vec![Admission::In; count],
            joint: &Joint { candidates: count, estimate, draws: all },
            seed: 1,
            confidence,
            resolved: true,
            full: false,
            kept: &[],
            lots: 0,
        })
    }

    fn only() -> Vec<TieStep> {
        CriterionId::new("only").ok().map(TieStep::Criterion).into_iter().collect()
    }

    /// a first in 19 of 20 draws, b first or second, c second in 3 of 20.
    fn nearly_settled() -> Vec<Vec<f64>> {
        let draw = |number: u32| match number {
            0..3 => vec![3.0, 1.0, 2.0],
            _ => vec![3.0, 2.0, 1.0],
        };
        (0..20).map(draw).collect()
    }

    #[test]
    fn one_that_is_not_in_at_the_confidence_needs_the_tie_order() {
        let ruling = ruled(&nearly_settled(), None, 2, 0.9, &[]);
        assert_eq!(ruling.decisions, [Advances, Open, Open]);
        let ruling = ruled(&nearly_settled(), None, 2, 0.85, &[]);
        assert_eq!(ruling.decisions, [Advances, Advances, Eliminated]);
        assert_eq!(ruling.status, Status::Decided(Decided::Confident));
    }

    #[test]
    fn one_that_is_not_out_at_the_confidence_needs_the_tie_order_even_without_a_place() {
        // a and b are in with .95 each, c is out with only .90.
        let draw = |number: u32| match number {
            0 => vec![1.0, 3.0, 2.0],
            1 => vec![3.0, 1.0, 2.0],
            _ => vec![3.0, 2.0, 1.0],
        };
        let draws: Vec<_> = (0..20).map(draw).collect();
        let ruling = ruled(&draws, None, 2, 0.95, &[TieStep::MoreEvidence]);
        assert_eq!(ruling.decisions, [Advances, Advances, Open]);
        assert_eq!(ruling.status, Status::Undecided { step: Some(TieStep::MoreEvidence) });
        let ruling = ruled(&draws, None, 2, 0.95, &only());
        assert_eq!(ruling.decisions, [Advances, Advances, EliminatedByTie]);
    }

    #[test]
    fn differences_in_a_circle_show_nothing() {
        // In the criterion a beats b, b beats c and c beats a, each in two draws of three.
        let circle = [vec![3.0, 2.0, 1.0], vec![1.0, 3.0, 2.0], vec![2.0, 1.0, 3.0]];
        for advance in [1, 2] {
            let ruling = ruled(&circle, Some(&circle), advance, 0.666, &only());
            assert_eq!(ruling.decisions, [Open, Open, Open], "{advance} places");
            assert!(ruling.ties.iter().all(|tie| tie.advanced.is_empty() && tie.eliminated.is_empty()));
        }
    }

    #[test]
    fn more_likely_ins_than_places_settle_nobody() {
        // Three places; each of five is among the first three in three draws of five.
        let draws: Vec<Vec<f64>> =
            (0..5_u32).map(|shift| (0..5_u32).map(|one| f64::from((one + shift) % 5)).collect()).collect();
        let ruling = ruled(&draws, None, 3, 0.6, &[TieStep::Lot]);
        let advanced = ruling.decisions.iter().filter(|one| **one == AdvancesByTie).count();
        assert_eq!((advanced, ruling.status), (3, Status::Decided(Decided::ByTieOrder)));
    }
}
