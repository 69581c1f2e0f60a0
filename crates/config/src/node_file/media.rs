//! `media`: where RTP is received.

use std::net::IpAddr;

use crate::config::{MediaConfig, Overrides};
use crate::form::MediaSection;
use crate::source::{Collector, Source};
use crate::yaml::At;

/// The addresses of the media side, one of each family; mistakes are reported and do not stop the reading.
pub(super) fn media(
    collector: &mut Collector,
    source: &Source,
    item: &At<MediaSection>,
    overrides: &Overrides,
) -> Option<MediaConfig> {
    let media = item.value.as_ref()?;
    let mut report = |key: &str, message: String, help: &str| {
        collector.add(source, source.value.place(["media", key]), message, help);
    };
    let address = media.address.0;
    let address6 = media.address6.map(|ip| ip.0);
    let bind6 = media.bind6.map(|ip| ip.0);
    let shown = [("address", Some(address)), ("address6", address6)];
    for (key, address) in shown.into_iter().filter_map(|(key, ip)| Some((key, ip?))) {
        if address.is_unspecified() {
            let help = "write the address that they reach, and this one under bind";
            report(key, format!("peers cannot send RTP to {address}"), help);
        }
    }
    if let Some(second) = address6 {
        if second.is_ipv4() {
            let help = "write an IPv6 address, or leave it out";
            report("address6", format!("{second} is no IPv6 address"), help);
        } else if address.is_ipv6() {
            let message = format!("there are two IPv6 addresses, {address} and {second}");
            report("address6", message, "write the IPv4 address under address");
        }
    }
    let bind = media.bind.map_or(address, |bind| bind.0);
    let differ = |a: IpAddr, b: IpAddr| a.is_ipv4() != b.is_ipv4();
    if differ(bind, address) {
        let message = format!("a socket on {bind} receives nothing that is sent to {address}");
        report("bind", message, "write an address of the same IP version");
    }
    match (bind6, address6) {
        (Some(_), None) => {
            let message = "bind6 without address6".to_owned();
            report(
                "bind6",
                message,
                "add address6: with the address that peers send to",
            );
        }
        (Some(bind6), Some(address6)) if differ(bind6, address6) => {
            let message = format!("a socket on {bind6} receives nothing that is sent to {address6}");
            report("bind6", message, "write an address of the same IP version");
        }
        _ => {}
    }
    let ports = overrides.ports.clone().unwrap_or_else(|| media.ports.0.clone());
    Some(MediaConfig {
        address,
        bind,
        address6,
        bind6: bind6.or(address6),
        ports,
    })
}
