//! Sockets of the phones, all bound before the first call.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use pointsman_media::Port;
use socket2::{Domain, Protocol, Socket, Type};

/// Bursts of signalling must fit while the thread is busy with something else.
const SIP_BUFFER: usize = 1 << 20;

/// Tries to find a pair of free ports.
const TRIES: usize = 1_000;

/// An RTP port with its RTCP port.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) port: Port,
    pub(super) rtp: UdpSocket,
    pub(super) rtcp: UdpSocket,
}

pub(super) fn bind_sip(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    // The system may grant less; that is no reason not to start.
    let _ = socket.set_recv_buffer_size(SIP_BUFFER);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// A free even port and the odd one above it.
pub(super) fn bind_pair(ip: IpAddr) -> io::Result<Pair> {
    let mut error = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..TRIES {
        let one = UdpSocket::bind((ip, 0))?;
        let number = one.local_addr()?.port();
        let other = match UdpSocket::bind((ip, number ^ 1)) {
            Ok(other) => other,
            Err(taken) => {
                error = taken;
                continue;
            }
        };
        one.set_nonblocking(true)?;
        other.set_nonblocking(true)?;
        let (rtp, rtcp) = if number % 2 == 0 {
            (one, other)
        } else {
            (other, one)
        };
        return Ok(Pair {
            port: Port(number & !1),
            rtp,
            rtcp,
        });
    }
    Err(error)
}
