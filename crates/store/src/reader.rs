//! Queries, on read-only connections of their own: a reader neither waits for the writer nor holds it up.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pointsman_call::{Cdr, Outcome};
use pointsman_policy::campaign::Written;
use rusqlite::{Connection, OpenFlags, ToSql};

use crate::campaigns;
use crate::error::StoreError;
use crate::row::{Table, select_calls};

/// Which calls to return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// At most so many.
    pub limit: usize,
    /// Only calls of this customer.
    pub customer: Option<String>,
    /// Only calls that started at or after this time, in Unix milliseconds.
    pub since_ms: Option<i64>,
    /// Only calls that started before this time, in Unix milliseconds.
    pub until_ms: Option<i64>,
    /// Only calls from or to this number.
    pub number: Option<String>,
    /// Only calls that ended so.
    pub outcome: Option<Outcome>,
    /// Only calls that are (`true`) or are not (`false`) up.
    pub open: Option<bool>,
    /// Only calls that come after this one in the order of the answer: when it started and its identifier.
    pub after: Option<(i64, String)>,
}

impl Default for Query {
    /// The hundred newest calls.
    fn default() -> Self {
        Self {
            limit: 100,
            customer: None,
            since_ms: None,
            until_ms: None,
            number: None,
            outcome: None,
            open: None,
            after: None,
        }
    }
}

/// Reads calls; also from another process than the one that writes.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

/// Connections kept open between queries.
const IDLE: usize = 4;

impl Reader {
    /// Opens a database that exists.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let reader = Self {
            path: path.to_owned(),
            idle: Mutex::default(),
        };
        let connection = reader.connect()?;
        reader.put_back(connection);
        Ok(reader)
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        let open = |error: rusqlite::Error| StoreError::Open {
            path: self.path.clone(),
            why: error.to_string(),
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(open)?;
        connection.busy_timeout(Duration::from_secs(5)).map_err(open)?;
        connection
            .query_row("SELECT count(*) FROM marks", [], |_| Ok(()))
            .map_err(open)?;
        Ok(connection)
    }

    fn put_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
    }

    /// Campaigns and their attempts, as they were written.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn campaigns(&self) -> Result<Written, StoreError> {
        self.with(campaigns::read)
    }

    /// Runs `read` in one transaction: a call that ends meanwhile is seen once, up or over.
    pub(crate) fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let transaction = connection.transaction()?;
        let result = read(&transaction);
        transaction.finish()?;
        self.put_back(connection);
        result
    }

    /// The calls that match, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn calls(&self, query: &Query) -> Result<Vec<Cdr>, StoreError> {
        self.with(|connection| {
            let mut calls = Vec::new();
            for table in [Table::Live, Table::Finished] {
                if query.concerns(table) {
                    let (rest, values) = statement(query, table);
                    let values: Vec<&dyn ToSql> = values.iter().map(Box::as_ref).collect();
                    calls.extend(select_calls(connection, table, &rest, &values)?);
                }
            }
            calls.sort_by(|a, b| (b.started_ms, &b.id).cmp(&(a.started_ms, &a.id)));
            calls.truncate(query.limit);
            Ok(calls)
        })
    }

    /// One call.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn call(&self, id: &str) -> Result<Option<Cdr>, StoreError> {
        self.with(|connection| {
            let mut calls = select_calls(connection, Table::Finished, "WHERE id = $1", &[&id])?;
            if calls.is_empty() {
                calls = select_calls(connection, Table::Live, "WHERE id = $1", &[&id])?;
            }
            Ok(calls.pop())
        })
    }
}

impl Query {
    fn concerns(&self, table: Table) -> bool {
        match table {
            Table::Live => self.open != Some(false) && self.outcome.is_none(),
            Table::Finished => self.open != Some(true),
        }
    }
}

/// What follows `FROM` in the SQL of a query, and its values in the order of their placeholders.
fn statement(query: &Query, table: Table) -> (String, Vec<Box<dyn ToSql>>) {
    let mut terms: Vec<String> = Vec::new();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut term = |text: &str, value: Box<dyn ToSql>| {
        values.push(value);
        terms.push(text.replace('?', &format!("${}", values.len())));
    };
    if let Some(customer) = &query.customer {
        term("customer = ?", Box::new(customer.clone()));
    }
    if let Some(since) = query.since_ms {
        term("started_ms >= ?", Box::new(since));
    }
    if let Some(until) = query.until_ms {
        term("started_ms < ?", Box::new(until));
    }
    if let (Some(outcome), Table::Finished) = (query.outcome, table) {
        term("outcome = ?", Box::new(outcome.as_str()));
    }
    if let Some(number) = &query.number {
        term("? IN (caller, callee)", Box::new(number.clone()));
    }
    if let Some((started_ms, id)) = &query.after {
        // Two terms, because the second needs both values.
        values.push(Box::new(*started_ms));
        values.push(Box::new(id.clone()));
        terms.push(format!(
            "(started_ms, id) < (${}, ${})",
            values.len() - 1,
            values.len()
        ));
    }
    let filter = if terms.is_empty() {
        String::new()
    } else {
        format!("WHERE {} ", terms.join(" AND "))
    };
    values.push(Box::new(i64::try_from(query.limit).unwrap_or(i64::MAX)));
    let limit = values.len();
    (
        format!("{filter}ORDER BY started_ms DESC, id DESC LIMIT ${limit}"),
        values,
    )
}
