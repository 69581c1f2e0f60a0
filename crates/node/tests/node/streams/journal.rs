//! What connections do is in the journal, and the same again when it is replayed.

use super::peer::{Peer, request, response, to_tag};
use super::{BY_TCP, Node};
use crate::journal::replayed;

#[test]
fn connections_that_come_break_and_are_lost_are_the_same_again() {
    let node = Node::journaled();
    let mut broken = Peer::to(node.tcp());
    let options = request("OPTIONS", 1, "broken", broken.local(), "ping", "");
    broken.send(&options.replace("Content-Length: 0\r\n", ""));
    assert!(broken.rest().starts_with("SIP/2.0 400 "));

    let mut caller = Peer::to(node.tcp());
    let local = caller.local();
    caller.send(&request("INVITE", 1, "kept", local, BY_TCP, ""));
    let mut callee = Peer::accepted(&node.callee);
    let invite = callee.receive();
    let at = callee.local();
    callee.send(&response(&invite, "486 Busy Here", at, ""));
    assert!(callee.receive().starts_with("ACK "));
    let busy = caller.receive_past_100();
    caller.send(&request("ACK", 1, "kept", local, BY_TCP, &to_tag(&busy)));
    callee.reset();
    node.await_metric("connections_closed_total{why=\"reset\"} 1");

    let journal = node.stop_and_take_journal();
    let text = std::fs::read_to_string(&journal.path).unwrap();
    for entry in ["\"accepted\":", "\"broken\":", "\"lost\":"] {
        assert!(text.contains(entry), "{entry} is missing in\n{text}");
    }
    let (inputs, outputs, _) = replayed(&journal.path);
    assert!(inputs > 8 && outputs > 6, "{inputs} inputs, {outputs} outputs");
}
