//! What the node counts, in its own Prometheus registry.
//!
//! Labels come from bounded sets only: never a number, a Call-ID or an address.

mod streams;

use crate::kind;
use pointsman_call::{Gauges, Outcome};
use prometheus::{Encoder, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};
use streams::StreamMetrics;

/// Reasons that RTP packets were not forwarded, and the one that they were.
pub(crate) const RTP_LABELS: [&str; 8] = [
    "forwarded",
    "consumed",
    "closed",
    "not_rtp",
    "not_rtcp",
    "source",
    "hold",
    "unsent",
];

/// All counters and gauges of one node. Each field is a handle that any thread may raise.
pub(crate) struct Metrics {
    registry: Registry,
    calls: IntGauge,
    transactions: IntGauge,
    ports: IntGauge,
    received: Vec<IntCounter>,
    sent: Vec<IntCounter>,
    ended: Vec<IntCounter>,
    refused: IntCounterVec,
    api_refused: IntCounterVec,
    dropped: IntCounterVec,
    rtp: Vec<IntCounter>,
    pub(crate) unreachable: IntCounter,
    pub(crate) reloads_ok: IntCounter,
    pub(crate) reloads_refused: IntCounter,
    pub(crate) recordings_ok: IntCounter,
    pub(crate) recordings_failed: IntCounter,
    pub(crate) recordings_running: IntGauge,
    pub(crate) recorder_lost: IntCounter,
    pub(crate) rtp_unbound: IntCounter,
    pub(crate) not_recorded: IntCounter,
    pub(crate) bans: IntCounter,
    pub(crate) overloaded: IntGauge,
    store_waiting: IntGauge,
    store_stalled: IntGauge,
    store_lost: IntGauge,
    resident: IntGauge,
    uptime: IntGauge,
    pub(crate) streams: StreamMetrics,
}

/// What a scrape reads from elsewhere at that moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Momentary {
    pub(crate) store_waiting: usize,
    pub(crate) store_stalled: bool,
    pub(crate) store_lost: u64,
    pub(crate) uptime_seconds: u64,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let registry = Registry::new();
        let make = Maker { registry: &registry };
        let messages = make.counters(
            "sip_messages_total",
            "SIP messages by direction and kind",
            &["direction", "kind"],
        );
        let by_kind = |direction: &str| {
            kind::LABELS
                .iter()
                .map(|kind| messages.with_label_values(&[direction, *kind]))
                .collect()
        };
        let ended = make.counters("calls_total", "Calls that are over, by outcome", &["outcome"]);
        let rtp = make.counters(
            "rtp_packets_total",
            "RTP and RTCP packets received, by what became of them",
            &["fate"],
        );
        let reloads = make.counters("reloads_total", "Configuration reloads by result", &["result"]);
        let recordings = make.counters(
            "recordings_total",
            "Recordings that ended, by result",
            &["result"],
        );
        Self {
            calls: make.gauge("calls", "Calls that are not over"),
            transactions: make.gauge(
                "transactions",
                "SIP transactions, finished ones that linger included",
            ),
            ports: make.gauge("rtp_ports_in_use", "RTP port pairs in use"),
            received: by_kind("in"),
            sent: by_kind("out"),
            ended: Outcome::ALL
                .iter()
                .map(|outcome| ended.with_label_values(&[outcome.as_str()]))
                .collect(),
            refused: make.counters(
                "refused_total",
                "Requests outside a dialog that were refused, repetitions not counted",
                &["status", "why"],
            ),
            api_refused: make.counters(
                "api_refused_total",
                "HTTP requests refused for their token, by status",
                &["status"],
            ),
            dropped: make.counters("dropped_total", "Datagrams dropped, by reason", &["why"]),
            rtp: RTP_LABELS
                .iter()
                .map(|fate| rtp.with_label_values(&[*fate]))
                .collect(),
            unreachable: make.counter(
                "unreachable_total",
                "Destinations that ICMP or the kernel called unreachable",
            ),
            reloads_ok: reloads.with_label_values(&["ok"]),
            reloads_refused: reloads.with_label_values(&["refused"]),
            recordings_ok: recordings.with_label_values(&["ok"]),
            recordings_failed: recordings.with_label_values(&["failed"]),
            recordings_running: make.gauge("recordings_running", "Recordings being written"),
            recorder_lost: make.counter(
                "recorder_lost_packets_total",
                "Packets recorded as silence because the recorder did not keep up",
            ),
            overloaded: make.gauge(
                "overloaded",
                "1 while new calls are refused because reading falls behind",
            ),
            not_recorded: make.counter(
                "not_recorded_total",
                "Calls not recorded because the customer's capacity was full",
            ),
            bans: make.counter("bans_total", "Bans of addresses of no trunk that sent too fast"),
            rtp_unbound: make.counter("rtp_bind_failures_total", "RTP ports that could not be bound"),
            store_waiting: make.gauge("store_waiting", "Events that wait for the call store"),
            store_stalled: make.gauge(
                "store_stalled",
                "1 while the call store does not keep up or cannot write",
            ),
            store_lost: make.gauge("store_calls_lost", "Calls whose record was lost"),
            resident: make.named("process_resident_memory_bytes", "Resident memory in bytes"),
            uptime: make.gauge("uptime_seconds", "Seconds since the start"),
            streams: StreamMetrics::new(&make),
            registry,
        }
    }

    /// A datagram arrived.
    pub(crate) fn count_received(&self, datagram: &[u8]) {
        self.received[kind::kind_of(datagram)].inc();
    }

    /// A datagram is on its way.
    pub(crate) fn count_sent(&self, datagram: &[u8]) {
        self.sent[kind::kind_of(datagram)].inc();
    }

    /// `count` packets shared a fate: an index into [`RTP_LABELS`].
    pub(crate) fn count_rtp(&self, fate: usize, count: u64) {
        self.rtp[fate].inc_by(count);
    }

    /// A call is over.
    pub(crate) fn count_ended(&self, outcome: Outcome) {
        if let Some(index) = Outcome::ALL.iter().position(|&one| one == outcome) {
            self.ended[index].inc();
        }
    }

    /// An INVITE did not become a call.
    pub(crate) fn count_refused(&self, status: u16, why: &'static str) {
        self.refused
            .with_label_values(&[status.to_string().as_str(), why])
            .inc();
    }

    /// An HTTP request was refused for its token.
    pub(crate) fn count_api_refused(&self, status: u16) {
        self.api_refused
            .with_label_values(&[status.to_string().as_str()])
            .inc();
    }

    /// A datagram was dropped.
    pub(crate) fn count_dropped(&self, why: &'static str, count: u64) {
        self.dropped.with_label_values(&[why]).inc_by(count);
    }

    /// The live counts of the shard.
    pub(crate) fn show(&self, gauges: Gauges) {
        self.calls.set(gauges.calls as i64);
        self.transactions.set(gauges.transactions as i64);
        self.ports.set(gauges.ports as i64);
    }

    /// The live counts last shown.
    pub(crate) fn gauges(&self) -> Gauges {
        Gauges {
            calls: self.calls.get() as usize,
            transactions: self.transactions.get() as usize,
            ports: self.ports.get() as usize,
        }
    }

    /// The text a Prometheus server reads.
    pub(crate) fn render(&self, now: Momentary) -> String {
        self.store_waiting.set(now.store_waiting as i64);
        self.store_stalled.set(i64::from(now.store_stalled));
        self.store_lost.set(now.store_lost as i64);
        self.resident.set(resident_bytes().unwrap_or(0));
        self.uptime.set(now.uptime_seconds as i64);
        let mut text = Vec::new();
        // Writing into memory cannot fail, and what we registered is well-formed.
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        String::from_utf8(text).unwrap_or_default()
    }
}

/// Resident memory of this process (`/proc/self/statm`, second field, in pages).
pub(crate) fn resident_bytes() -> Option<i64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: i64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * crate::sys::page_size())
}

/// Registers under the prefix `pointsman_`.
struct Maker<'a> {
    registry: &'a Registry,
}

impl Maker<'_> {
    fn registered<C: prometheus::core::Collector + Clone + 'static>(&self, made: prometheus::Result<C>) -> C {
        let made = made.expect("names and labels are constants of this file and valid");
        self.registry
            .register(Box::new(made.clone()))
            .expect("each name is registered once");
        made
    }

    fn options(name: &str, help: &str) -> Opts {
        Opts::new(format!("pointsman_{name}"), help)
    }

    fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.registered(IntGauge::with_opts(Self::options(name, help)))
    }

    /// Under a name that other programs use as well, without our prefix.
    fn named(&self, name: &str, help: &str) -> IntGauge {
        self.registered(IntGauge::new(name, help))
    }

    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.registered(IntCounter::with_opts(Self::options(name, help)))
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.registered(IntGaugeVec::new(Self::options(name, help), labels))
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.registered(IntCounterVec::new(Self::options(name, help), labels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_node_shows_zeroes_and_every_outcome() {
        let text = Metrics::new().render(Momentary::default());
        for line in [
            "pointsman_calls 0",
            "pointsman_transactions 0",
            "pointsman_rtp_ports_in_use 0",
        ] {
            assert!(
                text.lines().any(|one| one == line),
                "{line} is missing in\n{text}"
            );
        }
        for outcome in Outcome::ALL {
            assert!(text.contains(&format!(
                "pointsman_calls_total{{outcome=\"{}\"}} 0",
                outcome.as_str()
            )));
        }
    }

    #[test]
    fn what_was_counted_is_shown() {
        let metrics = Metrics::new();
        metrics.count_received(b"INVITE sip:a@b SIP/2.0\r\n");
        metrics.count_sent(b"SIP/2.0 100 Trying\r\n");
        metrics.count_ended(Outcome::NoAnswer);
        metrics.count_refused(503, "draining");
        metrics.count_dropped("not SIP", 2);
        metrics.count_rtp(0, 5);
        metrics.show(Gauges {
            calls: 1,
            transactions: 2,
            ports: 3,
        });
        assert_eq!(
            metrics.gauges(),
            Gauges {
                calls: 1,
                transactions: 2,
                ports: 3
            }
        );
        let text = metrics.render(Momentary {
            store_waiting: 4,
            ..Momentary::default()
        });
        for line in [
            "pointsman_sip_messages_total{direction=\"in\",kind=\"INVITE\"} 1",
            "pointsman_sip_messages_total{direction=\"out\",kind=\"1xx\"} 1",
            "pointsman_calls_total{outcome=\"no_answer\"} 1",
            "pointsman_refused_total{status=\"503\",why=\"draining\"} 1",
            "pointsman_dropped_total{why=\"not SIP\"} 2",
            "pointsman_rtp_packets_total{fate=\"forwarded\"} 5",
            "pointsman_store_waiting 4",
            "pointsman_rtp_ports_in_use 3",
        ] {
            assert!(
                text.lines().any(|one| one == line),
                "{line} is missing in\n{text}"
            );
        }
    }

    #[test]
    fn resident_memory_is_that_of_a_process() {
        assert!(resident_bytes().unwrap() > 1 << 20);
    }
}
