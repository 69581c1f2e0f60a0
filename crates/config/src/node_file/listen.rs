//! `listen`: where SIP is received.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use pointsman_sip::Transport;

use super::require;
use crate::config::{Listener, Overrides};
use crate::form::ListenForm;
use crate::source::{Collector, Source};
use crate::yaml::{At, Section, Span};

pub(super) fn listeners(
    collector: &mut Collector,
    source: &Source,
    section: Option<&Section<Vec<At<ListenForm>>>>,
    overrides: &Overrides,
) -> Vec<Listener> {
    require(
        collector,
        source,
        section,
        ("listen", "[ { udp: \"127.0.0.1:5060\" } ]"),
    );
    let items = section.and_then(|section| section.value.as_ref().map(|items| (items, section.key_at)));
    if let Some((items, at)) = items
        && items.is_empty()
    {
        collector.add(
            source,
            at,
            "there is no listener",
            "write listen: [ { udp: \"127.0.0.1:5060\" } ]",
        );
    }
    let mut known: BTreeMap<(&str, SocketAddr), Span> = BTreeMap::new();
    let mut listeners = Vec::new();
    for item in items.iter().flat_map(|(items, _)| items.iter()) {
        let Some(form) = &item.value else { continue };
        let Some((transport, bind)) = bound(collector, source, form, item.at) else {
            continue;
        };
        if let Some(first) = known.insert((transport.as_str(), bind), item.at) {
            let message = format!(
                "{bind} is listened on twice; the first time at {}",
                source.place(first)
            );
            collector.add(source, item.at, message, "remove one of the two");
        }
        let advertise = form.advertise.as_ref().map(|advertise| advertise.0.clone());
        if advertise.is_none() && bind.ip().is_unspecified() {
            let message = format!("peers cannot send SIP to {bind}");
            collector.add(
                source,
                item.at,
                message,
                "add advertise: with the host and port that they reach",
            );
        }
        let advertise = advertise.unwrap_or_else(|| bind.to_string());
        listeners.push(Listener {
            transport,
            bind,
            advertise,
        });
    }
    if overrides.listen.is_empty() && overrides.listen_tcp.is_empty() {
        return listeners;
    }
    let own = |transport| {
        move |bind: &SocketAddr| Listener {
            transport,
            bind: *bind,
            advertise: bind.to_string(),
        }
    };
    let udp = overrides.listen.iter().map(own(Transport::Udp));
    udp.chain(overrides.listen_tcp.iter().map(own(Transport::Tcp)))
        .collect()
}

/// Transport and address of one entry.
fn bound(
    collector: &mut Collector,
    source: &Source,
    form: &ListenForm,
    at: Span,
) -> Option<(Transport, SocketAddr)> {
    let (message, help) = match (form.udp, form.tcp) {
        (Some(udp), None) => return Some((Transport::Udp, udp.0)),
        (None, Some(tcp)) => return Some((Transport::Tcp, tcp.0)),
        (None, None) => (
            "a listener without an address",
            "write { udp: \"127.0.0.1:5060\" } or { tcp: \"127.0.0.1:5060\" }",
        ),
        (Some(_), Some(_)) => (
            "two addresses in one listener",
            "write one entry for udp and one for tcp; both may have the same port",
        ),
    };
    collector.add(source, at, message, help);
    None
}
