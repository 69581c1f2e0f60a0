//! What a journal shows, and what it refuses.

use pointsman_call::{Entry, Octets};
use pointsman_sim::{Plan, World, dial};

use crate::stage::*;

fn recorded(seed: u64) -> World {
    let mut world = stage(
        seed,
        Plan::of(dial(&["a"], 20)),
        &[("a", answers(seconds(1), None))],
    )
    .build();
    world.record();
    world
}

#[test]
fn a_call_is_the_same_again() {
    let mut world = recorded(1);
    place(&mut world, call(Some(seconds(3))));
    let (inputs, outputs) = world.replay().expect("the same bytes");
    assert!(inputs > 14 && outputs > 14, "{inputs} inputs, {outputs} outputs");
}

#[test]
fn an_octet_that_differs_is_found_and_named() {
    let mut world = recorded(2);
    place(&mut world, call(Some(seconds(3))));
    let mut lines = world.shard().take_journal();
    let ok = lines.iter_mut().find_map(|line| match &mut line.entry {
        Entry::Sent {
            octets: Octets::Text(text),
            ..
        } if text.starts_with("SIP/2.0 200") => Some(text),
        _ => None,
    });
    let text = ok.expect("a 200 was sent");
    *text = text.replacen("200 OK", "200 Ok", 1);
    let difference = world.replay_of(lines).expect_err("one octet is another");
    let shown = |line: Option<pointsman_call::Line>| format!("{:?}", line.map(|line| line.entry));
    assert!(shown(difference.recorded).contains("200 Ok"));
    assert!(shown(difference.replayed).contains("200 OK"));
}

#[test]
fn an_output_that_does_not_come_is_found() {
    let mut world = recorded(3);
    place(&mut world, call(Some(seconds(3))));
    let mut lines = world.shard().take_journal();
    let twice = lines.iter().rfind(|line| line.entry.is_output()).cloned();
    lines.extend(twice);
    let difference = world.replay_of(lines).expect_err("it came once");
    assert_eq!((difference.recorded.is_some(), difference.replayed), (true, None));
}
