//! The words of the errors of a decision and of a ranking by votes.

use super::{Explained, phrases};
use daepyo_messages::Message;
use daepyo_verdict::DecideError;
use daepyo_verdict::sequential::{PanelError, SequentialError};
use daepyo_verdict::votes::RankError;
use std::error::Error;

pub(super) fn explain(error: &(dyn Error + 'static)) -> Option<Explained> {
    let decision = error.downcast_ref::<DecideError>();
    decision
        .map(|error| Explained::coded(error.code(), decide(error)))
        .or_else(|| {
            let ranking = error.downcast_ref::<RankError>();
            ranking.map(|error| Explained::coded(error.code(), rank(error)))
        })
        .or_else(|| {
            let panel = error.downcast_ref::<PanelError>();
            panel.map(|error| Explained::coded(error.code(), self::panel(error)))
        })
        .or_else(|| {
            let sequential = error.downcast_ref::<SequentialError>();
            sequential.map(|error| Explained::coded(error.code(), self::sequential(error)))
        })
}

fn decide(error: &DecideError) -> Message {
    let at = |id, index: &usize| Message::new(id).with("index", index.to_string());
    match error {
        DecideError::InvalidRules { problem } => {
            Message::new("verdict-invalid-rules").with("problem", problem.as_str())
        }
        DecideError::OtherStage { index, stage } => {
            at("verdict-other-stage", index).with("stage", stage.as_str())
        }
        DecideError::UnknownCandidate { index, candidate } => {
            at("verdict-unknown-candidate", index).with("candidate", candidate.as_str())
        }
        DecideError::UnknownSuite { index, suite } => {
            at("verdict-unknown-suite", index).with("suite", suite.as_str())
        }
        DecideError::UnknownCriterion { index, criterion } => {
            at("verdict-unknown-criterion", index).with("criterion", criterion.as_str())
        }
        DecideError::UnknownItem { index, criterion, item } => at("verdict-unknown-item", index)
            .with("criterion", criterion.as_str())
            .with("item", item.as_str()),
        DecideError::UnknownGate { index, gate } => {
            at("verdict-unknown-gate", index).with("gate", gate.as_str())
        }
        DecideError::SelfVote { index, candidate } => {
            at("verdict-self-vote", index).with("candidate", candidate.as_str())
        }
        DecideError::BadScore { index, score, guess } => {
            at("verdict-bad-score", index).with("score", score.to_string()).with("guess", guess.to_string())
        }
        DecideError::ScoreWithoutAnswer { index, score } => {
            at("verdict-score-without-answer", index).with("score", score.to_string())
        }
        DecideError::MarkOffScale { index, value, minimum, maximum } => at("verdict-mark-off-scale", index)
            .with("value", value.to_string())
            .with("minimum", minimum.to_string())
            .with("maximum", maximum.to_string()),
        DecideError::DuplicateSample { index, first } => {
            at("verdict-duplicate-sample", index).with("first", first.to_string())
        }
        DecideError::DuplicateMark { index, first } => {
            at("verdict-duplicate-mark", index).with("first", first.to_string())
        }
        DecideError::DuplicateVote { index, first } => {
            at("verdict-duplicate-vote", index).with("first", first.to_string())
        }
        DecideError::DocumentsDiffer { index, first, what } => at("verdict-documents-differ", index)
            .with("first", first.to_string())
            .with("what", phrases::noun(what)),
        DecideError::DisconnectedVotes { criterion, parts } => {
            let parts: Vec<Vec<_>> =
                parts.iter().map(|part| part.iter().map(ToString::to_string).collect()).collect();
            Message::new("verdict-disconnected-votes")
                .with("criterion", criterion.as_str())
                .with("parts", written(&parts))
        }
        DecideError::NoCandidate { index, candidate } => {
            at("verdict-no-candidate", index).with("candidate", candidate.as_str())
        }
        DecideError::UnknownCorrected { index, digest } => {
            at("verdict-unknown-corrected", index).with("digest", digest.to_string())
        }
        DecideError::CorrectedTwice { index, first } => {
            at("verdict-corrected-twice", index).with("first", first.to_string())
        }
        DecideError::BadCorrection { index, problem } => {
            at("verdict-bad-correction", index).with("problem", phrases::detail(problem))
        }
        DecideError::Panel(_) => Message::new("verdict-panel"),
    }
}

fn panel(error: &PanelError) -> Message {
    match error {
        PanelError::NoWildcard { member } => {
            Message::new("verdict-no-wildcard").with("member", member.as_str())
        }
        PanelError::Twice { member } => Message::new("verdict-panel-twice").with("member", member.as_str()),
        PanelError::NobodyNotAllowed { member } => {
            Message::new("verdict-nobody-not-allowed").with("member", member.as_str())
        }
        PanelError::TooManyVotes { member, votes, places } => Message::new("verdict-too-many-votes")
            .with("member", member.as_str())
            .with("votes", votes.to_string())
            .with("places", places.to_string()),
    }
}

fn sequential(error: &SequentialError) -> Message {
    match error {
        SequentialError::BadFraction { look, fraction, before } => Message::new("verdict-bad-fraction")
            .with("look", look.to_string())
            .with("fraction", fraction.to_string())
            .with("before", before.to_string()),
        SequentialError::BadAlpha { alpha } => {
            Message::new("verdict-bad-alpha").with("alpha", alpha.to_string())
        }
        SequentialError::OtherVerdict { problem } => {
            Message::new("verdict-other-verdict").with("problem", phrases::detail(problem))
        }
        SequentialError::Carry { stage, problem } => Message::new("verdict-carry")
            .with("stage", stage.as_str())
            .with("problem", phrases::detail(problem)),
        SequentialError::Decide(_) => Message::new("verdict-decide"),
    }
}

fn rank(error: &RankError) -> Message {
    match error {
        RankError::SelfVote { index, model } => Message::new("verdict-self-vote-of-model")
            .with("index", index.to_string())
            .with("model", model.as_str()),
        RankError::Disconnected { parts } => {
            Message::new("verdict-disconnected-models").with("parts", written(parts))
        }
        RankError::TooFewVoters { voters } => {
            Message::new("verdict-too-few-voters").with("voters", voters.to_string())
        }
    }
}

fn written(parts: &[Vec<String>]) -> String {
    parts.iter().map(|part| part.join(", ")).collect::<Vec<_>>().join(" | ")
}
