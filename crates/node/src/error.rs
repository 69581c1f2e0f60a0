//! Why a node did not start.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Why a node did not start, in words that say what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration has mistakes; the text lists them with their places.
    #[error("{0}")]
    Config(String),
    /// Somebody else listens on an address of ours.
    #[error(
        "{what}: {address} is in use by another program. Stop it (`ss -lunpt` shows who it is) or give this node \
         another address in its configuration"
    )]
    AddressInUse {
        /// `SIP` or `HTTP`.
        what: &'static str,
        /// The address of the configuration.
        address: SocketAddr,
    },
    /// An address cannot be bound for another reason.
    #[error("{what}: cannot listen on {address}: {cause}. Is it an address of this machine?")]
    Bind {
        /// `SIP` or `HTTP`.
        what: &'static str,
        /// The address of the configuration.
        address: SocketAddr,
        /// What the system said.
        cause: io::Error,
    },
    /// Ports below 1024 need a privilege.
    #[error(
        "{what}: {address} needs a privilege. Choose a port above 1023 or grant CAP_NET_BIND_SERVICE to the program"
    )]
    Privilege {
        /// `SIP` or `HTTP`.
        what: &'static str,
        /// The address of the configuration.
        address: SocketAddr,
    },
    /// A listener asks for a transport this release does not serve.
    #[error("SIP: {address}: this release serves UDP and TCP. Write `udp:` or `tcp:` for this listener")]
    Transport {
        /// The address of the configuration.
        address: SocketAddr,
    },
    /// Another node writes to the same data folder.
    #[error(
        "{path}: another node uses this data folder. Stop it or give this node another one (`node.data`)",
        path = .path.display()
    )]
    DataInUse {
        /// The folder.
        path: PathBuf,
    },
    /// A folder cannot be made or written.
    #[error("{path}: {cause}. The node needs to write there (`{key}` in its configuration)", path = .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Where its path comes from.
        key: &'static str,
        /// What the system said.
        cause: io::Error,
    },
    /// The store cannot be opened.
    #[error("the call store cannot be opened: {0}")]
    Store(String),
    /// A thread, a descriptor or the runtime could not be made.
    #[error("the system refused a thread or a descriptor: {0}")]
    System(#[from] io::Error),
}

/// Why a node that ran had to end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// One of its threads failed; calls cannot go on without it.
    #[error("{0}")]
    Thread(String),
}

impl StartError {
    pub(crate) fn store(error: pointsman_store::StoreError) -> Self {
        Self::Store(error.to_string())
    }

    pub(crate) fn data(path: &Path, cause: io::Error) -> Self {
        Self::Folder {
            path: path.to_owned(),
            key: "node.data",
            cause,
        }
    }

    pub(crate) fn bind(what: &'static str, address: SocketAddr, cause: io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::AddrInUse => Self::AddressInUse { what, address },
            io::ErrorKind::PermissionDenied => Self::Privilege { what, address },
            _ => Self::Bind { what, address, cause },
        }
    }
}
