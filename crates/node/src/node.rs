//! Starting and ending a node.

use crate::error::StartError;
use crate::http;
use crate::ledger::Ledger;
use crate::listeners::{Bound, Listeners};
use crate::live::Live;
use crate::media::MediaThread;
use crate::metrics::Metrics;
use crate::options::NodeOptions;
use crate::ports::affordable;
use crate::recorder::RecorderThread;
use crate::reload::{self, ReloadReport};
use crate::restart::close_interrupted;
use crate::ring::ring;
use crate::signalling::{Inbox, Order, SignallingThread};
use crate::sys;
use crate::tape::tape;
use crate::threads::{Alarm, spawn};
use crate::token::Tokens;
use crate::wake::Wake;
use pointsman_call::{Shard, ShardConfig};
use pointsman_config::{Config, NodeConfig};
use pointsman_media::{Worker, WorkerConfig};
use pointsman_sip::Transport;
use pointsman_store::{Settings, SqliteStore, Store};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};

/// Places in each ring between threads. A call needs about eight orders in all.
const RING: usize = 8192;

/// How long calls that were sent a BYE may take to end.
const GOODBYE: Duration = Duration::from_secs(3);

/// The database below the data folder of a node.
#[must_use]
pub fn database(data: &Path) -> PathBuf {
    data.join("calls.db")
}

/// A node that runs in this process.
pub struct RunningNode {
    live: Arc<Live>,
    http: Option<SocketAddr>,
    runtime: Runtime,
    threads: Vec<JoinHandle<()>>,
    failed: watch::Receiver<Option<String>>,
    /// Held as long as the node runs: two nodes on one data folder would close each other's calls.
    _lock: File,
}

/// Starts a node: reads its configuration, binds, closes what a crash left, and serves.
///
/// # Errors
/// [`StartError`] says what to do about it. Nothing is left running.
pub fn start(options: NodeOptions) -> Result<RunningNode, StartError> {
    let mut config = reload::load(&options).map_err(|report| StartError::Config(report.to_string()))?;
    let open_files = sys::raise_open_files()?;
    limit_ports(&mut config.node, open_files);
    let bound = config
        .node
        .listeners
        .iter()
        .map(bind_sip)
        .collect::<Result<Vec<_>, _>>()?;
    let http = config.node.http.map(bind_http).transpose()?;
    prepare_folders(&config.node)?;
    let lock = lock_data(&config.node.data)?;
    let folder = |cause| StartError::Folder {
        path: config.node.data.clone(),
        key: "node.data",
        cause,
    };
    let tokens = Tokens::open(&config.node.data).map_err(folder)?;
    let store =
        SqliteStore::open(&database(&config.node.data), Settings::default()).map_err(StartError::store)?;
    let store: Arc<dyn Store> = Arc::new(store);
    close_interrupted(&*store, &config.node.recordings, &options.clock).map_err(StartError::store)?;
    Ok(launch(Parts {
        options,
        config,
        bound,
        http,
        lock,
        tokens,
        store,
    })?)
}

/// Everything that can be refused, in hand.
struct Parts {
    options: NodeOptions,
    config: Config,
    bound: Vec<Bound>,
    http: Option<TcpListener>,
    lock: File,
    tokens: Tokens,
    store: Arc<dyn Store>,
}

fn launch(parts: Parts) -> io::Result<RunningNode> {
    let Parts {
        options,
        config,
        bound,
        http,
        lock,
        tokens,
        store,
    } = parts;
    let metrics = Arc::new(Metrics::new());
    let sip: Vec<SocketAddr> = bound.iter().map(|one| one.local).collect();
    let (alarm, failed) = Alarm::new();
    let wake = Arc::new(Wake::new()?);
    let (order_sender, orders) = ring(64, wake.clone());
    let (media_events, from_media) = ring(RING, wake.clone());
    let (recorder_events, from_recorder) = ring(RING, wake.clone());
    let media_wake = Arc::new(Wake::new()?);
    let (commands, to_media) = ring(RING, media_wake.clone());
    let (tape, reel) = tape();

    let recorder = RecorderThread::new(
        reel,
        config.node.recordings.clone(),
        recorder_events,
        metrics.clone(),
    );
    let worker = Worker::with_sink(
        WorkerConfig {
            seed: random()?,
            ..WorkerConfig::default()
        },
        tape,
    );
    let address = config.node.media.bind;
    let media = MediaThread::new(
        worker,
        address,
        media_wake,
        to_media,
        media_events,
        metrics.clone(),
    )?;
    let shard = Shard::new(
        shard_config(&config.node, &sip, &options)?,
        config.routing.clone(),
    );
    let inbox = Inbox {
        wake,
        orders,
        media: [from_media, from_recorder],
    };
    let ledger = Ledger::new(store.clone(), metrics.clone(), tokens);
    let (counted, clock) = (metrics.clone(), options.clock.clone());
    // The listeners' batch buffers hold raw pointers, so their thread makes them.
    let signalling = move || {
        let listeners = Listeners::new(bound);
        SignallingThread::new(shard, listeners, inbox, commands, ledger, counted, clock)?.run()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(8)
        .thread_name("http")
        .enable_all()
        .build()?;

    let live = Arc::new(Live::new(options, config, metrics, store, sip, order_sender));
    let http = http
        .map(|listener| serve(&runtime, listener, live.clone()))
        .transpose()?;
    let threads = vec![
        spawn("signalling", &alarm, signalling)?,
        spawn("media", &alarm, move || media.run())?,
        spawn("recorder", &alarm, move || {
            recorder.run();
            Ok(())
        })?,
    ];
    Ok(RunningNode {
        live,
        http,
        runtime,
        threads,
        failed,
        _lock: lock,
    })
}

impl RunningNode {
    /// The addresses SIP is received on, in the order of the configuration.
    #[must_use]
    pub fn sip_addrs(&self) -> &[SocketAddr] {
        &self.live.sip
    }

    /// The address of the HTTP side, if it has one.
    #[must_use]
    pub fn http_addr(&self) -> Option<SocketAddr> {
        self.http
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        self.live.config()
    }

    /// Where the calls are kept.
    #[must_use]
    pub fn store(&self) -> Arc<dyn Store> {
        self.live.store.clone()
    }

    /// The text of `/metrics`.
    #[must_use]
    pub fn metrics_text(&self) -> String {
        self.live.metrics_text()
    }

    /// Reads the configuration again; a mistaken one changes nothing.
    pub fn reload(&self) -> Arc<ReloadReport> {
        self.live.reload()
    }

    /// Refuses new calls and ends those that are up with BYE, then ends the node. Must not be called from inside
    /// an async runtime.
    pub fn stop(self) {
        self.end_calls();
        self.end();
    }

    /// Refuses new calls, lets those that are up go on for at most `limit`, then ends as [`RunningNode::stop`].
    pub fn drain_and_stop(self, limit: Duration) {
        let (sender, silence) = oneshot::channel();
        self.live.order(Order::Drain(sender));
        // Either all calls are over, or the time is.
        let _ = self
            .runtime
            .block_on(async { tokio::time::timeout(limit, silence).await });
        self.stop();
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(crate) fn live(&self) -> &Arc<Live> {
        &self.live
    }

    /// Learns of a thread that failed.
    pub(crate) fn failed(&self) -> watch::Receiver<Option<String>> {
        self.failed.clone()
    }

    fn end_calls(&self) {
        let (sender, silence) = oneshot::channel();
        self.live.order(Order::EndAll(sender));
        if self
            .runtime
            .block_on(async { tokio::time::timeout(GOODBYE, silence).await })
            .is_err()
        {
            tracing::warn!(
                calls = self.live.gauges().calls,
                "calls did not end in time; their peers do not answer"
            );
        }
    }

    fn end(self) {
        let Self {
            live,
            runtime,
            threads,
            _lock,
            ..
        } = self;
        live.order(Order::Exit);
        for thread in threads {
            // A thread that panicked has raised the alarm already.
            let _ = thread.join();
        }
        if let Err(error) = live.store.flush() {
            tracing::error!(%error, "the last calls may not be on the disk");
        }
        runtime.shutdown_timeout(Duration::from_secs(1));
    }
}

fn bind_sip(listener: &pointsman_config::Listener) -> Result<Bound, StartError> {
    if listener.transport != Transport::Udp {
        return Err(StartError::Transport {
            address: listener.bind,
        });
    }
    Bound::sip(listener.bind)
}

fn bind_http(address: SocketAddr) -> Result<TcpListener, StartError> {
    let bind = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    bind().map_err(|error| StartError::bind("HTTP", address, error))
}

fn serve(runtime: &Runtime, listener: TcpListener, live: Arc<Live>) -> io::Result<SocketAddr> {
    let address = listener.local_addr()?;
    let _inside = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    runtime.spawn(async move {
        if let Err(error) = axum::serve(listener, http::router(live)).await {
            tracing::error!(%error, "HTTP ended");
        }
    });
    Ok(address)
}

fn limit_ports(node: &mut NodeConfig, open_files: u64) {
    let range = affordable(node.media.ports.clone(), open_files);
    if range != node.media.ports {
        tracing::warn!(
            configured = ?node.media.ports,
            used = ?range,
            open_files,
            "fewer RTP ports than configured: each needs a descriptor; raise the limit of open files (LimitNOFILE)"
        );
        node.media.ports = range;
    }
}

fn prepare_folders(node: &NodeConfig) -> Result<(), StartError> {
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
    let folder = |cause| StartError::Folder {
        path: data.to_owned(),
        key: "node.data",
        cause,
    };
    let lock = File::options()
        .create(true)
        .append(true)
        .open(data.join("lock"))
        .map_err(folder)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StartError::DataInUse {
            path: data.to_owned(),
        }),
        Err(TryLockError::Error(cause)) => Err(folder(cause)),
    }
}

fn shard_config(node: &NodeConfig, sip: &[SocketAddr], options: &NodeOptions) -> io::Result<ShardConfig> {
    let advertised = node.listeners.iter().zip(sip).map(|(listener, local)| {
        // Port 0 means "any": peers are told the one it became.
        match listener.advertise.strip_suffix(":0") {
            Some(host) => format!("{host}:{}", local.port()),
            None => listener.advertise.clone(),
        }
    });
    Ok(ShardConfig {
        advertised: advertised.collect(),
        media_address: node.media.address,
        ports: node.media.ports.clone(),
        timers: options.timers,
        seed: random()?,
        max_calls: node.limits.calls,
        wall: (Instant::now(), options.clock.unix_ms()),
    })
}

/// Bytes nobody can guess.
fn random() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut seed)?;
    Ok(seed)
}
