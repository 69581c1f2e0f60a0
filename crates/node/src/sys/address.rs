//! `std::net::SocketAddr` to and from what the kernel reads and writes.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// Room for an IPv4 or an IPv6 socket address, as the kernel lays it out.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) union RawAddress {
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
}

/// Size of [`RawAddress`], what `msg_namelen` starts from when receiving.
pub(super) const RAW_ADDRESS_LEN: libc::socklen_t = size_of::<RawAddress>() as libc::socklen_t;

impl RawAddress {
    /// All zero: family 0, which [`RawAddress::decode`] does not know.
    pub(super) fn zeroed() -> Self {
        let v6 = libc::sockaddr_in6 {
            sin6_family: 0,
            sin6_port: 0,
            sin6_flowinfo: 0,
            sin6_addr: libc::in6_addr { s6_addr: [0; 16] },
            sin6_scope_id: 0,
        };
        Self { v6 }
    }

    /// The kernel's form of `address` and its length.
    pub(super) fn encode(address: SocketAddr) -> (Self, libc::socklen_t) {
        match address {
            SocketAddr::V4(address) => {
                let v4 = libc::sockaddr_in {
                    sin_family: libc::AF_INET as libc::sa_family_t,
                    sin_port: address.port().to_be(),
                    sin_addr: libc::in_addr {
                        s_addr: u32::from_ne_bytes(address.ip().octets()),
                    },
                    sin_zero: [0; 8],
                };
                // On top of zeroes, so that no byte of the larger variant is left undefined.
                let mut raw = Self::zeroed();
                raw.v4 = v4;
                (raw, size_of::<libc::sockaddr_in>() as libc::socklen_t)
            }
            SocketAddr::V6(address) => {
                let v6 = libc::sockaddr_in6 {
                    sin6_family: libc::AF_INET6 as libc::sa_family_t,
                    sin6_port: address.port().to_be(),
                    sin6_flowinfo: address.flowinfo(),
                    sin6_addr: libc::in6_addr {
                        s6_addr: address.ip().octets(),
                    },
                    sin6_scope_id: address.scope_id(),
                };
                (Self { v6 }, size_of::<libc::sockaddr_in6>() as libc::socklen_t)
            }
        }
    }

    /// The address the kernel wrote; `None` for a family that is neither IPv4 nor IPv6.
    pub(super) fn decode(&self) -> Option<SocketAddr> {
        // SAFETY: both variants begin with the family and every bit pattern of either is a valid value; the
        // memory was initialised in full by `zeroed` or `encode` before the kernel wrote over it.
        let (v4, v6) = unsafe { (self.v4, self.v6) };
        match libc::c_int::from(v4.sin_family) {
            libc::AF_INET => {
                let ip = Ipv4Addr::from(v4.sin_addr.s_addr.to_ne_bytes());
                Some(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
            }
            libc::AF_INET6 => {
                let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
                let port = u16::from_be(v6.sin6_port);
                Some(SocketAddrV6::new(ip, port, v6.sin6_flowinfo, v6.sin6_scope_id).into())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_the_round_trip() {
        for text in [
            "127.0.0.1:5060",
            "255.1.2.3:65535",
            "[::1]:5060",
            "[2001:db8::7]:1",
            "[fe80::1%3]:5061",
        ] {
            let address: SocketAddr = text.parse().unwrap();
            let (raw, len) = RawAddress::encode(address);
            assert_eq!(raw.decode(), Some(address), "{text}");
            assert!(len <= RAW_ADDRESS_LEN);
        }
    }

    #[test]
    fn an_unknown_family_is_not_an_address() {
        assert_eq!(RawAddress::zeroed().decode(), None);
    }
}
