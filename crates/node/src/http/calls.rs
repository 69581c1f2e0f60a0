//! Calls, their messages, and where calls would go.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use jiff::Timestamp;
use pointsman_call::{Cdr, Outcome};
use pointsman_policy::explain::Explanation;
use pointsman_store::Query;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::extract::{BodyOf, PathOf, QueryOf};
use super::problem::Problem;
use super::{blocking, narrowed, pages};
use crate::access::Caller;
use crate::explain::{ExplainError, ExplainRequest, explain_call};
use crate::live::Live;
use crate::signalling::Order;
use crate::trace::TracedMessage;

/// Which calls are wanted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallsWanted {
    /// At most so many, 100 if left out, 1,000 at most.
    limit: Option<usize>,
    /// `next` of the answer before.
    cursor: Option<String>,
    /// Only calls of this customer.
    customer: Option<String>,
    /// Only calls from or to this number.
    number: Option<String>,
    /// Only calls that ended so.
    outcome: Option<Outcome>,
    /// Only calls that started at or after this time.
    since_ms: Option<i64>,
    /// Only calls that started before this time.
    until_ms: Option<i64>,
    /// Only calls that are, or are not, up.
    open: Option<bool>,
}

/// A page of calls.
#[derive(Serialize, JsonSchema)]
pub(super) struct Calls {
    /// Newest first.
    calls: Vec<Cdr>,
    /// The cursor of the next page, if there may be one.
    next: Option<String>,
}

/// A call and its messages, as far as they are kept.
#[derive(Serialize, JsonSchema)]
pub(super) struct CallTrace {
    call: Cdr,
    messages: Vec<TracedMessage>,
}

/// `GET /v1/calls`.
pub(super) async fn list(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    QueryOf(wanted): QueryOf<CallsWanted>,
) -> Result<Json<Calls>, Problem> {
    let limit = pages::size(wanted.limit);
    let query = Query {
        limit,
        customer: narrowed(&caller, wanted.customer)?,
        since_ms: wanted.since_ms,
        until_ms: wanted.until_ms,
        number: wanted.number,
        outcome: wanted.outcome,
        open: wanted.open,
        after: pages::after(wanted.cursor)?,
    };
    let calls = blocking(move || live.store.calls(&query))
        .await?
        .map_err(Problem::store)?;
    let last = calls.last().map(|cdr| (cdr.started_ms, &*cdr.id));
    let next = pages::next(calls.len(), limit, last);
    Ok(Json(Calls { calls, next }))
}

/// `GET /v1/calls/{call}`.
pub(super) async fn one(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    PathOf(id): PathOf<String>,
) -> Result<Json<Cdr>, Problem> {
    Ok(Json(recorded(&live, &caller, id).await?))
}

/// `GET /v1/calls/{call}/trace`. The call path is asked only about calls that there are.
pub(super) async fn trace(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    PathOf(id): PathOf<String>,
) -> Result<Json<CallTrace>, Problem> {
    let call = recorded(&live, &caller, id).await?;
    let (sender, kept) = oneshot::channel();
    live.order(Order::Trace(call.id.clone(), sender));
    let kept = kept
        .await
        .map_err(|_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the node is ending"))?;
    let mut call_ids = kept.call_ids.clone();
    call_ids.extend(call.legs.iter().map(|leg| leg.call_id.clone()));
    let messages = blocking(move || kept.of(&call_ids)).await?;
    Ok(Json(CallTrace { call, messages }))
}

async fn recorded(live: &Arc<Live>, caller: &Caller, id: String) -> Result<Cdr, Problem> {
    let live = live.clone();
    let found = blocking(move || live.store.call(&id))
        .await?
        .map_err(Problem::store)?;
    found
        .filter(|cdr| caller.sees(&cdr.customer))
        .ok_or_else(|| Problem::not_found("there is no call of this id"))
}

/// `POST /v1/explain`.
pub(super) async fn explain(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    BodyOf(request): BodyOf<ExplainRequest>,
) -> Result<Json<Explanation>, Problem> {
    let now = Timestamp::from_millisecond(live.options.clock.unix_ms()).unwrap_or_default();
    let config = live.config();
    let explained = blocking(move || {
        let sees = |customer: &str| caller.sees(customer);
        explain_call(&config, &request, now, sees)
    });
    explained.await?.map(Json).map_err(|error| match error {
        ExplainError::NotConfigured { .. } => Problem::not_found(error.to_string()),
        ExplainError::Wrong(why) => Problem::bad(why),
    })
}
