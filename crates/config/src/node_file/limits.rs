//! `limits`.

use std::time::Duration;

use crate::config::Limits;
use crate::form::LimitsSection;
use crate::source::{Collector, Source};
use crate::yaml::At;

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls: 4_000,
            connections: 1_024,
            connections_per_source: 64,
            message_within: Duration::from_secs(10),
            idle: Duration::from_secs(3_600),
        }
    }
}

/// The limits written, and those that hold where nothing is.
pub(super) fn limits(collector: &mut Collector, source: &Source, item: Option<&At<LimitsSection>>) -> Limits {
    let mut limits = Limits::default();
    let Some(written) = item.and_then(|item| item.value.as_ref()) else {
        return limits;
    };
    for (key, what, written, limit) in [
        ("calls", "calls", written.calls, &mut limits.calls),
        (
            "connections",
            "connections",
            written.connections,
            &mut limits.connections,
        ),
        (
            "connections_per_source",
            "connections from one address",
            written.connections_per_source,
            &mut limits.connections_per_source,
        ),
    ] {
        let Some(number) = written else { continue };
        if number == 0 {
            let at = source.value.place(["limits", key]);
            let message = format!("a limit of 0 {what} refuses everything");
            collector.add(source, at, message, format!("write {key}: 1 or more"));
        }
        *limit = usize::try_from(number).unwrap_or(usize::MAX);
    }
    if let Some(within) = written.message_within {
        limits.message_within = within.0;
    }
    if let Some(idle) = written.idle {
        limits.idle = idle.0;
    }
    limits
}
