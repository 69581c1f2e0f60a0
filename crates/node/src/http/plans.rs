//! Disaster plans over HTTP: which are on, what was switched, and switching them.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use pointsman_policy::Answer;
use pointsman_policy::drs::{Request, What};
use serde::Deserialize;
use serde_json::json;

use super::blocking;
use super::problem::Problem;
use crate::live::Live;

/// Changes that are told at most.
const MOST_CHANGES: usize = 200;

/// How long a switch may take until every shard follows.
const PATIENCE: Duration = Duration::from_secs(10);

/// `GET /v1/drs`.
pub(super) async fn list(State(live): State<Arc<Live>>) -> Result<Response, Problem> {
    let config = live.config();
    let (on, changes) =
        blocking(move || (live.store.plans_on(), live.store.plan_changes(None, MOST_CHANGES))).await?;
    let (on, changes) = (on.map_err(Problem::store)?, changes.map_err(Problem::store)?);
    let configured = config.plans.iter().flat_map(|(customer, service)| {
        service
            .plans
            .iter()
            .map(move |(key, plan)| (customer, *key, plan))
    });
    let plans: Vec<_> = configured
        .map(|(customer, key, plan)| {
            let activation = on
                .iter()
                .find(|activation| activation.customer == *customer && activation.plan == *plan);
            json!({
                "customer": customer,
                "plan": plan,
                "key": key,
                "on": activation.is_some(),
                "since": activation.map(|activation| activation.since),
                "until": activation.map(|activation| activation.until),
                "by": activation.map(|activation| &activation.by),
            })
        })
        .collect();
    Ok(Json(json!({ "plans": plans, "changes": changes })).into_response())
}

/// The body of `PUT /v1/drs/{customer}/{plan}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    on: bool,
}

/// `PUT /v1/drs/{customer}/{plan}`: answered when every shard follows.
pub(super) async fn switch(
    State(live): State<Arc<Live>>,
    Path((customer, plan)): Path<(String, String)>,
    wanted: Result<Json<Wanted>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(Wanted { on }) =
        wanted.map_err(|rejection| Problem::new(StatusCode::BAD_REQUEST, rejection.body_text()))?;
    let request = Request {
        who: "http".to_owned(),
        what: What::Switch {
            customer: customer.clone(),
            plan: plan.clone(),
            on,
        },
    };
    let answer = tokio::time::timeout(PATIENCE, live.plans().request(request)).await;
    match answer {
        Ok(Ok(Answer::Switched { on })) => {
            Ok(Json(json!({ "customer": customer, "plan": plan, "on": on })).into_response())
        }
        Ok(Ok(Answer::Refused { why })) => Err(Problem::new(StatusCode::CONFLICT, why)),
        _ => Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the change is not confirmed yet; ask GET /v1/drs what is on",
        )),
    }
}
