//! Values that are quoted strings in YAML but mean an address, a range or a name.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use pointsman_call::Source;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// `127.0.0.1:5060` or `[::1]:5060`; without a port, 5060.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct AddressText(pub(crate) SocketAddr);

/// `127.0.0.1` or `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct IpText(pub(crate) IpAddr);

/// `20000-21999`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PortsText(pub(crate) RangeInclusive<u16>);

/// `192.0.2.0/24`, `192.0.2.7` or `192.0.2.7:5060`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct SourceText(pub(crate) Source);

/// `sip.example.net:5060`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct HostPort(pub(crate) String);

/// `32`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct CountryText(pub(crate) String);

/// A name that appears in CDRs, metrics and file names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct NameText(pub(crate) String);

/// `10s`, `5m` or `1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct SpanText(pub(crate) Duration);

/// The message, and the help on a second line.
fn wrong(text: &str, what: &str, help: &str) -> String {
    format!("'{text}' is not {what}\n{help}")
}

impl TryFrom<String> for AddressText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return if address.port() == 0 {
                Err(format!(
                    "port 0 cannot be reached\nwrite a port such as {}:5060",
                    address.ip()
                ))
            } else {
                Ok(Self(address))
            };
        }
        if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(Self(SocketAddr::new(ip, 5060)));
        }
        Err(wrong(
            &text,
            "an address",
            "write an IP address and a port, such as \"192.0.2.10:5060\"",
        ))
    }
}

impl TryFrom<String> for IpText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let help = "write it without a port, such as \"192.0.2.10\"";
        text.trim_matches(['[', ']'])
            .parse()
            .map(Self)
            .map_err(|_| wrong(&text, "an IP address", help))
    }
}

impl TryFrom<String> for PortsText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let help = "write two ports above 1023, the lower one first, such as \"20000-21999\"";
        let ports = text.split_once('-').and_then(|(from, to)| {
            let (from, to): (u16, u16) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
            (from >= 1024 && to > from).then_some(from..=to)
        });
        ports
            .map(Self)
            .ok_or_else(|| wrong(&text, "a range of ports", help))
    }
}

impl TryFrom<String> for SourceText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let help = "write an address, a network or an address with a port: \"192.0.2.10\", \"192.0.2.0/24\", \
                    \"192.0.2.10:5060\"";
        source(&text)
            .map(Self)
            .ok_or_else(|| wrong(&text, "a source", help))
    }
}

fn source(text: &str) -> Option<Source> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        let prefix = width(address.ip());
        return Some(Source {
            address: address.ip(),
            prefix,
            port: Some(address.port()),
        });
    }
    let (ip, prefix) = match text.split_once('/') {
        Some((ip, prefix)) => (ip, Some(prefix.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = ip.trim_matches(['[', ']']).parse().ok()?;
    let prefix = prefix.unwrap_or(width(address));
    (prefix <= width(address)).then_some(Source {
        address,
        prefix,
        port: None,
    })
}

fn width(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

impl TryFrom<String> for HostPort {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let help = "write a host and a port, such as \"sip.example.net:5060\" or \"192.0.2.10:5060\"";
        let is_host = |host: &str| {
            let named = !host.is_empty()
                && host
                    .chars()
                    .all(|sign| sign.is_ascii_alphanumeric() || "-.".contains(sign));
            named || host.starts_with('[') && text.parse::<SocketAddr>().is_ok()
        };
        let port = |port: &str| port.parse::<u16>().is_ok_and(|port| port != 0);
        let fits = text
            .rsplit_once(':')
            .is_some_and(|(host, given)| is_host(host) && port(given));
        if fits {
            Ok(Self(text))
        } else {
            Err(wrong(&text, "a host and a port", help))
        }
    }
}

impl TryFrom<String> for CountryText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let help = "write the country code without plus or zeros, such as \"32\"";
        let fits = (1..=3).contains(&text.len())
            && text.bytes().all(|sign| sign.is_ascii_digit())
            && !text.starts_with('0');
        if fits {
            Ok(Self(text))
        } else {
            Err(wrong(&text, "a country code", help))
        }
    }
}

impl TryFrom<String> for NameText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let help = "use small letters, digits and '-', at most 40 of them";
        let fits = (1..=40).contains(&text.len())
            && text
                .bytes()
                .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-');
        if fits {
            Ok(Self(text))
        } else {
            Err(wrong(&text, "a name", help))
        }
    }
}

impl TryFrom<String> for SpanText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let help = "write a number of seconds, minutes or hours, at most a day: \"10s\", \"5m\", \"1h\"";
        let seconds = [("s", 1), ("m", 60), ("h", 3_600)]
            .into_iter()
            .find_map(|(unit, seconds)| {
                let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
                number.checked_mul(seconds)
            });
        seconds
            .filter(|seconds| (1..=86_400).contains(seconds))
            .map(|seconds| Self(Duration::from_secs(seconds)))
            .ok_or_else(|| wrong(&text, "a length of time", help))
    }
}

macro_rules! described {
    ($($type:ident $name:literal $pattern:literal $description:literal)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn schema_id() -> Cow<'static, str> {
                concat!(module_path!(), "::", $name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "description": $description })
            }
        }
    )*};
}

described! {
    AddressText "Address" r"^[0-9A-Fa-f.:\[\]]+$" "IP address and port, such as \"192.0.2.10:5060\"; port 5060 if left out."
    IpText "Ip" r"^[0-9A-Fa-f.:\[\]]+$" "IP address, such as \"192.0.2.10\"."
    PortsText "Ports" r"^[0-9]+ *- *[0-9]+$" "Two ports, such as \"20000-21999\"."
    SourceText "Source" r"^[0-9A-Fa-f.:\[\]]+(/[0-9]+)?$" "Address, network, or address with a port: \"192.0.2.10\", \"192.0.2.0/24\", \"192.0.2.10:5060\"."
    HostPort "HostPort" r"^[0-9A-Za-z.:\[\]-]+:[0-9]+$" "Host and port, such as \"sip.example.net:5060\"."
    CountryText "Country" r"^[1-9][0-9]{0,2}$" "Country code without plus, in quotes, such as \"32\"."
    SpanText "Span" r"^[0-9]+[smh]$" "Seconds, minutes or hours, such as \"10s\", \"5m\" or \"1h\"; at most a day."
    NameText "Name" r"^[a-z0-9-]{1,40}$" "Small letters, digits and '-'."
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal<T: TryFrom<String, Error = String>>(text: &str) -> String {
        T::try_from(text.to_owned())
            .err()
            .unwrap_or_else(|| panic!("{text} was accepted"))
    }

    fn accepted<T: TryFrom<String, Error = String>>(text: &str) -> T {
        T::try_from(text.to_owned()).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn addresses() {
        assert_eq!(
            accepted::<AddressText>("127.0.0.1:5071").0.to_string(),
            "127.0.0.1:5071"
        );
        assert_eq!(
            accepted::<AddressText>("127.0.0.1").0.to_string(),
            "127.0.0.1:5060"
        );
        assert_eq!(accepted::<AddressText>("[::1]:5071").0.to_string(), "[::1]:5071");
        assert_eq!(accepted::<AddressText>("::1").0.to_string(), "[::1]:5060");
        assert!(refusal::<AddressText>("sip.example.net").contains("not an address"));
        assert!(refusal::<AddressText>("127.0.0.1:0").contains("port 0"));
        assert!(refusal::<AddressText>("127.0.0.1:70000").contains("not an address"));
        assert!(refusal::<IpText>("127.0.0.1:5060").contains("without a port"));
    }

    #[test]
    fn port_ranges() {
        assert_eq!(accepted::<PortsText>("20000-21999").0, 20_000..=21_999);
        assert_eq!(accepted::<PortsText>("20000 - 21999").0, 20_000..=21_999);
        for text in ["", "20000", "21999-20000", "20000-70000", "80-90", "20000-20000"] {
            assert!(
                refusal::<PortsText>(text).contains("not a range of ports"),
                "{text}"
            );
        }
    }

    #[test]
    fn sources() {
        let one = accepted::<SourceText>("192.0.2.7").0;
        assert_eq!((one.prefix, one.port), (32, None));
        let net = accepted::<SourceText>("127.0.0.0/8").0;
        assert_eq!((net.prefix, net.port), (8, None));
        let exact = accepted::<SourceText>("192.0.2.7:5071").0;
        assert_eq!((exact.prefix, exact.port), (32, Some(5071)));
        assert_eq!(accepted::<SourceText>("2001:db8::/32").0.prefix, 32);
        for text in ["", "192.0.2.0/33", "192.0.2", "uas", "192.0.2.0/24:5060"] {
            assert!(refusal::<SourceText>(text).contains("not a source"), "{text}");
        }
    }

    #[test]
    fn lengths_of_time() {
        for (text, seconds) in [("10s", 10), ("5m", 300), ("24h", 86_400)] {
            assert_eq!(
                accepted::<SpanText>(text).0,
                Duration::from_secs(seconds),
                "{text}"
            );
        }
        for text in [
            "",
            "10",
            "s",
            "0s",
            "-1s",
            "1.5h",
            "25h",
            "99999999999999999999h",
            "6148914691236517206h",
            "10 s",
        ] {
            assert!(
                refusal::<SpanText>(text).contains("not a length of time"),
                "{text}"
            );
        }
    }

    #[test]
    fn names_countries_and_hosts() {
        assert_eq!(accepted::<NameText>("pbx-antwerp").0, "pbx-antwerp");
        for text in ["", "Bakery", "a b", "a/b", "é"] {
            assert!(refusal::<NameText>(text).contains("not a name"), "{text}");
        }
        assert_eq!(accepted::<CountryText>("352").0, "352");
        for text in ["", "+32", "0032", "BE", "1234"] {
            assert!(
                refusal::<CountryText>(text).contains("not a country code"),
                "{text}"
            );
        }
        for text in ["sip.example.net:5060", "192.0.2.1:5060", "[2001:db8::1]:5060"] {
            assert_eq!(accepted::<HostPort>(text).0, text);
        }
        for text in ["sip.example.net", "a b:5060", "host:0", ":5060", "[host]:5060"] {
            assert!(refusal::<HostPort>(text).contains("not a host"), "{text}");
        }
    }
}
