//! Agents and queues over HTTP: where they stand, and asking for another state (ACM-03, ACM-06).

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use pointsman_policy::acm::{AgentId, AgentView, GroupId, MOST_REASON, QueueView, Snapshot, Wish};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::blocking;
use super::extract::{BodyOf, PathOf};
use super::problem::Problem;
use crate::access::Caller;
use crate::live::Live;
use crate::wishes::WishError;

/// How long the owner of agents may take to say how they are.
const PATIENCE: Duration = Duration::from_secs(10);

/// Agents.
#[derive(Serialize, JsonSchema)]
pub(super) struct Agents {
    agents: Vec<AgentView>,
}

/// Queues.
#[derive(Serialize, JsonSchema)]
pub(super) struct Queues {
    queues: Vec<QueueView>,
}

/// `GET /v1/agents`.
pub(super) async fn list(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Agents>, Problem> {
    let mut agents = look(&live).await?.agents;
    agents.retain(|agent| caller.sees(&agent.customer));
    Ok(Json(Agents { agents }))
}

/// `GET /v1/agents/{customer}/{agent}`.
pub(super) async fn one(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    PathOf((customer, agent)): PathOf<(String, String)>,
) -> Result<Json<AgentView>, Problem> {
    let wanted = AgentId::new(customer, agent);
    let known = |seen: &AgentView| seen.customer == wanted.customer && seen.agent == wanted.agent;
    let found = look(&live).await?.agents.into_iter().find(known);
    let found = found.filter(|_| caller.sees(&wanted.customer));
    found.map(Json).ok_or_else(|| no_agent(&wanted))
}

/// `GET /v1/queues`.
pub(super) async fn queues(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Queues>, Problem> {
    let mut queues = look(&live).await?.queues;
    queues.retain(|queue| caller.sees(&queue.customer));
    Ok(Json(Queues { queues }))
}

/// `GET /v1/queues/{customer}/{queue}`.
pub(super) async fn queue(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    PathOf((customer, queue)): PathOf<(String, String)>,
) -> Result<Json<QueueView>, Problem> {
    let wanted = GroupId::new(customer, queue);
    let known = |seen: &QueueView| seen.customer == wanted.customer && seen.group == wanted.group;
    let found = look(&live).await?.queues.into_iter().find(known);
    let found = found.filter(|_| caller.sees(&wanted.customer));
    let GroupId { customer, group } = &wanted;
    found
        .map(Json)
        .ok_or_else(|| Problem::not_found(format!("there is no queue {group} of {customer}")))
}

/// What an agent is to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StateWanted {
    state: WantedState,
    /// Why it pauses: at most 100 characters; for a pause only.
    reason: Option<String>,
}

/// States that may be asked for.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum WantedState {
    /// Calls, please.
    Available,
    /// No calls for now.
    Pause,
    /// Log out.
    Offline,
}

/// `PUT /v1/agents/{customer}/{agent}/state`: answered when it is on the disk and the owner of agents follows. The
/// answer is the agent; `afterwards` is what it gets when its call is over.
pub(super) async fn set(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    PathOf((customer, agent)): PathOf<(String, String)>,
    BodyOf(wanted): BodyOf<StateWanted>,
) -> Result<Json<AgentView>, Problem> {
    let id = AgentId::new(customer, agent);
    if !caller.sees(&id.customer) {
        return Err(no_agent(&id));
    }
    let wish = wish_of(wanted)?;
    // One thread waits for the disk, however many agents come at nine o'clock: others are for everybody else.
    let turn = tokio::time::timeout(PATIENCE, live.wishing.clone().lock_owned()).await;
    let turn = turn.map_err(|_| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "what others asked for is still being written; nothing changed",
        )
    })?;
    let done = blocking(move || live.wish(&turn, &caller.who, id, wish)).await?;
    done.map(Json).map_err(|error| match error {
        WishError::Unknown(unknown) => Problem::not_found(unknown.to_string()),
        WishError::NotWritten(error) => {
            tracing::error!(%error, "what an agent is to be cannot be written down");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "it cannot be written down; nothing changed",
            )
        }
        WishError::NoAnswer => unanswered(),
    })
}

fn wish_of(StateWanted { state, reason }: StateWanted) -> Result<Wish, Problem> {
    match (state, reason) {
        (WantedState::Pause, Some(reason)) => match reason.chars().count() {
            1..=MOST_REASON => Ok(Wish::Pause { reason }),
            _ => Err(Problem::bad(format!(
                "the reason of a pause has 1 to {MOST_REASON} characters"
            ))),
        },
        (WantedState::Pause, None) => Err(Problem::bad("a pause needs a `reason`, such as \"lunch\"")),
        (_, Some(_)) => Err(Problem::bad("a `reason` is for a pause only")),
        (WantedState::Available, None) => Ok(Wish::Available),
        (WantedState::Offline, None) => Ok(Wish::Offline),
    }
}

fn no_agent(id: &AgentId) -> Problem {
    Problem::not_found(format!("there is no agent {id}"))
}

fn unanswered() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "the owner of agents does not answer; ask GET /v1/agents how they are",
    )
}

async fn look(live: &Live) -> Result<Snapshot, Problem> {
    let seen = tokio::time::timeout(PATIENCE, live.owners().agents.snapshot()).await;
    seen.ok().and_then(Result::ok).ok_or_else(unanswered)
}
