//! How much each customer has recorded, and who has no capacity left (REC-22 to REC-25).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use pointsman_call::RecordingRecord;
use pointsman_contract::limits;

const SAMPLES_PER_SECOND: u64 = 11_025;

/// What a recording counts for: the smaller of its octets and of what its time is worth.
pub(crate) fn counted(bytes: u64, samples: u64) -> u64 {
    bytes.min(samples.saturating_mul(limits().recording.octets_per_second()) / SAMPLES_PER_SECOND)
}

/// A recording that runs.
#[derive(Debug)]
struct Running {
    customer: Arc<str>,
    /// When it was first looked at. Not the time of day: a clock that is set must not cost capacity.
    since: Option<Instant>,
}

/// What counts for whom.
#[derive(Debug, Default)]
pub(crate) struct Quota {
    stored: HashMap<Arc<str>, u64>,
    running: HashMap<u64, Running>,
    /// Octets; a customer that is not among them has the capacity of the service description.
    ordered: HashMap<String, u64>,
    full: Arc<BTreeSet<String>>,
}

impl Quota {
    /// With what the store holds.
    pub(crate) fn new(stored: BTreeMap<String, u64>) -> Self {
        Self {
            stored: stored
                .into_iter()
                .map(|(customer, counted)| (customer.into(), counted))
                .collect(),
            ..Self::default()
        }
    }

    /// What customers have ordered beyond the default, in octets (REC-24).
    pub(crate) fn set_ordered(&mut self, ordered: &HashMap<String, u64>) {
        self.ordered.clone_from(ordered);
    }

    pub(crate) fn started(&mut self, recording: &RecordingRecord) {
        if recording.customer.is_empty() {
            return;
        }
        let running = Running {
            customer: recording.customer.clone(),
            since: None,
        };
        self.running.insert(recording.id, running);
    }

    pub(crate) fn ended(&mut self, recording: &RecordingRecord) {
        if self.running.remove(&recording.id).is_some() {
            let counted = counted(recording.bytes, recording.samples);
            *self.stored.entry(recording.customer.clone()).or_default() += counted;
        }
    }

    /// Who has no capacity left at this moment; `None` if that is as it was the last time.
    pub(crate) fn look(&mut self, now: Instant) -> Option<Arc<BTreeSet<String>>> {
        for running in self.running.values_mut() {
            running.since.get_or_insert(now);
        }
        let mut used: BTreeMap<&str, u64> = self
            .stored
            .iter()
            .map(|(who, counted)| (&**who, *counted))
            .collect();
        let per_second = limits().recording.octets_per_second();
        for running in self.running.values() {
            let lasted = now.saturating_duration_since(running.since.unwrap_or(now));
            let ms = u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX);
            *used.entry(&running.customer).or_default() += ms.saturating_mul(per_second) / 1_000;
        }
        let full: BTreeSet<String> = used
            .into_iter()
            .filter(|(customer, counted)| *counted >= self.capacity(customer))
            .map(|(customer, _)| customer.to_owned())
            .collect();
        if full == *self.full {
            return None;
        }
        self.full = Arc::new(full);
        Some(self.full.clone())
    }

    fn capacity(&self, customer: &str) -> u64 {
        let default = || limits().recording.quota_octets();
        self.ordered.get(customer).copied().unwrap_or_else(default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn recording(id: u64, bytes: u64, samples: u64) -> RecordingRecord {
        RecordingRecord {
            id,
            path: String::new(),
            started_ms: 1_000,
            ended_ms: None,
            samples,
            bytes,
            error: None,
            customer: "shop".into(),
            called: None,
            caller: None,
            agent: None,
        }
    }

    #[test]
    fn rec_23_two_minutes_count_a_megabyte_at_most() {
        pointsman_conformance::shows(&["REC-23 rate"]);
        let two_minutes = 120 * SAMPLES_PER_SECOND;
        let wav = two_minutes + 44;
        assert!(counted(wav, two_minutes) <= 1_000_000);
        assert_eq!(
            counted(500_000, two_minutes),
            500_000,
            "what is stored smaller counts as it is"
        );
    }

    #[test]
    fn rec_22_24_25_a_customer_is_full_at_its_capacity_and_not_before() {
        pointsman_conformance::shows(&["REC-22 default"]);
        let mut quota = Quota::new(BTreeMap::from([("shop".to_owned(), 499_900_000)]));
        let begin = Instant::now();
        let after = |seconds| begin + Duration::from_secs(seconds);
        assert_eq!(quota.look(begin), None);
        // Its record says a time of day long ago, as after a clock was set: that counts for nothing.
        quota.started(&recording(1, 0, 0));
        assert_eq!(quota.look(begin), None);
        assert_eq!(quota.look(after(11)), None, "eleven seconds fit");
        let full = quota.look(after(13)).expect("the thirteenth second does not");
        assert!(full.contains("shop"));
        assert_eq!(quota.look(after(14)), None, "it is said once");
        quota.ended(&recording(1, 120_000, 143_325));
        quota.set_ordered(&HashMap::from([("shop".to_owned(), 600_000_000)]));
        let full = quota.look(after(20)).expect("more was ordered");
        assert!(full.is_empty());
    }

    #[test]
    fn what_is_told_twice_or_is_of_nobody_counts_once_or_not_at_all() {
        let mut quota = Quota::default();
        quota.started(&recording(1, 0, 0));
        quota.ended(&recording(1, 10, 100));
        quota.ended(&recording(1, 10, 100));
        assert_eq!(quota.stored["shop"], 10);
        let mut own = recording(2, 0, 0);
        own.customer = "".into();
        quota.started(&own);
        assert!(quota.running.is_empty());
    }
}
