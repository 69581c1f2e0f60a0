//! What is counted of connections.

use super::Maker;
use crate::streams::{Full, Why};
use prometheus::{IntCounter, IntGauge};

/// Connections: how many, opened by whom, refused and closed for which reason.
pub(crate) struct StreamMetrics {
    /// By peers, by us.
    open: [IntGauge; 2],
    opened: [IntCounter; 2],
    refused: [IntCounter; Full::ALL.len()],
    closed: [IntCounter; Why::ALL.len()],
}

impl StreamMetrics {
    pub(super) fn new(make: &Maker<'_>) -> Self {
        let open = make.gauges(
            "connections",
            "Connections that are up, by who opened them",
            &["by"],
        );
        let opened = make.counters(
            "connections_opened_total",
            "Connections that came up, by who opened them",
            &["by"],
        );
        let refused = make.counters(
            "connections_refused_total",
            "Connections that were not taken or not opened because of a limit",
            &["limit"],
        );
        let closed = make.counters(
            "connections_closed_total",
            "Connections that ended or could not be opened, by reason",
            &["why"],
        );
        let by = ["peer", "us"];
        Self {
            open: by.map(|by| open.with_label_values(&[by])),
            opened: by.map(|by| opened.with_label_values(&[by])),
            refused: Full::ALL.map(|full| refused.with_label_values(&[full.as_str()])),
            closed: Why::ALL.map(|why| closed.with_label_values(&[why.as_str()])),
        }
    }

    /// A connection came up; it is over when what is returned is dropped.
    pub(crate) fn begin(&self, is_ours: bool) -> Shown {
        let place = usize::from(is_ours);
        self.opened[place].inc();
        self.open[place].inc();
        Shown(self.open[place].clone())
    }

    /// A connection was not taken, or not opened.
    pub(crate) fn refused(&self, full: Full) {
        self.refused[full as usize].inc();
    }

    /// A connection ended or could not be opened.
    pub(crate) fn closed(&self, why: Why) {
        self.closed[why as usize].inc();
    }
}

/// A connection in the gauge.
pub(crate) struct Shown(IntGauge);

impl Drop for Shown {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use crate::metrics::{Metrics, Momentary};
    use crate::streams::{Full, Why};

    #[test]
    fn each_reason_counts_under_its_own_name() {
        let metrics = Metrics::new();
        let shown = metrics.streams.begin(true);
        drop(metrics.streams.begin(false));
        metrics.streams.refused(Full::Source);
        for (times, why) in Why::ALL.into_iter().enumerate() {
            (0..times).for_each(|_| metrics.streams.closed(why));
        }
        let text = metrics.render(Momentary::default());
        let has = |line: &str| {
            assert!(
                text.lines().any(|one| one == line),
                "{line} is missing in\n{text}"
            );
        };
        has("pointsman_connections{by=\"us\"} 1");
        has("pointsman_connections{by=\"peer\"} 0");
        has("pointsman_connections_opened_total{by=\"peer\"} 1");
        has("pointsman_connections_refused_total{limit=\"source\"} 1");
        has("pointsman_connections_refused_total{limit=\"total\"} 0");
        for (times, why) in Why::ALL.into_iter().enumerate() {
            has(&format!(
                "pointsman_connections_closed_total{{why=\"{}\"}} {times}",
                why.as_str()
            ));
        }
        drop(shown);
    }
}
