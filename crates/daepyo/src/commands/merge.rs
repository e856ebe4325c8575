//! `daepyo merge`: the shards of an evaluation, joined into what one machine would have written.

use crate::args::Merge as Arguments;
use crate::commands::{datasets, eval};
use crate::settings::Settings;
use crate::{show, spending};
use daepyo_backend::Endpoints;
use daepyo_stage::StageError;
use daepyo_stage::shard::{Merge, ShardError, Shards, merge as merge_shards};
use daepyo_store::Place;

pub(crate) async fn merge(arguments: &Arguments, settings: &Settings) -> u8 {
    let (shards, mut evaluation) = match prepared(arguments, settings).await {
        Ok(prepared) => prepared,
        Err(error) => return show::stage_error(&StageError::Shard(error), settings),
    };
    let datasets = match datasets::locate(&mut evaluation, settings).await {
        Ok(datasets) => datasets,
        Err(code) => return code,
    };
    match Box::pin(merge_shards(&evaluation, &shards)).await {
        Ok(results) => {
            eval::tell(&results, &datasets, arguments.json, settings);
            spending::tell_spent(std::slice::from_ref(&results.spent), &Endpoints::default(), settings);
            let count = shards.count().to_string();
            let out = arguments.out.display().to_string();
            show::line(&show::say(settings, "merge-done", &[("count", &count), ("out", &out)]));
            0
        }
        Err(error) => show::stage_error(&error, settings),
    }
}

async fn prepared(
    arguments: &Arguments,
    settings: &Settings,
) -> Result<(Shards, daepyo_stage::eval::Evaluation), ShardError> {
    let variables = settings.aws();
    let mut places = Vec::new();
    for address in &arguments.shards {
        places.push(Place::open(address, &variables)?);
    }
    let shards = Box::pin(Shards::find(&places)).await?;
    let merge = Merge {
        out: arguments.out.clone(),
        include_paths: arguments.include_path.clone(),
        data_root: arguments.data_root.clone(),
        trust_hooks: arguments.trust_hooks,
        formats: arguments.format.iter().map(|wanted| eval::format(*wanted)).collect(),
    };
    let evaluation = shards.evaluation(&merge)?;
    Ok((shards, evaluation))
}
