//! The error queue of an unconnected UDP socket: which destination refused which datagram.

use super::address::{RAW_ADDRESS_LEN, RawAddress};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};
use std::ptr;

/// One error the kernel kept for us (`IP_RECVERR`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SocketError {
    /// Where the datagram that failed was going.
    pub(crate) destination: SocketAddr,
    /// `ECONNREFUSED`, `EHOSTUNREACH` …
    pub(crate) errno: i32,
}

/// The control buffer, aligned as the kernel's headers in it.
#[repr(C, align(8))]
struct Control([u8; 256]);

/// Takes the oldest error from the queue of `socket` (see [`super::report_icmp`]); `None` when it is empty.
pub(crate) fn next_socket_error(socket: &impl AsFd) -> io::Result<Option<SocketError>> {
    loop {
        let mut name = RawAddress::zeroed();
        let mut control = Control([0; 256]);
        // SAFETY: all-zero is a valid `msghdr` (numbers and pointers).
        let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
        header.msg_name = ptr::from_mut(&mut name).cast();
        header.msg_namelen = RAW_ADDRESS_LEN;
        header.msg_control = control.0.as_mut_ptr().cast();
        header.msg_controllen = control.0.len() as _;
        // SAFETY: name and control buffer are ours, as long as stated, and outlive the call; there is no iovec,
        // because the payload of the failed datagram is of no interest.
        let result = unsafe {
            libc::recvmsg(
                socket.as_fd().as_raw_fd(),
                &raw mut header,
                libc::MSG_ERRQUEUE | libc::MSG_DONTWAIT,
            )
        };
        if result < 0 {
            let error = io::Error::last_os_error();
            return if error.kind() == io::ErrorKind::WouldBlock {
                Ok(None)
            } else {
                Err(error)
            };
        }
        if let (Some(destination), Some(errno)) = (name.decode(), errno_in(&header)) {
            return Ok(Some(SocketError { destination, errno }));
        }
    }
}

/// The error number in the control messages of `header`, if there is one.
fn errno_in(header: &libc::msghdr) -> Option<i32> {
    // SAFETY: the kernel filled the control buffer and set its length; the CMSG macros stay inside it, and an
    // IP_RECVERR message carries a whole `sock_extended_err` (read unaligned, because CMSG_DATA promises less).
    unsafe {
        let mut message = libc::CMSG_FIRSTHDR(header);
        while !message.is_null() {
            let kind = ((*message).cmsg_level, (*message).cmsg_type);
            if matches!(
                kind,
                (libc::SOL_IP, libc::IP_RECVERR) | (libc::SOL_IPV6, libc::IPV6_RECVERR)
            ) {
                let error: libc::sock_extended_err = ptr::read_unaligned(libc::CMSG_DATA(message).cast());
                return i32::try_from(error.ee_errno).ok();
            }
            message = libc::CMSG_NXTHDR(header, message);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{Epoll, Events, report_icmp};
    use super::*;
    use std::net::UdpSocket;
    use std::time::Duration;

    #[test]
    fn a_dead_local_port_is_named_at_once() {
        for host in ["127.0.0.1", "[::1]"] {
            let socket = UdpSocket::bind(format!("{host}:0")).unwrap();
            socket.set_nonblocking(true).unwrap();
            report_icmp(&socket).unwrap();
            assert_eq!(next_socket_error(&socket).unwrap(), None);

            let dead = UdpSocket::bind(format!("{host}:0"))
                .unwrap()
                .local_addr()
                .unwrap();
            socket.send_to(b"INVITE", dead).unwrap();
            let epoll = Epoll::new().unwrap();
            epoll.add(&socket, 1).unwrap();
            let mut events = Events::with_capacity(1);
            epoll.wait(&mut events, Some(Duration::from_secs(10))).unwrap();
            assert!(events.get(0).error, "{host}");

            let error = next_socket_error(&socket).unwrap().expect("one error is queued");
            assert_eq!(
                error,
                SocketError {
                    destination: dead,
                    errno: libc::ECONNREFUSED
                }
            );
            assert_eq!(next_socket_error(&socket).unwrap(), None);
        }
    }
}
