//! The HTTP side: the API under `/v1` with its tokens, health and metrics for all, and the short paths for commands on
//! this machine.
//!
//! It shares nothing with the call path but counters, a queue of orders and one of events.

mod agents;
mod api;
mod audit;
mod calls;
mod campaigns;
mod customers;
pub(crate) mod events;
mod extract;
pub(crate) mod failures;
mod guard;
mod pages;
mod plans;
mod problem;
mod range;
mod recordings;
mod status;

use crate::access::{Caller, Scope};
use crate::live::Live;
use crate::reload::ReloadReport;
use api::{Api, Operation};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};
use guard::{Guard, guard};
use pointsman_call::Cdr;
use pointsman_policy::acm::{AgentView, QueueView};
use pointsman_policy::explain::Explanation;
use pointsman_store::Recording;
use problem::Problem;
use serde_json::{Value, json};
use std::sync::Arc;

/// Largest body of a request, in octets.
const LARGEST_BODY: usize = 64 << 10;

/// Every path of the node.
pub(crate) fn router(live: Arc<Live>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/status", here(Scope::Read, get(status::status)))
        .route("/reload", here(Scope::Admin, post(reload)))
        .route("/calls", here(Scope::Calls, get(calls::list)))
        .route("/calls/{id}", here(Scope::Calls, get(calls::one)))
        .route("/calls/{id}/trace", here(Scope::Calls, get(calls::trace)))
        .merge(api().into_router())
        .fallback(|| async { Problem::not_found("there is nothing at this path") })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "this path does not take this method",
            )
        })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(Extension(live.clone()))
        .with_state(live)
}

/// A path for commands on this machine; from elsewhere it needs a token of the whole node.
fn here(scope: Scope, methods: MethodRouter<Arc<Live>>) -> MethodRouter<Arc<Live>> {
    let guarded = Guard {
        scope,
        for_customers: false,
        open_here: true,
    };
    methods.route_layer(from_fn(move |live, from, request, next| {
        guard(guarded, live, from, request, next)
    }))
}

/// The API as an OpenAPI 3.1 document.
#[must_use]
pub fn openapi() -> Value {
    api().document()
}

fn api() -> Api {
    let of = Operation::new;
    let api = Api::new()
        .get(
            "/v1/status",
            status::status,
            of("getStatus", Scope::Read, "The node at a glance")
                .of_the_node()
                .json::<status::Status>(),
        )
        .post(
            "/v1/reload",
            reload,
            of("reload", Scope::Admin, "Read the configuration again")
                .of_the_node()
                .json::<ReloadReport>()
                .problems(&[422]),
        )
        .get(
            "/v1/audit",
            audit::list,
            of("listAudit", Scope::Admin, "Who changed what, newest first")
                .query::<audit::AuditWanted>()
                .json::<audit::AuditRows>(),
        )
        .get(
            "/v1/openapi.json",
            document,
            of("getDocument", Scope::Read, "This document").json::<Value>(),
        );
    agents_api(campaigns_api(recordings_api(customers_api(calls_api(api)))))
}

fn calls_api(api: Api) -> Api {
    let of = Operation::new;
    api.get(
        "/v1/calls",
        calls::list,
        of("listCalls", Scope::Calls, "Calls, newest first")
            .query::<calls::CallsWanted>()
            .json::<calls::Calls>(),
    )
    .get(
        "/v1/calls/{call}",
        calls::one,
        of("getCall", Scope::Calls, "One call")
            .json::<Cdr>()
            .problems(&[404]),
    )
    .get(
        "/v1/calls/{call}/trace",
        calls::trace,
        of("getTrace", Scope::Calls, "A call and its messages")
            .json::<calls::CallTrace>()
            .problems(&[404]),
    )
    .post(
        "/v1/explain",
        calls::explain,
        of("explain", Scope::Calls, "Where a call would go, and why")
            .body::<crate::explain::ExplainRequest>()
            .json::<Explanation>()
            .problems(&[404, 413, 415]),
    )
    .get(
        "/v1/events",
        events::events,
        of("listen", Scope::Read, "What happens, as server-sent events")
            .headers(&[("Last-Event-ID", "Go on after the event of this id.")])
            .json::<crate::events::Event>()
            .media_type("text/event-stream"),
    )
}

fn customers_api(api: Api) -> Api {
    let of = Operation::new;
    api.get(
        "/v1/formulas",
        customers::formulas,
        of(
            "listFormulas",
            Scope::Read,
            "What each formula has of each element",
        )
        .json::<customers::Formulas>(),
    )
    .get(
        "/v1/customers",
        customers::list,
        of("listCustomers", Scope::Read, "The customers of the node").json::<customers::Customers>(),
    )
    .get(
        "/v1/customers/{customer}/entitlements",
        customers::entitlements,
        of(
            "getEntitlements",
            Scope::Read,
            "What a customer has of each element",
        )
        .json::<customers::Entitlements>()
        .problems(&[404]),
    )
    .get(
        "/v1/customers/{customer}/storage",
        customers::storage,
        of(
            "getStorage",
            Scope::Read,
            "Capacity for recordings, and what of it is used",
        )
        .json::<customers::Storage>()
        .problems(&[404]),
    )
    .get(
        "/v1/drs",
        plans::list,
        of(
            "listPlans",
            Scope::Read,
            "Disaster plans and their latest changes",
        )
        .json::<plans::Plans>(),
    )
    .put(
        "/v1/drs/{customer}/{plan}",
        plans::switch,
        of("switchPlan", Scope::Drs, "Switch a disaster plan on or off")
            .body::<plans::SwitchWanted>()
            .json::<plans::SwitchDone>()
            .problems(&[404, 409, 413, 415]),
    )
}

fn agents_api(api: Api) -> Api {
    let of = Operation::new;
    api.get(
        "/v1/agents",
        agents::list,
        of("listAgents", Scope::Read, "Agents and where they stand").json::<agents::Agents>(),
    )
    .get(
        "/v1/agents/{customer}/{agent}",
        agents::one,
        of("getAgent", Scope::Read, "One agent")
            .json::<AgentView>()
            .problems(&[404]),
    )
    .put(
        "/v1/agents/{customer}/{agent}/state",
        agents::set,
        of(
            "setAgentState",
            Scope::Agents,
            "Make an agent available, pause it, log it out; during a call it takes effect afterwards",
        )
        .body::<agents::StateWanted>()
        .json::<AgentView>()
        .problems(&[404, 413, 415]),
    )
    .get(
        "/v1/queues",
        agents::queues,
        of("listQueues", Scope::Read, "Queues and who waits in them").json::<agents::Queues>(),
    )
    .get(
        "/v1/queues/{customer}/{queue}",
        agents::queue,
        of("getQueue", Scope::Read, "One queue")
            .json::<QueueView>()
            .problems(&[404]),
    )
}

fn campaigns_api(api: Api) -> Api {
    let of = Operation::new;
    api.get(
        "/v1/campaigns",
        campaigns::list,
        of("listCampaigns", Scope::Read, "Campaigns and how far they are").json::<campaigns::Campaigns>(),
    )
    .get(
        "/v1/campaigns/{customer}/{campaign}",
        campaigns::report,
        of(
            "getCampaign",
            Scope::Calls,
            "A campaign and everybody on its lists",
        )
        .json::<campaigns::Report>()
        .problems(&[404]),
    )
    .post(
        "/v1/campaigns/{customer}/{campaign}/{command}",
        campaigns::command,
        of(
            "commandCampaign",
            Scope::Campaigns,
            "Start, pause, resume or stop a campaign",
        )
        .json::<campaigns::CommandDone>()
        .problems(&[404, 409]),
    )
}

fn recordings_api(api: Api) -> Api {
    let of = Operation::new;
    api.get(
        "/v1/recordings",
        recordings::list,
        of("listRecordings", Scope::Recordings, "Recordings, newest first")
            .query::<recordings::RecordingsWanted>()
            .json::<recordings::Recordings>(),
    )
    .get(
        "/v1/recordings/{recording}",
        recordings::one,
        of("getRecording", Scope::Recordings, "One recording")
            .json::<Recording>()
            .problems(&[404]),
    )
    .get(
        "/v1/recordings/{recording}/audio",
        recordings::audio,
        of(
            "getAudio",
            Scope::Recordings,
            "The sound of a recording, as it was written",
        )
        .headers(&[
            ("Range", "One range of octets; then the answer is 206."),
            ("If-Range", "The ETag that the range belongs to."),
        ])
        .media_type("audio/wav")
        .problems(&[404, 409, 416]),
    )
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

async fn document() -> Json<Value> {
    Json(openapi())
}

async fn reload(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<ReloadReport>, Problem> {
    let report = blocking(move || live.reload(&caller.who)).await?;
    if report.ok {
        return Ok(Json((*report).clone()));
    }
    let problem = Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "the configuration has mistakes; nothing changed",
    );
    Err(problem.with("mistakes", json!(report.mistakes)))
}

/// The customer that a list is of: the one that was asked for, and no other than the caller's.
fn narrowed(caller: &Caller, asked: Option<String>) -> Result<Option<String>, Problem> {
    match (&caller.customer, asked) {
        (None, asked) => Ok(asked),
        (Some(own), Some(asked)) if **own != asked => {
            let why = format!("the token is bound to customer {own}");
            Err(Problem::new(StatusCode::FORBIDDEN, why))
        }
        (Some(own), _) => Ok(Some(own.to_string())),
    }
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
