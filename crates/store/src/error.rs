//! What can go wrong with the database.

use std::path::PathBuf;

/// A failure of the durable side.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database file, or the folder it is in, cannot be opened.
    #[error("cannot open the database {}: {why}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// The file was written by a later release.
    #[error("the database has schema {found}, this release knows up to {known}: use the newer release")]
    Newer {
        /// Schema of the file.
        found: i64,
        /// Newest schema this release knows.
        known: i64,
    },
    /// SQLite refused a statement.
    #[error("the database failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A stored call cannot be read back.
    #[error("the stored call {id} cannot be read: {why}")]
    Unreadable {
        /// The call.
        id: String,
        /// The reason.
        why: String,
    },
    /// The name is in use, or was.
    #[error("there is or was a token {name}; a name is used once, so that the audit log stays clear")]
    TokenExists {
        /// The name.
        name: String,
    },
    /// There is no room for a further token.
    #[error("there are {most} tokens in force; revoke some")]
    TooManyTokens {
        /// The limit.
        most: i64,
    },
    /// The writer thread has ended.
    #[error("the database writer has stopped")]
    Stopped,
}
