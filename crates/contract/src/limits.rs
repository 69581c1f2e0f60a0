//! The register of numbers: every limit of the service description, each with its paragraph.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// A number that may not be exceeded, or that is promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The number, in the unit that its name ends with.
    pub value: u32,
    /// Where it is stated, such as "3.1.3".
    pub paragraph: String,
}

impl Limit {
    /// Whether `count` of something is allowed.
    ///
    /// # Errors
    /// There are more; the refusal names limit and paragraph ("limit 5, §3.1.3").
    pub fn check(&self, count: usize) -> Result<(), Exceeded> {
        if u32::try_from(count).is_ok_and(|count| count <= self.value) {
            return Ok(());
        }
        Err(Exceeded {
            limit: self.value.to_string(),
            paragraph: self.paragraph.clone(),
        })
    }
}

/// A setting that the customer chooses between two bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The least that can be set.
    pub least: u32,
    /// The most that can be set.
    pub most: u32,
    /// What is in force if nothing is set.
    pub default: u32,
    /// Where it is stated.
    pub paragraph: String,
}

impl Range {
    /// Whether `value` can be set.
    ///
    /// # Errors
    /// It is outside; the refusal names bounds and paragraph ("limit 1 to 5, §3.1.3").
    pub fn check(&self, value: u32) -> Result<(), Exceeded> {
        if (self.least..=self.most).contains(&value) {
            return Ok(());
        }
        Err(Exceeded {
            limit: format!("{} to {}", self.least, self.most),
            paragraph: self.paragraph.clone(),
        })
    }
}

/// More than the service allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("limit {limit}, §{paragraph}")]
pub struct Exceeded {
    limit: String,
    paragraph: String,
}

macro_rules! group {
    ($(#[$what:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$what])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$doc])* pub $field: $kind,)* }
    };
}

group! {
    /// The whole register.
    Limits {
        /// Outbound campaigns.
        outbound: OutboundLimits,
        /// Sound files of customers.
        prompt: PromptLimits,
        /// Voice recording.
        recording: RecordingLimits,
        /// The portal.
        portal: PortalLimits,
        /// Disaster plans.
        drs: DrsLimits,
        /// The service desk.
        desk: DeskLimits,
        /// The life of a contract.
        contract: ContractLimits,
    }
}
group! {
    /// Outbound campaigns (OUT-10 to OUT-14).
    OutboundLimits {
        /// Contact lists of a customer.
        lists: Limit,
        /// Call numbers in one list.
        numbers_per_list: Limit,
        /// Campaigns that are programmed and not over.
        programmed_campaigns: Limit,
        /// Campaigns that run at a time.
        simultaneous_campaigns: Limit,
        /// Calls of a campaign at a time.
        concurrent_calls: Range,
        /// Seconds between two starts.
        start_gap_s: Range,
    }
}
group! {
    /// Sound files of customers (OUT-03 to OUT-06): WAV, PCM.
    PromptLimits {
        /// Samples a second.
        sample_rate_hz: Limit,
        /// Bits of a sample, unsigned.
        bits_per_sample: Limit,
        /// Channels.
        channels: Limit,
    }
}
group! {
    /// Voice recording (REC-22 to REC-30, REC-41).
    RecordingLimits {
        /// Capacity of a customer, in megabytes of 10^6 octets.
        quota_mb: Limit,
        /// Minutes of conversation in a megabyte.
        minutes_per_mb: Limit,
        /// Calendar months until a recording is deleted.
        retention_months: Limit,
        /// Calendar months that a deleted recording can be restored.
        trash_retention_months: Limit,
        /// Calendar days that recordings stay readable after the end of the contract.
        after_contract_days: Limit,
    }
}
group! {
    /// The portal (PRT-03, PRT-04).
    PortalLimits {
        /// Minutes without activity after which a login ends.
        idle_min: Limit,
        /// Minutes after which a login ends in any case.
        absolute_min: Limit,
    }
}
group! {
    /// Disaster plans (DRS-07 to DRS-11).
    DrsLimits {
        /// Hours to process a request inside working hours.
        activation_h_in_hours: Limit,
        /// Hours to process a request outside working hours.
        activation_h_out_of_hours: Limit,
        /// Minutes for a critical standard change.
        critical_change_min: Limit,
        /// Calendar months after which a plan that was switched on is off by itself.
        active_months: Limit,
    }
}
group! {
    /// The service desk (DSK-15, DSK-25, SLA-01 to SLA-03).
    DeskLimits {
        /// Minutes until an incident has its ticket.
        incident_ticket_min: Limit,
        /// Working days of work above which on-demand support may be refused.
        on_demand_refuse_over_workdays: Limit,
        /// Hours of the window in which a P1 incident is over.
        restoration_p1_h: Limit,
        /// Hour of a working day at which the windows open.
        window_opens_h: Limit,
        /// Hour of a working day at which the windows close.
        window_closes_h: Limit,
    }
}
group! {
    /// The life of a contract (IMP-09, CTR-04, MOB-05, BIL-03).
    ContractLimits {
        /// Working days from the confirmed order to the activation.
        implementation_workdays: Limit,
        /// Days of notice.
        notice_days: Limit,
        /// Installations of the app for one user.
        app_installations_per_user: Limit,
        /// Calendar months of a bill.
        billing_months: Limit,
    }
}

impl RecordingLimits {
    /// What a second of a conversation counts for at most, in octets, however large its file is (REC-23).
    #[must_use]
    pub fn octets_per_second(&self) -> u64 {
        1_000_000 / (u64::from(self.minutes_per_mb.value) * 60)
    }

    /// The capacity of a customer that ordered no other, in octets (REC-22).
    #[must_use]
    pub fn quota_octets(&self) -> u64 {
        u64::from(self.quota_mb.value) * 1_000_000
    }
}

/// The register in force.
#[must_use]
pub fn limits() -> &'static Limits {
    static LIMITS: LazyLock<Limits> = LazyLock::new(|| {
        serde_yaml::from_str(include_str!("../data/limits.yaml")).expect("a unit test reads the same text")
    });
    &LIMITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_10_to_14_a_refusal_names_limit_and_paragraph() {
        let outbound = &limits().outbound;
        assert_eq!(outbound.lists.check(5), Ok(()));
        assert_eq!(
            outbound.lists.check(6).unwrap_err().to_string(),
            "limit 5, §3.1.3"
        );
        assert_eq!(outbound.numbers_per_list.check(100), Ok(()));
        assert!(outbound.numbers_per_list.check(101).is_err());
        assert!(outbound.programmed_campaigns.check(3).is_err());
        assert!(outbound.simultaneous_campaigns.check(2).is_err());
        let calls = &outbound.concurrent_calls;
        assert!(calls.check(1).is_ok() && calls.check(5).is_ok() && calls.check(calls.default).is_ok());
        assert_eq!(calls.check(6).unwrap_err().to_string(), "limit 1 to 5, §3.1.3");
        assert!(outbound.start_gap_s.check(0).is_err());
    }

    #[test]
    fn rec_23_the_quota_holds_a_thousand_minutes() {
        pointsman_conformance::shows(&["REC-23 rate"]);
        let recording = &limits().recording;
        assert_eq!(recording.quota_mb.value * recording.minutes_per_mb.value, 1_000);
        assert_eq!(recording.octets_per_second(), 8_333);
        assert_eq!(
            recording.quota_octets() / recording.octets_per_second() / 60,
            1_000
        );
    }
}
