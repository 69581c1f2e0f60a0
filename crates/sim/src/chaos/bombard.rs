//! Datagrams of any content to a switch with one call that is up.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use pointsman_legs::behaviour::Answer;
use pointsman_legs::{Behaviour, CallSpec};

use super::script::Ending;
use crate::{Host, Plan, SWITCH, WorldSetup, dial};

/// Somebody of no trunk.
const STRANGER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7)), 5060);

/// Sends each datagram to a switch on which `caller` (192.0.2.10) talks to `callee` (192.0.2.11), and gives every
/// invariant that broke, and then what was said. The low two bits of the octet say who sends it: caller, callee, caller from another port,
/// stranger; the others how many 20 ms pass before it. Tags, branches and Call-IDs are the same each time.
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
    for (how, payload) in datagrams {
        world.run(Duration::from_millis(20) * u32::from(how >> 2));
        let from = match how & 3 {
            0 => Host(0).address(),
            1 => Host(1).address(),
            2 => SocketAddr::new(Host(0).address().ip(), 5062),
            _ => STRANGER,
        };
        world.inject(from, payload.to_vec());
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
