//! What a node is started with.

use crate::clock::Clock;
use pointsman_config::{Disk, Files, Overrides};
use pointsman_policy::Registry;
use pointsman_sip::Timers;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What a node is started with.
#[derive(Clone)]
pub struct NodeOptions {
    /// The node file first, further customer files after it.
    pub config: Vec<PathBuf>,
    /// The policies that numbers may name.
    pub registry: Arc<Registry>,
    /// Where the files are read from, now and at each reload.
    pub files: Arc<dyn Files + Send + Sync>,
    /// Settings that replace those of the files, now and at each reload.
    pub overrides: Overrides,
    /// The wall clock.
    pub clock: Clock,
    /// Base timers of SIP. Those of RFC 3261, unless a test cannot wait that long.
    pub timers: Timers,
    /// Where everything that the shard takes and gives is written, to be replayed. Holds what callers key and say in
    /// signalling: it is readable by its owner only.
    pub journal: Option<PathBuf>,
    /// How long calls may go on after the first SIGTERM or SIGINT.
    pub drain: Duration,
}

impl NodeOptions {
    /// A node with the builtin policies that reads `config` from the disk and drains for 30 s.
    pub fn new<P: AsRef<Path>>(config: &[P]) -> Self {
        Self {
            config: config.iter().map(|path| path.as_ref().to_owned()).collect(),
            registry: Arc::new(Registry::new()),
            files: Arc::new(Disk),
            overrides: Overrides::default(),
            clock: Clock::default(),
            timers: Timers::default(),
            journal: None,
            drain: Duration::from_secs(30),
        }
    }
}

impl std::fmt::Debug for NodeOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeOptions")
            .field("config", &self.config)
            .field("overrides", &self.overrides)
            .field("drain", &self.drain)
            .finish_non_exhaustive()
    }
}
