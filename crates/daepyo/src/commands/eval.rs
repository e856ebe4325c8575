//! `daepyo eval`: one model on some tasks.

use crate::args::{Eval, ResultFormat as Wanted};
use crate::bar::Bar;
use crate::commands::{datasets, shard, stop};
use crate::settings::Settings;
use crate::{backends, show, spending};
use daepyo_backend::Endpoints;
use daepyo_core::{Date, Digest, ModelSpec};
use daepyo_hub::LocalDataset;
use daepyo_stage::eval::{
    Evaluation, EvaluationIndex, Format, ResultFormat, Results, estimate, evaluate, submission_of,
};
use serde_json::json;
use std::collections::BTreeMap;

pub(crate) async fn eval(arguments: &Eval, settings: &Settings) -> u8 {
    let model: ModelSpec = match arguments.model.parse() {
        Ok(model) => model,
        Err(error) => {
            show::error(&error, settings);
            return 2;
        }
    };
    let digest = match digest_of(&model, settings) {
        Ok(digest) => digest,
        Err(code) => return code,
    };
    let mut submission = submission_of(model, digest, arguments.apply_chat_template);
    submission.api_key_env.clone_from(&arguments.api_key_env);
    submission.concurrency = arguments.concurrency;
    submission.price.clone_from(&arguments.price);
    submission.budget = Some(arguments.spending.budget());
    if arguments.spending.max_cost.is_some() && arguments.price.is_none() {
        show::line(&show::say(settings, "spending-no-price", &[]));
        return 2;
    }
    let mut evaluation = Evaluation {
        submission,
        tasks: arguments.tasks.clone(),
        include_paths: arguments.include_path.clone(),
        index: EvaluationIndex::kept_in(settings.task_index()),
        limit: arguments.limit,
        num_fewshot: arguments.num_fewshot,
        data_root: arguments.data_root.clone(),
        trust_hooks: arguments.trust_hooks,
        hook_seconds: Some(arguments.hook_seconds),
        formats: arguments.format.iter().map(|wanted| format(*wanted)).collect(),
        located: BTreeMap::new(),
        out: arguments.out.clone(),
        date: today(),
    };
    let datasets = match datasets::locate(&mut evaluation, settings).await {
        Ok(datasets) => datasets,
        Err(code) => return code,
    };
    let bar = Bar::new(settings);
    let endpoints = Endpoints::default();
    let open = |submission: &daepyo_core::Submission, base: &std::path::Path| {
        backends::open(submission, base, arguments.threads, &endpoints, settings)
    };
    if arguments.spending.dry_run {
        return match Box::pin(estimate(&evaluation, &open)).await {
            Ok(estimate) => {
                spending::tell_estimates(&[estimate], arguments.spending.rate, arguments.json, settings);
                0
            }
            Err(error) => show::stage_error(&error, settings),
        };
    }
    if let Some(which) = arguments.shard {
        return shard::shard(&evaluation, which, arguments, (&open, &endpoints), settings).await;
    }
    match Box::pin(evaluate(&evaluation, &open, &bar, &stop::on_interrupt(settings))).await {
        Ok(results) => {
            tell(&results, &datasets, arguments.json, settings);
            spending::tell_spent(std::slice::from_ref(&results.spent), &endpoints, settings);
            0
        }
        Err(error) => show::stage_error(&error, settings),
    }
}

/// The digest of a model's file; of a server, whose weights are not seen, that of its address. The exit code, after the
/// error was told, where the file cannot be read.
pub(crate) fn digest_of(model: &ModelSpec, settings: &Settings) -> Result<Digest, u8> {
    match model {
        ModelSpec::Llama { file } | ModelSpec::Replay { file } => {
            std::fs::File::open(file).and_then(Digest::of_reader).map_err(|error| {
                show::line(&show::plain(&format!("× {file}")));
                show::error(&error, settings);
                3
            })
        }
        ModelSpec::OpenAi { .. } => Ok(Digest::of(model.to_string().as_bytes())),
    }
}

/// The format that was typed.
pub(crate) fn format(wanted: Wanted) -> ResultFormat {
    match wanted {
        Wanted::LmEval => ResultFormat::LmEval,
        Wanted::EveryEvalEver => ResultFormat::Foreign(Format::EveryEvalEver),
        Wanted::Inspect => ResultFormat::Foreign(Format::Inspect),
        Wanted::Parquet => ResultFormat::Foreign(Format::Parquet),
    }
}

/// The day of this call, in the names of result files only.
fn today() -> Date {
    let seconds =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let days = u32::try_from(seconds / 86_400).unwrap_or(0);
    Date::EPOCH.days_after(days)
}

/// Results as a table, or as JSON.
pub(crate) fn tell(results: &Results, datasets: &[LocalDataset], as_json: bool, settings: &Settings) {
    for warning in &results.warnings {
        show::line(&show::plain(warning));
    }
    if as_json {
        let rows: Vec<_> = results
            .rows
            .iter()
            .map(|row| {
                json!({"task": row.task, "metric": row.metric, "filter": row.filter, "value": row.value,
                    "stderr": row.standard_error, "higher_is_better": row.higher_is_better})
            })
            .collect();
        let counts: serde_json::Map<_, _> =
            results.counts.iter().map(|(task, counts)| (task.clone(), json!(counts))).collect();
        let datasets: Vec<_> = datasets.iter().map(datasets::shown).collect();
        show::out(
            &json!({"results": rows, "counts": counts, "files": results.files, "datasets": datasets,
            "spent": spending::spent_json(&results.spent)})
            .to_string(),
        );
        return;
    }
    let width = results.rows.iter().map(|row| row.task.chars().count()).max().unwrap_or(4).max(4);
    for row in &results.rows {
        let error = row.standard_error.map(|error| format!("± {error:.4}")).unwrap_or_default();
        let name =
            if row.filter == "none" { row.metric.clone() } else { format!("{},{}", row.metric, row.filter) };
        show::out(&format!("{:width$}  {name:24} {:>9.4} {error}", row.task, row.value));
    }
    for (task, counts) in &results.counts {
        let number = |count: u64| count.to_string();
        let text = show::say(
            settings,
            "eval-counts",
            &[
                ("task", task),
                ("right", &number(counts.right)),
                ("wrong", &number(counts.wrong)),
                ("unparsed", &number(counts.unparsed)),
                ("truncated", &number(counts.truncated)),
                ("refused", &number(counts.refused)),
                ("infrastructure", &number(counts.infrastructure)),
            ],
        );
        show::line(&text);
    }
}
