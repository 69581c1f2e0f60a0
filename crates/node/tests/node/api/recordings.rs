//! Recordings over HTTP.

use super::client::{Client, past_call, sound, world};
use crate::calls::answers;
use crate::world::{ALICE, RECORDED};
use pointsman_legs::Numbers;
use std::time::Duration;

#[test]
fn rec_17_to_20_and_35_a_recorded_call_is_listed_with_its_metadata_and_its_file_can_be_fetched() {
    pointsman_conformance::shows(&[
        "REC-17 metadata",
        "REC-18 metadata",
        "REC-19 metadata",
        "REC-20 metadata",
        "REC-26 api",
        "REC-35 one",
        "REC-38 octets",
    ]);
    let world = world(Numbers::default().with(RECORDED, answers(2)));
    world.call(world.spec(RECORDED).hang_up_after(Duration::from_millis(1500)));
    let cdr = world.cdr();
    let token = world.local_token();
    let client = Client::new(&world, Some(&token));
    let listed = client
        .get(&format!("/v1/recordings?number=%2B{}", &RECORDED[1..]))
        .json();
    let [recording] = &listed["recordings"].as_array().unwrap()[..] else {
        panic!("one recording: {listed}")
    };
    assert_eq!(recording["called"], RECORDED);
    assert_eq!(recording["calling"], ALICE);
    assert_eq!(recording["call_started_ms"], cdr.started_ms);
    let duration = recording["duration_ms"].as_i64().unwrap();
    assert!(
        (duration - cdr.talk_ms).abs() < 100,
        "{duration} of {} ms",
        cdr.talk_ms
    );
    let id = recording["id"].as_str().unwrap();
    assert_eq!(&client.get(&format!("/v1/recordings/{id}")).json(), recording);
    let audio = client.get(&format!("/v1/recordings/{id}/audio"));
    let path = world
        .folder
        .path()
        .join("recordings")
        .join(&cdr.recordings[0].path);
    assert!(audio.status == 200 && audio.body == std::fs::read(path).unwrap());
    assert_eq!(audio.header("content-type"), Some("audio/wav"));
    let storage = client.get("/v1/customers/shop/storage").json();
    // Of a second count 8,333 octets, whatever its file has (REC-23).
    let used = cdr.recordings[0].samples * 8_333 / 11_025;
    assert_eq!(
        (&storage["used_bytes"], &storage["recordings"]),
        (&used.into(), &1.into())
    );
    assert_eq!(storage["quota_bytes"], 500_000_000);
    assert_eq!(storage["free_bytes"].as_u64().unwrap(), 500_000_000 - used);
    assert_eq!(
        client.get("/v1/customers/clinic/storage").json()["quota_bytes"],
        0
    );
}

#[test]
fn a_player_can_seek_in_a_recording() {
    pointsman_conformance::shows(&["REC-34 seek"]);
    let world = world(Numbers::default());
    let path = format!("/v1/recordings/{}/audio", past_call(&world, "shop", RECORDED, 1));
    let token = world.local_token();
    let ask = |range: &str| {
        Client::new(&world, Some(&token))
            .header(&format!("Range: {range}"))
            .get(&path)
    };
    let whole = sound();
    for (range, part) in [
        ("bytes=0-99", 0..100),
        ("bytes=70000-", 70_000..200_000),
        ("bytes=-7", 199_993..200_000),
    ] {
        let answer = ask(range);
        assert_eq!(answer.status, 206, "{range}");
        assert_eq!(answer.body, whole[part.clone()], "{range}");
        let said = format!("bytes {}-{}/200000", part.start, part.end - 1);
        assert_eq!(answer.header("content-range"), Some(said.as_str()));
    }
    let outside = ask("bytes=200000-");
    outside.problem(416);
    assert_eq!(outside.header("content-range"), Some("bytes */200000"));
    let first = Client::new(&world, Some(&token)).get(&path);
    assert_eq!(
        (first.status, first.header("accept-ranges")),
        (200, Some("bytes"))
    );
    assert_eq!(first.body, whole);
    let tag = first.header("etag").unwrap();
    let if_range = |tag: &str| {
        let client = Client::new(&world, Some(&token)).header("Range: bytes=0-9");
        client.header(&format!("If-Range: {tag}")).get(&path).status
    };
    assert_eq!((if_range(tag), if_range("\"other\"")), (206, 200));
    let head = Client::new(&world, Some(&token)).ask("HEAD", &path, "");
    assert_eq!(
        (head.status, head.header("content-length"), head.body.len()),
        (200, Some("200000"), 0)
    );
}

#[test]
fn a_file_that_is_gone_is_a_problem() {
    let world = world(Numbers::default());
    let id = past_call(&world, "shop", RECORDED, 1);
    std::fs::remove_file(world.folder.path().join("recordings/shop/1.wav")).unwrap();
    let token = world.local_token();
    let answer = Client::new(&world, Some(&token)).get(&format!("/v1/recordings/{id}/audio"));
    assert!(answer.problem(404).contains("is gone"));
}

#[test]
fn rec_21_the_agents_name_is_there_when_one_talked() {
    pointsman_conformance::shows(&["REC-21 metadata"]);
    let world = world(Numbers::default());
    let id = past_call(&world, "shop", RECORDED, 1);
    let token = world.local_token();
    let one = Client::new(&world, Some(&token)).get(&format!("/v1/recordings/{id}"));
    assert_eq!(one.json()["agent"], "Ann");
}

#[test]
fn pages_follow_each_other() {
    let world = world(Numbers::default());
    for number in 1..=5 {
        past_call(&world, "shop", RECORDED, number);
    }
    let token = world.local_token();
    let client = Client::new(&world, Some(&token));
    for list in ["calls", "recordings"] {
        let mut ids = Vec::new();
        let mut query = "limit=2".to_owned();
        loop {
            let page = client.get(&format!("/v1/{list}?{query}")).json();
            let rows = page[list].as_array().unwrap();
            ids.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            query = format!("limit=2&cursor={next}");
        }
        let numbers: Vec<_> = ids.iter().map(|id| id.as_bytes()[5] - b'0').collect();
        assert_eq!(numbers, [5, 4, 3, 2, 1], "{list}");
    }
}
