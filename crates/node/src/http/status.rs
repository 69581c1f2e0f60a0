//! `GET /status`: the node at a glance.

use crate::account::Account;
use crate::live::Live;
use crate::metrics::resident_bytes;
use pointsman_call::Trunk;
use serde_json::{Value, json};

/// Everything an operator asks first.
pub(super) fn status(live: &Live, account: Option<Account>) -> Value {
    let config = live.config();
    let gauges = live.gauges();
    let store = live.store.gauges();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "node": config.node.name,
        "uptime_seconds": live.uptime_seconds(),
        "draining": live.is_draining(),
        "config": {
            "version": config.version,
            "files": live.options.config,
            "customers": config.customers.len(),
            "numbers": config.routing.numbers.len(),
        },
        "last_reload": *live.last_reload(),
        "listeners": live.sip,
        "trunks": config.routing.trunks.iter().map(trunk).collect::<Vec<_>>(),
        "account": account,
        "calls": gauges.calls,
        "transactions": gauges.transactions,
        "rtp_ports_in_use": gauges.ports,
        "store": {
            "waiting": store.waiting,
            "stalled": store.stalled,
            "calls_lost": store.calls_lost,
            "failures": store.failures,
        },
        "resident_bytes": resident_bytes(),
    })
}

fn trunk(trunk: &Trunk) -> Value {
    json!({
        "name": trunk.name,
        "remote": trunk.remote,
        "transport": format!("{:?}", trunk.transport).to_lowercase(),
    })
}
