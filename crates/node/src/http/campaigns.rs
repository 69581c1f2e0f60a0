//! Campaigns over HTTP: how far they are, and starting, pausing, resuming, stopping them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Json;
use pointsman_policy::campaign::{CampaignId, Command, View};
use schemars::JsonSchema;
use serde::Serialize;

use super::extract::PathOf;
use super::problem::Problem;
use crate::access::Caller;
use crate::live::Live;

/// How long a command may take until it is on the disk.
const PATIENCE: Duration = Duration::from_secs(10);

/// Campaigns.
#[derive(Serialize, JsonSchema)]
pub(super) struct Campaigns {
    campaigns: Vec<CampaignState>,
}

/// Who accepted how a message sounds.
#[derive(Serialize, JsonSchema)]
struct Accepted {
    by: String,
    /// Day, such as `2026-11-24`.
    on: String,
}

/// A campaign and how far it is.
#[derive(Serialize, JsonSchema)]
struct CampaignState {
    customer: String,
    campaign: String,
    /// `programmed`, `running`, `paused`, `stopped` or `done`.
    state: &'static str,
    /// Whether the configuration still has it.
    configured: bool,
    /// Who accepted how the message sounds; `null` if the configuration has the campaign no longer.
    accepted: Option<Accepted>,
    /// Contacts in all.
    total: usize,
    /// How many contacts are where; they add up to all of them.
    counts: BTreeMap<&'static str, u32>,
}

/// A campaign and everybody on its lists.
#[derive(Serialize, JsonSchema)]
pub(super) struct Report {
    #[serde(flatten)]
    state: CampaignState,
    contacts: Vec<ContactState>,
}

/// A contact.
#[derive(Serialize, JsonSchema)]
struct ContactState {
    /// E.164.
    number: String,
    /// `waiting`, `do_not_call`, `dialling`, `listening`, `heard`, `key`, `with_agent`, or how the last attempt ended.
    state: &'static str,
    /// Attempts that are over.
    attempts: u32,
    /// Those that met a busy line.
    busy: u32,
    /// Those that nobody took.
    no_answer: u32,
}

/// A command that was carried out.
#[derive(Serialize, JsonSchema)]
pub(super) struct CommandDone {
    customer: String,
    campaign: String,
    /// Its state now.
    state: &'static str,
}

/// `GET /v1/campaigns`.
pub(super) async fn list(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Campaigns>, Problem> {
    let views = look(&live).await?;
    let own = views.iter().filter(|view| caller.sees(&view.id.customer));
    Ok(Json(Campaigns {
        campaigns: own.map(state_of).collect(),
    }))
}

/// `GET /v1/campaigns/{customer}/{campaign}`.
pub(super) async fn report(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    PathOf((customer, campaign)): PathOf<(String, String)>,
) -> Result<Json<Report>, Problem> {
    let wanted = CampaignId::new(customer, campaign);
    let views = look(&live).await?;
    let view = views
        .iter()
        .find(|view| view.id == wanted && caller.sees(&wanted.customer))
        .ok_or_else(|| Problem::not_found(format!("there is no campaign {wanted}")))?;
    let contacts = view.contacts.iter().map(|contact| ContactState {
        number: contact.number.clone(),
        state: contact.stage.as_str(),
        attempts: contact.attempts,
        busy: contact.busy,
        no_answer: contact.no_answer,
    });
    Ok(Json(Report {
        state: state_of(view),
        contacts: contacts.collect(),
    }))
}

/// `POST /v1/campaigns/{customer}/{campaign}/{command}`: answered when it is on the disk.
pub(super) async fn command(
    State(live): State<Arc<Live>>,
    Extension(caller): Extension<Caller>,
    PathOf((customer, campaign, word)): PathOf<(String, String, String)>,
) -> Result<Json<CommandDone>, Problem> {
    if !caller.sees(&customer) {
        return Err(Problem::not_found(format!("there is no customer {customer}")));
    }
    let command = match word.as_str() {
        "start" => Command::Start,
        "pause" => Command::Pause,
        "resume" => Command::Resume,
        "stop" => Command::Stop,
        _ => {
            return Err(Problem::not_found(
                "a campaign takes start, pause, resume and stop",
            ));
        }
    };
    let id = CampaignId::new(customer, campaign);
    let answer = live
        .owners()
        .campaigns
        .command(caller.who.to_string(), id.clone(), command);
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(Ok(state))) => Ok(Json(CommandDone {
            customer: id.customer,
            campaign: id.name,
            state: state.as_str(),
        })),
        Ok(Ok(Err(why))) => Err(Problem::new(StatusCode::CONFLICT, why)),
        _ => Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the change is not written yet; ask GET /v1/campaigns what holds",
        )),
    }
}

async fn look(live: &Arc<Live>) -> Result<Vec<View>, Problem> {
    let views = tokio::time::timeout(PATIENCE, live.owners().campaigns.look()).await;
    views
        .ok()
        .and_then(Result::ok)
        .ok_or_else(|| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the node is ending"))
}

fn state_of(view: &View) -> CampaignState {
    let mut counts: BTreeMap<&'static str, u32> = BTreeMap::new();
    for contact in &view.contacts {
        *counts.entry(contact.stage.as_str()).or_default() += 1;
    }
    CampaignState {
        customer: view.id.customer.clone(),
        campaign: view.id.name.clone(),
        state: view.state.as_str(),
        configured: view.configured,
        accepted: view.accepted.as_ref().map(|accepted| Accepted {
            by: accepted.by.clone(),
            on: accepted.on.to_string(),
        }),
        total: view.contacts.len(),
        counts,
    }
}
