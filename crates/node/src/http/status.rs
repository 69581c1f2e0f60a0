//! `GET /v1/status`: the node at a glance.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Json;
use pointsman_call::Trunk;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::oneshot;

use crate::account::Account;
use crate::live::Live;
use crate::metrics::resident_bytes;
use crate::reload::ReloadReport;
use crate::signalling::Order;

/// How long the call path may take to say what became of every INVITE.
const PATIENCE: Duration = Duration::from_secs(2);

/// Everything an operator asks first.
#[derive(Serialize, JsonSchema)]
pub(super) struct Status {
    version: &'static str,
    /// Name of the node.
    node: String,
    uptime_seconds: u64,
    /// New calls are refused because the node is ending.
    draining: bool,
    config: ConfigShort,
    last_reload: ReloadReport,
    /// Addresses on which SIP is received.
    listeners: Vec<String>,
    trunks: Vec<TrunkShort>,
    /// What became of every INVITE since the start; none from a node that is ending.
    account: Option<Account>,
    /// Calls that are up.
    calls: usize,
    transactions: usize,
    rtp_ports_in_use: usize,
    store: StoreShort,
    resident_bytes: Option<i64>,
}

/// The configuration in force.
#[derive(Serialize, JsonSchema)]
struct ConfigShort {
    /// Content hash of the files.
    version: String,
    files: Vec<String>,
    customers: usize,
    numbers: usize,
}

/// A trunk.
#[derive(Serialize, JsonSchema)]
struct TrunkShort {
    name: String,
    remote: String,
    transport: String,
}

/// The database.
#[derive(Serialize, JsonSchema)]
struct StoreShort {
    /// Events that wait to be written.
    waiting: usize,
    /// The disk does not keep up: no calls are admitted.
    stalled: bool,
    calls_lost: u64,
    /// Commits that failed and were tried again.
    failures: u64,
}

/// `GET /v1/status`.
pub(super) async fn status(State(live): State<Arc<Live>>) -> Json<Status> {
    let (sender, account) = oneshot::channel();
    live.order(Order::Account(sender));
    // A node that is ending may not answer any more.
    let account = tokio::time::timeout(PATIENCE, account).await;
    let account = account.ok().and_then(Result::ok);
    Json(of(&live, account))
}

fn of(live: &Live, account: Option<Account>) -> Status {
    let config = live.config();
    let gauges = live.gauges();
    let store = live.store.gauges();
    let files = &live.options.config;
    Status {
        version: env!("CARGO_PKG_VERSION"),
        node: config.node.name.clone(),
        uptime_seconds: live.uptime_seconds(),
        draining: live.is_draining(),
        config: ConfigShort {
            version: config.version.clone(),
            files: files.iter().map(|path| path.display().to_string()).collect(),
            customers: config.customers.len(),
            numbers: config.routing.numbers.len(),
        },
        last_reload: (*live.last_reload()).clone(),
        listeners: live.sip.iter().map(ToString::to_string).collect(),
        trunks: config.routing.trunks.iter().map(trunk).collect(),
        account,
        calls: gauges.calls,
        transactions: gauges.transactions,
        rtp_ports_in_use: gauges.ports,
        store: StoreShort {
            waiting: store.waiting,
            stalled: store.stalled,
            calls_lost: store.calls_lost,
            failures: store.failures,
        },
        resident_bytes: resident_bytes(),
    }
}

fn trunk(trunk: &Trunk) -> TrunkShort {
    TrunkShort {
        name: trunk.name.clone(),
        remote: trunk.remote.to_string(),
        transport: format!("{:?}", trunk.transport).to_lowercase(),
    }
}
