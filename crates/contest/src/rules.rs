//! What a contest is held by: who meets, about which prompts, under which limits; sealed before the first battle.

use crate::{ContestError, Recorded};
use daepyo_arena::{answer::AnswerRules, assign::AssignRules, leak};
use daepyo_core::{
    AssignedPrompt, CandidateId, ContestMode, ContestRule, Criterion, CriterionId, CriterionRule, Digest,
    Programme, RecordedAnswer, Stage, StageId, TagId, VoterTests, canonical,
};
use daepyo_store::site::ContestRules;
use daepyo_verdict::votes::pairing::PairingRules;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Characters of a reason, at most.
pub const REASON_CHARS: u32 = 1_000;

/// What a contest is set up with.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// The stage.
    pub stage: StageId,
    /// The criterion that the votes count for.
    pub criterion: CriterionId,
    /// Candidates and references that meet, in the order of the programme.
    pub contestants: Vec<CandidateId>,
    /// Those of them that are references: no place at the cut is theirs.
    pub references: Vec<CandidateId>,
    /// How many candidates advance.
    pub advance: u32,
    /// The contest's rules.
    pub rule: ContestRule,
    /// The registered tests of voters.
    pub tests: Option<VoterTests>,
    /// The prompts that are assigned, in the order of their file.
    pub prompts: Vec<AssignedPrompt>,
    /// The recorded answers, where the mode has them.
    pub answers: Vec<RecordedAnswer>,
    /// What contestants are called.
    pub names: Vec<leak::Entry>,
}

impl Setup {
    /// The contest of a criterion, with its files as they were read; none where the criterion has no contest.
    pub fn of(
        programme: &Programme,
        stage: &Stage,
        criterion: &Criterion,
        prompts: Vec<AssignedPrompt>,
        answers: Vec<RecordedAnswer>,
    ) -> Option<Self> {
        let CriterionRule::Votes { versus, tests, .. } = &criterion.rule else { return None };
        let rule = criterion.rule.contest()?;
        let contestants: Vec<CandidateId> = programme.contestants(versus).cloned().collect();
        let entry = |id: &CandidateId| {
            let team = programme.candidates.iter().find(|candidate| candidate.submission.id == *id);
            let team =
                team.and_then(|candidate| programme.teams.iter().find(|team| team.id == candidate.team));
            let written = rule.names_of(id);
            let mut ordinary = written.map(|names| names.ordinary.clone()).unwrap_or_default();
            ordinary.push(id.to_string());
            ordinary.extend(team.into_iter().flat_map(|team| [team.name.ko.clone(), team.name.en.clone()]));
            let distinctive = written.map(|names| names.distinctive.clone()).unwrap_or_default();
            leak::Entry { who: id.to_string(), distinctive, ordinary }
        };
        Some(Self {
            stage: stage.id.clone(),
            criterion: criterion.id.clone(),
            names: contestants.iter().map(entry).collect(),
            contestants,
            references: vec![versus.clone()],
            advance: stage.decision.advance,
            rule: rule.clone(),
            tests: *tests,
            prompts,
            answers,
        })
    }
}

/// A recorded answer that is shown to nobody, so that no pair with it is drawn about its prompt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Barred {
    /// The prompt.
    pub prompt: String,
    /// Whose answer it is.
    pub candidate: CandidateId,
    /// Why: `missing`, `empty`, or `leak:` and what gives its writer away.
    pub why: String,
}

/// The rules as they are sealed and, after the close, published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The stage.
    pub stage: StageId,
    /// The criterion.
    pub criterion: CriterionId,
    /// Who meets.
    pub contestants: Vec<CandidateId>,
    /// Those of them that are references, which the cut passes over as it does in the stage's verdict.
    pub references: Vec<CandidateId>,
    /// How many candidates advance.
    pub advance: u32,
    /// The contest's rules.
    pub rule: ContestRule,
    /// The registered tests of voters.
    pub tests: Option<VoterTests>,
    /// The prompts that are assigned.
    pub prompts: Vec<AssignedPrompt>,
    /// SHA-256 over the recorded answers as they are shown.
    pub answers: Option<Digest>,
    /// Recorded answers that are shown to nobody.
    pub barred: Vec<Barred>,
}

impl Sealed {
    /// The rules that a contest of this set-up is opened under.
    ///
    /// Fails where it cannot be held, or its recorded answers belong to nothing.
    pub fn of_setup(setup: &Setup) -> Result<Self, ContestError> {
        Ok(crate::arena::prepare(setup)?.1)
    }

    /// Seals a set-up with what became of its recorded answers.
    ///
    /// Fails where nothing could be drawn or a name is there twice.
    pub fn new(setup: &Setup, recorded: Option<&Recorded>) -> Result<Self, ContestError> {
        let wrong = |what| Err(ContestError::Setup { what });
        let distinct: BTreeSet<&CandidateId> = setup.contestants.iter().collect();
        if distinct.len() != setup.contestants.len() {
            return wrong("a contestant is named twice");
        }
        if !(2..=1_000).contains(&distinct.len()) {
            return wrong("a contest needs 2 to 1,000 contestants");
        }
        let references: BTreeSet<&CandidateId> = setup.references.iter().collect();
        if references.len() != setup.references.len() || !references.is_subset(&distinct) {
            return wrong("a reference is named twice or does not meet the others");
        }
        if distinct.len() - references.len() < 2 {
            return wrong("a contest needs 2 contestants that are no references");
        }
        let prompts: BTreeSet<&str> = setup.prompts.iter().map(|prompt| prompt.id.as_str()).collect();
        if prompts.len() != setup.prompts.len() {
            return wrong("a prompt is named twice");
        }
        if prompts.is_empty() && setup.rule.mode == ContestMode::Recorded {
            return wrong("recorded answers need prompts");
        }
        if setup.rule.votes_a_day == 0 || setup.rule.votes_in_all == 0 {
            return wrong("nobody could vote");
        }
        let sealed = Self {
            stage: setup.stage.clone(),
            criterion: setup.criterion.clone(),
            contestants: setup.contestants.clone(),
            references: setup.references.clone(),
            advance: setup.advance,
            rule: setup.rule.clone(),
            tests: setup.tests,
            prompts: setup.prompts.clone(),
            answers: recorded.map(Recorded::digest),
            barred: recorded.map(|recorded| recorded.barred().to_vec()).unwrap_or_default(),
        };
        crate::draw::Draws::new(&sealed, &[0; 32])?;
        Ok(sealed)
    }

    /// SHA-256 of the canonical form.
    pub fn digest(&self) -> Result<Digest, ContestError> {
        canonical::digest(self).map_err(|_| ContestError::Canonical)
    }

    /// A prompt by its id.
    pub fn prompt(&self, id: &str) -> Option<&AssignedPrompt> {
        self.prompts.iter().find(|prompt| prompt.id.as_str() == id)
    }

    /// Whether the answers were recorded.
    pub fn is_recorded(&self) -> bool {
        self.rule.mode == ContestMode::Recorded
    }

    /// Whether a tag is on the list.
    pub(crate) fn has_tag(&self, tag: &str) -> bool {
        self.rule.tags.iter().any(|known| TagId::as_str(&known.id) == tag)
    }

    /// How battles are drawn.
    pub(crate) fn assign_rules(&self) -> AssignRules {
        // The cut lies between two candidates, or there would be nothing to draw for.
        let candidates = self.contestants.len().saturating_sub(self.references.len());
        let most = candidates.saturating_sub(1).max(1);
        let advance = usize::try_from(self.advance).unwrap_or(usize::MAX).clamp(1, most);
        let pairing = self.rule.pairing;
        let share = if self.is_recorded() { 1.0 } else { self.rule.assigned };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of 0 to 1 in hundredths"
        )]
        let assigned = (share.clamp(0.0, 1.0) * 100.0).round() as u8;
        AssignRules {
            pairing: PairingRules {
                advance: u16::try_from(advance).unwrap_or(u16::MAX),
                floor: pairing.floor,
                even: pairing.even,
                sharpness: pairing.sharpness,
            },
            prompts: u32::try_from(self.prompts.len()).unwrap_or(u32::MAX),
            assigned,
        }
    }

    /// As the store keeps them.
    pub(crate) fn for_store(&self) -> Result<ContestRules, ContestError> {
        let more = serde_json::to_value(self).map_err(|_| ContestError::Canonical)?;
        let (votes_a_day, votes_in_all) = (self.rule.votes_a_day, self.rule.votes_in_all);
        Ok(ContestRules { votes_a_day, votes_in_all, more })
    }
}

/// How answers are brought into one form.
pub(crate) fn answer_rules(rule: &ContestRule) -> AnswerRules {
    let most_chars = usize::try_from(rule.answer_characters).unwrap_or(usize::MAX);
    AnswerRules { most_chars, ..AnswerRules::default() }
}
