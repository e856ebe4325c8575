//! Whether the site can answer, and its measures.

use crate::app::App;
use crate::refusal::Refusal;
use crate::route::{Kind, Rate, Roles, Route};
use crate::who::Who;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use daepyo_messages::Message;
use std::time::Duration;

/// Whoever asks for health will not wait longer.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn rows() -> Vec<Route> {
    let health = Route::get("/healthz", Roles::ANYONE, health);
    let metrics = Route::get("/metrics", Roles::ANYONE, metrics);
    [health, metrics].map(|row| row.kind(Kind::Plain).rate(Rate::Free)).into()
}

/// 200 where the store answers and its disk takes what is written, 503 otherwise.
async fn health(State(app): State<App>) -> Result<Response, Refusal> {
    let away = || {
        Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "server::store_away",
            Message::new("site-refused-store-away"),
        )
    };
    let asked = tokio::time::timeout(PATIENCE, app.site().check()).await.map_err(|_| away())?;
    asked.map_err(|error| away().because(error))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], "{\"status\":\"ok\"}").into_response())
}

/// The measures, for whoever may see them; for others there is no such page.
async fn metrics(State(app): State<App>, who: Who) -> Result<Response, Refusal> {
    if !who.is_near() && !app.settings().open_metrics {
        return Err(Refusal::not_found());
    }
    let buckets = i64::try_from(app.limits().kept()).unwrap_or(i64::MAX);
    app.metrics().set("daepyo_rate_buckets", &[], buckets);
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], app.metrics().text()).into_response())
}
