//! A disk that does not answer while the node runs: to the store, a lock that somebody holds.

use crate::calls::answers;
use crate::world::{BOB, RECORDED, World, assert_talked, voice};
use pointsman_call::Outcome;
use pointsman_legs::Numbers;
use pointsman_media::measure::Sound;
use pointsman_store::Query;
use rusqlite::Connection;

fn closed() -> Query {
    Query {
        open: Some(false),
        ..Query::default()
    }
}

/// Everything between the two events "the disk stops" and "the disk goes on" happens while it stands.
#[test]
fn a_call_is_placed_heard_recorded_and_ended_while_the_disk_stands_and_nothing_is_lost() {
    let world = World::new(
        Numbers::default()
            .with(RECORDED, answers(2))
            .with(BOB, answers(2)),
    );
    let database = pointsman_node::database(&world.folder.path().join("data"));
    let disk = Connection::open(database).unwrap();
    disk.execute_batch("BEGIN EXCLUSIVE").unwrap();

    let caller = world.call(world.spec(RECORDED));
    assert_talked(&caller, &world.bobs(), &voice(2));
    world.await_metric("pointsman_calls 0");
    let store = world.node().store();
    assert_eq!(store.calls(&Query::default()).unwrap(), [], "the disk stood");

    // The alarm is raised in every place, and nobody comes in any more.
    world.await_metric("pointsman_store_stalled 1");
    let (status, said) = world.http("GET", "/health");
    assert_eq!((status, said.contains("store stalled")), (503, true), "{said}");
    let (_, said) = world.http("GET", "/status");
    assert!(said.contains("\"stalled\":true"), "{said}");
    let refused = world.call(world.spec(BOB));
    assert_eq!(refused.final_status, Some(503));
    world.await_metric("pointsman_refused_total{status=\"503\",why=\"the call store does not keep up\"} 1");

    disk.execute_batch("ROLLBACK").unwrap();
    world.await_metric("pointsman_store_stalled 0");
    assert_eq!(world.http("GET", "/health").0, 200);
    let cdr = world.cdr();
    assert_eq!(cdr.outcome, Some(Outcome::Answered));
    let [record] = &cdr.recordings[..] else {
        panic!("one recording: {:?}", cdr.recordings)
    };
    let file = std::fs::read(world.folder.path().join("recordings").join(&record.path)).unwrap();
    let sound = Sound::from_wav(&file, &record.path).unwrap();
    assert!((sound.seconds() - cdr.talk_ms as f64 / 1000.0).abs() < 0.1);

    // Calls come in again, which takes one look of the signalling thread at the store.
    let again = crate::world::await_that(|| {
        let report = world.call(world.spec(BOB));
        (report.final_status == Some(200)).then_some(report)
    });
    assert_eq!(again.final_status, Some(200));
    world.cdrs(2);
    world.await_idle();
    assert_eq!(world.node().store().calls(&closed()).unwrap().len(), 2);
    world.await_metric("pointsman_store_calls_lost 0");
    world.await_metric("pointsman_store_waiting 0");
}
