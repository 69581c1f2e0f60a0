//! What can be said about a queue by looking at it alone.

use std::time::Duration;

use super::findings::Findings;
use super::{RING_MIN, WAIT_MAX};
use crate::customer::CustomerContext;
use crate::step::{Ended, Position};
use crate::tree::QueueNode;

/// Shortest time between two announcements of a place: they last some seconds each.
const EVERY_MIN: Duration = Duration::from_secs(10);

pub(super) fn check(name: &str, queue: &QueueNode, customer: &CustomerContext, findings: &mut Findings) {
    let mut add = |path: &str, message: String, hint: String| {
        findings.add(Some(name), path, message, Some(hint));
    };
    if !(RING_MIN..=WAIT_MAX).contains(&queue.max_wait) {
        let message = format!("a wait of {} s is out of bounds", queue.max_wait.as_secs());
        let hint = format!("write {}s to {}m", RING_MIN.as_secs(), WAIT_MAX.as_secs() / 60);
        add("queue.max_wait", message, hint);
    }
    if let Some(key) = queue
        .exit_key
        .filter(|key| !key.is_ascii_digit() && !"*#".contains(*key))
    {
        let message = format!("'{key}' is not a key");
        add(
            "queue.exit_key",
            message,
            "write a digit, * or # in quotes".into(),
        );
    }
    if let Some(position) = &queue.position {
        if position.every < EVERY_MIN {
            let message = "a place is told too often".to_owned();
            let hint = format!("write {}s or more", EVERY_MIN.as_secs());
            add("queue.announce_position.every", message, hint);
        }
        if let Some(missing) = unspoken(position, customer) {
            let message = format!("announcement '{missing}' is missing");
            let hint = "name the folder of spoken texts under voice: in the node file".to_owned();
            add("queue.announce_position.language", message, hint);
        }
    }
    let outcomes = queue.outcomes();
    let missing: Vec<&str> = outcomes
        .filter(|ended| queue.on.get(*ended).is_none())
        .map(Ended::as_str)
        .collect();
    if !missing.is_empty() {
        let message = format!("no exit for {}: such a call would be lost", missing.join(", "));
        add("queue.on", message, "add the exits, or otherwise".into());
    }
    if queue.exit_key.is_none() && queue.on.keyed.is_some() {
        let message = "no key leads here".to_owned();
        add(
            "queue.on.keyed",
            message,
            "add exit_key, or remove this exit".into(),
        );
    }
}

/// The first text of a position announcement that nobody can say.
fn unspoken(position: &Position, customer: &CustomerContext) -> Option<String> {
    let digits = (0..10).map(|digit| format!("digit-{digit}"));
    let names = std::iter::once("queue-position".to_owned()).chain(digits);
    let mut names = names.map(|name| format!("{}/{name}", position.language));
    names.find(|name| !customer.can_say(name))
}
