//! What a run will ask and at most cost, before anything is sent.
//!
//! Prompt tokens are counted with the model's own tokenizer where it is at hand (a GGUF file). Otherwise they are
//! estimated: four characters a token for ASCII, three characters for two tokens elsewhere, which is the usual of
//! today's multilingual tokenizers for English and Korean and may be off by half.

use crate::StageError;
use crate::answers::Answers;
use crate::folder::Folder;
use crate::gather;
use crate::ledger::{Ledger, Money, Spent};
use crate::line::OpenBackend;
use crate::plan::{self, MeasuredPlan, prompt_text};
use crate::record::MeasuredRecord;
use crate::seal::ProgrammeFile;
use crate::suites::{self, LoadedSuite};
use daepyo_backend::Backend;
use daepyo_core::{Budget, CandidateId, Digest, Request, Submission};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// What one candidate or reference will be asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Who.
    pub candidate: CandidateId,
    /// By task, in the order of the plan. A request that two tasks share counts for the first.
    pub tasks: Vec<TaskEstimate>,
    /// Whether prompt tokens were counted with the model's own tokenizer.
    pub is_counted: bool,
    /// What earlier runs in this folder spent.
    pub spent: Spent,
    /// What may be spent.
    pub budget: Budget,
}

/// What one task will ask.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskEstimate {
    /// The task.
    pub task: String,
    /// Its requests, the answered among them.
    pub requests: u64,
    /// Requests that have an answer already.
    pub answered: u64,
    /// Tokens of the prompts still to be sent.
    pub prompt_tokens: u64,
    /// Tokens that the answers to them have at most.
    pub greatest_completion_tokens: u64,
    /// What they cost at most, where prices are known.
    pub greatest_cost: Option<Money>,
}

impl Estimate {
    /// All tasks together.
    pub fn total(&self) -> TaskEstimate {
        let mut total = TaskEstimate {
            task: String::new(),
            requests: 0,
            answered: 0,
            prompt_tokens: 0,
            greatest_completion_tokens: 0,
            greatest_cost: None,
        };
        for task in &self.tasks {
            total.requests += task.requests;
            total.answered += task.answered;
            total.prompt_tokens += task.prompt_tokens;
            total.greatest_completion_tokens += task.greatest_completion_tokens;
            total.greatest_cost = match (total.greatest_cost.take(), &task.greatest_cost) {
                (Some(sum), Some(cost)) => Some(Money { amount: sum.amount + cost.amount, ..sum }),
                (None, cost) => cost.clone(),
                (sum, None) => sum,
            };
        }
        total
    }
}

/// Estimates a stage. Sends nothing, writes nothing, and does not compare digests of weights.
pub async fn estimate(
    file: &ProgrammeFile,
    stage_id: &str,
    folder: &Folder,
    open: OpenBackend<'_>,
    budget: Budget,
) -> Result<Vec<Estimate>, StageError> {
    let stage = file.stage(stage_id)?;
    let programme = &file.parsed.programme;
    let suites = suites::load(programme, stage, &|suite| file.base.join(&suite.path))?;
    let mut estimates = Vec::new();
    for submission in plan::measured(programme, stage) {
        estimates.push(of_submission(submission, &suites, &file.base, folder, open, budget).await?);
    }
    Ok(estimates)
}

/// Estimates one submission.
pub(crate) async fn of_submission(
    submission: &Submission,
    suites: &[LoadedSuite],
    base: &Path,
    folder: &Folder,
    open: OpenBackend<'_>,
    budget: Budget,
) -> Result<Estimate, StageError> {
    let failed = |cause| StageError::Backend { candidate: submission.id.clone(), cause };
    let (record, backend) = if let Some(record) = MeasuredRecord::assumed(submission) {
        (record, None)
    } else {
        let backend = open(submission, base).map_err(failed)?;
        let capabilities = backend.capabilities().await.map_err(failed)?;
        (MeasuredRecord::new(submission, &capabilities), Some(backend))
    };
    let plan = plan::plan(submission, &record, suites)?;
    let price = submission.price.as_ref();
    let own_budget = submission.budget.unwrap_or_default().overridden(budget);
    let nothing = Spent {
        candidate: submission.id.clone(),
        charge: daepyo_backend::Charge::default(),
        cost: price.map(|price| Money::of(price, 0, 0)),
    };
    let (answers, spent) = if gather::has_store(&folder.work()) {
        let store = gather::open_store(&folder.work()).await?;
        let answers = gather::stored(&plan, &store, false).await?;
        let spent = Ledger::open(&store, submission, budget).await?.spent();
        store.close().await;
        (answers, spent)
    } else {
        (Answers::new(&plan.digests), nothing)
    };
    let (tasks, is_counted) = tasks(&plan, suites, &answers, backend.as_ref())?;
    Ok(Estimate { candidate: submission.id.clone(), tasks, is_counted, spent, budget: own_budget })
}

fn tasks(
    plan: &MeasuredPlan,
    suites: &[LoadedSuite],
    answers: &Answers,
    backend: Option<&Arc<dyn Backend>>,
) -> Result<(Vec<TaskEstimate>, bool), StageError> {
    let is_counted = backend.is_some_and(|backend| backend.tokenize("").is_some());
    let count = |text: &str| -> u64 {
        let counted = backend.and_then(|backend| backend.tokenize(text)).map(|tokens| tokens.len());
        counted.map_or_else(|| estimated_tokens(text), |count| u64::try_from(count).unwrap_or(u64::MAX))
    };
    let mut seen: BTreeSet<Digest> = BTreeSet::new();
    let mut found = Vec::new();
    for (place, planned) in plan.tasks.iter().enumerate() {
        let loaded = suites.get(planned.suite).and_then(|suite| suite.tasks.get(planned.task));
        let name = loaded.map(|loaded| loaded.task.name().to_owned()).unwrap_or_default();
        let mut row = TaskEstimate {
            task: name,
            requests: 0,
            answered: 0,
            prompt_tokens: 0,
            greatest_completion_tokens: 0,
            greatest_cost: None,
        };
        for document in 0..planned.len() {
            let Some(instance) = plan.instance(place, document)? else { continue };
            // The choices of one question stand behind the same text.
            let mut last: Option<(&str, u64)> = None;
            let mut count_context = |text| match last {
                Some((known, tokens)) if known == text => tokens,
                Some(_) | None => last.insert((text, count(text))).1,
            };
            for (request, digest) in instance.requests.iter().zip(plan.digests_of(place, document)) {
                if !seen.insert(digest) {
                    continue;
                }
                row.requests += 1;
                if plan.digests.place(&digest).is_some_and(|place| answers.has(place)) {
                    row.answered += 1;
                    continue;
                }
                row.greatest_completion_tokens += match request {
                    // What is judged is read with what stands before it; a server writes one token at most.
                    Request::Loglikelihood { context, continuation } => {
                        row.prompt_tokens += count_context(context.as_str()) + count(continuation);
                        1
                    }
                    Request::LoglikelihoodRolling { text } => {
                        row.prompt_tokens += count(text);
                        1
                    }
                    Request::Generate { params, .. } => {
                        row.prompt_tokens += count(&prompt_text(request));
                        u64::from(params.max_tokens)
                    }
                };
            }
        }
        row.greatest_cost = plan
            .submission
            .price
            .as_ref()
            .map(|price| Money::of(price, row.prompt_tokens, row.greatest_completion_tokens));
        found.push(row);
    }
    Ok((found, is_counted))
}

/// Tokens of a text, by its characters.
fn estimated_tokens(text: &str) -> u64 {
    let ascii = text.bytes().filter(u8::is_ascii).count();
    // Each character begins with one byte that does not go on with another.
    let others = text.bytes().filter(|byte| *byte >= 0xC0).count();
    let tokens = (ascii * 3 + others * 8).div_ceil(12);
    u64::try_from(tokens).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::estimated_tokens;

    #[test]
    fn english_and_korean_are_estimated_by_their_own_rule() {
        assert_eq!(estimated_tokens(""), 0);
        assert_eq!(estimated_tokens("four"), 1);
        assert_eq!(estimated_tokens("세 글자"), 3, "three syllables and a space");
        assert_eq!(estimated_tokens(&"가".repeat(300)), 200);
    }
}
