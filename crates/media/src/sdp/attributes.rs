//! Which attribute lines cross to the other leg.

use crate::sdp::lines::{Attribute, attributes};

/// Attributes that speak of the writer's own transport. Ours is another: no ICE (RFC 8839), RTCP one port above RTP
/// (RFC 3605), no multiplexing (RFC 5761, RFC 8843).
const TRANSPORT: [&str; 8] = [
    "candidate",
    "remote-candidates",
    "end-of-candidates",
    "rtcp",
    "rtcp-mux",
    "rtcp-mux-only",
    "bundle-only",
    "path",
];

/// Keys for SRTP (RFC 4568, RFC 8122, RFC 4145, RFC 8842). They pass with an SRTP profile, for we relay its packets as
/// they are; beside a plain one they would promise what is not offered.
const KEYING: [&str; 4] = ["crypto", "fingerprint", "setup", "tls-id"];

/// The direction attributes (RFC 8866 section 6.7).
const DIRECTIONS: [&str; 4] = ["sendrecv", "sendonly", "recvonly", "inactive"];

/// Is `profile` RTP without encryption?
pub(super) fn is_plain(profile: &str) -> bool {
    ["RTP/AVP", "RTP/AVPF"]
        .iter()
        .any(|plain| profile.eq_ignore_ascii_case(plain))
}

/// Does the attribute cross to the other leg?
pub(super) fn crosses(attribute: &Attribute<'_>, plain: bool) -> bool {
    let name = attribute.name;
    let is = |known: &&str| name.eq_ignore_ascii_case(known);
    let ice = name
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("ice-"));
    let bundle = is(&"group")
        && attribute
            .value
            .is_some_and(|value| value.trim().starts_with("BUNDLE"));
    let unwanted_key = plain && KEYING.iter().any(is);
    !(ice || bundle || unwanted_key || TRANSPORT.iter().any(is))
}

/// Is it one of `sendrecv`, `sendonly`, `recvonly`, `inactive`?
pub(super) fn is_direction(attribute: &Attribute<'_>) -> bool {
    DIRECTIONS
        .iter()
        .any(|direction| attribute.name.eq_ignore_ascii_case(direction))
}

/// The payload type an attribute describes, for those that describe one.
pub(super) fn payload_of(attribute: &Attribute<'_>) -> Option<u8> {
    ["rtpmap", "fmtp", "rtcp-fb"]
        .iter()
        .find(|name| attribute.name.eq_ignore_ascii_case(name))?;
    attribute.value?.split_ascii_whitespace().next()?.parse().ok()
}

/// The values of all attributes of one name.
pub(super) fn values<'a>(section: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    attributes(section)
        .filter(move |attribute| attribute.name.eq_ignore_ascii_case(name))
        .filter_map(|attribute| attribute.value)
        .map(str::trim)
}
