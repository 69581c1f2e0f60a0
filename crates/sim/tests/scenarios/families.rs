//! Peers of two IP versions: their streams are relayed from one to the other, or refused at once.

use pointsman_legs::{CallSpec, EndedBy};
use pointsman_sim::{SWITCH, SWITCH6, World, WorldSetup, dial};
use pointsman_sip::{Message, Name};

use crate::stage::*;

/// A caller and a callee of which those named speak IPv6.
fn setup(seed: u64, sixes: &[&str]) -> WorldSetup {
    let behaviour = answers(millis(500), None);
    let setup = stage(
        seed,
        pointsman_sim::Plan::of(dial(&["a"], 20)),
        &[("a", behaviour)],
    );
    sixes.iter().fold(setup, |setup, name| setup.six(name))
}

fn call_over(switch: std::net::SocketAddr) -> CallSpec {
    let mut spec = CallSpec::new(CALLER, CALLED, switch);
    spec.talk = talk(CALLER_SAYS, Some(seconds(5)));
    spec
}

/// The `c=` line in the first message to `name` that matches `is`.
fn connection(world: &World, name: &str, is: impl Fn(&Message) -> bool) -> String {
    let to = world.host(name).address();
    let message = world
        .transcript()
        .lines()
        .iter()
        .filter(|line| line.to == to)
        .filter_map(|line| line.message.clone())
        .find(|message| is(message) && !message.body().is_empty())
        .expect("a description was sent");
    let body = String::from_utf8(message.body().to_vec()).expect("text");
    let line = body
        .lines()
        .find(|line| line.starts_with("c="))
        .expect("a c= line");
    line.to_owned()
}

fn is_invite(message: &Message) -> bool {
    message.status().is_none()
}

fn is_ok(message: &Message) -> bool {
    message.status().is_some_and(|status| status.0 == 200)
}

#[test]
fn a_caller_of_one_ip_version_and_a_callee_of_the_other_hear_each_other() {
    const FOUR: &str = "c=IN IP4 192.0.2.1";
    const SIX: &str = "c=IN IP6 2001:db8::1";
    let cases = [
        (["a"].as_slice(), SWITCH, FOUR, SIX),
        (&["caller"], SWITCH6, SIX, FOUR),
        (&["caller", "a"], SWITCH6, SIX, SIX),
        (&[], SWITCH, FOUR, FOUR),
    ];
    for (sixes, switch, to_caller, to_callee) in cases {
        let mut world = setup(71, sixes).media6().build();
        place(&mut world, call_over(switch));
        assert_two_way(&world, "a");
        assert_eq!(connection(&world, "a", is_invite), to_callee);
        assert_eq!(connection(&world, "caller", is_ok), to_caller);
        assert_eq!(world.report(world.host("caller")).ended_by, Some(EndedBy::Us));
    }
}

/// The final response to the caller's INVITE.
fn refusal(world: &World) -> Message {
    let to = world.host("caller").address();
    let lines = world.transcript().lines();
    let messages = lines.iter().filter(|line| line.to == to);
    messages
        .filter_map(|line| line.message.clone())
        .find(|message| message.status().is_some_and(|status| status.0 >= 300))
        .expect("the caller was refused")
}

fn assert_incompatible(world: &World) {
    let refusal = refusal(world);
    assert_eq!(refusal.status().map(|status| status.0), Some(488));
    let warning = refusal.header(Name::Warning).expect("a Warning");
    assert!(warning.starts_with("301 "), "{warning}");
}

#[test]
fn a_callee_whose_ip_version_we_have_no_media_address_of_is_not_rung_in_vain() {
    let mut world = setup(72, &["a"]).build();
    place(&mut world, call_over(SWITCH));
    assert_incompatible(&world);
    assert!(world.reports(world.host("a")).is_empty());
    let cdr = world.cdr();
    assert_eq!((cdr.status, cdr.cause), (Some(488), Some(88)));
    assert_eq!(cdr.attempts[0].outcome.as_deref(), Some("rejected"));
}

#[test]
fn a_caller_whose_ip_version_we_have_no_media_address_of_is_refused() {
    let mut world = setup(73, &["caller"]).build();
    place(&mut world, call_over(SWITCH6));
    assert_incompatible(&world);
    assert!(world.cdrs().is_empty() && world.reports(world.host("a")).is_empty());
}
