//! The invariants, judged from outside: every message that reached the switch and every one that left it, what it told
//! the media worker and the store, and after every step its own audit.
//!
//! A breach is a sentence in [`Watch::faults`]; the world goes on, so that one run shows what else follows from it.

mod clients;
mod dialogs;
mod records;
mod servers;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use pointsman_call::{CallEvent, Shard};
use pointsman_media::{Command, TapSink, Worker};
use pointsman_sip::{Message, Name, ParseError};

use clients::Clients;
use dialogs::Dialogs;
use records::Records;
use servers::Servers;

/// 64 times T1 (RFC 3261, 17): how long anything is repeated.
const LONG: Duration = Duration::from_secs(32);

/// What a deadline may be late by: the clock of a world stops at every deadline, so next to nothing.
const SLACK: Duration = Duration::from_millis(20);

/// Looks at one instant may not be more than this: beyond it, time stands still.
const MOST_LOOKS: u32 = 20_000;

/// Beyond this many, faults say nothing new.
const MOST_FAULTS: usize = 20;

/// See the top of the file.
#[derive(Default)]
pub(crate) struct Watch {
    faults: Faults,
    servers: Servers,
    clients: Clients,
    dialogs: Dialogs,
    records: Records,
    open: BTreeSet<u16>,
    last_arrival: Option<Instant>,
    looks: Option<(Instant, u32)>,
}

/// Breaches so far.
#[derive(Default)]
struct Faults {
    began: Option<Instant>,
    now: Option<Instant>,
    said: Vec<String>,
}

impl Faults {
    fn at(&mut self, now: Instant) {
        self.began.get_or_insert(now);
        self.now = Some(now);
    }

    fn add(&mut self, what: impl Into<String>) {
        if self.said.len() < MOST_FAULTS {
            let at = self
                .now
                .zip(self.began)
                .map_or(0.0, |(now, began)| (now - began).as_secs_f64());
            self.said.push(format!("{at:.3} s: {}", what.into()));
        }
    }
}

impl Faults {
    fn unless(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.add(what());
        }
    }
}

/// What names a transaction, with the method: branch and sent-by of the top Via, and before RFC 3261 the call as well
/// (17.2.3).
fn branch_of(message: &Message) -> String {
    let Some(via) = message.top_via() else {
        return String::new();
    };
    let branch = via.branch().unwrap_or_default();
    // 192.0.2.1 and 192.0.2.1:5060 are not the same sent-by: a sender writes it always in one way.
    let place = format!("{}:{:?} {branch}", via.host.to_ascii_lowercase(), via.port);
    if branch.starts_with("z9hG4bK") {
        return place;
    }
    let from = message.from_tag().unwrap_or_default();
    format!("{place} {} {} {from}", message.call_id(), message.cseq().0)
}

/// A message in a few words.
fn name_of(message: &Message) -> String {
    let (cseq, method) = message.cseq();
    match message.status() {
        Some(status) => format!("{} to {method} {cseq} of {}", status.0, message.call_id()),
        None => format!("{method} {cseq} of {}", message.call_id()),
    }
}

impl Watch {
    /// A datagram reached the switch.
    pub(crate) fn arrived(&mut self, now: Instant, _from: SocketAddr, payload: &Bytes) {
        self.faults.at(now);
        self.last_arrival = Some(now);
        let message = match Message::parse(payload.clone()) {
            Ok(message) => message,
            Err(ParseError::Answerable { message, .. }) => return self.servers.unreadable(&message),
            Err(ParseError::NotSip(_)) => return,
        };
        if !message.is_request() && message.values(Name::Via).count() != 1 {
            return; // a response for somebody else (RFC 3261, 8.1.3.3)
        }
        if message.is_request() {
            self.servers.request(now, &message);
        } else {
            self.clients.response(now, &message, &mut self.dialogs);
        }
    }

    /// A datagram left the switch.
    pub(crate) fn sent(&mut self, now: Instant, to: SocketAddr, payload: &Bytes) {
        self.faults.at(now);
        let message = match Message::parse(payload.clone()) {
            Ok(message) => message,
            // What says that a request cannot be read repeats what cannot be read of it.
            Err(_)
                if [&b"SIP/2.0 400"[..], b"SIP/2.0 416", b"SIP/2.0 505"]
                    .iter()
                    .any(|head| payload.starts_with(head)) =>
            {
                return;
            }
            Err(error) => {
                return self.faults.add(format!("we sent what we cannot read: {error:?}"));
            }
        };
        self.dialogs.described(&message, &mut self.faults);
        if message.is_request() {
            self.clients
                .request(now, to, &message, &mut self.dialogs, &mut self.faults);
        } else {
            self.servers
                .response(now, to.ip(), &message, &mut self.dialogs, &mut self.faults);
        }
    }

    /// ICMP told the switch that nobody listens there.
    pub(crate) fn unreachable(&mut self, now: Instant, remote: SocketAddr) {
        self.faults.at(now);
        self.clients.unreachable(remote);
    }

    /// The media worker got an order.
    pub(crate) fn ordered(&mut self, command: &Command) {
        let (port, fits) = match command {
            Command::Open { port, .. } => (port, self.open.insert(port.0)),
            Command::Close { port } => (port, self.open.remove(&port.0)),
            Command::Update { port, .. } | Command::Play { port, .. } | Command::Unbridge { a: port } => {
                (port, self.open.contains(&port.0))
            }
            Command::Bridge { a, b } => (a, self.open.contains(&a.0) && self.open.contains(&b.0)),
            Command::Record { caller, callee, .. } => {
                let callee = callee.is_none_or(|callee| self.open.contains(&callee.0));
                (caller, callee && self.open.contains(&caller.0))
            }
            Command::StopPlay { .. } | Command::StopRecord { .. } => return,
        };
        if !fits {
            self.faults.add(format!(
                "an order that does not fit the stream of port {}: {command:?}",
                port.0
            ));
        }
    }

    /// The store and the log were told.
    pub(crate) fn told(&mut self, event: &CallEvent) {
        self.records.told(event, &self.servers, &mut self.faults);
    }

    /// The world is at rest for this instant.
    pub(crate) fn look<T: TapSink>(&mut self, now: Instant, shard: &Shard, worker: &Worker<T>) {
        self.faults.at(now);
        if let Err(fault) = shard.audit() {
            self.faults.add(fault);
        }
        let live = self.records.open_calls();
        if shard.gauges().calls < live {
            self.faults.add(format!(
                "{live} calls have no CDR and only {} are known",
                shard.gauges().calls
            ));
        }
        for (who, deadline) in [("shard", shard.poll_timeout()), ("worker", worker.poll_timeout())] {
            if let Some((at, why)) = deadline
                && at + SLACK < now
            {
                self.faults
                    .add(format!("the {who} did not take its deadline {why:?}"));
            }
        }
        self.servers.look(now, &self.dialogs, &mut self.faults);
        self.clients.look(&mut self.faults);
        self.count_look(now);
    }

    fn count_look(&mut self, now: Instant) {
        let looks = match self.looks {
            Some((at, looks)) if at == now => looks + 1,
            _ => 1,
        };
        self.looks = Some((now, looks));
        assert!(looks < MOST_LOOKS, "time stands still: {:?}", self.faults.said);
    }

    /// When the last datagram reached the switch.
    pub(crate) fn last_arrival(&self) -> Option<Instant> {
        self.last_arrival
    }

    /// The world is over: nothing may be owed to anybody.
    pub(crate) fn finish(&mut self, now: Instant) {
        self.faults.at(now);
        self.servers.finish(&mut self.faults);
        self.clients.finish(&mut self.faults);
        self.dialogs.finish(&mut self.faults);
        self.records.finish(&mut self.faults);
        if !self.open.is_empty() {
            self.faults
                .add(format!("streams are still open: {:?}", self.open));
        }
    }

    /// One more breach, seen by the owner of the world.
    pub(crate) fn add(&mut self, what: impl Into<String>) {
        self.faults.add(what);
    }

    /// Every breach so far, with its time.
    pub(crate) fn faults(&self) -> &[String] {
        &self.faults.said
    }
}
