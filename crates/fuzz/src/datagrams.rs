//! Datagrams of any content to a switch with calls, from a trunk and from strangers.

use pointsman_sim::chaos;

/// Splits one datagram from the next. The octet after it says who sends and how long the world waits.
const BETWEEN: &[u8] = b"\xff\xfe";

/// Most datagrams of one input.
const MOST: usize = 40;

/// No invariant of the world breaks, whatever arrives; afterwards nothing is left.
pub fn datagrams(octets: &[u8]) {
    let mut said = Vec::new();
    let mut rest = octets;
    while said.len() < MOST {
        let at = rest.windows(2).position(|pair| pair == BETWEEN);
        let (one, tail) = rest.split_at(at.unwrap_or(rest.len()));
        if let Some((how, payload)) = one.split_first() {
            said.push((*how, payload));
        }
        if tail.is_empty() {
            break;
        }
        rest = &tail[BETWEEN.len()..];
    }
    let faults = chaos::bombard(&said);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
