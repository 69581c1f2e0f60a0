//! Disaster plans that are on, and every change of them: on the disk before anybody is told.

use std::path::Path;

use jiff::Timestamp;
use pointsman_policy::drs::{Activation, Change};
use rusqlite::{Connection, OptionalExtension, params};
use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::audit::{AuditEntry, append, connect_for_changes};
use crate::error::StoreError;
use crate::sqlite::connect;

/// A change as it was written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, JsonSchema)]
pub struct PlanChange {
    /// Its number; they rise without gaps.
    pub seq: i64,
    /// When, in Unix milliseconds.
    pub at_ms: i64,
    /// The customer.
    pub customer: String,
    /// Its plan.
    pub plan: String,
    /// Switched on or off.
    pub on: bool,
    /// Who wanted it.
    pub by: String,
}

/// Writes a change and syncs it. Blocks on the disk.
pub(crate) fn write(path: &Path, change: &Change) -> Result<(), StoreError> {
    // What is confirmed must survive a power cut.
    let mut connection = connect_for_changes(path)?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let Activation {
        customer,
        plan,
        since,
        until,
        by,
    } = &change.activation;
    let before = on_until(&transaction, customer, plan)?;
    transaction.execute(
        "DELETE FROM plans_on WHERE customer = ?1 AND plan = ?2",
        params![customer, plan],
    )?;
    if change.on {
        transaction.execute(
            "INSERT INTO plans_on (customer, plan, since_ms, until_ms, switched_by) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![customer, plan, since.as_millisecond(), until.as_millisecond(), by],
        )?;
    }
    transaction.execute(
        "INSERT INTO plan_changes (seq, at_ms, customer, plan, switched_on, changed_by)
         SELECT COALESCE(MAX(seq), 0) + 1, ?1, ?2, ?3, ?4, ?5 FROM plan_changes",
        params![
            change.at.as_millisecond(),
            customer,
            plan,
            i64::from(change.on),
            change.by
        ],
    )?;
    let entry = AuditEntry {
        at_ms: change.at.as_millisecond(),
        who: change.by.clone(),
        what: "drs.switch".to_owned(),
        object: plan.clone(),
        customer: Some(customer.clone()),
        before: Some(state(before)),
        after: Some(state(on_until(&transaction, customer, plan)?)),
        result: "done".to_owned(),
    };
    append(&transaction, entry)?;
    transaction.commit()?;
    Ok(())
}

/// Until when a plan is on, in Unix milliseconds.
fn on_until(connection: &Connection, customer: &str, plan: &str) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT until_ms FROM plans_on WHERE customer = ?1 AND plan = ?2";
    Ok(connection
        .query_row(sql, params![customer, plan], |row| row.get(0))
        .optional()?)
}

fn state(until_ms: Option<i64>) -> Value {
    match until_ms {
        Some(until_ms) => json!({ "on": true, "until_ms": until_ms }),
        None => json!({ "on": false }),
    }
}

/// The plans that were on when they were last written.
pub(crate) fn read(path: &Path) -> Result<Vec<Activation>, StoreError> {
    let connection = connect(path)?;
    let mut rows = connection.prepare(
        "SELECT customer, plan, since_ms, until_ms, switched_by FROM plans_on ORDER BY customer, plan",
    )?;
    let found = rows.query_map([], |row| {
        Ok(Activation {
            customer: row.get(0)?,
            plan: row.get(1)?,
            since: instant(row.get(2)?),
            until: instant(row.get(3)?),
            by: row.get(4)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The last `limit` changes, newest first; of one customer, if it is named.
pub(crate) fn history(
    path: &Path,
    customer: Option<&str>,
    limit: usize,
) -> Result<Vec<PlanChange>, StoreError> {
    let connection: Connection = connect(path)?;
    let mut rows = connection.prepare(
        "SELECT seq, at_ms, customer, plan, switched_on, changed_by FROM plan_changes
         WHERE ?1 IS NULL OR customer = ?1 ORDER BY seq DESC LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = rows.query_map(params![customer, limit], |row| {
        Ok(PlanChange {
            seq: row.get(0)?,
            at_ms: row.get(1)?,
            customer: row.get(2)?,
            plan: row.get(3)?,
            on: row.get::<_, i64>(4)? != 0,
            by: row.get(5)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}
