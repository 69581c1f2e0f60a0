//! The tables, and how an older database becomes a current one.
//!
//! The SQL is what SQLite and PostgreSQL both understand, apart from the pragmas that only SQLite has.

use rusqlite::Connection;

use crate::error::StoreError;

/// One script per schema version, in order. A released script never changes; a change is a new script.
const SCRIPTS: [&str; 8] = [
    "
    CREATE TABLE live_calls (
        id          TEXT PRIMARY KEY,
        started_ms  BIGINT NOT NULL,
        answered_ms BIGINT,
        caller      TEXT,
        callee      TEXT NOT NULL,
        trunk       TEXT NOT NULL,
        customer    TEXT NOT NULL,
        body        TEXT NOT NULL
    );
    CREATE TABLE calls (
        id          TEXT PRIMARY KEY,
        started_ms  BIGINT NOT NULL,
        answered_ms BIGINT,
        ended_ms    BIGINT NOT NULL,
        caller      TEXT,
        callee      TEXT NOT NULL,
        trunk       TEXT NOT NULL,
        customer    TEXT NOT NULL,
        outcome     TEXT NOT NULL,
        talk_ms     BIGINT NOT NULL,
        body        TEXT NOT NULL
    );
    CREATE INDEX calls_started ON calls (started_ms);
    CREATE INDEX calls_customer ON calls (customer, started_ms);
    CREATE TABLE recordings (
        call_id    TEXT NOT NULL,
        id         BIGINT NOT NULL,
        path       TEXT NOT NULL,
        started_ms BIGINT NOT NULL,
        ended_ms   BIGINT,
        samples    BIGINT NOT NULL,
        bytes      BIGINT NOT NULL,
        error      TEXT,
        PRIMARY KEY (call_id, id)
    );
    CREATE TABLE marks (
        name  TEXT PRIMARY KEY,
        value BIGINT NOT NULL
    );
",
    "
    ALTER TABLE live_calls ADD COLUMN dialogs TEXT;
",
    "
    CREATE TABLE plans_on (
        customer    TEXT NOT NULL,
        plan        TEXT NOT NULL,
        since_ms    BIGINT NOT NULL,
        until_ms    BIGINT NOT NULL,
        switched_by TEXT NOT NULL,
        PRIMARY KEY (customer, plan)
    );
    CREATE TABLE plan_changes (
        seq         BIGINT PRIMARY KEY,
        at_ms       BIGINT NOT NULL,
        customer    TEXT NOT NULL,
        plan        TEXT NOT NULL,
        switched_on BIGINT NOT NULL,
        changed_by  TEXT NOT NULL
    );
",
    "
    CREATE TABLE api_tokens (
        name       TEXT PRIMARY KEY,
        hash       TEXT NOT NULL,
        scopes     TEXT NOT NULL,
        customer   TEXT,
        created_ms BIGINT NOT NULL,
        expires_ms BIGINT,
        revoked_ms BIGINT
    );
    CREATE TABLE audit (
        seq           BIGINT PRIMARY KEY,
        at_ms         BIGINT NOT NULL,
        who           TEXT NOT NULL,
        what          TEXT NOT NULL,
        object        TEXT NOT NULL,
        customer      TEXT,
        before_change TEXT,
        after_change  TEXT,
        result        TEXT NOT NULL,
        previous      TEXT NOT NULL,
        hash          TEXT NOT NULL
    );
    CREATE INDEX recordings_started ON recordings (started_ms);
",
    "
    ALTER TABLE recordings ADD COLUMN customer TEXT NOT NULL DEFAULT '';
    ALTER TABLE recordings ADD COLUMN called TEXT;
    ALTER TABLE recordings ADD COLUMN caller TEXT;
    ALTER TABLE recordings ADD COLUMN agent TEXT;
",
    "
    CREATE TABLE campaigns (
        customer   TEXT NOT NULL,
        campaign   TEXT NOT NULL,
        state      TEXT NOT NULL,
        changed_ms BIGINT NOT NULL,
        changed_by TEXT NOT NULL,
        PRIMARY KEY (customer, campaign)
    );
    CREATE TABLE campaign_attempts (
        attempt    BIGINT PRIMARY KEY,
        customer   TEXT NOT NULL,
        campaign   TEXT NOT NULL,
        number     TEXT NOT NULL,
        started_ms BIGINT NOT NULL,
        ended_ms   BIGINT,
        outcome    TEXT
    );
",
    "
    UPDATE recordings SET customer = COALESCE(
        (SELECT customer FROM calls WHERE calls.id = recordings.call_id),
        (SELECT customer FROM live_calls WHERE live_calls.id = recordings.call_id),
        '') WHERE customer = '';
    CREATE INDEX recordings_customer ON recordings (customer);
",
    "
    CREATE TABLE agent_wishes (
        customer   TEXT NOT NULL,
        agent      TEXT NOT NULL,
        state      TEXT NOT NULL,
        reason     TEXT,
        changed_ms BIGINT NOT NULL,
        changed_by TEXT NOT NULL,
        PRIMARY KEY (customer, agent)
    );
",
];

/// Brings the tables to the current version.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    apply(connection, &SCRIPTS)
}

fn apply(connection: &mut Connection, scripts: &[&str]) -> Result<(), StoreError> {
    let known = i64::try_from(scripts.len()).unwrap_or(i64::MAX);
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for script in scripts.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(script)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{SCRIPTS, apply, migrate};
    use crate::error::StoreError;

    fn version(connection: &Connection) -> i64 {
        connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn an_empty_file_and_a_current_one_end_at_the_same_version() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
        assert_eq!(version(&connection), SCRIPTS.len() as i64);
    }

    #[test]
    fn only_the_scripts_that_are_missing_run() {
        let mut connection = Connection::open_in_memory().unwrap();
        apply(&mut connection, &["CREATE TABLE a (x BIGINT)"]).unwrap();
        apply(
            &mut connection,
            &["CREATE TABLE a (x BIGINT)", "ALTER TABLE a ADD COLUMN y BIGINT"],
        )
        .unwrap();
        connection
            .execute("INSERT INTO a (x, y) VALUES (1, 2)", [])
            .unwrap();
        assert_eq!(version(&connection), 2);
    }

    #[test]
    fn recordings_of_older_releases_get_the_customer_of_their_call() {
        let mut connection = Connection::open_in_memory().unwrap();
        apply(&mut connection, &SCRIPTS[..6]).unwrap();
        let call =
            "INSERT INTO calls VALUES ('one', 1, 1, 2, NULL, '+32', 'pstn', 'garage', 'answered', 1, '{}')";
        let live = "INSERT INTO live_calls VALUES ('two', 1, 1, NULL, '+32', 'pstn', 'bakery', '{}', NULL)";
        let recording = |call: &str| {
            format!(
                "INSERT INTO recordings (call_id, id, path, started_ms, samples, bytes) VALUES ('{call}', 1, 'x', 1, 0, 0)"
            )
        };
        for sql in [
            call,
            live,
            &recording("one"),
            &recording("two"),
            &recording("none"),
        ] {
            connection.execute(sql, []).unwrap();
        }
        migrate(&mut connection).unwrap();
        let mut rows = connection
            .prepare("SELECT customer FROM recordings ORDER BY call_id")
            .unwrap();
        let found = rows.query_map([], |row| row.get(0)).unwrap();
        let customers: Vec<String> = found.collect::<Result<_, _>>().unwrap();
        assert_eq!(customers, ["", "garage", "bakery"]);
    }

    #[test]
    fn a_script_that_fails_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        let scripts = [
            "CREATE TABLE a (x BIGINT)",
            "ALTER TABLE nowhere ADD COLUMN y BIGINT",
        ];
        assert!(apply(&mut connection, &scripts).is_err());
        assert_eq!(version(&connection), 0);
        assert!(connection.prepare("SELECT x FROM a").is_err());
    }

    #[test]
    fn a_file_of_a_later_release_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        let refused = migrate(&mut connection);
        assert!(
            matches!(refused, Err(StoreError::Newer { found: 99, .. })),
            "{refused:?}"
        );
    }
}
