//! Which connection leads where (RFC 3261 sections 18.1.1 and 18.2.2).
use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;

use ahash::RandomState;

use crate::{ConnectionId, Flow, Transport};

/// A connection that is wanted: the I/O side opens it from the listener's address to `flow.remote` and calls it
/// `flow.connection`. Messages for it may follow at once; they wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connect {
    /// Listener, transport, far address and the connection's name.
    pub flow: Flow,
}

/// Where a connection leads.
type Place = (u16, Transport, SocketAddr);

/// The connections that are up or on their way up.
#[derive(Debug)]
pub(crate) struct Connections {
    /// Looked up, never iterated.
    places: HashMap<ConnectionId, Place, RandomState>,
    /// The first connection to each place. Looked up, never iterated.
    leading: HashMap<Place, ConnectionId, RandomState>,
    /// Those opened for responses that lost their own: what these lose is lost.
    last_ways: HashSet<ConnectionId, RandomState>,
    minted: u64,
    wanted: VecDeque<Connect>,
}

impl Connections {
    pub(crate) fn new(hasher: RandomState) -> Self {
        Self {
            places: HashMap::with_hasher(hasher.clone()),
            last_ways: HashSet::with_hasher(hasher.clone()),
            leading: HashMap::with_hasher(hasher),
            minted: 0,
            wanted: VecDeque::new(),
        }
    }

    /// A peer opened a connection.
    pub(crate) fn accept(&mut self, flow: Flow) {
        if let Some(connection) = flow.connection {
            self.insert(connection, (flow.listener, flow.transport, flow.remote));
        }
    }

    fn insert(&mut self, connection: ConnectionId, place: Place) {
        self.places.insert(connection, place);
        self.leading.entry(place).or_insert(connection);
    }

    /// A connection is gone: where it led, and whether it was a last way.
    pub(crate) fn remove(&mut self, connection: ConnectionId) -> Option<(Flow, bool)> {
        let place = self.places.remove(&connection)?;
        if self.leading.get(&place) == Some(&connection) {
            self.leading.remove(&place);
        }
        let (listener, transport, remote) = place;
        let was_last = self.last_ways.remove(&connection);
        Some((Flow::new(listener, transport, remote), was_last))
    }

    /// The path of a response whose own connection is gone.
    pub(crate) fn last_way(&mut self, flow: Flow) -> Flow {
        let minted = self.minted;
        let flow = self.path(flow);
        if let Some(connection) = flow.connection.filter(|_| self.minted > minted) {
            self.last_ways.insert(connection);
        }
        flow
    }

    /// The path with the connection that a message takes now: the flow's own while it is up, else one that leads
    /// to its remote address, else a new one. A path of datagrams stays as it is.
    pub(crate) fn path(&mut self, flow: Flow) -> Flow {
        if !flow.transport.is_reliable() || self.is_up(flow) {
            return flow;
        }
        let place = (flow.listener, flow.transport, flow.remote);
        if let Some(connection) = self.leading.get(&place) {
            return flow.by(*connection);
        }
        let connection = ConnectionId::opened(self.minted);
        self.minted += 1;
        self.insert(connection, place);
        let flow = flow.by(connection);
        self.wanted.push_back(Connect { flow });
        flow
    }

    /// Whether the connection of a path is up, or on its way up.
    pub(crate) fn is_up(&self, flow: Flow) -> bool {
        flow.connection.is_some_and(|own| self.places.contains_key(&own))
    }

    pub(crate) fn poll(&mut self) -> Option<Connect> {
        self.wanted.pop_front()
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }
}
