//! Answers one part of an evaluation's plan, and hands it over where a place for that is named.

use super::record::{Asked, Planned, RECORD, RECORD_BYTES, RESPONSES, ShardRecord};
use super::{Shard, ShardError, part};
use crate::eval::{self, Evaluation};
use crate::gather::Stop;
use crate::ledger::Spent;
use crate::line::OpenBackend;
use crate::plan::MeasuredPlan;
use crate::{Progress, StageError, folder, publish};
use daepyo_core::{Digest, Response};
use daepyo_store::Place;
use std::path::{Path, PathBuf};

/// A part that is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct ShardDone {
    /// Which.
    pub shard: Shard,
    /// Its requests.
    pub requests: u64,
    /// Of them, those that got no answer; the same command asks again for them alone.
    pub failures: u64,
    /// Its folder on this machine.
    pub folder: PathBuf,
    /// Where it was handed over, if anywhere.
    pub published: Option<String>,
    /// Whether it had been handed over before, so that nothing was asked.
    pub was_published: bool,
    /// What was spent on the model's server.
    pub spent: Spent,
}

/// Runs one shard of an evaluation in a folder of its own below the evaluation's, or goes on where an earlier call
/// stopped; then hands it over to `publish`, where that is given. What is handed over whole already is not asked again.
pub async fn evaluate_shard(
    evaluation: &Evaluation,
    shard: Shard,
    publish: Option<&Place>,
    open: OpenBackend<'_>,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<ShardDone, StageError> {
    let prepared = eval::prepare(evaluation, open).await?;
    let planned = Planned::of(&prepared.plan, &prepared.record, &prepared.suites);
    let folder = evaluation.out.join(shard.folder());
    let publish = publish.map(|place| place.below(&shard.folder()));
    if let Some(place) = &publish
        && let Some(record) = published(place, shard, &planned).await?
    {
        return Ok(ShardDone {
            shard,
            requests: record.requests,
            failures: 0,
            folder,
            published: Some(place.address().to_owned()),
            was_published: true,
            spent: Spent::of(&evaluation.submission, record.spent.into()),
        });
    }
    let plan = part::take(prepared.plan, shard)?;
    let asking = eval::Asking { plan: &plan, out: &folder, open, progress, stop };
    let (answers, spent) = asking.answers(prepared.opened).await?;
    let failures = (0..plan.digests.len())
        .filter(|place| matches!(answers.at(*place), Some(Response::Failed { .. }) | None));
    let failures = u64::try_from(failures.count()).unwrap_or(u64::MAX);
    let responses = publish::responses(&plan, &answers)?;
    let record = record(evaluation, shard, planned, &plan, (failures, &responses, &spent));
    let record = write(&folder, record, &responses)?;
    if let Some(place) = &publish {
        hand_over(place, &folder, &record).await?;
    }
    Ok(ShardDone {
        shard,
        requests: record.requests,
        failures,
        folder,
        published: publish.map(|place| place.address().to_owned()),
        was_published: false,
        spent,
    })
}

fn record(
    evaluation: &Evaluation,
    shard: Shard,
    planned: Planned,
    plan: &MeasuredPlan,
    (failures, responses, spent): (u64, &[u8], &Spent),
) -> ShardRecord {
    let (kind, format) = ShardRecord::form();
    // A relative path means something else in the folder where the parts are joined.
    let absolute = |path: &PathBuf| {
        std::path::absolute(path).unwrap_or_else(|_| path.clone()).to_string_lossy().into_owned()
    };
    ShardRecord {
        kind,
        format,
        shard: shard.index(),
        shards: shard.count(),
        planned,
        model: evaluation.submission.model.clone(),
        price: evaluation.submission.price.clone(),
        asked: Asked {
            tasks: evaluation.tasks.clone(),
            include_paths: evaluation.include_paths.iter().map(absolute).collect(),
            data_root: evaluation.data_root.as_ref().map(absolute),
            limit: evaluation.limit,
            num_fewshot: evaluation.num_fewshot,
            chat_template: evaluation.submission.chat_template,
            formats: evaluation.formats.iter().map(|format| format.name().to_owned()).collect(),
        },
        requests: u64::try_from(plan.digests.len()).unwrap_or(u64::MAX),
        failures,
        responses: Digest::of(responses),
        spent: spent.charge.into(),
        date: evaluation.date,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Writes the answers, then the record; gives the record as it is written.
fn write(folder: &Path, mut record: ShardRecord, responses: &[u8]) -> Result<ShardRecord, StageError> {
    let path = folder.join(RECORD);
    if let Ok(old) = std::fs::read(&path) {
        let old = ShardRecord::parse(&old, &folder.display().to_string());
        match old {
            // A finished shard that is run again was finished on the day on which it was.
            Ok(old) if old.responses == record.responses && old.planned == record.planned => {
                record.date = old.date;
            }
            // A record must never stand beside answers that it does not tell of.
            Ok(_) | Err(_) => std::fs::remove_file(&path).map_err(|cause| StageError::File {
                what: "write",
                path: path.clone(),
                cause,
            })?,
        }
    }
    folder::write(&folder.join(RESPONSES), responses)?;
    folder::write(&path, &record.to_bytes()?)?;
    Ok(record)
}

/// The record of this part at `place`, where it is whole there.
async fn published(
    place: &Place,
    shard: Shard,
    planned: &Planned,
) -> Result<Option<ShardRecord>, ShardError> {
    let Some(bytes) = place.read(RECORD, RECORD_BYTES).await? else { return Ok(None) };
    // One that cannot be read, or is of another evaluation, is written over.
    let record = ShardRecord::parse(&bytes, place.address()).ok();
    Ok(record
        .filter(|record| record.shard() == Some(shard) && record.failures == 0 && record.planned == *planned))
}

/// Copies a finished shard to its place, the record last: who sees it sees all.
async fn hand_over(place: &Place, folder: &Path, record: &ShardRecord) -> Result<(), StageError> {
    let bytes = record.to_bytes()?;
    let there = place.read(RECORD, RECORD_BYTES).await.map_err(ShardError::from)?;
    if there.as_ref() == Some(&bytes) {
        return Ok(());
    }
    if there.is_some() {
        place.remove(RECORD).await.map_err(ShardError::from)?;
    }
    place.upload(RESPONSES, &folder.join(RESPONSES)).await.map_err(ShardError::from)?;
    place.write(RECORD, bytes).await.map_err(ShardError::from)?;
    Ok(())
}
