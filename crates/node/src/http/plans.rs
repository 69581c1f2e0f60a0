//! Disaster plans over HTTP: which are on, what was switched, and switching them.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use pointsman_policy::Answer;
use pointsman_policy::drs::{Request, What};
use pointsman_store::{AuditEntry, PlanChange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::blocking;
use super::extract::{BodyOf, PathOf};
use super::problem::Problem;
use crate::access::{Caller, Scope};
use crate::live::Live;

/// Changes that are told at most.
const MOST_CHANGES: usize = 200;

/// How long a switch may take until every shard follows.
const PATIENCE: Duration = Duration::from_secs(10);

/// Plans and their latest changes.
#[derive(Serialize, JsonSchema)]
pub(super) struct Plans {
    plans: Vec<PlanState>,
    /// The latest, newest first.
    changes: Vec<PlanChange>,
}

/// A plan.
#[derive(Serialize, JsonSchema)]
struct PlanState {
    customer: String,
    plan: String,
    /// The key that chooses it by phone.
    key: char,
    on: bool,
    /// Since when it is on, RFC 3339.
    since: Option<String>,
    /// When it is off by itself, RFC 3339.
    until: Option<String>,
    /// Who switched it on.
    by: Option<String>,
}

/// `GET /v1/drs`.
pub(super) async fn list(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Plans>, Problem> {
    let config = live.config();
    let own = caller.customer.clone();
    let tokens = live.tokens().clone();
    let read = move || {
        (
            live.store.plans_on(),
            live.store.plan_changes(own.as_deref(), MOST_CHANGES),
        )
    };
    let (on, changes) = blocking(read).await?;
    let (on, mut changes) = (on.map_err(Problem::store)?, changes.map_err(Problem::store)?);
    // Numbers are for those who may see calls.
    let shows_numbers = caller.may(Scope::Calls);
    let shown = |by: &str| match shows_numbers {
        true => by.to_owned(),
        false => tokens.without_number(by),
    };
    for change in &mut changes {
        change.by = shown(&change.by);
    }
    let configured = config
        .plans
        .iter()
        .filter(|(customer, _)| caller.sees(customer))
        .flat_map(|(customer, service)| {
            service
                .plans
                .iter()
                .map(move |(key, plan)| (customer, *key, plan))
        });
    let plans = configured.map(|(customer, key, plan)| {
        let activation = on
            .iter()
            .find(|activation| activation.customer == *customer && activation.plan == *plan);
        PlanState {
            customer: customer.clone(),
            plan: plan.clone(),
            key,
            on: activation.is_some(),
            since: activation.map(|activation| activation.since.to_string()),
            until: activation.map(|activation| activation.until.to_string()),
            by: activation.map(|activation| shown(&activation.by)),
        }
    });
    Ok(Json(Plans {
        plans: plans.collect(),
        changes,
    }))
}

/// How a plan is to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SwitchWanted {
    on: bool,
}

/// A plan that was switched.
#[derive(Serialize, JsonSchema)]
pub(super) struct SwitchDone {
    customer: String,
    plan: String,
    on: bool,
}

/// `PUT /v1/drs/{customer}/{plan}`: answered when every shard follows.
pub(super) async fn switch(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    PathOf((customer, plan)): PathOf<(String, String)>,
    BodyOf(SwitchWanted { on }): BodyOf<SwitchWanted>,
) -> Result<Json<SwitchDone>, Problem> {
    if !caller.sees(&customer) {
        return Err(Problem::not_found(format!("there is no customer {customer}")));
    }
    let request = Request {
        who: caller.who.to_string(),
        what: What::Switch {
            customer: customer.clone(),
            plan: plan.clone(),
            on,
        },
    };
    let answer = tokio::time::timeout(PATIENCE, live.plans().request(request)).await;
    match answer {
        Ok(Ok(Answer::Switched { on })) => Ok(Json(SwitchDone { customer, plan, on })),
        Ok(Ok(Answer::Refused { why })) => {
            let refused = AuditEntry {
                at_ms: live.options.clock.unix_ms(),
                who: caller.who.to_string(),
                what: "drs.switch".to_owned(),
                object: plan,
                customer: Some(customer),
                before: None,
                after: Some(json!({ "on": on })),
                result: format!("refused: {why}"),
            };
            blocking(move || live.audit(refused)).await?;
            Err(Problem::new(StatusCode::CONFLICT, why))
        }
        _ => Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the change is not confirmed yet; ask GET /v1/drs what is on",
        )),
    }
}
