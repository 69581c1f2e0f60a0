//! Starting, draining and ending.

use crate::calls::answers;
use crate::world::{BOB, PATIENCE, World, assert_talked, await_that, voice};
use pointsman_call::{EndedBy, Outcome};
use pointsman_legs::{Numbers, PhoneEvent};
use pointsman_node::{StartError, start};
use pointsman_store::{Query, Reader};
use std::time::Duration;

fn answered(event: &PhoneEvent) -> bool {
    matches!(event, PhoneEvent::Answered { .. })
}

#[test]
fn draining_refuses_new_calls_and_lets_the_others_finish() {
    let mut world = World::new(Numbers::default().with(BOB, answers(2)));
    let sip = world.sip();
    let up = world.place(world.spec(BOB));
    up.wait_event(PATIENCE, answered).unwrap();
    // One that is still taken ends at once, so that the next one is soon placed.
    let refused = world.spec(BOB).hang_up_after(Duration::from_millis(10));
    let node = world.take_node();
    let database = pointsman_node::database(&node.config().node.data);
    let ending = std::thread::spawn(move || node.drain_and_stop(PATIENCE));

    let status = await_that(|| {
        let report = world.place(refused.clone()).wait(PATIENCE).unwrap();
        (report.final_status != Some(200)).then_some(report.final_status)
    });
    assert_eq!(status, Some(503), "{sip}");
    let caller = up.wait(PATIENCE).unwrap();
    let bob = world
        .legs
        .wait_report(PATIENCE, |report| report.phone == "bob" && report.rtp.sent > 150)
        .unwrap();
    assert_talked(&caller, &bob, &voice(2));
    ending.join().unwrap();
    let calls = Reader::open(&database).unwrap().calls(&Query::default()).unwrap();
    assert!(
        calls.iter().all(|cdr| cdr.outcome == Some(Outcome::Answered)),
        "{calls:?}"
    );
    assert!(calls.iter().any(|cdr| cdr.talk_ms >= 3_400), "{calls:?}");
}

#[test]
fn stopping_says_bye_to_both_sides_and_closes_the_books() {
    let mut world = World::new(Numbers::default().with(crate::world::RECORDED, answers(2)));
    let up = world.place(world.spec(crate::world::RECORDED).hang_up_after(PATIENCE * 10));
    up.wait_event(PATIENCE, |event| matches!(event, PhoneEvent::Hears { .. }))
        .unwrap();
    let node = world.take_node();
    let config = node.config();
    node.stop();

    let caller = up.wait(PATIENCE).unwrap();
    let callee = world.bobs();
    for report in [&*caller, &*callee] {
        assert_eq!(report.ended_by, Some(pointsman_legs::EndedBy::Peer), "{report:?}");
        assert!(report.complaints.is_empty(), "{report:?}");
    }
    let database = pointsman_node::database(&config.node.data);
    let calls = Reader::open(&database).unwrap().calls(&Query::default()).unwrap();
    let [cdr] = &calls[..] else {
        panic!("one call: {calls:?}")
    };
    assert_eq!(
        (cdr.outcome, cdr.ended_by),
        (Some(Outcome::Answered), Some(EndedBy::Switch))
    );
    let [record] = &cdr.recordings[..] else {
        panic!("one recording: {:?}", cdr.recordings)
    };
    let file = std::fs::metadata(config.node.recordings.join(&record.path)).unwrap();
    assert_eq!((record.bytes, record.error.as_deref()), (file.len(), None));
}

#[test]
fn a_node_that_stopped_can_start_again_on_its_data() {
    let mut world = World::new(Numbers::default().with(BOB, answers(2)));
    world.call(world.spec(BOB));
    world.cdrs(1);
    world.take_node().stop();
    world.start();
    world.call(world.spec(BOB));
    let cdrs = world.cdrs(2);
    assert!(
        cdrs.iter().all(|cdr| cdr.outcome == Some(Outcome::Answered)),
        "{cdrs:?}"
    );
}

#[test]
fn an_address_in_use_is_named() {
    let world = World::new(Numbers::default());
    let (sip, http) = (world.sip(), world.node().http_addr().unwrap());
    let mut options = world.options.clone();
    options.overrides.data = Some(world.folder.path().join("other"));
    options.overrides.listen = vec![sip];
    assert!(
        matches!(start(options.clone()).err(), Some(StartError::AddressInUse { what: "SIP", address }) if address == sip)
    );
    options.overrides.listen = world.options.overrides.listen.clone();
    options.overrides.http = Some(http);
    assert!(
        matches!(start(options).err(), Some(StartError::AddressInUse { what: "HTTP", address }) if address == http)
    );
}

#[test]
fn two_nodes_do_not_share_a_data_folder() {
    let world = World::new(Numbers::default());
    let text = start(world.options.clone()).err().unwrap().to_string();
    assert!(text.contains("another node") && text.contains("data"), "{text}");
}

#[test]
fn a_mistaken_configuration_does_not_start() {
    let world = World::prepared(Numbers::default(), 10);
    world.files.write("node.yaml", "version: 1\nlistn: []\n");
    let text = start(world.options.clone()).err().unwrap().to_string();
    assert!(text.contains("node.yaml:2"), "{text}");
}

#[test]
fn a_store_that_cannot_write_closes_the_door_and_opens_it_again() {
    let numbers = Numbers::default().with(BOB, answers(2));
    let world = World::new(numbers);
    let up = world.place(world.spec(BOB));
    up.wait_event(PATIENCE, answered).unwrap();
    let database = pointsman_node::database(&world.node().config().node.data);
    let lock = rusqlite::Connection::open(database).unwrap();
    lock.execute_batch("BEGIN EXCLUSIVE").unwrap();

    let brief = || {
        world
            .spec(BOB)
            .hang_up_after(std::time::Duration::from_millis(100))
    };
    await_that(|| (world.call(brief()).final_status == Some(503)).then_some(()));
    assert_eq!(world.http("GET", "/health").0, 503);
    let caller = up.wait(PATIENCE).unwrap();
    assert_eq!(caller.final_status, Some(200), "what is up goes on");

    lock.execute_batch("ROLLBACK").unwrap();
    await_that(|| (world.call(brief()).final_status == Some(200)).then_some(()));
    world.await_metric("pointsman_store_calls_lost 0");
    await_that(|| world.cdrs(2).iter().any(|cdr| cdr.talk_ms >= 3_400).then_some(()));
}
