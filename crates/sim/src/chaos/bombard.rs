//! Datagrams of any content to a switch with one call that is up.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use pointsman_legs::behaviour::Answer;
use pointsman_legs::{Behaviour, CallSpec};

use super::script::Ending;
use crate::{Host, Plan, SWITCH, Transcript, WorldSetup, dial};

/// Somebody of no trunk.
const STRANGER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7)), 5060);

/// Sends each datagram to a switch on which `caller` (192.0.2.10) talks to `callee` (192.0.2.11), and gives every
/// invariant that broke, and then what was said. The low two bits of the octet say who sends it: caller, callee, caller from another port,
/// stranger; the others how many 20 ms pass before it. In a datagram `%C0`, `%T0`, `%U0` and `%B0` stand for Call-ID, the
/// peer's tag, our tag and the branch of the INVITE on the caller's leg, `%C1` and so on for the callee's.
#[must_use]
pub fn bombard(datagrams: &[(u8, &[u8])]) -> Vec<String> {
    let answers = Behaviour::Answer(Answer {
        after: Duration::from_millis(500),
        ..Answer::default()
    });
    let mut world = WorldSetup::new(1)
        .phone("caller", answers.clone())
        .phone("callee", answers)
        .number("+3225550100", Plan::of(dial(&["callee"], 20)), false)
        .forget_audio()
        .watched()
        .build();
    let mut spec = CallSpec::new("+32475112233", "+3225550100", SWITCH);
    spec.talk.speak = pointsman_legs::Speak::Nothing;
    world.call(Host(0), spec);
    world.run(Duration::from_secs(1));
    let names = [(Host(0), "200 INVITE", 0), (Host(1), "ACK", 1)]
        .into_iter()
        .flat_map(|(host, what, leg)| names_of(world.transcript(), host, what, leg))
        .collect::<Vec<_>>();
    assert_eq!(names.len(), 8, "the call of the world is up");
    for (how, payload) in datagrams {
        world.run(Duration::from_millis(20) * u32::from(how >> 2));
        let from = match how & 3 {
            0 => Host(0).address(),
            1 => Host(1).address(),
            2 => SocketAddr::new(Host(0).address().ip(), 5062),
            _ => STRANGER,
        };
        world.inject(from, named(payload, &names));
    }
    world.run(Duration::from_secs(2));
    super::end(&mut world, Ending::HangUp, 2);
    let mut faults = world
        .watch()
        .map_or_else(Vec::new, |watch| watch.faults().to_vec());
    if !faults.is_empty() {
        faults.push(super::text_of(&world));
    }
    faults
}

/// What the marks of a leg stand for, taken from a message of the switch to that host.
fn names_of(said: &Transcript, host: Host, what: &str, leg: u8) -> Vec<(Vec<u8>, String)> {
    let messages = said.messages(SWITCH, host.address(), what);
    let invites = said
        .lines()
        .iter()
        .find(|line| line.what == "INVITE" && (line.from == host.address() || line.to == host.address()));
    let (Some(message), Some(invite)) = (messages.first(), invites.and_then(|line| line.message.as_ref()))
    else {
        return Vec::new();
    };
    let (ours, theirs) = match message.is_request() {
        true => (message.from_tag(), message.to_tag()),
        false => (message.to_tag(), message.from_tag()),
    };
    let via = invite.top_via();
    let values = [
        (b'C', Some(message.call_id())),
        (b'T', theirs),
        (b'U', ours),
        (b'B', via.as_ref().and_then(|via| via.branch())),
    ];
    values
        .into_iter()
        .filter_map(|(mark, value)| Some((vec![b'%', mark, b'0' + leg], value?.to_owned())))
        .collect()
}

/// The datagram with every mark replaced by what it stands for.
fn named(payload: &[u8], names: &[(Vec<u8>, String)]) -> Vec<u8> {
    let mut written = Vec::with_capacity(payload.len() + 256);
    let mut rest = payload;
    while let Some(octet) = rest.first() {
        match names.iter().find(|(mark, _)| rest.starts_with(mark)) {
            Some((mark, value)) => {
                written.extend_from_slice(value.as_bytes());
                rest = &rest[mark.len()..];
            }
            None => {
                written.push(*octet);
                rest = &rest[1..];
            }
        }
    }
    written
}
