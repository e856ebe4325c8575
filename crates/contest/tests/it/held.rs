//! A contest in a folder of its own, and everything that is done to one in tests.

use daepyo_arena::leak::Entry;
use daepyo_contest::{Arena, Choice, ContestError, Logbook, Receipt, Secrets, Setup};
use daepyo_core::{
    AssignedPrompt, CandidateId, ContestMode, ContestPairing, ContestRule, ContestTag, CriterionId, Digest,
    Localized, PromptId, RecordedAnswer, StageId, TagId, VoteChoice,
};
use daepyo_evidence::SigningKey;
use daepyo_store::site::{BattleId, PersonId, Site};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Long enough for a slow machine; nothing waits so long where it works.
pub(crate) const MOST: Duration = Duration::from_mins(1);
/// When contests open here.
pub(crate) const OPENED: i64 = 1_800_000_000_000;

pub(crate) fn rule(mode: ContestMode) -> ContestRule {
    ContestRule {
        mode,
        prompts: "prompts.csv".to_owned(),
        answers: (mode == ContestMode::Recorded).then(|| "answers.jsonl".to_owned()),
        opens: None,
        closes: None,
        assigned: if mode == ContestMode::Recorded { 1.0 } else { 0.5 },
        votes_a_day: 1_000,
        votes_in_all: 1_000,
        weight_cap: None,
        turns: if mode == ContestMode::Recorded { 1 } else { 3 },
        prompt_characters: 200,
        answer_characters: 500,
        hold_ms: ContestRule::HOLD_MS,
        system: None,
        temperature: ContestRule::TEMPERATURE,
        max_tokens: ContestRule::MAX_TOKENS,
        tokens_a_day: None,
        names: Vec::new(),
        pairing: ContestPairing::default(),
        tags: vec![ContestTag {
            id: TagId::new("clear").unwrap(),
            title: Localized { ko: "명료함".to_owned(), en: "clear".to_owned() },
        }],
    }
}

/// Contestants `a`, `b` and so on, prompts `p0` and so on.
pub(crate) fn setup(mode: ContestMode, contestants: u8, prompts: u32) -> Setup {
    let contestants: Vec<CandidateId> = (0..contestants)
        .map(|number| CandidateId::new(format!("model-{}", char::from(b'a' + number))).unwrap())
        .collect();
    let prompt = |number| AssignedPrompt {
        id: PromptId::new(format!("p{number}")).unwrap(),
        text: format!("{number}에 하나를 더하면?"),
        language: "ko".to_owned(),
        category: if number % 2 == 0 { "even" } else { "odd" }.to_owned(),
    };
    let prompts: Vec<AssignedPrompt> = (0..prompts).map(prompt).collect();
    let mut answers = Vec::new();
    if mode == ContestMode::Recorded {
        for prompt in &prompts {
            for (candidate, length) in contestants.iter().zip(1..) {
                answers.push(RecordedAnswer {
                    prompt: prompt.id.clone(),
                    candidate: candidate.clone(),
                    text: format!("답은 {}입니다.", "가".repeat(length)),
                });
            }
        }
    }
    let entry = |id: &CandidateId| Entry {
        who: id.to_string(),
        distinctive: vec![format!("Haneul-{id}")],
        ordinary: Vec::new(),
    };
    Setup {
        stage: StageId::new("final").unwrap(),
        criterion: CriterionId::new("public").unwrap(),
        references: Vec::new(),
        advance: 1,
        rule: rule(mode),
        tests: None,
        names: contestants.iter().map(entry).collect(),
        contestants,
        prompts,
        answers,
    }
}

pub(crate) const SECRETS: Secrets = Secrets { seed: [5; 32], voters: [6; 32] };

pub(crate) fn log_key() -> SigningKey {
    SigningKey::from_seed("example.org/contest", &[7; 32]).unwrap()
}

pub(crate) async fn site(folder: &Path) -> Site {
    Site::open(&format!("sqlite:{}", folder.join("site.db").display())).await.unwrap()
}

pub(crate) async fn person(site: &Site, number: u32) -> PersonId {
    site.person_of_subject(Digest::of(&number.to_be_bytes()), OPENED).await.unwrap().id
}

/// A contest that is open.
pub(crate) struct Held {
    pub(crate) folder: PathBuf,
    pub(crate) site: Site,
    pub(crate) logbook: Logbook,
    pub(crate) arena: Arena,
}

impl Held {
    pub(crate) async fn open(folder: &Path, setup: &Setup) -> Self {
        let site = site(folder).await;
        let logbook = Logbook::start(site.clone(), &folder.join("log"), log_key());
        let arena = Arena::open(&site, &logbook, setup, SECRETS, OPENED).await.unwrap();
        Self { folder: folder.to_owned(), site, logbook, arena }
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    pub(crate) fn published(&self) -> PathBuf {
        self.folder.join("contest")
    }

    pub(crate) async fn person(&self, number: u32) -> PersonId {
        person(&self.site, number).await
    }

    /// A battle that is opened and voted on, at a time after the opening.
    pub(crate) async fn battle_and_vote(
        &self,
        person: PersonId,
        choice: VoteChoice,
        after_ms: i64,
    ) -> Result<(BattleId, Receipt), ContestError> {
        let battle = self.arena.next_battle(person, OPENED + after_ms).await?;
        let id = battle.opened.id;
        let receipt = self.arena.vote(person, id, plain(choice), OPENED + after_ms + 5_000).await?;
        Ok((id, receipt))
    }
}

pub(crate) fn plain(choice: VoteChoice) -> Choice {
    Choice { choice, tags: Vec::new(), reason: String::new() }
}
