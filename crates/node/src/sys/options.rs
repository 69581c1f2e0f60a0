//! Socket options and calls that `std` and `socket2` do not have.

use super::checked;
use std::io;
use std::net::SocketAddr;
use std::net::UdpSocket;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

/// Asks for socket buffers of `bytes` beyond the system's limit (needs a privilege), else for as much of it as
/// the system allows. Returns what the receive buffer became, as the kernel counts it.
pub(crate) fn force_buffers(socket: &UdpSocket, bytes: usize) -> io::Result<usize> {
    let size = libc::c_int::try_from(bytes).unwrap_or(libc::c_int::MAX);
    let plain = socket2::SockRef::from(socket);
    if set(socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, size).is_err() {
        plain.set_recv_buffer_size(bytes)?;
    }
    if set(socket, libc::SOL_SOCKET, libc::SO_SNDBUFFORCE, size).is_err() {
        plain.set_send_buffer_size(bytes)?;
    }
    plain.recv_buffer_size()
}

/// Has ICMP errors of an unconnected socket reported (RFC 3261 18.4: a port that answers "unreachable" is a
/// transport error at once), and lets large messages be fragmented instead of refused.
pub(crate) fn report_icmp(socket: &UdpSocket) -> io::Result<()> {
    match socket.local_addr()? {
        SocketAddr::V4(_) => {
            set(
                socket,
                libc::SOL_IP,
                libc::IP_MTU_DISCOVER,
                libc::IP_PMTUDISC_DONT,
            )?;
            set(socket, libc::SOL_IP, libc::IP_RECVERR, 1)
        }
        SocketAddr::V6(_) => {
            set(
                socket,
                libc::SOL_IPV6,
                libc::IPV6_MTU_DISCOVER,
                libc::IPV6_PMTUDISC_DONT,
            )?;
            set(socket, libc::SOL_IPV6, libc::IPV6_RECVERR, 1)
        }
    }
}

/// Marks what a socket sends with a value of the TOS octet, which IPv6 calls traffic class. A system that refuses it
/// still works.
pub(crate) fn mark<'a>(socket: impl Into<socket2::SockRef<'a>>, tos: u32) {
    let socket = socket.into();
    // One of the two is of the other family.
    let _ = socket.set_tos_v4(tos);
    let _ = socket.set_tclass_v6(tos);
}

/// Octets that a peer does not acknowledge for so long end the connection; the kernel's own limit is a quarter of an
/// hour, during which every call to that peer would fail.
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);

/// An idle connection is probed after this time, and again after each tenth of it.
const PROBED: Duration = Duration::from_secs(60);

/// Readies a connection for SIP: small messages leave at once, and a peer that vanished is noticed.
pub(crate) fn prepare_stream(stream: &tokio::net::TcpStream) -> io::Result<()> {
    let socket = socket2::SockRef::from(stream);
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
    let probes = socket2::TcpKeepalive::new()
        .with_time(PROBED)
        .with_interval(PROBED / 10);
    socket.set_tcp_keepalive(&probes)
}

/// Undoes `connect` of a UDP socket: it hears everybody again. The local port stays.
pub(crate) fn disconnect(socket: &UdpSocket) -> io::Result<()> {
    let nobody = libc::sockaddr {
        sa_family: libc::AF_UNSPEC as libc::sa_family_t,
        sa_data: [0; 14],
    };
    // SAFETY: `nobody` is a whole `sockaddr` of the stated length and outlives the call.
    checked(unsafe {
        libc::connect(
            socket.as_fd().as_raw_fd(),
            &raw const nobody,
            size_of::<libc::sockaddr>() as libc::socklen_t,
        )
    })?;
    Ok(())
}

fn set(socket: &UdpSocket, level: libc::c_int, name: libc::c_int, value: libc::c_int) -> io::Result<()> {
    // SAFETY: the option value is one `c_int` of ours, of the stated length, that outlives the call.
    checked(unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            level,
            name,
            (&raw const value).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_grow() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let before = socket2::SockRef::from(&socket).recv_buffer_size().unwrap();
        assert!(force_buffers(&socket, 8 << 20).unwrap() > before);
    }

    #[test]
    fn a_disconnected_socket_keeps_its_port_and_hears_everybody_again() {
        for host in ["127.0.0.1", "[::1]"] {
            let bind = |port: u16| UdpSocket::bind(format!("{host}:{port}").parse::<SocketAddr>().unwrap());
            let (friend, stranger) = (bind(0).unwrap(), bind(0).unwrap());
            // Linux keeps the port only if it was asked for by number, as the media pool does.
            let free = bind(0).unwrap().local_addr().unwrap().port();
            let socket = bind(free).unwrap();
            let local = socket.local_addr().unwrap();
            let mut buffer = [0; 8];

            socket.connect(friend.local_addr().unwrap()).unwrap();
            stranger.send_to(b"no", local).unwrap();
            friend.send_to(b"yes", local).unwrap();
            assert_eq!(
                socket.recv_from(&mut buffer).unwrap(),
                (3, friend.local_addr().unwrap())
            );

            disconnect(&socket).unwrap();
            assert_eq!(socket.local_addr().unwrap(), local);
            stranger.send_to(b"hello", local).unwrap();
            assert_eq!(
                socket.recv_from(&mut buffer).unwrap(),
                (5, stranger.local_addr().unwrap())
            );
        }
    }
}
