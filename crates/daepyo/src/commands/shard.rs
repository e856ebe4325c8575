//! `daepyo eval --shard`: one part of an evaluation, for a machine among several.

use crate::args::Eval;
use crate::bar::Bar;
use crate::commands::stop;
use crate::settings::Settings;
use crate::{show, spending};
use daepyo_backend::Endpoints;
use daepyo_stage::eval::Evaluation;
use daepyo_stage::shard::{Shard, ShardDone, ShardError, evaluate_shard};
use daepyo_stage::{OpenBackend, StageError};
use daepyo_store::Place;
use serde_json::json;

pub(crate) async fn shard(
    evaluation: &Evaluation,
    which: Shard,
    arguments: &Eval,
    (open, endpoints): (OpenBackend<'_>, &Endpoints),
    settings: &Settings,
) -> u8 {
    let place = arguments.publish.as_deref().map(|address| Place::make(address, &settings.aws())).transpose();
    let place = match place {
        Ok(place) => place,
        Err(error) => return show::stage_error(&StageError::Shard(ShardError::Place(error)), settings),
    };
    let (bar, stop) = (Bar::new(settings), stop::on_interrupt(settings));
    match Box::pin(evaluate_shard(evaluation, which, place.as_ref(), open, &bar, &stop)).await {
        Ok(done) => {
            tell(&done, arguments.json, settings);
            spending::tell_spent(std::slice::from_ref(&done.spent), endpoints, settings);
            0
        }
        Err(error) => show::stage_error(&error, settings),
    }
}

fn tell(done: &ShardDone, as_json: bool, settings: &Settings) {
    let folder = done.folder.display().to_string();
    if as_json {
        show::out(
            &json!({"shard": done.shard.index(), "shards": done.shard.count(), "requests": done.requests,
            "failures": done.failures, "folder": folder, "published": done.published,
            "was_published": done.was_published, "spent": spending::spent_json(&done.spent)})
            .to_string(),
        );
    }
    let (requests, failures) = (done.requests.to_string(), done.failures.to_string());
    let shard = done.shard.to_string();
    let place = done.published.as_deref().unwrap_or(&folder);
    let id = if done.was_published { "shard-there" } else { "shard-done" };
    let values = [("shard", shard.as_str()), ("requests", &requests), ("place", place)];
    show::line(&show::say(settings, id, &values));
    if done.failures > 0 {
        show::line(&show::say(settings, "shard-failures", &[("failures", &failures)]));
    }
}
