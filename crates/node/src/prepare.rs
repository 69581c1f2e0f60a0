//! Everything about a start that can be refused: configuration, addresses, folders, the database.

use crate::access::write_local;
use crate::error::StartError;
use crate::events::{EventLog, Pump};
use crate::journal::Capture;
use crate::listeners::Bound;
use crate::live::Doors;
use crate::options::NodeOptions;
use crate::owners::Restored;
use crate::ports::affordable;
use crate::reload;
use crate::restart::close_interrupted;
use crate::streams;
use crate::sys;
use crate::token::Tokens;
use pointsman_config::{Config, Listener, NodeConfig};
use pointsman_policy::drs::Switched;
use pointsman_store::{Settings, SqliteStore, Store};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::net::{SocketAddr, TcpListener};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The database below the data folder of a node.
#[must_use]
pub fn database(data: &Path) -> PathBuf {
    data.join("calls.db")
}

/// What a start needs, in hand.
pub(crate) struct Prepared {
    pub(crate) options: NodeOptions,
    pub(crate) config: Config,
    pub(crate) bound: Vec<Bound>,
    pub(crate) http: Option<TcpListener>,
    /// RTP ports that can be used, all of the configured ones unless descriptors are short.
    pub(crate) ports: RangeInclusive<u16>,
    /// Held as long as the node runs: two nodes on one data folder would close each other's calls.
    pub(crate) lock: File,
    pub(crate) doors: Doors,
    /// What moves events to those who listen.
    pub(crate) pump: Pump,
    pub(crate) store: Arc<dyn Store>,
    /// Dialogs of calls that the last run did not end.
    pub(crate) orphans: String,
    /// What the owners of shared state begin with.
    pub(crate) restored: Restored,
    /// Octets of recordings that count, by customer.
    pub(crate) recorded: BTreeMap<String, u64>,
    /// Remembers what is read, if there is a journal.
    pub(crate) capture: Option<Arc<Capture>>,
}

impl Prepared {
    /// Takes everything, addresses first: a second start of the same node must fail before it touches the data.
    pub(crate) fn new(mut options: NodeOptions) -> Result<Self, StartError> {
        let capture = options.journal.is_some().then(|| {
            let capture = Arc::new(Capture::new(options.files.clone()));
            options.files = capture.clone();
            capture
        });
        let config = reload::load(&options).map_err(|report| StartError::Config(report.to_string()))?;
        let node = &config.node;
        let ports = usable_ports(node, sys::raise_open_files()?);
        let bound = node
            .listeners
            .iter()
            .map(bind_sip)
            .collect::<Result<Vec<_>, _>>()?;
        let http = node.http.map(bind_http).transpose()?;
        make_folders(node)?;
        let lock = lock_data(&node.data)?;
        let tokens = Tokens::open(&node.data).map_err(|cause| StartError::data(&node.data, cause))?;
        // A full disk is no reason not to carry calls.
        let local = write_local(&node.data).unwrap_or_else(|error| {
            tracing::error!(%error, "commands on this machine get no token");
            String::new()
        });
        let store =
            SqliteStore::open(&database(&node.data), Settings::default()).map_err(StartError::store)?;
        let store: Arc<dyn Store> = Arc::new(store);
        let orphans =
            close_interrupted(&*store, &node.recordings, &options.clock).map_err(StartError::store)?;
        let recorded = store.recorded().map_err(StartError::store)?;
        let (events, told, pump) = EventLog::new(options.clock.unix_ms(), options.clock.clone());
        let restored = Restored {
            switched: Switched::of(store.plans_on().map_err(StartError::store)?),
            campaigns: store.campaigns().map_err(StartError::store)?,
            wished: store.agent_wishes().map_err(StartError::store)?,
        };
        Ok(Self {
            options,
            config,
            bound,
            http,
            ports,
            lock,
            doors: Doors {
                local,
                tokens,
                events,
                told,
            },
            pump,
            store,
            orphans,
            restored,
            recorded,
            capture,
        })
    }
}

fn bind_sip(listener: &Listener) -> Result<Bound, StartError> {
    Bound::sip(listener.transport, listener.bind)
}

fn bind_http(address: SocketAddr) -> Result<TcpListener, StartError> {
    let bind = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    bind().map_err(|error| StartError::bind("HTTP", address, error))
}

fn usable_ports(node: &NodeConfig, open_files: u64) -> RangeInclusive<u16> {
    let configured = &node.media.ports;
    let serves_connections = node
        .listeners
        .iter()
        .any(|listener| streams::serves(listener.transport));
    // As many again may be opened by us.
    let connections = if serves_connections {
        2 * node.limits.connections as u64
    } else {
        0
    };
    let used = affordable(
        configured.clone(),
        open_files,
        connections,
        node.media.binds().len() as u64,
    );
    if used != *configured {
        tracing::warn!(
            ?configured,
            ?used,
            open_files,
            "fewer RTP ports than configured: each needs a descriptor; raise the limit of open files (LimitNOFILE)"
        );
    }
    used
}

fn make_folders(node: &NodeConfig) -> Result<(), StartError> {
    for (path, key) in [(&node.data, "node.data"), (&node.recordings, "recordings.path")] {
        fs::create_dir_all(path).map_err(|cause| StartError::Folder {
            path: path.clone(),
            key,
            cause,
        })?;
    }
    Ok(())
}

fn lock_data(data: &Path) -> Result<File, StartError> {
    let open = File::options().create(true).append(true).open(data.join("lock"));
    let lock = open.map_err(|cause| StartError::data(data, cause))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StartError::DataInUse {
            path: data.to_owned(),
        }),
        Err(TryLockError::Error(cause)) => Err(StartError::data(data, cause)),
    }
}
