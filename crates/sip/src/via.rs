//! One Via value (RFC 3261 section 20.42, RFC 3581).
use std::fmt;

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
