//! Where the events of the call path go: the store, the metrics, the log, and whoever listens over HTTP.

use crate::account::Account;
use crate::events::EventSender;
use crate::live::Doors;
use crate::metrics::Metrics;
use crate::quota::Quota;
use crate::token::Tokens;
use pointsman_call::{CallEvent, Cdr, Outcome};
use pointsman_store::Store;
use std::sync::Arc;

/// Takes every event of one signalling thread. Never waits: the store queues, the log has a thread of its own.
pub(crate) struct Ledger {
    store: Arc<dyn Store>,
    metrics: Arc<Metrics>,
    tokens: Tokens,
    listeners: EventSender,
    account: Account,
    quota: Quota,
}

impl Ledger {
    pub(crate) fn new(store: Arc<dyn Store>, metrics: Arc<Metrics>, doors: &Doors, quota: Quota) -> Self {
        Self {
            store,
            metrics,
            tokens: doors.tokens.clone(),
            listeners: doors.told.clone(),
            account: Account::default(),
            quota,
        }
    }

    /// Who has room for recordings; changed by reloads.
    pub(crate) fn quota(&mut self) -> &mut Quota {
        &mut self.quota
    }

    /// What became of every INVITE, when so many have been received.
    pub(crate) fn account(&self, received: u64) -> Account {
        Account {
            received,
            ..self.account
        }
    }

    /// The store does not keep up, or the disk refuses to write.
    pub(crate) fn is_stalled(&self) -> bool {
        self.store.gauges().stalled
    }

    /// Takes one event.
    pub(crate) fn enter(&mut self, event: CallEvent) {
        self.listeners.call_event(&event);
        match &event {
            CallEvent::Opened(cdr) => {
                // The account is of INVITEs that came; a campaign's call is none.
                if cdr.origin.is_none() {
                    self.account.opened();
                }
                tracing::debug!(
                    call = &*cdr.id,
                    trunk = &*cdr.trunk,
                    from = self.caller(cdr),
                    to = self.tokens.token_of(&cdr.to),
                    "call opened"
                );
            }
            // The first is for the store alone, the second for the owner of campaigns.
            CallEvent::Dialogs { .. } | CallEvent::Contact { .. } => {}
            CallEvent::Answered { call, .. } => tracing::debug!(call = &**call, "call answered"),
            CallEvent::RecordingStarted { call, recording } => {
                self.quota.started(recording);
                tracing::debug!(call = &**call, recording = recording.id, "recording started");
            }
            CallEvent::Closed(cdr) => {
                for recording in &cdr.recordings {
                    self.quota.ended(recording);
                }
                if cdr.origin.is_none() {
                    self.account.closed(cdr.outcome.unwrap_or(Outcome::Failed));
                }
                self.closed(cdr);
            }
            CallEvent::NotRecorded { call, customer } => {
                self.metrics.not_recorded.inc();
                tracing::warn!(
                    call = &**call,
                    customer = &**customer,
                    "not recorded: the customer's capacity is full"
                );
                return;
            }
            // For those who listen; they have it already.
            CallEvent::Queued { .. } | CallEvent::LeftQueue { .. } => return,
            CallEvent::Refused { invite, status, why } => {
                if *invite {
                    self.account.shed();
                }
                self.metrics.count_refused(*status, why);
                tracing::debug!(status, why, "request refused");
                return;
            }
            CallEvent::Banned { source, lasts } => {
                self.metrics.bans.inc();
                tracing::warn!(%source, seconds = lasts.as_secs(), "banned: it is of no trunk and sends too fast");
                return;
            }
            CallEvent::Dropped { why } => {
                self.metrics.count_dropped(why, 1);
                return;
            }
        }
        self.store.record(event);
    }

    /// The reasons of a CDR name numbers in clear, so the log shows the nodes passed and not why.
    fn closed(&self, cdr: &Cdr) {
        let outcome = cdr.outcome.map_or("unknown", |outcome| outcome.as_str());
        if let Some(outcome) = cdr.outcome {
            self.metrics.count_ended(outcome);
        }
        if !tracing::enabled!(tracing::Level::INFO) {
            return;
        }
        let path = cdr
            .path
            .iter()
            .map(|entry| entry.node.as_str())
            .collect::<Vec<_>>()
            .join(">");
        tracing::info!(
            call = &*cdr.id,
            customer = &*cdr.customer,
            trunk = &*cdr.trunk,
            from = self.caller(cdr),
            to = self.tokens.token_of(&cdr.to),
            path,
            attempts = cdr.attempts.len(),
            outcome,
            status = cdr.status,
            cause = cdr.cause,
            ended_by = cdr.ended_by.map(|by| format!("{by:?}").to_lowercase()),
            talk_ms = cdr.talk_ms,
            "call closed"
        );
    }

    fn caller(&self, cdr: &Cdr) -> String {
        cdr.from
            .as_deref()
            .map_or_else(|| "withheld".to_owned(), |number| self.tokens.token_of(number))
    }
}
