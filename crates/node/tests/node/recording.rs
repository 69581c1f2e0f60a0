//! Recordings: what both said, and what a crash left.

use crate::agents::{CENTRE, LINE, music};
use crate::calls::answers;
use crate::world::{ALICE, BOB, NODE, PATIENCE, RECORDED, SHOP, World, assert_talked, await_that, voice};
use pointsman_call::{CallEvent, Cdr, Outcome, RecordingRecord};
use pointsman_legs::Numbers;
use pointsman_media::measure::{Sound, fit, same_speech};
use pointsman_node::database;
use pointsman_store::{Settings, SqliteStore, Store};

#[test]
fn both_sides_are_in_the_file_equally_loud_and_the_cdr_names_it() {
    pointsman_conformance::shows(&["REC-02 inbound", "REC-04 number"]);
    let world = World::new(Numbers::default().with(RECORDED, answers(2)));
    let caller = world.call(world.spec(RECORDED));
    assert_talked(&caller, &world.bobs(), &voice(2));
    let cdr = world.cdr();
    let [record] = &cdr.recordings[..] else {
        panic!("one recording: {:?}", cdr.recordings)
    };
    assert_eq!(record.error, None);
    let file = std::fs::read(world.folder.path().join("recordings").join(&record.path)).unwrap();
    assert_eq!(record.bytes, file.len() as u64);

    let sound = Sound::from_wav(&file, &record.path).unwrap();
    let talked = cdr.talk_ms as f64 / 1000.0;
    assert!(
        (sound.seconds() - talked).abs() < 0.1,
        "{} s for {talked} s of talk",
        sound.seconds()
    );
    let references = [1, 2].map(|seed| Sound::from_linear(8_000, &voice(seed)));
    let fit = fit(&sound, &references[0], &references[1]).unwrap();
    assert!(fit.explained > 0.9 && fit.difference_db() < 1.0, "{fit:?}");
    world.await_metric("pointsman_recordings_total{result=\"ok\"} 1");
    world.await_metric("pointsman_recordings_running 0");
    world.await_metric("pointsman_recorder_lost_packets_total 0");
    world.await_idle();
}

#[test]
fn a_call_that_nobody_wants_recorded_is_not() {
    pointsman_conformance::shows(&["REC-04 number"]);
    let world = World::new(Numbers::default().with(BOB, answers(2)));
    world.call(world.spec(BOB));
    assert_eq!(world.cdr().recordings, []);
    assert_eq!(
        std::fs::read_dir(world.folder.path().join("recordings"))
            .unwrap()
            .count(),
        0
    );
}

/// What `kill -9` leaves: an open call in the database and a file whose header is behind its samples.
#[test]
fn what_a_crash_cut_off_is_closed_as_interrupted_with_its_recording() {
    let mut world = World::prepared(Numbers::default().with(BOB, answers(2)), 100);
    let recordings = world.folder.path().join("recordings");
    std::fs::create_dir_all(recordings.join("2026")).unwrap();
    std::fs::write(recordings.join("2026/7.wav"), behind_its_samples(10, 11_025)).unwrap();
    let store = SqliteStore::open(
        &pointsman_node::database(&world.folder.path().join("data")),
        Settings::default(),
    );
    let store = store.unwrap();
    store.record(CallEvent::Opened(Box::new(open_call())));
    store.record(CallEvent::RecordingStarted {
        call: "cut".into(),
        recording: record(),
    });
    store.flush().unwrap();
    drop(store);

    world.start();
    let cdr = world
        .node()
        .store()
        .call("cut")
        .unwrap()
        .expect("the call is kept");
    assert_eq!(cdr.outcome, Some(Outcome::Interrupted));
    let [record] = &cdr.recordings[..] else {
        panic!("one recording: {:?}", cdr.recordings)
    };
    assert_eq!((record.error.as_deref(), record.samples), (None, 11_026));
    let file = std::fs::read(recordings.join(&record.path)).unwrap();
    assert_eq!(record.bytes, file.len() as u64);
    assert!((Sound::from_wav(&file, "7.wav").unwrap().seconds() - 1.0).abs() < 0.01);
    // The node serves as if nothing had been.
    assert_eq!(world.call(world.spec(BOB)).final_status, Some(200));
}

/// A header that says `announced` samples before `written` ones.
fn behind_its_samples(announced: u32, written: usize) -> Vec<u8> {
    let mut file = b"RIFF".to_vec();
    file.extend((36 + announced).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(11_025u32.to_le_bytes());
    file.extend(11_025u32.to_le_bytes());
    file.extend(b"\x01\0\x08\0data");
    file.extend(announced.to_le_bytes());
    file.extend((0..written).map(|n| if n % 8 < 4 { 0x60 } else { 0xa0 }));
    file
}

fn record() -> RecordingRecord {
    RecordingRecord {
        id: 7,
        path: "2026/7.wav".to_owned(),
        started_ms: 1_790_000_001_000,
        ended_ms: None,
        samples: 0,
        bytes: 0,
        error: None,
        customer: "shop".into(),
        called: None,
        caller: None,
        agent: None,
    }
}

fn open_call() -> Cdr {
    Cdr {
        id: "cut".into(),
        started_ms: 1_790_000_000_000,
        answered_ms: Some(1_790_000_001_000),
        ended_ms: None,
        from: None,
        to: RECORDED.into(),
        trunk: "alice".into(),
        customer: "shop".into(),
        policy: "trm".into(),
        policy_version: "".into(),
        path: Vec::new(),
        why: String::new(),
        attempts: Vec::new(),
        legs: Vec::new(),
        outcome: None,
        ended_by: None,
        status: None,
        cause: None,
        recordings: Vec::new(),
        talk_ms: 0,
        origin: None,
        campaign: None,
    }
}

#[test]
fn rec_22_25_a_customer_at_its_capacity_is_not_recorded_and_talks() {
    pointsman_conformance::shows(&["REC-08 before", "REC-24 more", "REC-25 new"]);
    let mut world = World::prepared(Numbers::default().with("*", answers(2)), 100);
    // 500 MB and more are on the disk already.
    let data = world.folder.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    {
        let store = SqliteStore::open(&database(&data), Settings::default()).unwrap();
        let mut before = open_call();
        before.ended_ms = Some(1_790_000_002_000);
        before.recordings = vec![RecordingRecord {
            bytes: 500_000_000,
            samples: 700_000_000,
            ..record()
        }];
        store.close_call(&before);
        store.flush().unwrap();
    }
    world.start();
    world.await_metric("pointsman_not_recorded_total 0");
    let caller = world.call(world.spec(RECORDED));
    assert_talked(&caller, &world.bobs(), &voice(2));
    world.await_metric("pointsman_not_recorded_total 1");
    let cdr = world.cdrs(2).remove(0);
    assert!(cdr.recordings.is_empty());
    // More is ordered, without a restart (REC-24).
    let more = SHOP.replace(
        "name: The Shop",
        "name: The Shop\nrecording: { capacity_mb: 1000 }",
    );
    world.files.write("shop.yaml", &more);
    assert!(world.node().reload().ok);
    let recorded = await_that(|| {
        world.call(
            world
                .spec(RECORDED)
                .hang_up_after(std::time::Duration::from_millis(500)),
        );
        let cdr = world.cdrs(3).remove(0);
        (!cdr.recordings.is_empty()).then_some(cdr)
    });
    assert_eq!(recorded.recordings[0].called.as_deref(), Some(RECORDED));
}

/// Agent bea is recorded, the number is not; she is reached by the queue and by a number of her own.
#[test]
fn rec_05_21_acm_12_all_calls_of_a_recorded_agent_are_on_the_disk_under_its_name() {
    pointsman_conformance::shows(&["REC-05 agent", "REC-21 metadata", "ACM-12 cdr recording"]);
    let mut world = World::prepared(Numbers::default().with("*", answers(2)), 100);
    let centre = CENTRE
        .replace("options: [acm]", "options: [acm, recording]")
        .replace("start: available", "start: available, record: true")
        .replace(
            "numbers:\n",
            "  own:\n    start: bea\n    nodes:\n      bea: { dial: { number: \"201\", trunk: bob, ring: 20s, on: { otherwise: late } } }\n      late: { reject: { status: 480 } }\nnumbers:\n  \"+3225000201\": { policy: trm, tree: own }\n",
        );
    let customers = "customers: [shop.yaml, centre.yaml]";
    world
        .files
        .write("node.yaml", &NODE.replace("customers: [shop.yaml]", customers));
    world.files.write("shop.yaml", SHOP);
    world.files.write("centre.yaml", &centre);
    world.files.write_bytes("music.wav", &music());
    world.start();

    world.call(world.spec("+3225000201"));
    let direct = world.cdr();
    world.call(world.spec(LINE).hang_up_after(PATIENCE / 3));
    let queued = world.cdrs(2).remove(0);
    assert_eq!(&*queued.to, LINE);
    for cdr in [&direct, &queued] {
        let [record] = &cdr.recordings[..] else {
            panic!("one recording: {:?}", cdr.recordings)
        };
        assert_eq!(
            (record.error.as_deref(), record.agent.as_deref()),
            (None, Some("bea"))
        );
        assert_eq!(record.called.as_deref(), Some(&*cdr.to));
        assert_eq!(record.caller.as_deref(), Some(ALICE));
        assert_eq!(cdr.attempts[0].agent.as_deref(), Some("bea"));
    }
    let sound = |cdr: &Cdr| {
        let path = &cdr.recordings[0].path;
        let file = std::fs::read(world.folder.path().join("recordings").join(path)).unwrap();
        Sound::from_wav(&file, path).unwrap()
    };
    let said = [1, 2].map(|seed| Sound::from_linear(8_000, &voice(seed)));
    let fit = fit(&sound(&direct), &said[0], &said[1]).unwrap();
    assert!(fit.explained > 0.9 && fit.difference_db() < 1.0, "{fit:?}");
    // The caller spoke while it waited: the agent's words are what the recording surely has.
    let likeness = same_speech(&sound(&queued), &said[1]);
    assert!(likeness > 0.6, "{likeness:.3}");
    let token = world.local_token();
    let listed = crate::api::client::Client::new(&world, Some(&token))
        .get("/v1/recordings")
        .json();
    let agents: Vec<_> = listed["recordings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["agent"])
        .collect();
    assert_eq!(agents, ["bea", "bea"]);
    world.await_idle();
}

/// A call out is its caller's as a call in is its called number's, if it comes from the caller's own site.
#[test]
fn rec_02_a_call_out_from_a_site_is_recorded_for_its_number_and_no_other_is() {
    pointsman_conformance::shows(&["REC-02 outbound"]);
    let mut world = World::prepared(Numbers::default().with("*", answers(2)), 100);
    let sites = "sites:\n  desk: { trunk: alice, number: \"201\" }\ntrees:";
    world.files.write("shop.yaml", &SHOP.replacen("trees:", sites, 1));
    world.start();
    let out = |from: &str| {
        let mut spec = world.spec(BOB);
        spec.from = Some(from.to_owned());
        spec
    };
    let caller = world.call(out(RECORDED));
    assert_talked(&caller, &world.bobs(), &voice(2));
    let cdr = world.cdr();
    assert_eq!((&*cdr.customer, cdr.from.as_deref()), ("", Some(RECORDED)));
    let [record] = cdr.recordings.as_slice() else {
        panic!("one recording: {:?}", cdr.recordings)
    };
    assert_eq!(
        (
            &*record.customer,
            record.called.as_deref(),
            record.caller.as_deref()
        ),
        ("shop", Some(BOB), Some(RECORDED))
    );
    let file = std::fs::read(world.folder.path().join("recordings").join(&record.path)).unwrap();
    let sound = Sound::from_wav(&file, &record.path).unwrap();
    let references = [1, 2].map(|seed| Sound::from_linear(8_000, &voice(seed)));
    let fit = fit(&sound, &references[0], &references[1]).unwrap();
    assert!(fit.explained > 0.9 && fit.difference_db() < 1.0, "{fit:?}");

    // Another number of the site, and the same number shown by who does not come from there.
    world.call(out(crate::world::DEAD));
    assert_eq!(world.cdrs(2)[0].recordings, []);
    world.files.write(
        "shop.yaml",
        &SHOP.replacen("trees:", &sites.replace("alice", "nobody"), 1),
    );
    assert!(world.node().reload().ok);
    world.call(out(RECORDED));
    assert_eq!(world.cdrs(3)[0].recordings, []);
}
