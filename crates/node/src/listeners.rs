//! The SIP listeners: how they are bound, and the UDP sockets among them: batches in, batches out, ICMP errors by
//! destination.

use crate::arena::Arena;
use crate::error::StartError;
use crate::sys::{self, BATCH, RecvBatch, SendBatch, next_socket_error};
use bytes::Bytes;
use pointsman_sip::{Flow, Transmit, Transport};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

/// Socket buffers asked for. Signalling fails by receive-buffer overrun long before it lacks CPU.
const BUFFER: usize = 8 << 20;

/// Most datagrams kept while a send buffer is full; older ones give way (SIP sends again by itself).
const UNSENT: usize = 4096;

/// DSCP CS3 for signalling (RFC 4594 4.1), in its place in the TOS octet.
const TOS_SIGNALLING: u32 = 0x60;

/// Connections that the kernel keeps until they are accepted.
const BACKLOG: i32 = 1024;

/// A bound listener that nobody reads yet.
#[derive(Debug)]
pub(crate) enum Bound {
    Udp(UdpSocket),
    Tcp(TcpListener),
}

impl Bound {
    /// Binds a SIP listener: for UDP with big buffers and ICMP errors reported.
    pub(crate) fn sip(transport: Transport, address: SocketAddr) -> Result<Self, StartError> {
        let bound = match transport {
            Transport::Udp => bind_udp(address).map(Self::Udp),
            Transport::Tcp => bind_tcp(address).map(Self::Tcp),
            Transport::Tls => return Err(StartError::Transport { address }),
        };
        bound.map_err(|error| StartError::bind("SIP", address, error))
    }

    /// The address it became.
    pub(crate) fn local(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Udp(socket) => socket.local_addr(),
            Self::Tcp(listener) => listener.local_addr(),
        }
    }
}

fn bind_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    bind(&socket, address)?;
    let socket = UdpSocket::from(socket);
    sys::report_icmp(&socket)?;
    let buffer = sys::force_buffers(&socket, BUFFER)?;
    tracing::debug!(%address, buffer, "SIP listener bound");
    Ok(socket)
}

fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart must not wait for connections of the last run to be forgotten.
    socket.set_reuse_address(true)?;
    bind(&socket, address)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn bind(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        // IPv4 has listeners of its own; mapped addresses would match no trunk.
        socket.set_only_v6(true)?;
    }
    sys::mark(socket, TOS_SIGNALLING);
    socket.bind(&address.into())
}

/// What became of a flush.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Flushed {
    /// Datagrams that went out.
    pub(crate) sent: usize,
    /// Datagrams given up because a send buffer stayed full.
    pub(crate) discarded: usize,
}

/// All listeners of one signalling thread.
pub(crate) struct Listeners {
    /// By their index in the configuration; those for connections are elsewhere.
    listeners: Vec<Option<Listener>>,
    batch: RecvBatch,
    send: SendBatch,
    arena: Arena,
}

struct Listener {
    socket: UdpSocket,
    out: VecDeque<Transmit>,
}

impl Listeners {
    pub(crate) fn new(bound: Vec<Option<UdpSocket>>) -> Self {
        let listener = |socket| Listener {
            socket,
            out: VecDeque::new(),
        };
        let listeners = bound.into_iter().map(|socket| socket.map(listener)).collect();
        Self {
            listeners,
            batch: RecvBatch::new(),
            send: SendBatch::default(),
            arena: Arena::default(),
        }
    }

    /// The descriptors to watch, each with its index.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = (u64, BorrowedFd<'_>)> {
        (0..)
            .zip(&self.listeners)
            .filter_map(|(index, listener)| Some((index, listener.as_ref()?.socket.as_fd())))
    }

    fn get(&self, listener: u16) -> Option<&Listener> {
        self.listeners.get(usize::from(listener))?.as_ref()
    }

    /// Takes one batch from `listener` and hands each datagram on. Returns whether more may be waiting.
    pub(crate) fn receive(&mut self, listener: u16, mut take: impl FnMut(Flow, Bytes)) -> bool {
        let Some(Some(source)) = self.listeners.get(usize::from(listener)) else {
            return false;
        };
        // An error here is one that ICMP reported (the error queue says about whom), or `WouldBlock`.
        let Ok(count) = self.batch.receive(&source.socket) else {
            return false;
        };
        for index in 0..count {
            if let Some((remote, payload)) = self.batch.get(index) {
                let flow = Flow::udp(listener, remote);
                take(flow, self.arena.keep(payload));
            }
        }
        count == BATCH
    }

    /// Empties the error queue of `listener`, naming each destination that could not be reached.
    pub(crate) fn errors(&mut self, listener: u16, mut unreachable: impl FnMut(Flow)) {
        let Some(source) = self.get(listener) else { return };
        while let Ok(Some(error)) = next_socket_error(&source.socket) {
            if error.errno != libc::EMSGSIZE {
                unreachable(Flow::udp(listener, error.destination));
            }
        }
    }

    /// Queues one datagram for the next flush. A flow that names no listener of ours comes back.
    pub(crate) fn queue(&mut self, transmit: Transmit) -> Result<(), Flow> {
        match self.listeners.get_mut(usize::from(transmit.flow.listener)) {
            Some(Some(listener)) if transmit.flow.transport == Transport::Udp => {
                listener.out.push_back(transmit);
                Ok(())
            }
            _ => Err(transmit.flow),
        }
    }

    /// Sends what was queued, a batch per call. `failed` learns of destinations the kernel refuses at once.
    pub(crate) fn flush(&mut self, mut failed: impl FnMut(Flow)) -> Flushed {
        let mut flushed = Flushed::default();
        for listener in self.listeners.iter_mut().flatten() {
            let mut repeated = false;
            while let Some(first) = listener.out.front() {
                let datagrams = listener.out.iter().map(|one| (one.flow.remote, &one.payload[..]));
                match self.send.send(&listener.socket, datagrams) {
                    Ok(count) => {
                        listener.out.drain(..count);
                        flushed.sent += count;
                        repeated = false;
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    // The first error may be an old one that ICMP left on the socket; the second is about this
                    // datagram.
                    Err(_) if !repeated => repeated = true,
                    Err(error) => {
                        tracing::debug!(remote = %first.flow.remote, %error, "cannot send");
                        failed(first.flow);
                        listener.out.pop_front();
                        repeated = false;
                    }
                }
            }
            let excess = listener.out.len().saturating_sub(UNSENT);
            listener.out.drain(..excess);
            flushed.discarded += excess;
        }
        flushed
    }

    /// Something waits for room in a send buffer.
    pub(crate) fn is_behind(&self) -> bool {
        let mut all = self.listeners.iter().flatten();
        all.any(|listener| !listener.out.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::{Epoll, Events};

    fn listeners(count: usize) -> (Listeners, Vec<SocketAddr>) {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let bound: Vec<UdpSocket> = (0..count).map(|_| bind_udp(any).unwrap()).collect();
        let addresses = bound.iter().map(|bound| bound.local_addr().unwrap()).collect();
        (Listeners::new(bound.into_iter().map(Some).collect()), addresses)
    }

    fn phone() -> (UdpSocket, SocketAddr) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        (socket, address)
    }

    fn transmit(listener: u16, remote: SocketAddr, payload: &'static [u8]) -> Transmit {
        let flow = Flow::udp(listener, remote);
        Transmit {
            flow,
            payload: Bytes::from_static(payload),
        }
    }

    #[test]
    fn datagrams_go_out_by_the_listener_they_name_and_come_in_with_it() {
        let (mut listeners, addresses) = listeners(2);
        let (phone, remote) = phone();
        for (listener, payload) in [(1, b"b1"), (0, b"a1"), (1, b"b2"), (0, b"a2")] {
            listeners.queue(transmit(listener, remote, payload)).unwrap();
        }
        let flushed = listeners.flush(|flow| panic!("{flow:?}"));
        assert_eq!(
            flushed,
            Flushed {
                sent: 4,
                discarded: 0
            }
        );
        assert!(!listeners.is_behind());

        let mut buffer = [0; 16];
        for (address, payload) in [(0, "a1"), (0, "a2"), (1, "b1"), (1, "b2")] {
            let (len, from) = phone.recv_from(&mut buffer).unwrap();
            assert_eq!((from, &buffer[..len]), (addresses[address], payload.as_bytes()));
        }

        phone.send_to(b"hello", addresses[1]).unwrap();
        let mut heard = Vec::new();
        while heard.is_empty() {
            assert!(!listeners.receive(1, |flow, payload| heard.push((flow, payload))));
        }
        let flow = Flow::udp(1, remote);
        assert_eq!(heard, [(flow, Bytes::from_static(b"hello"))]);
        assert!(!listeners.receive(0, |_, _| panic!("nothing was sent to the first listener")));
    }

    #[test]
    fn a_dead_port_is_named_and_does_not_stop_the_others() {
        let (mut listeners, _) = listeners(1);
        let (_, dead) = phone();
        let (live, alive) = phone();
        listeners.queue(transmit(0, dead, b"INVITE")).unwrap();
        listeners.flush(|_| {});
        // The ICMP error now waits on the socket and fails the next call, whomever it is for.
        listeners.queue(transmit(0, alive, b"OPTIONS")).unwrap();
        listeners.flush(|flow| panic!("{flow:?} is not the one"));
        let mut buffer = [0; 16];
        assert_eq!(live.recv(&mut buffer).unwrap(), 7);

        let epoll = Epoll::new().unwrap();
        for (token, descriptor) in listeners.descriptors() {
            epoll.add(&descriptor, token).unwrap();
        }
        let mut events = Events::with_capacity(1);
        epoll.wait(&mut events, None).unwrap();
        assert!(events.get(0).error);
        let mut refused = Vec::new();
        listeners.errors(0, |flow| refused.push(flow.remote));
        assert_eq!(refused, [dead]);
    }

    #[test]
    fn what_the_kernel_refuses_at_once_is_reported_and_passed_over() {
        let (mut listeners, _) = listeners(1);
        let (live, alive) = phone();
        // An IPv6 destination cannot leave by an IPv4 socket.
        let wrong: SocketAddr = "[::1]:5060".parse().unwrap();
        listeners.queue(transmit(0, wrong, b"1")).unwrap();
        listeners.queue(transmit(0, alive, b"2")).unwrap();
        let mut failed = Vec::new();
        listeners.flush(|flow| failed.push(flow.remote));
        assert_eq!(failed, [wrong]);
        let mut buffer = [0; 4];
        assert_eq!(live.recv(&mut buffer).unwrap(), 1);
        assert_eq!(&buffer[..1], b"2");
    }

    #[test]
    fn a_flow_of_no_listener_comes_back() {
        let (mut listeners, _) = listeners(1);
        let (_, remote) = phone();
        let stray = transmit(4, remote, b"x");
        let flow = stray.flow;
        assert_eq!(listeners.queue(stray), Err(flow));
    }

    #[test]
    fn ipv6_leaves_ipv4_to_a_listener_of_its_own() {
        for transport in [Transport::Udp, Transport::Tcp] {
            // Somebody else may have the port of one try.
            let both = (0..20).any(|_| {
                let six = Bound::sip(transport, "[::]:0".parse().unwrap()).unwrap();
                let port = six.local().unwrap().port();
                Bound::sip(transport, SocketAddr::from(([0, 0, 0, 0], port))).is_ok()
            });
            assert!(both, "{transport:?}");
        }
    }

    #[test]
    fn an_address_in_use_is_named_with_its_cure() {
        let (_, addresses) = listeners(1);
        let (taken, address) = phone();
        assert_ne!(addresses[0], address);
        let text = Bound::sip(Transport::Udp, address).unwrap_err().to_string();
        assert!(
            text.contains(&address.to_string()) && text.contains("another program"),
            "{text}"
        );
        drop(taken);
    }
}
