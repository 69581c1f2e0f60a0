//! The examples of docs/API.md, run.

use super::client::{Client, world};
use crate::calls::answers;
use crate::world::RECORDED;
use pointsman_legs::Numbers;
use std::io::{BufRead, BufReader};
use std::time::Duration;

/// The words of a line as a shell sees them, for as much of its language as the examples use.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None, ' ') => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words
}

#[test]
fn the_examples_of_the_manual_work() {
    let world = world(Numbers::default().with(RECORDED, answers(2)));
    world.call(world.spec(RECORDED).hang_up_after(Duration::from_millis(600)));
    let cdr = world.cdr();
    let recording = format!("{}.{}", cdr.id, cdr.recordings[0].id);
    let token = world.local_token();
    let manual = include_str!("../../../../../docs/API.md");
    let mut run = 0;
    for line in manual.lines().filter(|line| line.starts_with("curl ")) {
        let line = line
            .replace("$TOKEN", &token)
            .replace("/CALL/", &format!("/{}/", cdr.id));
        let words = words(&line.replace("RECORDING", &recording));
        let after = |flag: &str| {
            let at = words.iter().position(|word| word == flag)?;
            words.get(at + 1).map(String::as_str)
        };
        assert_eq!(
            after("-H"),
            Some(format!("Authorization: Bearer {token}").as_str()),
            "{line}"
        );
        let path = words.last().unwrap().strip_prefix("$URL").unwrap();
        let client = Client::new(&world, Some(&token));
        let mut stream = client.send(
            after("-X").unwrap_or("GET"),
            path,
            after("-d").unwrap_or_default(),
        );
        let mut status = String::new();
        BufReader::new(&mut stream).read_line(&mut status).unwrap();
        assert!(status.contains(" 200 "), "{line}: {status}");
        run += 1;
    }
    assert!(run >= 10, "{run}");
}
