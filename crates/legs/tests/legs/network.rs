//! Calls over a network that loses, repeats, delays and reorders; and the same world twice.

use std::time::Duration;

use pointsman_legs::behaviour::{Action, Answer, Behaviour, Step};
use pointsman_legs::sound::babble;
use pointsman_legs::{Numbers, Speak, Talk};

use crate::world::{Net, World, answers, likeness, says, seconds, to};

const ROUGH: Net = Net {
    loss: 0.1,
    duplicate: 0.1,
    delay: Duration::from_millis(20),
    jitter: Duration::from_millis(60),
};

fn rough(seed: u64) -> World {
    let step = |at, action| Step {
        at: seconds(at),
        action,
    };
    let talk = Talk {
        steps: vec![
            step(6.0, Action::Refresh),
            step(9.0, Action::Digits("42".to_owned())),
        ],
        ..says(&babble(2, 15.0))
    };
    let answer = Answer {
        after: seconds(1.0),
        talk,
        ..Answer::default()
    };
    let mut world = World::new(seed, Numbers::default().with("100", Behaviour::Answer(answer)));
    world.net = ROUGH;
    let spec = to("100")
        .speak(Speak::samples(babble(1, 15.0).as_slice()))
        .hang_up_after(seconds(20.0));
    world.call(
        spec.step(seconds(3.0), Action::Hold)
            .step(seconds(12.0), Action::Resume),
    );
    world
}

#[test]
fn a_call_over_a_rough_network_works_and_leaves_nothing_behind() {
    for seed in 0..40 {
        let mut world = rough(seed);
        world.run_to_the_end();
        let (caller, callee) = (world.caller(), world.callee());
        assert_eq!(caller.final_status, Some(200), "seed {seed}");
        assert_eq!(caller.answers, [200, 200], "seed {seed}");
        assert_eq!(caller.digits, "42", "seed {seed}");
        assert!(
            caller.complaints.is_empty(),
            "seed {seed}: {:?}",
            caller.complaints
        );
        assert!(
            callee.complaints.is_empty(),
            "seed {seed}: {:?}",
            callee.complaints
        );
        assert!(caller.rtp.lost > 0 && caller.rtp.duplicated > 0 && caller.rtp.reordered > 0);
        assert!(caller.rtp.received + caller.rtp.lost <= callee.rtp.sent);
    }
}

#[test]
fn the_same_seed_gives_the_same_messages_and_another_seed_others() {
    let transcript = |seed| {
        let mut world = rough(seed);
        world.run_to_the_end();
        world.transcript
    };
    assert_eq!(transcript(7), transcript(7));
    assert_ne!(transcript(7), transcript(8));
}

#[test]
fn the_wanted_share_of_packets_never_leaves_and_the_rest_is_understood() {
    let b = babble(2, 20.0);
    let mut world = World::new(
        1,
        Numbers::default().with(
            "100",
            answers(Talk {
                lose: 5.0,
                ..says(&b)
            }),
        ),
    );
    world.call(to("100").hang_up_after(seconds(20.0)));
    world.run_to_the_end();
    let (caller, callee) = (world.caller(), world.callee());
    let share = callee.rtp.lost_on_purpose as f64 / (callee.rtp.sent + callee.rtp.lost_on_purpose) as f64;
    assert!((0.03..0.07).contains(&share), "{share}");
    assert_eq!(caller.rtp.received, callee.rtp.sent);
    // Losses before the first and after the last packet that arrived leave no gap.
    assert!(callee.rtp.lost_on_purpose - caller.rtp.lost <= 2);
    let like = likeness(&caller.heard.samples, &b);
    assert!((0.93..0.995).contains(&like), "{like}");
}

#[test]
fn reordered_and_repeated_packets_do_not_spoil_the_audio() {
    let b = babble(2, 8.0);
    let mut world = World::new(1, Numbers::default().with("100", answers(says(&b))));
    world.net = Net { loss: 0.0, ..ROUGH };
    world.call(to("100").hang_up_after(seconds(9.0)));
    world.run_to_the_end();
    let caller = world.caller();
    assert!(likeness(&caller.heard.samples, &b) > 0.98);
    assert!(caller.rtp.duplicated > 10 && caller.rtp.reordered > 10);
    assert!(
        caller.rtp.lost <= 4,
        "only what the BYE overtook: {}",
        caller.rtp.lost
    );
}
