//! Tokens of the HTTP API. Only the SHA-256 of a token is kept: it is random, so nothing slower is needed.

use std::path::Path;

use rusqlite::{OptionalExtension, Row, TransactionBehavior, params};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::audit::{AuditEntry, append, connect_for_changes};
use crate::error::StoreError;
use crate::sqlite::connect;

/// Tokens in force that there may be: all of them are compared at each request.
const MOST: i64 = 1_000;

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ApiToken {
    /// Its name, never used again for another one: audit rows name it.
    pub name: String,
    /// SHA-256 of the secret, 64 hex digits.
    #[serde(skip)]
    pub hash: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// The one customer it sees; none: all.
    pub customer: Option<String>,
    /// When it was made, in Unix milliseconds.
    pub created_ms: i64,
    /// When it ends, in Unix milliseconds.
    pub expires_ms: Option<i64>,
    /// When it was revoked, in Unix milliseconds.
    pub revoked_ms: Option<i64>,
}

impl ApiToken {
    /// Whether it opens anything at `now_ms`.
    #[must_use]
    pub fn is_valid(&self, now_ms: i64) -> bool {
        self.revoked_ms.is_none() && self.expires_ms.is_none_or(|expires| now_ms < expires)
    }

    fn state(&self) -> serde_json::Value {
        json!({ "scopes": self.scopes, "customer": self.customer, "expires_ms": self.expires_ms })
    }
}

/// Keeps a new token, with its audit row.
pub(crate) fn add(path: &Path, token: &ApiToken, by: &str) -> Result<(), StoreError> {
    let mut connection = connect_for_changes(path)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let known = transaction
        .query_row("SELECT 1 FROM api_tokens WHERE name = ?1", [&token.name], |_| {
            Ok(())
        })
        .optional()?;
    if known.is_some() {
        return Err(StoreError::TokenExists {
            name: token.name.clone(),
        });
    }
    let valid: i64 = transaction.query_row(
        "SELECT count(*) FROM api_tokens
         WHERE revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > ?1)",
        [token.created_ms],
        |row| row.get(0),
    )?;
    if valid >= MOST {
        return Err(StoreError::TooManyTokens { most: MOST });
    }
    transaction.execute(
        "INSERT INTO api_tokens (name, hash, scopes, customer, created_ms, expires_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            token.name,
            token.hash,
            token.scopes.join(" "),
            token.customer,
            token.created_ms,
            token.expires_ms
        ],
    )?;
    let entry = AuditEntry {
        after: Some(token.state()),
        ..changed(token, "token.create", token.created_ms, by)
    };
    append(&transaction, entry)?;
    transaction.commit()?;
    Ok(())
}

/// Ends a token, with its audit row. `false`: there is none of this name that is not revoked.
pub(crate) fn revoke(path: &Path, name: &str, now_ms: i64, by: &str) -> Result<bool, StoreError> {
    let mut connection = connect_for_changes(path)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = transaction
        .query_row(
            &format!("{SELECT} WHERE name = ?1 AND revoked_ms IS NULL"),
            [name],
            row_of,
        )
        .optional()?;
    let Some(token) = found else { return Ok(false) };
    transaction.execute(
        "UPDATE api_tokens SET revoked_ms = ?1 WHERE name = ?2",
        params![now_ms, name],
    )?;
    let entry = AuditEntry {
        before: Some(token.state()),
        ..changed(&token, "token.revoke", now_ms, by)
    };
    append(&transaction, entry)?;
    transaction.commit()?;
    Ok(true)
}

/// All tokens there ever were, by name.
pub(crate) fn list(path: &Path) -> Result<Vec<ApiToken>, StoreError> {
    let connection = connect(path)?;
    let mut statement = connection.prepare(&format!("{SELECT} ORDER BY name"))?;
    let rows = statement.query_map([], row_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

const SELECT: &str =
    "SELECT name, hash, scopes, customer, created_ms, expires_ms, revoked_ms FROM api_tokens";

fn row_of(row: &Row<'_>) -> rusqlite::Result<ApiToken> {
    let scopes: String = row.get(2)?;
    Ok(ApiToken {
        name: row.get(0)?,
        hash: row.get(1)?,
        scopes: scopes.split_whitespace().map(str::to_owned).collect(),
        customer: row.get(3)?,
        created_ms: row.get(4)?,
        expires_ms: row.get(5)?,
        revoked_ms: row.get(6)?,
    })
}

fn changed(token: &ApiToken, what: &str, at_ms: i64, by: &str) -> AuditEntry {
    AuditEntry {
        at_ms,
        who: by.to_owned(),
        what: what.to_owned(),
        object: token.name.clone(),
        customer: token.customer.clone(),
        result: "done".to_owned(),
        ..AuditEntry::default()
    }
}
