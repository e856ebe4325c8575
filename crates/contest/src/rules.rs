//! What a contest is held by: who meets, about which prompts, under which limits; sealed before the first battle.

use crate::{ContestError, Recorded};
use daepyo_arena::{answer::AnswerRules, assign::AssignRules, leak};
use daepyo_core::{
    AssignedPrompt, CandidateId, ContestMode, ContestRule, ContestantNames, Criterion, CriterionId,
    CriterionRule, Digest, Programme, RecordedAnswer, Stage, StageId, TagId, VoterTests, canonical,
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
        let teams = programme.teams.iter().flat_map(|team| [team.name.ko.as_str(), team.name.en.as_str()]);
        let written = rule.names.iter().flat_map(|names| &names.ordinary).map(String::as_str);
        let words: Vec<&str> = teams.chain(written).collect();
        let entry = |id: &CandidateId| {
            let team = programme.candidates.iter().find(|candidate| candidate.submission.id == *id);
            let team =
                team.and_then(|candidate| programme.teams.iter().find(|team| team.id == candidate.team));
            let team = team.into_iter().flat_map(|team| [team.name.ko.clone(), team.name.en.clone()]);
            entry(id.as_str(), team, rule.names_of(id), &words)
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

/// What a contestant is called: what the programme lists, its id and its team's names. The id is distinctive; a team's
/// names are words or companies. An id is ordinary as well that is one of the programme's `words` or of everybody's.
fn entry(
    id: &str,
    team: impl Iterator<Item = String>,
    written: Option<&ContestantNames>,
    words: &[&str],
) -> leak::Entry {
    let mut distinctive = written.map(|names| names.distinctive.clone()).unwrap_or_default();
    let mut ordinary = written.map(|names| names.ordinary.clone()).unwrap_or_default();
    if leak::is_word(id) || words.iter().any(|word| leak::is_same_name(word, id)) {
        ordinary.push(id.to_owned());
    } else {
        distinctive.push(id.to_owned());
    }
    ordinary.extend(team);
    leak::Entry { who: id.to_owned(), distinctive, ordinary }
}

/// A recorded answer that is shown to nobody, so that no pair with it is drawn about its prompt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Barred {
    /// The prompt.
    pub prompt: String,
    /// Whose answer it is.
    pub candidate: CandidateId,
    /// Why: `missing`, `empty`, or `leak:`, its kind (`name`, `introduction`), `:` and whom it leads to.
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

#[cfg(test)]
mod tests {
    use super::entry;
    use daepyo_arena::leak::Names;

    fn leads(id: &str, words: &[&str], text: &str) -> Option<String> {
        let names = Names::new([entry(id, words.iter().map(|word| (*word).to_owned()), None, words)]);
        names.find(text).into_iter().next().and_then(|leak| leak.who)
    }

    #[test]
    fn an_id_counts_wherever_it_stands() {
        let team = ["가람", "Garam"];
        for text in ["좋은 하루 보내세요. — Garam-1", "Best wishes, garam 1", "garam-1이 답했습니다."]
        {
            assert_eq!(leads("garam-1", &team, text).as_deref(), Some("garam-1"), "{text}");
        }
        // The team's name is a word, and so is an id that is the same.
        assert_eq!(leads("garam-1", &team, "가람은 강을 뜻하는 말입니다."), None);
        assert_eq!(leads("garam", &team, "Garam means river."), None);
        assert_eq!(leads("garam", &team, "저는 가람입니다.").as_deref(), Some("garam"));
    }

    #[test]
    fn an_id_that_is_a_word_of_everyday_life_counts_in_introductions_only() {
        for (id, text) in
            [("solar", "Solar panels convert light."), ("a", "It is a bicycle."), ("7", "7 days")]
        {
            assert_eq!(leads(id, &[], text), None, "{text}");
        }
        assert_eq!(leads("solar", &[], "I am Solar.").as_deref(), Some("solar"));
    }

    #[test]
    fn an_id_that_everybody_knows_does_not_hide_the_name() {
        for (id, text) in [("kanana", "카카오의 Kanana가 썼습니다."), ("exaone", "EXAONE이 썼습니다.")]
        {
            assert_eq!(leads(id, &[], text).as_deref(), Some(id));
            assert_eq!(leads(id, &[id], text).as_deref(), Some(id), "the stronger list counts");
        }
        assert_eq!(leads("gpt4", &[], "This was written by GPT-4.").as_deref(), Some("ChatGPT"));
    }
}
