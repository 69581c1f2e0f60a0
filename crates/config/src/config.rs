//! What a configuration is once it has been read and found right.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pointsman_call::{MediaAddresses, Routing};
use pointsman_contract::Contract;
use pointsman_policy::Registry;
use pointsman_policy::acm;
use pointsman_policy::campaign;
use pointsman_policy::drs::Directory;
use pointsman_sip::Transport;
use serde::{Deserialize, Serialize};

use crate::assemble::assemble;
use crate::files::Files;
use crate::model::Model;
use crate::report::Report;

/// A validated configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Content hash of everything that was read, 16 hex digits.
    pub version: String,
    /// The node's own settings.
    pub node: NodeConfig,
    /// What the call path needs.
    pub routing: Arc<Routing>,
    /// The customers, in the order of their files.
    pub customers: Vec<Customer>,
    /// Disaster plans as their owner knows them.
    pub plans: Arc<Directory>,
    /// Skill groups and agents of all customers, as their owner knows them.
    pub agents: Arc<acm::Directory>,
    /// Campaigns as their owner knows them.
    pub campaigns: Arc<campaign::Directory>,
    pub(crate) model: Arc<Model>,
}

/// The node's own settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeConfig {
    /// Name of the node.
    pub name: String,
    /// Folder of the database; relative paths were made relative to the node file.
    pub data: PathBuf,
    /// Where SIP is received. Trunks name them by position.
    pub listeners: Vec<Listener>,
    /// Addresses of the media side.
    pub media: MediaConfig,
    /// HTTP address for metrics, health and status; `None`: no HTTP.
    pub http: Option<SocketAddr>,
    /// Folder of the recordings.
    pub recordings: PathBuf,
    /// Limits of the node.
    pub limits: Limits,
}

/// One address on which SIP is received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Transport.
    pub transport: Transport,
    /// Address to bind.
    pub bind: SocketAddr,
    /// `host:port` that peers shall see in Via and Contact.
    pub advertise: String,
}

/// Addresses of the media side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaConfig {
    /// Address in our SDP.
    pub address: IpAddr,
    /// Address to bind RTP sockets to; the one in our SDP unless said otherwise.
    pub bind: IpAddr,
    /// Address in our SDP towards peers of IPv6, where `address` is of IPv4.
    pub address6: Option<IpAddr>,
    /// Address to bind its RTP sockets to.
    pub bind6: Option<IpAddr>,
    /// RTP ports; even ones carry RTP, the next one RTCP. A number is used in both families.
    pub ports: RangeInclusive<u16>,
}

impl MediaConfig {
    /// The addresses in our SDP.
    #[must_use]
    pub fn addresses(&self) -> MediaAddresses {
        MediaAddresses::new(self.address, self.address6)
    }

    /// The addresses to bind RTP sockets to, one of each family.
    #[must_use]
    pub fn binds(&self) -> Vec<IpAddr> {
        [Some(self.bind), self.bind6].into_iter().flatten().collect()
    }
}

/// Limits of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most calls at a time; further INVITEs get 503.
    pub calls: usize,
    /// Most connections that peers may have open at a time, and as many that this node may open.
    pub connections: usize,
    /// Most of them with one IPv4 address or one IPv6 /64 network.
    pub connections_per_source: usize,
    /// Longest time from the first octet of a message to its last one, and from the opening of a connection to the end
    /// of its first message.
    pub message_within: Duration,
    /// A connection on which nothing arrives for so long is closed.
    pub idle: Duration,
}

/// Which side holds the truth of a customer's trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ManagedBy {
    /// The file.
    #[default]
    Operator,
    /// The versions the customer publishes; the file seeds the first.
    Customer,
}

/// A customer in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Name used in CDRs and metrics.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Who manages it.
    pub managed_by: ManagedBy,
    /// What it bought.
    pub contract: Option<Contract>,
    /// Its file.
    pub file: PathBuf,
    /// Its numbers, sorted.
    pub numbers: Vec<String>,
    /// Names of its trees, sorted.
    pub trees: Vec<String>,
}

/// Settings that replace those of the files, for a demo or test that finds free ports at run time.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Overrides {
    /// Replaces the listeners (UDP); each advertises itself.
    pub listen: Vec<SocketAddr>,
    /// The same for TCP; they come after those for UDP.
    #[serde(default)]
    pub listen_tcp: Vec<SocketAddr>,
    /// Replaces the HTTP address.
    pub http: Option<SocketAddr>,
    /// Replaces the RTP ports.
    pub ports: Option<RangeInclusive<u16>>,
    /// Replaces the database's folder.
    pub data: Option<PathBuf>,
    /// Replaces the recordings' folder.
    pub recordings: Option<PathBuf>,
    /// Replaces addresses of trunks by name; such a trunk accepts calls from that address only.
    pub trunks: BTreeMap<String, SocketAddr>,
}

/// Reads and checks a configuration: one node file, and further customer files if they are named.
///
/// # Errors
/// Every mistake in the files, together.
pub fn load<P: AsRef<Path>>(paths: &[P], registry: &Registry, files: &dyn Files) -> Result<Config, Report> {
    load_with(paths, registry, files, &Overrides::default())
}

/// As [`load`], with some settings replaced.
///
/// # Errors
/// Every mistake in the files, together.
pub fn load_with<P: AsRef<Path>>(
    paths: &[P],
    registry: &Registry,
    files: &dyn Files,
    overrides: &Overrides,
) -> Result<Config, Report> {
    let paths: Vec<&Path> = paths.iter().map(AsRef::as_ref).collect();
    assemble(&paths, registry, files, overrides)
}
