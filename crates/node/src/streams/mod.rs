//! SIP over connections, as the signalling thread sees them.
//!
//! Each connection is a task of a small runtime of its own (`connection.rs`): it frames messages and passes them on,
//! and writes what it is given. The signalling thread holds the near end of each connection's bounded write queue.
//! It never waits for a connection: a peer that does not read loses its connection, not our time.

mod accept;
mod bans;
mod census;
mod connection;
mod queue;
mod why;

use crate::metrics::Metrics;
use crate::wake::Wake;
use bans::Bans;
use bytes::Bytes;
use census::Census;
pub(crate) use census::Full;
use pointsman_call::network_of;
use pointsman_config::Limits;
use pointsman_sip::{Broken, Connect, ConnectionId, Flow, Transmit, Transport};
use queue::Outbox;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::mpsc;
pub(crate) use why::Why;

/// Events that may wait for the signalling thread; then connections are no longer read.
const EVENTS: usize = 256;

/// How long connections may take to write their last words when the node ends.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long a peer may take to take a connection. Below the time after which a silent peer counts as unreachable, so
/// that there is time left for the next way.
const CONNECT: Duration = Duration::from_secs(2);

/// What a connection tells the signalling thread.
#[derive(Debug)]
pub(crate) enum Event {
    /// A peer opened it.
    Accepted { flow: Flow, outbox: Outbox },
    /// A whole message came.
    Message {
        connection: ConnectionId,
        payload: Bytes,
    },
    /// What comes cannot be cut into messages; nothing more will be read.
    Broken {
        connection: ConnectionId,
        broken: Broken,
    },
    /// It is gone.
    Closed {
        connection: ConnectionId,
        /// What it had taken and not written.
        unsent: Vec<Bytes>,
    },
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
struct Times {
    message_within: Duration,
    idle: Duration,
}

/// What all connection tasks share.
struct Shared {
    events: mpsc::Sender<Event>,
    wake: Arc<Wake>,
    accepted: Arc<Census>,
    opened: Arc<Census>,
    times: Times,
    metrics: Arc<Metrics>,
    /// Local address by listener, to connect from.
    local: HashMap<u16, SocketAddr>,
}

impl Shared {
    /// Tells the signalling thread, waiting for room if need be. `false`: it has ended.
    async fn tell(&self, event: Event) -> bool {
        let told = self.events.send(event).await.is_ok();
        self.wake.wake();
        told
    }
}

/// The runtime under the connections. Ends them when dropped.
pub(crate) struct StreamRuntime {
    runtime: Runtime,
    shared: Arc<Shared>,
}

impl StreamRuntime {
    /// Lets connections write what they have; the signalling thread has let go of them.
    pub(crate) fn end(self) {
        let gone = async {
            self.shared.accepted.empty().await;
            self.shared.opened.empty().await;
        };
        // Those that do not take their last words in time are cut off.
        let _ = self
            .runtime
            .block_on(async { tokio::time::timeout(LAST_WORDS, gone).await });
        self.runtime.shutdown_background();
    }
}

/// Starts to accept on `listeners`, each with its place in the configuration. Without any there are no connections.
pub(crate) fn start(
    listeners: Vec<(u16, TcpListener)>,
    limits: &Limits,
    wake: Arc<Wake>,
    metrics: Arc<Metrics>,
) -> io::Result<(Option<StreamRuntime>, Streams)> {
    if listeners.is_empty() {
        return Ok((None, Streams::default()));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("streams")
        .enable_all()
        .build()?;
    let (sender, events) = mpsc::channel(EVENTS);
    let census = || Arc::new(Census::new(limits.connections, limits.connections_per_source));
    let local = listeners
        .iter()
        .map(|(index, listener)| Ok((*index, listener.local_addr()?)))
        .collect::<io::Result<_>>()?;
    let shared = Arc::new(Shared {
        events: sender,
        wake,
        accepted: census(),
        opened: census(),
        times: Times {
            message_within: limits.message_within,
            idle: limits.idle,
        },
        metrics,
        local,
    });
    accept::start(&runtime, listeners, &shared)?;
    let streams = Streams {
        events: Some(events),
        runtime: Some((runtime.handle().clone(), shared.clone())),
        live: HashMap::new(),
        bans: Bans::default(),
    };
    Ok((Some(StreamRuntime { runtime, shared }), streams))
}

/// The near end of every connection.
#[derive(Default)]
pub(crate) struct Streams {
    events: Option<mpsc::Receiver<Event>>,
    runtime: Option<(Handle, Arc<Shared>)>,
    live: HashMap<ConnectionId, Live>,
    bans: Bans,
}

/// A connection that can be written to.
struct Live {
    flow: Flow,
    outbox: Outbox,
    /// What came after its end, of which it has not told yet.
    late: Vec<Bytes>,
}

impl Live {
    fn new(flow: Flow, outbox: Outbox) -> Self {
        Self {
            flow,
            outbox,
            late: Vec::new(),
        }
    }
}

impl Streams {
    /// The next thing that happened.
    pub(crate) fn poll(&mut self) -> Option<Event> {
        self.events.as_mut()?.try_recv().ok()
    }

    /// Nothing is waiting.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.as_ref().is_none_or(mpsc::Receiver::is_empty)
    }

    /// A peer's connection may be written to from now on. One of a banned peer ends at once.
    pub(crate) fn insert(
        &mut self,
        now: Instant,
        flow: Flow,
        outbox: Outbox,
        is_of_a_trunk: impl Fn(IpAddr) -> bool,
    ) {
        if let Some(connection) = flow.connection {
            let ip = flow.remote.ip();
            if self.bans.hold(now, ip) && !is_of_a_trunk(ip) {
                outbox.ban();
            }
            self.live.insert(connection, Live::new(flow, outbox));
        }
    }

    /// A source is banned: its connections end, those that it opens as long as the ban lasts too. Not those of a trunk,
    /// which may share a network with it.
    pub(crate) fn ban(
        &mut self,
        now: Instant,
        source: IpAddr,
        lasts: Duration,
        is_of_a_trunk: impl Fn(IpAddr) -> bool,
    ) {
        self.bans.add(now, source, lasts);
        for Live { flow, outbox, .. } in self.live.values() {
            let ip = flow.remote.ip();
            if network_of(ip) == source && !is_of_a_trunk(ip) {
                outbox.ban();
            }
        }
    }

    /// The path of a connection that is up.
    pub(crate) fn flow(&self, connection: ConnectionId) -> Option<Flow> {
        self.live.get(&connection).map(|live| live.flow)
    }

    /// Lets go of a connection: what waits is still written, then it is closed. What came too late for it; `None`: it
    /// was let go before.
    pub(crate) fn let_go(&mut self, connection: ConnectionId) -> Option<Vec<Bytes>> {
        self.live.remove(&connection).map(|live| live.late)
    }

    /// Opens a connection. `false`: there may be no more of them.
    pub(crate) fn open(&mut self, connect: Connect) -> bool {
        let Connect { flow } = connect;
        let (Some((runtime, shared)), Some(connection)) = (&self.runtime, flow.connection) else {
            return false;
        };
        let place = match shared.opened.take(flow.remote.ip()) {
            Ok(place) => place,
            Err(full) => {
                shared.metrics.streams.refused(full);
                return false;
            }
        };
        let (outbox, queue) = queue::queue();
        self.live.insert(connection, Live::new(flow, outbox));
        runtime.spawn(connection::open(shared.clone(), flow, queue, place));
        true
    }

    /// Queues a message on its connection. The connection comes back if it does not keep up; then it has been cut off.
    /// One that has ended will say so, and hands over what it has not sent.
    pub(crate) fn send(&mut self, transmit: Transmit) -> Result<(), Option<ConnectionId>> {
        let Some(connection) = transmit.flow.connection else {
            return Err(None);
        };
        let Some(live) = self.live.get_mut(&connection) else {
            return Err(Some(connection));
        };
        if live.outbox.push(transmit.payload.clone()) {
            return Ok(());
        }
        if live.outbox.is_gone() {
            live.late.push(transmit.payload);
            return Ok(());
        }
        tracing::warn!(remote = %live.flow.remote, "connection cut: the peer does not read");
        live.outbox.cut();
        self.live.remove(&connection);
        Err(Some(connection))
    }
}

/// Whether connections of this transport are served here.
pub(crate) const fn serves(transport: Transport) -> bool {
    matches!(transport, Transport::Tcp)
}
