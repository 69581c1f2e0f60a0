//! The RTP and RTCP sockets: bound at first use, then kept for every later call on the port.
//!
//! Binding and closing per call would cost four system calls a leg and lose the port to other programs in
//! between. A kept socket goes on reading, and dropping, what arrives late for its last call.

use crate::sys::{self, Epoll};
use pointsman_media::{Family, Kind, Port};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

/// DSCP EF for voice (RFC 4594 4.1), in its place in the TOS octet.
const TOS_VOICE: u32 = 0xb8;

/// A port that rested this long has had everything late read from it already.
const RESTED: Duration = Duration::from_secs(2);

/// Descriptors the rest of the process needs: listeners, store, recordings, HTTP.
const RESERVED_FILES: u64 = 512;

/// The part of `range` whose sockets fit into `open_files` descriptors, four for each call and family, beside those of
/// `connections`.
pub(crate) fn affordable(
    range: RangeInclusive<u16>,
    open_files: u64,
    connections: u64,
    families: u64,
) -> RangeInclusive<u16> {
    let first = u64::from(*range.start());
    // A port is one descriptor of each family; at least one pair stays, or there would be no media at all.
    let room = open_files.saturating_sub(RESERVED_FILES + connections) / families.max(1);
    let room = room.max(2);
    let last = u64::from(*range.end()).min(first + room - 1);
    *range.start()..=u16::try_from(last).unwrap_or(*range.end())
}

struct Pair {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    connected: Option<SocketAddr>,
    closed_at: Option<Instant>,
}

/// Added to the token of an IPv6 socket; ports are below it, and so is what else is waited for.
const SIX: u64 = 1 << 17;

/// The sockets of one port number.
#[derive(Default)]
struct Pairs {
    /// The family of the stream that has the port now.
    family: Family,
    v4: Option<Pair>,
    v6: Option<Pair>,
}

impl Pairs {
    fn of(&self, family: Family) -> Option<&Pair> {
        match family {
            Family::V4 => self.v4.as_ref(),
            Family::V6 => self.v6.as_ref(),
        }
    }

    fn of_mut(&mut self, family: Family) -> &mut Option<Pair> {
        match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        }
    }
}

/// Every pair that was ever used, by its port: one for each family that a leg with that port had.
pub(crate) struct PortSockets {
    addresses: Vec<IpAddr>,
    pairs: HashMap<u16, Pairs>,
}

impl PortSockets {
    /// Sockets on `addresses`, one of each family; none is bound yet.
    pub(crate) fn new(addresses: Vec<IpAddr>) -> Self {
        Self {
            addresses,
            pairs: HashMap::new(),
        }
    }

    /// Makes `port` ready for a stream of `family`: bound, watched by `epoll`, and empty. A stream that changes its
    /// family leaves the other pair for later calls.
    pub(crate) fn open(&mut self, now: Instant, port: Port, family: Family, epoll: &Epoll) -> io::Result<()> {
        let pairs = self.pairs.entry(port.0).or_default();
        if pairs.family != family {
            rest(now, port, pairs.of_mut(pairs.family).as_mut());
        }
        pairs.family = family;
        if let Some(pair) = pairs.of_mut(family) {
            let rested = pair
                .closed_at
                .take()
                .is_none_or(|at| now.saturating_duration_since(at) >= RESTED);
            // Under pressure a port comes back early: what still lies there belongs to the last call.
            if !rested {
                drain(&pair.rtp);
                drain(&pair.rtcp);
            }
            return Ok(());
        }
        let address = self.addresses.iter().find(|ip| Family::of(**ip) == family);
        let address = *address.ok_or(io::ErrorKind::AddrNotAvailable)?;
        let pair = Pair {
            rtp: bind(SocketAddr::new(address, port.0))?,
            rtcp: bind(SocketAddr::new(address, port.0 | 1))?,
            connected: None,
            closed_at: None,
        };
        let token = |port: u16| u64::from(port) | if family == Family::V6 { SIX } else { 0 };
        epoll.add(&pair.rtp, token(port.0))?;
        epoll.add(&pair.rtcp, token(port.0 | 1))?;
        *pairs.of_mut(family) = Some(pair);
        Ok(())
    }

    /// Follows a stream on `port` to another family, if it has another one than before.
    pub(crate) fn follow(
        &mut self,
        now: Instant,
        port: Port,
        family: Family,
        epoll: &Epoll,
    ) -> io::Result<()> {
        match self.pairs.get(&port.0) {
            Some(pairs) if pairs.family != family => self.open(now, port, family, epoll),
            _ => Ok(()),
        }
    }

    /// The stream on `port` is over.
    pub(crate) fn close(&mut self, now: Instant, port: Port) {
        if let Some(pairs) = self.pairs.get_mut(&port.0) {
            rest(now, port, pairs.of_mut(pairs.family).as_mut());
        }
    }

    /// Connects the RTP socket of `port` (other sources are then dropped in the kernel, and sending costs no
    /// route look-up), or lets it hear everybody again.
    pub(crate) fn connect(&mut self, port: Port, to: Option<SocketAddr>) {
        let pairs = self.pairs.get_mut(&port.0);
        if let Some(pair) = pairs.and_then(|pairs| pairs.of_mut(pairs.family).as_mut()) {
            connect(port, pair, to);
        }
    }

    /// Takes one packet from the socket that reported `token`.
    pub(crate) fn receive(&self, token: u64, buffer: &mut [u8]) -> Option<(Port, Kind, SocketAddr, usize)> {
        let family = if token & SIX == 0 { Family::V4 } else { Family::V6 };
        let number = u16::try_from(token & !SIX).ok()?;
        let port = Port(number & !1);
        let pairs = self.pairs.get(&port.0)?;
        let pair = pairs.of(family)?;
        let (kind, socket) = if number == port.0 {
            (Kind::Rtp, &pair.rtp)
        } else {
            (Kind::Rtcp, &pair.rtcp)
        };
        // An error is an ICMP one of an earlier packet (now cleared) or nothing to read.
        let (len, source) = socket.recv_from(buffer).ok()?;
        // What still comes by the other family is of a stream that is over or has moved.
        (pairs.family == family).then_some(())?;
        Some((port, kind, source, len))
    }

    /// Sends from `port`. Returns whether the packet went out.
    pub(crate) fn send(&self, port: Port, kind: Kind, to: SocketAddr, packet: &[u8]) -> bool {
        let family = Family::of(to.ip());
        let Some(pair) = self.pairs.get(&port.0).and_then(|pairs| pairs.of(family)) else {
            return false;
        };
        let once = || match kind {
            Kind::Rtp if pair.connected == Some(to) => pair.rtp.send(packet),
            Kind::Rtp => pair.rtp.send_to(packet, to),
            Kind::Rtcp => pair.rtcp.send_to(packet, to),
        };
        match once() {
            Ok(_) => true,
            // ICMP answered an earlier packet, which fails the next call and is then forgotten.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => once().is_ok(),
            Err(_) => false,
        }
    }
}

/// Connects the RTP socket of a pair, or lets it hear everybody again.
fn connect(port: Port, pair: &mut Pair, to: Option<SocketAddr>) {
    if pair.connected == to {
        return;
    }
    let result = match to {
        Some(to) => pair.rtp.connect(to),
        None => sys::disconnect(&pair.rtp),
    };
    match result {
        Ok(()) => pair.connected = to,
        // Unconnected sockets work as well, only dearer; a socket that stays connected would be deaf.
        Err(error) => tracing::warn!(port = port.0, %error, "cannot connect or disconnect an RTP socket"),
    }
}

/// A pair has no stream from here on.
fn rest(now: Instant, port: Port, pair: Option<&mut Pair>) {
    if let Some(pair) = pair {
        pair.closed_at = Some(now);
        connect(port, pair, None);
    }
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        // A mapped IPv4 source would be nobody's.
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    let socket = UdpSocket::from(socket);
    socket.set_nonblocking(true)?;
    sys::mark(&socket, TOS_VOICE);
    Ok(socket)
}

fn drain(socket: &UdpSocket) {
    let mut nothing = [0; 1];
    while socket.recv_from(&mut nothing).is_ok() {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Events;

    const HOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const SIX_HOST: IpAddr = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);

    /// A pair nobody uses at the moment, below the range from which the system takes free ports.
    fn free_pair() -> Port {
        let free = |port: u16| UdpSocket::bind((HOST, port)).is_ok();
        let pair = (10_000..30_000)
            .step_by(2)
            .find(|&port| free(port) && free(port + 1));
        Port(pair.expect("one of ten thousand pairs is free"))
    }

    fn open() -> (PortSockets, Port, Epoll) {
        let epoll = Epoll::new().unwrap();
        let mut sockets = PortSockets::new(vec![HOST, SIX_HOST]);
        // Another test may take the pair between the look and the bind.
        loop {
            let port = free_pair();
            if sockets.open(Instant::now(), port, Family::V4, &epoll).is_ok() {
                return (sockets, port, epoll);
            }
        }
    }

    fn peer() -> (UdpSocket, SocketAddr) {
        let socket = UdpSocket::bind((HOST, 0)).unwrap();
        let address = socket.local_addr().unwrap();
        (socket, address)
    }

    fn next(sockets: &PortSockets, epoll: &Epoll, buffer: &mut [u8]) -> (Port, Kind, SocketAddr, usize) {
        let mut events = Events::with_capacity(1);
        loop {
            epoll.wait(&mut events, None).unwrap();
            if let Some(packet) = sockets.receive(events.get(0).token, buffer) {
                return packet;
            }
        }
    }

    #[test]
    fn packets_come_and_go_by_the_right_port_of_the_pair() {
        let (sockets, port, epoll) = open();
        let (phone, address) = peer();
        let mut buffer = [0; 64];
        for (kind, number) in [(Kind::Rtp, port.0), (Kind::Rtcp, port.0 + 1)] {
            phone.send_to(b"voice", (HOST, number)).unwrap();
            assert_eq!(next(&sockets, &epoll, &mut buffer), (port, kind, address, 5));
            assert!(sockets.send(port, kind, address, &buffer[..5]));
            let (len, from) = phone.recv_from(&mut buffer).unwrap();
            assert_eq!((len, from.port()), (5, number));
        }
    }

    #[test]
    fn a_connected_port_hears_only_its_peer_until_it_is_closed() {
        let (mut sockets, port, epoll) = open();
        let (phone, address) = peer();
        let (stranger, strange) = peer();
        let mut buffer = [0; 64];
        sockets.connect(port, Some(address));
        stranger.send_to(b"injected", (HOST, port.0)).unwrap();
        phone.send_to(b"voice", (HOST, port.0)).unwrap();
        assert_eq!(next(&sockets, &epoll, &mut buffer), (port, Kind::Rtp, address, 5));
        assert!(sockets.send(port, Kind::Rtp, address, b"back"));
        assert_eq!(phone.recv(&mut buffer).unwrap(), 4);
        // Another destination than the connected one still works (a stream that is being moved).
        assert!(sockets.send(port, Kind::Rtp, strange, b"moved"));
        assert_eq!(stranger.recv(&mut buffer).unwrap(), 5);

        sockets.close(Instant::now(), port);
        stranger.send_to(b"hello", (HOST, port.0)).unwrap();
        assert_eq!(next(&sockets, &epoll, &mut buffer).2, strange);
    }

    #[test]
    fn a_port_reused_early_has_nothing_of_the_last_call() {
        let (mut sockets, port, epoll) = open();
        let (phone, address) = peer();
        let mut buffer = [0; 64];
        let now = Instant::now();
        sockets.close(now, port);
        phone.send_to(b"late", (HOST, port.0)).unwrap();
        phone.send_to(b"late", (HOST, port.0 + 1)).unwrap();
        sockets.open(now, port, Family::V4, &epoll).unwrap();
        phone.send_to(b"fresh", (HOST, port.0)).unwrap();
        assert_eq!(next(&sockets, &epoll, &mut buffer), (port, Kind::Rtp, address, 5));
        assert_eq!(&buffer[..5], b"fresh");
    }

    #[test]
    fn a_stream_that_moves_to_the_other_family_is_heard_there_only() {
        // Somebody else may have the number on ::1.
        let (mut sockets, port, epoll) = loop {
            let (mut sockets, port, epoll) = open();
            if sockets.follow(Instant::now(), port, Family::V6, &epoll).is_ok() {
                break (sockets, port, epoll);
            }
        };
        let (four, _) = peer();
        let six = UdpSocket::bind((SIX_HOST, 0)).unwrap();
        let address = six.local_addr().unwrap();
        let mut buffer = [0; 64];
        four.send_to(b"late", (HOST, port.0)).unwrap();
        for (kind, number) in [(Kind::Rtp, port.0), (Kind::Rtcp, port.0 + 1)] {
            six.send_to(b"voice", (SIX_HOST, number)).unwrap();
            assert_eq!(next(&sockets, &epoll, &mut buffer), (port, kind, address, 5));
            assert!(sockets.send(port, kind, address, b"back"));
            let (len, from) = six.recv_from(&mut buffer).unwrap();
            assert_eq!((len, from.port()), (4, number));
        }
        sockets.connect(port, Some(address));
        sockets.open(Instant::now(), port, Family::V4, &epoll).unwrap();
        six.send_to(b"late", (SIX_HOST, port.0)).unwrap();
        four.send_to(b"voice", (HOST, port.0)).unwrap();
        let back = four.local_addr().unwrap();
        assert_eq!(next(&sockets, &epoll, &mut buffer), (port, Kind::Rtp, back, 5));
    }

    #[test]
    fn a_far_end_that_is_gone_does_not_stop_the_next_packet() {
        let (mut sockets, port, _epoll) = open();
        let (gone, dead) = peer();
        drop(gone);
        let (phone, address) = peer();
        sockets.connect(port, Some(dead));
        sockets.send(port, Kind::Rtp, dead, b"1");
        assert!(sockets.send(port, Kind::Rtp, address, b"2"));
        let mut buffer = [0; 4];
        assert_eq!(phone.recv(&mut buffer).unwrap(), 1);
    }

    #[test]
    fn a_port_somebody_else_has_is_an_error_and_not_kept() {
        let (mut sockets, port, epoll) = open();
        let mut others = PortSockets::new(vec![HOST]);
        assert_eq!(
            others
                .open(Instant::now(), port, Family::V4, &epoll)
                .unwrap_err()
                .kind(),
            io::ErrorKind::AddrInUse
        );
        let none = others.open(Instant::now(), port, Family::V6, &epoll);
        assert_eq!(none.unwrap_err().kind(), io::ErrorKind::AddrNotAvailable);
        assert!(!others.send(port, Kind::Rtp, (HOST, 9).into(), b"x"));
        assert!(sockets.open(Instant::now(), port, Family::V4, &epoll).is_ok());
    }

    #[test]
    fn the_pool_is_limited_to_what_may_be_open() {
        assert_eq!(affordable(20_000..=21_999, 20_000, 0, 1), 20_000..=21_999);
        assert_eq!(affordable(20_000..=29_999, 2_512, 1_000, 1), 20_000..=20_999);
        assert_eq!(affordable(20_000..=29_999, 2_512, 1_000, 2), 20_000..=20_499);
        assert_eq!(affordable(20_000..=29_999, 100, 1_000, 1), 20_000..=20_001);
        assert_eq!(affordable(65_534..=65_535, 1 << 20, 0, 1), 65_534..=65_535);
    }
}
