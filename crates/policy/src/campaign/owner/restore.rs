//! What earlier processes wrote becomes what is known.

use jiff::Timestamp;

use super::run::Run;
use super::{Directory, Owner, Written};
use crate::campaign::AttemptEnd;

impl Owner {
    pub(super) fn restore(&mut self, now: Timestamp, directory: &Directory, written: Written) {
        for (id, plan) in directory {
            self.runs.insert(id.clone(), Run::new(now, plan.clone()));
        }
        for row in written.campaigns {
            let run = self
                .runs
                .entry(row.campaign)
                .or_insert_with(|| Run::of_the_past(now));
            run.state = row.state;
        }
        for row in written.attempts {
            self.last_attempt = self.last_attempt.max(row.attempt);
            let run = self
                .runs
                .entry(row.campaign.clone())
                .or_insert_with(|| Run::of_the_past(now));
            // The clock may have been set back since.
            run.started(row.started.min(now));
            let (at, end) = row.ended.unwrap_or((now, AttemptEnd::Interrupted));
            run.remember(at, &row.number, end);
            if row.ended.is_none() {
                self.save_end(at, row.attempt, row.campaign, row.number, end);
            }
        }
    }
}
