//! The audit log: every change that people and programs make, each row bound to the one before by its hash.
//!
//! A row that is altered, taken out or put in between breaks the chain. A chain cut off at its end does not show by
//! itself: whoever notes the newest hash elsewhere sees that too ([`Verdict::head`]).

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Row, TransactionBehavior, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::sqlite::connect;

/// How long a change waits for other writers of the file.
const PATIENCE: Duration = Duration::from_secs(5);

/// A change, as it is reported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    /// Unix milliseconds.
    pub at_ms: i64,
    /// Who: "token NAME", "phone NUMBER", "command line", "signal".
    pub who: String,
    /// What was done, such as "drs.switch".
    pub what: String,
    /// To what: the name of a plan, a campaign, an agent or a token.
    pub object: String,
    /// The customer it concerns; none: the whole node.
    pub customer: Option<String>,
    /// How it was before, where that is known.
    pub before: Option<Value>,
    /// How it is afterwards, or was to be.
    pub after: Option<Value>,
    /// "done", or why it was not.
    pub result: String,
}

/// A change, as it was written.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AuditRow {
    /// Its number; they rise without gaps.
    pub seq: i64,
    /// The change.
    #[serde(flatten)]
    pub entry: AuditEntry,
    /// Hash of the row before, 64 hex digits.
    pub previous: String,
    /// SHA-256 of that hash and all of this row, 64 hex digits.
    pub hash: String,
}

/// Which rows to return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditQuery {
    /// At most so many.
    pub limit: usize,
    /// Only those of this customer.
    pub customer: Option<String>,
    /// Only those before this one.
    pub before_seq: Option<i64>,
}

/// What checking the chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Rows that are in order, from the first on.
    pub good: i64,
    /// The first row that is not: its number and what is wrong.
    pub broken: Option<(i64, &'static str)>,
    /// Hash of the last row that is in order. Kept elsewhere, it shows later that nothing was cut off.
    pub head: String,
    /// Whether the hash that was asked for is one of theirs.
    pub holds_expected: bool,
}

/// What the first row has in the place of a hash before it.
fn root() -> String {
    "0".repeat(64)
}

impl AuditRow {
    fn after(seq: i64, previous: String, entry: AuditEntry) -> Result<Self, StoreError> {
        let text = serde_json::to_string(&(seq, &entry)).map_err(|error| StoreError::Unreadable {
            id: format!("of audit row {seq}"),
            why: error.to_string(),
        })?;
        let digest = Sha256::new()
            .chain_update(&previous)
            .chain_update(text)
            .finalize();
        Ok(Self {
            seq,
            entry,
            previous,
            hash: hex(&digest),
        })
    }
}

/// Octets as lower-case hex digits.
#[must_use]
pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// A connection for changes: each commit is synced.
pub(crate) fn connect_for_changes(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

/// Writes a change into the transaction that makes it.
pub(crate) fn append(transaction: &Connection, entry: AuditEntry) -> Result<AuditRow, StoreError> {
    let last = transaction
        .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .next()
        .transpose()?;
    let (seq, previous): (i64, String) = last.unwrap_or_else(|| (0, root()));
    let row = AuditRow::after(seq + 1, previous, entry)?;
    let AuditEntry {
        at_ms,
        who,
        what,
        object,
        customer,
        before,
        after,
        result,
    } = &row.entry;
    let text = |value: &Option<Value>| value.as_ref().map(Value::to_string);
    transaction.execute(
        "INSERT INTO audit
             (seq, at_ms, who, what, object, customer, before_change, after_change, result, previous, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            row.seq,
            at_ms,
            who,
            what,
            object,
            customer,
            text(before),
            text(after),
            result,
            row.previous,
            row.hash
        ],
    )?;
    Ok(row)
}

/// Writes a change that has no other place in the database, and syncs it.
pub(crate) fn write(path: &Path, entry: AuditEntry) -> Result<AuditRow, StoreError> {
    let mut connection = connect_for_changes(path)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let row = append(&transaction, entry)?;
    transaction.commit()?;
    Ok(row)
}

/// The rows that match, newest first.
pub(crate) fn read(path: &Path, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError> {
    let connection = connect(path)?;
    let mut statement = connection.prepare(&format!(
        "{SELECT} WHERE seq < ?1 AND (?2 IS NULL OR customer = ?2) ORDER BY seq DESC LIMIT ?3"
    ))?;
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let before = query.before_seq.unwrap_or(i64::MAX);
    let rows = statement.query_map(params![before, query.customer, limit], row_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Computes every hash again. `expected` is one that somebody noted before.
pub(crate) fn verify(path: &Path, expected: Option<&str>) -> Result<Verdict, StoreError> {
    let connection = connect(path)?;
    let mut statement = connection.prepare(&format!("{SELECT} ORDER BY seq"))?;
    let mut rows = statement.query([])?;
    let mut verdict = Verdict {
        good: 0,
        broken: None,
        head: root(),
        holds_expected: expected.is_none_or(|expected| expected == root()),
    };
    while let Some(row) = rows.next()? {
        let row = row_of(row)?;
        let wanted = AuditRow::after(row.seq, row.previous.clone(), row.entry.clone())?;
        let wrong = match () {
            () if row.seq != verdict.good + 1 => Some("a row before it is missing"),
            () if row.previous != verdict.head => Some("it does not follow from the row before it"),
            () if row.hash != wanted.hash => Some("it was altered"),
            () => None,
        };
        if let Some(wrong) = wrong {
            verdict.broken = Some((row.seq, wrong));
            break;
        }
        verdict.good = row.seq;
        verdict.holds_expected |= expected == Some(&row.hash);
        verdict.head = row.hash;
    }
    Ok(verdict)
}

const SELECT: &str = "SELECT seq, at_ms, who, what, object, customer, before_change, after_change, result,
    previous, hash FROM audit";

fn row_of(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    // What is no JSON was altered, and stays visible as a text that is not the one that was hashed.
    let json =
        |text: Option<String>| text.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
    Ok(AuditRow {
        seq: row.get(0)?,
        entry: AuditEntry {
            at_ms: row.get(1)?,
            who: row.get(2)?,
            what: row.get(3)?,
            object: row.get(4)?,
            customer: row.get(5)?,
            before: json(row.get(6)?),
            after: json(row.get(7)?),
            result: row.get(8)?,
        },
        previous: row.get(9)?,
        hash: row.get(10)?,
    })
}
