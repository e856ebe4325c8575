//! Recorded answers as they are shown: brought into one form, and looked through for what gives their writer away.

use crate::{Barred, ContestError, Setup, rules::answer_rules};
use daepyo_arena::{
    answer::{Answer, Change, normalise},
    leak::{Leak, LeakKind, Names},
};
use daepyo_core::{CandidateId, Digest, canonical};
use daepyo_store::site::Answered;
use std::collections::BTreeMap;

/// The answers of a contest in recorded mode.
#[derive(Clone, Debug)]
pub struct Recorded {
    answers: BTreeMap<(String, CandidateId), Answered>,
    barred: Vec<Barred>,
    digest: Digest,
}

impl Recorded {
    /// Looks through the answers of a set-up. An answer that is missing, empty or gives its writer away is barred.
    ///
    /// Fails where an answer is there twice, or belongs to no prompt or contestant.
    pub fn new(setup: &Setup, names: &Names) -> Result<Self, ContestError> {
        let rules = answer_rules(&setup.rule);
        let mut answers = BTreeMap::new();
        for (answer, line) in setup.answers.iter().zip(1..) {
            let wrong = |what| ContestError::Recorded { line, what };
            if !setup.prompts.iter().any(|prompt| prompt.id == answer.prompt) {
                return Err(wrong("there is no such prompt"));
            }
            if !setup.contestants.contains(&answer.candidate) {
                return Err(wrong("there is no such contestant"));
            }
            let shown = shown(normalise(answer.text.as_bytes(), &rules));
            let place = (answer.prompt.to_string(), answer.candidate.clone());
            if answers.insert(place, shown).is_some() {
                return Err(wrong("it is there twice"));
            }
        }
        let mut barred = Vec::new();
        for prompt in &setup.prompts {
            for candidate in &setup.contestants {
                let why = match answers.get(&(prompt.id.to_string(), candidate.clone())) {
                    None => Some("missing".to_owned()),
                    Some(answer) if answer.text.is_empty() => Some("empty".to_owned()),
                    Some(answer) => {
                        let leaks = names.find_in_reply(&prompt.text, &answer.text);
                        leaks.first().map(|leak| format!("leak:{}", leak_code(leak)))
                    }
                };
                let barred_of =
                    |why| Barred { prompt: prompt.id.to_string(), candidate: candidate.clone(), why };
                barred.extend(why.map(barred_of));
            }
        }
        let lines: Vec<_> = answers.iter().collect();
        let digest = canonical::digest(&lines).map_err(|_| ContestError::Canonical)?;
        Ok(Self { answers, barred, digest })
    }

    /// What a contestant's answer to a prompt is shown as.
    pub fn answer(&self, prompt: &str, candidate: &CandidateId) -> Option<&Answered> {
        self.answers.get(&(prompt.to_owned(), candidate.clone()))
    }

    /// The answers that are shown to nobody, by prompt.
    pub fn barred(&self) -> &[Barred] {
        &self.barred
    }

    /// SHA-256 over the answers as they are shown.
    pub const fn digest(&self) -> Digest {
        self.digest
    }
}

/// An answer as the store keeps it.
pub(crate) fn shown(answer: Answer) -> Answered {
    let cut = answer.changes.iter().any(|change| matches!(change, Change::Cut { .. }));
    Answered { text: answer.text, cut }
}

/// What a leak is, to be published: its kind and whom it leads to, `-` where that is on no list. Never its text: that is
/// somebody's answer to somebody's prompt.
pub(crate) fn leak_code(leak: &Leak) -> String {
    let kind = match leak.kind {
        LeakKind::Name => "name",
        LeakKind::SelfIntroduction => "introduction",
    };
    format!("{kind}:{}", leak.who.as_deref().unwrap_or("-"))
}

#[cfg(test)]
mod tests {
    use super::leak_code;
    use daepyo_arena::leak::Names;

    #[test]
    fn a_leak_is_told_without_its_text() {
        let names = Names::new([]);
        for (text, code) in [
            ("이 글은 엑사원이 썼습니다.", "name:LG"),
            ("저는 솔라입니다.", "introduction:Upstage"),
            ("저는 가온테크에서 개발한 인공지능 챗봇입니다.", "introduction:-"),
        ] {
            let leaks = names.find(text);
            assert_eq!(leaks.first().map(leak_code).as_deref(), Some(code), "{text}");
        }
    }
}
