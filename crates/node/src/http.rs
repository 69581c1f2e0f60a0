//! The HTTP side: health, metrics, status, reload and the last calls.
//!
//! It shares nothing with the call path but counters and a queue of orders.

mod plans;
mod problem;
mod status;

use crate::live::Live;
use crate::signalling::Order;
use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post, put};
use pointsman_call::Cdr;
use pointsman_store::Query as CallQuery;
use problem::Problem;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long the call path may take to say what became of every INVITE.
const ACCOUNT: Duration = Duration::from_secs(2);

/// Most calls per answer.
const MOST_CALLS: usize = 1000;

/// Every path of the node.
pub(crate) fn router(live: Arc<Live>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/status", get(status))
        .route("/reload", post(reload))
        .route("/v1/drs", get(plans::list))
        .route("/v1/drs/{customer}/{plan}", put(plans::switch))
        .route("/calls", get(calls))
        .route("/calls/{id}", get(call))
        .route("/calls/{id}/trace", get(trace))
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "there is nothing at this path") })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "this path does not take this method",
            )
        })
        .with_state(live)
}

async fn health(State(live): State<Arc<Live>>) -> Response {
    let (code, word) = match () {
        () if live.is_draining() => (StatusCode::SERVICE_UNAVAILABLE, "draining"),
        () if live.store.gauges().stalled => (StatusCode::SERVICE_UNAVAILABLE, "store stalled"),
        () => (StatusCode::OK, "ok"),
    };
    (code, Json(json!({ "status": word }))).into_response()
}

async fn metrics(State(live): State<Arc<Live>>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, live.metrics_text()).into_response()
}

async fn status(State(live): State<Arc<Live>>) -> Response {
    let (sender, account) = oneshot::channel();
    live.order(Order::Account(sender));
    // A node that is ending may not answer any more.
    let account = tokio::time::timeout(ACCOUNT, account).await;
    let account = account.ok().and_then(Result::ok);
    Json(status::status(&live, account)).into_response()
}

async fn reload(State(live): State<Arc<Live>>) -> Result<Response, Problem> {
    let report = blocking(move || live.reload()).await?;
    if report.ok {
        return Ok(Json(&*report).into_response());
    }
    let problem = Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "the configuration has mistakes; nothing changed",
    );
    Ok(problem.with("mistakes", json!(report.mistakes)).into_response())
}

/// The query of `GET /calls`.
#[derive(Deserialize)]
struct Wanted {
    limit: Option<usize>,
    customer: Option<String>,
    since_ms: Option<i64>,
    until_ms: Option<i64>,
    open: Option<bool>,
}

async fn calls(
    State(live): State<Arc<Live>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(wanted) =
        wanted.map_err(|rejection| Problem::new(StatusCode::BAD_REQUEST, rejection.body_text()))?;
    let query = CallQuery {
        limit: wanted.limit.unwrap_or(100).min(MOST_CALLS),
        customer: wanted.customer,
        since_ms: wanted.since_ms,
        until_ms: wanted.until_ms,
        open: wanted.open,
        ..CallQuery::default()
    };
    let calls = blocking(move || live.store.calls(&query))
        .await?
        .map_err(Problem::store)?;
    Ok(Json(json!({ "calls": calls })).into_response())
}

async fn call(State(live): State<Arc<Live>>, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(Json(recorded(&live, id).await?).into_response())
}

/// The call and its messages, as far as they are kept. The call path is asked only about calls that there are.
async fn trace(State(live): State<Arc<Live>>, Path(id): Path<String>) -> Result<Response, Problem> {
    let cdr = recorded(&live, id).await?;
    let (sender, kept) = oneshot::channel();
    live.order(Order::Trace(cdr.id.clone(), sender));
    let kept = kept
        .await
        .map_err(|_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the node is ending"))?;
    let mut call_ids = kept.call_ids.clone();
    call_ids.extend(cdr.legs.iter().map(|leg| leg.call_id.clone()));
    let messages = blocking(move || kept.of(&call_ids)).await?;
    Ok(Json(json!({ "call": cdr, "messages": messages })).into_response())
}

async fn recorded(live: &Arc<Live>, id: String) -> Result<Cdr, Problem> {
    let live = live.clone();
    let found = blocking(move || live.store.call(&id))
        .await?
        .map_err(Problem::store)?;
    found.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "there is no call of this id"))
}

/// Runs what waits for a disk off the thread that serves HTTP.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|_| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the request failed inside the node",
        )
    })
}
