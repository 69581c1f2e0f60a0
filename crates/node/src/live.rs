//! What the running node shares between its threads, its HTTP side and its owner.

use crate::access::Access;
use crate::events::{EventLog, EventSender, Happening};
use crate::http::events::Listeners;
use crate::http::failures::Failures;
use crate::journal::{Capture, JournalSender};
use crate::metrics::{Metrics, Momentary};
use crate::options::NodeOptions;
use crate::owners::Owners;
use crate::plans::PlanMail;
use crate::reload::{self, ReloadReport};
use crate::ring::RingSender;
use crate::signalling::Order;
use crate::token::Tokens;
use arc_swap::ArcSwap;
use pointsman_call::Gauges;
use pointsman_config::Config;
use pointsman_store::{AuditEntry, Store};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Shared by everything outside the call path; the call path itself never touches it.
pub(crate) struct Live {
    pub(crate) options: NodeOptions,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) store: Arc<dyn Store>,
    access: Access,
    failures: Failures,
    listeners: Listeners,
    events: Arc<EventLog>,
    told: EventSender,
    tokens: Tokens,
    pub(crate) sip: Vec<SocketAddr>,
    config: ArcSwap<Config>,
    last_reload: ArcSwap<ReloadReport>,
    /// One reload at a time, from reading the files to telling the signalling thread.
    reloading: Mutex<()>,
    /// One wish of an agent at a time, from the disk to the owner of agents.
    pub(crate) wishing: Arc<tokio::sync::Mutex<()>>,
    orders: Mutex<RingSender<Order>>,
    owners: Owners,
    started: Instant,
    draining: AtomicBool,
    /// Where the files that a reload read are written down.
    journal: Option<(Arc<Capture>, JournalSender)>,
}

/// What HTTP needs to know whom to let in and what to tell them.
pub(crate) struct Doors {
    /// What is kept of the machine's token.
    pub(crate) local: String,
    pub(crate) tokens: Tokens,
    pub(crate) events: Arc<EventLog>,
    pub(crate) told: EventSender,
}

impl Live {
    pub(crate) fn new(
        options: NodeOptions,
        config: Config,
        (metrics, store): (Arc<Metrics>, Arc<dyn Store>),
        sip: Vec<SocketAddr>,
        (orders, owners): (RingSender<Order>, Owners),
        doors: Doors,
        journal: Option<(Arc<Capture>, JournalSender)>,
    ) -> Self {
        Self {
            last_reload: ArcSwap::from_pointee(ReloadReport::first(&config, &options.clock)),
            config: ArcSwap::from_pointee(config),
            options,
            metrics,
            access: Access::new(store.clone(), doors.local),
            failures: Failures::default(),
            listeners: Listeners::default(),
            events: doors.events,
            told: doors.told,
            tokens: doors.tokens,
            store,
            sip,
            reloading: Mutex::new(()),
            wishing: Arc::default(),
            orders: Mutex::new(orders),
            owners,
            started: Instant::now(),
            draining: AtomicBool::new(false),
            journal,
        }
    }

    /// The configuration in force.
    pub(crate) fn config(&self) -> Arc<Config> {
        self.config.load_full()
    }

    /// What the last reload did.
    pub(crate) fn last_reload(&self) -> Arc<ReloadReport> {
        self.last_reload.load_full()
    }

    /// Reads the files again and follows them if they are right. Blocks on the disk.
    ///
    /// Counted last: who sees the count finds the report.
    pub(crate) fn reload(&self, who: &str) -> Arc<ReloadReport> {
        let _one = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.config().version.clone();
        let (config, report) = reload::reload(&self.options, &self.config());
        let files = self.journal.as_ref().map(|(capture, _)| capture.take());
        if let Some(config) = config {
            let routing = config.routing.clone();
            if let (Some((_, journal)), Some(files)) = (&self.journal, files) {
                journal.config(&routing.version, files);
            }
            // The old version goes when its last call does; this thread may as well be the one to free it.
            self.owners.follow(&config);
            self.config.store(Arc::new(config));
            self.order(Order::Routing(routing));
            tracing::info!(
                version = report.version,
                changes = report.changes.len(),
                "configuration reloaded"
            );
            for key in &report.at_next_start {
                tracing::warn!(key, "this change takes effect at the next start");
            }
        } else {
            for mistake in &report.mistakes {
                let help = mistake.help.as_deref();
                tracing::error!(
                    place = mistake.place,
                    help,
                    "configuration refused: {}",
                    mistake.message
                );
            }
        }
        let report = Arc::new(report);
        self.last_reload.store(report.clone());
        if report.ok {
            self.metrics.reloads_ok.inc();
        } else {
            self.metrics.reloads_refused.inc();
        }
        self.tell_reload(who, before, &report);
        report
    }

    fn tell_reload(&self, who: &str, before: String, report: &ReloadReport) {
        let reloaded = Happening::ConfigReloaded {
            ok: report.ok,
            version: report.version.clone(),
        };
        self.told.tell(report.at_ms, None, reloaded);
        self.audit(AuditEntry {
            at_ms: report.at_ms,
            who: who.to_owned(),
            what: "config.reload".to_owned(),
            before: Some(json!({ "version": before })),
            after: Some(json!({ "version": report.version, "changes": report.changes })),
            result: match report.mistakes.len() {
                0 => "done".to_owned(),
                mistakes => format!("refused: {mistakes} mistakes"),
            },
            ..AuditEntry::default()
        });
    }

    /// Writes an audit row. Blocks on the disk. What it is about has happened, so a row that cannot be written is
    /// logged.
    pub(crate) fn audit(&self, entry: AuditEntry) {
        let (who, what) = (entry.who.clone(), entry.what.clone());
        if let Err(error) = self.store.audit(entry) {
            tracing::error!(who, what, %error, "an audit row cannot be written");
        }
    }

    /// Who may do what over HTTP.
    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// Requests without a good token.
    pub(crate) fn failures(&self) -> &Failures {
        &self.failures
    }

    /// Who listens to events.
    pub(crate) fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// The latest events.
    pub(crate) fn events(&self) -> &EventLog {
        &self.events
    }

    /// Keyed tokens for numbers.
    pub(crate) fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Tells the signalling thread something.
    pub(crate) fn order(&self, order: Order) {
        if matches!(order, Order::Drain(_) | Order::EndAll(_)) {
            self.draining.store(true, Ordering::Relaxed);
        }
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        orders.push(order);
        orders.settle(Instant::now(), true);
    }

    /// The owner of disaster plans.
    pub(crate) fn plans(&self) -> &PlanMail {
        &self.owners.plans
    }

    /// The owners of shared state.
    pub(crate) fn owners(&self) -> &Owners {
        &self.owners
    }

    /// New calls are being refused because the node is ending.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Live counts as the signalling thread last showed them.
    pub(crate) fn gauges(&self) -> Gauges {
        self.metrics.gauges()
    }

    pub(crate) fn uptime_seconds(&self) -> u64 {
        self.started.elapsed().as_secs()
    }

    /// The text of `/metrics`.
    pub(crate) fn metrics_text(&self) -> String {
        let store = self.store.gauges();
        self.metrics.render(Momentary {
            store_waiting: store.waiting,
            store_stalled: store.stalled,
            store_lost: store.calls_lost,
            uptime_seconds: self.uptime_seconds(),
        })
    }
}
