//! One connection: octets in, messages out, and back.

use super::census::Place;
use super::queue::{Queue, Signals, queue};
use super::{CONNECT, Event, LAST_WORDS, Shared, Times, Why};
use crate::sys::prepare_stream;
use bytes::{Buf, Bytes};
use pointsman_sip::{ConnectionId, Flow, Frame, Framer};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout, timeout_at};

/// Octets read at once.
const CHUNK: usize = 4096;

/// Octets that are read and thrown away before a connection is closed. What lies unread when it is closed makes the
/// kernel reset it, and the peer would lose our answer.
const THROWN_AWAY: usize = 256 << 10;

/// Serves a connection that a peer opened.
pub(super) async fn accepted(shared: Arc<Shared>, stream: TcpStream, flow: Flow, place: Place) {
    let (outbox, queue) = queue();
    if shared.tell(Event::Accepted { flow, outbox }).await {
        let ended = serve(&shared, stream, flow, queue).await;
        closed(&shared, flow, ended).await;
    }
    drop(place);
}

/// Opens a connection and serves it.
pub(super) async fn open(shared: Arc<Shared>, flow: Flow, mut queue: Queue, place: Place) {
    let ended = match connect(shared.local.get(&flow.listener).copied(), flow.remote).await {
        Ok(stream) => serve(&shared, stream, flow, queue).await,
        Err(error) => (Why::of_unopened(&error), queue.rest()),
    };
    closed(&shared, flow, ended).await;
    drop(place);
}

async fn closed(shared: &Shared, flow: Flow, (why, mut unsent): (Why, Vec<Bytes>)) {
    tracing::debug!(remote = %flow.remote, why = why.as_str(), "connection closed");
    shared.metrics.streams.closed(why);
    if !why.saves_the_rest() {
        unsent.clear();
    }
    if let Some(connection) = flow.connection {
        shared.tell(Event::Closed { connection, unsent }).await;
    }
}

/// Connects from the address of our listener, so that the peer sees the address it knows.
async fn connect(local: Option<SocketAddr>, remote: SocketAddr) -> io::Result<TcpStream> {
    let socket = match remote {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    if let Some(local) = local.filter(|local| !local.ip().is_unspecified()) {
        socket.bind(SocketAddr::new(local.ip(), 0))?;
    }
    timeout(CONNECT, socket.connect(remote)).await?
}

/// Why it ended, and what was not written.
async fn serve(shared: &Shared, stream: TcpStream, flow: Flow, mut queue: Queue) -> (Why, Vec<Bytes>) {
    let Some(connection) = flow.connection else {
        return (Why::Error, queue.rest());
    };
    if let Err(error) = prepare_stream(&stream) {
        return (Why::of_lost(&error), queue.rest());
    }
    let _shown = shared.metrics.streams.begin(connection.is_ours());
    let (from, to) = stream.into_split();
    let signals = queue.signals();
    let mut reader = Reader {
        from,
        framer: Framer::new(),
        clock: Clock::new(shared.times, connection.is_ours()),
    };
    let mut writer = Writer {
        to,
        queue,
        whole: Bytes::new(),
        rest: Bytes::new(),
    };
    let why = tokio::select! {
        why = reader.run(shared, flow, connection, &signals) => why,
        why = writer.run() => why,
        why = signals.cut() => why,
    };
    if matches!(why, Why::Broken | Why::Ours) {
        // The signalling thread lets go of the connection once it has said what there is to say.
        let _ = timeout(LAST_WORDS, writer.run()).await;
    }
    if why == Why::Broken {
        let _ = timeout(LAST_WORDS, reader.throw_away()).await;
    }
    (why, writer.unsent())
}

/// When a connection has to have sent something.
struct Clock {
    times: Times,
    until: Instant,
    /// A whole message has come, or we opened the connection ourselves.
    is_known: bool,
}

impl Clock {
    fn new(times: Times, is_ours: bool) -> Self {
        let first = if is_ours { times.idle } else { times.message_within };
        Self {
            times,
            until: Instant::now() + first,
            is_known: is_ours,
        }
    }

    /// Octets came: whether some of a message were there `before` them, whether one became `whole`, and whether some of
    /// the next one are there `now`.
    fn heard(&mut self, before: bool, whole: bool, now: bool) {
        let was_known = self.is_known;
        self.is_known |= whole;
        if now {
            // A message that goes on has the time it had; so has the first one, from the beginning of the connection.
            if whole || (!before && was_known) {
                self.until = Instant::now() + self.times.message_within;
            }
        } else if self.is_known {
            self.until = Instant::now() + self.times.idle;
        }
    }
}

struct Reader {
    from: OwnedReadHalf,
    framer: Framer,
    clock: Clock,
}

impl Reader {
    async fn run(&mut self, shared: &Shared, flow: Flow, connection: ConnectionId, signals: &Signals) -> Why {
        let mut chunk = [0; CHUNK];
        loop {
            let count = match timeout_at(self.clock.until, self.from.read(&mut chunk)).await {
                Ok(Ok(0)) => return Why::Peer,
                Ok(Ok(count)) => count,
                Ok(Err(error)) => return Why::of_lost(&error),
                Err(_) if self.clock.is_known && self.framer.is_between() => return Why::Idle,
                Err(_) => return Why::Slow,
            };
            let before = !self.framer.is_between();
            let mut whole = false;
            self.framer.push(&chunk[..count]);
            loop {
                let event = match self.framer.poll() {
                    Ok(None) => break,
                    Ok(Some(Frame::Ping)) => {
                        signals.pong();
                        continue;
                    }
                    Ok(Some(Frame::Message(payload))) => {
                        whole = true;
                        Event::Message { connection, payload }
                    }
                    Err(broken) => {
                        tracing::debug!(remote = %flow.remote, why = broken.why.as_str(), "broken stream");
                        let told = shared.tell(Event::Broken { connection, broken }).await;
                        return if told { Why::Broken } else { Why::Ours };
                    }
                };
                if !shared.tell(event).await {
                    return Why::Ours;
                }
            }
            self.clock.heard(before, whole, !self.framer.is_between());
        }
    }

    /// Reads what the peer still sends, up to a limit.
    async fn throw_away(&mut self) {
        let mut chunk = [0; CHUNK];
        let mut left = THROWN_AWAY;
        while let Ok(count @ 1..) = self.from.read(&mut chunk).await {
            left = left.saturating_sub(count);
            if left == 0 {
                return;
            }
        }
    }
}

struct Writer {
    to: OwnedWriteHalf,
    queue: Queue,
    /// The message that is being written, and what is left of it; kept here so that writing can go on after `run` was
    /// dropped.
    whole: Bytes,
    rest: Bytes,
}

impl Writer {
    /// Writes until there is an error, or until nobody has anything to write any more.
    async fn run(&mut self) -> Why {
        loop {
            while self.rest.has_remaining() {
                match self.to.write(&self.rest).await {
                    Ok(count) => self.rest.advance(count),
                    Err(error) => return Why::of_lost(&error),
                }
            }
            match self.queue.next().await {
                Some(next) => {
                    self.whole = next.clone();
                    self.rest = next;
                }
                None => {
                    // The peer may have closed it meanwhile.
                    let _ = self.to.shutdown().await;
                    return Why::Ours;
                }
            }
        }
    }
    /// What was not written, or not to its end.
    fn unsent(&mut self) -> Vec<Bytes> {
        let mut unsent = self.queue.rest();
        if self.rest.has_remaining() {
            unsent.insert(0, std::mem::take(&mut self.whole));
        }
        unsent
    }
}
