//! Joins the parts of an evaluation: the union of their answers becomes an ordinary run, which is scored and written as
//! any other. What is written is therefore what one machine would have written.

use super::error::{ShardError, listed};
use super::part;
use super::record::{Planned, RECORD, RECORD_BYTES, RESPONSES, ShardRecord};
use crate::StageError;
use crate::answers::Answers;
use crate::digests::Digests;
use crate::eval::{self, Evaluation, EvaluationIndex, ResultFormat, Results, submission_of};
use crate::folder::Folder;
use crate::gather;
use crate::ledger::Spent;
use crate::plan::{self, MeasuredPlan};
use daepyo_backend::Charge;
use daepyo_core::{Digest, Digester, Response, StoredExchange};
use daepyo_store::{Place, Spending};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A line of answers is no longer than this.
const LINE_BYTES: usize = 64 << 20;

/// So many records are read at once.
const AT_ONCE: usize = 16;

/// So many answers are stored in one transaction.
const BATCH: usize = 4096;

/// Where and how the joined results are written; what is empty is as the shards were asked.
#[derive(Clone, Debug, Default)]
pub struct Merge {
    /// Where results go.
    pub out: PathBuf,
    /// Folders with task files.
    pub include_paths: Vec<PathBuf>,
    /// Folder with data sets.
    pub data_root: Option<PathBuf>,
    /// Run the tasks' own Python without a sandbox; never taken from a shard.
    pub trust_hooks: bool,
    /// How results are written.
    pub formats: BTreeSet<ResultFormat>,
}

/// Every part of one evaluation, each once. Of their answers nothing is read yet.
#[derive(Clone, Debug)]
pub struct Shards {
    first: ShardRecord,
    /// By number.
    parts: BTreeMap<u32, (Place, ShardRecord)>,
}

impl Shards {
    /// The shards in `places`, each of which is a shard or holds some. Refuses what is not one evaluation, whole.
    pub async fn find(places: &[Place]) -> Result<Self, ShardError> {
        let mut found = Vec::new();
        for place in places {
            found.extend(within(place).await?);
        }
        let mut parts: BTreeMap<u32, (Place, ShardRecord)> = BTreeMap::new();
        let Some((first_place, first)) = found.first().cloned() else {
            return Err(ShardError::Unfinished { place: String::new() });
        };
        for (place, record) in found {
            if let Some(difference) = first.difference(&record) {
                let (one, other) = (first_place.address().to_owned(), place.address().to_owned());
                return Err(ShardError::Foreign { one, other, difference });
            }
            if let Some((one, _)) = parts.get(&record.shard) {
                let (one, other) = (one.address().to_owned(), place.address().to_owned());
                return Err(ShardError::Doubled { index: record.shard, one, other });
            }
            parts.insert(record.shard, (place, record));
        }
        let missing = (0..first.shards).filter(|index| !parts.contains_key(index));
        let missing: Vec<_> = missing.map(|index| index.to_string()).collect();
        if !missing.is_empty() {
            return Err(ShardError::Missing { missing: listed(&missing), count: first.shards });
        }
        Ok(Self { first, parts })
    }

    /// How many there are.
    pub const fn count(&self) -> u32 {
        self.first.shards
    }

    /// The evaluation of which these are the parts, with what `merge` says in place of what the shards say.
    pub fn evaluation(&self, merge: &Merge) -> Result<Evaluation, ShardError> {
        let asked = &self.first.asked;
        let formats = asked.formats.iter().map(|name| {
            ResultFormat::named(name).ok_or_else(|| ShardError::Damaged {
                place: RECORD.to_owned(),
                problem: format!("it names the format `{name}`, which there is not"),
            })
        });
        let formats =
            if merge.formats.is_empty() { formats.collect::<Result<_, _>>()? } else { merge.formats.clone() };
        let include_paths = if merge.include_paths.is_empty() {
            asked.include_paths.iter().map(PathBuf::from).collect()
        } else {
            merge.include_paths.clone()
        };
        let digest = self.first.planned.measured.digest;
        let mut submission = submission_of(self.first.model.clone(), digest, asked.chat_template);
        submission.price.clone_from(&self.first.price);
        // One machine would have written the day on which it ended.
        let date = self.parts.values().map(|(_, record)| record.date).max();
        Ok(Evaluation {
            submission,
            tasks: asked.tasks.clone(),
            include_paths,
            index: EvaluationIndex::default(),
            limit: asked.limit,
            num_fewshot: asked.num_fewshot,
            data_root: merge.data_root.clone().or_else(|| asked.data_root.as_ref().map(PathBuf::from)),
            trust_hooks: merge.trust_hooks,
            hook_seconds: None,
            formats,
            located: BTreeMap::new(),
            out: merge.out.clone(),
            date: date.unwrap_or(self.first.date),
        })
    }

    /// What all of them spent.
    fn spent(&self) -> Charge {
        let each = self.parts.values().map(|(_, record)| Charge::from(record.spent));
        each.fold(Charge::default(), Charge::plus)
    }
}

/// The shards at a place: the one that it is, or those whose folders it holds.
async fn within(place: &Place) -> Result<Vec<(Place, ShardRecord)>, ShardError> {
    if let Some(found) = at(place.clone()).await? {
        return Ok(vec![found]);
    }
    let folders = place.folders().await?;
    let each = stream::iter(folders.into_iter().map(|name| at(place.below(&name)))).buffered(AT_ONCE);
    let found: Vec<_> = each.try_filter_map(|found| std::future::ready(Ok(found))).try_collect().await?;
    if found.is_empty() {
        return Err(ShardError::Unfinished { place: place.address().to_owned() });
    }
    Ok(found)
}

async fn at(place: Place) -> Result<Option<(Place, ShardRecord)>, ShardError> {
    let Some(bytes) = place.read(RECORD, RECORD_BYTES).await? else { return Ok(None) };
    let record = ShardRecord::parse(&bytes, place.address())?;
    Ok(Some((place, record)))
}

/// Joins the shards of `evaluation`, as [`Shards::evaluation`] gives it, into its output folder. Asks nothing of a model.
pub async fn merge(evaluation: &Evaluation, shards: &Shards) -> Result<Results, StageError> {
    let suites = [eval::load(evaluation)?];
    let measured = &shards.first.planned.measured;
    let plan = plan::plan(&evaluation.submission, measured, &suites)?;
    if let Some(difference) = shards.first.planned.difference(&Planned::of(&plan, measured, &suites)) {
        return Err(ShardError::PlanDiffers { difference }.into());
    }
    let owners = part::owners(&plan, shards.count())?;
    let mut answers = Answers::new(&plan.digests);
    for (index, (place, record)) in &shards.parts {
        let own = part::digests(&plan, &owners, *index);
        read(place, record, &own, &mut answers).await?;
    }
    let spent = shards.spent();
    keep(evaluation, &plan, &answers, spent).await?;
    eval::conclude(evaluation, &suites, &plan, &answers, Spent::of(&evaluation.submission, spent))
}

/// Adds the answers of a shard to `answers`: one to each of its `own` requests, and none to another.
async fn read(
    place: &Place,
    record: &ShardRecord,
    own: &Digests,
    answers: &mut Answers,
) -> Result<(), ShardError> {
    let file = format!("{}/{RESPONSES}", place.address());
    let damaged = |problem: String| ShardError::Damaged { place: file.clone(), problem };
    let mut pieces =
        place.pieces(RESPONSES).await?.ok_or_else(|| damaged("there is no such file".to_owned()))?;
    let mut digester = Digester::default();
    let before = answers.len();
    let mut rest: Vec<u8> = Vec::new();
    let mut line_number = 0_u64;
    while let Some(piece) = pieces.try_next().await? {
        digester.update(&piece);
        let mut lines = piece.split(|byte| *byte == b'\n');
        // What stands behind the last line break is the beginning of a line of the next piece.
        let last = lines.next_back().unwrap_or_default();
        for end in lines {
            rest.extend_from_slice(end);
            line_number += 1;
            let exchange: StoredExchange = serde_json::from_slice(&rest)
                .map_err(|error| damaged(format!("line {line_number} is no response: {error}")))?;
            rest.clear();
            if own.place(&exchange.request).is_none() {
                return Err(damaged(format!(
                    "line {line_number} answers a request that is not this shard's"
                )));
            }
            if !answers.insert(&exchange.request, &exchange.response) {
                return Err(damaged(format!("line {line_number} answers a request again")));
            }
        }
        rest.extend_from_slice(last);
        if rest.len() > LINE_BYTES {
            return Err(damaged(format!("the line is longer than {LINE_BYTES} bytes")));
        }
    }
    let digest = digester.finish();
    if digest != record.responses {
        return Err(damaged(format!("its digest is {digest} instead of {}", record.responses)));
    }
    let found = answers.len() - before;
    if !rest.is_empty() || found != own.len() {
        return Err(damaged(format!("it answers {found} requests instead of {}", own.len())));
    }
    Ok(())
}

/// Stores the answers as those of a run in the output folder, which `daepyo eval` can go on with.
async fn keep(
    evaluation: &Evaluation,
    plan: &MeasuredPlan,
    answers: &Answers,
    spent: Charge,
) -> Result<(), StageError> {
    let key = plan.submission.digest;
    let store = gather::open_store(&Folder::at(&evaluation.out).work()).await?;
    let known = gather::stored(plan, &store, false).await?;
    if known.iter().any(|(request, old)| answers.get(&request).is_some_and(|new| new != old)) {
        store.close().await;
        return Err(ShardError::OutTaken { path: evaluation.out.clone() }.into());
    }
    let mut new = answers.iter().filter(|(request, _)| known.get(request).is_none());
    loop {
        let batch: Vec<(Digest, Response)> = new.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        store.put(key, &batch).await.map_err(StageError::Store)?;
    }
    // A run that went on in this folder has counted further.
    if store.spending(key).await.map_err(StageError::Store)? == Spending::default() {
        let Charge { requests, prompt_tokens, completion_tokens, untold } = spent;
        let spending = Spending { requests, prompt_tokens, completion_tokens, untold };
        store.put_spending(key, spending).await.map_err(StageError::Store)?;
    }
    store.close().await;
    Ok(())
}
