//! Starting and ending a node.

use crate::error::StartError;
use crate::events::Pump;
use crate::http;
use crate::journal::{self, Capture, JournalHead, JournalSender};
use crate::ledger::Ledger;
use crate::listeners::{Bound, Listeners};
use crate::live::Live;
use crate::media::MediaThread;
use crate::metrics::Metrics;
use crate::options::NodeOptions;
use crate::owners::OwnerThreads;
use crate::prepare::Prepared;
use crate::quota::Quota;
use crate::recorder::RecorderThread;
use crate::reload::ReloadReport;
use crate::ring::{RingReceiver, RingSender, ring};
use crate::signalling::{Inbox, Order, SignallingThread};
use crate::streams::{self, StreamRuntime};
use crate::tape::{Tape, tape};
use crate::threads::{Alarm, spawn};
use crate::wake::Wake;
use axum::serve::ListenerExt;
use pointsman_call::{Shard, ShardConfig};
use pointsman_config::{Config, NodeConfig};
use pointsman_media::{Command, MediaEvent, Worker, WorkerConfig};
use pointsman_policy::acm::{AgentId, Snapshot, Wish};
use pointsman_policy::campaign::{self, CampaignId, RunState, View};
use pointsman_store::Store;
use socket2::SockRef;
use std::fs::File;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};

/// Places in each ring between threads. A call needs about eight orders in all.
const RING: usize = 8192;

/// How long an HTTP connection may take nothing of what is sent to it.
const DEAF: Duration = Duration::from_secs(30);

/// How long calls that were sent a BYE may take to end.
const GOODBYE: Duration = Duration::from_secs(3);

/// A node that runs in this process.
pub struct RunningNode {
    live: Arc<Live>,
    http: Option<SocketAddr>,
    runtime: Runtime,
    connections: Option<StreamRuntime>,
    threads: Vec<JoinHandle<()>>,
    failed: watch::Receiver<Option<String>>,
    _lock: File,
}

/// Starts a node: reads its configuration, binds, closes what a crash left, and serves.
///
/// # Errors
/// [`StartError`] says what to do about it. Nothing is left running.
pub fn start(options: NodeOptions) -> Result<RunningNode, StartError> {
    Ok(launch(Prepared::new(options)?)?)
}

fn launch(prepared: Prepared) -> io::Result<RunningNode> {
    let Prepared {
        options,
        config,
        bound,
        http,
        ports,
        lock,
        doors,
        pump,
        store,
        orphans,
        restored,
        recorded,
        capture,
    } = prepared;
    let switched = restored.switched.clone();
    let metrics = Arc::new(Metrics::new());
    let sip = bound.iter().map(Bound::local).collect::<io::Result<Vec<_>>>()?;
    let (alarm, failed) = Alarm::new();
    let wake = Arc::new(Wake::new()?);
    let (order_sender, orders) = ring(64, wake.clone());
    let (owner_threads, owners, from_owners) = OwnerThreads::new(
        &config,
        restored,
        store.clone(),
        &wake,
        (&options.clock, &doors.told),
    );
    let sound = Sound::new(&config.node, &wake, &metrics)?;
    let made_of = shard_config(&config.node, ports, &sip, &options)?;
    let mut shard = Shard::new(made_of.clone(), config.routing.clone());
    let begin = |capture| begin_journal(&options, capture, &made_of, &mut shard);
    let (journal, keep_journal) = capture.as_deref().map(begin).transpose()?.unzip();
    shard.set_switched(Arc::new(switched));
    shard.end_orphans(Instant::now(), &orphans);
    let (sockets, acceptors) = by_transport(bound);
    let (connections, streams) =
        streams::start(acceptors, &config.node.limits, wake.clone(), metrics.clone())?;
    let inbox = Inbox {
        wake,
        streams,
        orders,
        owners: from_owners,
        media: sound.events,
    };
    let clock = options.clock.clone();
    let mut quota = Quota::new(recorded);
    quota.set_ordered(&config.routing.recording_octets);
    let ledger = Ledger::new(store.clone(), metrics.clone(), &doors, quota);
    let (mail, counted, written) = (owners.clone(), metrics.clone(), journal.clone());
    // The listeners' batch buffers hold raw pointers, so their thread makes them.
    let signalling = move || {
        let listeners = Listeners::new(sockets);
        let mut signalling = SignallingThread::new(
            shard,
            listeners,
            inbox,
            sound.commands,
            (ledger, mail),
            counted,
            clock,
        )?;
        signalling.keep(written);
        signalling.run()
    };
    let runtime = http_runtime()?;
    let reloads = capture.zip(journal);
    let live = Arc::new(Live::new(
        options,
        config,
        (metrics, store),
        sip,
        (order_sender, owners),
        doors,
        reloads,
    ));
    let http = http
        .map(|listener| serve(&runtime, (listener, pump), live.clone()))
        .transpose()?;
    let mut threads = vec![
        spawn("signalling", &alarm, signalling)?,
        spawn("media", &alarm, move || sound.media.run())?,
        spawn("recorder", &alarm, infallible(move || sound.recorder.run()))?,
    ];
    threads.extend(owner_threads.start(&alarm)?);
    if let Some(keep) = keep_journal {
        threads.push(spawn("journal", &alarm, infallible(keep))?);
    }
    Ok(RunningNode {
        live,
        http,
        runtime,
        connections,
        threads,
        failed,
        _lock: lock,
    })
}

/// The threads that carry and write sound, and the ways to and from them.
struct Sound {
    media: MediaThread,
    recorder: RecorderThread,
    commands: RingSender<Command>,
    events: [RingReceiver<MediaEvent>; 2],
}

impl Sound {
    fn new(node: &NodeConfig, wake: &Arc<Wake>, metrics: &Arc<Metrics>) -> io::Result<Self> {
        let (media_events, from_media) = ring(RING, wake.clone());
        let (recorder_events, from_recorder) = ring(RING, wake.clone());
        let media_wake = Arc::new(Wake::new()?);
        let (commands, to_media) = ring(RING, media_wake.clone());
        let (tape, reel) = tape();
        let recorder = RecorderThread::new(reel, node.recordings.clone(), recorder_events, metrics.clone());
        let media = MediaThread::new(
            relay(tape)?,
            node.media.binds(),
            media_wake,
            to_media,
            media_events,
            metrics.clone(),
        )?;
        Ok(Self {
            media,
            recorder,
            commands,
            events: [from_media, from_recorder],
        })
    }
}

fn relay(tape: Tape) -> io::Result<Worker<Tape>> {
    let config = WorkerConfig {
        seed: random()?,
        ..WorkerConfig::default()
    };
    Ok(Worker::with_sink(config, tape))
}

fn http_runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(8)
        .thread_name("http")
        .enable_all()
        .build()
}

/// Work whose errors are its own business.
fn infallible(work: impl FnOnce()) -> impl FnOnce() -> io::Result<()> {
    move || {
        work();
        Ok(())
    }
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
        self.live.reload("program")
    }

    /// All agents and queues; `None` if the node is ending. Must not be called from inside an async runtime.
    #[must_use]
    pub fn agents(&self) -> Option<Snapshot> {
        self.runtime.block_on(self.live.owners().agents.snapshot()).ok()
    }

    /// An agent asks for a state; during a call it takes effect afterwards. Must not be called from inside an async
    /// runtime.
    ///
    /// # Errors
    /// There is no such agent, it cannot be written, or the node is ending.
    pub fn wish(&self, agent: AgentId, wish: Wish) -> Result<(), String> {
        let turn = self.live.wishing.clone().blocking_lock_owned();
        let done = self.live.wish(&turn, "program", agent, wish);
        done.map(drop).map_err(|error| error.to_string())
    }

    /// How far every campaign is; `None` if the node is ending. Must not be called from inside an async runtime.
    #[must_use]
    pub fn campaigns(&self) -> Option<Vec<View>> {
        self.runtime.block_on(self.live.owners().campaigns.look()).ok()
    }

    /// Starts, pauses, resumes or stops a campaign, in the name of `by`; the state that holds then, on the disk. Must not
    /// be called from inside an async runtime.
    ///
    /// # Errors
    /// Why it cannot be done.
    pub fn command(
        &self,
        by: &str,
        campaign: CampaignId,
        command: campaign::Command,
    ) -> Result<RunState, String> {
        let campaigns = &self.live.owners().campaigns;
        let done = campaigns.command(by.to_owned(), campaign, command);
        let done = self.runtime.block_on(done);
        done.unwrap_or_else(|_| Err("the node is ending".to_owned()))
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
            connections,
            threads,
            _lock,
            ..
        } = self;
        live.order(Order::Exit);
        live.owners().exit();
        for thread in threads {
            // A thread that panicked has raised the alarm already.
            let _ = thread.join();
        }
        if let Some(connections) = connections {
            connections.end();
        }
        if let Err(error) = live.store.flush() {
            tracing::error!(%error, "the last calls may not be on the disk");
        }
        runtime.shutdown_timeout(Duration::from_secs(1));
    }
}

/// Begins the journal of a shard that has not done anything yet.
fn begin_journal(
    options: &NodeOptions,
    capture: &Capture,
    made_of: &ShardConfig,
    shard: &mut Shard,
) -> io::Result<(JournalSender, impl FnOnce() + Send + use<>)> {
    let path = options.journal.clone().unwrap_or_default();
    shard.record(made_of.wall.0);
    let (files, overrides) = (capture.take(), options.overrides.clone());
    let head = JournalHead::new(options.config.clone(), files, overrides, made_of);
    journal::begin(&path, &head)
        .map_err(|cause| io::Error::new(cause.kind(), format!("journal {}: {cause}", path.display())))
}

/// The listeners for datagrams, each at its place in the configuration, and those for connections.
fn by_transport(bound: Vec<Bound>) -> (Vec<Option<UdpSocket>>, Vec<(u16, TcpListener)>) {
    let mut acceptors = Vec::new();
    let sockets = (0..)
        .zip(bound)
        .map(|(index, bound)| match bound {
            Bound::Udp(socket) => Some(socket),
            Bound::Tcp(listener) => {
                acceptors.push((index, listener));
                None
            }
        })
        .collect();
    (sockets, acceptors)
}

fn serve(
    runtime: &Runtime,
    (listener, pump): (TcpListener, Pump),
    live: Arc<Live>,
) -> io::Result<SocketAddr> {
    let address = listener.local_addr()?;
    let _inside = runtime.enter();
    let clock = live.options.clock.clone();
    runtime.spawn(pump.run(move || clock.unix_ms()));
    let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|connection| {
        // A reader that takes nothing for so long is gone, or might as well be. Without it only its memory stays.
        let _ = SockRef::from(&*connection).set_tcp_user_timeout(Some(DEAF));
    });
    let service = http::router(live).into_make_service_with_connect_info::<SocketAddr>();
    runtime.spawn(async move {
        if let Err(error) = axum::serve(listener, service).await {
            tracing::error!(%error, "HTTP ended");
        }
    });
    Ok(address)
}

fn shard_config(
    node: &NodeConfig,
    ports: RangeInclusive<u16>,
    sip: &[SocketAddr],
    options: &NodeOptions,
) -> io::Result<ShardConfig> {
    let advertised = node.listeners.iter().zip(sip).map(|(listener, local)| {
        // Port 0 means "any": peers are told the one it became.
        match listener.advertise.strip_suffix(":0") {
            Some(host) => format!("{host}:{}", local.port()),
            None => listener.advertise.clone(),
        }
    });
    Ok(ShardConfig {
        advertised: advertised.collect(),
        media: node.media.addresses(),
        ports,
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
