//! Who may do what over HTTP: tokens, their scopes, and the token of the machine itself.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pointsman_store::{ApiToken, Store, StoreError, hex};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Name of the token that a node writes into its data folder for commands on the same machine.
pub const LOCAL: &str = "local";

/// How old the known tokens may be: so late comes a revocation.
const FRESH: Duration = Duration::from_millis(500);
/// How old they may be for one that is not among them: it may have been made just now.
const FRESHER: Duration = Duration::from_millis(20);

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Status, customers, entitlements, plans, events without phone numbers.
    Read,
    /// Calls with their numbers and messages; explanations of routing; numbers in events.
    Calls,
    /// Switch disaster plans.
    Drs,
    /// Start, pause, resume and stop outbound campaigns.
    Campaigns,
    /// Make agents available, pause them, log them out.
    Agents,
    /// List and hear recordings.
    Recordings,
    /// Everything, and the audit log and reloads.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Read,
        Self::Calls,
        Self::Drs,
        Self::Campaigns,
        Self::Agents,
        Self::Recordings,
        Self::Admin,
    ];

    /// The word on the command line and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Calls => "calls",
            Self::Drs => "drs",
            Self::Campaigns => "campaigns",
            Self::Agents => "agents",
            Self::Recordings => "recordings",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no scope; there are read, calls, drs, campaigns, agents, recordings and admin")]
pub struct UnknownScope(String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

/// A new token: 256 random bits as text. It is shown once and kept nowhere.
///
/// # Errors
/// The system has no randomness to give.
pub fn new_secret() -> io::Result<String> {
    let mut octets = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut octets)?;
    Ok(format!("pm_{}", hex(&octets)))
}

/// What is kept of a token.
#[must_use]
pub fn hash_secret(secret: &str) -> String {
    hex(&Sha256::digest(secret))
}

/// Where a node leaves the token for commands on its machine, readable by its owner only.
#[must_use]
pub fn local_token(data: &Path) -> PathBuf {
    data.join("local-token")
}

/// Makes the machine's token anew; returns what is kept of it.
pub(crate) fn write_local(data: &Path) -> io::Result<String> {
    let (path, secret) = (local_token(data), new_secret()?);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{secret}")?;
    Ok(hash_secret(&secret))
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// "token NAME", or "local" for a command on this machine without one.
    pub(crate) who: Arc<str>,
    scopes: Arc<[Scope]>,
    /// The one customer it sees; none: all.
    pub(crate) customer: Option<Arc<str>>,
}

impl Caller {
    /// A command on this machine that shows no token.
    pub(crate) fn on_this_machine() -> Self {
        Self {
            who: LOCAL.into(),
            scopes: [Scope::Admin].into(),
            customer: None,
        }
    }

    fn new(token: &ApiToken) -> Self {
        Self {
            who: format!("token {}", token.name).into(),
            scopes: token
                .scopes
                .iter()
                .filter_map(|scope| scope.parse().ok())
                .collect(),
            customer: token.customer.as_deref().map(Into::into),
        }
    }

    /// Whether it may do this.
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin)
    }

    /// Whether what belongs to `customer` concerns it.
    pub(crate) fn sees(&self, customer: &str) -> bool {
        self.customer.as_deref().is_none_or(|own| own == customer)
    }
}

/// The tokens of a node.
pub(crate) struct Access {
    store: Arc<dyn Store>,
    local: ApiToken,
    known: Mutex<Option<(Instant, Arc<[ApiToken]>)>>,
}

impl Access {
    /// `local` is what is kept of the machine's token.
    pub(crate) fn new(store: Arc<dyn Store>, local: String) -> Self {
        let local = ApiToken {
            name: LOCAL.to_owned(),
            hash: local,
            scopes: vec![Scope::Admin.to_string()],
            customer: None,
            created_ms: 0,
            expires_ms: None,
            revoked_ms: None,
        };
        Self {
            store,
            local,
            known: Mutex::default(),
        }
    }

    /// Whose token this is, if it is in force at `now_ms`. May block on the disk.
    ///
    /// Compares with every token, and each in constant time, so that the time it takes says nothing.
    pub(crate) fn caller(&self, secret: &str, now_ms: i64) -> Result<Option<Caller>, StoreError> {
        let hash = hash_secret(secret);
        let mut found = self.find(&self.tokens(FRESH)?, &hash);
        if found.is_none() {
            found = self.find(&self.tokens(FRESHER)?, &hash);
        }
        let valid = found.filter(|token| token.is_valid(now_ms));
        Ok(valid.as_ref().map(Caller::new))
    }

    fn find(&self, tokens: &[ApiToken], hash: &str) -> Option<ApiToken> {
        let mut found = None;
        for token in tokens.iter().chain([&self.local]) {
            if bool::from(token.hash.as_bytes().ct_eq(hash.as_bytes())) {
                found = Some(token);
            }
        }
        found.cloned()
    }

    fn tokens(&self, oldest: Duration) -> Result<Arc<[ApiToken]>, StoreError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, tokens)) = known
            && at.elapsed() < oldest
        {
            return Ok(tokens);
        }
        // The time before reading: what is written meanwhile may or may not be seen.
        let at = Instant::now();
        let tokens: Arc<[ApiToken]> = self.store.tokens()?.into();
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((at, tokens.clone()));
        Ok(tokens)
    }
}
