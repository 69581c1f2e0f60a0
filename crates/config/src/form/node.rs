//! The node file.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::customer::NumberForm;
use super::text::{AddressText, CountryText, HostPort, IpText, NameText, PortsText, SourceText, SpanText};
use crate::yaml::{At, Each, Section};

/// The node: where it listens, whom it talks to, which customers it serves.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, title = "Node file of Pointsman")]
pub(crate) struct NodeFile {
    /// Version of this format: 1.
    #[schemars(required, with = "u32", range(min = 1, max = 1))]
    pub(crate) version: Option<At<u32>>,
    /// The node itself.
    #[schemars(required, with = "NodeSection")]
    pub(crate) node: Option<At<NodeSection>>,
    /// Where SIP is received.
    #[schemars(required, with = "Vec<ListenForm>", length(min = 1))]
    pub(crate) listen: Option<Section<Vec<At<ListenForm>>>>,
    /// Addresses of the media side.
    #[schemars(required, with = "MediaSection")]
    pub(crate) media: Option<At<MediaSection>>,
    /// Address of metrics, health and status; no HTTP when left out.
    pub(crate) http: Option<At<AddressText>>,
    /// Recordings.
    pub(crate) recordings: Option<At<RecordingsSection>>,
    /// Folder of what the switch itself says, with a folder for each language in it.
    pub(crate) voice: Option<At<String>>,
    /// Limits.
    pub(crate) limits: Option<At<LimitsSection>>,
    /// The peers that calls are exchanged with, by name.
    pub(crate) trunks: Option<Section<Each<TrunkForm>>>,
    /// Customer files, relative to this file; `*` stands for any part of a file name.
    pub(crate) customers: Option<Section<Vec<At<String>>>>,
    /// Numbers of the node itself; "*" is every number that nobody else has.
    #[schemars(with = "Option<Each<NumberForm>>")]
    pub(crate) numbers: Option<Section<Each<IgnoredAny>>>,
}

/// The node itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct NodeSection {
    /// Name of the node.
    pub(crate) name: NameText,
    /// Folder of the database, relative to this file; `./data` when left out.
    pub(crate) data: Option<String>,
}

/// An address on which SIP is received.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["udp"] }, { "required": ["tcp"] }]))]
pub(crate) struct ListenForm {
    /// Address to receive SIP over UDP on.
    pub(crate) udp: Option<AddressText>,
    /// Address to accept SIP over TCP on.
    pub(crate) tcp: Option<AddressText>,
    /// What peers see in Via and Contact; the address above when left out.
    pub(crate) advertise: Option<HostPort>,
}

/// Addresses of the media side.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct MediaSection {
    /// Address that peers send RTP to.
    pub(crate) address: IpText,
    /// Address to receive RTP on, if it is another one (behind a NAT).
    pub(crate) bind: Option<IpText>,
    /// IPv6 address that peers of IPv6 send RTP to, where `address` is of IPv4.
    pub(crate) address6: Option<IpText>,
    /// IPv6 address to receive RTP on, if it is another one than `address6`.
    pub(crate) bind6: Option<IpText>,
    /// Ports for RTP and RTCP, two for each leg of a call.
    pub(crate) ports: PortsText,
}

/// Recordings.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct RecordingsSection {
    /// Folder of the recordings, relative to this file; `recordings` in the data folder when left out.
    pub(crate) path: Option<String>,
}

/// Limits.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct LimitsSection {
    /// Most calls at a time; further ones are refused with 503.
    #[schemars(range(min = 1))]
    pub(crate) calls: Option<u32>,
    /// Most TCP connections that peers may have open at a time; 1,024 when left out.
    #[schemars(range(min = 1))]
    pub(crate) connections: Option<u32>,
    /// Most of them from one address (IPv6: one /64 network); 64 when left out.
    #[schemars(range(min = 1))]
    pub(crate) connections_per_source: Option<u32>,
    /// Longest time from the first octet of a message on a TCP connection to its last one, and from the opening of a
    /// connection to the end of its first message; "10s" when left out.
    pub(crate) message_within: Option<SpanText>,
    /// A TCP connection on which nothing arrives for so long is closed; "1h" when left out.
    pub(crate) idle: Option<SpanText>,
}

/// A peer that calls are exchanged with: a PBX, a gateway, a carrier.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct TrunkForm {
    /// Where its calls go.
    pub(crate) address: AddressText,
    /// How they go there.
    #[serde(default)]
    pub(crate) transport: TransportWord,
    /// Whether requests over 1,300 octets go to the same address by TCP (RFC 3261 section 18.1.1), and by UDP only if
    /// that fails. For a peer that listens on both.
    #[serde(default)]
    pub(crate) large_by_tcp: bool,
    /// Where its calls come from; the address above, from any port, when left out.
    #[serde(default)]
    pub(crate) accept_from: Vec<SourceText>,
    /// Country of its national numbers.
    pub(crate) country: Option<CountryText>,
    /// The IP version of our offers towards it; that of its address when left out.
    pub(crate) media: Option<FamilyWord>,
    /// Whether its audio may come from elsewhere than it says (a peer behind a NAT).
    #[serde(default)]
    pub(crate) latch: LatchWord,
    /// What it may send; no limits of its own when left out.
    pub(crate) limits: Option<At<TrunkLimitsSection>>,
    /// Whether who answers there may transfer the call to another number of the customer (REFER, RFC 3515).
    #[serde(default)]
    pub(crate) transfer: TransferWord,
}

/// Whether calls may be transferred.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TransferWord {
    /// A REFER gets 405.
    #[default]
    Refused,
    /// A REFER to a number of the customer is followed.
    Allowed,
}

/// Limits of the calls that come in by a trunk; above them an INVITE gets 503.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct TrunkLimitsSection {
    /// Calls at a time.
    pub(crate) calls: Option<NonZeroU32>,
    /// Calls at a time that are not answered yet.
    pub(crate) setups: Option<NonZeroU32>,
    /// New calls a second.
    pub(crate) calls_per_second: Option<NonZeroU32>,
}

/// How calls go to a peer.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TransportWord {
    /// In datagrams.
    #[default]
    Udp,
    /// By a TCP connection, opened when it is needed and kept.
    Tcp,
}

/// A version of IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FamilyWord {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// Whether audio may come from elsewhere than a peer says.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LatchWord {
    /// Only from there.
    #[default]
    Strict,
    /// Also from elsewhere, after five packets that fit.
    Probation,
}
