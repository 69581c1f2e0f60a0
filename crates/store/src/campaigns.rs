//! Campaigns and their attempts: an attempt is on the disk before its INVITE leaves (OUT-14 to OUT-16).

use std::path::Path;

use jiff::Timestamp;
use pointsman_policy::campaign::{
    AttemptEnd, AttemptRow, CampaignId, CampaignRow, Change, RunState, Written,
};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

use crate::audit::{AuditEntry, append, connect_for_changes};
use crate::error::StoreError;

/// Writes a change and syncs it. Blocks on the disk.
pub(crate) fn write(path: &Path, change: &Change) -> Result<(), StoreError> {
    // Nobody is dialled before the attempt survives a power cut.
    let mut connection = connect_for_changes(path)?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    match change {
        Change::State {
            at,
            by,
            campaign,
            state,
        } => write_state(&transaction, (*at, by), campaign, *state)?,
        Change::Attempt {
            at,
            attempt,
            campaign,
            number,
        } => {
            transaction.execute(
                "INSERT INTO campaign_attempts (attempt, customer, campaign, number, started_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    signed(*attempt),
                    campaign.customer,
                    campaign.name,
                    number,
                    at.as_millisecond()
                ],
            )?;
        }
        Change::Ended { at, attempt, end, .. } => {
            transaction.execute(
                "UPDATE campaign_attempts SET ended_ms = ?2, outcome = ?3 WHERE attempt = ?1",
                params![signed(*attempt), at.as_millisecond(), end.as_str()],
            )?;
        }
    }
    transaction.commit()?;
    Ok(())
}

fn write_state(
    transaction: &rusqlite::Transaction<'_>,
    (at, by): (Timestamp, &str),
    campaign: &CampaignId,
    state: RunState,
) -> Result<(), StoreError> {
    let CampaignId { customer, name } = campaign;
    let before: Option<String> = transaction
        .query_row(
            "SELECT state FROM campaigns WHERE customer = ?1 AND campaign = ?2",
            params![customer, name],
            |row| row.get(0),
        )
        .optional()?;
    transaction.execute(
        "INSERT INTO campaigns (customer, campaign, state, changed_ms, changed_by) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (customer, campaign)
         DO UPDATE SET state = excluded.state, changed_ms = excluded.changed_ms, changed_by = excluded.changed_by",
        params![customer, name, state.as_str(), at.as_millisecond(), by],
    )?;
    let entry = AuditEntry {
        at_ms: at.as_millisecond(),
        who: by.to_owned(),
        what: "campaign.state".to_owned(),
        object: name.clone(),
        customer: Some(customer.clone()),
        before: Some(json!({ "state": before.as_deref().unwrap_or("programmed") })),
        after: Some(json!({ "state": state.as_str() })),
        result: "done".to_owned(),
    };
    append(transaction, entry)?;
    Ok(())
}

/// Everything that was written. What a later release wrote and this one does not know is left out of campaigns; an
/// attempt with such an end counts as failed, so that nobody is called again for it.
pub(crate) fn read(connection: &Connection) -> Result<Written, StoreError> {
    let mut campaigns = connection.prepare("SELECT customer, campaign, state FROM campaigns")?;
    let campaigns = campaigns.query_map([], |row| {
        let state: String = row.get(2)?;
        Ok(RunState::of(&state).map(|state| {
            let campaign = CampaignId::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?);
            Ok(CampaignRow { campaign, state })
        }))
    })?;
    let campaigns = campaigns
        .filter_map(|row| row.and_then(Option::transpose).transpose())
        .collect::<Result<_, rusqlite::Error>>()?;
    let mut attempts = connection.prepare(
        "SELECT attempt, customer, campaign, number, started_ms, ended_ms, outcome FROM campaign_attempts
         ORDER BY attempt",
    )?;
    let attempts = attempts.query_map([], |row| {
        let (ended, outcome): (Option<i64>, Option<String>) = (row.get(5)?, row.get(6)?);
        let end = |outcome: String| AttemptEnd::of(&outcome).unwrap_or(AttemptEnd::Failed);
        Ok(AttemptRow {
            attempt: u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default(),
            campaign: CampaignId::new(row.get::<_, String>(1)?, row.get::<_, String>(2)?),
            number: row.get(3)?,
            started: instant(row.get(4)?),
            ended: ended
                .zip(outcome)
                .map(|(at, outcome)| (instant(at), end(outcome))),
        })
    })?;
    Ok(Written {
        campaigns,
        attempts: attempts.collect::<Result<_, _>>()?,
    })
}

fn signed(attempt: u64) -> i64 {
    i64::try_from(attempt).unwrap_or(i64::MAX)
}

fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}
