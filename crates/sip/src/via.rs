//! One Via value (RFC 3261 section 20.42, RFC 3581).
use std::fmt;
use std::net::IpAddr;

use crate::Params;
use crate::syntax;

/// A Via value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Via {
    /// `UDP`, `TCP`, ... as written.
    pub transport: String,
    /// sent-by host; IPv6 with its brackets.
    pub host: String,
    /// sent-by port.
    pub port: Option<u16>,
    /// Parameters.
    pub params: Params,
}

impl Via {
    /// Reads the first value of `text`; `None` when it is not a Via.
    pub fn parse(text: &str) -> Option<Self> {
        let span = syntax::via(text.as_bytes()).ok()?;
        let (params, _) = Params::read(text, span.params).ok()?;
        Some(Self {
            transport: text.get(span.transport)?.to_owned(),
            host: text.get(span.host)?.to_owned(),
            port: span.port,
            params,
        })
    }

    /// The `branch` parameter.
    pub fn branch(&self) -> Option<&str> {
        self.params.get("branch")
    }

    /// The `received` parameter.
    pub fn received(&self) -> Option<&str> {
        self.params.get("received")
    }

    /// The `rport` parameter when it has a value (RFC 3581).
    pub fn rport(&self) -> Option<u16> {
        self.params.get("rport").and_then(|port| port.parse().ok())
    }
}

/// Whether `text`, such as `[2001:db8::1]:5060`, is this host and port.
pub(crate) fn is_host_and_port(text: &str, host: &str, port: u16) -> bool {
    let (ours, our_port) = match text.rsplit_once(':') {
        Some((ours, port)) if !port.ends_with(']') => (ours, port.parse().ok()),
        _ => (text, Some(5060)),
    };
    let address = |host: &str| -> Option<IpAddr> { host.trim_matches(['[', ']']).parse().ok() };
    let same_host =
        ours.eq_ignore_ascii_case(host) || address(ours).is_some_and(|ours| address(host) == Some(ours));
    same_host && our_port == Some(port)
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "{}", self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_parts_through_any_blanks() {
        let via = Via::parse("SIP  / 2.0\r\n / TCP     spindle.example.com : 5070   ;\r\n  branch  =   z9hG4bK9ikj8  , SIP/2.0/UDP x")
            .unwrap();
        assert_eq!(via.transport, "TCP");
        assert_eq!(via.host, "spindle.example.com");
        assert_eq!(via.port, Some(5070));
        assert_eq!(via.branch(), Some("z9hG4bK9ikj8"));
        assert_eq!(
            via.to_string(),
            "SIP/2.0/TCP spindle.example.com:5070;branch=z9hG4bK9ikj8"
        );
    }

    #[test]
    fn reads_ipv6_and_both_forms_of_received() {
        let via = Via::parse("SIP/2.0/UDP [2001:db8::9:1]:6050;received=2001:db8::9:255;rport=99").unwrap();
        assert_eq!(via.host, "[2001:db8::9:1]");
        assert_eq!(via.port, Some(6050));
        assert_eq!(via.received(), Some("2001:db8::9:255"));
        assert_eq!(via.rport(), Some(99));
        let via = Via::parse("SIP/2.0/UDP [::1];received=[2001:db8::9:255];rport").unwrap();
        assert_eq!(via.received(), Some("[2001:db8::9:255]"));
        assert_eq!(via.rport(), None);
        assert!(via.params.has("rport"));
    }

    #[test]
    fn hosts_compare_as_names_or_as_addresses() {
        for (text, host, port) in [
            ("192.0.2.1:5060", "192.0.2.1", 5060),
            ("PBX.example.com", "pbx.EXAMPLE.com", 5060),
            ("[2001:db8::1]:5070", "[2001:DB8:0::1]", 5070),
            ("[2001:db8::1]", "[2001:db8::1]", 5060),
        ] {
            assert!(is_host_and_port(text, host, port), "{text}");
            assert!(!is_host_and_port(text, host, port + 1), "{text}");
            assert!(!is_host_and_port(text, "192.0.2.2", port), "{text}");
        }
        assert!(!is_host_and_port("pbx:x", "pbx", 5060));
    }

    #[test]
    fn refuses_what_is_no_via() {
        for text in [
            "",
            "SIP/2.0/UDP",
            "SIP/2.0 host",
            "HTTP/2.0/UDP host",
            "SIP/2.0/UDPhost",
            "SIP/2.0/UDP ;branch=1",
            "SIP/2.0/UDP host:",
            "SIP/2.0/UDP host:99999",
            "SIP/2.0/UDP 192.0.2.15;;,;,,",
            "SIP/2.0/UDP [::1",
        ] {
            assert_eq!(Via::parse(text), None, "{text}");
        }
    }
}
