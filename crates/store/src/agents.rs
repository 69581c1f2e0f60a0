//! What agents asked for last (ACM-06): on the disk before the owner of agents is told.

use std::path::Path;

use pointsman_policy::acm::{AgentId, Wish};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde_json::{Value, json};

use crate::audit::{AuditEntry, append, connect_for_changes};
use crate::error::StoreError;

/// An agent, or its supervisor, asks for a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentWish {
    /// When, in Unix milliseconds.
    pub at_ms: i64,
    /// Who wanted it.
    pub by: String,
    /// For which agent.
    pub agent: AgentId,
    /// What.
    pub wish: Wish,
}

/// Writes a wish and syncs it. Blocks on the disk.
pub(crate) fn write(path: &Path, asked: &AgentWish) -> Result<(), StoreError> {
    // What was answered must survive a power cut.
    let mut connection = connect_for_changes(path)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let AgentWish {
        at_ms,
        by,
        agent: AgentId { customer, agent },
        wish,
    } = asked;
    let before = transaction
        .query_row(
            "SELECT state, reason FROM agent_wishes WHERE customer = ?1 AND agent = ?2",
            params![customer, agent],
            |row| Ok(wish_of(&row.get::<_, String>(0)?, row.get(1)?)),
        )
        .optional()?
        .flatten();
    let (state, reason) = words(wish);
    transaction.execute(
        "INSERT INTO agent_wishes (customer, agent, state, reason, changed_ms, changed_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (customer, agent)
         DO UPDATE SET state = excluded.state, reason = excluded.reason,
             changed_ms = excluded.changed_ms, changed_by = excluded.changed_by",
        params![customer, agent, state, reason, at_ms, by],
    )?;
    let entry = AuditEntry {
        at_ms: *at_ms,
        who: by.clone(),
        what: "agent.state".to_owned(),
        object: agent.clone(),
        customer: Some(customer.clone()),
        before: before.as_ref().map(shown),
        after: Some(shown(wish)),
        result: "done".to_owned(),
    };
    append(&transaction, entry)?;
    transaction.commit()?;
    Ok(())
}

/// What every agent asked for last. What a later release wrote and this one does not know is left out.
pub(crate) fn read(connection: &Connection) -> Result<Vec<(AgentId, Wish)>, StoreError> {
    let mut rows = connection
        .prepare("SELECT customer, agent, state, reason FROM agent_wishes ORDER BY customer, agent")?;
    let found = rows.query_map([], |row| {
        let id = AgentId::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?);
        let wish = wish_of(&row.get::<_, String>(2)?, row.get(3)?);
        Ok(wish.map(|wish| (id, wish)))
    })?;
    Ok(found.filter_map(Result::transpose).collect::<Result<_, _>>()?)
}

fn words(wish: &Wish) -> (&'static str, Option<&str>) {
    match wish {
        Wish::Available => ("available", None),
        Wish::Pause { reason } => ("pause", Some(reason)),
        Wish::Offline => ("offline", None),
    }
}

fn wish_of(state: &str, reason: Option<String>) -> Option<Wish> {
    match state {
        "available" => Some(Wish::Available),
        "pause" => Some(Wish::Pause {
            reason: reason.unwrap_or_default(),
        }),
        "offline" => Some(Wish::Offline),
        _ => None,
    }
}

fn shown(wish: &Wish) -> Value {
    match words(wish) {
        (state, Some(reason)) => json!({ "state": state, "reason": reason }),
        (state, None) => json!({ "state": state }),
    }
}
