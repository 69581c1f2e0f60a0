//! Requests that the switch has seen before: merged on the way, or its own.

use pointsman_legs::CallSpec;
use pointsman_sim::{Plan, SWITCH, World, dial};
use pointsman_sip::Message;

use crate::stage::*;

/// A call that rings at `a`.
fn ringing(seed: u64) -> World {
    let mut world = stage(seed, Plan::of(dial(&["a"], 60)), &[("a", rings())]).build();
    let caller = world.host("caller");
    let mut spec = call(None);
    spec.cancel_after = Some(seconds(20));
    world.call(caller, spec);
    world.run(seconds(1));
    world
}

/// The first INVITE to `to`, as text.
fn invite_to(world: &World, to: std::net::SocketAddr) -> String {
    let lines = world.transcript().lines().iter();
    let mut invites = lines
        .filter(|line| line.to == to)
        .filter_map(|line| line.message.as_ref())
        .filter(|message| message.is_request() && message.method().as_str() == "INVITE");
    let invite: &Message = invites.next().expect("an INVITE was sent");
    String::from_utf8(invite.raw().to_vec()).expect("text")
}

/// The same INVITE as another element forwards it.
fn by_another_way(invite: &str, uri: &str, branch: &str) -> String {
    let (_, rest) = invite.split_once("\r\n").expect("a request line");
    format!(
        "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.9:5060;rport;branch=z9hG4bK{branch}\r\n{rest}"
    )
}

/// The final status of the answer to the branch.
fn status_of(world: &World, branch: &str) -> Option<u16> {
    let lines = world.transcript().lines().iter();
    lines
        .filter_map(|line| line.message.as_ref())
        .filter(|message| {
            message
                .top_via()
                .is_some_and(|via| via.branch().is_some_and(|own| own.ends_with(branch)))
        })
        .filter_map(Message::status)
        .map(|status| status.0)
        .find(|status| *status >= 200)
}

#[test]
fn an_invite_that_comes_by_a_second_way_is_482_and_the_first_one_goes_on() {
    let mut world = ringing(1);
    let caller = world.host("caller");
    let invite = invite_to(&world, SWITCH);
    let merged = by_another_way(&invite, &format!("sip:{CALLED}@{SWITCH}"), "merged");
    world.inject(caller.address(), merged);
    world.settle();
    assert_eq!(status_of(&world, "merged"), Some(482));
    assert_eq!(world.report(caller).final_status, Some(487));
    assert_eq!((world.cdrs().len(), world.refusals().len()), (1, 1));
}

#[test]
fn the_same_call_again_after_the_first_one_is_no_merged_request() {
    let mut world = ringing(2);
    let caller = world.host("caller");
    let invite = invite_to(&world, SWITCH);
    world.settle();
    let again = by_another_way(&invite, &format!("sip:{CALLED}@{SWITCH}"), "again");
    world.inject(caller.address(), again);
    world.run(seconds(1));
    world.settle();
    assert_eq!(world.cdrs().len(), 2);
}

#[test]
fn an_invite_of_ours_that_comes_back_for_the_same_number_is_482() {
    let mut world = ringing(3);
    let site = world.host("a").address();
    let invite = invite_to(&world, site);
    world.inject(
        site,
        by_another_way(&invite, &format!("sip:{CALLED}@{SWITCH}"), "loop"),
    );
    world.settle();
    assert_eq!(status_of(&world, "loop"), Some(482));
    assert_eq!(world.cdrs().len(), 1);
}

#[test]
fn an_invite_of_ours_that_comes_back_diverted_is_a_call() {
    let diverted = "+3225550199";
    let mut world = stage(4, Plan::of(dial(&["a"], 60)), &[("a", rings())])
        .number(diverted, Plan::of(dial(&["a"], 1)), false)
        .build();
    let caller = world.host("caller");
    let mut spec: CallSpec = call(None);
    spec.cancel_after = Some(seconds(20));
    world.call(caller, spec);
    world.run(seconds(1));
    let site = world.host("a").address();
    let invite = invite_to(&world, site);
    world.inject(
        site,
        by_another_way(&invite, &format!("sip:{diverted}@{SWITCH}"), "spiral"),
    );
    world.settle();
    assert_ne!(status_of(&world, "spiral"), Some(482));
    assert_eq!(world.cdrs().len(), 2);
}
