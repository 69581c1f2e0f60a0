//! Many datagrams per system call: `recvmmsg` and `sendmmsg`.

use super::address::{RAW_ADDRESS_LEN, RawAddress};
use super::checked;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};
use std::ptr;

/// Datagrams per call, both ways.
pub(crate) const BATCH: usize = 64;

/// The longest datagram UDP can carry; a slot holds any.
const SLOT: usize = 65_536;

/// Fixed buffers for [`BATCH`] received datagrams. The memory is reserved, not touched: a slot costs what
/// arrives in it.
pub(crate) struct RecvBatch {
    slots: Vec<u8>,
    names: Vec<RawAddress>,
    // Kept because `headers` points into them.
    _iovecs: Vec<libc::iovec>,
    headers: Vec<libc::mmsghdr>,
    received: usize,
}

impl RecvBatch {
    /// Reserves the buffers.
    pub(crate) fn new() -> Self {
        let mut slots = vec![0u8; BATCH * SLOT];
        let mut names = vec![RawAddress::zeroed(); BATCH];
        let mut iovecs: Vec<libc::iovec> = slots
            .chunks_exact_mut(SLOT)
            .map(|slot| libc::iovec {
                iov_base: slot.as_mut_ptr().cast(),
                iov_len: SLOT,
            })
            .collect();
        let headers = (0..BATCH)
            .map(|index| header(&mut names[index], RAW_ADDRESS_LEN, &mut iovecs[index]))
            .collect();
        Self {
            slots,
            names,
            _iovecs: iovecs,
            headers,
            received: 0,
        }
    }

    /// Takes up to [`BATCH`] waiting datagrams without blocking. `WouldBlock` when there is none.
    pub(crate) fn receive(&mut self, socket: &impl AsFd) -> io::Result<usize> {
        for used in &mut self.headers[..self.received] {
            used.msg_hdr.msg_namelen = RAW_ADDRESS_LEN;
            used.msg_hdr.msg_flags = 0;
        }
        self.received = 0;
        // SAFETY: every header points to one name and one iovec of ours, and each iovec to its own slot; these
        // vectors are never resized, so the pointers stay good, and `&mut self` keeps readers out meanwhile.
        let count = checked(unsafe {
            libc::recvmmsg(
                socket.as_fd().as_raw_fd(),
                self.headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT as _,
                ptr::null_mut(),
            )
        })?;
        self.received = count as usize;
        Ok(self.received)
    }

    /// The datagram at `index` of the last call and where it came from; `None` past the end or when the
    /// address is of no family we speak.
    pub(crate) fn get(&self, index: usize) -> Option<(SocketAddr, &[u8])> {
        let header = self.headers[..self.received].get(index)?;
        let start = index * SLOT;
        let len = (header.msg_len as usize).min(SLOT);
        Some((self.names[index].decode()?, &self.slots[start..start + len]))
    }
}

/// The tables `sendmmsg` wants, kept between calls.
#[derive(Default)]
pub(crate) struct SendBatch {
    names: Vec<RawAddress>,
    iovecs: Vec<libc::iovec>,
    headers: Vec<libc::mmsghdr>,
}

impl SendBatch {
    /// Sends the first [`BATCH`] of `datagrams` in one call without blocking. Returns how many went out; an
    /// error speaks of the first one (or of an ICMP error waiting on the socket) and none was sent.
    pub(crate) fn send<'a>(
        &mut self,
        socket: &impl AsFd,
        datagrams: impl Iterator<Item = (SocketAddr, &'a [u8])>,
    ) -> io::Result<usize> {
        self.names.clear();
        self.iovecs.clear();
        self.headers.clear();
        // The vectors must not move once a header points into them.
        self.names.reserve(BATCH);
        self.iovecs.reserve(BATCH);
        for (index, (address, payload)) in datagrams.take(BATCH).enumerate() {
            let (name, len) = RawAddress::encode(address);
            self.names.push(name);
            self.iovecs.push(libc::iovec {
                iov_base: payload.as_ptr().cast_mut().cast(),
                iov_len: payload.len(),
            });
            self.headers
                .push(header(&mut self.names[index], len, &mut self.iovecs[index]));
        }
        if self.headers.is_empty() {
            return Ok(0);
        }
        // SAFETY: every header points to a name and an iovec in vectors that were reserved in full before, each
        // iovec to a payload that outlives this call (`'a`), which the kernel only reads.
        let count = checked(unsafe {
            libc::sendmmsg(
                socket.as_fd().as_raw_fd(),
                self.headers.as_mut_ptr(),
                self.headers.len() as libc::c_uint,
                (libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) as _,
            )
        })?;
        Ok(count as usize)
    }
}

fn header(name: &mut RawAddress, name_len: libc::socklen_t, iovec: &mut libc::iovec) -> libc::mmsghdr {
    // SAFETY: `mmsghdr` is plain numbers and pointers, for which all-zero is a valid value (musl has padding
    // fields that cannot be named, so a literal is not portable).
    let mut header: libc::mmsghdr = unsafe { std::mem::zeroed() };
    header.msg_hdr.msg_name = ptr::from_mut(name).cast();
    header.msg_hdr.msg_namelen = name_len;
    header.msg_hdr.msg_iov = iovec;
    header.msg_hdr.msg_iovlen = 1;
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    fn pair(host: &str) -> (UdpSocket, UdpSocket) {
        let bind = || UdpSocket::bind(format!("{host}:0")).unwrap();
        (bind(), bind())
    }

    #[test]
    fn a_batch_is_echoed_with_lengths_sources_and_order() {
        for host in ["127.0.0.1", "[::1]"] {
            let (phone, switch) = pair(host);
            let to = switch.local_addr().unwrap();
            let sizes = [0usize, 1, 172, 1_400, 9_000, 65_000];
            let payloads: Vec<Vec<u8>> = sizes.iter().map(|&len| vec![len as u8; len]).collect();
            let out = payloads.iter().map(|payload| (to, payload.as_slice()));
            assert_eq!(SendBatch::default().send(&phone, out).unwrap(), sizes.len());

            let mut batch = RecvBatch::new();
            for _round in 0..2 {
                let mut seen = 0;
                while seen < sizes.len() {
                    let count = batch.receive(&switch).unwrap();
                    for index in 0..count {
                        let (from, payload) = batch.get(index).unwrap();
                        assert_eq!(from, phone.local_addr().unwrap());
                        assert_eq!(payload, payloads[seen].as_slice());
                        switch.send_to(payload, from).unwrap();
                        seen += 1;
                    }
                    assert_eq!(batch.get(count), None);
                }
                // Second round: what was echoed comes back to the phone and goes out again as it was.
                let mut buffer = vec![0; SLOT];
                for expected in &payloads {
                    let len = phone.recv(&mut buffer).unwrap();
                    assert_eq!(&buffer[..len], expected.as_slice());
                    phone.send_to(&buffer[..len], to).unwrap();
                }
            }
        }
    }

    #[test]
    fn nothing_waiting_is_would_block_and_leaves_no_old_datagram() {
        let (phone, switch) = pair("127.0.0.1");
        phone.send_to(b"x", switch.local_addr().unwrap()).unwrap();
        let mut batch = RecvBatch::new();
        assert_eq!(batch.receive(&switch).unwrap(), 1);
        assert_eq!(
            batch.receive(&switch).unwrap_err().kind(),
            io::ErrorKind::WouldBlock
        );
        assert_eq!(batch.get(0), None);
    }

    #[test]
    fn more_than_a_batch_is_taken_in_parts() {
        let (phone, switch) = pair("127.0.0.1");
        let to = switch.local_addr().unwrap();
        let payload = [7u8; 4];
        let many = std::iter::repeat_n((to, payload.as_slice()), BATCH + 6);
        assert_eq!(SendBatch::default().send(&phone, many).unwrap(), BATCH);
        phone.send_to(&payload, to).unwrap();
        let mut batch = RecvBatch::new();
        assert_eq!(batch.receive(&switch).unwrap(), BATCH);
        assert_eq!(batch.receive(&switch).unwrap(), 1);
    }

    #[test]
    fn an_empty_batch_sends_nothing() {
        let (phone, _) = pair("127.0.0.1");
        assert_eq!(SendBatch::default().send(&phone, std::iter::empty()).unwrap(), 0);
    }
}
