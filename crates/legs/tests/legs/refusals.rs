//! Calls that are not answered.

use pointsman_legs::behaviour::{Behaviour, Cause, Redirect, Refusal, Reject, Ring, Silent};
use pointsman_legs::{EndedBy, Flavour, Numbers, Role, Talk};
use pointsman_media::Codec;

use crate::world::{CALLEE, CALLER, World, answers, seconds, to};

fn as_pstn(behaviour: Behaviour) -> World {
    let numbers = Numbers::default().with("100", behaviour);
    World::of(1, [Flavour::Voip, Flavour::Pstn], [Numbers::default(), numbers])
}

fn refused(mut world: World) -> (Option<u16>, Option<u8>) {
    world.call(to("100"));
    world.run_to_the_end();
    let (caller, callee) = (world.caller(), world.callee());
    assert_eq!(callee.final_status, caller.final_status);
    assert_eq!(
        (caller.ended_by, callee.ended_by),
        (Some(EndedBy::Peer), Some(EndedBy::Us))
    );
    assert!(!caller.answered() && !callee.answered());
    assert_eq!(caller.rtp.sent, 0);
    (caller.final_status, caller.cause())
}

#[test]
fn the_telephone_network_fails_with_a_status_and_its_cause() {
    let rows = [
        (Behaviour::Busy(Refusal::default()), 486, 17),
        (Behaviour::Congested(Refusal::default()), 503, 34),
        (Behaviour::Unreachable(Refusal::default()), 480, 20),
        (Behaviour::Unassigned(Refusal::default()), 404, 1),
        (
            Behaviour::Cause(Cause {
                q850: 21,
                ..Cause::default()
            }),
            603,
            21,
        ),
        (
            Behaviour::Cause(Cause {
                q850: 27,
                ..Cause::default()
            }),
            502,
            27,
        ),
        (
            Behaviour::Cause(Cause {
                q850: 42,
                ..Cause::default()
            }),
            503,
            42,
        ),
        (
            Behaviour::Reject(Reject {
                status: 484,
                ..Reject::default()
            }),
            484,
            28,
        ),
    ];
    for (behaviour, status, cause) in rows {
        assert_eq!(
            refused(as_pstn(behaviour)),
            (Some(status), Some(cause)),
            "{status}"
        );
    }
}

#[test]
fn a_plain_phone_gives_no_cause() {
    let numbers = Numbers::default().with("100", Behaviour::Busy(Refusal::default()));
    assert_eq!(refused(World::new(1, numbers)), (Some(486), None));
}

#[test]
fn a_refusal_can_come_after_ringing() {
    let how = Refusal {
        after: seconds(3.0),
        ring: true,
    };
    let mut world = World::new(1, Numbers::default().with("100", Behaviour::Busy(how)));
    world.call(to("100"));
    world.run_to_the_end();
    assert_eq!(world.caller().statuses(), [180, 486]);
}

#[test]
fn a_number_nobody_has_is_404_and_a_phrase_is_passed_on() {
    let mut world = World::new(1, Numbers::default());
    world.call(to("100"));
    world.run_to_the_end();
    assert_eq!(world.caller().final_status, Some(404));
    let reject = Reject {
        status: 480,
        phrase: Some("Gone fishing".to_owned()),
        ..Reject::default()
    };
    let mut world = World::new(1, Numbers::default().with("100", Behaviour::Reject(reject)));
    world.call(to("100"));
    world.run_to_the_end();
    assert_eq!(world.count("SIP/2.0 480 Gone fishing"), 1);
}

#[test]
fn a_redirect_names_its_contacts() {
    let to_these = vec![
        "sip:a@10.0.0.9".to_owned(),
        "sip:b@10.0.0.9;transport=tcp".to_owned(),
    ];
    let redirect = Behaviour::Redirect(Redirect { to: to_these.clone() });
    let mut world = World::new(1, Numbers::default().with("100", redirect));
    world.call(to("100"));
    world.run_to_the_end();
    assert_eq!(
        (world.caller().final_status, &world.caller().redirects),
        (Some(302), &to_these)
    );
}

#[test]
fn a_silent_number_says_nothing_until_the_caller_gives_up() {
    let mut world = World::new(1, Numbers::default().with("100", Behaviour::Silent(Silent {})));
    world.call(to("100"));
    world.until(60.0, |world| !world.reports.is_empty());
    world.quiesce();
    assert_eq!(world.count("SIP/2.0"), 0);
    assert_eq!(
        world.count("INVITE"),
        7,
        "Timer A: 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s"
    );
    let caller = world.report(Role::Caller);
    assert_eq!(
        (caller.final_status, caller.ended_by),
        (None, Some(EndedBy::Timer))
    );
    let waited = caller.ended_at.expect("ended").duration_since(caller.started_at);
    assert_eq!(waited, seconds(32.0));
}

#[test]
fn it_rings_for_ever_and_says_so_each_minute_until_the_caller_gives_up() {
    let mut world = World::new(
        1,
        Numbers::default().with("100", Behaviour::Ring(Ring::default())),
    );
    world.call(to("100").cancel_after(seconds(130.0)));
    world.run_to_the_end();
    let (caller, callee) = (world.caller(), world.callee());
    assert_eq!(caller.statuses(), [180, 180, 180, 487]);
    assert_eq!(
        (caller.ended_by, callee.ended_by),
        (Some(EndedBy::Us), Some(EndedBy::Peer))
    );
    assert!(!callee.answered());
}

#[test]
fn without_a_common_codec_the_call_is_not_acceptable() {
    let talk = Talk {
        codecs: vec![Codec::Pcmu],
        ..Talk::default()
    };
    let mut world = World::new(1, Numbers::default().with("100", answers(talk)));
    let mut spec = to("100");
    spec.talk.codecs = vec![Codec::Pcma];
    world.call(spec);
    world.run_to_the_end();
    assert_eq!(world.caller().final_status, Some(488));
}

#[test]
fn a_call_that_lasts_too_long_is_ended_by_force() {
    let mut world = World::new(1, Numbers::default().with("100", answers(Talk::default())));
    let mut spec = to("100");
    spec.longest = seconds(10.0);
    world.call(spec);
    world.run_to_the_end();
    assert_eq!(world.caller().ended_by, Some(EndedBy::Timer));
    assert_eq!(world.callee().ended_by, Some(EndedBy::Peer));
}

#[test]
fn an_owner_can_end_a_call_in_any_state() {
    let numbers = Numbers::default()
        .with("ring", Behaviour::Ring(Ring::default()))
        .with("talk", answers(Talk::default()));
    for (number, who, status) in [
        ("ring", CALLER, 487),
        ("ring", CALLEE, 480),
        ("talk", CALLER, 200),
        ("talk", CALLEE, 200),
    ] {
        let mut world = World::new(1, numbers.clone());
        let caller = world.call(to(number));
        world.run_for(3.0);
        let own = world
            .events
            .iter()
            .find(|(whose, _)| *whose == CALLEE)
            .expect("it rings")
            .1
            .call();
        let now = world.now;
        world.phones[who].hang_up(now, if who == CALLER { caller } else { own });
        world.run_to_the_end();
        assert_eq!(world.caller().final_status, Some(status), "{number} {who}");
        let by = world
            .reports
            .iter()
            .map(|report| (report.role == Role::Caller, report.ended_by));
        for (is_caller, by) in by {
            let wanted = if is_caller == (who == CALLER) {
                EndedBy::Us
            } else {
                EndedBy::Peer
            };
            assert_eq!(by, Some(wanted), "{number} {who}");
        }
    }
}
