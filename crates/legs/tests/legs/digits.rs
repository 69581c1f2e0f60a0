//! RFC 4733 digits and INFO, both ways.

use pointsman_legs::behaviour::{Action, InfoBody, Step};
use pointsman_legs::{Numbers, PhoneEvent, Talk};

use crate::world::{CALLEE, World, answers, seconds, to};

fn step(at: f64, action: Action) -> Step {
    Step {
        at: seconds(at),
        action,
    }
}

#[test]
fn digits_arrive_each_once_in_order_both_ways() {
    let talk = Talk {
        steps: vec![step(1.5, Action::Digits("99*".to_owned()))],
        ..Talk::default()
    };
    let mut world = World::new(1, Numbers::default().with("100", answers(talk)));
    let spec = to("100").step(seconds(1.0), Action::Digits("1123#A".to_owned()));
    world.call(spec.hang_up_after(seconds(5.0)));
    world.run_to_the_end();
    assert_eq!(world.callee().digits, "1123#A");
    assert_eq!(world.caller().digits, "99*");
    assert!(world.saw(CALLEE, |event| matches!(
        event,
        PhoneEvent::Digit { digit: '#', .. }
    )));
}

#[test]
fn digits_survive_a_network_that_loses_every_fourth_packet() {
    let mut world = World::new(3, Numbers::default().with("100", answers(Talk::default())));
    let spec = to("100").step(seconds(1.0), Action::Digits("0123456789".to_owned()));
    world.call(spec.hang_up_after(seconds(6.0)));
    world.until(5.0, |world| {
        world.saw(CALLEE, |event| matches!(event, PhoneEvent::Hears { .. }))
    });
    world.net.loss = 0.25;
    world.run_for(4.0);
    world.net.loss = 0.0;
    world.run_to_the_end();
    assert_eq!(world.callee().digits, "0123456789");
}

#[test]
fn an_info_is_answered_and_kept() {
    let body = InfoBody {
        content_type: "application/dtmf-relay".to_owned(),
        body: "Signal=5".to_owned(),
    };
    let mut world = World::new(1, Numbers::default().with("100", answers(Talk::default())));
    world.call(
        to("100")
            .step(seconds(1.0), Action::Info(body))
            .hang_up_after(seconds(2.0)),
    );
    world.run_to_the_end();
    let heard = [("application/dtmf-relay".to_owned(), "Signal=5".to_owned())];
    assert_eq!(world.callee().infos, heard);
    assert_eq!(world.caller().answers, [200]);
}
