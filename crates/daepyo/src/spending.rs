//! What a run will cost, what it did cost, and where a budget ended it, in words and as JSON.

use crate::settings::Settings;
use crate::show;
use daepyo_backend::Endpoints;
use daepyo_core::Budget;
use daepyo_stage::{BudgetStop, Estimate, Money, Spent, TaskEstimate};
use serde_json::{Value, json};

/// Estimates on standard output: a table, or JSON.
pub(crate) fn tell_estimates(estimates: &[Estimate], rate: Option<f64>, as_json: bool, settings: &Settings) {
    if as_json {
        let all: Vec<_> = estimates.iter().map(|estimate| estimate_json(estimate, rate)).collect();
        show::out(&json!({"dry_run": all}).to_string());
        return;
    }
    let say = |id: &str| show::say(settings, id, &[]);
    let heads = ["requests", "answered", "read", "written", "time", "cost"];
    let heads = heads.map(|head| say(&format!("estimate-{head}")));
    let names = estimates.iter().flat_map(|estimate| {
        let tasks = estimate.tasks.iter().map(|task| task.task.chars().count() + 2);
        tasks.chain([estimate.candidate.as_str().len()])
    });
    let width = names.max().unwrap_or(0).max(8);
    show::out(&line_of("", width, &heads));
    for estimate in estimates {
        show::out(&row(estimate.candidate.as_str(), width, &estimate.total(), rate, settings));
        for task in &estimate.tasks {
            show::out(&row(&format!("  {}", task.task), width, task, rate, settings));
        }
    }
    for estimate in estimates {
        let candidate = estimate.candidate.as_str();
        if estimate.spent.charge.requests > 0 {
            show::line(&spent_line(&estimate.spent, settings));
        }
        if !estimate.budget.is_unbounded() {
            let budget = budget_words(&estimate.budget, settings);
            show::line(&show::say(settings, "budget-is", &[("candidate", candidate), ("budget", &budget)]));
        }
    }
    let is_counted = estimates.iter().all(|estimate| estimate.is_counted);
    show::line(&say(if is_counted { "estimate-note-counted" } else { "estimate-note-estimated" }));
    show::line(&say("estimate-nothing-sent"));
}

fn row(name: &str, width: usize, task: &TaskEstimate, rate: Option<f64>, settings: &Settings) -> String {
    let left = task.requests - task.answered.min(task.requests);
    let unknown = || show::say(settings, "estimate-unknown", &[]);
    let cells = [
        task.requests.to_string(),
        task.answered.to_string(),
        format!("≈ {}", task.prompt_tokens),
        format!("≤ {}", task.greatest_completion_tokens),
        rate.map_or_else(unknown, |rate| format!("{:.0} s", seconds(left, rate))),
        task.greatest_cost.as_ref().map_or_else(unknown, |cost| format!("≤ {}", money(cost))),
    ];
    line_of(name, width, &cells)
}

/// Columns that line up in a terminal, where a Korean letter is two wide.
fn line_of(name: &str, width: usize, cells: &[String; 6]) -> String {
    let mut line = format!("{name:width$}");
    for (cell, least) in cells.iter().zip([9, 9, 12, 12, 9, 16]) {
        let wide: usize = cell.chars().map(|c| if ('가'..='힣').contains(&c) { 2 } else { 1 }).sum();
        line.push_str(&" ".repeat(1 + usize::saturating_sub(least, wide)));
        line.push_str(cell);
    }
    line
}

#[expect(clippy::cast_precision_loss, reason = "a time for people")]
fn seconds(requests: u64, rate: f64) -> f64 {
    requests as f64 / rate
}

fn money(money: &Money) -> String {
    format!("{:.4} {}", money.amount, money.currency)
}

/// What was spent on each server, and the level that it was found to take, on standard error.
pub(crate) fn tell_spent(all: &[Spent], endpoints: &Endpoints, settings: &Settings) {
    for spent in all.iter().filter(|spent| spent.charge.requests > 0) {
        show::line(&spent_line(spent, settings));
    }
    for level in endpoints.levels() {
        let (limit, ceiling) = (level.limit.to_string(), level.ceiling.to_string());
        let arguments = [("endpoint", level.endpoint.as_str()), ("limit", &limit), ("ceiling", &ceiling)];
        show::line(&show::say(settings, "level-found", &arguments));
    }
}

fn spent_line(spent: &Spent, settings: &Settings) -> String {
    show::say(
        settings,
        "spent",
        &[("candidate", spent.candidate.as_str()), ("spent", &spent_words(spent, settings))],
    )
}

fn spent_words(spent: &Spent, settings: &Settings) -> String {
    let charge = spent.charge;
    let (requests, read) = (charge.requests.to_string(), charge.prompt_tokens.to_string());
    let written = charge.completion_tokens.to_string();
    let arguments = [("requests", requests.as_str()), ("read", &read), ("written", &written)];
    let mut words = show::say(settings, "spent-tokens", &arguments);
    if let Some(cost) = &spent.cost {
        words.push_str(&show::say(settings, "spent-cost", &[("cost", &money(cost))]));
    }
    if charge.untold > 0 {
        let untold = charge.untold.to_string();
        words.push_str(&show::say(settings, "spent-untold", &[("untold", &untold)]));
    }
    words
}

/// Where a budget ended the measuring: what was spent, of what, and what is left.
pub(crate) fn stop_line(stop: &BudgetStop, settings: &Settings) -> String {
    let (spent, budget) = (spent_words(&stop.spent, settings), budget_words(&stop.budget, settings));
    let left = stop.left.map_or_else(|| "?".to_owned(), |left| left.to_string());
    let candidate = stop.spent.candidate.as_str();
    let arguments =
        [("candidate", candidate), ("spent", spent.as_str()), ("budget", &budget), ("left", &left)];
    show::say(settings, "budget-stop", &arguments)
}

fn budget_words(budget: &Budget, settings: &Settings) -> String {
    let limits = [
        ("budget-requests", budget.requests.map(|limit| limit.to_string())),
        ("budget-tokens", budget.tokens.map(|limit| limit.to_string())),
        ("budget-cost", budget.cost.map(|limit| limit.to_string())),
    ];
    let words = limits.into_iter().filter_map(|(id, limit)| {
        let limit = limit?;
        Some(show::say(settings, id, &[("limit", &limit)]))
    });
    words.collect::<Vec<_>>().join(", ")
}

fn money_json(money: Option<&Money>) -> Value {
    money.map_or(Value::Null, |money| json!({"amount": money.amount, "currency": money.currency}))
}

/// What was spent, as JSON.
pub(crate) fn spent_json(spent: &Spent) -> Value {
    let charge = spent.charge;
    json!({
        "requests": charge.requests,
        "prompt_tokens": charge.prompt_tokens,
        "completion_tokens": charge.completion_tokens,
        "requests_without_usage": charge.untold,
        "cost": money_json(spent.cost.as_ref()),
    })
}

fn estimate_json(estimate: &Estimate, rate: Option<f64>) -> Value {
    let one = |task: &TaskEstimate| {
        let left = task.requests - task.answered.min(task.requests);
        json!({
            "requests": task.requests,
            "answered": task.answered,
            "prompt_tokens": task.prompt_tokens,
            "greatest_completion_tokens": task.greatest_completion_tokens,
            "seconds": rate.map(|rate| seconds(left, rate)),
            "greatest_cost": money_json(task.greatest_cost.as_ref()),
        })
    };
    let named = |task: &TaskEstimate| {
        let mut value = one(task);
        if let Some(object) = value.as_object_mut() {
            object.insert("task".to_owned(), task.task.clone().into());
        }
        value
    };
    json!({
        "candidate": estimate.candidate,
        "tokens_counted": estimate.is_counted,
        "total": one(&estimate.total()),
        "tasks": estimate.tasks.iter().map(named).collect::<Vec<_>>(),
        "spent": spent_json(&estimate.spent),
        "budget": estimate.budget,
    })
}
